"""docs/telegram.md names every command of the bot."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.bot.commands.help import CHANGING, LOOKING

PAGE = Path(__file__).parents[2] / "docs" / "telegram.md"


def test_the_page_lists_the_commands_that_there_are() -> None:
    rows = re.findall(r"^\| `/(\w+)[^`]*` \| (all|admins) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(name, "all") for name in LOOKING] + [(name, "admins") for name in CHANGING] + [("help", "all")]
