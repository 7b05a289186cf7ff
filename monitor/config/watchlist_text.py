"""A watchlist's own lines in its file: read, replaced and added as text, checked as a whole before anything is written.

Every other line stays as the user wrote it; the file as it was is kept as `NAME.bak`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

from monitor.config.edit import Original
from monitor.config.files import split_files
from monitor.config.load import load
from monitor.config.report import Report
from monitor.config.yaml_reader import parse
from monitor.config.yaml_tree import Document, Node, Scalar, Sequence
from monitor.config.yaml_tree import Mapping as MappingNode
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.model import Config
from monitor.ports import Kinds

_MOST = 50_000  # characters of a watchlist


@dataclass(frozen=True, slots=True)
class WatchlistText:
    """A watchlist's lines: `first` counts the lines of the file before them. `digest` is of the whole file."""

    name: str
    text: str
    first: int
    last: int  # the number of lines up to its end
    original: Original
    digest: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """A checked change of one file: `config` is what all files will say."""

    original: Original
    text: str
    config: Config

    def write(self) -> None:
        """Replace the file in one step. Raises ChangedMeanwhileError, or MonitorError where it cannot be written."""
        self.original.write(self.text, backup=True)


def watchlist_text(path: Path, name: str) -> WatchlistText:
    """Return a watchlist's lines. Raises MonitorError where there is none, or where it stands in braces.

    Of a file that is no YAML at the moment they are found by their indentation: a slip in them can be mended, too.
    """
    broken: ConfigError | None = None
    for file in (path, *split_files(path)):
        original = _original(file)
        try:
            items = _items(file, original.text)
        except ConfigError as error:
            if found := _by_lines(original, name):
                return found
            broken = broken or error
            continue
        for place, item in enumerate(items.items if items else ()):
            if isinstance(item, MappingNode) and _name(item) == name:
                return _text_of(original, items, place, name)
    raise broken or MonitorError(f"there is no watchlist {name} in {path.name} any more", retryable=False)


def _by_lines(original: Original, name: str) -> WatchlistText | None:
    """Return the lines below `- name: NAME`; None where there is no such line, or more than one."""
    lines = original.text.split("\n")
    begin = re.compile(rf"\s*- +name: *(['\"]?){re.escape(name)}\1 *(#.*)?")
    found = [at for at, line in enumerate(lines) if begin.fullmatch(line)]
    return _lines_of(original, name, found[0], _block_end(lines, found[0])) if len(found) == 1 else None


def _text_of(original: Original, items: Sequence | None, place: int, name: str) -> WatchlistText:
    if items is None or items.flow:
        raise MonitorError(
            f"the watchlists of {original.path.name} stand in [ ]: edit the file itself", retryable=False
        )
    lines = original.text.split("\n")
    first = items.items[place].place.line - 1
    more = items.items[place + 1 : place + 2]
    return _lines_of(original, name, first, more[0].place.line - 1 if more else _block_end(lines, first))


def _lines_of(original: Original, name: str, first: int, last: int) -> WatchlistText:
    lines = original.text.split("\n")
    while last > first + 1 and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1  # comments there are on what follows
    return WatchlistText(name, "\n".join(lines[first:last]), first, last, original, digest_of(original))


def _block_end(lines: list[str], first: int) -> int:
    """Return where the last item of a list ends: at the first line that is not deeper than its dash."""
    indent = len(_indent(lines[first]))
    for at in range(first + 1, len(lines)):
        text = lines[at].strip()
        if text and not text.startswith("#") and len(_indent(lines[at])) <= indent:
            return at
    return len(lines)


def _indent(text: str) -> str:
    """Return the white space that a text begins with."""
    return text[: len(text) - len(text.lstrip())]


def digest_of(original: Original) -> str:
    """Return the hash by which a change of a file is noticed."""
    return hashlib.sha256(original.data).hexdigest()


def replaced(
    path: Path, known: WatchlistText, text: str, digest: str, environ: Mapping[str, str] | None = None, *, kinds: Kinds
) -> TextChange:
    """Return a change of a watchlist's lines. Raises MonitorError where the file is not the one that was read.

    Raises ConfigError with every problem; their lines are those of the changed file.
    """
    if known.digest != digest:
        raise MonitorError(f"{known.original.path.name} was changed meanwhile: load it again", retryable=False)
    new = text.replace("\r\n", "\n").rstrip("\n")
    if len(new) > _MOST:
        raise MonitorError(f"a watchlist of more than {_MOST} characters is edited in the file itself", retryable=False)
    lines = known.original.text.split("\n")
    return _checked(
        path, known.original, "\n".join([*lines[: known.first], *new.split("\n"), *lines[known.last :]]), environ, kinds
    )


