"""Under which names the web server answers, asked byte by byte as browsers, scrapers and attackers ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor.app.configuration import load
from monitor.web import hosts
from monitor.web.hosts import host_of, is_safe
from monitor.web.server import WebServer, make_app

Ask = Callable[..., Awaitable[tuple[int, str]]]

NAMES = ["monitor", "prom_1.corp.example", "моніторинг.example"]


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """Send one request as written; returns status and everything else that came back."""
    web = WebServer(make_app(lambda: {"ok": True}, lambda: {"ok": True}, lambda: NAMES), "127.0.0.1", 0)
    address = web.start()
    assert address is not None

    async def send(*headers: str, target: str = "/healthz", version: str = "1.1") -> tuple[int, str]:
        reader, writer = await asyncio.open_connection(*address)
        lines = [f"GET {target} HTTP/{version}", *headers, "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1"))
        answer = (await reader.read()).decode()
        writer.close()
        return int(answer.split()[1]), answer

    yield send
    await web.stop()


@pytest.mark.network
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "10.2.0.7:80",
        "[::1]",
        "[::1]:8080",
        "[FE80::1%25eth0]:8080",
        "[::ffff:127.0.0.1]",
        "localhost",
        "LocalHost:9999",
        "localhost.",
        "localhost.:8080",
        "localhost:",
        "news.localhost",
        "monitor",
        "MONITOR:8080",
        "monitor.",
        "prom_1.corp.example",
        "моніторинг".encode("idna").decode() + ".example",
    ],
)
async def test_addresses_loopback_names_and_configured_names_are_answered(ask: Ask, host: str) -> None:
    assert (await ask(f"Host: {host}"))[0] == 200


@pytest.mark.network
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "notlocalhost",
        "monitor.evil.example",
        "xmonitor",
        "127.1",
        "0x7f000001",
        "2130706433",
        "1.2.3.4.5",
    ],
)
@pytest.mark.parametrize("target", ["/healthz", "/readyz", "/metrics", "/nothing", "//evil.example/metrics"])
async def test_a_foreign_name_is_refused_with_the_remedy(ask: Ask, host: str, target: str) -> None:
    status, answer = await ask(f"Host: {host}", target=target)
    assert status == 421
    assert "content-type: text/plain" in answer
    assert "nosniff" in answer
    assert f"web.hosts in config.yaml (web: {{hosts: [{host.partition(':')[0]}]}})" in answer
    assert "monitor_" not in answer


@pytest.mark.network
@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        ":8080",
        "localhost:99999",
        "localhost:80a",
        "localhost:-1",
        "localhost:80:80",
        "::1",
        "[::1",
        "::1]",
        "[localhost]",
        "[127.0.0.1]",
        "[::1]evil.example",
        "[::1]:80:evil",
        "user@localhost",
        "localhost@evil.example",
        "localhost/evil",
        "localhost#",
        "local host",
        "localhost, evil.example",
        "localhost..",
        ".localhost",
        "evil..example",
        "-evil.example",
        "\xe9vil.example",
        "http://localhost",
        "a" * 64,
        ".".join(["a" * 60] * 5),
    ],
)
async def test_a_malformed_host_is_refused(ask: Ask, host: str) -> None:
    assert (await ask(f"Host: {host}"))[0] == 400


@pytest.mark.network
async def test_exactly_one_host_is_wanted(ask: Ask) -> None:
    assert (await ask())[0] == 400
    assert (await ask(version="1.0"))[0] == 400
    assert (await ask("Host: localhost", version="1.0"))[0] == 200
    assert (await ask("Host: evil.example", version="1.0"))[0] == 421
    for version in ("1.0", "1.1"):
        assert (await ask("Host: localhost", "Host: evil.example", version=version))[0] == 400
        assert (await ask("Host: localhost", "host: localhost", version=version))[0] == 400


@pytest.mark.network
async def test_what_a_proxy_says_of_the_host_does_not_count(ask: Ask) -> None:
    forwarded = ("X-Forwarded-Host: {}", "Forwarded: host={}", "X-Host: {}", "X-Original-Host: {}")
    for header in forwarded:
        assert (await ask("Host: localhost", header.format("evil.example")))[0] == 200
        assert (await ask("Host: evil.example", header.format("localhost")))[0] == 421


@pytest.mark.network
async def test_an_absolute_target_is_checked_as_the_host_is(ask: Ask) -> None:
    for good in ("http://localhost/healthz", "HTTP://127.0.0.1:8080/healthz", "https://monitor/healthz?x=1"):
        assert (await ask("Host: localhost", target=good))[0] == 200
    assert (await ask("Host: localhost", target="http://localhost/nothing"))[0] == 404
    assert (await ask("Host: localhost", target="http://localhost"))[0] == 404
    assert (await ask("Host: localhost", target="http://evil.example/healthz"))[0] == 421
    assert (await ask("Host: evil.example", target="http://localhost/healthz"))[0] == 421
    assert (await ask("Host: localhost", target="http://localhost@evil.example/healthz"))[0] == 400
    for odd in ("http:///healthz", "ftp://localhost/healthz", "localhost:80", "*", "healthz"):
        assert (await ask("Host: localhost", target=odd))[0] == 400


@pytest.mark.network
async def test_a_reload_changes_the_names(ask: Ask) -> None:
    assert (await ask("Host: late.example"))[0] == 421
    NAMES.append("late.example")
    try:
        assert (await ask("Host: late.example"))[0] == 200
    finally:
        NAMES.remove("late.example")


@pytest.mark.network
async def test_a_refused_name_is_logged_once_and_names_without_end_are_not(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "log", structlog.get_logger())  # the module's own may be cached by an earlier test
    with structlog.testing.capture_logs() as lines:
        for number in (*range(30), *range(30)):
            await ask(f"Host: evil{number}.example")
    assert [line["host"] for line in lines] == [f"evil{number}.example" for number in range(20)]


def test_the_names_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "sources: [{name: a, url: 'https://a.example/'}]\n"
        "web: {listen: 'box.corp:8080', public_url: 'https://Monitor.Example.org:8443/news', hosts: [Prom, '10.0.0.1']}\n",
        encoding="utf-8",
    )
    assert set(load(file, {}).web.names) == {"box.corp", "monitor.example.org", "prom", "10.0.0.1"}
    assert load(file, {"MONITOR_WEB__HOSTS": "one,two", "MONITOR_WEB__LISTEN": ""}).web.hosts == ("one", "two")


@given(st.text(st.characters(codec="latin-1")) | st.from_regex(r"[a-z0-9.:\[\]@%-]{0,30}", fullmatch=True))
def test_no_host_raises_and_what_is_taken_is_a_plain_name_or_an_address(text: str) -> None:
    host = host_of(text)
    if host is not None:
        assert host == host.lower()
        assert is_safe(host) or not set(host) & set("[]@/?# ")
