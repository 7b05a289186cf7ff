"""Notes, rules and conditions of forms are told in the user's language, and nowhere in a dictionary's codes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.explain import explain, in_language, show_forms
from monitor.watch.wording import condition_in, note_in, rule_in

CODES = re.compile(r"\b(?:nomn|gent|datv|accs|ablt|loct|voct|gen2|acc2|loc2|plur|sing|Sgtm|Pltm|[A-Z]{4})\b")
WARNED = {
    "запустила": Term("запустила"),
    "launched": Term("launched"),
    "Trump pos": Term("Trump", pos="verb"),
    "북한 pos": Term("북한", pos="noun"),
    "rakéta": Term("rakéta", language="hu"),
    "о": Term("о"),
    "Лі": Term("Лі"),
    "the": Term("the"),
    "сталь": Term("сталь", language="ru"),
    "arms": Term("arms"),
    "дати": Term("дати"),
    "запустити": Term("запустити"),
    "запустити both": Term("ракета", both_aspects=True),
    "fire both": Term("fire", both_aspects=True),
    "北": Term("北"),
    "핵": Term("핵"),
    "하나": Term("하나"),
    "핵실험에서": Term("핵실험에서"),
    "발사했다": Term("발사했다"),
    "Північній Кореї": Term("Північній Кореї"),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_said_of_a_term_is_said_in_ukrainian(name: str) -> None:
    for note in show_forms(WARNED[name], Catalogue(())).warnings:
        told = note_in(note, "uk")
        assert told != note
        said = re.sub(r"{.*}", "", told)  # what to write is YAML
        assert not re.search(r"\b(?:write|found|word|noun|verb|and|or)\b", said), told


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("dictionary: noun, genitive plural", "словник: іменник, родовий множини"),
        ("dictionary: verb, past", "словник: дієслово, минулий час"),
        ("paradigm: surname -ен", "взірець: прізвище -ен"),
        ("paradigm: pl -owi", "взірець: pl -owi"),
        ("exact; dictionary: adjective, dative singular", "точно так; словник: прикметник, давальний однини"),
        ("english noun: plural", "англійський іменник: множина"),
        ("something new", "something new"),
    ],
)
def test_a_rule_is_told_in_ukrainian(rule: str, told: str) -> None:
    assert rule_in(rule, "uk") == told
    assert rule_in(rule, "en") == rule_in(rule, "xx") == rule


def test_a_condition_is_told_in_ukrainian() -> None:
    assert condition_in("capitals only", "uk") == "лише великими літерами"
    assert condition_in("not in ru texts: another word; capitals only", "uk").startswith("не в текстах мовою ru")
    assert condition_in("capitals only", "en") == "capitals only"
    assert condition_in("", "uk") == ""


@pytest.mark.parametrize(
    "term",
    [
        "ракета",
        "Блінкен",
        "красивий",
        "запустити",
        "НАТО",
        "БПЛА",
        "Лавров",
        "five",
        "launch",
        "北朝鮮",
        "북한",
        "@DPRK",
    ],
)
def test_every_form_is_told_without_english_and_without_codes(term: str) -> None:
    shown = show_forms(Term(term), shipped())
    for form in (form for one in shown.spellings for word in one.words for form in word):
        assert not CODES.search(form.rule)
    for form in (form for one in shown.told("uk").spellings for word in one.words for form in word):
        said = re.sub(r"-\w+|forms\+", "", f"{form.rule} {form.condition.partition(':')[0]}")
        assert not re.search(r"[A-Za-z]{4,}", said), said
    assert shown.told(None) == shown


def test_an_explanation_is_told_in_ukrainian() -> None:
    article = Article(None, "", "Дві ракети.", source="", language="uk")
    found = explain(article, compile_watchlists([Watchlist("a", keywords=(Term("ракета"),))], Catalogue(())))
    assert in_language(found, None) == found
    (hit,) = in_language(found, "uk").hits
    assert hit == replace(found.hits[0], rule=rule_in(found.hits[0].rule, "uk"))
    assert hit.rule.startswith("словник: іменник")
