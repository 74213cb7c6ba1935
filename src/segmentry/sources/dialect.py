"""How a text file separates its fields: settled from its first records, never assumed.

Each candidate (`,` `;` TAB `|`) splits the sample as a strict reader would; the one that gives the most records as many
fields as the header wins, then the one with more fields. A comma inside numbers (``1,5;2,3``) loses because the header has none.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from segmentry.errors import DataRefused, SettingsError
from segmentry.sources.opening import refused

CANDIDATES = (",", ";", "\t", "|")
WHITESPACE = "whitespace"
_NAMES = {",": "','", ";": "';'", "\t": "TAB", "|": "'|'", WHITESPACE: "runs of blanks"}
_SAMPLE = 500


def name_of(delimiter: str) -> str:
    """Return a delimiter's name for people."""
    return _NAMES.get(delimiter, repr(delimiter))


def check_declared(delimiter: str) -> None:
    """Raise unless a declared delimiter is one character or "whitespace".

    Examples
    --------
    >>> check_declared("||")
    Traceback (most recent call last):
    segmentry.errors.SettingsError: delimiter is '||'; allowed is one character that is no quote or line end, or 'whitespace'.
    """
    if delimiter and delimiter != WHITESPACE and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise SettingsError(f"delimiter is {delimiter!r}; allowed is one character that is no quote or line end, or 'whitespace'.")


def settle(path: Path, block: str) -> str:
    """Return the delimiter of a file from its first block of whole lines; "," when it has one column.

    Raises
    ------
    DataRefused
        ``DELIMITER_UNCLEAR`` when two candidates fit equally well.
    """
    scores = sorted(((*_score(records(block, candidate)), candidate) for candidate in CANDIDATES), reverse=True)
    best, second = scores[0], scores[1]
    if best[1] < 2:
        return ","
    if best[:2] == second[:2]:
        raise _unclear(path, f"both {name_of(best[2])} and {name_of(second[2])} separate its lines into {best[1]} fields")
    return best[2]


def padded(block: str) -> bool:
    r"""Return whether lines are columns padded with blanks: three or more, as many in each line, with runs of blanks.

    Examples
    --------
    >>> padded(" 01 19970101   2  29.33\n 02 19970102  12   9.00\n")
    True
    """
    lines = [line for line in block.split("\n")[: _SAMPLE + 1] if line.strip()]
    widths = {len(line.split()) for line in lines}
    return len(widths) == 1 and widths.pop() >= 3 and any("  " in line or line[:1] == " " for line in lines)


def refuse_padded(path: Path, table: str) -> DataRefused:
    """Return the refusal of a padded file whose delimiter was not declared."""
    return refused(
        path,
        "DELIMITER_UNCLEAR",
        "its columns are padded with blanks instead of being separated by a character",
        f'put delimiter = "whitespace" under [tables.{table}] in segmentry.toml',
    )


def records(block: str, delimiter: str) -> list[list[str]]:
    """Return the first records of a block, blank lines left out; as many as can be read."""
    if delimiter == WHITESPACE:
        return [line.split() for line in block.split("\n")[:_SAMPLE] if line.strip()]
    found: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(block, newline="\n"), delimiter=delimiter, strict=True):
            if any(record):
                found.append(record)
            if len(found) >= _SAMPLE:
                break
    except csv.Error:
        pass
    return found


def _score(sample: list[list[str]]) -> tuple[float, int]:
    width = len(sample[0]) if sample else 0
    if width < 2:
        return (0.0, width)
    return (sum(len(record) == width for record in sample) / len(sample), width)


def _unclear(path: Path, reason: str) -> DataRefused:
    return refused(path, "DELIMITER_UNCLEAR", reason, "name the one that is meant with delimiter in segmentry.toml")
