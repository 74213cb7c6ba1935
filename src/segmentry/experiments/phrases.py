"""The phrase book: the words in which verdicts on experiments are given, so that they never say more than was found.

A p-value is not the chance that there is no effect, and a 95% interval is not a bet on its middle (Wasserstein and Lazar 2016, "The ASA's statement on
p-values"). So verdicts are taken from `VERDICTS`, and `overstated` finds the phrases that do not belong into one. A chance that an effect is above 0 can
be given only by `believe`, which asks for what was believed before (the prior) and says it: with another prior it is another chance.

When NOT to use a belief: with a prior that was chosen after seeing the result.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from segmentry.checks import check_choice, check_range
from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric
from segmentry.preparation.words import figure, percent

Verdict = Literal["more", "less", "unclear", "running", "may stop", "hidden", "not attributable", "exploratory", "too few"]

VERDICTS: dict[Verdict, str] = {
    "more": "More than among the customers who were left alone, beyond chance.",
    "less": "Less than among the customers who were left alone, beyond chance.",
    "unclear": "No evidence of an effect: what was seen is within what chance does. That is no proof that there is none.",
    "running": "Too early to say: go on to the planned day. The interval holds on whichever day one looks.",
    "may stop": "Beyond chance on whichever day one looks: the experiment may stop.",
    "hidden": "Not shown: the arms are not as large as planned, so the figures cannot be trusted.",
    "not attributable": "Not attributable: nobody was left alone at the same time, so nothing says what would have happened anyway.",
    "exploratory": "Exploratory: not declared before the start. A reason for a new experiment, not a result.",
    "too few": "Too few customers for a verdict.",
}

_OVERSTATED = (
    r"\bsure\b",
    r"\bcertain(?:ly|ty)?\b",
    r"\bguarantee[ds]?\b",
    r"\bprove[sdn]?\b",
    r"\bwinner\b|\bwins?\b",
    r"\bsignifican(?:t|ce)\b",
    r"\bconfiden(?:t|ce)\b",
    r"\b(?:chance|probability|likelihood) (?:of being|to be|that it is|that [\w ]+ is) (?:better|best|worse|the best)\b",
    r"\bno effect (?:at all|whatsoever)\b|\bhas no effect\b|\bdoes not work\b",
)


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of an effect before the experiment: normal about `mean` with standard deviation `spread`.

    Parameters
    ----------
    mean, spread : float
        In the metric's own unit; the spread is above 0.
    source : str
        Where it comes from, such as "12 mailings of 2025".
    """

    mean: float
    spread: float
    source: str


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of an effect after the experiment, if the prior is right: normal.

    Parameters
    ----------
    mean, spread : float
        In the metric's own unit.
    prior : Prior
    above : float
        Chance that the effect is above 0.
    words : str
        With the prior, always.
    """

    mean: float
    spread: float
    prior: Prior
    above: float
    words: str

    def exceeded(self, chance: float) -> float:
        """Return what the effect is above with that chance; raise `UsageError` unless it is between 0 and 1.

        Examples
        --------
        >>> found = believe(Metric("bought", "Bought", "yes/no"), 0.01, 0.005, Prior(0.0, 0.01, "twelve mailings"))
        >>> round(found.exceeded(0.9), 4)
        0.0023
        """
        from scipy.stats import norm

        check_range("chance", chance, 1e-9, 1 - 1e-9)
        return float(self.mean - norm.ppf(chance) * self.spread)


def verdict(key: Verdict) -> str:
    """Return the words of a verdict.

    Raises
    ------
    UsageError
        When the phrase book has no such verdict.

    Examples
    --------
    >>> verdict("too few")
    'Too few customers for a verdict.'
    """
    check_choice("verdict", key, VERDICTS)
    return VERDICTS[key]


def overstated(words: str) -> tuple[str, ...]:
    """Return the phrases of a text that say more than an experiment can.

    Examples
    --------
    >>> overstated("The offer is 95 % sure to win."), overstated(VERDICTS["more"])
    (('sure', 'win'), ())
    """
    found = (match for pattern in _OVERSTATED for match in re.finditer(pattern, words, re.IGNORECASE))
    # "No proof that there is none" takes back what it names.
    return tuple(match.group(0) for match in sorted(found, key=lambda match: match.start()))


def believe(metric: Metric, difference: float, error: float, prior: Prior) -> Belief:
    """Return what is to be believed of an effect, given a prior that was stated beforehand.

    The normal prior and the normal likelihood of the measured difference give a normal belief (Gelman et al. 2013, "Bayesian data analysis", section 2.5).

    Parameters
    ----------
    metric : Metric
    difference, error : float
        As measured, with its standard error, which is above 0.
    prior : Prior

    Raises
    ------
    UsageError
        When the prior has no source, or an error or spread is not above 0.

    Examples
    --------
    >>> found = believe(Metric("bought", "Bought", "yes/no"), 0.01, 0.005, Prior(0.0, 0.01, "the mailings of 2025"))
    >>> found.words[:74]
    'If effects are spread around 0 points with a standard deviation of 1 point'
    >>> found.words[75:]
    '(the mailings of 2025), the effect on Bought is above 0 with a chance of 96%.'
    """
    from scipy.stats import norm

    if not prior.source.strip():
        raise UsageError("the prior has no source; allowed is one with a sentence about where it comes from. Say it, or give no chance.")
    if not (error > 0 and prior.spread > 0 and math.isfinite(difference + error + prior.mean + prior.spread)):
        raise UsageError(f"the error is {error:g} and the spread of the prior {prior.spread:g}; allowed is above 0. Give both.")
    weight = prior.spread**2 / (prior.spread**2 + error**2)
    mean = weight * difference + (1 - weight) * prior.mean
    spread = math.sqrt(weight) * error
    above = float(norm.cdf(mean / spread))
    centre = f"{'−' if prior.mean < 0 else ''}{told(metric, prior.mean)}"
    words = (
        f"If effects are spread around {centre} with a standard deviation of {told(metric, prior.spread)} ({prior.source}), the effect on {metric.words} "
        f"is above 0 with a chance of {_bounded(above)}."
    )
    return Belief(mean, spread, prior, above, words)


def told(metric: Metric, value: float, currency: str = "") -> str:
    """Return a difference of a metric for a sentence, without its sign.

    Examples
    --------
    >>> told(Metric("bought", "Bought", "yes/no"), 0.0123), told(Metric("spend", "Spend", "money"), -3.456, "EUR")
    ('1.2 points', '3.46 EUR')
    """
    size = abs(value)
    if metric.kind == "yes/no":
        points = f"{100 * size:.0f}" if size >= 0.1 or size == 0 else f"{100 * size:.2g}"
        return f"{points} point{'' if points == '1' else 's'}"
    return amount(size, currency) if metric.kind == "money" else figure(size)


def signed(metric: Metric, value: float, currency: str = "") -> str:
    """Return a difference of a metric with its sign.

    Examples
    --------
    >>> signed(Metric("bought", "Bought", "yes/no"), -0.0123)
    '−1.2 points'
    """
    return f"{'−' if value < 0 else '+' if value > 0 else ''}{told(metric, value, currency)}"


def amount(value: float, currency: str = "") -> str:
    """Return money for a sentence: whole from 100 on, cents below, two digits below one.

    Examples
    --------
    >>> amount(1234.5, "EUR"), amount(3.456, "£"), amount(-20), amount(0.0317)
    ('1,234 EUR', '£3.46', '−20', '0.032')
    """
    size = abs(value)
    text = f"{size:,.0f}" if size >= 100 or size == round(size) else f"{size:.2f}" if size >= 1 else f"{size:.2g}"
    if currency:
        text = f"{text} {currency}" if currency.isalpha() else f"{currency}{text}"
    return f"−{text}" if value < 0 else text


def _bounded(chance: float) -> str:
    """Return a chance that is never said to be 0 or 1."""
    return "over 99%" if chance > 0.99 else "under 1%" if chance < 0.01 else percent(chance)
