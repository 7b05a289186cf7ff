"""A sample alert goes the way that alerts take: by the daemon that runs, else by this process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles.delivery_harness import DeliveryHarness, telegram
from doubles.telegram import TOKEN, Fault, TelegramDouble

from monitor.app import sample
from monitor.app.configuration import load
from monitor.app.sample import send_sample
from monitor.config.load import Config
from monitor.store import open_store

pytestmark = pytest.mark.network

CONFIG = """
language: uk
sources: [{{name: A, url: "https://example.org/rss"}}]
watchlists: [{{name: w, keywords: [rocket]}}]
channels:
  desk: {{telegram: {{chat: 42}}, language: en}}
  screen: {{console: {{}}}}
telegram: {{api: "{api}"}}
storage: {{url: "sqlite:///{folder}/monitor.db"}}
"""


def configured(folder: Path, api: str, **environ: str) -> Config:
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(folder=folder, api=api), encoding="utf-8")
    return load(file, environ)


@pytest.fixture
def config(tmp_path: Path, api: TelegramDouble) -> Config:
    return configured(tmp_path, api.url, TELEGRAM_BOT_TOKEN=TOKEN)


async def test_without_a_daemon_this_process_sends_it_and_leaves_nothing(
    tmp_path: Path, config: Config, api: TelegramDouble
) -> None:
    report = await send_sample(config, "desk")
    assert (report.channel, report.kind, report.error, report.daemon) == ("desk", "telegram", None, None)
    (message,) = api.sent(42)
    assert "This is a test: no article stands behind it" in message["text"]
    assert not (tmp_path / "monitor.db").exists()


async def test_each_sample_is_a_message_of_its_own(config: Config, api: TelegramDouble) -> None:
    for _ in range(2):
        assert (await send_sample(config, "desk")).error is None
    assert len(api.sent(42)) == 2


async def test_it_is_in_the_channels_language(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await send_sample(config, "screen")).error is None
    assert "Це перевірка" in capsys.readouterr().out


async def test_a_chat_that_refuses_is_told_at_once(config: Config, api: TelegramDouble) -> None:
    api.chats.get(42).state = "blocked"
    report = await send_sample(config, "desk")
    assert report.error is not None
    assert "blocked" in report.error
    assert report.seconds < sample.REFUSED


@pytest.mark.parametrize(("times", "arrives"), [(1, True), (None, False)])
async def test_a_server_that_asks_for_patience_is_asked_again_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int | None, arrives: bool
) -> None:
    monkeypatch.setattr(sample, "REFUSED", 30.0 if arrives else 0.5)
    async with TelegramDouble(faults=[Fault("before", "429", times=times)]) as api:
        report = await send_sample(configured(tmp_path, api.url, TELEGRAM_BOT_TOKEN=TOKEN), "desk")
        assert len(api.sent(42)) == arrives
    assert (report.error is None) is arrives


async def test_without_a_token_nothing_is_printed_in_place_of_telegram(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await send_sample(configured(tmp_path, "http://127.0.0.1:9"), "desk")
    assert report.error is not None
    assert "TELEGRAM_BOT_TOKEN" in report.error
    assert capsys.readouterr().out == ""


@contextlib.asynccontextmanager
async def daemon(config: Config, api: TelegramDouble, *, delivers: bool = True) -> AsyncIterator[None]:
    """Hold the database as a daemon does, and deliver."""
    store = open_store(config.storage.url)
    harness = DeliveryHarness(store, {"desk": config.channels["desk"]}, {"telegram": telegram(api)})
    try:
        with store.lock("run"):
            if delivers:
                harness.start()
            yield
    finally:
        await harness.end()
        store.close()


async def test_the_daemon_that_runs_sends_it(config: Config, api: TelegramDouble) -> None:
    async with daemon(config, api):
        report = await send_sample(config, "desk")
    assert (report.error, len(api.sent(42))) == (None, 1)
    assert report.daemon is not None
    assert "pid" in report.daemon


async def test_a_daemon_that_does_not_send_is_not_waited_for_for_ever(
    config: Config, api: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "PATIENCE", 0.0)
    async with daemon(config, api, delivers=False):
        report = await send_sample(config, "desk")
    assert report.error == "it was not sent within 0 s (state ready)"
    assert api.sent(42) == []
