"""The bot within the daemon: which one runs, and what it reads pages with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force

from monitor.app.bot import BotRunner, read_page
from monitor.app.configuration import load
from monitor.app.wiring import Components
from monitor.config.load import Config
from monitor.errors import FetchError
from monitor.ports import Request, Response, Sandbox

CONFIG = """\
sources:
  - {name: Ukrinform, url: 'https://www.ukrinform.ua/rss', timezone: Europe/Kyiv}
watchlists:
  - {name: Arms, keywords: [ракета]}
"""
TOKEN, OTHER = "1:" + "a" * 30, "2:" + "b" * 30


class StubBot:
    """Runs until it is halted."""

    def __init__(self, running: list[tuple[str, str]], address: tuple[str, str]) -> None:
        self.running, self.address = running, address

    async def run(self, halt: asyncio.Event) -> None:
        self.running.append(self.address)
        await halt.wait()
        self.running.remove(self.address)


class StubComponents:
    """What the assistant takes from the daemon's components."""

    def __init__(self, config: Config, fetcher: object = None) -> None:
        self.live = in_force(config, fetcher)
        self.store = self.judge = self.housekeeping = cast("Any", None)
        self.delivery_worker = SimpleNamespace(retry=lambda _lanes: None)
        self.disk = lambda: None
        self.sandbox = cast("Sandbox", DirectSandbox())


class DirectSandbox:
    async def run(self, function: Any, *args: Any, timeout: float | None = None) -> Any:
        return function(*args)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return load(path, {})


def with_token(config: Config, token: str) -> Config:
    return replace(config, token=load(config.path, {"TELEGRAM_BOT_TOKEN": token}).token)


@pytest.fixture
async def assistant(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[BotRunner, list[tuple[str, str]]]]:
    running: list[tuple[str, str]] = []
    monkeypatch.setattr(BotRunner, "_bot", lambda _self, token, api: StubBot(running, (token, api)))
    made = BotRunner(cast("Components", StubComponents(config)), FixedClock())
    yield made, running
    await made.close()


async def test_the_bot_of_the_configuration_runs_and_no_other(
    config: Config, assistant: tuple[BotRunner, list[tuple[str, str]]]
) -> None:
    made, running = assistant
    await made.follow(config)
    await asyncio.sleep(0)
    assert running == []
    for token in (TOKEN, TOKEN, OTHER):
        await made.follow(with_token(config, token))
        await asyncio.sleep(0)
        assert running == [(token, "https://api.telegram.org")]
    await made.follow(config)
    assert running == []


async def test_no_bot_begins_after_the_end(config: Config, assistant: tuple[BotRunner, list[tuple[str, str]]]) -> None:
    made, running = assistant
    await made.close()
    await made.follow(with_token(config, TOKEN))
    await asyncio.sleep(0)
    assert running == []


class OnePage:
    def __init__(self, status: int, body: bytes = b"") -> None:
        self.status, self.body = status, body
        self.asked: list[str] = []

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request.url)
        return Response(request.url, self.status, (("content-type", "text/html; charset=utf-8"),), self.body)


PAGE = """<html lang="uk"><head><title>Ракета над Сеулом</title></head><body><article><h1>Ракета над Сеулом</h1>
<p>У четвер над Сеулом пролетіла ракета, повідомив Генеральний штаб Республіки Корея на зустрічі з журналістами.</p>
<p>За словами військових, вона впала в море за двісті кілометрів від берега, і ніхто не постраждав.</p>
</article></body></html>"""


async def test_a_page_is_read_as_one_of_its_configured_source(config: Config) -> None:
    fetcher = OnePage(200, PAGE.encode())
    components = cast("Components", StubComponents(config, fetcher))
    article = await read_page("https://www.ukrinform.ua/rubric/1.html", components, FixedClock())
    assert (article.source, article.title, article.language) == ("Ukrinform", "Ракета над Сеулом", "uk")
    assert fetcher.asked == ["https://www.ukrinform.ua/rubric/1.html"]


async def test_a_page_that_is_refused_says_so(config: Config) -> None:
    with pytest.raises(FetchError, match="the page answered 403"):
        await read_page(
            "https://other.example/1", cast("Components", StubComponents(config, OnePage(403))), FixedClock()
        )
