"""What a shell is offered for values."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from monitor.cli import cli

CONFIG = """
sources: [{name: Ukrinform, url: "https://a.example/"}, {name: Yonhap, url: "https://b.example/"}]
watchlists: [{name: Arms, keywords: [rocket], notify: [desk]}]
channels: {desk: {console: {}}, duty: {console: {}}}
"""


def offered(args: list[str], incomplete: str) -> list[str]:
    found = ShellComplete(cli, {}, "monitor", "_MONITOR_COMPLETE").get_completions(args, incomplete)
    return [item.value for item in found]


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return ["--config", str(path)]


@pytest.mark.parametrize(
    ("args", "typed", "values"),
    [
        (["test"], "d", ["desk", "duty"]),
        (["search", "--source"], "y", ["Yonhap"]),
        (["search", "--watchlist"], "", ["Arms"]),
        (["backtest", "--watchlist"], "a", ["Arms"]),
        (["forms", "--language"], "uk", ["uk"]),
        (["entities"], "blink", ["Blinken"]),
        (["trends"], "ar", ["Arms"]),
        (["trends"], "@blink", ["@Blinken"]),
    ],
)
def test_values_are_completed(config: list[str], args: list[str], typed: str, values: list[str]) -> None:
    assert offered([*config, *args], typed) == values


def test_a_broken_or_missing_configuration_offers_nothing(tmp_path: Path) -> None:
    assert offered(["--config", str(tmp_path / "none.yaml"), "test"], "") == []
