import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.meanings import TOPICS
from segmentry.segments.playbook import HOUSE, Play, suggest
from segmentry.segments.profiles import profile


def test_plays_of_ones_own_come_first_in_their_order():
    own = HOUSE.extended([Play("Thank you", ("value very high",)), Play("Listen", ("value high", "response low"))])
    assert own.suggest({"value": 0.9, "response": -1.0}).title == "Thank you"
    assert own.suggest({"value": 0.5, "response": -1.0}).title == "Listen"
    assert own.suggest({"value": 0.5, "frequency": 0.5}) == HOUSE.suggest({"value": 0.5, "frequency": 0.5})


def test_a_play_without_conditions_always_holds():
    assert HOUSE.extended([Play("Rest")]).suggest({"value": 2.0}).title == "Rest"


def test_the_channel_of_a_play_wins_over_the_one_they_use():
    assert HOUSE.extended([Play("Call", channel="phone")]).suggest({}, "mail").channel == "phone"
    assert suggest({}, "mail").channel == "mail"
    assert suggest({}).channel == "the one they use most"


@pytest.mark.parametrize(
    ("condition", "words"),
    [("value", "is 'value'"), ("high value", "is 'high value'"), ("valeu high", "did you mean 'value'"), ("value > 3", "is 'value > 3'")],
)
def test_a_condition_that_cannot_be_read_is_refused_with_the_strategy(condition, words):
    with pytest.raises(UsageError, match=words) as refused:
        Play("Thank you", (condition,))
    assert "'Thank you'" in str(refused.value)


def test_conditions_may_speak_of_parts_of_range_and_channel_and_topics_of_two_words():
    assert Play("Wine club", ("range wine high", "channel store low")).holds({"range wine": 0.5, "channel store": -0.5})
    assert Play("Listen", ("Engagement  trend LOW",)).holds({"engagement trend": -0.4})


def test_the_house_speaks_only_of_topics_there_are():
    assert all(
        condition.split(" very")[0].rpartition(" ")[0] in TOPICS or condition.split()[0] in TOPICS
        for play in HOUSE.plays
        for condition in play.when
    )


def test_a_profile_is_advised_by_the_playbook_it_is_given():
    spend = np.concatenate([np.linspace(90.0, 110.0, 40), np.linspace(1.0, 5.0, 40)])
    matrix = Matrix(np.arange(80).astype(str).astype(object), (Column("monetary", "Net spend", "money", group="value"),), spend[:, None])
    labels = np.repeat([1, 2], 40)
    own = HOUSE.extended([Play("Thank you", ("value high",))])
    assert [each.strategy.title for each in profile(matrix, labels, playbook=own)] == ["Thank you", "Serve efficiently"]
    assert [each.strategy.title for each in profile(matrix, labels)] == ["Grow frequency", "Serve efficiently"]
