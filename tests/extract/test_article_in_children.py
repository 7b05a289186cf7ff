"""Reading pages and feeds in real confined children: whatever the language, nothing is left to be loaded there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from doubles.fork_server import own_fork_server
from doubles.languages import REPORTS, atom, page, rss
from doubles.sandbox_tasks import Observed, is_loaded, observed

from monitor.extract.extractor import ArticleExtractor
from monitor.model import Entry, Source
from monitor.ports import Response
from monitor.sandbox import ChildSandbox
from monitor.sources.registry import source_types
from monitor.text import charset
from monitor.text.detect import detect

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
URL = "https://example.org/a"
MEDIA = (
    '<rss xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:georss="http://www.georss.org/georss"><channel><item><title>a</title><media:thumbnail url="/x.png"/>'
    "<itunes:duration>1:00</itunes:duration><georss:point>45 -71</georss:point><category>c</category>"
    '<enclosure url="/a.mp3" type="audio/mpeg" length="1"/></item></channel></rss>'
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def child() -> AsyncIterator[ChildSandbox]:
    """One child, confined as in the daemon, of a fork server that other tests have not started with less loaded."""
    with own_fork_server():
        box = ChildSandbox(workers=1)
        yield box
        await box.close()


def response(body: str | bytes, kind: str = "text/html; charset=utf-8") -> Response:
    return Response(URL, 200, (("content-type", kind),), body.encode() if isinstance(body, str) else body)


async def read(child: ChildSandbox, answer: Response, zone: str = "Europe/Kyiv") -> Observed:
    source = Source("Outlet", "https://example.org/feed", timezone=zone)
    entry = Entry(key="k", guid="g", link=URL, title="")
    return await child.run(observed, ArticleExtractor().extract, source, entry, answer, NOW)


async def parse(child: ChildSandbox, answer: Response) -> Observed:
    source = Source("Outlet", "https://example.org/feed", timezone="Asia/Seoul")
    return await child.run(observed, source_types()["feed"].parse, source, answer, NOW)


def nothing_loaded(seen: Observed) -> Any:
    assert seen.imported == ()
    assert seen.written == ()
    return seen.result


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("language", REPORTS)
async def test_a_page_of_any_language_is_read(child: ChildSandbox, language: str) -> None:
    headline, report = REPORTS[language]
    article = nothing_loaded(await read(child, response(page(headline, report, report))))
    assert article.language == language
    assert (article.title, article.from_summary) == (headline, None)
    feed = nothing_loaded(await parse(child, response(rss(headline, report), "application/rss+xml")))
    assert (feed.entries[0].title, feed.entries[0].summary) == (headline, report)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("codec", sorted(charset.CODECS))
async def test_a_page_in_any_encoding_loads_nothing(child: ChildSandbox, codec: str) -> None:
    headline, report = next(texts for texts in reversed(REPORTS.values()) if _fits(texts[1], codec))
    body = page(headline, report, report).encode(codec, "replace")
    assert nothing_loaded(await read(child, response(body, f"text/html; charset={codec}")))
    assert nothing_loaded(
        await parse(child, response(rss(headline, report).encode(codec, "replace"), f"a/b; charset={codec}"))
    )


def _fits(text: str, codec: str) -> bool:
    try:
        return not text.isascii() and bool(text.encode(codec))
    except UnicodeEncodeError:
        return False


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "body",
    [
        "",
        "Plain text of one line",
        "%PDF-1.7 nothing to read",
        "<html><body><p>Too short",
        "<html><body>" + "<div>" * 3_000 + "deep",
        page("Headline", "Text", published="30 листопада 2026, 10:00"),
        page("Headline", "Text", published="2026년 11월 30일 오후 3시"),
        page("Headline", '<script type="application/ld+json">{"@type": "NewsArticle"}</script>' + "word " * 400),
        "<?xml version='1.0' encoding='koi8-r'?><html><body><p>" + "word " * 300,
        f"<html><body><article><h1>Headline</h1><p>{'word ' * 30}</p></article><div>{'<i>more</i> words ' * 90}</div></body></html>",
        f"<html><body><div>We use cookies.</div><table><tr><td>{'word ' * 90}</td></tr></table></body></html>",
    ],
)
async def test_an_odd_page_loads_nothing(child: ChildSandbox, body: str) -> None:
    for zone in ("Asia/Seoul", "America/Argentina/Buenos_Aires", "UTC"):
        nothing_loaded(await read(child, response(body), zone))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>not a feed</body></html>",
        atom("Headline", "Summary"),
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_html": "<p>a</p>"}]}),
        '{"version": "none"}',
        rss("Headline", "&lt;p&gt;markup &amp;amp; more&lt;/p&gt;", "вівторок, 1 грудня 2026 р."),
        rss("Headline", "cut off")[:-30],
        '<rss version="2.0"><channel><item><title>&nosuch; <b>open</title></item>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item><title>a</title></item></rdf:RDF>',
        MEDIA,
        rss("Headline", "x", "31 Feb 2026 25:61"),
        rss("Headline", "x" * 100_000),
        rss("Headline", "x").replace("example.org", "новини.example"),
        rss("Headline", "x").replace("example.org", "xn--127-jia.test"),
    ],
)
async def test_an_odd_feed_loads_nothing(child: ChildSandbox, body: str) -> None:
    nothing_loaded(await parse(child, response(body, "application/xml")))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("language", sorted(REPORTS))
async def test_a_summary_is_read_in_a_child_as_anywhere(child: ChildSandbox, language: str) -> None:
    source = Source("Outlet", "https://example.org/feed", timezone="Europe/Kyiv")
    headline, *paragraphs = REPORTS[language]
    entry = Entry(key="k", guid="g", link=URL, title=headline, summary=paragraphs[0])
    seen = await child.run(observed, ArticleExtractor().from_summary, source, entry, "no link", NOW)
    assert nothing_loaded(seen) == ArticleExtractor().from_summary(source, entry, "no link", NOW)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("module", "name"), [("monitor.__main__", "main"), ("monitor.sandbox.settled", "gc")])
async def test_children_share_the_main_module_and_a_settled_heap(child: ChildSandbox, module: str, name: str) -> None:
    assert await child.run(is_loaded, module, name)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_second_look_at_a_page_loads_nothing(child: ChildSandbox) -> None:
    assert await child.run(is_loaded, "trafilatura.external", "JT_STOPLIST")


async def test_a_child_that_inherits_nothing_reads_all_the_same() -> None:
    """The fork server passes over a module that cannot be imported: children then load the model, confined."""
    box = ChildSandbox(workers=1, wall=60.0, preload=())
    try:
        assert await box.run(detect, REPORTS["mk"][1]) == "mk"
    finally:
        await box.close()
