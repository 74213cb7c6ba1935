"""A plan for a million customers and ten offers, and the same work by HiGHS on as many customers as it finishes, in the same run.

    python benchmarks/bench_plans.py [--customers 1000000] [--seconds 300] [--json out.json]

The work: who of the customers gets which of ten offers, or none, within a budget, two capacities and a contact cap, to a certified gap of 1e-4. Effects differ
between customers and offers, and so do expected costs of vouchers.

HiGHS (`scipy.optimize.milp`) is asked for the same gap, on the same figures, and only its own seconds count; ours are those of the whole plan, eligibility,
hashes of ids and the proof included. Sizes double until HiGHS needs longer than it is given; the ratio that counts is that of the largest size it finished.
Every size runs in a process of its own, which says how much memory it took at most.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget, Capacity, ContactCap
from segmentry.plans.formulation import formulate
from segmentry.plans.objectives import ContactCost, Profit
from segmentry.plans.offers import Offer
from segmentry.plans.targeting import Targeting

# One thread, for us and for HiGHS.
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
OFFERS = 10
GAP, FASTER, GIGABYTES = 1e-4, 100, 2.0
SMALLEST = 1_000
OBJECTIVE = Profit() - ContactCost()


def candidates(customers: int) -> Candidates:
    """Make customers with effects: the same every time."""
    rng = np.random.default_rng(3)
    channels = ("mail", "mail", "mail", "phone", "phone", "mobile", "mobile", "mobile", "web", "web")
    offers = tuple(
        Offer(
            f"Offer {place + 1}",
            channel,
            cost=float(rng.uniform(0.3, 1.5)),
            conversion_cost=2.0 * (place % 2),
            value=float(rng.uniform(20, 60)),
        )
        for place, channel in enumerate(channels)
    )
    effects = rng.gamma(2.0, 0.01, (customers, OFFERS)) * np.linspace(0.8, 1.3, OFFERS)
    answers = np.minimum(effects + rng.beta(2.0, 20.0, (customers, 1)), 1.0)
    ids = np.array([f"C{number:07d}" for number in range(customers)], dtype=object)
    earlier = rng.poisson(0.7, customers).astype(np.float64)
    return Candidates(ids, offers, effects, answers=answers, earlier=earlier)


def constraints(customers: int) -> list[Any]:
    """Return limits in proportion to the customers."""
    return [Budget(0.3 * customers), Capacity("mail", customers // 10), Capacity("mobile", customers // 10), ContactCap(2, per="month")]


def ours(customers: int) -> dict[str, Any]:
    """Plan, in this process."""
    chosen = candidates(customers)
    targeting = Targeting(OBJECTIVE, constraints(customers), gap=GAP)
    Targeting(OBJECTIVE, constraints(100)).plan(candidates(100))  # what is loaded once
    start = time.perf_counter()
    plan = targeting.plan(chosen)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
        "treated": plan.treated,
        "limits": [(limit.name, limit.used, limit.allowed, limit.price) for limit in plan.limits],
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def theirs(customers: int, limit: float) -> dict[str, Any]:
    """Solve the same with HiGHS, in this process."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    formed = formulate(candidates(customers), OBJECTIVE, constraints(customers))
    sack = formed.sack
    offer, column = np.nonzero(np.isfinite(sack.gain))
    one = csr_array((np.ones(len(offer)), (column, np.arange(len(offer)))), shape=(sack.customers, len(offer)))
    takes = sack.takes[:, offer]
    for place, more in enumerate(sack.further):
        if more is not None:
            takes[sack.money, offer == place] += more[column[offer == place]]
    start = time.perf_counter()
    answer = milp(
        -sack.gain[offer, column],
        constraints=LinearConstraint(vstack([csr_array(takes), one]), -np.inf, np.concatenate([sack.limits, np.ones(sack.customers)])),
        bounds=Bounds(0.0, 1.0),
        integrality=np.ones(len(offer)),
        options={"mip_rel_gap": GAP, "time_limit": limit},
    )
    return {
        "seconds": time.perf_counter() - start,
        "value": None if answer.x is None else -float(answer.fun) * formed.gain_unit,
        "finished": answer.status == 0,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def apart(*words: str) -> dict[str, Any]:
    """Do one part of the work in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=True, env=os.environ | THREADS)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(seconds: float) -> list[dict[str, Any]]:
    """Double the customers until HiGHS does not finish."""
    found, customers = [], SMALLEST
    while True:
        mine = apart("--only", "ours", "--customers", str(customers))
        other = apart("--only", "highs", "--customers", str(customers), "--seconds", str(seconds))
        row = {"customers": customers, "ours": mine, "highs": other, "ratio": other["seconds"] / mine["seconds"]}
        found.append(row)
        ended = f"{other['seconds']:9.2f}" if other["finished"] else f"> {seconds:7.0f}"
        value = "" if other["value"] is None else f"{other['value'] / mine['bound']:10.6f}"
        print(
            f"{customers:>10,} {mine['seconds']:9.3f} {ended} {row['ratio']:8.0f} {mine['value'] / mine['bound']:10.6f} {value:>10}",
            flush=True,
        )
        if not other["finished"]:
            return found
        customers *= 2


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=300.0, help="what HiGHS is given for one size")
    parser.add_argument("--only", choices=("ours", "highs"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(ours(options.customers) if options.only == "ours" else theirs(options.customers, options.seconds)))
        return 0
    large = apart("--only", "ours", "--customers", str(options.customers))
    print(
        f"{options.customers:,} customers × {OFFERS} offers: {large['seconds']:.2f} s, gap {large['gap']:.1e}, {large['gigabytes']:.2f} GB at most"
    )
    for limit, used, allowed, price in large["limits"]:
        print(f"  {limit}: {used:,.1f} of {allowed:,.1f} used, one more brings {price:.3f}")
    print(
        f"\n{'customers':>10} {'ours, s':>9} {'HiGHS, s':>9} {'ratio':>8} {'ours':>10} {'HiGHS':>10}   value, share of the bound we prove"
    )
    rows = compare(options.seconds)
    finished = [row for row in rows if row["highs"]["finished"]]
    ratio = finished[-1]["ratio"] if finished else 0.0
    print(f"\nratio at the largest size HiGHS finished: {ratio:.0f} (asked for: {FASTER})")
    if options.json:
        options.json.write_text(json.dumps({"large": large, "sizes": rows, "ratio": ratio}, indent=2) + "\n")
    worst = max([large["gap"], *(row["ours"]["gap"] for row in rows)])
    return 0 if ratio >= FASTER and worst <= GAP and large["gigabytes"] <= GIGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
