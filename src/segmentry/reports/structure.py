"""The chapter on whether the segments are real: the verdict, what it rests on, how much of each segment comes back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from segmentry.plots import silhouettes
from segmentry.plots import structure as drawn
from segmentry.plots.numbers import count, share
from segmentry.reports.cards import in_order, jaccard
from segmentry.reports.method import filled
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story
from segmentry.segments.gap import MOST_POINTS as GAP_POINTS
from segmentry.segments.outline import Outline
from segmentry.segments.refits import MOST_POINTS as REFIT_POINTS
from segmentry.segments.results import Candidate, SegmentProfile
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
        words += (
            f" {count(unsure)} customers ({share(unsure / len(found.votes))}) change their segment in more than two of five of these"
            + (
                ". To stand near a border, as counted above, is another matter: such customers may come back to their side every time."
                if story.evidence is not None
                else "."
            )
        )
    return (words, *_what_follows(story))


def _what_follows(story: Story) -> tuple[str, ...]:
    verdict = story.structure.verdict if story.structure is not None else ""
    if verdict == "slices":
        words = "What follows: use them like age bands. They help to treat customers differently, but a customer near a border could as well stand "
        return (words + "on the other side, and no explanation is needed for why the line runs where it does.",)
    if verdict == "segments":
        shaky = any(trust(overlap) for _, overlap in _rows(story))
        words = "What follows: plan for them as for different groups of people; new data of the same kind should show them again"
        return (words + (", those named above less surely." if shaky else "."),)
    return ()


def _agreement(ari: float) -> str:
    return next(words for step, words in ((0.9, "nearly all"), (0.75, "most"), (0.5, "about half"), (-1.0, "little")) if ari >= step)


def _rows(story: Story) -> list[tuple[SegmentProfile, float]]:
    pairs = [(row, jaccard(story, row.id)) for row in in_order(story.profiles)]
    return [(row, overlap) for row, overlap in pairs if overlap is not None]


def pictures(story: Story) -> tuple[Picture, ...]:
    """Return what the verdict rests on and the stability of each segment; those that were computed."""
    return (*_against(story), *_stability(story))


def _against(story: Story) -> tuple[Picture, ...]:
    found = story.structure
    if found is None or not found.draws:
        return ()
    caption = "A diamond to the right of the grey range is more than slices of one group without segments give. "
    caption += (
        f"Two more tests are not drawn: the spread within segments is {_lower(found.gap)} that of an average draw (the tightest 1% of draws: "
        f"{_lower(found.reference_gap)} it), and gaps between neighbours. All four must hold. "
        f"{found.draws} draws of one group · n = {count(found.customers)} customers"
    )
    alt = (
        f"Silhouette {found.silhouette:.2f} where slices of one group reach {found.reference_silhouette[1]:.2f}; "
        f"agreement of two halves {found.split_half:.2f} where they reach {found.reference_split_half[1]:.2f}."
    )
    return (Picture("against", drawn.against(found), caption, alt, title="Against one group"),)


def _lower(gap: float) -> str:
    """A gap in words: it is a difference of logarithms."""
    return f"{share(abs(1 - math.exp(-gap)))} {'below' if gap >= 0 else 'above'}"


def _stability(story: Story) -> tuple[Picture, ...]:
    rows = _rows(story)
    if story.stability is None or not rows:
        return ()
    figure = drawn.stability([row for row, _ in rows], [overlap for _, overlap in rows])
    caption = "How much of each segment comes back in refits (Jaccard overlap): longer is more stable. "
    caption += f"{story.stability.resamples} refits, n = {count(story.stability.sampled)} customers drawn for each"
    alt = "; ".join(f"{row.name}: {overlap:.2f}, {trust(overlap) or 'stable'}" for row, overlap in rows) + "."
    return (Picture("stability", figure, caption, alt, title="Stability of each segment"),)


def witnesses(story: Story) -> tuple[Picture, ...]:
    """Return how the gap and the stability change with the number of segments, where they were computed."""
    if story.selection is None:
        return ()
    chosen = story.selection.k
    tried = sorted(story.selection.by_k, key=lambda candidate: candidate.k)
    gapped = [(one.k, one.gap, one.gap_error or 0.0) for one in tried if one.gap is not None]
    steady = [(one.k, one.stability) for one in tried if one.stability is not None]
    made = []
    if len(gapped) > 1:
        ks, values, errors = zip(*gapped, strict=True)
        caption = (
            "How much tighter the segments are than slices of one group; about 0 is no tighter. Bars: one standard error. Other draws than those of "
            f"“Are they real?”, so figures differ a little · n = {count(min(_clustered(story), GAP_POINTS))} customers"
        )
        alt = f"Gap for each number of segments, highest at {max(gapped, key=lambda one: one[1])[0]}; {chosen} was chosen."
        made.append(Picture("gap", drawn.by_k(ks, values, chosen, title="Gap", errors=errors), caption, alt, title="Gap against one group"))
    if len(steady) > 1:
        numbers, agreements = zip(*steady, strict=True)
        caption = (
            "How much of the picture comes back when customers are drawn anew: 1 is all of it. Fewer refits than for the final segments, so figures "
            f"differ a little · n = {count(min(_clustered(story), REFIT_POINTS))} customers"
        )
        alt = f"Stability for each number of segments, highest at {max(steady, key=lambda one: one[1])[0]}; {chosen} was chosen."
        figure = drawn.by_k(numbers, agreements, chosen, title="Stability")
        made.append(Picture("stability-by-k", figure, caption, alt, title="Stability of each number"))
    return tuple(made)


def _clustered(story: Story) -> int:
    return sum(row.customers for row in story.profiles if row.kind == "cluster")


def of_sample(tried: Sequence[Candidate], customers: int) -> str:
    """Say how many customers silhouettes rest on, and their largest error when it is a sample.

    Examples
    --------
    >>> of_sample([Candidate(2, 1.0, 0.5, 9.0, 0.5, 10, 200, 0.0041)], 900)
    'n = 200 of 900 customers, a sample: ± 0.004 (standard error)'
    """
    sampled = max((each.silhouette_sample for each in tried), default=0) or customers
    error = max((each.silhouette_error or 0.0 for each in tried), default=0.0)
    if sampled >= customers or not error:
        return f"n = {count(sampled)} customers"
    return f"n = {count(sampled)} of {count(customers)} customers, a sample: ± {error:.3f} (standard error)"


def measured(story: Story) -> str:
    """Say in which space the silhouettes were measured, how sure their mean is, and what was filled in for it."""
    if story.selection is None or story.selection.chosen is None:
        return ""
    error = story.selection.chosen.silhouette_error
    parts = [
        f"Measured in: {story.selection.space}." if story.selection.space else "",
        f"The mean rests on a sample: ± {error:.3f} (standard error)." if error else "",
        filled(story),
    ]
    return " ".join(part for part in parts if part)


def outline(profiles: Sequence[SegmentProfile], drawn_segments: Sequence[Outline], mean: float, *, remark: str = "") -> Picture | None:
    """Return the silhouette plot of the segments; None with fewer than two.

    Parameters
    ----------
    profiles : sequence of SegmentProfile
    drawn_segments : sequence of Outline
        From `segments.outline.outlines`.
    mean : float
        Silhouette of all customers.
    remark : str
        What else to say under it; see `measured`.
    """
    if len(drawn_segments) < 2:
        return None
    names = {row.id: row.name for row in profiles}
    sampled, customers = sum(len(one.values) for one in drawn_segments), sum(one.customers for one in drawn_segments)
    least = min(drawn_segments, key=lambda one: one.mean)
    caption = (
        "Each band is a segment, its customers from the clearest members at the top to those on the border: the further right, the more clearly they "
        "belong; left of 0 they are nearer to another segment. n = "
    )
    caption += f"{count(customers)} customers" if sampled == customers else f"{count(sampled)} of {count(customers)} customers"
    alt = "; ".join(
        f"{names.get(one.segment, one.segment)}: mean {one.mean:.2f}, {share(one.misplaced)} nearer to another segment"
        for one in drawn_segments
    )
    caption = f"Least clear on average: “{names.get(least.segment, least.segment)}”. {caption}{f'. {remark}' if remark else ''}"
    figure = silhouettes.outlines(drawn_segments, names, mean)
    return Picture("outline", figure, caption, f"{alt}.", title="How clearly customers belong to their segment")


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
