"""Where segments touch: second-best, border customers, what separates a pair, what moves a customer over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.preparation.learning import learn
from segmentry.segments import overlap
from segmentry.segments.clustering import Nearest, distances
from segmentry.segments.overlap import overlaps, second, uncertain


def matrix_of(values: np.ndarray, *names: str) -> Matrix:
    ids = np.array([f"c{place:05}" for place in range(len(values))], dtype=object)
    return Matrix(ids, tuple(Column(name, name.capitalize()) for name in names), values)


@dataclass(frozen=True)
class Scaled:
    """A rule that is no nearest centre: each group has its own reach."""

    centres: np.ndarray
    reach: np.ndarray

    def scores(self, points: np.ndarray) -> np.ndarray:
        return distances(points, self.centres) / self.reach

    def assign(self, points: np.ndarray) -> np.ndarray:
        return self.scores(points).argmin(axis=1)

    def ordered(self, order: list[int]) -> Scaled:
        return Scaled(self.centres[order], self.reach[order])

    def confidence(self, points: np.ndarray) -> np.ndarray:
        return np.ones(len(points))

    def arrays(self) -> dict[str, np.ndarray]:
        return {}


@pytest.mark.parametrize("rule", [Nearest, lambda centres: Scaled(centres, np.array([1.0, 9.0, 2.0, 0.5]))])
def test_second_is_the_next_best_of_the_rule_itself(rule: object, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    points, centres = rng.normal(size=(500, 3)), rng.normal(size=(4, 3))
    made = rule(centres)  # type: ignore[operator]
    scores = distances(points, centres) if isinstance(made, Nearest) else made.scores(points)
    whole = second(points, made)
    assert whole.tolist() == np.argsort(scores, axis=1)[:, 1].tolist()
    monkeypatch.setattr(overlap, "_BATCH", 7)
    assert second(points, made).tolist() == whole.tolist()


def test_second_of_a_given_group_is_the_best_of_the_others() -> None:
    rule = Nearest(np.array([[0.0], [5.0], [9.0]]))
    assert second(np.array([[0.1], [0.1], [0.1]]), rule, np.array([0, 1, -1])).tolist() == [1, 0, -1]


def test_with_one_group_there_is_no_second() -> None:
    assert second(np.zeros((3, 1)), Nearest(np.zeros((1, 1)))).tolist() == [-1, -1, -1]


def test_uncertain_customers_are_listed_least_certain_first() -> None:
    ids = np.array(["a", "b", "c", "d", "e"], dtype=object)
    found = uncertain(
        ids, np.array([1, 2, 1, 0, 2]), np.array([2, 1, 2, 1, 1]),
        confidence=np.array([0.5, 0.05, 0.9, 0.0, 0.4]), votes=np.array([0.4, 0.9, 1.0, np.nan, 0.3]),
    )  # fmt: skip
    assert found.ids.tolist() == ["e", "a", "b"]
    assert (found.segment.tolist(), found.second.tolist(), len(found)) == ([2, 1, 2], [1, 2, 1], 3)


def test_unknown_votes_leave_the_confidence_to_decide() -> None:
    ids, votes = np.array(["a", "b"], dtype=object), np.full(2, np.nan)
    found = uncertain(ids, np.array([1, 1]), np.array([2, 2]), confidence=np.array([0.5, 0.05]), votes=votes)
    assert found.ids.tolist() == ["b"]


def test_lengths_that_differ_are_refused() -> None:
    one = np.ones(2, dtype=np.int64)
    with pytest.raises(UsageError, match="votes have shape"):
        uncertain(np.array(["a", "b"], dtype=object), one, one, confidence=np.ones(2), votes=np.ones(3))


def test_pairs_name_what_separates_them_and_count_who_is_near() -> None:
    rng = np.random.default_rng(3)
    # Uniform in income over a border at 50 000: whoever is within a tenth of the way between the centres is near.
    values = np.column_stack([rng.uniform(0, 100_000, 2000), rng.normal(40, 5, 2000)])
    matrix = matrix_of(values, "income", "age")
    prepared = learn(matrix)
    step = prepared.steps[0]
    places = [(value - step.centre) / step.scale for value in (25_000, 75_000)]
    rule = Nearest(np.array([[places[0], 0.0], [places[1], 0.0]]))
    points = prepared.apply(matrix)
    (pair,) = overlaps(points, rule.assign(points) + 1, rule, preparation=prepared, columns=matrix.columns)
    assert (pair.one, pair.other) == (1, 2)
    assert pair.features[0].name == "income"
    assert pair.features[0].effect < -2
    assert abs(pair.features[1].effect) < 0.2
    assert pair.customers == int((rule.confidence(points) < 0.2).sum())
    assert pair.share == pytest.approx(pair.customers / 2000)
    assert pair.change is not None
    assert pair.change.name == "income"
    # The border lies at 50,000 and is passed by no more than a pace.
    low, high = sorted([pair.change.start, pair.change.end])
    assert low < 50_000 < high
    assert abs(pair.change.end - 50_000) < 1_000


def test_one_to_four_customers_near_a_border_are_not_counted_out() -> None:
    values = np.concatenate([np.full(40, 0.0), np.full(40, 10.0), [4.9, 5.2]])[:, None] + np.linspace(0, 0.1, 82)[:, None]
    matrix = matrix_of(values, "x")
    prepared = learn(matrix)
    points = prepared.apply(matrix)
    rule = Nearest(np.array([[points[:40].mean()], [points[40:80].mean()]]))
    (pair,) = overlaps(points, rule.assign(points) + 1, rule, preparation=prepared, columns=matrix.columns)
    assert (pair.customers, pair.share, pair.change) == (None, 0.0, None)


def test_flags_shares_and_categories_are_never_the_single_change() -> None:
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.random(400) < 0.5, rng.integers(0, 2, 400)]).astype(float)
    columns = (Column("member", "Member", "flag"), Column("town", "Town", "category", levels=("A", "B")))
    matrix = Matrix(np.array([f"c{place:03}" for place in range(400)], dtype=object), columns, values)
    prepared = learn(matrix, ["member", "town"])
    points = prepared.apply(matrix)
    rule = Nearest(np.vstack([points.mean(axis=0) - 0.1, points.mean(axis=0) + 0.1]))
    (pair,) = overlaps(points, rule.assign(points) + 1, rule, preparation=prepared, columns=columns)
    assert pair.customers
    assert pair.change is None


def test_customers_in_no_segment_do_not_count() -> None:
    rng = np.random.default_rng(1)
    matrix = matrix_of(rng.normal(size=(300, 2)), "x", "y")
    prepared = learn(matrix)
    points, rule = prepared.apply(matrix), Nearest(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    labels = np.where(np.arange(300) < 100, 0, rule.assign(points) + 1)
    (pair,) = overlaps(points, labels, rule, preparation=prepared, columns=matrix.columns)
    assert pair.customers == int((rule.confidence(points[100:]) < 0.2).sum())


def test_who_fits_nowhere_else_has_no_second() -> None:
    class Fenced(Scaled):
        def assign(self, points: np.ndarray) -> np.ndarray:
            return np.where(self.scores(points).min(axis=1) > 4.0, -1, self.scores(points).argmin(axis=1))

        def ordered(self, order: list[int]) -> Fenced:
            return Fenced(self.centres[order], self.reach[order])

    rule = Fenced(np.array([[0.0], [3.0], [50.0]]), np.ones(3))
    assert second(np.array([[1.2], [49.0], [20.0]]), rule).tolist() == [1, -1, -1]
