"""The sentences of the comparison page: what happened in five, what became of a segment, how it was counted, what to beware of."""

from __future__ import annotations

from segmentry.disclosure import FLOOR
from segmentry.plots.numbers import count, money, share
from segmentry.reports.comparison import Comparison, day
from segmentry.segments.identity import SAME_DATA
from segmentry.segments.ledger import Entry
from segmentry.segments.signoff import QUIET, told

STAMPS = {
    "sign": ("ready to sign", "Nothing here calls for a second look."),
    "look": ("look before you sign", "The points below call for a second look."),
    "blocked": ("do not sign", "The new segmentation must not replace the old one."),
}


def sentences(story: Comparison) -> tuple[str, ...]:
    """Return the five sentences."""
    return (_what(story), _customers(story), _model(story), _stake(story), _do(story))


def shown(customers: int) -> str:
    """Return a count; single customers are not told.

    Examples
    --------
    >>> shown(0), shown(4), shown(1200)
    ('0', 'under 5', '1,200')
    """
    return f"under {FLOOR}" if 0 < customers < FLOOR else count(customers)


def _what(story: Comparison) -> str:
    total, kept = story.old.segments, len(story.found.pairs)
    old, new = day(story.old), day(story.new)
    joined = f"; {shown(story.parts.joined)} customers joined since" if story.parts.joined else ""
    if kept == total == story.new.segments and not story.events:
        return f"All {total} segments of {old} were found again on {new} and keep their numbers and names{joined}."
    happened = "; ".join(told(event, story.names) for event in story.events)
    return f"Of the {total} segments of {old}, {kept} were found again on {new} and keep their numbers and names{'; ' + happened if happened else ''}{joined}."


def _customers(story: Comparison) -> str:
    parts = story.parts
    if not parts.compared:
        return "No customer is in a segment on both days, so nobody can have moved."
    if not parts.customers_moved:
        return f"None of the {shown(parts.compared)} customers in a segment on both days changed so much that the old model puts them elsewhere."
    moves = [step for step in story.steps[0] if step[0] != step[1] and step[0] > 0 and step[1] > 0]
    how = ", in what they do or how long they have been with you" if any(column.name == "tenure" for column in story.columns) else ""
    source, target, most = max(moves, key=lambda step: step[2])
    return (
        f"{shown(parts.customers_moved)} of the {shown(parts.compared)} customers in a segment on both days ({share(parts.customers_moved / parts.compared)}) "
        f"moved because they changed{how}: the old model itself puts them elsewhere now, most often "
        f"from “{story.names[source]}” to “{story.names[target]}” ({shown(most)})."
    )


def _model(story: Comparison) -> str:
    parts = story.parts
    if not parts.model_moved:
        return "Nobody moved because of the model: on the new day both models put every customer into the same segment."
    also = [f"{shown(parts.by_model)} of them would otherwise be where they were"]
    if parts.by_both:
        also.append(f"{shown(parts.by_both)} had moved anyway")
    if parts.back:
        also.append(f"{shown(parts.back)} had moved but are put back where they were")
    return (
        f"The model moved {shown(parts.model_moved)} ({share(parts.model_moved / parts.compared)}) who did nothing for it: on the same day the new model "
        f"puts them elsewhere than the old one; {_listed(also)}."
    )


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def _stake(story: Comparison) -> str:
    if story.at_stake is None:
        return "The data has no amounts, so no revenue can be put beside these moves."
    if not story.fell:
        return "No revenue is at stake: nobody fell from a segment worth more than the average customer to one worth less."
    sources = sorted({fall.source for fall in story.falls})
    names = " or ".join(f"“{story.names[segment]}”" for segment in sources)
    part = f", {share(story.at_stake / story.revenue)} of all revenue until then" if story.revenue and story.revenue > 0 else ""
    if story.fell < FLOOR:
        return f"Next to no revenue is at stake: {shown(story.fell)} customers fell from {names} to a segment worth less."
    return (
        f"{shown(story.fell)} customers fell from {names} to a segment worth less: {money(story.at_stake, story.currency)} of revenue is at stake, "
        f"what they had brought by {day(story.old)}{part}."
    )


