"""Tables of customers: accepted where tenure, recency and purchases are of one process, refused with reasons where not."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.value.simulation import simulate
from segmentry.value.snapshots import history, identify

SHOPS = 20
PROCESSES = {
    "BG/NBD": {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.5532, "alpha": 10.576, "s": 0.6063, "beta": 11.672},
}


def snapshot(process: str, seed: int, customers: int = 1000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return days since the first purchase, days since the last one and purchases, of customers who came over two years."""
    tenure = np.random.default_rng([seed, 7]).integers(30, 730, customers) / 7
    drawn = simulate(process, PROCESSES[process], tenure, seed=seed)
    return np.round(tenure * 7), np.floor((tenure - drawn.recency) * 7), drawn.frequency + 1


@pytest.mark.parametrize("process", PROCESSES)
def test_shops_of_one_process_are_accepted(process):
    for seed in range(SHOPS):
        found = identify(*snapshot(process, seed))
        assert found.problem is None, found.problem.reason
        assert all(check.holds for check in found.checks)


@pytest.mark.parametrize("process", PROCESSES)
def test_shops_with_shuffled_recency_are_refused(process):
    for seed in range(SHOPS):
        tenure, recency, purchases = snapshot(process, seed)
        found = identify(tenure, np.random.default_rng(seed).permutation(recency), purchases)
        assert found.problem is not None
        assert found.problem.code == "NOT_ONE_PROCESS"
        assert not next(check for check in found.checks if check.code == "within_tenure").holds


@pytest.mark.parametrize("process", PROCESSES)
def test_shops_of_whom_only_recent_visitors_are_in_the_table_are_refused(process):
    refused = 0
    for seed in range(SHOPS):
        tenure, recency, purchases = snapshot(process, seed, customers=5000)
        here = recency < 90
        found = identify(tenure[here], recency[here], purchases[here])
        refused += found.problem is not None and "drop-out is not identified" in found.problem.reason
    assert refused == SHOPS


@pytest.mark.realdata
def test_customer_personality_is_refused_with_every_reason(realdata):
    with realdata("customer-personality/marketing_campaign.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    joined = np.array(["-".join(reversed(row["Dt_Customer"].split("-"))) for row in rows], dtype="datetime64[D]")
    tenure = (np.datetime64("2014-06-29") - joined).astype(int)
    recency = [float(row["Recency"]) for row in rows]
    purchases = [sum(float(row[f"Num{where}Purchases"]) for where in ("Web", "Catalog", "Store")) for row in rows]
    found = identify(tenure, recency, purchases, names=("Dt_Customer", "Recency", "purchases"))
    assert found.customers == 2240
    assert found.problem is not None
    for words in (
        "Every Recency from 0 to 99 days is about as common as any other (uniform",
        "Recency is unrelated to purchases: rank correlation of Recency and purchases at equal Dt_Customer is 0.01",
        "For 147 of 2,240 customers the last purchase (Recency) lies before the day they became one (Dt_Customer)",
        "Nobody is absent longer than 99 days",
        "drop-out is not identified",
    ):
        assert words in found.problem.reason
    assert {check.code for check in found.checks if check.holds} == {"whole_counts"}


def test_a_sign_up_that_is_no_purchase_is_told():
    tenure, recency, purchases = snapshot("Pareto/NBD", 0)
    found = identify(tenure + 60, recency, purchases)
    assert [check.code for check in found.checks if not check.holds] == ["begun_by_purchase"]


def test_money_in_place_of_purchases_is_told():
    tenure, recency, purchases = snapshot("Pareto/NBD", 0)
    found = identify(tenure, recency, purchases * 9.99)
    assert [check.code for check in found.checks if not check.holds] == ["whole_counts"]


def test_too_few_customers_are_refused_with_what_is_needed():
    tenure, recency, purchases = snapshot("Pareto/NBD", 0)
    assert identify(tenure[:99], recency[:99], purchases[:99]).problem.reason.endswith("found 99")
    assert "30 customers with a repeat purchase; found 0" in identify(tenure, tenure, 0 * purchases + 1).problem.reason
    assert identify([], [], []).problem.code == "TOO_FEW_CUSTOMERS"


def test_missing_values_are_left_out_and_a_stray_customer_does_not_matter():
    tenure, recency, purchases = snapshot("Pareto/NBD", 0)
    recency[:5], purchases[5:9], tenure[9] = np.nan, np.nan, 0.0
    found = identify(tenure, recency, purchases)
    assert (found.customers, found.problem) == (991, None)


@pytest.mark.parametrize("value", [0.0, 5.0, 1e300])
def test_columns_that_do_not_vary_are_refused(value):
    same = np.full(500, value)
    found = identify(same, same, np.full(500, 3.0))
    assert found.problem is not None
    assert "nan" not in found.problem.reason


def test_columns_of_different_length_are_refused():
    with pytest.raises(UsageError, match="have 2, 1, 2 rows"):
        identify([1, 2], [1], [1, 2])


def test_history_counts_as_the_literature_does_and_leaves_out_contradictions():
    found = history([70, 70, 7, 70, 70, 70, 0], [14, 70, 9, 70, np.nan, 1, 0], [3, 1, 2, 4, 2, 0, 1])
    assert found[0].tolist() == [2, 8, 10]
    assert found[1].tolist() == [0, 0, 10]
    # Four purchases on the first day are one occasion.
    assert found[3].tolist() == [0, 0, 10]
    assert np.isnan(found[[2, 4, 5, 6]]).all()
    assert history([70.0], [14.0], [3.0], unit=1.0).tolist() == [[2, 56, 70]]


def test_a_fit_on_the_history_of_a_snapshot_finds_the_shop():
    from segmentry.value import ParetoNBD

    model = ParetoNBD().fit(history(*snapshot("Pareto/NBD", 3, customers=4000)))
    truth = PROCESSES["Pareto/NBD"]
    apart = np.log([model.params_[name] / value for name, value in truth.items()]) / np.sqrt(np.diag(model.covariance_))
    assert np.abs(apart).max() < 4
