"""Search, playground, watchlists and trends, without a script."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from doubles.command_harness import CONFIG, MEMBER
from doubles.page_harness import PageHarness, tell
from doubles.store_samples import article

from monitor.model import Incident, OpenIncident
from monitor.text.detect import detect
from monitor.web import playground

pytestmark = pytest.mark.network


@pytest.fixture
def told(page: PageHarness) -> PageHarness:
    now = page.clock.now()
    with page.store.begin() as tx:
        for day in range(3):
            _, row = tell(
                tx, now - timedelta(days=day, hours=1), f"s{day}", title=f"КНДР запустила ракету {day}", others=()
            )
        tx.save_feedback(row, 7, useful=True, now=now)
        tx.add_article(article("aid", title="Aid comes", text="Aid for all.", language="en", source="BBC", seen_at=now))
    return page


async def test_a_search_shows_results_days_and_facets(told: PageHarness) -> None:
    browser = told.browser()
    shown = await browser.get("/search?q=%40DPRK")
    assert "3 stories" in shown.text
    assert "КНДР</mark>" in shown.body
    assert "Ukrinform 3" in shown.text
    assert "data-plot=" in shown.body
    day = told.clock.now().date().isoformat()
    assert "1 story" in (await browser.get(f"/search?q=%40DPRK&since={day}&until={day}")).text
    zoomed = await browser.get(f"/search?q=%40DPRK&day={day}T05:00:00.000Z")
    assert "1 story" in zoomed.text
    assert "Nothing in the archive" in (await browser.get("/search?q=football")).text
    assert "BBC" in (await browser.get("/search?q=aid&language=en&source=BBC")).text
    wrong = await browser.get("/search?q=aid+and+(x")
    assert 'class="caret"' in wrong.body
    assert (await browser.get("/search")).status == 200
    assert (await browser.get("/search?q=x&since=nonsense&day=nonsense")).status == 200


async def test_entities_operators_and_fields_are_completed(told: PageHarness) -> None:
    browser = told.browser()
    found = json.loads((await browser.get("/search/complete?q=aid+%40Blin")).body)
    assert found["start"] == 4
    assert any("Blinken" in each for each in found["options"])
    assert json.loads((await browser.get("/search/complete?q=a+AN")).body)["options"] == ["AND"]
    assert "title:" in json.loads((await browser.get("/search/complete?q=ti&at=2")).body)["options"]


async def test_results_are_the_newest_and_what_narrows_them_adds_up_and_goes_again(told: PageHarness) -> None:
    now, browser = told.clock.now(), told.browser()
    with told.store.begin() as tx:  # what a gap's refill brings is older than what was stored before it
        for number in range(60):
            at = now - timedelta(days=5, minutes=number)
            tx.add_article(article(f"old{number}", title=f"КНДР {number}", seen_at=now, published=at))
    shown = await browser.get("/search?q=%40DPRK")
    titles = re.findall(r'dir="auto">(КНДР [^<]*)</a>', shown.body)
    assert titles[:4] == ["КНДР запустила ракету 0", "КНДР запустила ракету 1", "КНДР запустила ракету 2", "КНДР 0"]
    assert "The newest 50 of 63 are shown" in shown.text
    assert f">{now:%Y-%m-%d}</a> 61" in shown.body, "a day's bar counts what a tap on it finds"
    day = f"{now:%Y-%m-%d}"
    narrow = await browser.get(f"/search?q=%40DPRK&since={day}&until={day}&source=Ukrinform")
    assert (
        f'href="/search?q=%40DPRK&amp;since={day}&amp;until={day}&amp;source=Ukrinform&amp;language=uk"' in narrow.body
    )
    assert 'href="/search?q=%40DPRK&amp;source=Ukrinform">× all days' in narrow.body
    assert f'href="/search?q=%40DPRK&amp;since={day}&amp;until={day}">× <bdi>Ukrinform' in narrow.body
    assert "The newest" not in (await browser.get("/search?q=%40DPRK&source=none")).text


async def test_a_search_becomes_a_watchlist(told: PageHarness) -> None:
    browser = told.browser()
    form = {"csrf": await browser.csrf(), "q": "(x", "name": "North: it's", "notify": "desk"}
    assert (await browser.post("/watchlists/add", form)).status == 409, "it is no query"
    answer = await browser.post("/watchlists/add", {**form, "q": '@DPRK AND "balloon"'})
    assert answer.headers["location"] == "/watchlists?saved=North%3A+it%27s"
    assert "«North: it's» is saved" in (await browser.get(answer.headers["location"])).text
    told.desk.reload()
    added = told.desk.config.watchlists[-1]
    assert (added.name, added.query, added.notify) == ("North: it's", '@DPRK AND "balloon"', ("desk",))
    assert told.desk.path.with_name("config.yaml.bak").read_text("utf-8") == CONFIG
    assert "# more to come" in told.desk.path.read_text("utf-8")
    assert (await browser.post("/watchlists/add", {**form, "q": "aid"})).status == 409, "the name is taken"


async def test_a_watchlist_is_edited_in_place(told: PageHarness) -> None:
    browser = told.browser()
    shown = await browser.get("/watchlists")
    assert "100 %" in shown.text
    assert "балістична ракета" in shown.text, "it never rang"
    form_page = await browser.get("/watchlists/edit?name=DPRK+arms")
    assert "- name: DPRK arms" in form_page.body
    assert "name: Aid" not in form_page.body
    digest = form_page.body.partition('name="digest" value="')[2].partition('"')[0]
    form = {"csrf": await browser.csrf(), "name": "DPRK arms", "digest": digest}
    text = (
        "  - name: DPRK arms\n    entities: [DPRK, ICBM]   # more to come\n    keywords: [sanctons]\n    notify: [dsk]"
    )
    problems = await browser.post("/watchlists/preview", {**form, "text": text}, HX_Request="true")
    assert "line 4" in problems.text
    assert "Did you mean" in problems.text
    told_in_uk = await browser.post(
        "/watchlists/preview", {**form, "text": text}, HX_Request="true", Accept_Language="uk"
    )
    assert "каналу 'dsk' немає. Може, 'desk'?" in told_in_uk.text
    good = text.replace("dsk", "desk").replace("DPRK, ICBM", "ICBM")
    compared = await browser.post("/watchlists/preview", {**form, "text": good}, HX_Request="true")
    assert "3 → 0" in compared.text
    assert "keeps 0 of 1" in compared.text
    refused = await browser.post("/watchlists/save", {**form, "text": text})
    assert refused.status == 409
    assert "sanctons" in refused.body, "what was written is not lost"
    assert told.desk.path.read_text("utf-8") == CONFIG
    told.desk.path.write_text(CONFIG + "# meanwhile\n", "utf-8")
    assert "changed meanwhile" in (await browser.post("/watchlists/save", {**form, "text": good})).text
    told.desk.path.write_text(CONFIG, "utf-8")
    assert (await browser.post("/watchlists/save", {**form, "text": good})).status == 303
    saved = told.desk.path.read_text("utf-8")
    assert saved.startswith("# what is watched")
    assert "ICBM]   # more to come" in saved
    assert "query: 'aid AND NOT football'" in saved
    assert (await browser.get("/watchlists/edit?name=none")).status == 404


async def test_a_slip_that_makes_the_file_no_yaml_is_mended_on_the_page(told: PageHarness) -> None:
    broken = CONFIG.replace("[DPRK, ICBM]", "[DPRK, ICBM")
    told.desk.path.write_text(broken, "utf-8")
    with told.store.begin() as tx:
        log = tx.incident_log()
        bad = OpenIncident(Incident("config", "", "config.yaml:8:5: a bracket is missing"), told.clock.now())
        tx.save_incident_log(log, replace(log, open={("config", ""): bad}))
    browser = told.browser()
    shown = await browser.get("/watchlists")
    assert "The edited configuration is not valid" in shown.text
    assert "config.yaml:8:5: a bracket is missing" in shown.text
    edit = await browser.get("/watchlists/edit?name=DPRK+arms")
    assert edit.status == 200
    assert "entities: [DPRK, ICBM   # more to come" in edit.body
    text = unescape(edit.body.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]).strip("\n")
    form = dict(re.findall(r'name="(csrf|name|digest)" value="([^"]*)"', edit.body))
    problems = await browser.post("/watchlists/preview", {**form, "text": text}, HX_Request="true")
    assert 'role="alert"' in problems.body
    refused = await browser.post("/watchlists/save", {**form, "text": text})
    assert (refused.status, "Nothing was saved" in refused.text) == (409, True)
    good = text.replace("ICBM ", "ICBM] ")
    assert (await browser.post("/watchlists/save", {**form, "text": good})).status == 303
    assert told.desk.path.read_text("utf-8").replace("  #", " #") == CONFIG.replace("  #", " #")


async def test_members_edit_nothing_and_ask_no_address(told: PageHarness) -> None:
    told.desk.path.write_text(CONFIG + "web: {members: true}\n", "utf-8")
    told.desk.reload()
    member = told.browser(MEMBER, admin=False)
    form = {"csrf": await member.csrf(), "name": "X", "q": "aid", "text": "x", "digest": ""}
    for path in ("/watchlists/save", "/watchlists/add", "/watchlists/preview"):
        assert (await member.post(path, form)).status == 403
    answer = await member.post("/playground/match", {**form, "address": "https://site.example/1"}, HX_Request="true")
    assert "Only admins" in answer.text
    assert told.desk.asked == []


async def test_the_playground_matches_texts_pages_and_the_last_days(told: PageHarness) -> None:
    browser = told.browser()
    form = {"csrf": await browser.csrf()}
    text = "Ракети\n\nКНДР запустила балістичну ракету."
    all_lists = await browser.post("/playground/match", {**form, "text": text}, HX_Request="true")
    assert "DPRK arms" in all_lists.text
    one = await browser.post("/playground/match", {**form, "text": text, "q": "@DPRK AND football"}, HX_Request="true")
    assert "did not match" in one.text
    wrong = await browser.post("/playground/match", {**form, "text": text, "q": "(x"}, HX_Request="true")
    assert "caret" in wrong.body
    told.pages["https://site.example/1"] = lambda: article("p", text="Aid and KCNA.", title="Page", language="en")
    page = await browser.post("/playground/match", {**form, "address": "https://site.example/1"}, HX_Request="true")
    assert "Page" in page.text
    cost = await browser.post("/playground/backtest", {**form, "q": "@DPRK"}, HX_Request="true")
    assert "3 stories · 0.1 a day" in cost.text
    rare = await browser.post("/playground/backtest", {**form, "q": 'ракету AND "2"'}, HX_Request="true")
    assert "1 story · 0.03 a day" in rare.text, "what is rare is no 0.0"
    assert "People found 1 of these useful" in cost.text
    assert (await browser.post("/playground/backtest", {**form, "q": " "}, HX_Request="true")).body == ""
    assert (await browser.post("/playground/match", form, HX_Request="true")).body == ""
    assert (await browser.get("/playground?q=%40DPRK")).status == 200


async def test_the_playground_tries_a_watchlists_lines_and_writes_them_nowhere(told: PageHarness) -> None:
    browser, before = told.browser(), told.desk.path.read_text("utf-8")
    form = {"csrf": await browser.csrf(), "q": "football"}
    text = "Ракети\n\nКНДР запустила балістичну ракету."
    whole = "watchlists:\n  - name: New\n    entities: [DPRK]\n    require: all\n    keywords: [ракета]\n"
    for lines in (
        whole,
        "- name: New\n  entities: [DPRK]",
        "name: DPRK arms\nentities: [DPRK]  # in place of the known one",
    ):
        matched = await browser.post("/playground/match", {**form, "text": text, "yaml": lines}, HX_Request="true")
        assert "✓" in matched.text
        assert "КНДР" in matched.text
        cost = await browser.post("/playground/backtest", {**form, "yaml": lines}, HX_Request="true")
        assert "3 stories" in cost.text
        assert "Make this a watchlist" not in cost.text
    assert "DPRK arms" in matched.text
    assert "ICBM" not in matched.text
    wrong = "\n- name: New\n  entitys: [DPRK]\n  keywords: [ракета]"
    for path in ("/playground/match", "/playground/backtest"):
        refused = await browser.post(path, {**form, "text": text, "yaml": wrong}, HX_Request="true")
        assert "line 3" in refused.text
        assert "entities" in refused.text
    for bad in ("- name: [", "just words", "- name: X\n  query: '(x'", "- &a {name: X}"):
        refused = await browser.post("/playground/backtest", {**form, "yaml": bad}, HX_Request="true")
        assert 'role="alert"' in refused.body, bad
    assert told.desk.path.read_text("utf-8") == before
    member = told.browser(MEMBER, admin=False)
    told.desk.path.write_text(before + "web: {members: true}\n", "utf-8")
    told.desk.reload()
    form = {"csrf": await member.csrf(), "yaml": whole}
    assert "Only admins" in (await member.post("/playground/backtest", form, HX_Request="true")).text


async def test_trends_show_watchlists_beside_the_time_before(told: PageHarness) -> None:
    browser = told.browser()
    shown = await browser.get("/trends")
    assert "DPRK arms" in shown.text
    assert (await browser.get("/trends?by=hour&subject=%40DPRK")).status == 200
    wrong = await browser.get("/trends?subject=nobody")
    assert "nobody" in wrong.text


async def test_a_pasted_text_is_looked_at_off_the_event_loop(
    told: PageHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first text makes the model of languages load, which takes most of a second."""
    threads: list[threading.Thread] = []

    def noted(text: str) -> str:
        threads.append(threading.current_thread())
        return detect(text)

    monkeypatch.setattr(playground, "detect", noted)
    browser = told.browser()
    form = {"csrf": await browser.csrf(), "text": "Aid comes.", "q": "aid"}
    assert "aid" in (await browser.post("/playground/match", form, HX_Request="true")).text
    assert threads
    assert threading.current_thread() not in threads
