"""Runs the daemon and reads new articles; prints how late its event loop was while it did, and at rest.

    python bench/sides/lag.py CONFIG COUNT

A task wants to run every 5 ms; its lateness is the lag. When the daemon has polled each source once it prints
'ready' and waits for a line: the caller has published an article at each site by then, and made all sources due.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from monitor import log
from monitor.app.configuration import load
from monitor.app.daemon import Daemon

EVERY = 0.005
REST = 3.0


async def run(config: Path, count: int) -> dict[str, list[float]]:
    """Return the lags in seconds, at rest and while `count` articles are read and judged."""
    log.configure("error", "json")
    daemon = Daemon(load(config))
    running = asyncio.create_task(daemon.run())
    lags: list[float] = []

    async def sample() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(EVERY)
            lags.append(time.perf_counter() - begun - EVERY)

    async def number(query: str) -> int:
        components = daemon._components
        if components is None:
            return -1
        return int(await components.store.run(lambda tx: tx.connection.exec_driver_sql(query).scalar() or 0))

    async def until(query: str, least: int) -> None:
        while await number(query) < least:
            if running.done():
                running.result()
            await asyncio.sleep(0.1)

    await until("SELECT count(*) FROM sources WHERE last_poll_at IS NOT NULL", count)
    await until("SELECT 1 - min(1, count(*)) FROM entries WHERE due_at IS NOT NULL", 1)
    before = await number("SELECT count(*) FROM articles")
    sampling = asyncio.create_task(sample())
    await asyncio.sleep(REST)
    rest, lags[:] = lags.copy(), []
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    lags.clear()
    await until("SELECT count(*) FROM articles", before + count)
    busy = lags.copy()
    sampling.cancel()
    daemon.stop()
    await running
    return {"rest": rest, "busy": busy}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))))
