"""Names say what a thing is: a name without meaning shows that a concept is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "segmentry"
BANNED = {"base", "common", "core", "helper", "helpers", "misc", "shared", "tools", "util", "utils"}
AMERICAN = {"analyze", "behavior", "center", "color", "labeled", "neighbor", "normalize", "standardize", "summarize", "visualize"}


def names() -> list[tuple[str, str]]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        place = str(path.relative_to(SOURCE))
        found += [(place, part) for part in path.relative_to(SOURCE).with_suffix("").parts]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.append((f"{place}:{node.lineno}", node.name))
    return found


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_file_folder_function_or_class_has_a_name_without_meaning() -> None:
    assert [(place, name) for place, name in names() if name.strip("_").lower() in BANNED] == []


def test_names_are_spelled_the_british_way() -> None:
    assert [(place, name) for place, name in names() if words(name) & AMERICAN] == []


def test_test_folders_mirror_the_packages() -> None:
    packages = {path.name for path in SOURCE.iterdir() if path.is_dir()} | {"contracts", "docs", "house", "laws", "truth"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders - packages == set()


@pytest.mark.parametrize("form", [r"/(?:root|home)/\w+", r"/work/", r"/tmp/\w"])
def test_no_path_of_a_machine_stands_in_the_project(form: str) -> None:
    kinds = ("*.py", "*.md", "*.toml", "*.lock", "Makefile", "*.html", "*.js", "*.css")
    places = [ROOT] + [ROOT / name for name in ("src", "tests", "docs", "benchmarks", ".ci")]
    paths = [path for folder in places for kind in kinds for path in (folder.glob(kind) if folder == ROOT else folder.rglob(kind))]
    found = [str(path.relative_to(ROOT)) for path in paths if path != Path(__file__) and re.search(form, path.read_text(encoding="utf-8"))]
    assert found == []


def test_lock_file_names_only_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"files.pythonhosted.org", "pypi.org"}
