"""Where no columns belong together, no pair is found; a planted link is found."""

from __future__ import annotations

import numpy as np
from scipy import stats

from segmentry.explore.findings import believed, findings
from segmentry.explore.pairs import associate
from segmentry.matrix import Column, Matrix

CUSTOMERS, SIMULATIONS = 300, 200
LEVELS = ("A", "B", "C")
KINDS = ("number",) * 8 + ("flag",) * 2 + ("category",) * 2


def noise(seed: int) -> Matrix:
    """Return twelve unrelated columns: bell-shaped, lopsided, tied, yes or no, of three levels, some with gaps."""
    g = np.random.default_rng(seed)
    shape = (CUSTOMERS, 4)
    numbers = [g.normal(size=shape), np.exp(1.5 * g.normal(size=(CUSTOMERS, 2))), g.poisson(1.0, (CUSTOMERS, 2))]
    values = np.column_stack([*numbers, g.random((CUSTOMERS, 2)) < 0.2, g.integers(0, 3, (CUSTOMERS, 2))]).astype(float)
    values[g.random(CUSTOMERS) < 0.1, 1] = np.nan
    columns = tuple(Column(f"c{place}", f"C{place}", kind, levels=LEVELS if kind == "category" else ()) for place, kind in enumerate(KINDS))
    return Matrix(np.arange(CUSTOMERS).astype(object), columns, values)


def test_pure_noise_gives_pairs_in_five_percent_of_tables_at_most():
    highest = stats.binom.ppf(0.999, SIMULATIONS, 0.05)
    found = [associate(noise(seed)) for seed in range(SIMULATIONS)]
    # Without the stated effect size the correction for many tests has to hold the rate alone.
    assert sum(bool(believed(one, 0.0)) for one in found) <= highest
    assert sum(bool(findings([], one)) for one in found) <= highest


def test_a_planted_link_of_four_tenths_is_found():
    missed = 0
    for seed in range(20):
        matrix = noise(seed)
        matrix.values[:, 0] = 0.4 * matrix.values[:, 2] + np.sqrt(1 - 0.16) * matrix.values[:, 0]
        missed += not any(each.column == "c0 and c2" for each in findings([], associate(matrix)))
    assert missed <= stats.binom.ppf(0.999, 20, 0.05)
