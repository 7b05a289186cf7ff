"""Every answer as the strict double of the Bot API takes it: accepted at once, harmless, in two languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles.bot_harness import BotHarness
from doubles.bot_harness import opened as open_harness
from doubles.command_harness import ADMIN, CHAT, CONFIG
from doubles.telegram import TelegramDouble

from monitor.model import Article, MessageKind, State
from monitor.store import open_store

pytestmark = pytest.mark.network

NASTY = "<b>DPRK</b> &amp; tg://user?id=1 @admin /add \u202e🚀"
URL = "https://news.example/a"
COMMANDS = (
    "/status", "/watchlists", "/last 20", "/missed", "/help", "/mute", f'/mute "{NASTY}" 2h', f"/mute {NASTY[:20]} 2h",
    "/test", "/unmute", f'/unmute "{NASTY}"', f"/explain {URL}", "/explain <b>", f'/add "{NASTY}" <i>{NASTY}', f"/add {NASTY}",
    f'/remove "{NASTY}" <zzz>', f"/frob@double_bot {NASTY}",
)  # fmt: skip


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[BotHarness]:
    store = open_store("sqlite://")
    async with TelegramDouble() as api, open_harness(api, store, tmp_path) as made:
        made.desk.path.write_text(CONFIG.replace("DPRK arms", f"'{NASTY}'"), encoding="utf-8")
        made.desk.reload()
        yield made
    store.close()


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("commands", [COMMANDS[:9], COMMANDS[9:]])
async def test_every_answer_is_taken_at_the_first_try(
    harness: BotHarness, language: str, commands: tuple[str, ...]
) -> None:
    harness.desk.pages[URL] = lambda: Article(
        URL, NASTY, f"{NASTY}. КНДР і балістична ракета {NASTY}.", NASTY, "uk", published=harness.desk.clock.now()
    )
    await harness.alert(NASTY, watchlist=NASTY)
    for command in commands:
        harness.api.say(CHAT, command, ADMIN, language=language)
    await harness.idle()
    with harness.store.begin() as tx:
        rows = [row for row in tx.deliveries() if row.alert.kind is MessageKind.ANSWER]
    assert len(rows) == len(commands)
    for row in rows:
        await harness.until(lambda ident=row.id: harness.row(ident).state, lambda state: state is State.SENT)  # type: ignore[misc]
        found = harness.row(row.id)
        assert (found.repaired, found.error) == (False, None)
    for call in harness.api.called("sendMessage"):
        words = re.sub("<code>.*?</code>", "", call["text"])  # no client makes anything of code
        assert call["parse_mode"] == "HTML"
        assert "\u202e" not in words
        assert not re.search(r"tg://|(?<![\w])@admin|<i>|href=\"(?!https://)", words)
