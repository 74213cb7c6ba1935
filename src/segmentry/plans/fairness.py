"""Whether offers are given differently by age, gender, place, and whether who people are could be guessed from what they get.

Per attribute: the share of each group that gets an offer (Wilson's interval), its ratio to the share of the group with the highest one (interval on the log
scale, Katz et al. 1978, with half a customer added), and a test of equal shares (chi-square, by random dealing of the offers when groups are
small), corrected for the number of attributes (Benjamini and Hochberg). A ratio below four fifths gets a remark: that rule of thumb of the US
Uniform Guidelines (1978) is about hiring, and neither a law here nor a proof of anything.

Offers may also follow an attribute in a roundabout way. So it is said how well the offer is guessed from the attribute (area under the ROC curve of the shares
of other customers' groups, cross-fitted), and how closely segments follow it (Cramér's V with Bergsma's 2013 correction, which is 0 on average where
there is nothing).

Groups with fewer than 5 customers, and those of which fewer than 5 get an offer or do not, are put together with the smallest others, so that single customers
cannot be worked out from the total. In the tests they count as they are.

When NOT to use: as a verdict on what is just. Different shares may have good reasons and equal ones bad ones; this says only what is there to be explained.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import FLOOR, hide_small
from segmentry.errors import UsageError
from segmentry.evaluation.intervals import Z, share
from segmentry.experiments.multiplicity import discoveries
from segmentry.plans.guessing import cramers_v, guessed_together, guessed_yes
from segmentry.preparation.words import listed, percent
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNKNOWN = "not known"
FOUR_FIFTHS = 0.8
Q = 0.01
DEALINGS = 9_999
SMALL_CELL = 5.0


@dataclass(frozen=True, slots=True)
class GroupRate:
    """How many of a group get an offer.

    Parameters
    ----------
    group : str
        Of several that are small: "a and b, together".
    customers : int or None
        None where hidden because they are few.
    rate : Estimate or None
        Share with an offer, Wilson's interval; None where hidden.
    ratio : Estimate or None
        To the rate of the group with the highest one; exactly 1 for that group. None where hidden or where nobody shown has an offer.
    """

    group: str
    customers: int | None
    rate: Estimate | None
    ratio: Estimate | None


@dataclass(frozen=True, slots=True)
class AttributeFairness:
    """Offers by one attribute, such as age.

    Parameters
    ----------
    attribute : str
    groups : tuple of GroupRate
        In the order of their names, "not known" last.
    p_value : float
        Of equal rates in all groups; 1 with a single group.
    differs : bool
        After correction for the number of attributes (Benjamini and Hochberg, 1 %).
    lowest : Estimate or None
        Lowest ratio of a group that is shown to the highest rate.
    four_fifths : bool
        Whether the lowest ratio is below .8: a rule of thumb, not a law.
    guessed_offer : Estimate or None
        Area under the ROC curve of guessing from this attribute who gets an offer, cross-fitted: .5 is a coin. None where nobody or
        everybody gets one, or customers are too few.
    guessed_segment : Estimate or None
        Cramér's V between attribute and segment, bias-corrected, 0 to 1; None without segments.
    words : str
    """

    attribute: str
    groups: tuple[GroupRate, ...]
    p_value: float
    differs: bool
    lowest: Estimate | None
    four_fifths: bool
    guessed_offer: Estimate | None
    guessed_segment: Estimate | None
    words: str


@dataclass(frozen=True, slots=True)
class Fairness:
    """Whether offers differ by who people are.

    Parameters
    ----------
    attributes : tuple of AttributeFairness
    together : Estimate or None
        Area under the ROC curve of guessing the offer from all attributes together, cross-fitted.
    offered, customers : int
    words : str
    """

    attributes: tuple[AttributeFairness, ...]
    together: Estimate | None
    offered: int
    customers: int
    words: str


def fairness(
    offered: ArrayLike,
    attributes: Mapping[str, Sequence[object] | NDArray[np.object_]],
    *,
    segments: ArrayLike | None = None,
    seed: int = 0,
) -> Fairness:
    """Return whether offers differ by who people are.

    Parameters
    ----------
    offered : array-like of bool, shape (n,)
        Who gets an offer. Leave out who could not be asked, or their lack of consent is taken for unfairness.
    attributes : mapping of name to groups, each shape (n,)
        Text such as "18–29"; None (or an empty text) is a group of its own, "not known".
    segments : array-like of int, shape (n,), optional
    seed : int
        Of folds, dealings and resamples.

    Raises
    ------
    UsageError
        When lengths differ, or there are no customers or attributes.

    Examples
    --------
    >>> found = fairness([True, False] * 200 + [True] * 20 + [False] * 180, {"gender": ["f"] * 400 + ["m"] * 200})
    >>> found.attributes[0].differs, found.attributes[0].lowest.value, found.attributes[0].four_fifths
    (True, 0.2, True)
    """
    given = np.asarray(offered, dtype=bool)
    coded = {name: _coded(groups) for name, groups in attributes.items()}
    own = None if segments is None else np.asarray(segments)
    lengths = {len(codes) for codes, _ in coded.values()} | ({len(own)} if own is not None else set())
    if given.ndim != 1 or not len(given) or not coded or lengths != {len(given)}:
        raise UsageError(
            f"{len(given)} customers came with {len(coded)} attributes of lengths {sorted(lengths)}; allowed is one or more attributes with a group for each "
            "customer, and at least one customer. Pass arrays of one length."
        )
    found = [
        _attribute(name, given, codes, levels, segments=own, seed=seed + place)
        for place, (name, (codes, levels)) in enumerate(coded.items())
    ]
    differ = discoveries(np.array([each.p_value for each in found]), Q)
    told = tuple(_with_words(each, bool(differs)) for each, differs in zip(found, differ, strict=True))
    together = guessed_together(given, [codes for codes, _ in coded.values()], seed=seed)
    return Fairness(told, together, int(given.sum()), len(given), _in_all(told, together, given))


def _coded(groups: Sequence[object] | NDArray[np.object_]) -> tuple[Codes, tuple[str, ...]]:
    """Return the place of each group among their names, "not known" last."""
    texts = [UNKNOWN if each is None or each == "" or (isinstance(each, float) and math.isnan(each)) else str(each) for each in groups]
    levels = sorted(set(texts) - {UNKNOWN}) + ([UNKNOWN] if UNKNOWN in texts else [])
    place = {level: code for code, level in enumerate(levels)}
    return np.fromiter((place[text] for text in texts), dtype=np.int64, count=len(texts)), tuple(levels)


def _attribute(
    name: str, given: Flags, codes: Codes, levels: Sequence[str], *, segments: NDArray[np.generic] | None, seed: int
) -> AttributeFairness:
    sizes, offers = (np.bincount(part, minlength=len(levels)).astype(np.float64) for part in (codes, codes[given]))
    groups = _groups(levels, sizes, offers)
    ratios = [group.ratio for group in groups if group.ratio is not None]
    lowest = min(ratios, key=lambda ratio: ratio.value) if len(ratios) > 1 else None
    return AttributeFairness(
        attribute=name,
        groups=groups,
        p_value=equal_rates(sizes, offers, seed=seed),
        differs=False,
        lowest=lowest,
        four_fifths=lowest is not None and lowest.value < FOUR_FIFTHS,
        guessed_offer=guessed_yes(given, codes, seed=seed),
        guessed_segment=None if segments is None else cramers_v(codes, segments, seed=seed),
        words="",
    )


def _groups(levels: Sequence[str], sizes: Floats, offers: Floats) -> tuple[GroupRate, ...]:
    """Return the rates of the groups; those that would point at fewer than 5 customers are put together."""
    together = _pooled(sizes, offers)
    rows = [(level, sizes[place], offers[place]) for place, level in enumerate(levels) if not together[place]]
    if together.any():
        name = f"{listed([level for level, pooled in zip(levels, together, strict=True) if pooled])}, together"
        rows.append((name, sizes[together].sum(), offers[together].sum()))
    tellable = [not hide_small([size]).any() and not (_small(offer) or _small(size - offer)) for _, size, offer in rows]
    shown = [place for place, tells in enumerate(tellable) if tells]
    best = max(shown, key=lambda place: rows[place][2] / rows[place][1], default=None)
    found = []
    for place, (level, size, offer) in enumerate(rows):
        if not tellable[place]:
            found.append(GroupRate(level, None, None, None))
            continue
        ratio = None
        if best is not None and rows[best][2] > 0:
            ratio = Estimate(1.0, 1.0, 1.0) if place == best else _ratio(offer, size, rows[best][2], rows[best][1])
        found.append(GroupRate(level, int(size), share(float(offer), float(size)), ratio))
    return tuple(found)


def _small(count: float) -> bool:
    return 0 < count < FLOOR


def _pooled(sizes: Floats, offers: Floats) -> Flags:
    """Return which groups are put together: those with a small cell, and the smallest others until nothing can be worked out from the total."""
    cells = np.stack([sizes, offers, sizes - offers])
    together: Flags = np.asarray(((cells > 0) & (cells < FLOOR)).any(axis=0))
    if not together.any():
        return together
    for place in np.argsort(sizes, kind="stable"):
        if together.sum() >= 2 and not any(_small(each) for each in cells[:, together].sum(axis=1)):
            break
        together[place] = True
    return together


def _ratio(offers: float, size: float, best_offers: float, best_size: float) -> Estimate:
    """Return the ratio of two shares, interval symmetric on the log scale."""
    value = float((offers / size) / (best_offers / best_size))
    some, most = (offers + 0.5) / (size + 0.5), (best_offers + 0.5) / (best_size + 0.5)
    error = math.sqrt(max(0.0, 1 / (offers + 0.5) - 1 / (size + 0.5) + 1 / (best_offers + 0.5) - 1 / (best_size + 0.5)))
    low, high = (float(some / most) * math.exp(side * Z * error) for side in (-1.0, 1.0))
    return Estimate(value, min(value, low), max(value, high))


def equal_rates(sizes: Floats, offers: Floats, *, seed: int) -> float:
    """Return the p-value of equal shares in all groups: chi-square, or dealing the offers anew where a cell expects fewer than 5.

    Examples
    --------
    >>> round(equal_rates(np.array([100.0, 100.0]), np.array([60.0, 40.0]), seed=0), 4)
    0.0047
    >>> equal_rates(np.array([100.0]), np.array([60.0]), seed=0)
    1.0
    """
    from scipy.stats import chi2

    held = sizes > 0
    sizes, offers = sizes[held], offers[held]
    total, given = sizes.sum(), offers.sum()
    if len(sizes) < 2 or given in (0.0, total):
        return 1.0
    rate = given / total

    def statistic(dealt: Floats) -> Floats:
        return np.asarray((((dealt - rate * sizes) ** 2) / (sizes * rate * (1 - rate))).sum(axis=-1))

    found = float(statistic(offers))
    if (sizes * min(rate, 1 - rate)).min() >= SMALL_CELL:
        return float(chi2.sf(found, len(sizes) - 1))
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(sizes.astype(np.int64), int(given), size=DEALINGS, method="marginals")
    return float((1 + (statistic(dealt.astype(np.float64)) >= found - 1e-9).sum()) / (1 + DEALINGS))


def _with_words(found: AttributeFairness, differs: bool) -> AttributeFairness:  # noqa: FBT001
    shown = [group for group in found.groups if group.rate is not None]
    words = (
        f"By {found.attribute}, offers differ beyond chance."
        if differs
        else f"By {found.attribute}, no difference beyond chance was found."
    )
    if len(shown) > 1:
        rate = {group.group: group.rate.value for group in shown if group.rate}
        most, least = max(rate, key=rate.__getitem__), min(rate, key=rate.__getitem__)
        words += f" {percent(rate[most])} of {most!r} get an offer, {percent(rate[least])} of {least!r}."
    if len(shown) < len(found.groups):
        words += " Shares are not shown because single customers could be made out."
    if found.four_fifths and differs:
        words += (
            " That is less than four fifths, a rule of thumb for when to look closer; whether there is a good reason, figures do not say."
        )
    guess = found.guessed_offer
    if guess is not None and guess.low > 0.5:
        words += f" Knowing {found.attribute}, one can guess who gets an offer better than by a coin ({guess.value:.2f}; 0.5 is a coin)."
    segment = found.guessed_segment
    if segment is not None and segment.low > 0:
        words += f" Segments follow {found.attribute} {_strength(segment.value)} (Cramér's V {segment.value:.2f})."
    return replace(found, differs=differs, words=words)


def _strength(value: float) -> str:
    return "closely" if value >= 0.5 else "to some degree" if value >= 0.1 else "hardly"


def _in_all(found: Sequence[AttributeFairness], together: Estimate | None, given: Flags) -> str:
    if not given.any() or given.all():
        return f"{'Everybody' if given.all() else 'Nobody'} gets an offer, so offers do not differ by who people are."
    different = [each.attribute for each in found if each.differs]
    names = [each.attribute for each in found]
    words = f"Offers differ by {listed(different)} beyond chance." if different else f"Offers were not found to differ by {listed(names)}."
    if together is not None and len(found) > 1:
        words += (
            f" From all {len(found)} attributes together, who gets an offer can be guessed with an area under the ROC curve of {together.value:.2f} "
            f"({together.low:.2f} to {together.high:.2f}; 0.5 is a coin)."
        )
    return words
