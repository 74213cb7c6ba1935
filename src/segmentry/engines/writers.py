"""CSV for people: safe to open in a spreadsheet.

A text cell that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection); numbers stay numbers, written in the
shortest form that reads back equal. UTF-8, LF, empty for missing. Not for machines that need types: write Parquet.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import literal
from segmentry.errors import UsageError

# Blanks and quotes before the sign do not stop a spreadsheet; full-width signs count as signs.
_FORMULA = re.compile(r"[\s\"'`\u200b\ufeff]*[=+\-@＝＋－＠|]|[\t\r\n\x00]")
_QUOTED = re.compile(r'[",\r\n]')

Column = Sequence[Any] | NDArray[Any]


def write_csv(path: Path, columns: Mapping[str, Column]) -> None:
    """Write columns of one length to a CSV file, text cells made harmless.

    Parameters
    ----------
    path : Path
        Replaced when it exists.
    columns : mapping of header to array or list
        None, NaN and NaT become empty cells; numbers stay numbers; everything else is text.

    Raises
    ------
    UsageError
        When the columns differ in length.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> write_csv(path, {"name": ["=1+1", "Ann", None], "x": np.array([1.0, -2.5, np.nan])})
    >>> print(path.read_text(encoding="utf-8"), end="")
    name,x
    '=1+1,1
    Ann,-2.5
    ,
    """
    write_csv_batches(path, tuple(columns), [columns])


def write_csv_batches(path: Path, names: Sequence[str], batches: Iterable[Mapping[str, Column]]) -> None:
    """Write batches of columns below one header; each batch holds all `names`.

    Raises
    ------
    UsageError
        When the columns of a batch differ in length.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(_field(harmless(name)) for name in names) + "\n")
        for batch in batches:
            lengths = {len(batch[name]) for name in names}
            if len(lengths) > 1:
                raise UsageError(
                    f"the columns of {path.name} have {sorted(lengths)} rows; all must have the same number. Pass columns of one length."
                )
            rows = zip(*(_cells(batch[name]) for name in names), strict=True)
            file.writelines(",".join(row) + "\n" for row in rows)


def harmless(text: str) -> str:
    """Return text that no spreadsheet runs as a formula.

    Examples
    --------
    >>> harmless("@SUM(A1)"), harmless("  =1"), harmless("a=b")
    ("'@SUM(A1)", "'  =1", 'a=b')
    """
    return "'" + text if _FORMULA.match(text) else text


def restored(column: str) -> str:
    """Return the SQL that takes back what `harmless` did to a column of a file that segmentry wrote.

    Examples
    --------
    >>> restored('"arm"')[:16]
    'CASE WHEN "arm" '
    """
    marks = literal(r"""(?s)^'([\s"'`\x{200b}\x{feff}]*[=+\-@＝＋－＠|]|[\t\r\n\x00]).*""")
    return f"CASE WHEN {column} IS NOT NULL AND regexp_full_match({column}, {marks}) THEN substr({column}, 2) ELSE {column} END"


def _cells(column: Column) -> list[str]:
    values = column.tolist() if isinstance(column, np.ndarray) and column.dtype.kind in "iufbO" else list(column)
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    if value is None or value is np.ma.masked:
        return ""
    if isinstance(value, str):
        return _field(harmless(value))
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else ""
    return _moment(value)


def _field(text: str) -> str:
    # The csv module leaves a lone CR bare, which spreadsheets take for the end of the row.
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _number(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _moment(value: Any) -> str:
    if isinstance(value, np.datetime64):
        text = "" if np.isnat(value) else str(value.astype("datetime64[s]"))
        return text.removesuffix("T00:00:00")
    if isinstance(value, datetime.date):
        return value.isoformat().removesuffix("T00:00:00")
    return _field(harmless(str(value)))
