"""One message for an incident, edited while it lasts and closed when it ends; one summary after an outage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert.incidents import MOVED, PAUSE, REMIND, SETTLED, review
from monitor.alert.operator_notices import EDIT_PAUSE, NoticeChanges, changes, gathered_since, with_event
from monitor.alert.render.telegram import telegram
from monitor.i18n import DEFAULT, alert_phrases
from monitor.model import Alert, Delivery, Incident, IncidentLog, State

NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = Incident("source", "Yonhap", "Yonhap: no answer")
OTHER = Incident("source", "UNIAN", "UNIAN: no answer")
DISK = Incident("disk", "", "/srv: 90 MB free")


@dataclass
class Operator:
    """Keeps an operator's notices as the outbox would, and sends them unless told otherwise."""

    now: datetime = NOW
    log: IncidentLog = field(default_factory=IncidentLog)
    rows: list[Delivery] = field(default_factory=list)
    away: bool = False
    removed: tuple[str, ...] = ()  # sources that are not in the configuration any more

    def look(self, *incidents: Incident, after: timedelta = timedelta()) -> NoticeChanges:
        self.now += after
        self.log, notices = review(
            self.log, incidents, self.now, DEFAULT, lambda each: each.subject not in self.removed
        )
        found = changes(self.rows, notices, self.log, self.now, DEFAULT)
        self.rows = [replace(row, alert=found.amended.get(row.id, row.alert)) for row in self.rows]
        for each in found.new:
            self._write(each.alert, each.reply_to)
        return found

    def happen(self, key: str, headline: str, *lines: str, after: timedelta = timedelta()) -> None:
        self.now += after
        alert, shown_by = with_event(self.rows, key, headline, lines, self.now, DEFAULT)
        if shown_by is None:
            self._write(alert, None)
        else:
            self.rows = [shown_by if row.id == shown_by.id else row for row in self.rows]

    def _write(self, alert: Alert, reply_to: int | None) -> None:
        number = len(self.rows) + 1
        new = Delivery(
            id=number, channel="admin:7", dedupe=f"n{number}", alert=alert, state=State.READY, story_id=None,
            reply_to=reply_to, revision=1, sent_revision=0, attempts=0, due_at=self.now, created_at=self.now,
        )  # fmt: skip
        if not self.away:
            new = replace(new, state=State.SENT, sent_revision=1, message_id=number)
        self.rows.insert(0, new)

    def texts(self) -> list[tuple[str, ...]]:
        """Return what the chat shows, the oldest message first."""
        return [(row.alert.headline, *row.alert.lines) for row in reversed(self.rows)]


def test_one_message_is_edited_while_it_lasts_and_closed() -> None:
    operator = Operator()
    operator.look(DOWN)
    assert operator.look(DOWN, after=MINUTE) == NoticeChanges()
    operator.look(replace(DOWN, line="Yonhap: refuses us"), after=EDIT_PAUSE)
    assert operator.texts() == [("Yonhap fails", "Yonhap: refuses us")]
    operator.look(DOWN, after=2 * EDIT_PAUSE)
    assert operator.texts() == [("Yonhap fails", "Yonhap: no answer (for 31 min)")]
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("Yonhap answers again", "Yonhap: over after 32 min")]
    assert operator.look(after=REMIND) == NoticeChanges(), "what is closed is left"


def test_a_source_that_was_taken_out_of_the_configuration_does_not_answer_again() -> None:
    operator = Operator()
    operator.look(DOWN, OTHER)
    operator.removed = ("Yonhap",)
    operator.look(OTHER, after=MINUTE)
    operator.look(OTHER, after=SETTLED)
    gone = "Yonhap is not in the configuration any more"
    assert operator.texts() == [("UNIAN fails", "UNIAN: no answer", gone)]
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("UNIAN answers again", "UNIAN: over after 7 min", gone)]


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_taken_out_is_told_alone_and_together(*, kept: bool) -> None:
    operator = Operator()
    operator.look(DOWN)
    operator.look(DOWN, OTHER, after=PAUSE)
    operator.removed = ("Yonhap", "UNIAN")
    if not kept:
        operator.rows.clear()
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    gone = [f"{name} is not in the configuration any more" for name in operator.removed]
    expected = [(gone[0],), (gone[1],)] if kept else [("2 names are not in the configuration any more", *gone)]
    assert operator.texts() == expected


def test_the_longer_it_lasts_the_rarer_are_the_edits() -> None:
    operator = Operator()
    operator.look(DOWN)
    edits = sum(len(operator.look(DOWN, after=MINUTE).amended) for _ in range(1439))
    assert 10 < edits < 25, "in a day"


