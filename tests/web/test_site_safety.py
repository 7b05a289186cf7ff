"""What the page withstands, line by line: forged requests, hostile texts, slow and many clients."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import NoReturn

import pytest
from doubles.command_harness import MEMBER
from doubles.page_harness import Browser, PageHarness, hostile, tell
from doubles.patience import HANG
from doubles.store_samples import article
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.model import NewDelivery, Relation
from monitor.web import patience
from monitor.web.page import make_routes
from monitor.web.site import CSP, Site

pytestmark = pytest.mark.network

EVIL = "<script>hacked=1</script>\"'><img src=x onerror=hacked=1>{{7*7}}\u202e"


class AwayStore:
    async def run(self, _: object) -> NoReturn:
        raise StoreError("the database is away", retryable=True)

    def close(self) -> None:
        pass


def mutes(page: PageHarness) -> int:
    with page.store.begin() as tx:
        return len(tx.mutes(page.clock.now()))


@pytest.fixture
def story(page: PageHarness) -> int:
    with page.store.begin() as tx:
        return tell(tx, page.clock.now(), "one")[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "file://"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
    ],
)
async def test_a_form_of_another_site_changes_nothing(page: PageHarness, story: int, headers: dict[str, str]) -> None:
    browser = page.browser()
    form = {"csrf": await browser.csrf(), "for": "1h"}
    assert (await browser.post(f"/story/{story}/mute", form, **headers)).status == 403
    assert mutes(page) == 0
    assert (await browser.post(f"/story/{story}/mute", form)).status == 303
    assert mutes(page) == 1


async def test_a_form_without_the_sessions_own_token_changes_nothing(page: PageHarness, story: int) -> None:
    browser, other = page.browser(), page.browser()
    for token in ("", "x", await other.csrf(), "\u00e9", browser.cookies["monitor_session"]):
        for form, headers in (
            ({"csrf": token}, {}),
            ({}, {"X_CSRF_Token": token.encode("latin-1", "replace").decode("latin-1")}),
        ):
            answer = await browser.post(f"/story/{story}/mute", form, **headers)
            assert answer.status == 403, token
    assert (await browser.get(f"/story/{story}/mute")).status == 405
    assert mutes(page) == 0


async def test_a_foreign_name_gets_no_page(page: PageHarness) -> None:
    browser = page.browser()
    assert (await browser.get("/", Host="evil.example")).status == 421
    assert (await browser.get("/", Host="evil.example", X_Forwarded_Host="localhost")).status == 421


async def test_every_change_needs_a_log_in_a_token_and_most_an_admin(page: PageHarness) -> None:
    """Every route that is there, so that a new one cannot be forgotten."""
    page.desk.path.write_text(page.desk.path.read_text("utf-8") + "web: {members: true}\n", "utf-8")
    page.desk.reload()
    await Browser(page.port).get("/login")
    site = page.page._site
    assert isinstance(site, Site)
    member = page.browser(MEMBER, admin=False)
    token = await member.csrf()
    for_all = {"/logout", "/account/revoke", "/playground/match", "/playground/backtest"}
    posts = 0
    for route in make_routes(site, page.page._events).routes:
        path = re.sub(r"{\w+:int}", "1", str(getattr(route, "path", "")))
        methods = getattr(route, "methods", None) or set()
        public = path.startswith(("/login", "/static", "/api", "/feeds"))
        if "POST" in methods and not public:
            posts += 1
            assert (await Browser(page.port).post(path)).status == 401, path
            assert (await page.browser().post(path)).status == 403, path
            allowed = path in for_all or path.endswith(("/ack", "/feedback"))
            if not allowed:
                assert (await member.post(path, {"csrf": token})).status == 403, path
        elif "GET" in methods and not public:
            assert (await Browser(page.port).get(path)).status == 303, path
    assert posts >= 14


async def test_every_answer_forbids_what_a_browser_may_not(page: PageHarness, story: int) -> None:
    browser = page.browser()
    for path in (
        "/",
        f"/story/{story}",
        "/login",
        "/nothing",
        "/static/x/page.js",
        "/api/v1/stories",
        "/board/stories",
    ):
        headers = (await browser.get(path)).headers
        assert headers["content-security-policy"] == CSP, path
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert "public" not in headers["cache-control"] or path.startswith("/static")
    for path in ("/", f"/story/{story}", "/search?q=aid", "/playground"):
        body = (await browser.get(path)).body
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", body), path


@pytest.mark.parametrize(
    "name",
    [
        "../site.py",
        "..%2f..%2fsite.py",
        "%2e%2e/%2e%2e/site.py",
        "....//page.js",
        "/etc/passwd",
        "vendor/../../site.py",
        "page.js%00",
        "vendor\\..\\site.py",
        "templates/login.html",
        "",
    ],
)
async def test_no_path_leads_out_of_the_static_files(page: PageHarness, name: str) -> None:
    answer = await Browser(page.port).get(f"/static/x/{name}")
    assert answer.status == 404
    assert "root:" not in answer.body
    assert "import" not in answer.body


async def test_texts_from_feeds_are_text_on_every_screen(page: PageHarness) -> None:
    now = page.clock.now()
    with page.store.begin() as tx:
        ident = tx.add_article(
            article("e", title=EVIL * 50_000, text=EVIL, source=EVIL, author=EVIL, url=f"javascript:{EVIL}")
        )
        story = tx.create_story(now, ident)
        tx.join_story(story, ident, Relation.FIRST, (EVIL,), now)
        row = tx.add_delivery(NewDelivery("desk", "evil", hostile(EVIL), story), now)
        assert row is not None
        tx.mark_dead(row, EVIL)
    browser = page.browser()
    for path in ("/", f"/story/{story}", f"/article/{ident}", "/outbox", "/account", "/watchlists"):
        body = (await browser.get(path)).body
        assert "<script>h" not in body, path
        assert "<img" not in body, path
        assert "onerror=hacked=1&gt;49" not in body, "a template was filled in by a text"
        assert len(body) < 300_000, path
        assert 'href="javascript' not in body


async def test_a_long_form_and_a_broken_one_are_refused(page: PageHarness) -> None:
    browser = page.browser()
    assert (await browser.post("/logout", {"x": "y" * 1_100_000})).status == 413
    assert (await browser.post("/logout", {f"x{number}": "y" for number in range(300)})).status == 400


async def test_a_slow_client_is_cut_off_and_others_are_answered(
    page: PageHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head that never ends ('slow loris'), and more connections than there is room for."""
    monkeypatch.setattr(patience, "HEAD", 0.05)
    monkeypatch.setattr(patience, "CONNECTIONS", 20)
    slow = [await asyncio.open_connection("127.0.0.1", page.port) for _ in range(60)]
    for _, writer in slow:
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
    async with asyncio.timeout(HANG):
        for reader, _ in slow:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
    assert (await page.browser().get("/")).status == 200  # before, all places may be taken
    for _, writer in slow:
        writer.close()


