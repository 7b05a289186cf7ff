"""The roles of many processes do, together, all that one daemon does."""

from __future__ import annotations

import asyncio
import inspect
import re
import tempfile
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from doubles.inforce import configured, in_force
from doubles.patience import HANG
from doubles.policy_harness import any_matcher

from monitor.app import daemon, roles
from monitor.deliver.bot_lock import BotLock
from monitor.errors import DeliveryError, LostStoreError, StoreError
from monitor.model import Secret
from monitor.pipeline.live import Live
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database

TOKEN = "123456:AAonlyHereOnlyHereOnlyHereOnlyHere"


def test_every_work_of_the_daemon_is_some_role_s() -> None:
    alone = set(re.findall(r"\bcomponents\.(\w+)\.run\(", inspect.getsource(daemon))) - {"store"}
    shared = set(re.findall(r"\bparts\.(\w+)\.run\(", inspect.getsource(roles)))
    named = {"delivery_worker"}  # as `worker`, in the role deliver
    assert alone - named == shared


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Live:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(roles, "_BOT_AGAIN", 0.01)
    matcher = any_matcher()
    return in_force(Rules(matcher, CompiledCatalogue(matcher), configured([], [], token=Secret(TOKEN))))


async def test_a_bot_that_another_database_has_on_this_host_is_waited_for(live: Live) -> None:
    api = live.now.config.telegram.api
    other, halt, entered = BotLock("other"), asyncio.Event(), asyncio.Event()
    other.take(TOKEN, api)

    async def role() -> None:
        async with roles.locked_bot(live, "mine", halt) as keeping, roles.running(keeping) as tasks:
            entered.set()
            await roles.halted_or_failed(halt, tasks)

    waiting = asyncio.create_task(role())
    await asyncio.sleep(0.1)
    assert not entered.is_set()
    other.release()
    async with asyncio.timeout(HANG):
        await entered.wait()
    with pytest.raises(DeliveryError, match="another daemon"):
        other.take(TOKEN, api)
    halt.set()
    await waiting
    other.take(TOKEN, api)
    with pytest.raises(DeliveryError, match="another daemon"):
        await role()
    other.release()


async def test_a_role_ends_whose_bot_another_database_has_taken(live: Live, tmp_path: Path) -> None:
    other, halt = BotLock("other"), asyncio.Event()

    async def role() -> None:
        async with roles.locked_bot(live, "mine", halt) as keeping, roles.running(keeping) as tasks:
            for file in tmp_path.iterdir():  # noqa: ASYNC240 - a directory of one file
                file.unlink()
            other.take(TOKEN, live.now.config.telegram.api)
            async with asyncio.timeout(HANG):
                await roles.halted_or_failed(halt, tasks)

    with pytest.raises(DeliveryError, match="another daemon"):
        await role()
    other.release()


def test_who_is_late_itself_calls_no_other_silent() -> None:
    rhythm = roles.BeatRhythm(100.0, 100.0)
    for now in (102.0, 104.0, 106.0, 108.0, 109.5):
        assert not rhythm.is_steady(now), "it has just begun"
        rhythm.note(now)
    assert rhythm.is_steady(111.0)
    assert not rhythm.is_steady(116.0), "its own beat is late: the database or the host stands still"
    rhythm.note(123.0)
    assert not rhythm.is_steady(124.0), "whoever beat as late may be about to"
    for now in (125.0, 127.0, 129.0, 131.0, 133.0):
        rhythm.note(now)
    assert rhythm.is_steady(133.5)


async def test_a_leader_is_ended_by_a_steady_process_alone() -> None:
    looked: list[object] = []

    async def run(function: object) -> str:
        looked.append(function)
        return "first"

    ended: list[str] = []

    def end_sessions(instance: str) -> int:
        ended.append(instance)
        return 1

    base = SimpleNamespace(run=run, end_sessions=end_sessions)
    now = time.monotonic()
    context = SimpleNamespace(base=base, rhythm=roles.BeatRhythm(now, now))
    await roles._end_silent_leader(context, "judge")  # type: ignore[arg-type]
    assert (looked, ended) == ([], [])
    context.rhythm.since -= 60
    await roles._end_silent_leader(context, "judge")  # type: ignore[arg-type]
    assert ended == ["first"]


async def test_reading_begins_anew_where_the_database_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    halt, begun = asyncio.Event(), list[str]()
    errors = [StoreError("no connection in time", retryable=True), LostStoreError("another one has it")]

    async def read(*_: object) -> None:
        begun.append("read")
        raise errors.pop(0)

    real = asyncio.timeout
    monkeypatch.setattr(roles, "read", read)
    monkeypatch.setattr("monitor.app.roles.asyncio.timeout", lambda _seconds: real(0))
    with pytest.raises(LostStoreError):
        await roles.keep_reading(SimpleNamespace(base=None), halt)  # type: ignore[arg-type]
    assert begun == ["read", "read"]
    errors.append(StoreError("no connection in time", retryable=True))
    halt.set()
    await roles.keep_reading(SimpleNamespace(base=None), halt)  # type: ignore[arg-type]
    assert len(begun) == 2


async def test_a_judge_that_waits_for_the_watchlists_is_asked_how_it_is() -> None:
    loading = SimpleNamespace(ready=False, done=0, total=0, settle=None)
    context: Any = SimpleNamespace(
        lives=[None, None],
        components=lambda *_: SimpleNamespace(judge=SimpleNamespace(loading=loading, settle=None)),
        compiled=asyncio.Event(),
        checks={},
    )
    context.checked = partial(roles.RoleContext.checked, context)
    context.has_rules = partial(roles.RoleContext.has_rules, context)
    halt = asyncio.Event()
    judging = asyncio.create_task(roles.judge(context, cast("Database", None), halt))
    await asyncio.sleep(0)
    assert context.checks["judge"]() == {"ok": True, "judging": "compiling watchlists"}
    halt.set()
    await judging
    assert context.checks == {}
