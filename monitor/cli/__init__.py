"""The command line. Commands load lazily: TAB and `--help` must not pay for the web server or the dictionaries."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from monitor import __version__

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("service", "run", "The daemon. SIGTERM: finish and exit. SIGHUP: reload."),
    "worker": ("service", "worker", "One process of many on PostgreSQL, with some or all roles."),
    "once": ("service", "once", "Poll every source once, deliver every alert, and exit."),
    "demo": ("demo", "demo", "A newsroom's day in a minute, offline, with the real daemon."),
    "health": ("service", "health", "Whether the daemon on the database is well: exit 0 yes, 1 no."),
    "service": ("systemd", "service", "Run under systemd: `service install` writes the unit."),
    "init": ("init", "init", "A first config.yaml: asks on a terminal; --yes writes a starter."),
    "check": ("setup", "check", "Validate the configuration; --probe also asks sources, channels."),
    "test": ("sample", "test", "Send a sample alert to a channel, and say whether it arrived."),
    "schema": ("setup", "schema", "Print the JSON Schema of config.yaml."),
    "sources": ("sources", "sources", "The shipped feeds of known outlets; with NAME, one outlet's feeds."),
    "import": ("setup", "import_", "Add the feeds of an OPML file, or a list of addresses, to config.yaml."),
    "export": ("setup", "export", "Print the sources as OPML."),
    "explain": ("match", "explain", "What the watchlists see in one article, and why."),
    "match": ("match", "match", "Match a stream of articles, one JSON object a line."),
    "forms": ("match", "forms", "Every form that a term matches, and why."),
    "entities": ("match", "entities", "The entities that watchlists may name; with NAME, one of them."),
    "extract": ("extract", "extract", "The article that the monitor reads from a page."),
    "cluster": ("stories", "cluster", "Group a stream of articles into stories."),
    "stories": ("stories", "stories", "Show what operators did to stories by hand."),
    "backtest": ("backtest", "backtest", "What the watchlists would have alerted; --against: the difference."),
    "trends": ("trends", "trends", "Stories a day on watchlists and entities, bursts marked."),
    "status": ("status", "status", "Sources, queue, latencies, watchlists and mutes at a glance."),
    "search": ("search", "search", "Search the archive by a query, as a watchlist matches."),
    "alerts": ("alerts", "alerts", "The outbox, newest first; with an ID, one alert and its story."),
    "web": ("web", "web", "A link that logs a browser into the page."),
    "evidence": ("evidence", "evidence", "A package of evidence on a story; `verify` checks one."),
    "token": ("web", "token", "Tokens of the page's API and feeds."),
    "backup": ("backup", "backup", "Copy a SQLite file while the daemon runs."),
    "migrate-storage": (
        "migrate",
        "migrate_storage",
        "Move everything to another database: SQLite, PostgreSQL.",
    ),
    "compact": ("compact", "compact", "Make an old SQLite file smaller, while no daemon runs."),
}
"""By name: the module, the object in it, and what `--help` says; a test holds that the command says the same."""


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(f"monitor.cli.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"monitor.cli.{module}.{name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, _, said) in _COMMANDS.items()])

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
