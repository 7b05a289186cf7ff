"""`monitor backup`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("backup", short_help="Copy a SQLite file while the daemon runs.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(ctx: click.Context, file: Path) -> int:
    """Write a consistent copy of the SQLite database into FILE; the daemon goes on meanwhile."""
    from monitor.app.configuration import load
    from monitor.app.life import require_database
    from monitor.cli.progress import busy
    from monitor.store import back_up

    config = load(ctx.obj["config"])
    require_database(config)
    with busy(f"copying to {file}"):
        size = back_up(config.storage.url, file)
    click.echo(f"{file}: {size / 1e6:,.1f} MB, checked", err=True)
    return 0
