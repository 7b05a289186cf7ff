"""justext's stop words, held compactly."""

from __future__ import annotations

import justext.core
import pytest
import trafilatura
import trafilatura.external
from justext.utils import get_stoplist, get_stoplists
from trafilatura.settings import Extractor

from monitor.extract import stop_words

SHORT = (
    "<html><body><nav>Home</nav><article><h1>Harbour closed</h1><p>{} <a href='/x'>More</a></p>"
    "<aside>Weather and sport</aside></article></body></html>"
)
TEXTS = (
    "The harbour of the town was closed on Monday, as it had been said that the storm would come.",
    "Порт міста закрили в понеділок, як і було сказано, що буде шторм, але не на весь день.",
    "Hafen Sturm Montag Schiff Kran.",
    "항구는 월요일에 폐쇄되었다.",
)
FULL = Extractor(output_format="python", fast=False, comments=False, tables=True)


def test_they_are_those_of_all_languages() -> None:
    words = {word.lower() for language in get_stoplists() for word in get_stoplist(language)}
    held = stop_words.StopWords()
    assert len(held) == len(words)
    assert all(word in held for word in words)
    assert not any(word in held for word in ("", "\ud800", "hwasong", "zzzzzz"))


def test_pages_are_read_as_by_the_words_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [SHORT.format(text * times) for text in TEXTS for times in (1, 3, 8)]
    stop_words.install()
    assert isinstance(held(), stop_words.StopWords)
    ours = [_text(page) for page in pages]
    monkeypatch.setattr(trafilatura.external, "JT_STOPLIST", None)
    assert [_text(page) for page in pages] == ours
    assert any(ours)


def test_a_list_of_one_language_is_justexts() -> None:
    assert justext.core.define_stoplist(frozenset({"The"})) == {"the"}


def held() -> object:
    """Return what trafilatura asks."""
    return trafilatura.external.JT_STOPLIST


def _text(page: str) -> str:
    return str(getattr(trafilatura.bare_extraction(page, options=FULL), "text", ""))
