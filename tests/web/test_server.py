from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request

import pytest
from doubles.patience import HANG

from monitor.metrics import OUTBOX
from monitor.web.server import WebServer, make_app

pytestmark = pytest.mark.network


def get(url: str) -> tuple[int, dict[str, str], str]:
    try:
        with urllib.request.urlopen(url, timeout=HANG) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


async def test_health_and_readiness_follow_the_daemon() -> None:
    state = {"ok": True}
    OUTBOX.labels(state="ready").set(3)
    web = WebServer(make_app(lambda: dict(state), lambda: {"ok": False}), "127.0.0.1", 0)
    address = web.start()
    assert address is not None
    base = f"http://{address[0]}:{address[1]}"
    try:
        status, headers, body = await asyncio.to_thread(get, f"{base}/healthz")
        assert (status, json.loads(body)) == (200, {"ok": True})
        assert "default-src 'none'" in {key.lower(): value for key, value in headers.items()}["content-security-policy"]
        state["ok"] = False
        assert (await asyncio.to_thread(get, f"{base}/healthz"))[0] == 503
        assert (await asyncio.to_thread(get, f"{base}/readyz"))[0] == 503
        status, _, body = await asyncio.to_thread(get, f"{base}/metrics")
        assert status == 200
        assert 'monitor_outbox_rows{state="ready"} 3.0' in body
    finally:
        await web.stop()


async def test_a_taken_port_is_no_reason_to_die() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        web = WebServer(make_app(lambda: {"ok": True}, lambda: {"ok": True}), "127.0.0.1", taken.getsockname()[1])
        assert web.start() is None
        await web.stop()
