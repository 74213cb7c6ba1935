"""The same file, settings and seed give the same bytes again, on one thread and on two, in a fresh process each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RUN = "import sys, segmentry; from segmentry.project.settings import parse; segmentry.run(sys.argv[1], out=sys.argv[2], settings=parse({'segments': {'starts': 2, 'maximum': 5}}))"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def finished(path: Path, out: Path, threads: int) -> Path:
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads)), "PYTHONHASHSEED": str(threads)}
    subprocess.run([sys.executable, "-c", RUN, str(path), str(out)], check=True, env=environment, timeout=300)
    (folder,) = [each for each in out.iterdir() if (each / "run.json").exists()]
    return folder


def recorded(folder: Path) -> dict[str, Any]:
    """What a run says of itself, but how long it took."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del record["seconds"]
    return record


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    base = tmp_path_factory.mktemp("threads")
    rng = np.random.default_rng(5)
    values = np.exp(rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) / 2 + 4)
    lines = [f"C{place:04d}," + ",".join(f"{value:.2f}" for value in row) for place, row in enumerate(values)]
    (base / "customers.csv").write_text("customer_id,income,age_score,visits_score,margin_score,clicks_score\n" + "\n".join(lines) + "\n")
    return [finished(base / "customers.csv", base / f"out{place}", threads) for place, threads in enumerate((1, 2))]


def test_the_same_run_says_the_same_on_one_thread_and_on_two(folders: list[Path]) -> None:
    one, two = [recorded(folder) for folder in folders]
    assert one["structure"]["draws"] >= 19
    assert one == two


@pytest.mark.parametrize("name", ["segments.csv", "profiles.csv"])
def test_its_files_have_the_same_bytes(folders: list[Path], name: str) -> None:
    assert len({(folder / name).read_bytes() for folder in folders}) == 1


def test_its_page_has_the_same_bytes(folders: list[Path]) -> None:
    one, two = [(folder / "report.html").read_text(encoding="utf-8") for folder in folders]
    assert one == two
