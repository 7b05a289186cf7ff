"""Operators of a test: what they are notified of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.i18n import DEFAULT, Phrases
from monitor.store import Transaction


@dataclass
class Operators:
    """A `ports.Operators` that keeps everything."""

    lines: list[str] = field(default_factory=list)
    """Of notices, and of what is new of incidents."""
    notices: list[tuple[str, str]] = field(default_factory=list)
    """Headline and line."""

    phrases: Phrases = DEFAULT
    _keys: set[str] = field(default_factory=set)

    woken: int = 0
    """How often notices were to be sent."""

    def write_notice(self, tx: Transaction, key: str, headline: str, lines: Sequence[str]) -> int:
        """Keep a notice, as if its transaction were committed; a second one with its key is not kept."""
        assert tx.connection.in_transaction()
        if key in self._keys:
            return 0
        self._keys.add(key)
        self.lines += lines
        self.notices += [(headline, line) for line in lines]
        return 1

    def wake(self) -> None:
        self.woken += 1

    def review(self, line: str) -> None:
        self.lines.append(line)
