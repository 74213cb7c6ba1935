"""The trial from a table of who was drawn for what: with its own outcomes, or with outcomes counted from the purchases.

Purchases count for a window of ``trial.days`` days from the day of the lot on. Customers whose window is not over by the data's last day are left out and
counted; where the last days seem to lack rows, that is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.bridge import codes
from segmentry.engines.engine import Engine
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.experiments.trial import Metric, Trial
from segmentry.features.compute import FeatureTable
from segmentry.features.drawn import NO_DAY, Drawn, bought_within, drawn, experiments
from segmentry.features.watermark import watermark
from segmentry.features.windows import date_of, day_of
from segmentry.matrix import Matrix
from segmentry.project.asking import households, measured, timeless
from segmentry.project.leaking import contacts_of
from segmentry.project.reading import WRITTEN, Reading
from segmentry.project.responding import money_of_contact
from segmentry.project.settings import Settings
from segmentry.project.tried import Tried, because, before, checked, control_of, how, kind_of, shares_of, untouched
from segmentry.tables.dataset import Attribute, Dataset

ASIDE = ("holdout", "hold-out", "hold out", "standing hold-out", "segmentry standing hold-out")
_DID = frozenset({"response", "target", "amount"})


@dataclass(frozen=True, slots=True, eq=False)
class _Did:
    """What customers did: metrics, outcomes and the same before, shape (n, m) each."""

    metrics: tuple[Metric, ...]
    outcomes: NDArray[np.float64]
    before: NDArray[np.float64] | None


def read_assignments(engine: Engine, reading: Reading, table: FeatureTable, settings: Settings) -> Tried:
    """Return the trial that the table of trials holds: the one the settings name, else the last.

    Raises
    ------
    UsageError
        When the settings name an experiment, a column or an arm that is not there.
    NotEnoughData
        When an arm has nobody, no window is over yet, or nothing says what customers did.
    """
    dataset, days = reading.dataset, settings.trial.days
    name, notes = _experiment(engine, settings)
    found = drawn(engine, dataset, name)
    arms, arm, left = _arms(found, settings)
    own = _own_outcomes(dataset, settings)
    known = ~np.isnan(arm)
    if not own:
        known, said = _with_day(found, known)
        notes = (*notes, *said)
    dated = bool((found.days[known] != NO_DAY).all()) and bool(known.any())
    if not own:
        known, said = _over(engine, dataset, found, known, days=days, dated=dated)
        notes = (*notes, *said)
    rows = np.flatnonzero(known)
    _check_drawn(engine, found, rows, settings, dated=dated, counted=not own)
    picked = checked(arm[rows].astype(np.int64), arms, f"the experiment {name!r}")
    did = (
        _by_columns(engine, dataset, found, rows, own, settings, dated=dated) if own else _by_lines(engine, dataset, found, rows, settings)
    )
    places = found.customers[rows]
    matrix, today, said = _features(engine, reading, table, settings, int(found.days[rows].min()) if dated else None, places)
    chances, told = _chances(found.probability[rows], picked, len(arms))
    written = _written(reading)
    assigned = how(settings, logged=chances is not None, written=written)
    trial = Trial(
        name=name,
        ids=matrix.ids,
        arms=arms,
        arm=picked,
        metrics=did.metrics,
        outcomes=did.outcomes,
        assigned=assigned,
        source=f"experiment {name!r}; {because(assigned, written=written and not settings.trial.randomised)}",
        shares=_shares(settings, arms, chances) if assigned == "lot" else (),
        propensity=chances,
        before=did.before,
        exposed=None if np.isnan(found.exposed[rows]).all() else found.exposed[rows] == 1,
    )
    kept, suspect, later = untouched(matrix, trial)
    money = money_of_contact(engine, dataset, settings)
    leak, overlaps = (
        contacts_of(engine, dataset, trial, found, rows, aside=left, days=days) if dated and "contacts" in dataset.has else (None, ())
    )
    return Tried(
        trial,
        kept,
        households(engine, reading, settings, dataset.customers)[places],
        places,
        today.select(kept.names),
        money.cost,
        money.revenue,
        date_of(int(found.days[rows].min())) if dated else None,
        days if dated else 0,
        (*notes, *_counted(found, known, left), *told),
        leak,
        overlaps,
        suspect,
        (*said, *later),
    )


def _with_day(found: Drawn, known: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Leave out who has no day, where others have one: what they did afterwards cannot be counted."""
    undated = known & (found.days == NO_DAY)
    if not undated.any() or undated[known].all():
        return known, ()
    said = f"{int(undated.sum()):,} of {int(known.sum()):,} customers are left out: no day says when they were drawn."
    return known & ~undated, (said,)


