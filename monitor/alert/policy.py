"""When an alert is written, changed, or said anew: pure decisions over what the store holds.

One story gives one alert for each watchlist and channel. It grows in silence, by amendment; it rings again, as a reply,
only when something has changed that a reader would want to be woken for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.alert.render import telegram
from monitor.model import (
    Alert,
    Article,
    Channel,
    Delivery,
    Member,
    MessageKind,
    NewDelivery,
    Relation,
    Severity,
    State,
    Story,
    Verdict,
    Watchlist,
)
from monitor.story.attribution import lineage
from monitor.story.quotes import quotes
from monitor.story.revision import parse_title

MAX_EDITS = 24  # of one message: an article that is edited without end must not keep a lane busy
REPLY_PAUSE = timedelta(minutes=30)  # a story rings again at most this often in a channel
_QUOTES = 2  # sentences in an alert
_INDEPENDENT = 2  # the second independent source is news, the third is not


@dataclass(frozen=True, slots=True)
class Case:
    """All that a decision rests on: a story that has just been joined by an article.

    `story` has the new member; `article` is that member's text, with its id; `verdicts` are the matched verdicts of all
    the story's articles as (article id, verdict); `articles` are further texts by id, for quotes (may be empty);
    `watchlists` and `channels` are those now configured, by name; `deliveries` are the story's rows of the outbox,
    oldest first. `baseline`: the article was there before the watch began. `late`: it is older than the catch-up
    limit; its alert is held until `catch_up_until` (now, where None) and goes into a digest. `expire` is in seconds.
    """

    story: Story
    article: Article
    verdicts: Sequence[tuple[int, Verdict]]
    watchlists: Mapping[str, Watchlist]
    channels: Mapping[str, Channel]
    now: datetime
    deliveries: Sequence[Delivery] = ()
    articles: Mapping[int, Article] = field(default_factory=dict)
    baseline: bool = False
    late: bool = False
    expire: float = 2 * 86400.0
    catch_up_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write: new rows, and new texts for rows by their id."""

    add: tuple[NewDelivery, ...] = ()
    amend: tuple[tuple[int, Alert], ...] = ()


def decide(case: Case) -> Decision:
    """Say what an article that has just joined a story adds to the outbox. The same case gives the same answer."""
    if case.story.muted:
        return Decision()
    add: list[NewDelivery] = []
    amend: list[tuple[int, Alert]] = []
    alerts = {row.dedupe: row for row in case.deliveries if row.alert.kind is MessageKind.ALERT}
    for name, verdicts in _by_watchlist(case).items():
        watchlist = case.watchlists[name]
        for channel in dict.fromkeys(watchlist.notify):
            if channel not in case.channels:
                continue
            row = alerts.get(f"alert:{case.story.id}:{name}:{channel}")
            if row is None:
                add += _opened(case, watchlist, channel, verdicts)
                continue
            amended = _amended(case, watchlist, row, verdicts)
            amend += [(row.id, amended)] if amended else []
            add += _reply(case, watchlist, row, [*case.deliveries], add)
    return Decision(tuple(add), tuple(amend))


def watching(sources: Iterable[str], watchlists: Iterable[str], channel: str, now: datetime) -> NewDelivery:
    """Write the silent notice that a channel gets when sources are watched for the first time (expires in a day)."""
    names = sorted(set(sources), key=str.casefold)
    lists = list(dict.fromkeys(watchlists))
    count = f"{len(names)} source{'' if len(names) == 1 else 's'}"
    lines = (
        f"Sources: {_listed(names)}",
        f"Watchlists: {_listed(lists)}",
        "What is published from now on raises alerts.",
    )
    alert = Alert(MessageKind.NOTICE, f"Now watching {count}", lines=lines, severity=Severity.LOW, silent=True)
    dedupe = f"watching:{channel}:{_hash(names)}"
    return NewDelivery(channel=channel, dedupe=dedupe, alert=alert, expires_at=now + timedelta(days=1))


