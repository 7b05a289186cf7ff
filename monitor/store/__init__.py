"""The database, on SQLite or PostgreSQL: `open_store` opens it. Its promises are in docs/store.md."""

from monitor.store.backup import back_up, is_copied
from monitor.store.database import Database, holder_of, is_missing, open_store
from monitor.store.lock import DatabaseLock
from monitor.store.transaction import Transaction
from monitor.store.transfer import MovedTable, move

__all__ = [
    "Database",
    "DatabaseLock",
    "MovedTable",
    "Transaction",
    "back_up",
    "holder_of",
    "is_copied",
    "is_missing",
    "move",
    "open_store",
]
