"""Pages: decoding, HTML parsing, and metadata (title, author, date, language)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree, html
from lxml.etree import LxmlError

from monitor.errors import ExtractError
from monitor.i18n import DEFAULT
from monitor.ports import Response
from monitor.text import charset
from monitor.text.plain import line

MAX_BYTES = 2_000_000
_MAX_SITE = 100
_JSON_LD = "application/ld+json"
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
# Escape sequences, bells and form feeds are a terminal's text: they are dropped, and do not speak for a binary file.
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\ufffe\uffff\ud800-\udfff]")
_CONTROL_BYTES = bytes({*range(9), 11, 12, *range(14, 32)})  # looking for bytes is faster than for characters
_MANY_BREAKS = 100
_BREAKS = re.compile(r"(?:<br\b[^<>]*>\s*){3,}", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|p|div|article|h1|title|meta|script|br|a)\b", re.IGNORECASE)
_NEVER_READ = (
    *("area", "audio", "button", "canvas", "datalist", "footer", "iframe", "link", "map", "meta", "nav", "noscript"),
    *("object", "picture", "select", "style", "svg", "template", "video"),
)  # <aside> is not among them: unclosed ones have articles in them
_NEWS = re.compile(r"Article|BlogPosting|Report", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meta:
    """The metadata of a page; `published` as written."""

    title: str = ""
    author: str | None = None
    published: str | None = None
    language: str | None = None
    site: str = ""
    headlines: tuple[str, ...] = ()  # JSON-LD's, and those of the first level; the same ones twice
    shown: str = ""  # for a preview elsewhere: may have the site's name behind it


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
    if len(_BINARY.findall(sample)) > _MOSTLY_TEXT * len(sample) + 3:
        raise ExtractError(DEFAULT.text("summary not text"), retryable=False)
    text = decoded.text
    if _is_json(text):
        raise ExtractError(DEFAULT.text("summary no text"), retryable=False)
    if len(body.translate(None, _CONTROL_BYTES)) < len(body) or decoded.repaired or _has_no_characters(text):
        text = _CONTROL.sub("", text)
    # Thousands of line breaks cost trafilatura seconds, and two say the same.
    return _BREAKS.sub("<br><br>", text) if text.lower().count("<br") > _MANY_BREAKS else text


def _is_json(text: str) -> bool:
    """Return whether a page is the answer of a site's API: data, not an article, whatever markup stands in it."""
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _has_no_characters(text: str) -> bool:
    return "\ufffe" in text or "\uffff" in text


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
            text.encode("utf-8", "replace"),
            parser=html.HTMLParser(
                encoding="utf-8",
                no_network=True,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
                collect_ids=False,
                default_doctype=False,
            ),
        )
    except (LxmlError, ValueError, AssertionError) as error:
        raise ExtractError(DEFAULT.text("summary markup"), retryable=False) from error
    return tree


def body_of(tree: html.HtmlElement) -> html.HtmlElement:
    """Return the element that a reader sees."""
    found = tree.find(".//body")
    return tree if found is None else found


def meta(tree: html.HtmlElement) -> Meta:
    """Return a page's metadata: from JSON-LD first, then Open Graph and the like, then the markup."""
    news = next((node for node in _json_ld(tree) if _NEWS.search(str(node.get("@type")))), {})
    named = _named(tree)
    heads = [str(node.text_content()).strip() for node in islice(tree.iter("h1"), 5)]
    headline = line(_string(news.get("headline")))[:1_000]
    shown = line(_of(named, "og:title", "twitter:title"))[:1_000]
    # Some sites put their own name into the first headline.
    title = headline or shown or line(max(heads, key=len, default=""))[:1_000] or line(_inner(tree, "title"))[:1_000]
    author = line(_names(news.get("author"))) or line(_of(named, "author", "article:author", "dable:author"))
    published = line(_string(news.get("datePublished"))) or line(
        _of(named, "article:published_time", "datePublished", "pubdate", "date", "og:published_time")
    )
    root = tree.getroottree().getroot()
    language = line(root.get("lang") or "") or line(_of(named, "og:locale"))
    return Meta(
        title=title,
        author=author[:200] or None,
        published=published or line(next((node.get("datetime") or "" for node in tree.iter("time")), "")) or None,
        language=language[:2].lower() or None,
        site=line(_of(named, "og:site_name"))[:_MAX_SITE],
        headlines=tuple(filter(None, (headline, *(line(head)[:1_000] for head in heads)))),
        shown=shown,
    )


def strip(tree: html.HtmlElement) -> None:
    """Take out what is of no article: else each step of reading walks over it. JSON-LD stays, which may hold a text."""
    for script in list(tree.iter("script")):
        if script.get("type") != _JSON_LD:
            script.drop_tree()
    etree.strip_elements(tree, *_NEVER_READ, with_tail=False)


def _named(tree: html.HtmlElement) -> dict[str, str]:
    """Return the first content of each name that `<meta>` elements give."""
    found: dict[str, str] = {}
    for node in tree.iter("meta"):
        content = node.get("content")
        for key in ("property", "name", "itemprop"):
            if content and node.get(key):
                found.setdefault(node.get(key), content)
    return found


def _of(named: dict[str, str], *names: str) -> str:
    return next((named[name] for name in names if named.get(name)), "")


def _inner(tree: html.HtmlElement, tag: str) -> str:
    texts = (str(node.text_content()).strip() for node in islice(tree.iter(tag), 5))
    return next(filter(None, texts), "")


def _json_ld(tree: html.HtmlElement) -> Iterator[dict[str, Any]]:
    for script in islice(tree.iterfind(f".//script[@type='{_JSON_LD}']"), 10):
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
