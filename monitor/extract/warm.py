"""Imported once, in the sandbox's fork server: what the first article would load, every child then has.

The language model alone takes over a second and 50 MB, which children share as long as they only read it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.extract.article import ArticleExtractor
from monitor.model import Entry, Source
from monitor.ports import Response
from monitor.text.detect import detect

# No word of these is among the common ones by which a language is told without the model.
_WORDS = ("lorem ipsum", "абракадабра швамбранія")
_PAGE = (
    b"<html><body><article><p>"
    + b"Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 5
    + b"</p></article></body>"
)


def warm() -> None:
    """Read one small page and ask for two languages."""
    for words in _WORDS:
        detect(words)
    source = Source("warm", "https://example.org/")
    entry = Entry(key="", guid=None, link=None, title="")
    ArticleExtractor().extract(source, entry, Response(source.url, 200, (), _PAGE), datetime(2000, 1, 1, tzinfo=UTC))


warm()
