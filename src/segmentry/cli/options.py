"""What several commands share: their arguments and options, and how the words of an option become values."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Files = Annotated[
    list[str], typer.Argument(metavar="FILE…", help="CSV, TSV, Parquet, JSON lines or Excel files, also .gz and .zst; globs in quotes.")
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file; default is segmentry.toml in the working folder, if there.")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Encoding of text files, such as cp1252.")]
Out = Annotated[Path, typer.Option("--out", help="Folder that gets one sub-folder per run.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Day the features look back from; default is the data's last day.")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of everything random; default 7.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing while working; only the result.")]


def settings_of(config: Path | None, *, encoding: str | None) -> Any:
    """Return the settings of a file, with the encoding of the command line over them."""
    from segmentry.project.settings import load

    return load(config).over("read", encoding=encoding)


def names_of(text: str | None, option: str) -> tuple[str, ...] | None:
    """Return the names in a list with commas; None when the option was not given."""
    from segmentry.errors import UsageError

    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise UsageError(f"{option} is {text!r}; allowed are names with commas between. Give at least one, or leave the option out.")
    return names


def day_of(text: str | None, option: str = "--as-of") -> datetime.date | None:
    """Return the day an option names; None when it was not given."""
    from segmentry.errors import UsageError

    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} is {text!r}; allowed is a day such as 2026-06-30. Give it as YYYY-MM-DD.") from None
