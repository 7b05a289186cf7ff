from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any

import pytest
from doubles.rawserver import RawServer, plain

from monitor.errors import FetchError, FetchKind
from monitor.fetch import address
from monitor.fetch.client import HttpFetcher
from monitor.fetch.transport import Exchange, HttpAnswer, _DirectWire
from monitor.ports import Request, Response

pytestmark = pytest.mark.network


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        yield running


async def _get(server: RawServer, **more: Any) -> Response:
    fetcher = HttpFetcher(allow=[server.allow()], spacing=0.0)
    try:
        return await fetcher.fetch(Request(server.url("/a"), **more))
    finally:
        await fetcher.close()


def test_a_request_is_written_with_its_host_first() -> None:
    there = address.parse("http://[::1]:8080/a?b")
    rows = [(b"Accept", b"*/*"), (b"Connection", b"keep-alive")]
    assert Exchange(there, rows).written() == (
        b"GET /a?b HTTP/1.1\r\nHost: [::1]:8080\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
    posted = Exchange(there, [(b"host", b"other")], method=b"POST", content=b"x=1").written()
    assert posted == b"POST /a?b HTTP/1.1\r\nhost: other\r\nContent-Length: 3\r\nConnection: close\r\n\r\nx=1"


@pytest.mark.parametrize(
    ("name", "value"),
    [("If-None-Match", '"a"\r\nX-Other: 1'), ("If-None-Match", "a\0"), ("Bad Name", "x"), ("X", " x"), ("X", "a\x0bb")],
)
async def test_what_would_begin_another_header_is_not_sent(server: RawServer, name: str, value: str) -> None:
    with pytest.raises(FetchError) as caught:
        await _get(server, headers=((name, value),))
    assert caught.value.kind is FetchKind.PROTOCOL
    assert value not in str(caught.value)
    assert not server.requests


@pytest.mark.parametrize("name", [b"Content-Length", b"transfer-encoding"])
def test_a_request_is_framed_by_what_it_holds_alone(name: bytes) -> None:
    with pytest.raises(FetchError, match="cannot be put into HTTP"):
        Exchange(address.parse("http://a.org/"), [(name, b"5")]).written()


class _Pieces:
    """A connection on which an answer comes in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    async def read(self) -> bytes:
        return next(self._pieces, b"")

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("before", [b"", b"\r\n" * 3, b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\n"])
async def test_a_head_may_come_byte_by_byte(before: bytes) -> None:
    whole = before + b"HTTP/1.1 200 OK\nX: a\r\n\r\nbody"
    for size in range(1, len(whole) + 1):
        answer = HttpAnswer(_Pieces(whole[at : at + size] for at in range(0, len(whole), size)))
        await answer.read_head()
        body = b""
        while piece := await answer.read():
            body += piece
        assert (answer.status, answer.headers, body) == (200, [(b"x", b"a")], b"body")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\r\n"] * 30_000,
        [b"HTTP/1.1 200 OK\r\n", *[b"X", b":", b"y", b"\r", b"\n"] * 10_000, b"\r\n"],
    ],
    ids=["empty lines", "short lines"],
)
async def test_a_head_in_small_pieces_costs_little(pieces: list[bytes]) -> None:
    """Looking at all of it again for each piece took 4 s, and 10 of empty lines."""
    began = time.process_time()
    with suppress(FetchError):
        await HttpAnswer(_Pieces(pieces)).read_head()
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize("count", [100, 101])
async def test_interim_answers_are_passed_over_a_hundred_times(count: int) -> None:
    answer = HttpAnswer(_Pieces([b"HTTP/1.1 100 Continue\r\n\r\n" * count + b"HTTP/1.1 200 OK\r\n\r\n"]))
    if count == 100:
        await answer.read_head()
        assert answer.status == 200
    else:
        with pytest.raises(FetchError, match="more than 100 interim responses"):
            await answer.read_head()


async def test_a_place_named_twice_is_one_place(server: RawServer) -> None:
    server.answers["/a"] = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    server.answers["/b"] = plain(b"there")
    assert (await _get(server)).body == b"there"


async def test_a_body_ends_where_its_length_says(server: RawServer) -> None:
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\n\r\nanother"
    assert (await _get(server)).body == b"body"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_some_answers_have_no_body(server: RawServer, status: bytes) -> None:
    server.answers["/a"] = b"HTTP/1.1 %s\r\nContent-Length: 4\r\n\r\nbody" % status
    assert (await _get(server)).body == b""


async def test_interim_answers_are_passed_over(server: RawServer) -> None:
    server.answers["/a"] = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + plain(b"ok")
    assert (await _get(server)).body == b"ok"


async def test_a_body_that_breaks_off_says_how_much_came(server: RawServer) -> None:
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nbody"
    with pytest.raises(FetchError, match="received 4 bytes, expected 40"):
        await _get(server)
    assert (await _get(server, partial=True)).body == b"body"


@pytest.mark.parametrize(
    ("chunks", "body"),
    [
        (b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: z\r\n\r\n", b"abcde"),
        (b"3\r\nabc\r\n0\r\nBad trailer: z\r\n\r\n", b"abc"),
        (b"3\r\nabc\r\n2\r\nd", None),
        (b"3\r\nabcd\r\n", None),
        (b"zz\r\n", None),
    ],
)
async def test_chunks(server: RawServer, chunks: bytes, body: bytes | None) -> None:
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    if body is None:
        with pytest.raises(FetchError, match="the answer is not complete"):
            await _get(server)
    else:
        assert (await _get(server)).body == body


async def test_chunks_before_a_broken_one_are_kept(server: RawServer) -> None:
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\nzz\r\n"
    answer = await _get(server, partial=True)
    assert (answer.body, answer.cut) == (b"abcde", "the answer is not complete: 'zz' is no size of a chunk")


async def test_others_have_their_turn_between_small_chunks() -> None:
    """A server of three with a megabyte in chunks of one byte held up all others for seconds."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = HttpAnswer(_Pieces([head + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n"]))
    await answer.read_head()
    size = 0
    while piece := await answer.read():
        size += len(piece)
    counting.cancel()
    assert size == 100_000
    assert turns >= 600_000 // 16_384


class _Transport(asyncio.Transport):
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")


async def test_a_server_that_is_faster_than_its_reader_waits() -> None:
    wire, transport = _DirectWire(asyncio.get_running_loop()), _Transport()
    wire.connection_made(transport)
    for _ in range(3):
        wire.data_received(b"x" * 50_000)
    assert transport.calls == ["pause"]
    assert len(await wire.read()) == 150_000
    assert transport.calls == ["pause", "resume"]


async def test_what_came_before_a_connection_broke_is_read_first() -> None:
    wire = _DirectWire(asyncio.get_running_loop())
    wire.connection_made(_Transport())
    reading = asyncio.ensure_future(wire.read())
    await asyncio.sleep(0)
    wire.data_received(b"one")
    wire.data_received(b"two")
    assert await reading == b"onetwo"
    wire.data_received(b"three")
    wire.connection_lost(ConnectionResetError("gone"))
    assert await wire.read() == b"three"
    with pytest.raises(ConnectionResetError):
        await wire.read()


async def test_the_end_of_a_connection_is_read_again_and_again() -> None:
    wire = _DirectWire(asyncio.get_running_loop())
    wire.connection_made(_Transport())
    reading = asyncio.ensure_future(wire.read())
    await asyncio.sleep(0)
    wire.eof_received()
    assert (await reading, await wire.read()) == (b"", b"")
