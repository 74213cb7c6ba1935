"""Which features a dataset can feed, and which of them drive clustering unless the user says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from segmentry.engines.engine import Engine, quoted
from segmentry.errors import DataRefused, Problem
from segmentry.features import baskets, channels, engagement
from segmentry.features.baskets import BASKETS, OTHER, shares
from segmentry.features.channels import MAIN_PLACE
from segmentry.features.feature import FeatureSet
from segmentry.features.purchases import PURCHASES
from segmentry.features.seasons import SEASONS
from segmentry.features.snapshot import snapshot
from segmentry.features.windows import day_of
from segmentry.matrix import Column
from segmentry.tables.dataset import Dataset

COMPACT = 6
CATEGORY_WORDS = "Share of spend by category"
DRIVING = (
    "recency", "frequency", "monetary", "tenure", "trend_90d", "unit_price", "discount_share",
)  # fmt: skip
ENGAGEMENT = ("visits", "sessions", "clicks", "opens")
SHARES = ("category=", "channel=", "spend_share=", "purchases_share=")


def available(engine: Engine, dataset: Dataset, *, as_of: int | None = None) -> FeatureSet:
    """Return every feature that the dataset can feed as of a day (since 1970-01-01; None: the dataset's own).

    The largest categories (8), channels (6) and types of events (6) up to that day have a feature each, by the money or count
    they stand for, ties by text.
    """
    day = day_of(dataset.as_of) if as_of is None else as_of
    has = dataset.has | _found(engine, dataset, day)
    behaviour = PURCHASES | BASKETS | SEASONS
    if not any(attribute.role == "place" and attribute.kind == "category" for attribute in dataset.attributes):
        behaviour |= MAIN_PLACE
    if "lines.category" in has:
        tops, rest = _tops(engine, dataset.has, day, "category", baskets.TOP)
        behaviour |= shares("category", tops, group="range", words=CATEGORY_WORDS, rest=rest)
    if "lines.channel" in has:
        tops, rest = _tops(engine, dataset.has, day, "channel", channels.TOP)
        behaviour |= channels.channels(tops, rest=rest)
    behaviour |= engagement.engagement(_types(engine, day) if "events" in has else ())
    behaviour = behaviour.fed_by(has)
    return behaviour | snapshot(dataset, taken=behaviour.names)


def recall(dataset: Dataset, names: Iterable[str]) -> FeatureSet:
    """Return the features of these names, whatever levels this dataset holds: for customers who are scored with a frozen model.

    Raises
    ------
    DataRefused
        When the dataset cannot feed some of them; the problem names them.
    """
    wanted = list(names)

    def levels(family: str) -> list[str]:
        return [name.partition("=")[2] for name in wanted if name.startswith(f"{family}=") and name != f"{family}={OTHER}"]

    known = {plural: kind for kind, plural in engagement.KNOWN.items()}
    types = [known[name] for name in wanted if name in known] + levels("event")
    behaviour = (
        PURCHASES | BASKETS | SEASONS | MAIN_PLACE
        | shares("category", levels("category"), group="range", words=CATEGORY_WORDS, rest=True)
        | channels.channels(levels("channel"), rest=True)
        | engagement.engagement(types)
    )  # fmt: skip
    fed = behaviour.fed_by(dataset.has | {"history.180", "history.365", "returns", "contacts.day", "contacts.responded"})
    everything = fed | snapshot(dataset, taken=fed.names)
    lacking = sorted(set(wanted) - set(everything.names))
    if lacking:
        raise DataRefused(
            Problem(
                "FEATURES_MISSING",
                f"the data cannot feed {len(lacking)} of {len(wanted)} features of the model: {', '.join(lacking)}",
                "add the columns they come from, or check their roles with `segmentry check`",
            )
        )
    return everything.select(wanted)


def default_clustering(columns: Sequence[Column], dataset: Dataset) -> tuple[str, ...]:
    """Return the features that drive clustering unless the user names others, in the order of `columns`.

    A family of shares takes part as a whole, so that any two levels are equally far apart (the preparation weighs it as one feature).

    Behaviour and value, each told once: from purchases recency, frequency, net spend, tenure, trend, price, the share of discount, shares
    of categories and channels, and one measure of engagement; from a snapshot numbers about people and purchases, totals and shares instead of
    their parts. At most six numbers: all of them. Categories and flags describe segments, they do not form them (a
    distance between categories is not meant); see `left_out` for the words.
    """
    measured = [column for column in columns if column.kind not in ("flag", "category") and column.name != "education_level"]
    numbers = [column for column in measured if column.group != "satisfaction"]
    if dataset.shape == "snapshot" and len(numbers) <= COMPACT:
        return tuple(column.name for column in numbers)
    names = {column.name for column in numbers}
    driving = set(DRIVING) if dataset.shape == "transactions" else _snapshot_names(numbers, dataset)
    driving |= {column.name for column in numbers if column.name.startswith(SHARES)}
    driving |= {next((name for name in ENGAGEMENT if name in names), "")}
    return tuple(column.name for column in numbers if column.name in driving) or tuple(column.name for column in numbers)


def left_out(columns: Sequence[Column], chosen: Iterable[str]) -> dict[str, str]:
    """Return why each column does not drive clustering, in words."""
    driving = set(chosen)
    return {column.name: _why(column) for column in columns if column.name not in driving}


def _why(column: Column) -> str:
    if column.kind == "category":
        return "a category: there is no distance between its levels; it describes the segments"
    if column.kind == "flag":
        return "a yes/no column: it would split customers by itself; it describes the segments"
    if column.name == "education_level":
        return "steps without a known distance between them; it describes the segments"
    if column.group == "satisfaction":
        return "an opinion, not a behaviour; it describes the segments"
    return "says again, or less clearly, what another feature says; it describes the segments"


def _snapshot_names(numbers: Sequence[Column], dataset: Dataset) -> set[str]:
    role = {attribute.name: attribute.role for attribute in dataset.attributes}
    names = {column.name for column in numbers}
    sums = {"total_spend": "spend", "total_purchases": "purchases", "children": "children"}
    parts = {part for name, part in sums.items() if name in names and name not in role}
    derived = {"household_size", "spend_per_purchase"}
    return {name for name in names if role.get(name) not in parts | {"response", "contact", "campaign"} and "=" not in name} - derived


def _found(engine: Engine, dataset: Dataset, day: int) -> frozenset[str]:
    found = set()
    if "lines" in dataset.has:
        first = day_of(dataset.first_day or dataset.as_of)
        found |= {f"history.{length}" for length in (180, 365) if day - first >= length - 1}
        if "lines.amount" in dataset.has and engine.rows(f"SELECT 1 FROM lines WHERE day <= {day} AND amount < 0 LIMIT 1"):
            found.add("returns")
    if "contacts" in dataset.has:
        dated, answered = engine.rows(f"SELECT count(*), count(responded) FROM contacts WHERE day <= {day}")[0]
        found |= {"contacts.day"} if dated else set()
        found |= {"contacts.responded"} if answered else set()
    return frozenset(found)


def _tops(engine: Engine, has: frozenset[str], day: int, name: str, most: int) -> tuple[list[str], bool]:
    """Return the largest levels, and whether anything is left besides them."""
    worth = "amount" if "lines.amount" in has else "quantity" if "lines.quantity" in has else "1"
    column = quoted(name)
    rows = engine.rows(
        f"SELECT {column}, sum({worth}) FROM lines WHERE day <= {day} GROUP BY {column} HAVING sum({worth}) > 0 ORDER BY sum({worth}) DESC, {column}"
    )
    levels = [row[0] for row in rows]
    tops = [level for level in levels if level is not None and level != OTHER][:most]
    return tops, len(levels) > len(tops)


def _types(engine: Engine, day: int) -> list[str]:
    rows = engine.rows(
        f"SELECT type FROM events WHERE day <= {day} AND type IS NOT NULL GROUP BY type ORDER BY sum(count) DESC, type LIMIT {engagement.TOP}"
    )
    return [row[0] for row in rows]
