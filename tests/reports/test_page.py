"""The page is complete in itself, inert, small, the same every time, and says what it must."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from segmentry.plots.theme import javascript
from segmentry.reports import cards
from segmentry.reports.page import render, render_description
from segmentry.reports.story import Story
from segmentry.results import Note
from segmentry.segments.results import Difference, Share

Maker = Callable[..., Story]


class Page(HTMLParser):
    """Elements, attributes and scripts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag == "script" and self.cdata_elem == "script":
            self.scripts.append((attributes.get("type") or "", data))
        else:
            self.words.append(data)

    @property
    def figures(self) -> list[dict]:
        return [json.loads(text) for kind, text in self.scripts if kind == "application/json"]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def shop(story: Maker) -> str:
    return render(story())


@pytest.fixture(scope="module")
def nasty(story: Maker) -> str:
    return render(story(segments=8, more_columns=50, nasty=True, aside=True))


def test_same_story_gives_the_same_bytes(story: Maker, shop: str) -> None:
    assert render(story()) == shop


def test_page_stays_under_six_megabytes_with_less_than_one_of_data(nasty: str) -> None:
    size = len(nasty.encode())
    assert size < 6_000_000
    assert size - len(javascript().encode()) < 1_000_000


def test_nothing_is_asked_of_the_network(shop: str, nasty: str) -> None:
    for text in (shop, nasty):
        page = Page(text)
        links = [
            value or ""
            for _, attributes in page.elements
            for key, value in attributes.items()
            if key in ("src", "href", "action", "srcset", "data")
        ]
        assert links
        assert all(link.startswith("#") for link in links)
        own = text.replace(javascript(), "")
        assert not re.search(r"@import|url\(|https?://", own)
        assert "default-src 'none'" in own


def test_names_from_the_data_are_inert(nasty: str) -> None:
    page = Page(nasty)
    assert [kind for kind, _ in page.scripts].count("") == 2
    assert "<script>alert(1)" not in nasty.replace(javascript(), "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in nasty
    for figure in page.figures:
        assert "<script" not in json.dumps(figure)
    assert "{{7*7}}" in page.text
    assert "49 &" not in page.text


def test_every_figure_has_a_caption_with_its_n_and_words_for_those_who_cannot_see_it(shop: str) -> None:
    page = Page(shop)
    plots = [attributes for tag, attributes in page.elements if tag == "div" and attributes.get("class") == "plot"]
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", shop, flags=re.DOTALL)
    assert len(plots) == len(page.figures) == len(captions) > 15
    assert all((plot["aria-label"] or "").strip() and plot["role"] == "img" for plot in plots)
    assert all(re.search(r"n\u00a0=\u00a0[\d,]+", caption) for caption in captions)


def test_ids_in_the_page_are_unique_and_every_link_finds_its_target(nasty: str) -> None:
    page = Page(nasty)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes["href"] or "")[1:] for tag, attributes in page.elements if tag == "a"}
    assert targets <= set(ids)


def test_chapters_come_in_order(shop: str) -> None:
    sections = [attributes.get("id") for tag, attributes in Page(shop).elements if tag == "section" and attributes.get("id")]
    assert sections == ["segments", "sizes", "profiles", "map", "structure", "choice", "data", "exploration", "method"]


def test_without_amounts_there_is_no_money_anywhere(story: Maker) -> None:
    told = story(segments=4, amounts=False, dates=False)
    bare = dataclasses.replace(told, treatments=tuple(dataclasses.replace(treatment, money=None) for treatment in told.treatments))
    text = Page(render(bare)).text
    assert "£" not in text
    assert "Share of revenue" not in text
    assert "Revenue per customer" not in text
    assert "no amounts" in text


def test_without_dates_the_page_says_so_instead_of_a_day(story: Maker) -> None:
    told = story(dates=False, amounts=False)
    told = dataclasses.replace(told, dataset=dataclasses.replace(told.dataset, as_of=None))
    text = Page(render(told)).text
    assert "Nothing in this report depends on a day" in text
    assert "2014-02-28" not in text


def test_suggestions_are_marked_as_such(shop: str) -> None:
    assert shop.count("Suggestion — not tested") == shop.count('class="strategy"') == 5


