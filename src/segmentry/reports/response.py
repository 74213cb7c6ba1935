"""The chapter "Who will answer": what was asked, whether it can be told, whom to contact, how far to believe it, and how segments compare.

Everything is told from a frozen `propensity.results.Response`; nothing is fitted here, and no figure is that of a single customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.plots.numbers import count, share
from segmentry.propensity.results import Leak, Response
from segmentry.reports.answers import Answers, answers, contact, told
from segmentry.reports.associations import Associations, associations
from segmentry.reports.contacting import Contacting, advice, below_chance, contacting, counted, told_apart
from segmentry.reports.judgement import Judgement, judgement, no_better, typed, verdict, wrong

_NAMED = 4


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_response.html` shows, as text and pictures.

    Parameters
    ----------
    lead : tuple of str
        Paragraphs: what was asked, whether it can be told, whom to contact.
    refusal : str
        Why there is no model; empty when there is one.
    cautions : tuple of (level, words)
        Said in boxes: no better than a plain rule, probabilities off, columns kept that may know the answer.
    contacting : Contacting or None
    judgement : Judgement or None
    answers : Answers or None
    associations : Associations or None
    leaks : tuple of (column, what was found, what was done)
    notes : tuple of str
    """

    lead: tuple[str, ...]
    refusal: str = ""
    cautions: tuple[tuple[str, str], ...] = ()
    contacting: Contacting | None = None
    judgement: Judgement | None = None
    answers: Answers | None = None
    associations: Associations | None = None
    leaks: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()


def chapter(found: Response, currency: str = "") -> Chapter:
    """Return the chapter; a refusal is a chapter too, that says what is missing.

    Parameters
    ----------
    found : Response
    currency : str
        Symbol or code; empty when the data does not say.
    """
    leaks, notes = _leaks(found.leaks), tuple(typed(words) for words in found.notes)
    if found.refusal:
        return Chapter((asked(found), *_left_out(found.leaks)), typed(found.refusal), leaks=leaks, notes=notes)
    can = verdict(found)
    return Chapter(
        lead=(asked(found), *((can,) if can else ()), *_left_out(found.leaks)),
        cautions=_cautions(found),
        contacting=contacting(found, currency),
        judgement=judgement(found),
        answers=answers(found),
        associations=associations(found, currency),
        leaks=leaks,
        notes=notes,
    )


def asked(found: Response) -> str:
    """Say what is foretold and how many said yes before."""
    what = f"Foretold is “{found.words or found.target}”"
    if not found.customers:
        return f"{what}."
    if found.refusal or not FLOOR <= found.answered <= found.customers - FLOOR:
        few = f"fewer than {FLOOR} customers" if found.customers < FLOOR else counted(found, found.customers)
        return f"{what}; the answer of {few} is known."
    rate = share(found.answered / found.customers)
    return f"{what}: of the {counted(found, found.customers)} whose answer is known, {count(found.answered)} said yes ({rate})."


def _cautions(found: Response) -> tuple[tuple[str, str], ...]:
    kept = [f"“{leak.words}”" for leak in found.leaks if leak.kept]
    known = (
        f"{_listed(kept)} may know the answer, and {'was' if len(kept) == 1 else 'were'} kept because the settings confirm that "
        f"{'it is' if len(kept) == 1 else 'they are'} known before the contact. If that is wrong, every figure here is too good."
        if kept
        else ""
    )
    levels = (
        ("No better than a plain rule" if told_apart(found) else "Cannot be told", no_better(found)),
        ("Read with care", wrong(found)),
        ("Read with care", below_chance(found)),
        ("Read with care", known),
    )
    return tuple((level, words) for level, words in levels if words)


def _left_out(leaks: Sequence[Leak]) -> tuple[str, ...]:
    names = [f"“{leak.words}”" for leak in leaks if not leak.kept]
    if not names:
        return ()
    what = (
        "One column was left out because it knows the answer or seems"
        if len(names) == 1
        else f"{len(names)} columns were left out because they know the answer or seem"
    )
    return (f"{what} to be known only after it: {_listed(names)}. See “Columns that know the answer” below.",)


def _listed(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _leaks(found: Sequence[Leak]) -> tuple[tuple[str, str, str], ...]:
    return tuple((leak.words, typed(leak.told), "kept: confirmed in the settings" if leak.kept else "left out") for leak in found)


def summary_sentence(found: Response | None, currency: str = "") -> str:
    """Return one sentence for the summary; empty when nothing was asked."""
    if found is None:
        return ""
    if found.refusal:
        return "Who will answer could not be foretold; the chapter on it says what is missing."
    if not told_apart(found):
        return f"Who will answer (“{found.words or found.target}”) cannot be told from this data: everybody is as likely as the average."
    plain = "" if found.better else " The model is no better than a plain rule, so the plain rule is used."
    if found.profit is not None:
        return f"{advice(found.profit, currency)}{plain}"
    return f"{verdict(found)}{plain}".strip()


def card_line(found: Response | None, segment: int) -> str:
    """Return what a segment's card says about its answers; empty when nothing is known or may be told."""
    row = None if found is None else next((each for each in told(found) if each.id == segment), None)
    if row is None:
        return ""
    pays = "" if row.worth_contacting is None else f"; contacting pays for {contact(row)} of them"
    return f"{share(row.rate.value)} answered ({share(row.rate.low)} to {share(row.rate.high)}, n = {count(row.customers)}){pays}."
