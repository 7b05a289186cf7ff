"""The tables of trends: parts of `monitor.store.schema`."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, UniqueConstraint

from monitor.store.columns import Key
from monitor.store.table_parts import make_id, make_reference, metadata

# What is counted: entities by id and watchlists by name, as few as were ever mentioned (model.trends.Subject).
trend_subjects = Table(
    "trend_subjects",
    metadata,
    make_id(),
    Column("kind", Key, nullable=False),
    Column("name", Key, nullable=False),
    UniqueConstraint("kind", "name"),
    sqlite_autoincrement=True,
)

# What an article mentions, packed (`monitor.store.trends`), and when it counts: hours since 1970 in UTC, and the day by
# the reader's clock, as `date.toordinal`.
mentions = Table(
    "mentions",
    metadata,
    make_reference("article_id", "articles.id", cascade=True, primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)

# The sums of `mentions` by day.
trend = Table(
    "trend",
    metadata,
    make_reference("subject_id", "trend_subjects.id", cascade=True, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("stories", Integer, nullable=False),
    Column("articles", Integer, nullable=False),
    sqlite_with_rowid=False,
)

TRENDS = trend_subjects, mentions, trend
"""All of them."""
