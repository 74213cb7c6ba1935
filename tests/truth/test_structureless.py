"""Where nothing was planted, nothing is claimed: one cloud is cut into slices, and the report says so."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from segmentry.project.run import Run, run
from segmentry.project.settings import parse
from segmentry.segments.indices import silhouettes
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.stability import adjusted_rand, crossing
from segmentry.segments.structure import structure


def cloud(folder: Path, values: np.ndarray, *, maximum: int = 8) -> Run:
    frame = {"customer_id": [f"C{place:04d}" for place in range(len(values))]}
    frame |= {f"score_{name}": values[:, place].round(3) for place, name in enumerate("abcde")}
    return run(("customers", frame), out=folder, settings=parse({"segments": {"starts": 3, "maximum": maximum}}))


@pytest.fixture(scope="module")
def gaussian(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return cloud(tmp_path_factory.mktemp("gaussian"), np.random.default_rng(4).normal(50, 10, size=(600, 5)))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    rng = np.random.default_rng(4)
    centres = rng.permutation(np.eye(5)[:4] * 80 + 20)
    return cloud(tmp_path_factory.mktemp("planted"), np.repeat(centres, 150, axis=0) + rng.normal(0, 4, size=(600, 5)))


def test_one_cloud_is_called_a_continuum_cut_into_slices(gaussian: Run) -> None:
    assert gaussian.record["structure"]["verdict"] == "slices"
    assert "slices of a continuum" in gaussian.record["structure"]["words"]
    assert "no natural segments: these are slices of a continuum" in gaussian.report.read_text(encoding="utf-8")


def test_no_page_about_one_cloud_claims_natural_groups(gaussian: Run) -> None:
    page = gaussian.report.read_text(encoding="utf-8")
    for claim in ("clearly separated", "strong structure", "well separated", "real groups", "groups of their own:"):
        assert claim not in page
        assert claim not in gaussian.record["selection"]["reason"]


def test_four_planted_groups_are_found_and_not_called_slices(planted: Run) -> None:
    assert planted.record["selection"]["k"] == 4
    assert planted.record["structure"]["verdict"] == "segments"
    assert planted.record["structure"]["p_value"] <= 0.01
    assert planted.record["stability"]["ari"] >= 0.95
    assert min(planted.record["stability"]["segments"].values()) >= 0.95
    assert "real groups" in planted.report.read_text(encoding="utf-8")
    assert sorted(segment["customers"] for segment in planted.record["segments"]) == [150] * 4


@pytest.mark.parametrize("seed", range(2))
def test_skew_without_structure_is_not_called_a_clear_separation(tmp_path: Path, seed: int) -> None:
    found = cloud(tmp_path, np.random.default_rng(seed).lognormal(3, 1.2, size=(600, 5)))
    assert found.record["structure"]["verdict"] == "slices"


def flattered(points: np.ndarray, k: int) -> tuple[float, np.ndarray]:
    """Standardise as many do, without a look at the shape: silhouette and labels of k clusters."""
    standard = (points - points.mean(axis=0)) / points.std(axis=0)
    fit = fit_kmeans(standard, k, seed=0, starts=4)
    return silhouettes(standard, [fit.labels], seed=0)[0][0], fit.labels


def test_a_silhouette_flattered_by_skew_does_not_pass_for_segments() -> None:
    values = np.random.default_rng(0).lognormal(3, 1, size=(1500, 3))
    silhouette, labels = flattered(values, 4)
    assert silhouette > 0.4
    found = structure((values - values.mean(axis=0)) / values.std(axis=0), labels + 1, seed=0)
    assert found.verdict == "slices"
    assert "gives parts as far apart" in found.words


def test_a_silhouette_of_one_says_nothing_when_one_customer_is_of_1e18() -> None:
    values = np.vstack([np.random.default_rng(3).lognormal(3, 1, size=(400, 5)), np.full(5, 1e18)])
    silhouette, labels = flattered(values, 2)
    assert silhouette > 0.99
    assert structure(values, labels + 1, seed=0).verdict == "slices"


def with_one_of_1e18(folder: Path, kind: str, extreme: list[float]) -> tuple[Run, Run]:
    rng = np.random.default_rng(3)
    values = rng.lognormal(3, 1, size=(400, 5))
    if kind == "four groups":
        values = np.exp(np.repeat(np.eye(5)[:4] * 5, 100, axis=0) + rng.normal(0, 0.6, size=(400, 5)))
    odd = np.vstack([values, extreme])
    return cloud(folder / "plain", values, maximum=4), cloud(folder / "odd", odd, maximum=4)


def assert_nothing_changed(plain: Run, odd: Run) -> None:
    assert odd.record["structure"]["verdict"] == plain.record["structure"]["verdict"]
    assert odd.record["features"] == plain.record["features"]
    k = plain.record["selection"]["k"]
    assert odd.record["selection"]["k"] == k
    scores = [next(one["silhouette"] for one in run.record["selection"]["by_k"] if one["k"] == k) for run in (plain, odd)]
    assert scores[0] == pytest.approx(scores[1], abs=0.01)
    if plain.record["structure"]["verdict"] == "slices":
        # Any customer more may move the borders of slices.
        return
    known = np.isin(odd.ids, plain.ids)
    assert adjusted_rand(crossing(plain.labels - 1, odd.labels[known] - 1, (k, k))) > 0.99


@pytest.mark.parametrize(("kind", "verdict"), [("one cloud", "slices"), ("four groups", "segments")])
def test_one_customer_of_1e18_changes_nothing_in_a_run(tmp_path: Path, kind: str, verdict: str) -> None:
    plain, odd = with_one_of_1e18(tmp_path, kind, [1e18, 20.0, 20.0, 20.0, 20.0])
    assert plain.record["structure"]["verdict"] == verdict
    assert_nothing_changed(plain, odd)


def test_one_customer_of_1e18_in_every_column_changes_nothing_in_a_run(tmp_path: Path) -> None:
    assert_nothing_changed(*with_one_of_1e18(tmp_path, "four groups", [1e18] * 5))


def test_the_rule_of_the_choice_is_the_same_for_all_data_and_two_rivals_are_shown(gaussian: Run, planted: Run) -> None:
    stated = r"the fewest between 3 and 8 whose silhouette is within 0\.01 of the best"
    for found in (gaussian, planted):
        selection = found.record["selection"]
        assert re.search(stated, selection["reason"])
        others = sorted((one for one in selection["by_k"] if one["k"] != selection["k"]), key=lambda one: -one["silhouette"])
        assert len(selection["rivals"]) == 2
        for words, rival in zip(selection["rivals"], others, strict=False):
            assert words.startswith(f"{rival['k']} segments: silhouette {rival['silhouette']:.3f}")
            assert words in found.report.read_text(encoding="utf-8")
        allowed = [one for one in selection["by_k"] if 3 <= one["k"] <= 8]
        best = max(one["silhouette"] for one in allowed)
        assert selection["k"] == min(one["k"] for one in allowed if one["silhouette"] >= best - 0.01)
