"""Side views of a run: the same customers by RFM, product types, seasons, places, rules and a second level of segments.

A view that the data cannot feed is not there; one that it can feed but that finds nothing is there with words and without groups. The main segments
stay the ones to act on. Not computed by default: two levels (``segments.levels = 2``) and rules (``[[rules]]``).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.errors import DataRefused
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Matrix
from segmentry.preparation.words import listed, percent
from segmentry.project.settings import Settings
from segmentry.segments import affinity, nested, places, rules, seasons
from segmentry.segments.rulebook import RuleTable
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.sideview import SideView, gridded, grouped, met, texts
from segmentry.segments.structure import levels
from segmentry.tables.dataset import Dataset

_EPOCH = datetime.date(1970, 1, 1)
_FAMILIES = (("category=", "frequency"), ("spend_share=", "total_purchases"), ("spend_share=", "frequency"))


def views(
    table: FeatureTable,
    dataset: Dataset,
    segmentation: Segmentation,
    settings: Settings,
    *,
    labels: NDArray[np.int64] | None = None,
    engine: Engine | None = None,
) -> tuple[SideView, ...]:
    """Return every other way to look at the customers that the data and the settings allow.

    Parameters
    ----------
    table : FeatureTable
    dataset : Dataset
    segmentation : Segmentation
        Fitted on this table.
    settings : Settings
    labels : int array, shape (n,), optional
        Main segment of every customer; by default those of the segmentation.
    engine : Engine, optional
        Holding the dataset: then product types know how uneven the amounts are, and find more.

    Raises
    ------
    UsageError
        When the declared rules leave a hole or overlap, or cannot be understood.
    """
    main = segmentation.labels_ if labels is None else labels
    found = (
        _rfm(table, dataset, main),
        _products(table, dataset, main, settings.run.seed, engine),
        _seasons(table, dataset, main, settings.run.seed),
        _places(table, main),
        _rules(table, main, settings),
        _levels(table, segmentation, main, settings),
    )
    return tuple(each for each in found if each is not None)


def proved(table: FeatureTable, settings: Settings) -> RuleTable | None:
    """Return the rules of the settings, proved to put every customer into one segment; None when there are none.

    Raises
    ------
    UsageError
        When a rule cannot be read, or the rules have a hole or an overlap.
    """
    from segmentry.segments.declarations import parse_rules

    return parse_rules([(each.name, each.when) for each in settings.rules], table.matrix.columns) if settings.rules else None


def _revenue(table: FeatureTable) -> NDArray[np.float64] | None:
    return table.matrix.column(table.revenue) if table.revenue else None


def _rfm(table: FeatureTable, dataset: Dataset, main: NDArray[np.int64]) -> SideView | None:
    from segmentry.segments.rfm import learn_scales

    names = _rfm_columns(table, dataset)
    if names is None:
        return None
    days, often, spent = names
    title = "By recency, frequency and value (RFM)"
    try:
        scales = learn_scales(table.matrix.take(~table.set_aside), days_since_last_purchase=days, frequency=often, monetary=spent)
    except DataRefused as refused:
        return SideView("rfm", "rfm_segment", title, (_capped(refused.problems[0].reason) + ".",))
    scores = scales.score(table.matrix)
    labels = np.where(table.set_aside, 0, scores.segments)
    called = {**dict(enumerate(rules.RFM.names, 1)), 0: "Not scored"}
    revenue = _revenue(table)
    meant = {place: rules.MEANINGS[name] for place, name in enumerate(rules.RFM.names, 1)}
    rows = grouped(labels, called, revenue, words={**meant, 0: "No purchase, or a score is not known."})
    agreement, meeting = met(main, labels)
    first = (
        "Every customer gets a score from 1 to 5 for the last purchase, the number of purchases and the money spent; the scores have names."
    )
    told = (f"{first} {_largest(rows)}".strip(), *(note.words for note in scales.notes(table.matrix)))
    inside = ~table.set_aside
    grid = gridded(scores.days_since_last_purchase[inside], scores.frequency[inside], None if revenue is None else revenue[inside])
    return SideView("rfm", "rfm_segment", title, told, rows, texts(labels, called), agreement, meeting, grid)


def _rfm_columns(table: FeatureTable, dataset: Dataset) -> tuple[str, str, str] | None:
    """Return the columns of days since the last purchase, purchases and spend; None when one is not there."""
    names = table.matrix.names
    own = [each.name for each in dataset.attributes if each.role == "recency" and each.kind == "number"]
    wanted = (("recency", *own), ("frequency", "total_purchases"), ("monetary", table.revenue))
    found = [next((name for name in each if name in names), "") for each in wanted]
    return (found[0], found[1], found[2]) if all(found) else None


def _products(table: FeatureTable, dataset: Dataset, main: NDArray[np.int64], seed: int, engine: Engine | None) -> SideView | None:
    matrix = table.matrix
    for family, purchases in _FAMILIES:
        columns = [column for column in matrix.columns if column.name.startswith(family)]
        if len(columns) >= 2 and purchases in matrix.names:
            shares = matrix.select([column.name for column in columns]).values
            products = _products_called([column.words for column in columns])
            worth = _worth(engine, table) if engine is not None and "lines.amount" in dataset.has else None
            found = affinity.affinity(shares, matrix.column(purchases), products, seed=seed, worth=worth)
            called = {**{each.id: each.name for each in found.types}, 0: affinity.TOO_FEW}
            told = {each.id: f"{_capped(each.words)}." for each in found.types}
            title = "By what they buy"
            sentences = tuple(filter(None, (found.words, found.separation)))
            return _view(("products", "product_segment", title), sentences, found.labels, called, table, main, words_of=told)
    return None


def _worth(engine: Engine, table: FeatureTable) -> NDArray[np.float64]:
    """Return how many equal purchases each customer's days with a purchase are worth, shape (n,); 0 without any."""
    until = "" if table.as_of is None else f"AND day <= {(table.as_of - _EPOCH).days}"
    days = f"SELECT customer, day, sum(amount) AS spent FROM lines WHERE amount > 0 {until} GROUP BY customer, day"
    found = engine.fetch(
        f"SELECT customer, CAST(sum(spent) AS DOUBLE) AS total, sum(CAST(spent AS DOUBLE) * CAST(spent AS DOUBLE)) AS squares "
        f"FROM ({days}) GROUP BY customer"
    )
    worth = np.zeros(len(table.matrix))
    worth[found["customer"].astype(np.intp)] = found["total"] ** 2 / found["squares"]
    # Sums of floats differ in the last bits from run to run; what is counted from this is rounded anyway.
    return np.round(worth, 6)


