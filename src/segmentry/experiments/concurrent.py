"""Two campaigns at the same time: which of them is to be credited, and whether they change each other's effect.

Each campaign's effect is taken among customers who are alike in the other one (with it, without it, not part of it) and put together by their numbers
(see `stratified`), so a campaign that does nothing gets nothing of what the other did, even when the same customers got both. The interaction is the
effect of the first among customers of the second less that among the rest.

The second campaign may have been sent for reasons: then its own effect is observational, and is called so. When it was given by the first one (its
arms differ in who got it), holding it equal takes away a part of the first one's effect; that is said.

When NOT to use: with campaigns that always go together: nothing can tell them apart, and it is refused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem
from segmentry.experiments.novelty import Asked
from segmentry.experiments.phrases import signed
from segmentry.experiments.results import Grade, Overlap
from segmentry.experiments.stratified import Contrast, contrast
from segmentry.experiments.trial import Trial
from segmentry.preparation.words import listed
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

OUTSIDE = 2
FEWEST = 30
_DEPENDENT = 0.001


def concurrent(trial: Trial, other: Trial, asked: Asked) -> Overlap:
    """Tell two campaigns apart.

    Parameters
    ----------
    trial : Trial
        Of two arms (see `Trial.pair`), whose outcomes are looked at.
    other : Trial
        The campaign at the same time; its first arm is who did not get it. Customers who are not in it were not part of it.
    asked : Asked
        Metric, level and what the tests need.

    Raises
    ------
    NotEnoughData
        When fewer than 30 customers got only one, both or neither of them.

    Examples
    --------
    >>> from segmentry.experiments.trial import Metric
    >>> rng = np.random.default_rng(1)
    >>> mail, banner = rng.integers(0, 2, (2, 4000))
    >>> ids, visits = np.arange(4000).astype(str).astype(object), Metric("visits", "Visits", "number")
    >>> outcomes = (rng.normal(size=4000) + 0.3 * mail)[:, None]
    >>> one, two = (Trial(name, ids, ("none", name), arm, (visits,), outcomes, "lot", "drawn here") for name, arm in (("mail", mail), ("banner", banner)))
    >>> concurrent(one, two, Asked(visits, "mail")).credited
    (True, False)
    """
    values = trial.outcome(asked.metric.name)
    known = ~np.isnan(values)
    first, second, values = trial.arm[known], _places(trial, other)[known], values[known]
    cells = [values[(first == one) & (second == two)] for one in (0, 1) for two in (0, 1)]
    _check([len(cell) for cell in cells], (trial.name, other.name))
    alone, both = (cells[0], cells[2]), (cells[1], cells[3])
    parts = [alone, both]
    outside = tuple(values[(first == one) & (second == OUTSIDE)] for one in (0, 1))
    if min(len(arm) for arm in outside) >= FEWEST:
        parts.append((outside[0], outside[1]))
    found = (_mean(parts, asked), _mean([(cells[0], cells[1]), (cells[2], cells[3])], asked))
    mixed = contrast([alone, both], [-1.0, 1.0], asked.metric.kind, resamples=asked.resamples, seed=asked.seed)
    credited = (found[0].p <= asked.level, found[1].p <= asked.level)
    grade: Grade = "randomised" if other.causal else "observational"
    counts = (len(cells[0]), len(cells[2]), len(cells[1]), len(cells[3]))
    return Overlap(
        metric=asked.metric.name,
        campaigns=(trial.name, other.name),
        customers=counts,
        effects=(found[0].value, found[1].value),
        p=(found[0].p, found[1].p),
        credited=credited,
        interaction=mixed.value,
        interaction_p=mixed.p,
        interacts=mixed.p <= asked.level,
        grade=grade,
        verdict=_verdict(trial, other, asked, found=found, mixed=mixed, grade=grade, dependent=_dependence(counts) < _DEPENDENT),
    )


def _places(trial: Trial, other: Trial) -> Codes:
    """Return, per customer of the trial, whether they got the other campaign; 2 when they were not part of it."""
    treated = {customer: int(arm > 0) for customer, arm in zip(other.ids.tolist(), other.arm.tolist(), strict=True)}
    return np.array([treated.get(customer, OUTSIDE) for customer in trial.ids.tolist()], dtype=np.int64)


def _mean(parts: list[tuple[Floats, Floats]], asked: Asked) -> Contrast:
    sizes = np.array([len(none) + len(some) for none, some in parts], dtype=np.float64)
    return contrast(parts, (sizes / sizes.sum()).tolist(), asked.metric.kind, resamples=asked.resamples, seed=asked.seed)


def _dependence(counts: tuple[int, int, int, int]) -> float:
    from scipy.stats import chi2_contingency

    neither, one, two, both = counts
    return float(chi2_contingency([[neither, one], [two, both]], correction=False).pvalue)


def _check(sizes: list[int], names: tuple[str, str]) -> None:
    if min(sizes) < FEWEST:
        reason = (
            f"of the customers {sizes[0]:,} got neither campaign, {sizes[2]:,} only {names[0]}, {sizes[1]:,} only {names[1]} and {sizes[3]:,} both; "
            f"{FEWEST} of each are needed to tell them apart"
        )
        raise NotEnoughData(Problem("ALWAYS_TOGETHER", reason, "give one of them by lot among the customers of the other"))


def _verdict(
    trial: Trial, other: Trial, asked: Asked, *, found: tuple[Contrast, Contrast], mixed: Contrast, grade: Grade, dependent: bool
) -> str:
    def span(figure: Estimate) -> str:
        value, low, high = (signed(asked.metric, part, asked.currency) for part in (figure.value, figure.low, figure.high))
        return f"{value} ({low} to {high})"

    names = [name for name, one in zip((trial.name, other.name), found, strict=True) if one.p <= asked.level]
    words = [
        f"{asked.metric.words}, each campaign with the other held equal: {trial.name} {span(found[0].value)}, {other.name} {span(found[1].value)}.",
        f"Beyond chance: {listed(names)}." if names else "Neither is beyond chance.",
    ]
    if mixed.p <= asked.level:
        words.append(
            f"They change each other's effect: {trial.name} adds {span(mixed.value)} more among customers who also got {other.name}. "
            "Quote their effects apart and together, not one figure."
        )
    if grade == "observational":
        words.append(f"{other.name} was not given by lot, so its own figure is observational.")
    if dependent:
        words.append(
            f"Who got {other.name} differs between the arms of {trial.name}: if it came of {trial.name}, a part of its effect is missing here."
        )
    return " ".join(words)
