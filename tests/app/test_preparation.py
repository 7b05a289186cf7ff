"""What judging waits for: it is made ready in the background, whatever the database says meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from doubles.inforce import in_force

from monitor.app import preparation
from monitor.app.configuration import load
from monitor.app.daemon import Daemon
from monitor.app.preparation import Preparation, Report
from monitor.app.wiring import Components
from monitor.clock import SystemClock
from monitor.config.load import Config
from monitor.errors import ConfigError, Problem, StoreError
from monitor.i18n import DEFAULT
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import Rules

CONFIG = """\
sources:
  - {name: Ukrinform, url: 'https://www.ukrinform.ua/rss', timezone: Europe/Kyiv}
watchlists:
  - {name: Arms, keywords: [ракета]}
"""
RULES = in_force().now.rules
BAD = ConfigError([Problem("config.yaml", 0, 0, "watchlists", "no form of it is known")])


class StubJudge:
    """Remembers what it was asked; `errors` are raised one after the other by `load` and `refresh`."""

    def __init__(self, *errors: Exception | None) -> None:
        self.loading = SimpleNamespace(ready=False, done=0, total=0, examined=0, settle=None)
        self.index: list[int] = []
        self.live = in_force()
        self.errors = list(errors)
        self.refreshed = asyncio.Event()
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.errors and (error := self.errors.pop(0)):
            raise error

    async def load(self) -> None:
        self._ask("load")
        self.loading.settle()
        self.loading.ready = True

    async def refresh(self) -> None:
        self._ask("refresh")
        self.refreshed.set()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return load(path)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "make_rules", lambda *_, **__: RULES)
    real = asyncio.sleep
    monkeypatch.setattr("monitor.app.preparation.asyncio.sleep", lambda _seconds: real(0))


def make(config: Config, judge: StubJudge, report: Report | None = None) -> Preparation:
    judge.live = in_force(config)
    return Preparation(cast("Judge", judge), report)


async def test_rules_are_compiled_before_the_index_is_filled(config: Config) -> None:
    judge, told = StubJudge(), list[str]()

    async def tell(state: str) -> None:
        told.append(state)

    made = make(config, judge, tell)
    assert made.state == "compiling watchlists"
    await made.prepare()
    assert (judge.live.now.rules, judge.asked, made.state) == (RULES, ["load"], "ready")
    assert made.compiled.is_set()
    assert made.judging.is_set()
    assert told[-1] == "ready"


async def test_the_state_says_how_far_it_is(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = StubJudge()
    made = make(config, judge)

    def compile_slowly(*_: object, progress: Callable[[int, int], None]) -> Rules:
        progress(3000, 100_000)
        assert made.state == "compiling watchlists 3000/100000"
        return RULES

    monkeypatch.setattr(preparation, "make_rules", compile_slowly)
    judge.loading.done, judge.loading.total = 3000, 7442

    async def load_slowly() -> None:
        assert made.state == "index loading 3000/7442"
        assert not made.judging.is_set()
        judge.loading.ready = True

    monkeypatch.setattr(judge, "load", load_slowly)
    await made.prepare()


async def test_a_watchlist_that_does_not_compile_ends_it(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BAD

    monkeypatch.setattr(preparation, "make_rules", fail)
    judge = StubJudge()
    with pytest.raises(ConfigError, match="no form of it"):
        await make(config, judge).run()
    assert judge.asked == []


async def test_the_daemon_tries_until_the_database_answers_and_once_says_so(config: Config) -> None:
    away = StoreError("the server went away")
    judge = StubJudge(away, away, None)
    with pytest.raises(StoreError):
        await make(config, StubJudge(away)).prepare()
    running = asyncio.create_task(make(config, judge).run())
    await judge.refreshed.wait()
    running.cancel()
    assert judge.asked == ["load", "load", "load", "refresh"]


async def test_a_reload_has_the_catalogue_looked_at_again(config: Config) -> None:
    judge = StubJudge(None, StoreError("busy"), None)
    made = make(config, judge)
    running = asyncio.create_task(made.run())
    await judge.refreshed.wait()
    assert judge.asked == ["load", "refresh", "refresh"]
    judge.refreshed.clear()
    made.recheck()
    await judge.refreshed.wait()
    assert len(judge.asked) == 4
    running.cancel()


async def test_a_stop_does_not_wait_for_the_compiler(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def compile_slowly(*_: object, progress: Callable[[int, int], None]) -> Rules:
        begun.set()
        go_on.wait()
        try:
            progress(1, 2)
        except BaseException:
            ended.set()
            raise
        return RULES

    monkeypatch.setattr(preparation, "make_rules", compile_slowly)
    running = asyncio.create_task(make(config, StubJudge()).run())
    await asyncio.to_thread(begun.wait)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    go_on.set()
    await asyncio.to_thread(ended.wait)  # what is left is not compiled


async def test_what_stands_still_for_long_is_not_healthy(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    judge, now = StubJudge(), 1000.0
    monkeypatch.setattr("monitor.app.preparation.time.monotonic", lambda: now)
    made = make(config, judge)
    assert made.moves()
    now += 899
    assert made.moves()
    made.compiled.set()
    now += 2
    assert made.moves()  # it got further
    judge.loading.done = 7
    now += 901
    assert made.moves()
    now += 901
    assert not made.moves()
    judge.loading.ready = True
    assert made.moves()


async def test_a_reload_waits_until_the_first_rules_are_compiled(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon, looked = Daemon(config), list[str]()
    daemon._preparation = made = make(config, StubJudge())

    def refuse(_path: Path) -> Config:
        looked.append("loaded")
        raise BAD

    monkeypatch.setattr("monitor.app.daemon.load", refuse)
    components = SimpleNamespace(housekeeping=SimpleNamespace(phrases=DEFAULT, bad_config=looked.append))
    reloading = asyncio.create_task(daemon._try_reload(cast("Components", components), SystemClock()))
    for _ in range(5):
        await asyncio.sleep(0)
    assert looked == []
    made.compiled.set()
    await reloading
    assert looked[0] == "loaded"


def test_health_says_what_judging_waits_for(config: Config) -> None:
    daemon = Daemon(config)
    now = SystemClock().monotonic()
    delivery_worker = SimpleNamespace(progress=now, stalled=lambda _limit: {})
    components, scheduler = (
        cast("Any", SimpleNamespace(delivery_worker=delivery_worker, clock=SystemClock())),
        cast("Any", SimpleNamespace(last_tick=now)),
    )
    assert daemon._health(scheduler, components)["judging"] == "starting"
    moves = True
    daemon._preparation = cast("Preparation", SimpleNamespace(moves=lambda: moves, state="index loading 3/9"))
    seen = daemon._health(scheduler, components)
    assert (seen["ok"], seen["judging"]) == (True, "index loading 3/9")
    moves = False
    assert daemon._health(scheduler, components)["ok"] is False
