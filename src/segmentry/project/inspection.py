"""Looking before running: what the columns mean, which rows are bad, what the data looks like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import UsageError
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Matrix
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Inspection, Reading, inspect, read_dataset
from segmentry.project.settings import Settings, load
from segmentry.store.artifacts import publication
from segmentry.tables.schema import Schema


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers by features, and the story of how they were read.

    Parameters
    ----------
    matrix : Matrix
        Every feature of every customer, as of the data's date.
    reading : Reading
        What came in, what was set aside, what was treated.
    """

    matrix: Matrix
    reading: Reading


def read(*inputs: Any, settings: Settings | None = None, teller: Teller | None = None) -> Customers:
    """Read files or data frames into features per customer.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
    settings : Settings or None
        None means ``segmentry.toml`` of the working folder, or the defaults.
    teller : Teller or None

    Returns
    -------
    Customers

    Raises
    ------
    DataRefused
        When the data cannot be used.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        return Customers(measure(engine, reading.dataset, chosen, journal).matrix, reading)


def check(inputs: Sequence[Any], *, settings: Settings | None = None, teller: Teller | None = None) -> Reading:
    """Read and validate without writing: what each column means, what is bad, what was treated.

    Raises
    ------
    DataRefused
        When the data cannot be used.
    """
    with DuckEngine() as engine:
        return read_dataset(engine, inputs, settings or load(None), Journal(teller or Silent()))


def describe(inputs: Sequence[Any], *, out: str | Path = "out", settings: Settings | None = None, teller: Teller | None = None) -> Path:
    """Write one page about the data: distributions, pairs, outliers and written findings.

    Returns
    -------
    Path
        The page.
    """
    from segmentry.features.history import history
    from segmentry.project.record import run_name
    from segmentry.project.telling import tell_description

    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        table: FeatureTable = measure(engine, reading.dataset, chosen, journal)
        past = history(engine, reading.dataset)
        with journal.stage("report", "Writing the report"):
            (target.folder / "description.html").write_text(tell_description(reading, table, chosen, past), encoding="utf-8")
        return target.publish(f"{run_name(reading, chosen)}-description") / "description.html"


def write_settings(inputs: Sequence[Any], *, path: Path, settings: Settings | None = None) -> Path:
    """Write a settings file with the inferred roles; never over an existing file.

    Raises
    ------
    UsageError
        When the file exists.
    """
    if path.exists():
        raise UsageError(f"{path} exists already; give --config another name, or remove it first.")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} is not there; make it first, or give --config another path.")
    with DuckEngine() as engine:
        found = inspect(engine, inputs, settings or Settings(), Journal(Silent()))
    path.write_text(settings_text(found), encoding="utf-8")
    return path


def settings_text(found: Inspection) -> str:
    """Return the content of a ``segmentry.toml`` that says what was inferred, with each reason as a comment."""
    lines = [
        "# Settings of segmentry. Roles were inferred; correct what is wrong, delete what you do not need.",
        "",
        "[project]",
        'title = ""',
        'purpose = ""',
        'background = ""',
        "",
        "[segments]",
        "minimum = 3",
        "maximum = 8",
    ]
    for schema in found.schemas:
        lines += ["", *_table_lines(schema)]
    return "\n".join(lines) + "\n"


def _table_lines(schema: Schema) -> list[str]:
    key = _key(schema.table)
    lines = [f"[tables.{key}]"]
    lines.append(f"# {_comment(schema.reason)}")
    if schema.kind != "unknown":
        lines.append(f"kind = {json.dumps(schema.kind)}")
    lines += ["", f"[tables.{key}.roles]"]
    lines += [f"{_key(field.name)} = {json.dumps(field.role)}  # {_comment(field.reason)}" for field in schema.fields]
    dates = [field for field in schema.fields if field.kind == "date" and "%" in field.notation.date_format]
    if dates:
        lines += ["", f"[tables.{key}.date_format]"]
        lines += [f"{_key(field.name)} = {json.dumps(field.notation.date_format)}" for field in dates]
    return lines


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else json.dumps(name, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join(text.split())
