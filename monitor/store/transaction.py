"""One open transaction: every family of tables on one connection."""

from __future__ import annotations

from monitor.store.articles import Articles
from monitor.store.clock import Clocks
from monitor.store.entries import Entries
from monitor.store.feedback import People
from monitor.store.health import Health
from monitor.store.holding import Holding
from monitor.store.life import Life
from monitor.store.outcomes import Fates
from monitor.store.reports import Figures
from monitor.store.retention import Retention
from monitor.store.stories import Stories
from monitor.store.updates import Updates


class Transaction(
    Entries,
    Articles,
    Stories,
    Fates,
    Holding,
    Health,
    Figures,
    Updates,
    People,
    Clocks,
    Life,
    Retention,
):
    """One open transaction: all of it happens, or none.

    Its methods are synchronous and run on the store's one thread; all that a stage decides is written through one.
    """
