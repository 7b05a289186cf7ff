"""A package on a story of three articles, one of which was rewritten."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from doubles.authority import StampAuthorityDouble

from monitor.evidence.capture import ServerAnswer, capture, of_text
from monitor.evidence.chain import START, ChainLink, canonical, digest_of, linked
from monitor.evidence.package import PackageContents, StampFile
from monitor.evidence.timestamp import query
from monitor.evidence.versions import TextVersion
from monitor.model import ArticleChange, ChangeKind

AT = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)


def story_contents(*, raw: bool = True) -> PackageContents:
    """Return a story's contents: entries 3, 5 and 6 of the chain are its own."""
    old = TextVersion("КНДР запустила ракету", "Три ракети.", "", AT, 1, 7)
    new = TextVersion("КНДР запустила ракети", "Дві ракети.", "", AT + timedelta(hours=1), 2, 7)
    links: list[ChainLink] = []
    headers: dict[int, bytes] = {}
    records: dict[int, bytes] = {}
    first = before = START
    for seq in range(1, 7):
        facts: dict[str, object] = {"kind": "reading", "seq": seq, "article": 99, "at": "2026-11-30T14:05:00.000000Z"}
        found = None
        if seq in (3, 5):
            version = old if seq == 3 else new
            answer = ServerAnswer("https://a.example/1", "https://a.example/1", AT, 200, (("etag", str(seq)),), b"<p>")
            found = capture("reading", "Укрінформ", answer, raw=raw)
            facts |= found.facts | of_text(version, version.number) | {"article": 7}
        elif seq == 6:
            facts |= {"article": 8, "summary": "no page", "version": 1, "text": TextVersion("Other", "x").digest}
        text = canonical(facts)
        before_this, before = before, linked(before, digest_of(text))
        if seq == 3:
            first = before_this
        if seq >= 3:
            links.append(ChainLink(seq, digest_of(text), before, text if seq in (3, 5, 6) else None))
        if found is not None and found.headers is not None:
            headers[seq] = found.headers
            records |= {} if found.record is None else {seq: found.record}
    return PackageContents(
        made_at=AT + timedelta(days=1),
        software="news-monitor test",
        story={"id": 5, "headline": "КНДР запустила\x1b ракету"},
        alerts=[
            {"id": 1, "channel": "desk", "watchlist": "Arms", "kind": "alert", "state": "sent", "sent": "14:06",
             "message_id": 71, "headline": "КНДР"},
            {"id": 2, "channel": "me", "watchlist": None, "kind": "alert", "state": "ready", "sent": None,
             "message_id": None, "headline": "КНДР"},
        ],
        members=[
            {"article": 7, "source": "Укрінформ", "title": old.title, "url": "https://a.example/1", "at": "14:05"},
            {"article": 8, "source": "Other", "title": "Other", "url": None, "at": "14:06", "joined": "same event"},
            {"article": 9, "source": "Third", "title": "Third", "url": None, "at": "14:07"},
        ],
        lineage="Yonhap → Укрінформ",
        links=links,
        before=first,
        end=(6, before),
        versions=[old, new],
        headers=headers,
        records=records,
        changes=[
            ArticleChange(7, AT + timedelta(hours=1), ChangeKind.HEADLINE, old.title, new.title),
            ArticleChange(7, AT + timedelta(hours=2), ChangeKind.GONE, after="404"),
        ],
    )  # fmt: skip


def stamped(contents: PackageContents, authority: StampAuthorityDouble) -> PackageContents:
    link = contents.links[-1]
    request, _ = query(link.hash)
    stamp = StampFile(link.seq, AT, "https://tsa.example/", authority.reply(request))
    return replace(contents, stamps=[stamp])


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def summed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return files with hashes that fit them, as somebody who changed one would write them."""
    manifest = json.loads(files["manifest.json"])
    for row in manifest["files"]:
        if row["name"] in files:
            row["sha256"] = digest_of(files[row["name"]])
    files = files | {"manifest.json": json.dumps(manifest).encode()}
    sums = "".join(f"{digest_of(data)}  {name}\n" for name, data in files.items() if name != "SHA256SUMS")
    return files | {"SHA256SUMS": sums.encode()}
