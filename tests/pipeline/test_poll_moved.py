"""A source that redirects for good: its new address is learnt, said once, and given up where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, PipelineHarness, failing, link

from monitor.errors import FetchError, FetchKind
from monitor.model import MessageKind, Relocation, Source, SourceState
from monitor.ports import Request, Response
from monitor.store import open_store

NEW = "https://www.yonhap.example/feed"
HALF_A_DAY = 43_200.0


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    made = PipelineHarness(store, clock)
    made.watch(FEED)
    made.serve(FEED, ("A fair opens", link(1), 60), etag='"1"')
    whole = made.fetcher.answers[FEED]

    def redirected(request: Request) -> Response:
        return replace(whole(request), url=NEW, moved=NEW)

    made.fetcher.answers[FEED] = redirected
    made.fetcher.answers[NEW] = lambda request: replace(whole(request), url=NEW)
    yield made
    store.close()


async def poll(desk: PipelineHarness, times: int = 1) -> SourceState:
    for _ in range(times):
        desk.clock.pass_(HALF_A_DAY)
        await desk.poll()
        await desk.housekeeping.tick()
    with desk.store.begin() as tx:
        return tx.source_states()[0]


def asked(desk: PipelineHarness) -> list[str]:
    return [request.url for request in desk.fetcher.asked]


def notices(desk: PipelineHarness) -> list[str]:
    """Return the headlines of addresses: of notices, and of what a notice of several incidents sums up."""
    alerts = [row.alert for row in desk.rows() if row.alert.kind is MessageKind.NOTICE]
    lines = (line.removeprefix("• ") for alert in alerts for line in (alert.headline, *alert.lines))
    return [line for line in lines if line.endswith(("a new address", "polled as configured"))]


async def test_the_new_address_is_polled_after_three_sightings_over_a_day(desk: PipelineHarness) -> None:
    state = await poll(desk, 2)
    assert state.address == FEED
    assert state.relocation.sightings == 2
    state = await poll(desk, 1)
    assert (state.address, state.source.url) == (NEW, FEED)
    before = state
    state = await poll(desk, 2)
    assert asked(desk) == [FEED] * 3 + [NEW] * 2
    assert desk.fetcher.asked[-1].referrer == FEED
    assert state.validators == before.validators
    assert (state.id, state.failures) == (before.id, 0)
    with desk.store.begin() as tx:
        assert len(tx.due_entries(desk.clock.now(), 100)) == 1, "no item is new because its feed has moved"


async def test_operators_are_told_once_with_what_to_write(desk: PipelineHarness) -> None:
    await poll(desk, 10)
    assert notices(desk) == ["Yonhap 0 has a new address"]
    assert " ".join(line for row in desk.rows() for line in row.alert.lines).count(f"url: {NEW}") == 1


async def test_a_new_address_in_the_configuration_ends_it(desk: PipelineHarness) -> None:
    await poll(desk, 3)
    with desk.store.begin() as tx:
        tx.sync_sources([Source("Yonhap 0", NEW)], desk.clock.now())
    state = await poll(desk)
    assert (state.relocation, state.address) == (Relocation(), NEW)
    await poll(desk, 3)
    assert notices(desk) == ["Yonhap 0 is polled as configured"]
    with desk.store.begin() as tx:
        assert len(tx.due_entries(desk.clock.now(), 100)) == 1


@pytest.mark.parametrize(("status", "failures"), [(404, 1), (410, 1), (500, 3)])
async def test_where_the_new_address_fails_the_configured_one_is_asked_again(
    desk: PipelineHarness, status: int, failures: int
) -> None:
    await poll(desk, 3)
    desk.fetcher.answers[NEW] = failing(FetchError(f"the server answered {status}", FetchKind.STATUS, status=status))
    state = await poll(desk, failures)
    assert not state.stopped
    assert state.address == FEED
    await poll(desk)
    assert asked(desk)[-1] == FEED
