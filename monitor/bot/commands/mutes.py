"""/mute and /unmute: a story or a watchlist is recorded, and not sent, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.bot.commands.arguments import duration, split_duration, split_name, unquoted
from monitor.bot.commands.reply import CommandContext, bold, title
from monitor.bot.context import Answer
from monitor.fields.likeness import nearest
from monitor.model import Act, ActKind, Line, Mute, MuteKind, TextRun
from monitor.pipeline.acks import end_mute, mark_story
from monitor.store import Transaction

_LEAST, _MOST = 60.0, 30 * 86400.0  # seconds


@dataclass(frozen=True, slots=True)
class MuteTarget:
    """A watchlist or a story to mute. `name`: the watchlist's name, or the title of the story's first article."""

    kind: MuteKind
    key: str
    name: str

    def shown(self, ctx: CommandContext, room: int = 80) -> TextRun:
        """Return the target's name for answers, a story's by number and `room` units of its title."""
        if self.kind is MuteKind.WATCHLIST:
            return bold(self.name)
        key = "story titled" if self.name else "story"
        return TextRun(ctx.words.text(key, story=self.key, title=title(self.name, room)))

    def command(self, name: str) -> str:
        """Return the command that mutes or unmutes the target."""
        return f"/{name} {self.key}"


async def mute(ctx: CommandContext) -> Answer:
    """Mute the named target, or the story of the alert replied to."""
    what, seconds = _parts(ctx)
    target = await _target(ctx, what)
    if isinstance(target, Answer):
        return target
    endless = seconds is None and target.kind is MuteKind.WATCHLIST  # would be forgotten, and alerts with it
    if endless or (seconds is not None and not _LEAST <= seconds <= _MOST):
        return ctx.say("mute how long", name=target.shown(ctx), example=f"{target.command('mute')} 2h")
    until = None if seconds is None else ctx.request.at + timedelta(seconds=seconds)
    if until is not None and until <= ctx.now:
        return ctx.say("over already", at=ctx.at(ctx.request.at), long=ctx.long(seconds or 0.0))
    asked, now = ctx.request, ctx.now
    act = Act(ActKind.MUTE, asked.user_id, asked.user_name, now, until)

    def effects(tx: Transaction) -> None:
        tx.mute(target.kind, target.key, until, asked.user_id)
        if target.kind is MuteKind.STORY:
            mark_story(tx, int(target.key), act, now, asked.replied.id if asked.replied else None)

    return Answer((*_told(ctx, target, ctx.at(until) if until else None),), effects)


def _parts(ctx: CommandContext) -> tuple[str, float | None]:
    """Return the text that names the target, and the seconds; a watchlist's name may end like a duration."""
    argument = ctx.request.argument
    split = split_name(argument, [watchlist.name for watchlist in ctx.config.watchlists])
    if split.known is not None and (not split.rest or duration(split.rest) is not None):
        return split.known, duration(split.rest) if split.rest else None
    return split_duration(argument)


def _told(ctx: CommandContext, target: MuteTarget, until: str | None) -> list[Line]:
    words = ctx.words
    if target.kind is MuteKind.WATCHLIST:
        first = words.line("watchlist muted", name=target.shown(ctx), until=until)
    else:
        key = "story muted" if until else "story muted for good"
        first = words.line(key, story=target.key, until=until, title=bold(target.name))
    return [first, words.line("unmute hint", command=target.command("unmute"))]


async def unmute(ctx: CommandContext) -> Answer:
    """End a mute; without a name, list those in force."""
    mutes = await ctx.bot.store.run(lambda tx: tx.mutes(ctx.now))
    what = unquoted(ctx.request.argument)
    replied = ctx.request.replied
    if not what and (replied is None or replied.story_id is None):
        return await _listed(ctx, mutes)
    key = what.lstrip("#") or str(replied.story_id if replied else "")
    found = next((each for each in mutes if each.key.casefold() == key.casefold()), None)
    if found is None:
        listed = await _listed(ctx, mutes)
        return Answer((ctx.words.line("not muted", name=bold(what or key)), *listed.lines))
    (target,) = await named(ctx, [found])

    act = Act(ActKind.UNMUTE, ctx.request.user_id, ctx.request.user_name, ctx.now)

    def effects(tx: Transaction) -> None:
        if found.kind is MuteKind.STORY:
            end_mute(tx, int(found.key), act, replied.id if replied else None)
        else:
            tx.unmute(found.kind, found.key)

    return Answer((ctx.words.line("unmuted", name=target.shown(ctx)),), effects)


async def named(ctx: CommandContext, mutes: Sequence[Mute]) -> list[MuteTarget]:
    """Return the targets of mutes: watchlists by name, stories by the title that people know."""

    def look(tx: Transaction) -> list[MuteTarget]:
        return [
            MuteTarget(
                each.kind, each.key, each.key if each.kind is MuteKind.WATCHLIST else _headline(tx, each.key) or ""
            )
            for each in mutes
        ]

    return await ctx.bot.store.run(look)


async def _listed(ctx: CommandContext, mutes: Sequence[Mute]) -> Answer:
    if not mutes:
        return ctx.say("nothing muted")
    page = ctx.page()
    page.add((TextRun(ctx.words.text("muted now"), bold=True),))
    for each, target in zip(mutes, await named(ctx, mutes), strict=True):
        name = target.shown(ctx)
        if each.until is None:
            page.line("mute line for good", name=name)
        else:
            page.line("mute line", name=name, until=ctx.at(each.until))
    return page.answer()


# --------------------------------------------------------------------------- what is meant


async def _target(ctx: CommandContext, what: str) -> MuteTarget | Answer:
    """Return the target: a watchlist by name, a story by number, or the one of the alert replied to."""
    names = [watchlist.name for watchlist in ctx.config.watchlists]
    replied = ctx.request.replied
    if not what:
        if replied is not None and replied.story_id is not None:
            return MuteTarget(MuteKind.STORY, str(replied.story_id), replied.alert.headline)
        return ctx.say("mute how", watchlist=names[0] if names else "…")
    split = split_name(what, names)
    if split.known is not None and not split.rest:
        return MuteTarget(MuteKind.WATCHLIST, split.known, split.known)
    number = what.lstrip("#№ ")
    if number.isascii() and number.isdigit():
        return await _story(ctx, number)
    return no_watchlist(ctx, unquoted(what), names)


async def _story(ctx: CommandContext, number: str) -> MuteTarget | Answer:
    key = number.lstrip("0") or "0"
    headline = await ctx.bot.store.run(lambda tx: _headline(tx, key))
    if headline is None:
        return ctx.say("no story", story=title(key, 40))
    return MuteTarget(MuteKind.STORY, key, headline)


def _headline(tx: Transaction, key: str) -> str | None:
    """Return the title of a story's first alert; None where no alert was sent."""
    if len(key) > 18:  # noqa: PLR2004 - digits of a 64-bit number
        return None
    rows = tx.deliveries_of(int(key))
    return rows[0].alert.headline if rows else None


def no_watchlist(ctx: CommandContext, name: str, names: list[str]) -> Answer:
    """Answer that there is no such watchlist, and list those configured."""
    lines = [ctx.words.line("no watchlist", name=bold(name))]
    near = nearest(name, names, cutoff=0.5)
    if near is not None:
        lines.append(ctx.words.line("did you mean", near=bold(near)))
    elif names:
        lines.append(ctx.words.line("there are", names=title(", ".join(names), 600)))
    return Answer(tuple(lines))
