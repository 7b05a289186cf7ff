"""Splits and merges of stories: by hand, for the bot and the page, and of two that an article shows to be one.

What was decided by hand is kept as development data. A merge moves the rows of the outbox with the articles, so that
one message a channel goes on, the older story's where there is one; a split gives them back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alert.context import FROZEN
from monitor.alert.policy import ALERT
from monitor.alert.regroup import absorbing, pointing, regrouped
from monitor.alert.related import followed, was_told
from monitor.alert.sanitize import clean, clip
from monitor.i18n import Phrases, alert_phrases
from monitor.model import (
    ActKind,
    Article,
    ArticleChange,
    Delivery,
    GroupedArticle,
    GroupingDecision,
    GroupingDeed,
    JoinReason,
    JoinRule,
    Member,
    MessageKind,
    MuteKind,
    MuteMenu,
    Relation,
    State,
    Story,
)
from monitor.pipeline.acks import mark_story, show_menu
from monitor.pipeline.alerting import JoinedArticle, write_alerts
from monitor.pipeline.live import Live
from monitor.store import Transaction
from monitor.store.outbox import UNSENT

_TEXT = 2000  # characters of an article that a decision keeps
_HEADLINE = 120  # UTF-16 units of a headline before and after a change
_OTHER = 60  # UTF-16 units of another article's title


def joins(member: Member, story: Story, words: Phrases) -> str:
    """Return how an article joined its story, in the bot's words: 'a revised version: same story number as «…»'."""
    relation, reason = words.text(f"relation {member.relation.value}"), member.reason
    if reason is None:
        return relation if member.relation is Relation.FIRST else f"{relation}: {words.text('rule unknown')}"
    if reason.rule in (JoinRule.OPENED, JoinRule.SPLIT):
        return words.text(f"rule {reason.rule.value}")
    other = next((each for each in story.members if each.article_id == reason.of), None)
    rule = words.text(
        f"rule {reason.rule.value}",
        title=words.text("rule gone") if other is None else f"«{clip(clean(other.title), _OTHER)}»",
        score=f"{reason.score:.2f}".removeprefix("0"),
        terms=", ".join(_shared(reason, words)) or "—",
    )
    return f"{relation}: {rule}"


def _shared(reason: JoinReason, words: Phrases) -> Iterator[str]:
    """Yield what two articles share: the facts, then 'names: Kim Jong Un, Choe Son Hui'."""
    yield from reason.terms
    if reason.names:
        yield words.text("rule shared names", names=", ".join(clip(clean(name), _OTHER) for name in reason.names))


def became(change: ArticleChange, at: str, words: Phrases) -> str:
    """Return what became of a page, in the bot's words: 'headline changed 14:05: «…» → «…»'; `at` is when."""
    before, after = (clip(clean(text), _HEADLINE) for text in (change.before, change.after))
    return words.text(f"change {change.kind.value}", at=at, before=before, after=after)


def with_followers(story: Story, article_id: int) -> list[int]:
    """Return an article with those that joined by it, its versions for one; the story's opener stays."""
    moved = [article_id]
    for member in sorted(story.members, key=lambda member: member.article_id):
        reason = member.reason
        opener = member.relation in (Relation.FIRST, Relation.RELATED)
        if reason is not None and reason.of in moved and member.article_id not in moved and not opener:
            moved.append(member.article_id)
    return moved


def can_split(story: Story, article_id: int) -> bool:
    """Return whether anything of a story stays when the article leaves with its followers."""
    mine = [member.article_id for member in story.members if member.relation is not Relation.RELATED]
    return article_id in mine and len(with_followers(story, article_id)) < len(mine)


def split(tx: Transaction, live: Live, story: Story, article_id: int, *, user: int, now: datetime) -> int:
    """Take an article with its followers out of a story into one of its own, which raises its alert; return its id.

    The story is read again, as articles join while an answer is made. Where the article is out of it by now, nothing is
    done, and the id is that of the story that it is in.
    """
    home = tx.story_of(article_id)
    story = tx.story(story.id)
    if home != story.id or not can_split(story, article_id):
        return home or story.id
    moved = with_followers(story, article_id)
    left = next(member.article_id for member in story.members if member.article_id not in moved)
    articles = {each.id: each for each in tx.articles([left, article_id])}
    own = tx.split_story(story.id, moved, now)
    _decide(tx, GroupingDeed.SPLIT, articles[article_id], articles[left], user, now)
    source = articles[article_id].source
    _give_back(tx, story.id, tx.story(own), now)
    _amend(tx, tx.story(story.id), now, lambda phrases: phrases.text("news split", source=source))
    write_alerts(tx, JoinedArticle(articles[article_id], own), live.now.rules, now)
    live.regrouped |= {story.id, own}
    return own


