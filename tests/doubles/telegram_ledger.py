"""The ledger: everything that the double accepted, one JSON line each, and its comparison with the outbox."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.model import Delivery, State

_ROW = re.compile(r"^[a-z]+:([0-9a-z]+):")


class Ledger:
    """Appends lines; each is on disk before the call is answered."""

    def __init__(self, path: Path | None) -> None:
        self.lines: list[dict[str, Any]] = []
        self._file = path.open("a", encoding="utf-8") if path else None

    def add(self, **line: Any) -> None:
        self.lines.append(line)
        if self._file:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file:
            self._file.close()


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def row_of(markup: dict[str, Any] | None) -> int | None:
    """Return the outbox row that a keyboard's callback data names."""
    for line in (markup or {}).get("inline_keyboard", []):
        for button in line:
            found = _ROW.match(button.get("callback_data", ""))
            if found:
                return int(found[1], 36)
    return None


@dataclass(slots=True)
class Comparison:
    """Rows by id; all four empty is what is promised."""

    lost: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    out_of_order: list[tuple[int, int]] = field(default_factory=list)
    wrongly_edited: list[int] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.wrongly_edited)


def compare(ledger: Iterable[dict[str, Any]], rows: Iterable[Delivery]) -> Comparison:
    """Compare what was accepted with what the outbox holds. Dead rows and members of digests are not expected.

    A message is a row's by the callback data it was sent with, or (sent without buttons) by the headline in its text.
    Rows of one chat must have been accepted in the order of their ids; an edit must carry its own row's words.
    """
    wanted = {row.id: row for row in rows if row.state is not State.DEAD and row.in_digest is None}
    messages: dict[tuple[int, int], dict[str, Any]] = {}
    copies: dict[int, list[tuple[int, int]]] = defaultdict(list)
    order: dict[int, list[int]] = defaultdict(list)
    result = Comparison()
    for line in ledger:
        key = (line["chat"], line["message_id"])
        if line["do"] == "send":
            row = row_of(line.get("markup")) or _by_headline(line["text"], wanted.values())
            messages[key] = {**line, "row": row}
            if row is not None:
                copies[row].append(key)
                order[line["chat"]].append(row)
        elif line["do"] == "delete":
            gone = messages.pop(key, None)
            if gone and gone["row"] is not None:
                copies[gone["row"]].remove(key)
        elif key in messages:
            messages[key] |= {name: line[name] for name in ("text", "markup") if name in line}
    result.lost = [ident for ident in wanted if not copies.get(ident)]
    result.doubled = [ident for ident, where in copies.items() if len(where) > 1]
    for chat in order.values():
        firsts = list(dict.fromkeys(chat))
        result.out_of_order += [(one, two) for one, two in itertools.pairwise(firsts) if one > two]
    for message in messages.values():
        meant = wanted.get(message["row"]) if message["row"] is not None else None
        if meant is not None and not _shows(message, meant):
            result.wrongly_edited.append(meant.id)
    return result


def _by_headline(text: str, rows: Iterable[Delivery]) -> int | None:
    return next((row.id for row in rows if row.alert.headline in text), None)


def _shows(message: dict[str, Any], row: Delivery) -> bool:
    named = row_of(message.get("markup"))
    own_buttons = named == row.id or (row.repaired and named is None)
    current = row.state is not State.SENT or row.sent_revision < row.revision or row.alert.headline in message["text"]
    return own_buttons and current
