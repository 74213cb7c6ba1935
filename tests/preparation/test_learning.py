"""Preparation: plain data stays plain, skew and tails are treated, everything is said, frozen and applied bit by bit alike."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from segmentry.errors import Degenerate, ModelRefused, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.preparation.learning import Preparation, learn
from segmentry.results import plain


def matrix(values, *columns: Column) -> Matrix:
    """Return a matrix with columns x0, x1, … unless they are given."""
    values = np.asarray(values, dtype=np.float64)
    named = columns or tuple(Column(f"x{place}", f"X{place}") for place in range(values.shape[1]))
    return Matrix(np.array([f"c{place:07d}" for place in range(len(values))], dtype=object), named, values)


def mixed(n: int = 500) -> Matrix:
    """Return a matrix with every kind of column, some values missing."""
    g = np.random.default_rng(3)
    values = np.column_stack(
        [g.normal(50, 10, n), np.exp(g.normal(4, 1, n)), g.normal(0, 1, n) ** 3, g.random(n), g.random(n) < 0.2, g.integers(0, 3, n)]
    )
    values[g.random(values.shape) < 0.05] = np.nan
    columns = (
        Column("age", "Age"),
        Column("spend", "Spend", "money"),
        Column("change", "Change"),
        Column("web", "Web share", "share"),
        Column("member", "Member", "flag"),
        Column("town", "Town", "category", levels=("A", "B", "C")),
    )
    return matrix(values, *columns)


def test_plain_columns_are_plainly_standardised():
    values = np.random.default_rng(0).normal([60, 50], [26, 25], (200, 2))
    points = learn(matrix(values)).apply(matrix(values))
    np.testing.assert_allclose(points, (values - values.mean(axis=0)) / values.std(axis=0), rtol=0, atol=1e-12)


def test_skewed_amounts_are_put_on_a_log_scale_first():
    values = np.exp(np.random.default_rng(0).normal(5, 1, (400, 1)))
    prepared = learn(matrix(values))
    logs = np.log1p(values[:, 0])
    assert prepared.steps[0].transform == "log1p"
    np.testing.assert_allclose(prepared.apply(matrix(values))[:, 0], (logs - logs.mean()) / logs.std(), atol=1e-9)
    assert "1 of them on a log scale" in prepared.space


def test_skewed_columns_with_negatives_get_a_signed_log():
    values = np.exp(np.random.default_rng(0).normal(5, 1, (400, 1)))
    values[:20] *= -0.01
    assert learn(matrix(values)).steps[0].transform == "signed log"


def test_shares_and_flags_keep_their_scale():
    g = np.random.default_rng(0)
    values = np.column_stack([g.beta(0.3, 5, 300), g.random(300) < 0.1])
    prepared = learn(matrix(values, Column("a", "A", "share"), Column("b", "B", "flag")))
    assert [step.transform for step in prepared.steps] == ["none", "none"]


def test_a_family_of_shares_weighs_as_one_feature():
    values = np.random.default_rng(0).dirichlet(np.full(4, 5.0), 500)
    columns = [Column(f"category={name}", name, "share", group="range") for name in "ABCD"]
    prepared = learn(matrix(values, *columns))
    assert [step.weight for step in prepared.steps] == [0.5] * 4
    assert prepared.apply(matrix(values, *columns)).var(axis=0).sum() == pytest.approx(1.0)


def test_two_lone_shares_of_a_group_are_no_family():
    values = np.random.default_rng(0).random((100, 2))
    prepared = learn(
        matrix(values, Column("return_share", "R", "share", group="value"), Column("discount_share", "D", "share", group="value"))
    )
    assert [step.weight for step in prepared.steps] == [1.0, 1.0]


def test_a_rare_flag_does_not_outweigh_everything():
    values = np.zeros((1000, 1))
    values[:15] = 1
    points = learn(matrix(values, Column("vip", "VIP", "flag"))).apply(matrix(values, Column("vip", "VIP", "flag")))
    # Plain standardisation would put them 8.2 deviations apart.
    assert np.ptp(points) == pytest.approx(1 / 0.3)


def test_missing_values_are_filled_with_the_median_and_marked():
    values = np.arange(100.0)[:, None]
    values[:10] = np.nan
    prepared = learn(matrix(values))
    points = prepared.apply(matrix(values))
    assert prepared.fitted_names == ("x0", "x0 (missing)")
    assert prepared.steps[0].missing == pytest.approx(0.1)
    assert points[0, 0] == 0.0
    assert np.ptp(points[:, 1]) == 1.0


def test_less_than_one_percent_missing_gets_no_indicator():
    values = np.arange(1000.0)[:, None]
    values[:9] = np.nan
    assert learn(matrix(values)).fitted_names == ("x0",)


def test_columns_that_are_missing_together_share_one_indicator():
    values = np.random.default_rng(0).normal(size=(100, 2))
    values[:30] = np.nan
    assert learn(matrix(values)).fitted_names == ("x0", "x0 (missing)", "x1")


def test_one_absurd_value_moves_no_other_customer():
    values = np.random.default_rng(0).normal(size=(300, 1))
    before = learn(matrix(values)).apply(matrix(values))
    values[7] = 1e18
    prepared = learn(matrix(values))
    after = prepared.apply(matrix(values))
    assert prepared.steps[0].beyond == 1
    assert np.abs(after - before)[np.arange(300) != 7].max() < 0.2
    assert after[7, 0] < 6


def test_a_heavy_tail_is_scaled_by_its_middle():
    values = np.random.default_rng(0).normal(size=(1000, 1))
    values[:30] *= 1000
    step = learn(matrix(values)).steps[0]
    assert step.heavy_tailed
    assert step.centre == step.fill
    assert step.beyond == 30
    assert "heavy tail" in step.reason


def test_categories_take_part_only_by_name():
    data = mixed()
    assert "town" not in learn(data).names
    assert learn(data, ["town"]).fitted_names == tuple(
        f"town: {level}" for level in sorted("ABC", key=lambda one: -(data.column("town") == "ABC".index(one)).sum())
    )


def test_different_levels_are_as_far_apart_as_two_numbers_on_average():
    town = Column("town", "Town", "category", levels=("A", "B"))
    values = np.arange(100.0)[:, None] % 2
    points = learn(matrix(values, town), ["town"]).apply(matrix(values, town))
    assert ((points[0] - points[1]) ** 2).sum() == pytest.approx(2.0)


def test_levels_are_recognised_by_their_text_not_by_their_code():
    values = np.arange(100.0)[:, None] % 2
    prepared = learn(matrix(values, Column("town", "Town", "category", levels=("A", "B"))), ["town"])
    swapped = matrix(1 - values, Column("town", "Town", "category", levels=("B", "A")))
    expected = prepared.apply(matrix(values, Column("town", "Town", "category", levels=("A", "B"))))
    assert np.array_equal(prepared.apply(swapped), expected)


def test_a_row_has_the_same_bits_in_any_batch():
    data = mixed()
    prepared = learn(data, [*data.names])
    together = prepared.apply(data)
    alone = np.vstack([prepared.apply(data.take([row])) for row in range(40)])
    assert together[:40].tobytes() == alone.tobytes()
    assert together[13:300].tobytes() == prepared.apply(data.take(np.arange(13, 300))).tobytes()


def test_it_survives_the_store_bit_by_bit():
    data = mixed()
    prepared = learn(data, [*data.names])
    text, numbers = prepared.to_arrays()
    back = Preparation.from_arrays(json.loads(json.dumps(plain(text))), numbers)
    assert back == prepared
    assert back.apply(data).tobytes() == prepared.apply(data).tobytes()


@pytest.mark.parametrize("damage", ["rows", "scale", "names", "nan"])
def test_damaged_arrays_are_refused(damage):
    text, numbers = learn(mixed()).to_arrays()
    steps = numbers["steps"].copy()
    if damage == "rows":
        steps = steps[1:]
    if damage == "scale":
        steps[0, 1] = 0.0
    if damage == "nan":
        steps[0, 0] = np.nan
    if damage == "names":
        text = {key: value for key, value in text.items() if key != "steps"}
    with pytest.raises(ModelRefused, match="MODEL_DAMAGED"):
        Preparation.from_arrays(text, {"steps": steps})


def test_a_negative_amount_of_a_new_customer_counts_as_none():
    values = np.exp(np.random.default_rng(0).normal(5, 1, (400, 1)))
    prepared = learn(matrix(values))
    assert np.array_equal(prepared.apply(matrix([[-5.0]])), prepared.apply(matrix([[0.0]])))


def test_an_infinite_value_of_a_new_customer_is_refused():
    prepared = learn(matrix(np.arange(100.0)[:, None]))
    with pytest.raises(Degenerate, match=r"column 'x0'.*infinite"):
        prepared.apply(matrix([[np.inf]]))


def test_a_missing_column_is_named():
    prepared = learn(mixed())
    with pytest.raises(UsageError, match="there is no column 'age'"):
        prepared.apply(matrix([[1.0]]))


def test_notes_speak_of_the_label_not_the_code_name():
    values = np.random.default_rng(0).normal(size=(300, 1))
    values[7] = 1e18
    (note,) = learn(matrix(values, Column("mny", "Total spend", "number"))).notes
    assert note.words.endswith("as if they stood at the edge (median ± 5 robust deviations), of 300: “Total spend”: 1.")


def test_steps_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        learn(mixed()).steps[0].centre = 1.0
