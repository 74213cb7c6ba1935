"""What is expected of every customer and offer, and what that rests on: a trial, campaigns of the past, or somebody's word.

An offer is planned with the best evidence there is for it. One without any gets no figure and no customers, but an experiment that would give one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine
from segmentry.errors import DataRefused, NotEnoughData, UsageError
from segmentry.experiments.power import Baseline, Plan, needed
from segmentry.experiments.trial import Metric
from segmentry.features.outcomes import answered, answers
from segmentry.plans.candidates import Candidates
from segmentry.plans.evidence import Grade, NoFigure, advise
from segmentry.plans.offers import Offer
from segmentry.plans.proof import effects, takeup
from segmentry.plans.segmenting import WayName
from segmentry.project.baselines import figures
from segmentry.project.offering import Reachable
from segmentry.project.proving import Proven
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.results import Note

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# A segment's answers are drawn towards those of all by as much as so many contacts weigh.
STEADY = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """One offer, what is expected of it, and why.

    Parameters
    ----------
    offer : Offer
    grade : {"randomised", "observational", "assumption"}
    source : str
        In words.
    gain : float array, shape (n,)
        Money per customer before the cost of the contact.
    answers : float array, shape (n,), or None
        Share who take it up; None where not known.
    """

    offer: Offer
    grade: Grade
    source: str
    gain: Floats
    answers: Floats | None

    @property
    def gross(self) -> bool:
        """Whether all answers are counted, also of who would have bought anyway."""
        return self.grade == "observational"


def expectations(
    engine: Engine,
    reading: Reading,
    offers: Sequence[Offer],
    settings: Settings,
    *,
    segment: Codes,
    proven: Proven | None = None,
    way: WayName = "nobody",
    arms: Sequence[str] = (),
) -> tuple[tuple[Expectation, ...], tuple[NoFigure, ...]]:
    """Return what is expected of each offer, and the offers of which nobody can say anything, each with what to do instead.

    Parameters
    ----------
    segment : int array, shape (n,)
        Of every customer, as a position among the segments of the proof; −1 for none.
    proven : Proven or None
        What a trial says.
    way : str
        How finely it allows to choose.
    arms : sequence of str
        Treatments of the trial in the data, for the message that names them.

    Raises
    ------
    UsageError
        When an offer names an arm that neither a trial nor a campaign is called.
    """
    found: list[Expectation] = []
    without: list[NoFigure] = []
    campaigns = _campaigns(engine, reading)
    tested = _tested(proven, way, segment, offers)
    for place, offer in enumerate(offers):
        told = settings.offers[place]
        campaign = next((name for name in (told.arm, offer.name) if name in campaigns), None)
        if told.arm and campaign is None and (proven is None or place not in proven.places):
            known = [*arms, *campaigns]
            allowed = suggestion(told.arm, known) if known else "nothing was tried in this data. Leave arm out, and state an effect."
            raise UsageError(
                f"arm of offer {offer.name!r} is {told.arm!r}, which neither an arm of a trial nor a campaign with known answers is called; {allowed}"
            )
        if place in tested:
            found.append(tested[place])
        elif told.effect is not None and offer.value is not None:
            found.append(_assumed(offer, told.effect, proven, segment))
        elif campaign is not None and offer.value is not None:
            found.append(_observed(engine, reading, offer, campaign, segment))
        else:
            without.append(_unknown(engine, reading, offer, settings, _why(place, told.effect, campaign, proven)))
    return tuple(found), tuple(without)


def candidates_of(
    ids: NDArray[np.object_],
    found: Sequence[Expectation],
    reachable: Reachable,
    settings: Settings,
    *,
    segment: Codes | None = None,
    segments: Sequence[str] = (),
) -> Candidates:
    """Return the customers and offers a plan chooses from; `Profit` of each pair is its expected gain."""
    conversions, revenue, taken = (np.zeros((len(ids), len(found))) for _ in range(3))
    for place, each in enumerate(found):
        taking = each.answers if each.answers is not None else np.maximum(each.gain / (each.offer.value or 1.0), 0.0)
        brought = each.gain + each.offer.conversion_cost * taking
        taken[:, place] = taking
        conversions[:, place] = brought / each.offer.value if each.offer.value is not None else 0.0
        revenue[:, place] = brought / each.offer.margin if each.offer.margin is not None else 0.0
    return Candidates(
        ids=ids,
        offers=tuple(each.offer for each in found),
        conversions=conversions,
        revenue=revenue,
        answers=taken,
        earlier=reachable.earlier,
        days=settings.plan.days,
        consent=reachable.consent,
        segment=segment,
        segments=tuple(segments),
    )


def _tested(proven: Proven | None, way: WayName, segment: Codes, offers: Sequence[Offer]) -> dict[int, Expectation]:
    if proven is None or proven.proof is None:
        return {}
    gains = effects(proven.proof, way, segment=segment, expected=proven.expected)
    taking = takeup(proven.proof, segment)[:, 1:]
    source = proven.uplift.source
    return {
        place: Expectation(offers[place], "randomised", source, gains[:, column], taking[:, column])
        for column, place in enumerate(proven.places)
    }


def _assumed(offer: Offer, effect: float, proven: Proven | None, segment: Codes) -> Expectation:
    value = offer.value or 0.0
    base = None if proven is None or proven.proof is None else takeup(proven.proof, segment)[:, 0]
    taking = np.full(len(segment), max(effect, 0.0)) if base is None else np.clip(base + effect, 0.0, 1.0)
    gain = value * effect - offer.conversion_cost * taking
    said = f"stated in the settings: {effect:g} additional buyers per contact"
    return Expectation(offer, "assumption", said, np.broadcast_to(gain, (len(segment),)).copy(), taking)


def _observed(engine: Engine, reading: Reading, offer: Offer, campaign: str, segment: Codes) -> Expectation:
    """Count the answers to a campaign of the past, by segment: gross, because nobody was left alone by lot."""
    _, responded, _ = answered(engine, reading.dataset, campaign)
    known = np.flatnonzero(~np.isnan(responded))
    overall = float(responded[known].mean())
    last = int(segment.max(initial=-1)) + 1
    placed = np.where(segment < 0, last, segment)
    sums, sizes = (np.bincount(placed[known], weights, minlength=last + 1) for weights in (responded[known], None))
    rate = ((sums + STEADY * overall) / (sizes + STEADY))[placed]
    said = f"answers to campaign {campaign} among {len(known):,} customers who were not chosen by lot"
    return Expectation(offer, "observational", said, ((offer.value or 0.0) - offer.conversion_cost) * rate, rate)


def _campaigns(engine: Engine, reading: Reading) -> frozenset[str]:
    try:
        return frozenset(each.name for each in answers(engine, reading.dataset))
    except DataRefused:
        return frozenset()


def _why(place: int, effect: float | None, campaign: str | None, proven: Proven | None) -> str:
    if effect is not None:
        return "An effect is stated, and not what an additional buyer brings: give the offer a value."
    if campaign is not None:
        return f"Campaign {campaign} says who answered, and the offer does not say what an answer brings: give it a value."
    if proven is not None and proven.proof is None and place in proven.places:
        return proven.uplift.refusal or proven.uplift.words
    return "It was never tried by lot, no campaign of that name says who answered, and no effect is stated."


def _unknown(engine: Engine, reading: Reading, offer: Offer, settings: Settings, reason: str) -> NoFigure:
    """Return no figure, and the experiment that would give one."""
    try:
        past = figures(engine, reading, settings)
        rate = float(np.nanmean(past.values)) if past.metric.kind == "yes/no" else None
    except (DataRefused, ValueError):
        rate = None
    worth = (offer.value or 0.0) - offer.conversion_cost

    def sizes(base: float, effect: float) -> int:
        found = Baseline(Metric("bought", "Bought", "yes/no"), reading.dataset.customers, base, base * (1 - base), base)
        return max(needed(found, effect, Plan(alpha=settings.experiment.alpha, power=settings.experiment.power)))

    try:
        return advise(offer.name, reason=reason, cost=offer.cost, worth=worth, rate=rate, customers=reading.dataset.customers, sizes=sizes)
    except NotEnoughData:
        # No experiment is large enough for so small an effect: that holds up no other offer.
        return NoFigure(offer.name, reason)


def sources(found: Sequence[Expectation]) -> Mapping[str, str]:
    """Return what each offer rests on, in words, by its name."""
    return {each.offer.name: f"{each.grade}{', gross' if each.gross else ''}: {each.source}" for each in found}


def notes_of(found: Sequence[Expectation]) -> tuple[Note, ...]:
    """Return the cautions that go with the evidence."""
    told = [each.offer.name for each in found if each.gross]
    if not told:
        return ()
    words = (
        f"What {', '.join(told)} may bring counts all answers, also of customers who would have bought anyway: it is gross, and too high by an "
        "amount that only a lot can tell."
    )
    return (Note("gross_gains", words, "warning"),)
