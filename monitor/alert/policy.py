"""When an alert is written, amended, or followed by a reply: pure decisions over what the store holds.

One story gives one message a channel, whichever of its watchlists it matches: the row of the first speaks for the
others', too. It grows in silence, by amendment; it rings again, as a reply, only when something has changed that a
reader would want to be woken for. `timing.py` says when what is new goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.alert import news
from monitor.alert.content import amended, fronted, grown, opened, shown
from monitor.alert.context import AlertContext, Decision, Matched, loudest
from monitor.alert.holds import ChannelMoment, Timing, timing
from monitor.alert.render import digest as digests
from monitor.alert.render.layout import called
from monitor.i18n import DEFAULT, Phrases, alert_phrases
from monitor.model import Alert, Delivery, Member, MessageKind, NewDelivery, Relation, Severity, State, Verdict
from monitor.model.rate import History
from monitor.story.attribution import lineage
from monitor.story.revision import parse_title

__all__ = ["AlertContext", "Decision", "decide", "watching"]

ALERT = "alert:"
"""How the `dedupe` of a story's row for a watchlist begins."""
REPLY_PAUSE = timedelta(minutes=30)  # a story rings again at most this often in a channel
_TITLES = 3  # of what would have alerted
_INDEPENDENT = 2  # the second independent source is news, the third is not


def decide(context: AlertContext) -> Decision:
    """Return what an article that has just joined a story adds to the outbox. Pure: it depends on `context` alone."""
    if context.story.muted:
        return Decision()
    add: list[NewDelivery] = []
    amend: dict[int, Alert] = {}
    release: list[tuple[int, datetime]] = []
    histories: dict[str, History] = {}
    for channel, lists in _by_channel(context).items():
        policy = _ChannelPolicy(context, channel)
        policy.decide(lists)
        add += policy.add
        amend |= policy.amend
        release += policy.release
        histories |= {channel: policy.history} if policy.history != policy.before else {}
    return Decision(tuple(add), tuple(amend.items()), tuple(release), histories)


def watching(
    sources: Iterable[str], watchlists: Iterable[str], channel: str, now: datetime, phrases: Phrases = DEFAULT
) -> NewDelivery:
    """Return the silent notice that a channel gets when sources are watched for the first time (expires in a day)."""
    names = sorted(set(sources), key=str.casefold)
    lists = list(dict.fromkeys(watchlists))
    alert = Alert(
        MessageKind.NOTICE,
        phrases.count("watching", len(names)),
        lines=(
            phrases.text("watching sources", names=_listed(names, phrases)),
            phrases.text("watching watchlists", names=_listed(lists, phrases)),
            phrases.text("watching from now"),
        ),
        severity=Severity.LOW,
        silent=True,
        wording=phrases.language,
    )
    dedupe = watching_name(names, channel)
    return NewDelivery(channel=channel, dedupe=dedupe, alert=alert, expires_at=now + timedelta(days=1))


def watching_name(sources: Iterable[str], channel: str) -> str:
    """Return the `dedupe` of the notice that some sources are watched."""
    return f"watching:{channel}:{_hash(sorted(set(sources), key=str.casefold))}"


def described(notice: Alert, seen: int, matches: Sequence[tuple[str, str]]) -> Alert:
    """Return the notice that sources are watched with what their feeds showed before: what would have alerted.

    `seen` counts articles; `matches` are (watchlist, title) of those that a watchlist of the channel matches.
    """
    phrases = alert_phrases(notice.wording)
    count = phrases.count("watching seen", seen)
    if not matches:
        told = [phrases.text("watching seen none", seen=count)]
    else:
        told = [phrases.count("watching seen matched", len(matches), seen=count)]
        told += [phrases.text("watching would", watchlist=name, title=title) for name, title in matches[:_TITLES]]
        told += [phrases.text("more", n=len(matches) - _TITLES)] if len(matches) > _TITLES else []
    return replace(notice, lines=(*notice.lines, *told))


# --------------------------------------------------------------------------- one channel


def _by_channel(context: AlertContext) -> dict[str, list[Matched]]:
    """Return for each channel, the watchlists that the story matches and that notify it, as they are configured."""
    matched: dict[str, list[tuple[int, Verdict]]] = {}
    for article_id, verdict in context.verdicts:
        if verdict.matched and verdict.watchlist in context.watchlists:
            matched.setdefault(verdict.watchlist, []).append((article_id, verdict))
    found: dict[str, list[Matched]] = {}
    for name, verdicts in matched.items():
        for channel in dict.fromkeys(context.watchlists[name].notify):
            if channel in context.channels:
                found.setdefault(channel, []).append(Matched(context.watchlists[name], tuple(verdicts)))
    return found


