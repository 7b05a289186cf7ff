"""How commands open what the daemon has written, and show its times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.config.load import Config
    from monitor.store import Database

_NAME = 24  # columns of a name at most; more of it goes on below


def open_archive(config: Config, *, read_only: bool = True) -> Database:
    """Open the configured database. Raises StoreError where there is none yet: only `run` and `once` make one."""
    from monitor.app.life import require_database
    from monitor.store import open_store

    require_database(config)
    return open_store(config.storage.url, read_only=read_only)


def seconds(text: str, option: str, least: float = 60.0) -> float:
    """Return the seconds of a duration that an option was given, such as 30d. Raises click.BadParameter."""
    from monitor.fields.values import parse_duration

    found = parse_duration(text.strip())
    if found is None or found < least:
        raise click.BadParameter(f"{text!r} is no duration: write 12h, 30d or 90d", param_hint=option)
    return found


def clock(config: Config) -> tzinfo:
    """Return the clock of times on the command line: the configuration's `timezone`, else the host's."""
    from monitor import host

    return ZoneInfo(config.timezone or host.timezone())


def shown(moment: str, zone: tzinfo) -> str:
    """Return an ISO time as '2026-11-30 17:20'."""
    from monitor.host import labelled

    return labelled(f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}", zone)


def print_beside(console: Console, rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print what names a row, with its lines beside it: all in rich's markup.

    On a phone's 40 columns, too: what is longer than the room goes on below itself.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(max_width=max(min(console.width // 3, _NAME), 1), overflow="fold")
    table.add_column(overflow="fold")
    for name, lines in rows:
        table.add_row(name, "\n".join(lines))
    console.print(table)
