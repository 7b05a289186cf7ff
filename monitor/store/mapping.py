"""Conversion of rows into values of the model."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from monitor.errors import UnreadableError
from monitor.model import Alert, ClaimNote, Delivery, Lane, MessageKind, State
from monitor.store import codec
from monitor.store.columns import clean

_MADE = {"alert", "state", "unlinked", "shortened", "unreadable"}  # not columns as they are
_DELIVERY = tuple(field.name for field in fields(Delivery) if field.name not in _MADE)
_LANE = ("name", "last_message_id", "chat", "paused_until", "suspended_at", "reason")


def delivery_of(row: Row[Any]) -> Delivery:
    """Return a row of the outbox as a Delivery; an alert of its columns alone where the stored one cannot be read."""
    values = row._mapping  # noqa: SLF001 – public, underscored so as not to hide a column
    unreadable = None
    try:
        alert = codec.alert_from_json(values["alert"])
    except UnreadableError as error:
        unreadable = str(error)
        kind = next((each for each in MessageKind if each == values["kind"]), MessageKind.NOTICE)
        alert = Alert(kind, f"(row {values['id']} cannot be read)", watchlist=values["watchlist"])
    return Delivery(
        alert=alert,
        state=State(values["state"]),
        unlinked=alert.url is not None and values["refused_url"] == clean(alert.url),  # another link is worth a try
        shortened=values["too_long"],
        unreadable=unreadable,
        **{name: values[name] for name in _DELIVERY},
    )


def lane_of(row: Row[Any]) -> Lane:
    """Return a row of the lanes as a Lane."""
    return Lane(**{name: getattr(row, name) for name in _LANE})


def claim_note_of(row: Row[Any]) -> ClaimNote | None:
    """Return the note of a lane's last claim."""
    if row.claimed_row is None:
        return None
    return ClaimNote(
        row=row.claimed_row,
        url=row.claimed_url,
        fingerprint=row.claimed_fingerprint or "",
        newest=row.claimed_newest,
        numbering=row.claimed_numbering,
        unlinked=bool(row.claimed_unlinked),
        shortened=bool(row.claimed_shortened),
        boot=row.claimed_boot,
        mono=row.claimed_mono,
    )
