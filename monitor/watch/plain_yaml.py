"""A reader for the YAML that the shipped data files keep to, some thirty times as fast as a general one.

The files are block mappings, two spaces a level, whose values are scalars or flow sequences and flow mappings; there
are comments, and no anchors, tags, block sequences or folded text. Every scalar is text, but for `true` and `false`.
That the files are YAML, and mean the same to a general reader, is what `tests/watch/test_catalogue.py` checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = "str | bool | list[Value] | dict[str, Value]"

_TOKEN = re.compile(
    r"""\s* (?: (?P<mark> [\[\]{},] | :(?=[\s\[{]) ) | " (?P<double> [^"\\\n]* ) " | ' (?P<single> [^'\n]* ) '
            | (?P<plain> [^\s\[\]{},:"'#] (?: [^\[\]{},:\n#] | :(?!\s) | (?<!\s)\# )* ) )""",
    re.VERBOSE,
)
_PLAIN_LIST = re.compile(r"\[[^\[\]{}\"':#]+(?<![,\s])\]$")  # nothing but text and commas: split, four times as fast
_LINE = re.compile(r"(?P<indent> *)(?P<key>[^\s#\[{\"'][^:]*|\"[^\"]*\"):(?:\s+(?P<value>\S.*))?$")
_END = "the end of the line"
_COMMENT = re.compile(r"(?:^|\s)#.*$")


class PlainYamlError(ValueError):
    """The text is not of the kind that this reader reads; the message names the line."""


def read(text: str) -> dict[str, Value]:
    """Read a block mapping; raises PlainYamlError."""
    root: dict[str, Value] = {}
    stack: list[tuple[int, dict[str, Value]]] = [(0, root)]
    for number, line in _logical_lines(text):
        match = _LINE.match(line)
        if match is None:
            raise PlainYamlError(f"line {number}: 'key: value' is wanted, not {line.strip()!r}")
        indent = len(match["indent"])
        while stack and stack[-1][0] > indent:
            stack.pop()
        if not stack or stack[-1][0] != indent:
            raise PlainYamlError(f"line {number}: indented by {indent} spaces, which no line above is")
        mapping, key = stack[-1][1], match["key"].strip('"')
        if key in mapping:
            raise PlainYamlError(f"line {number}: {key!r} stands twice in one mapping")
        if match["value"] is None:
            inner: dict[str, Value] = {}
            mapping[key] = inner
            stack.append((indent + 2, inner))
        else:
            mapping[key] = _flow(match["value"], number)
    return root


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give lines without comments, a flow that spans lines joined into one; numbers count from 1."""
    started, kept = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", raw).rstrip() if "#" in raw else raw.rstrip()
        if not line.strip():
            continue
        started, kept = (started, f"{kept} {line.strip()}") if kept else (number, line)
        if kept.count("[") + kept.count("{") <= kept.count("]") + kept.count("}"):
            yield started, kept
            kept = ""
    if kept:
        raise PlainYamlError(f"line {started}: a bracket is never closed")


def _flow(text: str, number: int) -> Value:
    if _PLAIN_LIST.match(text):
        return [item.strip() for item in text[1:-1].split(",")]
    tokens: list[tuple[str | None, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise PlainYamlError(f"line {number}: cannot read {text[position:]!r}")
        kind = match.lastgroup or ""
        tokens.append((match[kind], "") if kind == "mark" else (None, _scalar(match[kind])))
        position = match.end()
    tokens.append((_END, ""))
    value, rest = _value(tokens, 0, number)
    if tokens[rest][0] != _END:
        raise PlainYamlError(f"line {number}: more than one value")
    return value


def _scalar(text: str) -> str:
    return text.strip()


def _value(tokens: list[tuple[str | None, str]], at: int, number: int) -> tuple[Value, int]:
    mark, text = tokens[at]
    if mark is None:
        return {"true": True, "false": False}.get(text, text), at + 1
    if mark == "[":
        return _sequence(tokens, at + 1, number)
    if mark == "{":
        return _mapping(tokens, at + 1, number)
    raise PlainYamlError(f"line {number}: {mark} stands where a value is wanted")


def _sequence(tokens: list[tuple[str | None, str]], at: int, number: int) -> tuple[Value, int]:
    items: list[Value] = []
    while tokens[at][0] != "]":
        item, at = _value(tokens, at, number)
        items.append(item)
        at = _after_comma(tokens, at, "]", number)
    return items, at + 1


def _mapping(tokens: list[tuple[str | None, str]], at: int, number: int) -> tuple[Value, int]:
    items: dict[str, Value] = {}
    while tokens[at][0] != "}":
        key = tokens[at][1]
        if not key or tokens[at + 1][0] != ":":
            raise PlainYamlError(f"line {number}: 'key: value' is wanted inside braces")
        items[key], at = _value(tokens, at + 2, number)
        at = _after_comma(tokens, at, "}", number)
    return items, at + 1


def _after_comma(tokens: list[tuple[str | None, str]], at: int, closing: str, number: int) -> int:
    if tokens[at][0] == ",":
        return at + 1
    if tokens[at][0] == closing:
        return at
    raise PlainYamlError(f"line {number}: ',' or {closing!r} is wanted")
