"""Whom to contact, what that earns beside contacting all and none, and how many of those who answer are reached.

Told from the curves of `evaluation.results`, whose best depth is without the optimism of choosing it. Points are joined until at least five customers
lie between two of them, so that no curve shows what a single customer did.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segmentry.disclosure import FLOOR
from segmentry.evaluation.results import GainsCurve, ProfitCurve
from segmentry.plots import response as drawn
from segmentry.plots.numbers import NOTHING, count, money, number, share
from segmentry.propensity.results import Response
from segmentry.reports.estimates import rounded_by
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate

DEPTHS = (0.05, 0.1, 0.2, 0.3, 0.5)
UNKNOWN = (
    "No profit is told: that needs what a contact costs and what an answer brings, the second more than the first. "
    "Give both as response.cost and response.revenue in the settings, or as --cost and --revenue."
)
NOT_UPLIFT = "All answers are counted as the contact's doing; whoever would have come without it is not told apart."


@dataclass(frozen=True, slots=True)
class Plan:
    """One row of the table of plans, as text."""

    name: str
    contacted: str
    depth: str
    profit: str
    interval: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How many are reached at one depth, as text."""

    contacted: str
    reached: str
    times: str


@dataclass(frozen=True, slots=True)
class Contacting:
    """The parts "Whom to contact" and "How many are reached".

    Parameters
    ----------
    words, reach_words : tuple of str
    profit, gains : Picture or None
        None where everybody is as likely: there is nobody to contact first.
    plans : tuple of Plan
        Empty without cost and revenue.
    reach : tuple of Reach
    """

    words: tuple[str, ...]
    profit: Picture | None
    plans: tuple[Plan, ...]
    reach_words: str
    gains: Picture | None
    reach: tuple[Reach, ...]


def contacting(found: Response, currency: str = "") -> Contacting:
    """Return whom to contact and how many are reached."""
    ordered = told_apart(found)
    curve = found.profit
    return Contacting(
        words=(UNKNOWN,) if curve is None else (advice(curve, currency), " ".join([prices(curve, currency), *_marked(found), NOT_UPLIFT])),
        profit=_profit(found, curve, currency) if curve is not None and ordered else None,
        plans=() if curve is None else _plans(curve, currency),
        reach_words=_reached(found) if ordered else "",
        gains=_gains(found) if ordered else None,
        reach=_reach(found) if ordered else (),
    )


def judged(found: Response) -> int:
    """Return how many customers the figures rest on: in time, the earliest are learned from only."""
    return sum(found.calibration.customers) if found.calibration is not None else found.customers


def judged_answers(found: Response) -> int:
    """Return how many of the judged customers answered."""
    curve = found.calibration
    return found.answered if curve is None else round(math.fsum(n * seen for n, seen in zip(curve.customers, curve.observed, strict=True)))


def counted(found: Response, number_of: int) -> str:
    """Return how many customers, or contacts where more answers are known than there are customers, as some were asked several times."""
    several = found.probability is not None and found.customers > len(found.probability)
    return f"{count(number_of)} {'contacts' if several else 'customers'}"


def told_apart(found: Response) -> bool:
    """Say whether customers have different probabilities; where everybody has the base rate there is no order to show."""
    used = next((each for each in found.scores if each.chosen), None)
    alike = found.calibration is not None and len(found.calibration.customers) < 2
    return not alike and (used is None or used.auc.low != used.auc.high or used.auc.value != 0.5)


def prices(curve: ProfitCurve, currency: str) -> str:
    """Say what a contact costs, what an answer brings, and from which probability on a contact pays."""
    told = [part for part in (f"from {curve.source}" if curve.source else "", "" if currency else "in the currency of the data") if part]
    source = f" ({', '.join(told)})" if told else ""
    return (
        f"A contact costs {money(curve.cost, currency)} and an answer brings {money(curve.revenue, currency)}{source}, "
        f"so a contact pays where the probability of an answer is above {share(curve.threshold)}."
    )


def plan(curve: ProfitCurve) -> str:
    """Return which plan earns most: "some", "everyone" or "nobody"."""
    return "nobody" if curve.advice == "some" and curve.best_share.value <= 0 else curve.advice


