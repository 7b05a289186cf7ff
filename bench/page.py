"""The page beside a working daemon: first byte of the board, what a browser loads, the event loop's lag.

`python bench/page.py [--stories 200] [--articles 500] [--browsers 10]`: a board of so many stories; then browsers
watch it while articles arrive. Browsers are another process, so that the lag is the server's alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from doubles.page_harness import PageHarness, tell  # noqa: E402

from monitor.web.static_files import files  # noqa: E402

_STEP = 0.002  # seconds between two looks at the loop
_SWITCH = 0.0005  # as the daemon sets it


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


class Lag:
    """Measures how much later than asked for a loop wakes a task."""

    def __init__(self) -> None:
        self.found: list[float] = []

    async def run(self) -> None:
        """Look again and again."""
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(_STEP)
            self.found.append((time.perf_counter() - begin - _STEP) * 1000)

    async def during(self, work: object) -> str:
        """Return the lag while `work` is awaited."""
        self.found = []
        task = asyncio.create_task(self.run())
        await work  # type: ignore[misc]
        task.cancel()
        return f"p50 {statistics.median(self.found):5.2f} ms   p99 {percentile(self.found, 0.99):5.2f} ms"


def client(base: str, cookie: str, rounds: int) -> None:
    """Ask for the board so often; print the times to the first byte and the bytes as JSON."""
    times, size = [], 0
    for _ in range(rounds):
        request = urllib.request.Request(f"{base}/", headers={"Cookie": f"monitor_session={cookie}"})  # noqa: S310
        begin = time.perf_counter()
        with urllib.request.urlopen(request) as answer:  # noqa: S310 — loopback
            answer.read(1)
            times.append((time.perf_counter() - begin) * 1000)
            size = 1 + len(answer.read())
    print(json.dumps({"times": times, "size": size}))


def watch(base: str, cookie: str) -> None:
    """Watch the board as a browser does: hear what changed, and fetch those lines, until the stream ends."""
    headers = {"Cookie": f"monitor_session={cookie}"}
    with urllib.request.urlopen(urllib.request.Request(f"{base}/events", headers=headers)) as stream:  # noqa: S310
        for line in stream:
            if line.startswith(b"data: ["):
                ids = ",".join(map(str, json.loads(line[6:])))
                request = urllib.request.Request(f"{base}/board/stories?ids={ids}", headers=headers)  # noqa: S310
                with urllib.request.urlopen(request) as answer:  # noqa: S310
                    answer.read()


async def arrive(page: PageHarness, count: int, begin: int) -> None:
    """Let articles arrive, each with its alert, thirty a second."""
    for number in range(count):
        await page.store.run(
            lambda tx, number=number: tell(
                tx, page.clock.now(), f"new{begin + number}", title=f"КНДР {number}", sent=False
            )
        )
        await asyncio.sleep(1 / 30)


async def measure(stories: int, articles: int, browsers: int) -> None:
    sys.setswitchinterval(_SWITCH)
    with tempfile.TemporaryDirectory() as folder:
        async with PageHarness(Path(folder)) as page:
            with page.store.begin() as tx:
                for number in range(stories):
                    at = page.clock.now() - timedelta(minutes=number * 5)
                    tell(tx, at, f"s{number}", title=f"Росія допомагає КНДР, частина {number}", sent=number % 2 == 0)
            cookie = page.session()

            async def asking(rounds: int) -> dict[str, list[float]]:
                child = await asyncio.create_subprocess_exec(
                    sys.executable, __file__, "--client", page.url, cookie, str(rounds), stdout=subprocess.PIPE
                )
                out, _ = await child.communicate()
                found: dict[str, list[float]] = json.loads(out)
                return found

            cold = await asking(1)
            warm = await asking(40)
            loaded = sum(len(content) for name, content in files().items() if name.endswith((".js", ".css")))
            print(f"board of {stories} stories: {warm['size']:,} bytes of HTML; JS and CSS in all {loaded:,} bytes")
            print(f"first byte: cold {cold['times'][0]:.0f} ms, then p50 {statistics.median(warm['times']):.1f} ms, "
                  f"p95 {percentile(warm['times'], 0.95):.1f} ms")  # fmt: skip
            lag = Lag()
            print(
                f"loop lag, {articles} articles arrive, nobody watches:  {await lag.during(arrive(page, articles, 0))}"
            )
            watching = [
                await asyncio.create_subprocess_exec(
                    sys.executable, __file__, "--watch", page.url, cookie, stderr=subprocess.DEVNULL
                )
                for _ in range(browsers)
            ]
            while len(page.page._events._watching) < browsers:  # noqa: ASYNC110 — a process has no event to wait for
                await asyncio.sleep(0.1)
            line = await lag.during(arrive(page, articles, articles))
            print(f"loop lag, {articles} articles arrive, {browsers} browsers watch: {line}")
            for each in watching:
                each.kill()
                await each.wait()


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        client(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    if sys.argv[1:2] == ["--watch"]:
        watch(sys.argv[2], sys.argv[3])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--browsers", type=int, default=10)
    options = parser.parse_args()
    asyncio.run(measure(options.stories, options.articles, options.browsers))


if __name__ == "__main__":
    main()
