"""Intervals hold what they promise: simulated shops are fitted, foretold, and lived through.

Each shop draws its customers and their money from known parameters, the models are fitted to what was seen, and the future is counted. Customers: pooled, 87 to 93 %
of their 90 % intervals hold. Sums over a shop: the rate of 400 shops is within the binomial band (99 %) of 90 %, and the mean bias is at most 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

from segmentry.errors import DataRefused
from segmentry.results import Estimate
from segmentry.value import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from segmentry.value.discounting import Terms
from segmentry.value.forecast import ALL, forecast
from segmentry.value.results import Model
from segmentry.value.simulation import simulate

# Near those of CDNOW, in weeks.
SHOPS: list[tuple[Any, Model, dict[str, float]]] = [
    (BGNBD, "BG/NBD", {"r": 0.24, "alpha": 4.4, "a": 0.8, "b": 2.4}),
    (MBGNBD, "MBG/NBD", {"r": 0.52, "alpha": 6.2, "a": 0.9, "b": 1.6}),
    (ParetoNBD, "Pareto/NBD", {"r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7}),
]
EACH = pytest.mark.parametrize(("kind", "name", "params"), SHOPS, ids=[name for _, name, _ in SHOPS])
SEEN, HORIZON = 78.0, 52.0


@dataclass(frozen=True)
class Lived:
    """One shop: shares of customers inside their intervals, and estimates of sums beside what came."""

    purchases_inside: float
    value_inside: float
    purchases: tuple[Estimate, float]
    value: tuple[Estimate, float]


def lived(kind: Any, name: Model, params: dict[str, float], *, customers: int, seed: int) -> Lived:
    """Play a shop, fit both models to what was seen, foretell, and compare. Spend is Gamma(6.25, ν), ν ~ Gamma(3.74, 15.44)."""
    rng = np.random.default_rng([seed, 22])
    shop = simulate(name, params, rng.uniform(0.3 * SEEN, SEEN, customers), horizon=HORIZON, seed=rng)
    nu = rng.gamma(3.74, 1 / 15.44, customers)
    spent, coming = (np.where(count > 0, rng.gamma(6.25 * np.maximum(count, 1)) / nu, 0.0) for count in (shop.frequency, shop.future))
    value = np.divide(spent, shop.frequency, out=np.full(customers, np.nan), where=shop.frequency > 0)
    model = kind().fit(shop.histories)
    again = shop.frequency > 0
    spend = GammaGamma().fit(np.column_stack([shop.frequency, value])[again])
    told, sums = forecast(model, shop.histories, terms=Terms(HORIZON), value=value, spend=spend, seed=seed)
    return Lived(
        float(np.mean((told.purchases_low <= shop.future) & (shop.future <= told.purchases_high))),
        float(np.mean((told.low <= coming) & (coming <= told.high))),
        (sums[ALL].purchases, float(shop.future.sum())),
        (sums[ALL].value, float(coming.sum())),
    )


def inside(pairs: list[tuple[Estimate, float]]) -> int:
    return sum(estimate.low <= came <= estimate.high for estimate, came in pairs)


@EACH
def test_nine_of_ten_customers_are_inside_their_intervals(kind: Any, name: Model, params: dict[str, float]) -> None:
    shops = [lived(kind, name, params, customers=2000, seed=seed) for seed in range(3)]
    assert 0.87 <= np.mean([shop.purchases_inside for shop in shops]) <= 0.93
    assert 0.87 <= np.mean([shop.value_inside for shop in shops]) <= 0.93


@pytest.mark.slow
@EACH
def test_nine_of_ten_sums_are_inside_their_intervals(kind: Any, name: Model, params: dict[str, float]) -> None:
    shops = []
    for seed in range(1000, 1420):
        try:
            shops.append(lived(kind, name, params, customers=600, seed=seed))
        except DataRefused:
            continue
    # Small shops may be refused, but few of them.
    assert len(shops) >= 400
    low, high = stats.binom.ppf([0.005, 0.995], len(shops), 0.9)
    for pairs in ([shop.purchases for shop in shops], [shop.value for shop in shops]):
        rate, bias = inside(pairs), np.mean([estimate.value / came - 1 for estimate, came in pairs])
        print(f"{name}: {rate} of {len(shops)} inside ({rate / len(shops):.1%}), mean bias {bias:+.2%}")
        assert low <= rate <= high
        assert abs(bias) <= 0.05
