"""Arabic: the proclitics of a noun, its regular endings and its possessives (جيشه, 'his army').

Conjunctions (و، ف), prepositions (ب، ك، ل) and the article (ال) are written on to the noun, in this order, and ل
swallows the article's alif (للصواريخ). Broken plurals (صاروخ, صواريخ) follow no rule that an ending could tell:
they are words of their own in a watchlist, or come with `forms+`. Vowel signs are the normaliser's business. Many
outlets leave the hamza of an alif out, and so do users: a term with it is found without, and a term without it is found
with it, at the beginning of the word (أ, إ, آ), and inside where an alif can bear one (تأثير). Egyptian outlets write a
final ya without its dots (السيسى) and مسئول for مسؤول: either finds the other, in words of four letters and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.text.forms import persian
from monitor.text.forms.base import Form, FormSet, Kind, exact, no_forms
from monitor.text.normalise import key

NAME = "Arabic"
LANGUAGES = ("ar",)
SCRIPTS = ("arabic",)
QUALITY = (
    "Proclitics, the article, regular endings and possessives by rule; not measured on running text. Broken plurals "
    "are not made: list them, or give them as 'forms+'."
)

_COMMON = frozenset({Kind.AUTO, Kind.NOUN})
_CONJUNCTIONS = ("", "و", "ف")
_PREPOSITIONS = ("", "ب", "ك", "ل")
_ARTICLE = "ال"
_HAMZA = re.compile("[أإآ]")
_SHORT = 3  # letters of a noun: in fewer, and inside such, a hamza makes another word (سال, سأل)
_SEATS = ("ؤو", "ئو")  # of a hamza before و, which Egyptian outlets write on a ya: مسؤول, مسئول
_FEMININE = "ة"
# Dual and sound plurals, nominative and oblique; -ا is the indefinite accusative.
_ENDINGS = ("", "ا", "ان", "ين", "ون", "ات")
_FEMININE_ENDINGS = ("ة", "ت", "تان", "تين", "ات")
_NISBA = ("ي", "ية", "يين", "يون", "يان", "يات")  # of an adjective in -ي: كوري, الكورية


_MAQSURA = "ى"
_MAQSURA_ENDINGS = ("ى", "يات", "يان", "يين")  # مستشفى, مستشفيات
_POSSESSIVES = ("ه", "ها", "هم", "نا", "هما")  # 'its forces': قواتها; 'my' and 'your' are not the news'
_PLURAL, _LEAST_PLURAL = "ات", 5  # letters of a plural that finds its singular: غارات, غارة
_PLACE_ENDINGS = {_FEMININE: (_FEMININE, "ت"), "ي": ("ي",)}  # a place has no dual, plural or feminine


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:
    """Return the word with its proclitics and endings; of a place with its proclitics alone.

    Without a language a word has the forms of Persian, too, or of Persian alone where its letters tell it (موشک).
    """
    if language is None and not word.isdigit():
        if persian.is_foreign(word):
            return exact(word, key(word), warning=no_forms(word, "the language of its letters"))
        if persian.is_persian(word):
            return persian.expand(word, language, kind)
        if persian.may_be_persian(word):
            return _expand(word, kind) | persian.expand(word, language, kind)
    return _expand(word, kind)


def _expand(word: str, kind: Kind) -> FormSet:
    bare = word.removeprefix(_ARTICLE) if len(word) > len(_ARTICLE) + 2 else word
    article = word.removesuffix(bare)
    forms = {key(article + stem): Form("exact") for stem in _spellings(bare)}
    for stem in _spellings(bare):
        for made in _place(stem) if kind is Kind.PLACE else _inflected(stem):
            for whole in _with_proclitics(made):
                forms.setdefault(key(whole), Form("arabic: written together"))
        for made in _possessed(stem) if kind in _COMMON else ():
            for whole in _with_proclitics(made, article=False):
                forms.setdefault(key(whole), Form("arabic: possessive"))
    return FormSet(word, forms)


def _spellings(bare: str) -> dict[str, None]:
    """Return a noun without its article in every spelling: as to the hamza of its alif, and of what stands before و."""
    found = _hamzas(bare)
    for one, other in (_SEATS, _SEATS[::-1]):
        if one in bare:
            found |= _hamzas(bare.replace(one, other))
    return found


def _hamzas(bare: str) -> dict[str, None]:
    """Return a noun as it is, without any hamza on an alif, and with one that is left out."""
    plain = _HAMZA.sub("ا", bare)
    found = dict.fromkeys((bare, plain))
    if plain != bare or len(bare) < _SHORT:
        return found
    first = (letter + bare[1:] for letter in "أإآ" if bare[0] == "ا")
    places = [at for at in range(1, len(bare) - 1) if bare[at] == "ا"] if len(bare) > _SHORT else []
    return found | dict.fromkeys((*first, *(bare[:at] + "أ" + bare[at + 1 :] for at in places)))


def _inflected(bare: str) -> Iterator[str]:
    if bare.endswith(_FEMININE):
        yield from (bare[:-1] + ending for ending in _FEMININE_ENDINGS)
    elif bare.endswith("ي"):
        yield from (bare[:-1] + ending for ending in _NISBA)
        if len(bare) > _SHORT:  # نوويا, السيسى; but عليا and على are no forms of the name علي
            yield bare + "ا"
            yield bare[:-1] + _MAQSURA
    elif bare.endswith(_MAQSURA):
        yield from (bare[:-1] + ending for ending in _MAQSURA_ENDINGS)
        if len(bare) > _SHORT:
            yield bare[:-1] + "ي"
    elif bare.endswith(_PLURAL) and len(bare) >= _LEAST_PLURAL:
        yield bare
        yield bare.removesuffix(_PLURAL) + _FEMININE
    else:
        yield from (bare + ending for ending in _ENDINGS)


def _possessed(bare: str) -> Iterator[str]:
    """Yield a noun with each possessive: جيشه, هدنتهم, مسؤوليها; none of an adjective in -ي, nor of two letters."""
    if len(bare) < _SHORT or bare.endswith("ي"):
        return
    if bare.endswith(_FEMININE):
        stems: tuple[str, ...] = (bare[:-1] + "ت", bare[:-1] + _PLURAL)
    elif bare.endswith(_MAQSURA):
        stems = (bare[:-1] + "ا",)
    elif bare.endswith(_PLURAL):
        stems = (bare,)
    else:
        stems = (bare, bare + "ي", bare + _PLURAL)
    yield from (stem + possessive for stem in stems for possessive in _POSSESSIVES)


def _place(bare: str) -> Iterator[str]:
    endings = _PLACE_ENDINGS.get(bare[-1])
    yield from (bare[:-1] + ending for ending in endings) if endings else (bare,)


def _with_proclitics(noun: str, *, article: bool = True) -> Iterator[str]:
    for conjunction in _CONJUNCTIONS:
        for preposition in _PREPOSITIONS:
            yield conjunction + preposition + noun
            if article:
                yield conjunction + ("لل" if preposition == "ل" else preposition + _ARTICLE) + noun
