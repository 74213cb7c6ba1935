"""Run folders are whole or absent."""

import os
import subprocess
import sys

import pytest

from segmentry.errors import UsageError
from segmentry.store.artifacts import publication


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
