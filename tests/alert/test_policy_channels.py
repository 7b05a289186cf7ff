"""One channel, several watchlists: who speaks for whom, what is held, collapsed, muted and let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.alert.policy import AlertContext, Decision, decide
from monitor.alert.render import digest
from monitor.model import (
    Article,
    Burst,
    Channel,
    Delivery,
    Hit,
    Member,
    MessageKind,
    NewDelivery,
    QuietHours,
    Relation,
    Severity,
    State,
    Story,
    Term,
    Verdict,
    Watchlist,
    Zone,
)
from monitor.model.rate import History

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NIGHT = QuietHours("07:00", "09:00", "UTC")
TEXT = "Ентоні Блінкен заявив, що КНДР отримує допомогу."


def watchlist(name: str, severity: Severity = Severity.NORMAL, *terms: str, **more: Any) -> Watchlist:
    return Watchlist(name, keywords=tuple(map(Term, terms)), severity=severity, notify=("desk",), **more)


ARMS = watchlist("arms", Severity.NORMAL, "Блінкен")
LOUD = watchlist("loud", Severity.HIGH, "КНДР", "Блінкен")
ALARM = watchlist("alarm", Severity.CRITICAL, "КНДР")
LOW = watchlist("low", Severity.LOW, "КНДР")


def article(ident: int = 1, source: str = "Ukrinform", title: str = "КНДР і зброя") -> Article:
    return Article(f"https://x.org/{ident}", title, TEXT, source, "uk", published=NOW, id=ident)


def verdict(item: Article, name: str, term: str = "КНДР") -> tuple[int, Verdict]:
    start = item.document.index(term, len(item.title))
    hit = Hit(term, term, start, start + len(term), Zone.BODY, sentence=(len(item.title) + 2, len(item.document)))
    assert item.id is not None
    return item.id, Verdict(name, matched=True, reason="1 term", terms=(term,), hits=(hit,))


def case(
    item: Article,
    *verdicts: tuple[int, Verdict],
    lists: Sequence[Watchlist] = (ARMS, LOUD, ALARM, LOW),
    channel: dict[str, Any] | None = None,
    others: Sequence[Article] = (),
    **more: Any,
) -> AlertContext:
    members = tuple(
        Member(each.id or 0, each.source, "uk", each.title, each.url, NOW, Relation.FIRST if n == 0 else Relation.COPY)
        for n, each in enumerate([*others, item])
    )
    return AlertContext(
        story=Story(5, NOW, NOW, members),
        article=item,
        verdicts=verdicts,
        watchlists={each.name: each for each in lists},
        channels={"desk": Channel("desk", "telegram", **(channel or {}))},
        now=more.pop("now", NOW),
        **more,
    )


def rows(decision: Decision, **more: Any) -> list[Delivery]:
    """Return a decision's rows as the outbox would hold them, the first with id 10."""
    ids = {new.dedupe: 10 + number for number, new in enumerate(decision.add)}
    made = []
    for new in decision.add:
        state = State.MUTED if new.muted else State.HELD if new.held_until else State.SENT
        values = {
            "state": state,
            "in_digest": ids.get(new.carried_by or ""),
            "sent_revision": state is State.SENT,
        } | more
        made.append(_row(ids[new.dedupe], new, values))
    return made


def _row(ident: int, new: NewDelivery, values: dict[str, Any]) -> Delivery:
    base: dict[str, Any] = {"revision": 1, "attempts": 0, "due_at": NOW, "created_at": NOW, "message_id": 7}
    return Delivery(ident, new.channel, new.dedupe, new.alert, story_id=5, reply_to=new.reply_to, **(base | values))


def both(**more: Any) -> Decision:
    first = article()
    return decide(case(first, verdict(first, "arms", "Блінкен"), verdict(first, "loud"), **more))


def second(rows: Sequence[Delivery], *names: str, **more: Any) -> Decision:
    """Let a copy join that matches `names`, after the first article matched arms."""
    first, item = article(), article(2, "Yonhap")
    verdicts = [verdict(first, "arms", "Блінкен"), *(verdict(item, name) for name in names)]
    return decide(case(item, *verdicts, others=[first], deliveries=rows, now=LATER, **more))


