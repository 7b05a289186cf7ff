"""Verbs and parts of speech: what is narrowed, what is named, and the partners of the other aspect."""

from __future__ import annotations

import pytest

from monitor.text import forms
from monitor.text.forms import Kind
from monitor.text.forms.cyrillic_aspect import partners


@pytest.mark.parametrize(
    ("word", "kind", "there", "missing"),
    [
        ("fire", Kind.AUTO, {"fires", "fired", "firing"}, set()),
        ("fire", Kind.NOUN, {"fire", "fires"}, {"fired", "firing"}),
        ("fire", Kind.VERB, {"fires", "fired", "firing"}, set()),
        ("fire", Kind.ADJECTIVE, {"fire"}, {"fires", "fired"}),
        ("drone", Kind.VERB, {"droned", "droning"}, set()),
        ("focus", Kind.VERB, {"focuses", "focused"}, {"foci"}),
        ("Fire", Kind.VERB, {"fired"}, set()),
        ("мати", Kind.NOUN, {"матері", "матір'ю"}, {"має", "мав"}),
        ("мати", Kind.VERB, {"має", "мав"}, {"матері"}),
        ("стать", Kind.NOUN, {"стати"}, {"стал", "станет"}),
        ("стать", Kind.VERB, {"стал", "станет"}, {"статью"}),
        ("рабочий", Kind.ADJECTIVE, {"рабочая", "рабочего"}, set()),
        ("рабочий", Kind.NOUN, {"рабочие", "рабочего"}, {"рабочая"}),
        ("Мати", Kind.VERB, {"має"}, {"матері"}),
    ],
)
def test_a_part_of_speech_narrows(word: str, kind: Kind, there: set[str], missing: set[str]) -> None:
    found = forms.expand(word, kind=kind).forms.keys()
    assert there <= found
    assert not missing & found


@pytest.mark.parametrize(
    ("word", "kind", "warning"),
    [
        ("missile", Kind.VERB, "'missile' is not known as a verb, so it matches only as written"),
        ("ракета", Kind.VERB, "'ракета' is not known as a verb, so it matches only as written"),
        ("ракета", Kind.ADJECTIVE, "'ракета' is not known as an adjective, so it matches only as written"),
        ("криза", Kind.VERB, "'криза' is not known as a verb, so it matches only as written"),
        ("санкціями", Kind.ADJECTIVE, "'санкціями' is not known as an adjective, so it matches only as written"),
        (
            "санкціями",
            Kind.NOUN,
            (
                "'санкціями' is no base form but one of a noun, so it matches only as written: "
                "for all forms write 'санкція'"
            ),
        ),
        ("стріляти", Kind.NOUN, "'стріляти' is not known as a noun, so it matches only as written"),
        ("북한", Kind.NOUN, "'북한': parts of speech are known in Ukrainian, Russian and English: 'pos' has no effect"),
        (
            "launch",
            Kind.BOTH_ASPECTS,
            "'launch' has no other aspect: 'aspect: both' is for Ukrainian and Russian verbs",
        ),
        ("launched", Kind.AUTO, "'launched' is a past tense: for all forms of the verb write 'launch'"),
        ("struck", Kind.AUTO, "'struck' is a past tense: for all forms of the verb write 'strike'"),
        (
            "grind",
            Kind.AUTO,
            "'grind' leaves out 'ground': nearly always another word; to have it all the same, write forms+: [ground]",
        ),
        (
            "запустила",
            Kind.AUTO,
            (
                "'запустила' is no base form but one of a verb, so it matches only as written: "
                "for all forms write 'запустити' or 'запустить'"
            ),
        ),
        (
            "стреляли",
            Kind.AUTO,
            "'стреляли' is no base form but one of a verb, so it matches only as written: for all forms write 'стрелять'",
        ),
        (
            "північної",
            Kind.AUTO,
            (
                "'північної' is no base form but one of an adjective, so it matches only as written: "
                "for all forms write 'північний'"
            ),
        ),
        (
            "запущеної",
            Kind.AUTO,
            (
                "'запущеної' is no base form but one of a verb, so it matches only as written: "
                "for all forms write 'запущений'"
            ),
        ),
        (
            "Одесі",
            Kind.AUTO,
            "'Одесі' is not in its base form, so it is found in few forms: write 'Одеса'",
        ),
        (
            "запустити",
            Kind.AUTO,
            "'запустити' is a verb; 'запускати', of the other aspect, is found with {text: запустити, aspect: both}",
        ),
        (
            "будувати",
            Kind.VERB,
            (
                "'будувати' is a verb; 'збудувати' and 'побудувати', of the other aspect, are found with "
                "{text: будувати, aspect: both}"
            ),
        ),
        (
            "атаковать",
            Kind.BOTH_ASPECTS,
            "'атаковать' has no verb of the other aspect that is known here: list it as a keyword of its own",
        ),
    ],
)
def test_what_a_word_is_and_what_was_meant_is_named(word: str, kind: Kind, warning: str) -> None:
    assert forms.expand(word, kind=kind).warnings == (warning,)


