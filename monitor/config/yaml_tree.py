"""A YAML document as a tree in which every node knows its place, so that every complaint has a line and a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from monitor.fields import WrittenFloat, WrittenInt

Loc: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys and 0-based indices from the root, as pydantic gives them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A character of a file; `line` and `column` count from 1, both 0 where there is no file (the environment)."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file's name, as the user gave it, and its text."""

    name: str
    text: str


@dataclass(slots=True)
class Scalar:
    """A single value. `style` is None for a plain one, else `'`, `"`, `|` or `>`.

    `start` and `end` are offsets of what was written in the document's text, quotes included.
    """

    place: Place
    text: str
    style: str | None = None
    document: Document | None = None
    start: int = 0
    end: int = 0
    label: str | None = None


@dataclass(slots=True)
class Sequence:
    """A list. `label` is the path that errors show instead of the real one (items of other files)."""

    place: Place
    items: list[Node]
    flow: bool = False
    start: int = 0
    end: int = 0
    label: str | None = None


@dataclass(slots=True)
class Mapping:
    """A mapping, in the order of the file, keys unique."""

    place: Place
    pairs: list[tuple[Scalar, Node]]
    flow: bool = False
    start: int = 0
    end: int = 0
    label: str | None = None

    def get(self, key: str) -> Node | None:
        """Return the value of `key`, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return the node of the key itself, or None."""
        return next((name for name, _ in self.pairs if name.text == key), None)


@dataclass(slots=True)
class Broken:
    """A value with a reported problem: no further ones are reported for it."""

    place: Place
    label: str | None = None


Node: TypeAlias = Scalar | Sequence | Mapping | Broken


# The core schema of YAML 1.2.2, chapter 10.3: `no`, `on` and 23:00 are text.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]{1,30}")
_BASED = re.compile(r"0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def resolve(text: str) -> Any:
    """Return a plain scalar's value in YAML 1.2: None, a truth value, a number, or the text itself."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    number: WrittenInt | WrittenFloat
    if _INT.fullmatch(text):
        number = WrittenInt(text)
    elif _BASED.fullmatch(text):
        number = WrittenInt(text, 0)
    elif _FLOAT.fullmatch(text):
        number = WrittenFloat(text)
    elif _SPECIAL.fullmatch(text):
        number = WrittenFloat(text.replace(".", ""))
    else:
        return text
    number.raw = text
    return number


def is_null(node: Node | None) -> bool:
    """Return whether nothing was written: no node, or an empty plain scalar."""
    return node is None or (isinstance(node, Scalar) and node.style is None and node.text in _NULL)


def comment_at(root: Node, loc: Loc) -> str | None:
    """Return what to say of a value that is a comment, as it begins with a #; None where it is something else.

    Elements of the location that lead nowhere are skipped, as in `find`.
    """
    node: Node | None = root
    before: Scalar | None = None  # what the value is written behind: its key, or in a list itself
    for part in loc:
        if isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            before = node if isinstance(node, Scalar) else None
        elif isinstance(node, Mapping) and isinstance(part, str) and node.key(part) is not None:
            before, node = node.key(part), node.get(part)
    if before is None or before.document is None or not is_null(node):
        return None
    at = before.start if before is node else before.end
    found = re.match(r"[ \t]*:?[ \t]*(#[^\s#].*)", before.document.text[at:])
    return f"is empty, as a # begins a comment: put '{found[1].rstrip()}' in quotes" if found else None


def plain(node: Node) -> Any:
    """Return the tree as dictionaries, lists and scalars; broken nodes become None."""
    match node:
        case Scalar():
            return resolve(node.text) if node.style is None else node.text
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key.text: plain(value) for key, value in node.pairs}
        case Broken():
            return None


@dataclass(frozen=True, slots=True)
class Found:
    """The node at a location (or the nearest one there is), its path for the user, and its place."""

    node: Node
    path: str
    place: Place


def find(root: Node, loc: Loc) -> Found:
    """Follow a location as far as it goes.

    Elements that lead nowhere are skipped, as pydantic names its validators among the keys; a last one that is missing
    in a mapping still counts for the path (a key that should be there).
    """
    node, path, place = root, "", root.place
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if part == "[key]" and last:
            continue
        if isinstance(node, Mapping) and isinstance(part, str):
            value, key = node.get(part), node.key(part)
            if value is not None and key is not None:
                node, path = value, _joined(value, path, part)
                # Of a section or an empty value, the key's place says more than that of what follows it.
                place = value.place if isinstance(value, Scalar) and not is_null(value) else key.place
            elif last:
                path = f"{path}.{part}" if path else part
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            path, place = node.label or f"{path}[{part}]", node.place
    return Found(node, path, place)


def key_place(root: Node, loc: Loc) -> Place:
    """Return the place of the key that ends a location (of the value where it is no key)."""
    parent = find(root, loc[:-1]).node
    if isinstance(parent, Mapping) and loc and isinstance(loc[-1], str):
        key = parent.key(loc[-1])
        if key is not None:
            return key.place
    return find(root, loc).place


def _joined(node: Node, path: str, key: str) -> str:
    return node.label or (f"{path}.{key}" if path else key)


def inside(scalar: Scalar, position: int) -> Place:
    """Return the place of the character at `position` (0-based) of a scalar's value.

    Works by counting characters that are not white space: those are the same in the file and in the value, whatever
    the folding; escapes and doubled quotes count as the one character that they stand for.
    """
    if scalar.document is None:
        return scalar.place
    wanted = sum(not char.isspace() for char in scalar.text[:position])
    for offset, black in _characters(scalar):
        if black and wanted == 0:
            return _at(scalar, offset)
        wanted -= black
    return _at(scalar, max(scalar.start, scalar.end - 1))


def _content(scalar: Scalar) -> int:
    """Return the offset where the value's first character may stand."""
    if scalar.style is None or scalar.document is None:
        return scalar.start
    if scalar.style in "'\"":
        return scalar.start + 1
    line_end = scalar.document.text.find("\n", scalar.start)
    return len(scalar.document.text) if line_end < 0 else line_end + 1


_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\n[ \t]*|.)", re.DOTALL)


def _characters(scalar: Scalar) -> Iterator[tuple[int, bool]]:
    """Return (offset, whether it stands for something else than white space) for each character written."""
    text = scalar.document.text if scalar.document else ""
    at = _content(scalar)
    end = scalar.end - (1 if scalar.style and scalar.style in "'\"" else 0)
    while at < end:
        width, black = 1, not text[at].isspace()
        if scalar.style == "'" and text.startswith("''", at):
            width = 2
        elif scalar.style == '"' and text[at] == "\\":
            found = _ESCAPE.match(text, at)
            width = len(found.group()) if found else 1
            black = found is None or not _is_space(found.group())
        yield at, black
        at += width


def _is_space(escape: str) -> bool:
    r"""Return whether an escape of a double-quoted scalar (`\n`, `\x20`, a folded line) stands for white space."""
    kind, digits = escape[1], escape[2:]
    if kind in "xuU":
        return chr(int(digits, 16)).isspace()
    return kind in "\n\t nrtvfLPN_"


def _at(scalar: Scalar, offset: int) -> Place:
    text = scalar.document.text if scalar.document else ""
    line = text.count("\n", 0, offset) + 1
    return Place(scalar.place.file, line, offset - text.rfind("\n", 0, offset))