def advice(curve: ProfitCurve, currency: str) -> str:
    """Say whom to contact, and what that earns beside the two plans that need no model."""
    value, interval = bounded(curve.best, currency)
    everyone = f"{'lost' if curve.everyone < 0 else 'earned'} {money(abs(curve.everyone), currency)}"
    all_of_them = f"contacting all {count(curve.customers)} would have {everyone}"
    chosen, inside = plan(curve), 0 < curve.best_share.value < 1
    if chosen == "nobody":
        less = (
            f"choosing the likeliest is expected to earn {value} (95% interval {interval}), which is no more than nothing" if inside else ""
        )
        return f"Contact nobody: {all_of_them}{f', and {less}' if less else ', and no smaller selection earns anything'}."
    if chosen == "everyone":
        less = (
            f"choosing the likeliest is expected to earn no more, {value} (95% interval {interval})"
            if inside
            else "no smaller selection earns more"
        )
        return f"Contact everyone: {all_of_them}, and {less}."
    head = f"Contact the likeliest {share(curve.best_share.value)}: that is expected to earn {value} (95% interval {interval})"
    rival = max(0.0, curve.everyone)
    other = "contacting everyone" if rival else "contacting nobody"
    if curve.best.low <= rival:
        return f"{head}, but not clearly more than {other}, as the interval reaches {money(rival, currency)}. {_capital(all_of_them)}."
    if rival:
        return f"{head}, {_by_width(curve.best.value - rival, curve.best, currency)} more than {other}: {all_of_them}."
    return f"{head}. {_capital(all_of_them)}; contacting nobody earns nothing."


def _marked(found: Response) -> tuple[str, ...]:
    if found.contact is None:
        return ()
    marked, n = int(found.contact.sum()), len(found.contact)
    told = "nobody" if not marked else f"fewer than {FLOOR}" if marked < FLOOR else "all" if marked == n else count(marked)
    return (f"The files mark {told} of the {count(n)} customers to contact, in the column “contact”.",)


def _plans(curve: ProfitCurve, currency: str) -> tuple[Plan, ...]:
    chosen = plan(curve)
    everyone = Estimate(curve.everyone, curve.low[-1], curve.high[-1])
    rows = [Plan("Nobody", "0", "", money(0.0, currency), "", chosen == "nobody")]
    if 0 < curve.best_share.value < 1:
        depth = f"{share(curve.best_share.value)} ({share(curve.best_share.low)} to {share(curve.best_share.high)})"
        number_of = count(curve.best_share.value * curve.customers)
        rows.append(Plan("The likeliest", number_of, depth, *bounded(curve.best, currency), chosen == "some"))
    _, interval = bounded(everyone, currency)
    rows.append(Plan("Everyone", count(curve.customers), "", money(curve.everyone, currency), interval, chosen == "everyone"))
    return tuple(rows)


def bounded(each: Estimate, currency: str) -> tuple[str, str]:
    """Return a profit and its interval, rounded to what the interval allows.

    Examples
    --------
    >>> bounded(Estimate(1443.55, 1177.6, 1726.3), "")
    ('1,440', '1,180 to 1,730')
    """
    low, high = (_by_width(part, each, currency) for part in (each.low, each.high))
    return _by_width(each.value, each, currency), f"{low} to {high}"


def _by_width(value: float, each: Estimate, currency: str) -> str:
    return money(rounded_by(value, (each.high - each.low) / 2) + 0.0, currency)


def _profit(found: Response, curve: ProfitCurve, currency: str) -> Picture:
    value, interval = bounded(curve.best, currency)
    some = plan(curve) == "some" and curve.best_share.value < 1
    caption = "Profit by how many are contacted, the likeliest first: "
    caption += f"answers × {money(curve.revenue, currency)} − contacts × {money(curve.cost, currency)}. Band: 95% interval. "
    if some:
        caption += (
            f"The diamond is what the best depth is expected to earn, with its interval: chosen on nine tenths of the customers and counted on the rest. "
            f"The top of the curve itself, {money(curve.naive, currency)}, flatters, because chance was kind just there. "
        )
    caption += f"n = {counted(found, curve.customers)}, scored by models that had not seen them."
    best = f"{value} ({interval}) for the likeliest {share(curve.best_share.value)}, " if some else ""
    alt = f"Curve of profit by share contacted: 0 for nobody, {best}{money(curve.everyone, currency)} for everyone."
    places = spaced(curve.share, curve.customers)
    depths, middle, low, high = (_at(values, places) for values in (curve.share, curve.profit, curve.low, curve.high))
    shown = replace(curve, share=depths, profit=middle, low=low, high=high)
    return Picture("response-profit", drawn.profit(shown, currency), caption, alt)


