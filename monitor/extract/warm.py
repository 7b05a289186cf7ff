"""Preloading for the sandbox's fork server: all modules and data that reading pages can load.

A child is confined: it may write no large file, open few, and take little memory. What a library loads when it is first
needed would fail there, or cost each child its own copy. So everything is loaded here, and children share it as long as
they only read it: both dictionaries (10 MB), every codec, what a page and its date touch. The language model and the
dictionaries' trees are mapped here, so that a child which may open few files has them.
"""

from __future__ import annotations

import codecs
import importlib
import pkgutil
import traceback
from datetime import UTC, datetime

from monitor.errors import ExtractError
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Entry, Source
from monitor.ports import Response
from monitor.text import charset, language_model
from monitor.text.dates import zone
from monitor.text.forms import cyrillic_lexicon

# A page of little text makes trafilatura load the stop words of all its languages.
_FLASH = b"<html><body><article><h1>Lorem ipsum dolor</h1><p>Lorem ipsum dolor sit amet.</p></article></body></html>"
_PAGE = (
    b"<html><head><title>Lorem</title>"
    b'<meta property="article:published_time" content="1 Jan 2000 12:00"></head><body><article><p>'
    + b"Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 5
    + b"</p></article></body></html>"
)


def warm() -> None:
    """Load lazy data, then read a page and a page without an article, so that children inherit the modules."""
    language_model.load()
    for language in cyrillic_lexicon.LANGUAGES_KNOWN:
        cyrillic_lexicon.tags("а", language)
    for codec in charset.CODECS:
        codecs.lookup(codec)
    _load_zones()
    source = Source("warm", "https://example.org/", timezone="Europe/Kyiv")
    for body in (_PAGE, _FLASH, b"%PDF-"):
        _read(source, body)


def _load_zones() -> None:
    """Import the packages of tzdata, in which zones stand where the host has none."""
    zone("Europe/Kyiv")
    root = importlib.import_module("tzdata.zoneinfo")
    for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        importlib.import_module(found.name)


def _read(source: Source, body: bytes) -> None:
    entry = Entry(key="", guid=None, link=None, title="")
    try:
        ArticleExtractor().extract(source, entry, Response(source.url, 200, (), body), datetime(2001, 1, 1, tzinfo=UTC))
    except ExtractError:
        traceback.format_exc()  # as the pool does with what a child raises: it reads the source files' lines


warm()
