"""Turkish: the nominal endings, by vowel harmony; verbs are in `_turkish_verbs`.

A noun takes the plural, then a possessive, then a case, each in the shape that its last vowel and last letter ask for
(Göksel and Kerslake, 'Turkish: A Comprehensive Grammar', chapters 2, 3, 6 and 8). A proper name takes its case after an
apostrophe, which parts words for the tokeniser; written without it, and in names that hold an ordinary word
(*Ankara Üniversitesi*), it has the forms of a noun, with its capital.

Before a vowel p, ç and k soften in most words of two syllables and more, and stay in others (*hukuku*): both are made.
The last t softens in few: these are listed. So are the words that lose their last vowel (`kısım`, *kısmı*), and those
that double their last letter (`hak`, *hakkı*).

Turkish has two letters i, which other languages' rules of case mix up: a form is found in small letters, with a capital
at its beginning (*İnsanlar*), and in capitals throughout (*DEVLETİN*), and `kış` is not in *kişi*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from monitor.text.forms._turkish_verbs import forms_of, is_infinitive
from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.forms.stopwords import stop_words
from monitor.text.normalise import key

NAME = "Turkish"
LANGUAGES = ("tr",)
SCRIPTS: tuple[str, ...] = ()
QUALITY = (
    "Names: recall .963, precision .980; nouns: .937 / .944 (UD Turkish BOUN). Nominal endings by rule: plural, "
    "possessive, case and their chains; predicates (vardır) are not made. Verbs by rule, of their infinitive."
)

_BACK, _ROUND = "aıouâû", "oöuüû"
_VOWELS = "aeıioöuüâîû"
_VOWELS_IN = frozenset(_VOWELS)
# Loans that end so may take the endings of a front vowel: saati, petrolü, hâlinde, kabulü.
_FRONT = re.compile("(?:[aâou]l|at)$")
_FRONTED = {"a": "e", "â": "e", "o": "ö", "u": "ü"}
_VOICELESS = "fstkçşhp"  # after these d is t
_SOFTENED = {"p": "b", "ç": "c", "k": "ğ"}  # before a vowel: kitap, kitabı
_T_TO_D_TEXT = """
    adet akit ant armut art azat bent cellat cihat cilt dert dört evlat feryat fesat geçit hudut icat iktisat
    imdat inat isnat itimat kanat kağıt kâğıt kilit kurt mabet maksat mert metot mevcut murat öğüt senet simit
    söğüt standart şerit tat tehdit umut ümit vücut yiğit yoğurt yurt
"""
_NO_VOWEL_TEXT = """
    ağız akıl akis alın asıl azim bahis beniz beyin beyit boyun burun cebir cisim cürüm devir emir fasıl fesih
    fetih fikir göğüs gönül hacim haciz hapis hasım hışım hüküm isim ilim izin kabir kahır karın kasıt kavim
    kesir keşif keyif kısım kibir küfür lütuf metin meyil nabız nakil nefis nehir nesil neşir nutuk oğul omuz
    ömür özür rahim resim sabır satıh seyir sihir şahıs şehir şekil şükür tavır ufuk vakıf vakit vasıf zehir
    zihin zikir zulüm
"""
# The stem before a vowel, where no rule makes it.
_STEMS = {
    **{word: word[:-1] + "d" for word in _T_TO_D_TEXT.split()},
    **{word: word[:-2] + word[-1] for word in _NO_VOWEL_TEXT.split()},
    **{word: word + word[-1] for word in ["af", "hak", "hat", "his", "sır", "zam", "zan", "üs", "had"]},
    "kayıt": "kayd",
    "kayıp": "kayb",
    "nakit": "nakd",
    "kutup": "kutb",
    "ret": "redd",
    "tıp": "tıbb",
    "zıt": "zıdd",
    "su": "suy",
}
_PLAIN = str.maketrans("âîû", "aiu")
_HIGH = {(False, False): "i", (False, True): "ü", (True, False): "ı", (True, True): "u"}


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word with its plural, possessives and cases, which of a name need a capital; of a verb its forms.

    A place has its cases alone, as a noun and as the owned head of a phrase (Emirlikleri, Emirliklerine).
    """
    small = _lower(word)
    if word.isupper() and len(word) > 1:
        return FormSet(word, {spelling: Form("acronym", upper=True) for spelling in _of_capitals(word, small)})
    name = word[0].isupper()
    forms: dict[str, Form] = {}
    verb = not name and is_infinitive(small)
    inflected = forms_of(small) if verb else _of_place(small) if kind is Kind.PLACE else _inflected(small)
    for made in dict.fromkeys((small, *inflected)):
        if made == small or made not in stop_words("tr"):
            rule = "exact" if made == small else "turkish: verb" if verb else "turkish: noun ending"
            for spelling, form in _spellings(made, Form(rule, capital=name)):
                forms.setdefault(spelling, form)
    return FormSet(word, forms)


