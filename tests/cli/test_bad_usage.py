"""Settings, options and models that are wrong or hostile, as people meet them: rows 79 to 88 of the list of bad inputs."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from segmentry.cli.app import app

EVIL = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", '"><img src=x onerror=alert(1)>', "</script><b>x")


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quick.toml").write_text("[segments]\nstarts = 2\n")


def people(path: Path, header: str = "customer_id,age,spending,region", regions: tuple[str, ...] = ("north", "south", "east")) -> Path:
    cells = [region.replace('"', '""') for region in regions]
    lines = [f'ZQX{n},{25 + 20 * (n % 3) + n % 5},{900 - 300 * (n % 3) + n % 7},"{cells[n % len(cells)]}"' for n in range(90)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def refused(said: Result, code: int, *expected: str) -> None:
    assert said.exit_code == code, said.stderr
    assert all(words in said.stderr for words in expected), said.stderr
    assert "internal error" not in said.stderr
    assert "ZQX" not in said.output


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[segments]\nk = 3\nk = 4\n", "line 3"),
        ("[segments]\n\tk = no\n", "line 2"),
        ("[segmnets]\nk = 3\n", "did you mean 'segments'"),
        ("[segments]\nmaximun = 3\n", "did you mean 'maximum'"),
        ("[segments]\nk = 0\n", "segments.k is 0; allowed is 2 to 50"),
        ("[segments]\nk = 1\n", "segments.k is 1; allowed is 2 to 50"),
        ("[cleaning]\nquarantine_limit = 5\n", "allowed is 0 to 1"),
        ("[run]\nas_of = 9999-12-31\n", "allowed is 1900-01-01 to 2200-01-01"),
        ("[tables]\npeople = 3\n", "write [tables.people] and its keys below"),
        ("[read]\nthousands = 'abc'\n", "Allowed: "),
        ("[tables.people.roles]\nage = 'agee'\n", "did you mean 'age'"),
    ],
)
def test_row_79_to_82_wrong_settings_say_what_is_allowed(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "own.toml").write_text(content)
    refused(call("run", people(tmp_path / "people.csv"), "--config", "own.toml"), 2, expected)


def test_a_folder_in_place_of_settings_is_named(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    refused(call("run", people(tmp_path / "people.csv"), "--config", "own"), 2, "is a folder")
    refused(call("init", people(tmp_path / "people.csv"), "--config", "no/such/own.toml"), 2, "the folder no/such is not there")


def test_row_82_more_segments_than_customers_are_refused_with_what_is_needed(tmp_path: Path) -> None:
    refused(call("run", people(tmp_path / "people.csv"), "--config", "quick.toml", "--k", "50"), 1, "need at least 100 customers")
    refused(call("run", people(tmp_path / "people.csv"), "--segments", "\u00b2-\u00b3"), 2, "Give two whole numbers")


@pytest.mark.parametrize(
    ("content", "expected"), [("<!DOCTYPE html>\n<html><body>\n", "web page"), ('{"id": 1}\n{"id": 2}\n', "rename it to .jsonl")]
)
def test_text_that_is_no_table_is_named(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "people.csv").write_text(content)
    refused(call("run", tmp_path / "people.csv"), 1, "NOT_TEXT", expected)


@pytest.mark.parametrize("name", ["_bad", "_conflict", "_ROW"])
def test_names_the_program_uses_itself_are_refused(tmp_path: Path, name: str) -> None:
    refused(call("check", people(tmp_path / "p.csv", header=f"customer_id,{name},spending,region")), 1, "RESERVED_HEADER")


@pytest.mark.parametrize("name", ["h", "r0", "t1", "raw", "b", "customer", "day", "n", "__keys"])
def test_a_column_may_be_called_what_the_queries_call_their_own(tmp_path: Path, name: str) -> None:
    path = people(tmp_path / "p.csv", header=f"customer_id,{name},spending,region")
    path.write_text(path.read_text() + "ZQX500,1e999,3,north\nZQX1,45,3,north\n")
    assert call("check", path).exit_code == 0


@pytest.fixture
def model(tmp_path: Path) -> Path:
    said = call("run", people(tmp_path / "people.csv"), "--config", "quick.toml", "--quiet")
    assert said.exit_code == 0, said.stderr
    return Path(said.stdout.strip()).parent / "model"


def signed(model: Path) -> None:
    """Give changed arrays a checksum that fits: an attacker would."""
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["arrays_sha256"] = hashlib.sha256((model / "arrays.npz").read_bytes()).hexdigest()
    (model / "manifest.json").write_text(json.dumps(manifest))


def member(shape: str, kind: str = "<f8") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


def pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("centres.npy", pickled()),
        ("../../evil.npy", member("(1,)")),
        ("/etc/evil.npy", member("(1,)")),
        ("centres.npy", member("(1000000000000,)")),
        ("centres.npy", member("(-1,)")),
        ("centres.npy", member("(9223372036854775807, 9223372036854775807)")),
        ("centres.npy", b"\x93NUMPY\x09\x00junk"),
        ("centres.npy", b""),
        ("centres.npy", pickle.dumps([1])),
        ("notes.txt", b"hello"),
    ],
)
def test_row_87_hostile_arrays_are_refused_before_they_are_read(tmp_path: Path, model: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(model / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    signed(model)
    refused(call("score", tmp_path / "people.csv", "--model", model), 1, "MODEL_")
    assert not (tmp_path.parent / "evil.npy").exists()


def test_row_87_an_array_that_unpacks_out_of_proportion_is_refused(tmp_path: Path, model: Path) -> None:
    with zipfile.ZipFile(model / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as entry:
        entry.write(member("(40000000,)"))
        for _ in range(305):
            entry.write(b"\0" * 2**20)
    signed(model)
    refused(call("score", tmp_path / "people.csv", "--model", model), 1, "MODEL_TOO_LARGE")


@pytest.mark.parametrize("place", ["manifest.json", "arrays.npz"])
def test_row_87_links_and_damaged_files_are_refused(tmp_path: Path, model: Path, place: str) -> None:
    whole = (model / place).read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"[" * 200_000, b"PK\x03\x04"):
        (model / place).write_bytes(content)
        refused(call("score", tmp_path / "people.csv", "--model", model), 1, "MODEL_")
    shutil.move(model / place, tmp_path / place)
    (tmp_path / place).write_bytes(whole)
    (model / place).symlink_to(tmp_path / place)
    refused(call("score", tmp_path / "people.csv", "--model", model), 1, "MODEL_MISSING")


def test_row_86_another_version_and_a_missing_column_are_refused(tmp_path: Path, model: Path) -> None:
    refused(
        call("score", people(tmp_path / "new.csv", header="customer_id,age,paid,region"), "--model", model), 1, "MISSING_COLUMN", "spending"
    )
    manifest = json.loads((model / "manifest.json").read_text())
    (model / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    refused(call("score", tmp_path / "people.csv", "--model", model), 1, "format 99")


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "=cmd|'x'!A0", "CON", "😀" * 40, "new\nline", "\x1b[31mred", "[bold]x"])
def test_row_88_hostile_file_names_stay_text(tmp_path: Path, name: str) -> None:
    said = call("run", people(tmp_path / f"{name}.csv".replace("/", "")), "--config", "quick.toml", "--quiet")
    refused(said, 0)
    page = Path(said.stdout.strip().splitlines()[-1])
    assert page.exists()
    assert "<img src=x" not in page.read_text(encoding="utf-8")


def test_hostile_levels_and_columns_are_inert_in_every_file_for_people(tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", header=f'customer_id,"{EVIL[1]}","<script>alert(1)</script>",region', regions=EVIL)
    said = call("run", path, "--config", "quick.toml", "--quiet")
    refused(said, 0)
    folder = Path(said.stdout.strip()).parent
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<script>alert|<img src=x|</script><b>", page)
    for name in ("segments.csv", "profiles.csv", "quarantine.csv"):
        assert not re.search(r'(^|[,\n])"?[=@+]', (folder / name).read_text(encoding="utf-8")), name


KILLED = """
import os, sys
import segmentry.project.run as module
def stop(*args, **kwargs):
    os.kill(os.getpid(), 9)
module.tell = stop
from segmentry.cli.app import main
main()
"""


def test_a_killed_run_leaves_nothing_that_a_later_run_does_not_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    words = ["run", str(people(tmp_path / "people.csv")), "--config", "quick.toml", "--quiet", "--out", "out"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *words], env={"TMPDIR": str(scratch), "PATH": ""}, capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr
    assert len(list(scratch.iterdir())) == 1
    assert [path.name.startswith(".") for path in (tmp_path / "out").iterdir()] == [True]
    assert call(*words).exit_code == 0
    assert list(scratch.iterdir()) == []
    (only,) = (tmp_path / "out").iterdir()
    assert (only / "report.html").exists()
