"""The database: `open_store` gives a `ports.Store` on SQLite or PostgreSQL. docs/store.md says what it promises."""

from monitor.store.database import Database, holder_of, is_missing, open_store
from monitor.store.lock import DaemonLock

__all__ = ["DaemonLock", "Database", "holder_of", "is_missing", "open_store"]
