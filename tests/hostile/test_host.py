"""What the host itself does to the daemon: cases 89 to 96. Kills, clocks and disks have tests of their own elsewhere."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Any

import pytest
from doubles.hostile_answers import NEWS, feed
from doubles.hostile_stack import HostileStack

from monitor.errors import SandboxUnavailableError
from monitor.model import Result

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]


async def test_92_no_file_descriptor_is_left(stack: HostileStack, monkeypatch: pytest.MonkeyPatch) -> None:
    await stack.baseline()
    stack.serve(feed())
    before = stack.state()

    async def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(asyncio.BaseEventLoop, "create_connection", refuse)
        outcome = await stack.desk.poller.poll(before.id)
    assert outcome.result is Result.FAILED
    assert "Too many open files" in stack.status()
    assert stack.state().body_hash == before.body_hash
    await stack.poll()
    assert stack.alerts() == [NEWS]


async def test_92_no_child_can_be_started(stack: HostileStack, monkeypatch: pytest.MonkeyPatch) -> None:
    await stack.baseline()
    stack.serve(feed())

    async def refuse(*_: Any, **__: Any) -> Any:
        raise SandboxUnavailableError("no child process can be started: out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(stack.desk.poller, "_sandbox", type("Refusing", (), {"run": staticmethod(refuse)}))
        outcome = await stack.desk.poller.poll(stack.state().id)
    assert outcome.result is Result.FAILED
    assert "out of memory" in stack.status()
    assert stack.next_poll() <= 60, "the source is not to blame"
    await stack.poll()
    assert stack.alerts() == [NEWS]
