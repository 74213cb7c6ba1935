"""The chapter that sets methods side by side: which is followed and why, its rivals, and what they would have said."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.plots import methods as drawn
from segmentry.plots import trees
from segmentry.plots.numbers import NOTHING, count, number
from segmentry.plots.segments import numbered
from segmentry.plots.theme import colour
from segmentry.reports.method import filled
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story
from segmentry.reports.structure import of_sample
from segmentry.segments.comparison import Contender
from segmentry.segments.methods import METHODS
from segmentry.segments.results import SegmentProfile


@dataclass(frozen=True, slots=True)
class Row:
    """One method in the table, its figures as text, and what speaks for and against it."""

    words: str
    idea: str
    k: int
    figures: tuple[str, ...]
    reasons: tuple[str, ...]
    followed: bool


@dataclass(frozen=True, slots=True)
class Other:
    """What another method would have said: its segments in a line each, and where the customers of ours go."""

    words: str
    k: int
    segments: tuple[tuple[int, str, str, str], ...]
    crossing: Picture | None


def rows(story: Story) -> tuple[Row, ...]:
    """Return one row per method, the followed one first."""
    if story.comparison is None:
        return ()
    return tuple(_row(each, followed=place == 0) for place, each in enumerate(story.comparison.contenders))


def _row(each: Contender, *, followed: bool) -> Row:
    own = each.figures
    figures = (
        f"{own.silhouette:.3f}" + (f" ± {own.silhouette_error:.3f}" if own.silhouette_error else ""),
        f"{each.stability:.2f}",
        f"{own.davies_bouldin:.3f}",
        number(own.inertia),
        NOTHING if own.bic is None else number(own.bic),
        count(own.smallest),
        count(own.unassigned) if own.unassigned else "none",
    )
    method = METHODS[each.method]
    return Row(method.words, method.idea, own.k, figures, each.reasons, followed)


def pictures(story: Story) -> tuple[Picture, ...]:
    """Return the curve of each method, and the tree where one was grown."""
    if story.comparison is None:
        return ()
    customers = sum(profile.customers for profile in story.profiles if profile.kind == "cluster")
    sample = of_sample([each.figures for each in story.comparison.contenders], customers)
    caption = (
        "The higher the line, the clearer the segments; the larger mark is the number each method chose. All in the same space: "
        f"{story.selection.space if story.selection else ''}. {sample}{f'. {filled(story)}' if filled(story) else ''}"
    )
    alt = "; ".join(
        f"{METHODS[each.method].words}: {each.figures.k} segments, silhouette {each.figures.silhouette:.3f}"
        for each in story.comparison.contenders
    )
    curve = Picture("methods", drawn.separation(story.comparison.contenders), caption, f"{alt}.", title="Clarity of each method")
    return (curve, *tree_pictures(story))


def tree_pictures(story: Story) -> tuple[Picture, ...]:
    """Return the dendrogram, where a tree was grown."""
    if story.tree is None:
        return ()
    tree, groups = story.tree
    own = story.selection is not None and story.selection.method.startswith("hierarchical")
    other = next((name for name in story.rivals if name.startswith("hierarchical")), "")
    profiles = story.profiles if own else story.rivals.get(other, ())
    names = {profile.id: profile.name for profile in profiles if profile.kind == "cluster"}
    caption = (
        "Read upwards: the most alike customers join first; the dashed line is the cut, and every branch it crosses is a segment"
        f"{'' if own else ' of this method'}. Segments that join soon after the cut are sisters. n = {count(round(float(tree.weights.sum())))} customers"
    )
    if tree.cophenetic is not None:
        caption += f"; the tree keeps the distances with a cophenetic correlation of {tree.cophenetic:.2f} of 1"
    alt = f"Dendrogram cut into {len(groups)} segments."
    return (Picture("tree", trees.dendrogram(tree, len(groups), groups, names=names), caption, alt, title="The tree"),)


def others(story: Story) -> tuple[Other, ...]:
    """Return the views of the methods that are not followed."""
    if story.comparison is None:
        return ()
    own = _names(story.profiles)
    found = []
    for each in story.comparison.crossings:
        profiles = story.rivals.get(each.method, ())
        method = METHODS[each.method]
        picture = None
        if profiles:
            caption = (
                f"Where the customers of each segment (rows) are in the view of {method.words} (columns). One dark cell per row would be the same segments "
                f"under other numbers. n = {count(int(each.counts.sum()))} customers"
            )
            alt = f"Agreement of the two views: adjusted Rand index {each.agreement:.2f} of 1."
            picture = Picture(f"crossing-{each.method}", drawn.crossing(each, own, _names(profiles)), caption, alt, minimum=520)
        segments = tuple(
            (profile.id, colour(profile.id), profile.name, profile.summary) for profile in profiles if profile.kind != "set aside"
        )
        found.append(Other(method.words, sum(profile.kind == "cluster" for profile in profiles), segments, picture))
    return tuple(found)


def _names(profiles: tuple[SegmentProfile, ...]) -> dict[int, str]:
    return {profile.id: numbered(profile.id, profile.name) for profile in profiles}
