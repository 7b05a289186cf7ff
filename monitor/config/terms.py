"""Checks of keywords and queries: each is read as matching reads it, and a mistake is reported at its place."""

from __future__ import annotations

from monitor.config.entities import KnownEntities
from monitor.config.report import Report
from monitor.config.yaml_tree import Loc, Mapping, Node, Scalar, Sequence, plain
from monitor.fields import WrittenFloat, WrittenInt
from monitor.watch.query.nodes import LeafKind, leaves

_WORD_LISTS = ("near", "except", "forms+", "forms-")


class Terms:
    """Checks the terms of watchlists."""

    def __init__(self, root: Mapping, report: Report, entities: KnownEntities) -> None:
        self._root = root
        self._report = report
        self._entities = entities

    def check(self, loc: Loc, watchlist: Mapping) -> None:
        """Check everything that a watchlist looks for."""
        names = watchlist.get("entities")
        for index, item in enumerate(names.items if isinstance(names, Sequence) else ()):
            if isinstance(item, Scalar) and _is_text(item):
                name = item.text.strip()
                if name and not name.startswith("@") and name not in self._entities:
                    self._report.at(self._root, (*loc, "entities", index), self._entities.unknown(name))
        for key in ("keywords", "exclude"):
            entries = watchlist.get(key)
            for index, item in enumerate(entries.items if isinstance(entries, Sequence) else ()):
                self._entry((*loc, key, index), item)
        query = watchlist.get("query")
        if isinstance(query, Scalar):
            self._read((*loc, "query"), query, query=True)

    def _entry(self, loc: Loc, item: Node) -> None:
        if isinstance(item, Scalar):
            self._read(loc, item)
        elif isinstance(item, Mapping):
            text = item.get("text")
            if isinstance(text, Scalar):
                self._read((*loc, "text"), text)
                self._check_part_of_speech(loc, item, text)
            for key in _WORD_LISTS:
                words = item.get(key)
                for index, word in enumerate(words.items if isinstance(words, Sequence) else ()):
                    if isinstance(word, Scalar):
                        self._read((*loc, key, index), word)

    def _check_part_of_speech(self, loc: Loc, item: Mapping, text: Scalar) -> None:
        """Refuse a part of speech of what is not one word in any form, and an aspect of what is no verb."""
        from monitor.watch.query.nodes import misplaced
        from monitor.watch.query.parse import QueryError, parse_term

        written = [value.text if isinstance(value, Scalar) else None for value in map(item.get, ("pos", "aspect"))]
        if not _is_text(text) or written == [None, None]:
            return
        try:
            problem = misplaced(parse_term(text.text), *written)
        except QueryError:
            return  # reported already
        if problem is not None:
            self._report.at(self._root, (*loc, problem[0]), problem[1])

    def _read(self, loc: Loc, scalar: Scalar, *, query: bool = False) -> None:
        """Read a term or a query; a value that is no text is left to the schema."""
        from monitor.watch.query.parse import QueryError, parse_query, parse_term

        if not _is_text(scalar) or not scalar.text.strip():
            return
        if scalar.style is None and scalar.text.startswith("="):
            self._report.at(self._root, loc, f"an entry that begins with = needs quotes: '{scalar.text}'")
            return
        try:
            tree = parse_query(scalar.text) if query else parse_term(scalar.text)
        except QueryError as error:
            self._report.at(self._root, loc, error.message, position=error.position)
            return
        if not query:
            self._warn_of_folding(scalar)
        for leaf in leaves(tree):
            if leaf.kind is LeafKind.ENTITY and leaf.text not in self._entities:
                message = self._entities.unknown(leaf.text, query=query)
                self._report.at(self._root, loc, message, position=leaf.position)

    def _warn_of_folding(self, scalar: Scalar) -> None:
        """Warn of a keyword without quotes that stands on several lines: two entries, of which one is indented."""
        if scalar.style is not None or scalar.document is None:
            return
        lines = [line.strip() for line in scalar.document.text[scalar.start : scalar.end].split("\n")]
        if len(lines) > 1:
            entries = [line.removeprefix("-").strip() for line in lines if line]
            place = f"{scalar.place.file}:{scalar.place.line}:{scalar.place.column}"
            self._report.warn(
                f"{place}: these lines are one phrase, {scalar.text!r}, as the lower ones are indented more: "
                f"write [{', '.join(entries)}], or put the phrase in quotes"
            )


def _is_text(scalar: Scalar) -> bool:
    return isinstance(plain(scalar), str | WrittenInt | WrittenFloat)
