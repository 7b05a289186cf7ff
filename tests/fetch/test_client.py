from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from doubles.patience import HANG
from doubles.rawserver import RawServer, plain

from monitor.errors import FetchError, FetchKind
from monitor.fetch.client import HttpFetcher
from monitor.ports import Request

pytestmark = pytest.mark.network


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        yield running


@pytest.fixture
async def fetcher(server: RawServer) -> AsyncIterator[HttpFetcher]:
    client = HttpFetcher(allow=[server.allow()], spacing=0.0)
    yield client
    await client.close()


async def failed(fetcher: HttpFetcher, request: Request) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(request)
    return caught.value


async def test_headers_go_verbatim_and_cookies_are_not_kept(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/feed"] = plain(b"<rss/>", 'ETag: W/"a b"', "Set-Cookie: session=1")
    headers = (("If-None-Match", 'W/"x"'), ("If-Modified-Since", "yesterday, more or less"))
    response = await fetcher.fetch(Request(server.url("/feed"), headers))
    assert (response.status, response.body, response.header("etag")) == (200, b"<rss/>", 'W/"a b"')
    await fetcher.fetch(Request(server.url("/feed")))
    assert 'If-None-Match: W/"x"\r\n' in server.requests[0]
    assert "If-Modified-Since: yesterday, more or less\r\n" in server.requests[0]
    assert "cookie" not in server.requests[1].lower()


async def test_the_monitor_says_who_it_is_and_what_it_reads(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/a"] = plain(b"ok")
    await fetcher.fetch(Request(server.url("/a"), (("accept", "application/rss+xml"),)))
    (head,) = server.requests
    assert "User-Agent: news-monitor/" in head
    assert "Accept-Encoding: gzip, deflate, br, zstd\r\n" in head
    assert head.lower().count("accept: ") == 1
    assert "application/rss+xml" in head


async def test_validators_of_any_bytes_return_verbatim(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/a"] = b'HTTP/1.1 200 OK\r\nETag: "\xe9\xff \xd0\xbd"\r\nContent-Length: 0\r\n\r\n'
    etag = (await fetcher.fetch(Request(server.url("/a")))).header("etag")
    assert etag is not None
    await fetcher.fetch(Request(server.url("/a"), (("if-none-match", etag),)))
    assert server.requests[1].encode("latin-1").count(b'"\xe9\xff \xd0\xbd"') == 1


async def test_after_a_false_coding_nothing_is_offered(server: RawServer, fetcher: HttpFetcher) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        offered = "identity" not in server.requests[-1]
        writer.write(plain(b"plain", "Content-Encoding: gzip") if offered else plain(b"plain"))

    server.answers["/a"] = answer
    assert (await fetcher.fetch(Request(server.url("/a")))).body == b"plain"
    assert len(server.requests) == 2


async def test_waiting_for_a_turn_is_not_the_server_s_fault(server: RawServer) -> None:
    fetcher = HttpFetcher(allow=[server.allow()], per_host=1, spacing=0.05)
    server.answers["/a"] = plain(b"ok")
    requests = (fetcher.fetch(Request(server.url("/a"), deadline=0.5)) for _ in range(20))
    try:
        assert len(await asyncio.gather(*requests)) == 20
    finally:
        await fetcher.close()


async def test_compressed_bodies_are_decoded(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/gz"] = plain(gzip.compress(b"hello"), "Content-Encoding: gzip")
    assert (await fetcher.fetch(Request(server.url("/gz")))).body == b"hello"


async def test_error_statuses_are_answers_not_exceptions(server: RawServer, fetcher: HttpFetcher) -> None:
    for status in ("404 Not Found", "410 Gone", "500 Oops"):
        server.answers["/e"] = plain(b"no", status=status)
        assert (await fetcher.fetch(Request(server.url("/e")))).status == int(status[:3])


async def test_redirects_are_followed(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/old"] = plain(b"", "Location: /new", status="301 Moved")
    server.answers["/new"] = plain(b"", "Location: /today", status="302 Found")
    server.answers["/today"] = plain(b"here")
    response = await fetcher.fetch(Request(server.url("/old")))
    assert (response.body, response.url) == (b"here", server.url("/today"))


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([], None),
        ([301], "/1"),
        ([308, 301], "/2"),
        ([301, 302], "/1"),
        ([301, 302, 301], "/1"),
        ([302, 301], None),
        ([307], None),
        ([303], None),
    ],
)
async def test_what_has_moved_for_good_is_known(
    server: RawServer, fetcher: HttpFetcher, statuses: list[int], moved: str | None
) -> None:
    for number, status in enumerate(statuses):
        server.answers[f"/{number}"] = plain(b"", f"Location: /{number + 1}", status=f"{status} Moved")
    server.answers[f"/{len(statuses)}"] = plain(b"ok")
    response = await fetcher.fetch(Request(server.url("/0")))
    assert response.moved == (None if moved is None else server.url(moved))


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/loop", FetchKind.REDIRECT),
        ("file:///etc/passwd", FetchKind.REDIRECT),
        ("javascript:alert(1)", FetchKind.REDIRECT),
        ("data:text/html,hello", FetchKind.REDIRECT),
        ("gopher://127.0.0.1/", FetchKind.REDIRECT),
        ("http://10.0.0.1/", FetchKind.REFUSED_ADDRESS),
        ("http://169.254.169.254/latest/meta-data", FetchKind.REFUSED_ADDRESS),
        ("http://[::1]/", FetchKind.REFUSED_ADDRESS),
        ("http://2130706433/", FetchKind.REFUSED_ADDRESS),
        ("http://127.0.0.1:1/", FetchKind.REFUSED_ADDRESS),
    ],
)
async def test_redirects_that_must_not_be_followed(
    server: RawServer, fetcher: HttpFetcher, location: str, kind: FetchKind
) -> None:
    server.answers["/loop"] = plain(b"", f"Location: {location}", status="302 Found")
    assert (await failed(fetcher, Request(server.url("/loop")))).kind is kind


async def test_a_public_page_does_not_lead_to_an_allowed_private_host(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/page"] = plain(b"secret")
    request = Request(server.url("/page"), referrer="https://feeds.example.org/rss")
    assert (await failed(fetcher, request)).kind is FetchKind.REFUSED_ADDRESS
    assert server.requests == []
    assert (await fetcher.fetch(Request(server.url("/page"), referrer=server.url("/rss")))).body == b"secret"


async def test_validators_stay_with_their_host(server: RawServer) -> None:
    fetcher = HttpFetcher(allow=[server.allow(), server.allow("localhost")], spacing=0.0)
    server.answers["/a"] = plain(b"", f"Location: {server.url('/b', 'localhost')}", status="302 Found")
    server.answers["/b"] = plain(b"ok")
    try:
        await fetcher.fetch(Request(server.url("/a"), (("If-None-Match", '"mine"'), ("User-Agent", "monitor"))))
    finally:
        await fetcher.close()
    assert '"mine"' in server.requests[0]
    assert '"mine"' not in server.requests[1]
    assert "User-Agent: monitor" in server.requests[1]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", FetchKind.PROTOCOL),
        (b"", FetchKind.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", FetchKind.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n", FetchKind.PROTOCOL),
        (plain(b"not gzip", "Content-Encoding: gzip"), FetchKind.ENCODING),
        (plain(b"x", "Content-Encoding: gzip, br"), FetchKind.ENCODING),
        (plain(b"x" * 5000), FetchKind.TOO_LARGE),
    ],
)
async def test_broken_answers_are_named_errors(
    server: RawServer, fetcher: HttpFetcher, answer: bytes, kind: FetchKind
) -> None:
    server.answers["/x"] = answer
    assert (await failed(fetcher, Request(server.url("/x"), max_bytes=4000))).kind is kind


