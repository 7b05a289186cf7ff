"""/explain: the hits in an article, and each watchlist's verdict with its reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import groupby

from monitor import urls
from monitor.alert.content import summary_reason
from monitor.alert.sanitize import clean, clip_around
from monitor.bot.commands.reply import CommandContext, bold, title
from monitor.bot.context import Answer
from monitor.errors import ExtractError, FetchError, FetchKind, SandboxError
from monitor.i18n import alert_phrases
from monitor.model import Article, Hit, Line, TextRun, Verdict
from monitor.story.attribution import citations, cited
from monitor.watch.decided import reason_in, zone_in
from monitor.watch.explain import Explanation
from monitor.watch.explain import explain as explain_article
from monitor.watch.wording import rule_in

_ROOM = 3500  # UTF-16 units of the answer
_SENTENCE = 260  # units of a sentence
_SENTENCES = 3  # a watchlist


async def explain(ctx: CommandContext) -> Answer:
    """Read one article through the guard and explain its matches."""
    url = _address(ctx)
    if url is None:
        return ctx.say("explain how")
    try:
        article = await ctx.bot.read(url)
    except FetchError as error:
        return _not_fetched(ctx, error)
    except (ExtractError, SandboxError) as error:
        return ctx.say("no article", reason=title(_why(ctx, str(error)), 200))
    matcher = ctx.bot.live.now.rules.matcher
    explanation = await asyncio.to_thread(explain_article, article, matcher, with_languages=False)
    page = ctx.page()
    page.add(*_head(ctx, article))
    for verdict in sorted(explanation.verdicts, key=lambda verdict: not verdict.matched):
        page.add(*_verdict(ctx, explanation, verdict))
    names = cited(citations(article))
    if names:
        page.line("cites", names=title(", ".join(names), 300))
    return page.answer(_ROOM)


def _address(ctx: CommandContext) -> str | None:
    """Return the address in the argument, or that of the alert replied to."""
    argument, replied = ctx.request.argument.strip(" <>"), ctx.request.replied
    if not argument:
        return replied.alert.url if replied is not None else None
    if " " in argument or "." not in argument:
        return None
    url = argument if "://" in argument else f"https://{argument}"
    return url if urls.is_web(url) and urls.host(url) else None


def _why(ctx: CommandContext, reason: str) -> str:
    """Return in the reader's language why a page has no article."""
    return ctx.error(summary_reason(reason, alert_phrases(ctx.words.language)))


def _not_fetched(ctx: CommandContext, error: FetchError) -> Answer:
    if error.kind is FetchKind.REFUSED_ADDRESS:
        return ctx.say("refused address")
    if error.status is not None:
        return ctx.say("page status", status=error.status)
    return ctx.say("page away", reason=title(ctx.error(str(error)), 200))


def _head(ctx: CommandContext, article: Article) -> Iterator[Line]:
    yield (TextRun(title(article.title or article.source), bold=True, url=article.url),)
    at = ctx.at(article.published) if article.published else ""
    yield (TextRun(" · ".join(filter(None, (title(article.source), article.language, at)))),)
    if article.from_summary:
        reason = summary_reason(article.from_summary, alert_phrases(ctx.words.language))
        yield ctx.words.line("from summary", reason=title(reason))


def _verdict(ctx: CommandContext, explanation: Explanation, verdict: Verdict) -> Iterator[Line]:
    key = "match" if verdict.matched else "no match"
    yield ctx.words.line(
        key, watchlist=bold(verdict.watchlist), reason=title(reason_in(verdict.reason, ctx.words), 200)
    )
    hits = sorted(verdict.hits, key=lambda hit: (hit.start, hit.end))
    by_sentence = [list(group) for _, group in groupby(hits, key=lambda hit: hit.sentence)]
    for group in by_sentence[: _SENTENCES if verdict.matched else 1]:
        yield _sentence(explanation.article.document, group)
        for _, same in groupby(group, key=lambda hit: (hit.start, hit.end)):
            yield _hit(ctx, list(same))


def _sentence(document: str, hits: list[Hit]) -> Line:
    """Return the sentence of some hits, with their surfaces in bold."""
    start, end = hits[0].sentence
    text, marks = "", []
    at = start
    for hit in hits:
        if hit.start < at or hit.end > end:
            continue  # inside another one
        text += _spaced(document[at : hit.start])
        surface = clean(document[hit.start : hit.end])
        marks.append((len(text), len(text) + len(surface)))
        text, at = text + surface, hit.end
    text += _spaced(document[at:end])
    shown, kept = clip_around(text, tuple(marks), _SENTENCE)
    return tuple(_runs(shown, kept))


def _spaced(text: str) -> str:
    """Return a piece of a sentence as plain text, with the spaces at its ends."""
    before, after = " " * text[:1].isspace(), " " * (len(text) > 1 and text[-1:].isspace())
    return f"{before}{clean(text)}{after}"


def _runs(text: str, marks: tuple[tuple[int, int], ...]) -> Iterator[TextRun]:
    at = 0
    for start, end in marks:
        if start > at:
            yield TextRun(text[at:start])
        yield TextRun(text[start:end], bold=True)
        at = end
    if at < len(text):
        yield TextRun(text[at:])


def _hit(ctx: CommandContext, hits: list[Hit]) -> Line:
    first = hits[0]
    terms = ", ".join(dict.fromkeys(hit.term for hit in hits))
    return ctx.words.line(
        "hit",
        surface=title(first.surface, 60),
        terms=title(terms, 80),
        zone=zone_in(first.zone, ctx.words),
        rule=title(rule_in(first.rule, ctx.words.language), 60),
    )
