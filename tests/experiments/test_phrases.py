"""The phrase book: verdicts never say more than was found, and a chance is only told with its prior, and right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from segmentry.errors import UsageError
from segmentry.experiments.phrases import VERDICTS, Prior, amount, believe, overstated, signed, told, verdict
from segmentry.experiments.trial import Metric

BOUGHT = Metric("bought", "Bought", "yes/no")
PRIOR = Prior(0.0, 0.01, "twelve mailings of 2025")


def test_no_verdict_says_more_than_was_found() -> None:
    assert {key: overstated(words) for key, words in VERDICTS.items()} == dict.fromkeys(VERDICTS, ())


@pytest.mark.parametrize(
    "words",
    [
        "95 % sure to win",
        "The offer certainly works.",
        "This proves that it pays.",
        "Significant at 5 %.",
        "With 95 % confidence the offer is better.",
        "A probability of being best of 97 %.",
        "The offer has no effect.",
        "The winner is the mail.",
        "Success is guaranteed.",
    ],
)
def test_phrases_that_say_too_much_are_found(words: str) -> None:
    assert overstated(words)


def test_an_unknown_verdict_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'unclear'"):
        verdict("unclaer")  # type: ignore[arg-type]


def test_events_called_90_percent_happen_in_90_of_100_cases() -> None:
    # 2,000 experiments whose true effects come from the prior: the effect is above what it is said to exceed with 90 % in 88 to 92 of 100.
    rng = np.random.default_rng(35)
    effects = rng.normal(PRIOR.mean, PRIOR.spread, 2000)
    errors = rng.uniform(0.002, 0.03, 2000)
    beliefs = [believe(BOUGHT, seen, error, PRIOR) for seen, error in zip(rng.normal(effects, errors), errors, strict=True)]
    happened = np.mean([effect > belief.exceeded(0.9) for effect, belief in zip(effects, beliefs, strict=True)])
    assert 0.88 <= happened <= 0.92


def test_chances_of_being_above_0_are_right_at_every_height() -> None:
    rng = np.random.default_rng(36)
    effects = rng.normal(PRIOR.mean, PRIOR.spread, 20_000)
    seen = rng.normal(effects, 0.008)
    said = np.array([believe(BOUGHT, value, 0.008, PRIOR).above for value in seen])
    for low in (0.1, 0.3, 0.5, 0.7, 0.9):
        inside = (said >= low - 0.05) & (said < low + 0.05)
        # 99.9 % band of the share that happened.
        assert abs((effects[inside] > 0).mean() - said[inside].mean()) < 3.3 * np.sqrt(0.25 / inside.sum())


def test_a_chance_that_forgets_its_prior_would_be_caught() -> None:
    # What a flat prior says of effects that are small: called 90 %, they happen more seldom.
    rng = np.random.default_rng(35)
    effects = rng.normal(PRIOR.mean, PRIOR.spread, 2000)
    errors = rng.uniform(0.002, 0.03, 2000)
    flat = [
        believe(BOUGHT, seen, error, Prior(0.0, 100.0, "flat")) for seen, error in zip(rng.normal(effects, errors), errors, strict=True)
    ]
    sure = [(effect > 0, belief.above) for effect, belief in zip(effects, flat, strict=True) if 0.85 < belief.above < 0.95]
    assert np.mean([happened for happened, _ in sure]) < 0.85


def test_the_prior_is_always_said() -> None:
    found = believe(BOUGHT, 0.01, 0.005, PRIOR)
    assert PRIOR.source in found.words
    assert "1 point" in found.words
    assert found.above == pytest.approx(norm.cdf(found.mean / found.spread))
    assert "over 99%" in believe(BOUGHT, 0.1, 0.005, PRIOR).words


@pytest.mark.parametrize(
    ("error", "prior", "said"),
    [(0.005, Prior(0.0, 0.01, " "), "no source"), (0.0, PRIOR, "error is 0"), (0.005, Prior(0.0, 0.0, "x"), "prior 0")],
)
def test_a_chance_without_prior_or_error_is_refused(error: float, prior: Prior, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        believe(BOUGHT, 0.01, error, prior)


def test_differences_are_told_as_people_read_them() -> None:
    assert [told(BOUGHT, value) for value in (0.01, 0.0123, 0.25, 0.00041)] == ["1 point", "1.2 points", "25 points", "0.041 points"]
    assert signed(Metric("m", "M", "money"), -12.5, "£") == "−£12.50"
    assert [amount(value, "EUR") for value in (1234.4, 99.5, 3.0, 0.046)] == ["1,234 EUR", "99.50 EUR", "3 EUR", "0.046 EUR"]
