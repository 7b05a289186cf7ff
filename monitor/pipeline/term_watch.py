"""Notifies operators of terms: what a reload warns of, and terms that have matched nothing for long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.i18n import ENGLISH, Phrases
from monitor.pipeline.ruleset import NotCompiled, Rules
from monitor.store import Transaction

Notify = Callable[[Transaction, str, str, Sequence[str]], int]
"""Writes a notice to the admins, given its key, headline and lines; returns how many rows."""

LONG = timedelta(days=90)
"""Operators are notified of a term that has matched nothing for so long, once."""

_EVERY = 3600.0  # seconds between two looks for such terms
_SHOWN = 8  # lines of a notice


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
        lines = [phrases.text("unmatched line", watchlist=one.watchlist, term=one.term) for one in terms]
        headline = phrases.count("unmatched terms", len(terms), days=LONG.days)
        shown = [*_first(lines, phrases), phrases.text("unmatched advice")]
        return self.notify(tx, f"unmatched:{now.isoformat()}", headline, shown)


def _warnings(rules: Rules) -> list[str]:
    """Return all that is warned of in a configuration, in its language."""
    language = rules.config.language or ENGLISH
    told = (note.told(language) for note in rules.matcher.warnings)
    return list(dict.fromkeys([*rules.config.warnings, *told]))


def _first(lines: Sequence[str], phrases: Phrases) -> list[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], *([phrases.count("more lines", more)] if more > 0 else [])]
