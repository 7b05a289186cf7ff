"""Forms of terms, made in other processes before the terms are compiled: what is left then is read from the cache.

Those of many terms are made on all cores, in processes that are spawned, not forked: the daemon has threads when it
reloads. Those that the daemon wants besides are made in one short-lived child of the sandbox's fork server, which has
the dictionaries: in the daemon they would stay, and take 100 MB.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import structlog

from monitor.app.forms_cache import FormsCache
from monitor.errors import SandboxError
from monitor.model import EntitySpec, Term, Watchlist
from monitor.sandbox import MEMORY, PARSERS, LoneChild
from monitor.watch.compile import Entities
from monitor.watch.index.terms import Builder, TermError
from monitor.watch.query.nodes import Leaf, LeafKind, leaves
from monitor.watch.query.parse import QueryError, parse_query, parse_term

log = structlog.get_logger(__name__)

ShowProgress = Callable[[int, int], None]
"""Called with the number of terms that are done, and of all."""

_WORTH_IT = 3000
"""Unknown terms from which on processes, which take a second or two to start, save time."""
_PROBES = 200
_CHUNK = 1000
"""Terms a worker makes at a time: some 1 MB of forms."""
_CHILD_CHUNK = 100
"""Terms and entities that a child makes at a time; an entity has up to some dozens of names."""
_CHILD_CPU = 120.0
"""Seconds for them: a hundred times what they take."""


class FormsMissingError(Exception):
    """Forms of a term are not kept yet."""


class KeptForms(MutableMapping[str, bytes]):
    """A cache of forms for compilation that refuses to make any: a look-up of what is not kept ends it."""

    def __init__(self, cache: MutableMapping[str, bytes]) -> None:
        self._cache = cache

    def __getitem__(self, key: str) -> bytes:
        """Return what is kept. Raises FormsMissingError, which `get` passes on."""
        try:
            return self._cache[key]
        except KeyError:
            raise FormsMissingError from None

    def __setitem__(self, key: str, value: bytes) -> None:
        """Keep the forms of a term whose kept ones were damaged."""
        self._cache[key] = value

    def __delitem__(self, key: str) -> None:
        """Delete a value."""
        del self._cache[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._cache)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._cache)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a compilation asks a `Builder` for."""

    leaf: Leaf
    term: Term | None = None
    spec: EntitySpec | None = None
    product: bool = False


def make_forms(watchlists: Sequence[Watchlist], cache: FormsCache, progress: ShowProgress | None = None) -> None:
    """Put the forms of the watchlists' keywords into `cache`, in processes, where many are not in it yet."""
    terms = list(dict.fromkeys(term for one in watchlists for term in (*one.keywords, *one.exclude)))
    cores = len(os.sched_getaffinity(0))
    if cores < 2 or len(terms) < _WORTH_IT or _share_unknown(terms, cache) * len(terms) < _WORTH_IT:  # noqa: PLR2004
        return
    done = 0
    try:
        with ProcessPoolExecutor(cores, get_context("spawn"), _start, (cache.path,)) as pool:
            chunks = (terms[at : at + _CHUNK] for at in range(0, len(terms), _CHUNK))
            for made in pool.map(_make, chunks):
                cache.update(made)
                done = min(done + _CHUNK, len(terms))
                if progress:
                    progress(done, len(terms))
    except BrokenProcessPool:
        # Not a reason to fail: what is missing is made in this process, one by one.
        log.warning("a process that made forms of terms died (killed, or out of memory)", done=done, of=len(terms))
    cache.save()


def _share_unknown(terms: Sequence[Term], cache: FormsCache) -> float:
    """Estimate which share of the terms has forms that are not in the cache: by some, spread evenly."""
    probes = terms[:: max(1, len(terms) // _PROBES)]
    return len(_missing(list(_keywords(probes)), cache)) / len(probes)


def make_missing(
    watchlists: Sequence[Watchlist], catalogue: Entities, cache: FormsCache, progress: ShowProgress | None = None
) -> None:
    """Put all forms that the watchlists need and `cache` lacks into it, made in a child that ends thereafter.

    Where no child can be had, compiling makes them in this process.
    """
    missing = _missing(list(_wanted(watchlists, catalogue)), cache)
    if not missing:
        return
    try:
        with LoneChild(MEMORY, PARSERS) as child:
            for at in range(0, len(missing), _CHILD_CHUNK):
                chunk = missing[at : at + _CHILD_CHUNK]
                cache.update(child.run(_fresh, chunk, {}, cpu=_CHILD_CPU))
                if progress:
                    progress(at + len(chunk), len(missing))
    except SandboxError as error:
        log.warning("forms of terms are made in the daemon, and cost it memory", error=str(error))
    cache.save()


def _wanted(watchlists: Sequence[Watchlist], catalogue: Entities) -> Iterator[_Wanted]:
    """Return the terms of watchlists. Bad ones are left out: compiling reports them."""
    for watchlist in watchlists:
        for name in watchlist.entities:
            yield _Wanted(Leaf(LeafKind.ENTITY, name, name), spec=catalogue.find(name))
        yield from _keywords((*watchlist.keywords, *watchlist.exclude), catalogue)
        with suppress(QueryError):
            for leaf in leaves(parse_query(watchlist.query)) if watchlist.query is not None else ():
                yield _Wanted(leaf, None, _entity(leaf, catalogue), _is_product(leaf, catalogue))


def _keywords(terms: Sequence[Term], catalogue: Entities | None = None) -> Iterator[_Wanted]:
    for term in terms:
        with suppress(QueryError):
            leaf = parse_term(term.text)
            yield _Wanted(leaf, term, _entity(leaf, catalogue), _is_product(leaf, catalogue))


def _entity(leaf: Leaf, catalogue: Entities | None) -> EntitySpec | None:
    return catalogue.find(leaf.text) if catalogue is not None and leaf.kind is LeafKind.ENTITY else None


def _is_product(leaf: Leaf, catalogue: Entities | None) -> bool:
    return catalogue is not None and catalogue.is_product(leaf.text)


def _missing(wanted: Sequence[_Wanted], cache: MutableMapping[str, bytes]) -> list[_Wanted]:
    """Return what has forms that are not kept; none are made."""
    builder, missing = Builder(KeptForms(cache)), []
    for one in wanted:
        try:
            _add(builder, one)
        except FormsMissingError:
            missing.append(one)
    return missing


def _fresh(wanted: Sequence[_Wanted], cache: MutableMapping[str, bytes]) -> dict[str, bytes]:
    """Return what compiling the terms adds to the cache."""
    fresh: dict[str, bytes] = {}
    builder = Builder(ChainMap(fresh, cache))
    for one in wanted:
        _add(builder, one)
    return fresh


def _add(builder: Builder, wanted: _Wanted) -> None:
    if wanted.leaf.kind is LeafKind.ENTITY and wanted.spec is None:
        return  # it is unknown, which compiling reports
    with suppress(TermError, ValueError):
        builder.keyword(wanted.leaf, wanted.term, wanted.spec, product=wanted.product)


# --------------------------------------------------------------------------- in a worker

_kept: list[FormsCache] = []
"""In a worker: the cache as it was at the start."""


def _start(path: Path) -> None:
    _kept[:] = [FormsCache(path)]


def _make(terms: Sequence[Term]) -> dict[str, bytes]:
    return _fresh(list(_keywords(terms)), _kept[0])
