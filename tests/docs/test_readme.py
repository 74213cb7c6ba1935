"""The README is true: its commands and its Python run as they stand, one after the other, in a folder with files of the demo shop."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from segmentry.sources.shop import make_shop, write_shop

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("readme")
    write_shop(make_shop(customers=400), made)
    return made


def run(arguments: list[str], folder: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        arguments, check=False, cwd=folder, capture_output=True, text=True, env={**os.environ, "PATH": path, "COLUMNS": "160"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, str]:
    """Run every console command of the README in its order and return what each printed."""
    return {line: run(["bash", "-c", line], folder) for kind, block in BLOCKS if kind == "console" for line in commands(block)}


def test_readme_begins_with_the_two_first_commands() -> None:
    kind, block = BLOCKS[0]
    assert kind == "sh"
    assert [line.split("#")[0].strip() for line in block.strip().splitlines()] == ["make demo", "make test"]


def test_console_commands_run(said: dict[str, str]) -> None:
    told = "check init run score run compare predict predict run plan roi uplift experiment experiment experiment selfcheck"
    assert [line.split()[1] for line in said] == told.split()
    assert all(said.values())


def test_run_writes_the_files_the_readme_names(said: dict[str, str], folder: Path) -> None:
    line = next(line for line in said if line.startswith("segmentry run"))
    report = folder / said[line].strip().splitlines()[-1]
    named = re.findall(r"`([a-z]+\.\w+|model/)`", README.split("## What comes out")[1].split("## ")[0])
    assert len(named) == 6 or "report.html" in named
    assert [name for name in named if not (report.parent / name).exists()] == []


def test_a_plan_writes_the_files_the_readme_names(said: dict[str, str], folder: Path) -> None:
    line = next(line for line in said if line.startswith("segmentry plan"))
    page = folder / said[line].strip().splitlines()[-1]
    named = re.findall(r"`([a-z]+\.\w+)`", README.split("## What a plan comes with")[1].split("## ")[0])
    assert {"plan.csv", "impact.html"} <= set(named)
    assert [name for name in named if not (page.parent / name).exists()] == []


def test_python_blocks_run(folder: Path, said: dict[str, str]) -> None:
    blocks = [block for kind, block in BLOCKS if kind == "python"]
    assert blocks
    for block in blocks:
        assert "customers" in run([sys.executable, "-W", "error", "-c", block], folder)


def test_every_link_into_the_project_leads_somewhere() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        targets = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / name).read_text(encoding="utf-8"))
        assert [target for target in targets if not (ROOT / target).exists()] == []


def test_architecture_names_every_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    packages = [path.name for path in (ROOT / "src" / "segmentry").iterdir() if path.is_dir() and (path / "__init__.py").exists()]
    assert [name for name in packages if f"`{name}/`" not in text] == []


def test_every_task_that_papers_name_is_in_the_makefile() -> None:
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)) <= tasks
