"""Importing segmentry and asking for help load next to nothing, so that both answer at once."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# What the command line is made of. Whatever joins this list is paid for by everyone who types 'segmentry --help'.
LIGHT = {
    "annotated_doc", "annotated_types", "click", "markdown_it", "mdurl", "numpy", "pydantic", "pydantic_core",
    "pygments", "rich", "segmentry", "shellingham", "typer", "typing_extensions", "typing_inspection",
}  # fmt: skip
HEAVY = {"duckdb", "jinja2", "narwhals", "pandas", "plotly", "polars", "pyarrow", "scipy", "sklearn"}

# Editable installs and plugins put modules of their own into every process: only what the statement adds is counted.
COUNT = """
import json, sys
before = set(sys.modules)
{statement}
roots = {{name.split(".")[0] for name in set(sys.modules) - before}}
found = sorted(name for name in roots if getattr(sys.modules.get(name), "__file__", None) and "site-packages" in sys.modules[name].__file__)
print("LOADED" + json.dumps(found))
"""
HELP = """
sys.argv = ["segmentry", "--help"]
from segmentry.cli.app import main
try:
    main()
except SystemExit:
    pass
"""


def loaded(statement: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", COUNT.format(statement=statement)], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.rpartition("LOADED")[2]))


@pytest.mark.parametrize("statement", ["import segmentry", HELP], ids=["import", "help"])
def test_nothing_heavy_is_loaded(statement: str) -> None:
    found = loaded(statement)
    assert found & HEAVY == set()
    assert found <= LIGHT


def test_the_count_sees_a_heavy_library() -> None:
    assert "scipy" in loaded("import scipy.stats")
