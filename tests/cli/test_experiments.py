"""The commands about experiments as people type them: what they print, what they write, and how bad usage is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.project.drawn_shop import orders, people
from typer.testing import CliRunner, Result

from segmentry.cli.app import app
from segmentry.cli.experiments import arms_of
from segmentry.cli.reference import reference
from segmentry.errors import UsageError


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("cli")
    return people(folder), orders(folder)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "segmentry.toml").write_text("[experiment]\nresamples = 199\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def refused(said: Result, code: int, *parts: str) -> None:
    assert said.exit_code == code, said.output
    assert all(part in said.stderr for part in parts), said.stderr
    assert not said.stdout
    assert "Traceback" not in said.output


def test_the_three_commands_run_one_after_the_other(files: tuple[Path, Path]) -> None:
    planned = call("experiment", "design", *files, "--effect", "30%", "--arms", "control=0.3,offer=0.7", "--as-of", "2024-08-31", "--quiet")
    assert planned.exit_code == 0, planned.output
    assert "for control" in planned.stdout
    assert "The price: leaving" in planned.stdout
    assert "customers needed" in planned.stdout
    drawn = call("experiment", "assign", *files, "--name", "Autumn", "--by", "region", "--as-of", "2024-08-31", "--quiet")
    assert drawn.exit_code == 0, drawn.output
    path = Path(drawn.stdout.strip())
    with path.open(encoding="utf-8") as file:
        assert {row["arm"] for row in csv.DictReader(file)} == {"control", "treatment"}
    running = call("experiment", "analyse", *files, "--assignment", path, "--as-of", "2024-09-10", "--quiet")
    assert running.exit_code == 0, running.output
    assert Path(running.stdout.strip()).name == "analysis.json"
    over = call("experiment", "analyse", *files, "--assignment", path)
    assert over.exit_code == 0, over.output
    assert "Autumn: Bought within 30 days" in over.stdout
    assert Path(over.stdout.strip().splitlines()[-1]).exists()


def test_the_self_check_prints_the_rate_of_false_alarms(files: tuple[Path, Path]) -> None:
    said = call("selfcheck", files[1], "--metric", "purchases", "--splits", "40", "--share", "0.7", "--quiet")
    assert said.exit_code == 0, said.output
    assert "of 40 splits of 800 customers, with nothing done to anybody" in said.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--effect", "10%", "--metric", "boght"], "did you mean 'bought'"),
        (["--effect", "ten"], "the effect is 'ten'"),
        (["--effect", "10%", "--arms", "control=0.5,offer=0.6"], "add up to 1.1; allowed is 1"),
        (["--effect", "10%", "--arms", "control=0.5,control=0.5"], "different names"),
        (["--effect", "10%", "--arms", "control,offer"], "allowed is NAME=SHARE"),
        (["--effect", "10%", "--arms", "control=half,offer=0.5"], "'control=half'"),
        (["--effect", "10%", "--days", "0"], "trial.days is 0"),
        (["--effect", "10%", "--days", "700"], "the window is 700 days and the data covers"),
        (["--effect", "10%", "--margin", "2"], "value.margin is 2"),
    ],
)
def test_a_design_typed_wrongly_is_refused_with_the_way_out(files: tuple[Path, Path], words: list[str], said: str) -> None:
    refused(call("experiment", "design", *files, *words, "--quiet"), 2, said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", "x", "--by", "regoin"], "did you mean 'region'"),
        (["--name", "x", "--by", "segment"], "no run was named"),
        (["--name", "x", "--segment", "1"], "Give it with --run"),
        (["--name", "x", "--holdout", "1"], "experiment.holdout is 1"),
        (["--name", "x", "--start", "soon"], "--start is 'soon'"),
        (["--name", "x", "--start", "2024-01-01"], "the data ends on"),
        (["--name", ""], "a name of 0 characters"),
        (["--name", "x", "--arms", "control=1"], "two arms or more"),
        (["--name", "x", "--metric", "bougth"], "did you mean 'bought'"),
    ],
)
def test_a_draw_typed_wrongly_is_refused_with_the_way_out(files: tuple[Path, Path], words: list[str], said: str, tmp_path: Path) -> None:
    refused(call("experiment", "assign", *files, *words, "--quiet"), 2, said)
    assert not list(tmp_path.glob("out/experiment*"))


def test_what_is_no_run_or_no_assignment_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    refused(call("experiment", "assign", *files, "--name", "x", "--by", "segment", "--run", tmp_path, "--quiet"), 1, "NOT_A_RUN")
    refused(call("experiment", "analyse", *files, "--assignment", "none.csv", "--quiet"), 2, "which is not there")
    refused(call("experiment", "analyse", *files, "--quiet"), 1, "NO_TRIAL")


def test_the_reference_walks_into_the_group() -> None:
    page = reference()
    assert "### `segmentry experiment assign`" in page
    assert "`--holdout`" in page.partition("### `segmentry experiment assign`")[2].partition("###")[0]


def test_help_shows_the_commands_of_the_group() -> None:
    said = call("experiment", "--help")
    assert said.exit_code == 0
    assert all(name in said.stdout for name in ("design", "assign", "analyse"))


def test_arms_are_read_as_typed() -> None:
    assert arms_of(None) == (("control", "treatment"), (0.5, 0.5))
    assert arms_of("control=.2, 10% off = 0.8") == (("control", "10% off"), (0.2, 0.8))
    with pytest.raises(UsageError, match="has the part ''"):
        arms_of("")