def _lower(word: str) -> str:
    return word.replace("I", "ı").replace("İ", "i").lower()


def _upper(word: str) -> str:
    return word.replace("i", "İ").replace("ı", "I").upper()


def _of_capitals(word: str, small: str) -> set[str]:
    """Return the keys of a word in capitals, with the one letter i or the other."""
    return {key(word), key(_upper(small)), key(small.replace("ı", "i"))}


def _spellings(small: str, form: Form) -> Iterator[tuple[str, Form]]:
    """Return the keys of a word, each with the conditions under which it is this one.

    The general folding of case makes i of I, and i with a dot of İ: a key of a word with a capital, or in capitals, may
    be another word's in small letters. A circumflex may be left out.
    """
    for spelling in dict.fromkeys((small, small.translate(_PLAIN))):
        yield key(spelling), form
        for capitals, stricter in (
            (_upper(spelling[0]) + spelling[1:], replace(form, capital=True)),
            (_upper(spelling), replace(form, upper=True)),
        ):
            if key(capitals) != key(spelling):
                yield key(capitals), stricter


def _inflected(stem: str) -> Iterator[str]:
    """Return the forms of a noun; nothing for what has no vowel."""
    if _VOWELS_IN.isdisjoint(stem):
        return
    yield from _declined(stem)
    if _FRONT.search(stem):
        twin = stem[:-2] + _FRONTED[stem[-2]] + stem[-1]
        yield from (stem + made.removeprefix(twin) for made in _declined(twin) if made.startswith(twin))


def _of_place(stem: str) -> Iterator[str]:
    if not _VOWELS_IN.isdisjoint(stem):
        yield from _cases(stem)
        if stem[-1] in _VOWELS:
            yield from _cases(stem, pronominal=True)


def _declined(stem: str) -> Iterator[str]:
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
        yield from (base + "m", base + "n", base + "s" + vowel)
        yield from (base + "m" + vowel + "z", base + "n" + vowel + "z")
    for stem in _stems(base):
        yield from (stem + vowel + ending for ending in ("m", "n", "", "m" + vowel + "z", "n" + vowel + "z"))
    if not base.endswith(("lar", "ler")):
        yield base + ("ları" if _is_back(base) else "leri")


def _cases(base: str, *, pronominal: bool = False) -> Iterator[str]:
    """Return accusative, dative, genitive, locative, ablative, instrumental; -n- follows a third person's ending."""
    vowel, low = _high(base), "a" if _is_back(base) else "e"
    if pronominal:
        yield from (base + "n" + vowel, base + "n" + low, base + "n" + vowel + "n")
        yield from (base + "nd" + low, base + "nd" + low + "n", base + "nd" + low + "ki")
    else:
        if base[-1] in _VOWELS:
            yield from (base + "y" + vowel, base + "y" + low, base + "n" + vowel + "n")
        for stem in _stems(base):
            yield from (stem + vowel, stem + low, stem + vowel + "n")
        stop = "t" if base[-1] in _VOICELESS else "d"
        yield from (base + stop + low, base + stop + low + "n", base + stop + low + "ki")
    yield base + ("y" if base[-1] in _VOWELS else "") + "l" + low


def _stems(base: str) -> Iterator[str]:
    """Return what a word that ends in a consonant is before a vowel; n before k makes g (renk, rengi)."""
    if base in _STEMS:
        yield _STEMS[base]
    if base[-1] in _VOWELS:
        return
    yield base
    if base.endswith("nk"):
        yield base[:-1] + "g"
    elif base[-1] in _SOFTENED and sum(letter in _VOWELS for letter in base) > 1:
        yield base[:-1] + _SOFTENED[base[-1]]


def _last_vowel(base: str) -> str:
    return next((letter for letter in reversed(base) if letter in _VOWELS), "e")


def _is_back(base: str) -> bool:
    return _last_vowel(base) in _BACK


def _high(base: str) -> str:
    vowel = _last_vowel(base)
    return _HIGH[vowel in _BACK, vowel in _ROUND]
