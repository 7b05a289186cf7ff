"""`monitor demo`: a newsroom's day in one minute, offline: the real daemon, the real console channel."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import colour

if TYPE_CHECKING:
    from monitor.cli.newsroom import DemoItem, Newsroom

_AFTER = 6.0  # seconds that the last item's alert may take

_CONFIG = """\
sources:
{sources}
watchlists:
  - name: DPRK arms
    entities: [DPRK, Blinken, ICBM]
    severity: high
    notify: [screen]
channels:
  screen:
    console: {{}}
storage:
  url: sqlite:///{folder}/demo.db
network:
  allow: [{{host: 127.0.0.1, cidr: 127.0.0.0/8, ports: [{port}]}}]
web:
  listen: ""
"""

_SOURCE = """\
  - name: {name}
    url: {url}
    language: {language}
    timezone: {timezone}
    every: 1s
"""


def default_seeds() -> Path:
    """Return the folder `seeds` of the working directory, else the one beside the package."""
    here = Path("seeds")
    return here if here.is_dir() else Path(__file__).resolve().parents[2] / "seeds"


@click.command("demo", short_help="A newsroom's day in a minute, offline, with the real daemon.")
@click.option("--seeds", type=click.Path(path_type=Path), help="The newsroom's folder.  [default: seeds]")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep configuration and database there.")
def demo(seeds: Path | None, keep: Path | None) -> int:
    """Show the product offline: a local newsroom, the real daemon, alerts as a phone shows them."""
    from monitor import log
    from monitor.cli.newsroom import Newsroom, load_timeline

    log.configure("error", "auto")
    timeline = load_timeline(seeds or default_seeds())
    newsroom = Newsroom(timeline)
    newsroom.start()
    try:
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            return asyncio.run(_play(newsroom, keep))
        with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
            return asyncio.run(_play(newsroom, Path(folder)))
    finally:
        newsroom.stop()


async def _play(newsroom: Newsroom, folder: Path) -> int:
    from monitor.app.configuration import load
    from monitor.app.daemon import Daemon

    file = folder / "config.yaml"
    file.write_text(_yaml(newsroom, folder), encoding="utf-8")
    click.secho("A newsroom's day in under a minute. The watchlist: DPRK, Blinken, ICBM.\n", bold=True)
    daemon = Daemon(load(file, {}))
    stop = threading.Event()
    running = asyncio.create_task(daemon.run())
    try:
        newsroom.open()
        ready = asyncio.create_task(daemon.watching())
        await asyncio.wait([ready, running], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not running.done():
            await asyncio.to_thread(newsroom.play, stop, _say)
        await asyncio.wait([running], timeout=_AFTER)
    finally:
        stop.set()
        daemon.stop()
        await running
    _sum_up(file)
    return 0


def _yaml(newsroom: Newsroom, folder: Path) -> str:
    sources = "".join(
        _SOURCE.format(name=feed.name, url=newsroom.url + feed.path, language=feed.language, timezone=feed.timezone)
        for feed in newsroom.feeds
    )
    return _CONFIG.format(sources=sources, folder=folder.resolve(), port=newsroom.url.rpartition(":")[2])


def _say(item: DemoItem) -> None:
    # From a thread of its own, which does not know the command's context.
    click.secho(
        f"{item.time}  {item.feed.partition('-')[0].capitalize()} publishes: {item.title}", dim=True, color=colour()
    )


def _sum_up(file: Path) -> None:
    """Return a summary of the day, from the daemon's own database."""
    from monitor.app.configuration import load
    from monitor.store import open_store

    store = open_store(load(file, {}).storage.url, read_only=True)
    try:
        with store.begin() as tx:
            rows = tx.deliveries(limit=1000)
    finally:
        store.close()
    stories = [row for row in rows if row.story_id is not None]
    click.echo("")
    click.secho("The day in short", bold=True)
    for row in reversed(stories):
        feeds = len({member.source for member in row.alert.members})
        click.echo(
            f"  1 message for {_count(len(row.alert.members), 'article')} of {_count(feeds, 'feed')}, "
            f"{_count(row.edits, 'silent edit')}: {row.alert.headline}"
        )
    click.echo("  Shares, football, a film, and a background paragraph that names the DPRK: no alert.")
    click.echo("\nNext: monitor init writes a configuration of your own.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
