"""From bytes to a tree: a strict YAML 1.2 without aliases, anchors, tags, merges and duplicate keys, bounded in time.

ruamel's scanner and parser, in pure Python, give the events; nodes are made here, so that every mistake that leaves
the structure readable is collected, and nothing is expanded or constructed. (The C library crashed on 100,000 opening
brackets, and a few lines of merge keys can keep a constructor busy for minutes.)
"""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import Reader

from monitor.config import yaml_errors
from monitor.config.files import SPLIT
from monitor.config.report import Report
from monitor.config.yaml_tree import Broken, Document, Mapping, Node, Place, Scalar, Sequence

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
"""Levels of nesting; the deepest setting stands on level 8."""
MAX_SECONDS = 10.0
"""Processor time for one file; a megabyte of watchlists takes 3 s on a slow machine."""

# What a double-quoted scalar can smuggle in by escapes, and neither a database nor a message can hold.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# Spaces that a word processor or a web page puts where a line is indented: YAML takes them as a part of the key.
_ODD_INDENT = re.compile("^ *([\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff])", re.MULTILINE)

# YAML 1.2 takes a tab wherever it separates and does not indent (6.2); ruamel takes it almost nowhere.
_TABS = re.compile(r"(?:(?<=\S)|^(?=[ \t]*+(?:#|$)))(?=[ ]*+\t)[ \t]++", re.MULTILINE)


class _TooLongError(YAMLError):
    """The time is over."""


class _TimedReader(Reader):
    """A reader that stops when its time is over: every token passes through `forward`."""

    def __init__(self, stream: Any, loader: Any = None) -> None:
        super().__init__(stream, loader=loader)
        self._end = time.thread_time() + MAX_SECONDS
        self._count = 0

    def forward(self, length: int = 1) -> None:
        self._count += 1
        if not self._count % 512 and time.thread_time() > self._end:
            raise _TooLongError
        super().forward(length)


def read(path: Path, report: Report) -> Node | None:
    """Read a file; None where it cannot be read, and then the report says why."""
    name = str(path)
    data = _bytes(path, Place(name, 0, 0), report)
    text = None if data is None else _text(data, name, report)
    return None if text is None else parse(Document(name, text), report)


def _bytes(path: Path, place: Place, report: Report) -> bytes | None:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            report.add(place, "", "is a directory: name the file in it, such as config.yaml")
            return None
        if not stat.S_ISREG(mode):
            report.add(place, "", "is not a regular file: save the configuration as a file")
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        report.add(place, "", "does not exist: `monitor init` writes one, --config FILE names another")
    except PermissionError:
        report.add(place, "", "may not be read by this user: change its owner or its mode (chmod)")
    except (OSError, ValueError) as error:
        report.add(
            place, "", f"cannot be read: {getattr(error, 'strerror', None) or error}: check its path and the disk"
        )
    else:
        if len(data) <= MAX_BYTES:
            return data
        report.add(place, "", "is larger than 1 MB: move watchlists to files in watchlists.d beside it")
    return None


def _text(data: bytes, name: str, report: Report) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:4] == b"\0\0\xfe\xff":
        report.add(Place(name, 1, 1), "", "is in UTF-16 or UTF-32: save it as UTF-8")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        report.add(
            Place(name, line, column), "", f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        )
        return None
    odd = _ODD_INDENT.search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start(1)) + 1
        column = odd.start(1) - text.rfind("\n", 0, odd.start(1))
        message = f"U+{ord(odd[1]):04X} stands where the line is indented, and is no plain space: write plain spaces"
        report.add(Place(name, line, column), "", message)
        return None
    # One kind of line end, so that offsets, lines and columns agree.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = Reader.NON_PRINTABLE.search(text)
    if bad is not None:
        at = bad.start()
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        report.add(Place(name, line, column), "", f"control character U+{ord(bad.group()):04X}: delete it")
        return None
    return text


