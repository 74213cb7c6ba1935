"""What is asked of the response models: whose answer is known, from which features, as of which day.

A table of customers says who answered in a column; contacts say it per campaign, and purchases say who bought again. For the last two
every row is a customer as of the day before: features of that past, an answer of the days after it, and the customers of today at the end,
whose answer nobody knows yet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.bridge import codes
from segmentry.engines.engine import Engine, quoted
from segmentry.errors import NotEnoughData, UsageError
from segmentry.features.compute import FeatureTable
from segmentry.features.outcomes import Campaign, answered, answers, bought_between
from segmentry.features.windows import date_of, day_of
from segmentry.matrix import Column, Matrix
from segmentry.project.freezing import aligned
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.tables.dataset import Attribute, Dataset
from segmentry.tables.joins import cell
from segmentry.tables.words import tokens
from segmentry.tally import Tally

if TYPE_CHECKING:
    from segmentry.features.feature import FeatureSet

PURCHASE = "purchase"
_UNWILLING = re.compile(r"\b(?:opt(?:ed|s|ing)? ?out|unsubscribed|do not)\b")
MOST_LOOKS = 4
# Campaigns are looked at from the last one back, until there are answers enough to learn from.
MOST_CAMPAIGNS = 12
ENOUGH_ANSWERS = 300
USUAL = 0.9
# What a customer is rather than what they did: may be used as of earlier days too.
LASTING = frozenset({"demographics", "place"})


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Rows to learn from and to foretell.

    Parameters
    ----------
    matrix : Matrix
        The customers of the run are its last rows, in their order.
    outcome : float array, shape (m,)
        1 for an answer, 0 for none, NaN where it is not known.
    groups : int array, shape (m,)
        Rows of one customer (or household) share a number.
    days : int array, shape (m,), or None
        Day since 1970-01-01 from which the answer counts; None where all answers are of one time.
    target, words : str
        What is foretold: the column or event, and its label.
    notes : tuple of str
        Sentences the reader needs.
    dated : bool
        Whether answers came after a day of their own, to which today's segments look back: they are made from what came of it.
    gap : int
        Days most answers take.
    """

    matrix: Matrix
    outcome: NDArray[np.float64]
    groups: NDArray[np.int64]
    days: NDArray[np.int64] | None
    target: str
    words: str
    notes: tuple[str, ...] = ()
    dated: bool = False
    gap: int = 0


def ask(engine: Engine, reading: Reading, table: FeatureTable, settings: Settings) -> Asked | None:
    """Return what is asked, or None when nothing in the data says who answered and the settings name nothing.

    Raises
    ------
    UsageError
        When the settings name a target that is not there or is no yes or no.
    """
    dataset, wanted = reading.dataset, settings.response.target.strip()
    attribute = _attribute(dataset, wanted)
    if attribute is not None:
        return _of_column(engine, reading, table, attribute, settings)
    if wanted == PURCHASE and "lines" in dataset.has:
        return _of_purchases(engine, reading, table, settings)
    campaigns = _campaigns(engine, dataset)
    if wanted and wanted not in [campaign.name for campaign in campaigns]:
        known = [each.name for each in dataset.attributes if each.kind == "flag"]
        known += [*(campaign.name for campaign in campaigns), *([PURCHASE] if "lines" in dataset.has else [])]
        allowed = (
            suggestion(wanted, known) if known else "there is neither in this data. Name none, or add the column that says who answered."
        )
        raise UsageError(f"response.target is {wanted!r}, which no yes/no column and no campaign is called; {allowed}")
    return _of_contacts(engine, reading, table, settings, campaigns, only=wanted) if campaigns else None


def _attribute(dataset: Dataset, wanted: str) -> Attribute | None:
    if wanted:
        found = called(dataset, wanted)
        if found is not None and found.kind not in ("flag", "number"):
            raise UsageError(f"response.target is {found.name!r}, a column of {found.kind}; allowed is yes or no. Name a yes/no column.")
        return found
    return next((each for each in dataset.attributes if each.role == "target" and each.kind in ("flag", "number")), None)


