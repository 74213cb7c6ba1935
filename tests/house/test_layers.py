"""Who may import whom, read from the source: imports hidden inside functions count like all others.

import-linter holds the order of the layers; here stand the rules about single files and libraries, also for packages to come.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "segmentry"

# The only places that may import a library; a folder holds for all its files.
HOMES = {
    "duckdb": ("engines/duckdb.py",),
    "narwhals": ("engines", "tables", "features", "sources"),
    "plotly": ("plots",),
    "jinja2": ("reports", "web"),
    "typer": ("cli",),
    "click": ("cli",),
    "rich": ("cli",),
    "pydantic": ("project", "cli", "web"),
    "python_calamine": ("sources",),
    "xlsxwriter": ("reports", "engines", "delivery"),
    "sklearn": (
        "segments",
        "explore",
        "preparation",
        "evaluation",
        "experiments",
        "value",
        "propensity",
        "uplift",
        "plans",
        "monitoring",
        "project",
    ),
    "scipy": ("segments", "explore", "preparation", "evaluation", "experiments", "value", "propensity", "uplift", "plans", "monitoring"),
    "markupsafe": ("reports", "web"),
    "threadpoolctl": ("segments", "explore", "preparation", "evaluation", "project"),
    "sqlglot": ("engines",),
    "pandas": (),
    "polars": (),
    "pyarrow": (),
    "pickle": (),
    "joblib": (),
    "cloudpickle": (),
    "yaml": (),
    "matplotlib": (),
}
MATHS = ("segments", "explore", "preparation", "evaluation", "experiments", "value", "propensity", "uplift", "monitoring", "plans")
IO = ("segmentry.engines", "segmentry.tables", "segmentry.sources", "segmentry.features", "segmentry.store", "segmentry.delivery")
GROUND = ("errors.py", "checks.py", "results.py", "matrix.py", "conditions.py", "moments.py", "tally.py", "disclosure.py")


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(("segmentry", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every imported name in full, with its line; ``from a import b`` gives ``a.b``."""
    package = name_of(path).split(".")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            up = package if path.name == "__init__.py" else package[:-1]
            head = [*up[: len(up) - node.level + 1], *(node.module or "").split(".")] if node.level else (node.module or "").split(".")
            for alias in node.names:
                yield ".".join([*filter(None, head), alias.name]), node.lineno


def under(path: Path, homes: tuple[str, ...]) -> bool:
    place = path.relative_to(SOURCE).as_posix()
    return any(place == home or place.startswith(f"{home}/") for home in homes)


@pytest.mark.parametrize("library", HOMES)
def test_library_is_imported_at_home_only(library: str) -> None:
    strangers = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in files()
        if not under(path, HOMES[library])
        for name, line in imports(path)
        if name.split(".")[0] == library
    ]
    assert strangers == []


def test_maths_tower_knows_arrays_only() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {name}"
        for path in files()
        if under(path, MATHS)
        for name, line in imports(path)
        if any(name == home or name.startswith(f"{home}.") for home in IO)
    ]
    assert wrong == []


def test_ground_floor_needs_numpy_and_nothing_else() -> None:
    allowed = {"numpy", "segmentry"} | set(sys.stdlib_module_names)
    wrong = [
        f"{path.name}:{line} imports {name}"
        for path in files()
        if path.parent == SOURCE and path.name in GROUND
        for name, line in imports(path)
        if name.split(".")[0] not in allowed
    ]
    assert wrong == []


def test_tables_know_of_sources_only_the_raw_shape() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {name}"
        for path in files()
        for name, line in imports(path)
        if (under(path, ("tables",)) and name.startswith("segmentry.sources") and not name.startswith("segmentry.sources.raw"))
        or (under(path, ("sources",)) and name.startswith("segmentry.tables"))
    ]
    assert wrong == []


def test_every_library_that_is_imported_is_known_here() -> None:
    known = set(HOMES) | {"numpy", "segmentry"} | set(sys.stdlib_module_names)
    assert {name.split(".")[0] for path in files() for name, _ in imports(path)} <= known


def test_there_is_no_import_cycle_not_even_a_hidden_one() -> None:
    names = {name_of(path) for path in files()}
    graph: dict[str, set[str]] = {}
    for path in files():
        targets = set()
        for name, _ in imports(path):
            target = name if name in names else name.rpartition(".")[0]
            if target in names and target != name_of(path):
                targets.add(target)
        graph[name_of(path)] = targets
    # What is left after taking away, again and again, whatever imports nothing that is left, goes round in a circle.
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys()}:
        graph = {name: targets for name, targets in graph.items() if name not in leaves}
    assert sorted(graph) == []
