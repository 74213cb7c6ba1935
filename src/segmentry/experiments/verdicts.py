"""What is said of a trial, in sentences: effect, interval, evidence; in the words of the phrase book and never beyond them.

When NOT to use: to write a second, shorter verdict for a heading. The sentence is the verdict.
"""

from __future__ import annotations

from segmentry.errors import Problem
from segmentry.experiments.phrases import VERDICTS, amount, signed
from segmentry.experiments.question import Question
from segmentry.experiments.results import Comparison, Role, SegmentEffect
from segmentry.experiments.trial import Metric
from segmentry.preparation.words import figure, listed, percent
from segmentry.results import Estimate

# Beyond this a result points somewhere without being believed.
HINT = 0.05


def on_effect(
    metric: Metric,
    arms: tuple[str, str],
    found: Comparison,
    *,
    adjusted: float,
    role: Role,
    question: Question,
    shrunken: Estimate | None = None,
    needed: int | None = None,
) -> str:
    """Return what is said of one effect.

    Parameters
    ----------
    metric : Metric
    arms : (str, str)
        Control and treatment.
    found : Comparison
    adjusted : float
        p after correction for the number of questions.
    role : {"primary", "exploratory"}
    question : Question
    shrunken : Estimate or None
    needed : int or None

    Examples
    --------
    >>> from segmentry.experiments.effects import difference_of_shares
    >>> bought = Metric("bought", "Bought", "yes/no")
    >>> found = difference_of_shares([40, 90], [1000, 1000])
    >>> print(on_effect(bought, ("control", "offer"), found, adjusted=found.p, role="primary", question=Question()))
    Bought: 9.0% with offer, 4.0% with control; the difference is +5 points (95% interval +2.9 to +7.2), p below 0.001. More than among the customers who
    were left alone, beyond chance.
    """
    currency = question.currency
    finest = abs(found.difference.value)
    levels = f"{_level(metric, found.treated, finest, currency)} with {arms[1]}, {_level(metric, found.control, finest, currency)} with {arms[0]}"
    evidence = f"p {small(found.p)}{_corrected(found.p, adjusted)}"
    words = [f"{metric.words}: {levels}; the difference is {span(metric, found.difference, currency)}, {evidence}."]
    if adjusted <= question.level:
        words.append(VERDICTS["more" if found.difference.value > 0 else "less"])
        likeliest = None if shrunken is None else signed(metric, shrunken.value, currency)
        if likeliest not in (None, signed(metric, found.difference.value, currency)):
            words.append(f"What is found is found with luck as well; with that taken off, {likeliest} is likeliest.")
    else:
        words.append(_undecided(found, adjusted, question, needed))
    if role == "exploratory":
        words.append(VERDICTS["exploratory"])
    return " ".join(words)


def on_silence(metric: Metric, problem: Problem, needed: int | None, question: Question) -> str:
    """Return what is said of a question that cannot be answered.

    Examples
    --------
    >>> problem = Problem("TOO_FEW_CUSTOMERS", "not enough data: there are 12 customers", "let more take part")
    >>> on_silence(Metric("bought", "Bought", "yes/no"), problem, 5100, Question())
    'Bought: no verdict, not enough data: there are 12 customers. A change of 10% needs about 5,100 more customers.'
    """
    return f"{metric.words}: no verdict, {problem.reason}.{_more(needed, question)}"


def on_segments(metric: Metric, arm: str, rows: tuple[SegmentEffect, ...], p: float | None, *, differ: bool) -> str:
    """Return what is said of the effects in segments.

    Examples
    --------
    >>> on_segments(Metric("bought", "Bought", "yes/no"), "offer", (), None, differ=False)
    'Whether the effect of offer on Bought differs between segments cannot be said: fewer than two segments have enough customers.'
    """
    if p is None:
        return f"Whether the effect of {arm} on {metric.words} differs between segments cannot be said: fewer than two segments have enough customers."
    believed = [row.name for row in rows if row.believed]
    alone = f" Beyond chance by themselves: {listed(believed)}." if believed else ""
    if not differ:
        start = f"No evidence that the effect of {arm} on {metric.words} differs between segments (p {small(p)})"
        return f"{start}: take the effect on all for each of them.{alone}"
    return f"The effect of {arm} on {metric.words} differs between segments, beyond chance (p {small(p)}).{alone} {VERDICTS['exploratory']}"


def span(metric: Metric, found: Estimate, currency: str = "") -> str:
    """Return a difference with its interval.

    Examples
    --------
    >>> span(Metric("bought", "Bought", "yes/no"), Estimate(0.01, -0.002, 0.022))
    '+1 point (95% interval −0.2 to +2.2)'
    """
    low, high = (signed(metric, end, currency).removesuffix(" points").removesuffix(" point") for end in (found.low, found.high))
    return f"{signed(metric, found.value, currency)} (95% interval {low} to {high})"


def small(p: float) -> str:
    """Return a p-value for a sentence.

    Examples
    --------
    >>> small(0.00001), small(0.0231), small(0.5)
    ('below 0.001', '= 0.023', '= 0.50')
    """
    return "below 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def _level(metric: Metric, value: float, finest: float, currency: str) -> str:
    """Return a mean; a share with a decimal more where the arms would look alike beside a difference that is told."""
    if metric.kind == "yes/no":
        return f"{value:.1%}" if 0.1 <= value < 1 and finest < 0.02 else percent(value)
    return amount(value, currency) if metric.kind == "money" else figure(value)


def _corrected(p: float, adjusted: float) -> str:
    after = small(adjusted)
    return "" if after == small(p) else f" ({after.removeprefix('= ')} after correction for the number of questions)"


def _undecided(found: Comparison, adjusted: float, question: Question, needed: int | None) -> str:
    if adjusted <= HINT:
        way = "more" if found.difference.value > 0 else "less"
        start = f"It points to {way}, and is not enough for a verdict, which asks for p of {figure(question.level)} or less."
    else:
        start = VERDICTS["unclear"]
    if needed is None:
        return start
    return f"{start}{_more(needed, question)}"


def _more(needed: int | None, question: Question) -> str:
    return "" if needed is None else f" A change of {percent(question.smallest)} needs about {needed:,} more customers."
