"""What holds until it is over, and no row or lane shows: kept by name, to be told by whoever looks after the daemon."""

from __future__ import annotations

import json

from monitor.alert.trouble import CONDITIONS
from monitor.ports import Transaction

HALTED = "halted"
"""Nothing is sent to a kind of channels: its token is refused."""

TOPIC = "topic"
"""A channel's topic takes no messages."""


def note(tx: Transaction, kind: str, subject: str, line: str) -> None:
    """Remember that something holds."""
    found = _read(tx)
    found.setdefault(kind, {})[subject] = line
    tx.put(CONDITIONS, json.dumps(found, ensure_ascii=False))


def clear(tx: Transaction, kind: str, subject: str) -> bool:
    """Forget it; say whether it was held."""
    found = _read(tx)
    if subject not in found.get(kind, {}):
        return False
    del found[kind][subject]
    tx.put(CONDITIONS, json.dumps(found, ensure_ascii=False))
    return True


def _read(tx: Transaction) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(tx.get(CONDITIONS) or "{}")
    return found