def test_a_clock_that_was_set_back_does_not_stop_the_edits() -> None:
    operator = Operator()
    operator.look(DOWN)
    operator.look(replace(DOWN, line="Yonhap: refuses us"), after=-REMIND)
    assert operator.texts() == [("Yonhap fails", "Yonhap: refuses us")]


def test_of_two_the_message_shows_which_one_is_over() -> None:
    operator = Operator()
    operator.look(OTHER, DOWN)
    assert operator.texts() == [("2 sources fail", "UNIAN: no answer", "Yonhap: no answer")]
    operator.look(DOWN, after=MINUTE)
    operator.look(DOWN, after=SETTLED)
    assert operator.texts() == [("Yonhap fails", "Yonhap: no answer", "UNIAN: over after 1 min")]
    operator.look(OTHER, DOWN, after=PAUSE)
    assert operator.texts()[1:] == [("UNIAN fails", "UNIAN: no answer")], "what fails again rings again"
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [
        ("2 sources answer again", "UNIAN: over after 1 min", "Yonhap: over after 17 min"),
        ("UNIAN answers again", "UNIAN: over after 1 min"),
    ]


def test_a_reminder_rings_in_reply_and_both_are_closed() -> None:
    operator = Operator()
    operator.look(DOWN)
    found = operator.look(DOWN, after=REMIND)
    assert [each.reply_to for each in found.new] == [1]
    assert operator.texts()[1] == ("Still: Yonhap fails", "Yonhap: no answer (for 24 h)")
    operator.look(DOWN, after=REMIND / 3)
    assert operator.texts() == [
        ("Yonhap fails", "Yonhap: no answer"),
        ("Still: Yonhap fails", "Yonhap: no answer (for 32 h)"),
    ], "the newest is kept up to date"
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("Yonhap answers again", "Yonhap: over after 32 h")] * 2


def test_another_version_rings_and_the_end_closes_both() -> None:
    operator = Operator()
    operator.look(Incident("config", "", "line 3", version="3", urgent=True))
    operator.look(Incident("config", "", "line 4", version="4", urgent=True), after=MINUTE)
    assert [text[1] for text in operator.texts()] == ["line 3", "line 4"]
    operator.look(after=MINUTE)
    assert operator.texts() == [("The configuration is valid again", "Over after 2 min")] * 2


def test_several_lines_have_no_duration() -> None:
    operator = Operator()
    dead = Incident("dead", "", "17 → desk: A\nreplay it", urgent=True)
    operator.look(dead)
    operator.look(DISK, dead, after=2 * EDIT_PAUSE)
    assert operator.texts()[0] == ("Alerts could not be delivered", "17 → desk: A", "replay it")


def test_an_end_without_a_message_is_told_by_one_unless_it_is_harmless() -> None:
    operator = Operator()
    operator.look(DOWN, Incident(MOVED, "UNIAN", "UNIAN: has moved"))
    operator.rows = []  # they were given up, or written by an earlier version
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("Yonhap answers again", "Yonhap: over after 1 min")]


def test_a_moved_source_is_closed_by_an_edit() -> None:
    operator = Operator()
    operator.look(Incident(MOVED, "UNIAN", "UNIAN: has moved"))
    assert not operator.look(Incident(MOVED, "UNIAN", "UNIAN: has moved"), after=REMIND).new, "no reminder"
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("UNIAN is polled as configured", "UNIAN: over after 24 h")]


def test_while_nothing_gets_through_one_notice_takes_all() -> None:
    operator = Operator(away=True)
    operator.look(DOWN)
    operator.look(OTHER, DOWN, after=PAUSE)
    assert operator.texts() == [("2 sources fail", "Yonhap: no answer", "UNIAN: no answer")]
    operator.happen("gap:1", "Press: 3 articles refilled", after=MINUTE)
    operator.happen("x", "Delivery needs a look", "desk: one thing", after=MINUTE)
    operator.happen("y", "Delivery needs a look", "desk: another", "and more", after=MINUTE)
    operator.look(DISK, OTHER, DOWN, after=MINUTE)
    operator.look(DISK, OTHER, DOWN, after=REMIND)  # no reminder of what has not rung
    operator.look(DISK, after=MINUTE)
    operator.look(DISK, after=SETTLED)
    (text,) = operator.texts()
    assert text == (
        "4 notices",
        "• 2 sources answer again",
        "Yonhap: over after 24 h",
        "UNIAN: over after 24 h",
        "• Press: 3 articles refilled",
        "• Delivery needs a look",
        "desk: one thing",
        "desk: another",
        "and more",
        "• The disk is nearly full",
        "/srv: 90 MB free (for 24 h)",
    )
    assert gathered_since(operator.rows[0].alert) == NOW
    message = telegram(operator.rows[0].alert, timezone="Europe/Kyiv", now=operator.now)
    assert message.plain.startswith("4 notices since 6 May 10:08\n")


