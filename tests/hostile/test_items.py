"""Items whose guids, links, titles, order and dates are not to be relied on: cases 60 to 79."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest
from doubles.hostile_answers import KNOWN, row
from doubles.hostile_stack import HostileStack, headline
from doubles.rawserver import plain

from monitor.model import MessageKind, Result, State
from monitor.sandbox import ChildSandbox

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]
NEWS = headline(100)


def item(title: str, link: str = "", guid: str = "", summary: str = "", date: str = "") -> str:
    tags = {"title": title, "link": link, "guid": guid, "description": summary, "pubDate": date}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in tags.items() if text)
    return f"<item>{inner}</item>"


def day(*numbers: int) -> list[str]:
    return [item(headline(n), f"/a/{n}", f"g{n}", headline(1000 + n)) for n in numbers]


async def shows(stack: HostileStack, *rows: str) -> list[str]:
    """Serve a feed, poll it, and return the alerts since the last time."""
    before = stack.alerts()
    stack.serve_rows(*rows)
    await stack.poll()
    assert stack.status() == ""
    return stack.alerts()[len(before) :] if before == stack.alerts()[: len(before)] else stack.alerts()[: -len(before)]


async def test_60_61_of_guid_and_link_one_may_change(stack: HostileStack) -> None:
    await shows(stack, *day(101, 102))
    assert await shows(stack, item(NEWS, "/a", "g"), *day(101, 102)) == [NEWS]
    assert await shows(stack, item(NEWS, "/b", "g"), *day(101, 102)) == []
    assert await shows(stack, item(NEWS, "/b", "h"), *day(101, 102)) == []


async def test_62_a_site_that_renews_all_its_guids(stack: HostileStack) -> None:
    numbers = range(101, 131)
    await shows(stack, *day(*numbers))
    renewed = [item(headline(n), f"/a/{n}", f"new-{n}", headline(1000 + n)) for n in numbers]
    assert await shows(stack, *renewed) == []
    assert await shows(stack, item(NEWS, "/a/100", "new-100"), *renewed) == [NEWS]


async def test_62_a_flood_of_what_nothing_ties_to_the_known(stack: HostileStack) -> None:
    await shows(stack, *day(*range(101, 126)))
    flood = range(201, 226)
    await shows(stack, *day(*flood))
    await stack.desk.housekeeping.tick()
    held = [each.alert for each in stack.rows() if each.state is State.HELD]
    (digest,) = [each for each in stack.desk.rows() if each.alert.kind is MessageKind.DIGEST]
    assert {each.headline for each in digest.alert.items} == {alert.headline for alert in held}
    assert {headline(n) for n in flood} <= {member.title for alert in held for member in alert.members}


async def test_63_ten_thousand_items_leave_the_newest(stack: HostileStack) -> None:
    rows = [
        f"<item><title>Reading {n}</title><guid>{n}</guid><pubDate>Thu, 09 Nov 2023 {n // 3600:02}:{n // 60 % 60:02}:"
        f"{n % 60:02} GMT</pubDate></item>"
        for n in range(10_000)
    ]
    stack.serve_rows(*rows)
    assert (await stack.desk.poller.poll(stack.state().id)).result is Result.DONE
    assert any("10000 entries: the newest 2000 are read" in note for note in stack.state().notes)
    with stack.store.begin() as tx:
        assert tx.pending_count(baseline=True) == 2_000


async def test_64_a_first_poll_is_a_baseline_and_one_message(stack: HostileStack) -> None:
    assert await shows(stack, *day(*range(101, 131))) == []
    await stack.desk.housekeeping.tick()
    told = [
        each.alert.headline
        for each in stack.desk.rows()
        if each.channel == "desk" and each.alert.kind is not MessageKind.ALERT
    ]
    assert len(told) == 1
    assert "Now watching" in told[0]


async def test_66_an_article_in_two_feeds(stack: HostileStack) -> None:
    """The control's newest article stands in the hostile feed as well, under another guid."""
    link = stack.control.url("/shared")
    stack.control.answers["/shared"] = plain(f"<article><p>{headline(300)}</p></article>".encode())
    stack.serve_rows(row(KNOWN))
    await stack.poll()
    stack.control_rows = (item(NEWS, link, "one"),)
    assert await shows(stack, item(NEWS, link, "another"), row(KNOWN)) == [NEWS]
    assert len(stack.control.asked("/shared")) == 1


