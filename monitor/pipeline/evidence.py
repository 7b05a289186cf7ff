"""Evidence of an article, kept in the transaction that writes the article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import log
from monitor.evidence.capture import Capture, ServerAnswer, capture, of_text
from monitor.evidence.versions import TextVersion, changes
from monitor.model import Article, ArticleChange, EvidenceSettings, Verdict
from monitor.ports import Response
from monitor.store import Transaction
from monitor.store.evidence import KeptResponse, Recheck


@dataclass(frozen=True, slots=True)
class ArticleEvidence:
    """What may be kept of an article. `only_known`: only where earlier evidence of it is kept."""

    capture: Capture
    version: TextVersion
    only_known: bool
    delays: tuple[float, ...]  # seconds after which the page is asked for again


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A server's response to the request for a page, and when it came."""

    asked: str
    at: datetime
    response: Response

    @property
    def answer(self) -> ServerAnswer:
        """Return the response as evidence has it."""
        response = self.response
        return ServerAnswer(self.asked, response.url, self.at, response.status, response.headers, response.body)


def gather(
    article: Article, verdicts: Sequence[Verdict], page: FetchedPage | None, settings: EvidenceSettings, *, edited: bool
) -> ArticleEvidence | None:
    """Return what is kept of a judged article; None where that is nothing.

    An edited article that matches no more is kept where it matched before: what was taken out is the evidence.
    """
    matched = settings.keep == "all" or any(verdict.matched for verdict in verdicts)
    if settings.keep == "off" or not (matched or edited):
        return None
    found = capture("reading", article.source, page.answer if page else None, raw=settings.raw, hide=log.redact)
    if article.from_summary:
        found.facts["summary"] = log.redact(article.from_summary)
    version = TextVersion(article.title, article.text, article.headline)
    return ArticleEvidence(found, version, not matched, () if page is None else settings.recheck)


def keep(tx: Transaction, article_id: int, evidence: ArticleEvidence, now: datetime) -> None:
    """Write an article's evidence: an entry of the chain, the text where it is a new one, the next look at its page."""
    latest = tx.latest_version(article_id)
    if latest is None and evidence.only_known:
        return
    keep_version(tx, article_id, latest, evidence.version, evidence.capture, now)
    if evidence.capture.headers is None:  # a summary: another page's text is no change of this one
        tx.drop_recheck(article_id)
    if evidence.delays:
        due_at = now + timedelta(seconds=evidence.delays[0])
        found = evidence.capture
        tx.plan_recheck(Recheck(article_id, now, due_at, 0, found.etag, found.last_modified))


def keep_version(
    tx: Transaction,
    article_id: int,
    latest: TextVersion | None,
    version: TextVersion,
    found: Capture,
    now: datetime,
) -> list[ArticleChange]:
    """Append an entry on what a page says now, with a version of its own where that is new; return what changed."""
    changed = [] if latest is None else changes(latest, version)
    kept = version if latest is None or changed else latest
    number = latest.number if latest is not None and not changed else tx.add_version(article_id, version, now)
    append(tx, article_id, replace(found, facts=found.facts | of_text(kept, number)), now)
    rows = [ArticleChange(article_id, now, kind, before, after) for kind, before, after in changed]
    tx.add_changes(rows)
    return rows


def append(tx: Transaction, article_id: int, found: Capture, now: datetime) -> None:
    """Append an entry to the chain, with what is kept of the response."""
    link = tx.append_evidence(article_id, found.facts, now)
    if found.headers is not None:
        tx.keep_response(KeptResponse(link.seq, article_id, found.headers, found.record))
