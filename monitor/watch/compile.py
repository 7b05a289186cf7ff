"""Compilation of watchlists to a matcher: terms parsed, entities looked up, forms made once for all."""

from __future__ import annotations

from collections.abc import Container, Iterator, MutableMapping, Sequence
from typing import Protocol

from monitor.model import EntitySpec, Term, Watchlist, Zone
from monitor.watch import slips
from monitor.watch.index.terms import Builder, TermError
from monitor.watch.match import CompiledWatchlist, Matcher, Slot
from monitor.watch.query.nodes import Leaf, LeafKind, Node, leaves
from monitor.watch.query.parse import QueryError, parse_query, parse_term
from monitor.watch.wording import TermNote


class Entities(Protocol):
    """The look-ups that compilation needs of a catalogue (`watch.catalogue.Catalogue`)."""

    def find(self, name: str) -> EntitySpec | None:
        """Return the entity with this id or name."""
        ...

    def suggest(self, name: str) -> list[str]:
        """Return ids like an unknown name."""
        ...

    def is_product(self, name: str) -> bool:
        """Return whether there are several of what has this name."""
        ...

    @property
    def spelled(self) -> Container[str]:
        """Return the names, in small letters, that no acronym may be written like."""
        ...


class CompileError(ValueError):
    """A watchlist cannot be compiled; the message names it, what is wrong, and what would be right."""

    def __init__(self, watchlist: str, message: str, *, term: str = "") -> None:
        where = [f"watchlist {watchlist!r}"] * bool(watchlist) + [repr(term)] * bool(term)
        super().__init__(": ".join(filter(None, (", ".join(where), message))))
        self.watchlist = watchlist
        self.term = term
        self.message = message


def compile_watchlists(
    watchlists: Sequence[Watchlist],
    catalogue: Entities,
    cache: MutableMapping[str, bytes] | None = None,
) -> Matcher:
    """Compile watchlists for matching. Raises CompileError.

    `cache` keeps the forms of terms beyond this process: any mapping, whose keys are hashes of the term, of the code
    that makes forms and of its dictionaries' versions, so that nothing in it ever needs to be thrown away for being
    wrong. Without it, 100,000 terms take half a minute.
    """
    builder = Builder(cache, catalogue.spelled)
    numbers: dict[Leaf, int] = {}
    rules = [_Compiler(builder, catalogue, watchlist, numbers).rule() for watchlist in watchlists]
    notes = dict.fromkeys(note for rule in rules for note in _notes(rule, builder, catalogue))
    return Matcher(builder.finish(), rules, numbers, tuple(notes))


def _notes(rule: CompiledWatchlist, builder: Builder, catalogue: Entities) -> Iterator[TermNote]:
    """Return what the user should know of a watchlist's terms."""
    name, query = rule.watchlist.name, rule.watchlist.query
    if rule.query is not None and query is not None:
        for text in slips.of_query(query, leaves(rule.query), lambda word: catalogue.find(word) is not None):
            yield TermNote(name, query, text)
    for slot in (*rule.slots, *rule.exclude):
        if slot.term in builder.entities:  # what their names are is not this watchlist's business
            continue
        if rule.query is None or slot in rule.exclude:
            for text in note_slips(slot.written, catalogue):
                yield TermNote(name, slot.written, text)
        for text in note_forms(slot.written, builder.warnings.get(slot.term, ()), catalogue):
            yield TermNote(name, slot.written, text)


def note_forms(written: str, warnings: Sequence[str], catalogue: Entities) -> Iterator[str]:
    """Return the warnings of a term's forms, as the catalogue sees its words: what has a name there is a base form."""
    note = slips.of_case(written, catalogue.spelled)
    if note is not None:
        yield note
    known = note is not None or written.lower() in catalogue.spelled
    yield from (text for text in warnings if not (known and slips.is_of_case(text)))


def note_slips(written: str, catalogue: Entities) -> Iterator[str]:
    """Return a note on each slip of a keyword that compiles."""
    if not slips.is_plain(written):
        yield from slips.of_term(parse_term(written), written, lambda word: catalogue.find(word) is not None)


class _Compiler:
    """Compiles one watchlist."""

    def __init__(self, builder: Builder, catalogue: Entities, watchlist: Watchlist, numbers: dict[Leaf, int]) -> None:
        self._builder = builder
        self._catalogue = catalogue
        self._watchlist = watchlist
        self._numbers = numbers

    def rule(self) -> CompiledWatchlist:
        watchlist = self._watchlist
        if watchlist.query is not None and (watchlist.entities or watchlist.keywords):
            raise self._error("has a query and terms: write the terms into the query")
        slots = [self._slot(Leaf(LeafKind.ENTITY, name, name), name) for name in watchlist.entities]
        slots += [self._keyword(term) for term in watchlist.keywords]
        query = None
        if watchlist.query is not None:
            query = self._parsed_query(watchlist.query)
            slots = [self._slot(leaf, leaf.written) for leaf in leaves(query, positive=True)]
            for leaf in leaves(query):
                self._numbers[leaf] = self._slot(leaf, leaf.written).term
        if not slots:
            raise self._error("is empty: give it entities, keywords or a query")
        slots = list({slot.term: slot for slot in reversed(slots)}.values())[::-1]
        return CompiledWatchlist(
            watchlist=watchlist,
            slots=tuple(slots),
            exclude=tuple(self._keyword(term) for term in watchlist.exclude),
            query=query,
            zones=self._zones(),
            needed=self._needed(len(slots)),
        )

    def _error(self, message: str, term: str = "") -> CompileError:
        return CompileError(self._watchlist.name, message, term=term)

    def _parsed_query(self, text: str) -> Node:
        try:
            return parse_query(text)
        except QueryError as error:
            raise self._error(str(error), text) from error

    def _keyword(self, term: Term) -> Slot:
        try:
            leaf = parse_term(term.text)
        except QueryError as error:
            raise self._error(str(error), term.text) from error
        return self._slot(leaf, term.text, term)

    def _slot(self, leaf: Leaf, written: str, term: Term | None = None) -> Slot:
        spec = self._entity(leaf.text) if leaf.kind is LeafKind.ENTITY else None
        try:
            product = self._catalogue.is_product(leaf.text)
            return Slot(self._builder.keyword(leaf, term, spec, product=product), written)
        except TermError as error:
            raise self._error(str(error), written) from error

    def _entity(self, name: str) -> EntitySpec:
        spec = self._catalogue.find(name)
        if spec is None:
            near = self._catalogue.suggest(name)
            hint = f"did you mean {' or '.join(near)}?" if near else "`monitor entities` lists them"
            raise self._error(f"is no known entity ({hint}); your own go under `entities:`", name)
        return spec

    def _zones(self) -> frozenset[Zone]:
        try:
            return frozenset(map(Zone, self._watchlist.where))
        except ValueError as error:
            raise self._error(f"where: {error}: the zones are {', '.join(Zone)}") from error

    def _needed(self, count: int) -> int:
        require = self._watchlist.require
        if require == "any":
            return 1
        if require == "all":
            return count
        if isinstance(require, int) and 1 <= require <= count:
            return require
        raise self._error(f"require: {require} is not any, all or a number from 1 to {count}")
