"""Pictures follow the answers that they belong to, and keep nothing up."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from doubles.bot_harness import BotHarness
from doubles.command_harness import ADMIN, CHAT
from doubles.telegram import TelegramDouble

from monitor.archive.charts import ChartError
from monitor.bot.context import Answer, CommandRequest
from monitor.model import TextRun

pytestmark = pytest.mark.network

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 1080, 600) + b"rest"


def answering(harness: BotHarness, picture: Callable[[], bytes]) -> None:
    async def respond(request: CommandRequest, _: object) -> Answer:
        return Answer(((TextRun(f"told {request.argument}"),),), picture=picture)

    harness.respond = respond


def photos(api: TelegramDouble) -> list[dict[str, object]]:
    return [line for line in api.ledger.lines if line["do"] == "photo"]


async def test_an_answers_picture_is_sent_silently_in_reply(harness: BotHarness, api: TelegramDouble) -> None:
    answering(harness, lambda: PNG)
    asked = api.say(CHAT, "/trends one", ADMIN)
    (photo,) = await harness.until(lambda: photos(api), bool)
    assert (photo["chat"], photo["reply_to"], photo["bytes"]) == (CHAT, asked, len(PNG))
    assert api.called("sendPhoto")[0]["disable_notification"] in {True, "true"}
    await harness.said("told one")


def refuse() -> bytes:
    raise ChartError("pictures need matplotlib: install the extra `charts`", retryable=False)


@pytest.mark.parametrize("picture", [refuse, lambda: b"no picture"])
async def test_without_a_picture_the_lines_are_there_and_the_next_answer_comes(
    harness: BotHarness, api: TelegramDouble, picture: Callable[[], bytes]
) -> None:
    answering(harness, picture)
    api.say(CHAT, "/trends one", ADMIN)
    await harness.said("told one")
    api.say(CHAT, "/trends two", ADMIN)
    await harness.said("told two")
    assert photos(api) == []
