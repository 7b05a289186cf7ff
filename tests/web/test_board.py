"""The board: what it shows of stories, what one tap does, and what it hears of changes."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta

import pytest
from doubles.command_harness import ADMIN, MEMBER
from doubles.page_harness import PageHarness, tell
from doubles.patience import HANG

from monitor.model import ActKind, MuteKind

pytestmark = pytest.mark.network


async def test_an_empty_board_says_what_to_do(page: PageHarness) -> None:
    shown = await page.browser().get("/")
    assert "No story has raised an alert" in shown.text
    assert 'href="/sources"' in shown.body


async def test_a_story_has_one_line_in_the_language_of_its_reader(page: PageHarness) -> None:
    with page.store.begin() as tx:
        story, _ = tell(tx, page.clock.now(), "one")
    browser = page.browser()
    shown = await browser.get("/")
    assert shown.text.count("Russia helps N.K. develop arms") == 1
    assert "Росія" not in shown.text
    assert "Ukrinform → Yonhap" in shown.text.replace("  ", " ")
    assert "rang" in shown.text
    assert f'href="/story/{story}"' in shown.body
    ukrainian = await browser.get("/", Accept_Language="uk,en;q=0.5")
    assert "Росія допомагає КНДР" in ukrainian.text
    assert "дзвонило" in ukrainian.text
    browser.cookies["monitor_language"] = "en"
    assert "rang" in (await browser.get("/", Accept_Language="uk")).text


async def test_filters_and_hours(page: PageHarness) -> None:
    now = page.clock.now()
    with page.store.begin() as tx:
        tell(tx, now - timedelta(hours=30), "old", title="Старе", others=())
        tell(tx, now, "one", title="Нове", others=())
        tell(tx, now, "two", title="Допомога", watchlist="Aid", others=(("BBC", "en", "Aid comes"),))
    browser = page.browser()
    assert "Старе" not in (await browser.get("/")).text
    assert "Старе" in (await browser.get("/?hours=72")).text
    for query, there, not_there in (
        ("watchlist=Aid", "Aid comes", "Нове"),
        ("outlet=BBC", "Aid comes", "Нове"),
        ("language=en", "Aid comes", "Нове"),
    ):
        text = (await browser.get(f"/?{query}")).body.partition('id="stories"')[2]
        assert there in text
        assert not_there not in text
    assert (await browser.get("/?hours=nonsense&watchlist=none&wall=1")).status == 200


async def test_one_tap_does_what_the_bots_buttons_do(page: PageHarness) -> None:
    with page.store.begin() as tx:
        story, row = tell(tx, page.clock.now(), "one")
    browser = page.browser()
    token = await browser.csrf()
    htmx = {"HX_Request": "true", "X_CSRF_Token": token}
    assert "Acknowledged" in (await browser.post(f"/story/{story}/ack", **htmx)).text
    assert "already" in (await browser.post(f"/story/{story}/ack", **htmx)).text
    assert "not useful" in (await browser.post(f"/story/{story}/feedback", {"useful": "0"}, **htmx)).text
    assert "Noted: useful" in (await browser.post(f"/story/{story}/feedback", {"useful": "1"}, **htmx)).text
    page.clock.set_wall(3600)
    assert "Muted until" in (await browser.post(f"/story/{story}/mute", {"for": "morning"}, **htmx)).text
    with page.store.begin() as tx:
        found = tx.delivery(row)
        assert found is not None
        assert [(act.deed, act.user) for act in found.alert.acts] == [(ActKind.ACK, ADMIN), (ActKind.MUTE, ADMIN)]
        (mute,) = tx.mutes(page.clock.now())
        assert (mute.kind, mute.key) == (MuteKind.STORY, str(story))
        assert mute.until is not None
        assert timedelta() < mute.until - page.clock.now() <= timedelta(days=1)
        assert tx.feedback_counts(page.clock.now() - timedelta(days=1)) == {"DPRK arms": (1, 0)}
    assert "muted until" in (await browser.get("/")).text
    await browser.post(f"/story/{story}/unmute", **htmx)
    for wrong in ("ever", "1 h", "-1h", "0"):
        assert (await browser.post(f"/story/{story}/mute", {"for": wrong}, **htmx)).status == 400
    for form in ({}, {"useful": "2"}, {"useful": ""}):
        assert (await browser.post(f"/story/{story}/feedback", form, **htmx)).status == 400
    with page.store.begin() as tx:
        assert tx.mutes(page.clock.now()) == [], "what nobody offered mutes nothing"
        assert tx.feedback_counts(page.clock.now() - timedelta(days=1)) == {"DPRK arms": (1, 0)}
    assert (await browser.post(f"/story/{story}/mute", **htmx)).status == 400, "a slip must not mute for good"
    assert "for good" in (await browser.post(f"/story/{story}/mute", {"for": ""}, **htmx)).text
    assert "muted for good" in (await browser.get("/")).text
    assert (await browser.post("/story/999/mute", {"for": "1h"}, **htmx)).status == 404
    assert (await browser.post("/story/999/ack", **htmx)).status == 404
    assert (await browser.post("/story/999/feedback", **htmx)).status == 404
    assert page.wrote


async def test_members_judge_and_acknowledge(page: PageHarness) -> None:
    page.desk.path.write_text(page.desk.path.read_text("utf-8") + "web: {members: true}\n", "utf-8")
    page.desk.reload()
    with page.store.begin() as tx:
        story, _ = tell(tx, page.clock.now(), "one")
    member = page.browser(MEMBER, admin=False)
    assert "/mute" not in (await member.get("/")).body
    htmx = {"HX_Request": "true", "X_CSRF_Token": await member.csrf()}
    assert (await member.post(f"/story/{story}/ack", **htmx)).status == 200
    assert (await member.post(f"/story/{story}/mute", **htmx)).status == 403


async def test_changes_are_streamed_and_fetched_as_lines(page: PageHarness) -> None:
    now, browser = page.clock.now(), page.browser()
    with page.store.begin() as tx:
        first, _ = tell(tx, now, "one")
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    cookie = f"monitor_session={browser.cookies['monitor_session']}"
    writer.write(f"GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    async with asyncio.timeout(HANG):
        while b"event: hello" not in await reader.readline():
            pass
        with page.store.begin() as tx:
            second, _ = tell(tx, now, "two", title="Друга", others=())
        while not (line := await reader.readline()).startswith(b"data: ["):
            pass
    assert json.loads(line[6:]) == [second]
    writer.close()
    lines = await browser.get(f"/board/stories?ids={first},{second},999,x")
    assert lines.body.count("<li") == 2
    assert "<html" not in lines.body
    assert (await browser.get(f"/board/stories?ids={second}&watchlist=Aid")).body == ""


async def test_the_first_story_of_an_empty_board_is_told(page: PageHarness) -> None:
    browser = page.browser()
    shown = await browser.get("/")
    (state,) = re.findall(r'data-state="(\w+)"', shown.body)
    assert (await browser.get(f"/board/stories?state={state}")).status == 204
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    cookie = f"monitor_session={browser.cookies['monitor_session']}"
    writer.write(f"GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    async with asyncio.timeout(20):
        while b"event: hello" not in await reader.readline():
            pass
        with page.store.begin() as tx:
            story, _ = tell(tx, page.clock.now(), "one")
        while not (line := await reader.readline()).startswith(b"data: ["):
            pass
    writer.close()
    assert json.loads(line[6:]) == [story]
    missed = await browser.get(f"/board/stories?state={state}")
    assert (missed.status, missed.body.count("<li")) == (200, 1), "it came after the page was made"
    assert (await browser.get(f"/board/stories?state={state}&watchlist=Aid")).status == 204


async def test_a_mute_is_chosen_and_taken_back_in_one_place(page: PageHarness) -> None:
    with page.store.begin() as tx:
        story, _ = tell(tx, page.clock.now(), "one")
    browser = page.browser()
    htmx = {"HX_Request": "true", "X_CSRF_Token": await browser.csrf()}
    line = (await browser.get("/")).body
    for span, words in (("1h", "Mute for 1 h"), ("morning", "Mute till morning"), ("", "Mute for good")):
        assert f'{{"for": "{span}"}}\'>{words}' in line
    assert f'<summary id="mute-{story}"' in line
    said = await browser.post(f"/story/{story}/mute", {"for": "1h", "place": "story"}, **htmx)
    assert 'id="mutes"' in said.body
    assert "muted until" in said.text
    assert "End the mute" in said.text
    assert f'id="mute-{story}" hx-post="/story/{story}/unmute"' in (await browser.get("/")).body
    assert "End the mute" in (await browser.get(f"/story/{story}")).text
    said = await browser.post(f"/story/{story}/unmute", {"place": "story"}, **htmx)
    assert "Mute for 8 h" in said.text
    assert "Not muted any more" in said.text
    plain = await browser.post(f"/story/{story}/mute", {"for": "1h", "csrf": htmx["X_CSRF_Token"]})
    assert plain.headers["location"] == f"/story/{story}", "also without the script"
