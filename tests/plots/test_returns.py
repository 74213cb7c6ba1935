"""Pictures of returns: incremental and gross money in pictures of their own, hatched where it is not the campaign's doing."""

from __future__ import annotations

import json

from segmentry.plans.channels import ChannelScore
from segmentry.plots import returns
from segmentry.plots.returns import Gross
from segmentry.results import Estimate


def test_incremental_money_has_intervals_and_a_line_at_nothing() -> None:
    line, marks = returns.incremental([("Spring <b>", Estimate(100, -50, 250), "told")], "£", what="profit after spend")["data"]
    assert line["x"] == [0, 0]
    assert (marks["x"], marks["error_x"]["array"]) == ([100], [150])
    assert marks["name"] == "incremental, randomised"


def test_gross_money_is_hatched_and_called_not_the_campaigns_doing() -> None:
    figure = returns.gross([Gross("Spring <b>", 10.0, 500.0, 140.0), Gross("Summer", None, 90.0, None)], "£")
    spend, revenue = figure["data"]
    assert revenue["x"] == [90, 500]
    assert revenue["marker"]["pattern"]["shape"] == "/"
    assert "not the campaign's doing" in revenue["name"]
    assert spend["x"] == [0, 10]
    assert spend["hovertext"][0].endswith("– spent")
    assert figure["layout"]["xaxis"]["title"]["text"] == "money, £"
    assert "Spring <b>" not in json.dumps(figure)


def test_channels_whose_answers_are_hidden_are_not_drawn() -> None:
    shown = ChannelScore("mail {x}", 900, 800, 90, Estimate(0.1, 0.08, 0.12), Estimate(0.09, 0.07, 0.11), 0.09, "observational", 1.0, "")
    hidden = ChannelScore("app", 9, 8, None, None, None, 0.08, "observational", 0.1, "")
    figure = returns.channels([shown, hidden])
    assert figure["layout"]["yaxis"]["ticktext"] == ["mail {x}"]
    raw, adjusted = figure["data"]
    assert (raw["x"], adjusted["x"]) == ([0.1], [0.09])


def test_suggestions_are_filled_and_baselines_hollow() -> None:
    ours, plain = returns.hits([("suggested", Estimate(0.2, 0.1, 0.3), "primary"), ("popular", Estimate(0.1, 0.0, 0.2), "exploratory")])[
        "data"
    ]
    assert not ours["marker"]["symbol"].endswith("-open")
    assert plain["marker"]["symbol"].endswith("-open")