async def test_ten_thousand_requests_leave_nothing_behind(page: PageHarness) -> None:
    await Browser(page.port).get("/login")

    async def many(number: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
        ask = f"GET /static/x/none{number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        answers = 0
        for _ in range(100):
            writer.write(ask * 5)
            for _ in range(5):
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(re.findall(rb"content-length: (\d+)", head)[0]))
                answers += head.startswith(b"HTTP/1.1 404")
        writer.close()
        return answers

    assert sum(await asyncio.gather(*(many(number) for number in range(20)))) == 10_000
    site = page.page._site
    assert isinstance(site, Site)
    assert (site.quick._waiting, len(site.failed), len(site._later)) == (0, 0, 0)
    assert (await page.browser().get("/")).status == 200


async def test_more_searches_than_there_is_room_for_are_refused(page: PageHarness) -> None:
    await page.browser().get("/")
    site = page.page._site
    assert isinstance(site, Site)
    site.slow._deep = 3
    answer = await page.browser().get("/search?q=aid")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    site.slow._deep = 0
    site.quick._waiting = 100
    assert (await page.browser().get("/")).status == 503
    site.quick._waiting = 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/story/{'9' * 5000}", 404),
        (f"/article/{'9' * 5000}", 404),
        ("/story/99999999999999999999/export", 404),
        (f"/board/stories?ids={'9' * 5000},1", 200),
        (f"/search/complete?q=x&at={'9' * 5000}", 200),
        ("/search?q=aid&until=0001-01-01", 200),
        ("/search?q=aid&until=9999-12-31", 200),
        ("/search?q=aid&since=0001-01-01", 200),
        ("/search?q=aid&day=9999-12-31T23:59:59-14:00", 200),
        ("/search?q=aid&day=0001-01-01T00:00:00%2B14:00", 200),
    ],
)
async def test_numbers_and_dates_beyond_all_bounds_are_no_error_of_ours(
    page: PageHarness, path: str, status: int
) -> None:
    assert (await page.browser().get(path)).status == status


@pytest.mark.parametrize("deed", ["mute", "unmute", "ack", "feedback"])
async def test_deeds_on_stories_beyond_all_bounds_are_refused(page: PageHarness, deed: str) -> None:
    browser = page.browser()
    answer = await browser.post(f"/story/99999999999999999999/{deed}", {"csrf": await browser.csrf()})
    assert answer.status == 404


@pytest.mark.parametrize("path", ["/login/stale", "/events", "/", "/search?q=aid", "/api/v1/stories"])
async def test_a_database_that_is_away_is_said_without_a_traceback(page: PageHarness, path: str) -> None:
    """At a log-in, too, whose way goes past the checks of all other screens."""
    browser = page.browser()
    await browser.get("/")
    site = page.page._site
    assert isinstance(site, Site)

    for lane in (site.quick, site.slow):
        await lane.close()
        lane._store = AwayStore()  # type: ignore[assignment]
    with capture_logs() as lines:
        assert (await browser.get(path, Authorization="Bearer x")).status == 503
    assert "stale" not in str(lines)  # a log-in link is a secret
    assert path != "/login/stale" or "/login/…" in str(lines)
