"""The settings as pydantic models: the one place that says which keys exist, what they may hold and what they mean.

The JSON Schema that editors read is generated from here, and `docs/configuration.md` must name every key (a test says
so). Rules that look at several settings at once are in `checks.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, create_model

from monitor.fields.values import (
    DAY,
    HOUR,
    MINUTE,
    Api,
    Cidr,
    Clock,
    Digest,
    EntityName,
    Host,
    Listen,
    NameText,
    Port,
    StorageUrl,
    Timezone,
    User,
    duration,
)
from monitor.config.schema_policy import BurstSettings
from monitor.config.schema_watch import EntitySettings, SourceSettings, WatchlistSettings
from monitor.fields import StrictSettings, Url, whole
from monitor.ports import Kinds


class QuietHoursSettings(StrictSettings):
    """A daily span without messages."""

    from_: Clock = Field(alias="from", description="When the span begins, in quotes.", examples=["23:00"])
    to: Clock = Field(description="When the span ends, in quotes; before `from`: on the next day.", examples=["07:00"])
    timezone: Timezone | None = Field(
        default=None,
        description="Whose clock. Default: the channel's `timezone`, else the host's.",
        examples=["Europe/Kyiv"],
    )


def _nothing(value: Any) -> Any:
    """Read a section whose lines are all commented out as one without settings."""
    return {} if value is None else value


def _no_entries(value: Any) -> Any:
    """Leave an empty list of entries to `checks.py`, which says more about it."""
    return [] if value is None else value


class ChannelRules(StrictSettings):
    """How alerts go to a channel, whatever its kind is. `settings_of` adds a field for each kind."""

    timezone: Timezone | None = Field(
        default=None, description="The clock of the times in alerts. Default: the host's.", examples=["Europe/Kyiv"]
    )
    quiet_hours: QuietHoursSettings | None = Field(
        default=None, description="When only critical alerts are sent; the rest follows in one message at the end."
    )
    digest: Digest | None = Field(
        default=None,
        description="Gather alerts below severity high into one message: every so often, or daily at one or more "
        "times.",
        examples=["2h", "08:00", ["08:00", "20:00"]],
    )
    burst: BurstSettings | None = Field(
        default=None,
        description="After how many alerts within how long further ones share one message. Default: as "
        "`delivery.burst` for Telegram, `off` for channels of other kinds.",
        examples=[{"alerts": 10, "within": "10m"}, "off"],
    )
    expire: Annotated[float, duration(MINUTE, 365 * DAY)] | None = Field(
        default=None,
        description="A message that could not be sent for so long is given up. Default: `delivery.expire`.",
        examples=["6h"],
    )
    on_unknown: Literal["resend", "hold"] = Field(
        default="resend",
        description="What to do with a message whose fate is unknown, where the channel cannot be asked: send it again "
        "(perhaps twice) or hold it back.",
    )


class TelegramSettings(StrictSettings):
    """The bot. Its token is no setting: it comes from the environment or a file."""

    admins: list[User] = Field(
        default=[],
        description="User ids whose commands and buttons count, and who are told what needs a look.",
        examples=[[123456789]],
    )
    api: Api = Field(default="https://api.telegram.org", description="The Bot API server: Telegram's, or a local one.")


class StorageSettings(StrictSettings):
    """The database."""

    url: StorageUrl = Field(
        default="sqlite:///var/monitor.db",
        description="SQLite (three slashes and a path from the working directory, four and an absolute one) or "
        "PostgreSQL.",
        examples=["sqlite:///var/monitor.db", "postgresql://monitor@db.example.org/monitor"],
    )
    keep: Annotated[float, duration(DAY, 36_500 * DAY)] = Field(
        default=400 * DAY,
        description="How long articles are kept.",
        examples=["400d"],
        json_schema_extra={"default": "400d"},
    )


class AllowSettings(StrictSettings):
    """One private address that may be asked: host and range must both match."""

    host: Host = Field(description="The host's name, as the addresses of sources write it.", examples=["wiki.corp"])
    cidr: Cidr = Field(description="The range that its address must be in.", examples=["10.2.0.0/16"])
    ports: list[Port] = Field(
        default=[80, 443], min_length=1, description="The ports that may be used.", examples=[[443]]
    )


class NetworkSettings(StrictSettings):
    """The way out."""

    allow: list[AllowSettings] = Field(
        default=[],
        description="Exceptions: private addresses are refused otherwise. Redirects and article links do not inherit "
        "them.",
        examples=[[{"host": "wiki.corp", "cidr": "10.2.0.0/16", "ports": [443]}]],
    )


class PollingSettings(StrictSettings):
    """How sources are polled."""

    catch_up: Annotated[float, duration(MINUTE, 365 * DAY)] = Field(
        default=12 * HOUR,
        description="After downtime, new articles older than this go into one digest instead of alerts.",
        examples=["12h"],
        json_schema_extra={"default": "12h"},
    )
    concurrency: Annotated[int, whole(1, 1000, "how many requests run at once")] = Field(
        default=50, description="How many requests run at once."
    )
    per_host: Annotated[int, whole(1, 16, "how many requests run at once")] = Field(
        default=2, description="How many requests run at once to one host."
    )


class DeliverySettings(StrictSettings):
    """How messages are sent."""

    expire: Annotated[float, duration(MINUTE, 365 * DAY)] = Field(
        default=2 * DAY,
        description="A message that could not be sent for so long is given up, and the admins are told.",
        examples=["2d"],
        json_schema_extra={"default": "2d"},
    )
    stale: Annotated[float, duration(MINUTE, 30 * DAY)] = Field(
        default=2 * HOUR,
        description="Alerts below severity high that could not be sent for so long come in one message.",
        examples=["2h"],
        json_schema_extra={"default": "2h"},
    )
    burst: BurstSettings | None = Field(
        default=None,
        description="After how many alerts within how long further ones to a Telegram chat share one message. "
        "Default: `off`, never.",
        examples=[{"alerts": 10, "within": "10m"}, "off"],
    )
    quiet_time: Annotated[float, duration(0.1, HOUR)] = Field(
        default=30.0,
        description="How long to wait before looking whether a message whose fate is unknown has arrived.",
        examples=["30s"],
        json_schema_extra={"default": "30s"},
    )


class WebSettings(StrictSettings):
    """The daemon's own web server: health, readiness, metrics."""

    listen: Listen = Field(
        default="127.0.0.1:8080",
        description='Where it listens, as host:port; "" for no web server. It asks for no password: keep it on '
        "loopback, or behind a proxy that does.",
    )
    public_url: Url | None = Field(
        default=None,
        description="The address under which a proxy in front of the web server is reached: requests for its host are "
        "answered.",
        examples=["https://monitor.example.org"],
    )
    hosts: list[Host] = Field(
        default=[],
        description="More names under which the web server is asked, such as a scraper's. IP addresses, `localhost` "
        "and the hosts of `web.listen` and `web.public_url` need no entry; other names are refused (421).",
        examples=[["monitor"]],
    )


