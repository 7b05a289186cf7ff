"""Turkish: the nominal endings, by vowel harmony.

A noun takes the plural, then a possessive, then a case, each in the shape that its last vowel and last letter ask for
(Göksel and Kerslake, 'Turkish: A Comprehensive Grammar', chapters 3, 6 and 8). A proper name takes its case after an
apostrophe, which parts words for the tokeniser, so that a name needs no forms of its own. Turkish has two letters i: a
form is found in either writing of its capitals.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "Turkish"
LANGUAGES = ("tr",)
SCRIPTS: tuple[str, ...] = ()
QUALITY = (
    "Nominal endings by rule: plural, possessive, case and their chains. They make .29 of the forms that simplemma's "
    "table has of words other than verbs; the rest are derived words, predicates and verbs, which it files under the "
    "same lemma. Not measured in news."
)

_BACK, _ROUND = "aıou", "oöuü"
_VOWELS = "aeıioöuü"
_VOICELESS = "fstkçşhp"  # after these d is t
_SOFTENED = {"p": "b", "ç": "c", "t": "d", "k": "ğ"}  # before a vowel: kitap, kitabı
_HIGH = {(False, False): "i", (False, True): "ü", (True, False): "ı", (True, True): "u"}


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word, and of a common noun its plural, possessives and cases; the kind makes no difference."""
    if word.isupper():
        return FormSet(word, {spelling: Form("acronym", upper=True) for spelling in _spellings(word)})
    forms = {spelling: Form("exact") for spelling in _spellings(word)}
    small = word.replace("I", "ı").replace("İ", "i").lower()
    if not word[0].isupper() and any(letter in _VOWELS for letter in small):
        for made in _inflected(small):
            for spelling in _spellings(made):
                forms.setdefault(spelling, Form("turkish: noun ending"))
    return FormSet(word, forms)


def _spellings(word: str) -> Iterator[str]:
    """Return the keys under which a word may stand, the two letters i in capitals being mixed up."""
    yield key(word)
    yield key(word.replace("İ", "I").replace("i̇", "i"))
    yield key(word).replace("ı", "i")


def _inflected(stem: str) -> Iterator[str]:
    plural = stem + ("lar" if _is_back(stem) else "ler")
    for base in (stem, plural):
        yield base
        yield from _cases(base)
        for owned in _possessives(base):
            yield owned
            third = owned[-1] in _VOWELS and owned[-2:] not in {"mi", "mı", "mü", "mu"}
            yield from _cases(owned, pronominal=third)


def _possessives(base: str) -> Iterator[str]:
    """Return my, your, his or her, our, your, their (their: also of a singular)."""
    vowel = _high(base)
    if base[-1] in _VOWELS:
        soft = base
        yield from (base + "m", base + "n", base + "s" + vowel)
        yield from (base + "m" + vowel + "z", base + "n" + vowel + "z")
    else:
        soft = _soft(base)
        yield from (soft + vowel + ending for ending in ("m", "n", "", "m" + vowel + "z", "n" + vowel + "z"))
    if not base.endswith(("lar", "ler")):
        yield base + ("ları" if _is_back(base) else "leri")


def _cases(base: str, *, pronominal: bool = False) -> Iterator[str]:
    """Return accusative, dative, genitive, locative, ablative, instrumental; -n- follows a third person's ending."""
    vowel, low = _high(base), "a" if _is_back(base) else "e"
    if pronominal:
        yield from (base + "n" + vowel, base + "n" + low, base + "n" + vowel + "n")
        yield from (base + "nd" + low, base + "nd" + low + "n")
    else:
        soft = base + "y" if base[-1] in _VOWELS else _soft(base)
        yield from (soft + vowel, soft + low)
        yield (base + "n" if base[-1] in _VOWELS else soft) + vowel + "n"
        stop = "t" if base[-1] in _VOICELESS else "d"
        yield from (base + stop + low, base + stop + low + "n", base + stop + low + "ki")
    yield base + ("y" if base[-1] in _VOWELS else "") + "l" + low


def _soft(base: str) -> str:
    """Soften a last consonant before a vowel, in words of two syllables and more; n before k makes g (renk, rengi)."""
    if base.endswith("nk"):
        return base[:-1] + "g"
    many = sum(letter in _VOWELS for letter in base) > 1
    return base[:-1] + _SOFTENED[base[-1]] if many and base[-1] in _SOFTENED else base


def _last_vowel(base: str) -> str:
    return next((letter for letter in reversed(base) if letter in _VOWELS), "e")


def _is_back(base: str) -> bool:
    return _last_vowel(base) in _BACK


def _high(base: str) -> str:
    vowel = _last_vowel(base)
    return _HIGH[vowel in _BACK, vowel in _ROUND]
