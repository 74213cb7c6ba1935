"""Two campaigns: what is said when they are tangled, not by lot, or cannot be told apart."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from segmentry.errors import NotEnoughData
from segmentry.experiments.concurrent import concurrent
from segmentry.experiments.novelty import Asked
from segmentry.experiments.trial import Metric, Trial

VISITS = Metric("visits", "Visits", "number")
ASKED = Asked(VISITS, "mail")


def _trials(customers=4000, seed=1, mail_effect=0.5, share=lambda mail: 0.5):
    rng = np.random.default_rng(seed)
    mail = rng.integers(0, 2, customers)
    banner = (rng.random(customers) < share(mail)).astype(np.int64)
    ids = np.arange(customers).astype(str).astype(object)
    outcomes = (rng.normal(size=customers) + mail_effect * mail)[:, None]
    return [Trial(name, ids, ("none", name), arm, (VISITS,), outcomes, "lot", "x") for name, arm in (("Mail", mail), ("Banner", banner))]


def test_customers_are_counted_by_what_they_got():
    one, two = _trials()
    found = concurrent(one, two, ASKED)
    both = int(((one.arm == 1) & (two.arm == 1)).sum())
    assert found.customers[3] == both
    assert sum(found.customers) == 4000


def test_the_other_campaign_is_found_by_id_in_any_order():
    one, two = _trials()
    order = np.random.default_rng(2).permutation(4000)
    assert concurrent(one, two.take(order), ASKED) == concurrent(one, two, ASKED)


def test_customers_who_were_not_part_of_the_other_stay_in_the_first_one():
    one, two = _trials()
    found = concurrent(one, two.take(np.arange(2000)), ASKED)
    assert sum(found.customers) == 2000
    assert found.credited == (True, False)
    whole = concurrent(one.take(np.arange(2000)), two.take(np.arange(2000)), ASKED)
    assert found.effects[0].high - found.effects[0].low < whole.effects[0].high - whole.effects[0].low


def test_a_campaign_that_was_not_by_lot_is_observational():
    one, two = _trials()
    found = concurrent(one, dataclasses.replace(two, assigned="unknown"), ASKED)
    assert found.grade == "observational"
    assert "not given by lot" in found.verdict


def test_a_campaign_that_came_of_the_first_is_said():
    one, two = _trials(share=lambda mail: np.where(mail == 1, 0.8, 0.2))
    assert "if it came of Mail" in concurrent(one, two, ASKED).verdict


def test_campaigns_that_always_go_together_are_refused():
    one, _ = _trials()
    with pytest.raises(NotEnoughData, match="ALWAYS_TOGETHER"):
        concurrent(one, dataclasses.replace(one, name="Banner"), ASKED)
