"""The trial from a table of who was drawn for what: outcomes from columns or purchases, windows, features of the day before, leaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.project.trial_tables import LAST, assignment, day, opened, orders, tried

from segmentry.errors import NotEnoughData, UsageError
from segmentry.project.trials import Tried

SIZE = 120


def shop(seed: int = 1, **more: Any) -> dict[str, dict[str, Any]]:
    return {"orders": orders(np.random.default_rng(seed), SIZE), "assignment": assignment(SIZE) | more}


@pytest.fixture(scope="module")
def plain() -> Tried:
    """The trial in the shop as it is."""
    return tried(shop())


def test_what_customers_bought_in_their_window_is_the_outcome_and_before_it_the_past(plain: Tried) -> None:
    trial, bought = plain.trial, shop()["orders"]
    assert [(metric.name, metric.kind) for metric in trial.metrics] == [("bought", "yes/no"), ("revenue", "money"), ("purchases", "number")]
    assert trial.metrics[0].words == "Bought within 30 days"
    amount, who, when = (np.array(bought[name]) for name in ("amount", "customer_id", "order_date"))
    for place, (first, last) in {"outcomes": (60, 31), "before": (90, 61)}.items():
        inside = (when >= day(first)) & (when <= day(last))
        spent = [float(np.round(amount[inside & (who == name)].sum(), 2)) for name in trial.ids.tolist()]
        days = [len(set(when[inside & (who == name)])) for name in trial.ids.tolist()]
        assert getattr(trial, place)[:, 1].round(2).tolist() == pytest.approx(spent)
        assert getattr(trial, place)[:, 2].tolist() == days
        assert getattr(trial, place)[:, 0].tolist() == [float(each > 0) for each in days]
    assert (plain.start, plain.days) == (LAST.fromisoformat(day(60)), 30)


def test_an_assignment_that_segmentry_wrote_is_by_lot_and_another_is_not(plain: Tried) -> None:
    assert plain.trial.assigned == "lot"
    tables = shop()
    del tables["assignment"]["stratum"]
    found = tried(tables)
    assert (found.trial.assigned, found.trial.shares) == ("unknown", ())


def test_customers_whose_window_is_not_over_are_left_out_and_counted() -> None:
    late = [day(30) if number < 100 else day(29) for number in range(SIZE)]
    found = tried(shop(assigned_on=late), trial={"days": 31})
    assert len(found.trial) == 100
    assert found.notes[0] == f"20 of 120 customers are left out: their 31 days are not over on {LAST}."


def test_a_trial_of_which_no_window_is_over_is_refused_with_the_days_to_wait() -> None:
    with pytest.raises(NotEnoughData, match=r"no window of 30 days is over: .* 20 days too early"):
        tried(shop(assigned_on=[day(9)] * SIZE), trial={"days": 30})


def test_features_are_those_of_the_day_before_the_start_whatever_came_later(plain: Tried) -> None:
    tables, found = shop(), plain
    later = {name: list(cells) for name, cells in tables["orders"].items()}
    keep = [place for place, when in enumerate(later["order_date"]) if when < day(60) or when == LAST.isoformat()]
    cut = tried({**tables, "orders": {name: [cells[place] for place in keep] for name, cells in later.items()}})
    assert found.matrix.names == cut.matrix.names
    assert np.array_equal(found.matrix.values, cut.matrix.values, equal_nan=True)
    assert found.matrix.names == found.today.names
    assert len(found.today) == SIZE


def test_outcomes_in_the_table_win_over_purchases_and_the_past_is_that_of_purchases(plain: Tried) -> None:
    found = tried(shop(bought=[number % 2 for number in range(SIZE)], spent=[number * 1.5 for number in range(SIZE)]))
    assert [metric.name for metric in found.trial.metrics] == ["bought", "spent"]
    assert found.trial.outcome("spent").tolist() == [number * 1.5 for number in range(SIZE)]
    past, same = found.trial.past("spent"), plain.trial.past("revenue")
    assert past is not None
    assert same is not None
    assert past.tolist() == same.tolist()


def test_the_settings_choose_outcomes_and_their_order() -> None:
    assert [metric.name for metric in tried(shop(), trial={"outcome": ["revenue", "bought"]}).trial.metrics] == ["revenue", "bought"]
    columns = shop(bought=[0, 1] * 60, calls=[number % 5 for number in range(SIZE)])
    assert [metric.name for metric in tried(columns, trial={"outcome": ["calls"]}).trial.metrics] == ["calls"]
    with pytest.raises(UsageError, match=r"trial.outcome names 'cals', .* did you mean 'calls'"):
        tried(columns, trial={"outcome": ["cals"]})


def test_of_several_experiments_the_last_is_taken_or_the_one_that_is_named() -> None:
    first, second = assignment(SIZE, back=90, name="Winter"), assignment(SIZE, back=60, name="Spring")
    tables = {"orders": orders(np.random.default_rng(1), SIZE), "assignment": {name: first[name] + second[name] for name in first}}
    found = tried(tables)
    assert found.trial.name == "Spring"
    assert "2 experiments" in found.notes[0]
    assert tried(tables, trial={"experiment": "Winter"}).start == LAST.fromisoformat(day(90))
    with pytest.raises(UsageError, match=r"'Sprng', .* did you mean 'Spring'"):
        tried(tables, trial={"experiment": "Sprng"})


def test_a_standing_hold_out_takes_no_part_and_leaks_all_the_same() -> None:
    arms = ["hold-out" if number < 20 else ("control", "offer")[number % 2] for number in range(SIZE)]
    contacts = {"customer_id": ["c0001", "c0002", "c0022"], "campaign": ["Spring"] * 3, "contact_date": [day(55)] * 3}
    found = tried(shop(arm=arms) | {"contacts": contacts})
    assert found.trial.arms == ("control", "offer")
    assert len(found.trial) == SIZE - 20
    assert "20 customers of a standing hold-out" in " ".join(found.notes)
    assert found.leak is not None
    assert (found.leak.controls, found.leak.contacted, found.leak.own) == (70, 3, True)


def test_customers_given_several_arms_are_left_out() -> None:
    twice = assignment(SIZE)
    tables = {"orders": orders(np.random.default_rng(1), SIZE), "assignment": {name: cells + cells[:1] for name, cells in twice.items()}}
    tables["assignment"]["arm"][-1] = "offer"
    found = tried(tables)
    assert "c0000" not in found.trial.ids.tolist()
    assert "1 customers were given several arms" in " ".join(found.notes)


def test_probabilities_that_are_the_same_within_an_arm_are_its_planned_shares() -> None:
    arms = ["control" if number % 4 == 0 else "offer" for number in range(SIZE)]
    found = tried(shop(arm=arms, probability=[0.25 if arm == "control" else 0.75 for arm in arms]))
    assert found.trial.shares == pytest.approx((0.25, 0.75))
    assert found.trial.propensity is not None
    assert np.allclose(found.trial.propensity, [0.25, 0.75])


def test_probabilities_of_their_own_are_logged_and_more_than_two_arms_need_equal_ones() -> None:
    chance = [0.3 if number % 3 else 0.6 for number in range(SIZE)]
    tables = shop(probability=chance)
    del tables["assignment"]["stratum"]
    found = tried(tables).trial
    assert found.assigned == "logged"
    assert found.propensity is not None
    assert found.propensity[np.arange(len(found)), found.arm].tolist() == chance
    tables["assignment"]["arm"] = [("control", "a", "b")[number % 3] for number in range(SIZE)]
    tables["assignment"]["probability"] = [0.2 + number / 1000 for number in range(SIZE)]
    several = tried(tables)
    assert (several.trial.assigned, several.trial.propensity) == ("unknown", None)
    assert "more than two arms" in " ".join(several.notes)


def test_other_campaigns_in_the_window_are_told_with_whom_they_reached() -> None:
    contacts = {
        "customer_id": ["c0000", "c0002", "c0001", "c0003"],
        "campaign": ["Mail", "Mail", "Mail", "Old"],
        "contact_date": [day(40)] * 3 + [day(70)],
    }
    found = tried(shop() | {"contacts": contacts})
    (other,) = found.overlaps
    assert (other.campaign, other.first, other.last) == ("Mail", day(40), day(40))
    assert found.trial.ids[other.reached].tolist() == ["c0000", "c0001", "c0002"]
    assert other.arms == pytest.approx((2 / 60, 1 / 60))
    assert found.leak is not None
    assert not found.leak.own


def test_a_trial_without_days_uses_its_own_outcomes_and_no_purchases_as_features() -> None:
    tables = shop(bought=[0, 1] * 60)
    del tables["assignment"]["assigned_on"]
    found = tried(tables)
    assert (found.start, found.days, found.trial.before) == (None, 0, None)
    assert found.matrix.names == ()


def test_a_trial_without_days_and_outcomes_is_refused() -> None:
    tables = shop()
    del tables["assignment"]["assigned_on"]
    with pytest.raises(NotEnoughData, match=r"the data has no day of the lot\. Next: add the day"):
        tried(tables)


def test_rows_without_a_day_are_left_out_where_purchases_are_counted() -> None:
    found = tried(shop(assigned_on=[None if number < 5 else day(60) for number in range(SIZE)]))
    assert len(found.trial) == SIZE - 5
    assert "5 of 120 customers are left out: no day says when they were drawn" in found.notes[0]


def test_whoever_was_drawn_and_never_bought_stays_in_the_trial() -> None:
    tables = shop()
    kept = [place for place, name in enumerate(tables["orders"]["customer_id"]) if name > "c0039"]
    tables["orders"] = {name: [list(cells)[place] for place in kept] for name, cells in tables["orders"].items()}
    found = tried(tables)
    assert len(found.trial) == SIZE
    assert not found.trial.outcomes[:40].any()


def test_a_trial_alone_is_enough() -> None:
    columns = assignment(SIZE) | {"converted": [number % 3 % 2 for number in range(SIZE)]}
    found = tried({"assignment": columns})
    assert (len(found.trial), found.matrix.names) == (SIZE, ())


def test_the_answer_does_not_depend_on_the_order_of_the_rows(plain: Tried) -> None:
    tables = shop()
    turned = {name: {key: list(cells)[::-1] for key, cells in columns.items()} for name, columns in tables.items()}
    one, two = plain.trial, tried(turned).trial
    assert one.ids.tolist() == two.ids.tolist()
    assert np.array_equal(one.outcomes, two.outcomes)
    assert one.arm.tolist() == two.arm.tolist()


def test_the_window_reaches_into_days_that_lack_rows_and_that_is_said() -> None:
    rng = np.random.default_rng(3)
    tables = {"orders": orders(rng, SIZE, per_day=40.0), "assignment": assignment(SIZE, back=29)}
    kept = [place for place, when in enumerate(tables["orders"]["order_date"]) if when < day(2) or place % 10 == 0]
    tables["orders"] = {name: [list(cells)[place] for place in kept] for name, cells in tables["orders"].items()}
    with opened(tables, run={"as_of": LAST.isoformat()}) as found:
        trial = found.trial()
    assert trial is not None
    assert "fewer purchases than the week before" in " ".join(trial.notes)
    assert "of all arms alike" in " ".join(trial.notes)
