"""The design of an experiment in sentences: what it needs, what the customers there are can show, and the price of leaving some of them alone.

The price is said before the start, and it is an assumption: customers in the control times the effect hoped for. It buys the knowledge of any effect from
`Design.visible` on; without a control nothing would be known at all.

When NOT to use: to judge an experiment that has run (see `effects`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from segmentry.checks import check_range
from segmentry.errors import UsageError
from segmentry.experiments.phrases import amount, told
from segmentry.experiments.power import Baseline, Plan, chance, needed, visible
from segmentry.preparation.words import figure, percent
from segmentry.results import Estimate

# Skewness from which a tail is worth a sentence, and doubt about the variance from which its figure is.
LONG_TAIL = 3.0
DOUBTFUL = 0.2
GUESS = 0.5


@dataclass(frozen=True, slots=True)
class Worth:
    """What one unit of the metric is worth.

    Parameters
    ----------
    unit : Estimate
        Money per additional buyer, or per unit of money 1 or the margin.
    source : str
        Where that comes from, in words.
    currency : str
        For the words.
    cost : float
        Cost of one contact, which the control saves.
    """

    unit: Estimate
    source: str
    currency: str = ""
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Price:
    """What leaving the control alone is expected to cost, and what that buys.

    Parameters
    ----------
    customers : int
        In the control.
    units : float
        What they would have done more, in the metric's unit.
    money : Estimate or None
        What that is worth less the contacts saved; below 0 when leaving them alone saves money. None when nothing says what a unit is worth.
    grade : {"assumption"}
        The effect is what is hoped for, not what was measured.
    visible : float or None
        Smallest effect that can then be seen.
    words : str
    """

    customers: int
    units: float
    money: Estimate | None
    grade: Literal["assumption"]
    visible: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Design:
    """What an experiment needs, and what the customers there are can show.

    Parameters
    ----------
    plan : Plan
    baseline : Baseline
    effect : float
        That is hoped for, in the metric's own unit.
    needed : tuple of int
        Customers per arm.
    customers : int
        There are.
    chance : float
        To see the effect with these.
    visible : float or None
        Smallest effect seen with these as often as planned.
    price : Price
    words : tuple of str
        All of it in sentences.
    """

    plan: Plan
    baseline: Baseline
    effect: float
    needed: tuple[int, ...]
    customers: int
    chance: float
    visible: float | None
    price: Price
    words: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether the customers there are suffice."""
        return self.customers >= sum(self.needed)


def design(found: Baseline, effect: float, *, customers: int, plan: Plan, worth: Worth | None = None) -> Design:
    """Design an experiment.

    Parameters
    ----------
    found : Baseline
        Of customers of the past.
    effect : float
        Smallest effect worth knowing, treated less control, in the metric's own unit.
    customers : int
        Who can take part.
    plan : Plan
    worth : Worth or None
        What one unit of the metric is worth.

    Raises
    ------
    UsageError
        When the effect is 0 or not possible, or there are no customers.
    NotEnoughData
        When the effect asks for more customers than there are people.

    Examples
    --------
    >>> from segmentry.experiments.trial import Metric
    >>> bought = Baseline(Metric("bought", "Bought within 30 days", "yes/no"), 9000, mean=0.05, variance=0.0475, active=0.05)
    >>> made = design(bought, 0.005, customers=20_000, plan=Plan())
    >>> made.needed, made.enough
    ((31234, 31234), False)
    >>> print(made.words[1])
    To see 0.5 points more (10% more) in 80 of 100 cases, with a false alarm in 5 of 100, it needs 31,234 customers per arm.
    """
    check_range("customers", customers, 4, 10**10)
    sizes = needed(found, effect, plan)
    odds = chance(found, effect, customers, plan)
    seen = visible(found, customers, plan, down=effect < 0)
    cost = price(found, effect, customers=round(customers * plan.shares[0]), seen=seen, worth=worth)
    currency = "" if worth is None else worth.currency
    words = (
        _past(found, currency),
        _need(found, effect, sizes, plan, currency),
        *_helps(found),
        *_tail(found, sizes),
        _can(found, customers, odds=odds, seen=seen, plan=plan, enough=customers >= sum(sizes), currency=currency),
        cost.words,
    )
    return Design(plan, found, effect, sizes, customers, odds, seen, cost, words)


