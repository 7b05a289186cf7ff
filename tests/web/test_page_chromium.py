"""The page in a real Chromium: every screen, both themes, on a phone and wide; live; and with hostile texts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from doubles.chromium import SIZES, THEMES, chromium, needs_chromium
from doubles.page_harness import PageHarness, hostile, tell
from doubles.store_samples import article, record
from playwright.async_api import Page

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


def night(page: PageHarness) -> int:
    """Store yesterday's launch, with an outlet that revises it three times; return its story."""
    then = page.clock.now() - timedelta(hours=27)
    texts = ("N. Korea fired a missile.", " It flew 900 km.", " Japan condemned it.", " The council met.")
    with page.store.begin() as tx:
        story, _ = tell(tx, then, "launch", title="КНДР запустила ракету в бік моря", others=())
        for number, flag in enumerate(("(URGENT)", "(LEAD)", "(2nd LD)", "(3rd LD)")):
            at = then + timedelta(minutes=10 * (number + 1))
            body = "".join(texts[: number + 1])
            ident = tx.add_article(
                article(f"launch-v{number}", title=f"{flag} N. Korea fires missile", text=body, source="Yonhap",
                        language="en", seen_at=at, published=at)
            )  # fmt: skip
            tx.join_story(story, ident, Relation.VERSION if number else Relation.SAME, (), at)
            tx.keep_reason(story, ident, JoinReason(JoinRule.NUMBER if number else JoinRule.NAMES, 2 if number else 1))
    return story


async def mute_by_a_slip(tab: Page, late: int) -> None:
    """A slip of the thumb mutes nothing; what was chosen is taken back in the same place."""
    await tab.click(f"#mute-{late}")
    await tab.click("#live")
    assert await tab.locator(f"#story-{late} details").get_attribute("open") is None
    await tab.click(f"#mute-{late}")
    await tab.click(f"#story-{late} >> text=Mute for 1 h")
    await tab.wait_for_selector(f"#story-{late} >> text=muted until")
    await tab.click(f"#mute-{late}")
    await tab.wait_for_selector(f"#story-{late} details.menu")


async def read_the_launch(tab: Page, yesterday: int) -> None:
    """Tasks 1 to 4 and 10: yesterday's launch, who had it first, what the 3rd LD added, no more till morning, export."""
    await tab.select_option("select[name=hours]", "72")
    await tab.click(f"#story-{yesterday} .head a")
    assert await tab.locator("#timeline + ol > li").first.locator("text=had it first").count() == 1
    last = tab.locator("#timeline + ol > li").last
    assert "«(2nd LD) N. Korea fires missile»: 3 words in, 0 words out" in await last.inner_text()
    assert (await last.locator("ins").all_inner_texts())[-1].strip() == "The council met."
    await tab.click("text=Mute till morning")
    await tab.wait_for_selector("#said >> text=Muted until")
    await tab.click("#mutes >> text=End the mute")
    await tab.click("#mutes >> text=Mute till morning")
    await tab.wait_for_selector("#mutes >> text=muted until")
    async with tab.expect_download() as download:
        await tab.click("text=Export")
    assert (await download.value).suggested_filename == f"story-{yesterday}.json"


async def watch_a_search(tab: Page) -> None:
    """Tasks 5 and 6: a search, what it would have cost, and a watchlist of it."""
    await tab.click("nav >> text=Search")
    await tab.fill("#q", "@Blin")
    await tab.click("#options button")
    assert "@" in await tab.input_value("#q")
    await tab.fill("#q", "@DPRK")
    await tab.click("button.main")
    await tab.locator(".plot .u-over").click(position={"x": 30, "y": 40})
    await tab.click("text=× all days")
    await tab.click("text=Try it in the playground")
    await tab.wait_for_selector("#costs >> text=stories")
    await tab.click("#costs summary >> text=Make this a watchlist")
    await tab.fill("#name", "Launches")
    await tab.click("form[action='/watchlists/add'] button")
    await tab.wait_for_selector("text=«Launches» is saved")


async def mend_a_typo(page: PageHarness, tab: Page) -> None:
    """Task 7: the file is no YAML; its place is shown, and it is saved again."""
    page.desk.path.write_text(page.desk.path.read_text("utf-8").replace("severity: high", "severty: [high"), "utf-8")
    await tab.click("nav >> text=Watchlists")
    await tab.click("section:has-text('DPRK arms') >> text=Edit")
    await tab.wait_for_selector("#preview .bad")
    text = await tab.input_value("#text")
    await tab.fill("#text", text.replace("severty: [high", "severity: high"))
    await tab.wait_for_selector("#preview >> text=No story would have been added or lost")
    await tab.click("button.main")
    await tab.wait_for_selector("text=«DPRK arms» is saved")


async def test_an_officers_ten_tasks_by_clicks_alone(page: PageHarness) -> None:
    fill(page)
    yesterday = night(page)
    async with chromium(page.url) as browser:
        tab = browser.page
        await browser.size("phone", "dark")
        await tab.goto(page.url + page.link())
        await tab.click("button.main")
        await tab.wait_for_selector("#live.on")
        assert await tab.locator(".story").count() == 4
        with page.store.begin() as tx:
            late, _ = tell(tx, page.clock.now(), "late", title="Late", others=(("BBC", "en", "A launch just now"),))
        await tab.wait_for_selector(".story.fresh >> text=A launch just now")
        await tab.click("#ack-3")
        await tab.wait_for_selector("#said >> text=Acknowledged")
        await tab.wait_for_selector("#story-3 .tag.ok")
        await mute_by_a_slip(tab, late)
        await read_the_launch(tab, yesterday)
        await watch_a_search(tab)
        page.desk.reload()
        await mend_a_typo(page, tab)
        await tab.click("nav >> text=Sources")  # 8: why a source is silent
        await tab.wait_for_selector("text=HTTP 503")
        await tab.click("nav >> text=Outbox")  # 9: a dead alert once more
        await tab.click("text=Send again")
        await tab.wait_for_selector("text=to send")
    page.desk.reload()
    assert [each.name for each in page.desk.config.watchlists] == ["DPRK arms", "Aid", "Launches"]
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
