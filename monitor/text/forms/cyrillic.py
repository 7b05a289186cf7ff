"""Ukrainian and Russian: dictionary forms and closed paradigms, united, with an automatic case gate.

An ordinary word stands for every part of speech that has it as its base form; a verb for its finite forms, its
participles in all their cases and its gerunds. Verbs in -ся are words of their own, and so is the other aspect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from monitor.text.forms import cyrillic_aspect, cyrillic_ru, cyrillic_uk
from monitor.text.forms import cyrillic_lexicon as lexicon
from monitor.text.forms._cyrillic_phrases import base_of
from monitor.text.forms._heads import CYRILLIC
from monitor.text.forms.base import PARTS, Form, FormSet, Kind, left_out, own_plural
from monitor.text.forms.cyrillic_lexicon import WordAnalysis
from monitor.text.forms.cyrillic_rules import ORDINALS, apply
from monitor.text.normalise import key

NAME = "Ukrainian and Russian"
LANGUAGES = ("uk", "ru")
SCRIPTS = ("cyrillic",)
QUALITY = (
    "Ukrainian names: recall 1.000, precision .992 - .997, nouns 1.000 / .969 - .993, nouns and verbs 1.000 / "
    ".977 - .992 (UD ParlaMint dev and test); Russian names: .996 / .999, nouns .994 / .967, nouns and verbs "
    ".990 / .967 (UD PUD); names in news .995 (factRuEval-2016)"
)

_RULES = {"uk": cyrillic_uk.RULES, "ru": cyrillic_ru.RULES}
_PLURALS = {"uk": cyrillic_uk.PLURALS, "ru": cyrillic_ru.PLURALS}
# Of names that may be no place, these have no form that is a word: 'Мэри' is not 'Мэр'.
_PLURAL_PLACES = frozenset(
    f"paradigm: {rule.name}"
    for table in (cyrillic_uk.RULES, cyrillic_ru.RULES)
    for rule in table
    if rule.kinds == {"place"} and "plural" in rule.name
)
_SURNAME = "Surn"
_PLACE = "Geox"
_PERSONS = frozenset({"anim", "Name", "Surn", "Patr", "Geox"})
# Plurals whose meaning is their own: 'сили' are not several of a 'сила'.
_OWN_PLURALS_TEXT = """
    сили війська справи дані кадри надра заходи засоби збори кошти торги органи вісті права води маси верхи низи збитки
    роки часи навчання курси сходи межі
    силы войска дела данные кадры недра меры средства сборы торги органы вести права воды массы верхи низы убытки годы
    времена учения курсы власти круги волнения беспорядки люди часы
