"""Defaults that depend on other settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from monitor.config.yaml_tree import Mapping, Sequence, is_null
from monitor.fields import extended
from monitor.model import Burst, Channel, ChannelRules, Settings, Watchlist
from monitor.ports import Kinds

DEFAULT_CHANNEL = "console"
"""The name of the channel that there is where the user writes none."""


def channels(settings: Settings, kinds: Kinds) -> dict[str, Channel]:
    """Return the channels of settings as they were written, or the console where there is none."""
    burst = settings.delivery.burst
    made = {name: _channel(name, each, kinds, burst) for name, each in settings.channels.items()}
    made = made or {DEFAULT_CHANNEL: Channel(DEFAULT_CHANNEL, "console")}
    return {name: _for_its_readers(channel, settings) for name, channel in made.items()}


def _for_its_readers(channel: Channel, settings: Settings) -> Channel:
    """Return a channel with the language and the clock of the whole configuration where it names none."""
    return replace(
        channel,
        language=channel.language or settings.language,
        timezone=channel.timezone or settings.timezone,
    )


def _channel(name: str, written: ChannelRules, kinds: Kinds, inherited: Burst | None) -> Channel:
    """Return a channel; one without a `burst` of its own follows `delivery.burst` where its kind does."""
    (kind,) = (kind for kind in kinds if getattr(written, kind.name) is not None)
    burst = written.burst or (inherited if kind.bursts else None)
    channel = extended(
        Channel,
        ChannelRules,
        written,
        name=name,
        kind=kind.name,
        settings=kind.convert(name, getattr(written, kind.name)),
        idempotent=kind.idempotent,
    )
    return replace(channel, burst=None if burst is None or burst.is_off else burst)


def watchlists(settings: Settings, root: Mapping, names: Iterable[str]) -> Iterator[Watchlist]:
    """Yield the watchlists; those for which the tree `root` has no `notify` alert all channels, by their `names`."""
    nodes = root.get("watchlists")
    every = tuple(names)
    for watchlist, node in zip(settings.watchlists, nodes.items if isinstance(nodes, Sequence) else (), strict=True):
        written = isinstance(node, Mapping) and not is_null(node.get("notify"))
        yield watchlist if written else replace(watchlist, notify=every)
