"""CDNOW as the literature reads it: every purchase day, zero dollars included; calibration to 1997-09-30, in weeks."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segmentry.value.tracking import Arrivals

CUTOFF, LAST = datetime.date(1997, 9, 30).toordinal(), datetime.date(1998, 6, 30).toordinal()


@dataclass
class Past:
    X: np.ndarray
    later: np.ndarray
    mean_value: np.ndarray
    later_value: np.ndarray
    arrivals: Arrivals
    gaps: tuple[np.ndarray, np.ndarray, np.ndarray]


def look_back(path: Path) -> Past:
    rows = [line.split() for line in path.read_text().splitlines()]
    customer = np.unique([int(row[0]) for row in rows], return_inverse=True)[1]
    day = np.array([datetime.date(int(row[2][:4]), int(row[2][4:6]), int(row[2][6:])).toordinal() for row in rows])
    pairs, place = np.unique(np.column_stack([customer, day]), axis=0, return_inverse=True)
    spent = np.bincount(place.reshape(-1), weights=[float(row[4]) for row in rows])
    who, when = pairs.T
    n = who.max() + 1
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    first, early = when[starts], when <= CUTOFF
    repeat = np.ones(len(who), dtype=bool)
    repeat[starts] = False
    frequency = np.bincount(who[early & repeat], minlength=n)
    last = np.zeros(n)
    np.maximum.at(last, who[early], when[early])
    with np.errstate(invalid="ignore"):
        mean_value = np.bincount(who[early & repeat], weights=spent[early & repeat], minlength=n) / frequency
        gap = np.diff(when, prepend=0)[early & repeat].astype(float)
        owner = who[early & repeat]
        mean = np.bincount(owner, weights=gap, minlength=n) / frequency
        spread = np.sqrt(np.bincount(owner, weights=(gap - mean[owner]) ** 2, minlength=n) / frequency)
    return Past(
        np.column_stack([frequency, (last - first) / 7, (CUTOFF - first) / 7]),
        np.bincount(who[~early], minlength=n).astype(float),
        mean_value,
        np.bincount(who[~early], weights=spent[~early], minlength=n),
        Arrivals.of(np.unique(first, return_counts=True), np.unique(when[repeat], return_counts=True), cutoff=CUTOFF, last=LAST),
        (frequency, mean, spread),
    )
