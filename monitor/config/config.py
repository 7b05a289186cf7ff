"""The configuration as the rooms above see it: the settings, and what does not stand in the YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from monitor.model import Settings
from monitor.ports import Kinds


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Text that never shows itself: not by `str`, `repr`, `format` or in a traceback's arguments."""

    _value: str

    def reveal(self) -> str:
        """Return the text, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        """Hide it."""
        return "Secret('<hidden>')"

    def __str__(self) -> str:
        """Hide it."""
        return "<hidden>"


Fingerprint = tuple[tuple[str, int, int, int], ...]
"""Of each file: name, time of change in nanoseconds, size, inode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Settings):
    """A whole, valid configuration. Two are equal where what they say is equal, wherever it was read from."""

    path: Path
    token: Secret | None = None  # the bot's; without it, channels of kind telegram fall back to the console
    kinds: Kinds = field(compare=False, repr=False)  # that channels may be of
    files: tuple[Path, ...] = field(default=(), compare=False)  # all that were read, `path` first
    warnings: tuple[str, ...] = field(default=(), compare=False)  # allowed, and probably not meant
    fingerprint: Fingerprint = field(default=(), compare=False)  # of what was read, before it was read
