"""Who gets what, by lot: a number per customer that is drawn from a salted hash, and arms cut from these numbers.

The lot of a customer is the BLAKE2b hash of the id, keyed by the salt of the experiment, read as a number from 0 to 1 (Kohavi, Longbotham, Sommerfield
and Henne 2009, "Controlled experiments on the web", section 4.1). Nothing is stored: the same customer and the same salt give the same lot, always and
on every machine, and customers who come later move nobody. Another salt gives lots that know nothing of these, so experiments do not lean on each other.

* `assign` cuts the lots at the shares: an arm's size is near its share, and new customers can be added at any time.
* `stratified` gives every arm its share of every stratum, exact to one customer, for a list that is drawn once; the file is then the truth.
* `holdout` sets customers aside for good: its salt never changes, and they take part in no experiment.

When NOT to use: for orders or visits instead of customers (see `effects`), and `stratified` for a list that still grows, because ranks move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STANDING = "segmentry standing hold-out"
HELD_OUT = -1
_BITS = 53


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who was given what, before the start.

    Parameters
    ----------
    name, salt : str
        Of the experiment.
    arms : tuple of str
        The first is the control.
    shares : tuple of float
        Planned share of each arm among those who take part; they add up to 1.
    arm : int array, shape (n,)
        Position in `arms`; `HELD_OUT` for the standing hold-out.
    strata : int array, shape (n,)
        Stratum of each customer; all 0 where there is one.
    """

    name: str
    salt: str
    arms: tuple[str, ...]
    shares: tuple[float, ...]
    arm: Codes
    strata: Codes

    @property
    def counts(self) -> Codes:
        """Customers per arm, shape (a,); the hold-out not among them."""
        return np.bincount(self.arm[self.arm >= 0], minlength=len(self.arms)).astype(np.int64)

    @property
    def held(self) -> int:
        """Customers in the standing hold-out."""
        return int((self.arm == HELD_OUT).sum())