def _products_called(words: Sequence[str]) -> list[str]:
    """Return the product types without what all of their labels begin with."""
    tails = [text.partition(": ")[2] or text for text in words]
    split = [tail.split() for tail in tails]
    same = 0
    while all(len(each) > same + 1 for each in split) and len({each[same].casefold() for each in split}) == 1:
        same += 1
    return [" ".join(each[same:]) for each in split]


def _seasons(table: FeatureTable, dataset: Dataset, main: NDArray[np.int64], seed: int) -> SideView | None:
    matrix = table.matrix
    if dataset.shape != "transactions" or dataset.first_day is None or table.as_of is None:
        return None
    title = "By season"
    days = (table.as_of - dataset.first_day).days + 1
    quarters = [f"quarter_{quarter}_share" for quarter in (1, 2, 3, 4)]
    if not {"frequency", "tenure", "recency"} <= set(matrix.names):
        return None
    day = float((table.as_of - _EPOCH).days)
    shares = matrix.select(quarters).values if set(quarters) <= set(matrix.names) else np.full((len(matrix), 4), np.nan)
    bought = seasons.Purchasing(matrix.column("frequency"), shares, day - matrix.column("tenure"), day - matrix.column("recency"))
    try:
        found = seasons.seasons(bought, days=days, seed=seed)
    except DataRefused as refused:
        return SideView("seasons", "season", title, (_capped(refused.problems[0].reason) + ".",))
    called = {**dict(enumerate(found.names[1:], 1)), 0: found.names[0]}
    if found.verdict != "seasons":
        return SideView("seasons", "season", title, (found.words,))
    return _view(("seasons", "season", title), (found.words,), found.labels, called, table, main)


def _places(table: FeatureTable, main: NDArray[np.int64]) -> SideView | None:
    column = next((each for each in table.matrix.columns if each.group == "place" and each.kind == "category"), None)
    if column is None:
        return None
    try:
        found = places.places(table.matrix.column(column.name), column.levels, _revenue(table))
    except DataRefused:
        return None
    called = {int(each): places.UNKNOWN for each in np.unique(found.labels)} | {each.id: each.name for each in found.rows}
    told = {each.id: _spends(each.difference) for each in found.rows}
    return _view(("places", "place", "By place"), (f"{column.words}: {found.words}",), found.labels, called, table, main, words_of=told)