def spaced(depths: Sequence[float], customers: int) -> list[int]:
    """Return the places of depths between which at least five customers lie, the first and the last among them.

    Examples
    --------
    >>> spaced([0.0, 0.01, 0.05, 0.07, 0.1, 0.98, 1.0], 100)
    [0, 2, 4, 6]
    """
    kept = [0]
    for place in range(1, len(depths) - 1):
        if min(depths[place] - depths[kept[-1]], depths[-1] - depths[place]) * customers >= FLOOR - 1e-9:
            kept.append(place)
    return [*kept, len(depths) - 1]


def _at(values: Sequence[float], places: Sequence[int]) -> tuple[float, ...]:
    return tuple(values[place] for place in places)


def _gains(found: Response) -> Picture | None:
    curve = found.gains
    if curve is None:
        return None
    caption = f"Band: 95% interval; dashed: customers taken by chance. n = {counted(found, judged(found))}, {count(judged_answers(found))} of them answered."
    places = spaced(curve.share, judged(found))
    shown = GainsCurve(*(_at(getattr(curve, name), places) for name in ("share", "reached", "low", "high", "lift")))
    return Picture("response-gains", drawn.gains(shown), caption, _reached(found))


def _place(curve: GainsCurve, depth: float) -> int:
    return min(range(len(curve.share)), key=lambda place: abs(curve.share[place] - depth))


def _small(found: Response, reached: float) -> bool:
    """Say whether a share of those who answer is fewer than five of them, or all but fewer than five."""
    answers = judged_answers(found)
    return any(0 < part < FLOOR - 0.5 for part in (answers * reached, answers * (1 - reached)))


def _reached(found: Response) -> str:
    curve = found.gains
    if curve is None:
        return ""
    place = _place(curve, 0.1)
    if _small(found, curve.reached[place]):
        return f"Fewer than {FLOOR} of those who answer are in the likeliest tenth."
    words = (
        f"The likeliest tenth of the customers holds {share(curve.reached[place])} of those who answer "
        f"(95% interval {share(curve.low[place])} to {share(curve.high[place])}), {_times(curve.lift[place])} a tenth taken by chance."
    )
    half = next((at for at, reached in zip(curve.share, curve.reached, strict=True) if reached >= 0.5), None)
    return f"{words} To reach half of those who answer, the likeliest {share(half)} are to be contacted." if half is not None else words


def _times(lift: float) -> str:
    told = number(float(f"{lift:.2g}"))
    return "as many as" if told == "1" else f"{told} times as many as"


def below_chance(found: Response) -> str:
    """Say at which of the told depths clearly fewer are reached than by chance; empty where none is."""
    curve = found.gains
    if curve is None or not told_apart(found):
        return ""
    for depth in DEPTHS:
        place = _place(curve, depth)
        if curve.high[place] < curve.share[place] and not _small(found, curve.reached[place]):
            return (
                f"The order does not hold further down the list: the likeliest {share(depth)} reach {share(curve.reached[place])} of those who answer "
                f"(95% interval {share(curve.low[place])} to {share(curve.high[place])}), fewer than by chance."
            )
    return ""


def _reach(found: Response) -> tuple[Reach, ...]:
    curve = found.gains
    if curve is None:
        return ()
    rows = []
    for place in (_place(curve, depth) for depth in DEPTHS):
        small = _small(found, curve.reached[place])
        reached = f"{share(curve.reached[place])} ({share(curve.low[place])} to {share(curve.high[place])})"
        rows.append(
            Reach(
                f"{curve.share[place]:.0%}", "hidden" if small else reached, NOTHING if small else number(float(f"{curve.lift[place]:.2g}"))
            )
        )
    return tuple(rows)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
