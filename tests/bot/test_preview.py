"""/add and /remove show what they would do, and do it when the button below is pressed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from doubles.bot_harness import BotHarness
from doubles.command_harness import ADMIN, CHAT, MEMBER, CommandHarness, at, plain

from monitor.bot.context import Answer
from monitor.model import Alert, Article, Delivery, MessageKind, NewDelivery, Relation
from monitor.store import Database

ARTICLE = Article("https://news.example/a", "Удар", "Запустили балістичну ракету.", "Ukrinform", "uk", key="a")


def keep(store: Database, key: str, hours: float, text: str) -> int:
    made = replace(ARTICLE, key=key, title=f"Заголовок {key}", text=text, seen_at=at(hours))
    with store.begin() as tx:
        ident = tx.add_article(made)
        return tx.join_story(tx.create_story(at(hours), ident), ident, Relation.FIRST, (), at(hours))


async def proposed(desk: CommandHarness, text: str) -> Answer:
    found = await desk.answer(text, confirmed=False)
    assert found is not None
    return found


async def test_an_added_term_is_tried_before_it_is_written(desk: CommandHarness) -> None:
    before = desk.path.read_bytes()
    keep(desk.store, "one", 30, "Запустили балістичну ракету.")
    keep(desk.store, "two", 5, "Докери оголосили страйк у порту.")
    found = await proposed(desk, "/add dprk arms докер")
    lines = plain(found).split("\n")
    assert lines[0] == "Add докер to DPRK arms?"
    assert lines[1].endswith("it would have rung 2 times instead of 1 time.")
    assert lines[2:4] == ["New: Заголовок two", "«Докери оголосили страйк у порту.»"]
    assert any(line.startswith("It finds: ") for line in lines)
    assert found.proposal == "/add dprk arms докер"
    assert desk.path.read_bytes() == before
    assert "Added to DPRK arms: докер" in await desk.ask(found.proposal)
    assert desk.path.read_bytes() != before


async def test_a_removed_term_shows_what_rings_no_more_and_what_people_thought(desk: CommandHarness) -> None:
    story = keep(desk.store, "one", 30, "Запустили балістичну ракету.")
    with desk.store.begin() as tx:
        alert = Alert(MessageKind.ALERT, "x", watchlist="DPRK arms")
        row = tx.add_delivery(NewDelivery("desk", "alert:a1:DPRK arms:desk", alert, story_id=story), desk.clock.now())
        assert row is not None
        tx.save_feedback(row, 7, useful=False, now=desk.clock.now())
    found = await proposed(desk, '/remove "DPRK arms" балістична ракета')
    told = plain(found)
    assert told.startswith("Take балістична ракета out of DPRK arms?")
    assert "it would have rung 0 times instead of 1 time." in told
    assert "No more: Заголовок one" in told
    assert "Of 1 rated alerts it keeps 0 of 0 👍 and drops 1 of 1 👎." in told


async def test_without_stored_articles_it_asks_all_the_same(desk: CommandHarness) -> None:
    found = await proposed(desk, "/add DPRK arms докер")
    assert "no stored article yet" in plain(found)
    assert found.proposal


async def test_what_cannot_be_done_is_not_proposed(desk: CommandHarness) -> None:
    for text in ("/add DPRK arms sanctions", "/remove DPRK arms nosuch", "/add nosuch x", "/add"):
        found = await proposed(desk, text)
        assert found.proposal is None


@pytest.mark.network
async def test_the_button_does_it_once(harness: BotHarness) -> None:
    keep(harness.store, "two", 5, "Докери оголосили страйк у порту.")
    message = await ask(harness, "/add dprk arms докер", "Add докер to DPRK arms?")
    buttons = [button["text"] for line in message["markup"]["inline_keyboard"] for button in line]
    assert buttons == ["Add", "Cancel"]
    row = await proposal(harness)
    assert "Only admins" in await harness.popup(harness.press(row, "apply", MEMBER))
    assert await harness.popup(harness.press(row, "apply", ADMIN)) == "Being done: see the answer below."
    await harness.said("Added to DPRK arms: докер")
    assert await harness.popup(harness.press(row, "apply", ADMIN)) == "That was done already."


@pytest.mark.network
async def test_cancel_takes_the_question_away(harness: BotHarness) -> None:
    await ask(harness, "/add dprk arms докер", "Add докер to DPRK arms?")
    row = await proposal(harness)
    await harness.popup(harness.press(row, "close", ADMIN))
    await harness.until(lambda: harness.api.called("deleteMessage"), bool)


async def ask(harness: BotHarness, text: str, part: str) -> dict[str, Any]:
    harness.api.say(CHAT, text, ADMIN)
    return await harness.said(part)


async def proposal(harness: BotHarness) -> Delivery:
    """Return the row with the question, once its message's id is known."""

    def look() -> list[Delivery]:
        with harness.store.begin() as tx:
            return [row for row in tx.deliveries() if row.alert.proposal and row.message_id is not None]

    found: list[Delivery] = await harness.until(look, bool)
    return found[0]
