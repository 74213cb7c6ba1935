"""Files to tables: paths and patterns are expanded, each file is read by its kind, files of one pattern become one table."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segmentry.engines.engine import Engine, quoted
from segmentry.errors import DataRefused, Problem, UsageError
from segmentry.results import Note, Treatment
from segmentry.sources.delimited import read_delimited
from segmentry.sources.excel import read_excel
from segmentry.sources.jsonlines import read_jsonlines
from segmentry.sources.opening import kind_of, refused, stem
from segmentry.sources.parquet import read_parquet
from segmentry.sources.raw import RawTable, ReadOptions
from segmentry.sources.staging import Part, Target, create_rejects

_WILD = "*?["
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Group:
    """Files that make one table."""

    name: str
    paths: tuple[Path, ...]
    notes: tuple[Note, ...] = ()


def read_files(
    engine: Engine, paths: Sequence[str | Path], *, options: Mapping[str, ReadOptions] | None = None, default: ReadOptions | None = None
) -> tuple[RawTable, ...]:
    r"""Read files of any supported kind into tables of text.

    CSV and relatives (delimiter settled from the file), JSON lines, Parquet and, with the extra ``excel``, workbooks; text
    may be packed with gzip or Zstandard. The files of one pattern (``orders-*.csv``) make one table; files named one by one
    are a table each.

    Parameters
    ----------
    engine : Engine
        Holds the tables afterwards.
    paths : sequence of str or Path
        Files and patterns.
    options : mapping of str to ReadOptions, optional
        How to read a table, by its name (the file's stem without endings) in any case.
    default : ReadOptions, optional
        How to read the others.

    Returns
    -------
    tuple of RawTable
        In the order of `paths`.

    Raises
    ------
    DataRefused
        When a file cannot be read as it is; nothing is guessed silently and nothing of its contents is quoted.
    UsageError
        When no path is given, or options contradict each other.
    MissingExtra
        When a workbook is given and the extra ``excel`` is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from segmentry.engines.duckdb import DuckEngine
    >>> with DuckEngine() as engine, tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "people.csv").write_text("id;city\n007; Oslo\n\n008;\n")
    ...     (people,) = read_files(engine, [Path(folder) / "people.csv"])
    ...     engine.rows(f'SELECT id, city FROM "{people.table}" ORDER BY _row')
    [('007', 'Oslo'), ('008', None)]
    >>> people.form
    "CSV, ';' between fields, UTF-8, LF line ends"
    """
    groups = _groups(paths)
    chosen = {name.casefold(): choice for name, choice in (options or {}).items()}
    return tuple(_read_group(engine, group, chosen.get(group.name.casefold(), default or ReadOptions())) for group in groups)


def _groups(paths: Sequence[str | Path]) -> list[Group]:
    """Expand patterns; leave out what was already given; make names unique."""
    if not paths:
        raise UsageError("no file is given; name at least one file or pattern.")
    seen: set[Path] = set()
    names: set[str] = set()
    groups: list[Group] = []
    for given in paths:
        found = _expanded(str(given))
        new = tuple(dict.fromkeys(path for path in found if _identity(path) not in seen))
        repeated = len(found) - len(new)
        seen.update(_identity(path) for path in new)
        if repeated:
            words = f"{Path(given).name} was given more than once; each file was read once."
            note = Note("file_given_twice", words, "warning", table=stem(Path(given)))
            if not new:
                groups[-1] = Group(groups[-1].name, groups[-1].paths, (*groups[-1].notes, note))
                continue
        name, notes = _unique(_table_name(str(given), new), names)
        names.add(name.casefold())
        groups.append(Group(name, new, (*notes, *((note,) if repeated else ()))))
    return groups


def _expanded(given: str) -> list[Path]:
    if "\0" in given or len(given) > _LONGEST:
        raise UsageError(f"a path holds a NUL character or has more than {_LONGEST:,} characters; check the path.")
    if not any(letter in given for letter in _WILD) or os.path.lexists(given):
        return [Path(given)]
    matches = glob.glob(given, recursive=True)  # noqa: PTH207  # Path.glob takes no absolute pattern
    found = sorted(path for path in map(Path, matches) if not path.is_dir())
    if not found:
        raise DataRefused(Problem("NOT_FOUND", "no file matches this pattern", "check the folder and the pattern", file=Path(given).name))
    return found


def _identity(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _table_name(given: str, paths: tuple[Path, ...]) -> str:
    """Return a table's name: the file's stem, or what a pattern says without its wildcards, or its folder's name."""
    if len(paths) == 1:
        return stem(paths[0])
    fixed = stem(Path(given)).split("[")[0].replace("*", "").replace("?", "").strip(" ._-")
    return fixed or paths[0].resolve().parent.name or "table"


