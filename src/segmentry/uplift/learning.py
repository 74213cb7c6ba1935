"""Everything that is learned from a trial, once: nuisance models, learners, a simple rule, who speaks for whom; and what is drawn and compared from it.

When NOT to use: before the gates and the balance were passed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Matrix
from segmentry.preparation.words import listed
from segmentry.uplift.comparing import Contest, Way, everybody
from segmentry.uplift.curves import gain_curves
from segmentry.uplift.drivers import drivers
from segmentry.uplift.ground import Ground
from segmentry.uplift.heterogeneity import evidence
from segmentry.uplift.judging import Crossed, Settled, cross, score_learner, settle
from segmentry.uplift.learners import EffectModel, Learner, Makers, chosen_learners
from segmentry.uplift.models import effect_maker, outcome_maker
from segmentry.uplift.nuisance import Lesson, fit_nuisance
from segmentry.uplift.policy import best_arm, net
from segmentry.uplift.question import Prices, Question
from segmentry.uplift.results import Driver, Evidence, GainCurve, LearnerScore
from segmentry.uplift.rule import Rule, fit_rule, pick_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

RFM = ("recency", "frequency", "monetary")
RULE = "rule"


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned, out-of-fold.

    Parameters
    ----------
    ground : Ground
    crossed : Crossed
        Of the learners.
    rule : Crossed
        Of the simple rule.
    settled, ruled : Settled
        Who speaks for whom; the rule as it is, not calibrated.
    learners : tuple of Learner
    makers : Makers
    pair : str
        The columns of the rule, in words.
    """

    ground: Ground
    crossed: Crossed
    rule: Crossed
    settled: Settled
    learners: tuple[Learner, ...]
    makers: Makers
    pair: str

    @property
    def chosen(self) -> Learner:
        """Return the learner that is used."""
        return next(each for each in self.learners if each.name == self.settled.name)

    def everyone(self) -> Floats:
        """Return the calibrated effect of every customer of the matrix, shape (m, a − 1): out-of-fold for those of the trial."""
        values = self.ground.everyone.values
        effect = np.empty((len(values), self.settled.effect.shape[1]))
        own = self.ground.gathered.rows
        others = np.ones(len(values), dtype=bool)
        others[own] = False
        effect[own] = self.settled.effect
        effect[others] = self.settled.speak(self.crossed.models, values[others])
        return effect

    def by_rule(self) -> Floats:
        """Return the effect by the rule of every customer of the matrix, shape (m, a − 1): out-of-fold for those of the trial."""
        values = self.ground.everyone.values
        effect = np.mean([model.effect(values) for model in self.rule.models[RULE]], axis=0)
        effect[self.ground.gathered.rows] = self.rule.effects[RULE]
        return np.asarray(effect)


def learn(ground: Ground, question: Question) -> Learned:
    """Fit everything.

    Parameters
    ----------
    ground : Ground
    question : Question
    """
    gathered, categories = ground.gathered, ground.categories
    values = ground.matrix.values
    makers = Makers(
        question.outcome or outcome_maker(gathered.outcome, categories=categories, seed=question.seed),
        question.effect or effect_maker(len(values), categories=categories, seed=question.seed),
        categories,
    )
    nuisance = fit_nuisance(
        values, gathered.dealt.arm, gathered.outcome, probability=gathered.dealt.probability, fold=ground.fold, make=makers.outcome
    )
    learners = chosen_learners(question.learners)
    crossed = cross(nuisance, learners, makers, ground.units)
    rule = cross(nuisance, (_rule(ground.matrix, question.rule),), makers, ground.units)
    return Learned(ground, crossed, rule, settle(crossed), learners, makers, _pair(ground.matrix, rule.models[RULE]))


def scorecard(learned: Learned, top: float) -> tuple[LearnerScore, ...]:
    """Return every learner and the rule, judged out-of-fold, per treatment."""
    chosen = learned.settled.name
    scores = [each for one in learned.learners for each in score_learner(learned.crossed, one.name, one.words, top=top, chosen=chosen)]
    return (*scores, *score_learner(learned.rule, RULE, f"rule of {learned.pair}", top=top, chosen=chosen))


def weighed(learned: Learned, scores: Sequence[LearnerScore], level: float) -> Evidence:
    """Return whether customers differ in effect, by the learners together."""
    arms = range(1, len(learned.ground.gathered.dealt.arms))
    p = {arm: [each.p_test for each in scores if each.arm == arm and each.name != RULE] for arm in arms}
    return evidence(p, learners=len(learned.learners), folds=learned.crossed.nuisance.folds, level=level)


def curves(learned: Learned, question: Question) -> tuple[GainCurve, ...]:
    """Return the gain curves of expected effects, of the rule and of a random order, per treatment."""
    gained = learned.crossed.gained
    found: list[GainCurve] = []
    for each in range(gained.shape[1]):
        orders = {
            "uplift": ("by expected effect", learned.settled.effect[:, each]),
            RULE: (f"by the rule of {learned.pair}", learned.rule.effects[RULE][:, each]),
        }
        found += gain_curves(
            gained[:, each],
            orders,
            fold=learned.ground.fold,
            units=learned.ground.units,
            arm=each + 1,
            resamples=question.resamples,
            seed=question.seed,
        )
    return tuple(found)


