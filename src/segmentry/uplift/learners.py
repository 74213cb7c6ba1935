"""Learners of effects: five ways to make a model of what a treatment changes out of models of what customers do.

* **S**: one outcome model with the treatment as a column, asked with it and without; **T**: one outcome model per arm, subtracted; **X**: the surprise of
  each arm over the other arm's model, learned (Künzel, Sekhon, Bickel and Yu 2019);
* **R**: what is left of the outcome on what is left of the treatment, weighted (Nie and Wager 2021);
* **DR**: the difference of doubly robust scores, learned (Kennedy 2023).

`linear` adds the linear interaction learner. Of several treatments each is set against the control. Learners share the nuisance models of a `Lesson`.

When NOT to use: without known probabilities of the arms. S hides small effects where the outcome hangs on much else, T invents differences where arms
are small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import UsageError
from segmentry.uplift.linear import fit_linear
from segmentry.uplift.models import Expecting, Maker, fit_expected
from segmentry.uplift.nuisance import Lesson

Floats = NDArray[np.float64]


class EffectModel(Protocol):
    """A fitted learner."""

    def effect(self, values: Floats, /) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Makers:
    """Where models come from.

    Parameters
    ----------
    outcome, effect : callable
        Return a new, unfitted scikit-learn model; of effects a regressor whose `fit` takes `sample_weight`.
    categories : tuple of bool, length p
        Columns that hold codes; () means none.
    """

    outcome: Maker
    effect: Maker
    categories: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One model that knows the treatment."""

    model: Expecting
    arms: int

    def effect(self, values: Floats) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1)."""
        asked = [self.model.expect(_with_arm(values, np.full(len(values), arm), self.arms)) for arm in range(self.arms)]
        return np.column_stack(asked[1:]) - asked[0][:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Subtracted:
    """One model per arm, the control's subtracted."""

    models: tuple[Expecting, ...]

    def effect(self, values: Floats) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1)."""
        control = self.models[0].expect(values)
        return np.column_stack([model.expect(values) - control for model in self.models[1:]])


@dataclass(frozen=True, slots=True, eq=False)
class Direct:
    """Models of the effect itself, mixed with fixed weights.

    Parameters
    ----------
    models : tuple of tuple of (float, Expecting)
        Per treatment: weights and models.
    """

    models: tuple[tuple[tuple[float, Expecting], ...], ...]

    def effect(self, values: Floats) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1)."""
        return np.column_stack([np.sum([weight * model.expect(values) for weight, model in parts], axis=0) for parts in self.models])


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """A kind of learner.

    Parameters
    ----------
    name, words : str
    fit : callable
        From a lesson and makers to a model of effects.
    """

    name: str
    words: str
    fit: Callable[[Lesson, Makers], EffectModel]


def fit_s(lesson: Lesson, makers: Makers) -> Single:
    """Fit one outcome model with the arm among its columns."""
    values = _with_arm(lesson.values, lesson.arm, lesson.arms)
    return Single(fit_expected(makers.outcome, values, lesson.outcome), lesson.arms)


def fit_t(lesson: Lesson, makers: Makers) -> Subtracted:  # noqa: ARG001
    """Return the outcome models of the lesson, subtracted: there is nothing left to fit."""
    return Subtracted(lesson.models)


def fit_x(lesson: Lesson, makers: Makers) -> Direct:
    """Fit the surprise of the treated over the control's model, and that of the treated's model over the control; mix them by the size of the arms."""
    control = lesson.arm == 0
    if not control.any():
        return Direct(tuple(((0.0, fit_expected(makers.effect, lesson.values, np.zeros(len(control)))),) for _ in range(lesson.arms - 1)))
    parts = []
    for treatment in range(1, lesson.arms):
        treated = lesson.arm == treatment
        gained = lesson.outcome[treated] - lesson.models[0].expect(lesson.values[treated])
        missed = lesson.models[treatment].expect(lesson.values[control]) - lesson.outcome[control]
        share = float(treated.sum()) / float(treated.sum() + control.sum())
        of_treated = fit_expected(makers.effect, lesson.values[treated], gained)
        of_control = fit_expected(makers.effect, lesson.values[control], missed)
        parts.append(((1 - share, of_treated), (share, of_control)))
    return Direct(tuple(parts))


def fit_r(lesson: Lesson, makers: Makers) -> Direct:
    """Fit what is left of the outcome, over what is left of the treatment, weighted by its square."""
    parts = []
    for treatment in range(1, lesson.arms):
        rows = (lesson.arm == 0) | (lesson.arm == treatment)
        share = lesson.probability[rows, treatment] / lesson.probability[rows][:, [0, treatment]].sum(axis=1)
        expected = share * lesson.mean[rows, treatment] + (1 - share) * lesson.mean[rows, 0]
        deviation = (lesson.arm[rows] == treatment) - share
        pseudo = (lesson.outcome[rows] - expected) / deviation
        parts.append(((1.0, fit_expected(makers.effect, lesson.values[rows], pseudo, deviation**2)),))
    return Direct(tuple(parts))


def fit_dr(lesson: Lesson, makers: Makers) -> Direct:
    """Fit the difference of doubly robust scores."""
    scores = lesson.scores
    return Direct(
        tuple(((1.0, fit_expected(makers.effect, lesson.values, scores[:, arm] - scores[:, 0])),) for arm in range(1, lesson.arms))
    )


LEARNERS = (
    Learner("linear", "linear interactions", lambda lesson, makers: fit_linear(lesson, makers.categories)),
    Learner("s", "one model with the treatment as a column (S)", fit_s),
    Learner("t", "one model per treatment (T)", fit_t),
    Learner("x", "crossed surprises (X)", fit_x),
    Learner("r", "residual on residual (R)", fit_r),
    Learner("dr", "doubly robust (DR)", fit_dr),
)


def chosen_learners(names: Iterable[str]) -> tuple[Learner, ...]:
    """Return learners by their names, in the order of `LEARNERS`.

    Raises
    ------
    UsageError
        When one is unknown or none is named.

    Examples
    --------
    >>> [each.words for each in chosen_learners(["dr", "linear"])]
    ['linear interactions', 'doubly robust (DR)']
    """
    known = {each.name: each for each in LEARNERS}
    wanted = tuple(names)
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no learner {name!r}; {suggestion(name, known)}")
    if not wanted:
        raise UsageError(f"no learner was named; allowed are {', '.join(known)}. Name at least one.")
    return tuple(each for each in LEARNERS if each.name in wanted)


def _with_arm(values: Floats, arm: NDArray[np.int64], arms: int) -> Floats:
    """Return the values with one column of 0 and 1 per treatment behind them, so that codes of categories keep their places."""
    return np.column_stack([values, *((arm == each).astype(np.float64) for each in range(1, arms))])
