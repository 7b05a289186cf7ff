"""`monitor compact`."""

from __future__ import annotations

import os

import click


@click.command("compact")
@click.pass_context
def compact(ctx: click.Context) -> int:
    """Give back the room that old articles have left in a SQLite file (the daemon must be stopped)."""
    from monitor.app.configuration import load
    from monitor.store import open_store
    from monitor.store.place import parse_url, prepare, sqlite_path

    url = load(ctx.obj["config"]).storage.url
    path = sqlite_path(parse_url(url)) if url.startswith("sqlite") else None
    if path is not None:
        prepare(path, read_only=True)  # makes no database where there is none
    store = open_store(url)
    try:
        with store.lock(f"compact, pid {os.getpid()}"):
            before, after = store.compact()
    finally:
        store.close()
    click.echo(f"{store.name}: {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now")
    return 0
