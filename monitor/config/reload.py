"""Notices when a file of the configuration was edited."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from watchfiles import awatch

from monitor.background import wait_at_most
from monitor.config.files import SPLIT, fingerprint
from monitor.model import Fingerprint

_CHECK = 0.5  # seconds between two ticks where no notice comes (network mounts, replaced links, no inotify left)
_SETTLED = 0.15  # seconds without a change after which an edit is over: editors truncate, then write
_PATIENCE = 1.2  # seconds after which an edit counts although it goes on


async def changes(path: Path, stop: asyncio.Event, seen: Fingerprint | None = None) -> AsyncGenerator[None, None]:
    """Yield after each settled change of the file at `path` or of `watchlists.d` beside it, within 2 s, until `stop`.

    `seen` is the fingerprint of what was loaded (`Config.fingerprint`): an edit since then counts. Files may be
    written in place or replaced, links may be moved, `watchlists.d` may appear and vanish.
    """
    last = fingerprint(path) if seen is None else seen
    while not stop.is_set():
        async with contextlib.aclosing(_ticks(path, stop)) as ticks:
            async for _ in ticks:
                if fingerprint(path) != last:
                    last = await _settled(path, stop)
                    if not stop.is_set():
                        yield


async def _settled(path: Path, stop: asyncio.Event) -> Fingerprint:
    """Wait until the files stay as they are, and the main one is there; return their fingerprint."""
    before, waited = fingerprint(path), 0.0
    while waited < _PATIENCE and not stop.is_set():
        await wait_at_most(stop, _SETTLED)
        waited += _SETTLED
        after = fingerprint(path)
        if after == before and any(name == str(path) and size for name, _, size, _ in after):
            return after
        before = after
    return before


async def _ticks(path: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """Yield when it is time to look: now, when the operating system tells of a change, and every half second.

    Ends when other directories are to be watched.
    """
    folders = _folders(path)
    yield
    try:
        notices = awatch(
            *folders,
            watch_filter=None,
            recursive=False,
            debounce=100,
            step=20,
            rust_timeout=int(_CHECK * 1000),
            yield_on_timeout=True,
            stop_event=_Stop(stop),
        )
        async with contextlib.aclosing(notices):
            async for _ in notices:
                yield
                if _folders(path) != folders:
                    return
    except (OSError, RuntimeError):
        # The directory is gone, or the system has no watches left: looking alone must do.
        await wait_at_most(stop, _CHECK)


class _Stop:
    """A stop event for watchfiles, which sets it when it is cancelled: that must not stop the daemon."""

    def __init__(self, outer: asyncio.Event) -> None:
        self._outer = outer
        self._own = False

    def is_set(self) -> bool:
        return self._own or self._outer.is_set()

    def set(self) -> None:
        self._own = True

    async def wait(self) -> None:
        await self._outer.wait()


def _folders(path: Path) -> list[Path]:
    return [folder for folder in (path.parent, path.parent / SPLIT) if folder.is_dir()]
