"""Story, article, sources and outbox: what they show, and what they let do."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.page_harness import PageHarness, tell
from doubles.store_samples import article, entry, record

from monitor.model import ArrivalRate, Incident, JoinReason, JoinRule, NewDelivery, Relation, State
from monitor.polling import logged
from monitor.rhythm import observe

pytestmark = pytest.mark.network


async def test_a_story_shows_its_articles_what_they_add_and_its_alerts(page: PageHarness) -> None:
    now = page.clock.now()
    with page.store.begin() as tx:
        story, row = tell(tx, now, "one", text="Перший абзац. Загинуло троє людей.")
        later = article(
            "v2", title="(2nd LD) Росія допомагає", text="Перший абзац. Загинуло п'ятеро людей.", seen_at=now,
            published=now + timedelta(hours=1),
        )  # fmt: skip
        ident = tx.add_article(later)
        tx.join_story(story, ident, Relation.VERSION, (), now)
        tx.keep_reason(story, ident, JoinReason(JoinRule.NUMBER, 1))
        found = tx.delivery(row)
        assert found is not None
        alert = replace(found.alert, rang=(("killed", "3"),), figures=(("killed", "5"),))
        tx.amend_delivery(row, alert, now)
        link = tx.append_evidence(1, {"kind": "page"}, now)
    browser = page.browser()
    shown = await browser.get(f"/story/{story}")
    assert "<del>троє</del><ins>п&#39;ятеро</ins> людей." in shown.body
    assert "same story number as" in shown.text
    assert "had it first" in shown.text
    assert "killed : 3 → 5" in shown.text
    assert link.hash in shown.text
    assert f"monitor evidence {story} -o" in shown.text
    assert "Ukrinform cites Yonhap" in shown.text
    assert "DPRK arms" in shown.text
    assert 'rel="noopener noreferrer"' in shown.body
    exported = await browser.get(f"/story/{story}/export")
    assert "attachment" in exported.headers["content-disposition"]
    assert [each["source"] for each in json.loads(exported.body)["articles"]] == ["Ukrinform", "Yonhap", "Ukrinform"]
    assert (await browser.get("/story/999")).status == 404
    assert (await browser.get("/story/99999999999999999999999")).status == 404


async def test_versions_are_compared_newest_first_while_there_is_time(
    page: PageHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hostile versions take a second each, and every other screen would wait for all of them."""
    now = page.clock.now()
    with page.store.begin() as tx:
        story, _ = tell(tx, now, "one", text="Загинуло троє людей.", others=())
        for number, count in enumerate(("шестеро", "семеро"), start=1):
            at = now + timedelta(hours=number)
            version = article(f"v{number}", title="LD", text=f"Загинуло {count} людей.", seen_at=now, published=at)
            ident = tx.add_article(version)
            tx.join_story(story, ident, Relation.VERSION, (), at)
            tx.keep_reason(story, ident, JoinReason(JoinRule.NUMBER, 1))
    browser = page.browser()
    shown = await browser.get(f"/story/{story}")
    assert ("<ins>шестеро" in shown.body, "<ins>семеро" in shown.body) == (True, True)
    ticks = itertools.count(step=1.5)
    monkeypatch.setattr(page.clock, "monotonic", lambda: next(ticks))
    shown = await browser.get(f"/story/{story}")
    assert ("<ins>шестеро" in shown.body, "<ins>семеро" in shown.body) == (False, True)


async def test_a_version_is_compared_with_the_one_before_it_whatever_it_joined_by(page: PageHarness) -> None:
    now = page.clock.now()
    texts = (
        "Ракета злетіла.",
        "Ракета злетіла. Вона впала в море.",
        "Ракета злетіла. Вона впала в море. Рада зібралася.",
    )
    with page.store.begin() as tx:
        story, _ = tell(tx, now, "one", text=texts[0])
        for number, text in enumerate(texts[1:], start=2):
            at = now + timedelta(hours=number)
            version = article(f"v{number}", title=f"({number} LD)", text=text, seen_at=at, published=at)
            ident = tx.add_article(version)
            tx.join_story(story, ident, Relation.VERSION, (), at)
            tx.keep_reason(story, ident, JoinReason(JoinRule.NUMBER, 1))
    shown = await page.browser().get(f"/story/{story}")
    assert "What it adds to «(2 LD)»: 2 words in" in shown.text
    assert "<ins> Рада зібралася.</ins>" in shown.body
    assert shown.body.count("<ins> Вона впала в море.</ins>") == 1


async def test_articles_are_split_off_and_merged_again(page: PageHarness) -> None:
    with page.store.begin() as tx:
        story, _ = tell(tx, page.clock.now(), "one")
        other, _ = tell(tx, page.clock.now(), "two", others=())
    browser = page.browser()
    form = {"csrf": await browser.csrf()}
    gone = await browser.post(f"/story/{story}/split", {**form, "article": "2"})
    own = int(gone.headers["location"].rpartition("/")[2])
    with page.store.begin() as tx:
        assert [member.article_id for member in tx.story(own).members] == [2]
    assert (await browser.post(f"/story/{story}/split", {**form, "article": "1"})).status == 409
    assert (await browser.post(f"/story/{story}/split", {**form, "article": "x"})).status == 409
    merged = await browser.post(f"/story/{story}/merge", {**form, "other": f"#{own}"})
    assert merged.headers["location"] == f"/story/{story}"
    with page.store.begin() as tx:
        assert len(tx.story(story).members) == 2
        assert len(tx.grouping_decisions()) == 2
    for wrong in (str(story), "", "12345", str(own)):
        assert (await browser.post(f"/story/{story}/merge", {**form, "other": wrong})).status == 409
    assert other


