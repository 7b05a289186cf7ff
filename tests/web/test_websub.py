"""A subscription at a hub, over loopback: asked for, verified, used, renewed, ended."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.hub import HubDouble
from doubles.inforce import in_force
from doubles.patience import HANG
from doubles.rawserver import AllowLoopback
from doubles.store_samples import record

from monitor.fetch.client import HttpFetcher
from monitor.metrics import PUSHES
from monitor.model import Config, Hub, PollReason, Source, SourceState, Subscription, Web
from monitor.pipeline import websub
from monitor.pipeline.websub import Subscriber
from monitor.store import Database, open_store
from monitor.web.server import WebServer, make_app

pytestmark = pytest.mark.network

TOPIC = "http://127.0.0.1/rss"
NAME = "monitor.example"


@dataclass
class Desk:
    """A daemon's part that subscribes, with its web server, and a hub."""

    store: Database
    clock: FixedClock
    subscriber: Subscriber
    hub: HubDouble
    port: int

    async def turn(self) -> None:
        await self.subscriber.turn()
        await self.hub.settled()

    def row(self) -> Subscription:
        (row,) = self.rows()
        return row

    def rows(self) -> list[Subscription]:
        with self.store.begin() as tx:
            return tx.subscriptions()

    def state(self) -> SourceState:
        with self.store.begin() as tx:
            return tx.source_states()[0]

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        def call() -> tuple[int, str]:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG)
            try:
                connection.request(
                    method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
                )
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            finally:
                connection.close()

        return await asyncio.to_thread(call)


@asynccontextmanager
async def running(hub: HubDouble, public: str = "") -> AsyncIterator[Desk]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    live = in_force(Config())
    subscriber = Subscriber(store, live, clock)
    web = WebServer(make_app(lambda: {"ok": True}, lambda: {"ok": True}, lambda: [NAME], subscriber), "127.0.0.1", 0)
    address = web.start()
    assert address is not None
    fetcher = HttpFetcher(allow=[AllowLoopback("127.0.0.1", (hub.port,))], spacing=0.0)
    config = Config(web=Web(public_url=public or f"http://127.0.0.1:{address[1]}"))
    live.now = in_force(config, fetcher).now
    with store.begin() as tx:
        tx.sync_sources([Source("Paper", TOPIC)], clock.now())
        (state,) = tx.source_states()
        tx.record_poll(record(state.id, at=clock.now(), next_poll_at=clock.now() + timedelta(hours=1)))
        tx.follow_hub(state.id, Hub(hub.url, TOPIC), clock.now())
    try:
        yield Desk(store, clock, subscriber, hub, address[1])
    finally:
        await web.stop()
        await fetcher.close()
        store.close()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with HubDouble() as hub, running(hub) as made:
        yield made


async def test_a_subscription_is_asked_for_and_verified(desk: Desk) -> None:
    await desk.turn()
    (form,) = desk.hub.requests
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == TOPIC
    assert int(form["hub.lease_seconds"]) == 10 * 86_400
    assert desk.hub.verified == [("subscribe", 200)]
    row = desk.row()
    assert (row.failures, row.error) == (0, None)
    assert row.expires_at is not None
    assert (row.expires_at - desk.clock.now()).total_seconds() == 600
    assert (row.next_at - desk.clock.now()).total_seconds() == 420, "renewed before its end"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_a_signed_delivery_wakes_the_source(desk: Desk, method: str) -> None:
    await desk.turn()
    desk.clock.pass_(60)
    assert await desk.hub.publish(b"<rss>" * 50_000, method=method) == 202
    assert (desk.state().next_poll_at, desk.state().reason) == (desk.clock.now(), PollReason.HUB)


@pytest.mark.parametrize(
    "signature", ["", "sha256=" + "0" * 64, "md5=" + "0" * 32, "sha1", "sha256=ключ".encode().decode("latin-1")]
)
async def test_one_that_is_not_signed_as_agreed_is_ignored(desk: Desk, signature: str) -> None:
    await desk.turn()
    before = PUSHES.labels(outcome="ignored")._value.get()
    due = desk.state().next_poll_at
    for _ in range(2):
        assert await desk.hub.publish(b"<rss/>", signature=signature) == 202
    assert desk.state().next_poll_at == due
    assert PUSHES.labels(outcome="ignored")._value.get() == before + 2


async def test_the_lease_is_renewed_before_its_end(desk: Desk) -> None:
    await desk.turn()
    first = desk.row()
    desk.clock.pass_(419)
    await desk.turn()
    assert len(desk.hub.requests) == 1
    desk.clock.pass_(1)
    await desk.turn()
    assert [form["hub.mode"] for form in desk.hub.requests] == ["subscribe", "subscribe"]
    again = desk.row()
    assert (again.path, again.secret) == (first.path, first.secret), "a delivery on its way stays valid"
    assert again.expires_at == desk.clock.now() + timedelta(seconds=600)


async def test_it_ends_when_the_source_goes(desk: Desk) -> None:
    await desk.turn()
    callback = desk.row().callback or ""
    with desk.store.begin() as tx:
        tx.sync_sources([], desk.clock.now())
    await desk.turn()
    assert desk.hub.verified == [("subscribe", 200), ("unsubscribe", 200)]
    assert desk.rows() == []
    assert desk.hub.held == {}
    assert (await desk.ask("POST", "/" + callback.partition("//")[2].partition("/")[2]))[0] == 410


