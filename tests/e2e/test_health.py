"""`monitor health`, `status` and `once` beside real daemons that share a port, or a configuration."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest
from doubles.daemon import DaemonProcess, until
from doubles.warm_start import run

pytestmark = pytest.mark.network

CONFIG = """\
sources: [{{name: a, url: "http://127.0.0.1:9/feed"}}]
watchlists: [{{name: v, keywords: [rocket]}}]
channels: {{screen: {{console: {{}}}}}}
storage: {{url: "sqlite:///monitor.db"}}
web: {{listen: "{listen}"}}
telegram: {{api: "http://127.0.0.1:9/{name}"}}  # a bot of its own: one bot has one daemon
"""


def write(folder: Path, listen: str) -> Path:
    folder.mkdir()
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(listen=listen, name=folder.name), encoding="utf-8")
    return file


async def monitor(config: Path, *arguments: str, cwd: Path | None = None) -> tuple[int | None, str, str]:
    command = ("--config", str(config), *arguments)
    ended = await asyncio.to_thread(run, command, cwd or config.parent, os.environ)
    return ended.returncode, ended.stdout, ended.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_only_the_daemon_of_the_configured_database_counts(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    own, other, empty = write(tmp_path / "own", listen), write(tmp_path / "other", listen), tmp_path / "empty"
    empty.mkdir()
    async with DaemonProcess(own) as first:
        await first.started()
        await until(lambda: "poll failed" in first.log, first.log)
        code, out, err = await monitor(own, "health")
        assert (code, json.loads(out)["ok"]) == (0, True), err

        for command in ("health", "status", "once"):  # the same file, but another directory, and so another database
            code, _, err = await monitor(own, command, cwd=empty)
            assert code == 1, err
            assert "another database" in err, err
        assert list(empty.iterdir()) == []

        async with DaemonProcess(other) as second:
            await until(lambda: "the web server could not start" in second.log, second.log)
            await until(lambda: "poll failed" in second.log, second.log)
            code, _, err = await monitor(other, "health")
            assert code == 1
            assert f"another daemon answers at {listen}" in err
            code, out, _ = await monitor(other, "status", "--json")
            assert code == 0
            daemon = json.loads(out)["daemon"]
            assert daemon["ok"] is False
            assert "is not well" in daemon["state"]
    code, _, err = await monitor(own, "health")
    assert code == 1
    assert "no daemon is running on it" in err


async def test_health_without_a_web_server(tmp_path: Path) -> None:
    config = write(tmp_path / "quiet", "")
    async with DaemonProcess(config, cold=True) as daemon:  # it is found by its command line
        await daemon.started()
        await until(lambda: "poll failed" in daemon.log, daemon.log)
        code, out, err = await monitor(config, "health")
        assert (code, json.loads(out)["ok"]) == (0, True), err
        for command in ("status", "once"):  # no port to ask: the process is found
            code, _, err = await monitor(config, command, cwd=tmp_path)
            assert code == 1, err
            assert "a daemon runs with this configuration (pid " in err
        assert not (tmp_path / "monitor.db").exists()
    code, out, err = await monitor(config, "health")
    assert (code, out) == (1, "")
    assert "no daemon is running on it" in err
