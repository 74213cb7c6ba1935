"""The chapter on method: settings as they were, and the words a reader may not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from segmentry.results import plain

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
    ("Seed", "The number that random choices start from. With the same data, settings and seed the result is the same.", False),
)
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?[/\\](?:[^\s/\\\"']+[/\\])+")


def glossary(*, segments: bool) -> tuple[tuple[str, str], ...]:
    """Return the terms and what they mean; those of segmentation only when there are segments."""
    return tuple((term, meaning) for term, meaning, only in GLOSSARY if segments or not only)


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
