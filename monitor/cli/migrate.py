"""`monitor migrate-storage`."""

from __future__ import annotations

import json

import click


@click.command("migrate-storage", short_help="Move everything to another database: SQLite, PostgreSQL.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--json", "as_json", is_flag=True, help="Print the tables as JSON.")
def migrate_storage(source: str, target: str, as_json: bool) -> int:
    """Move everything from the database FROM to the empty database TO, and verify it by counts and hashes.

    Both are URLs as storage.url has them (sqlite:///var/monitor.db, postgresql://user@host/database). Stop the daemon
    first. What was broken off goes on when the command is given again. FROM stays as it is, and is not used any more:
    a daemon that began on it would send again what was sent since.
    """
    from dataclasses import asdict

    from monitor.cli.progress import busy
    from monitor.errors import StoreError
    from monitor.store import is_missing, move, open_store

    if is_missing(source):
        raise StoreError(f"there is no database at {source}", retryable=False)
    origin = open_store(source)
    try:
        copy = open_store(target)
        try:
            with busy(f"moving to {copy.name}"):
                tables = move(origin, copy)
        finally:
            copy.close()
    finally:
        origin.close()
    if as_json:
        click.echo(json.dumps({"from": origin.name, "to": copy.name, "tables": [asdict(each) for each in tables]}))
        return 0
    for table in tables:
        if table.rows:
            click.echo(f"{table.name:<20} {table.rows:>12,}  {table.digest[:12]}")
    total = sum(table.rows for table in tables)
    click.echo(
        f"{total:,} rows moved to {copy.name} and verified; set storage.url to it, and start the daemon", err=True
    )
    return 0
