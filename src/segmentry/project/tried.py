"""A trial read from data with what was known of its customers before, and the rules that every form of it keeps.

By lot only where somebody vouches for it; shares as planned; features that neither treatment nor outcome are part of, and none that was made afterwards.

When NOT to use: an assignment nobody vouches for is no lot. Then the trial says "unknown", and nothing made from it may be called an effect.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.experiments.trial import Assigned, MetricKind, Trial
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Matrix
from segmentry.project.asking import LASTING
from segmentry.project.leaking import TOLD, Concurrent, Leak
from segmentry.project.settings import Settings
from segmentry.results import Note
from segmentry.tables.dataset import Attribute, Dataset

CONTROL = "control"
# What a level is called that stands for customers who were left alone.
LEFT_ALONE = (
    "control",
    "controls",
    "control group",
    "holdout",
    "hold-out",
    "hold out",
    "none",
    "no",
    "0",
    "0.0",
    "false",
    "nothing",
    "placebo",
)
# Columns drawn before the lot differ between arms by chance alone; further than this they were made afterwards.
FARTHEST = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A trial and what was known of its customers before.

    Parameters
    ----------
    trial : Trial
    matrix : Matrix
        Features of the trial's customers, in their order, as of the day before the start.
    groups : int array, shape (n,)
        Customers who live together share a number; else one each.
    places : int array, shape (n,)
        Position of each in the run's customers.
    today : Matrix
        The same columns for all customers of the run, as of today: whom to treat next is told from these.
    cost, revenue : float or None
        Of one contact, and of one answer, where data or settings say so.
    start : date or None
        First day of the trial; None where the data has no days.
    days : int
        Length of the window, the start's own day included; 0 where outcomes are columns.
    notes : tuple of str
        Sentences the reader needs, with how many customers were left out and why.
    feature_notes : tuple of str
        Sentences on features that were left out of `matrix` and why.
    leak : Leak or None
        None without contacts.
    overlaps : tuple of Concurrent
        Other campaigns in the window.
    suspect : tuple of str
        Labels of columns left out because they differ between arms as nothing that is drawn by lot could.
    """

    trial: Trial
    matrix: Matrix
    groups: NDArray[np.int64]
    places: NDArray[np.intp]
    today: Matrix
    cost: float | None = None
    revenue: float | None = None
    start: datetime.date | None = None
    days: int = 0
    notes: tuple[str, ...] = ()
    leak: Leak | None = None
    overlaps: tuple[Concurrent, ...] = ()
    suspect: tuple[str, ...] = ()
    feature_notes: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[Note, ...]:
        """What a page says beside the trial: who was left out, and whether customers who were to be left alone were contacted."""
        told = [Note("trial", words) for words in self.notes]
        if self.leak is not None:
            told.append(Note("leak", self.leak.words, "warning" if self.leak.share.value >= TOLD else "info"))
        return tuple(told)

    @property
    def learning_remarks(self) -> tuple[Note, ...]:
        """The same for pages on which something was learned from the features."""
        return (*self.remarks, *(Note("trial_features", words) for words in self.feature_notes))


def how(settings: Settings, *, logged: bool, written: bool = False) -> Assigned:
    """Return how treatments were given: by lot only when the settings or a table that segmentry wrote vouch for it."""
    return "lot" if settings.trial.randomised or written else "logged" if logged else "unknown"


def because(assigned: Assigned, *, written: bool = False) -> str:
    """Return who says how treatments were given."""
    if assigned == "lot":
        return (
            "drawn by lot, as the assignment that segmentry wrote says" if written else "given by lot, as the setting trial.randomised says"
        )
    return (
        "given with logged probabilities"
        if assigned == "logged"
        else "nobody says that it was given by lot; if it was, set randomised = true under [trial]"
    )


def shares_of(settings: Settings, arms: tuple[str, ...]) -> tuple[float, ...]:
    """Return the planned share of each arm: as in the settings (what is left is shared out equally), else equal.

    Raises
    ------
    UsageError
        When the settings name another arm, or the shares do not fit.
    """
    wanted = {" ".join(name.casefold().split()): share for name, share in settings.trial.shares.items()}
    if not wanted:
        return (1 / len(arms),) * len(arms)
    names = [" ".join(arm.casefold().split()) for arm in arms]
    # Whatever the control is called in the data, "control" means it.
    told = {names[0] if name == CONTROL and CONTROL not in names else name: share for name, share in wanted.items()}
    for name in told:
        if name not in names:
            raise UsageError(f"trial.shares names the arm {name!r}, which is not there; {suggestion(name, list(arms))}")
    open_arms = [name for name in names if name not in told]
    rest = 1.0 - sum(told.values())
    if min(told.values()) <= 0 or rest < -1e-9 or (open_arms and rest <= 1e-9) or (not open_arms and abs(rest) > 1e-6):
        raise UsageError(
            f"trial.shares sum to {1 - rest:g} for {len(told)} of {len(arms)} arms; allowed are shares above 0 that sum to 1. Give one per arm."
        )
    return tuple(told.get(name, rest / max(len(open_arms), 1)) for name in names)


