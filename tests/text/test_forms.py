"""Every form of every term, and nothing else: the cases of uk.yaml, ru.yaml and en.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from monitor.text import forms
from monitor.text.forms import FormSet
from monitor.text.tokens import TokenList, tokenise

LANGUAGES = ("uk", "ru", "en")
CASES = {
    language: YAML(typ="safe", pure=True).load(Path(__file__).with_name(f"{language}.yaml")) for language in LANGUAGES
}


def pairs(answer: str) -> list[tuple[str, str]]:
    return [(term, text) for cases in CASES.values() for term, both in cases.items() for text in both[answer]]


def expansion(term: str, language: str | None = None) -> list[FormSet]:
    return forms.expand_phrase(tokenise(term).surfaces, language)


def begins(tokens: TokenList, at: int, words: list[FormSet]) -> bool:
    if at + len(words) > len(tokens) or not all(tokens.joins[at + 1 : at + len(words)]):
        return False
    return all(
        (form := word.forms.get(tokens.keys[at + i])) is not None
        and form.passes(tokens.surfaces[at + i], caps_line=bool(tokens.caps_line[at + i]))
        for i, word in enumerate(words)
    )


def found(term: str, text: str, language: str | None = None) -> bool:
    words, tokens = expansion(term, language), tokenise(text)
    return any(begins(tokens, at, words) for at in range(len(tokens)))


@pytest.mark.parametrize(("term", "text"), pairs("yes"))
def test_a_form_is_found(term: str, text: str) -> None:
    assert found(term, text)


@pytest.mark.parametrize(("term", "text"), pairs("no"))
def test_another_word_is_not(term: str, text: str) -> None:
    assert not found(term, text)
