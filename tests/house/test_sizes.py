"""Sizes, as ratchets: they may be lowered, never raised."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "segmentry"
MODULE_LINES, BODY_LINES, PARAMETERS = 500, 60, 8
BODY_P90 = 26

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> list[tuple[str, Function]]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                found.append((f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node))
    return found


def body_lines(node: Function) -> int:
    first = node.body[1] if ast.get_docstring(node, clean=False) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def parameters(node: Function) -> list[str]:
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if arg.arg not in ("self", "cls")]


def test_no_module_is_longer_than_it_may_be() -> None:
    sizes = {str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_no_function_body_is_longer_than_it_may_be() -> None:
    assert {name: body_lines(node) for name, node in functions() if body_lines(node) > BODY_LINES} == {}


def test_nine_of_ten_function_bodies_are_short() -> None:
    sizes = sorted(body_lines(node) for _, node in functions())
    assert sizes[int(0.9 * len(sizes))] <= BODY_P90


def test_no_function_has_too_many_parameters() -> None:
    # A command has one parameter for each of its options.
    wide = {name: len(parameters(node)) for name, node in functions() if not name.startswith("cli/")}
    assert {name: count for name, count in wide.items() if count > PARAMETERS} == {}
