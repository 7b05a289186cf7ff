"""Health of a configuration's daemon: the sign of life in its database, and the check of it by other processes.

A port alone proves nothing: what answers there may be another daemon. So each run has a random id, which stands in the
database and in what `/healthz` answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog

from monitor import host
from monitor.config.load import Config
from monitor.errors import MonitorError, StoreError
from monitor.model import SignOfLife
from monitor.store import Database, is_missing, open_store

log = structlog.get_logger(__name__)

EVERY = 10.0
"""Seconds between two signs of life."""

STALE = 60.0
"""Seconds after which a daemon without a sign of life counts as hung or killed."""

STUCK = 60.0
"""Seconds without progress of a loop or a role, or without a sign of life, that make a process unhealthy."""

_TIMEOUT = 5.0  # seconds that the web server may take to answer
_MOST = 100_000  # bytes of an answer


def fingerprint(path: Path) -> str:
    """Return a name for a configuration file on this host that does not give its path away."""
    return hashlib.sha256(os.path.realpath(path).encode(errors="surrogateescape")).hexdigest()[:16]


class Heartbeat:
    """Writes the daemon's sign of life into its database, every ten seconds.

    `health` returns what `/healthz` answers, `web` the address of the web server.
    """

    def __init__(
        self, store: Database, instance: str, health: Callable[[], Mapping[str, object]], web: Callable[[], str]
    ) -> None:
        self._store = store
        self._instance = instance
        self._health = health
        self._web = web
        self._written = time.monotonic()

    @property
    def silent(self) -> float:
        """Return the seconds since the last sign of life that the database took: it may refuse to be written."""
        return time.monotonic() - self._written

    async def beat(self) -> None:
        """Write one sign of life; where the database refuses, there is none, and others find that out."""
        sign = SignOfLife(
            self._instance,
            os.getpid(),
            socket.gethostname(),
            host.start(),
            time.monotonic(),
            bool(self._health()["ok"]),
            self._web(),
        )
        try:
            await self._store.run(lambda tx: tx.save_sign_of_life(sign))
        except StoreError as error:
            log.debug("no sign of life could be written", error=str(error))
        else:
            self._written = time.monotonic()

    async def run(self) -> None:
        """Write a sign of life every so often."""
        while True:
            await asyncio.sleep(EVERY)
            await self.beat()

    async def end(self) -> None:
        """Delete the sign of life: the daemon ends in order."""
        try:
            await self._store.run(lambda tx: tx.delete_sign_of_life(self._instance))
        except StoreError as error:
            log.debug("the sign of life stays", error=str(error))


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The result of a check of a daemon: whether it is well, one line for people, and its answer to `/healthz`."""

    ok: bool
    line: str
    answer: Mapping[str, Any] | None = None


def age(sign: SignOfLife) -> float | None:
    """Return the seconds since a sign of life; None where it came from another start of the host, or another host."""
    mine = host.start()
    return time.monotonic() - sign.mono if mine is not None and sign.boot == mine else None


def describe(sign: SignOfLife | None) -> HealthCheck:
    """Return a daemon's health by its sign of life alone."""
    if sign is None:
        return HealthCheck(ok=False, line="no daemon is running on it")
    who = f"the daemon on it (pid {sign.pid} on {sign.host})"
    seconds = age(sign)
    if seconds is None:
        return HealthCheck(ok=False, line=f"{who} ran on another host, or before this one was started: ask there")
    if seconds > STALE:
        return HealthCheck(
            ok=False, line=f"{who} has given no sign of life for {seconds:.0f} s: it hangs, or was killed"
        )
    if not sign.ok:
        return HealthCheck(ok=False, line=f"{who} is not well: see its log, or /healthz")
    return HealthCheck(ok=True, line=f"{who} is well (sign of life {seconds:.0f} s ago)")


def examine(config: Config, address: str | None = None) -> HealthCheck:
    """Check the daemon that uses the configured database.

    Its web server, at `address` or where it says it listens, must answer with its id; without a web server its last
    sign of life must be fresh.
    """
    if config.dispatch == "procrastinate":
        return _examine_processes(config.storage.url, address)
    return _examine_daemon(config, address)


def _examine_daemon(config: Config, address: str | None) -> HealthCheck:
    url = config.storage.url
    in_memory = url in ("sqlite://", "sqlite:///:memory:")
    try:
        name, sign = ("a database in memory", None) if in_memory else _recorded(url)
    except MonitorError as error:
        return HealthCheck(ok=False, line=f"{error}{_other(config, address)}")
    listen = address or (sign.web if sign else "") or config.web.listen
    if sign is None and not in_memory:
        return HealthCheck(ok=False, line=f"{name}: no daemon is running on it{_other(config, address, starting=True)}")
    if not listen:
        found = describe(sign)
        about = None if sign is None else {"ok": found.ok, "instance": sign.instance, "pid": sign.pid}
        return HealthCheck(found.ok, f"{name}: {found.line}", about)
    answer = ask(listen)
    if isinstance(answer, str):
        return HealthCheck(ok=False, line=f"no answer from {listen}: {answer}; {name}: {describe(sign).line}")
    if sign is not None and answer.get("instance") != sign.instance:
        return HealthCheck(ok=False, line=f"another daemon answers at {listen}, not the one on {name} (pid {sign.pid})")
    return HealthCheck(answer.get("ok") is True, line=f"{listen} answers", answer=answer)


