"""Who is leaving: lifecycle states by segment, how long customers keep buying, and the risk that they do not come back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.disclosure import FLOOR
from segmentry.plots import retention as drawn
from segmentry.plots.numbers import count, share
from segmentry.plots.segments import numbered
from segmentry.reports.estimates import called, times
from segmentry.reports.pictures import Picture
from segmentry.segments.sideview import coarse
from segmentry.value.lifecycle import WORDS
from segmentry.value.results import STATES, SegmentWorth, Survival, Worth

_WIDEST = 0.4
_MOST_CURVES = 8
Sizes = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Leaving:
    """The part "Who is leaving", as text and pictures.

    Parameters
    ----------
    words : tuple of str
    meanings : tuple of (state, words)
    states : Picture or None
    head, rows : tuple
        Customers in each state, rounded: the table under the picture.
    survival : Picture or None
    """

    words: tuple[str, ...]
    meanings: tuple[tuple[str, str], ...]
    states: Picture | None
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    survival: Picture | None


def leaving(found: Worth, names: Mapping[int, str]) -> Leaving | None:
    """Return who is leaving; None where neither states nor survival nor risk are known.

    Parameters
    ----------
    found : Worth
    names : mapping of int to str
        Of the segments.
    """
    rows = _by_group(found, names)
    survival = _survival(found, names)
    words = tuple(each for each in (_quiet(found), _risk(found, names), _lasting(found)) if each)
    if not rows and survival is None and not words:
        return None
    present = [state for state in STATES if any(state in sizes for _, sizes in rows)]
    return Leaving(
        words,
        tuple((state, WORDS[state]) for state in present),
        _states_picture(rows, present, sum(everyone(found).values())),
        ("Segment", *(state.capitalize() for state in present)),
        tuple((name, tuple(_cell(sizes.get(state, 0)) for state in present)) for name, sizes in rows),
        survival,
    )


def _cell(size: int | None) -> str:
    return "few" if size is None else count(size)


def everyone(found: Worth) -> Mapping[str, int]:
    """Return how many customers are in each state, over all of whom it is known."""
    if found.total is not None and any(found.total.states.values()):
        return {str(state): size for state, size in found.total.states.items()}
    if found.states is None:
        return {}
    told, sizes = np.unique(found.states[found.states != ""].astype(str), return_counts=True)
    return dict(zip(told.tolist(), sizes.tolist(), strict=True))


def _by_group(found: Worth, names: Mapping[int, str]) -> list[tuple[str, Sizes]]:
    """All customers, then the segments; cells rounded to fives, the smallest as None."""
    total = everyone(found)
    present = [state for state in STATES if total.get(state) or any(row.states.get(state) for row in found.segments)]
    if not present:
        return []
    rows = [row for row in found.segments if any(row.states.values())]
    made: list[tuple[str, Sizes]] = []
    if total:
        made.append(("All customers", dict(zip(present, _coarse([[total.get(state, 0) for state in present]])[0], strict=True))))
    if rows:
        cells = _coarse([[row.states.get(state, 0) for state in present] for row in rows])
        told = (numbered(row.id, names.get(row.id, row.name)) for row in rows)
        made += [(name, dict(zip(present, own, strict=True))) for name, own in zip(told, cells, strict=True)]
    return made


def _coarse(cells: Sequence[Sequence[int]]) -> tuple[tuple[int | None, ...], ...]:
    return coarse(np.asarray(cells, dtype=np.int64))


def _states_picture(rows: Sequence[tuple[str, Sizes]], present: Sequence[str], n: int) -> Picture | None:
    if not rows:
        return None
    hidden = any(size is None for _, sizes in rows for size in sizes.values())
    caption = "Each bar is all customers of a segment, by their state on the last day of the data. "
    caption += f"Shares are of customers in fives{f', fewer than {FLOOR} are left out' if hidden else ''}. n = {count(n)} customers"
    alt = "; ".join(f"{name}: {_told(sizes)}" for name, sizes in rows) + "."
    return Picture("states", drawn.states(rows, present), caption, alt)


def _told(sizes: Sizes) -> str:
    total = sum(size or 0 for size in sizes.values()) or 1
    return ", ".join(f"{share(size / total)} {state}" for state, size in sizes.items() if size)


def _quiet(found: Worth) -> str:
    n = sum(everyone(found).values())
    if n < FLOOR:
        return ""
    told = ((lapsed(found), "have lapsed"), (_about(found, "slipping"), "are slipping away"))
    parts = [f"{size} {words}" for size, words in told if size]
    return f"Of {count(n)} customers, {' and '.join(parts)}." if parts else f"None of {count(n)} customers is slipping away or has lapsed."


def lapsed(found: Worth) -> str:
    """Return how many customers have lapsed, in words; empty where none has or nothing is known."""
    return _about(found, "lapsed")


def _about(found: Worth, state: str) -> str:
    total = everyone(found)
    if not total.get(state):
        return ""
    told = dict(zip(total, _coarse([list(total.values())])[0], strict=True))[state]
    return "a few" if told is None else f"about {count(told)} ({share(told / sum(total.values()))})"


def _risk(found: Worth, names: Mapping[int, str]) -> str:
    mean = _mean_risk(found)
    if mean is None:
        return ""
    words = f"On average, the probability is {share(mean)} that no purchase comes within the longest pause usual at a customer's own pace"
    rows = [row for row in found.segments if row.id > 0 and row.customers >= FLOOR and math.isfinite(row.churn_risk)]
    if len(rows) < 2:
        return words + "."
    high, low = max(rows, key=lambda row: row.churn_risk), min(rows, key=lambda row: row.churn_risk)
    return words + f"; highest in {_in(high, names)}, lowest in {_in(low, names)}."


def _in(row: SegmentWorth, names: Mapping[int, str]) -> str:
    return f"{called(row.id, names.get(row.id, row.name))} ({share(row.churn_risk)})"


def _mean_risk(found: Worth) -> float | None:
    if found.total is not None and math.isfinite(found.total.churn_risk):
        return found.total.churn_risk
    if found.churn_risk is None:
        return None
    risk = np.asarray(found.churn_risk, dtype=np.float64)
    risk = risk[np.isfinite(risk)]
    return float(risk.mean()) if len(risk) >= FLOOR else None


def _lasting(found: Worth) -> str:
    total = next((curve for curve in _curves(found) if curve.id < 0), None)
    if total is None:
        return ""
    at = next((time for time, part in zip(total.times, total.share, strict=True) if part <= 0.5), None)
    never = [1 - part for time, part in zip(total.times, total.share, strict=True) if time <= 0]
    early = [part for time, part in zip(total.times, total.share, strict=True) if time <= 1]
    judged = f"{count(total.customers)} customers who came long enough ago to be judged"
    if never and never[-1] >= 0.5:
        return f"Of the {judged}, {share(never[-1])} have not come back after their first purchase."
    if early and early[-1] <= 0.5:
        return f"Of the {judged}, {share(1 - early[-1])} stopped buying within a {found.unit} of their first purchase."
    if at is not None:
        return f"Of the {judged}, half have stopped buying {times(at, found.unit)} after their first purchase."
    last = f"{share(total.share[-1])} (95% interval {share(total.low[-1])} to {share(total.high[-1])})"
    return f"Of the {judged}, {last} are still buying {times(total.times[-1], found.unit)} after their first purchase."


def _curves(found: Worth) -> list[Survival]:
    """Curves that can be told, as far as they are known; all customers first, then the largest segments in their order."""
    kept = [cut for curve in found.survival if curve.customers >= FLOOR and (cut := _known(curve)) is not None]
    segments = sorted((curve for curve in kept if curve.id >= 0), key=lambda curve: (-curve.customers, curve.id))
    shown = {curve.id for curve in segments[: _MOST_CURVES - 1]}
    return [*(curve for curve in kept if curve.id < 0), *sorted((curve for curve in segments if curve.id in shown), key=lambda one: one.id)]


def _known(curve: Survival) -> Survival | None:
    """Return the curve up to where too few customers are left for it to say anything; None when that is from the start."""
    wide = [place for place, (low, high) in enumerate(zip(curve.low, curve.high, strict=True)) if not high - low <= _WIDEST]
    end = wide[0] if wide else len(curve.times)
    if end < 2:
        return None
    parts = (curve.times[:end], curve.share[:end], curve.low[:end], curve.high[:end])
    return Survival(curve.id, curve.name, *parts, curve.customers, curve.ended)


def _survival(found: Worth, names: Mapping[int, str]) -> Picture | None:
    curves = _curves(found)
    if not curves:
        return None
    n = next((curve.customers for curve in curves if curve.id < 0), sum(curve.customers for curve in curves))
    segments = sum(curve.id >= 0 for curve in found.survival)
    left_out = sum(curve.id >= 0 for curve in curves) < segments
    caption = (
        "Share of customers who still buy, by time since their first purchase (Kaplan and Meier); shaded: 95% interval. A customer counts as gone once they "
        "have lapsed; those too new to be judged are left out. A line ends where too few customers could be followed for longer."
        f"{' The largest segments are drawn.' if left_out else ''} n = {count(n)} customers"
    )
    alt = "; ".join(_at_the_end(curve, names, found.unit) for curve in curves) + "."
    return Picture("survival", drawn.survival(curves, names, unit=found.unit), caption, alt, title="How long customers keep buying")


def _at_the_end(curve: Survival, names: Mapping[int, str], unit: str) -> str:
    name = "All customers" if curve.id < 0 else names.get(curve.id, curve.name)
    return f"{name}: {share(curve.share[-1])} still buy after {times(curve.times[-1], unit)}"
