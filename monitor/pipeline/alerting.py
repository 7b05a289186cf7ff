"""Writing of alerts on an article that joined a story, as `monitor.alert.policy` decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from monitor.alert import policy
from monitor.alert.members import in_language
from monitor.alert.related import followed, was_told
from monitor.metrics import ALERTS, BUGS, LATENCY
from monitor.model import Article, Delivery, FollowedStory, Member, MessageKind, MuteKind, Relation, Story, Verdict
from monitor.pipeline.report import story_named
from monitor.pipeline.ruleset import Rules
from monitor.store import Transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JoinedArticle:
    """An article, with its id, in its story. `baseline`, `late` and `flood` are the entry's.

    `before` is what the article was in the story where it has been edited since; None where it is new there.
    `related` are other stories that are near, the nearest first.
    """

    article: Article
    story_id: int
    before: Member | None = None
    baseline: bool = False
    late: bool = False
    flood: bool = False
    related: tuple[int, ...] = ()


def write_alerts(tx: Transaction, joined: JoinedArticle, rules: Rules, now: datetime) -> int:
    """Decide and write alerts in the article's transaction; return how many rows were added, changed or released."""
    verdicts = tuple(tx.verdicts_of(joined.story_id))
    if not verdicts:
        return 0
    decision = policy.decide(_context(tx, joined, verdicts, rules, now))
    for new in decision.add:
        if tx.add_delivery(new, now) is not None:
            ALERTS.labels(watchlist=new.alert.watchlist or "", action="add").inc()
            if joined.article.seen_at is not None:
                LATENCY.observe((now - joined.article.seen_at).total_seconds())
    for delivery_id, alert in decision.amend:
        tx.amend_delivery(delivery_id, alert, now)
        ALERTS.labels(watchlist=alert.watchlist or "", action="amend").inc()
    for delivery_id, expires_at in decision.release:
        tx.release_deliveries([delivery_id], now, expires_at)
    for channel, known in decision.histories.items():
        tx.save_alert_history(channel, known)
    return len(decision.add) + len(decision.amend) + len(decision.release)


def note_bug(stage: str, error: Exception) -> None:
    """Log and count an error in work beside an alert, which is written without it."""
    BUGS.labels(stage=stage).inc()
    log.error("internal error", stage=stage, exc_info=error)


def _context(
    tx: Transaction, joined: JoinedArticle, verdicts: tuple[tuple[int, Verdict], ...], rules: Rules, now: datetime
) -> policy.AlertContext:
    histories = {channel: tx.alert_history(channel) for channel in _notified(verdicts, rules)}
    # What cannot be read cannot be amended; its `dedupe` keeps a second message from being written.
    deliveries = tuple(row for row in tx.deliveries_of(joined.story_id) if row.unreadable is None)
    carrier_ids = {row.in_digest for row in deliveries if row.in_digest is not None}
    carriers = [row for ident in sorted(carrier_ids) if (row := tx.delivery(ident)) is not None and not row.unreadable]
    bursts = {channel: tx.delivery_named(known.rolling) for channel, known in histories.items() if known.rolling}
    story = tx.story(joined.story_id)
    return policy.AlertContext(
        story=story,
        article=joined.article,
        articles=_former(tx, story, joined, deliveries) | _in_front(tx, story, joined, list(histories), rules),
        before=joined.before,
        verdicts=verdicts,
        watchlists=rules.watchlists,
        channels=rules.channels,
        deliveries=deliveries,
        baseline=joined.baseline,
        late=joined.late,
        flood=joined.flood,
        now=now,
        expire=rules.config.delivery.expire,
        muted=frozenset(mute.key for mute in tx.mutes(now) if mute.kind is MuteKind.WATCHLIST),
        histories=histories,
        rolling={channel: row for channel, row in bursts.items() if row is not None and not row.unreadable},
        carriers={row.id: row for row in carriers if row.alert.kind is MessageKind.DIGEST},
        timezone=rules.timezone,
        follows=_follows(tx, story, joined.related, histories, deliveries),
        catalogue=rules.catalogue.entities,
    )


def _follows(
    tx: Transaction, story: Story, related: Sequence[int], channels: Iterable[str], deliveries: Sequence[Delivery]
) -> dict[str, FollowedStory]:
    """Return, for each channel that has no message on the story yet, the nearest earlier story that it was told of."""
    found: dict[str, FollowedStory] = {}
    missing = set(channels) - {row.channel for row in deliveries}
    for story_id in related:
        earlier = story_named(tx, story_id) if missing else None
        if earlier is None or (earlier.created_at, earlier.id) >= (story.created_at, story.id):
            continue
        for row in tx.deliveries_of(story_id):
            if row.channel in missing - found.keys() and was_told(row):
                shown = row if row.in_digest is None else tx.delivery(row.in_digest) or row
                found[row.channel] = followed(row, story_id, shown, tx.address(row.channel))
        missing -= found.keys()
    return found


def _in_front(
    tx: Transaction, story: Story, joined: JoinedArticle, channels: list[str], rules: Rules
) -> dict[int, Article]:
    """Return the articles in the channels' languages, by id, that stand in front of one in another language."""
    languages = {rules.channels[channel].language for channel in channels} - {None, joined.article.language}
    fronts = {member.article_id for language in languages if (member := in_language(story, language)) is not None}
    return {each.id: each for each in tx.articles(sorted(fronts)) if each.id is not None} if fronts else {}


def _former(tx: Transaction, story: Story, joined: JoinedArticle, deliveries: Sequence[Delivery]) -> dict[int, Article]:
    """Return the version before a new one, by id, where a message is out that can say what is new."""
    member = next((each for each in story.members if each.article_id == joined.article.id), None)
    if member is None or member.reason is None or member.relation is not Relation.VERSION:
        return {}
    if member.reason.of == member.article_id or not any(row.sent_revision for row in deliveries):
        return {}
    return {each.id: each for each in tx.articles([member.reason.of]) if each.id is not None}


def _notified(verdicts: Iterable[tuple[int, Verdict]], rules: Rules) -> list[str]:
    names = dict.fromkeys(verdict.watchlist for _, verdict in verdicts if verdict.matched)
    lists = [rules.watchlists[name] for name in names if name in rules.watchlists]
    return list(dict.fromkeys(channel for each in lists for channel in each.notify if channel in rules.channels))
