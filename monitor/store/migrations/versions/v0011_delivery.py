"""What delivery kept as text under keys of `memory` becomes columns: refusals, claims, looks, addresses, message ids.

`outbox` says what kind of message a row is, and of which watchlist. `channels` takes the place of `lane_channels`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY_LENGTH = 400
AT_ONCE = 500  # rows of the outbox that are read at once

FAMILIES = ("refused:", "anew:", "claimed:", "look:", "ids:", "address:", "moved:", "topic closed:")


def upgrade() -> None:
    """Make tables and columns, fill them, and delete the keys."""
    _columns()
    _tables()
    kept = {row.key: row.value for row in op.get_bind().execute(sa.text("SELECT key, value FROM memory"))}
    _outbox(kept)
    _lanes(kept)
    _channels(kept)
    _ids(kept)
    gone = [{"key": key} for key in kept if key.startswith(FAMILIES)]
    _each("DELETE FROM memory WHERE key = :key", gone)
    op.drop_table("lane_channels")


def _columns() -> None:
    op.add_column("outbox", sa.Column("kind", sa.Text(), nullable=False, server_default="alert"))
    op.add_column("outbox", sa.Column("watchlist", sa.Text()))
    op.add_column("outbox", sa.Column("refused_url", sa.Text()))
    for name in ("too_long", "sent_anew"):
        op.add_column("outbox", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("claimed_url", "claimed_fingerprint", "claimed_numbering", "claimed_boot", "look_found"):
        op.add_column("lanes", sa.Column(name, sa.Text()))
    for name in ("claimed_row", "claimed_newest", "look_row"):
        op.add_column("lanes", sa.Column(name, IDENT))
    for name in ("claimed_unlinked", "claimed_shortened"):
        op.add_column("lanes", sa.Column(name, sa.Boolean()))
    op.add_column("lanes", sa.Column("claimed_mono", sa.Double()))
    op.add_column("lanes", sa.Column("look_attempts", sa.Integer()))
    op.add_column("lanes", sa.Column("used_at", sa.BigInteger()))


def _tables() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("moved_at", sa.BigInteger()),
        sa.Column("topic", sa.Text()),
        sa.Column("topic_closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
    )
    op.create_index("ix_channels_lane", "channels", ["lane"])
    op.create_table(
        "message_ids",
        sa.Column("numbering", sa.Text(), nullable=False),
        sa.Column("message_id", IDENT, autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("numbering", "message_id", name="pk_message_ids"),
    )


# --------------------------------------------------------------------------- the outbox


def _outbox(kept: Mapping[str, str]) -> None:
    change = (
        "UPDATE outbox SET kind = :kind, watchlist = :watchlist, refused_url = :refused_url, too_long = :too_long,"
        " sent_anew = :sent_anew WHERE id = :id"
    )
    for rows in _pages():
        _each(change, [_said(row, kept) for row in rows])


def _pages() -> Iterator[list[sa.Row[Any]]]:
    last = 0
    while True:
        query = sa.text("SELECT id, alert FROM outbox WHERE id > :last ORDER BY id LIMIT :most")
        rows = list(op.get_bind().execute(query, {"last": last, "most": AT_ONCE}))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _said(row: sa.Row[Any], kept: Mapping[str, str]) -> dict[str, Any]:
    alert = json.loads(row.alert)
    refused = json.loads(kept.get(f"refused:{row.id}") or "{}")
    watchlist = alert.get("watchlist")
    return {
        "id": row.id,
        "kind": alert.get("kind", "alert"),
        "watchlist": None if watchlist is None else _shortened(watchlist),
        "refused_url": refused.get("link"),
        "too_long": bool(refused.get("long")),
        "sent_anew": f"anew:{row.id}" in kept,
    }


# --------------------------------------------------------------------------- lanes, channels, ids


def _lanes(kept: Mapping[str, str]) -> None:
    """Move what is known of the last claim, and of the look that is under way."""
    names = {name for prefix in ("claimed:", "look:") for name, _ in _under(prefix, kept)}
    connection = op.get_bind()
    known = set(connection.scalars(sa.text("SELECT name FROM lanes")))
    _each(
        "INSERT INTO lanes (name, without_topic) VALUES (:name, :no)",
        [{"name": name, "no": False} for name in sorted(names - known)],
    )
    connection.execute(sa.text("UPDATE lanes SET used_at = :now"), {"now": _now()})
    claims = []
    for name, value in _under("claimed:", kept):
        note = json.loads(value)
        fields = ("row", "url", "fingerprint", "newest", "numbering", "unlinked", "shortened", "mono")
        claims.append({field: note.get(field) for field in fields} | {"name": name, "boot": note.get("start")})
    _each(
        "UPDATE lanes SET claimed_row = :row, claimed_url = :url, claimed_fingerprint = :fingerprint,"
        " claimed_newest = :newest, claimed_numbering = :numbering, claimed_unlinked = :unlinked,"
        " claimed_shortened = :shortened, claimed_boot = :boot, claimed_mono = :mono WHERE name = :name",
        claims,
    )
    looks = []
    for name, value in _under("look:", kept):
        attempt, _, found = value.partition(" ")
        row, _, attempts = attempt.partition(":")
        looks.append({"name": name, "row": int(row), "attempts": int(attempts), "found": found})
    _each(
        "UPDATE lanes SET look_row = :row, look_attempts = :attempts, look_found = :found WHERE name = :name",
        looks,
    )


def _channels(kept: Mapping[str, str]) -> None:
    lanes: dict[str, str] = {
        row.channel: row.lane for row in op.get_bind().execute(sa.text("SELECT channel, lane FROM lane_channels"))
    }
    addresses, moved, topics = dict(_under("address:", kept)), dict(_under("moved:", kept)), dict(_topics(kept))
    rows = [
        {
            "name": name,
            "now": _now(),
            "lane": lanes.get(name),
            "address": addresses.get(name),
            "moved_at": _moment(moved.get(name)),
            "topic": topics.get(name, (None, None))[1],
            "closed_at": _moment(topics.get(name, (None, None))[0]),
        }
        for name in sorted({*lanes, *addresses, *moved, *topics})
    ]
    _each(
        "INSERT INTO channels (name, used_at, lane, address, moved_at, topic, topic_closed_at)"
        " VALUES (:name, :now, :lane, :address, :moved_at, :topic, :closed_at)",
        rows,
    )


def _topics(kept: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the topics that are closed by channel, as (when, topic), the one that was closed last at the end."""
    for key, at in sorted(_under("topic closed:", kept), key=lambda pair: pair[1]):
        if at:
            channel, _, topic = key.rpartition(":")
            yield channel, (at, topic)


def _ids(kept: Mapping[str, str]) -> None:
    _each(
        "INSERT INTO message_ids (numbering, message_id, seen_at) VALUES (:numbering, :id, :now)",
        [
            {"numbering": numbering, "id": ident, "now": _now()}
            for numbering, value in _under("ids:", kept)
            for ident in json.loads(value)
        ],
    )


# --------------------------------------------------------------------------- helpers


def _under(prefix: str, kept: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((key.removeprefix(prefix), value) for key, value in kept.items() if key.startswith(prefix))


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
