"""Members who are logged in to the page are so as long as they are in their chat."""

from __future__ import annotations

import json

import pytest
from doubles.bot_harness import BotHarness
from doubles.command_harness import ADMIN, CHAT, MEMBER
from doubles.telegram import TelegramDouble

from monitor.bot.members import EVERY, MemberCheck
from monitor.bot.updates import has_left
from monitor.model import WebKeyKind
from monitor.pipeline.web_access import new_key, store_key

pytestmark = pytest.mark.network

OTHER_CHAT = -1009


async def left(harness: BotHarness, chat: int | None, *, user: int = MEMBER, admin: bool = False) -> int:
    """Return how many keys are left of a link, a session and a token once members were looked at."""
    await harness.end()
    with harness.store.begin() as tx:
        for kind in (WebKeyKind.LINK, WebKeyKind.SESSION, WebKeyKind.API):
            made = new_key(kind, user_id=user, name="Bob", admin=admin, now=harness.clock.now(), chat=chat)
            store_key(tx, made)
    bot = harness.bot()
    assert await MemberCheck(bot.api, bot.handler).turn() == EVERY
    await bot.api.close()
    with harness.store.begin() as tx:
        return len(tx.web_keys(harness.clock.now()))


@pytest.mark.parametrize(
    ("status", "inside", "count"),
    [
        ("member", True, 3),
        ("administrator", True, 3),
        ("creator", True, 3),
        ("restricted", True, 3),
        ("restricted", False, 1),
        ("left", True, 1),
        ("kicked", True, 1),
        (None, True, 1),  # never was
    ],
)
async def test_whoever_is_not_in_the_chat_any_more_is_logged_out(
    harness: BotHarness, api: TelegramDouble, status: str | None, inside: bool, count: int
) -> None:
    chat = api.chats.get(CHAT)
    chat.restricted_inside = inside
    if status is not None:
        chat.members[MEMBER] = status
    assert await left(harness, CHAT) == count
    assert len(api.called("getChatMember")) == 1, "of link and session together"


async def test_a_chat_that_the_bot_or_the_configuration_has_left_logs_its_members_out(
    harness: BotHarness, api: TelegramDouble
) -> None:
    assert await left(harness, OTHER_CHAT) == 1
    assert api.called("getChatMember") == []
    api.chats.get(CHAT).state = "kicked"
    assert await left(harness, CHAT) == 2


async def test_admins_and_their_own_chats_are_not_asked_about(harness: BotHarness, api: TelegramDouble) -> None:
    assert await left(harness, None, user=ADMIN, admin=True) == 3
    assert await left(harness, MEMBER) == 4, "a private chat that is not configured"
    harness.desk.path.write_text(
        harness.desk.path.read_text("utf-8").replace(
            "channels:\n", f"channels:\n  bob: {{telegram: {{chat: {MEMBER}}}}}\n"
        ),
        "utf-8",
    )
    harness.desk.reload()
    assert await left(harness, MEMBER) == 7
    assert api.called("getChatMember") == []


async def test_whoever_cannot_be_asked_about_stays(harness: BotHarness, api: TelegramDouble) -> None:
    await api.stop()
    assert await left(harness, CHAT) == 3


async def test_a_running_bot_looks_by_itself(harness: BotHarness) -> None:
    await harness.end()
    with harness.store.begin() as tx:
        made = new_key(WebKeyKind.SESSION, user_id=MEMBER, name="Bob", admin=False, now=harness.clock.now(), chat=CHAT)
        store_key(tx, made)
    harness.listen()
    await harness.until(lambda: _keys(harness), lambda keys: not keys)


async def test_whoever_leaves_a_group_is_logged_out_at_once(harness: BotHarness, api: TelegramDouble) -> None:
    await harness.end()
    chat = api.chats.get(CHAT)
    chat.members[MEMBER] = "member"
    with harness.store.begin() as tx:
        made = new_key(WebKeyKind.SESSION, user_id=MEMBER, name="Bob", admin=False, now=harness.clock.now(), chat=CHAT)
        store_key(tx, made)
    harness.listen()
    await harness.until(lambda: api.called("getChatMember"), bool)
    assert _keys(harness)
    chat.members[MEMBER] = "left"
    api.leave(CHAT, MEMBER)
    await harness.until(lambda: _keys(harness), lambda keys: not keys)


@pytest.mark.parametrize(
    ("update", "left"),
    [
        ({"message": {"left_chat_member": {"id": 8}}}, True),
        ({"my_chat_member": {"new_chat_member": {"status": "kicked"}}}, True),
        ({"my_chat_member": {"new_chat_member": {"status": "member"}}}, False),
        ({"message": {"text": "left_chat_member"}}, False),
        ({"callback_query": {}}, False),
        ({"message": None}, False),
        ([], False),
    ],
)
def test_an_update_says_that_somebody_has_left(update: object, *, left: bool) -> None:
    assert has_left(json.dumps(update)) is left
    assert not has_left("{")


def _keys(harness: BotHarness) -> list[object]:
    with harness.store.begin() as tx:
        return [*tx.web_keys(harness.clock.now())]
