"""Several methods and earlier runs: what is followed is said, ids and names last, and same data moves nobody."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import DataRefused, ModelRefused, UsageError
from segmentry.project.progress import Silent
from segmentry.project.run import Run, run
from segmentry.project.scoring import score
from segmentry.project.settings import parse

CENTRES = {"loyal": (900.0, 12.0), "new": (100.0, 2.0), "bulk": (4000.0, 30.0)}


def shop(path: Path, *, seed: int = 0, size: int = 120, without: str = "", flat: bool = False) -> Path:
    """Write a customer table with planted groups, or with one cloud when flat."""
    rng = np.random.default_rng(seed)
    lines = ["customer_id,annual_spend,visits_per_year,age"]
    for place, (name, (spend, visits)) in enumerate(CENTRES.items()):
        for number in range(0 if name == without else size):
            amount = 1000 * np.exp(rng.normal(0, 0.4)) if flat else spend * np.exp(rng.normal(0, 0.1))
            times = 12 + 3 * rng.normal() if flat else visits + rng.normal(0, 0.5)
            lines.append(f"c{place}{number:04d},{amount:.2f},{times:.2f},{rng.normal(45, 6) + (0 if flat else 30 * place):.1f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def chosen(seed: int = 7, **segments: object) -> object:
    return parse({"run": {"seed": seed}, "segments": {"starts": 4, **segments}})


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("first")
    settings = chosen(method=["kmeans", "hierarchical", "gmm"], names={"1": "Trade"})
    return run(shop(folder / "shop.csv"), out=folder / "out", settings=settings)


def test_methods_are_compared_in_the_record_and_in_the_report(first: Run) -> None:
    methods = first.record["methods"]
    assert methods["chosen"] == first.record["selection"]["method"] == "kmeans"
    assert methods["tried"][0]["method"] == "kmeans"
    assert {each["method"] for each in methods["tried"]} == {"kmeans", "hierarchical", "gmm"}
    assert all(value > 0.95 for value in methods["agreement"].values())
    page = first.report.read_text(encoding="utf-8")
    assert "Methods compared" in page
    assert "Gaussian mixture" in page
    assert 'id="plot-tree"' in page


def test_own_names_are_used_everywhere(first: Run) -> None:
    assert first.record["segments"][0]["name"] == "Trade"
    assert "Trade" in first.report.read_text(encoding="utf-8")
    assert json.loads((first.folder / "ledger.json").read_text(encoding="utf-8"))["segments"][0]["name"] == "Trade"


def test_a_name_for_a_segment_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"segments.names names segment '9'; there are 1, 2, 3"):
        run(shop(tmp_path / "shop.csv"), out=tmp_path / "out", settings=chosen(names={"9": "Trade"}))


def test_the_same_data_with_another_seed_moves_nobody_and_keeps_names(first: Run, tmp_path: Path) -> None:
    again = run(shop(tmp_path / "shop.csv"), out=tmp_path / "out", settings=chosen(seed=99), previous=first.folder)
    assert np.array_equal(again.labels, first.labels)
    assert [each["name"] for each in again.record["segments"]] == [each["name"] for each in first.record["segments"]]
    assert again.record["since"][0].startswith("3 of the 3 segments of the run")


def test_a_segment_that_is_gone_dies_and_its_id_is_not_used_again(first: Run, tmp_path: Path) -> None:
    gone = next(each["id"] for each in first.record["segments"] if each["name"] == "Trade")
    less = run(shop(tmp_path / "less.csv", without="bulk"), out=tmp_path / "out", settings=chosen(k=2), previous=first.folder)
    assert gone not in less.labels
    assert any("is no more" in words for words in less.record["since"])
    back = run(shop(tmp_path / "back.csv"), out=tmp_path / "out", settings=chosen(), previous=less.folder)
    assert gone not in back.labels
    ledger = json.loads((back.folder / "ledger.json").read_text(encoding="utf-8"))["segments"]
    assert [each["id"] for each in ledger] == [1, 2, 3, 4]
    assert ledger[gone - 1]["died"] is not None
    scored = score(tmp_path / "back.csv", model=back.folder / "model", out=tmp_path / "scored")
    lines = list(csv.DictReader(scored.read_text(encoding="utf-8").splitlines()))
    assert [int(line["segment_id"]) for line in lines] == back.labels.tolist()
    assert {line["segment_name"] for line in lines} == {each["name"] for each in back.record["segments"]}


def test_slices_start_from_the_segments_before_them(tmp_path: Path) -> None:
    one = run(shop(tmp_path / "flat.csv", flat=True), out=tmp_path / "out", settings=chosen())
    assert one.record["structure"]["verdict"] == "slices"
    again = run(tmp_path / "flat.csv", out=tmp_path / "out", settings=chosen(seed=8), previous=one.folder)
    assert "followed from the run before" in again.record["selection"]["reason"]
    assert (again.labels != one.labels).mean() <= 0.02


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="NOT_A_RUN"):
        run(shop(tmp_path / "shop.csv"), out=tmp_path / "out", settings=chosen(), previous=tmp_path)


def test_a_damaged_ledger_is_refused(first: Run, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(first.folder, tmp_path / "copy"))
    (copy / "ledger.json").write_text('{"segments": []', encoding="utf-8")
    with pytest.raises(ModelRefused, match="LEDGER_DAMAGED"):
        run(shop(tmp_path / "shop.csv"), out=tmp_path / "out", settings=chosen(), previous=copy)


def test_the_report_says_how_to_make_the_run_again(first: Run) -> None:
    assert "segmentry run shop.csv --method kmeans,hierarchical,gmm" in first.report.read_text(encoding="utf-8")


def test_rules_with_a_hole_are_refused_before_anything_is_fitted(tmp_path: Path) -> None:
    stages: list[str] = []

    class Listener(Silent):
        def begin(self, stage: str) -> None:
            stages.append(stage)

    settings = parse({"rules": [{"name": "Large", "when": ["annual_spend >= 1000"]}]})
    with pytest.raises(UsageError, match="fall in no segment"):
        run(shop(tmp_path / "shop.csv"), out=tmp_path / "out", settings=settings, teller=Listener())
    assert "Computing features" in stages
    assert "Finding segments" not in stages


def test_stability_stands_beside_the_segment_it_was_found_for(first: Run, tmp_path: Path) -> None:
    new = run(shop(tmp_path / "shop.csv", seed=5), out=tmp_path / "out", settings=chosen(seed=3), previous=first.folder)
    fresh = run(tmp_path / "shop.csv", out=tmp_path / "fresh", settings=chosen(seed=3))
    same = {int(old): int(now) for old, now in zip(new.labels, fresh.labels, strict=True)}
    assert {str(same[int(key)]): value for key, value in new.record["stability"]["segments"].items()} == fresh.record["stability"][
        "segments"
    ]


def test_the_record_names_the_run_before_and_the_folder_is_another_one(first: Run, tmp_path: Path) -> None:
    path = shop(tmp_path / "shop.csv")
    alone = run(path, out=tmp_path / "out", settings=chosen())
    after = run(path, out=tmp_path / "out", settings=chosen(), previous=first.folder)
    assert (alone.record["previous"], after.record["previous"]) == ("", first.folder.name)
    assert alone.folder != after.folder
    assert f"--previous {first.folder.name}" in after.report.read_text(encoding="utf-8")
