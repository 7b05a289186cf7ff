"""The data shipped with the program, and its one reader.

People edit the YAML files of this directory. `make data` (`python -m monitor.data.generate`) writes each of them as
JSON below `generated/`, and only that is read at run time: a general reader of YAML takes a hundred times as long.
`tests/test_data.py` holds that the JSON is up to date.

Every scalar is text, except `true` and `false`: `38 North` and `1.5` need no quotes, nor does `on`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

Value: TypeAlias = "str | bool | list[Value] | dict[str, Value]"

GENERATED = "generated"


def load(name: str) -> dict[str, Any]:
    """Return a file's mapping by its path without the ending: 'stopwords', 'bot/uk'."""
    loaded: dict[str, Any] = json.loads(content(name))
    return loaded


@cache
def content(name: str) -> bytes:
    """Return the JSON that `load` reads; read once, so that a process goes on with the data that it began with."""
    return resources.files(__name__).joinpath(GENERATED, f"{name}.json").read_bytes()


def names(folder: str) -> list[str]:
    """Return the names of all files of a folder, sorted: 'bot/en', 'bot/uk'."""
    files = resources.files(__name__).joinpath(GENERATED, folder).iterdir()
    return sorted(f"{folder}/{file.name.removesuffix('.json')}" for file in files if file.name.endswith(".json"))


def preload() -> None:
    """Read every file now: an upgrade may replace them while the daemon runs, and its code knows the earlier ones."""
    folder = resources.files(__name__).joinpath(GENERATED)
    for item in folder.iterdir():
        found = [item.name.removesuffix(".json")] if item.name.endswith(".json") else names(item.name)
        for name in found:
            content(name)
