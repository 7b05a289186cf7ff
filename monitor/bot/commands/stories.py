"""/split and /merge: articles grouped by hand. What is decided so is kept, and exported as development data."""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.bot.commands.reply import CommandContext, title
from monitor.bot.context import Answer
from monitor.errors import StoreError
from monitor.model import Line, Story
from monitor.pipeline import grouping
from monitor.store import Transaction

_NUMBERS = re.compile(r"[#№]?([0-9]{1,18})")
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
    if not grouping.can_split(story, article_id):
        return ctx.say("split first", article=article_id, story=story.id)

    def effects(tx: Transaction) -> tuple[Line, ...] | None:
        home = tx.story_of(article_id)
        own = grouping.split(tx, ctx.bot.live, story, article_id, user=ctx.request.user_id, now=ctx.now)
        if own != home:
            return None
        key = "split first" if own == story.id else "split already"  # somebody was faster
        return ctx.say(key, article=article_id, story=own).lines

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

    def effects(tx: Transaction) -> tuple[Line, ...] | None:
        empty = [story.id for story in (kept, gone) if not tx.story(story.id).members]
        if empty:  # somebody was faster
            return ctx.say("merged already", story=empty[0]).lines
        grouping.merge(tx, ctx.bot.live, (kept, gone), user=ctx.request.user_id, now=ctx.now)
        muted = tx.story(kept.id).muted
        return (*answer.lines, *ctx.say("merged muted", story=kept.id).lines) if muted else None

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
