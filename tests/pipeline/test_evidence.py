"""What is kept of a judged article, in its own transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, link, ok
from warcio.archiveiterator import ArchiveIterator

from monitor import log
from monitor.evidence.chain import digest_of, first_break
from monitor.model import ChangeKind, EvidenceSettings
from monitor.pipeline.live import InForce
from monitor.store import Transaction, open_store
from monitor.store.evidence import Recheck

PAGE = f"<html><head><title>The page's own headline on the launch</title></head><body><article>{''.join(f'<p>{each}</p>' for each in TEXT)}</article></body></html>"
OTHER = tuple(
    text.replace("North Korea", "Somebody")
    .replace("intercontinental ballistic", "small")
    .replace("Pyongyang", "Nobody")
    for text in TEXT
)


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


def keeping(desk: PipelineHarness, **settings: Any) -> None:
    """Put settings of evidence into force."""
    now = desk.live.now
    config = replace(now.config, evidence=EvidenceSettings(**settings))
    desk.live.now = InForce(replace(now.rules, config=config), now.fetcher)


async def read(desk: PipelineHarness, *paragraphs: str, title: str = "North Korea fires a missile") -> None:
    desk.watch(FEED)
    desk.serve(FEED, (title, link(1), 60))
    if paragraphs:
        desk.page(link(1), *paragraphs)
    await desk.poll()
    await desk.read()


def facts(tx: Transaction) -> list[dict[str, Any]]:
    return [json.loads(each.facts or "") for each in tx.evidence_of([1])]


async def test_a_matched_article_is_kept_with_hashes_times_and_headers_alone(desk: PipelineHarness) -> None:
    desk.fetcher.answers[link(1)] = ok(link(1), PAGE, ("etag", '"7"'), ("set-cookie", "id=1"))
    await read(desk)
    with desk.store.begin() as tx:
        (entry,) = facts(tx)
        (version,) = tx.versions_of([1])
        (response,) = tx.responses_of([1])
        assert first_break(tx.evidence_of([1])) is None
        assert tx.due_rechecks(desk.clock.now() + timedelta(days=99), 9) == []
    assert entry["kind"] == "reading"
    assert (entry["status"], entry["url"], entry["body"]) == (200, link(1), digest_of(PAGE))
    assert (entry["version"], entry["text"]) == (1, version.digest)
    assert version.title == "North Korea fires a missile"
    assert version.headline == "The page's own headline on the launch"
    assert version.text == "\n\n".join(TEXT)
    assert json.loads(response.headers) == [["etag", '"7"']]
    assert response.record is None


async def test_with_raw_the_response_is_a_record_of_warc(desk: PipelineHarness) -> None:
    keeping(desk, raw=True, recheck=(3600.0,))
    desk.fetcher.answers[link(1)] = ok(link(1), PAGE, ("etag", '"7"'), ("last-modified", "Mon"), ("set-cookie", "id=1"))
    await read(desk)
    now = desk.clock.now()
    with desk.store.begin() as tx:
        (entry,) = facts(tx)
        (response,) = tx.responses_of([1])
        due = tx.due_rechecks(now + timedelta(hours=1), 9)
    assert response.record is not None
    assert entry["record"] == digest_of(response.record)
    record = next(iter(ArchiveIterator(io.BytesIO(response.record))))
    assert record.content_stream().read() == PAGE.encode()
    assert record.http_headers.get_header("set-cookie") is None
    assert due == [Recheck(1, now, now + timedelta(hours=1), 0, '"7"', "Mon")]


@pytest.mark.parametrize(("keep", "entries"), [("matched", 0), ("all", 1), ("off", 0)])
async def test_what_matches_nothing_is_kept_where_all_is(desk: PipelineHarness, keep: str, entries: int) -> None:
    keeping(desk, keep=keep)
    await read(desk, *OTHER, title="Somebody does something")
    with desk.store.begin() as tx:
        assert len(facts(tx)) == len(tx.versions_of([1])) == entries


async def test_nothing_is_kept_where_it_is_off(desk: PipelineHarness) -> None:
    keeping(desk, keep="off")
    await read(desk, *TEXT)
    with desk.store.begin() as tx:
        assert tx.articles([1])
        assert facts(tx) == []


async def test_an_edit_that_takes_the_match_out_is_a_version_too(desk: PipelineHarness) -> None:
    await read(desk, *TEXT, title="A missile is fired toward the East Sea by North Korea")
    desk.clock.pass_(600)
    await read(desk, *OTHER, title="A missile is fired toward the East Sea by somebody")
    with desk.store.begin() as tx:
        assert [(each["version"]) for each in facts(tx)] == [1, 2]
        assert [each.kind for each in tx.changes_of([1])] == [ChangeKind.HEADLINE, ChangeKind.TEXT]
        assert tx.changes_of([1])[0].before == "A missile is fired toward the East Sea by North Korea"
        assert first_break(tx.evidence_of([1])) is None


async def test_an_edit_of_what_never_matched_is_not_kept(desk: PipelineHarness) -> None:
    await read(desk, *OTHER, title="Somebody does something")
    desk.clock.pass_(600)
    await read(desk, *OTHER, title="Somebody does something else")
    with desk.store.begin() as tx:
        assert facts(tx) == []


async def test_a_summary_is_kept_with_its_reason_and_asked_for_no_more(desk: PipelineHarness) -> None:
    keeping(desk, raw=True, recheck=(3600.0,))
    desk.page(link(1), "Too short.")
    await read(desk)
    with desk.store.begin() as tx:
        (entry,) = facts(tx)
        assert entry["summary"]
        assert "body" not in entry
        assert tx.responses_of([1]) == []
        assert tx.recheck_of(1) is None


async def test_no_secret_is_kept(desk: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_hidden", {"s3cret-key"})
    keeping(desk, raw=True)
    address = link(1) + "?api_key=abcdef"
    headers = ("set-cookie", "id=s3cret-cookie"), ("x-echo", "s3cret-key"), ("location", "/?token=s3cret-token")
    desk.fetcher.answers[address] = ok(address, PAGE, *headers)
    desk.watch(FEED)
    desk.serve(FEED, ("North Korea fires a missile", address, 60))
    await desk.poll()
    await desk.read()
    with desk.store.begin() as tx:
        (link_,) = tx.evidence_of([1])
        (response,) = tx.responses_of([1])
    assert response.record is not None
    record = next(iter(ArchiveIterator(io.BytesIO(response.record))))
    everything = f"{link_.facts} {response.headers.decode()} {record.rec_headers} {record.http_headers}"
    assert "s3cret" not in everything
    assert "abcdef" not in everything
