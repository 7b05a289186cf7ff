"""Hand-overs that are written every morning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from doubles.policy_harness import PolicyHarness

from monitor.model import Act, ActKind, Channel, MessageKind, MuteKind, Severity, Watchlist
from monitor.pipeline.shifts import shift_report, write_hand_overs

EARLY = datetime(2023, 11, 9, 5, 30, tzinfo=UTC)  # 07:30 in Kyiv


def harness(*times: str) -> PolicyHarness:
    desk = Channel("desk", "telegram", language="uk", timezone="Europe/Kyiv", shift=times)
    made = PolicyHarness([Watchlist("arms", notify=("desk",))], [desk, Channel("other", "telegram")])
    made.clock.wall = EARLY
    return made


def write(made: PolicyHarness) -> int:
    with made.store.begin() as tx:
        return write_hand_overs(tx, made.rules, made.clock.now())


def test_one_is_written_when_its_time_has_come() -> None:
    made = harness("08:00", "20:00")
    story = made.story("Rockets", "arms")
    made.tick()
    assert write(made) == 0
    made.clock.pass_(1800)
    assert (write(made), write(made)) == (1, 0)
    (row,) = [row for row in made.rows() if row.dedupe.startswith("shift:")]
    assert (row.alert.kind, row.alert.wording, row.dedupe) == (MessageKind.ANSWER, "uk", "shift:desk:2023-11-09T08:00")
    assert [line[0].text for line in row.alert.body][:2] == [
        "Передавання зміни: від 8 лист. 20:00", "Надійшло 1 сповіщення"
    ]  # fmt: skip
    made.clock.pass_(12 * 3600)
    with made.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(story), None, 7)
        tx.mute(MuteKind.WATCHLIST, "arms", None, 7)
    assert write(made) == 1
    with made.store.begin() as tx:
        report = shift_report(tx, None, made.clock.now() - timedelta(hours=1), made.clock.now())
        assert (report.rang, report.muted) == ([], [("Rockets", None), ("arms", None)])


def test_none_is_written_late_and_none_where_nobody_wants_one() -> None:
    made = harness("05:00")
    assert write(made) == 0
    made.clock.pass_(24 * 3600 - 1800)
    assert write(made) == 1
    quiet = harness()
    quiet.channels = [replace(quiet.channels[0], shift=())]
    assert write(quiet) == 0


def test_an_alert_that_another_ones_message_carries_is_no_second_one() -> None:
    """As of a closed topic, whose chat gets it anyway; who acknowledges that message acknowledges all of it."""
    made = PolicyHarness(
        [Watchlist("arms", severity=Severity.CRITICAL, notify=("desk", "other"))],
        [Channel("desk", "telegram"), Channel("other", "telegram")],
    )
    made.away = True
    made.story("Rockets", "arms")
    now = made.clock.now()
    root, topic = (next(row for row in made.rows() if row.channel == name) for name in ("desk", "other"))
    with made.store.begin() as tx:
        assert tx.claim_delivery(["other"], "lane", now) is not None
        tx.carry_delivery(topic.id, root, now)
    made.away = False
    made.tick()
    with made.store.begin() as tx:
        report = shift_report(tx, None, now - timedelta(hours=1), now)
        assert [row.id for row in report.rang] == [row.id for row in report.unanswered] == [root.id]
        known = tx.delivery(root.id)
        assert known is not None
        acked = replace(known.alert, acts=(Act(ActKind.ACK, 7, "Ann", now),))
        tx.amend_delivery(root.id, acked, now)
        for channels in (None, ["other"]):
            assert shift_report(tx, channels, now - timedelta(hours=1), now).unanswered == []
