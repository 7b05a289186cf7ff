"""All hostile answers at once, each a source of one real daemon, beside a control source that has news meanwhile."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from doubles.daemon import DaemonProcess, until
from doubles.hostile_answers import ANSWERS, KNOWN, HostileAnswer, document, feed, row
from doubles.hostile_stack import FEED, headline
from doubles.rawserver import Handler, RawServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

# The daemon's own limits count: a task has 8 s of CPU time, so that one of them is enough, and an exchange 30 s.
SERVED = [served for served in ANSWERS if served.name != "flood-of-attributes"]
DRIPS = {served.name for served in ANSWERS if served.deadline < 30}
NEWS = [headline(900 + n) for n in range(4)]


def config(folder: Path, servers: dict[str, RawServer], api: str) -> Path:
    settings = {
        "sources": [
            {"name": name, "url": server.url(FEED), "every": "2s", "timezone": "UTC"}
            for name, server in servers.items()
        ],
        "watchlists": [{"name": "all", "entities": ["DPRK"], "notify": ["desk"]}],
        "channels": {"desk": {"telegram": {"chat": 500}, "burst": "off"}},
        "telegram": {"api": api, "admins": [77]},
        "storage": {"url": f"sqlite:///{folder}/monitor.db"},
        "network": {
            "allow": [
                {"host": server.host, "cidr": "127.0.0.0/8", "ports": [server.port]} for server in servers.values()
            ]
        },
        "delivery": {"quiet_time": "1s"},
        "web": {"listen": ""},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


async def status(path: Path) -> dict[str, dict[str, Any]]:
    """Return what `monitor status --json` shows of sources, by name."""
    command = [sys.executable, "-m", "monitor", "--config", str(path), "status", "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return {source["name"]: source for source in json.loads(out)["sources"]}


def first_good(served: HostileAnswer) -> Handler:
    """Return a server that has a good feed for the first request, and the hostile answer from then on."""
    asked = iter((feed(document(row(KNOWN))),))

    async def answer(writer: asyncio.StreamWriter) -> None:
        now = next(asked, served.answer)
        if callable(now):
            await now(writer)
        else:
            writer.write(now)
            await writer.drain()

    return answer


async def test_no_source_holds_up_the_control(tmp_path: Path, api: TelegramDouble) -> None:
    async with AsyncExitStack() as stack:
        servers = {"Control": await stack.enter_async_context(RawServer("127.0.0.2"))}
        for n, served in enumerate(SERVED):
            servers[str(served)] = await stack.enter_async_context(RawServer(f"127.0.1.{n + 1}"))
            servers[str(served)].answers[FEED] = first_good(served)
        control = servers["Control"]
        control.answers[FEED] = feed(document(row(KNOWN)))
        path = config(tmp_path, servers, api.url)
        async with DaemonProcess(path) as daemon:
            await until(lambda: len(control.asked(FEED)) > 1, f"the control's baseline\n{daemon.log[-3000:]}")
            for n, title in enumerate(NEWS):
                control.answers[FEED] = feed(document(*map(row, reversed(NEWS[: n + 1])), row(KNOWN)))
                await until(
                    lambda title=title: any(title in message["text"] for message in api.sent(500)),  # type: ignore[misc]
                    f"{title}\n{daemon.log[-3000:]}",
                )
            for event, wanted in (
                ("poll failed", {str(served) for served in SERVED if served.error and served.name not in DRIPS}),
                ("new entries", {str(served) for served in SERVED if not served.error}),
            ):
                await until(lambda e=event, w=wanted: w <= sources(daemon.log, e), f"{event} of {wanted}")  # type: ignore[misc]
            assert unexpected(await status(path)) == []
    assert daemon.code == 0
    assert "internal error" not in daemon.log
    assert "Traceback" not in daemon.log


def sources(log: str, event: str) -> set[str]:
    """Return the names of the sources that an event was logged of."""
    lines = [line for line in log.splitlines() if f'"{event}"' in line and line.endswith("}")]
    return {json.loads(line)["source"] for line in lines}


def unexpected(shown: dict[str, dict[str, Any]]) -> list[str]:
    """Return the sources whose error is not what it must be."""
    found = [f"Control: {shown['Control']['error']}"] if shown["Control"]["error"] else []
    for served in SERVED:
        source = shown[str(served)]
        error = source["error"] or ""
        if served.name in DRIPS:
            continue  # still dripping, which holds up nobody
        if not (re.search(served.error, error) if served.error else not error and source["last_new"]):
            found.append(f"{served}: {error}")
    return found
