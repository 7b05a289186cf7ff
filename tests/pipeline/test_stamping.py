"""Time stamps of the chain's end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles.authority import StampAuthorityDouble, make_authority
from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.pipeline_harness import FakeFetcher

from monitor.errors import FetchError, FetchKind
from monitor.evidence.timestamp import granted
from monitor.model import EvidenceSettings
from monitor.pipeline.stamping import Stamper
from monitor.ports import Request, Response
from monitor.store import open_store

TSA = "https://tsa.example/tsr"


class StampHarness:
    def __init__(self, authority: StampAuthorityDouble) -> None:
        self.clock = FixedClock()
        self.store = open_store("sqlite://", clock_now=self.clock.now)
        self.fetcher = FakeFetcher({TSA: self.answer})
        self.authority = authority
        self.body: bytes | None = None
        self.status = 200
        live = in_force(configured(evidence=EvidenceSettings(timestamp=TSA)), self.fetcher)
        self.stamper = Stamper(self.store, live, self.clock)

    def answer(self, request: Request) -> Response:
        assert request.content is not None
        kind, query = request.content
        assert kind == "application/timestamp-query"
        return Response(TSA, self.status, (), self.authority.reply(query) if self.body is None else self.body)

    def append(self) -> str:
        with self.store.begin() as tx:
            return tx.append_evidence(1, {}, self.clock.now()).hash


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> StampAuthorityDouble:
    return make_authority(Path(tmp_path_factory.mktemp("authority")))


@pytest.fixture
def desk(authority: StampAuthorityDouble) -> Iterator[StampHarness]:
    desk = StampHarness(authority)
    yield desk
    desk.store.close()


async def test_the_end_of_the_chain_is_stamped_when_it_is_new_and_not_too_often(desk: StampHarness) -> None:
    assert not await desk.stamper.turn(), "the chain is empty"
    desk.append()
    end = desk.append()
    assert await desk.stamper.turn()
    with desk.store.begin() as tx:
        (stamp,) = tx.stamps_from(1, 9)
    assert (stamp.seq, stamp.authority) == (2, TSA)
    granted(stamp.token, end)
    assert not await desk.stamper.turn(), "nothing is new"
    desk.append()
    assert not await desk.stamper.turn(), "it is too soon"
    desk.clock.pass_(601)
    assert await desk.stamper.turn()


async def test_an_authority_that_fails_is_left_alone_for_longer_each_time(desk: StampHarness) -> None:
    desk.append()
    for status, body in ((200, b"<html>"), (503, None)):
        desk.status, desk.body = status, body
        assert not await desk.stamper.turn()
        asked = len(desk.fetcher.asked)
        assert not await desk.stamper.turn()
        assert len(desk.fetcher.asked) == asked
        desk.clock.pass_(1201)

    def refuse(_: Request) -> Response:
        raise FetchError("no answer", FetchKind.TIMEOUT, retryable=True)

    desk.fetcher.answers[TSA] = refuse
    assert not await desk.stamper.turn()
    desk.fetcher.answers[TSA] = desk.answer
    desk.status, desk.body = 200, None
    assert not await desk.stamper.turn()
    desk.clock.pass_(2401)
    assert await desk.stamper.turn()


async def test_nobody_is_asked_where_no_authority_is_configured(desk: StampHarness) -> None:
    desk.append()
    stamper = Stamper(desk.store, in_force(configured(), desk.fetcher), desk.clock)
    assert not await stamper.turn()
    assert desk.fetcher.asked == []
