"""The way in: links, the password, sessions; and what an attacker makes of them."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from doubles.command_harness import ADMIN, MEMBER
from doubles.page_harness import Browser, PageHarness

from monitor.model import Secret, WebKeyKind
from monitor.pipeline.web_access import new_key, store_key

pytestmark = pytest.mark.network


async def log_in(browser: Browser, path: str, **more: str) -> int:
    token = await browser.csrf(path)
    return (await browser.post(path, {"csrf": token, **more})).status


async def test_whoever_is_not_logged_in_is_sent_to_the_log_in(page: PageHarness) -> None:
    browser = Browser(page.port)
    answer = await browser.get("/account?x=1")
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=/account%3Fx%3D1")
    for path in ("/", "/account", "/board/stories?ids=1", "/events"):
        assert (await browser.get(path)).status == 303
    assert (await browser.get("/nothing")).status == 404
    assert (await browser.get("/board/stories", HX_Request="true")).headers["hx-redirect"] == "/login"
    assert (await browser.post("/logout")).status == 401
    shown = await browser.get("/login")
    assert "monitor web" in shown.text
    assert "/web" in shown.text
    assert "password" not in shown.body.split("</head>")[1]


async def test_a_link_logs_in_once_the_browser_that_was_shown(page: PageHarness) -> None:
    path, browser = page.link(), Browser(page.port)
    for _ in range(2):  # a chat's preview of the link uses nothing up
        shown = await browser.get(path)
        assert shown.status == 200
        assert "Firefox, Linux" in shown.text
        assert "127.0.0.1" in shown.text
        assert "Ann" in shown.text
    assert await log_in(browser, path) == 303
    assert (await browser.get("/")).status == 200
    assert "HttpOnly" in (await _cookie(page))
    other = Browser(page.port)
    assert (await other.get(path)).status == 403, "it was used"
    with page.store.begin() as tx:
        notice = tx.deliveries(channel=f"admin:{ADMIN}")[0].alert
    assert "Firefox, Linux" in notice.lines[0]
    assert "/web off" in notice.lines[0]


async def _cookie(page: PageHarness) -> str:
    path, browser = page.link(), Browser(page.port)
    token = await browser.csrf(path)
    answer = await browser.post(path, {"csrf": token})
    header = answer.headers["set-cookie"]
    assert "SameSite=strict" in header
    assert "Secure" not in header.replace("SameSite", ""), "by plain HTTP a browser would not keep it"
    return header


async def test_behind_a_trusted_proxy_by_tls_the_cookie_is_secure_and_the_address_the_clients(
    page: PageHarness,
) -> None:
    text = page.desk.path.read_text("utf-8")
    forwarded = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.9, 198.51.100.7"}
    path, browser = page.link(), Browser(page.port)
    assert "127.0.0.1" in (await browser.get(path, **forwarded)).text, "nobody is trusted by default"
    page.desk.path.write_text(text + "web: {trusted_proxies: [127.0.0.1]}\n", "utf-8")
    page.desk.reload()
    assert "198.51.100.7" in (await browser.get(path, **forwarded)).text, "what a client wrote itself does not count"
    token = await browser.csrf(path)
    answer = await browser.post(path, {"csrf": token}, **forwarded)
    assert "Secure" in answer.headers["set-cookie"]


async def test_an_old_link_a_guessed_one_and_a_stolen_one_open_nothing(page: PageHarness) -> None:
    path, browser = page.link(), Browser(page.port)
    page.clock.pass_(601)
    assert (await browser.get(path)).status == 403
    assert (await browser.get("/login/guess")).status == 403
    path = page.link()
    token = await Browser(page.port).csrf(path)
    thief = Browser(page.port)
    answer = await thief.post(path, {"csrf": token})
    assert answer.status == 403, "the form belongs to the browser that it was shown to"
    assert len(page.stored()) == 1, "the link is still good for whoever it was sent to"


async def test_whoever_guesses_links_keeps_nobody_out(page: PageHarness) -> None:
    browser, good = Browser(page.port), page.link()
    for number in range(30):
        assert (await browser.get(f"/login/guess{number}")).status == 403
    assert (await browser.get(good)).status == 200


async def test_a_session_is_new_and_the_one_before_ends(page: PageHarness) -> None:
    """A cookie that somebody else has set, or seen, is worth nothing after the log-in."""
    browser = Browser(page.port, {"monitor_session": "planted", "monitor_login": "planted"})
    assert await log_in(browser, page.link()) == 303
    first = browser.cookies["monitor_session"]
    assert first not in {"planted", ""}
    assert await log_in(browser, page.link()) == 303
    assert (await Browser(page.port, {"monitor_session": first}).get("/")).status == 303
    assert [key.kind for key in page.stored()] == [WebKeyKind.SESSION]


async def test_sessions_by_the_password_end_with_it_and_no_others_do(page: PageHarness) -> None:
    def hashed(password: str) -> Secret:
        return Secret(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password))

    page.hash = first = hashed("first secret")
    browser, other = Browser(page.port), page.browser()
    assert await log_in(browser, "/login", password="first secret") == 303
    assert (await browser.get("/")).status == 200
    page.hash = hashed("first secret")
    assert (await browser.get("/")).status == 303, "set anew, as after a theft"
    page.hash = None
    assert (await browser.get("/")).status == 303
    page.hash = first
    assert (await browser.get("/")).status == 200
    assert (await other.get("/")).status == 200


async def test_a_members_session_names_the_chat_of_its_link(page: PageHarness) -> None:
    text = page.desk.path.read_text("utf-8")
    page.desk.path.write_text(text + "web: {members: true}\n", "utf-8")
    page.desk.reload()
    new = new_key(WebKeyKind.LINK, user_id=MEMBER, name="Bob", admin=False, now=page.clock.now(), chat=-5)
    with page.store.begin() as tx:
        store_key(tx, new)
    browser = Browser(page.port)
    assert await log_in(browser, f"/login/{new.secret}") == 303
    assert [(key.kind, key.chat) for key in page.stored()] == [(WebKeyKind.SESSION, -5)]


async def test_sessions_end_after_thirty_days_by_hand_and_with_the_rights_of_their_user(page: PageHarness) -> None:
    mine, other = page.browser(), page.browser()
    shown = await mine.get("/account")
    assert shown.body.count("/account/revoke") == 2
    theirs = max(key.id for key in page.stored())
    await mine.post("/account/revoke", {"csrf": await mine.csrf(), "id": str(theirs)})
    assert (await other.get("/")).status == 303
    assert (await mine.get("/")).status == 200
    await mine.post("/logout", {"csrf": await mine.csrf()})
    assert (await mine.get("/")).status == 303
    late = page.browser()
    page.clock.pass_(30 * 86_400 + 1)
    assert (await late.get("/")).status == 303
    gone = page.browser(user=12345)
    assert (await gone.get("/")).status == 303, "who is no admin any more"


async def test_members_look_where_they_may_and_change_nothing(page: PageHarness) -> None:
    member = page.browser(MEMBER, admin=False)
    assert (await member.get("/")).status == 303
    page.desk.path.write_text(page.desk.path.read_text("utf-8") + "web: {members: true}\n", "utf-8")
    page.desk.reload()
    assert (await member.get("/")).status == 200
    token = await member.csrf()
    answer = await member.post("/story/1/mute", {"csrf": token})
    assert answer.status == 403
    assert "Only admins" in answer.text
    own = [key.id for key in page.stored()]
    page.browser()
    foreign = next(key.id for key in page.stored() if key.id not in own)
    await member.post("/account/revoke", {"csrf": token, "id": str(foreign)})
    assert foreign in [key.id for key in page.stored()]


async def test_the_password_is_asked_for_where_there_is_one(page: PageHarness) -> None:
    page.hash = Secret(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a long password"))
    browser = Browser(page.port)
    token = re.findall(r'name="csrf" value="(\w+)"', (await browser.get("/login?next=/account")).body)[0]
    wrong = await browser.post("/login", {"csrf": token, "password": "x"})
    assert wrong.status == 403
    assert "not the password" in wrong.text
    good = await browser.post("/login", {"csrf": token, "password": "a long password", "next": "/account"})
    assert (good.status, good.headers["location"]) == (303, "/account")
    assert "admin" in (await browser.get("/account")).text
    for _ in range(9):
        other = Browser(page.port)
        token = await other.csrf("/login")
        await other.post("/login", {"csrf": token, "password": "x"})
    assert (await other.post("/login", {"csrf": token, "password": "a long password"})).status == 429
    page.hash = Secret("$argon2 no hash")
    page.clock.pass_(61)
    assert (await other.post("/login", {"csrf": token, "password": "a long password"})).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%0d%0aX: 1\r\nX: 1",
        "javascript:alert(1)",
        "\t//e",
        "",
    ],
)
async def test_no_log_in_leads_elsewhere(page: PageHarness, path: str) -> None:
    browser, link = Browser(page.port), page.link()
    token = await browser.csrf(link)
    answer = await browser.post(link, {"csrf": token, "next": path})
    assert (answer.status, answer.headers["location"]) == (303, "/")


async def test_a_link_from_another_site_comes_again_from_here(page: PageHarness) -> None:
    """A strict cookie stays away from a link in a chat's web page; the second request brings it."""
    answer = await Browser(page.port).get("/account", Sec_Fetch_Site="cross-site")
    assert (answer.status, "refresh" in answer.body) == (200, True)
    assert (await Browser(page.port).get("/account", Sec_Fetch_Site="same-origin")).status == 303
