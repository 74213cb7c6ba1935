"""Degenerate data through preparation, choice of k, clustering, profiles and exploration: a typed refusal or a finite, flagged answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from segmentry.errors import DataRefused, Degenerate, NotEnoughData, UsageError
from segmentry.explore.columns import summarise
from segmentry.explore.findings import findings
from segmentry.explore.pairs import associate
from segmentry.matrix import Column, Matrix
from segmentry.segments.methods import Approach
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.selection import choose

FAST = {"starts": 3, "between": (3, 5)}


def matrix(values, *columns: Column) -> Matrix:
    """Return a matrix with columns x0, x1, … unless they are given."""
    values = np.asarray(values, dtype=np.float64)
    named = columns or tuple(Column(f"x{place}", f"X{place}") for place in range(values.shape[1]))
    return Matrix(np.array([f"c{place:07d}" for place in range(len(values))], dtype=object), named, values)


def blobs(n: int = 300, p: int = 2, seed: int = 0) -> np.ndarray:
    """Return three well separated groups."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, p)) + 10 * np.arange(3).repeat(-(-n // 3))[:n, None] * np.arange(1, p + 1)


def with_cell(value: float) -> np.ndarray:
    """Return blobs with one cell replaced."""
    values = blobs()
    values[7, 0] = value
    return values


def with_column(column: np.ndarray | float) -> np.ndarray:
    """Return blobs with a column more."""
    return np.column_stack([blobs(), np.broadcast_to(column, 300)])


def some_missing(share: float) -> np.ndarray:
    """Return blobs with a share of the cells missing."""
    values = blobs()
    values[np.random.default_rng(1).random(values.shape) < share] = np.nan
    return values


