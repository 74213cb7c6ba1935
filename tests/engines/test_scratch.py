"""Scratch folders hold customers' rows: private while in use, gone when their process is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.scratch import claim

KILLED = """
import os, pathlib, sys
from segmentry.engines.duckdb import DuckEngine
engine = DuckEngine(pathlib.Path(sys.argv[1]))
engine.run("CREATE TABLE t AS SELECT 'Ann' AS name")
os.kill(os.getpid(), 9)
"""


def test_the_folder_of_an_engine_is_for_its_owner_only(tmp_path: Path) -> None:
    with DuckEngine(tmp_path) as engine:
        assert engine.folder.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_process_is_swept_by_the_next_engine(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert (left / "scratch.duckdb").exists()
    with DuckEngine(tmp_path) as engine:
        assert list(tmp_path.iterdir()) == [engine.folder]


def test_two_engines_of_one_process_leave_each_other_alone(tmp_path: Path) -> None:
    with DuckEngine(tmp_path) as one, DuckEngine(tmp_path) as other:
        assert one.folder.exists()
        assert other.folder.exists()


def test_the_folder_of_another_running_process_stays(tmp_path: Path) -> None:
    code = "import pathlib, sys\nfrom segmentry.engines.scratch import claim\nmine = claim(pathlib.Path(sys.argv[1]), 'x-')\nprint(mine.folder, flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        mine = claim(tmp_path, "x-")
        assert theirs.exists()
        mine.release()
        other.communicate("\n")
    claim(tmp_path, "x-").release()
    assert list(tmp_path.iterdir()) == []


def test_what_only_looks_like_a_scratch_folder_stays(tmp_path: Path) -> None:
    kept = [tmp_path / "segmentry-notes", tmp_path / "segmentry-12-file"]
    kept[0].mkdir()
    kept[1].write_text("")
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / "segmentry-12-link").symlink_to(target)
    DuckEngine(tmp_path).close()
    assert all(path.exists() for path in (*kept, target, tmp_path / "segmentry-12-link"))
