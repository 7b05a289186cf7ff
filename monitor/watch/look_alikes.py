"""Other spellings of a term: what may stand in the archive where the term itself matches nothing.

The letters of another script, another apostrophe or hyphen, the singular or the plural, and spellings that differ
between countries and between ways to write a foreign name. None is a correction: whoever reads a warning decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.fields.lookalikes import TO_CYRILLIC, as_latin
from monitor.text.forms.cyrillic_lexicon import known
from monitor.text.normalise import key

MOST = 12
"""Other spellings of one term, the likeliest first."""
_OPERATORS = ("@", "/", "=")
_LATIN = re.compile(r"[a-z]+", re.IGNORECASE)
_CYRILLIC = re.compile(r"[а-яёіїєґ]+", re.IGNORECASE)
_APOSTROPHES = re.compile(r"['’ʼ`´ʹ\"”]")
_MISSING = re.compile(r"(?<=[бпвмфрБПВМФР])(?=[яюєї])")
_HYPHENS = re.compile(r"[-‐‑–]")
_PLURALS = (("ies", "y"), ("es", ""), ("s", ""))
_SIBILANTS = ("s", "x", "z", "ch", "sh")
_SHORTEST = 4  # letters of a word that has another spelling, and of one that loses a plural's ending

# Endings of which each stands for the others, then letters anywhere. Of Latin: the ways in which Slavic, Korean and
# Arabic names are romanised, British and American. Of Cyrillic: the same names in Ukrainian, old and new, and Russian.
_FAMILIES = (
    ("sky", "skyi", "skyy", "skiy", "skii", "ski", "skij"),
    ("iv", "ov", "ev"),
    ("ise", "ize"),
    ("isation", "ization"),
    ("our", "or"),
    ("tre", "ter"),
    ("fence", "fense"),
    ("ogue", "og"),
    ("ій", "ий", "ой"),
    ("ія", "иа"),
    ("ев", "єв", "ьов"),
)
_LETTERS = (
    *(
        ("kh", "h"),
        ("h", "g"),
        ("yi", "ie"),
        ("yi", "i"),
        ("ie", "ye"),
        ("i", "y"),
        ("ou", "u"),
        ("oo", "u"),
        ("w", "v"),
        ("c", "k"),
    ),
    *(("q", "k"), ("ae", "e"), ("oe", "e"), ("ph", "f"), ("ts", "tz"), ("sch", "sh"), ("eo", "o"), ("ey", "iy")),
    *(("г", "ґ"), ("г", "х"), ("е", "є"), ("е", "э"), ("и", "і"), ("і", "ї"), ("и", "ы"), ("йо", "ьо"), ("дж", "ж")),
    *(("с", "ш"), ("нь", "н"), ("ль", "л"), ("дт", "т"), ("йя", "я"), ("ія", "я"), ("ау", "ав"), ("оу", "у")),
)
_DOUBLED = re.compile(r"([^\W\d_])\1")


def look_alikes(written: str) -> list[str]:
    """Return at most `MOST` other spellings of a term of a watchlist; none of an entity or a pattern."""
    text = written.strip()
    if text.startswith(_OPERATORS) or text.endswith("*"):
        return []
    text = text.strip('"„“”«»')
    same = {key(text)}
    found: dict[str, str] = {}
    for spelling in _spellings(text):
        if spelling and key(spelling) not in same:
            found.setdefault(key(spelling), spelling)
    return list(found.values())[:MOST]


def _spellings(text: str) -> Iterator[str]:
    """Yield other spellings, the likeliest first; some are the text itself."""
    latin = as_latin(text)
    yield text if _CYRILLIC.search(latin) else latin
    yield _in_cyrillic(text)
    yield _APOSTROPHES.sub("", text)
    yield _MISSING.sub("'", text)
    if _HYPHENS.search(text):
        yield from (_HYPHENS.sub(joint, text) for joint in (" ", ""))
    elif text.count(" ") == 1:
        yield from (text.replace(" ", joint) for joint in ("-", ""))
    head, _, last = text.rpartition(" ")
    yield from (f"{head} {one}".strip() for one in _numbers(last))
    words = text.split(" ")
    for at, word in enumerate(words):
        yield from (" ".join([*words[:at], one, *words[at + 1 :]]) for one in _respelled(word))


def _in_cyrillic(text: str) -> str:
    """Return a text with Cyrillic letters for the Latin ones of its words, where each word has only such."""
    other = text.translate(TO_CYRILLIC)
    return text if _LATIN.search(other) else other


def _numbers(word: str) -> Iterator[str]:
    """Yield a word in the other number: Shaheds, Shahed; the base form of a Cyrillic one: Кинджали, Кинджал."""
    if _LATIN.fullmatch(word):
        for plural, singular in _PLURALS:
            if word.endswith(plural) and len(word) - len(plural) + len(singular) >= _SHORTEST:
                yield word.removesuffix(plural) + singular
        if not word.endswith("s") and not word.isupper():
            yield word + ("es" if word.endswith(_SIBILANTS) else "s")
    elif _CYRILLIC.fullmatch(word):
        for language in ("uk", "ru"):
            for reading in known(word.lower(), language):
                yield reading.normal.capitalize() if word[:1].isupper() else reading.normal


def _respelled(word: str) -> Iterator[str]:
    """Yield a word with one ending, or the letters of one place, in another spelling."""
    if len(word) < _SHORTEST or not (_LATIN.fullmatch(word) or _CYRILLIC.fullmatch(word)):
        return
    for family in _FAMILIES:
        own = max((ending for ending in family if word.endswith(ending)), key=len, default=None)
        yield from (word.removesuffix(own) + other for other in family if own is not None)
    if _DOUBLED.search(word):
        yield _DOUBLED.sub(r"\1", word)
    for one, two in _LETTERS:
        for letters, other in ((one, two), (two, one)):
            if letters in word[1:]:
                yield word[:1] + word[1:].replace(letters, other, 1)
