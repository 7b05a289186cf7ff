"""A source's own settings: headers with secrets, a name for the client, cookies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from doubles.rawserver import RawServer, plain

from monitor.errors import FetchError, FetchKind, MonitorError
from monitor.fetch.client import HttpFetcher
from monitor.log import redact
from monitor.model import Source
from monitor.ports import Request

pytestmark = pytest.mark.network

SECRETS = {"TOKEN": " s3cr3t-value\n", "SPLIT": "a\r\nX-Evil: 1", "EMPTY": "  ", "SHORT": "ab"}


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        yield running


@asynccontextmanager
async def fetching(server: RawServer, **settings: Any) -> AsyncIterator[HttpFetcher]:
    source = replace(Source("one", server.url("/rss")), **settings)
    allow = [server.allow(), server.allow("localhost")]
    fetcher = HttpFetcher(allow=allow, sources=[source], secrets=SECRETS.get, spacing=0.0)
    try:
        yield fetcher
    finally:
        await fetcher.close()


def ask(server: RawServer, path: str = "/rss", host: str = "127.0.0.1", **more: Any) -> Request:
    return Request(server.url(path, host), source="one", **more)


HEADERS = (("Authorization", "Bearer ${TOKEN}"), ("X-Client", "desk"))


async def test_headers_go_to_the_host_of_the_feed_alone(server: RawServer) -> None:
    for path in ("/rss", "/article"):
        server.answers[path] = plain(b"ok")
    async with fetching(server, headers=HEADERS) as fetcher:
        await fetcher.fetch(ask(server))
        await fetcher.fetch(ask(server, "/article", referrer=server.url("/rss")))
        await fetcher.fetch(ask(server, "/article", "localhost"))
        await fetcher.fetch(Request(server.url("/rss"), source="another"))
    for head in server.requests[:2]:
        assert "Authorization: Bearer s3cr3t-value\r\n" in head
        assert "X-Client: desk\r\n" in head
    for head in server.requests[2:]:
        assert "s3cr3t" not in head
        assert "X-Client" not in head


async def test_headers_end_at_the_first_other_host(server: RawServer) -> None:
    server.answers["/rss"] = plain(b"", "Location: /moved", status="301 Moved")
    server.answers["/moved"] = plain(b"", f"Location: {server.url('/away', 'localhost')}", status="302 Found")
    server.answers["/away"] = plain(b"", f"Location: {server.url('/back')}", status="302 Found")
    server.answers["/back"] = plain(b"ok")
    async with fetching(server, headers=HEADERS) as fetcher:
        await fetcher.fetch(ask(server))
    assert ["s3cr3t" in head for head in server.requests] == [True, True, False, False]


async def test_a_source_header_takes_the_place_of_the_monitors(server: RawServer) -> None:
    server.answers["/rss"] = plain(b"ok")
    async with fetching(server, headers=(("accept", "text/xml"),), user_agent="Mozilla/5.0") as fetcher:
        await fetcher.fetch(ask(server))
    (head,) = server.requests
    assert head.lower().count("\r\naccept:") == 1
    assert "text/xml" in head
    assert "User-Agent: Mozilla/5.0\r\n" in head


@pytest.mark.parametrize("variable", ["MISSING", "EMPTY", "SPLIT"])
async def test_a_secret_that_is_not_there_is_a_named_error_without_its_value(server: RawServer, variable: str) -> None:
    async with fetching(server, headers=(("X-Key", f"${{{variable}}}"),)) as fetcher:
        with pytest.raises(FetchError, match=variable) as caught:
            await fetcher.fetch(ask(server))
    assert caught.value.kind is FetchKind.SETTING
    assert not caught.value.retryable
    assert "Evil" not in str(caught.value)
    assert server.requests == []


async def test_a_secret_whose_file_cannot_be_read_is_named(server: RawServer) -> None:
    def broken(_: str) -> str | None:
        raise MonitorError("KEY_FILE: /x cannot be read: denied")

    fetcher = HttpFetcher(sources=[Source("one", server.url("/rss"), headers=(("X", "${KEY}"),))], secrets=broken)
    with pytest.raises(FetchError, match="denied"):
        await fetcher.fetch(ask(server))
    await fetcher.close()


async def test_logs_show_no_secret_that_was_used(server: RawServer) -> None:
    server.answers["/rss"] = plain(b"ok")
    async with fetching(server, headers=(("A", "${TOKEN}"), ("B", "${SHORT}"))) as fetcher:
        await fetcher.fetch(ask(server))
    assert redact("it was s3cr3t-value, ab") == "it was <hidden>, ab"


@pytest.mark.parametrize(
    ("own", "asked", "goes"),
    [
        ("http://feeds.example/a", "http://feeds.example/b", True),
        ("http://feeds.example/a", "https://feeds.example/b", True),
        ("https://feeds.example/a", "https://feeds.example:443/b", True),
        ("https://feeds.example/a", "http://feeds.example/b", False),
        ("https://feeds.example/a", "https://feeds.example:8443/b", False),
        ("http://feeds.example:8080/a", "https://feeds.example/b", False),
        ("https://feeds.example/a", "https://www.feeds.example/b", False),
        ("https://feeds.example/a", "https://feeds.example.evil/b", False),
    ],
)
def test_the_origin_that_headers_are_meant_for(own: str, asked: str, goes: bool) -> None:
    from monitor.fetch import address
    from monitor.fetch.access import SourceAccess

    access = SourceAccess(Source("one", own, headers=(("X", "y"),)))
    assert bool(access.headers_for(address.parse(asked))) is goes


async def test_the_user_agent_has_the_contact(server: RawServer) -> None:
    server.answers["/rss"] = plain(b"ok")
    fetcher = HttpFetcher(allow=[server.allow()], contact="https://example.org/bot")
    await fetcher.fetch(Request(server.url("/rss")))
    await fetcher.close()
    assert "(+https://example.org/bot)\r\n" in server.requests[0]


def cookies(head: str) -> str:
    found = [line for line in head.split("\r\n") if line.lower().startswith("cookie:")]
    return found[0] if found else ""


async def gate(server: RawServer, writer: asyncio.StreamWriter) -> None:
    """Redirect to the same address until the cookie comes back."""
    if "gate=open" in cookies(server.requests[-1]):
        writer.write(plain(b"<rss/>"))
    else:
        writer.write(plain(b"", "Location: /rss", "Set-Cookie: gate=open; Path=/; HttpOnly", status="302 Found"))


async def test_a_feed_that_redirects_until_its_cookie_comes_back(server: RawServer) -> None:
    server.answers["/rss"] = lambda writer: gate(server, writer)
    async with fetching(server) as fetcher:
        for _ in range(2):
            assert (await fetcher.fetch(ask(server))).body == b"<rss/>"
    assert [bool(cookies(head)) for head in server.requests] == [False, True, False, True]


async def test_a_session_keeps_its_cookies_from_poll_to_poll(server: RawServer) -> None:
    server.answers["/rss"] = lambda writer: gate(server, writer)
    async with fetching(server, cookies="session") as fetcher:
        for _ in range(2):
            await fetcher.fetch(ask(server))
        await fetcher.fetch(Request(server.url("/rss"), source="another"))
    assert [bool(cookies(head)) for head in server.requests] == [False, True, True, False, True]
    async with fetching(server, cookies="session") as later, fetching(server) as without:
        later.take_over(fetcher)
        await later.fetch(ask(server))
        assert cookies(server.requests[-1])
        without.take_over(later)
        await without.fetch(ask(server))
        assert not cookies(server.requests[-2])


async def test_cookies_do_not_follow_a_redirect_to_another_host(server: RawServer) -> None:
    away = server.url("/away", "localhost")
    server.answers["/rss"] = plain(b"", f"Location: {away}", "Set-Cookie: a=1; Path=/", status="302 Found")
    server.answers["/away"] = plain(b"ok")
    async with fetching(server, headers=(("Cookie", "consent=yes"),)) as fetcher:
        await fetcher.fetch(ask(server))
        server.answers["/rss"] = plain(b"", "Location: /away", "Set-Cookie: a=1; Path=/", status="302 Found")
        await fetcher.fetch(ask(server))
    assert [cookies(head) for head in server.requests] == [
        "Cookie: consent=yes",
        "",
        "Cookie: consent=yes",
        "Cookie: consent=yes; a=1",
    ]


async def test_a_host_that_asked_for_silence_keeps_it_over_a_reload(server: RawServer) -> None:
    server.answers["/rss"] = plain(b"", "Retry-After: 120", status="429 Too Many")
    async with fetching(server) as fetcher, fetching(server) as later:
        await fetcher.fetch(ask(server))
        later.take_over(fetcher)
        with pytest.raises(FetchError) as caught:
            await later.fetch(ask(server))
    assert caught.value.kind is FetchKind.PACED
