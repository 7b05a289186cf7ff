"""Commands that work: run, once, health."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import click

_TEMPORARY = 75


@click.command("run", short_help="The daemon. SIGTERM: finish and exit. SIGHUP: reload.")
@click.pass_context
def run(ctx: click.Context) -> int:
    """Run the daemon: SIGTERM drains and exits 0, SIGHUP reloads the configuration."""
    # Until the event loop listens, a polite end is still an end without an error; imports alone take a second.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from monitor.app.daemon import run as start

    return start(ctx.obj["config"])


_ROLES = ("read", "judge", "deliver", "schedule", "bot", "web")


def _roles(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """Read a list of roles with commas between them."""
    roles = tuple(filter(None, (role.strip() for role in value.split(","))))
    unknown = [role for role in roles if role not in _ROLES]
    if unknown or not roles:
        raise click.BadParameter(f"{', '.join(unknown) or 'none'}: write some of {', '.join(_ROLES)}")
    return roles


@click.command("worker", short_help="One process of many on PostgreSQL, with some or all roles.")
@click.option("--roles", default=",".join(_ROLES), show_default=True, callback=_roles, help="What it does.")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), help="Units of work at once; default: polling.concurrency."
)
@click.option("--listen", help="host:port of this process's /healthz and /metrics; default: web.listen, for role web.")
@click.pass_context
def worker(ctx: click.Context, roles: tuple[str, ...], concurrency: int | None, listen: str | None) -> int:
    """Run one process of many on one PostgreSQL database: any number, on any host, with the same config.yaml.

    SIGTERM ends it in order: exit 0. Exit 75 asks for a start with the version that has changed the database.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from monitor.app.worker import run as start

    return start(ctx.obj["config"], roles, concurrency, listen)


@click.command("once", short_help="Poll every source once, deliver every alert, and exit.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send it nowhere; nothing is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def once(ctx: click.Context, dry_run: bool, as_json: bool) -> int:
    """Poll every source once, deliver every alert, and exit (for cron).

    With --dry-run the round runs on a copy of the database, also beside a daemon: sources are asked, no channel is.
    """
    from dataclasses import asdict

    from monitor import log
    from monitor.app.configuration import load
    from monitor.app.life import refuse_second_database
    from monitor.app.once import once as one_round
    from monitor.app.wiring import hide_token

    config = load(ctx.obj["config"])
    if dry_run:
        from monitor.cli.dry_run import show_rehearsal

        return show_rehearsal(config, as_json=as_json)
    refuse_second_database(config)
    log.configure("warning", config.log.format)
    log.log_uncaught()
    hide_token(config)
    report = asyncio.run(one_round(config))
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        click.echo(
            f"{_counted(report.polled, 'source')} polled, {report.failed} failed; "
            f"{_counted(report.new, 'new entry', 'new entries')}, "
            f"{_counted(report.alerts, 'alert')} written or updated; "
            f"{_counted(report.left, 'message')} left for the next round",
            err=True,
        )
    return _TEMPORARY if report.left or (report.failed and report.failed == report.polled) else 0


def _counted(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or f'{one}s'}"


@click.command("health", short_help="Whether the daemon on the database is well: exit 0 yes, 1 no.")
@click.option("--address", help="host:port of the daemon's web server; default: where the daemon says it listens.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in every case; else only what a daemon answers.")
@click.pass_context
def health(ctx: click.Context, address: str | None, as_json: bool) -> int:
    """Look whether the daemon on the configured database makes progress (for HEALTHCHECK): exit 0 yes, 1 no."""
    from monitor.app.configuration import load
    from monitor.app.life import examine

    # The check must not fail because a secret is readable by the daemon alone.
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TELEGRAM_")}
    look = examine(load(ctx.obj["config"], environ), address)
    if look.answer is not None:
        click.echo(json.dumps(look.answer, ensure_ascii=False))
    elif as_json:
        click.echo(json.dumps({"ok": look.ok, "reason": look.line}, ensure_ascii=False))
    if not look.ok:
        click.echo(look.line, err=True)
    return 0 if look.ok else 1
