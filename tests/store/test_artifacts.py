"""Run folders are whole or absent."""

import os
import pathlib
import subprocess
import sys

import pytest

from segmentry.errors import UsageError
from segmentry.store import artifacts
from segmentry.store.artifacts import publication
from segmentry.store.exchange import exchange


def test_a_published_folder_holds_what_was_written(tmp_path):
    with publication(tmp_path / "out") as target:
        (target.folder / "a.txt").write_text("new")
        final = target.publish("run")
    assert (final / "a.txt").read_text() == "new"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run"]


def test_nothing_is_left_when_the_work_fails(tmp_path):
    def half() -> None:
        with publication(tmp_path) as target:
            (target.folder / "a.txt").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert list(tmp_path.iterdir()) == []


def test_an_older_run_of_the_same_name_is_replaced_as_a_whole(tmp_path):
    for content, name in (("old", "b.txt"), ("new", "a.txt")):
        with publication(tmp_path) as target:
            (target.folder / name).write_text(content)
            target.publish("run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("swaps", [True, False])
def test_with_or_without_an_exchange_the_new_run_stands_and_nothing_is_beside_it(tmp_path, monkeypatch, swaps):
    if not swaps:
        monkeypatch.setattr(artifacts, "exchange", lambda first, second: False)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "b.txt").write_text("old")
    with publication(tmp_path) as target:
        (target.folder / "a.txt").write_text("new")
        target.publish("run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["a.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_older_run_is_never_absent_while_it_is_replaced(tmp_path, monkeypatch):
    if not exchange_works(tmp_path):
        pytest.skip("this file system cannot exchange")
    monkeypatch.setattr(pathlib.Path, "rename", lambda *_: pytest.fail("an older run was moved away by a rename"))
    (tmp_path / "run").mkdir()
    with publication(tmp_path) as target:
        (target.folder / "a.txt").write_text("new")
        target.publish("run")
    assert (tmp_path / "run" / "a.txt").exists()


def test_a_dead_link_in_the_way_is_replaced(tmp_path):
    (tmp_path / "run").symlink_to(tmp_path / "gone")
    with publication(tmp_path) as target:
        (target.folder / "a.txt").write_text("new")
        target.publish("run")
    assert (tmp_path / "run" / "a.txt").read_text() == "new"
    assert not (tmp_path / "run").is_symlink()


def exchange_works(folder: pathlib.Path) -> bool:
    """Whether this system and file system can exchange."""
    one, other = folder / "one", folder / "other"
    one.mkdir()
    other.mkdir()
    works = exchange(one, other)
    one.rmdir()
    other.rmdir()
    return works


def test_leftovers_of_a_killed_run_are_swept(tmp_path):
    code = (
        "import os, pathlib, sys\nfrom segmentry.store.artifacts import publication\n"
        "with publication(pathlib.Path(sys.argv[1])) as target:\n    (target.folder / 'a').write_text('x')\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    with publication(tmp_path) as target:
        target.publish("run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_a_usage_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot write"), publication(tmp_path / "out"):
        pass


def test_a_file_in_the_way_is_a_usage_error(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="cannot write"), publication(tmp_path / "out"):
        pass
