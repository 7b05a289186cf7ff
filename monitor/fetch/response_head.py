"""Reading of a response's status line and headers, as browsers do. Pure.

A connection carries one response and is closed after it, so that no second response can be hidden in the first one.
That allows leniency about what does not decide where the body ends, and only there:

| what comes | what is done |
|---|---|
| a line without a colon, or whose name is no token ('X/Y', a quoted line, blanks within) | the line is dropped |
| blanks before the colon | taken away (RFC 9112, 5.1) |
| a folded line | joined to the one before with a blank (RFC 9112, 5.2); before the first header: dropped |
| a bare CR, another control character in a value | a blank (RFC 9112, 2.2) |
| empty lines before the status line, lines that end in LF alone, 'ICY', a version other than 1.x | read on |
| Content-Length that is no number | dropped: the body ends with the connection |
| the same Content-Length or Location several times; a Content-Length beside `Transfer-Encoding: chunked` | one; none |
| `Transfer-Encoding: chunked` several times, as servers and proxies both add it | once |
| NUL anywhere; different Content-Lengths or Locations; a transfer coding but chunked | refused |
"""

from __future__ import annotations

import re

from monitor.errors import FetchError, FetchKind, shown

END = re.compile(rb"\n\r?\n")
"""Where a header block ends."""

_STATUS = re.compile(rb"(?:HTTP/(\d)(?:\.\d)?|ICY)[ \t]+(\d{3})(?:[ \t].*)?", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_LENGTH = re.compile(rb"[0-9]{1,19}")
_STARTS = (b"http/", b"icy ")
# RFC 9113, 4.1: length (3 bytes), type SETTINGS, PING, GOAWAY or WINDOW_UPDATE, flags, and the stream 0.
_HTTP2_FRAME = re.compile(rb"\x00[\x00-\x40].[\x04\x06\x07\x08][\x00\x01]\x00\x00\x00\x00", re.DOTALL)
_BLANKED = bytes(32 if (code < 32 and code != 9) or code == 127 else code for code in range(256))  # noqa: PLR2004
_LEAST, _FIRST_FINAL, _SWITCHING = 100, 200, 101

HTTP2_ONLY = (
    "the server speaks HTTP/2 alone, which is not read here: use another address of the feed, or reach it by a `proxy`"
)


def refuse_other_protocols(start: bytes) -> None:
    """Raise FetchError(PROTOCOL) where the first bytes of an answer can be no HTTP/1 response."""
    if _HTTP2_FRAME.match(start) or start.startswith(b"PRI * HTTP/2"):
        raise _refused(HTTP2_ONLY)
    begin = start.lstrip(b"\r\n")[:5].lower()
    if begin and not any(known.startswith(begin[: len(known)]) for known in _STARTS):
        raise _refused(f"the server does not speak HTTP: its answer begins with {_quoted(start)}")


def read(block: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Return the status and the headers, names in lower case, of a block that ends with an empty line.

    Raises FetchError(PROTOCOL) where browsers refuse the response, too, and where it is not clear where its body ends.
    """
    if b"\0" in block:
        raise _refused("the headers hold a NUL byte")
    first, *lines = block.lstrip(b"\r\n").split(b"\n")
    return _status(first.rstrip(b"\r")), _framed(_headers(lines))


def _status(line: bytes) -> int:
    found = _STATUS.fullmatch(line)
    status = int(found[2]) if found else 0
    if status < _LEAST:
        raise _refused(f"the server does not speak HTTP: its answer begins with {_quoted(line)}")
    if status == _SWITCHING:
        raise _refused("the server switches to another protocol, unasked")
    return status


def _headers(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return names and values of the lines that can be read."""
    found: list[tuple[bytes, bytes]] = []
    continued = False
    for raw in lines:
        line = raw.removesuffix(b"\r")
        if line[:1] in (b" ", b"\t"):
            if continued:
                name, value = found[-1]
                found[-1] = name, b"%s %s" % (value, _value(line))
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t").lower()
        continued = bool(colon and _TOKEN.fullmatch(name))
        if continued:
            found.append((name, _value(value)))
    return [(name, value.strip()) for name, value in found]


def _value(text: bytes) -> bytes:
    return text.translate(_BLANKED).strip()


def _framed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers with one statement of where the body ends, or none."""
    lengths = _listed(headers, b"content-length")
    codings = [coding.lower() for coding in _listed(headers, b"transfer-encoding") if coding.lower() != b"identity"]
    if set(codings) - {b"chunked"}:
        raise _refused(f"the transfer coding {_quoted(b', '.join(codings))} was not asked for, and is not read")
    places = [header for header in headers if header[0] == b"location"]
    if len(set(places)) > 1:
        raise _refused("the response names several places to redirect to")
    kept = [header for header in headers if header[0] not in (b"content-length", b"transfer-encoding", b"location")]
    kept += places[:1]
    if codings:
        return [*kept, (b"transfer-encoding", b"chunked")]
    if len(set(lengths)) > 1:
        raise _refused(f"the response has several lengths: {_quoted(b', '.join(lengths))}")
    return [*kept, *((b"content-length", length) for length in lengths[:1] if _LENGTH.fullmatch(length))]


def _listed(headers: list[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    values = (value for name, value in headers if name == wanted)
    return [part.strip() for value in values for part in value.split(b",") if part.strip()]


def _quoted(text: bytes) -> str:
    return shown(text.decode("latin-1"), 40)


def _refused(message: str) -> FetchError:
    return FetchError(message, FetchKind.PROTOCOL)
