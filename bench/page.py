"""The page beside a working daemon: first byte of the board, what a browser loads, the event loop's lag.

`python bench/page.py [--stories 200] [--articles 500] [--browsers 10] [--archive 0]`: a board of so many stories, in an
archive of so many more articles of 30 days, three a story; then browsers watch it while articles arrive, and say how
many of the new stories they were given. Browsers are other processes, so that the lag is the server's alone.
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
_NEW = "КНДР"  # how the headlines of those that arrive begin
_ROUNDS = 40  # boards that are asked for
_PATIENCE = 20.0  # seconds in which the last ones must have come to every browser


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


def watch(base: str, cookie: str, wanted: int) -> None:
    """Watch the board as a browser does: hear what changed, and fetch those lines; print how many new stories came.

    It ends when so many as wanted came, or when the stream does.
    """
    headers = {"Cookie": f"monitor_session={cookie}"}
    came: set[str] = set()
    with urllib.request.urlopen(urllib.request.Request(f"{base}/events", headers=headers)) as stream:  # noqa: S310
        for line in stream:
            if line.startswith(b"data: ["):
                ids = ",".join(map(str, json.loads(line[6:])))
                request = urllib.request.Request(f"{base}/board/stories?ids={ids}", headers=headers)  # noqa: S310
                with urllib.request.urlopen(request) as answer:  # noqa: S310
                    lines = answer.read().decode()
                came |= {part.partition('"')[0] for part in lines.split('data-story="')[1:] if f">{_NEW}" in part}
                print(len(came), flush=True)
                if len(came) >= wanted:
                    return


def put_beside(page: PageHarness, count: int) -> None:
    """Store so many articles of the last 30 days beside the board's, three a story, none with an alert."""
    now, step = int(page.clock.now().timestamp() * 1e6), 30 * 86_400_000_000 // count
    copied = "url, title, text, source, language, zones"
    with page.store.begin() as tx:
        for table, columns, values, where in (
            (
                "articles",
                f"id, key, published, seen_at, revisions, {copied}",
                f"1000000 + n, 'beside' || n, at, at, 0, {copied}",
                "JOIN articles ON articles.id = 1",
            ),
            ("stories", "id, created_at, updated_at", "1000000 + n, at, at", "WHERE n % 3 = 0"),
            (
                "story_members",
                "story_id, article_id, relation, cites, joined_at",
                "1000000 + n / 3 * 3, 1000000 + n, 'same', '[]', at",
                "",
            ),
        ):
            tx.connection.exec_driver_sql(
                f"WITH RECURSIVE made AS (SELECT 0 AS n, {now} AS at "
                f"UNION ALL SELECT n + 1, at - {step} FROM made WHERE n < {count - 1}) "
                f"INSERT INTO {table} ({columns}) SELECT {values} FROM made {where}"
            )


async def arrive(page: PageHarness, count: int, begin: int) -> None:
    """Let articles arrive, each with its alert, thirty a second."""
    for number in range(count):
        await page.store.run(
            lambda tx, number=number: tell(
                tx, page.clock.now(), f"new{begin + number}", title=f"{_NEW} {number}", others=(), sent=False
            )
        )
        await asyncio.sleep(1 / 30)


async def measure(stories: int, articles: int, browsers: int, archive: int) -> None:
    sys.setswitchinterval(_SWITCH)
    with tempfile.TemporaryDirectory() as folder:
        async with PageHarness(Path(folder)) as page:
            with page.store.begin() as tx:
                for number in range(stories):
                    at = page.clock.now() - timedelta(minutes=number * 5)
                    tell(tx, at, f"s{number}", title=f"Росія допомагає КНДР, частина {number}", sent=number % 2 == 0)
            if archive:
                put_beside(page, archive)
            cookie = page.session()

            async def asking(rounds: int) -> dict[str, list[float]]:
                child = await asyncio.create_subprocess_exec(
                    sys.executable, __file__, "--client", page.url, cookie, str(rounds), stdout=subprocess.PIPE
                )
                out, _ = await child.communicate()
                found: dict[str, list[float]] = json.loads(out)
                return found

            cold = await asking(1)
            spent = time.process_time()
            warm = await asking(_ROUNDS)
            spent = (time.process_time() - spent) / _ROUNDS * 1000
            loaded = sum(len(content) for name, content in files().items() if name.endswith((".js", ".css")))
            print(f"board of {stories} stories: {warm['size']:,} bytes of HTML; JS and CSS in all {loaded:,} bytes")
            print(f"first byte: cold {cold['times'][0]:.0f} ms, then p50 {statistics.median(warm['times']):.1f} ms, "
                  f"p95 {percentile(warm['times'], 0.95):.1f} ms; CPU {spent:.1f} ms a board")  # fmt: skip
            lag = Lag()
            print(
                f"loop lag, {articles} articles arrive, nobody watches:  {await lag.during(arrive(page, articles, 0))}"
            )
            watching = [
                await asyncio.create_subprocess_exec(
                    *(sys.executable, __file__, "--watch", page.url, cookie, str(articles)), stdout=subprocess.PIPE
                )
                for _ in range(browsers)
            ]
            while len(page.page._events._watching) < browsers:  # noqa: ASYNC110 — a process has no event to wait for
                await asyncio.sleep(0.1)
            line = await lag.during(arrive(page, articles, articles))
            print(f"loop lag, {articles} articles arrive, {browsers} browsers watch: {line}")
            given = await asyncio.gather(*(_given(each) for each in watching))
            print(f"new stories that came to each browser: {min(given)} to {max(given)} of {articles}")


async def _given(browser: asyncio.subprocess.Process) -> int:
    """Return how many new stories came to a browser, which ends when all have."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await browser.wait()
    except TimeoutError:
        browser.kill()
    out, _ = await browser.communicate()
    return int((out.split() or [b"0"])[-1])


def main() -> None:
    if sys.argv[1:2] == ["--client"]:
        client(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    if sys.argv[1:2] == ["--watch"]:
        watch(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--browsers", type=int, default=10)
    parser.add_argument("--archive", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(measure(options.stories, options.articles, options.browsers, options.archive))


if __name__ == "__main__":
    main()
