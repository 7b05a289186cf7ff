"""The command line. Commands load lazily: TAB and `--help` must not pay for the web server or the dictionaries."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from monitor import __version__

_COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("service", "run"),
    "once": ("service", "once"),
    "demo": ("demo", "demo"),
    "health": ("service", "health"),
    "init": ("setup", "init"),
    "check": ("setup", "check"),
    "schema": ("setup", "schema"),
    "sources": ("sources", "sources"),
    "import": ("setup", "import_"),
    "export": ("setup", "export"),
    "explain": ("match", "explain"),
    "match": ("match", "match"),
    "forms": ("match", "forms"),
    "entities": ("match", "entities"),
    "extract": ("extract", "extract"),
    "cluster": ("stories", "cluster"),
    "status": ("archive", "status"),
    "alerts": ("archive", "alerts"),
    "compact": ("compact", "compact"),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command = getattr(import_module(f"monitor.cli.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"monitor.cli.{module}.{name} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, n=1)
            if not near:
                raise
            hint = f"{error.message.rstrip('.')}. Did you mean {near[0]!r}?"
            raise click.UsageError(hint, ctx) from error


def colour() -> bool | None:
    """Return whether escapes may be printed: never where NO_COLOR is set (no-color.org), else click decides (None)."""
    return False if os.environ.get("NO_COLOR") else None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="monitor")
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, readable=False),  # a file that cannot be read is a bad configuration: 78, not 2
    default=Path("config.yaml"),
    show_default=True,
    envvar="MONITOR_CONFIG",
    help="The configuration file.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path) -> None:
    """Watch news feeds for the names and words you care about; one alert a story."""
    from monitor import log
    from monitor.cli.environment import environment

    log.configure("warning")  # else what libraries and rooms note for debugging stands between a command's lines
    os.environ.update(environment(config, os.environ))
    ctx.ensure_object(dict)
    ctx.obj["config"] = config
    ctx.color = colour()
