"""The chain of evidence, what its entries prove, the pages that are asked for again, and what changed on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from monitor.evidence.chain import START, ChainLink, canonical, digest_of, linked
from monitor.evidence.versions import TextVersion, packed, unpacked
from monitor.model import ArticleChange, ChangeKind
from monitor.store.base import Repository
from monitor.store.evidence_tables import (
    article_changes,
    article_versions,
    evidence_entries,
    evidence_head,
    evidence_responses,
    evidence_stamps,
    rechecks,
)

_HEAD = select(evidence_head).with_for_update()
_MOVE_HEAD = update(evidence_head).values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
_ADD_ENTRY, _ADD_RESPONSE = insert(evidence_entries), insert(evidence_responses)
_ADD_VERSION = insert(article_versions)
_OF_ARTICLE = article_versions.c.article_id == bindparam("article")
_NUMBER = select(func.max(article_versions.c.number)).where(_OF_ARTICLE)
_LATEST: Select[Any] = select(article_versions).where(_OF_ARTICLE).order_by(article_versions.c.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Recheck:
    """A page that is to be asked for again. Delays count from `read_at`."""

    article_id: int
    read_at: datetime
    due_at: datetime
    failures: int = 0
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """What is kept of a response: its headers as JSON, and maybe all of it as a record of WARC."""

    seq: int
    article_id: int
    headers: bytes
    record: bytes | None


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """An authority's answer that an entry's hash existed at a time."""

    seq: int
    at: datetime
    authority: str
    token: bytes


class EvidenceChain(Repository):
    """The tables of evidence. All of it that is of an article, but for its entries of the chain, ends with it."""

    def append_evidence(self, article_id: int, facts: Mapping[str, Any], at: datetime) -> ChainLink:
        """Append an entry to the chain; its number, article and time become facts of it."""
        head = self.connection.execute(_HEAD).one_or_none()
        if head is None:
            start = self.upsert(evidence_head).values(id=1, seq=0, hash=START)
            self.connection.execute(start.on_conflict_do_nothing(index_elements=["id"]))
            head = self.connection.execute(_HEAD).one()
        seq = head.seq + 1
        moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        text = canonical({**facts, "seq": seq, "article": article_id, "at": moment})
        link = ChainLink(seq, digest_of(text), linked(head.hash, digest_of(text)), text)
        values = {"seq": seq, "article_id": article_id, "at": at, "facts": text, "hash": link.hash}
        self.connection.execute(_ADD_ENTRY, values)
        self.connection.execute(_MOVE_HEAD, {"new_seq": seq, "new_hash": link.hash})
        return link

    def keep_response(self, response: KeptResponse) -> None:
        """Keep what an entry of the chain proves of a response."""
        values = {name: getattr(response, name) for name in ("seq", "article_id", "headers", "record")}
        self.connection.execute(_ADD_RESPONSE, values)

    def evidence_end(self) -> tuple[int, str]:
        """Return the number and the hash of the chain's last entry."""
        row = self.connection.execute(select(evidence_head)).one_or_none()
        return (0, START) if row is None else (row.seq, row.hash)

    def evidence_of(self, article_ids: Sequence[int]) -> list[ChainLink]:
        """Return the entries on these articles, in order, with their facts."""
        found = select(evidence_entries).where(evidence_entries.c.article_id.in_(article_ids))
        return [_link(row) for row in self.connection.execute(found.order_by(evidence_entries.c.seq))]

    def evidence_between(self, first: int, last: int) -> list[ChainLink]:
        """Return the entries from `first` to `last`, in order, with their facts."""
        found = select(evidence_entries).where(evidence_entries.c.seq.between(first, last))
        return [_link(row) for row in self.connection.execute(found.order_by(evidence_entries.c.seq))]

    def responses_of(self, article_ids: Sequence[int]) -> list[KeptResponse]:
        """Return what is kept of the responses that these articles came from, in order."""
        found = select(evidence_responses).where(evidence_responses.c.article_id.in_(article_ids))
        rows = self.connection.execute(found.order_by(evidence_responses.c.seq))
        return [KeptResponse(row.seq, row.article_id, bytes(row.headers), row.record) for row in rows]

    # ------------------------------------------------------------------ versions and changes

    def add_version(self, article_id: int, version: TextVersion, at: datetime) -> int:
        """Keep what an article says since `at`; return the version's number."""
        number = (self.connection.scalar(_NUMBER, {"article": article_id}) or 0) + 1
        values = {"article_id": article_id, "number": number, "at": at, "text": packed(version.text)}
        named = {"title": version.title, "headline": version.headline}
        self.connection.execute(_ADD_VERSION, values | named)
        return number

    def latest_version(self, article_id: int) -> TextVersion | None:
        """Return what an article said last; None where no version of it is kept."""
        row = self.connection.execute(_LATEST, {"article": article_id}).one_or_none()
        return None if row is None else _version(row)

    def versions_of(self, article_ids: Sequence[int]) -> list[TextVersion]:
        """Return all versions of these articles, in order."""
        found = select(article_versions).where(article_versions.c.article_id.in_(article_ids))
        order = article_versions.c.article_id, article_versions.c.number
        return [_version(row) for row in self.connection.execute(found.order_by(*order))]

    def add_changes(self, found: Iterable[ArticleChange]) -> None:
        """Keep what changed on pages."""
        fields = ("article_id", "at", "kind", "before", "after")
        values = [{name: getattr(each, name) for name in fields} for each in found]
        if values:
            self.connection.execute(insert(article_changes), values)

    def changes_of(self, article_ids: Sequence[int]) -> list[ArticleChange]:
        """Return what changed on these articles' pages, in order."""
        found = select(article_changes).where(article_changes.c.article_id.in_(article_ids))
        return [
            ArticleChange(row.article_id, row.at, ChangeKind(row.kind), row.before, row.after)
            for row in self.connection.execute(found.order_by(article_changes.c.id))
        ]

    # ------------------------------------------------------------------ re-checks

    def plan_recheck(self, recheck: Recheck) -> None:
        """Note when an article's page is asked for again, in place of what was planned."""
        fields = ("read_at", "due_at", "failures", "etag", "last_modified")
        values = {name: getattr(recheck, name) for name in fields}
        planned = self.upsert(rechecks).values(article_id=recheck.article_id, **values)
        self.connection.execute(planned.on_conflict_do_update(index_elements=["article_id"], set_=values))

    def drop_recheck(self, article_id: int) -> None:
        """Ask for an article's page no more."""
        self.connection.execute(delete(rechecks).where(rechecks.c.article_id == article_id))

    def recheck_of(self, article_id: int) -> Recheck | None:
        """Return when an article's page is asked for again; None where it is not."""
        row = self.connection.execute(select(rechecks).where(rechecks.c.article_id == article_id)).one_or_none()
        return None if row is None else _recheck(row)

    def claim_recheck(self, row: Recheck) -> bool:
        """Hold what is planned until the transaction ends; return whether it is still planned so.

        Of two processes that asked for one page, the second waits here, and finds another plan.
        """
        same = (
            rechecks.c.article_id == row.article_id,
            rechecks.c.due_at == row.due_at,
            rechecks.c.read_at == row.read_at,
        )
        held = update(rechecks).where(*same).values(failures=rechecks.c.failures)
        return self.connection.execute(held).rowcount == 1

    def due_rechecks(self, now: datetime, limit: int) -> list[Recheck]:
        """Return pages that are to be asked for now, longest due first."""
        found = select(rechecks).where(rechecks.c.due_at <= now).order_by(rechecks.c.due_at, rechecks.c.article_id)
        return [_recheck(row) for row in self.connection.execute(found.limit(limit))]

    # ------------------------------------------------------------------ time stamps

    def add_stamp(self, stamp: TimeStamp) -> None:
        """Keep an authority's answer."""
        values = {"seq": stamp.seq, "at": stamp.at, "authority": stamp.authority, "token": stamp.token}
        added = self.upsert(evidence_stamps).values(**values)
        self.connection.execute(added.on_conflict_do_nothing(index_elements=["seq"]))

    def last_stamp(self) -> TimeStamp | None:
        """Return the newest time stamp."""
        found = select(evidence_stamps).order_by(evidence_stamps.c.seq.desc()).limit(1)
        row = self.connection.execute(found).one_or_none()
        return None if row is None else _stamp(row)

    def stamps_from(self, seq: int, limit: int) -> list[TimeStamp]:
        """Return the first time stamps that cover the entry `seq`."""
        found = select(evidence_stamps).where(evidence_stamps.c.seq >= seq).order_by(evidence_stamps.c.seq)
        return [_stamp(row) for row in self.connection.execute(found.limit(limit))]


def _link(row: Any) -> ChainLink:
    return ChainLink(row.seq, digest_of(row.facts), row.hash, row.facts)


def _version(row: Any) -> TextVersion:
    return TextVersion(row.title, unpacked(bytes(row.text)), row.headline, row.at, row.number, row.article_id)


def _recheck(row: Any) -> Recheck:
    return Recheck(row.article_id, row.read_at, row.due_at, row.failures, row.etag, row.last_modified)


def _stamp(row: Any) -> TimeStamp:
    return TimeStamp(row.seq, row.at, row.authority, bytes(row.token))
