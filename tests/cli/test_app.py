"""The commands as people type them: what they print, where, and the exit code."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from segmentry.cli.app import app, main
from segmentry.project.settings import load

COMMANDS = ("demo", "check", "init", "describe", "run", "score")


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, so that no settings file of the project is found."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    centres = np.repeat([[25, 900], [45, 100], [65, 400]], 40, axis=0)
    cells = (centres + rng.normal(size=centres.shape) * [3, 25]).round().astype(int).tolist()
    path = tmp_path_factory.mktemp("files") / "people.csv"
    lines = [f"P{place:03d},{age},{money},{['north', 'south', 'east'][place % 3]}" for place, (age, money) in enumerate(cells)]
    path.write_text("\n".join(["customer_id,age,spending,region", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "quick.toml"
    path.write_text("[segments]\nstarts = 2\n")
    return path


@pytest.fixture(scope="module")
def ran(people: Path, config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("runs")
    return call("run", people, "--config", config, "--out", out), out


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    said = call("--help")
    assert said.exit_code == 0
    assert all(re.search(rf"^  {name}\b", said.output, re.MULTILINE) for name in COMMANDS)
    script = "import sys; from segmentry.cli.app import app; app(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    assert [name for name in ("sklearn", "scipy", "plotly", "duckdb", "narwhals", "jinja2") if f"'{name}'" in loaded] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_explains_every_option(command: str) -> None:
    said = call(command, "--help")
    assert said.exit_code == 0
    options = re.findall(r"^  (--[a-z-]+)(.*)$", said.output, re.MULTILINE)
    assert len(options) >= 2


def test_no_words_at_all_show_the_help_as_wrong_usage() -> None:
    said = call()
    assert said.exit_code == 2
    assert "run" in said.output


def test_a_run_prints_what_it_found_and_ends_with_the_path_of_the_report(ran: tuple[Result, Path]) -> None:
    said, out = ran
    assert said.exit_code == 0
    lines = said.stdout.strip().splitlines()
    assert Path(lines[-1]).is_file()
    assert Path(lines[-1]).parent.parent == out
    assert "120 rows in = 120 accepted + 0 quarantined + 0 duplicates" in said.stdout
    assert "Reading" in said.stderr
    assert "Reading" not in said.stdout


def test_quiet_says_only_the_path(people: Path, config: Path, tmp_path: Path) -> None:
    said = call("run", people, "--config", config, "--out", tmp_path / "out", "--quiet")
    assert said.exit_code == 0
    assert said.stderr == ""
    (line,) = said.stdout.splitlines()
    assert Path(line).name == "report.html"


def test_the_demo_compares_with_the_truth_and_ends_with_the_path(tmp_path: Path) -> None:
    said = call("demo", "--customers", "200", "--out", tmp_path / "out")
    assert said.exit_code == 0
    assert re.search(r"adjusted Rand index [01]\.\d{3} over \d+ customers", said.stdout)
    assert "exact_duplicates" in said.stdout
    assert Path(said.stdout.strip().splitlines()[-1]).is_file()


def test_a_quiet_demo_says_only_the_path(tmp_path: Path) -> None:
    said = call("demo", "--customers", "200", "--out", tmp_path / "out", "--quiet")
    assert (said.exit_code, said.stderr) == (0, "")
    assert len(said.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--nonsense",), "--nonsense"),
        (("--segments", "many"), "--segments is 'many'; allowed is MIN-MAX"),
        (("--segments", "8-3"), "minimum"),
        (("--segments", "1-4"), "segments.minimum is 1"),
        (("--segments", "-4"), "--segments"),
        (("--as-of", "30.06.2026"), "--as-of is '30.06.2026'; allowed is a day"),
        (("--as-of", "2026-02-30"), "--as-of"),
        (("--features", "spnding"), "did you mean 'spending'"),
        (("--features", ","), "--features"),
        (("--k", "0"), "segments.k is 0"),
        (("--k", "1"), "segments.k is 1"),
        (("--k", "51"), "segments.k is 51"),
        (("--k", "two"), "Invalid value for '--k'"),
        (("--seed", "-1"), "run.seed is -1"),
        (("--encoding", "utf-9"), "utf-9"),
        (("--config", "none.toml"), "segmentry init"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_allowed(people: Path, tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    said = call("run", people, "--out", tmp_path / "out", *words)
    assert said.exit_code == 2
    assert expected in re.sub(r"\s+", " ", said.stderr)
    assert "Traceback" not in said.output
    assert "internal error" not in said.output
    assert said.stdout == ""
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("command", ["check", "describe", "run"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, command: str) -> None:
    said = call(command, tmp_path / "nothing.csv")
    assert said.exit_code in {1, 2}
    assert "nothing.csv" in said.stderr
    assert "internal error" not in said.stderr


def test_refused_data_exits_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    said = call("run", "empty.csv")
    assert said.exit_code == 1
    assert "EMPTY_FILE" in said.stderr
    assert "Next: " in said.stderr
    assert said.stdout == ""


def test_more_segments_than_customers_can_give_is_refused(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("customer_id,visits\n" + "".join(f"C{place},{place}\n" for place in range(5)))
    said = call("run", "few.csv", "--k", "9")
    assert said.exit_code in {1, 2}
    assert "internal error" not in said.stderr


def test_a_folder_that_cannot_be_written_is_named(people: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    said = call("run", people, "--out", tmp_path / "taken")
    assert said.exit_code == 2
    assert "taken" in said.stderr
    assert "--out" in said.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(people: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    said = call("run", people, "--out", tmp_path / "locked")
    assert said.exit_code == 2
    assert "locked" in said.stderr


def test_check_names_roles_with_their_reasons_and_writes_nothing(people: Path, tmp_path: Path) -> None:
    said = call("check", people, "--quiet")
    assert said.exit_code == 0
    words = re.sub(r"\s+", " ", said.stdout)
    assert "people: snapshot" in words
    assert "120 rows in = 120 accepted + 0 quarantined + 0 duplicates" in words
    for row in ("customer_id id", "age age", "region place", "because"):
        assert row in words
    assert list(tmp_path.iterdir()) == []


def test_describe_writes_one_page(people: Path, tmp_path: Path) -> None:
    said = call("describe", people, "--out", tmp_path / "out", "--quiet")
    assert said.exit_code == 0
    page = Path(said.stdout.strip())
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in page.parent.iterdir()] == ["description.html"]


def test_init_writes_settings_that_load_and_change_nothing(people: Path, ran: tuple[Result, Path], tmp_path: Path) -> None:
    said = call("init", people, "--config", "mine.toml")
    assert said.exit_code == 0
    assert said.stdout.strip() == "mine.toml"
    written = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert load(tmp_path / "mine.toml").tables["people"].roles["customer_id"] == "id"
    (tmp_path / "mine.toml").write_text(written.replace("[segments]", "[segments]\nstarts = 2"), encoding="utf-8")
    again = call("run", people, "--config", "mine.toml", "--out", "out", "--quiet")
    assert again.exit_code == 0
    first = Path(ran[0].stdout.strip().splitlines()[-1]).parent
    assert (Path(again.stdout.strip()).parent / "segments.csv").read_bytes() == (first / "segments.csv").read_bytes()


def test_init_never_writes_over_a_file(people: Path, tmp_path: Path) -> None:
    (tmp_path / "segmentry.toml").write_text("# mine\n")
    said = call("init", people)
    assert said.exit_code == 2
    assert "exists already" in said.stderr
    assert (tmp_path / "segmentry.toml").read_text() == "# mine\n"


def test_settings_of_the_working_folder_are_found(people: Path, tmp_path: Path) -> None:
    (tmp_path / "segmentry.toml").write_text("[segments]\nk = 4\nstarts = 2\n")
    said = call("run", people, "--out", "out")
    assert said.exit_code == 0
    assert len(re.findall(r"^\d+ +\S.*%", said.stdout, re.MULTILINE)) == 4


def test_an_unknown_key_of_the_settings_gets_the_nearest_one(people: Path, tmp_path: Path) -> None:
    (tmp_path / "segmentry.toml").write_text("[segmnets]\nk = 4\n")
    said = call("run", people)
    assert said.exit_code == 2
    assert "did you mean 'segments'" in said.stderr


def test_score_ends_with_the_path_of_the_new_segments(people: Path, ran: tuple[Result, Path], tmp_path: Path) -> None:
    model = Path(ran[0].stdout.strip().splitlines()[-1]).parent / "model"
    said = call("score", people, "--model", model, "--out", "out", "--quiet")
    assert said.exit_code == 0, said.stderr
    scored, found = (
        [list(row.values())[:4] for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
        for path in (Path(said.stdout.strip()), model.parent / "segments.csv")
    )
    assert scored == found


def test_score_without_a_model_says_where_one_is(people: Path, tmp_path: Path) -> None:
    said = call("score", people, "--model", tmp_path)
    assert said.exit_code == 1
    assert "MODEL_MISSING" in said.stderr


def test_an_error_of_the_program_is_one_line_without_what_the_library_said(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Ann Fauxley")

    monkeypatch.setattr("segmentry.project.run.read_dataset", fail)
    said = call("run", people, "--quiet")
    assert said.exit_code == 1
    assert "internal error (RuntimeError at " in said.stderr
    assert "Fauxley" not in said.output
    assert len(said.stderr.splitlines()) == 1


def test_a_run_stopped_by_the_system_cleans_up_like_one_stopped_by_hand(
    people: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stop(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("segmentry.project.run.solve", stop)
    monkeypatch.setattr(sys, "argv", ["segmentry", "run", str(people), "--out", str(tmp_path / "out"), "--quiet"])
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 130
    assert list((tmp_path / "out").iterdir()) == []
