"""The files of a package of evidence on one story: what others need to check it without the monitor's database.

In the spirit of the Berkeley Protocol on Digital Open Source Investigations (UN Human Rights Office, 2022): each item
with its address, its time, its hash and how it came here, and all that is left out named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from textwrap import wrap
from typing import Any

from monitor.evidence.chain import START, ChainLink, digest_of
from monitor.evidence.diff import counted, word_diff, written
from monitor.evidence.versions import TextVersion, cleaned, standing
from monitor.evidence.warc import info_record, metadata_record, text_record
from monitor.model import ArticleChange, ChangeKind

FORMAT = "news-monitor evidence 1"
METHOD = (
    "Each page was fetched by the monitor itself over HTTP, without a browser and without running scripts, from the "
    "address that the outlet's feed gave. Its body is kept as received, without content coding; texts are what was "
    "read of it. Times are UTC, of the monitor's clock. Headers with credentials, and secret parameters, were not kept."
)
CHAIN, MANIFEST, REPORT, SUMS, WARC = "chain.jsonl", "manifest.json", "report.txt", "SHA256SUMS", "evidence.warc.gz"


@dataclass(frozen=True, slots=True)
class StampFile:
    """A time stamp of an entry's hash."""

    seq: int
    at: datetime
    authority: str
    token: bytes


@dataclass(frozen=True, slots=True)
class PackageContents:
    """All that goes into a package. `links` are entries of the chain without gaps; those of the story have facts."""

    made_at: datetime
    software: str
    story: Mapping[str, Any]
    alerts: Sequence[Mapping[str, Any]]
    members: Sequence[Mapping[str, Any]]  # with `article`, `title`, `source`, `url`, `at`
    lineage: str
    links: Sequence[ChainLink]
    before: str = START  # the hash before the first link
    end: tuple[int, str] = (0, START)  # number and hash of the chain's last entry when the package was made
    versions: Sequence[TextVersion] = ()
    headers: Mapping[int, bytes] = field(default_factory=dict)  # by the entry's number: JSON
    records: Mapping[int, bytes] = field(default_factory=dict)  # likewise: a record of WARC
    changes: Sequence[ArticleChange] = ()
    stamps: Sequence[StampFile] = ()

    @property
    def own(self) -> list[tuple[ChainLink, dict[str, Any]]]:
        """Return the story's own entries with their facts."""
        return [(link, json.loads(link.facts)) for link in self.links if link.facts is not None]


def text_name(article: int, number: int) -> str:
    """Return the name of the file with a version of an article's text."""
    return f"texts/{article}-{number}.txt"


def headers_name(seq: int) -> str:
    """Return the name of the file with the headers of an entry's response."""
    return f"headers/{seq}.json"


def stamp_name(seq: int) -> str:
    """Return the name of the file with a time stamp; the hash that it is of stands beside it, as `.hash`."""
    return f"timestamps/{seq}.tsr"


def files_of(contents: PackageContents) -> dict[str, bytes]:
    """Return the files of a package by name, in their order."""
    warc, places = _warc(contents)
    files = {
        CHAIN: "".join(_line(link) for link in contents.links).encode(),
        WARC: warc,
        "story.json": _json({"story": contents.story, "lineage": contents.lineage, "members": contents.members}),
        "alerts.json": _json(contents.alerts),
        "changes.json": _json([_change(each) for each in contents.changes]),
    }
    files |= {text_name(each.article_id, each.number): each.document for each in contents.versions}
    files |= {headers_name(seq): data for seq, data in contents.headers.items()}
    files |= _diffs(contents.versions)
    for stamp in contents.stamps:
        entry_hash = next(link.hash for link in contents.links if link.seq == stamp.seq)
        files[stamp_name(stamp.seq)] = stamp.token
        files[stamp_name(stamp.seq).replace(".tsr", ".hash")] = entry_hash.encode()
    files[REPORT] = _report(contents).encode()
    files[MANIFEST] = _json(_manifest(contents, files, places))
    files[SUMS] = "".join(f"{digest_of(data)}  {name}\n" for name, data in files.items()).encode()
    return files


def summary_of(contents: PackageContents) -> list[str]:
    """Return what a package holds and what it lacks, in a few lines."""
    texts, pages, stamps = len(contents.versions), len(contents.records), len(contents.stamps)
    return [
        f"articles: {len(contents.members)}, versions of their texts: {texts}, alerts: {len(contents.alerts)}",
        f"entries of the chain: {len(contents.own)}, pages as they were read: {pages}, time stamps: {stamps}",
        *_missing(contents),
    ]


