"""Every answer as the strict double of the Bot API takes it: accepted at once, harmless, in two languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles.botdesk import ADMIN, CHAT, CONFIG
from doubles.botoffice import BotOffice
from doubles.botoffice import opened as open_office
from doubles.telegram import TelegramDouble

from monitor.model import Article, MessageKind, State
from monitor.store import open_store

pytestmark = pytest.mark.network

NASTY = "<b>DPRK</b> &amp; tg://user?id=1 @admin /add \u202e🚀"
URL = "https://news.example/a"
COMMANDS = (
    "/status", "/watchlists", "/last 20", "/missed", "/help", "/mute", f'/mute "{NASTY}" 2h', f"/mute {NASTY[:20]} 2h",
    "/unmute", f'/unmute "{NASTY}"', f"/explain {URL}", "/explain <b>", f'/add "{NASTY}" <i>{NASTY}', f"/add {NASTY}",
    f'/remove "{NASTY}" <zzz>', f"/frob@double_bot {NASTY}",
)  # fmt: skip


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[BotOffice]:
    store = open_store("sqlite://")
    async with TelegramDouble() as api, open_office(api, store, tmp_path) as made:
        made.desk.path.write_text(CONFIG.replace("DPRK arms", f"'{NASTY}'"), encoding="utf-8")
        made.desk.reload()
        yield made
    store.close()


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("commands", [COMMANDS[:8], COMMANDS[8:]])
async def test_every_answer_is_taken_at_the_first_try(
    office: BotOffice, language: str, commands: tuple[str, ...]
) -> None:
    office.desk.pages[URL] = lambda: Article(
        URL, NASTY, f"{NASTY}. КНДР і балістична ракета {NASTY}.", NASTY, "uk", published=office.desk.clock.now()
    )
    await office.alert(NASTY, watchlist=NASTY)
    for command in commands:
        office.api.say(CHAT, command, ADMIN, language=language)
    await office.idle()
    with office.store.begin() as tx:
        rows = [row for row in tx.deliveries() if row.alert.kind is MessageKind.ANSWER]
    assert len(rows) == len(commands)
    for row in rows:
        await office.until(lambda ident=row.id: office.row(ident).state, lambda state: state is State.SENT)  # type: ignore[misc]
        found = office.row(row.id)
        assert (found.repaired, found.error) == (False, None)
    for call in office.api.called("sendMessage"):
        words = re.sub("<code>.*?</code>", "", call["text"])  # no client makes anything of code
        assert call["parse_mode"] == "HTML"
        assert "\u202e" not in words
        assert not re.search(r"tg://|(?<![\w])@admin|<i>|href=\"(?!https://)", words)
