"""What a poll makes of answers that are not as they should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, link, ok

from monitor.model import Result, Source, SourceState, Subscription, Validators
from monitor.polling import runs
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


def in_force(desk: PipelineHarness, **settings: object) -> None:
    """Put settings of its own on the source."""
    now = desk.live.now
    source = replace(Source("Yonhap 0", FEED), **settings)  # type: ignore[arg-type]
    rules = replace(now.rules, config=replace(now.config, sources=(source,)))
    desk.live.now = replace(now, rules=rules)


async def read(desk: PipelineHarness) -> None:
    desk.page(link(1), "A fair of books opened in the port on Thursday, and the mayor was there.")
    await desk.read()


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


async def test_old_items_are_archived_and_ring_nobody(desk: PipelineHarness) -> None:
    in_force(desk, max_age=86_400.0)
    serve(desk, 1)
    await poll(desk)
    await read(desk)
    day = 86_400.0
    desk.serve(FEED, ("N.K. fires ICBM", link(2), day + 60), ("N.K. tests ICBM engine", link(3), day - 7200))
    for number in (2, 3):
        desk.page(link(number), *TEXT)
    await poll(desk)
    await desk.read()
    assert [row.alert.headline for row in desk.alerts()] == ["N.K. tests ICBM engine"]
    with desk.store.begin() as tx:
        assert tx.article_by_key("yonhap:AEN20231109000200315") is not None


async def test_without_a_date_in_the_feed_the_page_says_how_old_an_item_is(desk: PipelineHarness) -> None:
    in_force(desk, max_age=86_400.0)
    serve(desk, 1)
    await poll(desk)
    await read(desk)
    feed = '<rss version="2.0"><channel><title>t</title><item><title>{}</title><link>{}</link></item></channel></rss>'
    for number, date in ((2, "2020-01-02T10:00:00Z"), (3, desk.clock.now().isoformat())):
        title = f"N.K. fires ICBM number {number}"
        desk.fetcher.answers[FEED] = ok(FEED, feed.format(title, link(number)))
        text = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
        head = f'<meta property="article:published_time" content="{date}">'
        page = f"<html><head>{head}</head><body><article>{text}</article></body></html>"
        desk.fetcher.answers[link(number)] = ok(link(number), page)
        await poll(desk)
        await desk.read()
    assert [row.alert.headline for row in desk.alerts()] == ["N.K. fires ICBM number 3"]


async def test_the_hub_that_a_feed_names_is_kept(desk: PipelineHarness) -> None:
    def subscriptions() -> list[Subscription]:
        with desk.store.begin() as tx:
            return tx.subscriptions()

    serve(desk, 1)
    await poll(desk)
    assert subscriptions() == []
    serve(desk, 2, headers=(("link", '<https://hub.example/>; rel="hub"'),))
    await poll(desk)
    await poll(desk)
    assert [(row.hub, row.topic, row.wanted) for row in subscriptions()] == [("https://hub.example/", FEED, True)]
    serve(desk, 3)
    await poll(desk)
    assert [row.wanted for row in subscriptions()] == [False]


async def test_the_last_polls_are_kept_with_what_came_of_them(desk: PipelineHarness) -> None:
    def log() -> list[tuple[int, int | None, int, str | None]]:
        return [(run.polls, run.entries, run.news, run.error) for run in runs(state(desk).polls)]

    async def poll() -> None:
        desk.clock.pass_(600)
        await desk.poll()

    serve(desk, 1)
    await poll()
    await poll()
    await poll()
    serve(desk, 1, 2, status=503)
    await poll()
    serve(desk, 1, 2)
    await poll()
    assert log() == [(1, 2, 1, None), (1, None, 0, "the server answered 503"), (2, None, 0, None), (1, 1, 1, None)]
    assert runs(state(desk).polls)[0].until == state(desk).last_poll_at