async def test_an_article_shows_its_hits_and_why(page: PageHarness) -> None:
    with page.store.begin() as tx:
        tell(tx, page.clock.now(), "one")
    shown = await page.browser().get("/article/1")
    assert "<mark title=" in shown.body
    assert "2 of 4 terms" in shown.text
    assert "acronym" in shown.text
    assert (await page.browser().get("/article/999")).status == 404


async def test_sources_show_how_they_are_and_when_they_are_asked_next(page: PageHarness) -> None:
    now = page.clock.now()
    rate = ArrivalRate()
    for hour in range(30):
        at = now - timedelta(hours=30 - hour)
        rate = observe(rate, since=at - timedelta(hours=1), now=at, new=hour % 5, timezone="UTC")
    with page.store.begin() as tx:
        one, two = tx.source_states()
        tx.record_poll(record(one.id, at=now, next_poll_at=now + timedelta(minutes=3), rate=rate, new_profile=True))
        tx.record_poll(record(two.id, at=now, failures=3, error="HTTP 503", error_kind="http"))
    shown = await page.browser().get("/sources")
    assert "HTTP 503" in shown.text
    assert "3 failures in a row" in shown.text
    assert 'class="h5"' in shown.body
    assert shown.text.index("failing") < shown.text.index("not asked yet")


async def test_sources_show_their_last_polls_and_why_one_is_silent(page: PageHarness) -> None:
    now = page.clock.now()
    begun = now - timedelta(hours=9)
    with page.store.begin() as tx:
        one, two = tx.source_states()
        polls = logged("", begun, entries=3, news=3)
        polls = logged(polls, begun + timedelta(hours=1), error="the server answered <b>503")
        for hour in range(2, 9):
            polls = logged(polls, begun + timedelta(hours=hour), entries=3)
        tx.record_poll(record(one.id, at=begun, baseline=True))
        tx.record_poll(record(one.id, entry("n"), at=begun))
        tx.record_poll(record(one.id, at=now, next_poll_at=now + timedelta(minutes=3), polls=polls))
        tx.open_incident(Incident("silence", one.source.name, "silent"), now)

    async def text() -> str:
        shown = (await page.browser().get("/sources")).text
        return shown[shown.index(one.source.name) : max(shown.find(two.source.name), 0) or None]

    shown = await text()
    assert "Silent for 9 h, against its habit. It answers: of the 3 entries that it shows none is new." in shown
    at = [shown.index(line) for line in ("7 polls nothing new: 3 entries shown", "<b>503", "3 entries new or changed")]
    assert at == sorted(at), "newest first"
    for last, why in ((0, "It answers, and shows no entry at all"), (None, "what it shows is as it was")):
        with page.store.begin() as tx:
            tx.record_poll(record(one.id, at=now, polls=logged("", now, entries=last)))
        assert why in await text()
    assert (await page.browser().get("/sources")).text.count("Last polls") == 1


async def test_sources_show_how_late_their_articles_were_seen(page: PageHarness) -> None:
    now = page.clock.now()
    with page.store.begin() as tx:
        one, two = tx.source_states()
        at = now - timedelta(hours=20)
        tx.record_poll(record(one.id, at=at, next_poll_at=now, baseline=True))
        for number, (hours, late) in enumerate([(30, 1), (20, 5000), (3, 2), (2, 4), (1, 60), (1, None), (1, -9)]):
            seen = now - timedelta(hours=hours) + timedelta(seconds=number)
            published = None if late is None else seen - timedelta(minutes=late)
            tx.add_article(
                article(f"a{number}", title=f"<i>N{number}", source=one.source.name, seen_at=seen, published=published)
            )
    shown = await page.browser().get("/sources")
    assert "half within 3 min, 95% within" in shown.text, (
        "neither yesterday's nor the first poll's, which may be of any age"
    )
    assert "longest 60 min · 4 articles in 24 hours" in shown.text
    assert "<i>N3" in shown.text.partition("(+60 min)")[2]
    assert "(+4 min)" in shown.text
    assert "&lt;i&gt;N6" in shown.body
    assert "N1" not in shown.text, "five of them are shown"
    assert two.source.name in shown.text
    assert shown.text.count("in 24 hours") == 1


async def test_the_outbox_shows_what_waits_and_sends_the_dead_again(page: PageHarness) -> None:
    now = page.clock.now()
    with page.store.begin() as tx:
        _, sent = tell(tx, now - timedelta(minutes=5), "sent")
        _, dead = tell(tx, now, "dead", title="Мертве", sent=False)
        tx.mark_dead(dead, "chat not found")
        found = tx.delivery(sent)
        assert found is not None
        tx.add_delivery(NewDelivery("desk", "held", found.alert, held_until=now + timedelta(hours=2)), now)
    browser = page.browser()
    shown = await browser.get("/outbox")
    assert "chat not found" in shown.text
    assert "held until 09:00" in shown.text.replace("11:00", "09:00")
    assert "p95" in shown.text
    form = {"csrf": await browser.csrf(), "id": str(dead)}
    assert (await browser.post("/outbox/replay", form)).headers["location"] == "/outbox"
    with page.store.begin() as tx:
        again = tx.delivery(dead)
        assert again is not None
        assert again.state is State.READY
    assert (await browser.post("/outbox/replay", form)).status == 409
    assert (await browser.post("/outbox/replay", {**form, "id": "x"})).status == 409
    assert "Мертве" not in (await browser.get("/outbox?state=held")).text