class LogSettings(StrictSettings):
    """What the daemon writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important lines shown."
    )
    format: Literal["auto", "json", "text"] = Field(
        default="auto",
        description="`json`: one object a line; `text`: for people; `auto`: text on a terminal, else JSON.",
    )


_CHANNELS = "Where alerts go, by name. Default: one console channel named `console`."


class Settings(StrictSettings):
    """The configuration of the monitor: config.yaml."""

    model_config = ConfigDict(defer_build=True)  # what is built is the model that `settings_of` returns

    sources: Annotated[list[SourceSettings], BeforeValidator(_no_entries)] = Field(
        default=[], description="The feeds that are polled."
    )
    entities: Annotated[dict[EntityName, EntitySettings], BeforeValidator(_nothing)] = Field(
        default={}, description="Your own entities, or more names for those of the catalogue, by id."
    )
    watchlists: Annotated[list[WatchlistSettings], BeforeValidator(_no_entries)] = Field(
        default=[], description="What raises alerts. More may stand in files of `watchlists.d/` beside this one."
    )
    channels: Annotated[dict[NameText, ChannelRules], BeforeValidator(_nothing)] = Field(
        default={}, description=_CHANNELS
    )
    telegram: Annotated[TelegramSettings, BeforeValidator(_nothing)] = Field(
        default=TelegramSettings(),
        description="The bot. Its token comes from TELEGRAM_BOT_TOKEN or a file, never from here.",
    )
    storage: Annotated[StorageSettings, BeforeValidator(_nothing)] = Field(
        default=StorageSettings(), description="The database."
    )
    network: Annotated[NetworkSettings, BeforeValidator(_nothing)] = Field(
        default=NetworkSettings(), description="Which private addresses may be asked."
    )
    polling: Annotated[PollingSettings, BeforeValidator(_nothing)] = Field(
        default=PollingSettings(), description="How sources are polled."
    )
    delivery: Annotated[DeliverySettings, BeforeValidator(_nothing)] = Field(
        default=DeliverySettings(), description="How messages are sent."
    )
    web: Annotated[WebSettings, BeforeValidator(_nothing)] = Field(
        default=WebSettings(), description="The daemon's web server."
    )
    log: Annotated[LogSettings, BeforeValidator(_nothing)] = Field(default=LogSettings(), description="What is logged.")


@cache
def settings_of(kinds: Kinds) -> type[Settings]:
    """Return the model of a configuration whose channels may be of these kinds."""
    targets: dict[str, Any] = {}
    for kind in kinds:
        target: Any = kind.settings | None
        if kind.needed:
            targets[kind.name] = (target, Field(default=None, description=kind.description))
        else:
            field = Field(default=None, description=kind.description, examples=[{}])
            targets[kind.name] = (Annotated[target, BeforeValidator(_nothing)], field)
    named = [f"`{kind.name}`" for kind in kinds]
    # Fields of the last base come first: a channel's kind stands above how alerts go to it.
    channel = create_model(
        "ChannelSettings",
        __base__=(ChannelRules, create_model("_Targets", __base__=StrictSettings, **targets)),
        __doc__=f"Where alerts go: exactly one of {', '.join(named[:-1])} and {named[-1]}, and how.",
    )
    channels: Any = Annotated[dict[NameText, channel], BeforeValidator(_nothing)]  # type: ignore[valid-type]
    every: Any = Field(default={}, description=_CHANNELS)
    return create_model("Settings", __base__=Settings, __doc__=Settings.__doc__, channels=(channels, every))
