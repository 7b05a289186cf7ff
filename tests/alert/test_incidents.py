"""What operators are told: once, again after a day, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.alert.incidents import PAUSE, REMIND, SETTLED, OperatorNotice, review
from monitor.i18n import alert_phrases
from monitor.model import Incident, IncidentLog

NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = Incident("source", "Yonhap", "Yonhap: no answer")


class Operator:
    """Gets notices as time goes by."""

    def __init__(self) -> None:
        self.now = NOW
        self.log = IncidentLog()

    def hear(self, *incidents: Incident, after: timedelta = timedelta()) -> list[OperatorNotice]:
        self.now += after
        self.log, notices = review(self.log, incidents, self.now)
        return notices

    def headlines(self, *incidents: Incident, after: timedelta = timedelta()) -> list[str]:
        return [notice.headline for notice in self.hear(*incidents, after=after)]


def test_an_incident_is_told_once_reminded_of_and_cleared() -> None:
    operator = Operator()
    assert operator.hear(DOWN) == [OperatorNotice("Yonhap fails", ("Yonhap: no answer",))]
    assert operator.hear(DOWN, after=MINUTE) == []
    assert operator.hear(DOWN, after=REMIND) == [
        OperatorNotice("Still: Yonhap fails", ("Yonhap: no answer (for 24 h)",)),
    ]
    assert operator.hear(DOWN, after=REMIND - MINUTE) == []
    assert operator.headlines(DOWN, after=MINUTE) == ["Still: Yonhap fails"]
    assert operator.hear(after=MINUTE) == []
    assert operator.hear(after=SETTLED) == [OperatorNotice("Yonhap answers again", ("Yonhap: over after 2 d",))]
    assert operator.hear(after=REMIND) == []
    assert operator.log == IncidentLog()


def test_what_comes_and_goes_rings_once() -> None:
    operator = Operator()
    operator.hear(DOWN)
    for _ in range(20):
        assert operator.hear(after=SETTLED / 2) == []
        assert operator.hear(DOWN, after=SETTLED / 2) == []


def test_an_edit_that_is_put_right_is_told_at_once() -> None:
    operator = Operator()
    operator.hear(Incident("config", "", "config.yaml:9:15: a mistake"))
    assert operator.hear(after=MINUTE) == [OperatorNotice("The configuration is valid again", ("Over after 1 min",))]
    assert operator.log.open == {}


def test_sources_that_fail_together_are_told_together() -> None:
    sources = [Incident("source", f"S{number:02}", f"S{number:02}: no answer") for number in range(20)]
    operator = Operator()
    assert operator.headlines(sources[0]) == ["S00 fails"]
    assert operator.hear(*sources[:7], after=MINUTE) == []
    (notice,) = operator.hear(*sources, after=PAUSE)
    assert notice.headline == "19 sources fail"
    assert notice.lines[:2] == ("S01: no answer", "S02: no answer")
    assert notice.lines[-1] == "and 7 more: monitor status"
    assert len(notice.lines) == 13
    assert operator.hear(*sources, after=PAUSE) == []
    operator.hear()
    (over,) = operator.hear(after=SETTLED)
    assert over.headline == "20 sources answer again"


def test_what_ended_before_it_was_told_is_never_told() -> None:
    operator = Operator()
    operator.hear(DOWN)
    assert operator.hear(DOWN, Incident("source", "X", "X: no answer"), after=MINUTE) == []
    assert operator.hear(DOWN, after=MINUTE) == []
    assert operator.hear(DOWN, after=PAUSE) == []
    assert operator.hear(DOWN, after=SETTLED) == []


def test_another_version_is_told_at_once() -> None:
    operator = Operator()

    def bad(line: str) -> Incident:
        return Incident("config", "", line, version=line, urgent=True)

    assert operator.hear(bad("line 3")) == [
        OperatorNotice("The edited configuration is not valid: the last good one stays", ("line 3",))
    ]
    assert operator.hear(bad("line 3"), after=MINUTE) == []
    assert len(operator.hear(bad("line 4"), after=MINUTE)) == 1
    assert operator.headlines() == ["The configuration is valid again"]


def test_a_clock_that_goes_back_neither_rings_nor_hides_for_ever() -> None:
    operator = Operator()
    operator.hear(DOWN)
    assert operator.hear(DOWN, after=-REMIND) == []
    other = Incident("source", "X", "X: no answer")
    assert operator.headlines(DOWN, other, after=MINUTE) == ["X fails"], (
        "what was said in the future holds nothing back"
    )


def test_several_lines_are_several_lines() -> None:
    operator = Operator()
    (notice,) = operator.hear(
        Incident("dead", "", "17 → desk: A\nmonitor alerts --replay ID sends one again", urgent=True)
    )
    assert notice == OperatorNotice(
        "Alerts could not be delivered", ("17 → desk: A", "monitor alerts --replay ID sends one again")
    )


def test_a_kind_that_a_newer_version_opened_is_left_out() -> None:
    log, _ = review(IncidentLog(), [DOWN], NOW)
    (known,) = log.open.values()
    other = replace(known, incident=replace(DOWN, kind="weather"))
    after, notices = review(IncidentLog({known.key: known, other.key: other}), [DOWN], NOW + SETTLED)
    assert (after.open, notices) == ({known.key: known}, [])


def test_kinds_do_not_mix() -> None:
    operator = Operator()
    incidents: Sequence[Incident] = [DOWN, Incident("disk", "", "/srv: 90 MB free"), Incident("behind", "", "12 min")]
    assert operator.headlines(*incidents) == ["Yonhap fails", "The disk is nearly full", "Delivery is behind"]


def test_notices_are_written_in_the_language_that_is_asked_for() -> None:
    ukrainian = alert_phrases("uk")
    down = [Incident("source", name, f"{name}: немає відповіді") for name in ("Yonhap", "Ukrinform")]
    log, notices = review(IncidentLog(), down, NOW, ukrainian)
    assert [notice.headline for notice in notices] == ["Не працюють 2 джерела"]
    log, notices = review(log, down[:1], NOW + REMIND, ukrainian)
    assert notices == [
        OperatorNotice("Досі: Yonhap: джерело не працює", ("Yonhap: немає відповіді (уже 24 год)",)),
    ]
    _, notices = review(log, down[:1], NOW + REMIND + SETTLED, ukrainian)
    assert notices == [OperatorNotice("Ukrinform: джерело знову працює", ("Ukrinform: минуло, тривало 24 год",))]
