"""One open transaction: every family of tables on one connection."""

from __future__ import annotations

from monitor.store.articles import Articles
from monitor.store.entries import Entries
from monitor.store.fates import Fates
from monitor.store.memory import Memory
from monitor.store.retention import Retention
from monitor.store.stories import Stories


class SqlTransaction(Entries, Articles, Stories, Fates, Memory, Retention):
    """`ports.Transaction` on a SQLAlchemy connection."""
