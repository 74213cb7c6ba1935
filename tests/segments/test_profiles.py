"""Profiles, names, strategies and consequences say what the numbers hold, and nothing about few customers."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.consequences import consequences
from segmentry.segments.meanings import meaning_of, plain_words, telling, topics
from segmentry.segments.names import name_segments
from segmentry.segments.playbook import suggest
from segmentry.segments.profiles import profile
from segmentry.segments.projection import project
from segmentry.segments.results import Candidate, Difference, Selection, Structure
from segmentry.segments.summary import Facts, executive_summary

N = 200
LABELS = np.repeat([1, 2], N // 2)
RECENCY = Column("recency", "Days since last purchase", "days", "days", group="purchases")
SPEND = Column("monetary", "Total net spend", "money", group="value")
AGE = Column("age", "Age", group="demographics")
FREQUENCY = Column("frequency", "Purchases", "count", group="purchases")
INCOME = Column("income", "Income", "money", group="demographics")
TOWN = Column("town", "Town", "category", levels=("Ayr", "Bath", "Cork", "Deal"), group="place")


def by_name(*columns: Column) -> dict[str, Column]:
    """Return columns by name."""
    return {column.name: column for column in columns}


def one_column(values, column: Column, **kwargs):
    """Profile one column by LABELS."""
    return profile(Matrix(np.arange(len(values)).astype(object), (column,), np.asarray(values, dtype=float)[:, None]), LABELS, **kwargs)


def test_ranges_are_quartiles_in_the_features_own_unit():
    values = np.concatenate([np.arange(100.0), np.arange(100.0) + 50])
    first = one_column(values, AGE)[0].ranges[0]
    assert (first.q1, first.median, first.q3, first.mean, first.n) == (24.75, 49.5, 74.25, 49.5, 100)


def test_the_effect_is_cohens_d():
    values = np.concatenate([np.arange(100.0), np.arange(100.0) + 50])
    difference = one_column(values, AGE)[0].differences[0]
    expected = -50 / np.sqrt((values[:100].var() * 100 + values[100:].var() * 100) / 198)
    assert difference.effect == pytest.approx(expected)
    assert (difference.segment, difference.others) == (49.5, 99.5)


def test_one_absurd_customer_changes_no_story():
    values = np.random.default_rng(0).normal(40, 5, N) + np.repeat([0, 10], N // 2)
    calm = one_column(values, AGE)[0].differences[0]
    values[0] = 1e18
    wild = one_column(values, AGE)[0].differences[0]
    assert wild.effect == pytest.approx(calm.effect, abs=0.4)
    assert wild.segment == pytest.approx(calm.segment, abs=1)


def test_small_differences_are_not_told():
    assert one_column(np.random.default_rng(0).normal(size=N), AGE)[0].differences == ()


def test_groups_without_variation_inside_have_a_finite_effect():
    assert one_column(LABELS, AGE)[0].differences[0].effect == pytest.approx(-20, abs=0.1)


def test_shares_of_fewer_than_five_customers_are_hidden_and_cannot_be_worked_out():
    codes = np.concatenate([[0] * 70, [1] * 20, [2] * 7, [3] * 3, [0] * 25, [1] * 25, [2] * 25, [3] * 25])
    first, second = one_column(codes, TOWN)
    assert [share.level for share in first.shares] == ["Ayr", "Bath"]
    assert len(second.shares) == 4
    assert first.shares[0].share == 0.7
    assert first.shares[0].overall == pytest.approx(95 / 200)


def test_a_rare_flag_of_a_few_customers_is_not_told():
    flag = np.zeros(N)
    flag[:3] = 1
    first, _ = one_column(flag, Column("vip", "VIP", "flag"))
    assert first.ranges == ()
    assert first.differences == ()


def test_missing_values_count_for_nobody():
    values = np.where(np.arange(N) % 2, np.nan, np.repeat([1.0, 2.0], N // 2) + np.arange(N) % 7)
    assert [each.ranges[0].n for each in one_column(values, AGE)] == [50, 50]


def test_revenue_shares_add_up_and_those_set_aside_come_last():
    revenue = np.where(np.arange(N) < 20, 0.0, 10.0)
    profiles = one_column(np.arange(N), AGE, revenue=revenue, set_aside=np.arange(N) < 20)
    assert [(each.id, each.kind, each.customers) for each in profiles] == [(1, "cluster", 80), (2, "cluster", 100), (0, "set aside", 20)]
    assert sum(each.revenue_share for each in profiles) == pytest.approx(1.0)
    assert profiles[-1].name == "No net purchases"
    assert profiles[-1].differences == ()


def test_without_amounts_there_is_no_revenue():
    assert [(each.revenue, each.revenue_share) for each in one_column(np.arange(N), AGE)] == [(None, None)] * 2


def test_negative_total_revenue_has_no_shares():
    assert [each.revenue_share for each in one_column(np.arange(N), AGE, revenue=np.full(N, -1.0))] == [None, None]


def test_labels_of_another_length_are_refused():
    with pytest.raises(UsageError, match=r"labels have shape \(200,\); the matrix has 10 customers"):
        one_column(np.arange(10), AGE)


@pytest.mark.parametrize(
    ("column", "high", "low"),
    [
        (RECENCY, "lapsed", "recent"),
        (FREQUENCY, "loyal", "occasional"),
        (Column("mean_days_between", "Mean days between purchases", "days"), "occasional", "frequent"),
        (SPEND, "big spenders", "small spenders"),
        (Column("annual_spend", "Net spend per year as a customer", "money", group="value"), "big spenders", "small spenders"),
        (Column("purchases_per_year", "Purchases per year as a customer"), "loyal", "occasional"),
        (Column("average_order_value", "Average spend per purchase", "money", group="value"), "big-basket", "small-basket"),
        (
            Column("discount_share", "Share of the full price saved by discounts", "share", group="value"),
            "bargain hunters",
            "full-price buyers",
        ),
        (Column("channel=web", "Share of spend by channel: web", "share", group="channel"), "web shoppers", ""),
        (Column("category=WINES", "Share of spend by category: WINES", "share", group="range"), "wine lovers", ""),
        (Column("days_since_engagement", "Days since last engagement", "days", group="engagement"), "disengaged", "engaged"),
        (INCOME, "affluent", "lower-income"),
        (AGE, "older", "young"),
        (Column("children", "Children at home", "count"), "families", ""),
    ],
)
def test_features_mean_what_a_marketer_expects(column, high, low):
    meaning = meaning_of(column)
    assert (meaning.high, meaning.low) == (high, low)


@pytest.mark.parametrize("name", ["x0", "Spending Score (1-100)", "average", "PageRank", "category=other"])
def test_unknown_features_have_no_meaning(name):
    assert meaning_of(Column(name, name)) is None


def test_ties_are_resolved_by_the_next_difference():
    columns = by_name(RECENCY, SPEND, AGE, FREQUENCY)
    shared = [Difference("recency", 2.0, 300, 40), Difference("monetary", 1.5, 500, 90)]
    older = [*shared, Difference("age", 0.9, 60, 40)]
    younger = [*shared, Difference("age", -0.8, 25, 40)]
    assert name_segments([older, younger], columns) == ("Lapsed older big spenders", "Lapsed young big spenders")


def test_a_trend_that_follows_from_lapsing_is_not_named():
    trend = Column("trend_90d", "Spend trend, last 90 days against the 90 before")
    found = [Difference("trend_90d", -1.5, -0.8, 0), Difference("recency", 1.2, 200, 40), Difference("monetary", -0.9, 5, 90)]
    assert name_segments([found, found[:1]], by_name(trend, RECENCY, SPEND)) == ("Lapsed small spenders", "Declining customers")


def test_names_are_unique_even_without_differences():
    assert name_segments([[], [], []], by_name(AGE)) == ("Typical customers", "Typical customers, group 2", "Typical customers, group 3")


def test_weak_differences_make_no_name():
    assert name_segments([[Difference("monetary", 0.45, 2, 1)]], by_name(SPEND)) == ("Typical customers",)


def test_features_that_were_clustered_on_are_named_first():
    columns = by_name(SPEND, RECENCY, AGE, INCOME)
    found = [
        Difference("age", 3.0, 60, 30),
        Difference("income", 2.0, 9, 1),
        Difference("monetary", 1.0, 9, 1),
        Difference("recency", 0.9, 9, 1),
    ]
    assert name_segments([found], columns, ["recency", "monetary"]) == ("Lapsed big spenders",)


def test_who_only_buys_more_is_no_bargain_hunter():
    deals = Column("deals", "Deals purchases", "count")
    columns = by_name(deals, FREQUENCY)
    often = [Difference("frequency", 1.0, 20, 10), Difference("deals", 0.8, 4, 2)]
    hunting = [Difference("deals", 1.2, 9, 2), Difference("frequency", 0.6, 15, 10)]
    hardly = [Difference("frequency", -1.0, 2, 10), Difference("deals", -0.8, 1, 3)]
    assert "bargain" not in topics(telling(often, columns), columns)
    assert topics(telling(hunting, columns), columns)["bargain"] == 1.2
    assert "bargain" not in topics(telling(hardly, columns), columns)


@pytest.mark.parametrize(
    ("effects", "title"),
    [
        ({"value": 1.0, "frequency": 1.0}, "VIP care"),
        ({"recency": 1.0, "value": 1.0}, "Win back"),
        ({"recency": 1.0}, "Reactivate at low cost"),
        ({"recency": 1.0, "bargain": 1.0}, "Bargain reactivation"),
        ({"tenure": -1.0}, "Welcome"),
        ({"frequency": 1.0}, "Cross-sell"),
        ({"value": -1.0, "response": 1.0}, "Activate"),
        ({}, "Nurture"),
    ],
)
def test_the_playbook_suggests_by_profile(effects, title):
    assert suggest(effects).title == title


def test_consequences_say_figures_and_stay_silent_without_them():
    store = Column("channel=store", "Share of spend by channel: store", "share", group="channel")
    discount = Column("discount_share", "Share saved by discounts", "share", group="value")
    columns = by_name(store, discount, TOWN, AGE)
    found = [
        Difference("channel=store", -0.9, 0.45, 0.7),
        Difference("discount_share", 0.6, 0.2, 0.05),
        Difference("town", 0.5, 0.6, 0.3, "Bath"),
        Difference("age", 2.0, 60, 30),
    ]
    assert consequences(found, columns) == (
        "Price: share saved by discounts: 20% against 5.0% elsewhere; they wait for offers, so plan discounts with a floor under the margin.",
        "Channels: store: 45% against 70% elsewhere; less their channel than that of others.",
        "Sites: 60% are at Bath against 30% elsewhere; plan local events and stock there.",
    )
    assert consequences([Difference("channel=store", 0.25, 0.5, 0.4)], columns) == ()


def test_two_features_of_one_topic_say_it_once():
    columns = by_name(
        Column("average_order_value", "Average spend per purchase", "money"), Column("items_per_purchase", "Items per purchase")
    )
    found = [Difference("average_order_value", 0.9, 50, 20), Difference("items_per_purchase", 0.8, 5, 2)]
    assert len(consequences(found, columns)) == 1


def test_labels_inside_sentences_keep_months_and_abbreviations():
    assert plain_words(Column("q4", "Share of purchases in October to December (CRM)")) == "share of purchases in October to December"
    assert plain_words(Column("nps", "NPS Score")) == "NPS score"


def test_the_map_is_that_of_scikit_learn_up_to_signs():
    from sklearn.decomposition import PCA

    points = np.random.default_rng(0).normal(size=(300, 6)) @ np.diag([3, 2, 1, 1, 0.5, 0.1])
    ours, theirs = project(points, np.ones(300, dtype=int), list("abcdef"), 0), PCA(3).fit(points)
    np.testing.assert_allclose(np.abs(ours.points), np.abs(theirs.transform(points)), atol=1e-9)
    np.testing.assert_allclose(ours.explained, theirs.explained_variance_ratio_, atol=1e-12)
    assert all(max((one[1][axis] for one in ours.loadings), key=abs) > 0 for axis in range(3))


def test_the_map_draws_at_most_three_thousand_of_every_segment_some():
    labels = np.repeat([1, 2], [9_980, 20])
    drawn = project(np.random.default_rng(0).normal(size=(10_000, 2)), labels, ["a", "b"], 0)
    assert len(drawn.points) <= 3_030
    assert (drawn.segments == 2).sum() == 20
    assert drawn.sampled_from == 10_000


def test_more_features_than_customers_can_be_drawn():
    drawn = project(np.random.default_rng(0).normal(size=(20, 50)), np.ones(20, dtype=int), [str(place) for place in range(50)], 0)
    assert len(drawn.loadings) == 50
    assert 0 < sum(drawn.explained) < 1


def test_the_summary_has_five_sentences_and_warns_of_weak_separation():
    selection = Selection(2, (Candidate(2, 1.0, 0.1, 1.0, 1.0, 10, 200),), "", (), "")
    values = np.where(LABELS == 1, 500.0, 20.0) + np.arange(N)
    profiles = one_column(values, SPEND, revenue=values)
    told = executive_summary(Facts(N, "2014-06-29", 1e5, "EUR", 1, 3), selection, profiles)
    assert len(told) == 5
    assert told[0] == "This report describes 200 customers with 100,000 EUR of revenue as of 2014-06-29."
    assert "weak separation" in told[1]
    assert told[2] == "Most money comes from “Big spenders”: 50% of the customers bring 76% of the revenue."
    assert told[3].startswith("A first step worth testing with “Big spenders” is “grow frequency”: ")
    assert told[4].startswith("Be careful: the borders")
    assert told[4].endswith("3 rows could not be used.")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (
            "segments",
            "these are groups of their own, not slices of one, though they overlap (silhouette 0.20; slices of one group reach 0.15).",
        ),
        ("slices", "a test finds no natural segments: these are slices of a continuum, useful to act on (silhouette 0.20)."),
        ("not enough data", "with 90 customers nobody can tell whether these are groups or slices of one."),
    ],
)
def test_the_second_sentence_speaks_the_verdict(verdict, words):
    found = Structure(verdict, "", 3, silhouette=0.2, reference_silhouette=(0.1, 0.15), customers=90)
    profiles = one_column(np.where(LABELS == 1, 500.0, 20.0) + np.arange(N), SPEND)
    told = executive_summary(Facts(N, features=2), Selection(3, (), "", (), ""), profiles, found)
    assert told[1].startswith("They fall into 3 segments by 2 features")
    assert told[1].endswith(words)
    assert ("the borders between these segments are soft" in told[4]) == (verdict == "slices")
