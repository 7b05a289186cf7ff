"""Adding a term to a configured watchlist, and removing one: planned, checked as a whole, written in one step.

The file keeps its comments, its order, its quotes and its line ends: exactly one line differs. What cannot be done so
is refused, and nothing is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.config.edit import Original, unchanged
from monitor.config.edit_terms import with_term, without_term
from monitor.config.files import split_files
from monitor.config.load import load
from monitor.config.report import Report
from monitor.config.yaml_reader import parse, read
from monitor.config.yaml_tree import Document, Node, Scalar, Sequence, plain
from monitor.config.yaml_tree import Mapping as MappingNode
from monitor.errors import ConfigError, MonitorError
from monitor.fields import WrittenFloat, WrittenInt
from monitor.fields.likeness import nearest
from monitor.model import Config
from monitor.ports import Kinds

_QUOTED = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»)\s*""")
_JOINERS = "\u200c\u200d"  # Persian words and emoji are written with them
_MOST = 200  # characters of a term that a chat may add


class Reason(StrEnum):
    """The reason why an edit is refused."""

    NO_WATCHLIST = "no watchlist"
    NO_TERM = "no term"
    NO_TEXT = "no text"
    QUERY = "query"
    ALREADY = "already"
    LAST = "last"
    BY_HAND = "by hand"


class EditRefusedError(MonitorError):
    """The configuration is not edited.

    An answer needs more than the reason: `watchlist`, `term`, `near`, `known`, `place`.
    """

    def __init__(self, reason: Reason, **details: str) -> None:
        shown = ", ".join(f"{key}: {value}" for key, value in details.items() if value)
        super().__init__(f"not edited ({reason}): {shown}", retryable=False)
        self.reason = reason
        self.details = details


class InvalidEditError(ConfigError):
    """With the edit, the configuration would not be valid; its lines are those of the edited text."""


@dataclass(frozen=True, slots=True)
class Change:
    """A checked edit: `config` is what the files will say. Nothing is written before `write`."""

    original: Original
    text: str
    config: Config
    watchlist: str  # as the file writes it
    key: str  # entities or keywords
    term: str  # as the file writes it; without the @ of an entity
    place: str  # FILE:LINE
    notes: tuple[str, ...]  # what is allowed since then, and probably not meant

    def write(self) -> None:
        """Replace the file in one step, its old state in `NAME.bak`.

        Raises ChangedMeanwhileError, or MonitorError where it cannot be written.
        """
        self.original.write(self.text, backup=True)


@dataclass(frozen=True, slots=True)
class _WatchlistInFile:
    """A watchlist in its file; `config` is what all files say before the edit, with `environ`."""

    config: Config
    environ: Mapping[str, str] | None
    kinds: Kinds
    original: Original
    text: str
    values: Any  # all that it says, as dictionaries, lists and scalars
    path: tuple[str | int, ...]  # from the root
    node: MappingNode


def add_term(
    path: Path, watchlist: str, term: str, environ: Mapping[str, str] | None = None, *, kinds: Kinds
) -> Change:
    """Plan one term more: `@NAME` for an entity, else a keyword.

    Raises EditRefusedError, ConfigError where the files are not valid now, InvalidEditError where they would not be.
    """
    term = _tidy(term)
    found = _open(path, watchlist, term, environ, kinds)
    name = _name(found.node)
    key, value = ("entities", term[1:].strip()) if term.startswith("@") else ("keywords", term)
    if not value:
        raise EditRefusedError(Reason.NO_TEXT, term=term)
    known = _search(found.node, term, found.config)
    if known is not None:
        raise EditRefusedError(Reason.ALREADY, watchlist=name, term=known[2])
    text = with_term(found.text, found.node, key, value)

    def expect(list_of_terms: list[Any]) -> None:
        list_of_terms.append(value)

    return _checked(found, text, key, value, expect)


def remove_term(
    path: Path, watchlist: str, term: str, environ: Mapping[str, str] | None = None, *, kinds: Kinds
) -> Change:
    """Plan one term less. A bare name finds an entity, too, where no keyword is written so. Raises as `add_term`."""
    term = _tidy(term)
    found = _open(path, watchlist, term, environ, kinds)
    name = _name(found.node)
    place = _search(found.node, term, found.config)
    if place is None and not term.startswith("@"):
        place = _search(found.node, f"@{term}", found.config)
    terms = [shown for _, _, shown in _terms(found.node)]
    if place is None:
        near = nearest(term, terms) or ""
        raise EditRefusedError(Reason.NO_TERM, watchlist=name, term=term, near=near, known=", ".join(terms[:12]))
    if len(terms) == 1:
        raise EditRefusedError(Reason.LAST, watchlist=name, term=terms[0])
    key, index, shown = place
    text = without_term(found.text, found.node, key, index)

    def expect(list_of_terms: list[Any]) -> None:
        del list_of_terms[index]

    return _checked(found, text, key, shown.removeprefix("@") if key == "entities" else shown, expect)


# --------------------------------------------------------------------------- what people type


def _tidy(term: str) -> str:
    """Return a term as the file shall hold it. Raises EditRefusedError for what is no line of text."""
    text = unicodedata.normalize("NFC", " ".join(term.split()))
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" or char in _JOINERS)
    whole = _QUOTED.fullmatch(text)
    text = next(group for group in whole.groups() if group).strip() if whole else text.strip()
    if not text or len(text) > _MOST or any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") for char in text):
        raise EditRefusedError(Reason.NO_TEXT, term=text[:40])
    return text


def _like(term: str) -> tuple[str, bool]:
    """Return the key by which two keywords are the same: case is folded, but not that of a term in capitals."""
    text = unicodedata.normalize("NFC", " ".join(term.split()))
    return text.casefold(), text.isupper()


