"""/search: the archive in chat."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.clock import FixedClock
from doubles.command_harness import ADMIN, CommandHarness, at, plain

from monitor.model import Article, Relation

ARTICLE = Article(
    "https://news.example/a",
    "Удар по порту",
    "Погода суха. Балістичні ракети влучили в порт, кажуть у Сеулі. Інше.",
    "Ukrinform",
    "uk",
    key="a",
    seen_at=at(1),
)


def keep(desk: CommandHarness, *articles: Article, story: int | None = None) -> None:
    for one in articles:
        with desk.store.begin() as tx:
            ident = tx.add_article(one)
            tx.join_story(
                story or tx.create_story(desk.clock.now(), ident), ident, Relation.FIRST, (), desk.clock.now()
            )


async def test_the_newest_stories_with_their_sentences(desk: CommandHarness) -> None:
    keep(desk, replace(ARTICLE, key="old", title="Раніше", seen_at=at(30)), ARTICLE)
    found = await desk.answer('/search "балістична ракета"', admin=False)
    assert found is not None
    lines = plain(found).split("\n")
    assert [lines[0], lines[2], lines[3], lines[5]] == [
        "Удар по порту",
        "«Балістичні ракети влучили в порт, кажуть у Сеулі.»",
        "Раніше",
        "«Балістичні ракети влучили в порт, кажуть у Сеулі.»",
    ]
    assert lines[1] == "Ukrinform · uk · 08:00 · Story 2"
    assert lines[4].endswith("Story 1")
    assert "Балістичні ракети" in {run.text for line in found.lines for run in line if run.bold}
    assert found.lines[0][0].url == "https://news.example/a"


async def test_one_result_a_story_and_the_time_narrows(desk: CommandHarness) -> None:
    keep(desk, ARTICLE)
    keep(desk, replace(ARTICLE, key="b", title="Друга"), story=1)
    keep(desk, replace(ARTICLE, key="c", title="Давня", seen_at=at(900)))
    everything = await desk.ask("/search порт", admin=False)
    assert everything.count("Story 1") == 1
    assert "Давня" in everything
    assert "Давня" not in await desk.ask("/search порт 3d", admin=False)


async def test_an_admin_gets_the_line_that_watches(desk: CommandHarness) -> None:
    keep(desk, ARTICLE)
    told = await desk.ask("/search порт AND 'o'", admin=True) + await desk.ask("/search порт")
    assert "add to watchlists in config.yaml" in told
    assert "- {name: 'порт', query: 'порт', notify: [desk]}" in told


async def test_the_line_that_watches_names_a_channel_of_the_configuration(desk: CommandHarness) -> None:
    """In an admin's private chat that no channel is of, its own name would be refused in config.yaml."""
    keep(desk, ARTICLE)
    told = await desk.ask("/search порт", channel=f"admin:{ADMIN}", chat_id=ADMIN, private=True)
    assert "notify: [desk]}" in told


async def test_there_may_be_more_or_nothing(desk: CommandHarness) -> None:
    keep(desk, *(replace(ARTICLE, key=f"k{n}", title=f"Порт {n}") for n in range(9)))
    told = await desk.ask("/search порт", admin=False)
    assert "There is more" in told
    assert told.count("Ukrinform") == 6
    assert "Nothing in the archive" in await desk.ask("/search тюлень")


async def test_a_search_that_takes_too_long_says_how_far_it_came(
    desk: CommandHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(desk, *(replace(ARTICLE, key=f"k{n}") for n in range(9)))
    ticks = iter(range(0, 1000, 4))
    monkeypatch.setattr(FixedClock, "monotonic", lambda _: float(next(ticks)))
    assert "It took too long: looked through 4 articles" in await desk.ask("/search тюлень", admin=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/search", "Write a query"),
        ("/search порт AND (", "порт AND ⟶("),
        ("/search @Nowhere", "'Nowhere' is no known entity"),
    ],
)
async def test_what_cannot_be_searched(desk: CommandHarness, text: str, said: str) -> None:
    assert said in await desk.ask(text)


async def test_it_is_answered_in_the_language_of_the_question(desk: CommandHarness) -> None:
    keep(desk, ARTICLE)
    assert "нічого не збігається" in await desk.ask("/search тюлень", language="uk", channel=None)
