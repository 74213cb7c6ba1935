"""Before and after without a control: a change, and never an effect.

Customers who are chosen because they spent little spend more afterwards without anybody doing anything (regression to the mean: Galton 1886); in a
shop where nothing was done the tenth of customers who had spent least gained 48.5 % and the tenth who had spent most lost 5.6 %. Season, prices and
growth do the rest. So `before_after` always answers "not attributable", and says how much of the change was to be expected when others are there to
learn it from.

`matched` compares with customers who were not treated and were alike before: the difference of the changes (difference in differences), and the
difference among customers with the same past. Each is right under an assumption that the data cannot check: equal trends, or nothing else that tells
the groups apart. Where they disagree, neither is to be trusted. Both are observational, whatever the interval says.

`credited` shares out every order among the contacts before it. The shares add up to the orders, and say nothing of what the contacts caused.

When NOT to use: where there was a lot; see `analysis`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import symmetric
from segmentry.experiments.phrases import VERDICTS, signed, told
from segmentry.experiments.results import Grade
from segmentry.experiments.stratified import contrast
from segmentry.experiments.trial import Metric, MetricKind
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Rule = Literal["last", "first", "equal"]

FEWEST = 30
STRATA = 10
NOBODY = ""
# Credits are whole parts of this: such numbers add up without rounding.
_PARTS = 1024


@dataclass(frozen=True, slots=True)
class Change:
    """What changed among customers, without anybody to compare them with.

    Parameters
    ----------
    metric : str
    customers : int
        Known before and after.
    before, after : float
        Mean per customer.
    change : Estimate
        After less before; no effect of anything.
    expected : float or None
        Change that customers with the same past had without being treated.
    attributable : bool
        Always False.
    problem : Problem
    verdict : str
    """

    metric: str
    customers: int
    before: float
    after: float
    change: Estimate
    expected: float | None
    attributable: Literal[False]
    problem: Problem
    verdict: str


@dataclass(frozen=True, slots=True)
class Matched:
    """A comparison with customers who were not treated, for want of a lot.

    Parameters
    ----------
    metric : str
    customers : (int, int)
        Not treated, and treated.
    trends : Estimate
        Difference of the changes.
    alike : Estimate or None
        Difference after, among customers with the same past; None when none are alike.
    overlap : float
        Share of the treated for whom there is somebody alike.
    grade : {"observational"}
    colour : {"red"}
        Of the label that has to stand beside it.
    agree : bool
        Whether the two figures could be the same.
    verdict : str
    """

    metric: str
    customers: tuple[int, int]
    trends: Estimate
    alike: Estimate | None
    overlap: float
    grade: Grade
    colour: Literal["red"]
    agree: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class Credit:
    """Orders given to one campaign; the name is empty for orders without a contact before them."""

    campaign: str
    orders: float


def before_after(
    metric: Metric, before: Floats, after: Floats, *, others: tuple[Floats, Floats] | None = None, currency: str = ""
) -> Change:
    """Describe a change without calling it an effect.

    Parameters
    ----------
    metric : Metric
    before, after : float array, shape (n,)
        Of the customers who were treated; NaN where not known.
    others : (before, after) or None
        Of customers who were not: what is to be expected of the same past is learned from them.
    currency : str

    Raises
    ------
    NotEnoughData
        With fewer than 30 customers known before and after.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> taste = rng.normal(size=5000)
    >>> before, after = taste + rng.normal(size=5000), taste + rng.normal(size=5000)
    >>> low = before < np.quantile(before, 0.1)
    >>> found = before_after(Metric("spend", "Spend", "number"), before[low], after[low], others=(before[~low], after[~low]))
    >>> found.attributable, found.change.value > 1, found.problem.code
    (False, True, 'NOT_ATTRIBUTABLE')
    """
    known = np.isfinite(before) & np.isfinite(after)
    _check(int(known.sum()))
    one, two = np.sort(before[known]), np.sort(after[known])
    steps = np.sort(after[known] - before[known])
    change = symmetric(float(steps.mean()), float(steps.std(ddof=1)) / len(steps) ** 0.5)
    expected = None if others is None else _expected(before[known], others)
    reason = f"all {len(steps):,} customers were treated and none were left alone at the same time"
    problem = Problem("NOT_ATTRIBUTABLE", reason, "leave some customers alone, drawn by lot, and compare them")
    return Change(
        metric=metric.name,
        customers=len(steps),
        before=float(one.mean()),
        after=float(two.mean()),
        change=change,
        expected=expected,
        attributable=False,
        problem=problem,
        verdict=_told(metric, change, expected, currency),
    )


def matched(
    metric: Metric,
    control: tuple[Floats, Floats],
    treated: tuple[Floats, Floats],
    *,
    strata: int = STRATA,
    seed: int = 0,
    currency: str = "",
) -> Matched:
    """Compare customers who were treated with others who were not, for want of a lot.

    Parameters
    ----------
    metric : Metric
    control, treated : (before, after), float arrays
        Of customers not treated, and treated; NaN where not known.
    strata : int
        Groups of customers with about the same past.
    seed : int
    currency : str

    Raises
    ------
    NotEnoughData
        With fewer than 30 customers on either side.
    Degenerate
        When nothing varies.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> past = rng.normal(size=(2, 2000))
    >>> sides = [(before, before + rng.normal(size=2000) + effect) for before, effect in zip(past, (0.0, 0.5))]
    >>> found = matched(Metric("spend", "Spend", "number"), *sides)
    >>> found.grade, found.colour, found.alike.low > 0
    ('observational', 'red', True)
    """
    sides = []
    for before, after in (control, treated):
        known = np.isfinite(before) & np.isfinite(after)
        _check(int(known.sum()))
        sides.append((before[known], after[known]))
    kind: MetricKind = "money" if metric.kind == "money" else "number"
    trends = contrast([(sides[0][1] - sides[0][0], sides[1][1] - sides[1][0])], [1.0], kind, seed=seed).value
    alike, overlap = _alike(metric, sides, strata, seed)
    agree = alike is not None and trends.low <= alike.high and alike.low <= trends.high
    return Matched(
        metric=metric.name,
        customers=(len(sides[0][0]), len(sides[1][0])),
        trends=trends,
        alike=alike,
        overlap=overlap,
        grade="observational",
        colour="red",
        agree=agree,
        verdict=_compared(metric, trends, alike, overlap, agree=agree, currency=currency),
    )


def credited(paths: Sequence[Sequence[str]], *, rule: Rule = "equal") -> tuple[Credit, ...]:
    """Share out orders among the campaigns that reached the customer before them.

    Parameters
    ----------
    paths : sequence of sequences of str
        Of each order, the campaigns before it in the order of time; empty when there was none.
    rule : {"last", "first", "equal"}
        The last contact gets all, the first does, or all get the same.

    Returns
    -------
    credits : tuple of Credit
        By name; they add up to the orders exactly.

    Raises
    ------
    UsageError
        When the rule is not known, or a campaign has no name.

    Examples
    --------
    >>> credited([["mail", "app"], ["mail"], []])
    (Credit(campaign='', orders=1.0), Credit(campaign='app', orders=0.5), Credit(campaign='mail', orders=1.5))
    """
    check_choice("rule", rule, ("last", "first", "equal"))
    exact: dict[str, Fraction] = {}
    for path in paths:
        if not all(path):
            raise UsageError(f"a campaign on a path of {len(path)} contacts has no name; allowed is any text. Name it.")
        touched = {"last": path[-1:], "first": path[:1], "equal": path}[rule] or [NOBODY]
        for campaign in touched:
            exact[campaign] = exact.get(campaign, Fraction(0)) + Fraction(1, len(touched))
    return tuple(Credit(campaign, parts / _PARTS) for campaign, parts in sorted(_whole(exact, len(paths)).items()))


def _whole(exact: dict[str, Fraction], orders: int) -> dict[str, int]:
    """Round to parts that add up: the largest remainders are rounded up."""
    parts = {campaign: int(credit * _PARTS) for campaign, credit in exact.items()}
    left = orders * _PARTS - sum(parts.values())
    for campaign in sorted(exact, key=lambda name: (parts[name] - exact[name] * _PARTS, name))[:left]:
        parts[campaign] += 1
    return parts


def _expected(before: Floats, others: tuple[Floats, Floats]) -> float | None:
    """Return the change that a straight line through the others foretells of the same past."""
    known = np.isfinite(others[0]) & np.isfinite(others[1])
    order = np.lexsort((others[1][known], others[0][known]))
    past, later = others[0][known][order], others[1][known][order]
    if len(past) < FEWEST or np.ptp(past) == 0:
        return None
    away = past - past.mean()
    slope = float((away * (later - later.mean())).sum() / (away**2).sum())
    mean = float(np.sort(before).mean())
    return float(later.mean()) + slope * (mean - float(past.mean())) - mean


def _alike(metric: Metric, sides: list[tuple[Floats, Floats]], strata: int, seed: int) -> tuple[Estimate | None, float]:
    cuts = np.unique(np.quantile(sides[1][0], np.linspace(0, 1, strata + 1)[1:-1]))
    places = [np.searchsorted(cuts, before, side="right") for before, _ in sides]
    inside = [(before >= sides[1][0].min()) & (before <= sides[1][0].max()) for before, _ in sides]
    parts, sizes = [], []
    for place in range(len(cuts) + 1):
        none, some = (after[(where == place) & within] for (_, after), where, within in zip(sides, places, inside, strict=True))
        if min(len(none), len(some)) >= 5:
            parts.append((none, some))
            sizes.append(len(some))
    covered = sum(sizes) / len(sides[1][0])
    if not parts:
        return None, 0.0
    return contrast(parts, [size / sum(sizes) for size in sizes], metric.kind, seed=seed).value, covered


def _check(customers: int) -> None:
    if customers < FEWEST:
        reason = f"{customers} customers are known before and after, and {FEWEST} are needed"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "wait for more customers, or take a longer time"))


def _span(metric: Metric, found: Estimate, currency: str) -> str:
    return f"{signed(metric, found.value, currency)} ({signed(metric, found.low, currency)} to {signed(metric, found.high, currency)})"


def _told(metric: Metric, change: Estimate, expected: float | None, currency: str) -> str:
    words = f"{VERDICTS['not attributable']} {metric.words} changed by {_span(metric, change, currency)} per customer. "
    if expected is None:
        return (
            f"{words}Customers who were chosen for having little have more afterwards without anybody doing anything, those with much have less, and "
            "season and growth come on top."
        )
    anyway = f"{'a rise' if expected >= 0 else 'a fall'} of {told(metric, expected, currency)}"
    return f"{words}Going by customers who were not treated, {anyway} was to be expected from the same past anyway."


def _compared(metric: Metric, trends: Estimate, alike: Estimate | None, overlap: float, *, agree: bool, currency: str) -> str:
    words = f"Observational, not by lot: {metric.words} changed by {_span(metric, trends, currency)} more than among customers who were not treated"
    if alike is None:
        return f"{words}. Nobody who was not treated had a past like theirs, so there is no second figure, and this one is not to be relied on."
    words += f", and differs by {_span(metric, alike, currency)} among those with the same past ({100 * overlap:.0f}% of the treated have somebody alike)."
    if agree:
        return f"{words} Why some were treated and others not may explain either of them."
    return f"{words} The two disagree, so neither is to be relied on."
