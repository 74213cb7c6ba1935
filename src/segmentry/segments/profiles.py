"""Who is in each segment: size, revenue, typical ranges in the features' own units, and what sets it apart.

The standardised difference is Cohen's d to all other customers, ``(mean - mean of others) / pooled deviation``, on the scale the feature
was prepared on (logarithm where skewed, extreme values drawn in), so that one absurd customer changes no story; for flags and levels it is
the difference of shares over ``sqrt(p (1 - p))``. Differences below 0.2 are not told, nor any that rests on fewer than five customers;
ranges and shares of fewer than five customers are hidden. A difference describes; it is no cause, and no test was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.preparation.robust import LIMIT
from segmentry.preparation.steps import Dropped, Step, learn_number
from segmentry.preparation.transforms import restored
from segmentry.preparation.words import figure, listed, percent
from segmentry.segments.clustering import UNASSIGNED
from segmentry.segments.consequences import consequences, main_channel
from segmentry.segments.meanings import plain_words, telling, topics
from segmentry.segments.names import BETWEEN, SET_ASIDE, name_segments
from segmentry.segments.playbook import HOUSE, Playbook
from segmentry.segments.results import Difference, Range, SegmentProfile, Share, Strategy

TOLD = 0.2
SMALL_CELL = 5
MOST_LEVELS = 12
_FLOOR = 0.1


@dataclass(frozen=True, slots=True)
class _Groups:
    """Row numbers of each segment id, ids ascending, −1 (in none) and 0 (set aside) first when there."""

    rows: dict[int, NDArray[np.intp]]

    @property
    def clusters(self) -> tuple[int, ...]:
        """Ids of the segments that were found, ascending."""
        return tuple(each for each in self.rows if each > 0)

    @property
    def of_clusters(self) -> tuple[NDArray[np.intp], ...]:
        """Their row numbers, in the same order."""
        return tuple(self.rows[each] for each in self.clusters)


def profile(
    matrix: Matrix,
    labels: NDArray[np.int64],
    *,
    revenue: NDArray[np.float64] | None = None,
    set_aside: NDArray[np.bool_] | None = None,
    features: Sequence[str] = (),
    playbook: Playbook = HOUSE,
) -> tuple[SegmentProfile, ...]:
    """Describe every segment.

    Parameters
    ----------
    matrix : Matrix
        All features that people may want to see, clustered on or not, shape (n, p).
    labels : int array, shape (n,)
        Segment ids 1 … k; 0 for customers set aside, −1 for customers in no segment.
    revenue : float array, shape (n,), optional
        Net spend per customer; missing counts as none.
    set_aside : bool array, shape (n,), optional
        Customers set aside by rule; the same as label 0.
    features : sequence of str
        Those that were clustered on; names look at them first.
    playbook : Playbook
        Suggests each segment's strategy; with plays of one's own, `HOUSE.extended(plays)`.

    Returns
    -------
    tuple of SegmentProfile
        Segments by id, customers set aside last.

    Raises
    ------
    UsageError
        When lengths differ.
    """
    ids = np.asarray(labels) if set_aside is None else np.where(set_aside, 0, labels)
    _check_lengths(matrix, ids, revenue)
    groups = _Groups({int(each): np.flatnonzero(ids == each) for each in np.unique(ids)})
    columns = {column.name: column for column in matrix.columns}
    ranges: dict[int, list[Range]] = {each: [] for each in groups.rows}
    shares: dict[int, list[Share]] = {each: [] for each in groups.rows}
    differences: dict[int, list[Difference]] = {each: [] for each in groups.rows}
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        if column.kind == "category":
            _describe_levels(column, values, groups, shares, differences)
        else:
            _describe_number(column, np.clip(values, -LIMIT, LIMIT), groups, ranges, differences)
    for found in differences.values():
        found.sort(key=lambda difference: (-abs(difference.effect), difference.name, difference.level))
    names = name_segments([telling(differences[each], columns) for each in groups.clusters], columns, features)
    money = _revenues(groups, revenue)
    profiles = []
    for place, each in enumerate(groups.clusters):
        bare = _bare(each, names[place], groups.rows[each].size, len(matrix), money)
        told = replace(bare, ranges=tuple(ranges[each]), shares=tuple(shares[each]), differences=tuple(differences[each]))
        profiles.append(_advised(told, columns, playbook))
    if UNASSIGNED in groups.rows:
        bare = _bare(UNASSIGNED, BETWEEN, groups.rows[UNASSIGNED].size, len(matrix), money)
        told = replace(bare, kind="unassigned", ranges=tuple(ranges[UNASSIGNED]), shares=tuple(shares[UNASSIGNED]))
        profiles.append(
            replace(
                told,
                summary=f"{bare.customers:,} customers ({percent(bare.share)}) stand between the segments; the method puts them into none.",
            )
        )
    if 0 in groups.rows:
        bare = _bare(0, SET_ASIDE, groups.rows[0].size, len(matrix), money)
        profiles.append(_set_aside(replace(bare, kind="set aside", ranges=tuple(ranges[0]), shares=tuple(shares[0]))))
    return tuple(profiles)


def _check_lengths(matrix: Matrix, ids: NDArray[np.int64], revenue: NDArray[np.float64] | None) -> None:
    for name, values in (("labels", ids), ("revenue", revenue)):
        if values is not None and values.shape != (len(matrix),):
            raise UsageError(f"{name} have shape {values.shape}; the matrix has {len(matrix):,} customers. Pass one value per customer.")


def _revenues(groups: _Groups, revenue: NDArray[np.float64] | None) -> dict[int, tuple[float | None, float | None]]:
    if revenue is None:
        return dict.fromkeys(groups.rows, (None, None))
    known = np.where(np.isfinite(revenue), np.clip(revenue, -LIMIT, LIMIT), 0.0)
    sums = {each: float(known[rows].sum()) for each, rows in groups.rows.items()}
    total = sum(sums.values())
    return {each: (amount, amount / total if total > 0 else None) for each, amount in sums.items()}


def _bare(each: int, name: str, customers: int, total: int, money: dict[int, tuple[float | None, float | None]]) -> SegmentProfile:
    return SegmentProfile(each, name, "cluster", customers, customers / total, *money[each], (), (), ())


def _describe_number(
    column: Column, values: NDArray[np.float64], groups: _Groups, ranges: dict[int, list[Range]], differences: dict[int, list[Difference]]
) -> None:
    for each, rows in groups.rows.items():
        known = values[rows][~np.isnan(values[rows])]
        hidden = column.kind == "flag" and 0 < known.sum() < SMALL_CELL
        if known.size >= SMALL_CELL and not hidden:
            q1, median, q3 = (float(q) for q in np.quantile(known, (0.25, 0.5, 0.75)))
            ranges[each].append(Range(column.name, q1, median, q3, float(known.mean()), int(known.size)))
    step = learn_number(column, values, 1.0)
    if isinstance(step, Dropped):
        return
    for each, effect, segment, others in _effects(column, values, step, groups):
        differences[each].append(Difference(column.name, effect, segment, others))


def _effects(column: Column, values: NDArray[np.float64], step: Step, groups: _Groups) -> list[tuple[int, float, float, float]]:
    own = np.clip(values, restored(step.low, step.transform), restored(step.high, step.transform))
    standard = (step.drawn(column, values) - step.centre) / step.scale
    found = []
    counts, plain, sums, squares = (
        np.array([_sum(part, rows) for rows in groups.of_clusters]) for part in (~np.isnan(own), own, standard, standard**2)
    )
    for place, each in enumerate(groups.clusters):
        n, m = counts[place], counts.sum() - counts[place]
        if min(n, m) < SMALL_CELL or (column.kind == "flag" and plain.sum() < SMALL_CELL):
            continue
        segment, others = plain[place] / n, (plain.sum() - plain[place]) / m
        mean, rest = sums[place] / n, (sums.sum() - sums[place]) / m
        within = squares.sum() - n * mean**2 - m * rest**2
        # Groups that do not vary inside would have an infinite difference: the deviation counts as a tenth of that of all.
        pooled = max(np.sqrt(max(within, 0.0) / (n + m - 2)), _FLOOR)
        effect = _flag_effect(segment, others, n / (n + m)) if column.kind == "flag" else float((mean - rest) / pooled)
        if abs(effect) >= TOLD:
            found.append((each, effect, float(segment), float(others)))
    return found


def _sum(values: NDArray[np.float64], rows: NDArray[np.intp]) -> float:
    return float(np.nansum(values[rows]))


def _flag_effect(segment: float, others: float, weight: float) -> float:
    share = weight * segment + (1 - weight) * others
    return float((segment - others) / np.sqrt(share * (1 - share))) if 0 < share < 1 else 0.0


def _describe_levels(
    column: Column, values: NDArray[np.float64], groups: _Groups, shares: dict[int, list[Share]], differences: dict[int, list[Difference]]
) -> None:
    codes = np.where(np.isnan(values), -1, values).astype(np.int64)
    counts = {each: np.bincount(codes[rows][codes[rows] >= 0], minlength=len(column.levels)) for each, rows in groups.rows.items()}
    overall: NDArray[np.int64] = np.zeros(len(column.levels), dtype=np.int64)
    for each in groups.clusters:
        overall += counts[each]
    known = int(overall.sum())
    top: list[int] = sorted(np.flatnonzero(overall).tolist(), key=lambda code: (-overall[code], column.levels[code]))[:MOST_LEVELS]
    for each, count in counts.items():
        size = int(count.sum())
        if size == 0 or known == 0:
            continue
        visible = _visible(count, top)
        shares[each].extend(
            Share(column.name, column.levels[code], float(count[code] / size), float(overall[code] / known), int(count[code]))
            for code in visible
        )
        if each != 0 and min(size, known - size) >= SMALL_CELL:
            differences[each].extend(_level_differences(column, count, overall, visible))


def _visible(count: NDArray[np.int64], top: list[int]) -> list[int]:
    small = [code for code in top if 0 < count[code] < SMALL_CELL]
    shown = [code for code in top if count[code] >= SMALL_CELL]
    # A single hidden cell could be worked out from the rest: the next smallest goes with it.
    if len(small) == 1 and shown and count.sum() == count[top].sum():
        shown.remove(min(shown, key=lambda code: (count[code], code)))
    return shown


def _level_differences(column: Column, count: NDArray[np.int64], overall: NDArray[np.int64], visible: list[int]) -> list[Difference]:
    size, known = int(count.sum()), int(overall.sum())
    found = []
    for code in visible:
        mine, rest, share = count[code] / size, (overall[code] - count[code]) / (known - size), overall[code] / known
        effect = (mine - rest) / np.sqrt(share * (1 - share)) if 0 < share < 1 else 0.0
        if abs(effect) >= TOLD:
            found.append(Difference(column.name, float(effect), float(mine), float(rest), column.levels[code]))
    return found


def _advised(told: SegmentProfile, columns: dict[str, Column], playbook: Playbook) -> SegmentProfile:
    spoken = telling(told.differences, columns)
    strategy = playbook.suggest(topics(spoken, columns), main_channel(spoken, columns))
    return replace(told, summary=_summary(told, columns), consequences=consequences(spoken, columns), strategy=strategy)


def _summary(told: SegmentProfile, columns: dict[str, Column]) -> str:
    size = f"{told.customers:,} customers ({percent(told.share)})"
    if told.revenue_share is not None:
        size += f" bring {percent(told.revenue_share)} of the revenue"
    apart = [_apart(difference, columns[difference.name]) for difference in told.differences[:3]]
    return f"{size}. " + (f"What sets them apart: {listed(apart)}." if apart else "Nothing sets them clearly apart from the others.")


def _apart(difference: Difference, column: Column) -> str:
    if difference.level or column.kind in {"share", "flag"}:
        about = f"{difference.level} ({plain_words(column)})" if difference.level else plain_words(column)
        return f"{about} {percent(difference.segment)} against {percent(difference.others)}"
    return f"{plain_words(column)} {figure(difference.segment)} on average against {figure(difference.others)}"


def _set_aside(bare: SegmentProfile) -> SegmentProfile:
    words = f"{bare.customers:,} customers ({percent(bare.share)}) have no purchases left after returns and cancellations. "
    words += "They were set aside by rule, not clustered."
    action = "Find out whether they are lost, waiting or mistakes in the data, before any money is spent on them."
    return replace(
        bare,
        summary=words,
        strategy=Strategy("Check first", action, "None until checked.", "none", "share of them with a net purchase within 90 days"),
    )
