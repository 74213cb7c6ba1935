"""The first screen: the summary in five sentences, the key figures, the contents."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.plots.numbers import count, money, number, share
from segmentry.reports import segmentation
from segmentry.reports.cards import in_order
from segmentry.reports.story import Story
from segmentry.segments.selection import CLEAR, WEAK

_CLEAR = ((CLEAR, "clearly apart"), (WEAK, "apart, with overlap"), (-1.0, "flowing into each other"))


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure."""

    words: str
    figure: str
    remark: str = ""


def sentences(story: Story) -> tuple[str, ...]:
    """Return the summary that came with the story, or one made of its figures."""
    if story.summary:
        return story.summary
    return tuple(sentence for sentence in (_who(story), _money(story), _apart(story), _treated(story), _beware(story)) if sentence)


def _who(story: Story) -> str:
    customers = count(story.dataset.customers)
    clusters = [profile for profile in story.profiles if profile.kind == "cluster"]
    if not clusters:
        return f"The data describes {customers} customers in {len(story.columns)} columns."
    shares = sorted(profile.share for profile in clusters)
    return f"{customers} customers fall into {len(clusters)} segments, from {share(shares[0])} to {share(shares[-1])} of them each."


def _money(story: Story) -> str:
    return segmentation.size_words(story) if story.profiles else ""


def _apart(story: Story) -> str:
    words = {column.name: column.words for column in story.columns}
    used = [segmentation.uncapped(words.get(name, name)) for name in story.used][:4]
    if not used:
        return ""
    rest = len(story.used) - len(used)
    return "They were found from " + ", ".join(used) + (f" and {rest} more features." if rest > 0 else ".")


def _treated(story: Story) -> str:
    rows = sum(table.counts.rows_in for table in story.tables)
    if not rows:
        return ""
    aside = sum(table.counts.quarantined for table in story.tables)
    twice = sum(table.counts.duplicates for table in story.tables)
    return f"Of {count(rows)} rows, {count(rows - aside - twice)} were used, {count(twice)} were duplicates and {count(aside)} are in quarantine."


def _beware(story: Story) -> str:
    warnings = [note.words for note in story.unique_notes if note.level == "warning"]
    return warnings[0] if warnings else "Nothing in the data calls for caution beyond what the chapter on its treatment says."


def title(story: Story) -> str:
    """Return the title of the page: the one of the settings, or the name of the first table."""
    if story.title or not story.tables:
        return story.title or story.run or "Customers"
    words = " ".join(story.tables[0].schema.table.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def tiles(story: Story) -> tuple[Tile, ...]:
    """Return the key figures; money only where the data has amounts."""
    found = [Tile("Customers", count(story.dataset.customers))]
    clusters = [profile for profile in in_order(story.profiles) if profile.kind == "cluster"]
    if clusters:
        found.append(Tile("Segments", str(len(clusters)), f"from {len(story.used)} features" if story.used else ""))
    revenue = [profile.revenue for profile in story.profiles if profile.revenue is not None]
    if revenue:
        found.append(
            Tile("Revenue", money(sum(revenue), story.currency), f"until {story.dataset.as_of.isoformat()}" if story.dataset.as_of else "")
        )
    rows = sum(table.counts.rows_in for table in story.tables)
    if rows:
        used = sum(table.counts.accepted for table in story.tables)
        found.append(Tile("Rows used", share(used / rows) if used < rows else "all", f"{count(used)} of {count(rows)}"))
    score = _silhouette(story)
    if score is not None:
        found.append(_distinct(story, score))
    elif story.columns:
        found.append(Tile("Columns", count(len(story.columns))))
    return tuple(found)


def _distinct(story: Story, score: float) -> Tile:
    tested = story.structure
    if tested is None:
        return Tile("How distinct", number(round(score, 2)), f"silhouette: {next(words for step, words in _CLEAR if score >= step)}")
    if tested.verdict == "not enough data":
        return Tile("How distinct", "not known", f"{count(tested.customers)} customers are too few to test")
    if tested.verdict == "slices":
        return Tile("How distinct", "slices", f"no natural segments; silhouette {score:.2f}")
    high = tested.reference_silhouette[1]
    return Tile("How distinct", "real groups", f"silhouette {tested.silhouette:.2f}; slices of one group reach {high:.2f}")


def _silhouette(story: Story) -> float | None:
    if story.selection is None:
        return None
    return next((tried.silhouette for tried in story.selection.by_k if tried.k == story.selection.k), None)


def contents(story: Story) -> tuple[tuple[str, str], ...]:
    """Return the chapters of the report: id and words."""
    found = [("summary", "Summary")]
    if story.profiles:
        found += [("segments", "The segments"), ("sizes", "Size and revenue" if segmentation.with_money(story) else "Size")]
    if segmentation.heat_columns(story):
        found.append(("profiles", "Profiles side by side"))
    if story.projection is not None and len(story.projection.points):
        found.append(("map", "Map of the customers"))
    if story.worth is not None:
        found.append(("worth", "What they are worth"))
    if story.response is not None:
        found.append(("response", "Who will answer"))
    if story.evidence is not None:
        found.append(("drivers", "What makes the segments"))
    if story.structure is not None:
        found.append(("structure", "Are they real?"))
    if story.selection is not None:
        found.append(("choice", f"Why {story.selection.k} segments"))
    if story.comparison is not None:
        found.append(("methods", "Methods compared"))
    if story.views and story.profiles:
        found.append(("views", "Other ways to look at the customers"))
    return (
        *found,
        ("data", "The data and its treatment"),
        *([("audit", "What the dirt would have changed")] if story.audit and story.profiles else []),
        ("exploration", "What the data looks like"),
        ("method", "Method"),
        ("glossary", "Words used here"),
    )
