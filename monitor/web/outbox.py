"""The outbox: what waits, what is held until when, what was given up, with replay; how long alerts took."""

from __future__ import annotations

from datetime import timedelta

import structlog
from starlette.responses import Response
from starlette.routing import Route

from monitor.model import Delivery, State
from monitor.pipeline import report
from monitor.store import Transaction
from monitor.web.site import Site
from monitor.web.visit import Visit, whole_number

log = structlog.get_logger(__name__)

_SHOWN = 100  # rows of one state
_ORDER = (
    *(State.DEAD, State.UNKNOWN, State.SENDING, State.READY, State.HELD, State.SUSPENDED),
    *(State.MUTED, State.SENT),
)
_SPAN = timedelta(days=1)


def routes(site: Site) -> list[Route]:
    """Return the routes of the outbox."""

    def replay(visit: Visit, tx: Transaction) -> Response:
        ident = whole_number(visit.form.get("id", ""))
        row = None if ident is None else tx.delivery(ident)
        if row is None or not tx.replay_delivery(row.id, visit.now):
            return site.refused(visit, 409, "replay not")
        log.info("a dead alert was replayed on the page", row=row.id, by=visit.viewer.user_id if visit.viewer else 0)
        return visit.go("/outbox")

    return [
        Route("/outbox", site.screen(_show), methods=["GET"]),
        Route("/outbox/replay", site.action(replay), methods=["POST"]),
    ]


def _show(visit: Visit, tx: Transaction) -> Response:
    counts = tx.delivery_counts()
    asked = visit.query.get("state", "")
    shown = (
        [State(asked)] if asked in set(State) else [each for each in _ORDER if each not in (State.MUTED, State.SENT)]
    )
    groups = [(state, _rows(tx, state)) for state in _ORDER if state in shown and counts.get(state.value)]
    missed = report.missed(tx, visit.now - _SPAN)
    return visit.html(
        "outbox.html",
        counts=[(state, counts.get(state.value, 0)) for state in _ORDER],
        groups=groups,
        asked=asked,
        missed=missed,
    )


def _rows(tx: Transaction, state: State) -> list[Delivery]:
    rows = tx.deliveries(state=state.value, limit=_SHOWN)
    return sorted(rows, key=lambda row: row.due_at) if state in (State.HELD, State.READY) else rows
