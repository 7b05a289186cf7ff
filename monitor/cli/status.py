"""`monitor status`: sources, queue, latencies, watchlists and mutes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.archive import clock, open_archive, print_beside, shown

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.model import GapState, Mute, SourceState, Subscription
    from monitor.pipeline.report import Percentiles, WatchlistReport
    from monitor.store import Transaction

_COLOURS = {"ok": "green", "new": "yellow", "failing": "red", "stopped": "red", "silent": "yellow"}
_WHOLE = 100  # seconds: from here on no hundredths are shown


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
    store = open_archive(config)
    try:
        with store.begin() as tx:
            seen = report.overview(tx, now)
            lists = report.standings(tx, config.watchlists, now)
            life = describe(tx.sign_of_life())
            judging = report.judging(tx)
            scale = _scale(tx) if config.dispatch == "procrastinate" else None
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
    if scale is not None:
        alive = [each for each in scale["processes"] if each["ok"]]
        hosts = {each["host"] for each in alive}
        state = f"{_processes(len(alive))} on {_counted(len(hosts), 'host')}" if alive else "no process is running"
        found |= {"daemon": {"ok": bool(alive), "state": state}, **scale}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show_status(found, clock(config))
    return 0


def _scale(tx: Transaction) -> dict[str, Any]:
    """Return the processes on the database, who leads which role, and what waits."""
    from monitor.dispatch.remote import SILENT

    processes = tx.processes()
    names = {each.state.instance: each.state for each in processes}
    alive = {each.state.instance for each in processes if each.silent < SILENT}
    turns = tx.turns()
    oldest = tx.oldest_due()
    return {
        "processes": [
            {
                "instance": each.state.instance,
                "host": each.state.host,
                "pid": each.state.pid,
                "roles": list(each.state.roles),
                "version": each.state.version,
                "places": each.state.places,
                "running_for": round(each.age, 1),
                "silent_for": round(each.silent, 1),
                "ok": each.state.instance in alive and each.state.ok,
                "web": each.state.web,
                "configuration": each.state.configuration,
                "problem": each.state.problem,
            }
            for each in processes
        ],
        "leaders": [
            {
                "role": each.role,
                "host": names[each.instance].host if each.instance in names else None,
                "pid": names[each.instance].pid if each.instance in names else None,
                "alive": each.instance in alive,
                "epoch": each.epoch,
                "leads_for": round(each.age, 1),
            }
            for each in tx.leaders()
        ],
        "backlog": {
            "queued": sum(turn.owner is None for turn in turns),
            "under_way": sum(turn.owner is not None for turn in turns),
            "to_judge": tx.count_readings(),
            "oldest_due": None if oldest is None else round(max(oldest, 0.0), 1),
        },
    }


def _show_scale(console: Console, found: dict[str, Any]) -> None:
    from rich.markup import escape

    for each in found["processes"]:
        state = "[green]ok[/]" if each["ok"] else f"[red]silent for {_span(each['silent_for'])}[/]"
        line = f"{each['host']} pid {each['pid']}: {', '.join(each['roles'])}; since {_span(each['running_for'])}, "
        console.print(f"{escape(line)}{state}", soft_wrap=True)
        if each["problem"]:
            console.print(f"  [red]{escape(each['problem'])}[/]", soft_wrap=True)
    for each in found["leaders"]:
        who = f"{each['host']} pid {each['pid']}" if each["alive"] else "nobody now"
        console.print(escape(f"{each['role']}: led by {who}, taken {each['epoch']} times"), soft_wrap=True)
    backlog = found["backlog"]
    late = f", oldest due for {_span(backlog['oldest_due'])}" if backlog["oldest_due"] is not None else ""
    counts = ", ".join(f"{backlog[name]} {name.replace('_', ' ')}" for name in ("queued", "under_way", "to_judge"))
    console.print(f"work: {counts}{late}\n")


def _processes(n: int) -> str:
    return f"{n} process{'' if n == 1 else 'es'}"


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


def _seconds(seconds: float) -> str:
    """Return seconds with as many digits as anybody reads, so that a line of four fits into 80 columns."""
    return f"{seconds:.0f} s" if seconds >= _WHOLE else f"{seconds} s"


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


def _show_status(found: dict[str, Any], zone: tzinfo) -> None:
    """Print it for 80 columns; on a phone's 40 the lines wrap below themselves."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    colour = "green" if found["daemon"]["ok"] else "red"
    console.print(f"[{colour}]{escape(found['daemon']['state'])}[/]", soft_wrap=True)
    console.print(f"database {escape(found['database'])}\n", soft_wrap=True)
    if "processes" in found:
        _show_scale(console, found)
    print_beside(console, [(escape(row["name"]), _about_source(row, zone)) for row in found["sources"]])
    for line in found["troubles"]:
        console.print(f"[red]{escape(line)}[/]")
    outbox = found["queue"]["outbox"]
    rows = ", ".join(f"{count} {state}" for state, count in outbox.items() if count) or "empty"
    console.print(f"\nqueue: {found['queue']['entries']} entries to read; outbox: {rows}")
    judging = found["judging"]
    if judging and judging["state"] != "ready":
        console.print(f"judging waits: {judging['state']} ({_ago(judging['at'])})")
    latency = found["latency"]
    console.print(f"last 24 hours: {_counted(latency['alerts'], 'alert')}")
    for name, points in latency.items():
        if isinstance(points, dict):
            shown = ", ".join(f"{point} {_seconds(seconds)}" for point, seconds in points.items())
            console.print(f"{name.replace('_', ' ')}: {shown}")
    if found["watchlists"]:
        console.print()
        print_beside(console, [(escape(row["name"]), _about_watchlist(row, zone)) for row in found["watchlists"]])
    for mute in found["mutes"]:
        if mute["kind"] == "story":
            console.print(f"story {mute['key']} is muted{_until(mute, zone)}")


