"""What the page of marketing impact tells: a plan, how sure it is, trials, what campaigns brought, and what each figure rests on.

Everything is optional but a title: a chapter stands on the page when there is something to tell, and a refusal is something to tell. The story holds
results as their makers made them; the page is made from them without computing anything, and names no customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from segmentry.errors import Problem
from segmentry.experiments.results import Analysis
from segmentry.experiments.selfcheck import SelfCheck
from segmentry.plans.channels import Channels
from segmentry.plans.evidence import Graded, Mixture, NoFigure, add
from segmentry.plans.fairness import Fairness
from segmentry.plans.hitrates import HitRates
from segmentry.plans.nextbest import NextBest
from segmentry.plans.replay import Replay
from segmentry.plans.results import Allocation, Conflict, Frontier
from segmentry.plans.returns import Returns
from segmentry.plans.segmenting import Segmenting
from segmentry.results import Note
from segmentry.uplift.results import Uplift

Part = Literal["plan", "replay", "segmenting", "fairness", "uplift", "experiments", "returns", "next"]


@dataclass(frozen=True, slots=True)
class OfferFigure:
    """What may be promised of one offer of the plan.

    Parameters
    ----------
    offer : str
        Its name, as in the plan.
    figure : Graded or NoFigure
        What the customers who get it are expected to bring after costs, in all, with the optimism of choosing removed; or why nobody can say.
    """

    offer: str
    figure: Graded | NoFigure


@dataclass(frozen=True, slots=True, eq=False)
class ImpactStory:
    """Everything the page is made from.

    Parameters
    ----------
    title : str
    customers : int
        In the data; 0 when not known.
    day : str
        As-of day, ISO; empty when the data has none.
    currency : str
        Symbol or code; empty when the data does not say.
    plan : Allocation or None
    segment_ids : tuple of int
        Id of each segment of the plan, in its order, so that numbers and colours are those of other pages; empty takes 1, 2, ….
    figures : tuple of OfferFigure
        One per offer of the plan, as far as there are any.
    promised : Mixture or None
        What the whole plan may promise, by grade, with the optimism removed; None takes the sum of `figures` by grade.
    frontier : Frontier or None
    conflict : Conflict or None
        Why there is no plan within the limits.
    replay : Replay or None
    segmenting : Segmenting or None
    fairness : Fairness or None
    uplift : Uplift or None
    analyses : tuple of Analysis
        Trials, the most important first.
    selfchecks : tuple of SelfCheck
        False alarms on the data itself, one per metric.
    returns : Returns or None
    channels : Channels or None
    hits : tuple of HitRates
    nextbest : NextBest or None
        What each customer would be recommended; the page counts and names nobody.
    refusals : mapping of part to Problem
        Parts that were asked for and could not be made: "plan", "replay", "segmenting", "fairness", "uplift", "experiments", "returns", "next".
    notes : tuple of Note
    settings : mapping
    versions : mapping
    seed : int
    command, run : str
    """

    title: str
    customers: int = 0
    day: str = ""
    currency: str = ""
    plan: Allocation | None = None
    segment_ids: tuple[int, ...] = ()
    figures: tuple[OfferFigure, ...] = ()
    promised: Mixture | None = None
    frontier: Frontier | None = None
    conflict: Conflict | None = None
    replay: Replay | None = None
    segmenting: Segmenting | None = None
    fairness: Fairness | None = None
    uplift: Uplift | None = None
    analyses: tuple[Analysis, ...] = ()
    selfchecks: tuple[SelfCheck, ...] = ()
    returns: Returns | None = None
    channels: Channels | None = None
    hits: tuple[HitRates, ...] = ()
    nextbest: NextBest | None = None
    refusals: Mapping[Part, Problem] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    command: str = ""
    run: str = ""

    @property
    def expected(self) -> Mixture | None:
        """What the whole plan may promise, one line per grade; None when nobody can say. Offers that nobody gets are not in it."""
        if self.promised is not None:
            return self.promised
        idle = set() if self.plan is None else {portion.name for portion in self.plan.by_offer if portion.customers == 0}
        graded = [each.figure for each in self.figures if isinstance(each.figure, Graded) and each.offer not in idle]
        return add(graded) if graded else None

    @property
    def without_figure(self) -> tuple[NoFigure, ...]:
        """Offers of which nobody can say what they earn, each with what to do instead."""
        return tuple(each.figure for each in self.figures if isinstance(each.figure, NoFigure))
