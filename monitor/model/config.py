"""The whole configuration, and its sections of single values. Durations are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from monitor import urls
from monitor.fields import Before, Made, NotEmpty, StrictSettings, Url, about, extended, unique, whole, wrong
from monitor.fields.http import Contact
from monitor.fields.values import (
    DAY,
    HOUR,
    MINUTE,
    Api,
    Cidr,
    EntityName,
    Host,
    Language,
    Listen,
    Port,
    StampAuthority,
    StorageUrl,
    Timezone,
    User,
    duration,
)
from monitor.model.settings import Burst, Channel, EntitySettings, EntitySpec, Source, Watchlist


@dataclass(frozen=True, slots=True)
class Telegram(StrictSettings):
    """The bot. Its token is no setting: it comes from the environment or a file."""

    admins: Annotated[tuple[int, ...], Made(tuple[User, ...], unique)] = field(
        default=(),
        metadata=about(
            "User ids whose commands and buttons count, and who are told what needs a look.",
            examples=[[123456789]],
        ),
    )
    api: Api = field(
        default="https://api.telegram.org", metadata=about("The Bot API server: Telegram's, or a local one.")
    )


@dataclass(frozen=True, slots=True)
class Storage(StrictSettings):
    """The database."""

    url: StorageUrl = field(  # it may hold a password, so it is not shown
        default="sqlite:///var/monitor.db",
        repr=False,
        metadata=about(
            "SQLite (three slashes and a path from the working directory, four and an absolute one) or PostgreSQL.",
            examples=["sqlite:///var/monitor.db", "postgresql://monitor@db.example.org/monitor"],
        ),
    )
    keep: Annotated[float, duration(DAY, 36_500 * DAY)] = field(
        default=400 * DAY, metadata=about("How long articles are kept.", examples=["400d"], default="400d")
    )


@dataclass(frozen=True, slots=True)
class Allow(StrictSettings):
    """One private address that may be asked: host and range must both match."""

    host: Host = field(metadata=about("The host's name, as the addresses of sources write it.", examples=["wiki.corp"]))
    cidr: Cidr = field(metadata=about("The range that its address must be in.", examples=["10.2.0.0/16"]))
    ports: Annotated[tuple[Port, ...], NotEmpty()] = field(
        default=(80, 443), metadata=about("The ports that may be used.", examples=[[443]])
    )


@dataclass(frozen=True, slots=True)
class Network(StrictSettings):
    """The way out."""

    allow: tuple[Allow, ...] = field(
        default=(),
        metadata=about(
            "Exceptions: private addresses are refused otherwise. Redirects and article links do not inherit them.",
            examples=[[{"host": "wiki.corp", "cidr": "10.2.0.0/16", "ports": [443]}]],
        ),
    )
    contact: Contact | None = field(
        default=None,
        metadata=about(
            "Where operators of servers can write to: a page or a mailbox. It stands in the User-Agent of every "
            "request.",
            examples=["https://example.org/bot"],
        ),
    )


@dataclass(frozen=True, slots=True)
class Polling(StrictSettings):
    """How sources are polled."""

    catch_up: Annotated[float, duration(MINUTE, 365 * DAY)] = field(
        default=12 * HOUR,
        metadata=about(
            "After downtime, new articles older than this go into one digest instead of alerts.",
            examples=["12h"],
            default="12h",
        ),
    )
    concurrency: Annotated[int, whole(1, 1000, "how many requests run at once")] = field(
        default=50, metadata=about("How many requests run at once.")
    )
    per_host: Annotated[int, whole(1, 16, "how many requests run at once")] = field(
        default=2, metadata=about("How many requests run at once to one host.")
    )


@dataclass(frozen=True, slots=True)
class Sending(StrictSettings):
    """How messages are sent."""

    expire: Annotated[float, duration(MINUTE, 365 * DAY)] = field(
        default=2 * DAY,
        metadata=about(
            "A message that could not be sent for so long is given up, and the admins are told.",
            examples=["2d"],
            default="2d",
        ),
    )
    stale: Annotated[float, duration(MINUTE, 30 * DAY)] = field(
        default=2 * HOUR,
        metadata=about(
            "Alerts below severity high that could not be sent for so long come in one message.",
            examples=["2h"],
            default="2h",
        ),
    )
    burst: Burst | None = field(
        default=None,
        metadata=about(
            "After how many alerts within how long further ones to a Telegram chat share one message. "
            "Default: `off`, never.",
            examples=[{"alerts": 10, "within": "10m"}, "off"],
        ),
    )
    quiet_time: Annotated[float, duration(0.1, HOUR)] = field(
        default=30.0,
        metadata=about(
            "How long to wait before looking whether a message whose fate is unknown has arrived.",
            examples=["30s"],
            default="30s",
        ),
    )


@dataclass(frozen=True, slots=True)
class Web(StrictSettings):
    """The daemon's own web server: health, readiness, metrics, and the page."""

    listen: Listen = field(
        default="127.0.0.1:8080",
        metadata=about(
            'Where it listens, as host:port; "" for no web server. Health and metrics ask for no password: keep it on '
            "loopback, or behind a proxy that does. The page asks for a log-in in any case."
        ),
    )
    public_url: Url | None = field(
        default=None,
        metadata=about(
            "The address under which a proxy in front of the web server is reached: requests for its host are "
            "answered, and hubs of feeds report news there.",
            examples=["https://monitor.example.org"],
        ),
    )
    hosts: tuple[Host, ...] = field(
        default=(),
        metadata=about(
            "More names under which the web server is asked, such as a scraper's. IP addresses, `localhost` "
            "and the hosts of `web.listen` and `web.public_url` need no entry; other names are refused (421).",
            examples=[["monitor"]],
        ),
    )

    members: bool = field(
        default=False,
        metadata=about(
            "Whether members of configured chats may open the page, too, by `/web`: they look, judge and acknowledge; "
            "only admins change anything."
        ),
    )
    trusted_proxies: tuple[Cidr, ...] = field(
        default=(),
        metadata=about(
            "Proxies in front of the web server: of their requests, X-Forwarded-For and X-Forwarded-Proto count.",
            examples=[["127.0.0.1", "10.0.0.0/8"]],
        ),
    )

    @property
    def names(self) -> tuple[str, ...]:
        """All configured names of the web server: `hosts`, and those in `listen` and `public_url`."""
        public = urls.parse(self.public_url).host if self.public_url else None
        return tuple(filter(None, (*self.hosts, self.listen.rpartition(":")[0], public)))