def opened(**more: Any) -> Decision:
    first = article()
    return decide(case(first, verdict(first, "arms", "Блінкен"), **more))


# --------------------------------------------------------------------------- who speaks for whom


def test_the_loudest_watchlist_speaks_for_all() -> None:
    spoken, carried = both().add
    assert (spoken.dedupe, spoken.carried_by) == ("alert:5:loud:desk", None)
    assert (carried.dedupe, carried.carried_by) == ("alert:5:arms:desk", "alert:5:loud:desk")
    alert = spoken.alert
    assert (alert.watchlist, alert.also, alert.severity) == ("loud", ("arms",), Severity.HIGH)
    assert alert.terms == ("КНДР", "Блінкен"), "in the order of the first watchlist"
    assert {TEXT[slice(*mark)] for quote in alert.quotes for mark in quote.marks} == {"КНДР", "Блінкен"}


def test_a_watchlist_that_matches_later_is_named_by_an_edit() -> None:
    before = rows(opened())
    decision = second(before, "loud")
    (carried, reply) = decision.add
    assert (carried.dedupe, carried.carried_by) == ("alert:5:loud:desk", "alert:5:arms:desk")
    ((ident, alert),) = decision.amend
    assert (ident, alert.also, alert.severity) == (10, ("loud",), Severity.HIGH)
    assert (reply.reply_to, reply.alert.note) == (10, "severity is now high")
    assert (reply.alert.watchlist, reply.alert.also) == ("loud", ())
    assert (reply.dedupe, reply.reply_to) == ("joined:alert:5:loud:desk", 10)


def test_a_watchlist_that_is_no_louder_rings_for_itself_with_its_terms_and_its_sentence() -> None:
    decision = second(rows(opened()), "low")
    carried, reply = decision.add
    assert (carried.dedupe, carried.carried_by) == ("alert:5:low:desk", "alert:5:arms:desk")
    assert (reply.alert.kind, reply.alert.watchlist, reply.reply_to) == (MessageKind.REPLY, "low", 10)
    assert reply.alert.note == "now matches, too: КНДР"
    assert reply.alert.quotes
    assert (reply.alert.severity, reply.alert.silent) == (Severity.LOW, True), "as loud as it is by itself"
    assert decision.amend[0][1].also == ("low",)


def test_it_rings_within_the_pause_of_replies_and_waits_for_its_hours() -> None:
    before = rows(opened())
    (ring,) = [new for new in second(before, "loud").add if new.alert.kind is MessageKind.REPLY]
    again = [*before, _row(12, ring, {"state": State.SENT, "sent_revision": 1})]
    assert MessageKind.REPLY in [new.alert.kind for new in second(again, "low").add]
    held = second(before, "low", channel={"quiet_hours": QuietHours("08:00", "11:00", "UTC")}).add[-1]
    assert held.held_until == NOW + timedelta(hours=3)
    late = second(before, "low", late=True, catch_up_until=LATER + timedelta(hours=1)).add[-1]
    assert late.held_until == LATER + timedelta(hours=1)


@pytest.mark.parametrize(
    ("more", "rings"),
    [
        ({"sent_revision": 0, "state": State.READY}, False),
        ({"sent_revision": 0, "state": State.HELD}, False),
        ({"sent_revision": 0, "state": State.SUSPENDED}, False),
        ({"sent_revision": 0, "state": State.SENDING}, True),
        ({"sent_revision": 0, "state": State.UNKNOWN}, True),
        ({"edits": 24}, True),
    ],
)
def test_what_was_never_sent_rings_with_all_of_them(more: dict[str, Any], rings: bool) -> None:
    decision = second(rows(opened(), **more), "low")
    assert (MessageKind.REPLY in [new.alert.kind for new in decision.add]) is rings
    assert decision.amend[0][1].also == ("low",)


