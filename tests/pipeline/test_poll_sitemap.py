"""A sitemap that tells only when a page was changed last: an edited article is read again, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from doubles.pipeline_harness import TEXT, PipelineHarness, ok, opened_desk

from monitor.model import Source

HOME = "https://press.example/"
MAP = f"{HOME}sitemap.xml"
DULL = (
    "The town council of the harbour spoke about the new school for an hour and put the vote off to its next session.",
    "Parents had asked for it since the old school by the river was closed after the storm of the last winter there.",
)


class Site(dict[str, datetime]):
    """Pages by name, with the time of their last change; the sitemap is as they are."""

    def __init__(self, desk: PipelineHarness) -> None:
        self.desk = desk

    def write(self, name: str, *paragraphs: str) -> None:
        self[name] = self.desk.clock.now()
        self.desk.page(f"{HOME}{name}", *paragraphs)

    async def turn(self, minutes: float = 3) -> list[str]:
        """Poll and read after some minutes; return the pages that were asked for."""
        desk = self.desk
        desk.clock.pass_(minutes * 60)
        rows = "".join(f"<url><loc>{HOME}{n}</loc><lastmod>{at.isoformat()}</lastmod></url>" for n, at in self.items())
        desk.fetcher.answers[MAP] = ok(MAP, f"<urlset>{rows}</urlset>")
        before = len(desk.fetcher.asked)
        await desk.poll()
        await desk.read()
        asked = (request.url.removeprefix(HOME) for request in desk.fetcher.asked[before:])
        return sorted(name for name in asked if name != "sitemap.xml")


@pytest.fixture
def desk() -> Iterator[PipelineHarness]:
    with opened_desk(Source("Press", MAP, kind="sitemap")) as desk:
        yield desk


@pytest.fixture
async def site(desk: PipelineHarness) -> Site:
    """Return a site whose first body has been read."""
    site = Site(desk)
    for number in range(8):
        site.write(f"old-{number}", *DULL)
    await site.turn()
    return site


async def test_an_edit_that_brings_the_news_is_an_alert(desk: PipelineHarness, site: Site) -> None:
    site.write("school", *DULL)
    assert await site.turn() == ["school"]
    desk.clock.pass_(1800)
    site.write("school", *DULL, *TEXT)
    assert await site.turn() == ["school"]
    assert len(desk.alerts()) == 1
    assert await site.turn(60) == []


async def test_a_change_that_changes_nothing_is_no_second_alert(desk: PipelineHarness, site: Site) -> None:
    site.write("missile", *TEXT)
    await site.turn()
    assert len(desk.alerts()) == 1
    for _ in range(3):
        site["missile"] = desk.clock.now()
        await site.turn(30)
    assert len(desk.alerts()) == 1


async def test_an_edit_soon_after_the_page_is_read_in_time(desk: PipelineHarness, site: Site) -> None:
    """A page that is changed with each comment is asked for six times an hour at most, and the last change is seen."""
    site.write("school", *DULL)
    assert await site.turn() == ["school"]
    site.write("school", *DULL, *TEXT)
    assert [await site.turn() for _ in range(4)] == [[], [], ["school"], []]
    assert len(desk.alerts()) == 1


async def test_old_pages_that_are_changed_are_left_alone(desk: PipelineHarness, site: Site) -> None:
    site.write("old-3", *TEXT)
    assert await site.turn(60) == []
    site.write("about", *DULL)
    assert await site.turn(60) == ["about"]
    desk.clock.pass_(timedelta(days=3).total_seconds())
    site.write("about", *TEXT)
    assert await site.turn(60) == []
    assert desk.alerts() == []


async def test_dates_of_the_build_are_no_edits(desk: PipelineHarness, site: Site) -> None:
    for number in range(6):
        site.write(f"new-{number}", *DULL)
    assert len(await site.turn()) == 6
    site.update(dict.fromkeys(site, desk.clock.now()))
    assert await site.turn(60) == []


async def test_an_edit_of_a_page_that_waits_is_read_once(desk: PipelineHarness, site: Site) -> None:
    site.write("school", *DULL)
    desk.clock.pass_(180)
    await desk.poll()  # the sitemap is as it was before
    site.write("school", *DULL, *TEXT)
    assert await site.turn() == ["school"]
    assert len(desk.alerts()) == 1
