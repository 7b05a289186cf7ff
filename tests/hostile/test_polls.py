"""What servers say in statuses and headers, over several polls: cases 19 to 39."""

from __future__ import annotations

import asyncio

import pytest
from doubles.hostile_answers import BODY, KNOWN, NEWS, document, feed, row
from doubles.hostile_stack import FEED, HostileStack, headline
from doubles.rawserver import plain

from monitor.errors import FetchError, FetchKind
from monitor.model import Result
from monitor.ports import Request
from monitor.sandbox import ChildSandbox

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]
HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(
    "status", ["301 Moved Permanently", "308 Permanent Redirect", "302 Found", "307 Temporary Redirect"]
)
async def test_19_20_a_feed_that_moved_keeps_its_items(stack: HostileStack, status: str) -> None:
    await stack.baseline()
    stack.serve(feed(), "/moved")
    stack.serve(plain(b"", "Location: /moved", status=status))
    assert (await stack.poll()).result is Result.DONE
    assert stack.alerts() == [NEWS]


async def test_21_a_chain_of_six_redirects(stack: HostileStack) -> None:
    await stack.baseline()
    for hop in range(6):
        stack.serve(plain(b"", f"Location: /{hop + 1}", status="302 Found"), f"/{hop}" if hop else FEED)
    stack.serve(feed(), "/6")
    await stack.poll()
    assert "more than 5 redirects" in stack.status()
    stack.serve(feed(), "/5")
    await stack.poll()
    assert stack.alerts() == [NEWS]


async def test_25_validators_do_not_follow_to_another_host(stack: HostileStack) -> None:
    stack.serve_rows(row(KNOWN), headers=('ETag: "mine"',))
    await stack.poll()
    stack.control.answers["/other"] = feed()
    stack.serve(plain(b"", f"Location: {stack.control.url('/other')}", status="302 Found"))
    await stack.poll()
    assert 'if-none-match: "mine"' in stack.server.asked(FEED)[-1].lower()
    (asked,) = stack.control.asked("/other")
    assert "if-none-match" not in asked.lower()
    assert stack.alerts() == [NEWS]


async def test_27_28_validators_return_verbatim_and_the_same_body_is_no_work(stack: HostileStack) -> None:
    stack.serve_rows(row(KNOWN), headers=('ETag: W/"a b\xe9"',))
    await stack.poll()
    stack.serve_rows(row(KNOWN), headers=('ETag: W/"c"',))
    assert (await stack.poll()).result is Result.UNCHANGED
    assert stack.state().validators.etag == 'W/"c"'


async def test_29_a_validator_that_hides_a_new_body_for_a_day(children: ChildSandbox) -> None:
    async with HostileStack(children, every=DAY / 2) as stack:

        async def stale(writer: asyncio.StreamWriter) -> None:
            conditional = "if-none-match" in stack.server.requests[-1].lower()
            same = plain(b"", 'ETag: "same"', status="304 Not Modified")
            writer.write(same if conditional else feed(BODY, 'ETag: "same"'))
            await writer.drain()

        stack.serve_rows(row(KNOWN), headers=('ETag: "same"',))
        await stack.poll()
        stack.serve(stale)
        for _ in range(5):
            await stack.poll(after=stack.next_poll())
        assert any("if-none-match" in head.lower() for head in stack.server.requests)
        assert stack.alerts() == [NEWS]


@pytest.mark.parametrize("date", ["yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "-1", "31/12/2023 25:61"])
async def test_30_a_date_that_is_none_is_not_sent_back(stack: HostileStack, date: str) -> None:
    stack.serve_rows(row(KNOWN), headers=(f"Last-Modified: {date}",))
    await stack.poll()
    await stack.poll(after=60)
    assert "if-modified-since" not in stack.server.requests[-1].lower()


async def test_31_401_is_asked_daily_and_told(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(plain(b"", status="401 Unauthorized"))
    await stack.poll()
    assert stack.next_poll() >= DAY
    assert any("401" in line for line in await stack.told())


async def test_32_403_backs_off_and_is_told(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(plain(b"", status="403 Forbidden"))
    await stack.poll()
    first = stack.next_poll()
    assert any("403" in line for line in await stack.told())
    await stack.poll()
    assert stack.next_poll() > first


async def test_33_404_backs_off_to_a_day_and_never_ends(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(plain(b"", status="404 Not Found"))
    for _ in range(14):
        await stack.poll()
    assert 0.8 * DAY <= stack.next_poll() <= DAY
    assert not stack.state().stopped
    assert any("404" in line for line in await stack.told())
    stack.serve(feed())
    await stack.poll()
    assert stack.alerts() == [NEWS]


async def test_34_gone_counts_when_it_is_said_twice_an_hour_apart(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(plain(b"", status="410 Gone"))
    await stack.poll()
    await stack.poll(after=60)
    assert not stack.state().stopped
    await stack.poll(after=HOUR + 60)
    assert stack.state().stopped
    assert any("Hostile" in line for line in await stack.told())


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("1200", 1200, 1200 * 1.1),
        ("Thu, 09 Nov 2023 10:30:00 GMT", 1800, 1800 * 1.1),
        ("0", 180, 180 * 1.1),
        ("99999999999999999999", DAY, DAY),
        ("-5", 180, HOUR),
        ("tomorrow", 180, HOUR),
    ],
)
async def test_35_36_37_what_retry_after_asks_for(stack: HostileStack, value: str, least: float, most: float) -> None:
    await stack.baseline()
    headers = (f"Retry-After: {value}", "Date: Thu, 09 Nov 2023 10:00:00 GMT")
    stack.serve(plain(b"", *headers, status="503 Service Unavailable"))
    await stack.poll()
    assert least <= stack.next_poll() <= most


async def test_35_retry_after_closes_the_whole_host(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(plain(b"", "Retry-After: 900", status="429 Too Many Requests"))
    await stack.poll()
    with pytest.raises(FetchError) as caught:
        await stack.fetcher.fetch(Request(stack.server.url("/another")))
    assert caught.value.kind is FetchKind.PACED
    assert stack.server.asked("/another") == []


async def test_38_failures_are_asked_again_without_end(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(plain(b"", status="500 Internal Server Error"))
    waits = []
    for _ in range(12):
        await stack.poll()
        waits.append(stack.next_poll())
    assert 0.8 * HOUR <= waits[-1] <= HOUR
    assert len(set(waits[-4:])) == 4, "spread, so that sources that fail together do not return together"
    assert any("500" in line for line in await stack.told())


async def test_39_a_feed_that_wants_to_be_asked_in_years(stack: HostileStack) -> None:
    await stack.baseline()
    stack.serve(
        feed(document(row(headline(7)), row(KNOWN), more="<ttl>9999999</ttl>"), "Cache-Control: max-age=999999999")
    )
    await stack.poll()
    assert stack.next_poll() <= DAY
