"""Methods side by side: the rule is stability first, then clarity, then simplicity, and the words say which of them decided."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.segments.comparison import compare
from segmentry.segments.results import Candidate, Selection, Stability
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.stability import adjusted_rand, crossing

IDS = np.repeat([1, 2], 10)


def selected(method: str, silhouette: float, *, unassigned: int = 0) -> Selection:
    one = Candidate(2, 9.0, silhouette, 5.0, 0.5, 10, 20 - unassigned, unassigned=unassigned)
    return Selection(2, (one,), "", (), "", method=method)


def stable(ari: float) -> Stability:
    return Stability(ari, ari, (ari, ari), np.ones(20), 20, 20)


def compared(**figures: tuple[float, float]):
    selections = {name: selected(name, silhouette) for name, (silhouette, _) in figures.items()}
    return compare(selections, {name: stable(ari) for name, (_, ari) in figures.items()}, dict.fromkeys(figures, IDS))


def test_the_clearest_of_the_stable_methods_is_followed():
    found = compared(kmeans=(0.30, 0.9), hierarchical=(0.35, 0.85))
    assert found.chosen == "hierarchical"
    assert found.reason.startswith("Hierarchical (Ward) is followed: its 2 segments are the clearest (silhouette 0.350")


def test_of_equally_clear_methods_the_one_that_is_easiest_to_explain_is_followed():
    found = compared(gmm=(0.505, 0.9), kmeans=(0.50, 0.9))
    assert found.chosen == "kmeans"
    assert "within 0.01 of the clearest (Gaussian mixture) and k-means is easier to explain" in found.reason


def test_clarity_does_not_make_up_for_segments_that_do_not_come_back():
    found = compared(gmm=(0.60, 0.79), kmeans=(0.20, 0.96))
    assert found.chosen == "kmeans"
    assert "come back most reliably" in found.reason
    assert "Gaussian mixture separates more clearly (0.600) but comes back less (0.79)" in found.reason


def test_clarity_that_comes_from_a_tiny_segment_does_not_count():
    tiny = Candidate(2, 9.0, 0.9, 5.0, 0.5, 2, 20)
    selections = {
        "kmeans": selected("kmeans", 0.2),
        "hierarchical-average": Selection(2, (tiny,), "", (), "", method="hierarchical-average"),
    }
    found = compare(selections, dict.fromkeys(selections, stable(0.9)), dict.fromkeys(selections, IDS))
    assert found.chosen == "kmeans"
    assert "hierarchical (average linkage) separates more clearly (0.900) only by splitting off 2 customers" in found.reason


def test_when_no_method_comes_back_the_clearest_is_followed():
    assert compared(gmm=(0.60, 0.2), kmeans=(0.20, 0.5)).chosen == "gmm"


def test_density_is_not_followed_for_a_silhouette_without_the_customers_it_left_out():
    found = compared(density=(0.9, 1.0), kmeans=(0.2, 1.0))
    assert found.chosen == "kmeans"
    assert [each.method for each in found.contenders] == ["kmeans", "density"]


def test_what_is_tiny_is_asked_of_all_customers_and_not_of_the_sample_for_the_silhouette():
    sampled = {"kmeans": Candidate(2, 9.0, 0.2, 5.0, 0.5, 50_000, 5_000), "gmm": Candidate(2, 9.0, 0.9, 5.0, 0.5, 400, 5_000)}
    selections = {name: Selection(2, (one,), "", (), "", method=name) for name, one in sampled.items()}
    same = Stability(0.9, 0.9, (0.9, 0.9), np.ones(100_000), 20, 10_000)
    found = compare(selections, dict.fromkeys(selections, same), dict.fromkeys(selections, IDS))
    assert "only by splitting off 400 customers" in found.reason


def test_customers_are_crossed_by_both_views():
    other = np.concatenate([IDS[:15], np.full(5, -1)])
    found = compare(
        {"kmeans": selected("kmeans", 0.5), "density": selected("density", 0.4, unassigned=5)},
        {"kmeans": stable(1.0), "density": stable(1.0)},
        {"kmeans": IDS, "density": other},
    ).crossings[0]
    assert found.rows == (1, 2)
    assert found.columns == (-1, 1, 2)
    assert found.counts.tolist() == [[0, 10, 0], [5, 0, 5]]
    assert any("leaves 5 customers unassigned" in words for words in compared(kmeans=(0.5, 1.0)).contenders[0].reasons) is False


def blobs(size: int = 60) -> np.ndarray:
    centres = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    return np.random.default_rng(3).normal(size=(3 * size, 2)) + np.repeat(centres, size, axis=0)


@pytest.mark.parametrize("method", ["kmeans", "hierarchical", "gmm", "kprototypes", "density"])
def test_every_method_finds_planted_groups_and_can_be_frozen(method):
    points = blobs()
    found = Segmentation(method=method, seed=1, starts=5).fit(points)
    inside = found.labels_ > 0
    assert inside.mean() > 0.9
    planted = np.repeat([0, 1, 2], 60)
    crossed = crossing(planted[inside], found.labels_[inside] - 1, (3, int(found.labels_.max())))
    # Density decides on its own how many crowded regions there are.
    assert adjusted_rand(crossed) > (0.8 if method == "density" else 0.99)
    thawed = Segmentation.from_frozen(*found.frozen())
    assert np.array_equal(thawed.predict(points), found.predict(points))
    # The frozen rule of density leaves out who is beyond 95 % of a group.
    assert found.rule_agreement_ > (0.9 if method == "density" else 0.98)


def test_several_methods_are_compared_on_the_same_customers():
    found = Segmentation(method=("gmm", "kmeans", "hierarchical"), seed=1, starts=5).fit(blobs())
    assert found.comparison_ is not None
    assert found.comparison_.chosen == found.selection_.method == "kmeans"
    assert [round(each.agreement, 2) for each in found.comparison_.crossings] == [1.0, 1.0]


def test_a_method_that_cannot_be_tried_is_named_with_its_reason(monkeypatch):
    def refuse(*_, **__):
        raise Degenerate(Problem("NO_DENSE_GROUPS", "found no crowded region", "take another method"))

    monkeypatch.setattr("segmentry.segments.density.fit_density", refuse)
    found = Segmentation(3, method=("kmeans", "density", "hierarchical"), starts=5).fit(blobs())
    assert found.comparison_ is not None
    assert {each.method for each in found.comparison_.contenders} == {"kmeans", "hierarchical"}
    assert found.comparison_.left_out == ("density (HDBSCAN) could not be tried: found no crowded region.",)
    with pytest.raises(Degenerate, match="NO_DENSE_GROUPS"):
        Segmentation(method="density").fit(blobs())


def test_bic_decides_only_for_methods_that_have_it():
    assert Segmentation(method="gmm", index="bic", starts=5).fit(blobs()).selection_.k == 3
    both = Segmentation(method=("kmeans", "gmm"), index="bic", starts=5).fit(blobs())
    assert ["BIC" in both.views_[name].selection.reason for name in ("kmeans", "gmm")] == [False, True]
    with pytest.raises(UsageError, match="only methods with a likelihood"):
        Segmentation(method="kmeans", index="bic", starts=5).fit(blobs())
