"""What a running daemon keeps of itself: sign of life, clock, progress of a clean-up, single facts, open incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """The daemon's last sign of life in its database.

    `instance` is a random id of this run, which `/healthz` shows as well. `mono` is the monotonic clock at that moment,
    which compares within one boot of the host (`boot`). `web` is the address of its web server, '' where it has none.
    """

    instance: str
    pid: int
    host: str
    boot: str | None
    mono: float
    ok: bool
    web: str = ""


@dataclass(frozen=True, slots=True)
class ClockState:
    """The state of the wall clock when the daemon was last alive.

    `at` and `mono` are both clocks at that moment, `boot` is the boot within which `mono` compares.
    `ahead`: seconds by which the wall clock is later than running time alone explains (less than 0: earlier). `agreed`:
    for how many seconds the two have gone on together since.
    """

    at: datetime
    mono: float
    boot: str | None
    ahead: float = 0.0
    agreed: float = 0.0


@dataclass(frozen=True, slots=True)
class CleanUp:
    """How far a clean-up has come: the table, the time and the id of the last row that it looked at."""

    stage: int = 0
    at: datetime | None = None
    ident: int = 0
    deleted: int = 0  # rows so far


class Fact(StrEnum):
    """A key of the table `memory`: a single fact. Facts of which there are many have a table."""

    BOT_EDIT = "bot edit"
    """JSON object: the update whose command edits the configuration, the file's name and hash after it, the answer."""

    BOT_USERNAME = "bot username"
    """The bot's name without @, as Telegram gave it last."""

    CLEANED_ON = "cleaned_on"
    """ISO date of the last clean-up that came to its end."""

    BASELINES = "baselines"
    """JSON list: the groups of sources announced together whose first articles are still being read, as their ids."""

    TRENDS_COUNTED = "trends counted"
    """The id of the oldest article whose mentions were counted after it was judged; 0: there is no older one."""

    WEEKLY_PICTURES = "weekly pictures"
    """JSON list: the `dedupe` of the weekly reports of these days whose picture was drawn, or could not be."""

    TEXTS_PACKED = "texts packed"
    """The id of the oldest article whose text was compressed after it was stored; 0: there is no older one."""

    JUDGING = "judging"
    """JSON list: what judging waits for ('ready': nothing), and the ISO time of that note."""

    MOVED_TO = "moved to"
    """The database that this one's rows were moved to: no daemon may begin on this one any more."""

    MOVING_FROM = "moving from"
    """JSON object: the database whose rows are being moved here, its epoch, the tables done, the row reached."""


HALTED = "halted"
"""Kind of incident: nothing is sent to a kind of channels, since its token is refused."""

TOPIC = "topic"
"""Kind of incident: a channel's topic takes no messages."""

BARRED = "barred"
"""Kind of incident: another program reads the bot's messages."""

TRANSLATION = "translation"
"""Kind of incident: a translation service gives no translations."""


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