def _examine_processes(url: str, address: str | None) -> HealthCheck:
    """Check the processes of this host; with `address`, the one that answers there."""
    answer = ask(address) if address else ""
    if address and isinstance(answer, str):
        return HealthCheck(ok=False, line=f"no answer from {address}: {answer}")
    if address and not isinstance(answer, str):
        return HealthCheck(answer.get("ok") is True, line=f"{address} answers", answer=answer)
    try:
        store = open_store(url, read_only=True)
        try:
            with store.begin() as tx:
                seen = [each for each in tx.processes() if each.state.host == socket.gethostname()]
        finally:
            store.close()
    except MonitorError as error:
        return HealthCheck(ok=False, line=str(error))
    silent = [each for each in seen if each.silent > STALE / 4]
    if not seen or len(silent) == len(seen):
        why = "gives a sign of life" if seen else "is running"
        return HealthCheck(ok=False, line=f"{store.name}: no process of this host {why}")
    if ill := [each.state for each in seen if each not in silent and not each.state.ok]:
        who = ", ".join(f"pid {state.pid} ({','.join(state.roles)})" for state in ill)
        return HealthCheck(ok=False, line=f"{store.name}: not well, see its log or /healthz: {who}")
    about = [{"pid": each.state.pid, "roles": list(each.state.roles), "silent": each.silent} for each in seen]
    return HealthCheck(ok=True, line=f"{len(seen) - len(silent)} processes", answer={"ok": True, "processes": about})


def _recorded(url: str) -> tuple[str, SignOfLife | None]:
    store = open_store(url, read_only=True)
    try:
        with store.begin() as tx:
            return store.name, tx.sign_of_life()
    finally:
        store.close()


def _other(config: Config, address: str | None = None, *, starting: bool = False) -> str:
    """Return the end of a sentence about a daemon that runs although it is not the configured database's.

    `starting`: the database is there, so that the daemon may be its own, without a sign of life yet, or none any more.
    """
    if (reason := elsewhere(config, starting=starting)) is not None:
        return f"; {reason}"
    listen = address or config.web.listen
    answer = ask(listen) if listen else ""
    if isinstance(answer, str):
        return ""
    return f". A daemon of another database answers at {listen}"


def elsewhere(config: Config, *, look_for_process: bool = True, starting: bool = False) -> str | None:
    """Return what to do where a daemon runs on this very configuration file, but with another database; else None.

    Its database is then named in an environment that this process does not have.
    """
    listen = config.web.listen
    answer = ask(listen) if listen else ""
    if not isinstance(answer, str) and answer.get("config") == fingerprint(config.path):
        how = f"it answers at {listen}"
    elif look_for_process and (pid := _process(config.path)) is not None:
        how = f"pid {pid}"
    else:
        return None
    remedy = (
        "run the command in the daemon's environment (monitor.env beside the configuration, or MONITOR_ENV_FILE) and "
        "directory: see docs/service.md"
    )
    unsure = "is starting or stopping; if it stays so, it uses another database"
    state = unsure if starting else "uses another database"
    return f"a daemon runs with this configuration ({how}) and {state}: {remedy}"


def _process(path: Path) -> int | None:
    """Return the pid of a `monitor --config PATH run` on this host; None where there is none, or it cannot be seen."""
    wanted = os.path.realpath(path)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = [os.fsdecode(word) for word in (folder / "cmdline").read_bytes().split(b"\0")]
        except OSError:
            continue
        if "run" not in words or not any(Path(word).name == "monitor" for word in words[:3]):
            continue
        try:
            base = (folder / "cwd").readlink()
        except OSError:  # another user's: an absolute path can be compared all the same
            base = Path("/")
        named = [words[at + 1] for at, word in enumerate(words[:-1]) if word in ("--config", "-c")]
        if any(os.path.realpath(base / name) == wanted for name in named or ["config.yaml"]):
            return int(folder.name)
    return None


def require_database(config: Config) -> None:
    """Raise StoreError where the configured SQLite file is missing: only `run` and `once` make a database."""
    url = config.storage.url
    if not is_missing(url):
        return
    if (reason := elsewhere(config)) is not None:
        raise StoreError(f"there is no database at {url}: {reason}", retryable=False)
    open_store(url, read_only=True).close()  # raises, with the path


def refuse_second_database(config: Config, *, look_for_process: bool = True) -> None:
    """Raise StoreError where a daemon runs on this configuration with another database, and this one is not there yet.

    A second one would know no article: everything would be alerted again.
    """
    if is_missing(config.storage.url) and (reason := elsewhere(config, look_for_process=look_for_process)) is not None:
        raise StoreError(f"there is no database at {config.storage.url}, and none is made: {reason}", retryable=False)


def ask(listen: str) -> Mapping[str, Any] | str:
    """Return what `/healthz` at host:port answers, healthy or not; else why there is no such answer."""
    # Whatever proxy the environment names for the way out, this is the way to a neighbour.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{listen}/healthz", timeout=_TIMEOUT) as reply:
            body = reply.read(_MOST)
    except urllib.error.HTTPError as error:
        with error:
            body = error.read(_MOST)
        if error.code == HTTPStatus.MISDIRECTED_REQUEST:
            return body.decode(errors="replace").partition("\n")[0]
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", None) or error)
    try:
        answer = json.loads(body)
    except ValueError:
        return "what listens there is no daemon of this kind"
    return answer if isinstance(answer, dict) and "ok" in answer else "what listens there is no daemon of this kind"
