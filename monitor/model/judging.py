"""Results of matching and attribution for an article."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.reading import Zone


@dataclass(frozen=True, slots=True)
class Hit:
    """One mention of one term in the document."""

    term: str  # as the user wrote it
    surface: str  # as the article wrote it
    start: int
    end: int
    zone: Zone
    rule: str = ""  # what made the form: 'dictionary: noun, genitive singular', 'acronym', 'exact'
    form: str = ""  # the name or word that the form belongs to
    sentence: tuple[int, int] = (0, 0)  # start and end in the document


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one watchlist decided about one article, and why."""

    watchlist: str
    matched: bool
    reason: str  # '2 of 3 terms', 'vetoed by football in the title', 'background only'
    terms: tuple[str, ...] = ()  # distinct, as written, in the watchlist's order
    hits: tuple[Hit, ...] = ()


class Role(StrEnum):
    """The role in which an article names an outlet."""

    CITE = "cite"
    RELAY = "relay"
    SELF = "self"
    PHOTO = "photo"
    SOCIAL = "social"
    BACKGROUND = "background"
    DESK = "desk"
    OFFICIAL = "official"  # an office or a person: the report is their word


@dataclass(frozen=True, slots=True)
class Citation:
    """A mention of an outlet, an office or a person as a source."""

    outlet: str  # an id of `monitor.story.outlets.origin_id`
    name: str  # how alerts show it
    role: Role
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KeptFeatures:
    """What the story index keeps of one article (`monitor.story.kept`).

    `version` is that of the code which made it, `entities` names the catalogue whose entities are in it.
    """

    version: int
    entities: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LiveArticle:
    """An article in the window of stories; `kept` is None where it is still to be examined."""

    id: int
    story_id: int
    kept: KeptFeatures | None
    kept_at: datetime | None = field(default=None, compare=False)  # last seen, as the clock now is