def lots(ids: Iterable[object], *, salt: str) -> Floats:
    """Return a number from 0 to 1 for each id, the same for ever, shape (n,).

    Parameters
    ----------
    ids : iterable
        Customers; taken as text.
    salt : str
        Of the experiment; not empty.

    Raises
    ------
    UsageError
        When the salt is empty: all experiments would draw the same lots.

    Examples
    --------
    >>> lots(["C1", "C2", "C1"], salt="spring").round(4).tolist()
    [0.2026, 0.4515, 0.2026]
    """
    if not salt:
        raise UsageError("the salt is empty; all experiments would draw the same lots. Give the experiment a name.")
    key = hashlib.blake2b(salt.encode("utf-8", "surrogatepass")).digest()
    drawn = b"".join(hashlib.blake2b(str(each).encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest() for each in ids)
    whole = np.frombuffer(drawn, dtype=">u8").astype(np.uint64) >> np.uint64(64 - _BITS)
    return whole.astype(np.float64) * 2.0**-_BITS


def checked_shares(arms: Sequence[str], shares: ArrayLike) -> Floats:
    """Return the shares of the arms.

    Raises
    ------
    UsageError
        Unless there are two arms or more with different names, each with a share above 0, and the shares add up to 1.

    Examples
    --------
    >>> checked_shares(["control", "offer"], [0.5, 0.4])
    Traceback (most recent call last):
    segmentry.errors.UsageError: the shares of the arms add up to 0.9; allowed is 1. Give every customer an arm.
    """
    parts = np.asarray(shares, dtype=np.float64)
    if len(arms) < 2 or parts.shape != (len(arms),):
        raise UsageError(
            f"{len(arms)} arm{'s' * (len(arms) != 1)} and {parts.size} share{'s' * (parts.size != 1)} were given; allowed are two arms or more, each with "
            "its share. Name them all."
        )
    if len(set(arms)) < len(arms) or not all(arm.strip() for arm in arms):
        raise UsageError(f"the arms are {', '.join(map(repr, arms))}; allowed are different names that are not empty. Rename one.")
    if not (np.isfinite(parts) & (parts > 0)).all():
        raise UsageError(f"the smallest share of an arm is {parts.min():g}; allowed is above 0. Leave an arm without customers out.")
    if abs(parts.sum() - 1.0) > 1e-9:
        raise UsageError(f"the shares of the arms add up to {parts.sum():g}; allowed is 1. Give every customer an arm.")
    return parts


def assign(ids: Iterable[object], *, salt: str, arms: Sequence[str], shares: ArrayLike) -> Codes:
    """Return the arm of each customer, shape (n,): where the lot falls among the shares.

    Parameters
    ----------
    ids : iterable
        Customers.
    salt : str
        Of the experiment.
    arms : sequence of str
        The first is the control.
    shares : array-like, length a
        Adding up to 1.

    Raises
    ------
    UsageError
        When the salt is empty, or arms and shares do not fit.

    Examples
    --------
    >>> assign(["C1", "C2", "C3", "C7"], salt="spring", arms=["control", "offer"], shares=[0.3, 0.7]).tolist()
    [0, 1, 0, 0]
    """
    borders = np.cumsum(checked_shares(arms, shares))
    # The last border is 1 up to rounding, and no lot may fall behind it.
    return np.minimum(np.searchsorted(borders, lots(ids, salt=salt), side="right"), len(arms) - 1).astype(np.int64)


def stratified(ids: Sequence[object], strata: ArrayLike, *, salt: str, arms: Sequence[str], shares: ArrayLike) -> Codes:
    """Return the arm of each customer so that every stratum is split by the shares, exact to one customer, shape (n,).

    Within a stratum customers are ranked by their lots and the ranks cut at the shares. What does not come out even is rounded at random, by the lot of
    the stratum (systematic rounding, Cochran 1977, section 8.1): each customer's chance of an arm is exactly its share.

    Parameters
    ----------
    ids : sequence
        Customers, each once.
    strata : array-like, shape (n,)
        Whole numbers or texts; what is equal is one stratum.
    salt, arms, shares
        As in `assign`.

    Raises
    ------
    UsageError
        When ids and strata differ in length or an id stands there twice, and as in `assign`.

    Examples
    --------
    >>> arm = stratified([f"C{i}" for i in range(10)], ["gold"] * 4 + ["other"] * 6, salt="spring", arms=["control", "offer"], shares=[0.5, 0.5])
    >>> arm[:4].sum(), arm[4:].sum()
    (np.int64(2), np.int64(3))
    """
    parts = checked_shares(arms, shares)
    groups = np.asarray(strata)
    names = np.array([str(each) for each in ids], dtype=object)
    if groups.shape != (len(names),):
        raise UsageError(
            f"strata have shape {groups.shape}; {len(names)} customers ask for ({len(names)},). Pass one stratum per customer."
        )
    repeats = len(names) - len(set(names.tolist()))
    if repeats:
        raise UsageError(f"{repeats:,} of {len(names):,} ids stand there twice; allowed is each customer once. Draw customers, not orders.")
    levels, place = np.unique(groups, return_inverse=True)
    place = place.reshape(-1)
    # Equal lots are as good as impossible; the id settles them, so that the order of the rows never does.
    order = np.lexsort((names.astype(str), lots(names, salt=salt), place))
    offsets = lots(levels.tolist(), salt=f"{salt}\x00strata")
    arm = np.empty(len(names), dtype=np.int64)
    start = 0
    for level, size in enumerate(np.bincount(place, minlength=len(levels)).tolist()):
        borders = np.floor(size * np.cumsum(parts)[:-1] + offsets[level] + 1e-9)
        arm[order[start : start + size]] = np.searchsorted(borders, np.arange(size), side="right")
        start += size
    return arm


def holdout(ids: Iterable[object], *, share: float, salt: str = STANDING) -> NDArray[np.bool_]:
    """Return who is in the standing hold-out, shape (n,): the same customers in every experiment, never contacted.

    Raises
    ------
    UsageError
        When the share is not from 0 to below 1.

    Examples
    --------
    >>> holdout([f"C{i}" for i in range(1000)], share=0.05).sum()
    np.int64(46)
    """
    if not 0 <= share < 1:
        raise UsageError(f"the share of the hold-out is {share:g}; allowed is 0 to below 1. Give a share such as 0.05.")
    return np.asarray(lots(ids, salt=salt) < share)