def called(dataset: Dataset, wanted: str) -> Attribute | None:
    """Return the column of a name: as it stands, else without the table that was added because the name was taken, such as ``id (people)``."""
    plain = " ".join(wanted.casefold().split())
    names = {each.name: " ".join(each.name.casefold().split()) for each in dataset.attributes}
    exact = [each for each in dataset.attributes if names[each.name] == plain]
    longer = [each for each in dataset.attributes if names[each.name].startswith(f"{plain} (")]
    return exact[0] if exact else longer[0] if len(longer) == 1 else None


def _of_column(engine: Engine, reading: Reading, table: FeatureTable, attribute: Attribute, settings: Settings) -> Asked:
    outcome = values_of(engine, attribute.name, len(table.matrix))
    others = np.unique(outcome[~np.isnan(outcome)])
    if not np.isin(others, (0.0, 1.0)).all():
        raise UsageError(
            f"response.target is {attribute.name!r}, which holds {len(others)} different numbers; allowed are 0 and 1. Name a yes/no column."
        )
    sent = [each for each in reading.dataset.attributes if each.role == "contact" and each.kind == "flag" and each.name != attribute.name]
    told = {attribute.name, *(each.name for each in sent)}
    matrix = table.matrix.select([name for name in table.matrix.names if name not in told])
    notes = []
    for each in sent:
        contacted = values_of(engine, each.name, len(matrix)) == 1
        if 0 < contacted.sum() < len(matrix):
            outcome = np.where(contacted, outcome, np.nan)
            notes.append(
                f"“{each.words}” says who was contacted: learned from these {int(contacted.sum()):,} alone, and foretold what the others would "
                "answer if they were. What they would do without a contact is another question."
            )
    groups = households(engine, reading, settings, len(matrix))
    return Asked(matrix, outcome, groups, None, attribute.name, attribute.words, tuple(notes))


def values_of(engine: Engine, name: str, customers: int) -> NDArray[np.float64]:
    """Return a column of ``customers`` that holds numbers or flags, in the order of the ids, shape (n,)."""
    found = engine.fetch(f"SELECT customer, CAST({quoted(name)} AS DOUBLE) AS value FROM customers")
    values = np.full(customers, np.nan)
    values[found["customer"].astype(np.intp)] = found["value"].astype(np.float64)
    return values


def consent_of(engine: Engine, dataset: Dataset) -> dict[str, NDArray[np.float64]]:
    """Return by column of consent who may be contacted, shape (n,) each: 1 for yes, 0 for no, NaN where not known.

    A column that says who wants no contact (opted out, unsubscribed) is turned round: its yes is a no.
    """
    told = {}
    for each in dataset.attributes:
        if each.role == "consent" and each.kind in ("flag", "number"):
            values = values_of(engine, each.name, dataset.customers)
            told[each.name] = 1.0 - values if _UNWILLING.search(" ".join(tokens(each.name))) else values
    return told


def households(engine: Engine, reading: Reading, settings: Settings, customers: int) -> NDArray[np.int64]:
    """Return one number per household, or one per customer when nothing says who lives together.

    The column is read as it came: cleaning joins rare levels of a category, and every household is rare.
    """
    wanted = settings.response.household.strip()
    alone = np.arange(customers, dtype=np.int64)
    if not wanted:
        return alone
    people = [table for table in reading.accepted if table.schema.kind in ("snapshot", "customers") and table.schema.field("id")]
    names = {each.name: (table, each) for table in people for each in table.schema.fields}
    if wanted not in names:
        allowed = suggestion(wanted, names) if names else "there is no table of customers. Leave it out, or add one."
        raise UsageError(f"response.household is {wanted!r}, which is no column of the customers; {allowed}")
    table, column = names[wanted]
    found = engine.fetch(
        f"SELECT c.customer AS customer, min(t.{quoted(column.name)}::VARCHAR) AS home FROM {quoted(table.table)} t "
        f"JOIN customers c ON c.id = {cell(table, 'id')} GROUP BY c.customer"
    )
    homes = np.full(customers, None, dtype=object)
    homes[found["customer"].astype(np.intp)] = found["home"]
    place = codes(homes, sorted({home for home in homes.tolist() if home is not None}))
    return np.where(np.isnan(place), customers + alone, np.nan_to_num(place)).astype(np.int64)


