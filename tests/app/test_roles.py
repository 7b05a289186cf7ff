"""The roles of many processes do, together, all that one daemon does."""

from __future__ import annotations

import asyncio
import inspect
import re
import tempfile
from pathlib import Path

import pytest
from doubles.inforce import configured, in_force
from doubles.policy_harness import any_matcher

from monitor.app import daemon, roles
from monitor.deliver.bot_lock import BotLock
from monitor.errors import DeliveryError
from monitor.model import Secret
from monitor.pipeline.live import Live
from monitor.pipeline.ruleset import CompiledCatalogue, Rules

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
    async with asyncio.timeout(20):
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
            async with asyncio.timeout(20):
                await roles.halted_or_failed(halt, tasks)

    with pytest.raises(DeliveryError, match="another daemon"):
        await role()
    other.release()
