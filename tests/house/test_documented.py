"""Nothing public is undocumented: not in the code, not on the command line, not in the settings."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "segmentry"
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(path: Path) -> Iterator[tuple[str, Documented | ast.Module]]:
    """Yield the module, its public functions and classes, and the public methods of those."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    place = str(path.relative_to(SOURCE))
    yield place, tree
    exported = {
        element.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
        for element in ast.walk(node.value)
        if isinstance(element, ast.Constant)
    }
    for node in tree.body:
        if isinstance(node, Documented) and (not node.name.startswith("_") or node.name in exported):
            yield f"{place}:{node.lineno} {node.name}", node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, Documented) and not inner.name.startswith("_"):
                    yield f"{place}:{inner.lineno} {node.name}.{inner.name}", inner


def every() -> list[tuple[str, Documented | ast.Module]]:
    return [item for path in sorted(SOURCE.rglob("*.py")) for item in public(path)]


def test_everything_public_has_a_docstring() -> None:
    assert [place for place, node in every() if not (ast.get_docstring(node) or "").strip()] == []


def test_everything_public_is_fully_typed() -> None:
    untyped = []
    for place, node in every():
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        arguments = [arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if arg.arg not in ("self", "cls")]
        if node.returns is None or any(arg.annotation is None for arg in arguments):
            untyped.append(place)
    assert untyped == []


def test_what_the_package_exports_exists_and_has_a_docstring() -> None:
    package = importlib.import_module("segmentry")
    assert package.__all__
    for name in package.__all__:
        thing = getattr(package, name)
        assert isinstance(thing, str) or (thing.__doc__ or "").strip(), name


def reference() -> str:
    return (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def test_reference_is_what_the_code_says() -> None:
    from segmentry.cli.reference import reference as generated

    assert reference() == generated(), "run 'make reference'"


def test_every_command_and_option_has_words_and_stands_in_the_reference() -> None:
    import typer

    from segmentry.cli.app import app
    from segmentry.cli.reference import every as commands

    page, group = reference(), typer.main.get_command(app)
    for name, command in [("", group), *commands(group)]:
        assert (command.help or "").strip(), name
        assert f"### `segmentry {name}`" in page or not name
        for parameter in command.params:
            assert (getattr(parameter, "help", None) or "").strip(), (name, parameter.name)
            assert all(f"`{option}`" in page for option in parameter.opts if option.startswith("--") and option != "--help")


def test_every_setting_has_words_and_stands_in_the_reference() -> None:
    from segmentry.cli.reference import settings

    page = reference()
    for line in settings():
        assert line in page
        cells = [cell.strip() for cell in line.split(" | ")]
        if line.startswith("| `"):
            assert cells[-1].removesuffix("|").strip(), line


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_the_papers_of_the_house_are_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 300
