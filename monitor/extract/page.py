"""A page's bytes as HTML that a parser can take, and what the page says of itself: title, author, date, language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import html
from lxml.etree import LxmlError

from monitor.errors import ExtractError
from monitor.i18n import DEFAULT
from monitor.ports import Response
from monitor.text import charset
from monitor.text.plain import line

MAX_BYTES = 2_000_000
_MAX_JSON = 200_000  # characters of one JSON-LD block

_KINDS = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"PK\x03\x04", "container"),
    (b"\x1f\x8b", "archive"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
)
_TYPES = (
    (re.compile(r"application/(?:x-)?pdf"), "pdf"),
    (re.compile(r"image/(?!svg)"), "image"),
    (re.compile(r"audio/"), "sound"),
    (re.compile(r"video/"), "film"),
    (re.compile(r"application/(?:zip|gzip|x-rar|x-7z)"), "archive"),
    (re.compile(r"application/(?:msword|vnd\.)"), "office"),
)
_MOSTLY_TEXT = 0.02  # share of NUL and control bytes above which bytes are no text (UTF-16 is decoded before)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_BREAKS = re.compile(r"(?:<br\b[^<>]*>\s*){3,}", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|p|div|article|h1|title|meta|script|br|a)\b", re.IGNORECASE)
_NEWS = re.compile(r"Article|BlogPosting|Report", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a page says of itself; `published` as written."""

    title: str = ""
    author: str | None = None
    published: str | None = None
    language: str | None = None


def text_of(response: Response) -> str:
    """Decode a page, cut at 2 MB. Raises ExtractError for what is no text, naming it."""
    body = response.body[:MAX_BYTES]
    kind = _kind(body, (response.header("content-type") or "").lower())
    if kind:
        raise ExtractError(DEFAULT.text(f"summary is {kind}"), retryable=False)
    try:
        decoded = charset.decode(body, response.header("content-type"))
    except charset.UnknownCharset as error:
        raise ExtractError(DEFAULT.text("summary encoding"), retryable=False) from error
    sample = decoded.text[:4_000]
    if len(_CONTROL.findall(sample)) > _MOSTLY_TEXT * len(sample) + 3:
        raise ExtractError(DEFAULT.text("summary not text"), retryable=False)
    # Thousands of line breaks cost trafilatura seconds, and two say the same.
    return _BREAKS.sub("<br><br>", _CONTROL.sub("", decoded.text))


def is_markup(text: str) -> bool:
    """Return whether a text has any of HTML's common tags."""
    return _MARKUP.search(text) is not None


def _kind(body: bytes, content_type: str) -> str | None:
    for mark, name in _KINDS:
        if body.startswith(mark):
            return name
    return next((name for pattern, name in _TYPES if pattern.match(content_type)), None)


def parse(text: str) -> html.HtmlElement:
    """Build the tree. Raises ExtractError."""
    try:
        # Bytes, because lxml refuses text with an encoding declaration.
        tree = html.document_fromstring(
            text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        )
    except (LxmlError, ValueError, AssertionError) as error:
        raise ExtractError(DEFAULT.text("summary markup"), retryable=False) from error
    return tree


def meta(tree: html.HtmlElement) -> Meta:
    """Read JSON-LD first, then Open Graph and its relatives, then the markup itself."""
    news = next((node for node in _json_ld(tree) if _NEWS.search(str(node.get("@type")))), {})
    return Meta(
        title=_first(
            _string(news.get("headline")),
            _content(tree, "og:title", "twitter:title"),
            _longest(tree, "//h1"),
            _inner(tree, "//title"),
        )[:1_000],
        author=_first(_names(news.get("author")), _content(tree, "author", "article:author", "dable:author"))[:200]
        or None,
        published=_first(
            _string(news.get("datePublished")),
            _content(tree, "article:published_time", "datePublished", "pubdate", "date", "og:published_time"),
            _attribute(tree, "//time/@datetime"),
        )
        or None,
        language=_first(_attribute(tree, "/html/@lang"), _content(tree, "og:locale"))[:2].lower() or None,
    )


def _first(*values: str) -> str:
    return next((value for value in map(line, values) if value), "")


def _content(tree: html.HtmlElement, *names: str) -> str:
    for name in names:
        # $name is bound, not pasted: no name can break the expression
        found = tree.xpath("//meta[@property=$name or @name=$name or @itemprop=$name]/@content", name=name)
        if found:
            return str(found[0])
    return ""


def _inner(tree: html.HtmlElement, path: str) -> str:
    return next((text for text in (str(node.text_content()).strip() for node in tree.xpath(path)[:5]) if text), "")


def _longest(tree: html.HtmlElement, path: str) -> str:
    """Return the longest: some sites put their own name into the first headline."""
    return max((str(node.text_content()).strip() for node in tree.xpath(path)[:5]), key=len, default="")


def _attribute(tree: html.HtmlElement, path: str) -> str:
    found = tree.xpath(path)
    return str(found[0]) if found else ""


def _json_ld(tree: html.HtmlElement) -> Iterator[dict[str, Any]]:
    for script in tree.xpath("//script[@type='application/ld+json']")[:10]:
        try:
            data = json.loads((script.text or "")[:_MAX_JSON], strict=False)
        except (ValueError, RecursionError):
            continue
        nodes = data if isinstance(data, list) else [data]
        for node in nodes:
            if isinstance(node, dict):
                yield node
                graph = node.get("@graph")
                yield from (inner for inner in graph if isinstance(inner, dict)) if isinstance(graph, list) else ()


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _names(value: Any) -> str:
    people = value if isinstance(value, list) else [value]
    names = [_string(person.get("name")) if isinstance(person, dict) else _string(person) for person in people]
    return ", ".join(filter(None, names))