def price(found: Baseline, effect: float, *, customers: int, seen: float | None, worth: Worth | None = None) -> Price:
    """Return what leaving so many customers alone is expected to cost if the effect is as hoped.

    Parameters
    ----------
    found : Baseline
    effect : float
        Hoped for, per customer.
    customers : int
        In the control.
    seen : float or None
        Smallest effect that can be seen with them.
    worth : Worth or None

    Examples
    --------
    >>> from segmentry.experiments.trial import Metric
    >>> bought = Baseline(Metric("bought", "Bought within 30 days", "yes/no"), 9000, mean=0.05, variance=0.0475, active=0.05)
    >>> made = price(bought, 0.005, customers=10_000, seen=0.009, worth=Worth(Estimate(40.0, 38.0, 42.0), "revenue per buyer"))
    >>> made.money
    Estimate(value=2000.0, low=1900.0, high=2100.0)
    """
    units = customers * effect
    money = None
    if worth is not None:
        ends = sorted(units * end - customers * worth.cost for end in (worth.unit.low, worth.unit.high))
        money = Estimate(units * worth.unit.value - customers * worth.cost, ends[0], ends[1])
    return Price(customers, units, money, "assumption", seen, _priced(found, units, customers, money=money, seen=seen, worth=worth))


def _past(found: Baseline, currency: str) -> str:
    metric = found.metric
    measured = f"measured on {found.customers:,} customers of the past"
    if metric.kind == "yes/no":
        return f"{metric.words}: {percent(found.mean)} of customers who are left alone, {measured}."
    mean = amount(found.mean, currency) if metric.kind == "money" else figure(found.mean)
    spread = amount(math.sqrt(found.variance), currency) if metric.kind == "money" else figure(math.sqrt(found.variance))
    return f"{metric.words}: {mean} per customer who is left alone (standard deviation {spread}; {percent(found.active)} have any), {measured}."


def _need(found: Baseline, effect: float, sizes: tuple[int, ...], plan: Plan, currency: str) -> str:
    if len(set(sizes)) == 1:
        who = f"{sizes[0]:,} customers per arm"
    else:
        who = f"{sum(sizes):,} customers: " + ", ".join(f"{size:,} for {arm}" for arm, size in zip(plan.arms, sizes, strict=True))
    several = f" (shared by the {len(plan.arms) - 1} treatments)" if len(plan.arms) > 2 else ""
    return (
        f"To see {_change(found, effect, currency)} in {_of_hundred(plan.power)} cases, with a false alarm in {_of_hundred(plan.alpha)}{several}, "
        f"it needs {who}."
    )


def _change(found: Baseline, effect: float, currency: str) -> str:
    way = "more" if effect > 0 else "less"
    relative = f" ({percent(abs(effect / found.mean))} {way})" if found.mean > 0 else ""
    return f"{told(found.metric, effect, currency)} {way}{relative}"


def _helps(found: Baseline) -> tuple[str, ...]:
    if found.explained < 0.01:
        return ()
    words = (
        f"What customers did in the time before explains {percent(found.explained)} of the differences between them; the figures count on the analysis "
        "taking that out."
    )
    return (words,)


def _tail(found: Baseline, sizes: tuple[int, ...]) -> tuple[str, ...]:
    words = []
    if found.ordinary > min(sizes) and abs(found.skewness) > LONG_TAIL:
        words.append(
            f"The tail is long (skewness {figure(found.skewness)}): an ordinary t test could be trusted from about {_rounded(found.ordinary)} customers "
            "per arm on. The permutation test used here does not need that."
        )
    if found.doubt >= GUESS:
        words.append("A few large customers make the spread so uncertain that the number of customers needed is little more than a guess.")
    elif found.doubt > DOUBTFUL:
        words.append(
            f"A few large customers make the spread uncertain: it is known to within {percent(2 * found.doubt)}, and so is the number of customers needed."
        )
    return tuple(words)


