"""Buttons that are shown and actions that are handled are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.alert.render.telegram import telegram
from monitor.bot.callbacks import _ACTIONS
from monitor.model import Alert, MessageKind, MuteMenu

PAGE = Path(__file__).parents[2] / "docs" / "telegram.md"
ALERTS = [
    *(
        Alert(kind, "H", url="https://a.example/1", mute_menu=menu)
        for kind in MessageKind
        for menu in (None, *MuteMenu)
    ),
    *(Alert(MessageKind.ANSWER, "H", proposal=command) for command in ("/add Arms missile", "/remove Arms missile")),
]
BUTTONS = [button for each in ALERTS for row in telegram(each, timezone="UTC").buttons for button in row]


def test_every_button_acts_and_every_action_has_a_button() -> None:
    assert {button.action for button in BUTTONS if button.url is None} == set(_ACTIONS)


@pytest.mark.parametrize("kind", MessageKind)
def test_every_message_has_a_button_to_be_looked_for_by(kind: MessageKind) -> None:
    for menu in (None, *MuteMenu):
        rows = telegram(Alert(kind, "Headline", mute_menu=menu), timezone="UTC").buttons
        assert any(button.action for row in rows for button in row)


@pytest.mark.parametrize("text", sorted({button.text for button in BUTTONS}))
def test_every_button_is_documented(text: str) -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Buttons")[2].partition("\n## ")[0]
    assert any(line.startswith("|") and text in line.split("|")[1] for line in section.splitlines())
