"""Children that parse and extract for all tests of a worker, and the stack around them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from doubles.hostile_stack import HostileStack

from monitor.sandbox import ChildSandbox


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def children() -> AsyncIterator[ChildSandbox]:
    """Real children, confined as in the daemon; a quarter of its CPU time is enough to be called hostile."""
    sandbox = ChildSandbox(cpu=2.0)
    yield sandbox
    await sandbox.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stack(children: ChildSandbox) -> AsyncIterator[HostileStack]:
    async with HostileStack(children) as running:
        yield running
