"""Terms that cannot be compiled are refused; forms kept from an earlier run serve where they are whole."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.explain import show_forms

LONG = " ".join(["слово"] * 25)


@pytest.mark.parametrize(
    ("term", "part"),
    [
        (Term("=fire", pos="noun"), "'pos' is of words that match in any form, not of =fire"),
        (Term("fire missile", pos="noun"), "'pos' is of one word"),
        (Term("fire*", both_aspects=True), "'aspect' is of words"),
        (Term("казати", pos="noun", both_aspects=True), "leave out 'pos: noun'"),
    ],
)
def test_a_part_of_speech_is_of_one_word_in_any_form(term: Term, part: str) -> None:
    with pytest.raises(CompileError, match=part):
        compile_watchlists([Watchlist("list", keywords=(term,))], Catalogue(()))


def test_a_phrase_of_more_than_24_words_is_refused() -> None:
    with pytest.raises(CompileError, match="more than 24 words"):
        compile_watchlists([Watchlist("list", keywords=(Term(LONG),))], Catalogue(()))
    with pytest.raises(CompileError, match="more than 24 words"):
        show_forms(Term(LONG), shipped())


def test_a_form_without_letters_is_refused() -> None:
    with pytest.raises(CompileError, match="holds no letter"):
        compile_watchlists([Watchlist("list", keywords=(Term("Пак", add_forms=("—",)),))], Catalogue(()))


def test_the_cache_keeps_the_conditions_of_forms() -> None:
    cache: dict[str, bytes] = {}
    for _ in "made", "kept":
        matcher = compile_watchlists([Watchlist("list", keywords=(Term("другий"),))], Catalogue([]), cache)
        texts = {"По-друге, друга є.": "uk", "По-друге, мы без друга.": "ru", "По-друге, друга нет.": "ru"}
        verdicts = [
            matcher.match(Article(None, "", text, source="", language=language))[0] for text, language in texts.items()
        ]
        assert [[hit.surface for hit in verdict.hits] for verdict in verdicts] == [["друга"], [], ["друга"]]


def test_a_cached_term_with_a_form_too_few_is_made_anew() -> None:
    kept: dict[str, bytes] = {}
    lists = [Watchlist("list", keywords=(Term("missile"),))]
    compile_watchlists(lists, Catalogue(()), kept)
    (name, written) = next(iter(kept.items()))
    warnings, keys, made = written.decode().split("\n")
    kept[name] = "\n".join([warnings, f"{keys}\tmissileer", made]).encode()
    matcher = compile_watchlists(lists, Catalogue(()), kept)
    assert kept[name] == written
    assert matcher.match(Article(url=None, title="", text="missiles", source="", language="en"))[0].hits
