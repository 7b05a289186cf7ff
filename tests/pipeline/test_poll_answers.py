"""What a poll makes of answers that are not as they should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, PipelineHarness, link

from monitor.model import Result, SourceState, Validators
from monitor.ports import Request, Response
from monitor.store import open_store

CUT = "the answer is not complete: received 10 bytes, expected 20"


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    made = PipelineHarness(store, clock)
    made.watch(FEED)
    yield made
    store.close()


def state(desk: PipelineHarness) -> SourceState:
    with desk.store.begin() as tx:
        return tx.source_states()[0]


def serve(desk: PipelineHarness, *numbers: int, keep: float = 1.0, **changes: object) -> None:
    """Serve items; `keep` is the part of the body that comes, and `changes` are the response's."""
    desk.serve(FEED, *((f"Report {number}", link(number), 60) for number in numbers), etag=f"{numbers}")
    whole = desk.fetcher.answers[FEED]

    def answer(request: Request) -> Response:
        response = whole(request)
        body = response.body[: int(len(response.body) * keep)]
        return replace(response, body=body, **changes)  # type: ignore[arg-type]

    desk.fetcher.answers[FEED] = answer


async def poll(desk: PipelineHarness) -> Result:
    desk.clock.pass_(3600)
    (result,) = await desk.poll()
    return result


def count(desk: PipelineHarness) -> int:
    with desk.store.begin() as tx:
        return len(tx.due_entries(desk.clock.now() + timedelta(days=1), 100))


async def test_a_body_passed_on_by_a_proxy_is_read(desk: PipelineHarness) -> None:
    serve(desk, 1, status=203)
    assert await poll(desk) is Result.DONE
    serve(desk, 1, 2, status=206)
    assert await poll(desk) is Result.FAILED


async def test_of_a_cut_body_complete_items_are_kept_and_all_is_asked_again(desk: PipelineHarness) -> None:
    serve(desk, 1)
    await poll(desk)
    serve(desk, 2, 3, 4, 1, keep=0.6, cut=CUT)
    assert await poll(desk) is Result.DONE
    assert count(desk) == 3
    now = state(desk)
    assert now.validators == Validators()
    assert now.failures == 0
    assert any("cut short" in note and CUT in note for note in now.notes)
    serve(desk, 2, 3, 4, 1)
    assert await poll(desk) is Result.DONE
    assert count(desk) == 4
    assert state(desk).validators != Validators()
    assert not any("cut short" in note for note in state(desk).notes)


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.3])
async def test_a_cut_body_without_a_complete_item_is_a_failure_that_keeps_the_state(
    desk: PipelineHarness, keep: float
) -> None:
    serve(desk, 1)
    await poll(desk)
    before = state(desk)
    serve(desk, 2, 1, keep=keep, cut=CUT)
    assert await poll(desk) is Result.FAILED
    now = state(desk)
    assert now.error == CUT
    assert now.error_kind == "protocol"
    assert (now.validators, now.body_hash) == (before.validators, before.body_hash)


async def test_a_first_poll_wants_the_whole_body_and_takes_what_comes_at_the_third_try(desk: PipelineHarness) -> None:
    serve(desk, 2, 3, 1, keep=0.8, cut=CUT)
    assert [await poll(desk) for _ in range(3)] == [Result.FAILED, Result.FAILED, Result.DONE]
    assert state(desk).baseline_at is not None
