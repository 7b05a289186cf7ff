"""Inflection by rules learned from simplemma's tables: ending of a word → letters cut and added.

The tables themselves take seconds and hundreds of megabytes to read (Polish: 5 s, 435 MB); what is learned from them by
`bench/learn_forms.py` is 90 – 400 kB a language, in `monitor/data/forms/CODE.yaml`, and is read when a term of that
language is first met: rules for names, nouns (with adjectives) and verbs, the part of speech that an ending tells, and
what is to be changed for the common words that the rules get wrong. To add a language, see docs/languages.md.

Three filters keep other words out:

- of a capitalised term every form demands its capital;
- no function word, and none of the words that are written most, is a form, unless the table has it as one;
- a form keeps three letters of its word, or all its consonants, unless the table has the pair.

Adjectives in a phrase, and plurals of peoples and countries, are not written in the form that the rules begin at: their
paradigms are closed, and stand in `monitor/data/forms/paradigms.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile
from operator import eq
from typing import TypeVar

from monitor import data
from monitor.text.forms._separable import parted
from monitor.text.forms._verbs import forms_of_verb, looks_like_verb
from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.forms.stopwords import stop_words
from monitor.text.normalise import key

NAME = "Languages learned from tables"
SCRIPTS: tuple[str, ...] = ()  # by language alone: a Latin word of unknown language is taken for English
# Recall / precision on the development halves of UD treebanks, which docs/languages.md names (bench/quality.py).
MEASURED = {
    "bg": "names .993 / .969, nouns .964 / .969, verbs .941 / .902",
    "cs": "names .988 / 1.000, nouns .996 / .994, verbs .991 / .929",
    "de": "names .990 / .996, nouns .987 / .983, verbs .896 / .893",
    "es": "names .988 / .967, nouns .990 / .950, verbs .932 / .919",
    "fr": "names .995 / .971, nouns .990 / .930, verbs .951 / .871",
    "it": "names .998 / .985, nouns .990 / .962, verbs .920 / .880",
    "nl": "names .964 / .976, nouns .993 / .964, verbs .891 / .949",
    "pl": "names .967 / .972, nouns .969 / .965, verbs .943 / .949",
    "pt": "names .999 / .962, nouns .996 / .964, verbs .915 / .883",
    "ro": "names 1.000 / .985, nouns .981 / .959, verbs .931 / .900",
    "sk": "names .975 / .970, nouns .988 / .995, verbs .971 / .973",
    "sl": "names .985 / .981, nouns .993 / .956, verbs .913 / .959",
    "sv": "names .917 / 1.000, nouns .980 / .986, verbs .856 / .936",
}
LANGUAGES = tuple(MEASURED)
QUALITY = "Recall / precision on running text of UD treebanks. " + "; ".join(
    f"{code}: {measured}" for code, measured in MEASURED.items()
)
# Names of countries that follow no rule of their ending (Polish: the plural ones keep the old locative in -ech), and
# words of the news that the tables have wrong or not at all.
_IRREGULAR = {
    "cs": ("korea koreje koreji koreu koreou koreo", "spojené spojených spojeným spojenými"),
    "sk": ("spojené spojených spojeným spojenými",),
    "sv": ("fånge fången fångar fångarna fångarnas", "dö dött"),
    "pl": (
        "polska polski polsce polskę polską polsko",
        "niemcy niemiec niemcom niemcami niemczech",
        "węgry węgier węgrom węgrami węgrzech",
        "włochy włoch włochom włochami włoszech",
        "indie indii indiom indiami indiach",
        "broń broni bronią broniom broniami broniach",
        "dron drona dronie dronom dronami dronach",
        "pocisk pociskowi",
    ),
}
_CZECH_TEXT = "deficit kulomet minomet návrat obrat plamenomet převrat raketomet záchvat"
# Nouns and adjectives that the tables or their endings take for verbs: all their forms. Nobody watches for these verbs,
# whose forms are in every text: Bulgarian миналата седмица is 'last week', Czech stojí 'costs', Spanish marte a planet.
_NO_VERBS = {
    "bg": ("грижа грижи грижата грижите", "душа души душата душите", "мина мини мината мините"),
    "cs": (
        "stát státu státě státem státe státy států státům státech",
        *(f"{noun} {noun}u {noun}e {noun}em {noun}y {noun}ů {noun}ům {noun}ech" for noun in _CZECH_TEXT.split()),
    ),
    "es": (
        *("cadáver cadáveres", "líder líderes", "revólver revólveres"),
        *("altar altares", "azúcar azúcares", "hogar hogares", "lugar lugares", "mar mares", "militar militares"),
        *("nuclear nucleares", "paramilitar paramilitares", "poder poderes"),
    ),
    "fr": (
        *(
            "avenir avenirs",
            "danger dangers",
            "désir désirs",
            "fer fers",
            "foyer foyers",
            "hiver hivers",
            "laser lasers",
        ),
        *("loyer loyers", "mer mers", "plaisir plaisirs", "pouvoir pouvoirs", "réservoir réservoirs"),
        *("rocher rochers", "étranger étrangers étrangère étrangères"),
    ),
    "it": ("carcere carceri", "mare mari", "militare militari", "potere poteri"),
    "pt": ("dólar dólares", "mar mares", "militar militares", "poder poderes", "radar radares"),
    "sk": (
        "bolesť bolesti bolesťou bolestí bolestiam bolestiach bolesťami",
        "smrť smrti smrťou smrtí smrtiam smrtiach smrťami",
        "zvesť zvesti zvesťou zvestí zvestiam zvestiach zvesťami",
    ),
    "sv": ("olja oljan oljas oljans oljor oljorna oljornas",),
}
_NOUNS_BY_BASE_FORM, _IRREGULAR_BY_BASE_FORM = (
    {language: {row.split()[0]: row.split()[1:] for row in rows} for language, rows in table.items()}
    for table in (_NO_VERBS, _IRREGULAR)
)
# German nouns that are declined as the adjectives that they were: Gefangener, des Gefangenen.
_ADJECTIVES_TEXT = """
    Abgeordnet Angehörig Angeklagt Angestellt Beamt Beauftragt Beschuldigt Betroffen Delegiert Festgenommen Freiwillig
    Gefallen Gefangen Geflüchtet Gesandt Getötet Inhaftiert Jugendlich Kriegsgefangen Kriminell Reisend Tot Überlebend
    Verdächtig Verhaftet Verletzt Vermisst Vertrieben Verwundet Vorsitzend
