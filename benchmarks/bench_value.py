"""BG/NBD on a million customers, against lifetimes doing the same work in the same run.

    python benchmarks/bench_value.py [--customers 1000000] [--json out.json]

The work: fit BG/NBD to frequency, recency, tenure; then for every customer the probability of being alive and the expected purchases of 39 weeks. Customers
are simulated from the model with tenures of one to two years; times are whole days, given in weeks, as the features give them.

lifetimes is run as it is used best, twice, and its better time counts: on the table of customers, and on the table of different histories with
counts as weights (made with pandas, which is part of its time). Fits are compared by their log-likelihood, both computed here with the same function. Every
time is the best of two.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segmentry.value import BGNBD
from segmentry.value.geometric import Geometric
from segmentry.value.patterns import COLUMNS, Patterns
from segmentry.value.simulation import simulate

TRUTH = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
HORIZON = 39.0
# How many times faster the fit must be.
FASTER = 8


def customers(rows: int) -> np.ndarray:
    """Make histories in weeks, on whole days: the same every time."""
    tenure = np.random.default_rng(0).integers(365, 731, rows) / 7
    shop = simulate("BG/NBD", TRUTH, tenure, seed=1)
    recency = np.minimum(np.ceil(shop.recency * 7) / 7, tenure)
    return np.column_stack([shop.frequency, recency, tenure])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds, best of two, and the result."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def ours(histories: np.ndarray) -> dict[str, Any]:
    """Do the work with segmentry."""
    fitting, model = timed(lambda: BGNBD().fit(histories))
    living, alive = timed(lambda: model.probability_alive(histories))
    expecting, expected = timed(lambda: model.expected_purchases(HORIZON, histories))
    return {
        "seconds": {"fit": fitting, "alive": living, "expected": expecting},
        "params": model.params_,
        "alive": alive,
        "expected": expected,
    }


def theirs(histories: np.ndarray) -> dict[str, Any]:
    """Do the work with lifetimes, the fit in two ways."""
    from lifetimes import BetaGeoFitter

    frame = pd.DataFrame(histories, columns=list(COLUMNS))
    x, recency, tenure = (frame[name] for name in COLUMNS)

    def weighted() -> Any:
        table = frame.groupby(list(COLUMNS), sort=False).size().reset_index(name="weights")
        return BetaGeoFitter().fit(*(table[name] for name in COLUMNS), weights=table["weights"])

    plainly, model = timed(lambda: BetaGeoFitter().fit(x, recency, tenure))
    aggregated, other = timed(weighted)
    living, alive = timed(lambda: model.conditional_probability_alive(x, recency, tenure))
    expecting, expected = timed(lambda: model.conditional_expected_number_of_purchases_up_to_time(HORIZON, x, recency, tenure))
    best = model if plainly < aggregated else other
    return {
        "seconds": {"fit": min(plainly, aggregated), "alive": living, "expected": expecting},
        "ways": {"customers": plainly, "different histories with weights": aggregated},
        "params": {name: float(value) for name, value in best.params_.items()},
        "alive": np.asarray(alive),
        "expected": np.asarray(expected),
    }


def table(mine: dict[str, Any], other: dict[str, Any], patterns: Patterns) -> dict[str, Any]:
    """Print the comparison, and return its figures."""
    words = {"fit": "fit of BG/NBD", "alive": "probability alive, all", "expected": "purchases of 39 weeks, all"}
    print(f"{patterns.customers:,.0f} customers, {len(patterns):,} different histories")
    print(f"\n{'seconds':34} {'segmentry':>10} {'lifetimes':>10} {'times faster':>13}")
    for name, label in words.items():
        one, two = mine["seconds"][name], other["seconds"][name]
        print(f"{label:34} {one:10.3f} {two:10.2f} {two / one:13.1f}")
    print("\nlifetimes' fits: " + ", ".join(f"{seconds:.2f} s on {way}" for way, seconds in other["ways"].items()))
    values = []
    for label, found in (("segmentry", mine), ("lifetimes", other)):
        logs = np.log([found["params"][name] for name in Geometric(0).names])
        values.append(Geometric(0).gradient(logs, patterns)[0])
        print(f"{label}: log-likelihood {values[-1]:.4f} at " + ", ".join(f"{name} {value:.5f}" for name, value in found["params"].items()))
    apart = {name: float(np.nanmax(np.abs(mine[name] - other[name]))) for name in ("alive", "expected")}
    print(f"largest difference of a customer: {apart['alive']:.1e} in the probability alive, {apart['expected']:.1e} purchases")
    ratios = {name: other["seconds"][name] / mine["seconds"][name] for name in words}
    return {
        "ours": mine["seconds"],
        "theirs": other["seconds"],
        "ways": other["ways"],
        "ratios": ratios,
        "log_likelihoods": values,
        "apart": apart,
    }


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    histories = customers(options.customers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = table(ours(histories), theirs(histories), Patterns.of(histories))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    same = abs(results["log_likelihoods"][0] - results["log_likelihoods"][1]) < 0.01
    quick = results["ratios"]["fit"] >= FASTER and min(ratio for name, ratio in results["ratios"].items() if name != "fit") >= 1
    return 0 if same and quick else 1


if __name__ == "__main__":
    sys.exit(main())
