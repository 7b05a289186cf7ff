"""Commands as a user runs them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from monitor.cli import cli


def monitor(path: Path, *arguments: str) -> str:
    """Run a command with a configuration; return what it prints. Raises what it raises."""
    result = CliRunner().invoke(cli, ["--config", str(path), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout
