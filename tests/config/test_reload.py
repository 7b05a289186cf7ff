"""Edits are noticed once they are complete, however an editor makes them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.config import reload
from monitor.config.files import fingerprint
from monitor.config.reload import changes


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def mkdir(path: Path) -> None:
    path.mkdir()


def link(path: Path, target: str | Path) -> None:
    path.symlink_to(target)


def replace(path: Path, target: Path) -> None:
    path.replace(target)


def unlink(path: Path) -> None:
    path.unlink()


_PATIENCE = 20.0  # only a failure waits so long


class Watching:
    """A running watch: counts the changes told."""

    def __init__(self, path: Path) -> None:
        self.stop = asyncio.Event()
        self.told: asyncio.Queue[None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(path))

    async def _run(self, path: Path) -> None:
        async for _ in changes(path, self.stop, self.seen):
            self.told.put_nowait(None)

    seen = None

    async def change(self) -> None:
        await asyncio.wait_for(self.told.get(), _PATIENCE)

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self._task, _PATIENCE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "config.yaml"
    path.parent.mkdir()
    write(path, "a: 1\n")
    return path


@contextlib.asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Watching]:
    watch = Watching(path)
    await asyncio.sleep(0)  # its first look is now behind it
    try:
        yield watch
    finally:
        await watch.end()


async def test_a_file_written_in_place(file: Path) -> None:
    async with watching(file) as watch:
        write(file, "a: 22\n")
        await watch.change()
        write(file, "a: 333\n")
        await watch.change()


async def test_a_file_replaced_by_another(file: Path) -> None:
    async with watching(file) as watch:
        for text in ("b: 1\n", "c: 1\n"):
            new = file.with_name(".config.yaml.swp")
            write(new, text)
            replace(new, file)
            await watch.change()


async def test_a_link_that_is_moved(file: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        mkdir(tmp_path / name)
        write(tmp_path / name / "config.yaml", f"{name}: 1\n")
    unlink(file)
    link(file.parent / "data", tmp_path / "one")
    link(file, "data/config.yaml")
    async with watching(file) as watch:
        link(file.parent / "new", tmp_path / "two")
        replace(file.parent / "new", file.parent / "data")
        await watch.change()


async def test_watchlists_that_appear_change_and_vanish(file: Path) -> None:
    folder = file.parent / "watchlists.d"
    async with watching(file) as watch:
        mkdir(folder)
        write(folder / "a.yaml", "- a\n")
        await watch.change()
        write(folder / "a.yaml", "- bb\n")
        await watch.change()
        shutil.rmtree(folder)
        await watch.change()


async def test_other_files_are_not_told(file: Path) -> None:
    async with watching(file) as watch:
        write(file.parent / "monitor.db", "x")
        mkdir(file.parent / "watchlists.d")
        write(file.parent / "watchlists.d" / ".a.yaml.swp", "x")
        write(file, "the end\n")
        await watch.change()
        assert watch.told.empty()


async def test_an_edit_since_the_loading_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watching, "seen", fingerprint(file))
    write(file, "edited while the daemon started\n")
    async with watching(file) as watch:
        await watch.change()


async def test_a_half_written_file_is_waited_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause in which the file grows is not the end of the edit."""
    pauses = 0

    async def pause(_stop: asyncio.Event, _seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses < 4:
            write(file, "x" * pauses)
        await asyncio.sleep(0)

    monkeypatch.setattr(reload, "wait_at_most", pause)
    write(file, "")
    settled = await reload._settled(file, asyncio.Event())
    assert pauses == 4
    assert settled == fingerprint(file)


async def test_without_the_systems_notices_it_still_looks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(reload, "awatch", none_left)
    async with watching(file) as watch:
        write(file, "a: 22\n")
        await watch.change()


async def test_cancelling_does_not_stop_the_daemon(file: Path) -> None:
    watch = Watching(file)
    await asyncio.sleep(0)
    watch._task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watch._task
    assert not watch.stop.is_set()


async def test_a_file_that_vanishes_is_told_and_watched_on(file: Path) -> None:
    async with watching(file) as watch:
        unlink(file)
        await watch.change()
        shutil.rmtree(file.parent)
        mkdir(file.parent)
        write(file, "back again\n")
        await watch.change()
