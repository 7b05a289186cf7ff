"""What the user configures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """One feed of one outlet. Several sources may share an outlet; `name` is unique and is shown by alerts."""

    name: str
    url: str
    every: float = 180.0
    language: str | None = None
    timezone: str = "UTC"
    kind: str = "feed"


class Severity(StrEnum):
    """How loud an alert is: low is silent, critical passes quiet hours."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 (low) to 3 (critical)."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Term:
    """One `keywords:` or `exclude:` entry: one of the first six forms of the query language, with its overrides."""

    text: str
    language: str | None = None
    add_forms: tuple[str, ...] = ()  # `forms+`
    drop_forms: tuple[str, ...] = ()  # `forms-`
    exact_case: bool = False  # `case: exact`
    whole: bool = False
    near: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an entity in one language, with its own overrides."""

    text: str
    add_forms: tuple[str, ...] = ()
    drop_forms: tuple[str, ...] = ()
    exact_case: bool = False
    whole: bool = False
    needs: tuple[str, ...] = ()  # counts only where one of these stands in the same article
    not_before: tuple[str, ...] = ()  # not where one of these words precedes it
    not_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """An entity as the catalogue or the user writes it."""

    id: str
    type: str = "concept"  # person | place | organisation | weapon | concept
    names: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)  # language code → names
    adjectives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    link: str | None = None  # a public identifier, such as a Wikidata id


@dataclass(frozen=True, slots=True)
class Watchlist:
    """What one user wants to hear of. Either `query`, or entities and keywords."""

    name: str
    entities: tuple[str, ...] = ()
    keywords: tuple[Term, ...] = ()
    exclude: tuple[Term, ...] = ()
    query: str | None = None
    require: str | int = "any"  # any | all | the number of distinct terms
    where: tuple[str, ...] = ("title", "lead", "body")
    sources: tuple[str, ...] = ()  # () = all
    languages: tuple[str, ...] = ()  # () = all
    severity: Severity = Severity.NORMAL
    notify: tuple[str, ...] = ()  # channel names
    updates: str = "edit"  # edit | reply | off
    cooldown: float = 0.0  # seconds after an alert in which further stories are gathered


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local wall-clock times as `HH:MM`; `start` after `end` spans midnight."""

    start: str
    end: str
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Burst:
    """After so many `alerts` `within` so many seconds, further ones go into one message that grows."""

    alerts: int = 10
    within: float = 600.0


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts go. `settings` is what its kind needs: `{chat, topic}` for telegram, `{url}` for webhook."""

    name: str
    kind: str  # telegram | console | webhook | …
    settings: Mapping[str, Any] = field(default_factory=dict)
    timezone: str | None = None
    quiet_hours: QuietHours | None = None
    digest: str | float | tuple[str, ...] | None = None  # seconds, or "HH:MM", or several of these
    on_unknown: str = "resend"  # resend | hold, where a channel has no probe
    burst: Burst | None = None
    expire: float | None = None  # seconds; None: as `delivery.expire` says
    idempotent: bool = False  # whether the receiver knows a message that is sent twice
