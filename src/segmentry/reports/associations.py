"""What goes together with answering: the columns the order of customers rests on, and the mean probability over the first of them.

Association, not cause. Values at which a curve is drawn are rounded to a twentieth of its reach, lest they be those of single customers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segmentry.plots import response as drawn
from segmentry.plots.numbers import count, share
from segmentry.propensity.explanation import ASSOCIATION, AVERAGED_OVER, MOST_CELLS
from segmentry.propensity.results import Dependence, Importance, Response
from segmentry.reports.contacting import counted, judged
from segmentry.reports.pictures import Picture

CURVES_SHOWN = 4
NAMED = 4
_STEPS = 20
_DIRECTIONS = {
    "more": "likelier with more of it",
    "less": "likelier with less of it",
    "mixed": "up and down",
    "levels": "different from kind to kind",
}


@dataclass(frozen=True, slots=True)
class Associations:
    """The part "What goes together with answering".

    Parameters
    ----------
    words : str
    caution : str
    importance : Picture
    curves : tuple of Picture
    """

    words: str
    caution: str
    importance: Picture
    curves: tuple[Picture, ...]


def associations(found: Response, currency: str = "") -> Associations | None:
    """Return what goes together with answering; None where nothing was looked at."""
    if not found.importances:
        return None
    clear = {each.column for each in found.importances if each.drop.low > 0}
    shown = [each for each in found.dependences if each.column in clear][:CURVES_SHOWN]
    return Associations(
        _words(found.importances),
        ASSOCIATION,
        _importance(found),
        tuple(_curve(each, place, currency) for place, each in enumerate(shown)),
    )


def _words(found: Sequence[Importance]) -> str:
    clear = [each for each in found if each.drop.low > 0]
    if not clear:
        return "No column alone matters more than chance: what the scores know is spread over many."
    named = "; ".join(f"“{each.words}” ({_DIRECTIONS[each.direction]})" for each in clear[:NAMED])
    rest = len(clear) - NAMED
    more = f"; less on {count(rest)} more" if rest > 0 else ""
    return f"The order of the customers rests most on {named}{more}."


def _importance(found: Response) -> Picture:
    n = judged(found)
    rows = len(found.importances)
    part = "Measured on a part of " if n * rows > MOST_CELLS else ""
    first = f" The first {drawn.COLUMNS_SHOWN} of {rows} columns are drawn." if rows > drawn.COLUMNS_SHOWN else ""
    caption = (
        "The longer the bar, the worse customers are ranked when each gets the value of another customer in this column; thin lines are 95% intervals. "
        f"▲ likelier with more of it, ▼ with less, no sign: up and down, or by kind. Grey: may be chance.{first} {part}n = {counted(found, n)}."
    )
    named = "; ".join(f"{each.words}: {100 * each.drop.value:.1f}" for each in found.importances[:NAMED]).replace("-", "−")
    alt = f"Bars, in pairs of 100 that are ranked wrongly without the column: {named}."
    return Picture("response-importance", drawn.importance(found.importances), caption, alt)


def _curve(found: Dependence, place: int, currency: str) -> Picture:
    rounded = found if found.levels else replace(found, at=_apart(found.at))
    low, high = min(found.probability), max(found.probability)
    span = f"from {share(low)} to {share(high)}" if share(low) != share(high) else f"about {share(low)} everywhere"
    caption = (
        f"Mean probability if all customers had this value, all else as it is: {span}. "
        f"{'Thin lines' if found.levels else 'Band'}: how far the models of the parts differ. n = up to {AVERAGED_OVER} customers per model."
    )
    alt = f"Mean probability of answering by “{found.words}”, {span}."
    return Picture(f"response-dependence-{place}", drawn.dependence(rounded, currency), caption, alt, title=found.words)


def _apart(values: Sequence[float]) -> tuple[float, ...]:
    reach = max(values) - min(values)
    if not math.isfinite(reach) or reach <= 0:
        return tuple(values)
    digits = -math.floor(math.log10(reach / _STEPS))
    return tuple(round(value, digits) + 0.0 for value in values)
