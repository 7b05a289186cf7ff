"""Forms of many terms, made on all cores before the terms are compiled: what is left then is read from the cache.

Processes are spawned, not forked: the daemon has threads when it reloads.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import structlog

from monitor.app.forms_cache import FormsCache
from monitor.model import Term, Watchlist
from monitor.watch.index.terms import Builder, TermError
from monitor.watch.query.parse import QueryError, parse_term

log = structlog.get_logger(__name__)

ShowProgress = Callable[[int, int], None]
"""Called with the number of terms that are done, and of all."""

_WORTH_IT = 3000
"""Unknown terms from which on processes, which take a second or two to start, save time."""
_PROBES = 200
_CHUNK = 1000
"""Terms a worker makes at a time: some 1 MB of forms."""


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
    return sum(bool(_fresh([term], cache)) for term in probes) / len(probes)


def _fresh(terms: Sequence[Term], cache: FormsCache) -> dict[str, bytes]:
    """Return what compiling the terms adds to the cache. Bad terms are left out: compiling reports them."""
    fresh: dict[str, bytes] = {}
    builder = Builder(ChainMap(fresh, cache))
    for term in terms:
        try:
            builder.keyword(parse_term(term.text), term)
        except (QueryError, TermError, ValueError):
            continue
    return fresh


# --------------------------------------------------------------------------- in a worker

_kept: list[FormsCache] = []
"""In a worker: the cache as it was at the start."""


def _start(path: Path) -> None:
    _kept[:] = [FormsCache(path)]


def _make(terms: Sequence[Term]) -> dict[str, bytes]:
    return _fresh(terms, _kept[0])