def _experiment(engine: Engine, settings: Settings) -> tuple[str, tuple[str, ...]]:
    names = experiments(engine)
    wanted = settings.trial.experiment.strip()
    if not names:
        reason = "no row of the trials has both a customer of this data and an arm"
        raise NotEnoughData(Problem("EMPTY_TRIAL", reason, "check the ids and the column of arms"))
    if wanted and wanted not in names:
        raise UsageError(f"trial.experiment is {wanted!r}, which the trials do not hold; {suggestion(wanted, names)}")
    if wanted or len(names) == 1:
        return wanted or names[0], ()
    return names[-1], (f"The trials hold {len(names)} experiments; this is the last. Name another with experiment under [trial].",)


def _arms(found: Drawn, settings: Settings) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.bool_]]:
    """Return the arms, the control first, the arm of each customer, and who was set aside from the experiment."""
    levels = tuple(sorted(set(found.arms.tolist())))
    if not levels:
        reason = f"all {found.torn:,} customers were given several arms, so nobody can be compared"
        raise NotEnoughData(Problem("EMPTY_TRIAL", reason, "give one arm per customer and experiment"))
    first = levels[control_of(levels, settings.trial.control, "arm")]
    aside = [level for level in levels if level != first and level.casefold() in ASIDE]
    arms = (first, *(level for level in levels if level != first and level not in aside))
    return arms, codes(found.arms, arms), np.isin(found.arms.astype(str), aside)


def _own_outcomes(dataset: Dataset, settings: Settings) -> tuple[int, ...]:
    """Return which columns of the trials say what customers did."""
    wanted, offered = settings.trial.outcome, dataset.outcomes
    if not wanted:
        return tuple(place for place, each in enumerate(offered) if each.role in _DID)
    names = [" ".join(each.name.casefold().split()) for each in offered]
    plain = [" ".join(name.casefold().split()) for name in wanted]
    if "lines" in dataset.has and not set(plain) & set(names) and set(plain) <= {"bought", "revenue", "purchases"}:
        return ()
    for name in plain:
        if name not in names:
            allowed = suggestion(name, [each.name for each in offered]) if offered else "it has none. Leave it out to count purchases."
            raise UsageError(f"trial.outcome names {name!r}, which no column of the trials is called; {allowed}")
    return tuple(names.index(name) for name in plain)


