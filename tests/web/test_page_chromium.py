"""The page in a real Chromium: every screen, both themes, on a phone and wide; live; and with hostile texts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from doubles.chromium import SIZES, THEMES, chromium, needs_chromium
from doubles.page_harness import PageHarness, hostile, tell
from doubles.store_samples import article, record

from monitor.model import (
    ArrivalRate,
    JoinReason,
    JoinRule,
    Member,
    NewDelivery,
    Relation,
    Severity,
    Verdict,
)
from monitor.rhythm import observe

pytestmark = [pytest.mark.network, needs_chromium, pytest.mark.xdist_group("chromium")]

NEWS = (
    ("KCNA відповіла на навчання", Severity.NORMAL, (("Yonhap", "en", "N.K. denounces allied drills"),)),
    ("КНДР запустила міжконтинентальну балістичну ракету", Severity.CRITICAL, (("Yonhap", "en", "(LEAD) N. Korea fires ICBM: S. Korea"), ("연합뉴스", "ko", "북한, 대륙간탄도미사일 발사"))),
    ("Росія допомагає КНДР розвивати військові програми", Severity.HIGH, (("Yonhap", "en", "Blinken: Russia gives N.K. technology"),)),
    ("Санкції проти КНДР продовжено", Severity.LOW, ()),
)  # fmt: skip


def fill(page: PageHarness) -> int:
    """Store a day of news; return the story that has versions."""
    now = page.clock.now()
    rate = ArrivalRate()
    for hour in range(170):
        at = now - timedelta(hours=170 - hour)
        rate = observe(rate, since=at - timedelta(hours=1), now=at, new=(hour % 24) // 3, timezone="UTC")
    with page.store.begin() as tx:
        one, two = tx.source_states()
        tx.record_poll(
            record(one.id, at=now, next_poll_at=now + timedelta(minutes=3), rate=rate, new_profile=True, baseline=True)
        )
        tx.record_poll(record(two.id, at=now, failures=3, error="HTTP 503 Service Unavailable", error_kind="http"))
        for number, (title, severity, others) in enumerate(NEWS):
            text = f"{title}. Про це повідомило агентство Yonhap.\n\nЗагинуло троє людей, ще двоє поранені."
            story, row = tell(
                tx,
                now - timedelta(hours=3 - number, minutes=7),
                f"n{number}",
                title=title,
                severity=severity,
                others=others,
                text=text,
            )
        told = tx.delivery(row)
        assert told is not None
        second = article(
            "v2", title=f"(2nd LD) {NEWS[2][0]}", text="Загинуло п'ятеро людей.", seen_at=now, published=now
        )
        ident = tx.add_article(second)
        tx.join_story(3, ident, Relation.VERSION, ("KCNA",), now)
        tx.keep_reason(3, ident, JoinReason(JoinRule.NUMBER, 6))
        tx.save_feedback(row, 7, useful=True, now=now)
        dead = tx.add_delivery(NewDelivery("aside", "dead", told.alert, story), now)
        assert dead is not None
        tx.mark_dead(dead, "chat not found")
        tx.add_delivery(NewDelivery("desk", "held", told.alert, story, held_until=now + timedelta(hours=5)), now)
    return 3


SCREENS = {
    "board": "/",
    "wall": "/?wall=1",
    "story": "/story/3",
    "article": "/article/1",
    "search": "/search?q=%40DPRK",
    "search-wrong": "/search?q=aid+and+x",
    "playground": "/playground?q=%40DPRK",
    "watchlists": "/watchlists",
    "edit": "/watchlists/edit?name=DPRK+arms",
    "sources": "/sources",
    "trends": "/trends",
    "outbox": "/outbox",
    "account": "/account",
}


async def test_every_screen_in_both_themes_and_sizes(page: PageHarness) -> None:
    fill(page)
    faults: list[str] = []
    async with chromium(page.url, page.session()) as browser:
        for name, path in SCREENS.items():
            answer = await browser.page.goto(page.url + path)
            assert answer is not None
            assert answer.status == 200, path
            if name in ("playground", "edit"):
                await browser.page.wait_for_selector("#costs section, #preview section")
            for size in SIZES:
                for theme in THEMES:
                    await browser.size(size, theme)
                    if await browser.is_too_wide():
                        faults.append(f"{name} is too wide at {size}")
                    if (size, theme) in {("wide", "light"), ("phone", "dark")}:
                        faults += await browser.grave()
                    await browser.picture(f"{name}-{size}-{theme}")
        await browser.page.context.clear_cookies()
        await browser.page.goto(page.url + page.link())
        faults += await browser.grave()
        await browser.picture("login")
    assert faults == []
    assert browser.complaints == []
    assert browser.foreign == []


async def test_an_officers_day_by_clicks_alone(page: PageHarness) -> None:
    story = fill(page)
    async with chromium(page.url) as browser:
        tab = browser.page
        await tab.goto(page.url + page.link())
        await tab.click("button.main")
        await tab.wait_for_selector("#live.on")
        assert await tab.locator(".story").count() == 4
        with page.store.begin() as tx:
            tell(tx, page.clock.now(), "late", title="Late", others=(("BBC", "en", "A launch just now"),))
        await tab.wait_for_selector(".story.fresh >> text=A launch just now")
        await tab.click("#ack-3")
        await tab.wait_for_selector("#said >> text=Acknowledged")
        await tab.wait_for_selector("#story-3 .tag.ok")
        await tab.click("#story-3 .head a")
        await tab.wait_for_selector("text=had it first")
        await tab.wait_for_selector("ins")
        await tab.click("text=Mute till morning")
        await tab.wait_for_selector("#said >> text=Muted until")
        async with tab.expect_download() as download:
            await tab.click("text=Export")
        assert (await download.value).suggested_filename == f"story-{story}.json"
        await tab.click("nav >> text=Search")
        await tab.fill("#q", "@Blin")
        await tab.click("#options button")
        assert "@" in await tab.input_value("#q")
        await tab.fill("#q", "@DPRK")
        await tab.click("button.main")
        await tab.wait_for_selector(".plot canvas")
        await tab.click("summary >> text=Make this a watchlist")
        await tab.fill("#name", "Launches")
        await tab.click("form[action='/watchlists/add'] button")
        await tab.wait_for_url("**/watchlists")
        await tab.click("nav >> text=Outbox")
        await tab.click("text=Send again")
        await tab.wait_for_selector("text=to send")
        await tab.click("nav >> text=Sources")
        await tab.wait_for_selector("text=HTTP 503")
    assert "Launches" in page.desk.path.read_text("utf-8")
    assert browser.complaints == []
    assert browser.foreign == []


HOSTILE = (
    "<script>hacked=1</script><img src=x onerror=hacked=1>\"'><svg onload=hacked=1>{{7*7}}</script>"
    "\u202eevil\u2066 javascript:alert(1) " + "Ж" * 3000
)


async def test_hostile_texts_stay_texts(page: PageHarness) -> None:
    now = page.clock.now()
    with page.store.begin() as tx:
        evil = article(
            "evil", title=HOSTILE * 200, text=HOSTILE, source=HOSTILE[:100], author=HOSTILE, url="javascript:hacked=1"
        )
        ident = tx.add_article(evil)
        story = tx.create_story(now, ident)
        tx.join_story(story, ident, Relation.FIRST, (HOSTILE,), now)
        tx.add_verdicts(ident, [Verdict(HOSTILE[:100], matched=True, reason=HOSTILE, terms=(HOSTILE,))])
        member = Member(ident, HOSTILE, "en", HOSTILE, "javascript:hacked=1", now, Relation.FIRST, (HOSTILE,))
        row = tx.add_delivery(NewDelivery("desk", "evil", hostile(HOSTILE, member), story), now)
        assert row is not None
        tx.mark_dead(row, HOSTILE)
    async with chromium(page.url, page.session(name=HOSTILE)) as browser:
        for path in ("/", f"/story/{story}", f"/article/{ident}", "/outbox", "/search?q=hacked", "/trends", "/account",
                     "/?watchlist=%3Cscript%3Ehacked%3D1%3C/script%3E", "/search?q=%3Cscript%3Ehacked%3D1%3C/script%3E"):  # fmt: skip
            await browser.page.goto(page.url + path)
            assert await browser.page.evaluate("typeof hacked") == "undefined", path
            assert await browser.page.locator("main script, main img").count() == 0, path
            assert "javascript:" not in str(await browser.page.evaluate("[...document.links].map(a => a.href).join()"))
            assert "\u202e" not in await browser.page.inner_text("body")
            assert len(await browser.page.content()) < 200_000, path
            await browser.size("phone", "dark")
            assert not await browser.is_too_wide(), path
    assert browser.complaints == []
    assert browser.foreign == []
