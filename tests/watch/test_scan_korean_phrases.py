"""Korean phrases: each word with its particles, the first one also at the end of a compound."""

from __future__ import annotations

import pytest
from doubles.surfaces import surfaces

from monitor.model import Term


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("미사일 발사", "북한이 미사일을 발사했다고 밝혔다", ["미사일을 발사"]),
        ("미사일 발사", "북한이 탄도미사일 발사를 했다", ["미사일 발사"]),
        ("북한 미사일", "북한의 탄도미사일이 날아왔다", []),  # another word begins between the two
        ("ICBM 발사", "ICBM 발사를 했다", ["ICBM 발사"]),
        ("ICBM 발사대", "ICBM 발사대를 옮겼다", ["ICBM 발사대"]),
        ("이 대통령", "이 대통령은 웃었다", ["이 대통령"]),
        ("이 대통령", "이란 대통령은 웃었다", []),  # 란 is a particle, too
        ("이 대통령", "이는 대통령의 말이다", []),
        ("북 미사일", "북의 미사일이 날았다", ["북의 미사일"]),
        ("핵 개발", "핵을 개발했다", ["핵을 개발"]),
    ],
)
def test_a_phrase_is_found_in_its_words(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text, language="ko") == found


def test_terms_that_share_a_word_are_found_each_by_its_own_form() -> None:
    terms = (Term("발사대 설치"), Term("발사대", add_forms=("발사차",)), Term("발사차량 이동"))
    found = surfaces(terms, "발사차량을 이동하고 발사대를 설치했다", language="ko")
    assert sorted(found) == ["발사대", "발사대를 설치", "발사차량을 이동"]


def test_two_terms_behind_one_unknown_word_are_both_found() -> None:
    found = surfaces((Term("미사일"), Term("부대")), "푸랑미사일부대를 보냈다", language="ko")
    assert sorted(found) == ["미사일", "부대"]
