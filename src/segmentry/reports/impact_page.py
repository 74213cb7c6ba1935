"""The page of marketing impact: what to do with which money, what it may earn, and what of that is evidence. It names no customer.

Every figure of money that is earned stands with the badge of what it rests on; the chapter "Evidence and assumption" lists them all.
"""

from __future__ import annotations

from typing import Any

from segmentry.reports import (
    impact_next,
    impact_opening,
    impact_plan,
    impact_proof,
    impact_returns,
    impact_trials,
    impact_uplift,
    method,
)
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_grades import BADGES, Claim, counted, present
from segmentry.reports.impact_method import glossary
from segmentry.reports.impact_words import sentence

CLAIMS_SHOWN = 8
CHAPTERS = (
    ("plan", impact_plan.chapter),
    ("proof", impact_proof.chapter),
    ("uplift", impact_uplift.chapter),
    ("experiments", impact_trials.chapter),
    ("returns", impact_returns.chapter),
    ("next", impact_next.chapter),
)


def render_impact(story: ImpactStory) -> str:
    """Return the page as one HTML text, complete in itself; the same story gives the same bytes.

    Parameters
    ----------
    story : ImpactStory

    Returns
    -------
    str
        Text to be written as UTF-8.
    """
    from markupsafe import Markup

    from segmentry.plots.theme import javascript
    from segmentry.reports.page import asset, environment

    context = {
        **_context(story),
        "css": asset("page.css") + asset("impact.css"),
        "js": asset("page.js"),
        "plotly": Markup(javascript()),  # noqa: S704 - from the installed package
    }
    return environment().get_template("impact.html").render(context)


def _context(story: ImpactStory) -> dict[str, Any]:
    chapters = {key: make(story) for key, make in CHAPTERS}
    claims = tuple(claim for made in chapters.values() for claim in getattr(made, "claims", ()))
    told = {note.words for note in story.plan.notes} if story.plan is not None else set()
    here = ["summary", *(key for key, made in chapters.items() if made is not None), *(["evidence"] if claims else []), "method"]
    contents = impact_opening.contents(here)
    return {
        "story": story,
        "kind": "Marketing impact",
        "title": story.title or story.run or "Marketing impact",
        "chapters": contents,
        "summary": impact_opening.sentences(story),
        "tiles": impact_opening.tiles(story),
        "warnings": impact_opening.warnings(story),
        "grades": {each.key: each for each in BADGES},
        "legend": present(claims),
        "refusals": {part: (sentence(problem.reason), sentence(problem.remedy)) for part, problem in story.refusals.items()},
        **chapters,
        **_evidence(claims, dict(contents)),
        "notes": tuple(dict.fromkeys(note.words for note in story.notes if note.level == "info" and note.words not in told)),
        "command": method.without_folders(story.command),
        "settings": method.flat(story.settings),
        "glossary": glossary(),
    }


def _evidence(claims: tuple[Claim, ...], names: dict[str, str]) -> dict[str, Any]:
    """Return the claims by what they rest on: the first of each kind, and the rest for a fold."""
    kinds = []
    for badge in present(claims) if claims else ():
        rows = [(claim, names.get(claim.chapter, claim.chapter)) for claim in claims if claim.sum.badge is badge]
        kinds.append((badge, rows[:CLAIMS_SHOWN], rows[CLAIMS_SHOWN:]))
    return {"evidence": kinds, "claims_counted": counted(claims)}
