"""From validated settings to the project's nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.config.config import Allow, Log, Network, Polling, Sending, Storage, Web
from monitor.config.schema import ChannelRules, QuietHoursSettings, Settings
from monitor.config.schema_policy import BurstSettings
from monitor.config.schema_watch import (
    EntitySettings,
    KeywordSettings,
    NameSettings,
    SourceSettings,
    WatchlistSettings,
)
from monitor.model import Burst, Channel, EntitySpec, Name, QuietHours, Severity, Source, Term, Watchlist
from monitor.ports import Kinds

DEFAULT_CHANNEL = "console"
"""The name of the channel that there is where the user writes none."""


def source(settings: SourceSettings) -> Source:
    """Make a source."""
    return Source(
        name=settings.name,
        url=settings.url,
        every=settings.every,
        language=settings.language,
        timezone=settings.timezone,
        kind=settings.kind,
    )


def entity(ident: str, settings: EntitySettings) -> EntitySpec:
    """Make an entity."""
    return EntitySpec(
        id=ident,
        type=settings.type,
        names={language: tuple(map(_name, names)) for language, names in settings.names.items()},
        adjectives={language: tuple(words) for language, words in settings.adjectives.items()},
        needs=tuple(settings.needs),
        not_before=tuple(settings.not_before),
        not_after=tuple(settings.not_after),
        link=settings.link,
    )


def _name(settings: NameSettings) -> Name:
    return Name(
        text=settings.text,
        add_forms=tuple(settings.add_forms),
        drop_forms=tuple(settings.drop_forms),
        exact_case=settings.case == "exact",
        whole=settings.whole,
        needs=tuple(settings.needs),
        not_before=tuple(settings.not_before),
        not_after=tuple(settings.not_after),
    )


def _term(settings: KeywordSettings) -> Term:
    return Term(
        text=settings.text,
        language=settings.language,
        add_forms=tuple(settings.add_forms),
        drop_forms=tuple(settings.drop_forms),
        exact_case=settings.case == "exact",
        whole=settings.whole,
        near=tuple(settings.near),
        except_=tuple(settings.except_),
    )


def watchlist(settings: WatchlistSettings, channels: Sequence[str]) -> Watchlist:
    """Make a watchlist; without `notify` it alerts all `channels`."""
    return Watchlist(
        name=settings.name,
        entities=_unique(settings.entities),
        keywords=tuple(map(_term, settings.keywords)),
        exclude=tuple(map(_term, settings.exclude)),
        query=settings.query,
        require=settings.require,
        where=_unique(settings.where),
        sources=_unique(settings.sources),
        languages=_unique(settings.languages),
        severity=Severity(settings.severity),
        notify=tuple(channels) if settings.notify is None else _unique(settings.notify),
        updates=settings.updates,
        cooldown=settings.cooldown or 0.0,
    )


def _unique(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def channel(name: str, settings: ChannelRules, kinds: Kinds, burst: BurstSettings | None) -> Channel:
    """Make a channel; one without a `burst` of its own follows `burst` where its kind does."""
    (kind,) = (kind for kind in kinds if getattr(settings, kind.name) is not None)
    return Channel(
        name=name,
        kind=kind.name,
        settings=kind.convert(name, getattr(settings, kind.name)),
        idempotent=kind.idempotent,
        timezone=settings.timezone,
        quiet_hours=_quiet_hours(settings.quiet_hours),
        digest=settings.digest,
        on_unknown=settings.on_unknown,
        burst=_burst(settings.burst or (burst if kind.bursts else None)),
        expire=settings.expire,
    )


def _quiet_hours(settings: QuietHoursSettings | None) -> QuietHours | None:
    return None if settings is None else QuietHours(settings.from_, settings.to, settings.timezone)


def _burst(settings: BurstSettings | None) -> Burst | None:
    return None if settings is None or settings.is_off else Burst(settings.alerts, settings.within)


def channels(settings: Settings, kinds: Kinds) -> dict[str, Channel]:
    """Make all channels, or the console where there is none."""
    made = {name: channel(name, each, kinds, settings.delivery.burst) for name, each in settings.channels.items()}
    return made or {DEFAULT_CHANNEL: Channel(DEFAULT_CHANNEL, "console")}


def sections(settings: Settings) -> dict[str, Any]:
    """Make the sections that are values alone."""
    return {
        "storage": Storage(settings.storage.url, settings.storage.keep),
        "network": Network(tuple(Allow(each.host, each.cidr, tuple(each.ports)) for each in settings.network.allow)),
        "polling": Polling(settings.polling.catch_up, settings.polling.concurrency, settings.polling.per_host),
        "delivery": Sending(settings.delivery.expire, settings.delivery.quiet_time, settings.delivery.stale),
        "web": Web(settings.web.listen, settings.web.public_url, tuple(settings.web.hosts)),
        "log": Log(settings.log.level, settings.log.format),
    }
