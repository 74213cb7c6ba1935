"""Results of planning that files, pages and commands read: who gets which offer, what limits it, what one more of each limit would bring.

All are frozen and hold no customer's attributes but ids and what the plan says of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import hide_small
from segmentry.plans.offers import NOBODY, Offer
from segmentry.results import Note

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Kind = Literal["budget", "capacity", "reach", "contacts", "holdout", "consent", "segments"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """How many customers could not be asked, and why.

    Parameters
    ----------
    kind : {"consent", "contacts", "holdout", "segments"}
    customers : int
        Whose first reason this is; each customer counts once.
    words : str
        Such as "1,204 not asked: no consent".
    worth : float or None
        What they would have brought at the plan's prices, at most; None before a plan is made.
    """

    kind: Kind
    customers: int
    words: str
    worth: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Eligibility:
    """Who may be given which offer.

    Parameters
    ----------
    allowed : bool array, shape (n, k)
    held_out : bool array, shape (n,)
        Left alone by lot, though they could have been given an offer.
    exclusions : tuple of Exclusion
        In the order in which they were asked; with the eligible customers they add up to all.
    eligible : int
        Customers with at least one offer they may be given.
    """

    allowed: Flags
    held_out: Flags
    exclusions: tuple[Exclusion, ...]
    eligible: int


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a plan: how far it was used, and what one more of it would bring.

    Parameters
    ----------
    name : str
        As its maker wrote it, such as "Capacity('mail', 5000)".
    kind : {"budget", "capacity", "reach"}
    used, allowed : float
        Money of a budget; contacts of the others. Of a reach, `allowed` is the least that was asked for.
    price : float
        Expected gain that one more unit of a budget or capacity would bring, or one less of a reach; 0 where the limit does not bind.
    words : str
        Such as "One more mail contact would bring 0.42."
    """

    name: str
    kind: Kind
    used: float
    allowed: float
    price: float
    words: str


@dataclass(frozen=True, slots=True)
class Portion:
    """What one offer, channel or segment gets of a plan.

    Parameters
    ----------
    name : str
    customers : int or None
        None where it is hidden because it is small.
    spend, gain : float or None
        Expected, in money (gain in the units of the objective); None where hidden.
    of : int or None
        All customers of the segment; of an offer or channel those who could have been given it. Those who are treated are among them. None where
        hidden.
    """

    name: str
    customers: int | None
    spend: float | None
    gain: float | None
    of: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """Who gets which offer, or none.

    Parameters
    ----------
    ids : array of str, shape (n,)
        In the order they came in.
    offers : tuple of Offer, length k
    offer : int array, shape (n,)
        Position in `offers`; −1 for none.
    intended : int array, shape (n,)
        The same, and for customers who are held out what they would be given at the plan's prices: compare those whose intention is alike.
    gain : float array, shape (n,)
        Expected gain of what each customer gets, in the units of the objective; 0 for none.
    spend : float array, shape (n,)
        Expected money spent on each: contact and expected costs of conversion.
    held_out : bool array, shape (n,)
        Left alone by lot, though they could have been given an offer.
    segment : int array, shape (n,), or None
    segments : tuple of str
        Names that `segment` points into.
    value : float
        Expected gain of the plan: the sum of `gain`. A plug-in figure: see `replay` for what is left of it on customers it was not chosen on.
    bound : float
        No plan within the limits can have a higher expected gain.
    gap : float
        (bound − value) / |bound|, certified; 0 when the plan is the best there is.
    method : {"decomposition", "exact"}
    limits : tuple of Limit
    eligibility : Eligibility
    objective : str
        In words, such as "Profit() - ContactCost()".
    notes : tuple of Note
    """

    ids: NDArray[np.object_]
    offers: tuple[Offer, ...]
    offer: Codes
    intended: Codes
    gain: Floats
    spend: Floats
    held_out: Flags
    segment: Codes | None
    segments: tuple[str, ...]
    value: float
    bound: float
    gap: float
    method: Literal["decomposition", "exact"]
    limits: tuple[Limit, ...]
    eligibility: Eligibility
    objective: str
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        """Return the number of customers, treated or not."""
        return len(self.ids)

    @property
    def treated(self) -> int:
        """Customers who get an offer."""
        return int((self.offer >= 0).sum())

    @property
    def spent(self) -> float:
        """Expected money spent."""
        return float(self.spend.sum())

    @property
    def by_offer(self) -> tuple[Portion, ...]:
        """What each offer gets; small cells are hidden."""
        return self._portions([offer.name for offer in self.offers], self.offer, self.eligibility.allowed.sum(axis=0))

    @property
    def by_channel(self) -> tuple[Portion, ...]:
        """What each channel gets; small cells are hidden."""
        names = list(dict.fromkeys(offer.channel or "no channel" for offer in self.offers))
        place = np.array([names.index(offer.channel or "no channel") for offer in self.offers] + [NOBODY], dtype=np.int64)
        could = [int(self.eligibility.allowed[:, place[:-1] == each].any(axis=1).sum()) for each in range(len(names))]
        return self._portions(names, place[self.offer], np.array(could, dtype=np.int64))

    @property
    def by_segment(self) -> tuple[Portion, ...]:
        """What each segment gets; small cells are hidden. Empty without segments."""
        if self.segment is None:
            return ()
        sizes = np.bincount(self.segment[self.segment >= 0], minlength=len(self.segments))
        return self._portions(list(self.segments), np.where(self.offer >= 0, self.segment, NOBODY), sizes)

    def _portions(self, names: list[str], codes: Codes, of: Codes) -> tuple[Portion, ...]:
        rows = codes >= 0
        counts, spends, gains = (
            np.bincount(codes[rows], weights, minlength=len(names)) for weights in (None, self.spend[rows], self.gain[rows])
        )
        hidden, unsaid = hide_small(counts), hide_small(of)
        found = []
        for place, name in enumerate(names):
            all_of = None if unsaid[place] else int(of[place])
            if hidden[place]:
                found.append(Portion(name, None, None, None, all_of))
            else:
                found.append(Portion(name, int(counts[place]), float(spends[place]), float(gains[place]), all_of))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the frontier.

    Parameters
    ----------
    budget : float
        Allowed.
    spent : float
        Expected.
    gain : float
        Expected gain of the best plan found within the budget.
    bound : float
        No plan within the budget has a higher one.
    price : float
        Expected gain of one more unit of money here.
    treated : int
        Customers who get an offer.
    """

    budget: float
    spent: float
    gain: float
    bound: float
    price: float
    treated: int


@dataclass(frozen=True, slots=True)
class Frontier:
    """Expected gain by budget.

    Parameters
    ----------
    steps : tuple of Step
        By rising budget; the gain never falls.
    stop : float
        Budget from which on more money brings less than `hurdle` per unit.
    hurdle : float
    words : tuple of str
        Such as "At 40,000, the next 1,000 brings 3,100." and "Stop at 41,000: …".
    """

    steps: tuple[Step, ...]
    stop: float
    hurdle: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The smallest group of limits that cannot be met together.

    Parameters
    ----------
    members : tuple of str
        As their maker wrote them; every one is needed for the conflict.
    words : str
        What clashes, with figures.
    remedies : tuple of str
        What would make it feasible, one way each.
    """

    members: tuple[str, ...]
    words: str
    remedies: tuple[str, ...]
