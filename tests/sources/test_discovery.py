"""Pages that name feeds, for programs and for people."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PageError
from monitor.model import FoundFeed, PageFeeds
from monitor.ports import Response
from monitor.sources import discovery
from monitor.sources.discovery import look

URL = "https://site.example/news/"


def seen(page: str | bytes, url: str = URL, *headers: tuple[str, str]) -> PageFeeds:
    return look(Response(url, 200, headers, page if isinstance(page, bytes) else page.encode()))


def addresses(page: str | bytes) -> list[str]:
    return [feed.url for feed in seen(page).feeds]


def head(*links: str) -> str:
    return f"<!doctype html><html><head>{''.join(links)}</head><body><p>News of the day</p></body></html>"


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/rss+xml" href="/feed-it">',
        "<link rel=alternate type=application/atom+xml href=/feed-it>",
        "<LINK REL='Alternate Home' TYPE='application/feed+json; charset=utf-8' HREF='/feed-it'/>",
        '<link rel="alternate" type="application/x.atom+xml" href="https://site.example/feed-it">',
        '<link rel="alternate" type="application/rdf+xml" href="../feed-it">',
        '<link rel="feed" href=" /feed-it ">',
        '<base href="/"><link rel="alternate" type="text/rss" href="feed-it">',
    ],
)
def test_a_feed_named_in_the_head(link: str) -> None:
    assert addresses(head(link)) == ["https://site.example/feed-it"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" hreflang="uk" href="/uk/">',
        '<link rel="stylesheet" type="application/rss+xml" href="/x">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml">',
        f'<link rel="alternate" type="application/rss+xml" href="{URL}">',
        f'<link rel="alternate" type="application/rss+xml" href="/{"x" * 600}">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/old"> -->',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
    ],
)
def test_what_names_no_feed(link: str) -> None:
    assert seen(head(link)) == PageFeeds()


def test_a_plain_type_counts_where_the_address_looks_like_a_feed() -> None:
    page = head('<link rel="alternate" type="text/xml" href="/rss.xml"><link rel=alternate type=text/xml href=/api/7>')
    assert addresses(page) == ["https://site.example/rss.xml"]


@pytest.mark.parametrize(
    "link",
    ["/rss", "/rss/", "/news/feed/", "/RSS2.0", "/atom.xml", "/uk/index.rss", "/export/all.xml", "/rss.php", "/RSS/nk.xml",
     "/rss/block-lastnews", "/?feed=rss2", "/news?format=rss&lang=en", "/feed.json", "https://feeds.other.example/site/feed"],
)  # fmt: skip
def test_links_for_people(link: str) -> None:
    assert [feed.title for feed in seen(f"<body><a href='{link}'>Our <b>RSS</b></a></body>").feeds] == ["Our RSS"]


@pytest.mark.parametrize(
    "link",
    ["/", "/feedback", "/about-rss-and-us", "/sitemap.xml", "/news.html", "/xml", "mailto:rss@site.example", "/news/atomic-power",
     "https://feedly.com/i/subscription/feed/https://site.example/rss", "https://reader.example/?feed=rss&url=https%3A%2F%2Fa/rss"],
)  # fmt: skip
def test_other_links(link: str) -> None:
    assert addresses(f"<body><a href='{link}'>x</a></body>") == []


def test_the_head_comes_first_comments_last_and_each_feed_once() -> None:
    page = """<html><head><link rel=alternate type=application/rss+xml href=/comments/feed title="Site &raquo; Comments">
    <link rel=alternate type=application/rss+xml href=/feed title="Site &amp; Co"></head>
    <body><a href="/feed/?utm_source=x">All</a><a href="/rss/economy">Economy</a></body></html>"""
    assert seen(page).feeds == (
        FoundFeed("https://site.example/feed", "Site & Co"),
        FoundFeed("https://site.example/rss/economy", "Economy"),
        FoundFeed("https://site.example/comments/feed", "Site » Comments"),
    )


def test_what_is_found_is_bounded() -> None:
    links = "".join(f"<link rel=alternate type=application/rss+xml href=/{n} title='{'t' * 500}'>" for n in range(500))
    found = seen(head(links)).feeds
    assert len(found) == discovery.MAX_FEEDS
    assert len(found[0].title) == 80


def test_links_that_are_looked_at_are_bounded() -> None:
    many = "".join(f"<a href=/{n}>news</a>" for n in range(4_999))
    assert addresses(f"{many}<a href=/rss>all</a>") == ["https://site.example/rss"]
    assert addresses(f"{many}<a href=/5000>news</a><a href=/rss>all</a>") == []
    assert len(addresses("".join(f"<a href=/rss/{n}>x</a>" for n in range(80_000)))) == discovery.MAX_FEEDS


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'><channel/></rss>",
        b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'></feed>",
        b'{"version": "https://jsonfeed.org/version/1.1", "items": []}',
    ],
)
def test_what_is_a_feed_itself(body: bytes) -> None:
    assert seen(body) == PageFeeds((FoundFeed(URL),), is_feed=True)


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"plain", b'{"a": 1}', b"\0\0\0", b"%PDF-1.7", b"<" * 5000, b"<a href='http://[/rss'>x</a>", b"<base href='http://['>",
     b"<div>" * 100_000],
)  # fmt: skip
def test_what_is_no_page(body: bytes) -> None:
    assert seen(body) == PageFeeds()


def test_a_refused_charset_names_nothing() -> None:
    assert seen("<a href=/rss>x</a>", URL, ("content-type", "text/html; charset=utf-7")) == PageFeeds()


def test_titles_in_other_encodings() -> None:
    page = '<html><head><meta charset="euc-kr"><link rel=alternate type=application/rss+xml title="북한 뉴스 속보" href=/rss>'
    (feed,) = seen(page.encode("euc-kr")).feeds
    assert feed.title == "북한 뉴스 속보"


@given(st.binary(max_size=400) | st.text(alphabet="<>='/ ahreflinkbstpyx:[]&;!-", max_size=200).map(str.encode))
def test_nothing_raises(body: bytes) -> None:
    assert isinstance(seen(body), PageFeeds)


def test_the_error_survives_the_way_out_of_the_child() -> None:
    error = pickle.loads(pickle.dumps(PageError("a page")))  # noqa: S301 — our own
    assert (type(error), str(error), error.retryable) == (PageError, "a page", True)