def _campaigns(engine: Engine, dataset: Dataset) -> tuple[Campaign, ...]:
    """Return the campaigns whose day and answers are known, in the order of time."""
    try:
        return answers(engine, dataset)
    except NotEnoughData:
        return ()


def _usual_lag(engine: Engine) -> int:
    """Return the days within which nine of ten answers come; 0 where the days of the answers are not known."""
    lags = engine.fetch("SELECT answered - day AS lag, count(*) AS n FROM contacts WHERE answered >= day GROUP BY lag ORDER BY lag")
    if not len(lags["lag"]):
        return 0
    return math.ceil(float(Tally.of(lags["lag"].astype(np.int64), lags["n"].astype(np.int64)).quantile([USUAL])[0]))


def _ripe(dataset: Dataset, found: Sequence[Campaign], usual: int) -> tuple[list[Campaign], tuple[str, ...]]:
    """Leave out campaigns to which answers still come in: those younger than most answers take."""
    ripe = [campaign for campaign in found if day_of(campaign.last_day) + usual <= day_of(dataset.as_of)]
    young = len(found) - len(ripe)
    if not young:
        return ripe, ()
    said = f"{young} of {len(found)} campaigns are too recent to learn from: nine of ten answers come within {usual} days, and these are younger."
    return ripe, (said,)


def _latest(found: Sequence[Campaign]) -> list[Campaign]:
    """Return the last campaigns, as many as it takes to have answers enough."""
    chosen: list[Campaign] = []
    for campaign in reversed(found):
        if len(chosen) >= MOST_CAMPAIGNS or sum(each.answered for each in chosen) >= ENOUGH_ANSWERS:
            break
        chosen.append(campaign)
    return chosen[::-1]


def _of_contacts(
    engine: Engine, reading: Reading, table: FeatureTable, settings: Settings, found: Sequence[Campaign], *, only: str = ""
) -> Asked | None:
    """Ask of the last campaigns: features as of the day before each, and who answered it."""
    usual = _usual_lag(engine)
    ripe, notes = (list(found), ()) if only else _ripe(reading.dataset, found, usual)
    chosen = [campaign for campaign in ripe if campaign.name == only] if only else _latest(ripe)
    if not chosen:
        return None
    looks = [_look(engine, reading.dataset, campaign) for campaign in chosen]
    several = f"the last {len(chosen)} campaigns" if len(chosen) > 1 else f"campaign {chosen[0].name}"
    made = _stacked(engine, reading, table, settings, looks, target=several, words=f"Answer to {several}")
    return replace(made, notes=(*notes, *made.notes), gap=usual)


def _look(engine: Engine, dataset: Dataset, campaign: Campaign) -> Look:
    _, responded, day = answered(engine, dataset, campaign.name)
    known = np.flatnonzero(~np.isnan(responded))
    return Look(day_of(day), known, responded[known])


