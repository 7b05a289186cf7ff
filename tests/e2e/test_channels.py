"""The whole path to the other channels: one story to Telegram, a webhook and a service of Apprise at once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.http_sink import Sink
from doubles.news_server import Item, NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

EN = "/RSS/nk.xml"
OLD = Item("Blinken to visit Seoul for talks on North Korea", "/view/AEN20231107001100315")
URGENT = Item("(URGENT) Blinken says Russia giving N.K. technology for military programs", "/view/AEN20231109007200315")
LEAD = Item("(LEAD) Blinken says Russia giving N.K. technology for military programs", "/view/AEN20231109007251315")
TEXT = (
    "SEOUL, Nov. 9 (Yonhap) -- U.S. Secretary of State Antony Blinken said Thursday that Russia is giving North Korea technology and support for its military programs.",
    "He spoke to reporters in Seoul after talks with Foreign Minister Park Jin.",
)
SECRETS = {"MONITOR_WEBHOOK_SECRET": "squirrel-7", "MONITOR_APPRISE_OFFICE": "json://127.0.0.1:{}/Tok3nOfTheOffice"}


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.feed(EN)
    newsroom.publish(EN, OLD, "SEOUL, Nov. 7 (Yonhap) -- Antony Blinken will visit Seoul to talk about North Korea.")
    return newsroom


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with Sink() as running:
        for name, value in SECRETS.items():
            monkeypatch.setenv(name, value.format(running.port))
        yield running


def configured(folder: Path, newsroom: NewsServer, api: TelegramDouble, sink: Sink) -> Path:
    path = write_config(folder, newsroom, api.url, {"Yonhap": EN})
    text = path.read_text(encoding="utf-8").replace("notify: [desk]", "notify: [desk, hook, office]")
    channels = (
        f"channels:\n  hook: {{webhook: {{url: 'http://127.0.0.1:{sink.port}/hook'}}}}\n  office: {{apprise: {{}}}}\n"
    )
    path.write_text(text.replace("channels:\n", channels), encoding="utf-8")
    return path


def database(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("monitor.db*"))


async def test_a_story_reaches_every_channel_as_its_kind_can(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble, sink: Sink
) -> None:
    def got(path: str, part: str) -> list[str]:
        return [post.body for post in sink.posts if post.path == path and part in post.body]

    async with DaemonProcess(configured(tmp_path, newsroom, api, sink)) as daemon:
        await until(lambda: bool(got("/hook", "Now watching")), f"the baseline\n{daemon.log}")
        await until(lambda: bool(got("/Tok3nOfTheOffice", "Now watching")), f"the baseline\n{daemon.log}")
        newsroom.publish(EN, URGENT, *TEXT)
        await until(lambda: bool(got("/Tok3nOfTheOffice", "(URGENT)")), f"the service's message\n{daemon.log}")
        await until(lambda: bool(got("/hook", "(URGENT)")), f"the webhook's post\n{daemon.log}")
        newsroom.publish(EN, LEAD, *TEXT, "Washington and Seoul agreed on further steps.")
        await until(lambda: bool(got("/hook", "(LEAD)")), f"the webhook's edit\n{daemon.log}")
        await until(lambda: bool(api.called("editMessageText")), f"Telegram's edit\n{daemon.log}")
    assert daemon.code == 0
    first, second = (json.loads(body) for body in got("/hook", "Blinken says"))
    assert (first["id"], first["revision"], second["revision"]) == (second["id"], 1, 2)
    (office,) = got("/Tok3nOfTheOffice", "Blinken says")
    assert json.loads(office)["type"] == "warning"
    assert "giving North Korea technology" in json.loads(office)["message"]
    post = next(post for post in sink.posts if post.path == "/hook")
    signed = f"{post.headers['x-monitor-timestamp']}.{post.body}".encode()
    digest = hmac.new(b"squirrel-7", signed, hashlib.sha256).hexdigest()
    assert post.headers["x-monitor-signature"] == f"sha256={digest}"
    kept = database(tmp_path)
    for secret in ("squirrel-7", "Tok3nOfTheOffice"):
        assert secret not in daemon.log
        assert secret.encode() not in kept


async def test_alerts_wait_for_an_address(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = SECRETS["MONITOR_APPRISE_OFFICE"].format(sink.port)
    monkeypatch.delenv("MONITOR_APPRISE_OFFICE")
    monkeypatch.setenv("MONITOR_APPRISE_OFFICE_FILE", str(tmp_path / "office"))
    config = configured(tmp_path, newsroom, api, sink)
    async with DaemonProcess(config) as daemon:
        told = "MONITOR_APPRISE_OFFICE_FILE"
        await until(lambda: any(told in sent["text"] for sent in api.sent(77)), f"what admins are told\n{daemon.log}")
        assert not any(post.path == "/Tok3nOfTheOffice" for post in sink.posts)
        (tmp_path / "office").write_text(address, encoding="utf-8")
        config.write_text(
            config.read_text(encoding="utf-8").replace("quiet_time: 1s", "quiet_time: 2s"), encoding="utf-8"
        )
        await until(lambda: any(post.path == "/Tok3nOfTheOffice" for post in sink.posts), f"the notice\n{daemon.log}")
    assert daemon.code == 0
