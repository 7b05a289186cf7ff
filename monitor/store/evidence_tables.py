"""The tables of evidence: parts of `monitor.store.schema`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from monitor.store.columns import CleanText, Ident, Moment
from monitor.store.table_parts import make_count, make_id, make_reference, metadata

# The chain of evidence: `monitor.evidence.chain`. Entries are never changed and never deleted; what they prove is in
# the three tables below, which end with their article. No foreign key: the entry of an article outlives it.
evidence_entries = Table(
    "evidence_entries",
    metadata,
    Column("seq", Ident, primary_key=True, autoincrement=False),  # without gaps
    Column("article_id", Ident, nullable=False),
    Column("at", Moment, nullable=False),
    Column("facts", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "article_id"),
)

# One row: the last entry of the chain. Whoever appends holds it, so that two daemons' entries follow each other.
evidence_head = Table(
    "evidence_head",
    metadata,
    Column("id", Ident, primary_key=True, autoincrement=False),
    Column("seq", Ident, nullable=False),
    Column("hash", Text, nullable=False),
)

# What an article said, and says since it was edited; the text is compressed (`monitor.evidence.versions`).
article_versions = Table(
    "article_versions",
    metadata,
    make_reference("article_id", "articles.id", cascade=True, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("headline", CleanText, nullable=False),
    Column("text", LargeBinary, nullable=False),
)

# What a server answered: its headers as JSON, and with `evidence.raw` the whole response as a record of WARC.
evidence_responses = Table(
    "evidence_responses",
    metadata,
    Column("seq", Ident, primary_key=True, autoincrement=False),  # of the entry
    make_reference("article_id", "articles.id", cascade=True, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("record", LargeBinary),
    Index(None, "article_id"),
)

# Articles whose page is asked for again, with what makes that request conditional.
rechecks = Table(
    "rechecks",
    metadata,
    make_reference("article_id", "articles.id", cascade=True, primary_key=True),
    Column("read_at", Moment, nullable=False),  # the delays count from here
    Column("due_at", Moment, nullable=False),
    make_count("failures"),
    Column("etag", CleanText),
    Column("last_modified", CleanText),
    Index(None, "due_at"),
)

# What re-checks and edits found: model.ArticleChange.
article_changes = Table(
    "article_changes",
    metadata,
    make_id(),
    make_reference("article_id", "articles.id", cascade=True, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("before", CleanText, nullable=False),
    Column("after", CleanText, nullable=False),
    Index(None, "article_id"),
    sqlite_autoincrement=True,
)

# Time stamps of the chain (RFC 3161): each is of one entry's hash, and so of all before it.
evidence_stamps = Table(
    "evidence_stamps",
    metadata,
    Column("seq", Ident, primary_key=True, autoincrement=False),  # of the entry
    Column("at", Moment, nullable=False),
    Column("authority", CleanText, nullable=False),
    Column("token", LargeBinary, nullable=False),  # the authority's answer, in DER
)

EVIDENCE = (
    evidence_entries,
    evidence_head,
    article_versions,
    evidence_responses,
    rechecks,
    article_changes,
    evidence_stamps,
)
"""All of them."""
