"""Every answer of `doubles/hostile_answers.py`, polled by the whole stack beside a control source."""

from __future__ import annotations

import re

import pytest
from doubles.hostile_answers import ANSWERS, KNOWN, HostileAnswer, row
from doubles.hostile_stack import HostileStack, headline

from monitor import rhythm
from monitor.model import Result

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]
LATER = headline(-1)


@pytest.mark.parametrize("served", ANSWERS, ids=str)
async def test_is_read_or_named_and_the_next_news_comes(stack: HostileStack, served: HostileAnswer) -> None:
    await stack.baseline()
    before = stack.state()
    stack.serve(served.answer)
    stack.fetcher.deadline = served.deadline
    outcome = await stack.poll()
    if served.error:
        assert outcome.result is Result.FAILED
        assert re.search(served.error, stack.status()), stack.status()
        state = stack.state()
        assert (state.failures, state.validators, state.body_hash) == (1, before.validators, before.body_hash)
        assert stack.next_poll() >= (state.source.every or rhythm.EVERY)
        assert stack.alerts() == []
    else:
        assert outcome.result is Result.DONE, stack.status()
        assert stack.status() == ""
        assert stack.alerts() == list(served.titles)
    stack.fetcher.deadline = 30.0
    stack.serve_rows(row(LATER), *map(row, () if served.error else served.titles), row(KNOWN))
    assert (await stack.poll(after=90_000)).result is Result.DONE
    assert stack.status() == ""
    assert LATER in stack.alerts()
