"""The configuration as the rooms above see it: frozen values, durations in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from monitor import urls
from monitor.model import Channel, EntitySpec, Source, Watchlist
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


@dataclass(frozen=True, slots=True)
class Telegram:
    """The bot; without a token, channels of kind telegram fall back to the console."""

    admins: tuple[int, ...] = ()
    api: str = "https://api.telegram.org"
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """The database's address (it may hold a password, so it is not shown) and how many seconds articles are kept."""

    url: str = field(repr=False)
    keep: float


@dataclass(frozen=True, slots=True)
class Allow:
    """A private address that may be asked: host (lower case), range and port must all match."""

    host: str
    cidr: str
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """The way out."""

    allow: tuple[Allow, ...] = ()


@dataclass(frozen=True, slots=True)
class Polling:
    """`catch_up` in seconds; how many requests run at once, in all and to one host."""

    catch_up: float
    concurrency: int
    per_host: int


@dataclass(frozen=True, slots=True)
class Sending:
    """Seconds: when an unsent message is given up, an unknown outcome is looked into, and what waits is gathered."""

    expire: float
    quiet_time: float
    stale: float = 7200.0


@dataclass(frozen=True, slots=True)
class Web:
    """`listen` is `host:port`, or '' for no web server; `hosts` are the names under which it may be asked."""

    listen: str
    public_url: str | None = None
    hosts: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every configured name of the web server: `hosts`, and those in `listen` and `public_url`."""
        public = urls.parse(self.public_url).host if self.public_url else None
        return tuple(filter(None, (*self.hosts, self.listen.rpartition(":")[0], public)))


@dataclass(frozen=True, slots=True)
class Log:
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"]
    format: Literal["auto", "json", "text"]


Fingerprint = tuple[tuple[str, int, int, int], ...]
"""Of each file: name, time of change in nanoseconds, size, inode."""


@dataclass(frozen=True, slots=True)
class Config:
    """A whole, valid configuration. Two are equal where what they say is equal, wherever it was read from."""

    sources: tuple[Source, ...]
    entities: tuple[EntitySpec, ...]
    watchlists: tuple[Watchlist, ...]
    channels: Mapping[str, Channel]
    telegram: Telegram
    storage: Storage
    network: Network
    polling: Polling
    delivery: Sending
    web: Web
    log: Log
    path: Path
    kinds: Kinds = field(compare=False, repr=False)  # that channels may be of
    files: tuple[Path, ...] = field(default=(), compare=False)  # all that were read, `path` first
    warnings: tuple[str, ...] = field(default=(), compare=False)  # allowed, and probably not meant
    fingerprint: Fingerprint = field(default=(), compare=False)  # of what was read, before it was read
