"""Can the forecast be believed: how models and baselines foretold purchases they had not seen, and which assumptions hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR, hide_small
from segmentry.plots import value as drawn
from segmentry.plots.numbers import NOTHING, count, money, number, share
from segmentry.reports.estimates import horizon, times
from segmentry.reports.pictures import Picture
from segmentry.reports.proof import EVEN, percent
from segmentry.value.results import Check, Holdout, Score, Tracking, Worth

_HUNDRED = 100
# A forecast that looks so many times as far as was tried is told to do so.
_FAR = 1.5
_KNOWN = 3
MEANINGS: tuple[tuple[str, str], ...] = (
    ("All purchases", "Foretold for all customers together, against what came. 0% is perfect; this is what a budget needs."),
    (
        "Off by (MAE)",
        "How many purchases one customer's forecast is off by, on average. Lower is better, but it favours those who foretell too little.",
    ),
    ("Large misses (RMSE)", "The same, but one large miss counts more than many small ones. Lower is better."),
    ("Order (Spearman)", "Whether those foretold to buy more did buy more, over all customers: 1 is the right order, 0 is chance."),
    ("Best first (Gini)", "Whether the best customers were found: 1 is a perfect ranking, 0 is chance."),
    ("Top tenth", "Share of all purchases that came from the tenth of the customers foretold highest. Higher is better."),
)
HEAD = tuple(term for term, _ in MEANINGS)


@dataclass(frozen=True, slots=True)
class Judged:
    """One row of the scorecard, as text."""

    name: str
    words: str
    cells: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The part "Can it be believed?", as text and pictures.

    Parameters
    ----------
    words : tuple of str
        How it was tried, why this model, how it fared in money; the verdict stands at the head of the chapter.
    rows : tuple of Judged
        Models, then baselines.
    head : tuple of str
    meanings : tuple of (term, words)
    pictures : tuple of Picture
    checks : tuple of Check
        Those that do not hold first.
    """

    words: tuple[str, ...]
    rows: tuple[Judged, ...]
    head: tuple[str, ...]
    meanings: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]
    checks: tuple[Check, ...]


def scorecard(found: Worth, currency: str = "") -> Scorecard | None:
    """Return the scorecard of the hold-out and the checks; None where there is neither."""
    held = found.holdout
    # After a refusal only what stands against a forecast is of interest.
    checks = tuple(sorted((check for check in found.checks if not (found.refusal and check.holds)), key=lambda check: check.holds))
    if held is None and not checks:
        return None
    rows = () if held is None else tuple(_judged(each, held) for each in held.scores)
    return Scorecard(
        () if held is None else (_how(found, held), *_reason(held), *_in_money(held, currency)),
        rows,
        HEAD,
        MEANINGS if rows else (),
        () if held is None else _pictures(held, found.unit),
        checks,
    )


def _how(found: Worth, held: Holdout) -> str:
    words = (
        f"The models learned from the first {times(held.calibration, found.unit)} and foretold the purchases of the next "
        f"{times(held.length, found.unit)} for the {count(held.customers)} customers who had bought by then."
    )
    if not held.length > 0 or found.horizon < _FAR * held.length or found.refusal:
        return words
    return f"{words} The forecast of {horizon(found)} looks {number(round(found.horizon / held.length, 1))} times as far as could be tried."


def _reason(held: Holdout) -> tuple[str, ...]:
    return (held.reason,) if held.reason else ()


def _in_money(held: Holdout, currency: str) -> tuple[str, ...]:
    score = held.money
    if score is None:
        return ()
    off = "" if abs(score.bias) < EVEN else f", {percent(score.bias)} too {'much' if score.bias > 0 else 'little'}"
    words = f"In money, {_short(score.predicted, currency)} were foretold and {_short(score.actual, currency)} came{off}; "
    words += f"per customer the forecast was off by {money(score.mae, currency)} on average, "
    return (words + f"and the tenth of the customers foretold highest brought {share(score.top_share)} of what came.",)


def _short(value: float, currency: str) -> str:
    """An amount with three digits: it is held against another that is not known better."""
    return money(float(f"{value:.{_KNOWN}g}"), currency)


def _judged(score: Score, held: Holdout) -> Judged:
    cells = (
        _signed_share(score.bias),
        _fixed(score.mae, _digits([each.mae for each in held.scores])),
        _fixed(score.rmse, _digits([each.rmse for each in held.scores])),
        _fixed(score.spearman, 2),
        _fixed(score.gini, 2),
        share(score.top_share),
    )
    kind = "simple rule" if score.kind == "baseline" else "used" if score.name == held.chosen else ""
    return Judged(score.name, "; ".join(part for part in (kind, score.words) if part), cells, score.name == held.chosen)


def _signed_share(value: float) -> str:
    if not math.isfinite(value):
        return NOTHING
    return "0%" if abs(value) < EVEN else f"{'+' if value > 0 else '−'}{percent(value)}"


def _digits(values: Sequence[float]) -> int:
    """Decimals that tell the figures of a column apart, the same for all of them."""
    least = min((value for value in values if value > 0), default=1.0)
    return 0 if least >= _HUNDRED else max(2, 1 - math.floor(math.log10(least)))


def _fixed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−") if math.isfinite(value) else NOTHING


def _pictures(held: Holdout, unit: str) -> tuple[Picture, ...]:
    found = held.tracking
    if found is None or not found.ends:
        return ()
    may = ~hide_small([max(value, 0.0) for value in found.actual])
    n, period = f"n = {count(held.customers)} customers", _period(found, unit)
    hidden = " Gaps hide periods with very few purchases." if not may.all() else ""
    reading = "Left of the dotted line the models learned; right of it they had not seen what came."
    own, total = found.expected.get(held.chosen), sum(found.actual)
    alt = f"Two lines until {times(found.ends[-1], unit)} after the first day: {count(round(total / FLOOR) * FLOOR)} repeat purchases came in all"
    alt += f", {count(sum(own))} were foretold by {held.chosen}." if own else "."
    each = Picture(
        "tracking-periods",
        drawn.incremental(found, held.chosen, unit=unit, period=period, shown=may.tolist()),
        f"Repeat purchases (the first of each customer is not counted) per {period}: what came beside what was foretold. {reading}{hidden} {n}",
        alt,
        title=f"Per {period}",
    )
    so_far = Picture(
        "tracking-sum",
        drawn.cumulative(found, held.chosen, unit=unit, step=FLOOR),
        f"The same, summed up since the first day. Where the lines part, the forecast is too high or too low. {n}",
        alt,
        title="Summed up",
    )
    return (each, so_far)


def _period(found: Tracking, unit: str) -> str:
    length = found.ends[1] - found.ends[0] if len(found.ends) > 1 else 1.0
    return unit if abs(length - 1.0) < EVEN else times(length, unit)
