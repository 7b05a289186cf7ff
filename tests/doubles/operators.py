"""Operators of a test: what they are notified of."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.i18n import DEFAULT, Phrases


@dataclass
class Operators:
    """A `ports.Operators` that keeps everything."""

    lines: list[str] = field(default_factory=list)
    """Of notices, and of what is new of incidents."""
    notices: list[tuple[str, str]] = field(default_factory=list)
    """Headline and line."""

    phrases: Phrases = DEFAULT

    def notify(self, key: str, headline: str, line: str) -> None:
        assert key
        self.lines.append(line)
        self.notices.append((headline, line))

    def review(self, line: str) -> None:
        self.lines.append(line)