"""
_OWN_PLURALS = frozenset(_OWN_PLURALS_TEXT.split())
_VOWELS = "аеєиіїоуюяыэё"
_NAMES = {Kind.NAME, Kind.SURNAME, Kind.GIVEN, Kind.PLACE}
_GENDERS = frozenset({"masc", "femn", "neut"})
_CASES = {
    "nomn": "nominative",
    "gent": "genitive",
    "datv": "dative",
    "accs": "accusative",
    "ablt": "instrumental",
    "loct": "locative",
    "voct": "vocative",
    "gen2": "genitive",
    "acc2": "accusative",
    "loc2": "locative",
}
_TENSES = {"past": "past", "pres": "present", "futr": "future", "impr": "imperative", "Impe": "impersonal"}
_PARTS_OF_SPEECH = {
    "PRTF": "participle",
    "PRTS": "short participle",
    "GRND": "gerund",
    "NOUN": "noun",
    "ADJF": "adjective",
    "ADJS": "short adjective",
    "COMP": "comparative",
    "NUMR": "numeral",
    "INFN": "verb",
    "VERB": "verb",
    "ADVB": "adverb",
}
_VOICES = frozenset({"actv", "pssv"})
# Parts of speech whose forms are no terms, as warnings name them.
_ARTICLES = {"adjective": "an adjective", "noun": "a noun", "participle": "a verb", "verb": "a verb"}
_OF_KIND = {
    Kind.NOUN: {"NOUN", "NUMR"},
    Kind.ADJECTIVE: {"ADJF", "PRTF"},
    Kind.VERB: {"INFN", "VERB"},
    Kind.BOTH_ASPECTS: {"INFN", "VERB"},
}
# How infinitives end, with a vowel before -ти and -ть: by these a word in no dictionary is taken for a verb.
_INFINITIVE = {
    "uk": re.compile("[аеиіїоуюя]ти(?:ся|сь)?$"),
    "ru": re.compile("(?:[аеиоуыя]ть|чь)(?:ся)?$"),
}
_UNMISSED = frozenset({"voct", "impr", "infn"})
_CALLED = frozenset({"voct", "Infr"})  # Russian calls in speech: 'Кристин!'
_DECLINED = frozenset({"NOUN", "ADJF", "PRTF", "NUMR"})
_PAIR = 2  # words
_SHORT = 3  # letters: names this short that end in a vowel do not decline, and forms this short need their capital
_RELATIONAL = ("ський", "цький", "зький", "ский", "цкий")  # begin compounds in -о: 'корейсько-російський'
_ACRONYM_STRICT = 5  # letters: longer acronyms are also written like names ('Юнеско')
_ACRONYM_ENDINGS_TEXT = "а у ом ем ові еві і и е ы ів ов ам ами ах ою ой ею єю ей я ю єм ії ію ією ї"
_ACRONYM_ENDINGS = _ACRONYM_ENDINGS_TEXT.split()


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:
    """Return every form of one word standing alone."""
    if _is_acronym(word, kind):
        return _acronym(word)
    return _expand(word, language, kind, alone=True, common=word not in _OWN_PLURALS)


def expand_phrase(words: Sequence[str], language: str | None = None, kind: Kind = Kind.AUTO) -> list[FormSet]:
    """Return the forms of each word of a phrase: the words around it tell names from ordinary words."""
    common = kind is Kind.AUTO and all(map(str.islower, words)) and _OWN_PLURALS.isdisjoint(words)
    sets = [_expand_within(words, at, language, kind, common=common) for at in range(len(words))]
    for at, forms in enumerate(_compound(words, language, kind)):
        if forms and all(map(str.islower, words)):
            sets[at] = FormSet(words[at], {key(words[at]): Form("exact")})
        sets[at] |= FormSet(words[at], forms)
    if _needs_marking(words):
        sets[0] = FormSet(sets[0].word, {k: _capital(form) for k, form in sets[0].forms.items()}, sets[0].warnings)
    sets[0] |= FormSet(words[0], {}, _on_case(words, language, kind))
    return sets


def _on_case(words: Sequence[str], language: str | None, kind: Kind) -> tuple[str, ...]:
    """Warn of a phrase or a name that is not in the nominative, and say what that is."""
    base = base_of(words, (language,) if language else LANGUAGES) if kind is Kind.AUTO else None
    if base is None:
        return ()
    return (f"{' '.join(words)!r} is not in its base form, so it is found in few forms: write {base!r}",)


def _expand_within(words: Sequence[str], at: int, language: str | None, kind: Kind, *, common: bool) -> FormSet:
    """Return the forms of one word of a phrase; a number beside it shows an ordinal's ending, or a product.

    `common`: the words are ordinary, and found in the singular where they are written in the plural.
    """
    word = words[at]
    if _is_acronym(word, Kind.AUTO):
        return _acronym(word)
    if 0 < at < len(words) - 1 and words[at - 1].isdigit() and key(word) in ORDINALS:
        return FormSet(word, dict.fromkeys(ORDINALS, Form("ordinal ending")))
    if kind is Kind.AUTO and word[:1].isupper() and words[at + 1 : at + 2] and words[at + 1].isdigit():
        kind = Kind.PRODUCT  # 'МіГи-29'
    if kind is Kind.AUTO and word.islower() and _begins_compound(words, at, language):
        return FormSet(word, {key(word): Form("exact")})
    return _expand(word, language, kind, alone=False, common=common)


def _begins_compound(words: Sequence[str], at: int, language: str | None) -> bool:
    """Return whether a word is none but the beginning of an adjective: 'социал-демократическая', 'южно-корейский'."""
    codes = (language,) if language else LANGUAGES
    if at + 1 == len(words) or any(lexicon.known(words[at].lower(), code) for code in codes):
        return False
    return any("ADJF" in one.tag and one.nominative for code in codes for one in lexicon.known(words[at + 1], code))


def _compound(words: Sequence[str], language: str | None, kind: Kind) -> Iterator[dict[str, Form]]:
    """Return the forms of each part of a compound that the dictionary has as a whole: 'Йошкар-Олы'."""
    whole = "-".join(words)
    forms: list[dict[str, Form]] = [{} for _ in words]
    for code in (language,) if language else LANGUAGES:
        readings = [one for one in lexicon.known(whole.lower(), code) if one.nominative]
        for form, rule in _dictionary(readings, code, kind, name=whole[:1].isupper(), alone=False):
            parts = form.split("-")
            for part, its in zip(parts, forms, strict=False) if len(parts) == len(words) else ():
                its[key(part)] = Form(rule)
    yield from forms


def _needs_marking(words: Sequence[str]) -> bool:
    """Return whether only its capital tells a phrase from ordinary words: 'Новая газета', 'Белый дом'.

    A capital on every word is style that others write without ('Збройні Сили', 'збройні сили'), a noun such as 'суд'
    says what the name names, and three words and more are marked enough ('збройні сили України').
    """
    first, *rest = words
    return (
        len(words) == _PAIR
        and first[:1].isupper()
        and not rest[0][:1].isupper()
        and CYRILLIC.isdisjoint(map(key, words))
        and all(lexicon.is_ordinary(word.lower()) for word in words)
    )


def _capital(form: Form) -> Form:
    return Form(form.rule, capital=True, upper=form.upper, stem=form.stem)


def _is_acronym(word: str, kind: Kind) -> bool:
    return kind is Kind.ACRONYM or word.isupper()


def _acronym(word: str) -> FormSet:
    """Return an acronym, in capitals, and its endings in small letters: 'НАК', 'НАКу', "НАК'у".

    It may also be written like a name, where that is no word ('Нато'); and its ending in capitals, in a line of nothing
    else, where that makes no other acronym ('НАКУ', but 'СБУ' is not 'СБ').
    """
    base = key(word)
    strict = len(word) <= _ACRONYM_STRICT
    mixed = not lexicon.is_word(base)
    made = Form("acronym: ending", upper=strict, capital=not strict, stem=len(word))
    forms = {base: replace(made, rule="acronym", mixed=mixed)}
    if len(word) > 1 and base[-1] not in "оеуюэиі":
        for ending in _ACRONYM_ENDINGS:
            ended = base + ending
            word_too = lexicon.is_word(ended)
            clash = word_too or len(word) < _SHORT or lexicon.is_acronym(ended)
            forms.setdefault(ended, replace(made, mixed=mixed and not word_too, ambiguous=clash))
            forms.setdefault(f"{base}'{ending}", made)
    return FormSet(word, forms)


def _expand(word: str, language: str | None, kind: Kind, *, alone: bool, common: bool) -> FormSet:
    """Unite the forms of the dictionary and of the paradigms, in each language that can write the word."""
    lowered, base = word.lower(), key(word)
    codes = [code for code in ((language,) if language else LANGUAGES) if lexicon.writes(lowered, code)]
    known = {code: lexicon.known(lowered, code) for code in codes}
    name = kind in _NAMES or (word[:1].isupper() and kind not in PARTS and not (alone and _is_verb_only(known)))
    chosen = _chosen(lowered, known, kind, name=name)
    rules = dict.fromkeys(_spellings(base, name=name), "exact")
    makers: dict[str, set[str]] = {spelled: set() for spelled in rules}
    seldom: set[str] = set()
    aspects = _aspects(chosen)
    if kind is Kind.BOTH_ASPECTS:
        chosen = {code: [*found, *_partners(aspects.get(code, {}), code)] for code, found in chosen.items()}
    if not name and "uk" in chosen:
        chosen["uk"] = [*chosen["uk"], *_twins(chosen["uk"])]
    for code in codes:
        for form, rule in chain(
            _dictionary(chosen[code], code, kind, name=name, alone=alone, seldom=seldom, common=common and not name),
            _paradigms(lowered, code, kind, known) if name or not (any(known.values()) or any(chosen.values())) else (),
        ):
            for spelled in _spellings(key(form), name=name):
                rules.setdefault(spelled, rule)
                makers.setdefault(spelled, set()).add(code)
    if alone and not name and base.endswith(_RELATIONAL):
        rules.setdefault(base[:-2] + "о", "compound: -о")
        makers.setdefault(base[:-2] + "о", set())
    forms = _gated(rules, makers, base, name=name, alone=alone)
    if alone and name and kind is Kind.AUTO:
        forms |= {form: one for form, one in _quoted_plurals(lowered, chosen).items() if form not in forms}
    if name or not alone:
        written_in_case = alone and any(known.values()) and not any(chosen.values())  # 'Києва', 'Сеулом'
        return FormSet(word, forms, _on_case((word,), language, kind) if written_in_case else ())
    warnings = _warnings(word, known, chosen, sorted(seldom - rules.keys()), kind)
    on_plurals = (*_on_plural(word, known, chosen), *_on_own_plural(word, chosen))
    return FormSet(word, forms, (*warnings, *on_plurals, *_on_aspect(word, aspects, kind)))


def _on_own_plural(word: str, chosen: dict[str, list[WordAnalysis]]) -> tuple[str, ...]:
    """Name the singular that a plural does not find, since its meaning is another."""
    if word not in _OWN_PLURALS:
        return ()
    singular = {one.normal for found in chosen.values() for one in found if one.plural} - {word}
    return (own_plural(word, sorted(singular)),) if singular else ()


def _on_plural(
    word: str, known: dict[str, list[WordAnalysis]], chosen: dict[str, list[WordAnalysis]]
) -> tuple[str, ...]:
    """Warn of a verb that is written as the plural of a noun is: 'дати' is not taken for that of 'дата'."""
    if not any(one.infinitive for found in chosen.values() for one in found):
        return ()
    nouns = (one for found in known.values() for one in found if one.part == "NOUN" and one.nominative and one.plural)
    normals = sorted({repr(one.normal) for one in nouns if one.normal != word.lower()})
    if not normals:
        return ()
    plural = f"the plural of {' or '.join(normals)}"
    return (f"{word!r} is not taken for {plural}: for that write {{text: {word}, pos: noun}}",)


def _aspects(chosen: dict[str, list[WordAnalysis]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, by language, the aspect partners of each verb that the term stands for."""
    return {
        code: {one.normal: cyrillic_aspect.partners(one.normal, code) for one in found if one.infinitive}
        for code, found in chosen.items()
        if any(one.infinitive for one in found)
    }


