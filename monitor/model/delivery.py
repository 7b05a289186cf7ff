"""Stories, alerts, and the rows of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.settings import Severity


class Relation(StrEnum):
    """The relation of an article to the story that it joined."""

    FIRST = "first"
    VERSION = "version"  # same outlet, revised
    COPY = "copy"  # other outlet, same text
    RELATED = "related"  # shown, never merged
    SAME = "same"  # same event, other words


class JoinRule(StrEnum):
    """The rule by which an article joined a story."""

    OPENED = "opened"  # none: it opened the story
    ARTICLE = "article"  # the same article, edited or seen in another feed
    ADDRESS = "address"  # the same address
    GUID = "guid"  # the same id in the outlet's feed
    NUMBER = "number"  # the same story number of the outlet
    TITLE = "title"  # the same title but for its flags, of the same outlet
    PHRASES = "phrases"  # phrases of one text stand in the other
    HEADLINE = "headline"  # nearly the same title, of another outlet
    WORDS = "words"  # the same rare words
    OPERATOR = "operator"  # somebody put it there by hand
    SPLIT = "split"  # none: somebody took it out of another story by hand, so that it is never put back by itself
    BRIDGE = "bridge"  # its story became one with an older one, as a later article belongs to both
    NAMES = "names"  # the same names, numbers and entities, across languages
    MEANING = "meaning"  # vectors of title and lead are near, across languages


@dataclass(frozen=True, slots=True)
class JoinReason:
    """Why an article joined a story: `rule` held between it and the article `of`, itself where it opened the story."""

    rule: JoinRule
    of: int  # the id of an earlier article of the story
    score: float = 1.0  # containment, likeness or share, 0 to 1
    terms: tuple[str, ...] = ()  # what both have and few others, the most telling first
    names: tuple[str, ...] = ()  # people, towns, bodies that both name: ids of the catalogue, else as they are written


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a story."""

    article_id: int
    source: str
    language: str
    title: str
    url: str | None
    at: datetime  # published, else seen
    relation: Relation
    cites: tuple[str, ...] = ()  # names of outlets that it cites or relays, itself excluded
    reason: JoinReason | None = None  # None: it joined before reasons were kept


@dataclass(frozen=True, slots=True)
class Story:
    """All articles on one event, oldest first."""

    id: int
    created_at: datetime
    updated_at: datetime
    members: tuple[Member, ...]
    muted: bool = False
    opened_by: int | None = None  # the id of its first article

    @property
    def anchor(self) -> str:
        """Return the story's name in the dedupe keys of its alerts: its first article, whichever id the story has."""
        return str(self.id) if self.opened_by is None else f"a{self.opened_by}"


class GroupingDeed(StrEnum):
    """What an operator did to stories by hand."""

    SPLIT = "split"  # two articles are of two events
    MERGE = "merge"  # two articles are of one event


@dataclass(frozen=True, slots=True)
class GroupingDecision:
    """A split or merge by hand: what it says of two articles, which may be gone since."""

    deed: GroupingDeed
    user: int
    at: datetime
    one: GroupedArticle
    other: GroupedArticle


@dataclass(frozen=True, slots=True)
class GroupedArticle:
    """What grouping reads of an article, as a decision by hand keeps it."""

    source: str
    language: str
    title: str
    text: str  # its head
    url: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """The sentence that an alert shows; `marks` are the surfaces in it, as offsets in `text`."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    speaker: str | None = None
    language: str | None = None  # of its article; None: it was kept before this was


class MessageKind(StrEnum):
    """The kind of message that a row of the outbox holds."""

    ALERT = "alert"  # a story: edited as it grows
    REPLY = "reply"  # a new notification on a story, in reply to its alert
    DIGEST = "digest"  # several alerts in one message
    NOTICE = "notice"  # 'now watching', and what operators are told
    ANSWER = "answer"  # to a command or a press: its words are `body`


@dataclass(frozen=True, slots=True)
class TextRun:
    """A piece of an answer's line: plain text, shown as it is; `url` (http or https) makes it a link."""

    text: str
    bold: bool = False
    code: bool = False
    url: str | None = None


