"""Records of WARC, as warcio reads them."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.evidence.warc import BrokenRecordError, info_record, metadata_record, records, response_record, text_record

AT = datetime(2026, 11, 30, 14, 5, 1, 2, tzinfo=UTC)
URL = "https://a.example/новина?x=1"
BODY = "<p>Ракета</p>".encode()


def response(body: bytes = BODY, status: int = 200) -> bytes:
    headers = [("content-type", "text/html"), ("content-encoding", "br"), ("content-length", "9"), ("x-é", "ü")]
    return response_record(URL, AT, status, headers, body)


def test_a_response_is_read_back_with_the_body_that_the_monitor_read() -> None:
    record = next(iter(ArchiveIterator(io.BytesIO(response()))))
    assert record.rec_headers.protocol == "WARC/1.1"
    assert record.rec_type == "response"
    assert record.rec_headers.get_header("WARC-Target-URI") == URL
    assert record.rec_headers.get_header("WARC-Date") == "2026-11-30T14:05:01.000002Z"
    assert record.rec_headers.get_header("WARC-Payload-Digest").startswith("sha256:")
    assert record.rec_headers.get_header("WARC-Block-Digest").startswith("sha256:")
    assert record.http_headers.get_statuscode() == "200"
    assert record.http_headers.get_header("x-archive-orig-content-encoding") == "br"
    assert record.http_headers.get_header("content-encoding") is None
    assert record.http_headers.get_header("content-length") == str(len(BODY))
    assert record.content_stream().read() == BODY


def test_a_file_of_records_is_listed_with_their_places() -> None:
    pieces = [
        info_record(AT, {"software": "news-monitor"}),
        response(),
        text_record(URL, AT, BODY),
        metadata_record(URL, AT, [("http-etag", '"1"\r\n2')]),
        response(b"", 999),
    ]
    found = list(records(b"".join(pieces)))
    assert [each.kind for each in found] == ["warcinfo", "response", "conversion", "metadata", "response"]
    assert [(each.start, each.length) for each in found] == [
        (sum(map(len, pieces[:place])), len(piece)) for place, piece in enumerate(pieces)
    ]
    assert found[1].url == URL
    assert b'http-etag: "1" 2\r\n' in gzip.decompress(pieces[3])
    assert list(records(b"")) == []


def test_the_same_reading_makes_the_same_bytes() -> None:
    assert response() == response()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (gzip.compress(gzip.decompress(response()).replace(BODY, BODY[::-1])), r"record 1 \(response .*digest failed"),
        (gzip.compress(b"\r\n".join(row for row in gzip.decompress(response()).split(b"\r\n") if b"Digest" not in row)),
         "it has no digest"),
        (response() + b"rubbish", "record 2 cannot be read"),
        (response() + response()[:90], "record 2"),
        (response() + gzip.compress(b"WARC/1.1\r\nno header\r\n"), "record 2"),
    ],
    ids=["a byte of the body", "no digest", "rubbish behind", "cut off", "no record"],
)  # fmt: skip
def test_a_broken_record_is_named(data: bytes, words: str) -> None:
    with pytest.raises(BrokenRecordError, match=words):
        list(records(data))
