"""Languages learned from tables, Turkish and Arabic."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from monitor.text import forms
from monitor.text.forms import tables
from monitor.text.normalise import key

CASES = YAML(typ="safe", pure=True).load(Path(__file__).with_name("tables.yaml"))


def matches(term: str, language: str, word: str) -> bool:
    form = forms.expand(term, language).forms.get(key(word))
    return form is not None and form.passes(word)


def cases(kind: str) -> list[tuple[str, str, str]]:
    return [(language, term, word) for language, terms in CASES.items() for term in terms for word in terms[term][kind]]


@pytest.mark.parametrize(("language", "term", "word"), cases("yes"))
def test_a_form_is_found(language: str, term: str, word: str) -> None:
    assert matches(term, language, word)


@pytest.mark.parametrize(("language", "term", "word"), cases("no"))
def test_another_word_is_not(language: str, term: str, word: str) -> None:
    assert not matches(term, language, word)


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_every_language_has_rules_and_cases(language: str) -> None:
    assert tables._models(language)["words"]
    assert language in CASES


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_operations_cut_no_more_than_their_ending(language: str) -> None:
    for rules in tables._models(language).values():
        for ending, operations in rules.items():
            assert all(int(operation[0]) <= max(len(ending), 1) for operation in operations), ending


@pytest.mark.parametrize("language", [*tables.LANGUAGES, "tr", "ar"])
@pytest.mark.parametrize("word", ["x", "Q", "zz", "Xyzzy", "ab", "Ł", "ä"])
def test_any_word_at_least_matches_itself(language: str, word: str) -> None:
    assert matches(word, language, word)


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_a_word_of_one_letter_keeps_it(language: str) -> None:
    """Czech and others cut an -a: nothing is left of 'a', and nothing is no form."""
    assert "" not in {form for word in "aoe" for form in forms.expand(word, language).forms}


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_no_word_has_forms_without_number(language: str) -> None:
    rules = [rules for model in tables._models(language).values() for rules in model.values()]
    assert max(map(len, rules)) <= 60


def test_a_short_name_demands_its_capital() -> None:
    assert forms.expand("Ren", "de").forms["ren"].capital
    assert not forms.expand("Berlin", "de").forms["berlin"].capital


def test_a_language_without_rules_matches_exactly_and_says_so() -> None:
    made = forms.expand("რაკეტა", "ka")
    assert list(made.forms) == ["რაკეტა"]
    assert "exactly" in made.warnings[0]
