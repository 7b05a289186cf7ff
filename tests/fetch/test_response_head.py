from __future__ import annotations

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import FetchError, FetchKind
from monitor.fetch import response_head
from monitor.fetch.response_head import refuse_other_protocols

Rows = list[tuple[bytes, bytes]]


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join([status, *lines, b"", b""])


def written(status: int, headers: Rows) -> bytes:
    return head(*(b"%s: %s" % row for row in headers), status=b"HTTP/1.1 %d " % status)


def strictly(block: bytes) -> tuple[int, Rows]:
    """Return what is read of a block, which the strict parser must read alike."""
    found = response_head.read(block)
    assert found == _by_h11(written(*found))
    return found


def _by_h11(block: bytes) -> tuple[int, Rows]:
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "a"), ("Connection", "close")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(block)
    event = parser.next_event()
    assert isinstance(event, h11.Response | h11.InformationalResponse)
    return event.status_code, [(bytes(name), bytes(value)) for name, value in event.headers]


def read(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> Rows:
    return strictly(head(*lines, status=status))[1]


GOOD = b"Content-Type: text/xml"
KEPT = [(b"content-type", b"text/xml")]


@pytest.mark.parametrize(
    "line",
    [
        b"X/Powered: by",
        b"Access Control: yes",
        b'"X-Quoted: line"',
        b'"X-Frame-Options": DENY',
        b"no colon at all",
        b": no name",
        b"  folded before the first header",
        b"X-\xd0\x9d: y",
        b"<?php warning ?>: no",
        b"Content-Length\x0b: 3",
        b"(bad)\r\n  and its continuation",
    ],
)
def test_a_line_that_is_no_header_is_dropped_and_the_rest_is_read(line: bytes) -> None:
    assert read(line, GOOD) == KEPT


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"ETag : w", b"w"),
        (b"ETag\t:w", b"w"),
        (b"ETag: a\r\n b\r\n\tc", b"a b c"),
        (b"ETag: a\r\n  ", b"a"),
        (b"ETag: a\rX: b", b"a X: b"),
        (b"ETag: a\x0bb\x0cc\x01d\x7fe", b"a b c d e"),
        (b"ETag:", b""),
        (b"ETag: \xe9\xff", b"\xe9\xff"),
        (b"ETag: a:b: c", b"a:b: c"),
    ],
)
def test_a_value_is_read_as_browsers_do(line: bytes, value: bytes) -> None:
    assert read(line, GOOD) == [(b"etag", value), *KEPT]


@pytest.mark.parametrize(
    ("status", "number"),
    [
        (b"HTTP/1.1 203 Fine", 203),
        (b"HTTP/1.0 200", 200),
        (b"HTTP/1.1  404  Not Found", 404),
        (b"http/1.1 200 ok", 200),
        (b"HTTP/2 200", 200),
        (b"HTTP/2.0 200 OK", 200),
        (b"ICY 200 OK", 200),
        (b"HTTP/1.1 200 \x01\xff\r", 200),
        (b"\r\n\n\r\nHTTP/1.1 200 OK", 200),
        (b"HTTP/1.1 100 Continue", 100),
        (b"HTTP/1.1 999 Denied", 999),
    ],
)
def test_status_lines(status: bytes, number: int) -> None:
    assert strictly(head(GOOD, status=status)) == (number, KEPT)


