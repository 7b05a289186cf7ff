"""Extracts articles of made-up news pages by both sides in one process; prints the CPU milliseconds of a page.

    python bench/sides/extract_pages.py PAGES

Ours is all that the daemon does with a page: decoding, walls, zones, language, date. Theirs is trafilatura's
`bare_extraction` with metadata. Both are of the product's own installation, and take turns page by page.
"""

from __future__ import annotations

import gc
import json
import logging
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import trafilatura

import monitor.extract.warm  # noqa: F401 — as in the daemon, where everything is loaded before a page comes
from bench.frame.sites import SENTENCE
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Entry, Source
from monitor.ports import Response

WORDS = SENTENCE.lower().split()
SOURCE = Source("Site", "https://site.example/", timezone="UTC")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def page(number: int) -> bytes:
    """Return a page of some 60 kB: an article of 12 paragraphs among menus, teasers, comments and scripts."""
    rng = random.Random(number)

    def words(count: int) -> str:
        return " ".join(rng.choices(WORDS, k=count))

    def links(count: int) -> str:
        return "".join(f'<li><a href="/t/{rng.random()}">{words(6).title()}</a></li>' for _ in range(count))

    teasers = "".join(
        f'<div class="teaser"><a href="/n/{one}"><img src="/i/{one}.jpg" alt=""><h3>{words(9).capitalize()}</h3></a>'
        f'<span class="date">1{one % 10}:0{one % 6}</span><p class="lead">{words(18)}</p></div>'
        for one in range(40)
    )
    text = "".join(f"<p>{words(55).capitalize()}.</p>" for _ in range(12))
    comments = "".join(f'<div class="comment"><b>User {one}</b><p>{words(20)}</p></div>' for one in range(15))
    script = "".join(f"window.data{one}={{a:{one},b:'{words(4)}'}};" for one in range(120))
    title = words(9).capitalize()
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - Site</title>'
        f'<meta property="og:title" content="{title}"><meta name="author" content="A. Reporter">'
        f'<meta property="article:published_time" content="2025-12-31T1{number % 10}:00:00Z"><script>{script}</script>'
        f"</head><body><header><nav><ul>{links(60)}</ul></nav></header><main><article><h1>{title}</h1>"
        f'<time datetime="2025-12-31T10:00:00Z">31 December</time>{text}</article><aside>{teasers}</aside>'
        f'<section class="comments">{comments}</section></main><footer><ul>{links(40)}</ul></footer></body></html>'
    ).encode()


def ours(body: bytes) -> None:
    """Extract as the daemon's child does."""
    entry = Entry(key="k", guid=None, link="https://site.example/a", title="")
    ArticleExtractor().extract(SOURCE, entry, Response("https://site.example/a", 200, (), body), NOW)


def theirs(body: bytes) -> None:
    """Extract as trafilatura's documentation proposes."""
    if trafilatura.bare_extraction(body, with_metadata=True) is None:
        raise ValueError("trafilatura finds no article")


def main() -> None:
    """Time both."""
    logging.disable()
    gc.freeze()
    bodies = [page(number) for number in range(int(sys.argv[1]) + 5)]
    sides: list[tuple[str, Callable[[bytes], None]]] = [("monitor", ours), ("trafilatura", theirs)]
    spent = dict.fromkeys((name for name, _ in sides), 0.0)
    for number, body in enumerate(bodies):
        for name, read in sides[:: 1 if number % 2 else -1]:
            begun = time.process_time()
            read(body)
            if number >= 5:  # the first ones warm up
                spent[name] += time.process_time() - begun
    print(json.dumps({name: 1000 * seconds / (len(bodies) - 5) for name, seconds in spent.items()}))


if __name__ == "__main__":
    main()
