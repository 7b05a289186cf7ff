"""Whether a daemon lives: by its sign in the database, and by the id that its web server shows."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor import host
from monitor.app import life
from monitor.app.configuration import load
from monitor.app.listener import WebListener
from monitor.config.load import Config
from monitor.errors import StoreError
from monitor.model import SignOfLife
from monitor.store import Database, open_store
from monitor.web.server import WebServer, make_app

Serve = Callable[..., str]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "config.yaml"
    file.write_text(
        "sources: [{name: a, url: 'https://a.example/'}]\nwatchlists: [{name: v, keywords: [rocket]}]\n"
        f"storage: {{url: 'sqlite:///{tmp_path}/monitor.db'}}\nweb: {{listen: ''}}\n",
        encoding="utf-8",
    )
    return load(file, {})


def sign(**changes: Any) -> SignOfLife:
    return replace(SignOfLife("abc", 17, "desk", host.start(), time.monotonic(), ok=True), **changes)


def written(config: Config, kept: SignOfLife | None) -> None:
    store = open_store(config.storage.url)
    with store.begin() as tx:
        if kept is not None:
            tx.save_sign_of_life(kept)
    store.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers = []

    def start(**answer: Any) -> str:
        web = WebServer(make_app(lambda: {"ok": True} | answer, lambda: {"ok": True}), "127.0.0.1", 0)
        address = web.start()
        assert address is not None
        servers.append(web)
        return f"127.0.0.1:{address[1]}"

    yield start
    for web in servers:
        await web.stop()


async def look(config: Config, address: str | None = None) -> life.HealthCheck:
    return await asyncio.to_thread(life.examine, config, address)


# --------------------------------------------------------------------------- without a web server


@pytest.mark.parametrize(
    ("changes", "ok", "part"),
    [
        ({}, True, "is well"),
        ({"mono": -3600.0}, False, "has given no sign of life for 36"),
        ({"ok": False}, False, "is not well"),
        ({"boot": "another start"}, False, "another host"),
        ({"boot": None}, False, "another host"),
    ],
)
async def test_without_a_web_server_the_last_sign_of_life_counts(
    config: Config, changes: dict[str, Any], ok: bool, part: str
) -> None:
    if "mono" in changes:  # counted here: minutes may pass between the collection of tests and their run
        changes = changes | {"mono": time.monotonic() + changes["mono"]}
    written(config, sign(**changes))
    found = await look(config)
    assert (found.ok, part in found.line) == (ok, True), found.line
    assert found.answer is not None
    assert found.answer["ok"] is ok


async def test_no_database_and_no_daemon_are_not_well(config: Config) -> None:
    found = await look(config)
    assert (found.ok, found.answer) == (False, None)
    assert "there is no database" in found.line
    written(config, None)
    found = await look(config)
    assert not found.ok
    assert found.line.endswith("monitor.db: no daemon is running on it")


@pytest.mark.network
async def test_a_daemon_writes_its_sign_and_takes_it_away(config: Config) -> None:
    store = open_store(config.storage.url)
    health: dict[str, object] = {"ok": True}
    pulse = life.Heartbeat(store, "abc", lambda: health, lambda: "127.0.0.1:1")
    await pulse.beat()
    assert (await look(config)).line.startswith("no answer from 127.0.0.1:1")
    with store.begin() as tx:
        first = tx.sign_of_life()
    assert first is not None
    assert (first.instance, first.ok, first.web) == ("abc", True, "127.0.0.1:1")
    health["ok"] = False
    pulse._written = before = time.monotonic() - 100
    await pulse.beat()
    assert pulse._written > before
    with store.begin() as tx:
        second = tx.sign_of_life()
    assert second is not None
    assert second.ok is False
    assert second.mono >= first.mono
    await life.Heartbeat(store, "of a later run", lambda: health, str).end()
    with store.begin() as tx:
        assert tx.sign_of_life() == second
    await pulse.end()
    with store.begin() as tx:
        assert tx.sign_of_life() is None
    store.close()
    store = open_store(config.storage.url, read_only=True)
    refused = life.Heartbeat(store, "abc", lambda: health, str)
    refused._written = time.monotonic() - 100
    await refused.beat()  # no reason to end
    assert refused.silent >= 100
    await refused.end()
    store.close()


# --------------------------------------------------------------------------- with one


@pytest.mark.network
async def test_the_web_server_must_answer_with_the_databases_id(
    config: Config, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # for the way out, not to a neighbour
    own, other = serve(instance="abc"), serve(instance="def")
    written(config, sign(web=own))
    found = await look(config)
    assert found.ok
    assert found.answer == {"ok": True, "instance": "abc"}
    assert (await look(config, own)).ok
    for address in (other, serve(), serve(ok=False, instance="abc")):
        found = await look(config, address)
        assert not found.ok
    assert "another daemon answers at" in (await look(config, other)).line
    written(config, sign(web=""))
    listening = replace(config, web=replace(config.web, listen=other))
    assert "another daemon answers at" in (await look(listening)).line, "its own server could not bind"


@pytest.mark.network
async def test_a_daemon_of_another_database_is_named_and_none_is_made_beside_it(config: Config, serve: Serve) -> None:
    stranger = replace(config, web=replace(config.web, listen=serve(instance="def", config="another file")))
    assert "A daemon of another database answers at" in (await look(stranger)).line
    assert await asyncio.to_thread(life.elsewhere, stranger) is None
    await asyncio.to_thread(life.refuse_second_database, stranger)

    same = serve(instance="def", config=life.fingerprint(config.path))
    listening = replace(config, web=replace(config.web, listen=same))
    with pytest.raises(StoreError, match=r"a daemon runs with this configuration .* another database.*monitor\.env"):
        await asyncio.to_thread(life.refuse_second_database, listening)
    written(config, None)
    await asyncio.to_thread(life.refuse_second_database, listening)
    line = (await look(listening)).line  # the database is there: a daemon gives no sign while it starts or stops
    assert "is starting or stopping; if it stays so, it uses another database" in line


@pytest.mark.network
@pytest.mark.parametrize("listen", ["127.0.0.1:1", "127.0.0.1:99999"])
def test_nobody_answers(listen: str) -> None:
    assert isinstance(life.ask(listen), str)


# --------------------------------------------------------------------------- the server that could not bind


@pytest.mark.network
async def test_a_taken_port_is_told_once_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str] | None] = []
    app = make_app(lambda: {"ok": True}, lambda: {"ok": True})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        web = WebListener(lambda name, port: WebServer(app, name, port), listen, told.append)
        for _ in range(3):
            web.start()
        assert (web.address, len(told)) == ("", 1)
        assert told == [(listen, "Address already in use")]
        assert web.state == f"not listening on {listen}: Address already in use"
    web.start()
    assert (web.state, web.error) == (listen, "")
    web.start()
    await web.stop()
    off = WebListener(lambda name, port: WebServer(app, name, port), "", told.append)
    off.start()
    await off.run()
    await off.stop()
    assert (off.state, told[1:]) == ("off", [None]), "it listens at last"


def test_a_sign_of_life_is_kept_as_it_was() -> None:
    store: Database = open_store("sqlite://")
    with store.begin() as tx:
        assert tx.sign_of_life() is None
        for kept in (sign(), sign(boot=None, web="[::1]:8080", ok=False)):
            tx.save_sign_of_life(kept)
            assert tx.sign_of_life() == kept
    store.close()