def parse(document: Document, report: Report) -> Node | None:
    """Make the tree; None where the text is no YAML or holds nothing, and then the report says why."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Reader = _TimedReader
    text = _TABS.sub(lambda tabs: " " * len(tabs[0]), document.text) if "\t" in document.text else document.text
    composer = _Composer(document, yaml.parse(text), report)
    try:
        node = composer.document()
    except _TooLongError:
        report.add(
            composer.here, "", f"takes longer than {MAX_SECONDS:.0f} s to read: make the file simpler or smaller"
        )
    except _TooDeepError:
        report.add(
            composer.here, "", f"more than {MAX_DEPTH} levels inside one another: check brackets and indentation"
        )
    except MarkedYAMLError as error:
        place, message = yaml_errors.explain(error, document)
        report.add(place, "", message)
    except (YAMLError, *yaml_errors.BUGS):
        report.add(composer.here, "", "this is not YAML: check quotes, brackets and indentation here and just after")
    else:
        if node is not None:
            return node
        if not composer.complained:
            report.add(Place(document.name, 1, 1), "", _EMPTY_PART if _is_part(document) else _EMPTY)
    return None


_EMPTY = "is empty: `monitor init` writes a configuration to start from"
_EMPTY_PART = "holds no watchlist: write a list of them, each beginning with `- name:`, or delete the file"


def _is_part(document: Document) -> bool:
    return Path(document.name).parent.name == SPLIT


class _TooDeepError(YAMLError):
    """Too many levels."""


class _Composer:
    """Makes nodes of events."""

    def __init__(self, document: Document, events: Iterator[Any], report: Report) -> None:
        self._document = document
        self._events = events
        self._report = report
        self.here = Place(document.name, 1, 1)
        self.complained = False

    def document(self) -> Node | None:
        """Return the root of the only document; None where there is none."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, StreamEndEvent):
                break
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._complain(event, "a second document begins here: keep one, and delete the `---`")
                    break
                if event.version not in (None, (1, 2)) or event.tags:
                    self._complain(event, "a % directive: delete the line")
            elif isinstance(event, NodeEvent):
                root = self._node(event, 1)
        if isinstance(root, Scalar) and root.style is None and not root.text:
            return None
        return root

    def _complain(self, event: Any, message: str) -> None:
        self.complained = True
        self._report.add(self._place(event), "", message)

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        self.here = Place(self._document.name, mark.line + 1, mark.column + 1)
        return self.here

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise _TooDeepError
        if isinstance(event, AliasEvent):
            self._complain(
                event, f"*{event.anchor} needs quotes if it is a term; aliases are not allowed: write the value out"
            )
            return Broken(place)
        if event.anchor is not None:
            self._complain(event, f"&{event.anchor} needs quotes if it is text; anchors are not allowed: delete it")
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._complain(event, f"the tag {shown} is not allowed: delete it, or put quotes around the whole value")
        if isinstance(event, ScalarEvent):
            if event.style == '"' and _NO_TEXT.search(event.value):
                self._complain(event, "an escape stands for a control character or half of a character: delete it")
                return Broken(place)
            start = event.start_mark.index
            if event.anchor is not None or event.tag is not None:  # the mark is before them, offsets would be wrong
                return Scalar(place, event.value, event.style)
            return Scalar(place, event.value, event.style, self._document, start, event.end_mark.index)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, place, depth)
        return self._mapping(event, place, depth)

    def _sequence(self, event: SequenceStartEvent, place: Place, depth: int) -> Sequence:
        node = Sequence(place, [], bool(event.flow_style), event.start_mark.index)
        while not isinstance(event := next(self._events), SequenceEndEvent):
            node.items.append(self._node(event, depth + 1))
        node.end = event.end_mark.index
        return node

    def _mapping(self, event: MappingStartEvent, place: Place, depth: int) -> Mapping:
        node = Mapping(place, [], bool(event.flow_style), event.start_mark.index)
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if self._good_key(key, lines):
                assert isinstance(key, Scalar)  # noqa: S101 - _good_key says so
                node.pairs.append((key, value))
        node.end = event.end_mark.index
        return node

    def _good_key(self, key: Node, lines: dict[str, int]) -> bool:
        """Return whether a key may be kept; complain where it may not."""
        message = None
        if isinstance(key, Broken):
            return False
        if not isinstance(key, Scalar):
            message = "a list or a mapping stands where a key should be: put quotes around it, or check the brackets"
        elif key.text == "<<" and key.style is None:
            message = "merge keys (<<) are not allowed: write the keys out"
        elif not key.text.strip():
            message = "a key is empty: write a name before the colon"
        elif key.text in lines:
            message = f"the key {key.text!r} is written twice (first on line {lines[key.text]}): keep one of them"
        if message is None:
            assert isinstance(key, Scalar)  # noqa: S101 - said above
            lines[key.text] = key.place.line
            return True
        self.complained = True
        self._report.add(key.place, "", message)
        return False
