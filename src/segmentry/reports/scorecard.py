"""Can the forecast be believed: how models and baselines foretold purchases they had not seen, and which assumptions hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR, hide_small
from segmentry.plots import value as drawn
from segmentry.plots.numbers import NOTHING, count, money, share
from segmentry.reports.estimates import times
from segmentry.reports.pictures import Picture
from segmentry.value.results import Check, Holdout, Score, Tracking, Worth

_EVEN = 0.005
_HUNDRED = 100
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
    checks = tuple(sorted(found.checks, key=lambda check: check.holds))
    if held is None and not checks:
        return None
    rows = () if held is None else tuple(_judged(each, held) for each in held.scores)
    return Scorecard(
        () if held is None else (_how(held, found.unit), *_reason(held), *_in_money(held, currency)),
        rows,
        HEAD,
        MEANINGS if rows else (),
        () if held is None else _pictures(held, found.unit),
        checks,
    )


def doubtful(found: Worth) -> bool:
    """Say whether the forecast did not prove itself on purchases it had not seen."""
    return not found.refusal and (found.holdout is None or not found.holdout.beats_baselines)


def verdict(found: Worth) -> str:
    """Say in one or two sentences whether the model beat the simple rules, or plainly that it did not; empty after a refusal."""
    held = found.holdout
    if found.refusal:
        return ""
    if held is None:
        return "The forecast could not be tried on a later stretch of time that it had not seen: take the figures as a first reading."
    span = times(held.length, found.unit)
    rules = [score for score in held.scores if score.kind == "baseline"]
    against = _listed([f"“{score.name}”" for score in rules])
    if held.beats_baselines:
        better = f"did better than the simple rules it was held against ({against})" if rules else "held"
        return f"Tried on the last {span}, which it had not seen, the forecast {better}{_total(held)}."
    return (
        f"Tried on the last {span}, which it had not seen, the forecast did not do better than simple rules: "
        f"{_as_good(held, rules)} would have been as good{_total(held)}. Take the figures as a rough guide."
    )


def failing(found: Worth) -> str:
    """Say how many assumptions do not hold; empty when all do."""
    failed = sum(not check.holds for check in found.checks)
    if not failed:
        return ""
    told = "One thing the forecast takes for granted does" if failed == 1 else f"{failed} things the forecast takes for granted do"
    return f"{told} not hold: see “Can it be believed?”."


def _as_good(held: Holdout, rules: Sequence[Score]) -> str:
    """Name the rules that miss by no more or rank no worse; the mean absolute error decides nothing, it favours those who foretell too little."""
    own = _chosen(held)
    as_good = [rule.name for rule in rules if own is not None and (rule.rmse <= own.rmse or rule.gini >= own.gini)]
    as_good = as_good or [rule.name for rule in sorted(rules, key=lambda rule: rule.rmse)[:1]]
    return _listed([f"“{name}”" for name in as_good]) if as_good else "repeating the past rate"


def _total(held: Holdout) -> str:
    own = _chosen(held)
    return "" if own is None or not math.isfinite(own.bias) else f"; in all it foretold {_bias_words(own.bias)} purchases"


def _bias_words(bias: float) -> str:
    if abs(bias) < _EVEN:
        return "the right number of"
    return f"{_percent(bias)} too {'many' if bias > 0 else 'few'}"


def _chosen(held: Holdout) -> Score | None:
    return next((score for score in held.scores if score.name == held.chosen), None)


def _how(held: Holdout, unit: str) -> str:
    return (
        f"The models learned from the first {times(held.calibration, unit)} and foretold the purchases of the next {times(held.length, unit)} "
        f"for the {count(held.customers)} customers who had bought by then."
    )


def _reason(held: Holdout) -> tuple[str, ...]:
    return (held.reason,) if held.reason else ()


def _in_money(held: Holdout, currency: str) -> tuple[str, ...]:
    score = held.money
    if score is None:
        return ()
    off = "" if abs(score.bias) < _EVEN else f", {_percent(score.bias)} too {'much' if score.bias > 0 else 'little'}"
    words = f"In money, {money(score.predicted, currency)} were foretold and {money(score.actual, currency)} came{off}; "
    words += f"per customer the forecast was off by {money(score.mae, currency)} on average, "
    return (words + f"and the tenth of the customers foretold highest brought {share(score.top_share)} of what came.",)


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


def _percent(value: float) -> str:
    """The size of a bias, in whole percent: a total is not known better than that."""
    return f"{abs(value):.0%}"


def _signed_share(value: float) -> str:
    if not math.isfinite(value):
        return NOTHING
    return "0%" if abs(value) < _EVEN else f"{'+' if value > 0 else '−'}{_percent(value)}"


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
    return unit if abs(length - 1.0) < _EVEN else times(length, unit)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
