"""Internal errors: whatever a unit of work raises is counted at its row, has an end, and is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog.testing
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, OTHER, TEXT, PipelineHarness, baseline, link
from sqlalchemy import text

from monitor import rhythm
from monitor.dispatch.local import LocalDispatcher
from monitor.errors import SandboxUnavailableError, UnreadableError
from monitor.model import Article, PollReason
from monitor.pipeline import report
from monitor.ports import Request, Response
from monitor.sandbox import InlineSandbox
from monitor.store import open_store
from monitor.watch.match import Matcher

SUMMARY = "The military in Seoul said that North Korea fired an ICBM"


class Panic(BaseException):
    """What a library of another language raises: no Exception."""


BUGS: list[Callable[[], BaseException]] = [ZeroDivisionError, MemoryError, RecursionError, Panic, SystemExit]
BUGS.append(asyncio.CancelledError)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without tracebacks of all variables, each of which takes a quarter of a second."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def desk(clock: FixedClock) -> Iterator[PipelineHarness]:
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


class Stubborn:
    """A matcher that fails at every text that `fails` is true of."""

    def __init__(self, inner: Matcher, fails: Callable[[Article], bool], bug: Callable[[], BaseException]) -> None:
        self.inner, self.fails, self.bug = inner, fails, bug
        self.rules = inner.rules

    def read(self, article: Article) -> Any:
        if self.fails(article):
            raise self.bug()
        return self.inner.read(article)

    def decide(self, reading: Any) -> Any:
        return self.inner.decide(reading)


def dispatcher(desk: PipelineHarness) -> LocalDispatcher:
    return LocalDispatcher(
        {"poll": desk.poller.poll, "read": desk.reader.read},
        {"poll": 9, "read": 9},
        lambda kind, ident, error: (desk.poller if kind == "poll" else desk.reader).crashed(ident, error),
    )


def breaks(desk: PipelineHarness, fails: Callable[[Article], bool], bug: Callable[[], BaseException]) -> None:
    now = desk.live.now
    rules = replace(now.rules, matcher=Stubborn(now.rules.matcher, fails, bug))  # type: ignore[arg-type]
    desk.live.now = replace(now, rules=rules)


async def ticks(desk: PipelineHarness, seconds: int) -> int:
    """Let time pass as the scheduler does; return how often an entry was tried."""
    work, tried = dispatcher(desk), 0
    for _ in range(seconds):
        with desk.store.begin() as tx:
            due = tx.due_entries(desk.clock.now(), 100)
        tried += sum(work.submit("read", entry.id, str(entry.id)) for entry in due)
        await work.idle()
        desk.clock.pass_(1)
    return tried


async def publish(desk: PipelineHarness, summary: str = SUMMARY) -> None:
    await baseline(desk, FEED)
    desk.serve(FEED, ("N.K. fires ICBM", link(2), 10))
    (answer,) = (desk.fetcher.answers[FEED],)
    body = answer(Request(FEED)).body.decode().replace("</item>", f"<description>{summary}</description></item>")
    desk.fetcher.answers[FEED] = lambda request: Response(request.url, 200, (), body.encode())
    desk.page(link(2), *TEXT)
    await desk.poll()


async def told(desk: PipelineHarness) -> list[tuple[str, ...]]:
    before = {row.id for row in desk.rows()}
    await desk.housekeeping.tick()
    rows = [row for row in desk.rows() if row.id not in before and row.channel == "admin:7"]
    # Nothing delivers here: that this is told is not what these tests ask for.
    return [(row.alert.headline, *row.alert.lines) for row in rows if row.alert.headline != "Delivery is behind"]


@pytest.mark.parametrize("bug", BUGS)
async def test_an_article_at_which_the_monitor_fails_is_judged_by_its_summary(
    desk: PipelineHarness, bug: Callable[[], BaseException]
) -> None:
    await publish(desk)
    breaks(desk, lambda article: article.from_summary is None, bug)
    assert await ticks(desk, 120) == 4, "three times by its page, once by its summary"
    (row,) = desk.alerts()
    assert row.alert.headline == "N.K. fires ICBM"
    assert row.alert.note == "from the feed's summary: a fault in the monitor itself kept it from reading the page"
    assert any("military in Seoul" in quote.text for quote in row.alert.quotes)
    name = type(bug()).__name__
    about = f"{name}, a bug: by their summary or title alone, the last one Yonhap 0: N.K. fires ICBM. Please report it"
    assert await told(desk) == [("Articles were judged without their page", about)]
    with desk.store.begin() as tx:
        assert report.overview(tx, desk.clock.now()).troubles == (about,)
    for _ in range(3):
        desk.clock.pass_(3600)
        assert await told(desk) == [], "once"


@pytest.mark.parametrize("summary", ["", SUMMARY])
async def test_where_the_summary_fails_too_the_title_must_do(desk: PipelineHarness, summary: str) -> None:
    await publish(desk, summary)
    breaks(desk, lambda article: bool(article.text), KeyError)
    assert await ticks(desk, 300) == (6 if summary else 4)
    (row,) = desk.alerts()
    assert row.alert.headline == "N.K. fires ICBM"
    assert row.alert.note is not None
    assert "a fault in the monitor itself" in row.alert.note


async def test_an_entry_that_cannot_be_judged_at_all_ends_in_a_state_that_is_told(desk: PipelineHarness) -> None:
    await publish(desk)
    breaks(desk, lambda _: True, KeyError)
    assert await ticks(desk, 900) == 6, "never for ever"
    assert desk.alerts() == []
    with desk.store.begin() as tx:
        (row,) = tx.faulted_entries(desk.clock.now() - timedelta(days=1), 1)
        assert (row.title, row.link, row.fault, row.given_up) == ("N.K. fires ICBM", link(2), "KeyError", True)
        assert tx.pending_count() == 0
    ((headline, *lines),) = await told(desk)
    assert headline == "Articles could not be judged"
    assert lines[0] == f"Yonhap 0: N.K. fires ICBM {link(2)} (KeyError)"
    with desk.store.begin() as tx:
        assert lines[0] in report.overview(tx, desk.clock.now()).troubles[0]
    desk.clock.pass_(3600)
    assert await told(desk) == []


async def test_many_entries_that_cannot_be_judged_are_told_in_one_message(desk: PipelineHarness) -> None:
    await baseline(desk, FEED)
    desk.serve(FEED, *((f"N.K. fires ICBM number {number}", link(number), 10) for number in range(2, 10)))
    for number in range(2, 10):
        desk.page(link(number), *TEXT)
    await desk.poll()
    breaks(desk, lambda _: True, KeyError)
    assert await ticks(desk, 300) == 48
    ((_, *lines),) = await told(desk)
    assert len(lines) == 7
    assert lines[5] == "and 3 older ones"


async def test_an_error_while_the_article_is_written_counts_too(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(desk)

    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("monitor.pipeline.judge.write_alerts", fail)
    assert await ticks(desk, 300) == 6
    with desk.store.begin() as tx:
        assert tx.article_by_key("yonhap:AEN20231109000200315") is None, "nothing half written"
        assert [row.given_up for row in tx.faulted_entries(desk.clock.now() - timedelta(days=1), 1)] == [True]


async def test_an_entry_that_was_judged_meanwhile_is_left_alone(desk: PipelineHarness) -> None:
    await publish(desk)
    with desk.store.begin() as tx:
        (pending,) = tx.due_entries(desk.clock.now(), 9)
    await ticks(desk, 1)
    await desk.reader.crashed(pending.id, KeyError())
    with desk.store.begin() as tx:
        assert tx.faulted_entries(desk.clock.now() - timedelta(days=1), 1) == []


@pytest.mark.parametrize("bug", BUGS)
async def test_an_internal_error_at_a_source_is_a_failure_that_is_told(
    desk: PipelineHarness, bug: Callable[[], BaseException]
) -> None:
    await baseline(desk, FEED)
    work = dispatcher(desk)

    def answer(_: Request) -> Response:
        raise bug()

    desk.fetcher.answers[FEED] = answer
    waits = []
    for number in range(1, 4):
        with desk.store.begin() as tx:
            (state,) = tx.source_states()
        assert work.submit("poll", state.id, state.source.name)
        await work.idle()
        with desk.store.begin() as tx:
            (state,) = tx.source_states()
        assert (state.failures, state.error_kind) == (number, "internal error")
        assert state.error == f"internal error: {type(bug()).__name__}"
        assert state.next_poll_at is not None
        waits.append((state.next_poll_at - desk.clock.now()).total_seconds())
        desk.clock.pass_(waits[-1])
    assert waits[0] >= rhythm.EVERY
    assert waits == sorted(waits)
    ((headline, line),) = await told(desk)
    assert headline == "Yonhap 0 fails"
    assert line.startswith("Yonhap 0: the monitor itself fails at it, a bug: please report it (internal error: ")
    assert report.word(state) is report.SourceStatus.FAILING


async def test_a_source_with_an_internal_error_does_not_hold_back_now_watching(desk: PipelineHarness) -> None:
    desk.watch(FEED, OTHER)
    desk.serve(FEED, ("A report", link(1), 60))
    desk.page(link(1), *TEXT)
    desk.fetcher.answers.pop(OTHER, None)  # the double raises KeyError
    work = dispatcher(desk)
    with desk.store.begin() as tx:
        states = tx.source_states()
    for state in states:
        assert work.submit("poll", state.id, state.source.name)
    await work.idle()
    await desk.housekeeping.tick()
    assert [row.alert.lines[0] for row in desk.rows() if row.channel == "desk"] == ["Sources: Yonhap 0"]


async def test_nor_does_one_that_is_never_asked(desk: PipelineHarness) -> None:
    desk.watch(FEED, OTHER)
    desk.serve(FEED, ("A report", link(1), 60))
    with desk.store.begin() as tx:
        one, other = tx.source_states()
        tx.postpone_source(other.id, desk.clock.now() + timedelta(days=1), PollReason.HOST)
    await desk.poller.poll(one.id)
    await desk.housekeeping.tick()
    assert desk.rows() == []
    desk.clock.pass_(119)
    await desk.housekeeping.tick()
    assert desk.rows() == []
    desk.clock.pass_(1)
    await desk.housekeeping.tick()
    assert [row.alert.lines[0] for row in desk.rows()] == ["Sources: Yonhap 0"]
    desk.clock.pass_(3600)
    await desk.housekeeping.tick()
    assert len([row for row in desk.rows() if row.channel == "desk"]) == 1


async def test_a_source_that_is_configured_no_more_is_left_alone(desk: PipelineHarness) -> None:
    desk.watch(FEED)
    with desk.store.begin() as tx:
        (state,) = tx.source_states()
        tx.sync_sources([], desk.clock.now())
    await desk.poller.crashed(state.id, KeyError())
    with desk.store.begin() as tx:
        assert tx.source_states() == []


async def test_a_page_that_comes_at_the_third_try_is_read(desk: PipelineHarness) -> None:
    await publish(desk)
    tries: list[int] = []

    def fails(article: Article) -> bool:
        tries.append(1)
        return len(tries) < 3

    breaks(desk, fails, KeyError)
    await ticks(desk, 120)
    (row,) = desk.alerts()
    assert row.alert.note is None
    assert await told(desk) == []


class NoChildren(InlineSandbox):
    """No process can be started."""

    trouble = "no child process can be started (OSError: [Errno 12] Cannot allocate memory)"

    async def run(self, function: Any, *args: Any, source: str = "", timeout: float | None = None) -> Any:
        raise SandboxUnavailableError("no child process can be started")


async def test_without_children_nothing_is_blamed_and_summaries_do_only_after_a_while(desk: PipelineHarness) -> None:
    await publish(desk)
    healthy = desk.reader._sandbox
    desk.reader._sandbox = desk.poller._sandbox = NoChildren()
    desk.health_watch.children = lambda: NoChildren.trouble
    tried = await ticks(desk, 590)
    assert 20 < tried < 40
    assert desk.alerts() == []
    ((headline, line),) = await told(desk)
    assert headline == "Nothing can be read"
    assert line.startswith(NoChildren.trouble)
    with desk.store.begin() as tx:
        (pending,) = tx.due_entries(desk.clock.now() + timedelta(minutes=1), 9)
        assert (pending.attempts, pending.faults) == (0, 0)
    desk.serve(FEED, ("Another report", link(7), 10))
    for number in range(1, 9):
        await desk.poll()
        with desk.store.begin() as tx:
            (state,) = tx.source_states()
        assert (state.failures, state.error_kind) == (number, "no child")
        assert state.next_poll_at is not None
        assert (state.next_poll_at - desk.clock.now()).total_seconds() <= 60, "back as soon as children are"
    desk.reader._sandbox = healthy
    await ticks(desk, 30)
    (row,) = desk.alerts()
    assert row.alert.note is None, "read, when it was possible again"


class NotedRuns(InlineSandbox):
    """Notes the turns and functions of what is run."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, str]] = []

    async def run(self, function: Any, *args: Any, source: str = "", timeout: float | None = None) -> Any:
        self.runs.append((source, function.__name__))
        return await super().run(function, *args, source=source, timeout=timeout)