def _over(
    engine: Engine, dataset: Dataset, found: Drawn, known: NDArray[np.bool_], *, days: int, dated: bool
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Leave out customers whose window is not over by the data's last day."""
    if "lines" not in dataset.has or dataset.as_of is None or not dated:
        lacks = "day of the lot" if "lines" in dataset.has else "purchases and no column that says what they did"
        reason = f"{int(known.sum()):,} customers were drawn, and the data has no {lacks}"
        remedy = "add the day each was drawn" if "lines" in dataset.has else "add the transactions, or a column with the outcome"
        raise NotEnoughData(Problem("NO_OUTCOME", reason, remedy))
    ends, last = found.days + days - 1, day_of(dataset.as_of)
    over = known & (ends <= last)
    notes: tuple[str, ...] = ()
    if not over.any():
        wait = int(ends[known].min()) - last
        reason = f"no window of {days} days is over: the data ends on {dataset.as_of}, {wait} days too early for the first customer"
        raise NotEnoughData(Problem("NOT_OVER_YET", reason, "wait for later data, or set days under [trial] to a shorter window"))
    if young := int((known & ~over).sum()):
        notes = (f"{young:,} of {int(known.sum()):,} customers are left out: their {days} days are not over on {dataset.as_of}.",)
    mark = watermark(engine, dataset)
    if mark is not None and mark.days and int(ends[over].max()) > day_of(mark.whole):
        notes = (*notes, f"{mark.words} Windows of this trial reach into them, of all arms alike.")
    return over, notes


def _check_drawn(engine: Engine, found: Drawn, rows: NDArray[np.intp], settings: Settings, *, dated: bool, counted: bool) -> None:
    """Raise `NotEnoughData` where the lot was drawn after the day of the look, or in another shop.

    Parameters
    ----------
    counted : bool
        Whether what customers did is counted from purchases: then some of those drawn must stand in them.
    """
    look = settings.run.as_of
    if look is not None and dated and int(found.days[rows].min()) > day_of(look):
        reason = f"the first customer was drawn for a day after {look}, the day the data is looked at from"
        raise NotEnoughData(Problem("NOT_STARTED", reason, "declare a later day, or leave it out"))
    if (
        counted
        and not np.isin(found.customers[rows], engine.fetch("SELECT DISTINCT customer FROM lines")["customer"].astype(np.intp)).any()
    ):
        reason = f"none of the {len(rows):,} customers drawn stands in the purchases, before or after"
        remedy = "give the purchases of the customers who were drawn, with ids written the same way"
        raise NotEnoughData(Problem("OTHER_CUSTOMERS", reason, remedy))


def _by_columns(
    engine: Engine,
    dataset: Dataset,
    found: Drawn,
    rows: NDArray[np.intp],
    own: tuple[int, ...],
    settings: Settings,
    *,
    dated: bool,
) -> _Did:
    """Take what customers did from the columns of the trials; what they did before from the purchases, where there are any."""
    values = found.outcomes[np.ix_(rows, np.array(own))]
    told: list[Attribute] = [dataset.outcomes[place] for place in own]
    metrics = tuple(Metric(each.name, each.words, kind_of(each, values[:, place])) for place, each in enumerate(told))
    past = _past(engine, dataset, found, rows, settings) if dated else None
    if past is None:
        return _Did(metrics, values, None)
    column = {"yes/no": 0, "money": 1, "number": 2}
    return _Did(metrics, values, past[:, [column[each.kind] for each in metrics]])


def _by_lines(engine: Engine, dataset: Dataset, found: Drawn, rows: NDArray[np.intp], settings: Settings) -> _Did:
    """Count what customers bought in their windows."""
    days = settings.trial.days
    purchases, spend = bought_within(engine, dataset, found.customers[rows], found.days[rows], days=days, **_counting(settings))  # type: ignore[arg-type]
    every = {
        "bought": (Metric("bought", f"Bought within {days} days", "yes/no"), (purchases > 0).astype(np.float64), 0),
        "revenue": (Metric("revenue", f"Revenue within {days} days", "money"), spend, 1),
        "purchases": (Metric("purchases", f"Purchases within {days} days", "number"), purchases, 2),
    }
    if "lines.amount" not in dataset.has:
        del every["revenue"]
    wanted = [" ".join(name.casefold().split()) for name in settings.trial.outcome] or list(every)
    for name in wanted:
        if name not in every:
            raise UsageError(f"trial.outcome names {name!r}; {suggestion(name, every)}")
    chosen = [every[name] for name in wanted]
    past = _past(engine, dataset, found, rows, settings)
    return _Did(
        tuple(metric for metric, _, _ in chosen),
        np.column_stack([values for _, values, _ in chosen]),
        None if past is None else past[:, [place for _, _, place in chosen]],
    )


def _counting(settings: Settings) -> dict[str, str]:
    return {"occasions": settings.value.occasions, "returns": settings.cleaning.net_returns}


def _past(engine: Engine, dataset: Dataset, found: Drawn, rows: NDArray[np.intp], settings: Settings) -> NDArray[np.float64] | None:
    """Return bought (0 or 1), revenue and purchases over as many days before, shape (n, 3); None where the data does not reach back."""
    days = settings.trial.days
    if "lines" not in dataset.has or dataset.first_day is None or int(found.days[rows].min()) - days < day_of(dataset.first_day):
        return None
    purchases, spend = bought_within(engine, dataset, found.customers[rows], found.days[rows] - days, days=days, **_counting(settings))  # type: ignore[arg-type]
    return np.column_stack([(purchases > 0).astype(np.float64), spend, purchases])


def _features(
    engine: Engine, reading: Reading, table: FeatureTable, settings: Settings, start: int | None, places: NDArray[np.intp]
) -> tuple[Matrix, Matrix, tuple[str, ...]]:
    """Return the features of the trial's customers as of the day before the first lot, and of all customers as of today."""
    dataset = reading.dataset
    if start is None or "lines" not in dataset.has:
        today, notes = before(engine, dataset, table, set())
        return today.take(places), today, notes
    features = timeless(engine, dataset, table, start - 1)
    today = measured(engine, dataset, features, day_of(dataset.as_of), settings)
    matrix = measured(engine, dataset, features, start - 1, settings, today.columns).take(places)
    left = [column.words for column in table.matrix.columns if column.name not in today.names]
    notes = (f"Left out, because they are only known as of today, not as of the day before the trial: {', '.join(left)}.",) if left else ()
    return matrix, today, notes


def _chances(own: NDArray[np.float64], arm: NDArray[np.int64], arms: int) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """Return the logged probability of every arm from that of the arm each customer got, where it can be told."""
    if np.isnan(own).any():
        said = f"The logged probability is missing for {int(np.isnan(own).sum()):,} of {len(own):,} customers, so it is not used."
        return None, () if np.isnan(own).all() else (said,)
    if not ((own > 0) & (own <= 1)).all():
        bad = int((~((own > 0) & (own <= 1))).sum())
        return None, (f"The logged probability is not above 0 and up to 1 for {bad:,} of {len(own):,} customers, so it is not used.",)
    each = np.array([own[arm == place].mean() if (arm == place).any() else np.nan for place in range(arms)])
    if np.allclose(own, each[arm], atol=1e-6) and abs(np.nansum(each) - 1) < 1e-3:
        return np.tile(np.nan_to_num(each), (len(own), 1)), ()
    if arms == 2 and (own < 1).all():
        chances = np.column_stack([1 - own, 1 - own])
        chances[np.arange(len(own)), arm] = own
        return chances, ()
    return None, (
        "The logged probability is of the arm that was given; with more than two arms those of the others cannot be told, so it is not used.",
    )


def _shares(settings: Settings, arms: tuple[str, ...], chances: NDArray[np.float64] | None) -> tuple[float, ...]:
    if settings.trial.shares or chances is None:
        return shares_of(settings, arms)
    return tuple((chances.mean(axis=0) / chances.mean(axis=0).sum()).tolist())


def _written(reading: Reading) -> bool:
    """Whether every table of trials has the columns of an assignment that segmentry wrote: then it was drawn by lot."""
    tables = [table.schema for table in reading.accepted if table.schema.kind == "trials"]
    return bool(tables) and all(set(WRITTEN) <= {field.name for field in schema.fields} for schema in tables)


def _counted(found: Drawn, known: NDArray[np.bool_], left: NDArray[np.bool_]) -> tuple[str, ...]:
    notes = []
    if found.repeats:
        notes.append(f"{found.repeats:,} further rows of customers who stand in the trial already were summed up: one row is one customer.")
    if found.torn:
        notes.append(
            f"{found.torn:,} customers were given several arms and are left out; that is {found.torn / (len(known) + found.torn):.1%} of all."
        )
    if left.any():
        notes.append(f"{int(left.sum()):,} customers of a standing hold-out take no part in the comparison.")
    return tuple(notes)
