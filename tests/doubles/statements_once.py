"""Statements of SQL compiled once a process, for all engines of a kind of database.

An engine keeps what it compiled as long as it lives, a daemon's for weeks. Each test opens a store with an engine of its
own, and compiling the same statements anew took half of such a test's time. The same holds for the store's own plans
(`quick.py`): each database goes on counting for itself how often it ran a statement before it asks for a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from monitor.store import quick

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
    patch.setattr(quick, "_plan", _planned_once(quick._plan))


def _planned_once(plan: Callable[..., Any]) -> Callable[..., Any]:
    """Return what makes the plan of a statement, or tells that made before; plans are not changed, and end with it."""
    made: WeakKeyDictionary[Any, dict[tuple[object, ...], Any]] = WeakKeyDictionary()

    def planned(statement: Any, names: tuple[str, ...], dialect: Any) -> Any:
        of_this = made.setdefault(statement, {})
        key = (names, dialect.name, dialect.server_version_info)
        if key not in of_this:
            of_this[key] = plan(statement, names, dialect)
        return of_this[key]

    return planned