async def test_a_summary_is_read_in_a_child_and_not_behind_the_pages_of_its_source(desk: PipelineHarness) -> None:
    await publish(desk)
    desk.fetcher.answers[link(2)] = lambda _: Response(link(2), 404, (), b"")
    desk.reader._sandbox = noted = NotedRuns()
    await desk.read()
    assert noted.runs == [("Yonhap 0 (summaries)", "from_summary")]
    (row,) = desk.alerts()
    assert row.alert.note == "from the feed's summary: the page answered 404"


async def test_without_children_for_long_the_summary_must_do(desk: PipelineHarness) -> None:
    await publish(desk)
    desk.reader._sandbox = NoChildren()
    await ticks(desk, 640)
    (row,) = desk.alerts()
    assert row.alert.note == "from the feed's summary: the monitor could not start a process to read the page"


@pytest.mark.parametrize("part", ["gather", "review"])
async def test_a_bug_in_one_part_of_housekeeping_leaves_the_others_and_is_told(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    await baseline(desk, FEED)
    tries: list[float] = []

    def fail(*_: object) -> int:
        tries.append(desk.clock.monotonic())
        raise LookupError

    monkeypatch.setattr(f"monitor.pipeline.housekeeping.{part}", fail)
    await desk.housekeeping.tick()
    assert [row.alert.headline for row in desk.rows()] == ["Now watching 1 source"]
    found = []
    for _ in range(700):
        desk.clock.pass_(1)
        found += await told(desk)
    headline = "An internal error: notices and digests"
    assert [each[0] for each in found] == [headline], "once"
    assert found[0][1].startswith("notices and digests: ")
    if part == "gather":
        assert 8 < len(tries) < 15, "less and less often"
    with desk.store.begin() as tx:
        assert found[0][1].split(":")[0] in "".join(report.overview(tx, desk.clock.now()).troubles)


async def test_notices_that_could_not_be_written_are_written_later(
    desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as patch:
        patch.setattr("monitor.pipeline.housekeeping.HealthWatch.due_notices", fail)
        desk.housekeeping.bad_config("config.yaml:3:5: sources: no url")
        await desk.housekeeping.tick()
        assert desk.rows() == []
    desk.clock.pass_(2)
    assert "config.yaml:3:5: sources: no url" in {line for _, line in await told(desk)}


async def test_a_stored_value_that_cannot_be_read_has_an_end_that_is_told_once(desk: PipelineHarness) -> None:
    await publish(desk)
    breaks(desk, lambda _: True, lambda: UnreadableError("a stored list of hits cannot be read"))
    assert await ticks(desk, 600) == 6
    with desk.store.begin() as tx:
        assert [each.fault for each in tx.faulted_entries(desk.clock.now() - timedelta(days=1), 3)] == [
            "UnreadableError"
        ]
    (notice,) = await told(desk)
    assert "N.K. fires ICBM" in str(notice)
    assert await told(desk) == []


async def revise(desk: PipelineHarness) -> None:
    """Publish a new version of the article, and hold that it is judged like any other."""
    desk.serve(FEED, ("N.K. fires ICBM", link(2), 10), ("(2nd LD) N.K. fires ICBM", link(3), 11))
    desk.page(link(3), *TEXT)
    await desk.poll()
    assert await ticks(desk, 5) == 2, "the first one was edited"
    with desk.store.begin() as tx:
        assert tx.pending_count() == 0


async def test_damaged_lists_of_a_story_cost_no_alert_on_it(desk: PipelineHarness) -> None:
    await publish(desk)
    await ticks(desk, 5)
    with desk.store.begin() as tx:
        tx.connection.execute(text("UPDATE articles SET zones = '[[broken'"))
        tx.connection.execute(text("UPDATE verdicts SET hits = '[[broken'"))
        tx.connection.execute(text("UPDATE sources SET notes = '[[broken'"))
    await revise(desk)
    (row,) = [each for each in desk.rows() if each.channel == "desk" and each.story_id]
    assert len(row.alert.members) == 3, "with the baseline's"


async def test_an_alert_that_cannot_be_read_keeps_its_story_from_nothing(desk: PipelineHarness) -> None:
    await publish(desk)
    await ticks(desk, 5)
    with desk.store.begin() as tx:
        tx.connection.execute(text("UPDATE outbox SET alert = '{' WHERE story_id IS NOT NULL"))
    await revise(desk)
    (row,) = [each for each in desk.rows() if each.story_id]
    assert (row.revision, row.alert.headline) == (1, f"(row {row.id} cannot be read)"), "it is left as it is stored"
