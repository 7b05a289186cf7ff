"""Terms by which articles are compared: stems within a language, names and numbers across languages.

Names are compared across scripts by their consonant skeletons: 'Блінкен', 'Блинкеном' and 'Blinken' all give 'blnkn'.
Vowels are where transliterations differ, so they go; endings of Cyrillic cases that hold a consonant are cut first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from threading import Lock

from snowballstemmer import stemmer

from monitor import data

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
_TWO_CONSONANTS = re.compile(r"([^aeiou])([aeiou])[aeiou]*([^aeiou])(?:[aeiou]*|om|em|im|am|ami|ov)")
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


@lru_cache(maxsize=50_000)
def short_form(word: str) -> str:
    """Return the sound of a name with two consonants, '' for others: 'rub' of 'Рубіо' and 'Rubio', 'fil' of 'Фіалою'.

    Two consonants fit too many names, so the vowel between them counts as well, the first where there are several.
    """
    latin = _DOUBLE.sub(r"\1", _latin(word.lower()).replace("y", "i"))
    found = _TWO_CONSONANTS.fullmatch(latin) if len(word) >= _WORD_MIN else None
    return "".join(found.groups()) if found else ""


def _skeleton(word: str) -> str:
    latin = _latin(word)
    # 'h' opens a name in Latin where Cyrillic writes г or х; a vowel may open it too: keep that it does.
    head = "a" if latin[:1] in "aeiouy" and latin else ""
    return head + _DOUBLE.sub(r"\1", _VOWELS.sub("", latin))


def _latin(word: str) -> str:
    """Return a word in lower case as Latin letters, what sounds alike written alike."""
    latin = "".join(_CYRILLIC.get(char, char) for char in _DZ.sub("ч", word))
    latin = "".join(char for char in unicodedata.normalize("NFKD", latin) if char.isascii() and char.isalnum())
    for pattern, to in _LATIN:
        latin = pattern.sub(to, latin)
    return latin


_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*|[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:[ \u00a0]\d{3}(?!\d))*")
_JOINED = ("-", ".", ",")  # before digits: a part of a name or of a longer number
_YEAR = re.compile(r"(?:19|20)\d\d")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0,.]\d{3})+")
_INITIAL = re.compile(r"[.!?…:;—–«»“”\"(*•]|\n\s*\n")  # between two words: the second may open a sentence
# «Динамо», "Rubin": a capital in a short quotation is a name, even where the quotation opens a sentence.
_QUOTED = re.compile(r"(?:(?<=«)|(?<=[„“])|(?<!\w)(?<=\"))(?=[^\W\d_a-zа-яіїєґё])[^«»„“”\".,!?;:\n]{2,30}(?=[»”“\"])")
_CLOCK = re.compile(r"\b\d{1,2}(?::([0-5]\d)(?![\d:])|\.([0-5]\d) ?[ap]\.?m\b|시 ?([0-5]?\d)분)")
_SNOWBALL = {
    "en": "english", "ru": "russian", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese", "nl": "dutch", "sv": "swedish", "ar": "arabic", "tr": "turkish", "pl": "polish",
}  # fmt: skip

_UK_ENDINGS = (
    "уватимуть", "юватимуть", "ування", "ювання", "ованих", "ованого", "ованої", "ований", "ськими", "ського",
    "ському", "ською", "ський", "ська", "ське", "ські", "ських", "ськім", "ськ", "ими", "ого", "ому", "ової",
    "ами", "ями", "ові", "еві", "єві", "ією", "ею", "єю", "ою", "ість", "ості", "ах", "ях", "ам", "ям", "ів",
    "їв", "ей", "ем", "єм", "ом", "им", "їм", "их", "їх", "ий", "ій", "ої", "ати", "яти", "ити", "іти", "ував",
    "ала", "али", "ало", "ила", "или", "ило", "ив", "ав", "ять", "ють", "уть", "ить", "а", "я", "о", "е", "є",
    "и", "і", "ї", "у", "ю", "ь", "й",
)  # fmt: skip
_KO_PARTICLES = (
    "에서는", "으로는", "에게서", "이라고", "라고", "에서", "에게", "으로",
    "까지", "부터", "처럼", "보다", "이나", "에는", "과의", "와의",
    "은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "도", "로", "만", "들",
)  # fmt: skip
_STEM_MIN = 3
_STEMMING = Lock()  # a stemmer works on a word in its own attributes: two threads would mix their words
TITLE, LEAD, BODY = 2.0, 1.5, 0.5  # weights of a stem by where it stands


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text as plain digits: '1,200' and '1 200' are 1200; no single digits, no years."""
    found: set[str] = set()
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if text[start - 1 : start].isalpha() or text[end : end + 1].isalpha() or text[start - 1 : start] in _JOINED:
            continue
        for part in [match[0]] if _THOUSANDS.fullmatch(match[0]) else match[0].split():
            digits = re.sub(r"\D", "", part) if _THOUSANDS.fullmatch(part) else part.replace(",", ".")
            if len(digits) > 1 and not _YEAR.fullmatch(digits):
                found.add(digits)
    return frozenset(found)