def _partners(partners: dict[str, tuple[str, ...]], code: str) -> Iterator[WordAnalysis]:
    """Return the base forms of the verbs' partners."""
    for verb in chain.from_iterable(partners.values()):
        yield from (one for one in lexicon.known(verb, code) if one.infinitive)


def _twins(readings: Sequence[WordAnalysis]) -> Iterator[WordAnalysis]:
    """Return the base forms of Ukrainian words in their other spelling: 'узяти' of 'взяти'."""
    for other in dict.fromkeys(cyrillic_uk.twin(one.normal) for one in readings):
        if other is not None:
            yield from (one for one in lexicon.known(other, "uk") if one.normal == other)


def _on_aspect(word: str, aspects: dict[str, dict[str, tuple[str, ...]]], kind: Kind) -> tuple[str, ...]:
    """Name the verb of the other aspect, which is a word of its own."""
    others = dict.fromkeys(chain.from_iterable(chain.from_iterable(made.values() for made in aspects.values())))
    named = " and ".join(map(repr, others))
    if kind is not Kind.BOTH_ASPECTS and others:
        are = "is" if len(others) == 1 else "are"
        return (f"{word!r} is a verb; {named}, of the other aspect, {are} found with {{text: {word}, aspect: both}}",)
    if kind is Kind.BOTH_ASPECTS and not others:
        return (f"{word!r} has no verb of the other aspect that is known here: list it as a keyword of its own",)
    return ()