@pytest.mark.parametrize("word", ["launch", "shot", "building", "needs", "ракета", "стрілянина", "атаковать", "=уже"])
def test_a_base_form_goes_without_a_word(word: str) -> None:
    assert forms.expand(word).warnings == ()


def test_a_plural_that_looks_like_a_verb_is_named() -> None:
    verb = forms.expand("дати", "uk")
    assert verb.warnings[0] == ("'дати' is not taken for the plural of 'дата': for that write {text: дати, pos: noun}")
    assert {"дати", "датам", "датами"} <= forms.expand("дати", "uk", kind=Kind.NOUN).forms.keys()


def test_both_aspects_are_found_as_one_term() -> None:
    word = forms.expand("запустити", kind=Kind.BOTH_ASPECTS)
    assert {"запустила", "запускають", "запущеного", "запускаючи"} <= word.forms.keys()
    assert word.warnings == ()
    first, second = forms.expand_phrase(["завдати", "удару"], "uk", kind=Kind.BOTH_ASPECTS)
    assert {"завдали", "завдає"} <= first.forms.keys()
    assert "удару" in second.forms


@pytest.mark.parametrize(
    ("language", "perfective", "imperfective"),
    [
        ("uk", "запустити", "запускати"),
        ("uk", "обстріляти", "обстрілювати"),
        ("uk", "зібрати", "збирати"),
        ("uk", "надати", "надавати"),
        ("uk", "дати", "давати"),
        ("uk", "зробити", "робити"),
        ("uk", "повернутися", "повертатися"),
        ("ru", "запустить", "запускать"),
        ("ru", "остановить", "останавливать"),
        ("ru", "предложить", "предлагать"),
        ("ru", "поддержать", "поддерживать"),
        ("ru", "умереть", "умирать"),
        ("ru", "сказать", "говорить"),
        ("ru", "взять", "брать"),
    ],
)
def test_aspect_partners_name_each_other(language: str, perfective: str, imperfective: str) -> None:
    assert imperfective in partners(perfective, language)
    assert perfective in partners(imperfective, language)


@pytest.mark.parametrize(
    ("language", "verb", "expected"),
    [
        ("uk", "висловити", ("висловлювати",)),
        ("uk", "встановити", ("встановляти", "встановлювати")),
        ("uk", "купити", ("купувати", "купляти")),
        ("uk", "вимагати", ()),
        ("uk", "існувати", ()),
        ("uk", "атакувати", ()),
        ("ru", "наложить", ("накладывать", "налагать")),
        ("ru", "атаковать", ()),
        ("ru", "ракета", ()),
        ("ru", "задонатить", ()),
    ],
)
def test_a_verb_has_the_partners_that_the_dictionary_bears_out(language: str, verb: str, expected: tuple[str]) -> None:
    assert partners(verb, language) == expected


@pytest.mark.parametrize(
    ("word", "form", "rule"),
    [
        ("launch", "launches", "english noun: plural, or verb: present"),
        ("crisis", "crises", "english noun: plural"),
        ("launch", "launched", "english verb: past tense or participle"),
        ("strike", "stricken", "english verb: participle"),
        ("launch", "launching", "english verb: -ing form"),
        ("be", "is", "english verb: present"),
        ("запустити", "запущено", "dictionary: verb, impersonal"),
        ("запустити", "запущеного", "dictionary: participle, genitive singular"),
        ("запустити", "запустивши", "dictionary: gerund"),
        ("запустить", "запущен", "dictionary: short participle"),
        ("атакувати", "атакуватиме", "dictionary: verb, future"),
        ("дідосити", "дідосять", "analogy: verb, future"),
        ("быстро", "быстро", "exact"),
        ("дома", "дома", "exact"),
    ],
)
def test_the_part_of_speech_is_named_in_words(word: str, form: str, rule: str) -> None:
    assert forms.expand(word).forms[form].rule == rule
