"""A trial: which customers got which treatment, how that was decided, and what they did afterwards.

The one shape that experiments, uplift and plans start from: one row per customer, because the customer is what is drawn by lot. Rows that are
orders, clicks or visits are refused (with 44 % false positives where 5 % are promised, see `effects`): sum them per customer first.

When NOT to use: for comparing before with after. Without customers who were left alone at the same time there is no trial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
MetricKind = Literal["yes/no", "money", "number"]
Assigned = Literal["lot", "logged", "unknown"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted of each customer.

    Parameters
    ----------
    name : str
        As in settings and files.
    words : str
        Label for people, such as "Bought within 30 days".
    kind : {"yes/no", "money", "number"}
        Money has heavy tails and zeros, and is tested accordingly.
    """

    name: str
    words: str
    kind: MetricKind


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Who got what, and what they did.

    Parameters
    ----------
    name : str
        Of the experiment, for people.
    ids : array of str, shape (n,)
        Customers, each once.
    arms : tuple of str, length a ≥ 2
        Names of the treatments; the first is the control.
    arm : int array, shape (n,)
        Position in `arms` of what each customer was given.
    metrics : tuple of Metric, length m ≥ 1
        The first is the primary one, declared before the start; the others are exploratory.
    outcomes : float array, shape (n, m)
        NaN where not known.
    assigned : {"lot", "logged", "unknown"}
        By lot, with logged probabilities, or nobody knows how. Only the first two carry effects.
    source : str
        In words: which columns, and who says that it was by lot.
    shares : tuple of float, length a, or ()
        Planned share of each arm; () when not known.
    propensity : float array, shape (n, a), or None
        Logged probability of each arm.
    before : float array, shape (n, m), or None
        Each metric over the time before the start; NaN where there is none.
    exposed : bool array, shape (n,), or None
        Who really saw the treatment.

    Examples
    --------
    >>> trial = Trial("Free delivery", np.array(["a", "b"], dtype=object), ("control", "offer"), np.array([0, 1]),
    ...               (Metric("bought", "Bought", "yes/no"),), np.array([[0.0], [1.0]]), "lot", "column offer")
    >>> len(trial), trial.outcome("bought").tolist(), trial.counts.tolist()
    (2, [0.0, 1.0], [1, 1])
    """

    name: str
    ids: NDArray[np.object_]
    arms: tuple[str, ...]
    arm: Codes
    metrics: tuple[Metric, ...]
    outcomes: Floats
    assigned: Assigned
    source: str
    shares: tuple[float, ...] = ()
    propensity: Floats | None = None
    before: Floats | None = None
    exposed: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit and that no customer stands there twice."""
        count = len(self.ids)
        if len(self.arms) < 2 or not self.metrics:
            raise UsageError(
                f"a trial has {len(self.arms)} arms and {len(self.metrics)} metrics; allowed are two arms or more and at least one metric. "
                "Add the customers who were left alone, and what they did."
            )
        if self.arm.shape != (count,) or self.outcomes.shape != (count, len(self.metrics)):
            raise UsageError(
                f"arms have shape {self.arm.shape} and outcomes {self.outcomes.shape}; {count} customers and {len(self.metrics)} metrics ask for "
                f"({count},) and ({count}, {len(self.metrics)}). Pass one arm and one row of outcomes per customer."
            )
        if count and not (self.arm.min() >= 0 and self.arm.max() < len(self.arms)):
            raise UsageError(f"arms run from {self.arm.min()} to {self.arm.max()}; allowed is 0 to {len(self.arms) - 1}. Recode them.")
        repeats = count - len(set(self.ids.tolist()))
        if repeats:
            raise UsageError(
                f"{repeats:,} of {count:,} rows are of a customer who is there already; allowed is one row per customer, because customers were "
                "drawn by lot and not their orders. Sum up what each customer did."
            )
        for name, part, width in (("propensities", self.propensity, len(self.arms)), ("values before", self.before, len(self.metrics))):
            if part is not None and part.shape != (count, width):
                raise UsageError(f"{name} have shape {part.shape}; allowed is ({count}, {width}). Pass one row per customer.")
        if self.shares and len(self.shares) != len(self.arms):
            raise UsageError(
                f"{len(self.shares)} shares were given for {len(self.arms)} arms; allowed is one each, or none. Give one per arm."
            )

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.ids)

    @property
    def counts(self) -> Codes:
        """Customers per arm, shape (a,)."""
        return np.bincount(self.arm, minlength=len(self.arms)).astype(np.int64)

    @property
    def causal(self) -> bool:
        """Whether differences between the arms may be called effects."""
        return self.assigned != "unknown"

    def metric(self, name: str) -> Metric:
        """Return a metric by its name; raise `UsageError` naming the nearest otherwise."""
        return self.metrics[self._place(name)]

    def outcome(self, name: str) -> Floats:
        """Return what every customer did by one metric, shape (n,)."""
        return self.outcomes[:, self._place(name)]

    def past(self, name: str) -> Floats | None:
        """Return the same metric before the start, shape (n,), or None where it is not known."""
        return None if self.before is None else self.before[:, self._place(name)]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Trial:
        """Return the trial of some customers."""
        return replace(
            self,
            ids=self.ids[rows],
            arm=self.arm[rows],
            outcomes=self.outcomes[rows],
            propensity=None if self.propensity is None else self.propensity[rows],
            before=None if self.before is None else self.before[rows],
            exposed=None if self.exposed is None else self.exposed[rows],
        )

    def pair(self, arm: int) -> Trial:
        """Return the trial of one treatment beside the control alone."""
        rows = np.flatnonzero((self.arm == 0) | (self.arm == arm))
        part = self.take(rows)
        return replace(
            part,
            arms=(self.arms[0], self.arms[arm]),
            arm=(part.arm == arm).astype(np.int64),
            shares=(self.shares[0], self.shares[arm]) if self.shares else (),
            propensity=None if part.propensity is None else part.propensity[:, [0, arm]],
        )

    def _place(self, name: str) -> int:
        for place, metric in enumerate(self.metrics):
            if metric.name == name:
                return place
        raise UsageError(f"there is no metric {name!r}; {suggestion(name, [metric.name for metric in self.metrics])}")