@dataclass(slots=True)
class _Standing:
    """A row with a message of its own, the watchlists that it covers, and those that it is to cover from now on."""

    row: Delivery
    lists: list[Matched] = field(default_factory=list)
    joining: list[Matched] = field(default_factory=list)


class _ChannelPolicy:
    """The decision for one channel, row by row."""

    def __init__(self, context: AlertContext, channel: str) -> None:
        self.context = context
        self.channel = context.channels[channel]
        self.phrases = alert_phrases(self.channel.language)
        self.before = self.history = context.histories.get(channel, History())
        self.add: list[NewDelivery] = []
        self.amend: dict[int, Alert] = {}
        self.release: list[tuple[int, datetime]] = []
        self._rolling = context.rolling.get(channel)
        self._rows = [row for row in context.deliveries if row.channel == channel]

    @property
    def place(self) -> ChannelMoment:
        """Return the channel as it is now."""
        return ChannelMoment(self.channel, self.context.now, self.context.timezone, self.history)

    def decide(self, lists: Sequence[Matched]) -> None:
        """Amend the rows that there are, and open one for new watchlists."""
        fresh, standing = self._sorted(lists)
        carrier = next((each for each in standing if each.row.lives and each.row.in_digest is None), None)
        if fresh and carrier is not None:
            carrier.joining = fresh
            self.add += [self._row(each, carried_by=carrier.row.dedupe) for each in fresh]
        elif fresh:
            self._open(fresh)
        for each in standing:
            self._grow(each)

    def _sorted(self, lists: Sequence[Matched]) -> tuple[list[Matched], list[_Standing]]:
        """Return the watchlists without a row, and the rows with the watchlists that each covers."""
        alerts = {row.dedupe: row for row in self._rows if row.alert.kind is MessageKind.ALERT}
        by_id = {row.id: row for row in alerts.values()}
        # What a story told that is part of this one now is told. Of its rows for a watchlist one that lives counts
        # before one that is dead, its own before one of that story's, a message before a pointer.
        merged = [row for row in alerts.values() if row.dedupe.startswith(ALERT)]
        own = {self._dedupe(each) for each in lists}
        order = sorted(merged, key=lambda row: (row.lives, row.dedupe in own, not row.alert.pointer))
        by_list = {row.alert.watchlist: row for row in order}
        fresh: list[Matched] = []
        standing: dict[int, _Standing] = {}
        for each in lists:
            row = by_list.get(each.name)
            if row is None:
                fresh += [each] if each.own(self.context) and not self.context.baseline else []
            elif each.name not in self.context.muted:
                row = self._in_force(by_id.get(row.in_digest or 0, row), merged)
                standing.setdefault(row.id, _Standing(row)).lists.append(each)
        muted = [each for each in fresh if each.name in self.context.muted]
        self.add += [replace(self._row(each), muted=True) for each in muted]
        return [each for each in fresh if each not in muted], list(standing.values())

    @staticmethod
    def _in_force(row: Delivery, rows: Sequence[Delivery]) -> Delivery:
        """Return the message that a row's story goes on in: another one where it points there, if that is alive.

        Else it goes on itself, and shows again what joins: nobody may be led to a message that was given up.
        """
        if not row.alert.pointer:
            return row
        alone = replace(row, alert=replace(row.alert, pointer=False, follows=None))
        return next((each for each in rows if each.lives and not each.alert.pointer), alone)

    # ----------------------------------------------------------------- something new

    def _open(self, lists: Sequence[Matched]) -> None:
        """Open the story's message, the loudest watchlist in front."""
        first, *others = sorted(lists, key=lambda each: -each.watchlist.severity.rank)
        new = replace(self._row(first), alert=opened(self.context, [first, *others], self.channel))
        if self._is_flood(new.alert.severity):
            new = replace(new, alert=replace(new.alert, brief=True))
        self._send(new, self._opening(new.alert.severity, lists), [each.name for each in lists])
        self.add += [self._row(each, carried_by=new.dedupe) for each in others]

    def _opening(self, severity: Severity, lists: Sequence[Matched]) -> Timing:
        """Return when the first message of a story for these watchlists goes to the channel."""
        if not self.context.late and not self._is_flood(severity):
            return timing(self.place, severity, [each.watchlist for each in lists])
        at = max(self.context.catch_up_until or self.context.now, self.context.now)
        quiet = None if severity is Severity.CRITICAL else self.place.quiet(at)
        return Timing(quiet or at)

    def _is_flood(self, severity: Severity) -> bool:
        """Return whether an alert of this severity goes into a flood's digest: high and critical ring."""
        return self.context.flood and severity.rank < Severity.HIGH.rank

    def _row(self, matched: Matched, *, carried_by: str | None = None) -> NewDelivery:
        return NewDelivery(
            channel=self.channel.name,
            dedupe=self._dedupe(matched),
            alert=opened(self.context, [matched], self.channel),
            story_id=self.context.story.id,
            carried_by=carried_by,
            expires_at=self._expiry(),
        )

    def _send(self, new: NewDelivery, when: Timing, alerted: Sequence[str] = ()) -> None:
        """Add a row that goes out at the time `when`."""
        if when.until is not None:
            self.add.append(replace(new, held_until=when.until, expires_at=self._expiry(when.until)))
            return
        self._note(new.alert, alerted)
        if not when.burst:
            self.add.append(new)
            return
        message = self._rolling_with(new)
        self.add.append(replace(new, carried_by=message))

    def _note(self, alert: Alert, alerted: Sequence[str]) -> None:
        """Note an alert in the channel's history; a silent one does not count for a burst."""
        if not alert.silent:
            self.history = self.history.rang(self.context.now, self.channel.burst)
        self.history = self.history.alerted(alerted, self.context.now)

    def _rolling_with(self, new: NewDelivery) -> str:
        """Put an alert into the message of the burst, or into a further one; return its `dedupe`."""
        under_way = self._rolling
        if under_way is not None and self.history.rolling == under_way.dedupe and under_way.state is not State.DEAD:
            alert = digests.rolled(self.amend.get(under_way.id, under_way.alert), new.alert)
            if alert is not None:
                self.amend[under_way.id] = alert
                return under_way.dedupe
        message = digests.rolling(self.channel.name, new, self.context.now, self._expiry(), self.phrases)
        self.history = replace(self.history, rolling=message.dedupe)
        self.add.append(message)
        return message.dedupe

    # ----------------------------------------------------------------- something that stands

    def _grow(self, standing: _Standing) -> None:
        if self.context.frozen and not standing.joining:
            return
        row, lists = standing.row, [*standing.lists, *standing.joining]
        alert = amended(self.context, row, lists, standing.joining)
        if alert is not None:
            self.amend[row.id] = alert
        elif row.in_digest is not None:
            self._grow_item(row, lists)
        severity = loudest(lists)
        louder = severity.rank > row.alert.severity.rank
        if row.state is State.HELD and row.in_digest is None and louder:
            when = timing(self.place, severity, [each.watchlist for each in lists])
            if when.until is None:
                self.release.append((row.id, self._expiry()))
                self._note(alert or row.alert, [each.name for each in lists])
        if standing.joining:
            self._ring_for(row, standing.joining)
        else:
            self._reply(row, alert or row.alert, lists)

    def _grow_item(self, row: Delivery, lists: Sequence[Matched]) -> None:
        """Amend the story's item in a digest, or in the message of a burst, by an article that joined since."""
        carrier = self.context.carriers.get(row.in_digest or 0)
        if carrier is None or self.channel.kind == "apprise":  # nothing is edited there: the digest would ring again
            return
        message = self.amend.get(carrier.id, carrier.alert)
        item = digests.item_on(message, row.alert.watchlist, self.context.story.members)
        now = None if item is None else amended(self.context, replace(carrier, alert=item), lists)
        changed = None if item is None or now is None else digests.replaced(message, item, now)
        if changed is not None:
            self.amend[carrier.id] = changed

    def _ring_for(self, row: Delivery, lists: Sequence[Matched]) -> None:
        """Add a reply for watchlists that match the story only now: an edit of its message would not ring.

        A row that was never sent needs no reply, as it goes out with their names; unless its call is under way already.
        """
        if not row.sent_revision and row.state not in (State.SENDING, State.UNKNOWN):
            return
        first, *others = sorted(lists, key=lambda each: -each.watchlist.severity.rank)
        alert = opened(self.context, [first, *others], self.channel)
        louder = alert.severity.rank > row.alert.severity.rank
        note = (
            _louder(alert.severity, self.phrases)
            if louder
            else self.phrases.text("now matches", terms=", ".join(called(alert)))
        )
        reply = replace(alert, kind=MessageKind.REPLY, note=note)
        new = replace(self._row(first), dedupe=f"joined:{self._dedupe(first)}", alert=reply, reply_to=row.id)
        self._send(new, self._opening(reply.severity, lists), [each.name for each in lists])

    def _reply(self, row: Delivery, alert: Alert, lists: Sequence[Matched]) -> None:
        """Add a reply, which rings, where there is a reason for one."""
        context = self.context
        quiet = context.late or (context.flood and loudest(lists).rank < Severity.HIGH.rank)
        if context.baseline or quiet or all(each.watchlist.updates == "off" for each in lists):
            return
        # What was never sent rings with all it has to say when it goes out.
        if row.state in (State.DEAD, State.HELD, State.MUTED) or not row.sent_revision:
            return
        replies = [each for each in self._rows if each.alert.kind is MessageKind.REPLY]
        ringing = any(each.created_at > context.now - REPLY_PAUSE for each in replies)
        if ringing or any(new.alert.kind is MessageKind.REPLY for new in self.add):
            return
        known = max((each.alert.severity for each in (row, *replies)), key=lambda severity: severity.rank)
        rang = dict(replies[-1].alert.figures if replies else row.alert.rang)
        reason = _reason(context, lists, known, self.phrases) or news.reason(context, rang, alert, self.phrases)
        reason = reason or _reported(context, lists, self.phrases)
        if reason is not None:
            own = f"reply:{context.story.anchor}:"  # others are of a story that is part of this one
            number = 1 + sum(
                each.alert.watchlist == alert.watchlist and each.dedupe.startswith(own) for each in replies
            )
            severity = max(alert.severity, loudest(lists), key=lambda severity: severity.rank)
            self._send(self._reply_row(row, alert, lists, (reason, number)), timing(self.place, severity))

    def _reply_row(self, row: Delivery, alert: Alert, lists: Sequence[Matched], why: tuple[str, int]) -> NewDelivery:
        reason, number = why
        blank = Alert(
            MessageKind.REPLY,
            headline=self.context.article.title,
            watchlist=alert.watchlist,
            also=alert.also,
            severity=alert.severity,
            reader=self.channel.language,
            wording=self.phrases.language,
        )
        silent = [Matched(each.watchlist, ()) for each in lists]
        reply = fronted(shown(blank, self.context, None), self.context, silent)
        reply = grown(reply, self.context, silent)
        reply = news.told(replace(reply, figures=alert.figures), self.context)
        return NewDelivery(
            channel=row.channel,
            dedupe=f"reply:{self.context.story.anchor}:{alert.watchlist}:{row.channel}:{number}",
            alert=replace(reply, note=reason, silent=reply.severity is Severity.LOW),
            story_id=self.context.story.id,
            reply_to=row.in_digest or row.id,  # to the message that the story was in
            expires_at=self._expiry(),
        )

    def _dedupe(self, matched: Matched) -> str:
        return f"{ALERT}{self.context.story.anchor}:{matched.name}:{self.channel.name}"

    def _expiry(self, since: datetime | None = None) -> datetime:
        """Return when a row is given up that is free to go `since` then (now, where None)."""
        seconds = self.context.expire if self.channel.expire is None else self.channel.expire
        return (since or self.context.now) + timedelta(seconds=seconds)


