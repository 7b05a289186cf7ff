"""What an article is about, as keys to compare: stems within a language, names and numbers across languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from snowballstemmer import stemmer

from monitor.story.outlets import packaged

_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*|[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0,.]\d{3})+(?![\w])|(?<![\w.,-])\d+(?:[.,]\d+)?(?!\w)")
_SENTENCE = re.compile(r"[.!?…»”\"]\s+$|\n\s*$|^\s*$|[:—–«“\"(]\s*$")
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


def stems(text: str, language: str) -> list[str]:
    """Give the stems of a text's words in order, function words and bare numbers left out."""
    stop = _stop(language)
    out: list[str] = []
    for token in _TOKEN.findall(text.lower()):
        if token not in stop and not token.isdigit():
            stem = _stem(token, language)
            if len(stem) > 1:
                out.append(stem)
    return out


def names(text: str, language: str) -> Iterator[str]:
    """Give the words that a capital marks as names inside a sentence, and acronyms; Hangul has none."""
    stop = _stop(language)
    for match in _TOKEN.finditer(text):
        word = match[0]
        if not word[0].isupper() or word.lower() in stop:
            continue
        acronym = word.isupper() and len(word) > 1
        if acronym or not _SENTENCE.search(text[max(0, match.start() - 4) : match.start()]):
            yield word


@cache
def _stop(language: str) -> frozenset[str]:
    return frozenset(packaged("stopwords.yaml").get(language, ()))


@cache
def _snowball(language: str) -> object:
    return stemmer(_SNOWBALL[language])


@lru_cache(maxsize=200_000)
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
