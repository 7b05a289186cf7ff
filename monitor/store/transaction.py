"""One open transaction: all repositories on one connection."""

from __future__ import annotations

from monitor.store.archive import Archive
from monitor.store.articles import Articles
from monitor.store.backtests import Backtests
from monitor.store.clock import Clocks
from monitor.store.evidence import EvidenceChain
from monitor.store.feedback import Feedback
from monitor.store.gaps import Gaps
from monitor.store.health import Health
from monitor.store.holding import Holding
from monitor.store.incidents import Incidents
from monitor.store.memory import SignsOfLife
from monitor.store.outbox import Outcomes
from monitor.store.processes import Processes
from monitor.store.rates import Rates
from monitor.store.readings import Readings
from monitor.store.reports import Reports
from monitor.store.retention import Retention
from monitor.store.screens import Screens
from monitor.store.stories import Stories
from monitor.store.subscriptions import Subscriptions
from monitor.store.translations import Translations
from monitor.store.trends import Trends
from monitor.store.turns import Turns
from monitor.store.updates import Updates
from monitor.store.watched_terms import WatchedTerms
from monitor.store.web_keys import WebKeys


class Transaction(
    Gaps,
    Articles,
    Archive,
    Stories,
    Outcomes,
    Holding,
    Health,
    Incidents,
    Rates,
    Reports,
    Updates,
    Feedback,
    Clocks,
    SignsOfLife,
    Retention,
    Subscriptions,
    Processes,
    Turns,
    Readings,
    WatchedTerms,
    Trends,
    EvidenceChain,
    Screens,
    WebKeys,
    Backtests,
    Translations,
):
    """One open transaction: all of it happens, or none.

    Its methods are synchronous and run on the store's one thread; all that a stage decides is written through one.
    """
