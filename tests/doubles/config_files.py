"""Configurations on disk, whose watchlists are edited."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from monitor.app.configuration import load
from monitor.config import watchlist_edit
from monitor.deliver.channels.registry import CHANNELS
from monitor.model import Watchlist

add_term = partial(watchlist_edit.add_term, kinds=CHANNELS)
remove_term = partial(watchlist_edit.remove_term, kinds=CHANNELS)

HEAD = "# top\nsources:\n  - {name: S, url: 'https://s.example/rss'}\n"
W = "watchlists:\n  - name: A\n"


def write(tmp_path: Path, watchlists: str, *, name: str = "config.yaml", head: str = HEAD) -> Path:
    """Write a configuration; return its path."""
    path = tmp_path / name
    path.write_bytes((head + watchlists).encode())
    return path


def lists(path: Path) -> dict[str, Watchlist]:
    """Load the watchlists of a configuration, by name."""
    return {watchlist.name: watchlist for watchlist in load(path, {}).watchlists}


def changed(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the lines, with their ends, between what two files share."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if not before.endswith(b"\n") and not after.endswith(b"\n"):  # the last line has no end, whichever it is
        old[-1], new[-1] = old[-1] + b"\n", new[-1] + b"\n"
        if b"\r\n" in before:
            old[-1], new[-1] = old[-1][:-1] + b"\r\n", new[-1][:-1] + b"\r\n"
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return old, new


def edited(path: Path, how: str, watchlist: str, term: str) -> tuple[list[str], list[str]]:
    """Edit, and return the lines removed and added, stripped; at most one each."""
    before = path.read_bytes()
    change = (add_term if how == "add" else remove_term)(path, watchlist, term, {})
    assert path.read_bytes() == before
    change.write()
    old, new = changed(before, path.read_bytes())
    assert len(old) <= 1
    assert len(new) <= 1
    assert load(path, {}) == change.config
    return [line.decode().strip() for line in old], [line.decode().strip() for line in new]
