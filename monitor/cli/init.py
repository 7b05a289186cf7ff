"""`monitor init`: a first configuration, by questions on a terminal, else as a commented starter."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.new_files import NewFile, write_all
from monitor.cli.setup import schema_text

if TYPE_CHECKING:
    from monitor.config.starter import Choices

_INTERRUPTED = 130


def starter() -> str:
    """Return the commented configuration that `init --yes` writes; the project's own config.yaml is the same."""
    return resources.files("monitor").joinpath("data", "starter.yaml").read_text(encoding="utf-8")


@click.command("init", short_help="A first config.yaml: asks on a terminal; --yes writes a starter.")
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where to write.  [default: here]",
)
@click.option("--yes", is_flag=True, help="Ask nothing: write the commented starter.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def init(directory: Path, yes: bool, force: bool) -> int:
    """Write a first config.yaml and its schema.

    On a terminal it asks for the bot's token, connects your chat, lets you choose sources and what to watch, checks
    the result, and sends a sample alert. With --yes, or where input or output is no terminal, it asks nothing and
    writes a commented starter.
    """
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    taken = [str(file) for file in _targets(directory) if file.exists() or file.is_symlink()]
    if taken and not force and not (asks and _replace_is_meant(taken)):
        from monitor.errors import MonitorError

        raise MonitorError(
            f"{' and '.join(taken)} exist{'s' if len(taken) == 1 else ''} already: nothing is written; "
            "choose another --dir, or overwrite with --force"
        )
    return _by_questions(directory) if asks else _starter(directory)


def _targets(directory: Path) -> tuple[Path, Path]:
    return directory / "config.yaml", directory / "config.schema.json"


def _replace_is_meant(taken: list[str]) -> bool:
    there = f"{' and '.join(taken)} {'is' if len(taken) == 1 else 'are'} there already."
    return click.confirm(f"{there} Replace, and keep the old as .bak?", default=False)


def _starter(directory: Path) -> int:
    config, schema = _targets(directory)
    write_all([NewFile(config, starter()), NewFile(schema, schema_text())])
    for file in (config, schema):
        click.echo(f"wrote {file}")
    option = _option(config)
    click.echo(
        f"\nNext:\n  edit {config}: your sources, your watchlists\n  monitor {option}check    says what is wrong, "
        f"with the line\n  monitor {option}run      starts; alerts come to this terminal until you add a Telegram chat"
    )
    return 0


def _option(config: Path) -> str:
    return "" if config == Path("config.yaml") else f"--config {config} "


def _command() -> str:
    """Return how this program was called: `monitor`, where the shell finds it by that."""
    return "monitor" if shutil.which("monitor") or not sys.argv[0].endswith("monitor") else sys.argv[0]


# --------------------------------------------------------------------------- by questions


def _by_questions(directory: Path) -> int:
    from monitor.cli.questions import Interview

    config, schema = _targets(directory)
    interview = Interview(directory, os.environ)
    try:
        choices = interview.ask()
        text = _composed(config, choices)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped: nothing was written.", err=True)
        return _INTERRUPTED
    files = [*interview.secrets(), NewFile(schema, schema_text()), NewFile(config, text)]
    kept = write_all(files, backup=True)
    click.echo()
    for file in files:
        private = ", for your user alone" if file.private else ""
        click.echo(f"wrote {file.path}{private}")
    for old in kept:
        click.echo(f"kept {old}")
    try:
        arrived = _try_out(config, choices)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped: the files are written and whole.", err=True)
        return _INTERRUPTED
    _say_next(config)
    return 0 if arrived else 1


def _composed(config: Path, choices: Choices) -> str:
    """Return the YAML of the choices, checked. Raises ConfigError, before anything is written."""
    from monitor.app.configuration import load
    from monitor.config.starter import compose

    text = compose(choices)
    load(config, text=text)
    return text


def _try_out(config: Path, choices: Choices) -> bool:
    """Check the file as `monitor check` does, and send a sample alert; return whether it arrived."""
    from monitor.app.configuration import load
    from monitor.app.sample import send_sample
    from monitor.cli.environment import environment
    from monitor.cli.match import compile_matcher
    from monitor.errors import MonitorError
    from monitor.i18n import ENGLISH

    os.environ.update(environment(config, os.environ))
    loaded = load(config)
    notes = [f"watchlist {note.told(loaded.language or ENGLISH)}" for note in compile_matcher(loaded).warnings]
    click.secho(f"{config}: good", fg="green")
    for warning in (*loaded.warnings, *notes):
        click.echo(f"  note: {warning}")
    where = "your chat" if choices.chat else "this terminal"
    try:
        report = asyncio.run(send_sample(loaded, choices.channel))
        error = report.error
        if report.daemon and choices.chat is None:
            where = f"the terminal of the daemon that runs ({report.daemon})"
    except MonitorError as failure:
        error = str(failure)
    if error:
        click.echo(f"The sample alert did not arrive: {error}", err=True)
        click.echo(f"Try again: {_command()} {_option(config)}test {choices.channel}", err=True)
        return False
    click.secho(f"A sample alert is in {where}.", fg="green")
    return True


def _say_next(config: Path) -> None:
    command, option = _command(), _option(config)
    click.echo(
        f"\nNext:\n  {command} {option}run     starts the monitor; Ctrl-C ends it, nothing is lost\n"
        f"  {command} {option}status  what it does, from another terminal\n"
        "As a service that starts by itself: docs/service.md.\n"
        f"More words, sources, channels: edit {config}; the running monitor takes it up."
    )
