"""The table `watched_terms`: since when each term is in force, and when it last matched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from monitor.model import Verdict
from monitor.store.base import Repository
from monitor.store.columns import shorten
from monitor.store.schema import watched_terms as table

_APART = timedelta(days=1)  # between two notes that a term matched: a day is all that is asked for
_OF_TERM = (table.c.watchlist == bindparam("of_watchlist"), table.c.term == bindparam("of_term"))
_LATELY = or_(table.c.matched.is_(None), table.c.matched < bindparam("lately"))
_ADD = insert(table)
_DROP = delete(table).where(*_OF_TERM)
_NOTE = update(table).where(*_OF_TERM, _LATELY).values(matched=bindparam("at"), told=None)
_TELL = update(table).where(*_OF_TERM).values(told=bindparam("at"))


class UnmatchedTerm(NamedTuple):
    """A term in force that has matched nothing for long; `since` is when it last did, or came into force."""

    watchlist: str
    term: str
    since: datetime


class WatchedTerms(Repository):
    """A row for each term of each watchlist in force; a long term is kept shortened."""

    def sync_terms(self, terms: Iterable[tuple[str, str]], now: datetime) -> None:
        """Make the (watchlist, term) pairs those in force: a new one is in force from now on."""
        wanted = {(shorten(watchlist), shorten(term)) for watchlist, term in terms}
        known = {(row.watchlist, row.term) for row in self.connection.execute(select(table.c.watchlist, table.c.term))}
        gone = [{"of_watchlist": watchlist, "of_term": term} for watchlist, term in sorted(known - wanted)]
        fresh = [{"watchlist": watchlist, "term": term, "since": now} for watchlist, term in sorted(wanted - known)]
        if gone:
            self.connection.execute(_DROP, gone)
        if fresh:
            self.connection.execute(_ADD, fresh)

    def note_terms(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Note that the terms of an article's verdicts matched, once a day for each."""
        pairs = sorted({(verdict.watchlist, hit.term) for verdict in verdicts for hit in verdict.hits})
        if pairs:
            of = [
                {"of_watchlist": watchlist, "of_term": term, "at": now, "lately": now - _APART}
                for watchlist, term in pairs
            ]
            self.connection.execute(_NOTE, of)

    def unmatched_terms(self, before: datetime) -> list[UnmatchedTerm]:
        """Return the terms that have matched nothing since `before`, the longest first."""
        since = func.coalesce(table.c.matched, table.c.since, type_=table.c.since.type)
        found = select(table.c.watchlist, table.c.term, since.label("since")).where(since < before)
        rows = self.connection.execute(found.order_by(since, table.c.watchlist, table.c.term))
        return [UnmatchedTerm(row.watchlist, row.term, row.since) for row in rows]

    def untold_terms(self, before: datetime) -> list[UnmatchedTerm]:
        """Return those of `unmatched_terms` that operators were not notified of."""
        told = select(table.c.watchlist, table.c.term).where(table.c.told.is_not(None))
        known = {(row.watchlist, row.term) for row in self.connection.execute(told)}
        return [one for one in self.unmatched_terms(before) if (one.watchlist, one.term) not in known]

    def tell_terms(self, terms: Iterable[UnmatchedTerm], now: datetime) -> None:
        """Note that operators were notified of terms, until each matches again."""
        of = [{"of_watchlist": one.watchlist, "of_term": one.term, "at": now} for one in terms]
        if of:
            self.connection.execute(_TELL, of)
