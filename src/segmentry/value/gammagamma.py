"""Gamma-Gamma: what a customer spends per purchase, known the better the more purchases were seen.

The values of a customer's purchases are Gamma(p, ν), and the ν of customers are Gamma(q, v). Of x repeat purchases of mean z the density is

    Γ(px+q) / (Γ(px) Γ(q)) · v^q z^(px−1) x^(px) / (v + xz)^(px+q)

and the mean spend to expect lies between the customer's own mean and that of all, p v / (q − 1), which has the weight (q − 1) / (px + q − 1). Everything is
computed from logarithms, so that neither the currency nor a huge value matters.

Source: Fader, Hardie and Lee 2005, "RFM and CLV"; Fader and Hardie 2013, "The Gamma-Gamma model of monetary value". The published figures for CDNOW are of
repeat purchases: the first is left out of the mean as of the frequency, and so are customers whose mean is zero. Not where spend depends on how often a
customer buys (see `independence`), nor where purchases have one price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.value.fitting import enough_repeaters, maximise
from segmentry.value.patterns import Axis
from segmentry.value.results import Check

Floats = NDArray[np.float64]

# Rank correlations up to this are weak, and bend the forecast little.
WEAK = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """Distinct pairs of frequency and mean value, with counts; sorted, so that the order of the customers changes nothing.

    Parameters
    ----------
    frequency : float array, shape (d,)
        Purchases that the mean is taken over, at least 1.
    value : float array, shape (d,)
        Mean value, above 0.
    counts : float array, shape (d,)
        Customers (sums of weights).
    """

    frequency: Floats
    value: Floats
    counts: Floats

    @classmethod
    def of(cls, frequency: Floats, value: Floats, counts: Floats) -> Spending:
        """Count pairs."""
        order = np.lexsort((counts, value, frequency))
        x, z, weight = frequency[order], value[order], counts[order]
        begins = np.flatnonzero(np.concatenate([[True], (x[1:] != x[:-1]) | (z[1:] != z[:-1])]))
        return cls(x[begins], z[begins], np.add.reduceat(weight, begins))

    @property
    def customers(self) -> float:
        """Number of customers, or the sum of their weights."""
        return float(self.counts.sum())

    def thinned(self, size: int) -> Spending:
        """Return at most `size` customers drawn evenly along the order of the pairs, standing for all."""
        if len(self.counts) <= size:
            return self
        ends = np.cumsum(self.counts)
        drawn = np.searchsorted(ends, (np.arange(size) + 0.5) / size * ends[-1])
        rows, times = np.unique(drawn, return_counts=True)
        return Spending(self.frequency[rows], self.value[rows], times * (ends[-1] / size))


class GammaGammaLikelihood:
    """What the fitting machine asks of the model.

    Attributes
    ----------
    names : tuple of str
        p, the shape of one customer's spend; q and v, shape and rate of how customers differ.
    edges : mapping of str to (str, str)
        What the data are like when a parameter runs to zero or to infinity.
    """

    names = ("p", "q", "v")
    edges: Mapping[str, tuple[str, str]] = {
        "p": ("single purchases of one customer have nothing in common", "every customer always spent the same"),
        "q": ("a few customers spent beyond all measure", "all customers spent alike"),
        "v": ("all customers but a few spent next to nothing", "all customers spent alike"),
    }

    def starts(self, data: Spending) -> Sequence[Floats]:
        """Return logarithms to start from, from the geometric mean of the values."""
        middle = float((data.counts * np.log(data.value)).sum()) / data.customers
        return [np.array([np.log(p), np.log(q), middle + np.log(q / p)]) for p, q in ((1.0, 3.0), (5.0, 4.0), (30.0, 8.0))]

    def gradient(self, logs: Floats, data: Spending) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient with respect to the logarithms of the parameters, shape (3,)."""
        value, slope, _ = self.hessian(logs, data)
        return value, slope

    def hessian(self, logs: Floats, data: Spending) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient and its second derivatives with respect to the logarithms, shape (3, 3)."""
        from scipy.special import betaln, digamma, polygamma

        p, q, _ = np.exp(logs)
        frequency = Axis.of(data.frequency)
        shapes = p * frequency.values
        both, shape = shapes + q, shapes[frequency.place]
        spent = np.log(data.frequency) + np.log(data.value)
        total = np.logaddexp(logs[2], spent)
        prior, own = logs[2] - total, spent - total
        values = q * prior + shape * own - np.log(data.value) - betaln(shapes, q)[frequency.place]
        of_p = shape * ((digamma(both) - digamma(shapes))[frequency.place] + own)
        of_q = q * ((digamma(both) - digamma(q))[frequency.place] + prior)
        of_v = q - (shape + q) * np.exp(prior)
        curved = polygamma(1, both)
        entries = (
            of_p + (shapes**2 * (curved - polygamma(1, shapes)))[frequency.place],
            (shapes * q * curved)[frequency.place],
            -shape * np.exp(prior),
            of_q + (q**2 * (curved - polygamma(1, q)))[frequency.place],
            q * np.exp(own),
            -(shape + q) * np.exp(prior + own),
        )
        pp, pq, pv, qq, qv, vv = (float((data.counts * entry).sum()) for entry in entries)
        slope = np.array([(data.counts * part).sum() for part in (of_p, of_q, of_v)])
        return float((data.counts * values).sum()), slope, np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]])


def mean_spend(params: Mapping[str, float], frequency: Floats, value: Floats) -> Floats:
    """Return the expected value of a purchase, shape (n,): between the customer's own mean and that of all.

    Parameters
    ----------
    params : mapping of str to float
        p, q, v; q above 1.
    frequency, value : float array, shape (n,)
        Where there is no repeat purchase, or its mean is unknown or not above zero, the answer is the mean of all.

    Examples
    --------
    >>> mean_spend({"p": 6.25, "q": 3.74, "v": 15.44}, np.array([0.0, 1.0, 50.0]), np.array([0.0, 10.0, 10.0])).round(2).tolist()
    [35.22, 17.69, 10.22]
    """
    p, q, v = params["p"], params["q"], params["v"]
    seen = (frequency >= 1) & (value > 0)
    weight = np.where(seen, (q - 1.0) / (p * np.where(seen, frequency, 0.0) + q - 1.0), 1.0)
    return np.asarray(weight * (p * v / (q - 1.0)) + (1.0 - weight) * np.where(seen, value, 0.0))


def independence(frequency: ArrayLike, value: ArrayLike) -> Check:
    """Say whether spend per purchase depends on how often a customer buys; the model holds that it does not.

    Parameters
    ----------
    frequency, value : array of float, shape (n,)
        Repeat purchases and their mean value; customers without are left out.

    Returns
    -------
    Check
        With the rank correlation and its meaning.

    Examples
    --------
    >>> independence(np.arange(1, 101), np.arange(1, 101) % 2 + 10.0).words
    'Who buys often spends about as much per purchase as others (rank correlation -0.02, 100 customers).'
    """
    from scipy.stats import spearmanr

    x, z = (np.asarray(column, dtype=np.float64).ravel() for column in (frequency, value))
    with np.errstate(invalid="ignore"):
        seen = (x >= 1) & (z > 0) & np.isfinite(z)
    x, z = x[seen], z[seen]
    if len(x) < 3 or not (np.ptp(x) > 0 and np.ptp(z) > 0):
        words = f"Whether frequent customers spend more cannot be told: {len(x):,} customers with a repeat purchase, or all of them alike."
        return Check("spend_independent", holds=True, words=words)
    relation = float(spearmanr(x, z).statistic)
    figures = f"(rank correlation {relation:.2f}, {len(x):,} customers)"
    if abs(relation) <= WEAK:
        return Check("spend_independent", holds=True, words=f"Who buys often spends about as much per purchase as others {figures}.")
    more, low, high = ("more", "low", "high") if relation > 0 else ("less", "high", "low")
    words = (
        f"Who buys often spends {more} per purchase {figures}, which the model of spend does not allow for: "
        f"expect its figures to be somewhat {low} for frequent customers and {high} for rare ones."
    )
    return Check("spend_independent", holds=False, words=words)


class GammaGamma(BaseEstimator):  # type: ignore[misc]
    """Gamma-Gamma fitted by maximum likelihood; see `gammagamma`.

    Attributes
    ----------
    params_ : dict of str to float
        p, q, v; v in the currency of X.
    standard_errors_ : dict of str to float
    log_likelihood_ : float
    covariance_ : float array, shape (3, 3)
        Of the logarithms of the parameters.
    optimum_ : Optimum
    customers_, ignored_ : int
        Rows that entered, and rows left out because there is no repeat purchase or its mean is not above zero.
    n_features_in_ : int

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frequency = rng.integers(0, 9, 2000)
    >>> value = rng.gamma(6.0 * np.maximum(frequency, 1)) / np.maximum(frequency, 1) / rng.gamma(4.0, 1 / 15, 2000)
    >>> model = GammaGamma().fit(np.column_stack([frequency, value]))
    >>> {name: round(figure) for name, figure in model.params_.items()}
    {'p': 7, 'q': 4, 'v': 13}
    """

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> GammaGamma:  # noqa: ARG002, N803
        """Learn the parameters.

        Parameters
        ----------
        X : array of float, shape (n, 2)
            Frequency (repeat purchases) and their mean value; where there is none, the value does not matter.
        y : None
            Not used.
        sample_weight : array of float, shape (n,), optional
            How often each customer counts.

        Raises
        ------
        NotEnoughData
            When too few customers bought again.
        Degenerate
            When all values are equal, no maximum exists, or the fitted distribution has no mean.
        """
        frequency, value = _columns(X)
        counts = _weights(sample_weight, len(frequency))
        seen = (frequency >= 1) & (value > 0) & (counts > 0)
        enough_repeaters(float(counts[seen].sum()))
        data = Spending.of(frequency[seen], value[seen], counts[seen])
        _differ(data)
        self.optimum_ = maximise(GammaGammaLikelihood(), data)
        _has_mean(self.optimum_.params["q"])
        self.params_, self.standard_errors_ = self.optimum_.params, self.optimum_.errors
        self.log_likelihood_, self.covariance_ = self.optimum_.log_likelihood, self.optimum_.covariance
        self.customers_, self.ignored_ = int(seen.sum()), int((~seen).sum())
        self.n_features_in_ = 2
        return self

    def expected_value(self, X: Any) -> Floats:  # noqa: N803
        """Return the expected value of a purchase of each customer, shape (n,); that of the population where no repeat purchase was seen."""
        check_is_fitted(self)
        return mean_spend(self.params_, *_columns(X))


def _columns(X: Any) -> tuple[Floats, Floats]:  # noqa: N803
    table = np.asarray(X, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 2:
        raise UsageError(f"X has shape {table.shape}; allowed is (customers, 2). Pass the columns frequency, mean value in that order.")
    frequency, value = table[:, 0] + 0.0, table[:, 1] + 0.0
    wrong = int((~np.isfinite(frequency) | (frequency < 0) | (frequency != np.rint(frequency)) | np.isinf(value)).sum())
    if wrong:
        reason = f"{wrong:,} of {len(table):,} customers have a frequency that is no whole number from 0 up, or an infinite value"
        raise Degenerate(Problem("IMPOSSIBLE_SPEND", reason, "count repeat purchases and take the mean of their values"))
    return frequency, value


def _weights(weights: Any, customers: int) -> Floats:
    if weights is None:
        return np.ones(customers)
    each = np.asarray(weights, dtype=np.float64)
    if each.shape != (customers,) or not np.isfinite(each).all() or (each < 0).any():
        raise UsageError(
            f"sample_weight has shape {each.shape}; allowed is one finite number from 0 up for each of the {customers:,} customers. "
            "Pass one weight per customer, or none."
        )
    return each


def _differ(data: Spending) -> None:
    low, high = float(data.value.min()), float(data.value.max())
    if high - low <= 1e-9 * high:
        reason = (
            f"all {data.customers:,.0f} customers with a repeat purchase spend the same per purchase, so there is no spread to learn from"
        )
        raise Degenerate(Problem("EQUAL_SPEND", reason, "multiply expected purchases by that price; no model of spend is needed"))


def _has_mean(q: float) -> None:
    if q <= 1.0:
        reason = f"a few customers spend so much more than the rest that the fitted spend has no mean (q is {q:.2f}; it must be above 1)"
        raise Degenerate(
            Problem("NO_MEAN_SPEND", reason, "look at the largest purchases, and leave out what is no ordinary customer (resellers, tests)")
        )
