"""`monitor compact`."""

from __future__ import annotations

import click


@click.command("compact", short_help="Make an old SQLite file smaller, while no daemon runs.")
@click.pass_context
def compact(ctx: click.Context) -> int:
    """Give back the room that old articles have left in a SQLite file (the daemon must be stopped)."""
    from monitor.app.configuration import load
    from monitor.app.life import require_database
    from monitor.store import open_store

    config = load(ctx.obj["config"])
    require_database(config)
    store = open_store(config.storage.url)
    try:
        with store.lock("compact"):
            before, after = store.compact()
    finally:
        store.close()
    click.echo(f"{store.name}: {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")
    return 0
