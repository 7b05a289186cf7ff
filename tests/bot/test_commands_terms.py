"""Commands of the bot that look into an article (/explain), and those that change the configuration (/add, /remove)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.command_harness import CONFIG, CommandHarness, at, plain

from monitor.alert.sanitize import units
from monitor.errors import ExtractError, FetchError, FetchKind, SandboxError
from monitor.model import Article

# --------------------------------------------------------------------------- /explain

URL = "https://news.example/a"
ARTICLE = Article(
    URL,
    "Росія допомагає КНДР",
    "Росія надає Північній Кореї технології балістичних ракет, повідомляє Yonhap.\n\nFootball is no aid.",
    "Ukrinform",
    "uk",
    published=at(1),
)


async def test_explain_lays_an_article_open(desk: CommandHarness) -> None:
    desk.pages[URL] = lambda: ARTICLE
    found = await desk.answer("/explain news.example/a", admin=False)
    assert found is not None
    lines = plain(found).split("\n")
    assert desk.asked == [URL]
    assert lines[:4] == [
        "Росія допомагає КНДР",
        "Ukrinform · uk · 08:00",
        "DPRK arms: match — 2 of 4 terms",
        "Росія допомагає КНДР",
    ]
    assert any(line.startswith("Північній Кореї ← DPRK · body · dictionary") for line in lines)
    assert "Aid: no — vetoed by football in the body" in lines
    assert lines[-1] == "Names as sources: Yonhap"
    bold = {run.text for line in found.lines for run in line if run.bold}
    assert {"Північній Кореї", "балістичних ракет"} <= bold


async def test_explain_in_reply_to_an_alert(desk: CommandHarness) -> None:
    story = desk.story("A title")
    with desk.store.begin() as tx:
        row = tx.deliveries_of(story)[0]
    desk.pages[str(row.alert.url)] = lambda: ARTICLE
    assert "DPRK arms: match" in await desk.ask("/explain", replied=row)


async def test_why_the_page_was_not_read_is_told_in_the_language_of_the_question(desk: CommandHarness) -> None:
    desk.pages[URL] = lambda: replace(ARTICLE, from_summary="the page is a consent wall")
    assert "Only the feed's summary: the page is a consent wall" in await desk.ask(f"/explain {URL}")
    assert "Лише анонс зі стрічки: сторінка спершу вимагає згоди" in await desk.ask(f"/explain {URL}", language="uk")


async def test_a_long_article_stays_short(desk: CommandHarness) -> None:
    sentence = "Росія надає Північній Кореї " + "дуже " * 200 + "багато балістичних ракет. "
    desk.pages[URL] = lambda: replace(ARTICLE, title="Т" * 5000, text=sentence * 50)
    assert units(await desk.ask(f"/explain {URL}")) <= 3500


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FetchError("private", FetchKind.REFUSED_ADDRESS), "network.allow"),
        (FetchError("the page answered 403", FetchKind.STATUS, status=403), "The site answered 403. Check the address"),
        (FetchError("no such host", FetchKind.DNS), "The page did not come: no such host. Check"),
        (ExtractError("no text"), "no article on this page: no text. Give the address of one article"),
        (SandboxError("over its time"), "no article on this page: over its time"),
    ],
)
async def test_what_cannot_be_explained_is_told_with_a_remedy(
    desk: CommandHarness, error: Exception, words: str
) -> None:
    def fail() -> Article:
        raise error

    desk.pages[URL] = fail
    assert words in await desk.ask(f"/explain {URL}")


@pytest.mark.parametrize("argument", ["", "foo", "a b.c", "ftp://x.example/", "http://", "javascript:alert(1)"])
async def test_explain_wants_an_address(desk: CommandHarness, argument: str) -> None:
    assert "/explain https://example.org/article" in await desk.ask(f"/explain {argument}")
    assert desk.asked == []


# --------------------------------------------------------------------------- /add, /remove


async def test_add_and_remove_change_one_line(desk: CommandHarness) -> None:
    answer = await desk.ask("/add dprk arms  снаряди")
    assert answer.split("\n")[0] == "Added to DPRK arms: снаряди"
    assert "снарядами" in answer
    assert "config.yaml:8 is changed, its old state is in config.yaml.bak" in answer
    wanted = CONFIG.replace("балістична ракета]", "балістична ракета, снаряди]")
    assert desk.path.read_text(encoding="utf-8") == wanted
    assert desk.path.with_name("config.yaml.bak").read_text(encoding="utf-8") == CONFIG
    desk.reload()
    assert (await desk.ask("/remove DPRK arms снаряди")).startswith("Taken out of DPRK arms: снаряди\nconfig.yaml:8 is")
    assert desk.path.read_text(encoding="utf-8") == CONFIG


async def test_add_an_entity(desk: CommandHarness) -> None:
    assert "@Blinken" in await desk.ask('/add "DPRK arms" @Blinken')
    assert "entities: [DPRK, ICBM, Blinken]   # more to come" in desk.path.read_text(encoding="utf-8")


async def test_a_keyword_that_is_an_entity_is_pointed_out(desk: CommandHarness) -> None:
    assert '/add "DPRK arms" @Blinken finds it by all its names' in await desk.ask("/add DPRK arms Blinken")


async def test_what_is_probably_not_meant_is_noted(desk: CommandHarness) -> None:
    desk.path.write_text(
        CONFIG.replace("    severity: high", "    exclude: [drill]\n    severity: high"), encoding="utf-8"
    )
    desk.reload()
    answer = await desk.ask("/add DPRK arms drill")
    assert "Note: watchlist 'DPRK arms': 'drill' is excluded, too, so it never raises an alert" in answer.split("\n")
    assert "Note" not in await desk.ask("/add DPRK arms tank")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/add", "/add DPRK arms sanctions"),
        ("/remove", "/remove DPRK arms sanctions"),
        ("/add DPRK arms", "Which term? /add DPRK arms …"),
        ("/add Nope", "There is no watchlist Nope"),
        ("/add DPRK amrs x", "There is no watchlist DPRK"),
        ('/add "DPRK amrs" x', "Did you mean DPRK arms?"),
        ("/add DPRK arms Sanctions", "DPRK arms has sanctions already."),
        ("/add DPRK arms @КНДР", "DPRK arms has @DPRK already."),
        ("/add DPRK arms @Blinkin", "config.yaml:7:28: watchlists[0].entities[2]: there is no entity 'Blinkin'."),
        ("/add DPRK arms /(a+)+$/", "That would not be valid, so nothing is changed:"),
        ("/add Aid x", "Aid is a query: its terms are changed by hand, at config.yaml:12."),
        ("/remove DPRK arms sanction", "DPRK arms has no term sanction.\nDid you mean sanctions?"),
        ("/remove DPRK arms zzz", "There are: @DPRK, @ICBM, sanctions, балістична ракета"),
    ],
)
async def test_edits_that_cannot_be(desk: CommandHarness, text: str, words: str) -> None:
    assert words in await desk.ask(text)
    assert desk.path.read_text(encoding="utf-8") == CONFIG
    assert not desk.path.with_name("config.yaml.bak").exists()


async def test_the_last_term_stays(desk: CommandHarness) -> None:
    desk.path.write_text(CONFIG.replace("entities: [DPRK, ICBM]", "entities: []").replace("[sanctions, ", "["), "utf-8")
    assert "is the last term of DPRK arms" in await desk.ask("/remove DPRK arms балістична ракета")


async def test_a_broken_file_is_told_and_left(desk: CommandHarness) -> None:
    broken = CONFIG.replace("severity: high", "severity: loud")
    desk.path.write_text(broken, encoding="utf-8")
    text = await desk.ask("/add DPRK arms x")
    assert text.startswith(
        "The configuration on disk is not valid, so nothing is changed. Mend first:\nconfig.yaml:9:15: "
    )
    assert desk.path.read_text(encoding="utf-8") == broken
    assert str(desk.path.parent) not in text


async def test_a_file_that_cannot_be_written_is_told(desk: CommandHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("monitor.config.edit._replace", refuse)
    text = await desk.ask("/add DPRK arms x")
    assert "Read-only file system" in text
    assert "must be allowed to write" in text
    assert desk.path.read_text(encoding="utf-8") == CONFIG


async def test_asking_again_says_that_it_is_there(desk: CommandHarness) -> None:
    await desk.ask("/add DPRK arms x")
    assert await desk.ask("/add DPRK arms x") == "DPRK arms has x already."
    assert desk.path.read_text(encoding="utf-8").count(", x]") == 1


@pytest.mark.parametrize("command", ["/add DPRK arms x", "/remove DPRK arms sanctions"])
async def test_a_command_that_was_cut_off_after_the_edit_gives_its_answer(desk: CommandHarness, command: str) -> None:
    first = await desk.answer(command, update_id=9)
    changed = desk.path.read_bytes()
    desk.reload()
    assert await desk.answer(command, update_id=9) == first
    assert desk.path.read_bytes() == changed


async def test_a_command_that_was_cut_off_before_the_edit_is_done(
    desk: CommandHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("monitor.config.edit._replace", cut)
        with pytest.raises(KeyboardInterrupt):
            await desk.answer("/add DPRK arms x", update_id=9)
    assert (await desk.ask("/add DPRK arms x", update_id=9)).startswith("Added to DPRK arms: x")
    assert ", x]" in desk.path.read_text(encoding="utf-8")