# ----------------------------------------------------------------------------- pieces


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _line(link: ChainLink) -> str:
    row: dict[str, Any] = {"seq": link.seq, "digest": link.digest, "hash": link.hash}
    if link.facts is not None:
        row["facts"] = link.facts
    return json.dumps(row, ensure_ascii=True) + "\n"


def _warc(contents: PackageContents) -> tuple[bytes, list[dict[str, Any]]]:
    """Return the file of records, and where in it the record of each entry is."""
    pieces = [info_record(contents.made_at, {"software": contents.software, "format": "WARC File Format 1.1"})]
    places: list[dict[str, Any]] = []
    texts = {(each.article_id, each.number): each for each in contents.versions}
    written_texts: set[tuple[int, int]] = set()

    def add(seq: int, kind: str, record: bytes) -> None:
        start = sum(map(len, pieces))
        places.append({"entry": seq, "kind": kind, "start": start, "length": len(record), "sha256": digest_of(record)})
        pieces.append(record)

    for link, facts in contents.own:
        url = facts.get("url") or f"urn:news-monitor:article:{facts['article']}"
        at = _moment(facts.get("fetched") or facts["at"])
        if link.seq in contents.records:
            add(link.seq, "response", contents.records[link.seq])
        elif link.seq in contents.headers:
            rows = [(f"http-{name}", value) for name, value in json.loads(contents.headers[link.seq])]
            add(link.seq, "metadata", metadata_record(url, at, [("http-status", str(facts["status"])), *rows]))
        key = facts["article"], facts.get("version", 0)
        if key in texts and key not in written_texts:
            written_texts.add(key)
            add(link.seq, "conversion", text_record(url, at, texts[key].document))
    return b"".join(pieces), places


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _pairs(versions: Sequence[TextVersion]) -> Iterable[tuple[TextVersion, TextVersion]]:
    return ((old, new) for old, new in pairwise(versions) if old.article_id == new.article_id)


def _diffs(versions: Sequence[TextVersion]) -> dict[str, bytes]:
    found = {}
    for old, new in _pairs(versions):
        # Of two pages the headlines are compared: the first version has the feed's title, which may be another.
        titles = (old.headline, new.headline) if old.headline and new.headline else (old.title, new.title)
        pieces = word_diff(*(f"{title}\n\n{each.text}" for title, each in zip(titles, (old, new), strict=True)))
        head = f"version {old.number} of {_shown(old.at)} -> version {new.number} of {_shown(new.at)}\n"
        count = counted(pieces)
        words = f"{count.removed} words [-taken out-], {count.added} words {{+put in+}}\n\n"
        found[f"diffs/{old.article_id}-{old.number}-{new.number}.txt"] = cleaned(
            f"{head}{words}{written(pieces)}\n"
        ).encode()
    return found


def _change(each: ArticleChange) -> dict[str, Any]:
    return {
        "article": each.article_id,
        "at": each.at.isoformat(),
        "kind": each.kind.value,
        "before": each.before,
        "after": each.after,
    }


def _manifest(contents: PackageContents, files: Mapping[str, bytes], places: list[dict[str, Any]]) -> dict[str, Any]:
    seqs = [link.seq for link in contents.links]
    return {
        "format": FORMAT,
        "software": contents.software,
        "made_at": contents.made_at.isoformat(),
        "story": contents.story,
        "chain": {
            "file": CHAIN,
            "first": seqs[0] if seqs else None,
            "last": seqs[-1] if seqs else None,
            "before": contents.before,
            "end": {"entry": contents.end[0], "hash": contents.end[1]},
            "rule": "hash(n) = SHA-256(hash(n-1) LF SHA-256(facts(n))), in lower-case hex",
        },
        "warc": {"file": WARC, "records": places},
        "timestamps": [
            {"entry": each.seq, "authority": each.authority, "received": each.at.isoformat()}
            for each in contents.stamps
        ],
        "missing": _missing(contents),
        "method": METHOD,
        "items": [facts | {"hash": link.hash} for link, facts in contents.own],
        "files": [{"name": name, "bytes": len(data), "sha256": digest_of(data)} for name, data in files.items()],
    }


