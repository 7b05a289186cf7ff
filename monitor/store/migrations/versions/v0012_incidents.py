"""What is left of keys with many values in `memory` becomes tables: incidents, alerts lately, announced sources.

`memory` holds single facts alone: keys that nothing reads go. A row of the outbox says when its present message was
sent, in place of a flag that did not say since which of its channel's moves. `lanes.without_topic` was never written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY_LENGTH = 400

HISTORY = "sent lately:"
FACTS = ("bot edit", "bot username", "cleaned_on", "judging")
URGENT = ("halted",)  # of the conditions that delivery kept


def upgrade() -> None:
    """Make tables and columns, fill them, and delete keys and columns."""
    _tables()
    kept = {row.key: row.value for row in op.get_bind().execute(sa.text("SELECT key, value FROM memory"))}
    _outbox()
    _sources(kept)
    _histories(kept)
    _incidents(kept)
    _each("DELETE FROM memory WHERE key = :key", [{"key": key} for key in kept if key not in FACTS])
    op.drop_column("lanes", "without_topic")
    op.get_bind().execute(sa.text("UPDATE lanes SET used_at = :now WHERE used_at IS NULL"), {"now": _now()})


def _tables() -> None:
    op.add_column("sources", sa.Column("announced", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("channels", sa.Column("burst", sa.Text()))
    op.create_table(
        "recent_alerts",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recent_alerts"),
        _of_channel("recent_alerts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_recent_alerts_channel_at", "recent_alerts", ["channel", "at"])
    op.create_table(
        "cooldowns",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("watchlist", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "watchlist", name="pk_cooldowns"),
        _of_channel("cooldowns"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", IDENT, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "subject", "version", "line")),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger()),
        sa.Column("gone", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "incident_kinds",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("announced", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_incident_kinds"),
    )


def _of_channel(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_channel_channels"
    return sa.ForeignKeyConstraint(["channel"], ["channels.name"], name=name, ondelete="CASCADE")


def _outbox() -> None:
    """Date present messages; one that was sent anew came after its channel's move, at a time that nobody kept."""
    op.add_column("outbox", sa.Column("message_sent_at", sa.BigInteger()))
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE outbox SET message_sent_at = sent_at WHERE message_id IS NOT NULL"))
    moved = "(SELECT moved_at FROM channels WHERE channels.name = outbox.channel)"
    connection.execute(
        sa.text(
            f"UPDATE outbox SET message_sent_at = {moved}"  # noqa: S608 – fixed words
            f" WHERE message_id IS NOT NULL AND sent_anew AND {moved} > sent_at"
        )
    )
    op.drop_column("outbox", "sent_anew")


def _sources(kept: Mapping[str, str]) -> None:
    names = json.loads(kept.get("announced_sources") or "[]")
    _each(
        "UPDATE sources SET announced = :yes WHERE name = :name",
        [{"name": _shortened(name), "yes": True} for name in names],
    )


# --------------------------------------------------------------------------- what channels were sent lately


def _histories(kept: Mapping[str, str]) -> None:
    connection = op.get_bind()
    known = set(connection.scalars(sa.text("SELECT name FROM channels")))
    histories = {  # names of channels have at most 100 letters: no key was shortened
        key.removeprefix(HISTORY): json.loads(value) for key, value in kept.items() if key.startswith(HISTORY) and value
    }
    _each(
        "INSERT INTO channels (name, used_at) VALUES (:name, :now)",
        [{"name": name, "now": _now()} for name in histories if name not in known],
    )
    _each(
        "UPDATE channels SET burst = :burst WHERE name = :name",
        [
            {"name": name, "burst": _shortened(each["rolling"])}
            for name, each in histories.items()
            if each.get("rolling") is not None
        ],
    )
    _each(
        "INSERT INTO recent_alerts (channel, at) VALUES (:channel, :at)",
        [
            {"channel": name, "at": _moment(at)}
            for name, each in histories.items()
            for at in sorted(each.get("rung", ()))
        ],
    )
    _each(
        "INSERT INTO cooldowns (channel, watchlist, at) VALUES (:channel, :watchlist, :at)",
        [
            {"channel": name, "watchlist": watchlist, "at": _moment(at)}
            for name, each in histories.items()
            for watchlist, at in {_shortened(key): at for key, at in each.get("last", {}).items()}.items()
        ],
    )


# --------------------------------------------------------------------------- incidents


def _incidents(kept: Mapping[str, str]) -> None:
    """Join the ledger of what operators were told with what delivery kept of conditions that hold."""
    ledger = json.loads(kept.get("troubles") or "{}")
    conditions = json.loads(kept.get("conditions") or "{}")
    rows = {(row["kind"], row["subject"]): row for row in map(_told, ledger.get("open", ()))}
    held = {(kind, subject): line for kind, found in conditions.items() for subject, line in found.items()}
    for key, line in held.items():
        rows.setdefault(key, _opened(*key)).update(line=line, gone=None)
    for key, row in rows.items():
        if key[0] in {"halted", "topic"} and key not in held and row["gone"] is None:
            row["gone"] = _now()
    _each(
        "INSERT INTO incidents (kind, subject, version, line, urgent, since, told, gone)"
        " VALUES (:kind, :subject, :version, :line, :urgent, :since, :told, :gone)",
        sorted(rows.values(), key=lambda row: row["since"]),
    )
    _each(
        "INSERT INTO incident_kinds (kind, announced) VALUES (:kind, :at)",
        [{"kind": kind, "at": _moment(at)} for kind, at in ledger.get("spoke", {}).items()],
    )


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    said = row["trouble"]
    return {
        "kind": said["kind"],
        "subject": said["subject"],
        "version": said.get("version", ""),
        "line": said["line"],
        "urgent": said.get("urgent", False),
        "since": _moment(row["since"]),
        "told": _moment(row.get("told")),
        "gone": _moment(row.get("gone")),
    }


def _opened(kind: str, subject: str) -> dict[str, Any]:
    row = {"kind": kind, "subject": subject, "version": "", "urgent": kind in URGENT}
    return row | {"since": _now(), "told": None}


# --------------------------------------------------------------------------- helpers


def _each(statement: str, rows: Iterable[dict[str, Any]]) -> None:
    values = list(rows)
    if values:
        op.get_bind().execute(sa.text(statement), values)


def _now() -> int:
    """Return the time by the host's clock: where that is wrong, it moves with all else when the clock is set."""
    return (datetime.now(UTC) - EPOCH) // timedelta(microseconds=1)


def _moment(text: str | None) -> int | None:
    return None if text is None else (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def _shortened(key: str) -> str:
    """Return what the program stores for a key (columns.py)."""
    if len(key) <= KEY_LENGTH:
        return key
    digest = sha256(key.encode()).hexdigest()
    return key[: KEY_LENGTH - len(digest) - 1] + "#" + digest