def digest(channel: str, deliveries: Sequence[Delivery], now: datetime) -> NewDelivery:
    """Gather held rows of one channel into one message, the loudest first, then in order of time.

    Raises ValueError where there is nothing to gather.
    """
    if not deliveries:
        raise ValueError("a digest needs at least one delivery")
    rows = sorted(deliveries, key=lambda row: (-row.alert.severity.rank, row.alert.at or row.created_at, row.id))
    items = tuple(row.alert for row in rows)
    alert = Alert(
        MessageKind.DIGEST,
        f"{len(items)} alert{'' if len(items) == 1 else 's'} gathered",
        severity=items[0].severity,
        items=items,
        at=now,
        silent=all(item.silent or item.severity is Severity.LOW for item in items),
    )
    dedupe = f"digest:{channel}:{_hash(sorted(str(row.id) for row in rows))}"
    expiries = [row.expires_at for row in rows if row.expires_at]
    return NewDelivery(channel=channel, dedupe=dedupe, alert=alert, expires_at=max(expiries, default=None))


def notice(channel: str, key: str, headline: str, lines: Sequence[str], now: datetime) -> NewDelivery:
    """Write what an operator is told, once for each `key` and channel; it expires in two days."""
    alert = Alert(MessageKind.NOTICE, headline, lines=tuple(lines), at=now)
    return NewDelivery(
        channel=channel, dedupe=f"notice:{channel}:{key}", alert=alert, expires_at=now + timedelta(days=2)
    )


# --------------------------------------------------------------------------- a story's alert


def _by_watchlist(case: Case) -> dict[str, list[tuple[int, Verdict]]]:
    found: dict[str, list[tuple[int, Verdict]]] = {}
    for article_id, verdict in case.verdicts:
        if verdict.matched and verdict.watchlist in case.watchlists:
            found.setdefault(verdict.watchlist, []).append((article_id, verdict))
    return found


def _opened(
    case: Case, watchlist: Watchlist, channel: str, verdicts: Sequence[tuple[int, Verdict]]
) -> list[NewDelivery]:
    """Open an alert where the new article itself matches; one from before the watch began never opens one."""
    own = next((verdict for ident, verdict in verdicts if ident == case.article.id), None)
    if own is None or case.baseline:
        return []
    blank = Alert(
        MessageKind.ALERT,
        headline=case.article.title,
        watchlist=watchlist.name,
        severity=watchlist.severity,
        silent=watchlist.severity is Severity.LOW,
    )
    alert = _grown(_shown(blank, case, own), case, watchlist, verdicts)
    return [
        NewDelivery(
            channel=channel,
            dedupe=f"alert:{case.story.id}:{watchlist.name}:{channel}",
            alert=alert,
            story_id=case.story.id,
            held_until=(case.catch_up_until or case.now) if case.late else None,
            expires_at=case.now + timedelta(seconds=case.expire),
        )
    ]


def _amended(case: Case, watchlist: Watchlist, row: Delivery, verdicts: Sequence[tuple[int, Verdict]]) -> Alert | None:
    """Give the alert as it is to be shown now, or None where nothing that is shown would change."""
    # A channel without message ids counts no edits: there every amendment is one.
    spent = row.edits if row.message_id is not None else row.revision - 1
    if watchlist.updates == "off" or spent >= MAX_EDITS or row.state is State.DEAD or row.in_digest is not None:
        return None
    own = next((verdict for ident, verdict in verdicts if ident == case.article.id), None)
    alert = _grown(_proven(row.alert, case, own), case, watchlist, verdicts)
    if _revises(case, row.alert):
        alert = _shown(alert, case, own)
    return alert if telegram(alert, timezone="UTC") != telegram(row.alert, timezone="UTC") else None


def _proven(alert: Alert, case: Case, verdict: Verdict | None) -> Alert:
    """Add the sentence that holds a term which no earlier member had: every term shown has its sentence."""
    fresh = [hit for hit in verdict.hits if hit.term not in alert.terms] if verdict else []
    return replace(alert, quotes=(*alert.quotes, *quotes(case.article, fresh, 1))[:_QUOTES]) if fresh else alert


def _revises(case: Case, alert: Alert) -> bool:
    """Say whether the new article is a later version of the one that the alert shows."""
    member = _member(case)
    if member is None or member.source != alert.source:
        return False
    again = any(m.url == alert.url and m.article_id == case.article.id for m in case.story.members)
    newer = alert.at is None or member.at >= alert.at
    return again or (member.relation is Relation.VERSION and member.language == alert.language and newer)


