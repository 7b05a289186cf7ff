"""`monitor init`: the starter, and the questions on a terminal against a strict Bot API."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from doubles.telegram import TOKEN, TelegramDouble
from doubles.terminal import Terminal, monitor_command

from monitor.app.configuration import load
from monitor.cli import cli
from monitor.cli.environment import environment
from monitor.cli.picker import Option, Picker, PickerAnswer
from monitor.cli.questions import look_up_source, look_up_watched
from monitor.config.starter import Choices, TelegramChat, compose
from monitor.model import Source

CHAT, STRANGER = 700, 4242


def environ(tmp_path: Path, api: str = "http://127.0.0.1:9") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAM_", "MONITOR_"))}
    return kept | {"MONITOR_TELEGRAM__API": api, "TZ": "Europe/Kyiv", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}


# --------------------------------------------------------------------------- on a terminal


@pytest.mark.network
async def test_questions_end_in_a_good_configuration_and_a_sample_alert(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    async with TelegramDouble() as api:
        api.say(STRANGER, "/start", STRANGER)
        async with Terminal(monitor_command("init", "--dir", str(folder)), environ(tmp_path, api.url)) as screen:
            await screen.until("Token (stays unseen")
            screen.type("no token")
            await screen.until("That is no token")
            await screen.until("Token (stays unseen")  # what is typed before the question is thrown away
            screen.type(TOKEN.replace("A", "B"))
            await screen.until("does not know this token")
            await screen.until("Token (stays unseen")
            screen.type(f" {TOKEN} ")
            await screen.until("The token is good")
            await screen.until("waiting")
            code = re.findall(r"/start ([A-Z2-9]{6})\n", screen.text)[0]
            await screen.until("without this code: not taken")
            api.say(CHAT, f"/start {code.lower()}", CHAT, language="uk-UA")
            await screen.until("Connected: U's private chat (700); alerts in uk")
            await screen.until("Enter takes 1 2 3 4")
            screen.type("2, yonhap")
            await screen.until("more, or Enter to go on")
            screen.type("")
            await screen.until("Enter takes 1 2 3")
            screen.type('КНДР, "ракета"')
            await screen.until("DPRK, ракета; more, or Enter")
            assert not folder.exists()
            screen.type("")
            await screen.until("A sample alert is in your chat.")
            assert await screen.code() == 0
        (sample,) = api.sent(CHAT)
        assert TOKEN not in screen.text
    path = folder / "config.yaml"
    assert TOKEN not in path.read_text(encoding="utf-8")
    assert (folder / "telegram_bot_token").read_text(encoding="utf-8") == TOKEN + "\n"
    for private in ("telegram_bot_token", "monitor.env"):
        assert stat.S_IMODE((folder / private).stat().st_mode) == 0o600
    config = load(path, environment(path, {}))
    assert config.token is not None
    assert config.token.reveal() == TOKEN
    assert [source.use for source in config.sources] == ["ukrinform/en", "yonhap"]
    assert config.watchlists[0].notify == ("me",)
    assert config.telegram.admins == (CHAT,)
    assert config.language == "uk"
    assert "перевірка" in sample["text"].casefold()


@pytest.mark.network
async def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    async with (
        TelegramDouble() as api,
        Terminal(monitor_command("init", "--dir", str(folder)), environ(tmp_path, api.url)) as screen,
    ):
        await screen.until("Token (stays unseen")
        screen.type(TOKEN)
        await screen.until("waiting")
        screen.interrupt()
        await screen.until("nothing was written")
        assert await screen.code() == 130
    assert not folder.exists()


async def test_what_is_there_is_replaced_only_when_that_is_meant_and_kept(tmp_path: Path) -> None:
    old = tmp_path / "config.yaml"
    old.write_text("old", encoding="utf-8")
    async with Terminal(monitor_command("init", "--dir", str(tmp_path)), environ(tmp_path)) as screen:
        await screen.until("Replace")
        screen.type("y")
        for question in ("Token (stays unseen", "Enter takes 1 2 3 4", "Enter takes 1 2 3"):
            await screen.until(question)
            screen.type("")
        await screen.until("This is a test")
        await screen.until("A sample alert is in this terminal.")
        assert await screen.code() == 0
    assert (tmp_path / "config.yaml.bak").read_text(encoding="utf-8") == "old"
    assert load(old, {}).watchlists[0].name == "DPRK arms"


# --------------------------------------------------------------------------- elsewhere


def test_yes_asks_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["init", "--yes", "--dir", str(tmp_path)])
    assert result.exit_code == 0
    assert load(tmp_path / "config.yaml", {}).sources


def test_a_second_file_that_cannot_be_written_leaves_none(tmp_path: Path) -> None:
    (tmp_path / "config.schema.json").mkdir()
    result = CliRunner().invoke(cli, ["init", "--yes", "--force", "--dir", str(tmp_path)])
    assert "cannot be written" in str(result.exception)
    assert [each.name for each in tmp_path.iterdir()] == ["config.schema.json"]


@pytest.mark.parametrize(
    "choices",
    [
        Choices(uses=("bbc/uk",), entities=("DPRK", "Kim Jong Un"), timezone="Europe/Kyiv", language="uk"),
        Choices(
            feeds=(Source("It's a: feed", "https://x.example/rss"),),
            watchlist="no",
            keywords=("=КНДР", '"a b"', "yes", "missil*"),
            chat=TelegramChat(-1001234567890, 17, 5, "a group\nof # friends"),
        ),
    ],
)
def test_choices_of_all_kinds_make_a_good_file(tmp_path: Path, choices: Choices) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(compose(choices), encoding="utf-8")
    config = load(path, {})
    assert [source.use or source.name for source in config.sources] == [
        *choices.uses,
        *(feed.name for feed in choices.feeds),
    ]
    (watchlist,) = config.watchlists
    assert watchlist.name == choices.watchlist
    assert [term.text for term in watchlist.keywords] == list(choices.keywords)
    assert watchlist.notify == (choices.channel,)


def test_feeds_of_one_outlet_get_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    feeds = (Source("a.example", "https://a.example/1"), Source("a.example", "https://a.example/2"))
    path.write_text(compose(Choices(("yonhap", "yonhap/nk"), feeds, entities=("DPRK",))), encoding="utf-8")
    assert [source.name for source in load(path, {}).sources] == ["Yonhap", "Yonhap nk", "a.example", "a.example 2"]


def test_a_picker_takes_numbers_names_and_takes_back() -> None:
    lines = iter(["1 3, beta", "9", "-one", "what", "2", ""])
    options = [Option(name, name) for name in ("one", "two", "three")]
    beta, gamma = Option("b", "beta"), Option("g", "gamma")

    def look(text: str) -> PickerAnswer:
        return PickerAnswer(beta) if text == "beta" else PickerAnswer(near=[beta, gamma], note="several")

    picked = Picker(options, 2, look, lambda _: next(lines)).run()
    assert [option.key for option in picked] == ["three", "b", "g"]


def test_a_picker_drops_no_word_unsaid(capsys: pytest.CaptureFixture[str]) -> None:
    """Two words that may mean several things: each has numbers of its own, and Enter says what it leaves out."""
    answers, asked = iter(["red, blue", "4", "", "3", "red", "1", ""]), list[str]()

    def ask(prompt: str) -> str:
        asked.append(prompt.strip())
        return next(answers)

    def look(text: str) -> PickerAnswer:
        return PickerAnswer(near=[Option(f"{text} {at}", f"{text} {at}") for at in "ab"], note=f"{text}?")

    options = [Option(name, name) for name in ("one", "two", "three")]
    picked = Picker(options, 2, look, ask).run()
    assert [option.key for option in picked] == ["blue b", "three", "red a"]
    assert asked == [
        "Enter takes 1 2",
        "a number for 'red', 'blue'; Enter leaves out what has none",
        "a number for 'red'; Enter leaves out what has none",
        "blue b; more, or Enter to go on",
        "blue b, three; more, or Enter to go on",
        "a number for 'red'; Enter leaves out what has none",
        "blue b, three, red a; more, or Enter to go on",
    ]
    assert "   3  blue a\n   4  blue b\n" in capsys.readouterr().out


def test_an_empty_answer_takes_the_usual() -> None:
    options = [Option(name, name) for name in ("one", "two", "three")]
    assert Picker(options, 2, lambda _: PickerAnswer(), lambda _: "").run() == options[:2]


@pytest.mark.parametrize(
    ("text", "key"),
    [("ukrinform", "ukrinform"), ("https://a.example/rss", "https://a.example/rss"), ("38 north", "north38")],
)
def test_a_source_is_found_by_id_address_and_name(text: str, key: str) -> None:
    found = look_up_source(text)
    assert found.option is not None
    assert found.option.key == key


def test_words_find_several_sources_or_say_why_none() -> None:
    assert len(look_up_source("bbc").near) == 0
    assert len(look_up_source("korea").near) > 1
    assert look_up_source("qwertz").note == (
        "the pack has no outlet 'qwertz'. `monitor sources` lists them; the address of any other feed will do"
    )
    assert "Did you mean 'yonhap'?" in look_up_source("yonhapp").note
    assert "port" in look_up_source("https://a.example:99999/").note


@pytest.mark.parametrize(("text", "key"), [("Північна Корея", "@DPRK"), ("@blinken", "@Blinken"), ("'вибух'", "вибух")])
def test_what_to_watch_is_found_by_any_name(text: str, key: str) -> None:
    found = look_up_watched(text)
    assert found.option is not None
    assert found.option.key == key


def test_what_no_entity_is_called_is_searched_for_or_refused() -> None:
    assert "@Kim Jong Un" in [option.key for option in look_up_watched("Kim").near]
    assert look_up_watched('"*"').option is None