def _can(
    found: Baseline,
    customers: int,
    *,
    odds: float,
    seen: float | None,
    plan: Plan,
    enough: bool,
    currency: str,
) -> str:
    if seen is None:
        return f"With the {customers:,} customers there are no effect could be seen that often."
    smallest = f"the smallest effect seen in {_of_hundred(plan.power)} cases is {_change(found, seen, currency)}"
    if enough:
        return f"The {customers:,} customers there are suffice: {smallest}."
    return f"The {customers:,} customers there are do not suffice: the effect hoped for would be seen in {_of_hundred(odds)} cases only; {smallest}."


def _priced(found: Baseline, units: float, customers: int, *, money: Estimate | None, seen: float | None, worth: Worth | None) -> str:
    metric = found.metric
    if metric.kind == "yes/no":
        who = "customer" if f"{abs(units):.0f}" == "1" else "customers"
        lost = f"about {abs(units):,.0f} {who} {'fewer' if units > 0 else 'more'} with “{metric.words}”"
    elif metric.kind == "money":
        lost = f"{amount(abs(units), worth.currency if worth else '')} {'less' if units > 0 else 'more'} of {metric.words}"
    else:
        lost = f"{figure(abs(units))} {'less' if units > 0 else 'more'} of {metric.words}"
    start = f"The price: leaving {customers:,} customers alone means {lost}"
    currency = worth.currency if worth else ""
    buys = "" if seen is None else f" It buys the knowledge of any effect from {told(metric, seen, currency)} on."
    hope = "if the effect is as hoped, which is an assumption and not a measurement; nothing if there is none."
    if money is None or worth is None:
        return f"{start}, {hope}{buys}"
    # What is saved is said without its sign, and so are its ends.
    low, high = (money.low, money.high) if money.value >= 0 else (-money.high, -money.low)
    span = f" ({_near(low, currency)} to {_near(high, currency)})" if high > low else ""
    saved = " after the contacts saved" if worth.cost else ""
    word = "costs" if money.value >= 0 else "saves"
    cost = f"{word} about {_near(abs(money.value), currency)}{span}{saved} ({worth.source})"
    # For money the loss is the price already.
    said = f"The price: leaving {customers:,} customers alone {cost}" if metric.kind == "money" else f"{start} and {cost}"
    return f"{said}, {hope}{buys}"


def _of_hundred(share: float) -> str:
    """Return a chance as people say it.

    Examples
    --------
    >>> _of_hundred(0.8), _of_hundred(0.025)
    ('80 of 100', '2.5 of 100')
    """
    if share < 0.01:
        return "fewer than 1 of 100"
    return f"{100 * share:.0f} of 100" if share >= 0.1 else f"{100 * share:.2g} of 100"


def _near(value: float, currency: str) -> str:
    """Return money that is known roughly: three digits that count.

    Examples
    --------
    >>> _near(7761.3, "EUR"), _near(-0.12345, "")
    ('7,760 EUR', '−0.12')
    """
    return amount(float(f"{value:.3g}"), currency)


def _rounded(count: int) -> str:
    """Return a large number with two digits that count.

    Examples
    --------
    >>> _rounded(790_096)
    '790,000'
    """
    digits = max(len(str(count)) - 2, 0)
    return f"{round(count, -digits):,}"


def effect_of(text: str, found: Baseline) -> float:
    """Return the effect that a person wrote, in the metric's own unit: ``10%`` is of the baseline, a plain number is the unit itself.

    Raises
    ------
    UsageError
        When it is no number, or a percentage of nothing.

    Examples
    --------
    >>> from segmentry.experiments.trial import Metric
    >>> bought = Baseline(Metric("bought", "Bought within 30 days", "yes/no"), 9000, mean=0.05, variance=0.0475, active=0.05)
    >>> effect_of("+10%", bought), effect_of("0.005", bought)
    (0.005000000000000001, 0.005)
    """
    words = text.strip().replace("−", "-")
    try:
        value = float(words.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value == 0:
        raise UsageError(
            f"the effect is {text!r}; allowed is a number that is not 0, such as 0.01, or a percentage of today's figure, such as 10%."
        )
    if not words.endswith("%"):
        return value
    if found.mean == 0:
        raise UsageError(
            f"the effect is {text!r}, and {found.metric.words} is 0 today; allowed is a plain number there. Give it in the metric's own unit."
        )
    return value / 100 * abs(found.mean)