def _missing(contents: PackageContents) -> list[str]:
    """Return what the chain speaks of and the package does not have."""
    texts = {(each.article_id, each.number) for each in contents.versions}
    lost = [
        seq_facts
        for seq_facts in contents.own
        if seq_facts[1].get("version") and (seq_facts[1]["article"], seq_facts[1]["version"]) not in texts
    ]
    found = [f"entry {link.seq}: its text was deleted by the clean-up (storage.keep)" for link, _ in lost]
    proved = {facts["article"] for _, facts in contents.own}
    found += [
        f"article {each['article']} ({each['source']}): no evidence was kept of it"
        for each in contents.members
        if each["article"] not in proved
    ]
    if contents.own and not contents.records:
        found.append("no pages as they were read: evidence.raw was off; their hashes are in the chain")
    if contents.own and not contents.stamps:
        found.append("no time stamps of an authority: the times are those of the monitor's own clock")
    return found


def _shown(at: datetime | None) -> str:
    return "?" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


_BECAME = {
    ChangeKind.HEADLINE: "headline changed: {before} -> {after}",
    ChangeKind.TEXT: "text changed",
    ChangeKind.GONE: "gone ({after})",
    ChangeKind.UNREADABLE: "no article on the page any more ({after})",
    ChangeKind.BACK: "there again",
}


def _plain(value: object) -> str:
    """Return a foreign text on one line, without characters that a terminal obeys."""
    return " ".join("".join(" " if not each.isprintable() else each for each in str(value)).split())


def _when(text: str) -> str:
    """Return an ISO time in UTC as it is read."""
    return f"{_plain(text)[:19].replace('T', ' ')} UTC"


def _report(contents: PackageContents) -> str:
    """Return the page for people."""
    lines = [
        f"EVIDENCE ON STORY {contents.story['id']}: {_plain(contents.story['headline'])}",
        "",
        f"Made {_shown(contents.made_at)} by {contents.software}. All times are UTC, of the monitor's own clock.",
        f"Lineage: {_plain(contents.lineage) or '-'}",
        "",
        *summary_of(contents),
        "",
        "ARTICLES",
    ]
    for member in contents.members:
        lines += ["", *_article(contents, member)]
    lines += ["", "ALERTS", ""]
    for alert in contents.alerts:
        sent = f"sent {_when(alert['sent'])}, message {alert['message_id'] or '-'}" if alert["sent"] else alert["state"]
        lines.append(
            f"{alert['id']}: {_plain(alert['channel'])}, {_plain(alert['watchlist'] or alert['kind'])}: {sent}"
        )
        lines.append(f"   {_plain(alert['headline'])}")
    if not contents.alerts:
        lines.append("none")
    first, last = (contents.links[0].seq, contents.links[-1].seq) if contents.links else (0, 0)
    lines += [
        "",
        "HOW IT WAS COLLECTED",
        "",
        *wrap(METHOD, 100, initial_indent="  ", subsequent_indent="  "),
        "",
        "HOW TO CHECK",
        "",
        "  monitor evidence verify FILE.zip          all of it, without a database or a configuration",
        "  sha256sum -c SHA256SUMS                   each file",
        f"  warcio check {WARC}             the records of the web archive",
        *(
            f"  openssl ts -verify -data timestamps/{each.seq}.hash -in {stamp_name(each.seq)} -CAfile AUTHORITY.pem"
            for each in contents.stamps
        ),
        "",
        f"The chain's entries {first} to {last} are in {CHAIN}; those of other stories by their digest alone.",
        f"Its end when this was made: entry {contents.end[0]}, hash {contents.end[1]}",
        "Note that hash where others can see it: no entry up to there can be changed any more without its changing.",
        "",
    ]
    return "\n".join(lines)


def _article(contents: PackageContents, member: Mapping[str, Any]) -> list[str]:
    ident = member["article"]
    lines = [
        f"{ident}: {_plain(member['source'])}, {_when(member['at'])}: {_plain(member['title'])}",
        f"   {_plain(member['url'] or 'no address')}",
        *([f"   {_plain(member['joined'])}"] if member.get("joined") else []),
    ]
    for link, facts in contents.own:
        if facts["article"] == ident:
            status = f", HTTP {facts['status']}" if "status" in facts else ""
            text = f", version {facts['version']}" if "version" in facts else ""
            lines.append(f"   entry {link.seq}, {_when(facts['at'])}: {_plain(facts['kind'])}{status}{text}")
    for each in standing([each for each in contents.changes if each.article_id == ident]):
        words = _BECAME[each.kind].format(before=_plain(each.before), after=_plain(each.after))
        lines.append(f"   {_shown(each.at)}: {words}")
    return lines