def test_it_rings_also_where_updates_are_off() -> None:
    lists = [replace(each, updates="off") for each in (ARMS, LOW)]
    decision = second(rows(opened()), "low", lists=lists)
    assert (len(decision.add), decision.amend[0][1].also) == (2, ("low",))


@pytest.mark.parametrize("more", [{"state": State.DEAD}, {"in_digest": 4}, {"state": State.HELD, "in_digest": 4}])
def test_what_has_no_message_of_its_own_speaks_for_nobody(more: dict[str, Any]) -> None:
    first = second(rows(opened(), **more), "loud").add[0]
    assert (first.dedupe, first.carried_by, first.alert.watchlist) == ("alert:5:loud:desk", None, "loud")


def test_updates_of_one_watchlist_amend_for_all_that_its_row_speaks_for() -> None:
    before = rows(both())
    first, item = article(), article(2, "Yonhap")
    verdicts = [verdict(first, "arms"), verdict(first, "loud")]
    decision = decide(case(item, *verdicts, others=[first], deliveries=before, now=LATER))
    assert [ident for ident, _ in decision.amend] == [10]
    assert decision.add == ()


def test_rows_from_before_one_message_a_story_go_on_by_themselves() -> None:
    separate = [replace(each, in_digest=None, state=State.SENT) for each in rows(both())]
    first, item = article(), article(2, "Yonhap")
    verdicts = [verdict(first, "arms"), verdict(first, "loud")]
    decision = decide(case(item, *verdicts, others=[first], deliveries=separate, now=LATER))
    assert sorted(ident for ident, _ in decision.amend) == [10, 11]


def test_a_silent_alert_that_grows_loud_is_not_silent_any_more() -> None:
    first = article()
    quiet = decide(case(first, verdict(first, "low")))
    assert quiet.add[0].alert.silent
    item = article(2, "Yonhap")
    grown = decide(
        case(item, verdict(first, "low"), verdict(item, "loud"), others=[first], deliveries=rows(quiet), now=LATER)
    )
    assert not grown.amend[0][1].silent


# --------------------------------------------------------------------------- muted


def test_a_muted_watchlist_is_recorded_and_named_nowhere() -> None:
    muted = frozenset({"loud"})
    recorded, spoken = both(muted=muted).add
    assert (recorded.dedupe, recorded.muted) == ("alert:5:loud:desk", True)
    assert (spoken.dedupe, spoken.muted, spoken.alert.also) == ("alert:5:arms:desk", False, ())
    assert spoken.alert.severity is Severity.NORMAL


def test_a_muted_watchlist_changes_nothing_that_stands() -> None:
    assert second(rows(opened()), "arms", muted=frozenset({"arms"})) == Decision()


def test_what_was_muted_stays_so_when_the_mute_ends() -> None:
    before = rows(opened(muted=frozenset({"arms"})))
    assert [each.state for each in before] == [State.MUTED]
    assert second(before, "arms") == Decision()
    louder = second(before, "loud").add
    assert [new.carried_by for new in louder] == [None], "it speaks for nobody"


# --------------------------------------------------------------------------- held, and let go


def test_what_is_held_expires_counted_from_its_hour() -> None:
    (new,) = opened(channel={"quiet_hours": NIGHT, "expire": 60.0}).add
    assert (new.held_until, new.expires_at) == (LATER, LATER + timedelta(seconds=60))


def test_what_is_held_is_not_in_the_history_and_what_goes_is() -> None:
    assert opened(channel={"quiet_hours": NIGHT}).histories == {}
    history = opened(channel={"burst": Burst()}).histories["desk"]
    assert (history.rung, history.last) == ((NOW,), {"arms": NOW})
    assert both().histories["desk"].last == {"arms": NOW, "loud": NOW}


def test_a_held_alert_that_becomes_critical_is_let_go() -> None:
    quiet = {"quiet_hours": NIGHT}
    before = rows(opened(channel=quiet))
    assert [each.state for each in before] == [State.HELD]
    decision = second(before, "alarm", channel=quiet)
    assert decision.release == ((10, LATER + timedelta(days=2)),)
    assert decision.histories["desk"].last == {"arms": LATER, "alarm": LATER}
    assert [new.alert.kind for new in decision.add] == [MessageKind.ALERT], "no reply to what was never shown"


