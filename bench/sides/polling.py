"""The daemon's polling alone: its own scheduler, dispatcher, fetcher, sandbox and store; no entry is read.

Usage: polling.py CONFIG. It prints a line when its parsers are loaded, begins at SIGUSR1 and ends at SIGTERM.
"""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

from monitor import log
from monitor.app.configuration import load
from monitor.app.wiring import make_dispatcher, opened
from monitor.scheduler import Scheduler


async def main(path: Path) -> None:
    log.configure("error", "json")
    begin, stop = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, begin.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with opened(load(path)) as components:
        dispatcher = make_dispatcher(components)
        scheduler = Scheduler(
            store=components.store,
            dispatcher=dispatcher,
            clock=components.clock,
            follow_clock=components.timekeeper.follow,
            housekeeping=lambda: asyncio.sleep(0),
            polls=components.polls,
            judging=lambda: False,
        )
        components.polls.begin(partial(dispatcher.rest, "poll"), partial(dispatcher.record, "poll"))
        await components.sandbox.run(os.getpid)
        print("ready", flush=True)
        await begin.wait()
        scheduler.start()
        await stop.wait()
        await scheduler.stop()
        await dispatcher.drain(20.0)
        await components.polls.end()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
