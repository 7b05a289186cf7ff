"""The forms of a Turkish verb, of its infinitive: saldırmak, *saldırdı*, *saldıracağını*, *saldıran*.

An ending is written with capitals for the letters that harmony decides: A is a or e, I one of ı, i, u, ü, D d or t, Y a
y after a vowel. What is made is what news has: third persons, the first of the past, participles and verbal nouns with
their cases, gerunds, each also negated, passive (*öldürüldü*) and as 'can'. A causative is a verb of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

_BACK, _ROUND = "aıouâû", "oöuüû"
_VOWELS = "aeıioöuüâîû"
_VOICELESS = "fstkçşhp"
_SHORT = 2  # letters of a stem whose passive has two marks: de, denil
_INFINITIVES = ("mak", "mek")
_NOUNS_TEXT = "ekmek yemek emek parmak ırmak çakmak kaymak damak yumak basamak tokmak"
_NOUNS = frozenset(_NOUNS_TEXT.split())
# Stems whose last t is d before a vowel.
_SOFT_TEXT = """
    git et güt tat affet kaydet kaybet reddet hisset seyret sabret zannet fethet katlet azlet keşfet emret mahvet hapset
    hükmet vadet devret bahset kastet terket tehdidet zikret naklet neşret
"""
_SOFT = {**{stem: stem[:-1] + "d" for stem in _SOFT_TEXT.split()}, "de": "di", "ye": "yi"}
_HIGH_AORIST = frozenset(["al", "ol", "gel", "ver", "vur", "kal", "san", "gör", "bil", "dur", "öl", "bul", "var"])
_HIGH = {(False, False): "i", (False, True): "ü", (True, False): "ı", (True, True): "u"}

_CASES_OF_OWNED = ("", "nI", "nA", "ndA", "ndAn", "nIn", "ylA")
_CASES = ("", "yI", "yA", "dA", "dAn", "nIn")
_TENSES = ("mIş", "YAcAk", "mAlI", "mAktA")
_PERSONS = ("", "lAr", "YDI", "lArDI", "DIr", "YsA")
_ENDINGS = (
    *("DI" + person for person in ("", "lAr", "m", "k", "nIz")),
    *("sA" + person for person in ("", "lAr", "k", "YDI")),
    *("sIn" + person for person in ("", "lAr")),
    *(tense + person for tense in _TENSES for person in _PERSONS),
    *("YAn" + case for case in ("", "I", "A", "In", "dAn", "lAr", "lArI", "lArA", "lArIn", "lArdAn")),
    *(
        owned + case
        for owned in ("DIğI", "DIklArI", "YAcAğI", "YAcAklArI", "mAsI", "mAlArI")
        for case in _CASES_OF_OWNED
    ),
    *("mA" + case for case in _CASES),
    *("YAcAğIm", "YAcAğIz", "DIğIm", "DIğImIz", "YArAk", "YIp", "YIncA", "mAdAn"),
    *("DIkçA", "DIktAn", "mAk", "mAktAn", "mAklA"),
)


def is_infinitive(word: str) -> bool:
    """Return whether a word in small letters is a verb's base form."""
    stem = word[:-3]
    return word.endswith(_INFINITIVES) and word not in _NOUNS and any(letter in _VOWELS for letter in stem)


def forms_of(infinitive: str) -> Iterator[str]:
    """Return the forms of a verb."""
    stem = infinitive[:-3]
    soft = _SOFT.get(stem, stem)
    yield from _conjugated(stem, soft, _aorist(stem, soft))
    negative = _added(stem, "mA")
    yield from _conjugated(negative, negative, negative + "z")
    passive = _passive(stem, soft)
    yield from _conjugated(passive, passive, _added(passive, "Ir"))
    refused = _added(passive, "mA")
    yield from _conjugated(refused, refused, refused + "z")
    able = _added(soft, "YAbil")
    yield from _conjugated(able, able, able + "ir")
    unable = _added(soft, "YAmA")
    yield from _conjugated(unable, unable, unable + "z")


def _conjugated(stem: str, soft: str, aorist: str) -> Iterator[str]:
    """Return the forms of a stem, which before a vowel is `soft`."""
    for ending in _ENDINGS:
        yield _added(soft if ending[0] == "Y" else stem, ending)
    for base in (aorist, _progressive(soft)):
        yield from (_added(base, person) for person in (*_PERSONS, "ken", "Im", "Iz"))


def _passive(stem: str, soft: str) -> str:
    """Return the stem of 'is …ed': öldürül, kapatıl, bul-un, başla-n."""
    if stem[-1] in _VOWELS:
        return stem + ("n" if len(stem) > _SHORT else "n" + _high(stem) + "l")
    return _added(soft, "In" if stem[-1] == "l" else "Il")


def _progressive(stem: str) -> str:
    """Return 'is …': the last vowel of the stem gives way (başla, başlıyor)."""
    base = stem[:-1] if stem[-1] in _VOWELS else stem
    return base + _high(base if any(letter in _VOWELS for letter in base) else stem) + "yor"


def _aorist(stem: str, soft: str) -> str:
    if stem[-1] in _VOWELS:
        return stem + "r"
    single = sum(letter in _VOWELS for letter in stem) == 1
    return _added(soft, "Ar" if single and stem not in _HIGH_AORIST else "Ir")


def _added(stem: str, ending: str) -> str:
    """Return a stem with an ending, by vowel harmony."""
    word = stem
    for letter in ending:
        if letter == "A":
            word += "a" if _last_vowel(word) in _BACK else "e"
        elif letter == "I":
            word += _high(word)
        elif letter == "D":
            word += "t" if word[-1] in _VOICELESS else "d"
        elif letter != "Y":
            word += letter
        elif word[-1] in _VOWELS:
            word += "y"
    return word


def _last_vowel(word: str) -> str:
    return next((letter for letter in reversed(word) if letter in _VOWELS), "e")


def _high(word: str) -> str:
    vowel = _last_vowel(word)
    return _HIGH[vowel in _BACK, vowel in _ROUND]
