"""What the admins hear of the daemon itself, over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, baseline, failing, link
from doubles.store_samples import entry, record, send

from monitor.alert import incidents
from monitor.errors import FetchError, FetchKind
from monitor.model import (
    BARRED,
    HALTED,
    TOPIC,
    TRANSLATION,
    Alert,
    Channel,
    Incident,
    IncidentLog,
    Lane,
    MessageKind,
    NewDelivery,
    Receipt,
    Rhythm,
    Source,
    Translation,
)
from monitor.pipeline import health
from monitor.pipeline.health import Disk
from monitor.store import open_store

GB = 1_000_000_000


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def desk(clock: FixedClock) -> Iterator[PipelineHarness]:
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


async def heard(desk: PipelineHarness) -> list[tuple[str, ...]]:
    """Return what the admin is shown by one more look, a message each, edited ones, too; everything is then sent."""
    before = {row.id: row.revision for row in desk.rows()}
    await desk.housekeeping.tick()
    rows = [row for row in desk.rows() if row.channel == "admin:7" and before.get(row.id) != row.revision]
    with desk.store.begin() as tx:
        while claimed := tx.claim_delivery(["admin:7"], "telegram:7", desk.clock.now()):
            tx.mark_sent(claimed.id, "telegram:7", Receipt(claimed.message_id or claimed.id), desk.clock.now())
    return [(row.alert.headline, *row.alert.lines) for row in rows]


async def test_a_failing_source_is_told_and_cleared(desk: PipelineHarness, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    good = desk.fetcher.answers[FEED]
    desk.fetcher.answers[FEED] = failing(FetchError("no answer within 30 s", FetchKind.TIMEOUT))
    for _ in range(3):
        clock.pass_(600)
        await desk.poll()
    assert await heard(desk) == [("Yonhap 0 fails", "Yonhap 0: no answer within 30 s; 3 polls in a row")]
    clock.pass_(61)
    assert await heard(desk) == []
    desk.fetcher.answers[FEED] = good
    await desk.poll()
    clock.pass_(61)
    assert await heard(desk) == []
    clock.pass_(301)
    assert await heard(desk) == [("Yonhap 0 answers again", "Yonhap 0: over after 2 min")]


def configure(desk: PipelineHarness, *channels: Channel) -> None:
    """Put other channels into force."""
    config = replace(desk.live.now.config, channels={each.name: each for each in channels})
    desk.live.now = replace(desk.live.now, rules=replace(desk.live.now.rules, config=config))


async def test_what_a_reload_takes_away_is_not_told_as_mended(desk: PipelineHarness, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    desk.fetcher.answers[FEED] = failing(FetchError("no answer within 30 s", FetchKind.TIMEOUT))
    for _ in range(3):
        clock.pass_(600)
        await desk.poll()
    configure(desk, Channel("desk", "telegram", {"chat": -1}, translate=Translation("uk", "deepl")))
    with desk.store.begin() as tx:
        tx.save_lane(Lane("telegram:-1", suspended_at=clock.now(), reason="bot was kicked"), ["desk"])
        tx.open_incident(Incident(TRANSLATION, "deepl uk", "deepl: no key"), clock.now())
    assert len(await heard(desk)) == 3
    configure(desk)
    with desk.store.begin() as tx:
        tx.save_lane(Lane("telegram:-1"), ["desk"])
        tx.sync_sources((), clock.now())
    clock.pass_(61)
    await heard(desk)
    clock.pass_(301)
    gone = "is not in the configuration any more"
    assert sorted(await heard(desk)) == [(f"{name} {gone}",) for name in ("Yonhap 0", "deepl uk", "desk")]


async def test_a_source_silent_against_its_rhythm(desk: PipelineHarness, clock: FixedClock) -> None:
    await baseline(desk, FEED)
    for number in range(30):
        clock.pass_(4 * 3600)
        desk.serve(FEED, (f"Report {number}", link(100 + number), 10))
        desk.page(link(100 + number), *TEXT)
        await desk.poll()
    await heard(desk)
    with desk.store.begin() as tx:
        send(tx, 1, clock.now())  # what the desk was told of its sources
    clock.pass_(7 * 3600)
    await desk.poll()
    assert await heard(desk) == []
    clock.pass_(2 * 3600)
    await desk.poll()
    ((headline, line),) = await heard(desk)
    assert headline == "Yonhap 0 is silent against its rhythm"
    assert line == "Yonhap 0: nothing new for 9 h; its longest pause in two weeks was 4 h"


async def test_a_chat_that_refuses_and_takes_again(desk: PipelineHarness, clock: FixedClock) -> None:
    lane = Lane("telegram:-1", suspended_at=clock.now(), reason="bot was kicked")
    with desk.store.begin() as tx:
        tx.save_lane(lane, ["desk"])
    assert await heard(desk) == [
        ("desk refuses messages", "desk: bot was kicked; its alerts are kept until it takes them")
    ]
    with desk.store.begin() as tx:
        tx.save_lane(Lane("telegram:-1"), ["desk"])
    clock.pass_(61)
    await heard(desk)
    clock.pass_(301)
    assert await heard(desk) == [("desk takes messages", "desk: over after 1 min")]


async def test_what_delivery_found_is_told_until_it_is_over(desk: PipelineHarness, clock: FixedClock) -> None:
    with desk.store.begin() as tx:
        halted = Incident(HALTED, "telegram", "telegram: the bot's token is not valid", urgent=True)
        for found in (
            halted,
            Incident(TOPIC, "desk", "desk: its topic takes no messages"),
            Incident(TOPIC, "gone", "gone: is no channel any more"),
        ):
            tx.open_incident(found, clock.now())
    assert sorted(await heard(desk)) == [
        ("Delivery to telegram has stopped", "telegram: the bot's token is not valid"),
        ("desk: the topic takes no messages", "desk: its topic takes no messages"),
    ]
    clock.pass_(86_461)
    assert sorted(headline for headline, _ in await heard(desk)) == [
        "Still: Delivery to telegram has stopped",
        "Still: desk: the topic takes no messages",
    ]
    with desk.store.begin() as tx:
        assert tx.close_incident(HALTED, "telegram", clock.now())
        assert tx.close_incident(TOPIC, "desk", clock.now())
        assert not tx.close_incident(TOPIC, "desk", clock.now())
        assert not tx.close_incident(TOPIC, "gone", clock.now()), "of a channel that is configured no more"
    clock.pass_(61)
    over = ("Delivery to telegram goes on", "telegram: over after 24 h")
    assert await heard(desk) == [over, over], "the message and its reminder"
    clock.pass_(301)
    assert [headline for headline, _ in await heard(desk)] == ["desk: the topic takes messages"] * 2


async def test_alerts_that_were_given_up_are_listed(desk: PipelineHarness, clock: FixedClock) -> None:
    def lose(number: int, kind: MessageKind = MessageKind.ALERT) -> None:
        with desk.store.begin() as tx:
            new = NewDelivery("desk", f"a{number}", Alert(kind, f"Title {number}"))
            ident = tx.add_delivery(new, clock.now())
            assert ident is not None
            tx.mark_dead(ident, "the chat is gone")

    lose(1)
    ((headline, *lines),) = await heard(desk)
    assert headline == "Alerts could not be delivered"
    assert lines == ["1 → desk: Title 1 (the chat is gone)", "monitor alerts --replay ID sends one again"]
    lose(2, MessageKind.NOTICE)
    clock.pass_(61)
    assert await heard(desk) == [], "a notice is no alert"
    for number in range(3, 10):
        lose(number)
    clock.pass_(61)
    ((_, *lines),) = await heard(desk)
    assert len(lines) == 7
    assert lines[-2] == "and 3 older ones"


async def test_a_chat_with_another_id_is_told_until_the_configuration_names_it(
    desk: PipelineHarness, clock: FixedClock
) -> None:
    with desk.store.begin() as tx:
        tx.save_lane(Lane("telegram:-5", chat=-1005), ["desk"])
        tx.save_lane(Lane("telegram:-6", chat=-1006), ["gone"])

    def configure(chat: int) -> None:
        config = desk.live.now.config
        channels = {name: Channel(name, "telegram", {"chat": chat}) for name in ("desk", "night")}
        changed = replace(config, channels=channels)
        desk.live.now = replace(desk.live.now, rules=replace(desk.live.now.rules, config=changed))

    configure(-5)
    assert await heard(desk) == [
        (
            "desk, night: the chat has another id",
            "desk, night: the chat's id is -1005 now; please put it into the configuration",
        )
    ]
    clock.pass_(86_461)
    assert [line for _, line in await heard(desk)] == [
        "desk, night: the chat's id is -1005 now; please put it into the configuration (for 24 h)"
    ], "an edit, no reminder"
    configure(-1005)
    clock.pass_(61)
    assert await heard(desk) == [("desk, night: the configuration names the chat's id", "desk, night: over after 24 h")]
    assert len([row for row in desk.rows() if row.channel == "admin:7"]) == 1, "one message"


async def test_a_web_server_and_a_barred_bot_have_their_all_clear(desk: PipelineHarness, clock: FixedClock) -> None:
    desk.housekeeping.bad_web(("127.0.0.1:80", "Permission denied"))
    with desk.store.begin() as tx:
        tx.open_incident(Incident(BARRED, "", "Stop the other program", urgent=True), clock.now())
    assert sorted(await heard(desk)) == [
        ("Another program reads the bot's messages: commands and buttons wait, alerts go on", "Stop the other program"),
        ("The web server could not start",
         "nothing listens on 127.0.0.1:80 (Permission denied): free the port, or set web.listen"),
    ]  # fmt: skip
    desk.housekeeping.bad_web(None)
    with desk.store.begin() as tx:
        tx.close_incident(BARRED, "", clock.now())
    assert await heard(desk) == [], "it may come again at once"
    clock.pass_(301)
    assert sorted(headline for headline, _ in await heard(desk)) == [
        "Commands and buttons work again",
        "The web server listens",
    ]
    assert len([row for row in desk.rows() if row.channel == "admin:7"]) == 2, "both are edits"


def mistaken(desk: PipelineHarness) -> None:
    """Write what delivery tells of, as it does: once a day."""
    key, line = f"delivery:x:{desk.clock.now().date()}", "desk: message 5 was mistaken"
    with desk.store.begin() as tx:
        desk.housekeeping.write_notice(tx, key, "Delivery needs a look", (line,))


async def test_after_an_outage_one_summary_comes(desk: PipelineHarness, clock: FixedClock) -> None:
    """Nothing can be sent for hours; all that happens then is in one message."""
    desk.housekeeping.bad_web(("127.0.0.1:80", "Permission denied"))
    await desk.housekeeping.tick()
    clock.pass_(3600)
    mistaken(desk)
    desk.disk = Disk("/srv", 100 * GB, 0)
    await desk.housekeeping.tick()
    mistaken(desk)
    desk.housekeeping.bad_web(None)
    desk.disk = Disk("/srv", 100 * GB, 50 * GB)
    await desk.housekeeping.tick()
    clock.pass_(2 * 86400 - 600)
    await desk.housekeeping.tick()
    assert await heard(desk) == []
    rows = [row for row in desk.rows() if row.channel == "admin:7"]
    shown = [row for row in rows if row.in_digest is None]
    assert [(row.state, row.alert.headline, row.alert.lines) for row in shown] == [
        (
            "sent",
            "3 notices",
            (
                "• The web server listens",
                "Over after 60 min",
                "• Delivery needs a look",
                "desk: message 5 was mistaken",
                "• The disk has room",
                "Over after 0 s",
            ),
        )
    ]
    assert {row.state for row in rows} == {"sent"}, "the row of what happened once went with it"
    count = len(desk.rows())
    mistaken(desk)
    assert [row.in_digest for row in desk.rows()[count:]] == [None], "on another day it is told again, by itself"


async def test_a_digest_that_was_given_up_is_listed_without_its_alerts(
    desk: PipelineHarness, clock: FixedClock
) -> None:
    now, gone = clock.now(), clock.now() - timedelta(seconds=1)
    with desk.store.begin() as tx:
        news = [NewDelivery("desk", f"a{n}", Alert(MessageKind.ALERT, f"Title {n}"), held_until=now) for n in range(2)]
        members = [tx.add_delivery(new, now) for new in news]
        digest = NewDelivery("desk", "d", Alert(MessageKind.DIGEST, "2 alerts"), expires_at=gone)
        tx.add_digest(digest, [each for each in members if each], now)
        assert len(tx.expire_deliveries(now)) == 1
        assert [row.state for row in tx.deliveries()] == ["dead"] * 3
        assert [row.alert.headline for row in tx.given_up(gone)] == ["2 alerts"]
    ((_, *lines),) = await heard(desk)
    assert lines == ["3 → desk: 2 alerts (expired)", "monitor alerts --replay ID sends one again"]


async def test_a_bad_configuration_is_told_with_its_line(desk: PipelineHarness, clock: FixedClock) -> None:
    await heard(desk)
    desk.housekeeping.bad_config("config.yaml:3:5: sources: no url")  # told at once, though a look has just been
    assert [line for _, line in await heard(desk)] == ["config.yaml:3:5: sources: no url"]
    clock.pass_(20)
    desk.housekeeping.bad_config(None)  # and so is its end
    assert await heard(desk) == [("The configuration is valid again", "Over after 20 s")]


async def test_a_full_disk_rings_at_its_limit_and_clears_above_it(desk: PipelineHarness, clock: FixedClock) -> None:
    told = []
    for free in (2 * GB, int(0.99 * GB), int(1.2 * GB), int(0.9 * GB), int(1.3 * GB), int(1.3 * GB)):
        desk.disk = Disk("/srv", 100 * GB, free)
        told.append([headline for headline, _ in await heard(desk)])
        clock.pass_(301)
    assert told == [[], ["The disk is nearly full"], [], ["The disk is nearly full"], [], ["The disk has room"]]
    assert len([row for row in desk.rows() if row.channel == "admin:7"]) == 1, "one message, edited"


async def test_delivery_that_is_behind(desk: PipelineHarness, clock: FixedClock) -> None:
    with desk.store.begin() as tx:
        tx.add_delivery(NewDelivery("desk", "a", Alert(MessageKind.ALERT, "Title")), clock.now())
    assert await heard(desk) == []
    clock.pass_(timedelta(minutes=12).total_seconds())
    assert await heard(desk) == [("Delivery is behind", "The oldest message has waited for 12 min: monitor status")]


async def test_what_was_said_outlives_a_restart(desk: PipelineHarness, clock: FixedClock) -> None:
    desk.disk = Disk("/srv", 100 * GB, GB // 2)
    assert len(await heard(desk)) == 1
    again = PipelineHarness(desk.store, clock)
    again.disk = desk.disk
    assert await heard(again) == []


async def test_rhythms_are_read_by_and_by_after_a_start(
    desk: PipelineHarness, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of sources that are known to be silent first, and the next look comes at once until all are known."""
    names = [f"Source {number}" for number in range(5)]
    with desk.store.begin() as tx:
        tx.sync_sources(
            [Source(name, f"https://{number}.example/rss") for number, name in enumerate(names)], clock.now()
        )
        ids = {state.source.name: state.id for state in tx.source_states()}
        for name, ident in ids.items():
            tx.record_poll(record(ident, entry(name), at=clock.now(), next_poll_at=clock.now()))
        silent = Incident("silence", "Source 3", "Source 3: nothing new")
        log, _ = incidents.review(IncidentLog(), [silent], clock.now())
        tx.save_incident_log(tx.incident_log(), log)
    asked: list[list[int]] = []

    def rhythms(_tx: object, source_ids: list[int], _since: object) -> dict[int, Rhythm]:
        asked.append(source_ids)
        return {}

    monkeypatch.setattr("monitor.store.health.Health.rhythms", rhythms)
    monkeypatch.setattr(health, "_ASKED", 2)
    clock.pass_(2 * 3600)
    for _ in range(5):
        await desk.housekeeping.tick()
    assert asked == [
        [ids["Source 3"], ids["Source 0"]],
        [ids["Source 1"], ids["Source 2"]],
        [ids["Source 4"]],
    ]
    clock.pass_(health.EVERY)
    await desk.housekeeping.tick()
    assert len(asked) == 3
