"""The exception tree: every error segmentry raises on purpose, with the exit code a command gives it.

A message finishes the sentence: the subject, what was received, what is allowed, what to do next.
Values of customers never appear in one; names of files, columns and settings do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the data, and the way out.

    Parameters
    ----------
    code : str
        Stable upper-case name, such as ``EMPTY_FILE``.
    reason : str
        What was found, in words; never a customer's value.
    remedy : str
        What to do next.
    file, column : str
        Where; empty when the problem has no single place.
    row : int or None
        Data row, counted from 1 without the header.
    """

    code: str
    reason: str
    remedy: str
    file: str = ""
    row: int | None = None
    column: str = ""

    def sentence(self) -> str:
        """Return the problem as one line for people.

        Examples
        --------
        >>> Problem("EMPTY_FILE", "the file holds no bytes", "export it again", file="a.csv").sentence()
        'a.csv: EMPTY_FILE: the file holds no bytes. Next: export it again.'
        """
        place = [self.file] if self.file else []
        if self.row is not None:
            place.append(f"row {self.row:,}")
        if self.column:
            place.append(f"column {self.column!r}")
        where = ", ".join(place) + ": " if place else ""
        return f"{where}{self.code}: {self.reason.rstrip('.')}. Next: {self.remedy.rstrip('.')}."


class SegmentryError(Exception):
    """Root of all errors raised on purpose."""

    exit_code = 1


class UsageError(SegmentryError, ValueError):
    """The command, argument or setting is wrong; the data was not looked at."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown, of the wrong type or out of its range."""


class MissingExtra(UsageError, ImportError):
    """Something optional is needed and not installed; the message names the extra."""


class DataRefused(SegmentryError, ValueError):
    """The data cannot be used as it is; nothing was written.

    Parameters
    ----------
    *problems : Problem
        At least one; all that were found, so that one report lists them.
    """

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.sentence() for problem in problems))


class NotEnoughData(DataRefused):
    """Too few customers, purchases or days for the question; the message says how many are needed."""


class Degenerate(DataRefused):
    """The data has no variation to work with, such as all customers being equal."""


class ModelRefused(DataRefused):
    """A stored model is damaged, hostile or does not fit the data."""
