from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError, FetchKind
from monitor.fetch import chunked
from monitor.fetch.chunked import ChunkedBody


def read(raw: bytes, step: int = 1 << 20) -> tuple[bytes, bool]:
    """Return what comes of a body in pieces of `step` bytes, and whether it is complete."""
    body, found = ChunkedBody(), b""
    for start in range(0, len(raw), step):
        found += body.feed(raw[start : start + step])
        if body.ended:
            break
        body.check()
    return found, body.ended


def written(chunks: list[bytes], extension: bytes = b"") -> bytes:
    rows = [b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks]
    return b"".join([*rows, b"0\r\n\r\n"])


def by_h11(raw: bytes) -> tuple[bytes, bool]:
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "a"), ("Connection", "close")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + raw)
    found = b""
    while not isinstance(event := parser.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            return found, False
        if isinstance(event, h11.Data):
            found += event.data
    return found, True


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=12),
    st.sampled_from([b"", b";a=b", b';x="y" ;z']),
    st.integers(1, 70),
    st.integers(0, 30),
)
def test_chunks_are_read_as_h11_reads_them(chunks: list[bytes], extension: bytes, step: int, cut: int) -> None:
    raw = written(chunks, extension)
    assert read(raw, step) == (b"".join(chunks), True) == by_h11(raw)
    short = raw[: max(len(raw) - 5 - cut, 0)]
    assert read(short, step) == by_h11(short)


@pytest.mark.parametrize("step", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "raw",
    [
        b"3\nabc\n2\nde\n0\n\n",
        b" 3 \r\nabc\r\n002\r\nde\r\n0",
        b"3\r\nabc\r\n2;\r\nde\r\n000\r\nTrailer: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nanother",
    ],
)
def test_odd_chunks_are_read(raw: bytes, step: int) -> None:
    found, ended = read(raw, step)
    assert (found, ended) == (b"abcde", not raw.endswith(b"0"))


@pytest.mark.parametrize("step", [1, 4, 100])
@pytest.mark.parametrize(
    "after",
    [b"x\r\n", b"\r\nzz\r\n", b"\r\n-1\r\n", b"\r\n\r\n5\r\n", b"\r\n0x5\r\n", b"\r\n5 5\r\n", b"\r\n" + b"1" * 17],
)
def test_what_is_no_chunk_ends_a_body_behind_what_came(after: bytes, step: int) -> None:
    body, raw = ChunkedBody(), b"3\r\nabc" + after
    assert b"".join(body.feed(raw[start : start + step]) for start in range(0, len(raw), step))[:3] == b"abc"
    with pytest.raises(FetchError, match="is no size of a chunk") as caught:
        body.check()
    assert caught.value.kind is FetchKind.PROTOCOL


def test_a_line_without_end_is_no_chunk() -> None:
    assert read(written([b"abc"], b";" + b"x" * 8_000)) == (b"abc", True)
    with pytest.raises(FetchError, match="is no size of a chunk"):
        read(b"3;" + b"x" * 9_000)


def test_chunks_that_are_hardly_more_than_their_own_lines_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "MOST_FRAMING", 1_000)
    assert read(written([b"x"] * 190), 64) == (b"x" * 190, True)
    with pytest.raises(FetchError, match="more than 1,000 bytes beside its own"):
        read(written([b"x"] * 210), 64)
