"""A sitemap as a source: its pages, and those of the sitemaps that an index names, in one poll."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.pipeline_harness import PipelineHarness, ok, opened_desk

from monitor.model import Result, Source
from monitor.ports import Request, Response

HOME = "https://press.example/"
INDEX = f"{HOME}sitemap.xml"


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    with opened_desk(Source("Press", INDEX, kind="sitemap")) as desk:
        yield desk


def serve(desk: PipelineHarness, path: str, *pages: str) -> None:
    rows = "".join(
        f"<url><loc>{HOME}{page}</loc><lastmod>{desk.clock.now().isoformat()}</lastmod></url>" for page in pages
    )
    desk.fetcher.answers[f"{HOME}{path}"] = ok(f"{HOME}{path}", f"<urlset>{rows}</urlset>")


def name(desk: PipelineHarness, path: str, *sitemaps: str, dated: bool = True, etag: str = "") -> None:
    date = f"<lastmod>{desk.clock.now().isoformat()}</lastmod>" if dated else ""
    rows = "".join(f"<sitemap><loc>{HOME}{each}</loc>{date}</sitemap>" for each in sitemaps)
    headers = (("etag", etag),) if etag else ()
    desk.fetcher.answers[f"{HOME}{path}"] = ok(f"{HOME}{path}", f"<sitemapindex>{rows}</sitemapindex>", *headers)


def absent(desk: PipelineHarness, path: str) -> None:
    def answer(_: Request) -> Response:
        return Response(f"{HOME}{path}", 404, (), b"")

    desk.fetcher.answers[f"{HOME}{path}"] = answer


def links(desk: PipelineHarness, *, baseline: bool) -> list[str]:
    with desk.store.begin() as tx:
        due = tx.due_entries(desk.clock.now(), 100)
    return sorted((each.entry.link or "").removeprefix(HOME) for each in due if each.baseline == baseline)


def notes(desk: PipelineHarness) -> tuple[str, ...]:
    with desk.store.begin() as tx:
        return tx.source_states()[0].notes


async def turn(desk: PipelineHarness) -> Result:
    desk.clock.pass_(180)
    (result,) = await desk.poll()
    return result


async def test_the_sitemaps_of_an_index_are_read_within_the_poll(desk: PipelineHarness) -> None:
    name(desk, "sitemap.xml", "a.xml", "b.xml", etag='"1"')
    serve(desk, "a.xml", "1", "2")
    serve(desk, "b.xml", "2", "3")
    await turn(desk)
    assert links(desk, baseline=True) == ["1", "2", "3"]
    assert await turn(desk) is Result.UNCHANGED
    assert desk.fetcher.count(f"{HOME}a.xml") == 1  # an index with dates tells that nothing changed
    assert ("if-none-match", '"1"') in desk.fetcher.asked[-1].headers
    serve(desk, "b.xml", "2", "3", "4")
    name(desk, "sitemap.xml", "a.xml", "b.xml", etag='"2"')
    assert await turn(desk) is Result.DONE
    assert links(desk, baseline=False) == ["4"]
    followed = [request for request in desk.fetcher.asked if request.url != INDEX]
    assert not any(header.startswith("if-") for request in followed for header, _ in request.headers)
    assert {request.referrer for request in followed} == {INDEX}


async def test_an_index_without_dates_is_followed_each_time(desk: PipelineHarness) -> None:
    name(desk, "sitemap.xml", "a.xml", dated=False, etag='"1"')
    serve(desk, "a.xml", "1")
    await turn(desk)
    assert await turn(desk) is Result.UNCHANGED
    serve(desk, "a.xml", "1", "2")
    assert await turn(desk) is Result.DONE
    assert links(desk, baseline=False) == ["2"]


async def test_a_sitemap_that_does_not_come_is_noted_and_asked_for_again(desk: PipelineHarness) -> None:
    name(desk, "sitemap.xml", "a.xml", "b.xml")
    serve(desk, "a.xml", "1")
    absent(desk, "b.xml")
    await turn(desk)
    assert links(desk, baseline=True) == ["1"]
    assert notes(desk) == (f"{HOME}b.xml: the server answered 404",)
    serve(desk, "b.xml", "2")
    assert await turn(desk) is Result.DONE
    assert links(desk, baseline=False) == ["2"]


async def test_where_none_comes_the_poll_failed(desk: PipelineHarness) -> None:
    name(desk, "sitemap.xml", "a.xml")
    absent(desk, "a.xml")
    assert await turn(desk) is Result.FAILED
    with desk.store.begin() as tx:
        assert tx.source_states()[0].error == "the server answered 404"


async def test_indexes_of_indexes_end(desk: PipelineHarness) -> None:
    name(desk, "sitemap.xml", "a.xml")
    name(desk, "a.xml", "a.xml", "b.xml", "c.xml", "d.xml")
    name(desk, "b.xml", "a.xml", "e.xml")
    for path in ("c.xml", "d.xml", "e.xml"):
        serve(desk, path, path[0])
    await turn(desk)
    assert len(desk.fetcher.asked) == 5
    assert links(desk, baseline=True) == ["c", "e"]
