"""Terms in running sentences, through the whole matcher: what looks alike and is another word."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from doubles.yaml_cases import read_cases

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

CASES = read_cases(Path(__file__).with_name("traps.yaml"))
TERMS = sorted({term for cases in CASES.values() for term, _, _ in cases})


@cache
def matcher() -> Matcher:
    return compile_watchlists([_watchlist(term) for term in TERMS], shipped())


def _watchlist(term: str) -> Watchlist:
    if term.startswith("@"):
        return Watchlist(term, entities=(term[1:],))
    return Watchlist(term, keywords=(Term(term),))


@pytest.mark.parametrize(
    ("language", "term", "text", "surfaces"),
    [(language, *case) for language, cases in CASES.items() for case in cases],
)
def test_a_term_finds_its_forms_and_nothing_else(language: str, term: str, text: str, surfaces: list[str]) -> None:
    verdicts = matcher().match(Article(None, "", text, source="", language=language))
    mine = next(verdict for verdict in verdicts if verdict.watchlist == term)
    assert [hit.surface for hit in mine.hits] == surfaces


def test_there_are_cases_enough_of_both_kinds_in_each_language() -> None:
    for language, cases in CASES.items():
        assert sum(not surfaces for _, _, surfaces in cases) >= 10, language
        assert sum(bool(surfaces) for _, _, surfaces in cases) >= 20, language
