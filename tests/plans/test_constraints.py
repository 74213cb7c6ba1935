import pytest

from segmentry.errors import UsageError
from segmentry.plans.constraints import Budget, Capacity, Consent, ContactCap, Holdout, MinReach


def test_constraints_read_as_they_were_written():
    written = [
        Budget(50_000),
        Budget(0.5),
        Capacity("mail", 5_000),
        ContactCap(2, per="month"),
        MinReach("gold", 0.2),
        Holdout(0.1, salt="spring"),
        Consent(),
    ]
    assert [str(each) for each in written] == [
        "Budget(50_000)",
        "Budget(0.5)",
        "Capacity('mail', 5_000)",
        "ContactCap(2, per='month')",
        "MinReach('gold', 0.2)",
        "Holdout(0.1, salt='spring')",
        "Consent()",
    ]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Budget(-1), "the budget is -1"),
        (lambda: Budget(float("nan")), "the budget is nan"),
        (lambda: Capacity("mail", 2.5), "capacity of 'mail' is 2.5"),
        (lambda: MinReach("gold", 1.5), "Write 0.2 for 20%"),
        (lambda: MinReach("gold", -0.1), "least reach of segment 'gold' is -0.1"),
        (lambda: ContactCap(0), "most contacts of one customer are 0"),
        (lambda: ContactCap(1, per="mnth"), "did you mean 'month'"),
        (lambda: ContactCap(1, per=0), "days of a contact cap are 0"),
        (lambda: Holdout(1.0), "share of the hold-out is 1"),
        (lambda: Holdout(0.1, salt=""), "salt of the hold-out is empty"),
    ],
)
def test_what_is_not_allowed_is_refused_in_words(make, words):
    with pytest.raises(UsageError, match=words):
        make()


@pytest.mark.parametrize(
    ("least", "size", "customers"), [(0.2, 10, 2), (0.2, 11, 3), (0.1, 30, 3), (1, 10, 1), (7, 3, 7), (0.0, 10, 0), (0.99, 0, 0)]
)
def test_a_share_is_of_the_whole_segment_and_rounded_up(least, size, customers):
    assert MinReach("gold", least).customers(size) == customers


def test_periods_are_days():
    assert [ContactCap(1, per=per).days for per in ("day", "week", "month", "quarter", "year", 45)] == [1, 7, 30, 91, 365, 45]
