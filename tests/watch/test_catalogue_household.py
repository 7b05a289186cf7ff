"""What is named after a place and is not about it: Turkish coffee."""

from __future__ import annotations

import pytest

from monitor.model import Article, EntitySpec, Name, Watchlist
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    entities = ("Turkey", "Japan", "Kyiv", "Vienna", "US", "Greece", "Germany", "France")
    return compile_watchlists([Watchlist("places", entities=entities)], shipped())


def hits(matcher: Matcher, text: str, language: str) -> list[str]:
    article = Article(url=None, title="", text=text, source="", language=language)
    return [hit.surface for verdict in matcher.match(article) for hit in verdict.hits]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "У неділю пекли київський торт і пили турецьку каву."),
        ("uk", "Віденським вальсом відкрили бал, діти каталися на американських гірках."),
        ("ru", "На ужин был греческий салат, потом турецкий чай и японская кухня."),
        ("ru", "Болгарский перец, датский дог, шведский стол и грецкие орехи."),
        ("ru", "Немецкая овчарка охраняла двор."),
        ("en", "They drank Turkish coffee with French toast; a German shepherd slept."),
    ],
)
def test_food_dress_and_pets_are_no_mention(matcher: Matcher, language: str, text: str) -> None:
    assert hits(matcher, text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("uk", "Турецький уряд і київська влада домовилися.", ["Турецький", "київська"]),
        ("uk", "Американські ракети, турецькі дрони й грецьке вино.", ["Американські", "турецькі", "грецьке"]),
        ("ru", "Немецкие танки и японский премьер.", ["Немецкие", "японский"]),
        ("en", "Turkish drones and French fighters left; coffee prices rose.", ["Turkish", "French"]),
    ],
)
def test_what_is_about_the_place_is(matcher: Matcher, language: str, text: str, found: list[str]) -> None:
    assert hits(matcher, text, language) == found


def test_a_language_without_such_words_has_no_such_guard() -> None:
    spec = EntitySpec(id="Korea", type="place", names={"fr": (Name("Corée"),)}, adjectives={"fr": (Name("coréen"),)})
    matcher = compile_watchlists([Watchlist("w", entities=("Korea",))], Catalogue([spec]))
    assert hits(matcher, "Un café coréen.", "fr") == ["coréen"]
