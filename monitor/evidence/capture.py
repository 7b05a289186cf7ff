"""What is kept of one reading of an article: the facts for the chain, the version of its text, the response."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.evidence.chain import digest_of
from monitor.evidence.redact import hide_parameters, kept_headers
from monitor.evidence.versions import TextVersion, cleaned
from monitor.evidence.warc import response_record

FORMAT = 1
"""The version of what the facts say."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What a server answered to the request for a page. The body is without content coding."""

    asked: str
    url: str  # after redirects
    at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header (lower case)."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Capture:
    """One reading. `headers` and `record` are what is stored of the answer; None where there was none."""

    facts: dict[str, Any]
    headers: bytes | None = None
    record: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None


def capture(
    kind: str, source: str, answer: ServerAnswer | None, *, raw: bool, hide: Callable[[str], str] = lambda text: text
) -> Capture:
    """Return what is kept of an answer, without what is secret; `hide` takes known secrets out of texts.

    `kind` is 'reading' or 'recheck'. `raw`: the whole response, too.
    """
    facts: dict[str, Any] = {"format": FORMAT, "kind": kind, "source": cleaned(source)}
    if answer is None:
        return Capture(facts)

    def shown(text: str) -> str:
        return cleaned(hide(hide_parameters(text)))

    headers = kept_headers(answer.headers, shown)
    written = json.dumps(headers, ensure_ascii=True).encode("ascii")
    record = response_record(shown(answer.url), answer.at, answer.status, headers, answer.body) if raw else None
    facts |= {
        "asked": shown(answer.asked),
        "url": shown(answer.url),
        "fetched": f"{answer.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "status": answer.status,
        "headers": digest_of(written),
        "body": digest_of(answer.body),
        "bytes": len(answer.body),
    }
    if record is not None:
        facts["record"] = digest_of(record)
    return Capture(facts, written, record, answer.header("etag"), answer.header("last-modified"))


def of_text(version: TextVersion, number: int) -> dict[str, Any]:
    """Return the facts on a version of a text."""
    return {"version": number, "text": version.digest}
