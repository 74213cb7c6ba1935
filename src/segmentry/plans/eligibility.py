"""Who may be asked at all: consent, contact caps, segments of offers, the hold-out; as functions of arrays.

A plan asks them when it is made, and delivery asks the same functions again when it sends. All are fail-closed: what is not known is no. Each customer
who may not be asked counts once, under the first reason that leaves them without any offer, so that reasons and eligible customers add up to all.

When NOT to use: for how attractive an offer is to somebody; that is the objective.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import UsageError
from segmentry.experiments.assignment import holdout
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Consent, Constraint, ContactCap, Holdout
from segmentry.plans.results import Eligibility, Exclusion, Kind

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]
_REASONS: dict[Kind, str] = {
    "consent": "not asked: no consent",
    "contacts": "not asked: contacted often enough, or nobody knows how often",
    "segments": "not asked: no offer is meant for their segment",
    "holdout": "left alone by lot, to tell what the plan earns",
}


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """What is asked of customers, and who passes.

    Parameters
    ----------
    kind : {"consent", "contacts", "holdout", "segments"}
    name : str
        As its maker wrote it.
    passes : bool array, shape (n, k), or (n, 1) where it is the same for all offers
    """

    kind: Kind
    name: str
    passes: Flags


def consents(consent: Mapping[str, Floats], purpose: str = "") -> Flags:
    """Return who has said yes, shape (n,).

    Parameters
    ----------
    consent : dict of str to float array, shape (n,)
        By purpose: 1 for yes; all else, NaN included, is no.
    purpose : str
        The column that is asked; empty means that all must say yes.

    Raises
    ------
    UsageError
        When there is no column of consent, or not this one.

    Examples
    --------
    >>> consents({"mail": np.array([1.0, 0.0, np.nan])}, "mail").tolist()
    [True, False, False]
    """
    if not consent:
        raise UsageError(
            "consent is asked and there is no column of consent; allowed is one or more. Add the column, or say that consent is not asked."
        )
    if purpose and purpose not in consent:
        raise UsageError(f"there is no column of consent {purpose!r}; {suggestion(purpose, consent)}")
    return np.asarray(np.logical_and.reduce([consent[name] == 1.0 for name in ([purpose] if purpose else consent)]))


def under_cap(earlier: Floats, most: int) -> Flags:
    """Return who may be contacted once more, shape (n,): earlier contacts are known and fewer than `most`.

    Examples
    --------
    >>> under_cap(np.array([0.0, 1.0, 2.0, np.nan]), 2).tolist()
    [True, True, False, False]
    """
    return earlier < most


def in_segments(segment: Codes, names: Sequence[str], wanted: Sequence[str]) -> Flags:
    """Return who is in one of the wanted segments, shape (n,); all when none is named.

    Parameters
    ----------
    segment : int array, shape (n,)
        Position in `names`; −1 for none.
    names, wanted : sequence of str

    Raises
    ------
    UsageError
        When a wanted segment is not there.

    Examples
    --------
    >>> in_segments(np.array([0, 1, -1]), ["gold", "rest"], ["gold"]).tolist()
    [True, False, False]
    """
    if not wanted:
        return np.ones(len(segment), dtype=np.bool_)
    for name in wanted:
        if name not in names:
            raise UsageError(f"there is no segment {name!r}; {suggestion(name, names)}")
    return np.isin(segment, [names.index(name) for name in wanted])


def eligible(consent: Mapping[str, Floats], purpose: str = "", *, earlier: Floats | None = None, most: int | None = None) -> Flags:
    """Return who may be contacted now, shape (n,): with consent, and under the contact cap. What delivery asks again before it sends.

    Parameters
    ----------
    consent, purpose
        As in `consents`.
    earlier : float array, shape (n,), optional
        Contacts within the period; with `most` not given nobody is capped.
    most : int, optional

    Raises
    ------
    UsageError
        As in `consents`, and when a cap is given without earlier contacts.

    Examples
    --------
    >>> eligible({"mail": np.array([1.0, 1.0, 0.0])}, "mail", earlier=np.array([0.0, 2.0, 0.0]), most=2).tolist()
    [True, False, False]
    """
    allowed = consents(consent, purpose)
    if most is None:
        return allowed
    if earlier is None:
        raise UsageError(
            f"at most {most} contacts are allowed, and earlier contacts are not given; allowed is one number per customer. Add them."
        )
    return allowed & under_cap(earlier, most)


def check(candidates: Candidates, constraints: Sequence[Constraint] = ()) -> Eligibility:
    """Return who may be given which offer, with counts of who may not and why.

    Parameters
    ----------
    candidates : Candidates
    constraints : sequence of Constraint
        `Consent` and `ContactCap` are asked in the order given, the segments of the offers before them, and `Holdout` last: only who could have been
        given an offer can be held out of getting one.

    Raises
    ------
    UsageError
        When something that is asked is not given: consent, earlier contacts over the same days, segments.

    Examples
    --------
    >>> from segmentry.plans.offers import Offer
    >>> ids = np.array(["a", "b", "c"], dtype=object)
    >>> chosen = Candidates(ids, (Offer("Letter"),), np.full((3, 1), 0.1), consent={"mail": np.array([1.0, 0.0, np.nan])})
    >>> found = check(chosen, [Consent()])
    >>> found.eligible, [each.words for each in found.exclusions]
    (1, ['2 not asked: no consent'])
    """
    return counted(candidates, filters(candidates, constraints))


def counted(candidates: Candidates, asked: Sequence[Filter]) -> Eligibility:
    """Return who may be given which offer, from what was asked (see `filters`), with the counts."""
    allowed = np.ones((len(candidates), len(candidates.offers)), dtype=np.bool_)
    left, held = np.full(len(candidates), bool(candidates.offers)), np.zeros(len(candidates), dtype=np.bool_)
    exclusions = []
    for each in asked:
        allowed &= each.passes
        now = np.asarray(allowed.any(axis=1))
        lost = left & ~now
        held |= lost & (each.kind == "holdout")
        exclusions.append(Exclusion(each.kind, int(lost.sum()), f"{int(lost.sum()):,} {_REASONS[each.kind]}"))
        left = now
    return Eligibility(allowed, held, tuple(exclusions), int(left.sum()))


def filters(candidates: Candidates, constraints: Sequence[Constraint]) -> list[Filter]:
    """Return what each constraint allows on its own, each of shape (n, k) or (n, 1), in the order in which they are asked."""
    found: list[Filter] = []
    if any(offer.segments for offer in candidates.offers):
        found.append(Filter("segments", "the segments offers are meant for", _meant(candidates)))
    for each in sorted(constraints, key=lambda constraint: isinstance(constraint, Holdout)):
        if isinstance(each, Consent):
            found.append(Filter("consent", str(each), _consenting(candidates, each)))
        elif isinstance(each, ContactCap):
            found.append(Filter("contacts", str(each), _under(candidates, each)[:, None]))
        elif isinstance(each, Holdout):
            found.append(Filter("holdout", str(each), ~holdout(candidates.ids, share=each.share, salt=each.salt)[:, None]))
    return found


def _meant(candidates: Candidates) -> Flags:
    if candidates.segment is None:
        named = next(offer.name for offer in candidates.offers if offer.segments)
        raise UsageError(
            f"offer {named!r} is meant for some segments, and customers have none; allowed is a segment per customer. Add them."
        )
    segment, names = candidates.segment, candidates.segments
    return np.column_stack([in_segments(segment, names, offer.segments) for offer in candidates.offers])


def _consenting(candidates: Candidates, asked: Consent) -> Flags:
    if asked.purpose or not candidates.offers:
        return consents(candidates.consent, asked.purpose)[:, None]
    by_purpose = {purpose: consents(candidates.consent, purpose) for purpose in {offer.purpose for offer in candidates.offers}}
    return np.column_stack([by_purpose[offer.purpose] for offer in candidates.offers])


def _under(candidates: Candidates, cap: ContactCap) -> Flags:
    if candidates.earlier is None:
        raise UsageError(
            f"{cap} asks for earlier contacts, and none are given; allowed is one number per customer. Add them, 0 for nobody."
        )
    if candidates.days != cap.days:
        raise UsageError(
            f"{cap} counts contacts over {cap.days} days, and earlier contacts were counted over {candidates.days}; allowed are the same days. "
            f"Count them over {cap.days} days."
        )
    return under_cap(candidates.earlier, cap.most)