def kind_of(attribute: Attribute, values: NDArray[np.float64]) -> MetricKind:
    """Return what kind of metric an outcome is."""
    if attribute.kind == "flag" or np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        return "yes/no"
    return "money" if attribute.kind == "money" or attribute.role in ("amount", "spend") else "number"


def control_of(levels: tuple[str, ...], wanted: str, column: str) -> int:
    """Return which level is the control.

    Raises
    ------
    UsageError
        When the settings name none of them, or none is called like a control and none was named.
    """
    plain = [" ".join(level.casefold().split()) for level in levels]
    if wanted:
        name = " ".join(wanted.casefold().split())
        if name not in plain:
            raise UsageError(f"trial.control is {wanted!r}, which the column {column!r} does not hold; {suggestion(wanted, levels)}")
        return plain.index(name)
    found = next((plain.index(name) for name in LEFT_ALONE if name in plain), None)
    if found is None:
        raise UsageError(
            f"the column {column!r} has {len(levels)} arm{'s' * (len(levels) != 1)}, and none is called like customers who were left alone "
            f"({', '.join(LEFT_ALONE[:6])}, …). Name it with control under [trial]."
        )
    return found


def untouched(matrix: Matrix, trial: Trial) -> tuple[Matrix, tuple[str, ...], tuple[str, ...]]:
    """Leave out columns that differ between arms as nothing drawn by lot could: they were made after the treatment, or there was no lot.

    Only where the lot is vouched for: elsewhere arms differ for other reasons.

    Returns
    -------
    Matrix
    tuple of str
        Labels of the columns left out.
    tuple of str
        The sentence that says so; empty when none was.
    """
    if trial.assigned != "lot":
        return matrix, (), ()
    told = [column for column in matrix.columns if _distance(matrix.column(column.name), trial) > FARTHEST]
    if not told:
        return matrix, (), ()
    kept = [name for name in matrix.names if name not in {column.name for column in told}]
    suspect = tuple(column.words for column in told)
    said = (
        f"Left out, because they differ between the arms as nothing known before a lot can: {', '.join(suspect)}. "
        "Either they were made after the treatment, or the arms were not drawn by lot."
    )
    return matrix.select(kept), suspect, (said,)


def _distance(values: NDArray[np.float64], trial: Trial) -> float:
    """Return the largest z of a treated arm against the control, of the ranks of known values and of being known."""
    missing = np.isnan(values)
    order = np.full(len(values), np.nan)
    _, place = np.unique(values[~missing], return_inverse=True)
    order[~missing] = place
    farthest = 0.0
    for arm in range(1, len(trial.arms)):
        for told in (order, missing.astype(np.float64)):
            one, other = (told[(trial.arm == each) & ~np.isnan(told)] for each in (0, arm))
            if min(len(one), len(other)) < 2:
                continue
            error = np.sqrt(one.var() / len(one) + other.var() / len(other))
            gap = abs(other.mean() - one.mean())
            farthest = max(farthest, float(gap / error) if error > 0 else (np.inf if gap > 0 else 0.0))
    return farthest


def before(engine: Engine, dataset: Dataset, table: FeatureTable, told: set[str]) -> tuple[Matrix, tuple[str, ...]]:
    """Return features that neither treatment nor outcome are part of."""
    from segmentry.features.compute import compute
    from segmentry.features.feature import FeatureSet
    from segmentry.features.snapshot import snapshot

    kept = tuple(
        each for each in dataset.attributes if each.name not in told and each.role not in ("contact", "arm", "probability", "exposed")
    )
    bare = replace(dataset, attributes=kept)
    # Derived columns, such as a sum of answers, are made anew without what was taken out.
    features = FeatureSet(tuple(each for each in snapshot(bare) if each.name in table.matrix.names))
    if "lines" not in dataset.has:
        return compute(engine, bare, features).matrix, ()
    lasting = FeatureSet(tuple(each for each in features if each.group in LASTING))
    left = len(table.matrix.columns) - len(lasting)
    said = (
        f"No day says when the treatment was given, so {left} features of purchases and events may have come after it: only what customers are is "
        "used. Give a table of trials with a day for the others."
    )
    return compute(engine, bare, lasting).matrix, (said,)


def checked(arm: NDArray[np.int64], arms: tuple[str, ...], where: str) -> NDArray[np.int64]:
    """Return the arms of a trial's customers.

    Raises
    ------
    NotEnoughData
        When the control, or every treatment, has nobody.
    """
    counts = np.bincount(arm, minlength=len(arms)) if len(arm) else np.zeros(len(arms), dtype=np.int64)
    if (counts > 0).sum() < 2 or counts[0] == 0:
        empty = "control" if counts[0] == 0 else "treatment"
        raise NotEnoughData(
            Problem(
                "NO_CONTROL" if counts[0] == 0 else "NO_TREATMENT",
                f"{where} has {int(counts.sum()):,} customers with a known outcome and none in the {empty}",
                "add customers who were left alone at the same time; without them nothing can be told apart from what would have happened anyway",
            )
        )
    return arm