def _quoted_plurals(lowered: str, chosen: dict[str, list[WordAnalysis]]) -> dict[str, Form]:
    """Return the plural of a name that the dictionary knows as a thing or a person: «Кинджалами».

    Between quotation marks it is one of several things of that name, and of a thing also where a capital inside a
    sentence says so; elsewhere 'Заходи' are no West, 'Иванов' no Иван.
    """
    rules: dict[str, str] = {}
    lowered = lowered.replace("ё", "е")  # the paradigms write е, as keys do
    for code, readings in chosen.items():
        once = [one for one in readings if one.part == "NOUN" and not one.plural and _PLACE not in one.tag]
        made = [(form, f"dictionary: {_described(tag)}", "plur" in tag) for one in once for form, tag in one.lexeme]
        made += [(form, rule, True) for form, rule in apply(_PLURALS[code], lowered, Kind.AUTO) if once]
        for form, rule, plural in made:
            if plural and not any(_SURNAME in tag for tag in lexicon.tags(form, code)):
                rules.setdefault(key(form), rule)
    of_things = [one.part == "NOUN" and one.tag.isdisjoint(_PERSONS) for found in chosen.values() for one in found]
    return {form: Form(rule, capital=True, quoted=True, inside=all(of_things)) for form, rule in rules.items()}


