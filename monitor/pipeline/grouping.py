"""Splits and merges of stories by hand, for the bot and the page; what was decided is kept as development data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alert.regroup import regrouped
from monitor.alert.sanitize import clean, clip
from monitor.i18n import Phrases, alert_phrases
from monitor.model import (
    Article,
    ArticleChange,
    Delivery,
    GroupedArticle,
    GroupingDecision,
    GroupingDeed,
    JoinRule,
    Member,
    MessageKind,
    Relation,
    State,
    Story,
)
from monitor.pipeline.alerting import JoinedArticle, write_alerts
from monitor.pipeline.live import Live
from monitor.store import Transaction

_TEXT = 2000  # characters of an article that a decision keeps
_HEADLINE = 120  # UTF-16 units of a headline before and after a change
_OTHER = 60  # UTF-16 units of another article's title


def joins(member: Member, story: Story, words: Phrases) -> str:
    """Return how an article joined its story, in the bot's words: 'a revised version: same story number as «…»'."""
    relation, reason = words.text(f"relation {member.relation.value}"), member.reason
    if reason is None:
        return relation if member.relation is Relation.FIRST else f"{relation}: {words.text('rule unknown')}"
    if reason.rule is JoinRule.OPENED:
        return words.text("rule opened")
    other = next((each for each in story.members if each.article_id == reason.of), None)
    rule = words.text(
        f"rule {reason.rule.value}",
        title=words.text("rule gone") if other is None else f"«{clip(clean(other.title), _OTHER)}»",
        score=f"{reason.score:.2f}".removeprefix("0"),
        terms=", ".join(reason.terms) or "—",
    )
    return f"{relation}: {rule}"


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
    _amend(tx, tx.story(story.id), now, lambda phrases: phrases.text("news split", source=source))
    write_alerts(tx, JoinedArticle(articles[article_id], own), live.now.rules, now)
    live.regrouped |= {story.id, own}
    return own


def merge(tx: Transaction, live: Live, pair: Sequence[Story], *, user: int, now: datetime) -> int:
    """Merge two stories: the older one keeps its message, the younger one's points to it. Return the older one's id.

    Both are read again. Where one has no articles any more, as it was merged in the meantime, nothing is done.
    """
    kept, gone = sorted((tx.story(each.id) for each in pair), key=lambda story: (story.created_at, story.id))
    if not (kept.members and gone.members):
        return kept.id
    firsts = [kept.members[0].article_id, gone.members[0].article_id]
    articles = {each.id: each for each in tx.articles(firsts)}
    tx.merge_stories(kept.id, gone.id, now)
    _decide(tx, GroupingDeed.MERGE, articles[firsts[0]], articles[firsts[1]], user, now)
    sources = ", ".join(dict.fromkeys(member.source for member in gone.members))
    _amend(tx, tx.story(kept.id), now, lambda phrases: phrases.text("news merged", source=sources))
    for row in _messages(tx, gone.id):
        line = alert_phrases(row.alert.wording).text("news pointer", title=kept.members[0].title)
        tx.amend_delivery(row.id, replace(row.alert, news=line), now)
    live.regrouped |= {kept.id, gone.id}
    return kept.id


def _messages(tx: Transaction, story_id: int) -> list[Delivery]:
    """Return the story's alerts that have messages of their own, or will have."""
    gone = State.DEAD, State.MUTED
    rows = tx.deliveries_of(story_id)
    return [
        row for row in rows if row.alert.kind is MessageKind.ALERT and row.state not in gone and row.in_digest is None
    ]


def _amend(tx: Transaction, story: Story, now: datetime, news: Callable[[Phrases], str]) -> None:
    for row in _messages(tx, story.id):
        line = news(alert_phrases(row.alert.wording))
        tx.amend_delivery(row.id, regrouped(row.alert, story, line), now)


def _decide(tx: Transaction, deed: GroupingDeed, one: Article, other: Article, user: int, now: datetime) -> None:
    tx.keep_grouping(GroupingDecision(deed, user, now, _kept(one), _kept(other)))


def _kept(article: Article) -> GroupedArticle:
    text = article.text[:_TEXT]
    return GroupedArticle(article.source, article.language, article.title, text, article.url, article.when)
