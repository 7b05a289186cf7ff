"""What is kept of one reading."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from hashlib import sha256

from warcio.archiveiterator import ArchiveIterator

from monitor.evidence.capture import ServerAnswer, capture, of_text
from monitor.evidence.versions import TextVersion

AT = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)
ANSWER = ServerAnswer(
    "https://a.example/1?token=t0ken",
    "https://a.example/2?token=t0ken",
    AT,
    200,
    (("etag", '"7"'), ("set-cookie", "id=1"), ("link", "s3cret"), ("last-modified", "Mon")),
    b"body",
)


def hide(text: str) -> str:
    return text.replace("s3cret", "<hidden>")


def test_an_answer_is_kept_by_its_hashes_and_without_secrets() -> None:
    found = capture("reading", "A", ANSWER, raw=False, hide=hide)
    assert found.headers is not None
    assert json.loads(found.headers) == [["etag", '"7"'], ["link", "<hidden>"], ["last-modified", "Mon"]]
    assert found.facts == {
        "format": 1,
        "kind": "reading",
        "source": "A",
        "asked": "https://a.example/1?token=hidden",
        "url": "https://a.example/2?token=hidden",
        "fetched": "2026-11-30T14:05:00.000000Z",
        "status": 200,
        "headers": sha256(found.headers).hexdigest(),
        "body": sha256(b"body").hexdigest(),
        "bytes": 4,
    }
    assert (found.record, found.etag, found.last_modified) == (None, '"7"', "Mon")


def test_a_raw_response_is_a_record_of_its_own_hash() -> None:
    found = capture("recheck", "A", ANSWER, raw=True)
    assert found.record is not None
    assert found.facts["record"] == sha256(found.record).hexdigest()
    record = next(iter(ArchiveIterator(io.BytesIO(found.record))))
    assert record.content_stream().read() == b"body"
    assert "t0ken" not in str(record.rec_headers)
    assert record.http_headers.get_header("set-cookie") is None


def test_a_summary_has_no_answer() -> None:
    assert capture("reading", "A", None, raw=True).facts == {"format": 1, "kind": "reading", "source": "A"}


def test_a_version_is_named_by_its_number_and_hash() -> None:
    version = TextVersion("T", "x")
    assert of_text(version, 2) == {"version": 2, "text": version.digest}