def added(
    path: Path, name: str, query: str, notify: str, environ: Mapping[str, str] | None = None, *, kinds: Kinds
) -> TextChange:
    """Return a change that adds a watchlist with a query behind the last one of the main file. Raises as `replaced`."""
    original = _original(path)
    items = _items(path, original.text)
    lines = original.text.split("\n")
    if items is None or not items.items:
        raise MonitorError(f"{path.name} has no list of watchlists to add to: write the first by hand", retryable=False)
    last = _text_of(original, items, len(items.items) - 1, "")
    indent = _indent(last.text)
    block = [f"{indent}- name: {_quoted(name)}", f"{indent}  query: {_quoted(query)}"]
    if notify:
        block.append(f"{indent}  notify: [{_quoted(notify)}]")
    return _checked(path, original, "\n".join([*lines[: last.last], *block, *lines[last.last :]]), environ, kinds)


@dataclass(frozen=True, slots=True)
class TriedText:
    """What the files would say with watchlists that are only tried: `names` are theirs."""

    config: Config
    names: frozenset[str]


def tried(path: Path, text: str, environ: Mapping[str, str] | None = None, *, kinds: Kinds) -> TriedText:
    """Return what a watchlist's lines would make, in place of the one of its name or behind the last one.

    Nothing is written. Raises ConfigError with every problem, whose lines are those of `text`, and MonitorError.
    """
    if len(text) > _MOST:  # before anything is made of it
        raise MonitorError(f"a watchlist of more than {_MOST} characters is tried in the file itself", retryable=False)
    block, above = _as_items(text)
    report = Report()
    items = parse(Document(path.name, block), report)
    report.check()
    names = (
        [_name(item) for item in items.items if isinstance(item, MappingNode)] if isinstance(items, Sequence) else []
    )
    known = _known_text(path, names[0]) if len(names) == 1 else None
    if known is None:
        original = _original(path)
        found = _items(path, original.text)
        if found is None or not found.items:
            raise MonitorError(f"{path.name} has no list of watchlists: write the first by hand", retryable=False)
        last = _text_of(original, found, len(found.items) - 1, "")
        known = WatchlistText("", "", last.last, last.last, original, last.digest)
        indent = _indent(last.text)
    else:
        indent = _indent(known.text)
    lines = [indent + line if line.strip() else "" for line in block.split("\n")]
    try:
        change = replaced(path, known, "\n".join(lines), known.digest, environ, kinds=kinds)
    except ConfigError as error:
        raise ConfigError(
            [
                replace(each, line=each.line - known.first + above if each.line > known.first else 0)
                for each in error.problems
            ]
        ) from error
    return TriedText(change.config, frozenset(names))


def _as_items(text: str) -> tuple[str, int]:
    """Return a watchlist's lines as items of a list without indent, and the number of lines that were left out above.

    They may be given with the key `watchlists` above them, or without the dash.
    """
    lines = text.replace("\r\n", "\n").replace("\t", "    ").rstrip().split("\n")
    above = 0
    while lines and (not lines[0].strip() or lines[0].strip() == "watchlists:"):
        del lines[0]
        above += 1
    block = dedent("\n".join(lines))
    if block and not block.startswith(("-", "#")):
        block = "- " + block.replace("\n", "\n  ")
    return block, above


def _known_text(path: Path, name: str) -> WatchlistText | None:
    try:
        return watchlist_text(path, name)
    except MonitorError:
        return None


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _checked(path: Path, original: Original, text: str, environ: Mapping[str, str] | None, kinds: Kinds) -> TextChange:
    report = Report()
    tree = parse(Document(str(original.path), text), report)
    report.check()
    if tree is None:
        raise ConfigError([Problem(str(original.path), 1, 1, "", "the file is empty now")])
    return TextChange(original, text, load(path, environ, kinds=kinds, trees={original.path: tree}))


def _original(file: Path) -> Original:
    try:
        return Original(file, file.read_bytes())
    except OSError as error:
        raise MonitorError(f"{file.name} cannot be read: {error.strerror or error}", retryable=False) from error


def _items(file: Path, text: str) -> Sequence | None:
    report = Report()
    root: Node | None = parse(Document(str(file), text), report)
    report.check()
    items = root.get("watchlists") if isinstance(root, MappingNode) else root
    return items if isinstance(items, Sequence) else None


def _name(item: MappingNode) -> str:
    node = item.get("name")
    return node.text.strip() if isinstance(node, Scalar) else ""
