"""The shapes of JSON that docs/commands.md shows, read and compared with what commands print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

_TOKEN = re.compile(r'\s*("[^"]*"|[a-z]+|[{}\[\]:,?*…])')
_KINDS: dict[str, Any] = {
    "text": lambda value: isinstance(value, str),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "time": lambda value: isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None,
    "day": lambda value: isinstance(value, str) and bool(date.fromisoformat(value)),
}


class Shapes:
    """`Shapes(block)["status"]` is a shape; `problems(shape, value)` says what of a value is not as it says."""

    def __init__(self, block: str) -> None:
        self.named: dict[str, Any] = {}
        for definition in re.split(r"\n+(?=\S)", block.strip()):
            name, _, text = definition.partition(" = ")
            tokens = _TOKEN.findall(text)
            if "".join(tokens) != re.sub(r"\s", "", text):
                raise ValueError(f"{name}: {text!r}")
            rest = iter([*tokens, ""])
            parsed, end = _kind(next(rest), rest)
            if end:
                raise ValueError(f"{name}: {end!r} is left over")
            if name in self.named:
                raise ValueError(f"{name} stands twice")
            self.named[name] = parsed

    def problems(self, shape: Any, value: Any, where: str = "") -> list[str]:
        kind, inner = shape
        if kind == "null":
            return [] if value is None else self.problems(inner, value, where)
        if kind == "list" and isinstance(value, list):
            return [one for at, each in enumerate(value) for one in self.problems(inner, each, f"{where}[{at}]")]
        if kind == "map" and isinstance(value, dict):
            return [one for key, each in value.items() for one in self.problems(inner, each, f"{where}.{key}")]
        if kind == "object" and isinstance(value, dict):
            fields, more = inner
            found = [f"{where}.{key} is missing" for key, (_, may) in fields.items() if not may and key not in value]
            found += [f"{where}.{key} is not documented" for key in value if key not in fields and not more]
            for key in value.keys() & fields.keys():
                found += self.problems(fields[key][0], value[key], f"{where}.{key}")
            return found
        if kind == "name" and inner in self.named:
            return self.problems(self.named[inner], value, where)
        wrong = kind != "name" or not _KINDS[inner](value)
        return [f"{where} is {value!r}, not {inner if kind == 'name' else kind}"] if wrong else []


def _kind(token: str, rest: Iterator[str]) -> tuple[Any, str]:
    """Return a kind and the token behind it."""
    if token == "{":
        parsed = _object(rest)
    elif token == "[":
        inner, end = _kind(next(rest), rest)
        _expect(end, "]")
        parsed = ("list", inner)
    else:
        if not token.isalpha():
            raise ValueError(f"{token!r} is no kind")
        parsed = ("name", token)
    end = next(rest)
    return (("null", parsed), next(rest)) if end == "?" else (parsed, end)


def _object(rest: Iterator[str]) -> Any:
    fields: dict[str, tuple[Any, bool]] = {}
    while True:
        key = next(rest)
        if key == "…":
            _expect(next(rest), "}")
            return ("object", (fields, True))
        colon = next(rest)
        may = colon == "?"
        _expect(next(rest) if may else colon, ":")
        inner, end = _kind(next(rest), rest)
        if key == "*":
            _expect(end, "}")
            return ("map", inner)
        fields[key.strip('"')] = (inner, may)
        if end == "}":
            return ("object", (fields, False))
        _expect(end, ",")


def _expect(token: str, wanted: str) -> None:
    if token != wanted:
        raise ValueError(f"{wanted!r} is wanted, not {token!r}")