"""
_ADJECTIVES = frozenset(_ADJECTIVES_TEXT.lower().split())
_ADJECTIVE_ENDINGS = ("e", "er", "en", "em")
# The article of a plural is written on: изборите, взривовете.
_PLURAL = {"bg": re.compile("(?:и|[ое]ве)$")}
_ARTICLE = "те"
_LONGEST = 5  # letters of an ending, as learned
_KEPT = 3  # letters that a form shares with its word, unless their consonants are the same

_COMMAS = str.maketrans("şţ", "șț")  # Romanian as it is written now; the rules know no cedilla

_PARTS = frozenset({"nouns", "verbs"})

Rules = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Model:
    """What is known of a language; operations by ending, and by whole word where the rules get it wrong."""

    names: Rules
    nouns: Rules
    verbs: Rules
    parts: dict[str, str]  # ending → 'nouns' or 'verbs'
    known_names: dict[str, str]  # what is to be changed in what the rules say of a word: '-1y +1ě'
    known_words: dict[str, str]
    name_operations: frozenset[str]  # all that names take
    common: frozenset[str]  # words that are a form of no other, unless a known one's


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word and every form that the rules of its language make.

    Of a word with a capital every form demands it: `Ware` is in *Waren*, not in *waren*. A function word alone is not
    looked for, as it is in every text; a name that looks like one is, but where a sentence may begin.
    """
    made = _expand(word, language)
    base = key(word)
    if made.forms[base].upper or not is_function_word(word, language):
        return made
    if made.forms[base].capital:
        return FormSet(word, {base: replace(made.forms[base], inside=True)})
    added = f"to have it all the same, write {'=' + word!r}"
    others = {form: made.forms[form] for form in made.forms if not is_function_word(form, language)}
    left = others if len(word) >= _KEPT else {}  # of a noun that looks like one: Swedish 'man', *mannen*
    return FormSet(word, left, (f"{word!r} is in nearly every text, so it is not looked for alone: {added}",))


def is_function_word(word: str, language: str | None) -> bool:
    """Return whether a word of these languages is in nearly every text, so that it is not looked for alone."""
    return language in LANGUAGES and key(word) in stop_words(language)


def expand_phrase(words: Sequence[str], language: str | None = None, kind: Kind = Kind.AUTO) -> list[FormSet]:  # noqa: ARG001
    """Return the forms of each word of a phrase: function words count, and one capital tells a name."""
    return [_expand(word, language, phrase=True) for word in words]


