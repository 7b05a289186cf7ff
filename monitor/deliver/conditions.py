"""What holds until it is over, and no row or lane shows: kept by name, to be told by whoever looks after the daemon."""

from __future__ import annotations

import json

from monitor.alert.incidents import CONDITIONS, HALTED, TOPIC, conditions
from monitor.store import Transaction

__all__ = ["HALTED", "TOPIC", "clear", "note"]


def note(tx: Transaction, kind: str, subject: str, line: str) -> None:
    """Remember that something holds."""
    found = conditions(tx.get(CONDITIONS))
    found.setdefault(kind, {})[subject] = line
    tx.put(CONDITIONS, json.dumps(found, ensure_ascii=False))


def clear(tx: Transaction, kind: str, subject: str) -> bool:
    """Forget it; return whether it was held."""
    found = conditions(tx.get(CONDITIONS))
    if subject not in found.get(kind, {}):
        return False
    del found[kind][subject]
    tx.put(CONDITIONS, json.dumps(found, ensure_ascii=False))
    return True
