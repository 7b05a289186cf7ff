"""Translation of database errors into StoreErrors with a remedy.

Failures of the database become StoreError; those of the program (IntegrityError, ProgrammingError) are bugs and stay.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from monitor.errors import StoreError
from monitor.store import sqlite_file

# By the name of SQLite's result code, its longer forms included (sqlite.org/rescode.html).
SQLITE_TROUBLE = {
    "SQLITE_BUSY": ("{name} is locked by another program; close it, or wait", True),
    "SQLITE_LOCKED": ("{name} is locked by another program; close it, or wait", True),
    "SQLITE_FULL": ("{name} has no room left on its disk; free some, and work goes on by itself", True),
    "SQLITE_IOERR": ("{name} met a fault of its disk ({reason}); check its space and its health", True),
    "SQLITE_NOMEM": ("{name} got no memory to work with", True),
    "SQLITE_READONLY": ("{name} cannot be written; check the owner and the mode of the file and its directory", False),
    "SQLITE_CANTOPEN": ("{name} cannot be opened; check the owner and the mode of its directory", False),
    "SQLITE_PERM": ("{name} cannot be opened; check the owner and the mode of the file", False),
}
SQLITE_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

# By class of SQLSTATE (PostgreSQL, appendix A); no state at all: the server was not reached, or went away.
POSTGRES_TROUBLE = {
    "28": ("{name} refuses the user or the password: {reason}", False),
    "3D": ("{name} does not exist: {reason}; make it with createdb", False),
    "42": ("{name} refuses: {reason}", False),
    "53": ("{name} is out of room, memory or connections: {reason}", True),
    "25": ("{name} takes no writing now: {reason}", True),
    "55": ("{name} is held up by another transaction: {reason}", True),
}
POSTGRES_DENIED = "42501"
_OF_A_STATEMENT = ("22", "23", "42", "54")  # its values, its names, its size
POSTGRES_AWAY = ("{name} cannot be reached: {reason}", True)

# While a connection is made, psycopg gives the server's words alone.
POSTGRES_REFUSALS = (
    (re.compile(r"authentication failed|no pg_hba\.conf entry|role .* does not exist"), "28"),
    (re.compile(r"database .* does not exist"), "3D"),
)


def translate(error: DBAPIError, name: str, path: Path | None) -> Exception:
    """Return the StoreError for a failure of the database `name` (a file at `path`), or `error` where it is a bug."""
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        return _sqlite(error, origin, name, path)
    # A right that was taken away is the server's doing, though it comes in one class with misspelt statements.
    denied = getattr(origin, "sqlstate", None) == POSTGRES_DENIED
    if denied or isinstance(error, (OperationalError, InterfaceError, InternalError)):
        text, retryable = POSTGRES_TROUBLE.get(_postgres_class(origin), POSTGRES_AWAY)
        return _store_error(text, retryable=retryable, name=name, reason=origin)
    return error


def is_trouble(error: BaseException) -> bool:
    """Return whether the database failed (a full disk, a lost connection), and not one statement or its table."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, StoreError)
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorname", "")
        return code.startswith((*SQLITE_TROUBLE, "SQLITE_NOTADB", "SQLITE_INTERRUPT"))
    if _postgres_class(origin) in _OF_A_STATEMENT:
        return False
    return isinstance(error, (OperationalError, InterfaceError, InternalError))


def _sqlite(error: DBAPIError, origin: sqlite3.Error, name: str, path: Path | None) -> Exception:
    code = getattr(origin, "sqlite_errorname", "")
    if code.startswith(SQLITE_DAMAGE) and path is not None:
        return sqlite_file.damaged(path, str(origin))
    for known, (text, retryable) in SQLITE_TROUBLE.items():
        if code.startswith(known):
            return _store_error(text, retryable=retryable, name=name, reason=origin)
    return error


def _postgres_class(origin: object) -> str:
    """Return the class of psycopg's error; it is not imported for that: SQLite must not pay for it."""
    state = getattr(origin, "sqlstate", None)
    if state:
        return str(state)[:2]
    return next((code for words, code in POSTGRES_REFUSALS if words.search(str(origin))), "")


def _store_error(text: str, *, retryable: bool, name: str, reason: object) -> StoreError:
    first_line = (str(reason).strip().splitlines() or [""])[0]
    return StoreError("the database " + text.format(name=name, reason=first_line), retryable=retryable)
