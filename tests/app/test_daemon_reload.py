"""A reload takes effect as a whole, or not at all."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from doubles.inforce import in_force

from monitor.app.compile import make_rules
from monitor.app.configuration import load
from monitor.app.daemon import Daemon
from monitor.app.wiring import Components
from monitor.clock import SystemClock
from monitor.deliver.bot_lock import BotLock
from monitor.errors import DeliveryError
from monitor.i18n import DEFAULT, alert_phrases
from monitor.pipeline.ruleset import Rules

CONFIG = """\
sources:
  - {name: Ukrinform, url: 'https://www.ukrinform.ua/rss', timezone: Europe/Kyiv}
watchlists:
  - {name: Arms, keywords: [ракета]}
"""
API = "https://api.telegram.org"
TOKEN, OTHER = "123456:" + "a" * 35, "654321:" + "b" * 35


class StubComponents:
    """What a reload works on; `done` says what it did."""

    def __init__(self, rules: Rules) -> None:
        self.bot_lock = BotLock()
        self.live = in_force(rules, SimpleNamespace(close=self._nothing))
        self.housekeeping = SimpleNamespace(phrases=DEFAULT, bad_config=self.problems, announce_soon=lambda: None)
        self.store = SimpleNamespace(run=self._nothing)
        self.delivery_worker = SimpleNamespace(reconfigure=self._reconfigured)
        self.problem: str | None = None
        self.notifiers: list[Any] = []

    def problems(self, problem: str | None) -> None:
        self.problem = problem

    async def _nothing(self, *_: object) -> None:
        return

    async def _reconfigured(self, _channels: object, notifiers: object, *, expire: float) -> None:
        assert expire > 0
        self.notifiers.append(notifiers)


async def test_the_lock_follows_a_token_that_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path, token = tmp_path / "config.yaml", tmp_path / "token"
    path.write_text(CONFIG, encoding="utf-8")
    token.write_text(TOKEN, encoding="ascii")
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN_FILE", str(token))
    config = load(path)
    daemon, components = Daemon(config), StubComponents(make_rules(config))
    components.bot_lock.take(TOKEN, API)

    async def reload() -> None:
        await daemon._try_reload(cast("Components", components), SystemClock())

    token.write_text(OTHER, encoding="ascii")
    with components.bot_lock:
        with BotLock() as another:
            another.take(OTHER, API)
            await reload()
            assert "sends with this bot's token" in str(components.problem)
            assert components.notifiers == []
            with pytest.raises(DeliveryError):
                another.take(TOKEN, API)
        await reload()
        assert components.problem is None
        assert len(components.notifiers) == 1
        with BotLock() as another:
            another.take(TOKEN, API)
            with pytest.raises(DeliveryError):
                another.take(OTHER, API)
    await asyncio.gather(*(notifier.close() for notifier in components.notifiers[0].values()))


async def test_a_bad_edit_is_told_in_the_operators_language(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    config = load(path)
    daemon, components = Daemon(config), StubComponents(make_rules(config))
    components.housekeeping.phrases = alert_phrases("uk")
    path.write_text(CONFIG + "langauge: uk\ntelegrm: {}\n", encoding="utf-8")
    await daemon._try_reload(cast("Components", components), SystemClock())
    assert components.problem is not None
    assert ": langauge: невідомий ключ. Може, 'language'? Тут можливі: " in components.problem
    assert components.problem.endswith("(і ще 1)")


def test_the_rules_hold_the_catalogue_in_force_with_a_place_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG + "entities:\n  Our Street: {type: place, names: {en: [Our Street]}}\n", encoding="utf-8")
    known = make_rules(load(path)).catalogue.entities
    found = known.find("our street") if known else None
    assert found is not None
    assert found.type == "place"
