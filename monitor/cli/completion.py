"""Values that a shell completes: what the catalogue, the pack and the configuration name. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from monitor.model import Config

_Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completing(values: Callable[[click.Context], Iterable[tuple[str, str]]]) -> _Complete:
    def complete(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        typed = incomplete.casefold()
        try:
            return [
                CompletionItem(value, help=about) for value, about in values(ctx) if value.casefold().startswith(typed)
            ]
        except Exception:  # noqa: BLE001 — a shell that completes has no place for an error: nothing is proposed
            return []

    return complete


def _config(ctx: click.Context) -> Config:
    """Return the configuration that the command line names so far; what a variable hides is no matter."""
    from monitor.app.configuration import load

    given = ctx.find_root().params.get("config")
    return load(Path(given or "config.yaml"), {})


def _entities(_: click.Context) -> Iterable[tuple[str, str]]:
    from monitor.watch.catalogue import shipped

    return ((ident, "") for ident in shipped().ids())


def _languages(_: click.Context) -> Iterable[tuple[str, str]]:
    from monitor.fields.languages import LANGUAGES

    return ((code, "") for code in sorted(LANGUAGES))


entities = _completing(_entities)
"""Ids of the shipped catalogue."""

languages = _completing(_languages)
"""Codes of languages."""

channels = _completing(lambda ctx: ((each.name, each.kind) for each in _config(ctx).channels.values()))
"""Channels of the configuration."""

watchlists = _completing(lambda ctx: ((each.name, "") for each in _config(ctx).watchlists))
"""Watchlists of the configuration."""

sources = _completing(lambda ctx: ((each.name, "") for each in _config(ctx).sources))
"""Sources of the configuration."""


def _subjects(ctx: click.Context) -> Iterable[tuple[str, str]]:
    yield from ((each.name, "watchlist") for each in _config(ctx).watchlists)
    yield from ((f"@{ident}", "entity") for ident, _ in _entities(ctx))


subjects = _completing(_subjects)
"""Watchlists, and entities with their `@`."""
