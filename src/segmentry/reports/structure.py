"""The chapter on whether the segments are real: the verdict, what it rests on, how much of each segment comes back."""

from __future__ import annotations

from segmentry.plots import structure as drawn
from segmentry.plots.numbers import count, share
from segmentry.reports.cards import in_order, jaccard
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story
from segmentry.segments.results import SegmentProfile
from segmentry.segments.stability import TRUSTED, trust


def sentences(story: Story) -> tuple[str, ...]:
    """Say how stable the segments are, which are not, and how many customers are unsure."""
    found = story.stability
    if found is None:
        return ()
    shaky = [(row.name, trust(overlap)) for row, overlap in _rows(story) if trust(overlap)]
    words = (
        f"When customers are drawn anew and clustered again, {found.resamples} times, {_agreement(found.ari)} of the picture comes back "
        f"(adjusted Rand index {found.ari:.2f}). "
    )
    if shaky:
        words += "Read these with care: " + "; ".join(f"“{name}” is {verdict}" for name, verdict in shaky) + "."
    else:
        slices = story.structure is not None and story.structure.verdict == "slices"
        words += "Every segment is stable" + (", which is not the same as real: slices of one long cloud come back too." if slices else ".")
    unsure = int((found.votes < TRUSTED).sum())
    if unsure:
        words += f" {count(unsure)} customers ({share(unsure / len(found.votes))}) change their segment in more than two of five of these."
    return (words,)


def _agreement(ari: float) -> str:
    return next(words for step, words in ((0.9, "nearly all"), (0.75, "most"), (0.5, "about half"), (-1.0, "little")) if ari >= step)


def _rows(story: Story) -> list[tuple[SegmentProfile, float]]:
    pairs = [(row, jaccard(story, row.id)) for row in in_order(story.profiles)]
    return [(row, overlap) for row, overlap in pairs if overlap is not None]


def pictures(story: Story) -> tuple[Picture, ...]:
    """Return the stability of each segment and, when it could be tested, the segments beside slices of one group."""
    made = []
    found = story.structure
    if found is not None and found.draws:
        caption = "A diamond to the right of the grey range is more than slices of one group give. "
        caption += f"{found.draws} draws of one group · n = {count(found.customers)} customers"
        alt = (
            f"Silhouette {found.silhouette:.2f} where slices of one group reach {found.reference_silhouette[1]:.2f}; "
            f"agreement of two halves {found.split_half:.2f} where they reach {found.reference_split_half[1]:.2f}."
        )
        made.append(Picture("against", drawn.against(found), caption, alt, title="Against one group"))
    rows = _rows(story)
    if story.stability is not None and rows:
        figure = drawn.stability([row for row, _ in rows], [overlap for _, overlap in rows])
        caption = "How much of each segment comes back in refits (Jaccard overlap): longer is more stable. "
        caption += f"{story.stability.resamples} refits, n = {count(story.stability.sampled)} customers drawn for each"
        alt = "; ".join(f"{row.name}: {overlap:.2f}, {trust(overlap) or 'stable'}" for row, overlap in rows) + "."
        made.append(Picture("stability", figure, caption, alt, title="Stability of each segment"))
    return tuple(made)


def gaps(story: Story) -> tuple[tuple[str, str, str, str], ...]:
    """Return the table of neighbours: who, their dip, what slices stay below, whether there is a gap."""
    if story.structure is None:
        return ()
    names = {row.id: row.name for row in story.profiles}
    return tuple(
        (
            " and ".join(_quoted(segment, names) for segment in gap.segments),
            f"{gap.dip:.2f}",
            f"{gap.reference:.2f}",
            "yes" if gap.apart else "no",
        )
        for gap in story.structure.gaps
    )


def _quoted(segment: int, names: dict[int, str]) -> str:
    return f"{segment} {names[segment]}" if segment in names else str(segment)
