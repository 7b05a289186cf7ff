"""Korean phrases: each word with its particles, the first one also at the end of a compound."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


def found(text: str, *terms: Term) -> list[str]:
    """Return the surfaces of the terms' hits in `text`."""
    matcher = compile_watchlists([Watchlist("w", keywords=terms)], Catalogue([]))
    (verdict,) = matcher.match(Article(url=None, title="", text=text, source="A", language="ko"))
    return sorted(hit.surface for hit in verdict.hits)


@pytest.mark.parametrize(
    ("term", "text", "surfaces"),
    [
        ("미사일 발사", "북한이 미사일을 발사했다고 밝혔다", ["미사일을 발사"]),
        ("미사일 발사", "북한이 탄도미사일 발사를 했다", ["미사일 발사"]),
        ("북한 미사일", "북한의 탄도미사일이 날아왔다", []),  # another word begins between the two
        ("ICBM 발사", "ICBM 발사를 했다", ["ICBM 발사"]),
        ("ICBM 발사대", "ICBM 발사대를 옮겼다", ["ICBM 발사대"]),
    ],
)
def test_a_phrase_is_found_in_its_words(term: str, text: str, surfaces: list[str]) -> None:
    assert found(text, Term(term)) == surfaces


def test_terms_that_share_a_word_are_found_each_by_its_own_form() -> None:
    terms = (Term("발사대 설치"), Term("발사대", add_forms=("발사차",)), Term("발사차량 이동"))
    assert found("발사차량을 이동하고 발사대를 설치했다", *terms)


def test_two_terms_behind_one_unknown_word_are_both_found() -> None:
    assert found("푸랑미사일부대를 보냈다", Term("미사일"), Term("부대")) == ["미사일", "부대"]
