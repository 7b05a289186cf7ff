"""The content of an alert: opened by one article, and extended by those that join its story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from monitor.alert import news
from monitor.alert.context import AlertContext, Matched, loudest
from monitor.alert.members import articles, in_language, other_titles
from monitor.i18n import ENGLISH, Phrases, alert_phrases
from monitor.model import Alert, Channel, Delivery, Hit, Member, MessageKind, Quote, Relation, Severity, State, Verdict
from monitor.story.attribution import lineage
from monitor.story.quotes import quotes
from monitor.watch.entity_names import term_name

MAX_EDITS = 24  # of one message: an article that is edited without end must not keep a lane busy
_QUOTES = 2  # sentences in an alert


def opened(context: AlertContext, lists: Sequence[Matched], channel: Channel) -> Alert:
    """Return the alert of a story for the watchlists that the new article matches, the first of them in front."""
    severity = loudest(lists)
    alert = Alert(
        MessageKind.ALERT,
        headline=context.article.title,
        watchlist=lists[0].name,
        also=tuple(each.name for each in lists[1:]),
        severity=severity,
        silent=severity is Severity.LOW,
        wording=alert_phrases(channel.language).language,
    )
    alert = replace(alert, reader=channel.language, follows=context.follows.get(channel.name))
    alert = fronted(shown(alert, context, merged(context, lists)), context, lists)
    alert = news.told(grown(alert, context, lists), context)
    return replace(alert, rang=alert.figures)


def amended(
    context: AlertContext, row: Delivery, lists: Sequence[Matched], joining: Sequence[Matched] = ()
) -> Alert | None:
    """Return the alert as it is to be shown now, or None where nothing that is shown would change.

    `lists` are all watchlists that the row speaks for; `joining` those of them that it did not speak for yet: whatever
    `updates` says, it must name them.
    """
    if not row.lives or row.in_digest is not None:
        return None
    if not joining and (_is_spent(row) or all(each.watchlist.updates == "off" for each in lists)):
        return None
    own = merged(context, lists)
    also = dict.fromkeys((*row.alert.also, *(each.name for each in joining)))
    alert = grown(_proven(replace(row.alert, also=tuple(also)), context, own), context, lists)
    if _revises(context, row.alert):
        alert = _with_foreign(shown(alert, context, own), row.alert.quotes, lists)
    channel = context.channels.get(row.channel)
    alert = fronted(replace(alert, reader=channel.language if channel else None), context, lists)
    if alert.severity is not Severity.LOW and row.alert.severity is Severity.LOW:
        alert = replace(alert, silent=False)
    if _content(alert) == _content(row.alert):
        return None
    return _with_news(alert, context, row)


def _with_news(alert: Alert, context: AlertContext, row: Delivery) -> Alert:
    """Return the alert with what the new article adds; the line that says so stands only in a message that is out."""
    alert = news.told(alert, context)
    if not row.sent_revision and row.state not in (State.SENDING, State.UNKNOWN):
        return replace(alert, rang=alert.figures, news=None)
    return replace(alert, news=news.line(context, row.alert, alert, alert_phrases(alert.wording)))


def grown(alert: Alert, context: AlertContext, lists: Sequence[Matched]) -> Alert:
    """Return the alert with the terms, members and counts of all its story's articles."""
    found = lineage(context.story.members)
    said = (term for each in lists for _, verdict in each.verdicts for term in verdict.terms)
    order: list[str] = []
    for each in lists:
        order += [*each.watchlist.entities, *(term.text for term in each.watchlist.keywords)]
    ranked = sorted(
        dict.fromkeys((*alert.terms, *said)), key=lambda term: order.index(term) if term in order else len(order)
    )
    severities = [alert.severity, *(each.watchlist.severity for each in lists)]
    severity = max(severities, key=lambda severity: severity.rank)
    return replace(
        alert,
        severity=severity,
        critical_at=alert.critical_at or (context.now if severity is Severity.CRITICAL else None),
        terms=tuple(ranked),
        names=_names(ranked, lists, context, alert.wording),
        members=context.story.members,
        outlets=found.outlets,
        independent=found.independent,
    )


def _names(
    terms: Sequence[str], lists: Sequence[Matched], context: AlertContext, language: str
) -> tuple[tuple[str, str], ...]:
    """Return what a language calls the entities among some terms; nothing in English, in which entities have ids."""
    if context.catalogue is None or language == ENGLISH:
        return ()
    entities = frozenset(name for each in lists for name in each.watchlist.entities)
    found = ((term, term_name(context.catalogue, term, entities, language)) for term in terms)
    return tuple((term, name) for term, name in found if name is not None)


