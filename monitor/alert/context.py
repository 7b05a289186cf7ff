"""The input of a decision on alerts, and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model import (
    Alert,
    Article,
    Channel,
    Delivery,
    FollowedStory,
    Member,
    NewDelivery,
    Severity,
    Story,
    Verdict,
    Watchlist,
)
from monitor.model.rate import History
from monitor.watch.catalogue import Catalogue

FROZEN = timedelta(hours=72)  # without a new article: what was told of a story stays as it is


@dataclass(frozen=True, slots=True)
class AlertContext:
    """The input of a decision: a story that has just been joined by an article.

    `story` has the new member; `article` is that member's text, with its id; `before` is what the member was where the
    article is not new but edited; `verdicts` are the matched verdicts of all
    the story's articles as (article id, verdict); `articles` are further texts by id, for quotes (may be empty);
    `watchlists` and `channels` are those now configured, by name; `deliveries` are the story's rows of the outbox,
    oldest first. `baseline`: the article was there before the watch began. `late`: it is older than the catch-up
    limit; its alert is held until `catch_up_until` (now, where None) and goes into a digest. `expire` is in seconds.
    `flood`: the article came in a flood (`polling.counted`); below severity high its alert goes into a digest, too.
    `muted` are names of watchlists whose alerts are recorded and not sent. `histories` say what each channel was sent
    lately, `rolling` gives the message of the burst that a history names; both by channel, and may lack any.
    `carriers` are digests and messages of bursts that tell the story, by id. `timezone` counts for channels that name
    none. `catalogue` gives entities' names in other languages; None: alerts call them as their watchlists do.
    `follows` gives, by channel, the earlier story that this one is related to; it may lack any.
    """

    story: Story
    article: Article
    verdicts: Sequence[tuple[int, Verdict]]
    watchlists: Mapping[str, Watchlist]
    channels: Mapping[str, Channel]
    now: datetime
    deliveries: Sequence[Delivery] = ()
    before: Member | None = None
    articles: Mapping[int, Article] = field(default_factory=dict)
    baseline: bool = False
    late: bool = False
    flood: bool = False
    expire: float = 2 * 86400.0
    catch_up_until: datetime | None = None
    muted: frozenset[str] = frozenset()
    histories: Mapping[str, History] = field(default_factory=dict)
    rolling: Mapping[str, Delivery] = field(default_factory=dict)
    carriers: Mapping[int, Delivery] = field(default_factory=dict)
    timezone: str = "UTC"
    follows: Mapping[str, FollowedStory] = field(default_factory=dict)
    catalogue: Catalogue | None = None

    @property
    def frozen(self) -> bool:
        """Return whether an article was edited so late that the story's messages stay as they are."""
        newest = max((member.at for member in self.story.members), default=self.now)
        return self.before is not None and self.now - newest > FROZEN

    @property
    def member(self) -> Member | None:
        """Return the article as a member of the story."""
        return next((each for each in self.story.members if each.article_id == self.article.id), None)


@dataclass(frozen=True, slots=True)
class Matched:
    """A watchlist and its verdicts on the story's articles, as (article id, verdict)."""

    watchlist: Watchlist
    verdicts: tuple[tuple[int, Verdict], ...]

    @property
    def name(self) -> str:
        """Return the watchlist's name."""
        return self.watchlist.name

    def own(self, context: AlertContext) -> Verdict | None:
        """Return its verdict on the new article; None where that does not match."""
        return next((verdict for ident, verdict in self.verdicts if ident == context.article.id), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """The rows to write, in this order: new ones; amended ones by id; HELD ones that go now; then histories."""

    add: tuple[NewDelivery, ...] = ()
    amend: tuple[tuple[int, Alert], ...] = ()
    release: tuple[tuple[int, datetime], ...] = ()  # with the time when each expires
    histories: Mapping[str, History] = field(default_factory=dict)  # by channel, those that changed


def loudest(lists: Sequence[Matched]) -> Severity:
    """Return the highest severity of some watchlists."""
    return max((each.watchlist.severity for each in lists), key=lambda severity: severity.rank)
