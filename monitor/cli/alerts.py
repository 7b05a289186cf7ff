"""`monitor alerts`: the outbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.archive import clock, open_archive, print_beside, shown
from monitor.host import labelled

if TYPE_CHECKING:
    from monitor.model import Delivery
    from monitor.store import Database

ALERTS = ("alert", "reply", "digest")
"""The kinds of rows that tell news; others are the bot's answers, and notices."""
_NONE = "no alert yet: `monitor status` tells of sources, `monitor explain ADDRESS` why an article raised none"


@click.command("alerts", short_help="The outbox, newest first; with an ID, one alert and its story.")
@click.argument("ident", type=int, required=False, metavar="[ID]")
@click.option("--dead", is_flag=True, help="Only what was given up, of every kind.")
@click.option("--all", "everything", is_flag=True, help="The bot's answers and notices, too.")
@click.option("--replay", type=int, metavar="ID", help="Send a dead one again.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def alerts(
    ctx: click.Context,
    ident: int | None,
    dead: bool,
    everything: bool,
    replay: int | None,
    limit: int,
    as_json: bool,
) -> int:
    """Show the alerts of the outbox, newest first; with ID one of them, and why each article of its story joined it.

    With --json every row is printed, whatever its kind.
    """
    from monitor.app.configuration import load

    if ident is not None and (dead or everything or replay is not None):
        raise click.UsageError("ID stands by itself: --dead and --all list, --replay takes an ID of its own")
    config = load(ctx.obj["config"])
    zone = clock(config)
    store = open_archive(config, read_only=replay is None)
    try:
        if replay is not None:
            return _replay(store, replay)
        if ident is not None:
            return _one(store, ident, zone, as_json=as_json)
        with store.begin() as tx:
            kinds = None if dead or everything or as_json else ALERTS
            rows = tx.deliveries(state="dead" if dead else None, kinds=kinds, limit=limit)
            judged, mutes = tx.feedback_of(rows), tx.mutes(datetime.now(UTC))
    finally:
        store.close()
    muted = {(mute.kind.value, mute.key) for mute in mutes}
    found = [_row(row, judged.get(row.id, (0, 0)), muted) for row in rows]
    if as_json:
        for each in found:
            click.echo(json.dumps(each, ensure_ascii=False))
    else:
        _show_alerts(found, zone, nothing="nothing was given up" if dead else _NONE)
    return 0


def _one(store: Database, ident: int, zone: tzinfo, *, as_json: bool) -> int:
    from monitor.cli import alert

    with store.begin() as tx:
        found = alert.look(tx, ident)
        if found is None:
            click.echo(f"there is no alert {ident}: `monitor alerts` lists them", err=True)
            return 1
        row, told = found
        judged, mutes = tx.feedback_of([row]), tx.mutes(datetime.now(UTC))
    about = _row(row, judged.get(row.id, (0, 0)), {(mute.kind.value, mute.key) for mute in mutes})
    alert.show(about, alert.stories_of(told, zone), zone, as_json=as_json)
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


def _state(row: dict[str, Any], zone: tzinfo) -> str:
    until, carrier = row["held_until"], row["carried_by"]
    where = f" in {carrier}" if carrier else ""
    if until:
        where = labelled(f" until {datetime.fromisoformat(until).astimezone(zone):%H:%M}", zone)
    return f"{row['state']}{where}{' (muted)' if row['muted'] and row['state'] != 'muted' else ''}"


def _show_alerts(rows: Sequence[dict[str, Any]], zone: tzinfo, *, nothing: str) -> None:
    """Print two lines a row, or three: they fit where a table of as many columns would not."""
    from rich.console import Console
    from rich.markup import escape

    from monitor.alert.sanitize import clip

    if not rows:
        click.echo(nothing, err=True)
        return
    lines = []
    for row in rows:
        lists = " + ".join(filter(None, (row["watchlist"], *row["also"])))
        kind = row["kind"] if row["kind"] != "alert" else ""
        about = [_state(row, zone), row["channel"], kind, lists, _useful(row)]
        shown_row = [
            f"{shown(row['created'], zone)}  {escape(', '.join(filter(None, about)))}",
            f"[bold]{escape(clip(row['headline'], 120))}[/]",
        ]
        if row["error"]:
            shown_row.append(f"[red]{escape(clip(row['error'], 200))}[/]")
        lines.append((str(row["id"]), shown_row))
    print_beside(Console(highlight=False), lines)


def _useful(row: dict[str, Any]) -> str:
    judged = row["useful"] + row["not_useful"]
    return f"{row['useful']} of {judged} useful" if judged else ""
