"""Where nothing was planted, nothing is claimed: one cloud is cut into slices, and the report says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentry.project.run import Run, run
from segmentry.project.settings import parse


def cloud(folder: Path, values: np.ndarray) -> Run:
    frame = {"customer_id": [f"C{place:04d}" for place in range(len(values))]}
    frame |= {f"score_{name}": values[:, place].round(3) for place, name in enumerate("abcde")}
    return run(("customers", frame), out=folder, settings=parse({"segments": {"starts": 3}}))


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


@pytest.mark.parametrize("seed", range(3))
def test_skew_without_structure_is_not_called_a_clear_separation(tmp_path: Path, seed: int) -> None:
    found = cloud(tmp_path, np.random.default_rng(seed).lognormal(3, 1.2, size=(600, 5)))
    assert found.record["structure"]["verdict"] == "slices"