def _reason(context: AlertContext, lists: Sequence[Matched], rung: Severity, phrases: Phrases) -> str | None:
    """Return why the story rings again, or None where it does not. `rung` is the severity of its last ring."""
    severity = loudest(lists)
    if severity.rank > rung.rank:
        return _louder(severity, phrases)
    others = [member for member in context.story.members if member.article_id != context.article.id]
    member = context.member
    if member is None or not others:
        return None
    # What the story was before: an article that is edited was a part of it, and is no news once more.
    known = [*others, context.before] if context.before else others
    if _urgent(member) and not any(_urgent(each) for each in known):
        return phrases.text("now urgent")
    if lineage(known).independent < _INDEPENDENT <= lineage(context.story.members).independent:
        return phrases.text("second source", source=member.source)
    return None


def _reported(context: AlertContext, lists: Sequence[Matched], phrases: Phrases) -> str | None:
    """Return the reason of a watchlist that wants every report."""
    member = context.member
    if member is None or len(context.story.members) < _INDEPENDENT:
        return None
    if any(each.watchlist.updates == "reply" for each in lists) and member.relation is not Relation.COPY:
        again = context.before is not None or member.relation is Relation.VERSION
        return phrases.text("new version") if again else phrases.text("also reported", source=member.source)
    return None


def _louder(severity: Severity, phrases: Phrases) -> str:
    return phrases.text("louder", severity=phrases.text(f"severity {severity.value}"))


def _urgent(member: Member) -> bool:
    return parse_title(member.title, member.source).urgent


def _listed(names: Sequence[str], phrases: Phrases, most: int = 12) -> str:
    rest, shown = len(names) - most, ", ".join(names[:most])
    return phrases.text("names and more", names=shown, n=rest) if rest > 0 else shown


def _hash(names: Iterable[str]) -> str:
    return sha256("\n".join(names).encode()).hexdigest()[:16]
