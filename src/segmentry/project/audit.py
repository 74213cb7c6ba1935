"""The audit: each treatment left out in turn, the segments found again, and what would have changed.

Every re-run keeps the method, the number of segments, the seed, the date and the features' rule of the main run; nothing else is redone (no choice of k,
no stability, no test). Rules that decide which rows are accepted need a new reading of the files; all others start from one. The model's own
treatments (extreme values drawn in, a mark for missing values) are left out of its preparation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import SegmentryError
from segmentry.explore.audit import AuditItem, Grouping, compare, sentence
from segmentry.features.compute import FeatureTable
from segmentry.preparation.learning import Preparation, learn
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.settings import Settings
from segmentry.project.solving import Solution, driving
from segmentry.segments.methods import Approach
from segmentry.segments.stability import adjusted_rand, matched
from segmentry.segments.structure import levels
from segmentry.segments.threads import one_thread
from segmentry.segments.view import numbered
from segmentry.tables.dataset import Accepted, Dataset
from segmentry.tables.mapping import assemble
from segmentry.tables.treatments import CleaningOptions, counted

Prepare = Callable[[Preparation], Preparation]


@dataclass(frozen=True, slots=True)
class Switch:
    """How a treatment is left out (or, where nothing is done by default, made) by a setting of ``[cleaning]``.

    Parameters
    ----------
    value : str
        What turns it off.
    title : str
        The dirt in a few words.
    doing : str
        How a sentence about it begins; ``{}`` is the counted dirt.
    one, many : str
        What is counted.
    anew : bool
        Whether the files have to be read again.
    """

    value: str
    title: str
    doing: str
    one: str
    many: str = ""
    anew: bool = False


SWITCHES = {
    "exact_duplicates": Switch("keep", "Rows that are there twice", "Leaving the {} in", "repeated row", anew=True),
    "sentinel_dates": Switch("keep", "Dates that stand for no date", "Believing the {}", "placeholder date", anew=True),
    "net_returns": Switch("keep", "Returns and cancelled orders", "Leaving the {} in as negative spend on their own day", "returned line"),
    "impossible_values": Switch("keep", "Impossible ages and filler numbers", "Believing the {}", "impossible value"),
    "spellings": Switch("keep", "Spellings of one level", "Taking the {} for levels of their own", "differently spelt value"),
    "rare_categories": Switch("keep", "Levels hardly anybody has", "Keeping the {} of rare levels apart", "value"),
    "constant_columns": Switch("keep", "Constants, such as costs of the campaign", "Using the {}", "constant column"),
    "redundant_columns": Switch("keep", "Columns that repeat another", "Using the {}", "redundant column"),
    "default_account": Switch("keep", "One account with most of the lines", "Keeping the account with {}", "line"),
    "non_products": Switch("drop", "Postage, fees and adjustments", "Taking out the {} of postage, fees and adjustments", "line"),
}


def audit(
    inputs: Sequence[Any],
    settings: Settings,
    reading: Reading,
    table: FeatureTable,
    solution: Solution,
    *,
    engine: DuckEngine | None = None,
    teller: Teller | None = None,
) -> tuple[AuditItem, ...]:
    """Say what each piece of dirt would have changed, most harmful first.

    Parameters
    ----------
    inputs : sequence
        As given to the main run.
    settings, reading, table, solution
        Of the main run.
    engine : DuckEngine or None
        That of the main run saves a reading; its assembled tables (``customers``, ``lines`` …) are overwritten, so ask last. None reads anew.
    teller : Teller or None
        Hears one stage with one line per item.
    """
    journal = Journal(teller or Silent())
    fixed = settings.over("run", as_of=reading.dataset.as_of)
    bench = _Bench(fixed, table, solution)
    switched = _switched(reading, table)
    found: list[AuditItem] = []
    with journal.stage("audit", "Leaving out each treatment in turn"):
        for name in [name for name in switched if SWITCHES[name].anew]:
            with DuckEngine() as other:
                found.append(bench.by_setting(other, name, switched[name], partial(_read, other, inputs)))
        assembled = [name for name in switched if not SWITCHES[name].anew]
        if assembled:
            with nullcontext(engine) if engine else DuckEngine() as own:
                accepted = reading.accepted if engine else read_dataset(own, inputs, fixed, Journal(Silent())).accepted
                found += [bench.by_setting(own, name, switched[name], partial(_assembled, own, accepted)) for name in assembled]
        found += bench.by_preparation()
        found += bench.repeated(reading)
        for item in found:
            journal.found(item.sentence)
    return tuple(sorted(found, key=lambda item: (-(item.comparison.harm if item.comparison else -1.0), item.rule)))


def _switched(reading: Reading, table: FeatureTable) -> dict[str, int]:
    """Return which switches did something, and to how many rows, cells or columns."""
    counts: dict[str, int] = {}
    for treatment in (*reading.treatments, *table.netting.treatments()):
        name = treatment.setting.removeprefix("cleaning.")
        if name in SWITCHES:
            counts[name] = counts.get(name, 0) + treatment.count
    placeholders = sum(count for code, _, count in reading.quarantine if code == "SENTINEL_DATE")
    return {**counts, "sentinel_dates": placeholders} if placeholders else counts


def _read(engine: DuckEngine, inputs: Sequence[Any], settings: Settings) -> Dataset:
    return read_dataset(engine, inputs, settings, Journal(Silent())).dataset


def _assembled(engine: DuckEngine, accepted: Sequence[Accepted], settings: Settings) -> Dataset:
    names = {field.name for field in fields(CleaningOptions)}
    return assemble(engine, accepted, CleaningOptions(as_of=settings.run.as_of, **settings.cleaning.model_dump(include=names)))


@dataclass(frozen=True, slots=True)
class _Bench:
    """The main run, against which every item is held."""

    settings: Settings
    table: FeatureTable
    solution: Solution

    def by_setting(self, engine: DuckEngine, name: str, count: int, again: Callable[[Settings], Dataset]) -> AuditItem:
        """Leave out what a setting of ``[cleaning]`` does."""
        switch = SWITCHES[name]
        changed = self.settings.over("cleaning", **{name: switch.value})
        doing = switch.doing.format(counted(count, switch.one, switch.many))

        def regroup() -> Grouping:
            dataset = again(changed)
            table = measure(engine, dataset, changed, Journal(Silent()))
            return self._regrouped(table, driving(table.matrix, dataset, changed))

        return self._item(name, switch.title, count, doing, regroup)

    def by_preparation(self) -> list[AuditItem]:
        """Leave out what the preparation does to extreme and missing values."""
        steps = self.solution.segmentation.preparation_.steps
        beyond = sum(step.beyond for step in steps)
        marks = sum(step.transform == "missing" for step in steps)
        items = []
        if beyond:
            doing = f"Leaving the {counted(beyond, 'extreme value')} as they are"
            items.append(self._item("extreme_values", "Extreme values", beyond, doing, lambda: self._prepared(_unbounded)))
        if marks:
            doing = f"Filling missing values without {'a mark' if marks == 1 else f'the {marks} marks'} of who has none"
            items.append(self._item("missing_indicator", "Missing values", marks, doing, lambda: self._prepared(_unmarked)))
        return items

    def repeated(self, reading: Reading) -> list[AuditItem]:
        """Count customers that equal another in every feature once."""
        found = [treatment for treatment in reading.treatments if treatment.rule == "duplicates_apart_from_id"]
        if not found:
            return []
        clustered = np.flatnonzero(~self.table.set_aside)
        values = np.nan_to_num(self.table.matrix.values[clustered], nan=-1e99)
        first = np.sort(clustered[np.unique(values, axis=0, return_index=True)[1]])
        count = len(clustered) - len(first)
        if not count:
            return []
        conflicts = next((note.words for note in reading.notes if note.code == "conflicting_outcomes"), "")
        doing = f"Dropping the {counted(count, 'customer')} that equal another in every feature"
        made = self._item("duplicates_apart_from_id", "Customers that equal another", count, doing, lambda: self._of_rows(first))
        return [replace(made, sentence=f"{made.sentence} {conflicts}".strip())]

    def _item(self, rule: str, title: str, count: int, doing: str, regroup: Callable[[], Grouping]) -> AuditItem:
        try:
            with one_thread():
                after = regroup()
        except SegmentryError as refused:
            reason = refused.problems[0].reason if hasattr(refused, "problems") else str(refused)
            return AuditItem(rule, title, count, None, f"{doing}, the data could not be segmented: {reason}.")
        names = {profile.id: profile.name for profile in self.solution.profiles}
        before = self._grouping(self.table, self.solution.labels)
        found = compare(before, after, agreement=adjusted_rand, match=matched, names=names)
        told = sentence(doing, found, money=bool(self.table.revenue), refits=self.solution.stability.ari)
        return AuditItem(rule, title, count, found, told)

    def _grouping(self, table: FeatureTable, labels: NDArray[np.int64]) -> Grouping:
        return Grouping(table.matrix.ids, labels, table.matrix.column(table.revenue) if table.revenue else None)

    def _regrouped(self, table: FeatureTable, names: Sequence[str], prepare: Prepare | None = None) -> Grouping:
        """Find as many segments again as the main run has, by the same method."""
        inside = table.matrix.take(~table.set_aside)
        prepared = learn(inside, names)
        prepared = prepare(prepared) if prepare else prepared
        chosen = self.solution.segmentation.selection_
        approach = Approach(chosen.method, self.settings.segments.starts, levels(prepared.steps))
        fit = approach.fit(prepared.apply(inside), chosen.k, seed=self.settings.run.seed)
        labels = np.zeros(len(table.matrix), dtype=np.int64)
        labels[~table.set_aside] = numbered(fit.labels)
        return self._grouping(table, labels)

    def _prepared(self, prepare: Prepare) -> Grouping:
        return self._regrouped(self.table, self.solution.features, prepare)

    def _of_rows(self, rows: NDArray[np.intp]) -> Grouping:
        part = replace(self.table, matrix=self.table.matrix.take(rows), set_aside=self.table.set_aside[rows])
        return self._regrouped(part, self.solution.features)


def _unbounded(prepared: Preparation) -> Preparation:
    free = tuple(replace(step, low=-np.inf, high=np.inf) if step.beyond else step for step in prepared.steps)
    return replace(prepared, steps=free)


def _unmarked(prepared: Preparation) -> Preparation:
    return replace(prepared, steps=tuple(step for step in prepared.steps if step.transform != "missing"))