def contest(learned: Learned, effect: Floats, prices: Prices | None) -> Contest:
    """Return the ways of choosing whom to treat, in money where prices are known.

    Parameters
    ----------
    learned : Learned
    effect : float array, shape (n, a − 1)
        Out-of-fold, of the customers of the trial; the first way acts on it.
    prices : Prices or None
    """
    scores, names = learned.crossed.nuisance.scores, learned.ground.gathered.dealt.arms
    if prices is not None:
        scores = net(scores, revenue=prices.revenue, contact=(0.0, *prices.contact), conversion=(0.0, *prices.conversion))
    nobody = np.zeros(len(scores), dtype=np.int64)
    ways = [
        Way("uplift", "by expected effect", best(effect, prices), learned=True, simple=False),
        Way("nobody", "nobody", nobody, learned=False, simple=True),
        *(Way(name := everybody(names[arm], len(names)), name, nobody + arm, learned=False, simple=True) for arm in range(1, len(names))),
        Way(RULE, f"by the rule of {learned.pair}", best(learned.rule.effects[RULE], prices), learned=True, simple=True),
    ]
    return Contest(scores, tuple(ways), learned.ground.units, learned.crossed.nuisance.folds)


def rule_words(learned: Learned, prices: Prices | None) -> str:
    """Return whom the rule treats, in words, after learning from all; empty with several treatments, or when it treats all or none.

    The cells are those of the rule as it would be used from now on; what it is worth was judged with rules that had not seen the customers.
    """
    known, matrix = learned.crossed.nuisance, learned.ground.matrix
    cuts = _usual(learned.rule.models[RULE]).cuts
    whole = Lesson(known.values, known.arm, known.outcome, known.probability, known.mean, known.models[0])
    rule = fit_rule(whole, [cut.place for cut in cuts], learned.makers.categories)
    if known.probability.shape[1] > 2:
        return ""
    seen = (
        np.unique(np.column_stack([cut.codes(known.values) for cut in rule.cuts]), axis=0) if rule.cuts else np.zeros((0, 2), dtype=np.intp)
    )
    sizes = tuple(cut.count for cut in rule.cuts)
    cells = [tuple(cell) for cell in seen.tolist() if best(rule.table[[np.ravel_multi_index(cell, sizes)]], prices)[0]]
    if len(cells) in (0, len(seen)):
        return ""
    columns = [matrix.columns[cut.place] for cut in rule.cuts]
    names = [column.words or column.name for column in columns]
    told = []
    for code in dict.fromkeys(cell[0] for cell in cells):
        first = f"{names[0]} {rule.cuts[0].label(code, columns[0])}"
        own = [cell for cell in cells if cell[0] == code]
        # Where the second column makes no difference it is not named.
        split = len(columns) > 1 and len(own) < int((seen[:, 0] == code).sum())
        second = [rule.cuts[1].label(cell[1], columns[1]) for cell in own] if split else []
        told.append(f"{first} with {names[1]} {' or '.join(second)}" if second else first)
    return "; ".join(told)


def driven(learned: Learned, arms: Sequence[int]) -> tuple[Driver, ...]:
    """Return what the expected effects of these treatments hang on."""
    ground = learned.ground
    return tuple(
        driver
        for arm in arms
        for driver in drivers(
            ground.matrix,
            learned.settled.effect[:, arm - 1],
            learned.crossed.gained[:, arm - 1],
            given=ground.gathered.dealt.arm,
            arm=arm,
            units=ground.units,
        )
    )


def best(effect: Floats, prices: Prices | None) -> Codes:
    """Return the arm that is expected to bring most, shape (n,); 0 where none brings anything after costs."""
    if prices is None:
        return best_arm(effect)
    return best_arm(effect, revenue=prices.revenue, contact=prices.contact, conversion=prices.conversion)


def _rule(matrix: Matrix, named: tuple[str, ...]) -> Learner:
    known = [name for name in RFM if name in matrix.names]
    names = [name for name in named if name in matrix.names] or (known if len(known) > 1 else list(matrix.names))
    places = [matrix.position(name) for name in names]

    def fit(lesson: Lesson, makers: Makers) -> EffectModel:
        pair = places if named else pick_columns(lesson, places, makers.categories)
        return fit_rule(lesson, pair, makers.categories)

    return Learner(RULE, "rule of two columns", fit)


def _usual(models: Sequence[EffectModel]) -> Rule:
    """Return the first rule of the columns that most folds take."""
    rules = [(tuple(sorted(cut.place for cut in model.cuts)), model) for model in models if isinstance(model, Rule)]
    pairs = Counter(pair for pair, _ in rules)
    usual = min(pair for pair, count in pairs.items() if count == max(pairs.values()))
    return next(model for pair, model in rules if pair == usual)


def _pair(matrix: Matrix, models: Sequence[EffectModel]) -> str:
    """Return the columns that most folds take for the rule, in words."""
    places = sorted(cut.place for cut in _usual(models).cuts)
    return listed([matrix.columns[place].words or matrix.columns[place].name for place in places]) or "no column"
