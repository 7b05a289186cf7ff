"""A merge always leaves a trace: whatever joins a story is in its alert, and in what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.pipeline_harness import LIST, compiled
from doubles.store_samples import source

from monitor.alert.content import MAX_EDITS
from monitor.alert.members import articles, other_titles
from monitor.alert.render.telegram import telegram
from monitor.model import (
    Article,
    Burst,
    Channel,
    Delivery,
    Entry,
    JoinRule,
    MessageKind,
    MuteKind,
    PollRecord,
    Receipt,
    Recognised,
    Relation,
    State,
    Story,
    Watchlist,
)
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database, open_store
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists

AID = Watchlist("Aid", keywords=(), entities=("Ukraine",), notify=("desk",))
TEXT = (
    "North Korea fired an intercontinental ballistic missile toward the East Sea on Thursday, the military said.\n\n"
    "The launch came a day after talks in Seoul, and officials in Tokyo said that nothing fell near any ship."
)


class Desk:
    """A judge on a real store; entries come as if they were polled."""

    def __init__(self, store: Database, clock: FixedClock, *lists: Watchlist) -> None:
        self.store, self.clock = store, clock
        every = [LIST, *lists]
        matcher = compile_watchlists(every, shipped()) if lists else compiled()
        rules = Rules(matcher, CompiledCatalogue(compiled()), configured([Channel("desk", "webhook")], every))
        self.judge = Judge(store=store, clock=clock, live=in_force(rules))
        with store.begin() as tx:
            tx.sync_sources([source("Yonhap"), source("Reuters")], clock.now())
            self.sources = {state.source.name: state.id for state in tx.source_states()}

    async def publish(self, number: int, title: str, text: str = TEXT, outlet: str = "Yonhap") -> None:
        self.clock.pass_(60)
        now, url = self.clock.now(), f"https://{outlet.lower()}.example/{number}"
        with self.store.begin() as tx:
            entry = Entry(key=url, guid=url, link=url, title=title, digest=title)
            found = PollRecord(self.sources[outlet], now, now, 60.0, 0, body=Recognised((entry,)))
            tx.record_poll(found)
            pending = next(each for each in tx.due_entries(now, 100) if each.entry.key == url)
        article = Article(url, title, text, outlet, "en", published=now, seen_at=now, key=url, guid=url)
        await self.judge.judge(pending, article)

    def rows(self, kind: MessageKind = MessageKind.ALERT) -> list[Delivery]:
        with self.store.begin() as tx:
            return [row for row in reversed(tx.deliveries(limit=1000)) if row.alert.kind is kind]

    def send(self) -> None:
        with self.store.begin() as tx:
            while (row := tx.claim_delivery(["desk"], "lane", self.clock.now())) is not None:
                tx.mark_sent(row.id, "lane", Receipt(row.message_id or row.id + 100), self.clock.now())

    def story(self) -> Story:
        ident = self.rows()[0].story_id
        assert ident is not None
        with self.store.begin() as tx:
            return tx.story(ident)


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    yield Desk(store, clock)
    store.close()


async def test_what_is_merged_by_mistake_is_named_with_its_reason(desk: Desk) -> None:
    """The second article is on something else, and joins by a text that both quote at length."""
    await desk.publish(1, "N. Korea fires ICBM")
    desk.send()
    await desk.publish(2, "Football: one club beats another", f"The club won by 3-0.\n\n{TEXT}")
    (row,) = desk.rows()
    assert row.state is State.READY, "an edit is due"
    assert (articles(row.alert), row.alert.headline) == (2, "Football: one club beats another")
    assert other_titles(row.alert) == ("N. Korea fires ICBM",), "the newest version is in front"
    assert "2 articles\nalso: N. Korea fires ICBM" in telegram(row.alert, timezone="UTC").plain
    first, second = desk.story().members
    assert first.reason is not None
    assert first.reason.rule is JoinRule.OPENED
    assert second.relation is Relation.VERSION
    assert second.reason is not None
    assert (second.reason.rule, second.reason.of) == (JoinRule.PHRASES, first.article_id)
    assert second.reason.score > 0.5


async def test_an_edited_article_keeps_the_reason_why_it_joined(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    await desk.publish(2, "Seoul condemns launch", TEXT, "Reuters")
    reasons = [member.reason for member in desk.story().members]
    await desk.publish(1, "N. Korea fires ICBM, again", TEXT + "\n\nMore.")
    await desk.publish(2, "Seoul condemns launch, again", TEXT + "\n\nMore.", "Reuters")
    assert [member.reason for member in desk.story().members] == reasons
    assert None not in reasons


OWN_WORDS = (
    "Pyongyang launched a long-range ballistic missile, an ICBM, into the sea, "
    "the Joint Chiefs of Staff in Seoul told reporters."
)


async def _later(desk: Desk, number: int, title: str, text: str, outlet: str) -> list[str | None]:
    """Edit an article when the story may ring again; return why it has rung so far."""
    desk.send()
    desk.clock.pass_(timedelta(hours=1).total_seconds())
    await desk.publish(number, title, text, outlet)
    return [row.alert.note for row in desk.rows(MessageKind.REPLY)]


async def test_an_edited_copy_stays_a_copy_and_is_no_source(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    await desk.publish(2, "North Korea launches ICBM", TEXT, "Reuters")
    more = f"{TEXT}\n\nMore."
    assert await _later(desk, 2, "North Korea launches an ICBM", more, "Reuters") == []
    assert await _later(desk, 1, "N. Korea fires an ICBM", more, "Yonhap") == []
    assert {each.source: each.relation for each in desk.story().members} == {
        "Yonhap": Relation.FIRST,
        "Reuters": Relation.COPY,
    }
    assert desk.rows()[0].alert.independent == 1
    assert await _later(desk, 3, "UPDATE 1-North Korea launches an ICBM", f"{more} And more.", "Reuters") == []
    assert len(desk.story().members) == 3


async def test_a_second_source_is_told_once_however_often_articles_are_edited(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    once = ["second independent source: Reuters"]
    assert await _later(desk, 2, "N. Korea fires ICBM", OWN_WORDS, "Reuters") == once
    assert await _later(desk, 2, "N. Korea fires an ICBM", f"{OWN_WORDS}\n\nMore.", "Reuters") == once
    assert await _later(desk, 1, "N. Korea fires an ICBM", f"{TEXT}\n\nMore.", "Yonhap") == once
    assert desk.rows()[0].alert.headline == "N. Korea fires an ICBM", "the edit is shown"


async def test_an_urgent_article_rings_once_however_often_it_is_edited(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    once = ["now marked urgent"]
    assert await _later(desk, 2, "(URGENT) N. Korea fires ICBM", TEXT, "Yonhap") == once
    assert await _later(desk, 2, "(URGENT) N. Korea fires an ICBM", f"{TEXT}\n\nMore.", "Yonhap") == once


async def test_after_the_last_edit_everything_is_still_kept(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    desk.send()
    for number in range(2, MAX_EDITS + 12):
        await desk.publish(number, f"N. Korea fires ICBM, repo{'o' * number}rt")
        desk.send()
    (row,) = desk.rows()
    assert (row.edits, articles(row.alert)) == (MAX_EDITS, MAX_EDITS + 1)
    assert len(desk.story().members) == MAX_EDITS + 11
    assert all(member.reason for member in desk.story().members)


async def test_joins_between_two_edits_are_one_edit(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    desk.send()
    for number in range(2, 12):
        await desk.publish(number, f"N. Korea fires ICBM, repo{'o' * number}rt")
    desk.send()
    (row,) = desk.rows()
    assert (row.edits, articles(row.alert)) == (1, 11)


async def test_what_joins_a_muted_story_is_kept_and_silent(desk: Desk) -> None:
    await desk.publish(1, "N. Korea fires ICBM")
    desk.send()
    story = desk.story().id
    with desk.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(story), None, 7)
    await desk.publish(2, "Football", TEXT)
    assert desk.rows()[0].state is State.SENT
    assert [member.title for member in desk.story().members] == ["N. Korea fires ICBM", "Football"]
    assert desk.story().members[1].reason is not None


async def test_a_watchlist_that_the_alert_did_not_speak_for_rings(desk: Desk) -> None:
    desk = Desk(desk.store, desk.clock, AID)
    await desk.publish(1, "N. Korea fires ICBM")
    desk.send()
    await desk.publish(2, "N. Korea fires ICBM; Ukraine asks for help", f"{TEXT}\n\nUkraine asked for help at once.")
    (ring,) = desk.rows(MessageKind.REPLY)
    assert (ring.alert.watchlist, ring.reply_to, ring.alert.silent) == ("Aid", desk.rows()[0].id, False)
    assert ring.alert.note == "now matches, too: Ukraine"
    assert "Ukraine" in telegram(ring.alert, timezone="UTC").plain
    desk.send()
    await desk.publish(3, "N. Korea fires ICBM; Ukraine", f"{TEXT}\n\nUkraine asked for help at once.")
    desk.clock.pass_(timedelta(hours=1).total_seconds())
    assert len(desk.rows(MessageKind.REPLY)) == 1, "once"


@pytest.mark.parametrize("settings", [{"digest": 7200.0}, {"burst": Burst(1, 600.0)}])
def test_what_joins_a_story_of_a_digest_or_a_burst_is_shown_there(make: Any, settings: dict[str, Any]) -> None:
    desk = make(**settings)
    for title in ("Ice on the Amur", "Rocket over the strait", "Opera in Busan"):
        story = desk.story(title, "arms")
        desk.tick()
    desk.pass_(3 * 3600.0)
    message = list(desk.messages.values())[-1]
    assert message.alert.kind is MessageKind.DIGEST
    desk.join(story, "Football", source="Yonhap")
    desk.tick()
    message = list(desk.messages.values())[-1]
    assert message.silent, "an edit"
    assert "Yonhap 20:30 · 2 articles" in telegram(message.alert, timezone="UTC").plain
    assert desk.rung() == (1 if "digest" in settings else 2)