def merge(tx: Transaction, live: Live, pair: Sequence[Story], *, user: int, now: datetime) -> int:
    """Merge two stories: the older one keeps its message, the younger one's points to it. Return the older one's id.

    Both are read again. Where one has no articles any more, as it was merged in the meantime, nothing is done.
    A mute of either goes on for both, the longer one of two: who asks is to be told so (`Story.muted`).
    """
    kept, gone = sorted((tx.story(each.id) for each in pair), key=lambda story: (story.created_at, story.id))
    if not (kept.members and gone.members):
        return kept.id
    firsts = [kept.members[0].article_id, gone.members[0].article_id]
    articles = {each.id: each for each in tx.articles(firsts)}
    tx.merge_stories(kept.id, gone.id, now)
    _decide(tx, GroupingDeed.MERGE, articles[firsts[0]], articles[firsts[1]], user, now)
    _point(tx, kept, gone, now)
    sources = _sources(gone)
    _amend(tx, tx.story(kept.id), now, lambda phrases: phrases.text("news merged", source=sources))
    _keep_mute(tx, kept.id, gone.id, now)
    live.regrouped |= {kept.id, gone.id}
    return kept.id


def _keep_mute(tx: Transaction, kept: int, gone: int, now: datetime) -> None:
    """Let a mute of one of two merged stories go on for both, with what waits, and show it with the button Unmute.

    The story that went keeps its own, for when it is split off again.
    """
    keys = {str(kept), str(gone)}
    mutes = [mute for mute in tx.mutes(now) if mute.kind is MuteKind.STORY and mute.key in keys]
    if not mutes:
        return
    mute = max(mutes, key=lambda mute: (mute.until is None, mute.until or now))
    tx.mute(MuteKind.STORY, str(kept), mute.until, mute.by)
    rows = tx.deliveries_of(kept)
    acts = [act for row in rows for act in row.alert.acts if act.deed is ActKind.MUTE and act.until == mute.until]
    for act in acts[-1:]:
        mark_story(tx, kept, act, now, None)
    for row in rows if not acts else ():
        show_menu(tx, row, MuteMenu.MUTED, now)


def are_free(pair: Sequence[Story], now: datetime) -> bool:
    """Return whether two stories may become one without an operator.

    Not where one was taken out of another by hand, where one is muted, as the other's alerts would be silent with it,
    and not once one is frozen: what was told then stays as it is.
    """
    by_hand = any(each.reason and each.reason.rule is JoinRule.SPLIT for story in pair for each in story.members)
    newest = [max((member.at for member in story.members), default=None) for story in pair]
    alive = all(at is not None and now - at <= FROZEN for at in newest)
    return alive and not by_hand and not any(story.muted for story in pair)


def unite(tx: Transaction, pair: Sequence[Story], reason: JoinReason, now: datetime) -> tuple[Story, Story]:
    """Make one of two stories that an article belongs to; return the older one, which stays, and the other, as it was.

    What the older one's messages say of it is written by `tell_united`, once the article itself was told.
    """
    kept, gone = sorted(pair, key=lambda story: (story.created_at, story.id))
    tx.merge_stories(kept.id, gone.id, now, reason)
    _point(tx, kept, gone, now)
    return kept, gone


def tell_united(tx: Transaction, kept_id: int, gone: Story, before: Mapping[int, Delivery], now: datetime) -> int:
    """Amend a story's messages with the outlets that came with the merged story `gone`; return how many messages.

    The line stands beside what the newest article added; `before` maps ids to the story's rows before that article.
    """
    story, sources = tx.story(kept_id), _sources(gone)
    rows = [row for row in _messages(tx, kept_id) if not row.alert.pointer]
    for row in rows:
        line = alert_phrases(row.alert.wording).text("news joined", source=sources)
        old = before.get(row.id)
        if row.alert.news and (old is None or old.alert.news != row.alert.news):
            line = f"{row.alert.news}; {line}"
        tx.amend_delivery(row.id, regrouped(row.alert, story, line), now)
    return len(rows)


def _sources(story: Story) -> str:
    return ", ".join(dict.fromkeys(member.source for member in story.members))


def _point(tx: Transaction, kept: Story, gone: Story, now: datetime) -> None:
    """Let the messages of a story that is part of another one point to that one's, channel by channel.

    A channel that was told of `gone` alone keeps that message, which goes on as the whole story's. A row that waits is
    superseded only where a message of `kept` tells the same watchlists, and no later; else it goes out, as a pointer.
    Where all of `kept` is held and a message of `gone` is not, that one goes on: what comes next must not wait with it.
    """
    theirs, mine = tx.deliveries_of(kept.id), tx.deliveries_of(gone.id)
    tx.give_deliveries([row.id for row in mine], kept.id)
    for channel in dict.fromkeys(row.channel for row in mine):
        older, younger = ([row for row in rows if row.channel == channel] for rows in (theirs, mine))
        if not _is_free(tx, older) and _is_free(tx, younger):
            _point_to(tx, kept.id, [row for row in younger if _is_free(tx, [row])], older, now, supersede=False)
        else:
            _point_to(tx, kept.id, older, younger, now)


