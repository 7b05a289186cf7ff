"""Notifies operators of terms: what a reload warns of, and terms that have matched nothing for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.i18n import ENGLISH, Phrases, problem_text
from monitor.model import Term, Watchlist
from monitor.pipeline.ruleset import NotCompiled, Rules
from monitor.store import Transaction
from monitor.store.archive import ArchiveScope
from monitor.store.watched_terms import UnmatchedTerm
from monitor.watch.candidates import plan_of
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.look_alikes import look_alikes

Notify = Callable[[Transaction, str, str, Sequence[str]], int]
"""Writes a notice to the admins, given its key, headline and lines; returns how many rows."""

LONG = timedelta(days=90)
"""Operators are notified of a term that has matched nothing for so long, once."""

_EVERY = 3600.0  # seconds between two looks for such terms
_SHOWN = 8  # lines of a notice
_COMPARED = 8  # terms whose other spellings are looked for, at a time: each asks the index up to a dozen times
_NAMED = 3  # other spellings that are named beside a term
_READ = 20  # candidates of a spelling that are read, the newest first


@dataclass(slots=True)
class TermWatch:
    """Compares the terms in force with those before, and asks the store now and then which never match."""

    notify: Notify
    _rules: Rules | None = None
    _looked: float | None = None  # the clock's monotonic seconds

    def look(self, tx: Transaction, rules: Rules, phrases: Phrases, now: datetime, mono: float) -> int:
        """Write the notices that are due; return how many rows. Nothing is done while watchlists are compiled."""
        if isinstance(rules.matcher, NotCompiled):
            return 0
        count, before = 0, self._rules
        if rules is not before:
            tx.sync_terms(
                {(rule.watchlist.name, slot.written) for rule in rules.matcher.rules for slot in rule.slots}, now
            )
            if before is not None:
                count += self._warn(tx, rules, before, phrases, now)
            self._rules = rules
        if self._looked is None or mono - self._looked >= _EVERY:
            self._looked = mono
            count += self._tell_unmatched(tx, phrases, now)
        return count

    def _warn(self, tx: Transaction, rules: Rules, before: Rules, phrases: Phrases, now: datetime) -> int:
        """Write what an edit made wrong, where it did not stop the configuration from coming into force."""
        known = set(_warnings(before))
        fresh = [line for line in _warnings(rules) if line not in known]
        if not fresh:
            return 0
        digest = sha256("\n".join(fresh).encode()).hexdigest()[:16]
        headline = phrases.count("reload warnings", len(fresh))
        return self.notify(tx, f"reload:{now.date().isoformat()}:{digest}", headline, _first(fresh, phrases))

    def _tell_unmatched(self, tx: Transaction, phrases: Phrases, now: datetime) -> int:
        terms = tx.untold_terms(now - LONG)
        if not terms:
            return 0
        tx.tell_terms(terms, now)
        found = spellings_found(tx, [one.term for one in terms], now - LONG)
        lines = unmatched_lines(terms, found, phrases)
        headline = phrases.count("unmatched terms", len(terms), days=LONG.days)
        shown = [*_first(lines, phrases), phrases.text("unmatched advice")]
        return self.notify(tx, f"unmatched:{now.isoformat()}", headline, shown)


def spellings_found(tx: Transaction, terms: Iterable[str], since: datetime) -> dict[str, list[str]]:
    """Return for each of the first terms its other spellings that articles seen since a time have, if any."""
    span = tx.archive_span(ArchiveScope(since=since)) if tx.index_state().usable else None
    if span is None:
        return {}
    found = {}
    for term in list(dict.fromkeys(terms))[:_COMPARED]:
        spellings = [one for one in look_alikes(term) if _is_found(tx, one, *span)]
        if spellings:
            found[term] = spellings[:_NAMED]
    return found


def _is_found(tx: Transaction, spelling: str, low: int, high: int) -> bool:
    """Return whether an article with one of these ids mentions a spelling, as its newest candidates say."""
    try:
        matcher = compile_watchlists([Watchlist("spelling", keywords=(Term(spelling),))], Catalogue(()))
    except CompileError:  # such as a wildcard too short, which nobody wrote
        return False
    ids = tx.candidate_ids(plan_of(matcher), low, high, _READ) or ()
    return any(verdict.matched for one in tx.archived(ids, ArchiveScope()) for verdict in matcher.match(one.article))


def unmatched_lines(
    terms: Iterable[UnmatchedTerm],
    found: Mapping[str, Sequence[str]],
    phrases: Phrases,
    *,
    warn: bool = False,
) -> list[str]:
    """Return a line for each term that matched nothing, those first whose other spellings (`found`) did.

    `warn`: each line is a warning that stands alone.
    """
    lines: dict[bool, list[str]] = {True: [], False: []}
    for one in terms:
        line = phrases.text(
            "unmatched warning" if warn else "unmatched line", watchlist=one.watchlist, term=one.term, days=LONG.days
        )
        alike = found.get(one.term)
        if alike:
            line = phrases.text("unmatched alike", line=line, spellings=", ".join(alike))
        lines[bool(alike)].append(line)
    return [*lines[True], *lines[False]]


def _warnings(rules: Rules) -> list[str]:
    """Return all that is warned of in a configuration, in its language."""
    language = rules.config.language or ENGLISH
    told = (note.told(language) for note in rules.matcher.warnings)
    warned = (problem_text(text, language) for text in rules.config.warnings)
    return list(dict.fromkeys([*warned, *told]))


def _first(lines: Sequence[str], phrases: Phrases) -> list[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([phrases.count("more lines", more)] if more > 0 else [])]
