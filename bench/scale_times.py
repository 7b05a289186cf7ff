"""How long does it take until another process leads, and what does a paused server do? `make times-scale`.

    python bench/scale_times.py

Two processes with all roles but reading, and a reader, on a PostgreSQL server of its own. Prints a line for each figure
of docs/scale.md: seconds until all four roles are led by the other process after SIGKILL, SIGTERM and SIGSTOP of the
leader; what comes of a server that is stopped for 20 s; how soon an edit is in force everywhere; how processes end that
meet another version's database. Exits 1 where an article is lost or told twice, a stopped leader took a role back,
or a process ended otherwise than it should.
"""

import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import psycopg
from doubles.many_processes import Plan, cluster, looked, text_of, until
from doubles.news_server import Item
from doubles.postgres import Postgres
from sqlalchemy import text

LED = "schedule,judge,deliver,bot"
ROLES = set(LED.split(","))
PAUSE = 20.0


class Measured:
    """The running processes, and what is asked of them."""

    def __init__(self, newsroom: Any, api: Any, processes: Any, store: Any) -> None:
        self.newsroom, self.api, self.processes, self.store = newsroom, api, processes, store
        self.number = 0
        self.latencies: list[float] = []

    def leaders(self) -> dict[str, str]:
        """Return the instances that lead, by role: those that live."""
        found: dict[str, str] = looked(
            self.store,
            lambda tx: {
                each.role: each.instance
                for each in tx.leaders()
                if any(one.state.instance == each.instance for one in tx.processes())
            },
            {},
        )
        return found

    def place_of(self, instance: str) -> int:
        """Return the place of a process."""
        pids = looked(self.store, lambda tx: {each.state.instance: each.state.pid for each in tx.processes()})
        return next(at for at, each in enumerate(self.processes.running) if each.pid == pids[instance])

    async def follow(self, before: set[str]) -> float:
        """Wait until all roles are led by none of these; return how many seconds that took."""
        begun = time.monotonic()

        def followed() -> bool:
            now = self.leaders()
            return set(now) == ROLES and not before & set(now.values())

        await until(followed, "another leads", 300)
        return time.monotonic() - begun

    async def publish(self) -> float:
        """Publish an article; return the seconds until its message was accepted."""
        self.number += 1
        title, lines = text_of(self.number, Random(self.number))
        self.newsroom.publish("/0.xml", Item(title, f"/a{self.number}"), *lines)
        begun = time.monotonic()
        await until(lambda: f"(no. {self.number})" in str(self.api.sent()), "the article", 300)
        self.latencies.append(time.monotonic() - begun)
        return self.latencies[-1]

    async def gather_leadership(self) -> str:
        """Let one process lead all roles, by ending the other in order; return its instance."""
        first = self.leaders()["deliver"]
        other = next(at for at in (0, 1) if at != self.place_of(first))
        self.processes.running[other].send_signal(signal.SIGTERM)
        await asyncio.to_thread(self.processes.running[other].wait)
        await until(lambda: set(self.leaders().values()) == {first}, "one leads all", 300)
        self.processes.running[other] = self.processes.start(other)
        await until(lambda: self._alive() == len(self.processes.running), "the other stands by", 300)
        return first

    def _alive(self) -> int:
        count: int = looked(self.store, lambda tx: sum(each.silent < 5 for each in tx.processes()), 0)
        return count


