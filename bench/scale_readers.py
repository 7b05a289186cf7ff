"""How many polls a second do 1, 2 and 4 readers make of servers that take 150 ms to answer? `make readers-scale`.

    python bench/scale_readers.py [--feeds 160] [--places 2] [--seconds 30]

One process has all roles but reading; readers with two places each are bound by the servers' answers, not by the
processor. Prints a line for each number of readers: polls a second, how many times those of one reader, transactions of
PostgreSQL a poll, and seconds of processor a poll, of all processes but the server's.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doubles.many_processes import Plan, cluster, looked
from doubles.news_server import NewsServer
from doubles.postgres import Postgres
from sqlalchemy import text

READERS = (1, 2, 4)
ANSWER = 0.15  # seconds
LED = "schedule,judge,deliver,bot"


class SlowNewsServer(NewsServer):
    """A newsroom whose answers take their time, and each of whose feeds is on a host of its own.

    Requests to one host are a tenth of a second apart, whoever asks.
    """

    def url(self, path: str = "") -> str:
        """Return the address of a path; feeds are named by numbers."""
        name = path.strip("/").partition(".")[0]
        host = self.hosts[int(name)] if name.isdecimal() else self.hosts[0]
        return f"http://{host}:{self.port}{path}"

    def answer(self, path: str, headers: dict[str, str]) -> Any:
        """Answer after a while."""
        time.sleep(ANSWER)
        return super().answer(path, headers)


async def polls(url: str, folder: Path, readers: int, feeds: int, places: int, seconds: float) -> list[float]:
    """Return polls, transactions and seconds of processor, each a second."""
    plan = Plan(articles=0, feeds=feeds, processes=(LED, *["read"] * readers), interval=1, concurrency=places)
    count = text("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    hosts = tuple(f"127.0.{number // 250}.{number % 250 + 1}" for number in range(feeds))
    async with cluster(folder, url, plan, lambda: SlowNewsServer(listen="", hosts=hosts)) as (
        newsroom,
        _,
        processes,
        store,
    ):
        await asyncio.sleep(seconds / 3)  # all have their pace

        def now() -> list[float]:
            used = sum(_used(each.pid) for each in processes.running)
            done = float(looked(store, lambda tx: tx.connection.scalar(count)))
            return [time.monotonic(), float(len(newsroom.requests)), done, used]

        begun = now()
        await asyncio.sleep(seconds)
        took, *counted = (end - start for start, end in zip(begun, now(), strict=True))
    return [each / took for each in counted]


def _used(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> int:
    parser = argparse.ArgumentParser(description="Count the polls of 1, 2 and 4 readers.")
    parser.add_argument("--feeds", type=int, default=160)
    parser.add_argument("--places", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    first = 0.0
    server = Postgres()
    try:
        for readers in READERS:
            with server.own() as url, tempfile.TemporaryDirectory(prefix="monitor-readers-") as folder:
                run = polls(url, Path(folder), readers, asked.feeds, asked.places, asked.seconds)
                found, transactions, used = asyncio.run(run)
            first = first or found
            print(
                f"{readers} readers: {found:.1f} polls/s, {found / first:.2f} x one; "
                f"{transactions / found:.1f} transactions and {used / found * 1000:.0f} ms of processor a poll",
                flush=True,
            )
    finally:
        server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
