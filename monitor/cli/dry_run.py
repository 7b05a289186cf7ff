"""`monitor once --dry-run`: what would be sent, to whom, and when."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.archive import clock
from monitor.host import labelled

if TYPE_CHECKING:
    from monitor.app.rehearsal import Rehearsal
    from monitor.model import Config, Delivery

_TEMPORARY = 75


def show_rehearsal(config: Config, *, as_json: bool) -> int:
    """Run a round that sends nothing, and print what it would send; return the exit code of `once`."""
    from monitor import log
    from monitor.app.rehearsal import rehearse
    from monitor.cli.progress import busy

    log.configure("error", config.log.format)
    if config.token is not None:
        log.hide(config.token.reveal())
    with busy("asking every source; nothing is sent"):
        found = asyncio.run(rehearse(config))
    zone = clock(config)
    if as_json:
        rows = [_as_json(row, config, zone) for row in found.rows]
        told = asdict(found.report) | {"dry_run": True, "note": found.note, "would_send": rows}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(found, config, zone)
    report = found.report
    return _TEMPORARY if report.failed and report.failed == report.polled else 0


def _show(found: Rehearsal, config: Config, zone: tzinfo) -> None:
    from monitor import host
    from monitor.alert.render import telegram

    for row in found.rows:
        kind, when = _kind(row, config), _when(row, zone)
        click.secho(f"→ {row.channel} ({kind}), {when}", bold=True)
        channel = config.all_channels.get(row.channel)
        own = channel.timezone if channel is not None else None
        name = own or config.timezone or host.timezone()
        click.echo(telegram.console(row.alert, timezone=name, width=72, now=row.created_at) + "\n")
    report = found.report
    if found.note:
        click.echo(found.note, err=True)
    count = len(found.rows)
    sources = f"{report.polled} source{'' if report.polled == 1 else 's'}"
    click.echo(
        f"{sources} asked, {report.failed} failed; {report.new} new entries; "
        f"{count} message{'' if count == 1 else 's'} would be sent or held. Nothing was sent, nothing is kept.",
        err=True,
    )


def _kind(row: Delivery, config: Config) -> str:
    channel = config.all_channels.get(row.channel)
    return channel.kind if channel is not None else "no longer configured"


def _when(row: Delivery, zone: tzinfo) -> str:
    if row.state.value == "held":
        carrier = f" in message {row.in_digest}" if row.in_digest is not None else ""
        until = labelled(f"{row.due_at.astimezone(zone):%H:%M}", zone)
        return f"held{carrier}" if carrier else f"held until {until}"
    if row.sent_revision:
        return "an edit, in silence"
    return "as a reply" if row.reply_to is not None else "now"


def _as_json(row: Delivery, config: Config, zone: tzinfo) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "channel_kind": _kind(row, config),
        "when": _when(row, zone),
        "state": row.state.value,
        "kind": row.alert.kind.value,
        "watchlist": row.alert.watchlist,
        "headline": row.alert.headline,
        "lines": list(row.alert.lines),
        "severity": row.alert.severity.value,
        "story": row.story_id,
        "edit": bool(row.sent_revision),
    }