def _unique(name: str, taken: set[str]) -> tuple[str, tuple[Note, ...]]:
    if name.casefold() not in taken:
        return name, ()
    number = next(number for number in range(2, len(taken) + 3) if f"{name}_{number}".casefold() not in taken)
    fresh = f"{name}_{number}"
    words = f"Two files are called {name}; the later one is the table {fresh}."
    return fresh, (Note("same_name", words, table=fresh),)


def _read_group(engine: Engine, group: Group, options: ReadOptions) -> RawTable:
    table, rejects = f"raw_{group.name}", f"rejects_{group.name}"
    create_rejects(engine, rejects)
    parts: list[Part] = []
    for place, path in enumerate(group.paths):
        single = len(group.paths) == 1
        target = Target(group.name, table if single else f"{table}__{place}", rejects, place)
        parts.append(_read_one(engine, path, target, options))
        if _signature(parts[-1]) != _signature(parts[0]):
            raise _differing(group, parts)
    if len(parts) > 1:
        _unite(engine, table, parts)
    return RawTable(
        name=group.name,
        table=table,
        rejects=rejects,
        columns=parts[0].columns,
        rows_in=sum(part.records for part in parts),
        rejected=sum(part.rejected for part in parts),
        files=tuple(path.name for path in group.paths),
        form="; ".join(dict.fromkeys(part.form for part in parts)),
        notes=tuple(dict.fromkeys([*group.notes, *(note for part in parts for note in part.notes)])),
        treatments=_added(parts),
    )


def _read_one(engine: Engine, path: Path, target: Target, options: ReadOptions) -> Part:
    kind = kind_of(path)
    if kind == "parquet":
        return read_parquet(engine, path, target)
    if kind == "excel":
        return read_excel(engine, path, target)
    if kind == "jsonlines":
        return read_jsonlines(engine, path, target, options)
    return read_delimited(engine, path, target, options)


def _signature(part: Part) -> dict[str, str]:
    types = part.types or ("",) * len(part.columns)
    return {name.casefold(): kind for name, kind in zip(part.columns, types, strict=True)}


def _differing(group: Group, parts: list[Part]) -> DataRefused:
    """Return the refusal of files of one pattern that are not alike: what each has more, less or otherwise than the first."""
    first, last = _signature(parts[0]), _signature(parts[-1])
    lines = [
        (word, sorted(names))
        for word, names in (
            ("missing", first.keys() - last.keys()),
            ("additional", last.keys() - first.keys()),
            ("of another type", {name for name in first.keys() & last.keys() if first[name] != last[name]}),
        )
        if names
    ]
    differences = "; ".join(f"{word}: {', '.join(names[:10])}{' …' if len(names) > 10 else ''}" for word, names in lines)
    reason = f"its columns differ from those of {group.paths[0].name}, which the same pattern names ({differences})"
    return refused(
        group.paths[len(parts) - 1], "DIFFERENT_COLUMNS", reason, "name files of different tables one by one, or make their columns alike"
    )


def _unite(engine: Engine, table: str, parts: list[Part]) -> None:
    first = parts[0].columns
    by_fold = [{name.casefold(): name for name in part.columns} for part in parts]
    selects = [
        f"SELECT _file, _row, {', '.join(f'{quoted(names[name.casefold()])} AS {quoted(name)}' for name in first)} FROM {quoted(part.table)}"
        for names, part in zip(by_fold, parts, strict=True)
    ]
    engine.run(f"CREATE OR REPLACE TABLE {quoted(table)} AS {' UNION ALL '.join(selects)}")
    for part in parts:
        engine.run(f"DROP TABLE {quoted(part.table)}")


def _added(parts: list[Part]) -> tuple[Treatment, ...]:
    """Add up the treatments of a table's files, told by file when there are several."""
    if len(parts) == 1:
        return parts[0].treatments
    found: dict[tuple[str, str], Treatment] = {}
    for treatment in (treatment for part in parts for treatment in part.treatments):
        before = found.get((treatment.rule, treatment.column))
        count = treatment.count + (before.count if before else 0)
        words = treatment.words if before is None else f"{count:,} in all: {treatment.rule.replace('_', ' ')}, over several files."
        found[treatment.rule, treatment.column] = Treatment(treatment.rule, count, words, table=treatment.table, column=treatment.column)
    return tuple(found.values())
