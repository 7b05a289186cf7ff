"""The whole path: a loopback newsroom, the daemon as a process, a strict Telegram."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TOKEN, TelegramDouble

pytestmark = pytest.mark.network

EN = "/RSS/nk.xml"
UK = "/rss/block-lastnews"
FEEDS = {"Yonhap": EN, "Ukrinform": UK}

URGENT = Item("(URGENT) Blinken says Russia giving N.K. technology for military programs", "/view/AEN20231109007200315")
URGENT_TEXT = (
    "SEOUL, Nov. 9 (Yonhap) -- U.S. Secretary of State Antony Blinken said Thursday that Russia is giving North Korea technology and support for its military programs.",
    "He spoke to reporters in Seoul after talks with Foreign Minister Park Jin.",
)
LEAD = Item("(LEAD) Blinken says Russia giving N.K. technology for military programs", "/view/AEN20231109007251315")
LEAD_TEXT = (
    *URGENT_TEXT,
    "Washington and Seoul agreed on further steps and called on China to use its influence in Pyongyang.",
)
REWRITE = Item(
    "Росія допомагає КНДР розвивати військові програми – Блінкен", "/rubric-polytics/3784521-rosia-dopomagae.html"
)
REWRITE_TEXT = (
    "Росія надає Північній Кореї технології та підтримку для її військових програм.",
    "Про це в Сеулі заявив держсекретар США Ентоні Блінкен, передає Укрінформ із посиланням на Yonhap.",
    "Як повідомляв Укрінформ, у жовтні КНДР відправила до Росії понад мільйон снарядів.",
    "Фото: Yonhap",
)
WEATHER = Item("Завтра в Україні дощ і сильний вітер", "/rubric-society/3784530-zavtra-dosh.html")
WEATHER_TEXT = (
    "Синоптики прогнозують дощі в більшості областей, а на півдні пориви вітру до двадцяти метрів за секунду.",
    "Водіїв просять бути обережними на дорогах, особливо вранці, коли можливий туман.",
    "Як повідомляв Укрінформ, раніше держсекретар Блінкен говорив про КНДР.",
)


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.feed(EN)
    newsroom.feed(UK)
    old = Item("Blinken to visit Seoul for talks on North Korea", "/view/AEN20231107001100315")
    newsroom.publish(EN, old, "SEOUL, Nov. 7 (Yonhap) -- Antony Blinken will visit Seoul to talk about North Korea.")
    return newsroom


def alerts(api: TelegramDouble) -> list[dict[str, Any]]:
    return [message for message in api.sent(500) if "Now watching" not in message["text"]]


async def announced(api: TelegramDouble) -> None:
    await until(lambda: any("Now watching" in message["text"] for message in api.sent(500)), "the baseline's message")


async def test_one_message_for_the_story_and_silence_for_the_rest(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    async with DaemonProcess(config, cold=True) as daemon:
        await announced(api)
        assert alerts(api) == []
        newsroom.publish(EN, URGENT, *URGENT_TEXT)
        await until(lambda: len(alerts(api)) == 1, f"the alert\n{daemon.log}")
        first = alerts(api)[0]["text"]
        assert "DPRK arms · DPRK, Blinken" in first
        assert "giving North Korea technology" in first
        newsroom.publish(EN, LEAD, *LEAD_TEXT)
        newsroom.publish(UK, WEATHER, *WEATHER_TEXT, lang="uk")
        newsroom.publish(UK, REWRITE, *REWRITE_TEXT, lang="uk")
        await until(lambda: "Yonhap (en)" in shown(api) and "Ukrinform (uk)" in shown(api), f"the edit\n{daemon.log}")
        await until(lambda: len(newsroom.asked(WEATHER.path)) == 1, "the distractor's page")
        await until(lambda: "304" in statuses(newsroom), "a conditional request")
        await until(lambda: all(newsroom.asked(item.path) for item in (URGENT, LEAD, REWRITE)), "each page")
    assert daemon.code == 0
    assert TOKEN not in daemon.log
    assert len(alerts(api)) == 1
    assert "→ Ukrinform (uk)" in shown(api)
    assert "internal error" not in daemon.log
    for path in (URGENT.path, LEAD.path, REWRITE.path):
        assert len(newsroom.asked(path)) == 1, "one fetch of an article ever"


def shown(api: TelegramDouble) -> str:
    """Return the story's message as it stands now."""
    edits = [call["text"] for call in api.called("editMessageText")]
    return str(edits[-1]) if edits else str(alerts(api)[0]["text"])


