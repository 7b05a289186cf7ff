"""The tables `incidents` and `incident_kinds`: open incidents, and when operators were notified of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from monitor.model import Incident, IncidentLog, OpenIncident
from monitor.store.base import Repository
from monitor.store.schema import incident_kinds, incidents

_CLOSE = update(incidents).where(
    incidents.c.kind == bindparam("of_kind"), incidents.c.subject == bindparam("about"), incidents.c.gone.is_(None)
)


class Incidents(Repository):
    """Open incidents: a few rows. `monitor.alert.incidents` decides when operators are notified."""

    def incident_log(self) -> IncidentLog:
        """Return all open incidents, oldest first, and when each kind had its last first notice."""
        found = [_incident_of(row) for row in self.connection.execute(select(incidents).order_by(incidents.c.id))]
        announced = self.connection.execute(select(incident_kinds.c.kind, incident_kinds.c.announced)).all()
        return IncidentLog({each.key: each for each in found}, {row.kind: row.announced for row in announced})

    def save_incident_log(self, before: IncidentLog, after: IncidentLog) -> None:
        """Write how `after` differs from `before`, which this transaction has read."""
        for key in before.open.keys() - after.open.keys():
            self.connection.execute(delete(incidents).where(*_is(*key)))
        for key, each in after.open.items():
            if key not in before.open:
                self.connection.execute(insert(incidents).values(**_values(each)))
            elif each != before.open[key]:
                self.connection.execute(update(incidents).where(*_is(*key)).values(**_values(each)))
        if after.announced != before.announced:
            self.connection.execute(delete(incident_kinds))
            for kind, at in after.announced.items():
                self.connection.execute(insert(incident_kinds).values(kind=kind, announced=at))

    def open_incident(self, incident: Incident, now: datetime) -> None:
        """Open an incident, or note its newest line; whoever opened it closes it. Operators are notified at the tick.

        One that was closed, and is not over yet, goes on: what comes and goes rings once.
        """
        before = self._open_incident(incident.kind, incident.subject)
        if before is None:
            self.connection.execute(insert(incidents).values(**_values(OpenIncident(incident, now))))
            return
        told = before.told if before.incident.version == incident.version else None
        same = OpenIncident(incident, before.since, told)
        self.connection.execute(update(incidents).where(*_is(*same.key)).values(**_values(same)))

    def close_incident(self, kind: str, subject: str, now: datetime) -> bool:
        """Note that a condition holds no more; False where no such incident was open."""
        return self.connection.execute(_CLOSE, {"of_kind": kind, "about": subject, "gone": now}).rowcount > 0

    def _open_incident(self, kind: str, subject: str) -> OpenIncident | None:
        row = self.connection.execute(select(incidents).where(*_is(kind, subject))).one_or_none()
        return None if row is None else _incident_of(row)


def _is(kind: str, subject: str) -> tuple[Any, Any]:
    return incidents.c.kind == kind, incidents.c.subject == subject


def _incident_of(row: Any) -> OpenIncident:
    incident = Incident(row.kind, row.subject, row.line, row.version, row.urgent)
    return OpenIncident(incident, row.since, row.told, row.gone)


def _values(each: OpenIncident) -> dict[str, Any]:
    incident = each.incident
    return {
        "kind": incident.kind,
        "subject": incident.subject,
        "version": incident.version,
        "line": incident.line,
        "urgent": incident.urgent,
        "since": each.since,
        "told": each.told,
        "gone": each.gone,
    }