@dataclass(slots=True)
class WeightedText:
    """The weighted stems of a text, and its names with the first position of each."""

    stems: dict[str, float] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)  # as written → offset
    name_stems: dict[str, int] = field(default_factory=dict)


def weigh(title: str, text: str, language: str) -> WeightedText:
    """Return the weights of an article's content words, by position: title, first paragraph, body.

    A name is an acronym, or has a capital inside a sentence or a short quotation, and is nowhere written small
    (headlines in Title Case); in quotation marks it may be ('Шахтар' is a miner as well). Hangul has no capitals, so it
    has no names here. Offsets count characters of `title + blank line + text`.
    """
    document = f"{title}\n\n{text}"
    quoted = quoted_names(document)
    in_title, in_lead = len(title), len(title) + 2 + len(text.partition("\n\n")[0])
    found, small, end = WeightedText(), set[str](), 0
    stem_weights = found.stems
    capitals: list[tuple[str, str, int]] = []
    for match in _TOKEN.finditer(document):
        token = match[0]
        stem = _telling(token, language)
        if stem:
            start = match.start()
            weight = TITLE if start < in_title else LEAD if start < in_lead else BODY
            stem_weights[stem] = stem_weights.get(stem, 0.0) + weight
            if not token[0].isupper():
                small.add(stem)
            elif start in quoted or (end and (_is_acronym(token) or not _INITIAL.search(document, end, start))):
                capitals.append((token, stem, start))
        end = match.end()
    for token, stem, start in capitals:
        if stem not in small or start in quoted:
            found.names.setdefault(token, start)
            found.name_stems.setdefault(stem, start)
    return found


def quoted_names(text: str) -> frozenset[int]:
    """Return the offsets of the words with a capital that stand in short quotations: clubs, ships, works."""
    return frozenset(
        match.start() + word.start()
        for match in _QUOTED.finditer(text)
        for word in _TOKEN.finditer(match[0])
        if word[0][0].isupper()
    )


def _is_acronym(token: str) -> bool:
    return len(token) > 1 and token.isupper()


def stems(text: str, language: str) -> list[str]:
    """Return the stems of a text's content words, in order."""
    return [stem for token in _TOKEN.findall(text) if (stem := _telling(token, language))]


def clocks(text: str) -> frozenset[int]:
    """Return the times of day that a text names to the minute, as minutes past the hour: time zones change the rest."""
    return frozenset(int(next(filter(None, match.groups()))) for match in _CLOCK.finditer(text) if _clock(text, match))


def _clock(text: str, match: re.Match[str]) -> bool:
    """Return whether what looks like a time stands alone: not the end of 12:34:56."""
    return text[match.start() - 1 : match.start()] not in (":", ".")


@lru_cache(maxsize=50_000)
def _telling(token: str, language: str) -> str | None:
    """Return the stem of a word, None for function words, bare numbers and single letters."""
    lower = token.lower()
    if lower in _stop(language) or lower.isdigit():
        return None
    stem = _stem(lower, language)
    return stem if len(stem) > 1 else None


@cache
def _stop(language: str) -> frozenset[str]:
    words = data.load("stopwords").get(language, {})
    return frozenset([*words.get("everywhere", ()), *words.get("stories", ())])


@cache
def _snowball(language: str) -> object:
    return stemmer(_SNOWBALL[language])


def _stem(word: str, language: str) -> str:
    word = word.replace("’", "'").replace("ʼ", "'").removesuffix("'s")
    if language == "uk":
        return _cut(word, _UK_ENDINGS, _STEM_MIN + 1)
    if language == "ko":
        return _cut(word, _KO_PARTICLES, 2)
    if language in _SNOWBALL:
        with _STEMMING:
            return str(_snowball(language).stemWord(word))  # type: ignore[attr-defined]
    return word


def _cut(word: str, endings: tuple[str, ...], least: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word
