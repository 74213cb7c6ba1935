"""The chapter on method: settings as they were, and the words a reader may not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from segmentry.plots.numbers import share
from segmentry.results import plain
from segmentry.segments.methods import METHODS

if TYPE_CHECKING:
    from segmentry.reports.story import Story

GLOSSARY: tuple[tuple[str, str, bool], ...] = (
    ("Segment", "A group of customers who are alike in the features listed in this report, and unlike the other groups.", True),
    ("Feature", "One figure or property per customer, such as days since the last purchase.", False),
    (
        "k-means",
        "A method that puts every customer into the group whose average customer is nearest. It is started several times and the tightest result is kept.",
        True,
    ),
    (
        "Standard deviation",
        "How far customers typically lie from the mean. One standard deviation is a clear difference, two a very large one.",
        False,
    ),
    (
        "Standardised",
        "Shifted and scaled so that every feature has mean 0 and standard deviation 1 and none outweighs another by its unit.",
        False,
    ),
    ("Quartiles", "The values below which a quarter, a half (the median) and three quarters of the customers lie.", False),
    (
        "Silhouette",
        "From −1 to 1: how much nearer customers are to their own segment than to the next one. Above 0.5 is clear; below 0.25 groups flow into each other.",
        True,
    ),
    (
        "Elbow",
        "The spread within segments always falls as segments are added. A bend in the line says that further ones gain little.",
        True,
    ),
    (
        "Calinski-Harabasz",
        "Spread between segments against spread within them; higher is better. Compares numbers of segments on the same data only.",
        True,
    ),
    ("Davies-Bouldin", "How much each segment overlaps with its most similar neighbour; lower is better.", True),
    (
        "Slices of a continuum",
        "Parts of one group without gaps between them. They can be addressed like segments, but their borders could run elsewhere.",
        True,
    ),
    (
        "Stability",
        "How much of a segment comes back when customers are drawn anew and clustered again (Jaccard). Stable from 0.75, not to be trusted below 0.6.",
        True,
    ),
    (
        "Principal component",
        "A weighted sum of the features, chosen to keep as much as possible of their variation, so that many features fit on a map.",
        True,
    ),
    ("Variance explained", "The part of the variation of all features that the map keeps. The rest cannot be seen on it.", True),
    (
        "Association",
        "For two numbers how steadily one rises with the other; with categories, how much one tells about the other. It is no proof of a cause.",
        False,
    ),
    ("Outlier", "A value far beyond the range in which the bulk of the customers lie. It may be an error or the best customer.", False),
    ("Quarantine", "Rows that could not be used, each kept aside with the reason and what to do about it.", False),
    (
        "As-of date",
        "The day all features look back from. It comes from the data, never from the calendar, so that a run can be repeated.",
        False,
    ),
    (
        "Adjusted Rand index",
        "How far two groupings put the same customers together: 1 is the same grouping, 0 no more alike than by chance.",
        True,
    ),
    (
        "BIC",
        "How well a Gaussian mixture fits, less a penalty for each figure it needs; lower is better. Compares mixtures on the same data only.",
        True,
    ),
    ("Cohort", "Customers who came in the same period, followed together from then on.", False),
    (
        "Correlation ratio",
        "How much of the variation of a number lies between the levels of a category: 0 is none, 1 all of it.",
        False,
    ),
    ("Cramér's V", "How much one category tells about another: 0 is nothing, 1 everything.", False),
    (
        "Dendrogram",
        "The tree of hierarchical clustering: the lower two branches join, the more alike their customers are.",
        True,
    ),
    ("Dip", "How far customers along a line are from forming one hump: 0 for one hump, higher where a valley lies between two.", True),
    (
        "Gap",
        "How much tighter the segments are than slices of one group without segments, cut in the same way; about 0 is no tighter.",
        True,
    ),
    (
        "Gaussian mixture",
        "A method that describes each group by an average and its own spread, and gives every customer a probability of each group.",
        True,
    ),
    (
        "Hierarchical clustering",
        "A method that joins the most alike customers step by step until one tree holds all, which is then cut.",
        True,
    ),
    (
        "Permutation",
        "Giving every customer the value of another one, drawn at random. How many then change their segment says how much a feature matters.",
        True,
    ),
    (
        "Rank correlation",
        "How steadily one number rises with another, whatever the scale: 1 always, 0 not at all, −1 always falling.",
        False,
    ),
    ("RFM", "Recency, frequency, monetary value: scores for the last purchase, the number of purchases and the money spent.", True),
    (
        "Vote share",
        "In how many of the refits on customers drawn anew a customer falls into the own segment: 1 is always. Below 0.6 the place is unsure.",
        True,
    ),
    ("Seed", "The number that random choices start from. With the same data, settings and seed the result is the same.", False),
)
_STARTED = ("kmeans", "kprototypes", "gmm")
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?[/\\](?:[^\s/\\\"']+[/\\])+")


def glossary(*, segments: bool) -> tuple[tuple[str, str], ...]:
    """Return the terms and what they mean; those of segmentation only when there are segments."""
    return tuple(sorted(((term, meaning) for term, meaning, only in GLOSSARY if segments or not only), key=lambda pair: pair[0].casefold()))


def how(story: Story) -> str:
    """Say how the segments were made, by the method that is followed."""
    if story.selection is None:
        return ""
    name = story.selection.method
    method = METHODS.get(name)
    by = f"{method.words}, which {method.idea}," if method else name
    starts = ", with several starts for every number of segments" if name.startswith(_STARTED) else ""
    others = [] if story.comparison is None else [METHODS[each.method].words for each in story.comparison.contenders[1:]]
    beside = f" It was set beside {_listed(others)} (see Methods compared)." if others else ""
    return (
        f"Customers were grouped by {by} on {len(story.used) or 'the'} {'feature' if len(story.used) == 1 else 'features'}, each transformed where it is "
        f"skewed and then standardised{starts}.{beside} The number was chosen by the measures above within what the settings allow. Names, summaries and "
        "suggestions are made from the profiles by fixed rules, so the same data gives the same words."
    )


def filled(story: Story) -> str:
    """Say how many values were filled in for the clustering, for pictures drawn in its space; empty when none were."""
    gaps = {row.feature: row.missing for row in story.preparation if row.missing}
    if not gaps:
        return ""
    most = max(gaps, key=lambda feature: gaps[feature])
    if len(gaps) == 1:
        return f"For the clustering, “{most}” was filled in for the {share(gaps[most])} of the customers without a value."
    return f"For the clustering, missing values of {len(gaps)} features were filled in, for at most {share(gaps[most])} of the customers (“{most}”)."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def flat(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return nested settings as rows of a dotted key and a text; what is empty is left out.

    Examples
    --------
    >>> flat({"run": {"seed": 7, "as_of": None}, "segments": {"features": ["age"]}})
    (('run.seed', '7'), ('segments.features', 'age'))
    """
    return tuple(_rows(plain(dict(settings)), ""))


def _rows(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _rows(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        if value:
            yield key, ", ".join(str(part) for part in value)
    elif value not in (None, ""):
        yield key, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def without_folders(command: str) -> str:
    """Return a command in which absolute paths are cut to their last part.

    Examples
    --------
    >>> without_folders("segmentry run /srv/data/shop.csv --k 5")
    'segmentry run shop.csv --k 5'
    """
    return _FOLDERS.sub("", command)
