"""/trends and /backtest: what the archive tells, in chat."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.clock import FixedClock
from doubles.command_harness import CommandHarness, at

from monitor.model import Article, Fact, Relation
from monitor.model.trends import Subject, SubjectKind, TrendTime

DPRK, ARMS = Subject(SubjectKind.ENTITY, "DPRK"), Subject(SubjectKind.WATCHLIST, "DPRK arms")
ARTICLE = Article(
    "https://news.example/a", "Удар", "Запустили балістичну ракету.", "Ukrinform", "uk", key="a", seen_at=at(1)
)


def keep(
    desk: CommandHarness, key: str, hours: float, *subjects: Subject, text: str = "Запустили балістичну ракету."
) -> None:
    made = replace(ARTICLE, key=key, title=f"Заголовок {key}", text=text, seen_at=at(hours))
    with desk.store.begin() as tx:
        ident = tx.add_article(made)
        story = tx.join_story(tx.create_story(at(hours), ident), ident, Relation.FIRST, (), at(hours))
        tx.keep_mentions(ident, story, TrendTime.of(made, "UTC"), dict.fromkeys(subjects, 1))


def burst(desk: CommandHarness) -> None:
    keep(desk, "first", 240)
    keep(desk, "old", 150, DPRK, ARMS)
    for number in range(8):
        keep(desk, f"new{number}", 1 + number / 60, DPRK)


async def test_watchlists_and_busy_entities(desk: CommandHarness) -> None:
    burst(desk)
    told = await desk.ask("/trends", admin=False)
    lines = told.split("\n")
    assert lines[0].startswith("New stories a day, since ")
    assert "DPRK arms · 1 story" in lines
    assert "@DPRK · 9 stories" in lines
    assert any(line.endswith("8, usually 0.2") or ": 8, usually 0." in line for line in lines)
    assert max(len(line) for line in lines if line and line[0] in " ·▁█") <= 30
    assert "still being counted" in told
    with desk.store.begin() as tx:
        tx.put(Fact.TRENDS_COUNTED, "0")
    assert "still being counted" not in await desk.ask("/trends")


@pytest.mark.parametrize(
    ("asked", "head"),
    [
        ("/trends @КНДР 24h", "New stories by the hour, since"),
        ("/trends DPRK arms 200d", "New stories a week, since"),
        ("/trends DPRK 30d", "New stories a day, since"),
    ],
)
async def test_one_subject_and_a_time(desk: CommandHarness, asked: str, head: str) -> None:
    burst(desk)
    told = await desk.ask(asked)
    assert told.startswith(head)
    assert told.count(" · ") == 1


async def test_the_picture_shows_what_the_lines_tell(desk: CommandHarness) -> None:
    burst(desk)
    answer = await desk.answer("/trends @DPRK")
    assert answer is not None
    assert answer.picture is not None
    assert answer.picture().startswith(b"\x89PNG")
    nothing = await desk.answer("/trends DPRK armz")
    assert nothing is not None
    assert nothing.picture is None


async def test_unknown_names_and_an_empty_archive(desk: CommandHarness) -> None:
    assert await desk.ask("/trends") == "Nothing is counted yet."
    told = await desk.ask("/trends DPRK armz")
    assert told == "There is no watchlist or entity DPRK armz.\nDid you mean DPRK arms?"


async def test_what_the_watchlists_would_have_alerted(desk: CommandHarness) -> None:
    keep(desk, "one", 30)
    keep(desk, "two", 5)
    keep(desk, "none", 3, text="Нічого.")
    told = await desk.ask('/backtest "DPRK arms"', admin=False)
    assert told.startswith("2 alerts since ")
    assert "DPRK arms · 2 alerts" in told
    assert "terms: балістична ракета 2" in told
    assert "Заголовок two" in told
    assert "1 alert since" in await desk.ask("/backtest dprk ARMS 24h")
    assert "There is no watchlist" in await desk.ask("/backtest DPRK armz")


async def test_a_term_that_never_rang_is_told_with_what_the_archive_has(desk: CommandHarness) -> None:
    desk.path.write_text(desk.path.read_text(encoding="utf-8").replace("sanctions,", "Zelenskyy,"), encoding="utf-8")
    desk.reload()
    with desk.store.begin() as tx:
        tx.begin_index()
    keep(desk, "one", 30, text="Zelensky spoke.")
    told = await desk.ask('/backtest "DPRK arms"')
    assert "Zelenskyy: the archive has Zelensky" in told.split("\n")


async def test_a_backtest_that_takes_too_long_tells_how_far_it_came(desk: CommandHarness) -> None:
    keep(desk, "one", 30)
    keep(desk, "two", 5)
    real = desk.clock.monotonic
    ticks = iter(range(0, 10_000, 10))

    class Slow(FixedClock):
        def monotonic(self) -> float:
            return real() + next(ticks)

    slow = Slow(desk.clock.now())
    desk.desk = replace(desk.desk, clock=slow)
    told = await desk.ask('/backtest "DPRK arms"')
    assert "It took too long" in told