def _expand(word: str, language: str | None, *, phrase: bool = False) -> FormSet:
    """Return the word and its forms; those of a phrase's words agree with the others."""
    if word.isupper() and len(word) > 1:
        return FormSet(word, {key(word): Form("acronym", upper=True)})
    small, base = word.lower().translate(_COMMAS), key(word)
    if not language:
        return FormSet(word, {base: Form("exact", capital=word[0].isupper())})
    forms = {base: _form("exact", word, small, language)}
    noun = _NOUNS_BY_BASE_FORM.get(language, {}).get(word)
    if noun:
        return FormSet(word, forms | {key(made): Form(f"{language} noun") for made in noun})
    _add_inflected(forms, word, small, language)
    if not word[0].isupper() and not phrase:
        _add_forms_of_verb(forms, word, small.replace("ß", "ss"), language)
    if word[0].isupper() or phrase:
        for made in _agreeing(small, language, phrase=phrase):
            forms.setdefault(key(made), _form(f"paradigm: {language} {_ending(small, made)}", word, made, language))
    return FormSet(word, forms)


def _add_inflected(forms: dict[str, Form], word: str, small: str, language: str) -> None:
    """Add the forms that the rules of a language make, and those that it lists."""
    for made in _inflected(small, _model(language), stop_words(language), name=word[0].isupper()):
        form = _form(f"paradigm: {language} {_ending(small, made)}", word, made, language)
        if form.capital and made in stop_words(language):  # 'Waren' begins a sentence as a verb, too
            form = replace(form, inside=True)
        forms.setdefault(key(made), form)
    for made in _IRREGULAR_BY_BASE_FORM.get(language, {}).get(small, ()):
        forms.setdefault(key(made), _form(f"{language} irregular", word, made, language))
    for made in _declined(small, language, tuple(forms)):
        forms.setdefault(key(made), _form(f"paradigm: {language} {_ending(small, made)}", word, made, language))


def _add_forms_of_verb(forms: dict[str, Form], word: str, swiss: str, language: str) -> None:
    """Add the forms of a verb that the rules leave out: two-word forms of a separable one, participles as adjectives.

    `swiss` is the word without ß: the German table has 'schießen' as a noun, 'schiessen' as a verb.
    """
    for made in _inflected(swiss, _model(language), stop_words(language), name=False) if swiss != word else ():
        forms.setdefault(key(made), _form(f"paradigm: {language} {_ending(swiss, made)}", word, made, language))
    for made, form in _parted(swiss, language):
        forms.setdefault(key(made), form)
    for made in _verbal(swiss, language, tuple(forms)):
        forms.setdefault(made, Form(f"{language} verb"))


def _parted(small: str, language: str) -> Iterator[tuple[str, Form]]:
    """Return the forms of a separable verb, in one word and in two: 'abschießt', 'abgeschossen', 'schießt … ab'."""
    cut = parted(small, language)
    model = _model(language)
    if cut is None or _part(small, model) != "verbs" or _part(cut[1], model) != "verbs":
        return
    particle, rest = cut
    if language == "de":
        yield f"{particle}zu{rest}", Form(f"{language} separable verb")
    whole = _inflected(small, model, stop_words(language), name=False)
    also = (made.removeprefix(particle) for made in whole if made.startswith(particle))
    for made in (rest, *_inflected(rest, model, stop_words(language), name=False), *also):
        yield particle + made, Form(f"{language} separable verb")
        yield made, Form(f"{language} separable verb", particle=particle)


def _declined(small: str, language: str, forms: Sequence[str]) -> Iterator[str]:
    """Return the forms of a German noun that was an adjective, and Bulgarian plurals with their article."""
    if language == "de" and small.endswith(_ADJECTIVE_ENDINGS):
        stem = small[: small.rindex("e")]
        yield from (stem + ending for ending in _ADJECTIVE_ENDINGS if stem in _ADJECTIVES)
    plural = _PLURAL.get(language)
    if plural is not None and _part(small, _model(language)) != "verbs":
        yield from (form + _ARTICLE for form in forms if plural.search(form))


def _verbal(small: str, language: str, forms: Sequence[str]) -> Iterator[str]:
    """Return the keys of a verb's participles, and of what else the rules leave out of it; of no other word."""
    model, function = _model(language), stop_words(language)
    if _part(small, model) != "verbs":
        if not looks_like_verb(small, language, forms):
            return
        made = [_applied(small, operation) for operation in _longest(small, model.verbs) or ()]
        forms = [*forms, *(form for form in made if form not in model.common and keeps_enough(small, form))]
        yield from (key(form) for form in forms)
    yield from (key(form) for form in forms_of_verb(small, language, forms) if form not in function)