def _do(story: Comparison) -> str:
    decision = story.decision
    act = (
        f"win back the {shown(story.fell)} customers in movers.csv, the largest revenue first"
        if story.fell and story.revenue is not None
        else ""
    )
    if decision.verdict == "blocked":
        return f"Do not sign: {_lower(decision.reasons[0])}"
    if decision.verdict == "sign":
        return "You can sign: the new segments mean what the old ones meant" + (f"; then {act}." if act else ".")
    reasons = f"for {len(decision.reasons)} reasons (see Sign-off), above all that" if len(decision.reasons) > 1 else "because"
    return (
        f"Look before you sign, {reasons} {decision.reasons[0]}: if a segment no longer means what your campaigns take it for, keep the old model"
        + (f", and either way {act}." if act else ".")
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def fate(story: Comparison, entry: Entry) -> str:
    """Return what became of a segment, in a few words."""
    mine = [event for event in story.events if entry.id in (*event.old, *event.new)]
    words = [told(event, story.names) for event in mine if event.kind in {"split", "merged"}]
    kept = any(pair.old == entry.id for pair in story.found.pairs)
    first = "kept" if kept else "gone" if entry.died is not None else "new"
    return "; ".join([first, *words])


def counted(story: Comparison) -> tuple[str, ...]:
    """Return how the counts came about, with the figures put in."""
    parts = story.parts
    placed = (
        "Every customer was placed three times: by the old model on the old day, by the old model on the new day, and by the new model on the new day. "
        "Between the first two the customer moved: same model, another day. Between the last two the model moved: same day, another model."
    )
    went = (
        f"Of {count(parts.compared)} customers in a segment on both days, {count(parts.stayed)} stayed, {count(parts.by_customers)} changed "
        f"themselves, {count(parts.by_model)} by the model alone, {count(parts.by_both)} by both to another segment than before, and "
        f"{count(parts.back)} by both and back to where they were. In the matrix, who was moved by both stands with “by themselves”."
    )
    adding = (
        f"It adds up: {count(parts.changed)} changed = {count(parts.customers_moved)} customers moved + {count(parts.model_moved)} model moved − "
        f"{count(parts.interaction)} counted twice ({count(parts.by_both)} + 2 × {count(parts.back)})."
    )
    found = [placed, went, adding]
    if parts.by_new_model is not None:
        found.append(
            f"The other way round, with the new model on both days, {count(parts.by_new_model)} customers move ({count(parts.customers_moved)} by the old): "
            "the closer the two, the less it matters which model is asked."
        )
    found.append(
        "Segments are recognised by their customers on the new day, placed by both models: a segment is kept when at least half of all customers that "
        "either model puts there are put there by both (or at least 30% and each is the other's best), and by their middles where fewer than 20 customers "
        "are known. Numbers are never used again."
    )
    found.append(
        f"The verdict is “ready to sign” when every segment was found again, none is new, groups have not become slices and the model "
        f"moves at most {QUIET:.0%} of the customers; it is “do not sign” when data and settings are the same and still over {SAME_DATA:.0%} change. "
        "Worth acting on is who fell, by the old model, from a segment with more revenue per customer than the average to one with less."
    )
    return tuple(found)


def caveats(story: Comparison) -> tuple[str, ...]:
    """Return what to beware of."""
    found = []
    if story.parts.by_new_model is None:
        found.append(f"The data of {day(story.old)} lacks features of the new model, so customers were followed with the old model only.")
    if "slices" in (story.old.verdict, story.new.verdict):
        which = (
            "Both segmentations are"
            if story.old.verdict == story.new.verdict
            else f"The segments of {day(story.old if story.old.verdict == 'slices' else story.new)} are"
        )
        found.append(
            f"{which} slices of a continuum, not natural groups: borders could run elsewhere, so part of what the model moved is arbitrary."
        )
    found += [
        f"{count(side.elsewhere)} customers of {day(side)} stand in another segment in that run's files than its frozen rule says; here the rule counts."
        for side in (story.old, story.new)
        if side.elsewhere
    ]
    return tuple(found)


def signed(value: int) -> str:
    """Return a change with its sign.

    Examples
    --------
    >>> signed(12), signed(-3), signed(0)
    ('+12', '−3', '0')
    """
    return f"+{value:,}" if value > 0 else f"−{-value:,}" if value < 0 else "0"
