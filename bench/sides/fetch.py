"""Asks each address of a file; prints the milliseconds of CPU a request. Usage: fetch.py CLIENT URLS CONCURRENCY."""

import asyncio
import sys
import time
from pathlib import Path

CLIENT, URLS, LIMIT = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8").split(), int(sys.argv[3])


BEGUN: list[float] = []


def begin() -> None:
    BEGUN.append(time.process_time())


async def with_aiohttp() -> int:
    import aiohttp

    begin()
    room = asyncio.Semaphore(LIMIT)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as session:

        async def get(url: str) -> int:
            async with room, session.get(url) as answer:
                await answer.read()
                return answer.status

        return (await asyncio.gather(*map(get, URLS))).count(200)


async def with_monitor() -> int:
    from urllib.parse import urlsplit

    from monitor.fetch.client import HttpFetcher
    from monitor.model import Allow
    from monitor.ports import Request

    begin()
    where = [urlsplit(url) for url in URLS]
    allow = [Allow(host=each.hostname or "", cidr="127.0.0.0/8", ports=(each.port or 80,)) for each in where]
    fetcher = HttpFetcher(allow=allow, concurrency=LIMIT)
    answers = await asyncio.gather(*(fetcher.fetch(Request(url)) for url in URLS))
    await fetcher.close()
    return [answer.status for answer in answers].count(200)


answered = asyncio.run(with_aiohttp() if CLIENT == "aiohttp" else with_monitor())
assert answered == len(URLS), answered  # noqa: S101
print((time.process_time() - BEGUN[-1]) * 1_000 / len(URLS))
