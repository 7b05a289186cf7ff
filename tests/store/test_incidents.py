"""Incidents, as the tables keep them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.store_samples import NOW, after

from monitor.model import HALTED, TOPIC, Incident, IncidentLog, OpenIncident
from monitor.store import Database

LONG = "Чат, " * 400  # longer than any index takes
CLOSED = Incident(TOPIC, "desk", "desk: its topic takes no messages")
REFUSED = Incident(HALTED, "telegram", "telegram: the token is not valid", urgent=True)


def test_a_log_comes_back_as_it_was_saved(store: Database) -> None:
    before = IncidentLog()
    known = [
        OpenIncident(Incident("chat", LONG, "a\nb", version="2", urgent=True), NOW, after(1), after(2)),
        OpenIncident(Incident("source", "Yonhap", "Yonhap: no answer"), NOW),
    ]
    log = IncidentLog({each.key: each for each in known}, {"chat": NOW, "source": after(3)})
    with store.begin() as tx:
        assert tx.incident_log() == before
        tx.save_incident_log(before, log)
        assert tx.incident_log() == log
        told = replace(known[1], told=after(9))
        later = IncidentLog({told.key: told}, {"source": after(9)})
        tx.save_incident_log(log, later)
        assert tx.incident_log() == later
        tx.save_incident_log(later, before)
        assert tx.incident_log() == before


def test_an_incident_is_opened_once_and_closed_once(store: Database) -> None:
    with store.begin() as tx:
        tx.open_incident(CLOSED, NOW)
        tx.open_incident(REFUSED, after(1))
        tx.open_incident(replace(CLOSED, line="still"), after(2))
        log = tx.incident_log().open
        assert list(log.values()) == [OpenIncident(replace(CLOSED, line="still"), NOW), OpenIncident(REFUSED, after(1))]
        assert tx.close_incident(TOPIC, "desk", after(3))
        assert not tx.close_incident(TOPIC, "desk", after(4))
        assert not tx.close_incident(TOPIC, "me", after(4))
        assert tx.incident_log().open[TOPIC, "desk"].gone == after(3)
        assert tx.incident_log().open[HALTED, "telegram"].gone is None


@pytest.mark.parametrize(("version", "told"), [("", NOW), ("2", None)])
def test_one_that_comes_back_goes_on(store: Database, version: str, told: object) -> None:
    """It has been told already, unless it is another one."""
    known = OpenIncident(CLOSED, NOW, told=NOW, gone=after(5))
    with store.begin() as tx:
        tx.save_incident_log(IncidentLog(), IncidentLog({known.key: known}))
        tx.open_incident(replace(CLOSED, version=version), after(6))
        (found,) = tx.incident_log().open.values()
        assert (found.since, found.told, found.gone) == (NOW, told, None)
