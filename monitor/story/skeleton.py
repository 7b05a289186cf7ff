"""Consonant skeletons of names, comparable across scripts.

'Блінкен', 'Блинкеном' and 'Blinken' all give 'blnkn'. Vowels are where transliterations differ, so they go; endings of
Cyrillic cases that hold a consonant are cut first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "e", "ж": "z", "з": "z",
    "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "g", "ц": "4", "ч": "4", "ш": "s", "щ": "s", "ъ": "", "ы": "i",
    "ь": "", "э": "e", "ю": "u", "я": "a", "'": "", "’": "", "ʼ": "",
}  # fmt: skip
# What sounds alike is written alike; the order matters.
_LATIN = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"tsch|tch|cz|(?<!s)ch", "4"), (r"sch|shch|sh", "s"), (r"zh", "z"), (r"dzh|dj|j", "4"), (r"ph", "f"),
        (r"th", "t"), (r"kh|gh", "g"), (r"ck|q", "k"), (r"ts|tz", "4"), (r"x", "ks"), (r"w", "v"), (r"c(?=[eiy])", "s"),
        (r"c", "k"), (r"ng", "n"),
        (r"(?<=[aeiouy])h(?![aeiouy])|(?<=[bcdfgklmnprstvz])h", ""), (r"h", "g"),
    )
)  # fmt: skip
_DZ = re.compile(r"дж|чж|дз(?=[іи])")  # one sound, two letters
# An adjective's stem ends in a consonant that belongs to the name: Зеленськ-ого.
_ADJECTIVE = re.compile(r"(ськ|цьк|ск|цк)(?:ого|ому|ими|ыми|им|ым|их|ых|ий|ій|ой|ої|ою|ая|ую|а|у)$")
_ENDING = re.compile(
    r"(?:ового|ському|ського|ським|ських|ові|еві|єві|ого|ому|ами|ями|ими|ых|их|ым|им|ом|ем|єм|ой|ей|ою|ею|єю|ах|ях|ам|ям|ів|ов)$"
)
_VOWELS = re.compile(r"[aeiouy]+")
_DOUBLE = re.compile(r"(.)\1+")
_MIN = 2  # consonants: one fits too many names
_WORD_MIN = 4  # letters


@lru_cache(maxsize=100_000)
def skeletons(word: str) -> tuple[str, ...]:
    """Return the consonant skeletons of one name, none for a word of three letters or with one consonant.

    A Cyrillic word whose end may be a case ending with a consonant gives two: with it and without.
    """
    if len(word) < _WORD_MIN:
        return ()
    lower = unicodedata.normalize("NFC", word.lower())
    forms = [lower]
    if any(char in _CYRILLIC for char in lower):
        cut = _ADJECTIVE.sub(r"\1", lower)
        cut = _ENDING.sub("", lower) if cut == lower else cut
        if cut != lower and len(cut) > _MIN:
            forms.append(cut)
    found = dict.fromkeys(_skeleton(form) for form in forms)
    return tuple(each for each in found if len(each) >= _MIN)


def _skeleton(word: str) -> str:
    latin = "".join(_CYRILLIC.get(char, char) for char in _DZ.sub("ч", word))
    latin = "".join(char for char in unicodedata.normalize("NFKD", latin) if char.isascii() and char.isalnum())
    for pattern, to in _LATIN:
        latin = pattern.sub(to, latin)
    # 'h' opens a name in Latin where Cyrillic writes г or х; a vowel may open it too: keep that it does.
    head = "a" if latin[:1] in "aeiouy" and latin else ""
    return head + _DOUBLE.sub(r"\1", _VOWELS.sub("", latin))