Line = tuple[TextRun, ...]


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message in the same chat that an answer replies to."""

    message_id: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class FollowedStory:
    """An earlier story that an alert's story is related to, as the same channel was told of it."""

    story: int
    title: str
    source: str | None = None
    at: datetime | None = None
    url: str | None = None  # of its article
    message: int | None = None  # the id of the message that told it, in the alert's channel


class ActKind(StrEnum):
    """An action on a message, by a button or a command."""

    ACK = "ack"
    MUTE = "mute"  # its story
    UNMUTE = "unmute"


class MuteMenu(StrEnum):
    """What stands in the place of an alert's button that mutes its story."""

    OPEN = "open"  # for how long
    MUTED = "muted"  # Unmute


@dataclass(frozen=True, slots=True)
class Act:
    """An action on a message, with its user and time: shown below the text."""

    deed: ActKind
    user: int
    name: str  # as people call them: plain foreign text
    at: datetime
    until: datetime | None = None  # when it ends; None: never


@dataclass(frozen=True, slots=True)
class NotedIncident:
    """An incident, or what happened once, as a notice to an operator shows it."""

    kind: str  # of the incident; "" of what happened once
    subject: str  # of the incident; the key of what happened once
    line: str  # may be several lines
    since: datetime
    over: datetime | None = None
    headline: str = ""  # of what happened once
    removed: bool = False  # over, as its subject was taken out of the configuration


@dataclass(frozen=True, slots=True)
class Alert:
    """The content of a message, before any channel's markup: every text field is plain text."""

    kind: MessageKind
    headline: str  # the article's title, or the notice's first line
    watchlist: str | None = None
    also: tuple[str, ...] = ()  # further watchlists that the same message serves
    severity: Severity = Severity.NORMAL
    terms: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()  # what its language calls those terms that are entities
    source: str | None = None
    language: str | None = None
    at: datetime | None = None
    url: str | None = None
    citing: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    translations: tuple[tuple[str, str], ...] = ()  # of the headline and of quotes, by their text
    members: tuple[Member, ...] = ()
    outlets: int = 0
    independent: int = 0
    note: str | None = None  # 'from the feed's summary: …', the reason of a reply
    lines: tuple[str, ...] = ()  # the body of a notice
    incidents: tuple[NotedIncident, ...] = ()  # which a notice to an operator is on: it is edited while they last
    items: tuple[Alert, ...] = ()  # of a digest
    silent: bool = False
    body: tuple[Line, ...] = ()  # of an answer
    asked: QuotedMessage | None = None  # what an answer replies to
    proposal: str | None = None  # the command that an answer proposes, which a button below it gives
    acts: tuple[Act, ...] = ()  # what people did with it, oldest first
    critical_at: datetime | None = None  # when its severity became critical
    mute_menu: MuteMenu | None = None  # None: the button that opens it
    regroupings: tuple[tuple[str, int, str], ...] = ()  # below an answer: 'split' or 'merge', the number, its outlet
    brief: bool = False  # one of many: a digest shows its title alone
    figures: tuple[tuple[str, str], ...] = ()  # what the message tells, by kind: ('wounded', '5'), ('deny', '1')
    rang: tuple[tuple[str, str], ...] = ()  # the same as they were when it rang
    news: str | None = None  # what the last edit added
    reader: str | None = None  # the language that its channel chose: an article in it stands in front
    follows: FollowedStory | None = None  # fixed when it is opened, so that no message is edited for it
    pointer: bool = False  # its story is now part of the one that `follows` names, whose own message goes on
    wording: str = "en"  # the language of the program's own words in the message, which stays as it was written