def _is_verb_only(known: dict[str, list[WordAnalysis]]) -> bool:
    """Return whether a word with a capital is the infinitive of a verb, and the base form of nothing else."""
    readings = list(chain.from_iterable(known.values()))
    return any(one.infinitive for one in readings) and not any(one.nominative for one in readings)


def _chosen(
    lowered: str, known: dict[str, list[WordAnalysis]], kind: Kind, *, name: bool
) -> dict[str, list[WordAnalysis]]:
    """Choose, for each language, the dictionary readings that the term stands for.

    Those are the base forms that the dictionary knows; where no language knows it as one and it is no name, those by
    analogy (for names the closed paradigms have the same forms and cost a tenth). Where nobody takes the word for the
    base form of a noun, adjective or verb, another base form (an adverb) counts.
    """
    readings = known
    if name and _is_short(lowered):
        readings = {code: found if lowered[-1] in "ая" else [] for code, found in known.items()}
    elif not name and not any(one.nominative or one.infinitive for found in known.values() for one in found):
        readings = _guessed(lowered, known)
    wanted = _OF_KIND.get(kind)
    if kind is Kind.BOTH_ASPECTS and not any(one.infinitive for found in readings.values() for one in found):
        wanted = None  # another word of the verb's phrase
    chosen = {
        code: [
            one
            for one in found
            if (one.nominative or (one.infinitive and not name)) and (wanted is None or not wanted.isdisjoint(one.tag))
        ]
        for code, found in readings.items()
    }
    if any(one.infinitive for found in chosen.values() for one in found):  # 'дати' is no plural of 'дата' then
        return {
            code: [one for one in found if not one.plural or one.normal == lowered] for code, found in chosen.items()
        }
    if name and any("Name" in one.tag and not one.plural for found in chosen.values() for one in found):
        return {code: [one for one in found if not _is_common_plural(one)] for code, found in chosen.items()}
    if any(chosen.values()) or wanted is not None:
        return chosen
    return {code: [one for one in found if key(one.normal) == key(lowered)] for code, found in readings.items()}


def _guessed(lowered: str, known: dict[str, list[WordAnalysis]]) -> dict[str, list[WordAnalysis]]:
    """Return the readings by analogy where the dictionary has none; of what ends as infinitives do, as a verb only.

    A verb's form in one language is no noun by analogy in the other: 'стреляли' is none in Ukrainian.
    """
    readings = {code: found or lexicon.guessed(lowered, code) for code, found in known.items()}
    verbs = {
        code: [one for one in found if one.infinitive and _INFINITIVE[code].search(lowered)]
        for code, found in readings.items()
    }
    if any(verbs.values()):
        return verbs
    return known if any(one.part == "VERB" for found in known.values() for one in found) else readings


