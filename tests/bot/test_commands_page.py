"""/web: who gets a link, and where."""

from __future__ import annotations

import re

from doubles.command_harness import ADMIN, CHAT, MEMBER, CommandHarness

from monitor.model import SignOfLife, WebKeyKind
from monitor.pipeline.web_access import digest


async def test_an_admin_gets_a_link_in_private_and_ends_all_sessions(desk: CommandHarness) -> None:
    assert "private chat" in await desk.ask("/web")
    with desk.store.begin() as tx:
        tx.save_sign_of_life(SignOfLife("x", 1, "host", "boot", 1.0, ok=True, web="127.0.0.1:8123"))
    found = re.search(r"http://127\.0\.0\.1:8123/login/(\S+)", await desk.ask("/web", private=True))
    assert found is not None
    with desk.store.begin() as tx:
        key = tx.web_key(digest(found[1]), WebKeyKind.LINK, desk.clock.now())
        assert key is not None
        assert (key.user_id, key.name, key.admin) == (ADMIN, "Ann", True)
    assert "logged out" in await desk.ask("/web off")
    with desk.store.begin() as tx:
        assert tx.web_keys(desk.clock.now()) == []


async def test_members_get_one_where_they_may(desk: CommandHarness) -> None:
    assert "web.members" in await desk.ask("/web", admin=False, user_id=MEMBER)
    desk.path.write_text(
        desk.path.read_text("utf-8") + "web: {members: true, public_url: 'https://m.example'}\n", "utf-8"
    )
    desk.reload()
    answer = await desk.answer("/web", admin=False, user_id=MEMBER)
    assert answer is not None
    assert answer.lines[1][0].url is not None
    with desk.store.begin() as tx:
        assert [(key.admin, key.chat) for key in tx.web_keys(desk.clock.now())] == [(False, CHAT)]
    desk.path.write_text(desk.path.read_text("utf-8").replace("public_url: 'https://m.example'", "listen: ''"), "utf-8")
    desk.reload()
    assert "no page" in await desk.ask("/web", admin=False, user_id=MEMBER)