async def test_67_68_order_and_absence_are_no_news(stack: HostileStack) -> None:
    await shows(stack, *day(101, 102, 103))
    assert await shows(stack, *day(103, 101, 102)) == []
    assert await shows(stack, *day(103)) == []
    assert await shows(stack) == []
    assert await shows(stack, *day(102, 103, 101)) == []


async def test_69_an_article_under_many_addresses(stack: HostileStack) -> None:
    await shows(stack, row(KNOWN))
    link = stack.server.url("/story")
    assert await shows(stack, item(NEWS, f"{link}?utm_source=rss#top"), row(KNOWN)) == [NEWS]
    for other in (f"{link}?fbclid=abc", f"{link}#comments", f"{link}?utm_medium=feed&utm_campaign=x", f"{link}/amp"):
        assert await shows(stack, item(NEWS, other), row(KNOWN)) == []
    (alert,) = stack.rows()
    assert alert.alert.url == f"{link}?utm_source=rss#top"


async def test_70_links_are_resolved(stack: HostileStack) -> None:
    await shows(stack, row(KNOWN))
    await shows(stack, item(NEWS, "news/1?a=b"), row(KNOWN))
    assert stack.rows()[0].alert.url == stack.server.url("/news/1?a=b")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "about:blank", "tg://user?id=1"]
)
async def test_71_what_is_no_web_address_is_no_link(stack: HostileStack, link: str) -> None:
    await shows(stack, row(KNOWN))
    assert await shows(stack, item(NEWS, link, "g"), row(KNOWN)) == [NEWS]
    assert stack.rows()[0].alert.url is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("9 листопада 2023, 09:40", datetime(2023, 11, 9, 0, 40, tzinfo=UTC)),
        ("2023년 11월 9일 09:40", datetime(2023, 11, 9, 0, 40, tzinfo=UTC)),
        ("2023.11.09 09:40", datetime(2023, 11, 9, 0, 40, tzinfo=UTC)),
        ("2023-11-09T09:40:00", datetime(2023, 11, 9, 0, 40, tzinfo=UTC)),
        ("Thu, 09 Nov 2023 00:40:00 GMT", datetime(2023, 11, 9, 0, 40, tzinfo=UTC)),
    ],
)
async def test_73_74_dates_of_the_world_in_the_source_s_timezone(
    children: ChildSandbox, written: str, moment: datetime
) -> None:
    async with HostileStack(children, timezone="Asia/Seoul") as stack:
        await shows(stack, row(KNOWN))
        await shows(stack, item(NEWS, "", "g", date=written), row(KNOWN))
        assert [each.alert.at for each in stack.rows()] == [moment]


@pytest.mark.parametrize(
    "written",
    ["Nor\u200bth Ko\u200drea", "North\u00a0Korea", "\u202eNorth Korea\u202c", "Nоrth Kоrea", "Ｎｏｒｔｈ Korea"],
)
async def test_76_letters_that_hide_a_name(stack: HostileStack, written: str) -> None:
    await shows(stack, row(KNOWN))
    assert len(await shows(stack, item(f"{written} {headline(400)[12:]}", "", "g"), row(KNOWN))) == 1


async def test_78_an_item_that_is_edited_without_end(stack: HostileStack) -> None:
    await shows(stack, row(KNOWN))
    for n in range(8):
        await shows(stack, item(f"{NEWS} ({n})", "/live", "g", headline(500 + n)), row(KNOWN))
    (alert,) = stack.rows()
    assert alert.message_id is None
    assert alert.alert.headline.startswith(NEWS)


async def test_79_a_clock_in_a_text_is_no_news(stack: HostileStack) -> None:
    await shows(stack, row(KNOWN))
    texts = [f"{headline(600)}. It is {n}:00 now. Advertisement {n * 77}" for n in range(6)]
    assert await shows(stack, item(NEWS, "", "g", texts[0]), row(KNOWN)) == [NEWS]
    before = stack.rows()[0].revision
    for text in texts[1:]:
        assert await shows(stack, item(NEWS, "", "g", text), row(KNOWN)) == []
    assert stack.rows()[0].revision == before