def _warnings(
    word: str,
    known: dict[str, list[WordAnalysis]],
    chosen: dict[str, list[WordAnalysis]],
    seldom: Sequence[str],
    kind: Kind,
) -> tuple[str, ...]:
    """Warn of a word that the dictionary knows only as a form of another; of forms that are `seldom` the word."""
    if seldom:
        return (left_out(word, seldom),)
    if any(chosen.values()):
        return ()
    readings = list(chain.from_iterable(known.values()))
    if kind in PARTS and kind is not Kind.BOTH_ASPECTS:  # a verb that is 'криза' is no form of 'криз', a noun
        readings = [one for one in readings if not _OF_KIND[kind].isdisjoint(one.tag)]
    bases = {(_described(one.tag).partition(",")[0], one.normal) for one in readings if one.normal != word.lower()}
    parts = sorted({part for part, _ in bases} & _ARTICLES.keys())
    if parts:
        wanted = " or ".join(dict.fromkeys(repr(normal) for part, normal in sorted(bases) if part in parts))
        named = " or ".join(dict.fromkeys(_ARTICLES[part] for part in parts))
        what = f"{word!r} is no base form but one of {named}, so it matches only as written"
        return (f"{what}: for all forms write {wanted}",)
    if kind in PARTS:
        return (f"{word!r} is not known as {kind.described}, so it matches only as written",)
    return ()


def _is_short(lowered: str) -> bool:
    """Return whether a name is one of those that do not decline: 'Лі', 'Чо', 'По'."""
    return len(lowered) <= _SHORT and lowered[-1] in _VOWELS


def _paradigms(lowered: str, code: str, kind: Kind, known: dict[str, list[WordAnalysis]]) -> Iterator[tuple[str, str]]:
    """Return (form, rule) of the closed paradigms; the plural (families, peoples) only of names in no dictionary.

    The singular of a plural that the dictionary knows is none of its forms: 'Штати' is not 'Штат'.
    """
    if _is_short(lowered):
        return
    bases = [one for one in chain.from_iterable(known.values()) if one.nominative]
    only_plural = bases if all(one.plural for one in bases) else ()
    singulars = {form for one in only_plural for form, tag in one.lexeme if "plur" not in tag}
    place = kind is Kind.PLACE or any(one.tag & {"Pltm", _PLACE} for one in bases)
    given = any("Name" in one.tag for one in bases)
    lowered = lowered.replace("ё", "е")  # the paradigms write е, as keys do
    for form, rule in apply(_RULES[code], lowered, kind):
        unsure = rule in _PLURAL_PLACES and not place
        if form not in singulars and not (unsure and (given or lexicon.is_ordinary(form))):
            yield form, rule
    if kind is Kind.PRODUCT or (kind is not Kind.PLACE and not any(known.values())):
        for form, rule in apply(_PLURALS[code], lowered, kind):
            if not any(_SURNAME in tag for tag in lexicon.tags(form, code)):  # 'Иван' is not 'Иванов'
                yield form, rule


def _spellings(form: str, *, name: bool) -> tuple[str, ...]:
    """Return a form, and for a name with ґ the spelling with г."""
    return (form, form.replace("ґ", "г")) if name and "ґ" in form else (form,)


def _dictionary(
    readings: list[WordAnalysis],
    code: str,
    kind: Kind,
    *,
    name: bool,
    alone: bool,
    seldom: set[str] | None = None,
    common: bool = False,
) -> Iterator[tuple[str, str]]:
    """Return (form, rule) for the forms of each reading; forms that are seldom the word go to `seldom` instead."""
    several = common and _is_of_several(readings)
    for reading in chain(readings, *(lexicon.participles(one, code) for one in readings)):
        source = "dictionary" if reading.known else "analogy"
        for form, tag in _select(reading, kind, name=name, alone=alone, several=several):
            if name and alone and _is_another(form, reading, code):
                continue
            if name or not alone or form == reading.word or not lexicon.is_seldom(form, tag, reading.normal, code):
                yield form, f"{source}: {_described(tag)}"
            elif seldom is not None and tag.isdisjoint(_UNMISSED):  # what nobody looks for: how one calls a thing
                seldom.add(key(form))


def _is_common_plural(reading: WordAnalysis) -> bool:
    """Return whether a reading is the plural of an ordinary word, which a given name is not: 'Мари' is no 'Марь'."""
    return reading.plural and reading.normal != reading.word and reading.tag.isdisjoint({"Pltm", "Name", _PLACE})


def _is_another(form: str, reading: WordAnalysis, code: str) -> bool:
    """Return whether a form of a name that looks like a plural is the base form of another word: 'Роли' is no 'Роль'.

    What has a plural alone is a place: 'Суми' is found in 'Сум'.
    """
    return (
        _is_common_plural(reading) and form != reading.word and lexicon.is_base_of_another(form, reading.normal, code)
    )


