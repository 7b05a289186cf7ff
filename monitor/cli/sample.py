"""`monitor test`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from monitor.cli import completion

if TYPE_CHECKING:
    from monitor.model import Config


@click.command("test", short_help="Send a sample alert to a channel, and say whether it arrived.")
@click.argument("channel", required=False, shell_complete=completion.channels)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def test(ctx: click.Context, channel: str | None, as_json: bool) -> int:
    """Send a sample alert, marked as one, to CHANNEL, by the way that alerts take; exit 1 where it does not arrive.

    CHANNEL may be left out where the configuration has one channel alone.
    """
    from monitor import log
    from monitor.app.configuration import load
    from monitor.app.sample import send_sample

    config = load(ctx.obj["config"])
    log.configure("error", config.log.format)
    report = asyncio.run(send_sample(config, _chosen(config, channel)))
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
        return 1 if report.error else 0
    by = f" by the daemon ({report.daemon})" if report.daemon else ""
    if report.error:
        click.echo(f"{report.channel}: a sample alert did not arrive{by}: {report.error}", err=True)
        return 1
    click.echo(f"{report.channel} ({report.kind}): a sample alert was sent{by} in {report.seconds:.1f} s", err=True)
    return 0


def _chosen(config: Config, name: str | None) -> str:
    from monitor.fields.likeness import listed, suggest

    known = list(config.channels)
    if name is None and len(known) == 1:
        return known[0]
    if name in known:
        return str(name)
    if name is None:
        raise click.UsageError(f"say which channel: {listed(known)}")
    raise click.UsageError(f"there is no channel {name!r}.{suggest(name, known)} Known: {listed(known)}")
