"""The database, on SQLite or PostgreSQL: `open_store` opens it. Its promises are in docs/store.md."""

from monitor.store.database import Database, holder_of, is_missing, open_store
from monitor.store.lock import DaemonLock
from monitor.store.transaction import Transaction

__all__ = ["DaemonLock", "Database", "Transaction", "holder_of", "is_missing", "open_store"]