async def test_a_hub_that_refuses_is_asked_less_and_less(desk: Desk) -> None:
    desk.hub.status = 503
    waits = []
    for _ in range(4):
        await desk.turn()
        row = desk.row()
        waits.append((row.next_at - desk.clock.now()).total_seconds())
        desk.clock.pass_(waits[-1])
    assert waits == [300, 600, 1200, 2400]
    assert row.error == "the hub answered 503"
    desk.hub.status = 202
    await desk.turn()
    assert (desk.row().failures, desk.row().error) == (0, None)


async def test_a_hub_that_is_away(desk: Desk) -> None:
    with desk.store.begin() as tx:
        tx.follow_hub(tx.source_states()[0].id, Hub("http://127.0.0.1:9/hub", TOPIC), desk.clock.now())
    await desk.turn()
    assert "127.0.0.1" in (desk.row().error or "")


async def test_a_foreign_feed_cannot_have_a_private_address_asked(desk: Desk) -> None:
    with desk.store.begin() as tx:
        tx.sync_sources([Source("Paper", "https://paper.example/rss")], desk.clock.now())
    await desk.turn()
    assert desk.hub.requests == []
    assert "is not a public address" in (desk.row().error or "")


async def test_a_denied_subscription_rests_for_a_day(desk: Desk) -> None:
    desk.hub.deny = "no such topic"
    await desk.turn()
    row = desk.row()
    assert row.error == "the hub refuses the subscription: no such topic"
    assert desk.hub.verified == [("denied", 200)]
    assert (row.next_at - desk.clock.now()).total_seconds() == 86_400


async def test_a_hub_that_does_not_end_it_is_left_alone(desk: Desk) -> None:
    await desk.turn()
    desk.hub.status = 500
    with desk.store.begin() as tx:
        tx.follow_hub(tx.source_states()[0].id, None, desk.clock.now())
    for _ in range(6):
        await desk.turn()
        desk.clock.pass_(3600)
    assert desk.rows() == []
    assert [form["hub.mode"] for form in desk.hub.requests].count("unsubscribe") <= 4


async def test_the_callback_answers_to_the_public_name() -> None:
    async with HubDouble() as hub, running(hub, f"https://{NAME}/news/") as desk:
        hub.status = 500  # it asks nothing back: that name is not this host's
        await desk.turn()
        row = desk.row()
        assert row.callback == f"https://{NAME}/news/websub/{row.path}"
        query = f"?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=abc&hub.lease_seconds=86400"
        assert await desk.ask("GET", f"/websub/{row.path}{query}", Host=NAME) == (200, "abc")
        assert (await desk.ask("GET", f"/websub/{row.path}{query}", Host="evil.example"))[0] == 421


async def test_another_public_address_begins_anew(desk: Desk) -> None:
    await desk.turn()
    old = desk.row().callback
    fetcher = desk.subscriber.live.now.fetcher
    desk.subscriber.live.now = in_force(Config(), fetcher).now
    await desk.turn()
    assert (desk.row().callback, desk.row().expires_at) == (None, None)
    assert len(desk.hub.requests) == 1, "nothing is asked without a public address"
    public = f"http://localhost:{desk.port}"
    desk.subscriber.live.now = in_force(Config(web=Web(public_url=public)), fetcher).now
    await desk.turn()
    assert desk.row().callback == f"{public}/websub/{desk.row().path}" != old
    assert desk.row().failures == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?hub.mode=subscribe&hub.topic=https://other.example/&hub.challenge=abc",
        f"?hub.mode=unsubscribe&hub.topic={TOPIC}&hub.challenge=abc",
        f"?hub.mode=publish&hub.topic={TOPIC}&hub.challenge=abc",
        f"?hub.mode=subscribe&hub.topic={TOPIC}",
        f"?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge={'x' * 3000}",
        f"?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge={'x' * 9000}",
    ],
)
async def test_what_was_not_meant_is_not_confirmed(desk: Desk, query: str) -> None:
    await desk.turn()
    before = desk.row()
    assert (await desk.ask("GET", f"/websub/{before.path}{query}"))[0] == 404
    assert desk.row() == before


async def test_unknown_callbacks(desk: Desk) -> None:
    query = f"?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=abc"
    unasked = desk.row().path
    for path in ("x", "y" * 43, unasked):
        assert (await desk.ask("GET", f"/websub/{path}{query}"))[0] == 404
    assert (await desk.ask("POST", "/websub/x", b"a"))[0] == 404
    assert (await desk.ask("POST", f"/websub/{unasked}", b"a"))[0] == 410
    assert (await desk.ask("PUT", f"/websub/{unasked}", b"a"))[0] == 405


async def test_deliveries_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.turn()
    monkeypatch.setattr(websub, "MAX_BODY", 1000)
    assert await desk.hub.publish(b"x" * 1001) == 413
    answers = [await desk.hub.publish(b"x") for _ in range(70)]
    assert (answers.count(202), answers.count(429)) == (59, 11)
    desk.clock.pass_(2)
    assert [await desk.hub.publish(b"x") for _ in range(3)] == [202, 202, 429]


async def test_all_requests_together_are_bounded(desk: Desk) -> None:
    path = "z" * 43
    answers = [await desk.subscriber.receive(path, "", nothing()) for _ in range(1300)]
    assert (answers.count(410), answers.count(429)) == (1200, 100)
    assert await desk.subscriber.verify(path, {}) is None


async def nothing() -> AsyncIterator[bytes]:
    yield b""
