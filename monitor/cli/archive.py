"""Commands that look at what the daemon has stored: status, alerts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from monitor.model import Delivery, SourceState
    from monitor.ports import Store


def _open(path: Path, *, read_only: bool = True) -> Store:
    from monitor.config.load import load
    from monitor.store import open_store

    return open_store(load(path).storage.url, read_only=read_only)


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> int:
    """Show sources (last success, interval, errors, silence), the queue and latencies."""
    store = _open(ctx.obj["config"])
    try:
        with store.begin() as tx:
            states = tx.source_states()
            pending = tx.pending_count()
            counts = tx.delivery_counts()
            recent = tx.deliveries(state="sent", limit=200)
    finally:
        store.close()
    now = datetime.now(UTC)
    report = {
        "sources": [_source(state, now) for state in states],
        "queue": {"entries": pending, "outbox": counts},
        "latency": _latency(recent),
    }
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _show_status(report)
    return 0


def _source(state: SourceState, now: datetime) -> dict[str, Any]:
    def iso(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "name": state.source.name,
        "url": state.source.url,
        "state": _word(state),
        "last_success": iso(state.last_success_at),
        "last_poll": iso(state.last_poll_at),
        "last_new": iso(state.last_new_at),
        "silent_for": round((now - state.last_new_at).total_seconds()) if state.last_new_at else None,
        "interval": state.interval or state.source.every,
        "next_poll": iso(state.next_poll_at),
        "failures": state.failures,
        "error": state.error,
        "error_kind": state.error_kind,
    }


def _word(state: SourceState) -> str:
    if state.stopped:
        return "stopped"
    if state.failures:
        return "failing"
    return "ok" if state.baseline_at else "new"


def _latency(rows: Sequence[Delivery]) -> dict[str, Any]:
    """Give p50 and p99 in seconds of published → sent and seen → sent, over the last sent story alerts."""
    alerts = [row for row in rows if row.sent_at and row.story_id is not None and row.edits == 0]
    whole = [(row.sent_at - row.alert.at).total_seconds() for row in alerts if row.sent_at and row.alert.at]
    ours = [(row.sent_at - row.created_at).total_seconds() for row in alerts if row.sent_at]
    return {"alerts": len(alerts), "published_to_sent": _points(whole), "written_to_sent": _points(ours)}


def _points(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    top = quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]
    return {"p50": round(median(values), 2), "p99": round(top, 2)}


def _show_status(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("source", "state", "last success", "last new", "every", "failures", "error", box=None, pad_edge=False)
    colours = {"ok": "green", "new": "yellow", "failing": "red", "stopped": "red"}
    for row in report["sources"]:
        table.add_row(
            escape(row["name"]),
            f"[{colours[row['state']]}]{row['state']}[/]",
            _ago(row["last_success"]),
            _ago(row["last_new"]),
            f"{row['interval']:.0f} s",
            str(row["failures"] or ""),
            escape(row["error"] or ""),
        )
    console.print(table)
    outbox = report["queue"]["outbox"]
    rows = ", ".join(f"{count} {state}" for state, count in outbox.items() if count) or "empty"
    console.print(f"\nqueue: {report['queue']['entries']} entries to read; outbox: {rows}")
    for name, points in report["latency"].items():
        if isinstance(points, dict):
            console.print(f"{name.replace('_', ' ')}: p50 {points['p50']} s, p99 {points['p99']} s")


def _ago(moment: str | None) -> str:
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"


@click.command("alerts")
@click.option("--dead", is_flag=True, help="Only those that were given up.")
@click.option("--replay", type=int, metavar="ID", help="Send a dead one again.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def alerts(ctx: click.Context, dead: bool, replay: int | None, limit: int, as_json: bool) -> int:
    """Show the outbox, newest first."""
    store = _open(ctx.obj["config"], read_only=replay is None)
    try:
        if replay is not None:
            return _replay(store, replay)
        with store.begin() as tx:
            rows = tx.deliveries(state="dead" if dead else None, limit=limit)
    finally:
        store.close()
    if as_json:
        for row in rows:
            click.echo(json.dumps(_row(row), ensure_ascii=False))
    else:
        _show_alerts(rows)
    return 0


def _replay(store: Store, ident: int) -> int:
    with store.begin() as tx:
        done = tx.replay_delivery(ident, datetime.now(UTC))
    if not done:
        click.echo(f"there is no dead alert {ident}: `monitor alerts --dead` lists them", err=True)
        return 1
    click.echo(f"alert {ident} will be sent again")
    return 0


def _row(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state.value,
        "channel": row.channel,
        "kind": row.alert.kind.value,
        "watchlist": row.alert.watchlist,
        "headline": row.alert.headline,
        "story": row.story_id,
        "attempts": row.attempts,
        "edits": row.edits,
        "created": row.created_at.isoformat(),
        "sent": row.sent_at.isoformat() if row.sent_at else None,
        "message_id": row.message_id,
        "error": row.error,
    }


def _show_alerts(rows: Sequence[Delivery]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        click.echo("nothing here", err=True)
        return
    table = Table("id", "state", "channel", "kind", "headline", "created", "error", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            str(row.id),
            row.state.value,
            escape(row.channel),
            row.alert.kind.value,
            escape(row.alert.headline[:70]),
            f"{row.created_at:%Y-%m-%d %H:%M}",
            escape((row.error or "")[:60]),
        )
    Console().print(table)
