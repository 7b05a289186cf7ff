"""Plans of watchlists: which articles they may match."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.watch import candidates
from monitor.watch.candidates import plan_of
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists
from monitor.watch.index_words import ALTERED, ANYTHING, words_of
from monitor.watch.plan import ANY, AllOf, AnyOf, Anything, Plan, Word


def plan(query: str) -> Plan:
    return plan_of(compile_watchlists([Watchlist("q", query=query)], Catalogue([])))


def finds(found: Plan, words: set[str]) -> bool:
    match found:
        case Word(begins=True):
            return any(word.startswith(found.text) for word in words)
        case Word(holds=True):
            return any(found.text in word for word in words)
        case Word():
            return found.text in words
        case AllOf():
            return all(finds(part, words) for part in found.parts)
        case AnyOf():
            return any(finds(part, words) for part in found.parts)
        case Anything():
            return True


def is_candidate(query: str, text: str, url: str | None = None) -> bool:
    return finds(plan(query), set(words_of(Article(url, "", text, "s", "uk"))))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ракета", "Удар ракетами."),
        ('"балістична ракета"', "балістичні ракети"),
        ('="North Korea"', "north korea"),
        ("missil*", "missiles"),
        ("북한", "친북한군의"),
        ('"K 팝의"', "K팝의"),
        ("布林肯", "国务卿安东尼·布林肯说"),
        ("美", "北·美"),
        (r"/Hwasong-\d+/", "xHwasong-5"),
        (r"/\bHwasong-\d+/", "Hwasong-5"),
        (r"/북한|중국/", "친북한"),
        (r"/ракета/", "ра\u0301кета"),  # whatever it sees in what is altered
        (r"/\d+/", "nothing"),  # no anchor
        ("a AND b", "a b"),
        ("a OR b", "b"),
        ("a AND NOT b", "a b"),
        ("a NEAR/3 b", "a x y z b"),
        ("a SENTENCE (NOT b)", "a"),
        ("title:a", "a"),
        ("atleast/2(a OR b)", "b"),
        ("команда", "УкраїнаКоманда"),
        ("x" * 70, "x" * 70),
        ("x" * 70 + "*", "x" * 80),
        ("ракета", " ".join(map(str, range(20_001)))),
    ],
)
def test_what_may_match_is_a_candidate(query: str, text: str) -> None:
    assert is_candidate(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ракета", "Удар літаками."),
        ("a AND b", "a"),
        ("a OR b", "c"),
        ("a NEAR/3 b", "a"),
        ("a SENTENCE b", "b"),
        ("북한", "남한"),
        ("布林肯", "布林"),
        (r"/\bHwasong-\d+/", "xhwasong-5"),
        (r"/Hwasong-\d+/", "Hwaseong-5"),
        ("a AND NOT b", "b"),
        ("a SENTENCE (NOT b)", "b"),
    ],
)
def test_what_cannot_match_is_none(query: str, text: str) -> None:
    assert not is_candidate(query, text)


def test_the_address_counts() -> None:
    assert is_candidate("url:missile", "", "https://x.example/missile-test")


def test_a_plan_is_short() -> None:
    assert plan("=ракета") == AnyOf((Word("ракета"), Word(ANYTHING)))
    assert plan("=a AND =b") == AnyOf((AllOf((Word("a"), Word("b"))), Word(ANYTHING)))
    assert plan(r"/\bfoo/") == AnyOf((Word("foo", begins=True), Word(ALTERED), Word(ANYTHING)))


def test_what_asks_for_too_much_reads_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST_WORDS", 1)
    assert plan("=a OR =b") == ANY


def test_what_lies_deep_counts_as_found() -> None:
    query = "=a"
    for _ in range(8):
        query = f"(({query}) AND =b) OR =c"
    assert finds(plan(query), {"b"})
    assert not finds(plan(query), {"a"})


def test_lists_of_terms_ask_for_one_of_them_or_for_all() -> None:
    terms = tuple(map(Term, ("=a", "=b", "=c")))
    lists = [Watchlist("any", keywords=terms, require=2), Watchlist("all", keywords=terms, require="all")]
    any_, all_ = (plan_of(compile_watchlists([one], Catalogue([]))) for one in lists)
    assert any_ == AnyOf((*map(Word, "abc"), Word(ANYTHING)))
    assert all_ == AnyOf((AllOf(tuple(map(Word, "abc"))), Word(ANYTHING)))
    both = plan_of(compile_watchlists(lists, Catalogue([])))
    assert finds(both, {"a"})
    assert not finds(both, {"d"})
