"""A document that mentions terms without end: the first mentions count, and no term that comes late is lost."""

from __future__ import annotations

import pytest
import regex

from monitor.model import Article, Term, Watchlist, Zone
from monitor.watch import evaluate, reading, scan
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists
from monitor.watch.explain import explain
from monitor.watch.match import Matcher
from monitor.watch.nodes import Near
from monitor.watch.query import parse_query
from monitor.watch.reading import Reading


def matcher(*terms: str) -> Matcher:
    return compile_watchlists([Watchlist("list", keywords=tuple(map(Term, terms)))], Catalogue(()))


def read(terms: tuple[str, ...], text: str, language: str = "uk") -> Reading:
    return matcher(*terms).read(Article(url=None, title="", text=text, source="", language=language))


def counts(found: Reading) -> list[int]:
    return [len(found.found.get(term, ())) for term in sorted(found.found)]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bounds be small, so that short texts meet them."""
    monkeypatch.setattr(scan, "MOST_PLACES", 3)
    monkeypatch.setattr(reading, "MOST_PLACES", 3)
    monkeypatch.setattr(scan, "MOST_IN_ALL", 20)
    monkeypatch.setattr(scan, "_FIRST_LOOK", 4)


def test_a_word_that_fills_the_text_leaves_room_for_the_others() -> None:
    found = read(("ракета", "снаряд"), "ракети " * 50 + "снаряд")
    assert counts(found) == [3, 1]
    assert not found.whole


def test_so_does_a_form_that_two_terms_share() -> None:
    found = read(("ракета", '"ракета"', "=ракети"), "ракети " * 50)
    assert set(counts(found)) == {3}


def test_a_phrase_that_fills_the_text_leaves_room_for_the_others() -> None:
    text = "балістична ракета " * 50 + "крилата ракета"
    assert counts(read(('"балістична ракета"', '"крилата ракета"'), text)) == [3, 1]


def test_a_name_in_han_that_fills_the_text_leaves_room_for_the_others() -> None:
    found = read(("北京", "莫斯科"), "北京 " * 50 + "北京莫斯科", "zh")
    assert counts(found) == [3, 1]
    assert not found.whole
    assert counts(read(("北京", "莫斯科"), "北京" * 50 + "莫斯科", "zh")) == [3, 1]


@pytest.mark.parametrize(
    ("terms", "text", "language"),
    [
        (list("абвгґдеєжзиіїйк"), "{0} {0} {0} ", "uk"),
        ([f"слово {n}" for n in range(10, 25)], "{0} {0} {0} ", "uk"),
        (list("天地玄黄宇宙洪荒日月盈昃辰宿列"), "{0} {0} {0} ", "zh"),
    ],
)
def test_a_text_full_of_many_terms_is_cut_and_says_so(terms: list[str], text: str, language: str) -> None:
    body = "".join(text.format(term) for term in terms)
    found = read(tuple(f'"{term}"' for term in terms), body, language)
    assert not found.whole
    assert 20 <= sum(counts(found)) < 45
    explained = explain(Article(url=None, title="", text=body, source="", language=language), matcher(*terms))
    assert explained.notes


def test_an_expression_that_matches_everywhere_counts_at_first() -> None:
    found = read((r"/ракет\w/",), "ракети " * 50)
    assert counts(found) == [3]


def test_pairs_of_near_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_PLACES", 100)
    monkeypatch.setattr(reading, "MOST_PLACES", 100)
    monkeypatch.setattr(evaluate, "MAX_PAIRS", 20)
    query = parse_query("(ракета NEAR/50 снаряд) NEAR/99 кінець")
    made = compile_watchlists([Watchlist("list", query="(ракета NEAR/50 снаряд) NEAR/99 кінець")], Catalogue(()))
    article = Article(url=None, title="", text="ракета снаряд " * 9 + "кінець", source="", language="uk")
    assert isinstance(query, Near)
    assert 20 < len(evaluate.mentions(query.left, made.read(article), frozenset(Zone))) < 60
    assert made.match(article)[0].matched


def test_a_slow_expression_in_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = compile_watchlists([Watchlist("list", query="url:/xx+y/ OR снаряд")], Catalogue(()))

    def stopped(pattern: regex.Pattern[str], text: str, *, slow: int = 0) -> list[tuple[int, int]]:
        raise TimeoutError

    monkeypatch.setattr(reading, "find", stopped)
    article = Article(url="https://example.org/xxxxy", title="", text="Снаряд.", source="", language="uk")
    verdict = made.match(article)[0]
    assert (verdict.matched, verdict.reason) == (True, "the query holds by снаряд")
    assert [note.split(":")[0] for note in explain(article, made).notes] == ["/xx+y/"]
