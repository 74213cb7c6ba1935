"""Data, template, one page: a story becomes HTML that is complete in itself.

Everything that comes from the data is escaped, in the text by the template engine and in the figures by `pictures.embedded`;
a content security policy in the page forbids every request. The same story gives the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from segmentry.plots.numbers import NOTHING, count, number, share
from segmentry.plots.theme import javascript
from segmentry.reports import (
    audit,
    cards,
    drivers,
    exploration,
    history,
    method,
    methods,
    opening,
    response,
    segmentation,
    structure,
    treatment,
    views,
    worth,
)
from segmentry.reports.reasons import explained
from segmentry.reports.story import Story

if TYPE_CHECKING:
    from jinja2 import Environment


def render(story: Story) -> str:
    """Return the report of a run as one HTML page.

    Parameters
    ----------
    story : Story
        With a selection and profiles.

    Returns
    -------
    str
        Text to be written as UTF-8.
    """
    context = {**_context(story, segments=True), **_overall(story), **audit.context(story), "kind": "Customer segments"}
    return environment().get_template("report.html").render(context)


def render_description(story: Story) -> str:
    """Return the page of ``segmentry describe``: the data and its treatment, without segments."""
    bare = replace(
        story,
        selection=None,
        comparison=None,
        rivals={},
        evidence=None,
        outlines=(),
        views=(),
        rules=(),
        tree=None,
        worth=None,
        response=None,
        structure=None,
        stability=None,
        profiles=(),
        projection=None,
        used=(),
        preparation=(),
        set_aside="",
    )
    return environment().get_template("description.html").render({**_context(bare, segments=False), "kind": "Description of the data"})


def render_predictions(story: Story) -> str:
    """Return the page of ``segmentry predict``: what customers may be worth and who will answer, without segments."""
    return environment().get_template("predictions.html").render({**_context(story, segments=False), "kind": "Predictions"})


def _context(story: Story, *, segments: bool) -> dict[str, Any]:
    warnings = [note for note in story.unique_notes if note.level == "warning"]
    return {
        "story": story,
        "title": opening.title(story),
        "css": asset("page.css"),
        "js": asset("page.js"),
        "plotly": Markup(javascript()),  # noqa: S704 - from the installed package
        "chapters": opening.contents(story),
        "summary": opening.sentences(story),
        "tiles": opening.tiles(story),
        "warnings": treatment.alike(warnings),
        "cards": (),
        **_ahead(story),
        **_data(story),
        **_exploration(story),
        **_method(story, segments=segments),
    }


def _ahead(story: Story) -> dict[str, Any]:
    told = (worth.summary_sentence(story.worth, story.currency), response.summary_sentence(story.response, story.currency))
    return {
        "ahead": tuple(words for words in told if words),
        "worth": None if story.worth is None else worth.chapter(story.worth, story.profiles, story.currency),
        "response": None if story.response is None else response.chapter(story.response, story.currency),
    }


def _data(story: Story) -> dict[str, Any]:
    quarantine = sorted(story.quarantine, key=lambda row: (-row.count, row.table, row.column, row.code))
    return {
        "notes": treatment.alike(story.unique_notes),
        "as_of": treatment.as_of(story),
        "came_in": treatment.came_in(story),
        "flow_picture": treatment.flow_picture(story),
        "done": treatment.done(story),
        "done_money": treatment.shows_money(story),
        "quarantine": [(row, *explained(row)) for row in quarantine],
        "quarantined_share": treatment.quarantined_share(story),
        "meanings": treatment.meanings(story),
    }


def _exploration(story: Story) -> dict[str, Any]:
    first, more = exploration.distributions(story)
    return {
        "findings": exploration.findings(story),
        **history.context(story),
        "distributions": first,
        "distributions_more": more,
        "association_picture": exploration.association(story),
        "pairs": exploration.pairs(story),
        "outliers": exploration.outliers(story),
        "in_numbers": exploration.in_numbers(story),
    }


def _method(story: Story, *, segments: bool) -> dict[str, Any]:
    words = {column.name: column.words for column in story.columns}
    return {
        "used_words": tuple(words.get(name, name) for name in story.used),
        "preparation": tuple((row, share(row.missing) if row.missing else "none") for row in story.preparation),
        "command": method.without_folders(story.command),
        "settings": method.flat(story.settings),
        "how": method.how(story),
        "glossary": method.glossary(segments=segments),
    }


def _overall(story: Story) -> dict[str, Any]:
    ordered = cards.in_order(story.profiles)
    made = cards.cards(story)
    present = {int(segment) for segment in story.projection.segments} if story.projection is not None else set()
    return {
        "cards": tuple({"card": card, "part": round(profile.share * 1000, 1)} for card, profile in zip(made, ordered, strict=True)),
        "key_features": any(card.quartiles for card in made),
        "money": segmentation.with_money(story),
        "size_words": segmentation.size_words(story) if story.profiles else "",
        "sizes": segmentation.sizes(story),
        "size_picture": segmentation.size_picture(story),
        "heat_picture": segmentation.heat_picture(story),
        "map_pictures": segmentation.map_pictures(story),
        "mapped": [card for card in sorted(made, key=lambda card: card.id) if card.id in present],
        "directions": segmentation.directions(story),
        "choice_pictures": segmentation.choice_pictures(story),
        "tried_heads": _tried(story)[0],
        "tried": _tried(story)[1],
        "drivers": None
        if story.evidence is None
        else drivers.chapter(story.evidence, story.profiles, story.columns, currency=story.currency),
        "side_views": views.chapters(story.views, story.profiles, story.currency),
        "method_rows": methods.rows(story),
        "method_pictures": methods.pictures(story),
        "method_others": methods.others(story),
        "structure_pictures": structure.pictures(story),
        "outline_picture": structure.outline(
            story.profiles, story.outlines, story.selection.chosen.silhouette, remark=structure.measured(story)
        )
        if story.selection is not None and story.selection.chosen is not None
        else None,
        "structure_words": structure.sentences(story),
        "gaps": structure.gaps(story),
    }


def _tried(story: Story) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Heads and rows of the table of the choice; a figure that no candidate has gets no column."""
    candidates = [] if story.selection is None else sorted(story.selection.by_k, key=lambda candidate: candidate.k)
    columns: dict[str, list[str | int]] = {
        "Segments": [each.k for each in candidates],
        "Silhouette": [_with_error(each.silhouette, each.silhouette_error) for each in candidates],
        "Stability": ["" if each.stability is None else f"{each.stability:.2f}" for each in candidates],
        "Gap": ["" if each.gap is None else _with_error(each.gap, each.gap_error) for each in candidates],
        "Spread within": [number(each.inertia) for each in candidates],
        "Calinski-Harabasz": [number(each.calinski_harabasz) for each in candidates],
        "Davies-Bouldin": [_score(each.davies_bouldin) for each in candidates],
        "BIC": ["" if each.bic is None else number(each.bic) for each in candidates],
        "AIC": ["" if each.aic is None else number(each.aic) for each in candidates],
        "Smallest segment": [count(each.smallest) for each in candidates],
    }
    told = {head: cells for head, cells in columns.items() if any(cell != "" for cell in cells)}
    return list(told), list(zip(*told.values(), strict=True))


def _with_error(value: float, error: float | None) -> str:
    return f"{_score(value)} ± {error:.3f}" if error else _score(value)


def _score(value: float) -> str:
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else NOTHING


def asset(name: str) -> Markup:
    """Return a file of the templates as it is."""
    return Markup(files("segmentry.reports").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def environment() -> Environment:
    """Return the template engine, with everything escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("segmentry.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["zip"] = zip
    made.filters["capped"] = lambda text: text[:1].upper() + text[1:]
    return made
