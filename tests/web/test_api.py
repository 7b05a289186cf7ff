"""The API and the feeds: tokens, pages, and what is wrong with a request."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from itertools import count
from urllib.parse import quote

import pytest
from doubles.page_harness import Browser, PageHarness, tell
from doubles.store_samples import article

from monitor.model import WebKeyKind
from monitor.pipeline.web_access import new_key, store_key
from monitor.web import api

pytestmark = pytest.mark.network


def token(page: PageHarness, kind: WebKeyKind = WebKeyKind.API, watchlist: str | None = None) -> str:
    new = new_key(kind, user_id=0, name="cron", admin=False, now=page.clock.now(), watchlist=watchlist)
    with page.store.begin() as tx:
        store_key(tx, new)
    return new.secret


async def test_lists_are_read_page_by_page(page: PageHarness) -> None:
    with page.store.begin() as tx:
        for number in range(5):
            tell(tx, page.clock.now(), f"s{number}", title=f"КНДР {number}")
    client = Browser(page.port, headers={"Authorization": f"Bearer {token(page)}"})
    for kind in ("stories", "alerts"):
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = json.loads(
                (await client.get(f"/api/v1/{kind}?limit=2" + (f"&cursor={cursor}" if cursor else ""))).body
            )
            seen += [each["id"] for each in answer[kind]]
            cursor = answer["next"]
        assert seen == [5, 4, 3, 2, 1]
    story = json.loads((await client.get("/api/v1/stories/5")).body)
    assert [each["source"] for each in story["articles"]] == ["Ukrinform", "Yonhap"]
    assert story["alerts"][0]["watchlist"] == "DPRK arms"
    assert json.loads((await client.get("/api/v1/alerts?watchlist=Aid")).body) == {"alerts": [], "next": None}
    assert {each["name"] for each in json.loads((await client.get("/api/v1/sources")).body)["sources"]} == {
        "Ukrinform",
        "Yonhap",
    }
    found = json.loads((await client.get("/api/v1/search?q=%40DPRK&days=400000000")).body)
    assert "days" in found["error"]
    found = json.loads((await client.get("/api/v1/search?q=%40DPRK&limit=3")).body)
    assert len(found["results"]) == 3
    rest = json.loads((await client.get(f"/api/v1/search?q=%40DPRK&cursor={quote(found['next'])}")).body)
    assert "results" in rest


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/api/v1/stories?limit=0", 400, "limit"),
        ("/api/v1/stories?limit=x", 400, "limit"),
        ("/api/v1/alerts?cursor=-1", 400, "cursor"),
        ("/api/v1/search?q=(", 400, "character"),
        ("/api/v1/search?q=aid&cursor=yesterday", 400, "cursor"),
        ("/api/v1/search?q=aid&cursor=2023-11-09", 400, "cursor"),
        ("/api/v1/stories/99", 404, "no story"),
        ("/api/v1/stories?limit=000000001999999999", 400, "limit"),
        (f"/api/v1/stories?limit={'9' * 5000}", 400, "limit"),
        ("/api/v1/search?q=aid&days=00000000199999999999", 400, "days"),
    ],
)
async def test_what_is_wrong_is_said(page: PageHarness, path: str, status: int, why: str) -> None:
    client = Browser(page.port, headers={"Authorization": f"Bearer {token(page)}"})
    answer = await client.get(path)
    assert answer.status == status
    assert why in json.loads(answer.body)["error"]


async def test_a_search_loses_nothing_between_pages_and_ends_in_time(
    page: PageHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Articles of one poll were seen at the same moment; a search that finds nothing must end, too."""
    with page.store.begin() as tx:
        for number in range(5):
            tx.add_article(article(f"p{number}", title="Aid", text="Aid comes.", seen_at=page.clock.now()))
    client = Browser(page.port, headers={"Authorization": f"Bearer {token(page)}"})

    async def walk(query: str) -> tuple[list[int], int]:
        seen, pages = list[int](), 0
        cursor: str | None = ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            answer = json.loads((await client.get(f"/api/v1/search?q={query}&limit=2{more}")).body)
            seen += [each["article"] for each in answer["results"]]
            cursor, pages = answer["next"], pages + 1
        return seen, pages

    assert await walk("aid") == ([5, 4, 3, 2, 1], 3)
    ticks = count(step=6)
    monkeypatch.setattr(page.clock, "monotonic", lambda: float(next(ticks)))
    seen, pages = await walk("aid%20AND%20NOT%20comes")
    assert (seen, pages > 1) == ([], True)
    monkeypatch.setattr(api, "_SECONDS", -1.0)
    assert (await client.get("/api/v1/search?q=aid")).status == 503


async def test_a_token_opens_its_own_door_alone(page: PageHarness) -> None:
    with page.store.begin() as tx:
        tell(tx, page.clock.now(), "one", title="A <b> & \x00 \x01 title\ufffe\uffff", watchlist="DPRK arms")
    anybody = Browser(page.port)
    answer = await anybody.get("/api/v1/stories")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="monitor"')
    bearer, feed = token(page), token(page, WebKeyKind.FEED, "DPRK arms")
    assert (await anybody.get("/api/v1/stories", Authorization=f"Bearer {feed}")).status == 401
    assert (await anybody.get("/", Cookie=f"monitor_session={bearer}")).status == 303
    assert (await anybody.get(f"/feeds/DPRK%20arms.atom?token={bearer}")).status == 401
    assert (await anybody.get(f"/feeds/Aid.atom?token={feed}")).status == 404
    shown = await anybody.get(f"/feeds/DPRK%20arms.atom?token={feed}")
    assert shown.headers["content-type"].startswith("application/atom+xml")
    root = ET.fromstring(shown.body)  # noqa: S314 — of our own making
    name = "{http://www.w3.org/2005/Atom}"
    assert [each.findtext(f"{name}title") for each in root.iter(f"{name}entry")] == ["A <b> & title"]
    key = next(key for key in page.stored() if key.kind is WebKeyKind.FEED)
    with page.store.begin() as tx:
        tx.delete_web_keys(ident=key.id)
    assert (await anybody.get(f"/feeds/DPRK%20arms.atom?token={feed}")).status == 401


async def test_the_document_names_every_address(page: PageHarness) -> None:
    document = json.loads((await Browser(page.port).get("/api/v1/openapi.json")).body)
    assert document["openapi"].startswith("3.")
    client = Browser(page.port, headers={"Authorization": f"Bearer {token(page)}"})
    for path in document["paths"]:
        answer = await client.get(path.replace("{story}", "1") + "?q=aid")
        assert answer.status in (200, 404), path