def _shown(alert: Alert, case: Case, verdict: Verdict | None) -> Alert:
    """Put the new article in front: its title, link and time and, where it matched, its sentences."""
    article, member = case.article, _member(case)
    found = quotes(article, verdict.hits) if verdict else ()
    return replace(
        alert,
        headline=article.title,
        source=article.source,
        language=article.language,
        at=article.when,
        url=article.url,
        citing=member.cites if member else (),
        quotes=found or alert.quotes,
        note=f"from the feed's summary: {article.from_summary}" if article.from_summary else None,
    )


def _grown(alert: Alert, case: Case, watchlist: Watchlist, verdicts: Sequence[tuple[int, Verdict]]) -> Alert:
    """Bring what all members say together: terms, members, counts."""
    terms = dict.fromkeys((*alert.terms, *(term for _, verdict in verdicts for term in verdict.terms)))
    order = [*watchlist.entities, *(term.text for term in watchlist.keywords)]
    ranked = sorted(terms, key=lambda term: order.index(term) if term in order else len(order))
    found = lineage(case.story.members)
    return replace(
        alert,
        severity=max(alert.severity, watchlist.severity, key=lambda severity: severity.rank),
        terms=tuple(ranked),
        members=case.story.members,
        outlets=found.outlets,
        independent=found.independent,
    )


def _member(case: Case) -> Member | None:
    return next((member for member in case.story.members if member.article_id == case.article.id), None)


# --------------------------------------------------------------------------- ringing again


def _reply(
    case: Case, watchlist: Watchlist, row: Delivery, deliveries: Sequence[Delivery], added: Sequence[NewDelivery]
) -> list[NewDelivery]:
    if case.baseline or case.late or watchlist.updates == "off":
        return []
    # What was never sent rings with all it has to say when it goes out.
    if row.state in (State.DEAD, State.HELD) or row.in_digest is not None or not row.sent_revision:
        return []
    replies = [each for each in deliveries if each.alert.kind is MessageKind.REPLY and each.channel == row.channel]
    ringing = any(each.created_at > case.now - REPLY_PAUSE for each in replies)
    if ringing or any(new.alert.kind is MessageKind.REPLY and new.channel == row.channel for new in added):
        return []
    reason = _reason(case, watchlist, row)
    if reason is None:
        return []
    blank = Alert(
        MessageKind.REPLY,
        headline=case.article.title,
        watchlist=watchlist.name,
        severity=row.alert.severity,
    )
    alert = _grown(_shown(blank, case, None), case, watchlist, ())
    number = 1 + sum(each.alert.watchlist == watchlist.name for each in replies)
    return [
        NewDelivery(
            channel=row.channel,
            dedupe=f"reply:{case.story.id}:{watchlist.name}:{row.channel}:{number}",
            alert=replace(alert, note=reason, silent=alert.severity is Severity.LOW),
            story_id=case.story.id,
            reply_to=row.id,
            expires_at=case.now + timedelta(seconds=case.expire),
        )
    ]


def _reason(case: Case, watchlist: Watchlist, row: Delivery) -> str | None:
    """Say why the story rings again, or None where it does not."""
    if watchlist.severity.rank > row.alert.severity.rank:
        return f"severity is now {watchlist.severity.value}"
    others = [member for member in case.story.members if member.article_id != case.article.id]
    member = _member(case)
    if member is None or not others:
        return None
    if _urgent(member) and not any(_urgent(each) for each in others):
        return "now marked urgent"
    if lineage(others).independent < _INDEPENDENT <= lineage(case.story.members).independent:
        return f"second independent source: {member.source}"
    if watchlist.updates == "reply" and member.relation is not Relation.COPY:
        return "new version" if member.relation is Relation.VERSION else f"also reported by {member.source}"
    return None


def _urgent(member: Member) -> bool:
    return parse_title(member.title, member.source).urgent


def _listed(names: Sequence[str], most: int = 12) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _hash(names: Iterable[str]) -> str:
    return sha256("\n".join(names).encode()).hexdigest()[:16]