def test_what_failed_and_fails_again_unseen_stands_there_once() -> None:
    operator = Operator(away=True)
    operator.look(DOWN)
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("Yonhap answers again", "Yonhap: over after 1 min")]
    operator.look(DOWN, after=PAUSE)
    assert operator.texts() == [("Yonhap fails", "Yonhap: no answer")]
    assert gathered_since(operator.rows[0].alert) is None


def test_a_reminder_goes_into_a_waiting_notice_of_something_else() -> None:
    operator = Operator()
    operator.look(DOWN)
    operator.away = True
    operator.look(DISK, DOWN, after=REMIND - 2 * MINUTE)
    operator.look(DISK, DOWN, after=2 * MINUTE)
    assert operator.texts() == [
        ("Yonhap fails", "Yonhap: no answer (for 24 h)"),
        (
            "2 notices",
            "• The disk is nearly full",
            "/srv: 90 MB free",
            "• Yonhap fails",
            "Yonhap: no answer (for 24 h)",
        ),
    ]


def test_a_waiting_reminder_stays_one() -> None:
    operator = Operator()
    operator.look(DOWN)
    operator.away = True
    operator.look(DOWN, after=REMIND)
    operator.happen("x", "Delivery needs a look", after=MINUTE)
    assert operator.texts()[1][:2] == ("2 notices", "• Still: Yonhap fails")


def test_a_reminder_of_what_no_message_shows_answers_none() -> None:
    operator = Operator()
    operator.look(DOWN)
    operator.rows = []
    (new,) = operator.look(DOWN, after=REMIND).new
    assert (new.alert.headline, new.reply_to) == ("Still: Yonhap fails", None)


@pytest.mark.parametrize(
    "fate",
    [
        {"state": State.SENT, "sent_revision": 1, "message_id": 5},
        {"state": State.SENDING, "attempts": 1},
        {"state": State.UNKNOWN, "attempts": 1},
        {"created_at": NOW + timedelta(seconds=90)},  # it is about to be sent
    ],
)
def test_what_is_out_or_on_its_way_takes_nothing_new_in(fate: dict[str, object]) -> None:
    operator = Operator(away=True)
    operator.look(DOWN)
    operator.rows = [replace(operator.rows[0], **fate)]  # type: ignore[arg-type]
    operator.happen("x", "Delivery needs a look", after=2 * MINUTE)
    assert operator.texts() == [("Yonhap fails", "Yonhap: no answer"), ("Delivery needs a look",)]


def test_what_was_tried_waits_already() -> None:
    operator = Operator(away=True)
    operator.look(DOWN)
    operator.rows = [replace(operator.rows[0], attempts=1)]
    operator.happen("x", "Delivery needs a look")
    assert operator.texts()[0][0] == "2 notices"


def test_a_summary_counts_in_the_operators_language() -> None:
    operator = Operator(away=True)
    operator.happen("x", "Затримка")
    _, shown_by = with_event(operator.rows, "y", "Диск", (), NOW + MINUTE, alert_phrases("uk"))
    assert shown_by is not None
    assert (shown_by.alert.headline, shown_by.alert.wording) == ("2 повідомлення", "uk")


def test_what_ends_before_its_other_version_was_told_is_closed() -> None:
    operator = Operator()
    operator.look(DOWN)
    operator.look(replace(DOWN, line="Yonhap: its polls have stopped", version="stopped"), after=MINUTE)
    assert len(operator.rows) == 1, "notices of a kind are apart"
    operator.look(after=MINUTE)
    operator.look(after=SETTLED)
    assert operator.texts() == [("Yonhap answers again", "Yonhap: over after 2 min")]
    assert operator.log.open == {}


def test_another_version_rings_once_the_pause_is_over() -> None:
    operator = Operator()
    stopped = replace(DOWN, line="Yonhap: its polls have stopped", version="stopped")
    operator.look(DOWN)
    operator.look(stopped, after=MINUTE)
    found = operator.look(stopped, after=PAUSE)
    assert [each.alert.lines for each in found.new] == [("Yonhap: its polls have stopped",)]
    assert operator.look(stopped, after=MINUTE) == NoticeChanges()
    assert not operator.look(stopped, after=PAUSE).new