def _about_source(row: Mapping[str, Any], zone: tzinfo) -> list[str]:
    from rich.markup import escape

    state = "silent" if row["silent"] and row["state"] == "ok" else row["state"]
    lines = [
        f"[{_COLOURS[state]}]{state}[/]: last new {_ago(row['last_new'])}, last answer {_ago(row['last_success'])}",
        f"every {_span(row['interval'])}, next {escape(row['next_poll_why'] or 'never')}",
    ]
    if row["error"]:
        count = f"{_counted(row['failures'], 'failure')}: " if row["failures"] else ""
        lines.append(f"[red]{count}{escape(row['error'])}[/]")
    if row["moved_to"]:
        lines.append(f"has moved for good: write url: {escape(row['moved_to'])}")
    lines += [escape(note) for note in row["notes"]]
    if row["gap"]:
        lines.append(escape(_gap_line(row["gap"], zone)))
    if row["hub"] and row["hub"]["error"]:
        line = f"no subscription at its hub {row['hub']['url']}, polling goes on: {row['hub']['error']}"
        lines.append(escape(line))
    return lines


def _gap_line(gap: Mapping[str, Any], zone: tzinfo) -> str:
    since, until = (shown(gap[key], zone) for key in ("since", "until"))
    span = f"last gap from {since} to {until}: {gap['refilled']} articles refilled"
    if gap["next_try"]:
        why = f" ({gap['reason']})" if gap["reason"] else ""
        return f"{span} so far, the site's sitemaps are asked again at {shown(gap['next_try'], zone)}{why}"
    lost = f", about {gap['unaccounted']} unaccounted ({gap['reason']})" if gap["unaccounted"] else ", 0 unaccounted"
    return span + lost


def _about_watchlist(row: Mapping[str, Any], zone: tzinfo) -> list[str]:
    judged = row["useful"] + row["not_useful"]
    terms = "a query" if row["terms"] is None else _counted(row["terms"], "term")
    lines = [f"{row['severity']}, {terms}; {_counted(row['alerts_24h'], 'alert')} in 24 h, {row['alerts_7d']} in 7 d"]
    if judged:
        lines.append(f"{row['useful']} of {judged} useful ({row['precision']:.0%})")
    if row["mute"]:
        lines.append(f"[yellow]muted{_until(row['mute'], zone)}[/]")
    return lines


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _until(mute: Mapping[str, Any], zone: tzinfo) -> str:
    return f" until {shown(mute['until'], zone)}" if mute["until"] else ""


def _ago(moment: str | None) -> str:
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    return f"{_span(max(seconds, 0.0))} ago"


def _span(seconds: float) -> str:
    """Return '40 s', '3 min', '2 h', '4 d'."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
