"""Packages of evidence: what the database has on a story, put together for `monitor evidence`."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor import __version__
from monitor.errors import StoreError
from monitor.evidence.chain import START, ChainLink
from monitor.evidence.package import PackageContents, StampFile, files_of
from monitor.evidence.redact import hide_parameters
from monitor.model import Delivery, Story
from monitor.pipeline import report
from monitor.store import Transaction
from monitor.story.attribution import lineage

SOFTWARE = f"news-monitor {__version__}"
_STAMPS = 2  # of those that cover a story's last entry: the first is the nearest, a second may be another authority's


@dataclass(frozen=True, slots=True)
class PackageSubject:
    """What a package is on: a story, and the alert that named it, if one did."""

    story: Story
    alert: Delivery | None = None


def find(tx: Transaction, kind: str | None, number: int) -> PackageSubject:
    """Return the story that is meant. Raises StoreError.

    A bare number is an alert's, as `monitor alerts` lists them; where there is no row of that number, a story's. The
    number of a message that is on no story (a notice, an answer) is refused: a story of the same number is another's.
    """
    row = tx.delivery(number) if kind != "story" else None
    if row is not None:
        story = report.story_of(tx, row)
        if story is not None:
            return PackageSubject(story, row)
        raise StoreError(
            f"alert {number} belongs to no story that is kept; where story {number} is meant, write story:{number}",
            retryable=False,
        )
    if kind == "alert":
        raise StoreError(f"there is no alert {number}: `monitor alerts` lists them", retryable=False)
    try:
        return PackageSubject(tx.story(number))
    except StoreError as error:
        what = "story" if kind == "story" else "alert and no story"
        raise StoreError(f"there is no {what} {number}: `monitor alerts` lists alerts", retryable=False) from error


def contents(tx: Transaction, story: Story, now: datetime) -> PackageContents:
    """Return all that the database has on a story."""
    ids = [member.article_id for member in story.members]
    own = {link.seq for link in tx.evidence_of(ids)}
    stamps = tx.stamps_from(max(own), _STAMPS)[:1] + tx.stamps_from(min(own), 1) if own else []
    stamps = list({each.seq: each for each in stamps}.values())
    links = _range(tx, own, [each.seq for each in stamps])
    responses = tx.responses_of(ids)
    found = lineage(story.members)
    return PackageContents(
        made_at=now,
        software=SOFTWARE,
        story={
            "id": story.id,
            "headline": story.members[0].title if story.members else "",
            "created": story.created_at.isoformat(),
            "updated": story.updated_at.isoformat(),
            "outlets": found.outlets,
            "independent": found.independent,
        },
        alerts=[_alert(row) for row in tx.deliveries_of(story.id)],
        members=_members(story),
        lineage=found.line,
        links=links,
        before=_before(tx, links),
        end=tx.evidence_end(),
        versions=tx.versions_of(ids),
        headers={each.seq: each.headers for each in responses},
        records={each.seq: bytes(each.record) for each in responses if each.record is not None},
        changes=tx.changes_of(ids),
        stamps=[
            StampFile(each.seq, each.at, each.authority, each.token) for each in sorted(stamps, key=lambda s: s.seq)
        ],
    )


def write(target: Path, package: PackageContents) -> int:
    """Write a package, whole or not at all; return its bytes. Raises OSError."""
    when = package.made_at.astimezone(UTC).timetuple()[:6]
    handle, name = tempfile.mkstemp(prefix=".evidence-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in files_of(package).items():
                info = zipfile.ZipInfo(path, when)
                info.compress_type = zipfile.ZIP_STORED if path.endswith(".gz") else zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, data)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target.stat().st_size


def _range(tx: Transaction, own: set[int], stamps: Sequence[int]) -> list[ChainLink]:
    """Return the entries from the story's first to its last one, or to the stamp that covers it; others' by digest."""
    if not own:
        return []
    links = tx.evidence_between(min(own), max(*own, *stamps, 0))
    return [link if link.seq in own else replace(link, facts=None) for link in links]


def _before(tx: Transaction, links: Sequence[ChainLink]) -> str:
    if not links or links[0].seq == 1:
        return START
    (before,) = tx.evidence_between(links[0].seq - 1, links[0].seq - 1)
    return before.hash


def _shown(url: str | None) -> str | None:
    """Return an address as evidence has it: a package goes to others."""
    return None if url is None else hide_parameters(url)


def _alert(row: Delivery) -> dict[str, Any]:
    alert = row.alert
    return {
        "id": row.id,
        "kind": alert.kind.value,
        "channel": row.channel,
        "watchlist": alert.watchlist,
        "also": list(alert.also),
        "state": row.state.value,
        "headline": alert.headline,
        "source": alert.source,
        "url": _shown(alert.url),
        "terms": list(alert.terms),
        "quotes": [quote.text for quote in alert.quotes],
        "created": row.created_at.isoformat(),
        "sent": row.sent_at.isoformat() if row.sent_at else None,
        "message_id": row.message_id,
        "message_sent": row.message_sent_at.isoformat() if row.message_sent_at else None,
        "carried_by": row.in_digest,
        "edits": row.edits,
        "error": row.error,
    }


def _members(story: Story) -> list[dict[str, Any]]:
    return [
        {
            "article": member.article_id,
            "source": member.source,
            "language": member.language,
            "title": member.title,
            "url": _shown(member.url),
            "at": member.at.isoformat(),
            "relation": member.relation.value,
            "cites": list(member.cites),
            "rule": member.reason.rule.value if member.reason else None,
            "of": member.reason.of if member.reason else None,
            "score": member.reason.score if member.reason else None,
            "terms": list(member.reason.terms) if member.reason else [],
        }
        for member in story.members
    ]
