"""Reports in many languages (`tests/text/languages.yaml`), as texts, pages and feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from doubles.yaml_cases import read_cases

_FILE = Path(__file__).parents[1] / "text" / "languages.yaml"

REPORTS: dict[str, list[str]] = {}
"""Language → headline, report."""


def _load() -> None:
    loaded: Any = read_cases(_FILE)
    REPORTS.update(loaded)


_load()


def page(headline: str, *paragraphs: str, published: str = "2026-11-30T10:00:00+02:00") -> str:
    body = "".join(f"<p>{escape(text)}</p>\n" for text in paragraphs)
    return (
        f"<!DOCTYPE html><html><head><title>{escape(headline)}</title>"
        f'<meta property="article:published_time" content="{published}"></head>'
        f"<body><article><h1>{escape(headline)}</h1>\n{body}</article></body></html>"
    )


def rss(headline: str, summary: str, published: str = "Mon, 30 Nov 2026 10:00:00 +0200") -> str:
    return (
        '<rss version="2.0"><channel><title>t</title><item><guid>g</guid><link>https://example.org/a</link>'
        f"<title>{escape(headline)}</title><description>{escape(summary)}</description>"
        f"<pubDate>{published}</pubDate></item></channel></rss>"
    )


def atom(headline: str, summary: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>g</id><link href="https://example.org/a"/>'
        f'<title>{escape(headline)}</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        f"{escape(summary)}</div></content><updated>2026-11-30T10:00:00Z</updated></entry></feed>"
    )