def _part(small: str, model: _Model) -> str | None:
    """Return the part of speech of a word in small letters: 'nouns' or 'verbs', None where nothing tells it."""
    changes = model.known_words.get(small, "").split()
    return changes[0] if changes and changes[0] in _PARTS else _longest(small, model.parts)


def _form(rule: str, word: str, made: str, language: str) -> Form:
    """Return a form, which of a name demands its capital.

    In a line without any capital it is not missed, unless the name or the form is a common word.
    """
    if not word[0].isupper():
        return Form(rule)
    model = _model(language)
    common = made in model.common or made in model.known_words or word.lower() in model.known_words
    return Form(rule, capital=True, hasty=len(made) > _KEPT and not common)


def _agreeing(small: str, language: str, *, phrase: bool) -> Iterator[str]:
    """Return the forms of an adjective or a plural that is not written in its base form: *Spojené státy*."""
    for row in _paradigms(language):
        if phrase or row.alone:
            for ending in row.of:
                stem = small.removesuffix(ending)
                if len(small) - len(ending) >= _KEPT and stem != small:
                    yield from (stem + other for other in row.has if stem + other not in stop_words(language))


@dataclass(frozen=True, slots=True)
class _Paradigm:
    """Endings that a word may have, and those of its other forms."""

    of: tuple[str, ...]
    has: tuple[str, ...]
    alone: bool


@cache
def _paradigms(language: str) -> tuple[_Paradigm, ...]:
    """Return the closed paradigms of a language."""
    rows = data.load("forms/paradigms").get(language, [])
    return tuple(
        _Paradigm(
            tuple(row["of"].split()),
            tuple("" if ending == "-" else ending for ending in row["has"].split()),
            row.get("alone", False),
        )
        for row in rows
    )


def keeps_enough(word: str, form: str) -> bool:
    """Return whether a form may be of a word: three letters at its beginning are kept, or its stem but for the vowels.

    `mar` is not in *mais*, `set` not in *se*; *domu* is of `dům`, *psa* of `pes`.
    """
    if form.startswith(word[:_KEPT]):
        return True
    stem = _consonants(word)
    return bool(stem) and _consonants(form).startswith(stem)


def _consonants(word: str) -> str:
    plain = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in plain if letter.isalpha() and letter not in _VOWELS)


_VOWELS = frozenset("aeiouyæœøаеиоуъюя")


def _ending(word: str, form: str) -> str:
    """Return what a form adds to what it keeps of its word, for the rule that is shown."""
    shared = sum(takewhile(bool, map(eq, word, form)))
    return f"-{form[shared:]}"


def _inflected(small: str, model: _Model, function: frozenset[str], *, name: bool) -> Iterator[str]:
    """Return the forms of a word in small letters."""
    changes = (model.known_names if name else model.known_words).get(small, "").split()
    part = changes.pop(0) if changes and changes[0] in _PARTS else _longest(small, model.parts)
    rules = model.names if name else model.verbs if part == "verbs" else model.nouns
    dropped = {change[1:] for change in changes if change[0] == "-"}
    for operation in _longest(small, rules) or ():
        made = _applied(small, operation)
        barred = operation in dropped or made in function or made in model.common
        if made and not barred and keeps_enough(small, made):
            yield made
    if name and not changes:  # a common noun with its capital: 'Slnko'; names of some languages have a plural at most
        changes = [one for one in model.known_words.get(small, "").split() if one[1:] in model.name_operations]
    yield from (_applied(small, change[1:]) for change in changes if change[0] == "+")


def _applied(word: str, operation: str) -> str:
    """Return the form that an operation makes: '1ę' cuts a letter and adds one, '=ludzie' is the form."""
    return operation[1:] if operation[0] == "=" else word[: len(word) - int(operation[0])] + operation[1:]


_Value = TypeVar("_Value")


def _longest(word: str, by_ending: Mapping[str, _Value]) -> _Value | None:
    """Return what stands for the longest ending that is there."""
    for length in range(min(_LONGEST, len(word)), -1, -1):
        found = by_ending.get(word[len(word) - length :])
        if found is not None:
            return found
    return None


@cache
def _model(language: str) -> _Model:
    """Return what is known of a language."""
    read = data.load(f"forms/{language}")

    def rules(name: str) -> Rules:
        return {ending: tuple(operations.split()) for ending, operations in read[name].items()}

    def known(name: str) -> dict[str, str]:
        return {word: operations for operations, words in read[name].items() for word in words.split()}

    names = rules("names")
    return _Model(
        names,
        rules("nouns"),
        rules("verbs"),
        read["parts"],
        known("known names"),
        known("known words"),
        frozenset(operation for operations in names.values() for operation in operations),
        frozenset(read["common"].split()),
    )
