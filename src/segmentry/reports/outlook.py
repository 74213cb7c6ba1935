"""The head of the chapter "What they are worth": how much, from whom, who is gone; after a refusal what is known still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from segmentry.disclosure import FLOOR
from segmentry.plots.numbers import count, share
from segmentry.reports import leaving, proof, tellable
from segmentry.reports.estimates import called, horizon, noun, verb
from segmentry.segments.results import SegmentProfile
from segmentry.value.results import Worth

_HALF = 0.5
# A group whose share is told must be large enough that no single customer makes it.
_GROUP = 10 * FLOOR


def lead(found: Worth, names: Mapping[int, str], currency: str) -> tuple[str, ...]:
    """Return the paragraphs on a forecast: how much, from whom and who is gone, whether it can be believed."""
    trusted = " ".join(part for part in ("" if proof.caution(found) else proof.verdict(found), proof.failing(found)) if part)
    who = " ".join(part for part in (_holds_most(found, names), _gone(found)) if part)
    return tuple(part for part in (_expected(found, currency), who, trusted) if part)


def still_known(found: Worth, profiles: Sequence[SegmentProfile]) -> tuple[str, ...]:
    """Say after a refusal what the data does tell, and what was noted on all customers together."""
    known = [
        *(["who is new, active, slipping or lapsed"] if leaving.everyone(found) else []),
        *(["how long customers keep buying"] if found.survival else []),
        *(["the risk that they stay away, by their own rhythm"] if found.churn_risk is not None else []),
    ]
    told = [f"What the data does tell: {'; '.join(known)}. See “Who is leaving” below."] if known else []
    if any(profile.revenue is not None for profile in profiles):
        told.append("What each segment has brought so far stands under “Size and revenue”.")
    return (*found.notes, *([" ".join(told)] if told else []))


def _expected(found: Worth, currency: str) -> str:
    total = found.total
    if total is None:
        return _assumed(found)
    n = tellable.customers(found)
    value, interval = proof.quotable(found, total.value, currency)
    bought = " who have bought" if n < total.customers else ""
    words = f"In the next {horizon(found)}, the {count(n)} customers{bought} are expected to {verb(found)} {value}{noun(found)}"
    words += f" (90% interval: {interval})" if interval else ""
    each, _ = proof.quotable(found, total.value, currency, per=max(n, 1))
    words += f", {each.removeprefix('about ')}{noun(found)} each on average. "
    return words + _assumed(found)


def _assumed(found: Worth) -> str:
    if not found.money:
        known = found.total is not None and found.total.past is not None
        return f"{'Amounts could not be foretold' if known else 'The data has no amounts'}, so these are purchases, not money."
    kept = "This is revenue, not profit, as no margin was given"
    if found.margin is not None:
        kept = f"This is what is left of revenue at a margin of {share(found.margin)}"
    return kept + (
        f"; money that comes later counts for less ({share(found.discount)} a year, an assumption that can be set)."
        if found.discount
        else "."
    )


def _holds_most(found: Worth, names: Mapping[int, str]) -> str:
    top = tellable.top(found)
    if top is None or found.total is None or not found.total.customers:
        return ""
    part = share(top.customers / max(tellable.customers(found), 1))
    return f"{called(top.id, names.get(top.id, top.name))} holds {share(top.share_future)} of it with {part} of the customers."


def _gone(found: Worth) -> str:
    """Say how many are probably gone; where the model cannot think so of one-time buyers, what their silence says."""
    if found.forecast is None:
        return ""
    alive = np.asarray(found.forecast.alive, dtype=np.float64)
    alive = alive[np.isfinite(alive)]
    gone, n = int((alive < _HALF).sum()), len(alive)
    if n < FLOOR:
        return ""
    told = "none is" if not gone else f"fewer than {FLOOR} are" if gone < FLOOR else f"{count(gone)} ({share(gone / n)}) are"
    words = f"Of all customers, {told} probably gone, that is likelier gone than not"
    if not tellable.keeps_one_time_buyers(found):
        return words + "; it is inferred, as nobody says so when leaving."
    silence = _silent(found)
    if tellable.keeps_everyone(found):
        return (
            f"The forecast takes everyone for still a customer, not because that is known but because nobody can be seen to leave.{silence}"
        )
    return f"{words}, but this model takes everyone who bought only once for still a customer.{silence}"


def _silent(found: Worth) -> str:
    """Say how many have lapsed, and what the forecast would lose without them."""
    lapsed = leaving.lapsed(found)
    if not lapsed:
        return ""
    words = f" Judged by their silence alone, {lapsed} have lapsed"
    if found.forecast is None or found.states is None:
        return words + "."
    value, gone = np.asarray(found.forecast.value, dtype=np.float64), found.states == "lapsed"
    known = np.isfinite(value)
    total, part = float(value[known].sum()), float(value[known & gone].sum())
    if total <= 0 or int((known & gone).sum()) < _GROUP or int((known & ~gone).sum()) < _GROUP:
        return words + "."
    return f"{words}; without them the forecast would be {share(part / total)} lower."
