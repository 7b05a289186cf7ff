"""Commands that show the daemon's database: status, alerts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from monitor.config.load import Config
    from monitor.model import Delivery, GapState, Mute, SourceState, Subscription
    from monitor.pipeline.report import Percentiles, WatchlistReport
    from monitor.store import Database


def _open(config: Config, *, read_only: bool = True) -> Database:
    from monitor.app.life import require_database
    from monitor.store import open_store

    require_database(config)
    return open_store(config.storage.url, read_only=read_only)


@click.command("status", short_help="Sources, queue, latencies, watchlists and mutes at a glance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> int:
    """Show sources (last success, interval, errors, silence), the queue, latencies, watchlists and mutes."""
    from monitor.app.configuration import load
    from monitor.app.life import describe
    from monitor.pipeline import report

    config = load(ctx.obj["config"])
    now = datetime.now(UTC)
    store = _open(config)
    try:
        with store.begin() as tx:
            seen = report.overview(tx, now)
            lists = report.standings(tx, config.watchlists, now)
            life = describe(tx.sign_of_life())
            judging = report.judging(tx)
            hubs = {row.source_id: row for row in tx.subscriptions() if row.wanted}
    finally:
        store.close()
    found = {
        "database": store.name,
        "daemon": {"ok": life.ok, "state": life.line},
        "sources": [
            _source(state, seen.silent, seen.gaps.get(state.id), hubs.get(state.id), now) for state in seen.states
        ],
        "troubles": list(seen.troubles),
        "queue": {"entries": seen.pending, "outbox": dict(seen.outbox)},
        "judging": {"state": judging.state, "at": judging.at.isoformat()} if judging else None,
        "latency": {
            "since": seen.since.isoformat(),
            "alerts": seen.alerts,
            "published_to_sent": _points(seen.whole),
            "seen_to_sent": _points(seen.inside),
        },
        "watchlists": [_standing(each) for each in lists],
        "mutes": [_mute(mute) for mute in seen.mutes],
    }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show_status(found)
    return 0


def _source(
    state: SourceState, silent: Mapping[str, float], gap: GapState | None, hub: Subscription | None, now: datetime
) -> dict[str, Any]:
    from monitor import polling
    from monitor.pipeline import report

    def iso(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "name": state.source.name,
        "url": state.source.url,
        "state": report.word(state).value,
        "silent": state.source.name in silent,
        "last_success": iso(state.last_success_at),
        "last_poll": iso(state.last_poll_at),
        "last_new": iso(state.last_new_at),
        "silent_for": round((now - state.last_new_at).total_seconds()) if state.last_new_at else None,
        "interval": state.interval,
        "next_poll": iso(state.next_poll_at),
        "next_poll_why": polling.why(state, now),
        "next_poll_reason": state.reason,
        "next_poll_number": state.reason_number,
        "failures": state.failures,
        "error": state.error,
        "error_kind": state.error_kind,
        "moved_to": state.relocation.address,
        "notes": list(state.notes),
        "gap": _gap(gap) if gap else None,
        "hub": {"url": hub.hub, "subscribed_until": iso(hub.expires_at), "error": hub.error} if hub else None,
    }


def _gap(gap: GapState) -> dict[str, Any]:
    return {
        "since": gap.gap.since.isoformat(),
        "until": gap.gap.until.isoformat(),
        "found": gap.found_at.isoformat(),
        "expected": gap.expected,
        "refilled": gap.refilled,
        "unaccounted": gap.unaccounted,
        "reason": gap.reason,
        "next_try": gap.refill_at.isoformat() if gap.refill_at else None,
    }


def _points(points: Percentiles | None) -> dict[str, float] | None:
    """Return seconds."""
    if points is None:
        return None
    return {name: round(getattr(points, name), 2) for name in ("p50", "p95", "p99", "longest")}


def _standing(each: WatchlistReport) -> dict[str, Any]:
    return {
        "name": each.name,
        "terms": None if each.query else each.terms,
        "severity": each.severity,
        "channels": list(each.channels),
        "alerts_24h": each.day,
        "alerts_7d": each.week,
        "useful": each.useful,
        "not_useful": each.useless,
        "precision": None if each.precision is None else round(each.precision, 3),
        "mute": _mute(each.mute) if each.mute else None,
    }


def _mute(mute: Mute) -> dict[str, Any]:
    until = mute.until.isoformat() if mute.until else None
    return {"kind": mute.kind.value, "key": mute.key, "until": until, "by": mute.by, "at": mute.at.isoformat()}


def _show_status(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    colour = "green" if found["daemon"]["ok"] else "red"
    state = f"[{colour}]{escape(found['daemon']['state'])}[/]"
    console.print(f"database {escape(found['database'])}: {state}", highlight=False, soft_wrap=True)
    _show_sources(console, found["sources"])
    for line in found["troubles"]:
        console.print(f"[red]{escape(line)}[/]", highlight=False)
    outbox = found["queue"]["outbox"]
    rows = ", ".join(f"{count} {state}" for state, count in outbox.items() if count) or "empty"
    console.print(f"\nqueue: {found['queue']['entries']} entries to read; outbox: {rows}", highlight=False)
    judging = found["judging"]
    if judging and judging["state"] != "ready":
        console.print(f"judging waits: {judging['state']} ({_ago(judging['at'])})", highlight=False)
    latency = found["latency"]
    console.print(f"last 24 hours: {latency['alerts']} alert{'' if latency['alerts'] == 1 else 's'}", highlight=False)
    for name, points in latency.items():
        if isinstance(points, dict):
            shown = ", ".join(f"{point} {seconds} s" for point, seconds in points.items())
            console.print(f"{name.replace('_', ' ')}: {shown}", highlight=False)
    if found["watchlists"]:
        console.print()
        console.print(_watchlists_table(found["watchlists"]))
    for mute in found["mutes"]:
        if mute["kind"] == "story":
            console.print(f"story {mute['key']} is muted{_until(mute)}", highlight=False)


def _show_sources(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    from rich.markup import escape

    console.print(_sources_table(rows))
    for row in rows:
        if row["error"]:  # below the table: a column of it would be a few letters wide
            console.print(f"[red]{escape(row['name'])}[/]: {escape(row['error'])}", highlight=False, soft_wrap=True)
    for row in rows:
        moved = [f"has moved for good: write url: {row['moved_to']}"] if row["moved_to"] else []
        for line in (*moved, *row["notes"]):
            console.print(f"{escape(row['name'])}: {escape(line)}", highlight=False, soft_wrap=True)
        if row["gap"]:
            console.print(f"{escape(row['name'])}: {escape(_gap_line(row['gap']))}", highlight=False, soft_wrap=True)
        if row["hub"] and row["hub"]["error"]:
            line = f"no subscription at its hub {row['hub']['url']}, polling goes on: {row['hub']['error']}"
            console.print(f"{escape(row['name'])}: {escape(line)}", highlight=False, soft_wrap=True)


def _gap_line(gap: Mapping[str, Any]) -> str:
    span = f"last gap from {gap['since'][:16]} to {gap['until'][:16]} UTC: {gap['refilled']} articles refilled"
    if gap["next_try"]:
        why = f" ({gap['reason']})" if gap["reason"] else ""
        return f"{span} so far, the site's sitemaps are asked again at {gap['next_try'][:16]} UTC{why}"
    lost = f", about {gap['unaccounted']} unaccounted ({gap['reason']})" if gap["unaccounted"] else ", 0 unaccounted"
    return span + lost


def _sources_table(rows: Sequence[dict[str, Any]]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    columns = ("source", "state", "last success", "last new", "every", "failures", "next poll")
    table = Table(*columns, box=None, pad_edge=False)
    colours = {"ok": "green", "new": "yellow", "failing": "red", "stopped": "red", "silent": "yellow"}
    for row in rows:
        state = "silent" if row["silent"] and row["state"] == "ok" else row["state"]
        table.add_row(
            escape(row["name"]),
            f"[{colours[state]}]{state}[/]",
            _ago(row["last_success"]),
            _ago(row["last_new"]),
            f"{row['interval']:.0f} s",
            str(row["failures"] or ""),
            escape(row["next_poll_why"] or "never"),
        )
    return table


def _watchlists_table(rows: Sequence[dict[str, Any]]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table("watchlist", "severity", "terms", "24 h", "7 d", "useful", "muted", box=None, pad_edge=False)
    for row in rows:
        judged = row["useful"] + row["not_useful"]
        table.add_row(
            escape(row["name"]),
            row["severity"],
            "query" if row["terms"] is None else str(row["terms"]),
            str(row["alerts_24h"]),
            str(row["alerts_7d"]),
            f"{row['useful']} of {judged} ({row['precision']:.0%})" if judged else "",
            "yes" + _until(row["mute"]) if row["mute"] else "",
        )
    return table


def _until(mute: dict[str, Any]) -> str:
    """Return until when, on the host's clock."""
    return f" until {datetime.fromisoformat(mute['until']).astimezone():%Y-%m-%d %H:%M}" if mute["until"] else ""


