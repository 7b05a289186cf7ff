"""Texts that mention terms without end: the first mentions are kept, of every term, and it is told."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.watch import article_matches
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists
from monitor.watch.explain import explain
from monitor.watch.index import scan
from monitor.watch.match import Matcher
from monitor.watch.query.evaluate import Mention, _Covers


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the bounds small: 10 of a pattern, looked at after 20 places, 100 in all."""
    monkeypatch.setattr(scan, "MOST_PLACES", 10)
    monkeypatch.setattr(article_matches, "MOST_PLACES", 10)
    monkeypatch.setattr(scan, "_FIRST_LOOK", 20)
    monkeypatch.setattr(scan, "MOST_IN_ALL", 100)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    terms = ("ракета", "missile", "балістична ракета", "朝鲜", "US", "북한")
    lists = [
        Watchlist("terms", keywords=tuple(map(Term, terms))),
        Watchlist("near", query="ракета NEAR/3 missile"),
        Watchlist("five", query="atleast/5(ракета)"),
    ]
    return compile_watchlists(lists, Catalogue([]))


def found(matcher: Matcher, text: str) -> dict[str, list[int]]:
    verdict = matcher.match(Article(None, "", text, "s", "uk"))[0]
    return {
        term: [hit.start for hit in verdict.hits if hit.term == term] for term in sorted({h.term for h in verdict.hits})
    }


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("word", ["ракета", "missile", "US", "북한", "朝鲜"])
def test_the_first_of_a_word_are_kept_and_a_later_other_term_is_not_lost(matcher: Matcher, word: str) -> None:
    other = "missile" if word == "ракета" else "ракета"
    text = f"{word} " * 200 + other
    assert found(matcher, text) == {word: [(len(word) + 1) * n for n in range(10)], other: [len(text) - len(other)]}


@pytest.mark.usefixtures("few")
def test_the_first_of_a_phrase_are_kept(matcher: Matcher) -> None:
    phrase = "балістична ракета. "
    kept = found(matcher, phrase * 200)["балістична ракета"]
    assert kept == [len(phrase) * n for n in range(10)]


@pytest.mark.usefixtures("few")
def test_the_first_inside_one_run_of_han_are_kept(matcher: Matcher) -> None:
    assert found(matcher, "朝鲜" * 200) == {"朝鲜": [2 * n for n in range(10)]}


@pytest.mark.usefixtures("few")
def test_a_word_of_two_terms_counts_for_the_one_that_has_had_less() -> None:
    matcher = compile_watchlists([Watchlist("w", keywords=(Term("missile"), Term("=missiles")))], Catalogue([]))
    kept = found(matcher, "missile " * 25 + "missiles " * 5)
    assert kept == {"missile": [8 * n for n in range(10)], "=missiles": [200 + 9 * n for n in range(5)]}


@pytest.mark.usefixtures("few")
def test_queries_count_what_is_kept(matcher: Matcher) -> None:
    text = "ракета і missile. " * 300
    verdicts = matcher.match(Article(None, "", text, "s", "uk"))
    assert [one.matched for one in verdicts] == [True, True, True]


@pytest.mark.usefixtures("few")
def test_what_is_left_out_is_told(matcher: Matcher) -> None:
    assert explain(Article(None, "", "ракета " * 9, "s", "uk"), matcher).notes == ()
    (note,) = explain(Article(None, "", "ракета " * 11, "s", "uk"), matcher).notes
    assert note.startswith("ракета: more than")


def test_many_terms_together_are_bounded_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_FIRST_LOOK", 20)
    monkeypatch.setattr(scan, "MOST_IN_ALL", 100)
    words = [f"word{letter}" for letter in "abcdefgh"]
    matcher = compile_watchlists([Watchlist("w", keywords=tuple(map(Term, words)))], Catalogue([]))
    explained = explain(Article(None, "", " ".join(words) * 1 + (" " + " ".join(words)) * 50, "s", "en"), matcher)
    assert len(explained.hits) < 400
    assert {hit.term for hit in explained.hits[:8]} == set(words)
    assert explained.notes == ("the text mentions terms too often: of each kind of mention the first ones count",)


@pytest.mark.usefixtures("few")
def test_many_terms_of_which_none_is_mentioned_often_are_bounded_and_told() -> None:
    """15 phrases 9 times each: together they are more than 100."""
    terms = [f"ballistic word{letter}" for letter in "abcdefghijklmno"]
    matcher = compile_watchlists([Watchlist("w", keywords=tuple(map(Term, terms)))], Catalogue([]))
    text = "; ".join(terms) + ". "
    assert explain(Article(None, "", text * 6, "s", "en"), matcher).notes == ()
    explained = explain(Article(None, "", text * 9, "s", "en"), matcher)
    assert 100 <= len(explained.hits) < 15 * 9
    assert {hit.term for hit in explained.hits[:15]} == set(terms)
    assert explained.notes == ("the text mentions terms too often: of each kind of mention the first ones count",)


@pytest.mark.usefixtures("few")
def test_many_terms_inside_runs_of_han_are_bounded() -> None:
    terms = [f"朝{char}" for char in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"]
    matcher = compile_watchlists([Watchlist("w", keywords=tuple(map(Term, terms)))], Catalogue([]))
    kept = found(matcher, "。".join(terms * 9))
    assert kept.keys() == set(terms)
    assert {starts[0] for starts in kept.values()} == {3 * at for at in range(15)}
    assert 100 <= sum(map(len, kept.values())) < 15 * 9
    (note,) = explain(Article(None, "", "。".join(terms * 9), "s", "zh"), matcher).notes
    assert note == "the text mentions terms too often: of each kind of mention the first ones count"


def test_a_place_is_covered_where_one_mention_spans_it() -> None:
    covers = _Covers([_at(0, 5), _at(3, 20), _at(10, 12), _at(30, 31)])
    assert [covers.hold(_at(*span)) for span in ((0, 5), (4, 19), (11, 21), (30, 31), (40, 41))] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert not _Covers([]).hold(_at(0, 1))


def _at(start: int, end: int) -> Mention:
    from monitor.model import Zone

    return Mention(start, end, start, end, Zone.BODY)
