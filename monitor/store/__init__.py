"""The database, on SQLite or PostgreSQL: `open_store` opens it. Its promises are in docs/store.md."""

from monitor.store.database import Database, holder_of, is_missing, open_store
from monitor.store.lock import DatabaseLock
from monitor.store.transaction import Transaction

__all__ = ["Database", "DatabaseLock", "Transaction", "holder_of", "is_missing", "open_store"]