def test_a_held_alert_that_grows_louder_and_is_held_all_the_same_waits() -> None:
    quiet = {"quiet_hours": QuietHours("07:00", "11:00", "UTC")}
    assert second(rows(opened(channel=quiet)), "loud", channel=quiet).release == ()


def test_old_news_waits_for_the_end_of_the_catching_up_and_of_the_quiet_hours() -> None:
    (new,) = opened(late=True).add
    assert new.held_until == NOW
    (new,) = opened(late=True, channel={"quiet_hours": NIGHT}).add
    assert new.held_until == LATER
    first = article()
    (new,) = decide(case(first, verdict(first, "alarm"), late=True, channel={"quiet_hours": NIGHT})).add
    assert new.held_until == NOW


def test_a_reply_is_held_as_its_severity_says() -> None:
    first, item = article(), article(2, "Reuters", "ТЕРМІНОВО: КНДР і зброя")
    before = rows(opened())
    joined = case(item, verdict(first, "arms"), others=[first], deliveries=before, channel={"digest": 7200.0})
    (reply,) = decide(joined).add
    assert (reply.alert.kind, reply.held_until) == (MessageKind.REPLY, NOW + timedelta(hours=2))
    assert reply.expires_at == NOW + timedelta(hours=2, days=2)


# --------------------------------------------------------------------------- bursts

BURST = {"burst": Burst(1, 600.0)}
BUSY = History(rung=(NOW - timedelta(seconds=9),))


def burst(known: History = BUSY, name: str = "arms", **more: Any) -> Decision:
    first = article()
    return decide(case(first, verdict(first, name), channel=BURST, histories={"desk": known}, **more))


def under_way(severity: Severity = Severity.NORMAL, **more: Any) -> Delivery:
    said = replace(opened().add[0].alert, severity=severity)
    message = digest.rolling("desk", NewDelivery("desk", "alert:4:arms:desk", said), NOW, LATER)
    return _row(3, message, {"state": State.SENT, "sent_revision": 1} | more)


def test_a_burst_opens_one_message() -> None:
    decision = burst()
    message, member = decision.add
    assert (message.dedupe, message.alert.kind) == ("burst:desk:alert:5:arms:desk", MessageKind.DIGEST)
    assert member.carried_by == message.dedupe
    assert message.expires_at == NOW + timedelta(days=2)
    assert decision.histories["desk"].rolling == message.dedupe


def test_further_alerts_join_it() -> None:
    row = under_way()
    decision = burst(replace(BUSY, rolling=row.dedupe), rolling={"desk": row})
    (member,) = decision.add
    assert member.carried_by == row.dedupe
    ((ident, alert),) = decision.amend
    assert (ident, alert.headline) == (3, "2 more alerts")


@pytest.mark.parametrize(
    ("row", "name"),
    [(under_way(state=State.DEAD), "arms"), (under_way(Severity.LOW), "arms"), (under_way(), "loud")],
    ids=["dead", "silent", "louder"],
)
def test_a_message_that_cannot_ring_for_it_is_followed_by_another(row: Delivery, name: str) -> None:
    decision = burst(replace(BUSY, rolling=row.dedupe), name, rolling={"desk": row})
    assert [new.alert.kind for new in decision.add] == [MessageKind.DIGEST, MessageKind.ALERT]
    assert decision.amend == ()


def test_the_message_of_an_earlier_burst_takes_nothing() -> None:
    row = under_way()
    assert len(burst(replace(BUSY, rolling=None), rolling={"desk": row}).add) == 2


def test_what_never_rings_makes_no_burst() -> None:
    first = article()
    decision = decide(case(first, verdict(first, "low"), channel=BURST))
    assert decision.histories["desk"].rung == ()


def test_an_article_that_is_judged_again_has_nobody_to_ring_beside() -> None:
    first = article()
    assert decide(case(first, verdict(first, "arms", "Блінкен"), deliveries=rows(opened()), now=LATER)) == Decision()
