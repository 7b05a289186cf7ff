"""Feeds that name a hub."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Hub, Source
from monitor.ports import Response
from monitor.sources.feed import FeedSource
from monitor.sources.websub import hub_of

NOW = datetime(2023, 11, 9, 12, 0, tzinfo=UTC)
URL = "https://paper.example/rss"
HUB = Hub("https://hub.example/", "https://paper.example/feed.xml")
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="{HUB.url}"/><link rel="self" href="/feed.xml"/>
<link rel="hub" href="https://second.example/"/><entry><id>1</id><title>One</title><link rel="hub" href="https://no.example/"/></entry></feed>"""
RSS = f"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title><link>https://paper.example/</link>
<atom:link rel="hub" href="{HUB.url}"/><atom:link rel="self" href="{HUB.topic}"/><item><title>One</title></item></channel></rss>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": HUB.topic,
        "hubs": [{"type": "rssCloud", "url": "https://cloud.example/"}, {"type": "WebSub", "url": HUB.url}, 7],
        "items": [{"id": "1", "title": "One"}],
    }
)
PLAIN = "<rss version='2.0'><channel><title>t</title><item><title>One</title></item></channel></rss>"


def hub(body: str, *links: str) -> Hub | None:
    headers = tuple(("link", link) for link in links)
    return FeedSource().parse(Source("Paper", URL), Response(URL, 200, headers, body.encode()), NOW).hub


@pytest.mark.parametrize("body", [ATOM, RSS, JSON])
def test_a_hub_in_the_feed(body: str) -> None:
    assert hub(body) == HUB


@pytest.mark.parametrize(
    "links",
    [
        (f'<{HUB.url}>; rel="hub", <{HUB.topic}>; rel="self"',),
        (f"<{HUB.url}>; rel=hub", "</feed.xml>;rel=self"),
        ('</x>; rel=next; title="a, b"', f'<{HUB.url}>; type="x"; rel="other HUB"', f"<{HUB.topic}>; rel=self"),
    ],
)
def test_a_hub_in_the_headers(links: tuple[str, ...]) -> None:
    assert hub(PLAIN, *links) == HUB


def test_the_headers_come_first() -> None:
    assert hub(ATOM, "<https://first.example/>; rel=hub") == Hub("https://first.example/", HUB.topic)


def test_a_feed_without_a_name_is_known_by_its_address() -> None:
    assert hub(PLAIN, "<https://hub.example/>; rel=hub") == Hub("https://hub.example/", URL)


@pytest.mark.parametrize(
    "links",
    [
        (),
        ("<javascript:alert(1)>; rel=hub",),
        ("<https://hub.example/>",),
        (f"<https://h.example/{'x' * 3000}>; rel=hub",),
    ],
)
def test_no_hub(links: tuple[str, ...]) -> None:
    assert hub(PLAIN, *links) is None


@given(st.text(max_size=80), st.text(alphabet='<>;,=" relhub:/.', max_size=80))
def test_nothing_raises(link: str, odd: str) -> None:
    hub_of(Response(URL, 200, (("link", link), ("link", odd)), b""), [("hub", link), (odd, odd)])