def _of_purchases(engine: Engine, reading: Reading, table: FeatureTable, settings: Settings) -> Asked:
    """Ask who buys within the horizon: as of some earlier days, each a horizon apart."""
    dataset, horizon = reading.dataset, settings.response.horizon
    today = day_of(dataset.as_of)
    first = day_of(dataset.first_day or dataset.as_of)
    cuts = [today - horizon * back for back in range(1, MOST_LOOKS + 1) if today - horizon * back - first >= horizon]
    if not cuts:
        raise UsageError(
            f"response.horizon is {horizon} days and the data covers {today - first + 1}; allowed is up to {max((today - first) // 2, 1)}. "
            "Give a shorter horizon."
        )
    looks = []
    for cut in sorted(cuts):
        bought, _ = bought_between(
            engine, dataset, date_of(cut), date_of(cut + horizon), occasions=settings.value.occasions, returns=settings.cleaning.net_returns
        )
        known = engine.fetch(f"SELECT DISTINCT customer FROM lines WHERE day <= {cut} ORDER BY customer")["customer"].astype(np.intp)
        looks.append(Look(cut + 1, known, (bought[known] > 0).astype(np.float64)))
    words = f"Buys within {horizon} days"
    return _stacked(engine, reading, table, settings, looks, target=PURCHASE, words=words)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One day from which answers count: who was asked, and what they did."""

    day: int
    customers: NDArray[np.intp]
    answers: NDArray[np.float64]


def _stacked(
    engine: Engine, reading: Reading, table: FeatureTable, settings: Settings, looks: Sequence[Look], *, target: str, words: str
) -> Asked:
    """Put the features as of the day before each look above those of today."""
    dataset = reading.dataset
    features = timeless(engine, dataset, table, min(look.day for look in looks) - 1)
    now = measured(engine, dataset, features, day_of(dataset.as_of), settings)
    parts, looks, strangers = _known_then(
        looks, [measured(engine, dataset, features, look.day - 1, settings, now.columns).take(look.customers) for look in looks]
    )
    homes = households(engine, reading, settings, len(now))
    everyone = np.arange(len(now))
    matrix = Matrix(
        np.concatenate([*(part.ids for part in parts), now.ids]),
        now.columns,
        np.concatenate([*(part.values for part in parts), now.values]),
    )
    outcome = np.concatenate([*(look.answers for look in looks), np.full(len(now), np.nan)])
    groups = homes[np.concatenate([*(look.customers for look in looks), everyone])]
    days = np.concatenate([np.full(len(look.customers), look.day) for look in looks] + [np.full(len(now), day_of(dataset.as_of) + 1)])
    left = [column.words for column in table.matrix.columns if column.name not in now.names]
    notes = (f"Left out, because they are only known as of today, not as of the day of the contact: {', '.join(left)}.",) if left else ()
    if strangers:
        notes = (*notes, f"{strangers:,} answers were not learned from: nothing was known of these customers before they were asked.")
    return Asked(matrix, outcome, groups, days if len(looks) > 1 else None, target, words, notes, dated=True)


def _known_then(looks: Sequence[Look], parts: Sequence[Matrix]) -> tuple[list[Matrix], list[Look], int]:
    """Leave out whoever nothing was known of: equal empty rows would pass for one customer, and tie all others together through theirs."""
    known = [np.nan_to_num(part.values).any(axis=1) for part in parts]
    kept = [replace(look, customers=look.customers[rows], answers=look.answers[rows]) for look, rows in zip(looks, known, strict=True)]
    return (
        [part.take(np.flatnonzero(rows)) for part, rows in zip(parts, known, strict=True)],
        kept,
        sum(int((~rows).sum()) for rows in known),
    )


def timeless(engine: Engine, dataset: Dataset, table: FeatureTable, day: int) -> FeatureSet:
    """Return the features that can be told as of an earlier day."""
    from segmentry.features.catalogue import available
    from segmentry.features.feature import FeatureSet

    return FeatureSet(
        tuple(
            feature
            for feature in available(engine, dataset, as_of=day)
            if (feature.stage != "customers" or feature.group in LASTING) and feature.name in table.matrix.names
        )
    )


def measured(
    engine: Engine, dataset: Dataset, features: FeatureSet, day: int, settings: Settings, columns: Iterable[Column] | None = None
) -> Matrix:
    """Return the features of all customers as of a day (since 1970-01-01), in the columns of another matrix where given."""
    from segmentry.features.compute import compute

    then = replace(dataset, as_of=date_of(day))
    matrix = compute(engine, then, features, net_returns=settings.cleaning.net_returns).matrix
    return matrix if columns is None else aligned(matrix, tuple(columns))
