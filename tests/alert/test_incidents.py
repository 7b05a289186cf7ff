"""What operators are told: once, again after a day, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert import incidents
from monitor.alert.incidents import PAUSE, REMIND, SETTLED, Ledger, Trouble, Word, dump, lasted, read, review

NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = Trouble("source", "Yonhap", "Yonhap: no answer")


class Operator:
    """Hears what is said as time goes by; the ledger goes through its stored form each time."""

    def __init__(self) -> None:
        self.now = NOW
        self.stored: str | None = None

    def hear(self, *troubles: Trouble, after: timedelta = timedelta()) -> list[Word]:
        self.now += after
        ledger, words = review(read(self.stored), troubles, self.now)
        self.stored = dump(ledger)
        return words

    def headlines(self, *troubles: Trouble, after: timedelta = timedelta()) -> list[str]:
        return [word.headline for word in self.hear(*troubles, after=after)]


def test_a_trouble_is_told_once_reminded_of_and_cleared() -> None:
    operator = Operator()
    assert operator.hear(DOWN) == [Word("Yonhap fails", ("Yonhap: no answer",))]
    assert operator.hear(DOWN, after=MINUTE) == []
    assert operator.hear(DOWN, after=REMIND) == [
        Word("Still: Yonhap fails", ("Yonhap: no answer (for 24 h)",)),
    ]
    assert operator.hear(DOWN, after=REMIND - MINUTE) == []
    assert operator.headlines(DOWN, after=MINUTE) == ["Still: Yonhap fails"]
    assert operator.hear(after=MINUTE) == []
    assert operator.hear(after=SETTLED) == [Word("Yonhap answers again", ("Yonhap: over after 2 d",))]
    assert operator.hear(after=REMIND) == []
    assert read(operator.stored) == Ledger()


def test_what_comes_and_goes_rings_once() -> None:
    operator = Operator()
    operator.hear(DOWN)
    for _ in range(20):
        assert operator.hear(after=SETTLED / 2) == []
        assert operator.hear(DOWN, after=SETTLED / 2) == []


def test_an_edit_that_is_put_right_is_told_at_once() -> None:
    operator = Operator()
    operator.hear(Trouble("config", "", "config.yaml:9:15: a mistake"))
    assert operator.hear(after=MINUTE) == [Word("The configuration is valid again", ("Over after 1 min",))]
    assert read(operator.stored).open == {}


def test_sources_that_fail_together_are_told_together() -> None:
    sources = [Trouble("source", f"S{number:02}", f"S{number:02}: no answer") for number in range(20)]
    operator = Operator()
    assert operator.headlines(sources[0]) == ["S00 fails"]
    assert operator.hear(*sources[:7], after=MINUTE) == []
    (word,) = operator.hear(*sources, after=PAUSE)
    assert word.headline == "19 sources fail"
    assert word.lines[:2] == ("S01: no answer", "S02: no answer")
    assert word.lines[-1] == "and 7 more: monitor status"
    assert len(word.lines) == 13
    assert operator.hear(*sources, after=PAUSE) == []
    operator.hear()
    (over,) = operator.hear(after=SETTLED)
    assert over.headline == "20 sources answer again"


def test_what_ended_before_it_was_told_is_never_told() -> None:
    operator = Operator()
    operator.hear(DOWN)
    assert operator.hear(DOWN, Trouble("source", "X", "X: no answer"), after=MINUTE) == []
    assert operator.hear(DOWN, after=MINUTE) == []
    assert operator.hear(DOWN, after=PAUSE) == []
    assert operator.hear(DOWN, after=SETTLED) == []


def test_another_version_is_told_at_once() -> None:
    operator = Operator()

    def bad(line: str) -> Trouble:
        return Trouble("config", "", line, version=line, urgent=True)

    assert operator.hear(bad("line 3")) == [
        Word("The edited configuration is not valid: the last good one stays", ("line 3",))
    ]
    assert operator.hear(bad("line 3"), after=MINUTE) == []
    assert len(operator.hear(bad("line 4"), after=MINUTE)) == 1
    assert operator.headlines() == ["The configuration is valid again"]


def test_a_clock_that_goes_back_neither_rings_nor_hides_for_ever() -> None:
    operator = Operator()
    operator.hear(DOWN)
    assert operator.hear(DOWN, after=-REMIND) == []
    other = Trouble("source", "X", "X: no answer")
    assert operator.headlines(DOWN, other, after=MINUTE) == ["X fails"], (
        "what was said in the future holds nothing back"
    )


def test_several_lines_are_several_lines() -> None:
    operator = Operator()
    (word,) = operator.hear(
        Trouble("dead", "", "17 → desk: A\nmonitor alerts --replay ID sends one again", urgent=True)
    )
    assert word == Word("Alerts could not be delivered", ("17 → desk: A", "monitor alerts --replay ID sends one again"))


def test_a_kind_of_another_version_is_left_out() -> None:
    ledger, _ = review(Ledger(), [DOWN], NOW)
    assert read(dump(ledger).replace('"kind": "source"', '"kind": "weather"')).open == {}
    assert read(dump(ledger)) == ledger


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (40, "40 s"),
        (60, "1 min"),
        (89, "1 min"),
        (3600, "60 min"),
        (5400, "2 h"),
        (86400, "24 h"),
        (6e5, "7 d"),
    ],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == text


def test_kinds_do_not_mix() -> None:
    operator = Operator()
    troubles: Sequence[Trouble] = [DOWN, Trouble("disk", "", "/srv: 90 MB free"), Trouble("behind", "", "12 min")]
    assert operator.headlines(*troubles) == ["Yonhap fails", "The disk is nearly full", "Delivery is behind"]


def test_what_delivery_keeps_is_a_line_by_subject_by_kind() -> None:
    assert incidents.conditions(None) == {}
    kept = '{"topic": {"desk": "desk: messages go to the chat itself"}}'
    assert incidents.conditions(kept) == {incidents.TOPIC: {"desk": "desk: messages go to the chat itself"}}


@pytest.mark.parametrize("days", [400, -400])
def test_a_wall_clock_that_was_set_makes_nothing_longer_ago(days: int) -> None:
    operator, step = Operator(), timedelta(days=days)
    operator.hear(DOWN)
    operator.hear(after=MINUTE)
    operator.stored = dump(incidents.moved(read(operator.stored), step.total_seconds()))
    operator.now += step
    assert operator.headlines(after=SETTLED - MINUTE) == []
    other = Trouble("source", "KCNA", "KCNA: no answer")
    assert operator.headlines(other, after=MINUTE) == ["Yonhap answers again"], "its kind was spoken of just now"
    assert operator.headlines(other, after=PAUSE) == ["KCNA fails"]
