"""`monitor service`: running under systemd."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

_UNIT = Path("/etc/systemd/system/monitor.service")


@click.group("service", short_help="Run under systemd: `service install` writes the unit.")
def service() -> None:
    """Run the daemon under systemd."""


@service.command("install", short_help="Write a systemd unit for this installation.")
@click.option(
    "--unit",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_UNIT,
    show_default=True,
    help="The file.",
)
@click.option("--print", "only_print", is_flag=True, help="Print the unit, and write nothing.")
@click.option("--force", is_flag=True, help="Overwrite another unit, and go on in spite of what is found.")
@click.pass_context
def install(ctx: click.Context, target: Path, only_print: bool, force: bool) -> int:
    """Write a systemd unit for this installation and this configuration, having checked what it needs.

    The service runs as a user of its own, which sees no home directory: program, interpreter and configuration are
    checked for that, since systemd itself says 203/EXEC and no more. Run it as root.
    """
    from monitor.app.unit import obstacles, unit
    from monitor.cli.new_files import NewFile, write_all
    from monitor.errors import MonitorError

    config = Path(ctx.obj["config"]).absolute()
    command = _command()
    try:
        text = unit(command, config)
    except ValueError as error:
        raise MonitorError(str(error), retryable=False) from error
    found = obstacles(command, config)
    for obstacle in found:
        click.echo(f"monitor: {obstacle}", err=True)
    if only_print:
        click.echo(text, nl=False)
        return 1 if found else 0
    if found and not force:
        click.echo("monitor: nothing is written; --force writes the unit all the same", err=True)
        return 1
    if target.exists() and target.read_text(encoding="utf-8", errors="replace") != text and not force:
        raise MonitorError(f"{target} is another unit: look at it, then overwrite it with --force", retryable=False)
    write_all([NewFile(target, text)])
    click.echo(f"wrote {target}")
    token = config.parent / "telegram_bot_token"
    if not token.exists():
        click.echo(f"\nThe bot's token goes into {token} (mode 600); without it alerts go to the journal.")
    click.echo("\nNext:\n  systemctl daemon-reload\n  systemctl enable --now monitor\n  journalctl -u monitor -f")
    return 0


def _command() -> Path:
    """Return the path of the `monitor` that stands beside this interpreter, else the one that was called."""
    beside = Path(sys.executable).with_name("monitor")
    called = shutil.which(sys.argv[0]) or sys.argv[0]
    return beside if beside.exists() else Path(called).absolute()