# --------------------------------------------------------------------------- finding


def _open(path: Path, watchlist: str, term: str, environ: Mapping[str, str] | None, kinds: Kinds) -> _WatchlistInFile:
    """Read everything as it is now, and find the watchlist in it; one that is a query is refused."""
    files = [_parsed(file) for file in (path, *split_files(path))]
    # `load` splices files into one tree: what stands in this one is kept before.
    lists = [(file, _watchlists(file)) for file in files]
    values = [plain(file.root) for file in files]
    config = load(path, environ, kinds=kinds, trees={file.original.path: file.root for file in files})
    wanted = " ".join(watchlist.split()).casefold()
    names: list[str] = []
    for (file, items), value in zip(lists, values, strict=True):
        for place, node in items:
            names.append(_name(node))
            if " ".join(names[-1].split()).casefold() == wanted:
                found = _WatchlistInFile(config, environ, kinds, file.original, file.text, value, place, node)
                return _editable(found, term)
    near = nearest(watchlist, names, cutoff=0.5) or ""
    raise EditRefusedError(Reason.NO_WATCHLIST, watchlist=watchlist, near=near, known=", ".join(names[:12]))


def _editable(found: _WatchlistInFile, term: str) -> _WatchlistInFile:
    if _written(found.node.get("query")):
        place = _place(found, found.node.key("query"))
        raise EditRefusedError(Reason.QUERY, watchlist=_name(found.node), term=term, place=place)
    return found


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is now."""

    original: Original
    text: str
    root: Node


def _parsed(file: Path) -> _File:
    """Read and parse a file. Raises ConfigError."""
    report = Report()
    try:
        original = Original(file, file.read_bytes())
        text = original.text
    except (OSError, UnicodeDecodeError):
        read(file, report)  # says what is wrong with it
        report.check()
        raise
    root = parse(Document(str(file), text), report)
    report.check()
    if root is None:
        raise AssertionError("no tree without a problem")
    return _File(original, text, root)


def _watchlists(file: _File) -> list[tuple[tuple[str | int, ...], MappingNode]]:
    """Return each watchlist of a file, and where it stands from the root."""
    items = file.root.get("watchlists") if isinstance(file.root, MappingNode) else file.root
    prefix: tuple[str | int, ...] = ("watchlists",) if isinstance(file.root, MappingNode) else ()
    entries = items.items if isinstance(items, Sequence) else []
    return [((*prefix, index), item) for index, item in enumerate(entries) if isinstance(item, MappingNode)]


def _written(node: Node | None) -> str:
    """Return a scalar's text, as the schema reads it; an empty one for any other node."""
    if isinstance(node, MappingNode):
        return _written(node.get("text"))
    if not isinstance(node, Scalar) or not isinstance(plain(node), str | WrittenInt | WrittenFloat):
        return ""
    return node.text.strip()


def _name(node: MappingNode) -> str:
    return _written(node.get("name"))


def _terms(node: MappingNode) -> list[tuple[str, int, str]]:
    """Return (key, index, term) of all terms of a watchlist; entities with their @."""
    found = []
    for key, mark in (("entities", "@"), ("keywords", "")):
        entries = node.get(key)
        items = entries.items if isinstance(entries, Sequence) else []
        found += [(key, index, mark + _written(item)) for index, item in enumerate(items)]
    return found


def _search(node: MappingNode, term: str, config: Config) -> tuple[str, int, str] | None:
    """Find a term by its text, an entity by any of its names."""
    same: Callable[[str], object] = _like
    terms = _terms(node)
    if term.startswith("@"):
        same = _entity_key(config)
        terms = [place for place in terms if place[2].startswith("@")]
    exact = next((place for place in terms if place[2] == term), None)
    return exact or next((place for place in terms if same(place[2]) == same(term)), None)


def _entity_key(config: Config) -> Callable[[str], str]:
    """Return the key that all names of one entity share."""
    from monitor.watch.catalogue import lookup_key, shipped

    catalogue = shipped().merged(config.entities)

    def key(name: str) -> str:
        spec = catalogue.find(name.removeprefix("@").strip())
        return spec.id if spec else lookup_key(name.removeprefix("@"))

    return key


# --------------------------------------------------------------------------- checking


def _checked(found: _WatchlistInFile, text: str, key: str, term: str, expect: Callable[[list[Any]], None]) -> Change:
    """Read the new text: it must differ in one line, return what was asked for, and be valid as a whole."""
    old, new = found.text.split("\n"), text.split("\n")
    head, tail = unchanged(old, new)
    file = found.original.path
    wanted = found.values
    watchlist = wanted
    for part in found.path:
        watchlist = watchlist[part]
    expect(watchlist.setdefault(key, []))
    report = Report()
    tree = parse(Document(str(file), text), report)
    asked = tree is not None and not report.problems and plain(tree) == wanted
    if tree is None or not asked or max(len(old), len(new)) - head - tail > 1:
        line = _place(found, found.node.key(key))
        raise EditRefusedError(Reason.BY_HAND, watchlist=_name(found.node), term=term, place=line)
    try:
        config = load(found.config.path, found.environ, kinds=found.kinds, trees={file: tree})
    except ConfigError as error:
        raise InvalidEditError(error.problems) from error
    place = f"{file.name}:{min(head, len(new) - 1) + 1}"
    notes = tuple(warning for warning in config.warnings if warning not in found.config.warnings)
    return Change(found.original, text, config, _name(found.node), key, term, place, notes)


def _place(found: _WatchlistInFile, key: Scalar | None) -> str:
    return f"{found.original.path.name}:{key.place.line if key else found.node.place.line}"
