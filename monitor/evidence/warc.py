"""Records of WARC 1.1 (ISO 28500:2017), written and read by warcio, with SHA-256 in place of its SHA-1.

A response is kept as the monitor read it: its body without content coding. Headers that describe the bytes on the wire
(Content-Encoding, Transfer-Encoding, Content-Length) get the prefix `X-Archive-Orig-`, as players of archives know it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

ORIGINAL = "x-archive-orig-"
_OF_THE_WIRE = {"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"}
_NOT_PLAIN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f-\xff]")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record of a WARC file: its type, where it stands in the file, and its address."""

    kind: str
    start: int
    length: int
    url: str


class BrokenRecordError(ValueError):
    """A record of a WARC file cannot be read, or its contents do not have its digest."""


def response_record(url: str, at: datetime, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """Return a response as one compressed record."""
    from warcio.statusandheaders import StatusAndHeaders

    # Names and values come as Latin-1, which gives every byte back; a record has ASCII alone.
    plain = [
        (_ascii(name.encode("latin-1", "replace")), _ascii(value.encode("latin-1", "replace")))
        for name, value in headers
    ]
    rows = [(f"{ORIGINAL}{name}" if name.lower() in _OF_THE_WIRE else name, value) for name, value in plain]
    rows.append(("Content-Length", str(len(body))))
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    http = StatusAndHeaders(f"{status} {phrase}", rows, protocol="HTTP/1.1")
    http.compute_headers_buffer()
    digests = {"WARC-Payload-Digest": _digest(body), "WARC-Block-Digest": _digest(http.headers_buff + body)}
    return _record("response", url, at, body, digests, http_headers=http)


def text_record(url: str, at: datetime, text: bytes) -> bytes:
    """Return the text that was read of a page as one compressed record: a conversion (ISO 28500, 6.8)."""
    digests = {"WARC-Payload-Digest": _digest(text), "WARC-Block-Digest": _digest(text)}
    return _record("conversion", url, at, text, digests, warc_content_type=_TEXT)


def metadata_record(url: str, at: datetime, fields: Iterable[tuple[str, str]]) -> bytes:
    """Return named values on a page as one compressed record, such as a response's headers where no body is kept."""
    return _fields("metadata", url, at, fields)


def info_record(at: datetime, fields: Mapping[str, str]) -> bytes:
    """Return the record that a file begins with."""
    return _fields("warcinfo", "", at, fields.items())


def records(data: bytes) -> Iterator[StoredRecord]:
    """Return the records of a file in order, each with its digests checked. Raises BrokenRecordError with its place."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    iterator = ArchiveIterator(io.BytesIO(data), check_digests=True)
    number, end = 1, 0
    while True:
        try:
            record = next(iterator, None)
            while record is not None and record.raw_stream.read(65_536):
                pass
        except (ArchiveLoadFailed, ValueError, EOFError, OSError, AttributeError) as error:
            why = str(error).partition(", first line")[0]  # which would show bytes
            raise BrokenRecordError(f"record {number} cannot be read: {why}") from error
        if record is None:
            break
        url = record.rec_headers.get_header("WARC-Target-URI") or ""
        if record.digest_checker.passed is not True:
            why = "; ".join(map(str, record.digest_checker.problems)) or "it has no digest"
            raise BrokenRecordError(f"record {number} ({record.rec_type} {url}): {why}")
        start, length = iterator.get_record_offset(), iterator.get_record_length()
        yield StoredRecord(record.rec_type, start, length, url)
        number, end = number + 1, start + length
    if end != len(data):
        raise BrokenRecordError(f"record {number} cannot be read: it is no record")


def _ascii(data: bytes) -> str:
    """Return bytes as ASCII on one line, others escaped as in an address."""
    return _NOT_PLAIN.sub(lambda found: b"%%%02X" % ord(found[0]), data).decode("ascii")


def _digest(data: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode("ascii")


def _fields(kind: str, url: str, at: datetime, fields: Iterable[tuple[str, str]]) -> bytes:
    text = "".join(f"{name}: {' '.join(str(value).split())}\r\n" for name, value in fields).encode("utf-8", "replace")
    digests = {"WARC-Payload-Digest": _digest(text), "WARC-Block-Digest": _digest(text)}
    return _record(kind, url, at, text, digests, warc_content_type="application/warc-fields")


def _record(kind: str, url: str, at: datetime, block: bytes, digests: dict[str, str], **more: Any) -> bytes:
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {url} {moment} {digests['WARC-Block-Digest']}")
    url = _CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", url)
    headers = {"WARC-Record-ID": f"<urn:uuid:{name}>", "WARC-Date": moment} | digests
    made = writer.create_warc_record(
        url, kind, payload=io.BytesIO(block), length=len(block), warc_headers_dict=headers, **more
    )
    writer.write_record(made)
    return out.getvalue()
