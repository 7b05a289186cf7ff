"""What is wrong with the daemon itself, as operators are notified of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

HALTED = "halted"
"""Kind of incident: nothing is sent to a kind of channels, since its token is refused."""

TOPIC = "topic"
"""Kind of incident: a channel's topic takes no messages."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A condition that lasts, not an event. Another `version` is so different that operators are notified anew."""

    kind: str  # a key of `alert.incidents.KINDS`
    subject: str  # the source's, channel's … name; "" where there is but one
    line: str  # what is wrong, and what helps; may be several lines
    version: str = ""
    urgent: bool = False  # notified at once, whenever its kind was last notified of


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident with its history: a row of the table `incidents`."""

    incident: Incident
    since: datetime
    told: datetime | None = None  # the last notice of it; None: there was none yet
    gone: datetime | None = None  # since when the condition does not hold; None: it holds

    @property
    def key(self) -> tuple[str, str]:
        """Return what identifies the incident."""
        return self.incident.kind, self.incident.subject


@dataclass(frozen=True, slots=True)
class IncidentLog:
    """All open incidents by kind and subject, and when each kind had its last first notice."""

    open: Mapping[tuple[str, str], OpenIncident] = field(default_factory=dict)
    announced: Mapping[str, datetime] = field(default_factory=dict)