def statuses(newsroom: NewsServer) -> set[str]:
    return {"304" for path in (EN, UK) for headers in newsroom.asked(path) if "if-none-match" in headers}


async def test_a_wall_before_the_page_does_not_withhold_the_alert(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    async with DaemonProcess(config) as daemon:
        await announced(api)
        newsroom.special["/walled.html"] = lambda: (403, {}, b"<h1>Subscribe</h1>")
        item = Item("Pyongyang tests an engine", "/walled.html", "North Korea tested an engine for an ICBM on Monday.")
        newsroom.publish(EN, item)
        await until(lambda: len(alerts(api)) == 1, f"the alert\n{daemon.log}")
    text = alerts(api)[0]["text"]
    assert "the page answered 403" in text
    assert "ICBM" in text


async def test_an_edited_watchlist_acts_and_a_bad_edit_changes_nothing(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    async with DaemonProcess(config) as daemon:
        await announced(api)
        good = config.read_text(encoding="utf-8")
        config.write_text(good.replace("severity: high", "severity: hihg"), encoding="utf-8")
        await until(lambda: api.sent(77) != [], f"what admins are told\n{daemon.log}")
        assert "config.yaml:" in api.sent(77)[0]["text"]
        config.write_text(good.replace("entities: [DPRK, Blinken, ICBM]", "keywords: [вітер]"), encoding="utf-8")
        await until(lambda: "configuration reloaded" in daemon.log, f"the reload\n{daemon.log}")
        newsroom.publish(EN, URGENT, *URGENT_TEXT)
        newsroom.publish(UK, WEATHER, *WEATHER_TEXT, lang="uk")
        await until(lambda: len(alerts(api)) == 1, f"the alert\n{daemon.log}")
        await until(lambda: len(newsroom.asked(URGENT.path)) == 1, "the other article")
    assert daemon.code == 0
    assert [message["text"].splitlines()[0] for message in alerts(api)] == ["🔴 DPRK arms · вітер"]


async def test_a_reload_that_changes_nothing_tries_a_chat_again_that_refused(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does one after which a secret's file can be read again; one without it keeps what is in force."""
    secret = tmp_path / "secret"
    secret.write_text("of the webhook", encoding="utf-8")
    monkeypatch.setenv("MONITOR_WEBHOOK_SECRET_FILE", str(secret))
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    text = config.read_text(encoding="utf-8")
    hook = "channels:\n  hook: {webhook: {url: 'https://hook.example/'}}"
    config.write_text(text.replace("channels:", hook), encoding="utf-8")
    chat = api.chats.get(500)
    chat.state = "blocked"
    async with DaemonProcess(config) as daemon:
        await until(lambda: "the chat refuses messages" in daemon.log, f"the refusal\n{daemon.log}")
        secret.unlink()
        daemon.signal(signal.SIGHUP)
        await until(lambda: "bad configuration" in daemon.log, f"the reload\n{daemon.log}")
        secret.write_text("another one", encoding="utf-8")
        chat.state = "open"
        daemon.signal(signal.SIGHUP)
        await announced(api)
    assert daemon.code == 0


async def test_a_killed_daemon_goes_on_where_it_was(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    async with DaemonProcess(config) as first:
        await announced(api)
        newsroom.publish(EN, URGENT, *URGENT_TEXT)
        await until(lambda: len(newsroom.asked(URGENT.path)) == 1, f"the page's fetch\n{first.log}")
        first.signal(signal.SIGKILL)
        assert await first.wait() == -signal.SIGKILL
    newsroom.publish(EN, LEAD, *LEAD_TEXT)
    async with DaemonProcess(config) as second:
        await until(lambda: len(alerts(api)) == 1, f"the alert\n{second.log}")
        await until(lambda: len(newsroom.asked(LEAD.path)) == 1, "the revision's page")
    assert second.code == 0
    assert len(alerts(api)) == 1
    assert sum("Now watching" in message["text"] for message in api.sent(500)) == 1


async def test_a_second_daemon_is_refused(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    async with DaemonProcess(config) as first:
        await first.started()
        second = DaemonProcess(config)
        async with second:
            assert await second.wait() == 1
        assert "another daemon" in second.log
        assert "Traceback" not in second.log


async def test_once_polls_delivers_and_ends(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    config = write_config(tmp_path, newsroom, api.url, FEEDS)
    for expected in (0, 1):
        if expected:
            newsroom.publish(EN, URGENT, *URGENT_TEXT)
        async with DaemonProcess(config, "once", cold=True) as round_:
            assert await round_.wait() == 0, round_.log
        assert len(alerts(api)) == expected, round_.log