@dataclass(frozen=True, slots=True)
class Log(StrictSettings):
    """What the daemon writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = field(
        default="info", metadata=about("The least important lines shown.")
    )
    format: Literal["auto", "json", "text"] = field(
        default="auto",
        metadata=about("`json`: one object a line; `text`: for people; `auto`: text on a terminal, else JSON."),
    )


_MOST_RECHECKS = 10  # requests that one article is worth


def _in_order(seconds: tuple[float, ...]) -> tuple[float, ...]:
    if len(seconds) > _MOST_RECHECKS:
        raise wrong(f"must be up to {_MOST_RECHECKS} durations, not {len(seconds)}: each asks the page once more")
    return tuple(sorted(set(seconds)))


@dataclass(frozen=True, slots=True)
class EvidenceSettings(StrictSettings):
    """What is kept of articles to prove later what their pages said, and when."""

    keep: Literal["matched", "all", "off"] = field(
        default="matched",
        metadata=about(
            "Of which articles evidence is kept: of those that a watchlist matched, of all, or of none. It is each "
            "version of the text, and an entry of the chain with hashes, times and the response's headers."
        ),
    )
    raw: bool = field(
        default=False,
        metadata=about("Whether the page itself is kept, too, as a record of a web archive (WARC 1.1)."),
    )
    recheck: Annotated[
        tuple[float, ...], Made(tuple[Annotated[float, duration(MINUTE, 365 * DAY)], ...], _in_order)
    ] = field(
        default=(),
        metadata=about(
            "How long after its reading an article's page is asked for again, to find what was rewritten in silence "
            "and what vanished. Default: never.",
            examples=[["1h", "24h", "7d"]],
        ),
    )
    timestamp: StampAuthority = field(
        default=None,
        metadata=about(
            "The address of an authority that stamps the chain (RFC 3161), at most once in ten minutes; `none` for "
            "no stamps. Needs the extra `timestamps`.",
            examples=["https://tsa.example.org/tsr", "none"],
            default="none",
        ),
    )


def nothing_written(value: Any) -> Any:
    """Read a section whose lines are all commented out as one without settings."""
    return {} if value is None else value


def _no_entries(value: Any) -> Any:
    """Leave an empty list of entries to `config/checks.py`, which says more about it."""
    return [] if value is None else value


def _with_ids(written: Mapping[str, EntitySettings]) -> tuple[EntitySpec, ...]:
    return tuple(extended(EntitySpec, EntitySettings, each, id=ident) for ident, each in written.items())


_EMPTY = Before(nothing_written)


@dataclass(frozen=True, slots=True)
class Settings(StrictSettings):
    """The configuration of the monitor: config.yaml."""

    language: Language | None = field(
        default=None,
        metadata=about(
            "The language of alerts, notices and answers: `en`, `uk`, `ru`, `pl`, `de` or `ko`. Default: English; "
            "the bot answers in the "
            "language of the Telegram app.",
            examples=["uk"],
        ),
    )
    timezone: Timezone | None = field(
        default=None,
        metadata=about(
            "The clock of channels that name none, of private chats and of the command line. Default: the host's.",
            examples=["Europe/Kyiv"],
        ),
    )
    sources: Annotated[tuple[Source, ...], Before(_no_entries)] = field(
        default=(), metadata=about("The feeds that are polled.")
    )
    entities: Annotated[tuple[EntitySpec, ...], Made(dict[EntityName, EntitySettings], _with_ids), _EMPTY] = field(
        default=(), metadata=about("Your own entities, or more names for those of the catalogue, by id.")
    )
    watchlists: Annotated[tuple[Watchlist, ...], Before(_no_entries)] = field(
        default=(),
        metadata=about("What raises alerts. More may stand in files of `watchlists.d/` beside this one."),
    )
    # `config/schema.py` says how they are written, as that depends on the kinds that there are.
    channels: Mapping[str, Channel] = field(
        default_factory=dict,
        metadata=about("Where alerts go, by name. Default: one console channel named `console`."),
    )
    telegram: Annotated[Telegram, _EMPTY] = field(
        default=Telegram(),
        metadata=about("The bot. Its token comes from TELEGRAM_BOT_TOKEN or a file, never from here."),
    )
    storage: Annotated[Storage, _EMPTY] = field(default=Storage(), metadata=about("The database."))
    dispatch: Literal["local", "procrastinate"] = field(
        default="local",
        metadata=about(
            "Where work runs: `local`, in one process, or `procrastinate`, in any number of processes on PostgreSQL"
            " (`monitor worker`).",
            examples=["procrastinate"],
            default="local",
        ),
    )
    network: Annotated[Network, _EMPTY] = field(
        default=Network(), metadata=about("Which private addresses may be asked, and who asks.")
    )
    polling: Annotated[Polling, _EMPTY] = field(default=Polling(), metadata=about("How sources are polled."))
    delivery: Annotated[Sending, _EMPTY] = field(default=Sending(), metadata=about("How messages are sent."))
    evidence: Annotated[EvidenceSettings, _EMPTY] = field(
        default=EvidenceSettings(), metadata=about("What is kept of articles as evidence.")
    )
    web: Annotated[Web, _EMPTY] = field(default=Web(), metadata=about("The daemon's web server."))
    log: Annotated[Log, _EMPTY] = field(default=Log(), metadata=about("What is logged."))


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that is never shown: not by `str`, `repr`, `format` or in a traceback's arguments."""

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

    path: Path = Path("config.yaml")
    token: Secret | None = None  # the bot's; without it, channels of kind telegram fall back to the console
    files: tuple[Path, ...] = field(default=(), compare=False)  # all that were read, `path` first
    warnings: tuple[str, ...] = field(default=(), compare=False)  # allowed, and probably not meant
    fingerprint: Fingerprint = field(default=(), compare=False)  # of what was read, before it was read

    @property
    def admin_channels(self) -> tuple[Channel, ...]:
        """Return a channel for each admin's private chat; none without a token."""
        users = () if self.token is None else self.telegram.admins
        return tuple(
            Channel(f"admin:{user}", "telegram", {"chat": user}, language=self.language, timezone=self.timezone)
            for user in users
        )

    @property
    def all_channels(self) -> dict[str, Channel]:
        """Return the configured channels and the admins', by name."""
        return dict(self.channels) | {channel.name: channel for channel in self.admin_channels}
