"""What is in force, for rooms that are tested without a daemon."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from monitor.model import Channel, Config, Watchlist
from monitor.pipeline.live import InForce, Live
from monitor.pipeline.ruleset import CompiledCatalogue, NotCompiled, Rules
from monitor.ports import Fetcher


def configured(channels: Iterable[Channel] = (), watchlists: Iterable[Watchlist] = (), **more: Any) -> Config:
    return Config(channels={each.name: each for each in channels}, watchlists=tuple(watchlists), **more)


def in_force(rules: Rules | Config | None = None, fetcher: object = None) -> Live:
    """Return the holder of rules; of a configuration that is not compiled; of nothing but defaults."""
    if not isinstance(rules, Rules):
        rules = Rules(NotCompiled(), CompiledCatalogue(NotCompiled()), rules or Config())
    return Live(InForce(rules, cast("Fetcher", fetcher)))