async def measure(m: Measured, show: Callable[[str], None], config: Path, url: str) -> bool:
    await until(lambda: set(m.leaders()) == ROLES, "leaders", 300)
    for _ in range(12):
        await m.publish()
    show(f"published → sent      p50 {statistics.median(m.latencies):.1f} s, longest of 12 {max(m.latencies):.1f} s")
    for name, number in (("kill -9", signal.SIGKILL), ("SIGTERM", signal.SIGTERM)):
        first = await m.gather_leadership()
        place = m.place_of(first)
        m.processes.running[place].send_signal(number)
        seconds = await m.follow({first})
        await asyncio.to_thread(m.processes.running[place].wait)
        m.processes.running[place] = m.processes.start(place)
        show(f"{name:21} all roles followed after {seconds:.1f} s; next article {await m.publish():.1f} s")
        await until(lambda: m._alive() == len(m.processes.running), "all beat", 300)
    first = await m.gather_leadership()
    await asyncio.sleep(12)  # whoever stands by has beaten in time for so long
    place = m.place_of(first)
    m.processes.running[place].send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    seconds = await m.follow({first})
    sent = await m.publish()
    await asyncio.sleep(max(0.0, 60 - (time.monotonic() - stopped)))
    epochs = looked(m.store, lambda tx: {each.role: each.epoch for each in tx.leaders()})
    m.processes.running[place].send_signal(signal.SIGCONT)
    await until(lambda: "leads the role no more" in m.processes.log(place), "it stands by", 300)
    await m.publish()
    kept = looked(m.store, lambda tx: {each.role: each.epoch for each in tx.leaders()}) == epochs
    show(f"SIGSTOP for 60 s      all roles followed after {seconds:.1f} s; next article {sent:.1f} s; "
         f"epochs after SIGCONT {'as before' if kept else 'CHANGED'}")  # fmt: skip

    before, begun = m.leaders(), time.monotonic()
    pids = _server_pids()
    try:
        _signal(pids, signal.SIGSTOP)
        await asyncio.sleep(PAUSE)
    finally:
        _signal(pids, signal.SIGCONT)
    sent = await m.publish()
    same = m.leaders() == before
    show(f"server paused {PAUSE:.0f} s    {len(pids)} processes; next article {sent:.1f} s after it; "
         f"leaders {'as before' if same else 'changed'}")  # fmt: skip

    begun = time.monotonic()
    _edit(config)
    versions = lambda tx: {each.state.configuration for each in tx.processes() if each.silent < 5}  # noqa: E731
    held = looked(m.store, lambda tx: tx.shared_version(), 0)
    await until(lambda: len(found := looked(m.store, versions, set())) == 1 and min(found) > held, "the edit", 300)
    show(f"edit of the file      in force in all processes after {time.monotonic() - begun:.1f} s")

    texts = [line["text"] for line in m.api.sent()]
    told = [sum(f"(no. {number})" in each for each in texts) for number in range(1, m.number + 1)]
    show(f"articles              {m.number}, lost {told.count(0)}, told twice {sum(count > 1 for count in told)}")

    await asyncio.to_thread(_upgrade, url)
    begun = time.monotonic()
    codes = [await asyncio.to_thread(each.wait, 120) for each in m.processes.running]
    show(f"another version       exit codes {codes} after {time.monotonic() - begun:.1f} s")
    return kept and set(told) == {1} and set(codes) == {75}


def _edit(config: Path) -> None:
    words = config.read_text(encoding="utf-8").replace("keywords: [warship]", "keywords: [warship, airship]")
    config.write_text(words, encoding="utf-8")


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # sessions come and go
            os.kill(pid, number)


def _upgrade(url: str) -> None:
    """Do what the first process of another version does last."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _server_pids() -> list[int]:
    """Return the processes of the server: the postmaster's children, and not the postmaster."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    own = [int(pid) for pid, _, args in rows if "postgres" in args and str(SERVER[0]) in args]
    return [int(pid) for pid, parent, _ in rows if int(parent) in own]


SERVER: list[Path] = []


async def run(url: str, folder: Path) -> bool:
    plan = Plan(articles=0, feeds=1, processes=(LED, LED, "read"))
    async with cluster(folder, url, plan) as (newsroom, api, processes, store):
        measured = Measured(newsroom, api, processes, store)
        return await measure(measured, lambda line: print(line, flush=True), folder / "config.yaml", url)


async def transactions(url: str, folder: Path) -> None:
    """Print how many transactions of the server a poll without news takes, and how many time alone takes."""
    count = text("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    for feeds in (1, 60):
        plan = Plan(articles=0, feeds=feeds, processes=(LED, "read"))
        place = folder / str(feeds)
        place.mkdir()
        async with cluster(place, url, plan) as (newsroom, _, _, store):
            await asyncio.sleep(20)
            begun = len(newsroom.requests), looked(store, lambda tx: tx.connection.scalar(count)), time.monotonic()
            await asyncio.sleep(60)
            polls = len(newsroom.requests) - begun[0]
            done = looked(store, lambda tx: tx.connection.scalar(count)) - begun[1]
            seconds = time.monotonic() - begun[2]
        print(
            f"{feeds:3} sources at 2 s     {polls / seconds:.1f} polls/s, {done / seconds:.1f} transactions/s",
            flush=True,
        )


def main() -> int:
    server = Postgres()
    SERVER.append(server._directory)
    try:
        with server.own() as url, tempfile.TemporaryDirectory(prefix="monitor-times-") as folder:
            failed = not asyncio.run(run(url, Path(folder)))
        with server.own() as url, tempfile.TemporaryDirectory(prefix="monitor-times-") as folder:
            asyncio.run(transactions(url, Path(folder)))
        return failed
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