def _spends(difference: float | None) -> str:
    if difference is None or abs(difference) < 0.005:
        return "" if difference is None else "Spends as the average customer does."
    return f"Spends {percent(abs(difference))} {'more' if difference > 0 else 'less'} per customer than average, after allowing for chance."


def _rules(table: FeatureTable, main: NDArray[np.int64], settings: Settings) -> SideView | None:
    from segmentry.segments.rulebook import apply, check

    rulebook = proved(table, settings)
    if rulebook is None:
        return None
    labels = apply(rulebook, table.matrix)
    told = {
        place: "; or ".join(rule.words(table.matrix.columns) for rule in rulebook.rules if rule.name == name)
        for place, name in enumerate(rulebook.names, 1)
    }
    words = {place: f"{_capped(text)}." if text else "Everyone else." for place, text in told.items()}
    called = dict(enumerate(rulebook.names, 1))
    sentences = ("Your own rules, from the settings.", check(rulebook).words)
    return _view(("rules", "rule_segment", "By your own rules"), sentences, labels, called, table, main, words_of=words)


def _levels(table: FeatureTable, segmentation: Segmentation, main: NDArray[np.int64], settings: Settings) -> SideView | None:
    if settings.segments.levels < 2:
        return None
    clustered = ~table.set_aside
    found = nested.nest(
        segmentation.points_,
        main[clustered],
        seed=settings.run.seed,
        approach=segmentation.approach(),
        exclusive=levels(segmentation.preparation_.steps),
    )
    parts = np.zeros(len(main), dtype=np.int64)
    parts[clustered] = found.labels
    sentences = (found.words, *(split.words for split in found.splits))
    if not parts.any():
        return SideView("levels", "subsegment", "Segments split again", sentences)
    codes = np.where(main > 0, main * 100 + parts, 0)
    present = np.unique(codes[codes > 0])
    called = {int(code): f"{code // 100}.{code % 100}" if code % 100 else str(code // 100) for code in present} | {0: "In no segment"}
    matrix = table.matrix.select(segmentation.preparation_.names)
    told = {int(code): _contrast(matrix, codes, int(code)) for code in present if code % 100}
    return _view(("levels", "subsegment", "Segments split again"), sentences, codes, called, table, main, words_of=told)


def _contrast(matrix: Matrix, codes: NDArray[np.int64], code: int) -> str:
    """Return the two features in which a part differs most from the rest of its segment."""
    segment, part = codes // 100 == code // 100, codes == code
    effects = []
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        own, rest = values[part & np.isfinite(values)], values[segment & ~part & np.isfinite(values)]
        spread = float(np.std(np.concatenate([own, rest]))) if len(own) and len(rest) else 0.0
        if column.kind != "category" and spread > 0:
            effects.append((float(own.mean() - rest.mean()) / spread, column.words))
    far = sorted(effects, key=lambda each: (-abs(each[0]), each[1]))[:2]
    said = [f"{'higher' if effect > 0 else 'lower'} “{words}”" for effect, words in far]
    return f"Differs from the rest of the segment by {listed(said)}."


def _view(
    about: tuple[Any, str, str],
    words: tuple[str, ...],
    labels: NDArray[np.int64],
    called: dict[int, str],
    table: FeatureTable,
    main: NDArray[np.int64],
    *,
    words_of: dict[int, str] | None = None,
) -> SideView:
    name, column, title = about
    if not (labels > 0).any():
        return SideView(name, column, title, words)
    agreement, meeting = met(main, labels)
    rows = grouped(labels, called, _revenue(table), words=words_of)
    return SideView(name, column, title, words, rows, texts(labels, called), agreement, meeting)


def _largest(rows: Sequence[Any]) -> str:
    known = [row for row in rows if row.customers is not None and row.id > 0]
    if not known:
        return ""
    first = max(known, key=lambda row: (row.revenue_share if row.revenue_share is not None else row.share, -row.id))
    if first.revenue_share is None:
        return f"The largest group are “{first.name}”: {first.customers:,} customers ({percent(first.share)})."
    return f"“{first.name}” bring most: {percent(first.share)} of the customers and {percent(first.revenue_share)} of the revenue."


def _capped(text: str) -> str:
    return text[:1].upper() + text[1:]
