"""What an article is about, as keys to compare: stems within a language, names and numbers across languages."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from snowballstemmer import stemmer

from monitor.story.outlets import packaged

_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*|[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0,.]\d{3})+(?![\w])|(?<![\w.,-])\d+(?:[.,]\d+)?(?!\w)")
_INITIAL = re.compile(r"[.!?…:;—–«»“”\"(*•]|\n\s*\n")  # between two words: the second may open a sentence
_CLOCK = re.compile(
    r"(?<![\d:.])(?:[01]?\d|2[0-3]):([0-5]\d)(?![\d:])|(?<![\d:.])(?:[01]?\d|2[0-3])\.([0-5]\d) ?[ap]\.?m\b"
    r"|(?<!\d)(?:[01]?\d|2[0-3])시 ?([0-5]?\d)분|(?<=\bо )(?:[01]?\d|2[0-3])\.([0-5]\d)\b"
)
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


def numbers(text: str) -> frozenset[str]:
    """Give the numbers of a text as plain digits: '1,200' and '1 200' are 1200; no single digits, no years."""
    found: set[str] = set()
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[ \u00a0,](?=\d{3})|\.(?=\d{3}(?:\D|$))", "", match[0]).replace(",", ".")
        if len(digits) > 1 and not re.fullmatch(r"(?:19|20)\d\d", digits):
            found.add(digits)
    return frozenset(found)


class Word(NamedTuple):
    """One word of a text that may tell something: no function word, no bare number."""

    stem: str
    start: int
    name: bool  # a capital marks it as a name: an acronym, or a capital inside a sentence
    text: str


def words(text: str, language: str) -> list[Word]:
    """Give a text's telling words in order. A word that the text also writes small is no name.

    Hangul has no capitals, so it has no names here.
    """
    found: list[Word] = []
    small: set[str] = set()
    end = 0
    for match in _TOKEN.finditer(text):
        token, start = match[0], match.start()
        stem = _telling(token, language)
        if stem:
            capital = token[0].isupper()
            if not capital:
                small.add(stem)
            acronym = capital and len(token) > 1 and token.isupper()
            name = capital and (acronym or not _INITIAL.search(text, end, start)) and end > 0
            found.append(Word(stem, start, name, token))
        end = match.end()
    return [word._replace(name=False) if word.name and word.stem in small else word for word in found]


def stems(text: str, language: str) -> list[str]:
    """Give the stems of a text's telling words, in order."""
    return [stem for token in _TOKEN.findall(text) if (stem := _telling(token, language))]


def clocks(text: str) -> frozenset[int]:
    """Give the times of day that a text names to the minute, as minutes past the hour: time zones change the rest."""
    return frozenset(int(next(filter(None, match.groups()))) for match in _CLOCK.finditer(text))


@lru_cache(maxsize=400_000)
def _telling(token: str, language: str) -> str | None:
    """Give the stem of a word, None for function words, bare numbers and single letters."""
    lower = token.lower()
    if lower in _stop(language) or lower.isdigit():
        return None
    stem = _stem(lower, language)
    return stem if len(stem) > 1 else None


@cache
def _stop(language: str) -> frozenset[str]:
    return frozenset(packaged("stopwords.yaml").get(language, ()))


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
        return str(_snowball(language).stemWord(word))  # type: ignore[attr-defined]
    return word


def _cut(word: str, endings: tuple[str, ...], least: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word
