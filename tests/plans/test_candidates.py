import numpy as np
import pytest

from segmentry.errors import DataRefused, UsageError
from segmentry.plans.candidates import Candidates
from segmentry.plans.offers import Offer

IDS = np.array(["a", "b", "c"], dtype=object)
OFFERS = (Offer("Letter", conversion_cost=2.0), Offer("Call"))
EFFECTS = np.array([[0.1, -0.2], [0.0, 0.3], [0.2, 0.2]])


def test_parts_of_another_shape_are_refused_and_named():
    with pytest.raises(UsageError, match=r"revenue have shape \(3, 1\); allowed is \(3, 2\)"):
        Candidates(IDS, OFFERS, EFFECTS, revenue=np.zeros((3, 1)))
    with pytest.raises(UsageError, match=r"consent 'mail' have shape \(2,\)"):
        Candidates(IDS, OFFERS, EFFECTS, consent={"mail": np.ones(2)})
    with pytest.raises(UsageError, match=r"earlier contacts have shape \(4,\)"):
        Candidates(IDS, OFFERS, EFFECTS, earlier=np.ones(4))


def test_a_customer_who_is_there_twice_is_refused_without_their_id():
    with pytest.raises(DataRefused, match="1 of 3 rows") as refused:
        Candidates(np.array(["secret", "b", "secret"], dtype=object), OFFERS, EFFECTS)
    assert "secret" not in str(refused.value)


def test_a_segment_without_a_name_is_refused():
    with pytest.raises(UsageError, match="segments run from -1 to 2; allowed is −1 to 1"):
        Candidates(IDS, OFFERS, EFFECTS, segment=np.array([-1, 0, 2]), segments=("gold", "rest"))


def test_costs_of_conversion_are_paid_for_all_who_answer_also_those_who_would_buy_anyway():
    answers = EFFECTS + 0.4
    assert Candidates(IDS, OFFERS, EFFECTS, answers=answers).converting(0) == pytest.approx([1.0, 0.8, 1.2])
    assert Candidates(IDS, OFFERS, EFFECTS).converting(0) == pytest.approx([0.2, 0.0, 0.4])
    assert Candidates(IDS, OFFERS, EFFECTS).converting(1).tolist() == [0.0, 0.0, 0.0]


def test_some_customers_are_taken_with_all_that_is_known_of_them():
    chosen = Candidates(
        IDS,
        OFFERS,
        EFFECTS,
        revenue=10 * EFFECTS,
        answers=EFFECTS + 0.4,
        earlier=np.arange(3.0),
        consent={"mail": np.array([1.0, 0.0, 1.0])},
        segment=np.array([0, 1, -1]),
        segments=("gold", "rest"),
    )
    part = chosen.take(np.array([2, 0]))
    assert part.ids.tolist() == ["c", "a"]
    assert part.earlier.tolist() == [2.0, 0.0]
    assert part.consent["mail"].tolist() == [1.0, 1.0]
    assert part.segment.tolist() == [-1, 0]
    assert np.array_equal(part.revenue, 10 * EFFECTS[[2, 0]])
