"""The reference of commands and settings, generated from the code: ``python -m segmentry.cli.reference [--check] FILE``.

What a person can type or write into ``segmentry.toml`` stands there with its words, its default and what is allowed, or
it does not exist: a test holds the page against what this module makes.
"""

from __future__ import annotations

import difflib
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel

from segmentry.cli.app import app
from segmentry.project.settings import Settings

INTRODUCTION = """# Reference

Every command, option and setting. Made from the code by `make reference`: do not edit by hand.

Exit codes: 0 success, 1 the data was refused, 2 wrong usage.
"""


def reference() -> str:
    """Return the whole page as Markdown.

    Examples
    --------
    >>> reference().splitlines()[0]
    '# Reference'
    """
    return "\n".join([INTRODUCTION, *commands(), *settings()]).rstrip() + "\n"


def commands() -> Iterator[str]:
    """Yield the lines about the commands, in the order of ``segmentry --help``."""
    group: Any = typer.main.get_command(app)
    yield "## Commands\n"
    yield from _options(group)
    for name, command in every(group):
        yield f"### `segmentry {name}`\n"
        yield f"{(command.help or '').strip()}\n"
        yield from _options(command)


def every(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield all commands with their names, those of a group after the group: ``experiment``, then ``experiment design``."""
    for name, command in group.commands.items():
        yield name, command
        for inner, nested in every(command) if hasattr(command, "commands") else ():
            yield f"{name} {inner}", nested


def settings() -> Iterator[str]:
    """Yield the lines about the settings, section by section."""
    yield "## Settings\n"
    yield "Written in `segmentry.toml`; `segmentry init FILE…` makes one. An option of a command wins over a setting.\n"
    for name, field in Settings.model_fields.items():
        model, path = _section(name, field.annotation)
        yield f"### `[{path}]`\n"
        yield f"{field.description}\n"
        yield "| setting | default | allowed | meaning |"
        yield "|---|---|---|---|"
        for key, item in model.model_fields.items():
            allowed = _allowed(item.annotation) + _limits(item.metadata)
            yield f"| `{key}` | {_default(item.get_default(call_default_factory=True))} | {allowed} | {_cell(item.description or '')} |"
        yield ""


def main(arguments: Sequence[str]) -> int:
    """Write the page to the file named last; with ``--check`` compare only and return 1 when it differs."""
    path = Path(arguments[-1])
    page = reference()
    if "--check" not in arguments:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
        return 0
    held = path.read_text(encoding="utf-8") if path.is_file() else ""
    if held == page:
        return 0
    for line in difflib.unified_diff(held.splitlines(), page.splitlines(), str(path), "the code", lineterm="", n=0):
        typer.echo(line, err=True)
    typer.echo(f"{path} is not what the code says; run 'make reference' and commit it.", err=True)
    return 1


def _options(command: Any) -> Iterator[str]:
    rows = [parameter for parameter in command.params if "--help" not in parameter.opts]
    if not rows:
        return
    yield "| argument | default | meaning |"
    yield "|---|---|---|"
    for parameter in rows:
        yield f"| {_spelling(parameter)} | {_given(parameter)} | {_cell(getattr(parameter, 'help', None) or '')} |"
    yield ""


def _spelling(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in parameter.opts if name.startswith("-"))
    if not names:
        return f"`{parameter.metavar or parameter.name.upper()}`"
    if getattr(parameter, "is_flag", False):
        return names
    return f"{names} `{parameter.metavar or parameter.name.upper()}`"


def _given(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    return "" if default is None or default is False or default == () else f"`{default}`"


def _section(name: str, annotation: Any) -> tuple[type[BaseModel], str]:
    """Return the model of a section and how its header is written."""
    if get_origin(annotation) is dict:
        return get_args(annotation)[1], f"{name}.NAME"
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0], f"[{name}]"
    return annotation, name


def _allowed(annotation: Any) -> str:
    """Return what a setting may be, in words.

    Examples
    --------
    >>> _allowed(Literal["drop", "keep"]), _allowed(int | None), _allowed(tuple[str, ...])
    ('`"drop"`, `"keep"`', 'whole number', 'list of texts')
    """
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f'`"{choice}"`' for choice in get_args(annotation))
    if origin in (Union, types.UnionType):
        return " or ".join(_allowed(part) for part in get_args(annotation) if part is not type(None))
    if origin is tuple:
        return "list of texts"
    if origin is dict:
        return "table of texts"
    words = {"str": "text", "int": "whole number", "float": "number", "bool": "true, false", "date": "day"}
    return words[annotation.__name__]


def _limits(metadata: Sequence[Any]) -> str:
    bounds = {name: getattr(item, name) for item in metadata for name in ("ge", "gt", "le", "lt") if hasattr(item, name)}
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    return "".join(f" {words[name]} {bound:,}" for name, bound in bounds.items())


def _default(value: Any) -> str:
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