def _ago(moment: str | None) -> str:
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"


@click.command("alerts", short_help="The outbox, newest first; with an ID, one alert and its story.")
@click.argument("ident", type=int, required=False, metavar="[ID]")
@click.option("--dead", is_flag=True, help="Only those that were given up.")
@click.option("--replay", type=int, metavar="ID", help="Send a dead one again.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def alerts(ctx: click.Context, ident: int | None, dead: bool, replay: int | None, limit: int, as_json: bool) -> int:
    """Show the outbox, newest first; with ID one alert, and why each article of its story joined it."""
    from monitor.app.configuration import load

    if ident is not None and (dead or replay is not None):
        raise click.UsageError("ID stands by itself: --dead lists, --replay takes an ID of its own")
    store = _open(load(ctx.obj["config"]), read_only=replay is None)
    try:
        if replay is not None:
            return _replay(store, replay)
        if ident is not None:
            return _one(store, ident, as_json=as_json)
        with store.begin() as tx:
            rows = tx.deliveries(state="dead" if dead else None, limit=limit)
            judged, mutes = tx.feedback_of(rows), tx.mutes(datetime.now(UTC))
    finally:
        store.close()
    muted = {(mute.kind.value, mute.key) for mute in mutes}
    found = [_row(row, judged.get(row.id, (0, 0)), muted) for row in rows]
    if as_json:
        for each in found:
            click.echo(json.dumps(each, ensure_ascii=False))
    else:
        _show_alerts(found)
    return 0


def _one(store: Database, ident: int, *, as_json: bool) -> int:
    from monitor.cli import alert

    with store.begin() as tx:
        found = alert.look(tx, ident)
        if found is None:
            click.echo(f"there is no alert {ident}: `monitor alerts` lists them", err=True)
            return 1
        row, told = found
        judged, mutes = tx.feedback_of([row]), tx.mutes(datetime.now(UTC))
    shown = _row(row, judged.get(row.id, (0, 0)), {(mute.kind.value, mute.key) for mute in mutes})
    alert.show(shown, alert.stories_of(told), as_json=as_json)
    return 0


def _replay(store: Database, ident: int) -> int:
    with store.begin() as tx:
        done = tx.replay_delivery(ident, datetime.now(UTC))
    if not done:
        click.echo(f"there is no dead alert {ident}: `monitor alerts --dead` lists them", err=True)
        return 1
    click.echo(f"alert {ident} will be sent again")
    return 0


def _row(row: Delivery, judged: tuple[int, int], muted: set[tuple[str, str]]) -> dict[str, Any]:
    waits = row.state.value == "held" and row.in_digest is None
    keys = {("story", str(row.story_id)), ("watchlist", row.alert.watchlist or "")}
    return {
        "id": row.id,
        "state": row.state.value,
        "channel": row.channel,
        "kind": row.alert.kind.value,
        "watchlist": row.alert.watchlist,
        "also": list(row.alert.also),
        "headline": row.alert.headline,
        "story": row.story_id,
        "attempts": row.attempts,
        "edits": row.edits,
        "created": row.created_at.isoformat(),
        "held_until": row.due_at.isoformat() if waits else None,
        "carried_by": row.in_digest,
        "sent": row.sent_at.isoformat() if row.sent_at else None,
        "message_id": row.message_id,
        "useful": judged[0],
        "not_useful": judged[1],
        "muted": bool(keys & muted),
        "error": row.error,
    }


def _state(row: dict[str, Any]) -> str:
    until, carrier = row["held_until"], row["carried_by"]
    where = f" in {carrier}" if carrier else ""
    if until:
        where = f" until {datetime.fromisoformat(until).astimezone():%H:%M}"
    return f"{row['state']}{where}{' (muted)' if row['muted'] and row['state'] != 'muted' else ''}"


def _show_alerts(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from monitor.alert.sanitize import clip

    if not rows:
        click.echo("nothing here", err=True)
        return
    columns = {
        "id": [str(row["id"]) for row in rows],
        "state": [_state(row) for row in rows],
        "channel": [escape(row["channel"]) for row in rows],
        "kind": [row["kind"] for row in rows],
        "created": [f"{datetime.fromisoformat(row['created']).astimezone():%Y-%m-%d %H:%M}" for row in rows],
        "headline": [escape(clip(row["headline"], 70)) for row in rows],
        "useful": [_useful(row) for row in rows],
        "error": [escape(clip(row["error"] or "", 70)) for row in rows],
    }
    table = Table(box=None, pad_edge=False)
    for name, cells in columns.items():
        if any(cells):  # room is scarce: most lists have no error, and many no opinion
            table.add_column(name, no_wrap=name in {"id", "kind", "created", "useful"})
    for line in zip(*filter(any, columns.values()), strict=True):
        table.add_row(*line)
    Console().print(table)


def _useful(row: dict[str, Any]) -> str:
    judged = row["useful"] + row["not_useful"]
    return f"{row['useful']} of {judged}" if judged else ""
