"""/search: the newest stories of the archive that a query matches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from monitor.alert.sanitize import clean, clip, clip_around
from monitor.archive.search import ArchiveScope, ArchiveSearch, FoundArticle, SearchProgress
from monitor.bot.commands.arguments import split_duration
from monitor.bot.commands.reply import CommandContext, code, title
from monitor.bot.context import Answer
from monitor.i18n import problem_text
from monitor.model import Line, TextRun
from monitor.watch.query.parse import QueryError

_STORIES = 6  # of an answer
_SENTENCE = 240  # units of a sentence
_ROOM = 3500  # UTF-16 units of the answer
_SECONDS = 15.0  # that a search may take: somebody waits for the answer
_AROUND = 40  # characters of a query that are shown around a mistake


async def search(ctx: CommandContext) -> Answer:
    """Answer with the newest stories that a query matches, as a watchlist would have matched them."""
    text, seconds = split_duration(ctx.request.argument)
    if not text:  # '30d' alone may be a word
        text, seconds = ctx.request.argument.strip(), None
    if not text:
        return ctx.say("search how")
    archive = ArchiveSearch(ctx.bot.store, ctx.bot.compiler(ctx.config))
    try:
        query = await asyncio.to_thread(archive.compile, text)
    except QueryError as error:
        return Answer(tuple(_mistake(ctx, text, error)))
    scope = ArchiveScope() if seconds is None else ArchiveScope(since=ctx.now - timedelta(seconds=min(seconds, 1e9)))
    progress, found = SearchProgress(), list[FoundArticle]()
    seen, ended = set[int | None](), True
    until = ctx.bot.clock.monotonic() + _SECONDS
    progress.moved = _stopping(ctx, until)
    try:
        async for one in archive.stream(query, scope, progress):
            if one.story_id is None or one.story_id not in seen:
                seen.add(one.story_id)
                found.append(one)
            if len(found) > _STORIES:
                ended = False
                break
    except TimeoutError:
        ended = False
    return _answer(ctx, text, found, progress, ended=ended)


def _stopping(ctx: CommandContext, until: float) -> Callable[[], None]:
    """Return what ends a search that takes too long."""

    def stop() -> None:
        if ctx.bot.clock.monotonic() > until:
            raise TimeoutError

    return stop


def _answer(
    ctx: CommandContext, text: str, found: list[FoundArticle], progress: SearchProgress, *, ended: bool
) -> Answer:
    page = ctx.page()
    for one in found[:_STORIES]:
        page.add(*_shown(ctx, one))
    if not ended and len(found) <= _STORIES:
        page.line("search stopped", at=ctx.at(progress.reached), n=progress.read)
    elif not ended:
        page.line("search more")
    elif not found:
        page.line("search nothing")
    if found and ctx.request.admin:
        here = [channel.name for channel in ctx.channels_here()]  # none in an admin's own chat that has no channel
        channel = next(iter((*here, *ctx.config.channels)), "…")
        page.add(ctx.words.line("search watch", file=ctx.config.path.name), (code(_watchlist(text, channel)),))
    return page.answer(_ROOM)


def _watchlist(query: str, channel: str) -> str:
    """Return the line of config.yaml that makes a watchlist of a query."""
    name, text = (f"'{' '.join(one.split()).replace(chr(39), chr(39) * 2)}'" for one in (query[:40], query))
    return f"  - {{name: {name}, query: {text}, notify: [{channel}]}}"


def _shown(ctx: CommandContext, one: FoundArticle) -> Iterator[Line]:
    article = one.article
    yield (TextRun(title(article.title or article.source), bold=True, url=article.url),)
    story = "" if one.story_id is None else ctx.words.text("story", story=one.story_id)
    about = (title(article.source), article.language, ctx.at(article.when), story)
    yield (TextRun(" · ".join(filter(None, about))),)
    if one.sentence and clean(one.sentence) != clean(article.title):
        yield quoted(one.sentence, one.spans)


def quoted(sentence: str, spans: Sequence[tuple[int, int]]) -> Line:
    """Return the sentence between quotation marks, its hits in bold."""
    text, marks, at = "", [], 0
    for start, end in spans:
        if start >= at:
            text += _spaced(sentence[at:start])
            surface = clean(sentence[start:end])
            marks.append((len(text), len(text) + len(surface)))
            text, at = text + surface, end
    shown, kept = clip_around(text + _spaced(sentence[at:]), tuple(marks), _SENTENCE)
    runs, at = [TextRun("«")], 0
    for start, end in kept:
        runs += [TextRun(shown[at:start]), TextRun(shown[start:end], bold=True)]
        at = end
    runs += [TextRun(shown[at:]), TextRun("»")]
    return tuple(run for run in runs if run.text)


def _spaced(text: str) -> str:
    """Return a piece of a sentence as plain text, with the spaces at its ends."""
    before, after = " " * text[:1].isspace(), " " * (len(text) > 1 and text[-1:].isspace())
    return f"{before}{clean(text)}{after}"


def _mistake(ctx: CommandContext, text: str, error: QueryError) -> Iterator[Line]:
    """Yield the error in a query, then the query with a mark at the error's position."""
    yield ctx.words.line("search mistake", reason=title(problem_text(error.message, ctx.words.language), 300))
    at = error.position
    before, after = clean(text[max(at - _AROUND, 0) : at]), clean(text[at : at + _AROUND])
    space = " " if text[:at].endswith(" ") else ""
    yield (code(clip(f"{before}{space}⟶{after}", 2 * _AROUND + 10)),)
