"""Rows as values of the model."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from monitor.model import Delivery, Lane, State
from monitor.store import codec

# What was refused in a row is told by deliver/claims.py: these are no columns.
_ELSEWHERE = {"alert", "state", "unlinked", "shortened"}
_DELIVERY = tuple(field.name for field in fields(Delivery) if field.name not in _ELSEWHERE)


def delivery_of(row: Row[Any]) -> Delivery:
    """Give a row of the outbox."""
    values = row._mapping  # noqa: SLF001 – public, underscored so as not to hide a column
    return Delivery(
        alert=codec.alert_from_json(values["alert"]),
        state=State(values["state"]),
        **{name: values[name] for name in _DELIVERY},
    )


def lane_of(row: Row[Any]) -> Lane:
    """Give a row of the lanes."""
    return Lane(**row._mapping)  # noqa: SLF001 – as above
