"""How far the answers foretold can be believed: the verdict in plain words, whether the probabilities are right, all models beside plain rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.evaluation.results import CalibrationCurve
from segmentry.plots import response as drawn
from segmentry.plots.numbers import count, number, share
from segmentry.propensity.results import ModelScore, Response
from segmentry.reports.contacting import counted, told_apart
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate

_FINE = 0.02
# Of the share of all that answer: less than a tenth of it makes no difference to a plan.
_SLIGHT = 0.1
MEANINGS: tuple[tuple[str, str], ...] = (
    (
        "Right order (ROC AUC)",
        "Of one customer who answers and one who does not, how often the first has the higher score. 1 is always; 0.5 is a coin.",
    ),
    (
        "Pure top (average precision)",
        "How many of those at the top of the list do answer, averaged over its depths. 1 is perfect; a list in any order has the share of all who answer.",
    ),
    (
        "Miss (Brier)",
        "How far the probabilities are from what came (1 answered, 0 did not), squared and averaged. Lower is better; 0 is perfect.",
    ),
)
HEAD = tuple(term for term, _ in MEANINGS)


@dataclass(frozen=True, slots=True)
class Row:
    """One model or plain rule in the table, as text."""

    name: str
    words: str
    cells: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """The parts "Are the probabilities right?" and "How it was judged".

    Parameters
    ----------
    calibration_words : str
    calibration : Picture or None
    rows : tuple of Row
        Models, then plain rules.
    head : tuple of str
    meanings : tuple of (term, words)
    how : tuple of str
        Verdict in figures, design, duplicates.
    """

    calibration_words: str
    calibration: Picture | None
    rows: tuple[Row, ...]
    head: tuple[str, ...]
    meanings: tuple[tuple[str, str], ...]
    how: tuple[str, ...]


def judgement(found: Response) -> Judgement:
    """Return what the figures rest on."""
    ordered = told_apart(found)
    return Judgement(
        calibration_words=_calibrated(found) if ordered else "",
        calibration=_calibration(found) if ordered else None,
        rows=tuple(_row(each) for each in found.scores),
        head=HEAD,
        meanings=MEANINGS if found.scores else (),
        how=tuple(typed(words) for words in (found.design, _duplicates(found), found.verdict) if words),
    )


def verdict(found: Response) -> str:
    """Say in plain words that the model is better than the plain rule; empty when it is not, see `no_better`."""
    used = next((each for each in found.scores if each.chosen), None)
    plain = _plain(found.scores)
    if not found.better:
        return ""
    if used is None or plain is None:
        return typed(found.verdict)
    words = (
        "Who is likelier to answer can be told. Of one customer who answers and one who does not, the model puts the right one first "
        f"{_hundred(used.auc)}; a coin would 50 times"
    )
    if hundredths(used.auc.value, plain.auc) > hundredths(plain.auc.value, plain.auc):
        return f"{words}, {plain.words} {_bare_hundred(plain.auc)}. The model's lead is more than chance."
    rival = f"{plain.words[:1].upper()}{plain.words[1:]} orders all customers as well ({_bare_hundred(plain.auc)})"
    pure = f"average precision {_figure(used.average_precision)} against {_figure(plain.average_precision)}"
    return f"{words}. {rival}, but the top of the model's list is purer ({pure}), by more than chance."


def no_better(found: Response) -> str:
    """Say in plain words that no model is better than a plain rule, and what is used instead; empty when one is."""
    if found.better or found.refusal:
        return ""
    models = [each for each in found.scores if each.kind == "model"]
    used = next((each for each in found.scores if each.chosen), None)
    if used is None or not models:
        return typed(found.verdict)
    best = max(models, key=lambda each: each.auc.value)
    manages = (
        f"of one customer who answers and one who does not, the best of them ({best.words}) puts the right one first {_hundred(best.auc)}"
    )
    manages += "; a coin would 50 times"
    if told_apart(found):
        return (
            f"The models are no better than {used.words}, beyond what chance gives: {manages}, and the plain rule manages {_bare_hundred(used.auc)}. "
            "So the probabilities are those of the plain rule."
        )
    return (
        f"Nothing in the data tells who will answer. The models are no better than taking everybody for equally likely: {manages}. "
        f"So everybody gets the same probability, {share(found.answered / max(found.customers, 1))}."
    )


def wrong(found: Response) -> str:
    """Say that the probabilities are off by more than chance, and by so much that it matters; empty when they are not."""
    curve = found.calibration
    if curve is None or not told_apart(found) or curve.ece.low <= 0 or curve.ece.value < _SLIGHT * _shares(curve)[1]:
        return ""
    return f"The probabilities are off, {_off(curve)}. Go by the order of the customers, not by the probabilities: see “Are the probabilities right?”."


def _off(curve: CalibrationCurve) -> str:
    return (
        f"by {_points(curve.ece.value)} percentage points on average, more than chance explains "
        f"(95% interval {_points(curve.ece.low)} to {_points(curve.ece.high)})"
    )


def _shares(curve: CalibrationCurve) -> tuple[float, float]:
    """Return the share of all customers that was foretold to answer, and the share that did."""
    n = sum(curve.customers)
    said, seen = (
        math.fsum(size * each for size, each in zip(curve.customers, part, strict=True)) / n for part in (curve.predicted, curve.observed)
    )
    return said, seen


def typed(words: str) -> str:
    """Return a sentence with typographic minus signs.

    Examples
    --------
    >>> typed("by -0.010 (-0.020 to 0.001), on one-time buyers")
    'by −0.010 (−0.020 to 0.001), on one-time buyers'
    """
    return "".join(
        "−" if sign == "-" and words[place + 1 : place + 2].isdigit() and not words[max(place - 1, 0) : place].isalnum() else sign
        for place, sign in enumerate(words)
    )


def _plain(scores: Sequence[ModelScore]) -> ModelScore | None:
    """The plain rule to beat: of those that rank at all, the best."""
    rules = [each for each in scores if each.kind == "baseline" and each.auc.low < each.auc.high]
    return max(rules, key=lambda each: each.auc.value, default=None)


def hundredths(value: float, each: Estimate) -> float:
    """Return a share of pairs in hundred, rounded to what its interval allows."""
    return round(100 * value, 1 if each.high - each.low < _FINE else 0)


def _hundred(each: Estimate) -> str:
    value, low, high = (number(hundredths(part, each)) for part in (each.value, each.low, each.high))
    return f"{value} times in 100 (95% interval {low} to {high})"


def _bare_hundred(each: Estimate) -> str:
    value, low, high = (number(hundredths(part, each)) for part in (each.value, each.low, each.high))
    return value if low == high else f"{value} ({low} to {high})"


def _points(value: float) -> str:
    return number(float(f"{100 * value:.2g}"))


def joined(curve: CalibrationCurve) -> CalibrationCurve:
    """Return the curve with neighbouring groups joined until none holds fewer than five customers, answers or refusals, none at all excepted.

    The interval of joined groups is the mean of theirs, which is rather too wide than too narrow.
    """
    rows = sorted(zip(curve.customers, curve.predicted, curve.observed, curve.low, curve.high, strict=True), key=lambda row: row[1])
    groups: list[tuple[float, ...]] = []
    for row in rows:
        if groups and (_few(groups[-1]) or _few(row)):
            groups[-1] = _together(groups[-1], row)
        else:
            groups.append(row)
    while len(groups) > 1 and any(_few(row) for row in groups):
        place = max(1, next(place for place, row in enumerate(groups) if _few(row)))
        groups[place - 1 : place + 1] = [_together(groups[place - 1], groups[place])]
    sizes = tuple(int(row[0]) for row in groups)
    predicted, observed, low, high = (tuple(row[place] for row in groups) for place in range(1, 5))
    return CalibrationCurve(predicted, observed, low, high, sizes, curve.ece, curve.slope, curve.intercept)


def _few(row: Sequence[float]) -> bool:
    size, _, observed, *_ = row
    yes = round(size * observed)
    return any(0 < part < FLOOR for part in (yes, size - yes)) or size < FLOOR


def _together(one: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
    size = one[0] + other[0]
    return (size, *((one[0] * left + other[0] * right) / size for left, right in zip(one[1:], other[1:], strict=True)))


def _calibration(found: Response) -> Picture | None:
    if found.calibration is None:
        return None
    curve = joined(found.calibration)
    fewer = (
        f" Groups with fewer than {FLOOR} answers are joined with their neighbours."
        if len(curve.customers) < len(found.calibration.customers)
        else ""
    )
    caption = (
        f"Each dot is a group of customers with alike probabilities: across what was foretold, up how many answered; on the dashed line both agree. "
        f"Thin lines: 95% intervals.{fewer} n = {counted(found, sum(curve.customers))} in {len(curve.customers)} groups."
    )
    alt = "; ".join(f"foretold {share(said)}, answered {share(seen)}" for said, seen in zip(curve.predicted, curve.observed, strict=True))
    return Picture(
        "response-calibration", drawn.calibration(curve), caption, f"Probability foretold and share that answered, by group: {alt}."
    )


def _calibrated(found: Response) -> str:
    curve = found.calibration
    if curve is None:
        return ""
    said, seen = (share(each) for each in _shares(curve))
    whole = f"{said} of all were foretold to answer and {seen} did" if said != seen else f"in all {seen} answered, as foretold"
    if wrong(found):
        return f"No. What was foretold and what came differ {_off(curve)}; {whole}."
    if curve.ece.low > 0:
        return f"Nearly. What was foretold and what came differ {_off(curve)}, but that is little beside the {seen} who answer."
    most = f", at most by {_points(curve.ece.high)} percentage points on average (95% interval)" if curve.ece.high > 0 else ""
    return f"Yes, as far as can be told: what was foretold and what came differ by no more than chance{most}; {whole}."


def _duplicates(found: Response) -> str:
    if not found.duplicates:
        return ""
    few = f"Fewer than {FLOOR}" if found.duplicates < FLOOR else count(found.duplicates)
    return (
        f"{few} customers equal another in every column; they were kept together, lest a model be judged on what it had learned by heart."
    )


def _row(each: ModelScore) -> Row:
    kind = "plain rule" if each.kind == "baseline" else ""
    words = "; ".join(part for part in ("used" if each.chosen else "", kind) if part)
    name = each.words[:1].upper() + each.words[1:]
    return Row(name, words, (_figure(each.auc), _figure(each.average_precision), _figure(each.brier)), each.chosen)


def _figure(value: Estimate) -> str:
    if value.low == value.high:
        return f"{value.value:.3f}".replace("-", "−")
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})".replace("-", "−")