class State(StrEnum):
    """The state of a row of the outbox."""

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    SUSPENDED = "suspended"
    HELD = "held"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A row to be added to the outbox. `dedupe` is unique for ever: a second one with it is not added."""

    channel: str
    dedupe: str  # 'alert:aFIRST_ARTICLE:WATCHLIST:CHANNEL', 'reply:…', 'watching:…', 'digest:…'
    alert: Alert
    story_id: int | None = None
    reply_to: int | None = None  # the outbox row whose message this answers
    held_until: datetime | None = None  # HELD until then, then gathered into one digest
    due_at: datetime | None = None  # not before
    carried_by: str | None = None  # the `dedupe` of a row whose message says this, too: HELD, and shares its fate
    muted: bool = False  # recorded, never sent
    expires_at: datetime | None = None  # READY for longer than this → DEAD


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox."""

    id: int
    channel: str
    dedupe: str
    alert: Alert
    state: State
    story_id: int | None
    reply_to: int | None
    revision: int  # of `alert`: 1 when added, + 1 at every amendment
    sent_revision: int  # what the channel shows; 0 = nothing yet
    attempts: int  # calls since the last success
    due_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    sent_at: datetime | None = None
    claimed_at: datetime | None = None
    message_id: int | None = None  # the channel's; with it, a send is an edit
    last_known_id: int | None = None  # the lane's newest message id when this row was claimed
    repaired: bool = False  # sent plain, shortened, without buttons
    in_digest: int | None = None  # the digest row that carries this one
    edits: int = 0
    error: str | None = None
    unlinked: bool = False  # its link's button was refused: the link stands in the text
    shortened: bool = False  # it was refused as too long: fewer lines, markup and buttons kept
    message_sent_at: datetime | None = None  # when the message `message_id` was sent; `sent_at`: the row's first one
    unreadable: str | None = None  # why what is stored is no alert: `alert` stands in for it, and is never sent

    @property
    def lives(self) -> bool:
        """Return whether the channel was told of it or will be: the row is neither given up nor muted."""
        return self.state not in (State.DEAD, State.MUTED)

    @property
    def replaces_message(self) -> bool:
        """Return whether the row was sent before, and its message is deleted, or in a chat that its channel left."""
        return self.sent_at is not None and self.message_id is None and not self.sent_revision


@dataclass(frozen=True, slots=True)
class ClaimNote:
    """Facts at the claim of a row, by which the probe finds a message of unknown fate after a crash."""

    row: int
    url: str | None  # of the link that was sent: the keyboard depends on it
    fingerprint: str  # of the words
    newest: int | None  # the newest message id known in the numbering
    numbering: str | None = None
    unlinked: bool = False
    shortened: bool = False
    boot: str | None = None  # the boot id of the host, within which `mono` counts
    mono: float | None = None  # monotonic seconds


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """The address of a channel's messages, and since when it is in use."""

    name: str | None = None  # 'telegram:-100123'; None: the channel was never claimed for
    moved_at: datetime | None = None  # None: it never had another
    topic: str | None = None  # the topic that was found closed last
    topic_closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """The state of one chat (or other address): one message in flight, in order."""

    name: str  # 'telegram:-100123', 'webhook:hook'
    last_message_id: int | None = None
    chat: int | None = None  # the new id, after a migration
    paused_until: datetime | None = None
    suspended_at: datetime | None = None
    reason: str | None = None
    without_topic: bool = False  # for this turn: its channel's topic takes no messages
    step: int = 1  # the widest gap between its latest message ids: other people's messages may stand there
    elsewhere: frozenset[int] = frozenset()  # the latest ids known in any chat
    taken: frozenset[int] = frozenset()  # the latest ids known in its numbering, over all chats that share that


@dataclass(frozen=True, slots=True)
class Receipt:
    """A channel's answer to a delivered message."""

    message_id: int | None = None
    note: str | None = None


class MuteKind(StrEnum):
    """What can be muted."""

    STORY = "story"
    WATCHLIST = "watchlist"


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute: of its story or watchlist nothing is sent, though all is recorded."""

    kind: MuteKind
    key: str  # the story's id, or the watchlist's name
    until: datetime | None  # None: for good
    by: int  # the user's id
    at: datetime  # when it was muted


class Result(StrEnum):
    """The result of a unit of work."""

    DONE = "done"
    UNCHANGED = "unchanged"
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The one outcome that each unit of work ends in."""

    result: Result
    detail: str = ""
    count: int = 0  # new entries, alerts written, messages sent
    error: str | None = None
    error_kind: str | None = None