def walk(data: Matrix) -> Segmentation:
    """Run everything that a report needs, and check that every number in it is finite."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = Segmentation(**FAST).fit(data)
        profiles = found.profile(data, np.ones(len(data)))
        projection = found.project()
        summaries = summarise(data)
        findings(summaries, associate(data), np.ones(len(data)))
    assert np.isfinite(found.points_).all()
    assert np.isfinite(found.centres_).all()
    assert ((found.confidence_ >= 0) & (found.confidence_ <= 1)).all()
    assert np.isfinite(projection.points).all()
    for one in found.selection_.by_k:
        assert np.isfinite([one.inertia, one.silhouette, one.calinski_harabasz, one.davies_bouldin]).all()
        assert one.smallest >= 1
    for each in profiles:
        assert each.customers > 0
        assert np.isfinite([difference.effect for difference in each.differences]).all()
        assert np.isfinite([[part.q1, part.median, part.q3, part.mean] for part in each.ranges]).all()
    assert (np.bincount(found.labels_)[1:] > 0).all()
    return found


def flags(found: Segmentation) -> set[str]:
    """Return the codes of what was flagged."""
    return {note.code for note in found.preparation_.notes}


REFUSED: dict[str, tuple[Callable[[], np.ndarray], type[DataRefused], str]] = {
    "no customer": (lambda: np.empty((0, 2)), NotEnoughData, "need at least 2 customers to compare; found 0"),
    "one customer": (lambda: np.array([[1.0, 2.0]]), NotEnoughData, "need at least 2 customers to compare; found 1"),
    "two customers": (
        lambda: np.array([[1.0, 2.0], [3.0, 4.0]]),
        NotEnoughData,
        "need at least 30 customers for 3 segments or more; found 2",
    ),
    "fewer customers than ten per segment": (
        lambda: blobs(29),
        NotEnoughData,
        "need at least 30 customers for 3 segments or more; found 29",
    ),
    "identical rows": (lambda: np.ones((1000, 3)), Degenerate, "need at least 1 feature that varies between customers; found 0"),
    "all null": (lambda: np.full((100, 2), np.nan), Degenerate, "no customer has a value"),
    "two distinct points": (
        lambda: np.repeat([[0.0, 0.0], [1.0, 1.0]], 50, axis=0),
        Degenerate,
        "need at least 3 different kinds of customers",
    ),
    "infinity": (lambda: with_cell(np.inf), Degenerate, "1 of 300 values are infinite"),
    "minus infinity": (lambda: with_cell(-np.inf), Degenerate, "1 of 300 values are infinite"),
    "no columns": (lambda: np.empty((100, 0)), Degenerate, "need at least 1 numeric feature; found 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_impossible_data_is_refused_with_what_is_needed(name):
    make, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        Segmentation(**FAST).fit(matrix(make()))


FLAGGED: dict[str, tuple[Callable[[], np.ndarray], str]] = {
    "constant column": (lambda: with_column(5.0), "degenerate: constant_column(x2)"),
    "null column": (lambda: with_column(np.nan), "degenerate: all_missing(x2)"),
    "all but one equal": (lambda: with_column(np.eye(300)[0]), "degenerate: almost_constant_column(x2)"),
    "duplicate column": (lambda: with_column(blobs()[:, 0]), "degenerate: duplicate_column(x2)"),
    "one percent missing": (lambda: some_missing(0.01), "filled_values"),
    "one customer of 1e18": (lambda: with_cell(1e18), "extreme_values"),
    "one customer of minus 1e18": (lambda: with_cell(-1e18), "extreme_values"),
    "one customer of 1e308": (lambda: with_cell(1e308), "extreme_values"),
}


@pytest.mark.parametrize("name", FLAGGED)
def test_harmful_columns_and_cells_are_flagged_and_change_no_other_customer(name):
    make, flag = FLAGGED[name]
    found = walk(matrix(make()))
    assert flag in flags(found)
    assert found.selection_.k == 3
    clean = Segmentation(**FAST).fit(matrix(blobs()))
    untouched = ~np.isnan(make()[:, :2]).any(axis=1) & (make()[:, :2] == blobs()).all(axis=1)
    assert _same_partition(found.labels_[untouched], clean.labels_[untouched])


def _same_partition(first: np.ndarray, second: np.ndarray) -> bool:
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    return len(pairs) == len({pair[0] for pair in pairs}) == len({pair[1] for pair in pairs})


SO_LARGE: dict[str, Callable[[], np.ndarray]] = {
    "half of all 1e308": lambda: np.where(np.arange(300)[:, None] % 2, blobs(), 1e308),
    "1e308 of both signs": lambda: np.where(np.arange(300)[:, None] % 2, -1e308, 1e308) * np.random.default_rng(0).random((300, 2)),
}


@pytest.mark.parametrize("name", SO_LARGE)
def test_numbers_too_large_to_tell_apart_are_refused_as_such(name):
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers"):
        Segmentation(**FAST).fit(matrix(SO_LARGE[name]()))
    assert np.isfinite([one.sd for one in summarise(matrix(SO_LARGE[name]()))]).all()


FINITE: dict[str, Callable[[], np.ndarray]] = {
    "tiny numbers": lambda: blobs() * 1e-300,
    "denormal numbers": lambda: blobs() * 1e-310,
    "all negative": lambda: -np.exp(np.random.default_rng(0).normal(size=(300, 2))),
    "eighty percent ties": lambda: np.where(np.arange(300)[:, None] % 5, 0.0, blobs()),
    "ten percent missing": lambda: some_missing(0.1),
    "half missing": lambda: some_missing(0.5),
    "more columns than customers": lambda: blobs(60, 400),
    "a long tail": lambda: np.exp(3 * np.random.default_rng(0).normal(size=(300, 2))),
    "a Cauchy tail": lambda: np.random.default_rng(0).standard_cauchy(size=(300, 2)),
    "large numbers one apart": lambda: 1e8 + np.round(blobs()),
    "one column": lambda: blobs()[:, :1],
}


@pytest.mark.parametrize("name", FINITE)
def test_awkward_data_gives_a_finite_answer(name):
    walk(matrix(FINITE[name]()))


def test_three_distinct_points_give_three_segments_and_say_why_not_more():
    found = walk(matrix(np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [40, 30, 30], axis=0)))
    assert [one.k for one in found.selection_.by_k] == [2, 3]
    assert np.bincount(found.labels_).tolist() == [0, 40, 30, 30]
    assert any("k = 5 is left out: need at least 5 different kinds of customers" in words for words in found.selection_.left_out)


def test_a_fixed_k_beyond_the_distinct_points_is_refused():
    with pytest.raises(Degenerate, match="need at least 5 different kinds of customers for 5 segments; found 3"):
        Segmentation(5).fit(matrix(np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 40, axis=0)))


def test_a_fixed_k_with_too_few_customers_is_refused():
    with pytest.raises(NotEnoughData, match="need at least 40 customers for 20 segments; found 30"):
        Segmentation(20).fit(matrix(blobs(30)))


def test_a_structureless_lognormal_is_not_praised_for_its_tail():
    values = np.exp(np.random.default_rng(0).normal(size=(3000, 2)))
    raw, _ = choose(values, Approach(starts=3), seed=0, k=3)
    found = Segmentation(3, starts=3).fit(matrix(values))
    before, after = (next(one for one in selection.by_k if one.k == 3) for selection in (raw, found.selection_))
    assert after.silhouette < before.silhouette - 0.1
    assert after.smallest > 2 * before.smallest
    assert "log(1 + x)" in found.preparation_.steps[0].reason


def test_one_absurd_customer_does_not_make_silhouettes_perfect():
    values = np.random.default_rng(0).normal(size=(1001, 2))
    values[500] = 1e18
    found = walk(matrix(values))
    assert max(one.silhouette for one in found.selection_.by_k) < 0.5
    assert min(one.smallest for one in found.selection_.by_k) > 10


def test_a_category_of_a_million_levels_is_left_out_of_the_clustering_and_flagged():
    n = 1_000_000
    levels = tuple(map(str, range(n)))
    column = Column("code", "Code", "category", levels=levels)
    from segmentry.preparation.learning import learn

    data = Matrix(np.arange(n).astype(object), (Column("x", "X"), column), np.column_stack([np.arange(n) % 7, np.arange(n)]).astype(float))
    prepared = learn(data, ["x", "code"])
    assert [drop.code for drop in prepared.dropped] == ["too_many_levels"]
    code = summarise(data)[1]
    assert len(code.levels) == 13
    assert code.level_counts[-1] == n - 12


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64", "float16", "float32", "float64"])
def test_every_numeric_dtype_gives_the_same_segments(dtype):
    whole = np.abs(np.round(blobs() * 2)).clip(0, 120)
    assert np.array_equal(Segmentation(3, starts=3).fit(whole.astype(dtype)).labels_, Segmentation(3, starts=3).fit(whole).labels_)


def test_decimals_in_an_object_array_are_numbers():
    whole = np.round(blobs(60))
    cells = np.array([[Decimal(int(cell)) for cell in row] for row in whole], dtype=object)
    assert np.array_equal(Segmentation(3, starts=3).fit(cells).labels_, Segmentation(3, starts=3).fit(whole).labels_)


def test_bools_are_clustered_as_numbers():
    cells = np.array([[place % 2 == 0, place % 3 == 0] for place in range(60)])
    assert np.bincount(Segmentation(4, starts=3).fit(cells).labels_).tolist() == [0, 20, 20, 10, 10]


def test_text_in_an_array_is_no_number_and_its_cells_are_not_told():
    with pytest.raises(UsageError) as refused:
        Segmentation().fit(np.array([["secret@example.org", 1]] * 50, dtype=object))
    assert "secret" not in str(refused.value)


def test_one_row_matrices_can_be_scored():
    found = Segmentation(3, starts=3).fit(matrix(blobs()))
    assert found.predict(matrix(blobs()[:1])).tolist() == [found.labels_[0]]
    assert found.predict(matrix(np.empty((0, 2)))).tolist() == []
