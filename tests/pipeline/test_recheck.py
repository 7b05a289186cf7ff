"""Pages that change and vanish after they were read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, failing, link, ok
from sqlalchemy import text

from monitor.errors import FetchError, FetchKind, SandboxUnavailableError
from monitor.evidence.chain import first_break
from monitor.extract.extractor import ArticleExtractor
from monitor.model import ArticleChange, ChangeKind, EvidenceSettings, Source
from monitor.pipeline.live import InForce
from monitor.pipeline.recheck import Rechecker
from monitor.ports import Request, Response
from monitor.sandbox import InlineSandbox
from monitor.store import open_store
from monitor.store.evidence import Recheck

HOUR = 3600.0
REWRITTEN = (TEXT[0], TEXT[1].replace("days", "weeks"))


class RecheckHarness(PipelineHarness):
    def __init__(self) -> None:
        clock = FixedClock()
        super().__init__(open_store("sqlite://", clock_now=clock.now), clock)
        self.keep(recheck=(HOUR, 24 * HOUR))
        self.rechecker = Rechecker(self.store, self.live, clock, InlineSandbox(), ArticleExtractor())

    def keep(self, **settings: Any) -> None:
        now = self.live.now
        sources = (Source("Yonhap 0", FEED),) if settings else ()
        config = replace(now.config, evidence=EvidenceSettings(**settings), sources=sources)
        self.live.now = InForce(replace(now.rules, config=config), now.fetcher)

    def shows(self, *paragraphs: str, headline: str = "Missile fired, says Seoul", url: str | None = None) -> None:
        body = "".join(f"<p>{each}</p>" for each in paragraphs)
        page = f"<html><head><title>{headline}</title></head><body><article>{body}</article></body></html>"
        self.fetcher.answers[link(1)] = ok(url or link(1), page, ("etag", '"1"'), ("last-modified", "Mon"))

    def answers(self, status: int, body: bytes = b"") -> None:
        self.fetcher.answers[link(1)] = lambda _: Response(link(1), status, (), body)

    async def kept(self) -> None:
        self.watch(FEED)
        self.serve(FEED, ("North Korea fires a missile", link(1), 60))
        self.shows(*TEXT)
        await self.poll()
        await self.read()

    async def look(self, seconds: float = HOUR) -> None:
        self.clock.pass_(seconds)
        await self.rechecker.finish()

    def facts(self) -> list[dict[str, Any]]:
        with self.store.begin() as tx:
            links = tx.evidence_of([1])
            assert first_break(links) is None
        return [json.loads(each.facts or "") for each in links]

    def results(self) -> list[str]:
        return [each["result"] for each in self.facts() if each["kind"] == "recheck"]

    def changes(self) -> list[ArticleChange]:
        with self.store.begin() as tx:
            return tx.changes_of([1])

    def planned(self) -> Recheck | None:
        with self.store.begin() as tx:
            return tx.recheck_of(1)


@pytest.fixture
async def desk() -> AsyncIterator[RecheckHarness]:
    desk = RecheckHarness()
    await desk.kept()
    yield desk
    desk.store.close()


async def test_a_page_that_stays_is_asked_for_conditionally_until_the_last_delay(desk: RecheckHarness) -> None:
    await desk.look(HOUR - 1)
    assert desk.results() == []
    desk.answers(304)
    await desk.look(1)
    asked = desk.fetcher.asked[-1]
    assert asked.headers == (("If-None-Match", '"1"'), ("If-Modified-Since", "Mon"))
    assert (asked.robots, asked.source, asked.referrer) == (True, "Yonhap 0", FEED)
    desk.shows(*TEXT)
    await desk.look(23 * HOUR)
    assert desk.results() == ["same", "same"]
    assert desk.planned() is None
    assert desk.changes() == []
    with desk.store.begin() as tx:
        assert len(tx.versions_of([1])) == 1


async def test_a_headline_and_a_text_that_were_rewritten_in_silence_are_found(desk: RecheckHarness) -> None:
    desk.shows(*REWRITTEN, headline="Satellite launched, says Seoul")
    await desk.look()
    now = desk.clock.now()
    assert desk.changes() == [
        ArticleChange(1, now, ChangeKind.HEADLINE, "Missile fired, says Seoul", "Satellite launched, says Seoul"),
        ArticleChange(1, now, ChangeKind.TEXT),
    ]
    with desk.store.begin() as tx:
        first, second = tx.versions_of([1])
    assert (first.title, second.title) == ("North Korea fires a missile", "Satellite launched, says Seoul")
    assert "weeks" in second.text
    assert desk.results() == ["read"]
    await desk.look(24 * HOUR)
    assert len(desk.changes()) == 2, "it is compared with what it said last"


async def test_a_page_that_is_gone_is_said_once_and_may_come_back(desk: RecheckHarness) -> None:
    desk.answers(404)
    await desk.look()
    gone = ArticleChange(1, desk.clock.now(), ChangeKind.GONE, after="404")
    assert desk.changes() == [gone]
    desk.keep(recheck=(HOUR, 24 * HOUR, 48 * HOUR))
    await desk.look(23 * HOUR)
    assert desk.changes() == [gone]
    desk.shows(*REWRITTEN)
    await desk.look(24 * HOUR)
    assert [each.kind for each in desk.changes()] == [ChangeKind.GONE, ChangeKind.BACK, ChangeKind.TEXT]
    assert desk.results() == ["gone", "gone", "read"]


@pytest.mark.parametrize(
    ("act", "kind", "how"),
    [
        (lambda desk: desk.answers(410), ChangeKind.GONE, "410"),
        (lambda desk: desk.shows(*TEXT, url="https://en.yna.co.kr/"), ChangeKind.GONE, "→ /"),
        (lambda desk: desk.shows("This article was removed."), ChangeKind.UNREADABLE, ""),
    ],
    ids=["410", "first page", "no article"],
)
async def test_a_page_vanishes_in_several_ways(
    desk: RecheckHarness, act: Callable[[RecheckHarness], None], kind: ChangeKind, how: str
) -> None:
    act(desk)
    await desk.look()
    (change,) = desk.changes()
    assert change.kind is kind
    assert how in change.after


@pytest.mark.parametrize(
    "problem",
    [
        lambda _: Response(link(1), 503, (), b""),
        failing(FetchError("no answer", FetchKind.TIMEOUT, retryable=True)),
    ],
)
async def test_a_page_that_cannot_be_had_is_asked_again_and_is_not_taken_for_gone(
    desk: RecheckHarness, problem: Callable[[Request], Response]
) -> None:
    desk.fetcher.answers[link(1)] = problem
    await desk.look()
    assert desk.results() == []
    for seconds in (600, HOUR, 6 * HOUR):
        await desk.look(seconds)
    assert desk.results() == ["failed"]
    assert desk.facts()[-1]["why"]
    assert desk.changes() == []
    planned = desk.planned()
    assert planned is not None
    assert (planned.failures, planned.due_at) == (0, planned.read_at + timedelta(seconds=24 * HOUR))


async def test_a_host_that_asks_for_silence_is_left_in_peace(desk: RecheckHarness) -> None:
    desk.fetcher.answers[link(1)] = failing(FetchError("busy", FetchKind.PACED, retryable=True, retry_after=500.0))
    await desk.look()
    planned = desk.planned()
    assert planned is not None
    assert (planned.failures, planned.due_at) == (0, desk.clock.now() + timedelta(seconds=500))


async def test_what_robots_txt_forbids_is_recorded_and_not_asked_again_before_its_time(desk: RecheckHarness) -> None:
    desk.fetcher.answers[link(1)] = failing(FetchError("robots.txt forbids it", FetchKind.ROBOTS, retryable=False))
    await desk.look()
    assert desk.results() == ["failed"]
    planned = desk.planned()
    assert planned is not None
    assert planned.due_at > desk.clock.now() + timedelta(hours=20)


async def test_raw_pages_are_kept_where_something_changed(desk: RecheckHarness) -> None:
    desk.keep(recheck=(HOUR, 24 * HOUR), raw=True)
    await desk.look()
    desk.answers(404, b"<h1>Not found</h1>")
    await desk.look(23 * HOUR)
    with desk.store.begin() as tx:
        assert [each.record is None for each in tx.responses_of([1])] == [True, True, False]


async def test_an_article_that_was_edited_meanwhile_is_left_to_its_edit(desk: RecheckHarness) -> None:
    planned = desk.planned()
    assert planned is not None
    later = replace(planned, due_at=planned.due_at + timedelta(hours=5))

    def answer(_: Request) -> Response:
        with desk.store.begin() as tx:
            tx.plan_recheck(later)
        return Response(link(1), 404, (), b"")

    desk.fetcher.answers[link(1)] = answer
    await desk.look()
    assert desk.results() == []
    assert desk.planned() == later


async def test_re_checks_end_where_they_are_switched_off(desk: RecheckHarness) -> None:
    desk.keep()
    asked = len(desk.fetcher.asked)
    await desk.look()
    assert desk.planned() is None
    assert len(desk.fetcher.asked) == asked


async def test_a_page_that_kills_its_reader_is_tried_again(
    desk: RecheckHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(*_: object, **__: object) -> object:
        raise SandboxUnavailableError("no child")

    monkeypatch.setattr(desk.rechecker.sandbox, "run", run)
    await desk.look()
    planned = desk.planned()
    assert planned is not None
    assert planned.failures == 1


async def test_a_bug_at_one_page_is_counted_and_puts_it_off(
    desk: RecheckHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.rechecker.sandbox, "run", run)
    await desk.look()
    planned = desk.planned()
    assert planned is not None
    assert planned.failures == 1
    assert desk.results() == []


async def test_a_version_that_cannot_be_read_is_not_tried_for_ever(desk: RecheckHarness) -> None:
    with desk.store.begin() as tx:
        tx.connection.execute(text("UPDATE article_versions SET text = x'00'"))
    tries = 0
    while (planned := desk.planned()) is not None:
        desk.clock.wall = max(planned.due_at, desk.clock.wall)
        assert await desk.rechecker.turn() == 1
        tries += 1
        assert tries < 20
    assert desk.results() == []


async def test_an_edit_that_has_a_summary_alone_ends_the_re_checks(desk: RecheckHarness) -> None:
    desk.fetcher.answers[link(1)] = failing(FetchError("gone", FetchKind.STATUS, retryable=False, status=404))
    desk.serve(FEED, ("North Korea fires a missile into the sea", link(1), 60))
    desk.clock.pass_(600)
    await desk.poll()
    await desk.read()
    assert desk.facts()[-1]["summary"]
    assert desk.planned() is None


async def test_a_source_that_is_configured_no_more_lends_nothing_to_its_pages(desk: RecheckHarness) -> None:
    now = desk.live.now
    desk.live.now = InForce(replace(now.rules, config=replace(now.config, sources=())), now.fetcher)
    await desk.look()
    assert desk.fetcher.asked[-1].referrer == "https://source.invalid/"
    assert desk.results() == ["same"]