def test_warnings_stand_first_and_ten_alike_are_one(story: Maker) -> None:
    alike = tuple(Note("far_out", f"Column {place} has customers far out.", "warning") for place in range(10))
    text = Page(render(dataclasses.replace(story(), notes=(Note("calm", "All is well."), *alike)))).text
    assert "One thing to know before you read on" in text
    assert "9 more like this" in text
    assert text.index("Column 0 has") < text.index("All is well.")


def test_rows_are_reconciled_in_the_table(shop: str) -> None:
    text = Page(shop).text
    for words in ("61,250", "60,112", "588", "550", "64,260"):
        assert words in text


def test_customers_set_aside_come_last_and_carry_no_number(nasty: str) -> None:
    cards = re.findall(r'<article class="card" id="segment-(\d+)"', nasty)
    assert cards == ["1", "2", "3", "4", "5", "6", "7", "8", "0"]
    assert "0 Set aside" not in nasty


def test_many_columns_are_drawn_to_a_limit_and_the_rest_is_in_the_table(nasty: str) -> None:
    page = Page(nasty)
    drawn = [
        attributes["id"]
        for tag, attributes in page.elements
        if tag == "div" and (attributes.get("id") or "").startswith("plot-distribution")
    ]
    assert len(drawn) == 40
    assert "All 64 columns in numbers" in page.text
    assert "The 40 most telling of 62 features are drawn." in page.text


def test_scatter_plots_hold_three_thousand_points_with_three_digits(story: Maker) -> None:
    page = Page(render(story(customers=7000)))
    maps = [figure for figure in page.figures if figure["data"][0]["type"] == "scatter3d" or figure["data"][0].get("mode") == "markers"]
    assert len(maps) == 2
    for figure in maps:
        points = [value for trace in figure["data"] for value in trace["x"]]
        assert 1000 < len(points) <= 3000
        assert all(float(f"{value:.3g}") == value for value in points)


def test_no_path_of_the_machine_reaches_the_page(shop: str) -> None:
    assert "/srv/data" not in shop
    assert "segmentry run transactions.csv" in shop


def test_description_shares_the_chapters_on_the_data_and_has_no_segments(story: Maker) -> None:
    page = Page(render_description(story()))
    sections = [attributes.get("id") for tag, attributes in page.elements if tag == "section" and attributes.get("id")]
    assert sections == ["data", "exploration", "method"]
    assert "k-means" not in page.text
    assert "Distributions" in page.text


def test_two_features_have_a_map_in_two_dimensions_only(story: Maker) -> None:
    told = story()
    assert told.projection is not None
    flat = dataclasses.replace(told.projection, explained=(0.7, 0.3, 0.0))
    text = render(dataclasses.replace(told, projection=flat))
    assert 'id="plot-plane"' in text
    assert 'id="plot-space"' not in text


def test_a_page_about_slices_claims_no_groups(story: Maker) -> None:
    page = Page(render(story(verdict="slices")))
    assert "There are no natural segments: these are slices of a continuum" in page.text
    assert "no natural segments; silhouette" in page.text
    assert "real groups" not in page.text


def test_too_few_customers_have_no_picture_of_a_test_that_was_not_made(story: Maker) -> None:
    text = render(story(verdict="not enough data"))
    assert "too few to test" in text
    assert 'id="plot-against"' not in text
    assert 'id="plot-stability"' in text


def test_unstable_segments_carry_a_badge_and_are_named(shop: str) -> None:
    assert re.findall(r'class="badge( strong)?"[^>]*>stability: ([a-z -]+)<', shop) == [("", "so-so"), (" strong", "not to be trusted")]
    assert "“Occasional gift buyers” is so-so; “New and promising” is not to be trusted" in Page(shop).text


def test_of_two_levels_a_card_tells_one(story: Callable[..., Story]) -> None:
    made = story()
    column = next(column for column in made.columns if column.levels)
    one, other = column.levels[:2]
    differences = (Difference(column.name, -0.6, 0.34, 0.46, other), Difference(column.name, 0.6, 0.66, 0.54, one))
    shares = (Share(column.name, one, 0.66, 0.56, 66), Share(column.name, other, 0.34, 0.44, 34))
    card = cards.cards(
        dataclasses.replace(
            made, profiles=(dataclasses.replace(made.profiles[0], differences=differences, shares=shares), *made.profiles[1:])
        )
    )[0]
    assert [part.words for part in card.apart] == [f"{column.words}: {one}"]
    assert [part.words for part in card.are] == [f"{column.words}: {one}"]
