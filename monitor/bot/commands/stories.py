"""/split and /merge: articles grouped by hand. What is decided so is kept, and exported as development data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from monitor.alert.regroup import regrouped
from monitor.bot.commands.reply import CommandContext, title
from monitor.bot.context import Answer
from monitor.errors import StoreError
from monitor.i18n import Phrases, alert_phrases
from monitor.model import (
    Article,
    Delivery,
    GroupedArticle,
    GroupingDecision,
    GroupingDeed,
    MessageKind,
    Relation,
    State,
    Story,
)
from monitor.pipeline.alerting import JoinedArticle, write_alerts
from monitor.store import Transaction

_NUMBERS = re.compile(r"[#№]?([0-9]{1,18})")
_TEXT = 2000  # characters of an article that a decision keeps
_PAIR = 2


def _numbers(argument: str) -> list[int]:
    found = [_NUMBERS.fullmatch(word) for word in argument.replace(",", " ").split()]
    return [int(match[1]) for match in found if match] if all(found) else []


async def split(ctx: CommandContext) -> Answer:
    """Take an article out of its story, with what joined by it, into a story of its own, which raises its alert."""
    numbers = _numbers(ctx.request.argument)
    if len(numbers) != 1:
        return ctx.say("split how")
    (article_id,) = numbers
    story = await ctx.bot.store.run(lambda tx: _story_of(tx, article_id))
    if story is None:
        return ctx.say("no member", article=article_id)
    moved = _with_followers(story, article_id)
    if len(moved) == sum(member.relation is not Relation.RELATED for member in story.members):
        return ctx.say("split first", article=article_id, story=story.id)

    def effects(tx: Transaction) -> None:
        now = ctx.now
        left = next(member.article_id for member in story.members if member.article_id not in moved)
        articles = {each.id: each for each in tx.articles([left, article_id])}
        own = tx.split_story(story.id, moved, now)
        _decide(tx, ctx, GroupingDeed.SPLIT, articles[article_id], articles[left])
        source = articles[article_id].source
        _amend(tx, tx.story(story.id), now, lambda phrases: phrases.text("news split", source=source))
        write_alerts(tx, JoinedArticle(articles[article_id], own), ctx.bot.live.now.rules, now)
        ctx.bot.live.regrouped |= {story.id, own}

    shown = next(member.title for member in story.members if member.article_id == article_id)
    return replace(ctx.say("story split", title=title(shown), story=story.id), effects=effects)


async def merge(ctx: CommandContext) -> Answer:
    """Merge two stories: the older one keeps its message, the younger one's points to it."""
    numbers = _numbers(ctx.request.argument)
    replied = ctx.request.replied
    if len(numbers) == 1 and replied is not None and replied.story_id is not None:
        numbers = [replied.story_id, *numbers]
    if len(set(numbers)) != _PAIR:
        return ctx.say("merge how")
    found = await ctx.bot.store.run(lambda tx: [_story(tx, number) for number in numbers])
    missing = [number for number, story in zip(numbers, found, strict=True) if story is None or not story.members]
    if missing:
        return ctx.say("no such story", story=missing[0])
    kept, gone = sorted((story for story in found if story is not None), key=lambda story: (story.created_at, story.id))

    def effects(tx: Transaction) -> None:
        now = ctx.now
        pair = [kept.members[0].article_id, gone.members[0].article_id]
        articles = {each.id: each for each in tx.articles(pair)}
        tx.merge_stories(kept.id, gone.id, now)
        _decide(tx, ctx, GroupingDeed.MERGE, articles[pair[0]], articles[pair[1]])
        sources = ", ".join(dict.fromkeys(member.source for member in gone.members))
        _amend(tx, tx.story(kept.id), now, lambda phrases: phrases.text("news merged", source=sources))
        for row in _messages(tx, gone.id):
            line = alert_phrases(row.alert.wording).text("news pointer", title=kept.members[0].title)
            tx.amend_delivery(row.id, replace(row.alert, news=line), now)
        ctx.bot.live.regrouped |= {kept.id, gone.id}

    answer = ctx.say("stories merged", kept=kept.id, gone=gone.id, title=title(kept.members[0].title))
    return replace(answer, effects=effects)


def _story_of(tx: Transaction, article_id: int) -> Story | None:
    story_id = tx.story_of(article_id)
    return None if story_id is None else tx.story(story_id)


def _story(tx: Transaction, story_id: int) -> Story | None:
    try:
        return tx.story(story_id)
    except StoreError:
        return None


def _with_followers(story: Story, article_id: int) -> list[int]:
    """Return an article with those that joined by it, its versions for one; the story's opener stays."""
    moved = [article_id]
    for member in sorted(story.members, key=lambda member: member.article_id):
        reason = member.reason
        opener = member.relation in (Relation.FIRST, Relation.RELATED)
        if reason is not None and reason.of in moved and member.article_id not in moved and not opener:
            moved.append(member.article_id)
    return moved


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


def _decide(tx: Transaction, ctx: CommandContext, deed: GroupingDeed, one: Article, other: Article) -> None:
    tx.keep_grouping(GroupingDecision(deed, ctx.request.user_id, ctx.now, _kept(one), _kept(other)))


def _kept(article: Article) -> GroupedArticle:
    text = article.text[:_TEXT]
    return GroupedArticle(article.source, article.language, article.title, text, article.url, article.when)
