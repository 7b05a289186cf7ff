"""NO_COLOR is honoured by everything that is printed."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from monitor.cli import cli, demo
from monitor.cli.demo import DemoItem


@click.command("shout")
def shout() -> int:
    """Print in bold."""
    click.secho("loud", bold=True)
    return 0


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(cli), "get_command", lambda *_: shout)


@pytest.mark.usefixtures("shouting")
@pytest.mark.parametrize(
    ("no_color", "printed"), [("1", "loud\n"), ("", "\x1b[1mloud\x1b[0m\n"), (None, "\x1b[1mloud\x1b[0m\n")]
)
def test_commands(no_color: str | None, printed: str) -> None:
    result = CliRunner().invoke(cli, ["shout"], color=True, env={"NO_COLOR": no_color})
    assert result.output == printed


def test_the_demos_own_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    demo._say(
        "Ukrinform",
        DemoItem(0.0, "ukrinform-uk", 52, "/1.html", "1.html", "Експорт зерна зростає", ""),
        datetime(2026, 11, 30, 9, 25, tzinfo=UTC),
    )
    assert capsys.readouterr().out == "09:25  Ukrinform publishes: Експорт зерна зростає\n"
