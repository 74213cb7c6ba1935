"""Fitting: maximum likelihood over the logarithms of positive parameters, with a converged answer or a refusal.

Every model of `value` has positive parameters, so their logarithms are free. Several starts climb on an even sample of the histories, the best
of them goes on with all of them: safeguarded Newton steps (Nocedal and Wright 2006, chapter 3) where the likelihood knows its curvature, BFGS and
then Newton with differences of the gradient where not. An answer counts only when the next step would gain nothing, the surface bends down in
every direction and no parameter has run away; everything else is refused in words. Standard errors come from the inverse of the observed
information. Nothing here depends on the unit of time or of money. Not for parameters that may be negative, nor for penalised fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem

Floats = NDArray[np.float64]
Slope = tuple[float, Floats]
Bend = tuple[float, Floats, Floats]

SAMPLE = 4_000
STEPS = 100
FEWEST_REPEATERS = 20
# A parameter this far (in logarithms, 8,100-fold) from every start, or known no better than this, has run away.
_EDGE, _VAGUE = 9.0, 6.0
_LONGEST = 2.0
_GAIN = 1e-9


class Counted(Protocol):
    """Data a likelihood is computed from: it knows its number of customers and can be thinned to an even sample, as `Patterns` can."""

    @property
    def customers(self) -> float:
        """Number of customers, or the sum of their weights."""

    def thinned(self, size: int) -> Self:
        """Return at most `size` of them, standing for all."""


Data = TypeVar("Data", bound=Counted)
Given_contra = TypeVar("Given_contra", bound=Counted, contravariant=True)


class Likelihood(Protocol[Given_contra]):
    """What the fitting machine asks of a model; `logs` are the logarithms of the parameters, shape (p,), in the order of `names`.

    Attributes
    ----------
    names : tuple of str
        Parameters in the order of the literature.
    edges : mapping of str to (str, str)
        Per parameter what the data are like when it vanishes and when it grows without bound: ends of the sentence "as if …".
    """

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""

    @property
    def edges(self) -> Mapping[str, tuple[str, str]]:
        """What it means when a parameter runs to zero or to infinity."""

    def starts(self, data: Given_contra, /) -> Sequence[Floats]:
        """Return logarithms to start from, scaled with the data so that the unit of time does not matter."""

    def gradient(self, logs: Floats, data: Given_contra, /) -> Slope:
        """Return the log-likelihood and its gradient with respect to the logarithms, shape (p,)."""


@runtime_checkable
class Curved(Protocol):
    """A likelihood that knows its second derivatives too; others get differences of their gradient."""

    def hessian(self, logs: Floats, data: Any, /) -> Bend:
        """Return the log-likelihood, its gradient and its matrix of second derivatives, shape (p, p), with respect to the logarithms."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """A converged fit.

    Parameters
    ----------
    params, errors : dict of str to float
        By name, and their standard errors (delta method).
    log_likelihood : float
    logs : float array, shape (p,)
        Logarithms of the parameters.
    covariance : float array, shape (p, p)
        Of the logarithms: inverse of the observed information.
    iterations : int
        Steps on all of the data.
    customers : float
    starts, agreed : int
        Starts, and how many of them climbed to the same place.
    """

    params: dict[str, float]
    errors: dict[str, float]
    log_likelihood: float
    logs: Floats
    covariance: Floats
    iterations: int
    customers: float
    starts: int = 1
    agreed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a climb has come to; `done` when the next step gains nothing, `gone` when a parameter ran away."""

    logs: Floats
    value: float
    hessian: Floats
    steps: int
    done: bool
    gone: bool = False


@dataclass(frozen=True, slots=True)
class _Surface(Generic[Data]):
    """A likelihood over some data."""

    likelihood: Likelihood[Data]
    data: Data

    def slope(self, logs: Floats) -> Slope:
        return self.likelihood.gradient(logs, self.data)

    def bend(self, logs: Floats, above: float = -np.inf) -> Bend | None:
        """Return value, slope and curvature; None where the value is not above what is asked, or is no number."""
        if isinstance(self.likelihood, Curved):
            found: Bend = self.likelihood.hessian(logs, self.data)
            return found if found[0] > above else None
        value, slope = self.slope(logs)
        return (value, slope, _differences(lambda at: self.slope(at)[1], logs)) if value > above else None


def maximise(likelihood: Likelihood[Data], data: Data, *, sample: int = SAMPLE) -> Optimum:
    """Return the maximum of a likelihood, checked, or refuse.

    Parameters
    ----------
    likelihood : Likelihood
    data : Patterns or alike
    sample : int
        Histories on which the starts compete before the best goes on with all.

    Raises
    ------
    Degenerate
        ``NO_CONVERGENCE`` when no start climbs to a maximum; ``AT_THE_EDGE`` when a parameter runs to zero or to infinity, with what that
        means for the data.
    """
    few = data.thinned(sample)
    starts = likelihood.starts(few)
    centre = np.median(np.stack(starts), axis=0)
    climbs = [_climb(_Surface(likelihood, few), start, centre) for start in starts]
    best = max(climbs, key=lambda climb: climb.value)
    agreed = sum(climb.done and best.value - climb.value < 1e-3 for climb in climbs)
    if few is not data:
        best = _onwards(_Surface(likelihood, data), climbs, starts, centre)
    _check(likelihood, best, centre)
    covariance = np.asarray(np.linalg.inv(-best.hessian), dtype=np.float64)
    params = np.exp(best.logs)
    errors = params * np.sqrt(np.diag(covariance))
    return Optimum(
        params=dict(zip(likelihood.names, params.tolist(), strict=True)),
        errors=dict(zip(likelihood.names, errors.tolist(), strict=True)),
        log_likelihood=best.value,
        logs=best.logs,
        covariance=covariance,
        iterations=best.steps,
        customers=data.customers,
        starts=len(starts),
        agreed=agreed,
    )


def enough_repeaters(found: float, *, fewest: int = FEWEST_REPEATERS) -> None:
    """Refuse a fit when too few customers bought again.

    Raises
    ------
    NotEnoughData
        Saying how many are needed and how many were found.
    """
    if found < fewest:
        reason = f"the model needs at least {fewest} customers with a repeat purchase; found {found:,.0f}"
        raise NotEnoughData(
            Problem("TOO_FEW_REPEATERS", reason, "add customers or a longer history; until then only totals of the past can be told")
        )


def _onwards(surface: _Surface[Data], climbs: Sequence[_Place], starts: Sequence[Floats], centre: Floats) -> _Place:
    """Go on from where the sample led, the best first; from the others too when that ends nowhere, as an edge of the sample may."""
    tried: list[_Place] = []
    for climb, start in sorted(zip(climbs, starts, strict=True), key=lambda pair: -pair[0].value):
        tried.append(_climb(surface, start if climb.gone else climb.logs, centre))
        if tried[-1].done:
            break
    return max(tried, key=lambda place: place.value)


def _climb(surface: _Surface[Data], start: Floats, centre: Floats) -> _Place:
    """Go uphill from a start until a step gains nothing, a parameter runs away, or no step is left."""
    logs = start if isinstance(surface.likelihood, Curved) else _approach(surface, start)
    here = surface.bend(logs)
    if here is None:
        return _Place(logs, -np.inf, np.full((len(logs), len(logs)), np.nan), 0, done=False)
    for steps in range(STEPS):
        value, slope, hessian = here
        direction = _newton(slope, hessian)
        gain, floor = float((slope * direction).sum()) / 2, _GAIN + 1e-13 * abs(value)
        if gain < floor:
            # So near, a Newton step squares the distance that is left.
            return _Place(logs + direction * bool(np.abs(direction).max() < 1e-3), value, hessian, steps, done=True)
        if np.abs(logs - centre).max() > _EDGE:
            return _Place(logs, value, hessian, steps, done=False, gone=True)
        for halving in range(30):
            ahead = logs + direction * 0.5**halving
            higher = surface.bend(ahead, above=value)
            if higher is not None:
                break
        else:
            # Rounding may hide what is left to gain: that is as far as numbers go.
            return _Place(logs, value, hessian, steps, done=gain < 1e4 * floor)
        logs, here = ahead, higher
    return _Place(logs, here[0], here[2], STEPS, done=False)


def _newton(slope: Floats, hessian: Floats) -> Floats:
    """Return the Newton step, uphill even where the surface bends up, and no longer than allowed."""
    if not np.isfinite(hessian).all():
        return np.full_like(slope, np.nan)
    bends, axes = np.linalg.eigh(-hessian)
    bends = np.maximum(np.abs(bends), 1e-10 * np.abs(bends).max() + 1e-300)
    along = np.einsum("ij,i->j", axes, slope) / bends
    step = np.einsum("ij,j->i", axes, along)
    longest = np.abs(step).max()
    return np.asarray(step * min(1.0, _LONGEST / longest) if longest > 0 else step)


def _approach(surface: _Surface[Data], start: Floats) -> Floats:
    """Return a place near the maximum by BFGS (gradients only); per customer, so that its tolerance means the same for every size."""
    from scipy.optimize import minimize

    def descent(logs: Floats) -> Slope:
        value, slope = surface.slope(np.clip(logs, start - 2 * _EDGE, start + 2 * _EDGE))
        return -value / surface.data.customers, -slope / surface.data.customers

    found = minimize(descent, start, jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": 200})
    return np.asarray(np.clip(found.x, start - 2 * _EDGE, start + 2 * _EDGE))


def _differences(slope: Callable[[Floats], Floats], logs: Floats, *, width: float = 1e-4) -> Floats:
    """Return second derivatives as central differences of the gradient, made symmetric, shape (p, p)."""
    moves = np.eye(len(logs)) * width
    rows = np.stack([(slope(logs + move) - slope(logs - move)) / (2 * width) for move in moves])
    return np.asarray((rows + rows.T) / 2)


def _check(likelihood: Likelihood[Data], place: _Place, centre: Floats) -> None:
    """Refuse a place that is no maximum."""
    bends, axes = np.linalg.eigh(-place.hessian) if np.isfinite(place.hessian).all() else (np.array([np.nan]), np.eye(1))
    flat = bool(bends[0] < 1 / _VAGUE**2)
    if place.gone or (flat and place.done):
        away = place.logs - centre
        # The direction in which the surface is flat is the one that is followed to the edge.
        moved = away if place.gone else axes[:, 0] * np.sign((axes[:, 0] * away).sum() or 1.0)
        name = likelihood.names[int(np.abs(moved).argmax())]
        words = likelihood.edges[name][int(moved[np.abs(moved).argmax()] > 0)]
        reason = f"the fit runs to the edge of the model in {name!r}: the data are as if {words}"
        raise Degenerate(Problem("AT_THE_EDGE", reason, "use a simpler model or baseline, or more customers over a longer time"))
    if not place.done or not bends[0] > 0:
        reason = f"none of the starts climbed to a maximum of the likelihood of {', '.join(likelihood.names)} ({place.steps} steps on all customers)"
        raise Degenerate(Problem("NO_CONVERGENCE", reason, "the data do not look like this model: use another model or baseline"))