def shown(alert: Alert, context: AlertContext, verdict: Verdict | None) -> Alert:
    """Return the alert with the new article in front: its title, link and time, and its sentences.

    Where it matches in none, those that were shown stay as far as it still holds them.
    """
    article, member = context.article, context.member
    found = quotes(article, verdict.hits) if verdict else ()
    phrases = alert_phrases(alert.wording)
    reason = summary_reason(article.from_summary or "", phrases)
    return replace(
        alert,
        headline=article.title,
        source=article.source,
        language=article.language,
        at=article.when,
        url=article.url,
        citing=member.cites if member else (),
        quotes=found or tuple(quote for quote in alert.quotes if _words(quote.text) in _words(article.document)),
        note=phrases.text("from summary", reason=reason) if reason else None,
    )


def summary_reason(reason: str, phrases: Phrases) -> str:
    """Return in a language why the feed's summary stands in for a page."""
    return phrases.translated(reason, "summary", lambda gap: phrases.translated(gap, "fetch"))


def fronted(alert: Alert, context: AlertContext, lists: Sequence[Matched]) -> Alert:
    """Return the alert with an article in its readers' language in front, where the story has one and it shows another.

    The sentences come from that article; another one's only where they show a term that these do not. Where nobody
    chose a language, the article that opened the alert stays in front.
    """
    member = None if alert.language == alert.reader else in_language(context.story, alert.reader)
    if member is None:
        return alert
    text = context.article if member.article_id == context.article.id else context.articles.get(member.article_id)
    found = () if text is None else quotes(text, _hits(lists, member))
    reason = text.from_summary if text is not None else None
    phrases = alert_phrases(alert.wording)
    front = replace(
        alert,
        headline=member.title,
        source=member.source,
        language=member.language,
        at=member.at,
        url=member.url,
        citing=member.cites,
        quotes=found,
        note=alert.note
        if alert.kind is MessageKind.REPLY
        else phrases.text("from summary", reason=summary_reason(reason, phrases))
        if reason
        else None,
    )
    return _with_foreign(front, alert.quotes, lists)


def _hits(lists: Sequence[Matched], member: Member) -> list[Hit]:
    """Return the hits of watchlists in a member of the story."""
    own = (verdict for each in lists for ident, verdict in each.verdicts if ident == member.article_id)
    return list({(hit.start, hit.end, hit.term): hit for verdict in own for hit in verdict.hits}.values())


def _with_foreign(alert: Alert, others: Sequence[Quote], lists: Sequence[Matched]) -> Alert:
    """Return the alert with those of other sentences, in another language, that show a term which its own do not."""
    kept, told = list(alert.quotes), _terms(alert.quotes, lists)
    for quote in others:
        terms = _terms([quote], lists)
        if quote.language != alert.language and quote not in kept and (not kept or terms - told):
            kept.append(quote)
            told |= terms
    return replace(alert, quotes=tuple(kept[:_QUOTES]))


def _terms(shown: Sequence[Quote], lists: Sequence[Matched]) -> set[str]:
    """Return the terms that sentences show, by the surfaces that are marked in them."""
    surfaces = {quote.text[start:end] for quote in shown for start, end in quote.marks}
    hits = (hit for each in lists for _, verdict in each.verdicts for hit in verdict.hits)
    return {hit.term for hit in hits if hit.surface in surfaces}


def merged(context: AlertContext, lists: Sequence[Matched]) -> Verdict | None:
    """Return the watchlists' verdicts on the new article as one; None where it matches none of them."""
    own = [verdict for each in lists if (verdict := each.own(context)) is not None]
    if not own:
        return None
    hits = {(hit.start, hit.end, hit.term): hit for verdict in own for hit in verdict.hits}
    in_order = tuple(hits[key] for key in sorted(hits)) if len(own) > 1 else own[0].hits
    return replace(own[0], terms=tuple(dict.fromkeys(term for each in own for term in each.terms)), hits=in_order)


def _is_spent(row: Delivery) -> bool:
    # A channel without message ids counts no edits: there every amendment is one.
    return (row.edits if row.message_id is not None else row.revision - 1) >= MAX_EDITS


def _content(alert: Alert) -> Any:
    """Return all that a message shows, whatever the channel; every article that joins changes it."""
    found = lineage(alert.members)
    return replace(alert, members=(), news=None), found.line, articles(alert), other_titles(alert)


def _proven(alert: Alert, context: AlertContext, verdict: Verdict | None) -> Alert:
    """Return the alert with the sentence of a term that no earlier member had: every shown term has its sentence."""
    fresh = [hit for hit in verdict.hits if hit.term not in alert.terms] if verdict else []
    return replace(alert, quotes=(*alert.quotes, *quotes(context.article, fresh, 1))[:_QUOTES]) if fresh else alert


def _revises(context: AlertContext, alert: Alert) -> bool:
    """Return whether the new article is a later version of the one that the alert shows."""
    member = context.member
    if member is None or member.source != alert.source:
        return False
    again = any(m.url == alert.url and m.article_id == context.article.id for m in context.story.members)
    newer = alert.at is None or member.at >= alert.at
    versions = (Relation.FIRST, Relation.VERSION)  # the article that opened the story may be edited
    return again or (member.relation in versions and member.language == alert.language and newer)


def _words(text: str) -> str:
    return " ".join(text.split())