def _point_to(
    tx: Transaction,
    story_id: int,
    theirs: Sequence[Delivery],
    rows: Sequence[Delivery],
    now: datetime,
    *,
    supersede: bool = True,
) -> None:
    """Let a story's rows in one channel point to the first message of `theirs`, or be superseded by those."""
    tell = [row for row in theirs if _tells(row)]
    other = next(iter(tell), None)
    for row in rows:
        if not was_told(row) or other is None:
            continue
        cover = _cover(tx, row, tell) if supersede else None
        if cover is not None:
            tx.supersede_delivery(row.id, cover, now)
        elif row.in_digest is None:
            if other.in_digest is None:
                tx.amend_delivery(other.id, absorbing(other.alert, row.alert), now)
                other = tx.delivery(other.id) or other
            shown = other if other.in_digest is None else tx.delivery(other.in_digest) or other
            line = followed(other, story_id, shown, tx.address(row.channel))
            tx.amend_delivery(row.id, pointing(row.alert, line), now)


def _is_free(tx: Transaction, rows: Sequence[Delivery]) -> bool:
    """Return whether one of a story's rows tells its channel of it, and is not held."""
    return any(_tells(row) and not _is_held(tx, row) for row in rows)


def _is_held(tx: Transaction, row: Delivery) -> bool:
    """Return whether a row waits for its time, by itself or in the message that carries it."""
    while row.in_digest is not None and (carrier := tx.delivery(row.in_digest)) is not None:
        row = carrier
    return row.state is State.HELD


def _tells(row: Delivery) -> bool:
    """Return whether a row is a story's alert for one of its watchlists, which its channel was sent or will be."""
    return was_told(row) and row.dedupe.startswith(ALERT) and not row.alert.pointer


def _cover(tx: Transaction, row: Delivery, others: Sequence[Delivery]) -> Delivery | None:
    """Return the row that tells what a row tells that waits to be sent; None where none tells all of it as soon."""
    waits = row.state in UNSENT and not row.sent_revision and row.message_id is None and row.in_digest is None
    if not waits or not row.dedupe.startswith(ALERT):
        return None
    free = [each for each in others if row.state is State.HELD or not _is_held(tx, each)]
    by_list = {each.alert.watchlist: each for each in free}
    carried = [each.alert.watchlist for each in tx.carried_deliveries(row.id)]
    return by_list.get(row.alert.watchlist) if by_list.keys() >= {row.alert.watchlist, *carried} else None


def _give_back(tx: Transaction, from_story: int, own: Story, now: datetime) -> None:
    """Return to a story that was split off its rows: pointers become alerts again, superseded rows are sent now."""
    before = f"{ALERT}{own.anchor}:", f"joined:{ALERT}{own.anchor}:", f"reply:{own.anchor}:"
    rows = tx.deliveries_of(from_story)
    mine = {row.id: row for row in rows if row.dedupe.startswith(before)}
    mine |= {row.id: row for row in rows if any(row.dedupe.startswith(f"escalate:{ident}:") for ident in mine)}
    tx.give_deliveries(list(mine), own.id)
    strangers = {row.id for row in rows if row.alert.kind is MessageKind.ALERT} - mine.keys()
    for row in mine.values():
        if row.in_digest in strangers and row.state is not State.MUTED:
            tx.free_delivery(row.id, now)
        if was_told(row):
            alert = replace(row.alert, pointer=False, follows=None) if row.alert.pointer else row.alert
            tx.amend_delivery(row.id, regrouped(alert, own, None), now)
    if not own.muted:  # what a mute of the other event kept back
        tx.revive_silenced(own.id, now)
    left = [row for row in _messages(tx, from_story) if row.dedupe.startswith(ALERT)]
    alone = {row.channel for row in left} - {row.channel for row in left if not row.alert.pointer}
    for row in left:
        if row.channel in alone:  # what it pointed to has left
            tx.amend_delivery(row.id, replace(row.alert, pointer=False, follows=None), now)


def _messages(tx: Transaction, story_id: int) -> list[Delivery]:
    """Return the story's alerts that have messages of their own, or will have."""
    return [row for row in tx.deliveries_of(story_id) if was_told(row) and row.in_digest is None]


def _amend(tx: Transaction, story: Story, now: datetime, news: Callable[[Phrases], str]) -> None:
    for row in _messages(tx, story.id):
        if row.alert.pointer:
            continue
        line = news(alert_phrases(row.alert.wording))
        tx.amend_delivery(row.id, regrouped(row.alert, story, line), now)


def _decide(tx: Transaction, deed: GroupingDeed, one: Article, other: Article, user: int, now: datetime) -> None:
    tx.keep_grouping(GroupingDecision(deed, user, now, _kept(one), _kept(other)))


def _kept(article: Article) -> GroupedArticle:
    text = article.text[:_TEXT]
    return GroupedArticle(article.source, article.language, article.title, text, article.url, article.when)