def test_lines_may_end_in_lf_alone() -> None:
    assert strictly(b"HTTP/1.1 200 OK\nA: b\nContent-Length: 3\n\n") == (
        200,
        [(b"a", b"b"), (b"content-length", b"3")],
    )


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([b"Content-Length: 5"], [(b"content-length", b"5")]),
        ([b"Content-Length: 5", b"content-length : 5"], [(b"content-length", b"5")]),
        ([b"Content-Length: 5, 5"], [(b"content-length", b"5")]),
        ([b"Content-Length: many"], []),
        ([b"Content-Length: -1"], []),
        ([b"Content-Length: +5"], []),
        ([b"Content-Length: 0x5"], []),
        ([b"Content-Length: \xd9\xa3"], []),
        ([b"Content-Length:"], []),
        ([b"Content-Length: " + b"9" * 20], []),
        ([b"Content-Length: 5", b"Transfer-Encoding: chunked"], [(b"transfer-encoding", b"chunked")]),
        ([b"Transfer-Encoding : CHUNKED"], [(b"transfer-encoding", b"chunked")]),
        ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], [(b"transfer-encoding", b"chunked")]),
        ([b"Transfer-Encoding:\r\n chunked"], [(b"transfer-encoding", b"chunked")]),
        ([b"Transfer-Encoding: identity", b"Content-Length: 5"], [(b"content-length", b"5")]),
        ([b"Location: /a", b"Location: /a"], [(b"location", b"/a")]),
    ],
)
def test_where_the_body_ends_is_said_once_or_not_at_all(lines: list[bytes], kept: Rows) -> None:
    assert read(*lines) == kept


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([b"Content-Length: 5", b"Content-Length: 6"], "several lengths"),
        ([b"Content-Length: 5, 6"], "several lengths"),
        ([b"Content-Length: 5", b"Content-Length: x"], "several lengths"),
        ([b"Transfer-Encoding: gzip, chunked"], "transfer coding"),
        ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip"], "transfer coding"),
        ([b"Transfer-Encoding: xchunked"], "transfer coding"),
        ([b"Location: /a", b"Location: /b"], "several places"),
        ([b"X: a\0b"], "NUL"),
        ([b"X\0: a"], "NUL"),
    ],
)
def test_what_is_not_clear_is_refused(lines: list[bytes], message: str) -> None:
    with pytest.raises(FetchError, match=message) as caught:
        response_head.read(head(*lines))
    assert caught.value.kind is FetchKind.PROTOCOL


@pytest.mark.parametrize(
    "status",
    [
        b"SSH-2.0-OpenSSH_9.6",
        b"",
        b"HTTP/1.1",
        b"HTTP/1.1 2x0",
        b"HTTP/1.1 099 no",
        b"HTTP/1.1 101 Switching",
        b"<html>",
    ],
)
def test_other_first_lines_are_refused(status: bytes) -> None:
    with pytest.raises(FetchError):
        response_head.read(head(GOOD, status=status))


SETTINGS = bytes.fromhex("000012040000000000") + bytes(18)
GOAWAY = bytes.fromhex("00000807000000000000000000000000 0d".replace(" ", ""))


@pytest.mark.parametrize("start", [SETTINGS, GOAWAY, b"PRI * HTTP/2.0\r\n\r\n"])
def test_a_server_of_http_2_is_named_as_one(start: bytes) -> None:
    with pytest.raises(FetchError, match="HTTP/2 alone"):
        refuse_other_protocols(start)


@pytest.mark.parametrize("start", [b"", b"H", b"HTTP", b"\r\n", b"\r\nht", b"ICY 2", b"ic"])
def test_what_may_become_http_is_waited_for(start: bytes) -> None:
    refuse_other_protocols(start)


@pytest.mark.parametrize("start", [b"S", b"SSH-2", b"HTML", b"\x00\x00", b"<html>", b"\n\nICE"])
def test_what_cannot_is_refused_at_once(start: bytes) -> None:
    with pytest.raises(FetchError, match="does not speak HTTP"):
        refuse_other_protocols(start)


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK", b"HTTP/1.1 101 x", b"HTTP/1.0 304", b"HTTP/1.1 100 y", b"\r\n", b"\n", b"\r", b" ", b"\t", b":",
        b"Content-Length", b"Transfer-Encoding", b"chunked", b"5", b"Location", b"X-A", b"\x00", b"\x0b", b"\xff", b",",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=5), max_size=30).map(b"".join))
@example(b"HTTP/1.1 200 OK\r\nX: \x1c\x1d\x85\xa0")
@example(b"HTTP/1.1 204 OK\r\nContent-Length: 5")
def test_what_is_read_is_read_alike_strictly_and_the_rest_is_a_named_error(text: bytes) -> None:
    for block in (text + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + text + b"\n\n"):
        try:
            found = response_head.read(block)
        except FetchError:
            continue
        again = written(*found)
        assert strictly(again) == found
        assert again.count(b"\r\n\r\n") == 1
