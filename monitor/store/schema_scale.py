"""The tables of many processes on one database (docs/scale.md); a daemon that runs alone leaves them empty.

Their times are seconds since 1970 by the clock of the database's server, not by a host's: several hosts compare them.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text

from monitor.store.columns import CleanText, Ident, Key
from monitor.store.schema import metadata

# A process of `monitor worker` that runs, or was killed; ended ones remove their row.
processes = Table(
    "processes",
    metadata,
    Column("instance", Key, primary_key=True),
    Column("host", CleanText, nullable=False),
    Column("pid", Ident, nullable=False),
    Column("roles", CleanText, nullable=False),  # with commas between them
    Column("version", CleanText, nullable=False),
    Column("places", Integer, nullable=False, default=0),  # units of work that it takes at once
    Column("began", Double, nullable=False),
    Column("beat", Double, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("web", CleanText, nullable=False),
    Column("configuration", Ident, nullable=False),  # the version in force; 0: its own file
    Column("problem", CleanText),  # why a later one is not
)

# Who leads a role; the epoch is raised by whoever takes it, and each of its writing transactions reads it.
leaders = Table(
    "leaders",
    metadata,
    Column("role", Key, primary_key=True),
    Column("epoch", Ident, nullable=False),
    Column("instance", Key, nullable=False),
    Column("since", Double, nullable=False),
)

# A unit of work that was given out: nobody has it yet (`owner` NULL), or a process, until then.
turns = Table(
    "turns",
    metadata,
    Column("kind", Key, primary_key=True),
    Column("ident", Ident, primary_key=True, autoincrement=False),
    Column("source", CleanText, nullable=False),
    Column("owner", Key),
    Column("until", Double, nullable=False),
    Column("crashes", Integer, nullable=False, default=0),  # processes that died at it
    Index(None, "owner"),
)

# An article that was read, and waits to be judged (Article as JSON).
readings = Table(
    "readings",
    metadata,
    Column("id", Ident, primary_key=True),
    Column("entry_id", Ident, ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("article", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("page", LargeBinary),  # that it was read from, for the evidence
    Column("baseline", Boolean, nullable=False),
    Column("read", Double, nullable=False),
    Column("faults", Integer, nullable=False, default=0),
    sqlite_autoincrement=True,
)

# When a host of the web may be asked next, by any process, and until when it wants silence.
hosts = Table(
    "hosts",
    metadata,
    Column("host", Key, primary_key=True),
    Column("next", Double, nullable=False),
    Column("closed", Double, nullable=False),
)

# The files of the configuration, as the process that leads the bot has them (JSON: text by name).
configurations = Table(
    "configurations",
    metadata,
    Column("version", Ident, primary_key=True, autoincrement=False),
    Column("files", Text, nullable=False),
    Column("host", CleanText, nullable=False),
    Column("published", Double, nullable=False),
)
