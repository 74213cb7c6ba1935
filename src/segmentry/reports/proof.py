"""Whether the forecast proved itself on days it had not seen, in the words that stand at the head of the chapter and in the summary.

An interval knows the luck of single customers. Where the days held out show that more than luck moved the total, it is not quoted bare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from segmentry.reports.estimates import bare, bounded, noun, times
from segmentry.results import Estimate
from segmentry.value.results import Holdout, Score, Worth

EVEN = 0.005
# From this Gini on the best customers were found, whatever the total.
_RANKS = 0.3
# What the words at the head of the chapter tell themselves, and are therefore not counted a second time.
_OFF = frozenset({"on_track", "sum_covered", "value_covered"})
_TOLD = _OFF | {"drop_out_seen"}


def doubtful(found: Worth) -> bool:
    """Say whether the forecast did not prove itself on purchases it had not seen."""
    return not found.refusal and (found.holdout is None or not found.holdout.beats_baselines)


def too_narrow(found: Worth) -> bool:
    """Say whether the days held out went otherwise than luck explains, so that intervals are too narrow."""
    return not found.refusal and any(check.code in _OFF and not check.holds for check in found.checks)


def caution(found: Worth, currency: str = "") -> str:
    """Return what must be known before any figure is used; empty where the forecast proved itself, and after a refusal."""
    if not doubtful(found) and not too_narrow(found):
        return ""
    return " ".join(part for part in (verdict(found), _luck_only(found, currency), _use(found.holdout)) if part)


def _use(held: Holdout | None) -> str:
    own = None if held is None else chosen(held)
    if held is None:
        return ""
    ranks = own is not None and own.gini >= _RANKS
    return f"Take the figures as a rough guide{': for who is worth more than whom, not for a budget' if ranks else ''}."


def _luck_only(found: Worth, currency: str) -> str:
    if not too_narrow(found) or found.total is None:
        return ""
    _, interval = bounded(found, found.total.value, currency)
    if not interval:
        return ""
    return f"The 90% interval of the sum ({interval}{noun(found)}) is too narrow: it knows the luck of single customers, but no season and no change."


def verdict(found: Worth) -> str:
    """Say in one or two sentences whether the model beat the simple rules, or plainly that it did not; empty after a refusal."""
    held = found.holdout
    if found.refusal:
        return ""
    if held is None:
        return "The forecast could not be tried on a later stretch of time that it had not seen: take the figures as a first reading."
    rules = [score for score in held.scores if score.kind == "baseline"]
    tried = f"Tried on the last {times(held.length, found.unit)}, which it had not seen, the forecast"
    off = total_words(held)
    told = f", and foretold {off}" if off else ""
    if held.beats_baselines:
        against = listed([f"“{score.name}”" for score in rules])
        return f"{tried} {f'did better than the simple rules it was held against ({against})' if rules else 'held'}{told}."
    return f"{tried} did no better than simple rules ({_as_good(held, rules)} would have been as good){told}."


def brief(found: Worth) -> str:
    """Return the verdict as the end of one sentence of the summary; empty where the forecast proved itself."""
    held = found.holdout
    if not doubtful(found) and not too_narrow(found):
        return ""
    if held is None:
        return "a first reading, as the forecast could not be tried on days it had not seen"
    off = total_words(held)
    told = [f"foretold {off}"] if off else []
    told += [] if held.beats_baselines else ["did no better than a simple rule"]
    return f"a rough guide: tried on the last {times(held.length, found.unit)}, the forecast {', and '.join(told) or 'was off by more than luck'}"


def failing(found: Worth) -> str:
    """Say how many assumptions do not hold, apart from those told beside it; empty when there is none."""
    failed = sum(not check.holds and check.code not in _TOLD for check in found.checks)
    if not failed:
        return ""
    told = "One thing the forecast takes for granted does" if failed == 1 else f"{failed} things the forecast takes for granted do"
    return f"{told} not hold: see “Can it be believed?”."


def quotable(found: Worth, each: Estimate, currency: str, *, per: int = 1) -> tuple[str, str]:
    """Return a figure and its interval; where that interval is too narrow, two digits of the figure and no interval."""
    if not too_narrow(found):
        return bounded(found, each, currency, per=per)
    value = float(f"{each.value / max(per, 1):.2g}")
    return f"about {bare(found, value, currency)}", ""


def chosen(held: Holdout) -> Score | None:
    """Return the score of the model that is used; None where it has none."""
    return next((score for score in held.scores if score.name == held.chosen), None)


def total_words(held: Holdout) -> str:
    """Return by how much the total was missed, in purchases and in money; empty where that is not known."""
    own, spent = chosen(held), held.money
    if own is None or not math.isfinite(own.bias):
        return ""
    many = f"{_by(own.bias, 'many', 'few')} purchases" if abs(own.bias) >= EVEN else "the right number of purchases"
    if spent is None or not math.isfinite(spent.bias):
        return many
    return f"{many} and {_by(spent.bias, 'much', 'little') if abs(spent.bias) >= EVEN else 'the right amount of'} money"


def _by(bias: float, over: str, under: str) -> str:
    return f"{percent(bias)} too {over if bias > 0 else under}"


def percent(value: float) -> str:
    """Return the size of a bias in whole percent: a total is not known better than that."""
    return f"{abs(value):.0%}"


def _as_good(held: Holdout, rules: Sequence[Score]) -> str:
    """Name the rules that miss by no more or rank no worse; the mean absolute error decides nothing, it favours those who foretell too little."""
    own = chosen(held)
    as_good = [rule.name for rule in rules if own is not None and (rule.rmse <= own.rmse or rule.gini >= own.gini)]
    as_good = as_good or [rule.name for rule in sorted(rules, key=lambda rule: rule.rmse)[:1]]
    return listed([f"“{name}”" for name in as_good]) if as_good else "repeating the past rate"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