@pytest.mark.parametrize(
    "line", ["X/Powered: by", "Bad Name: x", '"X-Quoted: line"', "no colon", "Server: a\x0bb", "X-Fold: a\r\n b"]
)
async def test_one_malformed_header_hides_no_feed(server: RawServer, fetcher: HttpFetcher, line: str) -> None:
    server.answers["/a"] = plain(b"<rss/>", line, 'ETag: "x"')
    response = await fetcher.fetch(Request(server.url("/a")))
    assert (response.body, response.header("etag")) == (b"<rss/>", '"x"')


async def test_a_head_in_pieces_after_an_interim_one(server: RawServer, fetcher: HttpFetcher) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = b"\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nBad name: x\r\nContent-Length: 2\r\n\r\nok"
        for number in range(len(head)):
            writer.write(head[number : number + 1])
            await writer.drain()

    server.answers["/a"] = answer
    assert (await fetcher.fetch(Request(server.url("/a")))).body == b"ok"


async def test_a_second_response_on_the_connection_is_never_read(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/a"] = plain(b"one") + plain(b"two")
    assert (await fetcher.fetch(Request(server.url("/a")))).body == b"one"
    server.answers["/b"] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 40\r\n\r\none" + plain(b"two")
    assert "several lengths" in str(await failed(fetcher, Request(server.url("/b"))))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
        plain(gzip.compress(b"<rss>", mtime=0)[:-8], "Content-Encoding: gzip"),
    ],
    ids=["length", "chunks", "gzip"],
)
async def test_a_body_cut_short_is_given_where_it_is_of_use(
    server: RawServer, fetcher: HttpFetcher, answer: bytes
) -> None:
    server.answers["/a"] = answer
    await failed(fetcher, Request(server.url("/a")))
    response = await fetcher.fetch(Request(server.url("/a"), partial=True))
    assert response.body == b"<rss>"
    assert response.cut
    server.answers["/a"] = plain(b"<rss>")
    assert (await fetcher.fetch(Request(server.url("/a"), partial=True))).cut is None


