"""Arabic: the proclitics of a noun, and its regular endings.

Conjunctions (و، ف), prepositions (ب، ك، ل) and the article (ال) are written on to the noun, in this order, and ل
swallows the article's alif (للصواريخ). Broken plurals (صاروخ, صواريخ) follow no rule that an ending could tell:
they are words of their own in a watchlist, or come with `forms+`. Vowel signs are the normaliser's business; an
alif is found with and without its hamza, as many outlets leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "Arabic"
LANGUAGES = ("ar",)
SCRIPTS = ("arabic",)
QUALITY = (
    "Proclitics, the article and regular endings by rule; not measured. Broken plurals are not made: list them, or "
    "give them as 'forms+'."
)

_CONJUNCTIONS = ("", "و", "ف")
_PREPOSITIONS = ("", "ب", "ك", "ل")
_ARTICLE = "ال"
_HAMZA = re.compile("[أإآ]")
_FEMININE = "ة"
# Dual and sound plurals, nominative and oblique; -ا is the indefinite accusative.
_ENDINGS = ("", "ا", "ان", "ين", "ون", "ات")
_FEMININE_ENDINGS = ("ة", "ت", "تان", "تين", "ات")
_NISBA = ("ي", "ية", "يين", "يون", "يان", "يات")  # of an adjective in -ي: كوري, الكورية


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word with its proclitics and endings; the kind makes no difference."""
    bare = word.removeprefix(_ARTICLE) if len(word) > len(_ARTICLE) + 2 else word
    forms = {spelling: Form("exact") for spelling in _spellings(word)}
    for made in _inflected(bare):
        for whole in _with_proclitics(made):
            for spelling in _spellings(whole):
                forms.setdefault(spelling, Form("arabic: written together"))
    return FormSet(word, forms)


def _spellings(word: str) -> tuple[str, ...]:
    return key(word), key(_HAMZA.sub("ا", word))


def _inflected(bare: str) -> Iterator[str]:
    if bare.endswith(_FEMININE):
        yield from (bare[:-1] + ending for ending in _FEMININE_ENDINGS)
    elif bare.endswith("ي"):
        yield from (bare[:-1] + ending for ending in _NISBA)
    else:
        yield from (bare + ending for ending in _ENDINGS)


def _with_proclitics(noun: str) -> Iterator[str]:
    for conjunction in _CONJUNCTIONS:
        for preposition in _PREPOSITIONS:
            yield conjunction + preposition + noun
            yield conjunction + ("لل" if preposition == "ل" else preposition + _ARTICLE) + noun
