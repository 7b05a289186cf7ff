"""Statements of SQL compiled once a process, for all engines of a kind of database.

An engine keeps what it compiled as long as it lives, a daemon's for weeks. Each test opens a store with an engine of its
own, and compiling the same statements anew took half of such a test's time.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

_MOST = 3000  # statements: all of the program's for both kinds of database, and the tests' own


class SharedStatements(MutableMapping[Any, Any]):
    """What engines keep of compiled statements; their keys begin with the engine's dialect, whose kind alone counts."""

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(_MOST)

    def __getitem__(self, key: Any) -> Any:
        return self._kept[_by_kind(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._kept[_by_kind(key)] = value

    def __delitem__(self, key: Any) -> None:
        del self._kept[_by_kind(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Any, default: Any = None) -> Any:
        return self._kept.get(_by_kind(key), default)


def _by_kind(key: Any) -> tuple[Any, ...]:
    dialect, *rest = key
    return (dialect.name, dialect.driver, dialect.paramstyle, dialect.server_version_info, *rest)


def share(patch: pytest.MonkeyPatch) -> None:
    """Let all engines share what they compile."""
    shared = SharedStatements()
    # Not by `__init__`: `create_engine` reads its arguments.
    patch.setattr(Engine, "_compiled_cache", property(lambda _: shared, lambda *_: None), raising=False)