async def test_a_false_coding_is_no_cut_body(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/a"] = plain(b"not gzip", "Content-Encoding: gzip")
    assert (await failed(fetcher, Request(server.url("/a"), partial=True))).kind is FetchKind.ENCODING
    server.answers["/a"] = plain(b"x" * 5000)
    error = await failed(fetcher, Request(server.url("/a"), partial=True, max_bytes=4000))
    assert error.kind is FetchKind.TOO_LARGE


async def test_a_host_of_http_2_alone_is_named(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/a"] = bytes.fromhex("000012040000000000") + bytes(18)
    assert "HTTP/2 alone" in str(await failed(fetcher, Request(server.url("/a"))))


@pytest.mark.parametrize("rounds", range(12))
async def test_a_request_ends_whenever_its_time_is_over(server: RawServer, fetcher: HttpFetcher, rounds: int) -> None:
    """Python 3.11's `asyncio.wait_for` loses a cancellation that comes as what it waits for is done."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0)

    server.answers["/drip"] = drip
    request = asyncio.create_task(fetcher.fetch(Request(server.url("/drip"))))
    for _ in range(rounds):
        await asyncio.sleep(0)
    request.cancel()
    await asyncio.wait([request], timeout=HANG)
    assert request.cancelled()


async def test_a_dripping_answer_ends_at_the_deadline(server: RawServer, fetcher: HttpFetcher) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers["/drip"] = drip
    error = await failed(fetcher, Request(server.url("/drip"), deadline=0.3))
    assert error.kind is FetchKind.TIMEOUT
    assert error.retryable


async def test_a_refused_connection_is_named(server: RawServer, fetcher: HttpFetcher) -> None:
    address = server.url("/gone")
    await server.__aexit__()
    assert (await failed(fetcher, Request(address))).kind is FetchKind.CONNECT
    await server.__aenter__()


async def test_retry_after_closes_the_whole_host(server: RawServer, fetcher: HttpFetcher) -> None:
    server.answers["/busy"] = plain(b"", "Retry-After: 120", status="429 Too Many Requests")
    server.answers["/other"] = plain(b"ok")
    assert (await fetcher.fetch(Request(server.url("/busy")))).status == 429
    error = await failed(fetcher, Request(server.url("/other")))
    assert error.kind is FetchKind.PACED
    assert error.retry_after is not None
    assert 60 < error.retry_after <= 120
    assert len(server.requests) == 1


async def test_a_date_to_retry_after_counts_from_the_servers_own_time(server: RawServer, fetcher: HttpFetcher) -> None:
    date, after = "Date: Thu, 09 Nov 2023 07:00:00 GMT", "Retry-After: Thu, 09 Nov 2023 07:02:00 GMT"
    server.answers["/busy"] = plain(b"", date, after, status="429 Too Many Requests")
    await fetcher.fetch(Request(server.url("/busy")))
    error = await failed(fetcher, Request(server.url("/other")))
    assert error.retry_after is not None
    assert 60 < error.retry_after <= 120


@pytest.mark.parametrize("address", ["ftp://example.org/", "http:///x", "nonsense", "http://exa mple.org/"])
async def test_what_is_no_web_address_is_not_asked(fetcher: HttpFetcher, address: str) -> None:
    error = await failed(fetcher, Request(address))
    assert not error.retryable


async def test_a_coding_that_is_not_true_is_read_as_what_it_is_when_asked_again(
    server: RawServer, fetcher: HttpFetcher
) -> None:
    """Such a feed was out of reach, though every reader that asks for no coding reads it."""
    server.answers["/a"] = plain(b"<rss/>", "Content-Encoding: gzip")
    assert (await fetcher.fetch(Request(server.url("/a")))).body == b"<rss/>"
    server.answers["/a"] = plain(gzip.compress(b"<rss/>"), "Content-Encoding: gzip", "Content-Encoding: gzip")
    assert (await fetcher.fetch(Request(server.url("/a")))).body == b"<rss/>"
    asked = ["gzip" in head for head in server.asked("/a")]
    assert asked == [True, False, True, False]