def _is_of_several(readings: Sequence[WordAnalysis]) -> bool:
    """Return whether a word is the plural of an ordinary one ('ракети'), and has no meaning as such ('вибори')."""
    return bool(readings) and all(
        one.plural and one.known and one.part in {"NOUN", "ADJF"} and "Pltm" not in one.tag and one.normal != one.word
        for one in readings
    )


def _select(
    reading: WordAnalysis, kind: Kind, *, name: bool, alone: bool, several: bool = False
) -> Iterator[tuple[str, frozenset[str]]]:
    """Return the forms of a lexeme that the base form stands for: its number, its gender, its part of speech.

    `several`: the word is written in the plural, and stands for one as well.
    """
    if reading.infinitive or "GRND" in reading.tag:
        yield from reading.lexeme
        return
    gender = reading.tag & _GENDERS
    adjective = bool({"ADJF", "PRTF"} & reading.tag)
    any_gender = adjective and "masc" in reading.tag and alone and not name
    abstract = adjective and "neut" in reading.tag and alone  # 'головне' is not 'головні'
    one = abstract or (name and kind is not Kind.PRODUCT)
    for form, tag in reading.lexeme:
        if (reading.nominative and reading.part not in tag) or ("Abbr" in tag) != ("Abbr" in reading.tag):
            continue
        if reading.plural != ("plur" in tag) and (reading.plural or one) and not (several and reading.plural):
            continue
        if gender and tag & _GENDERS and not gender & tag and not any_gender and "ms-f" not in tag:
            continue
        if "PRTF" in reading.tag and (reading.tag ^ tag) & {"actv", "pssv", "past", "pres"}:
            continue
        if "Supr" in tag and "Supr" not in reading.tag:
            continue
        if tag >= _CALLED:
            continue
        yield form, tag


@lru_cache(maxsize=4096)
def _described(tag: frozenset[str]) -> str:
    """Return what a form is, in words: 'noun, genitive plural', 'verb, past'."""
    part = next((name for code, name in _PARTS_OF_SPEECH.items() if code in tag), "word")
    if not tag & _DECLINED:
        tense = next((name for code, name in _TENSES.items() if code in tag), "infinitive")
        return f"verb, {tense}" if part == "verb" else part
    if "ADJF" in tag and tag & _VOICES:
        part = "participle"
    case = next((name for code, name in _CASES.items() if code in tag), "nominative")
    return f"{part}, {case} {'plural' if 'plur' in tag else 'singular'}"


def _gated(
    rules: dict[str, str], makers: dict[str, set[str]], base: str, *, name: bool, alone: bool
) -> dict[str, Form]:
    """Drop function words, and demand a capital of a name's forms that are also ordinary words.

    A word counts as a function word where a language that makes the form has it as one: Ukrainian 'Ради' stays, though
    'ради' is a Russian preposition.
    """
    gated = {}
    for form, rule in rules.items():
        if alone and form != base and any(lexicon.is_function_word(form, code) for code in makers[form]):
            continue
        capital = name and alone and _needs_capital(form)
        fused = not name and alone and any(lexicon.is_fused(form, code) for code in makers[form] or LANGUAGES)
        unless = "" if name or not alone else _unless(form, base, makers[form])
        hasty = capital and len(form) > _SHORT and lexicon.is_told_without_capital(form, base)
        gated[form] = Form(rule, capital=capital, fused=fused, unless=unless, hasty=hasty)
    return gated


def _unless(form: str, base: str, makers: set[str]) -> str:
    """Return the language that has a form of the other as another word: Ukrainian 'теми' is Russian 'тем' (those)."""
    others = [code for code in LANGUAGES if code not in makers]
    if len(makers) != 1 or not others or form == base or not lexicon.means_another(form, base, others[0]):
        return ""
    return others[0]


def _needs_capital(form: str) -> bool:
    """Return whether only a capital tells a form of a name from other words.

    So it is with ordinary words and with short forms; of three letters, but for given names ('оля' in hasty writing).
    """
    if len(form) > _SHORT:
        return lexicon.is_ordinary(form)
    return len(form) < _SHORT or not lexicon.is_given_name(form)
