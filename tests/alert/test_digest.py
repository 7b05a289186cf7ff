"""Several alerts in one message: what goes together, and that nothing is ever cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alert.render import digest
from monitor.alert.render.telegram import telegram
from monitor.alert.sanitize import bare, units
from monitor.i18n import DEFAULT
from monitor.model import Act, ActKind, Alert, Delivery, Member, MessageKind, NewDelivery, Relation, Severity, State

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)


def alert(title: str = "КНДР і зброя", watchlist: str = "arms", minute: int = 0, **more: object) -> Alert:
    at = NOW + timedelta(minutes=minute)
    member = Member(1, "Ukrinform", "uk", title, "https://x.org/1", at, Relation.FIRST)
    made = Alert(
        MessageKind.ALERT, title, watchlist, source="Ukrinform", at=at, url="https://x.org/1", members=(member,)
    )
    return replace(made, **more)  # type: ignore[arg-type]


def row(ident: int, said: Alert, minute: int = 0) -> Delivery:
    created = NOW + timedelta(minutes=minute)
    return Delivery(
        ident, "desk", f"alert:{ident}", said, State.HELD, ident, None, 1, 0, 0, due_at=NOW, created_at=created
    )


def rows(*alerts: Alert) -> list[Delivery]:
    return [row(number, said) for number, said in enumerate(alerts, 1)]


def lines(said: Alert) -> list[str]:
    return bare(telegram(said, timezone="Europe/Kyiv").plain).split("\n")


def test_stories_stand_below_their_watchlist_the_loudest_first() -> None:
    (batch,) = digest.gathered(
        "desk",
        rows(
            alert("Third", "quiet", severity=Severity.LOW),
            alert("Second", minute=5, severity=Severity.HIGH),
            alert("Fourth", "quiet", 9, severity=Severity.LOW),
            alert("First", minute=1, severity=Severity.HIGH, also=("Arms for Russia",)),
        ),
        NOW,
        expire=3600.0,
    )
    assert batch.members == (4, 2, 1, 3)
    assert batch.new.expires_at == NOW + timedelta(hours=1)
    assert lines(batch.new.alert) == [
        "4 alerts gathered since 10:00",
        "",
        "🔴 arms",
        "• First",
        "Ukrinform 10:01 · also Arms for Russia",
        "• Second",
        "Ukrinform 10:05",
        "",
        "⚪ quiet",
        "• Third",
        "Ukrinform 10:00",
        "• Fourth",
        "Ukrinform 10:09",
    ]


def test_an_item_links_its_article_and_names_its_outlets() -> None:
    members = tuple(
        Member(number, name, "en", "t", None, NOW, Relation.SAME)
        for number, name in enumerate(("Yonhap", "AP", "Yonhap", "Reuters", "AFP"))
    )
    (batch,) = digest.gathered("desk", rows(alert(members=members, source="AFP"), alert()), NOW, expire=1.0)
    shown = telegram(batch.new.alert, timezone="UTC").html
    assert '<a href="https://x.org/1">КНДР і зброя</a>' in shown
    assert "Yonhap, AP, Reuters +1 08:00" in shown


def test_what_is_brief_takes_one_line_each() -> None:
    (batch,) = digest.gathered("desk", rows(*(alert(f"Title {n}", brief=True) for n in range(3))), NOW, expire=60)
    assert lines(batch.new.alert)[-4:] == ["🟡 arms", "• Title 0", "• Title 1", "• Title 2"]
    (batch,) = digest.gathered("desk", rows(alert("Title", brief=True, also=("more",))), NOW, expire=60)
    assert lines(batch.new.alert)[-1] == "• Title · more"


def test_a_flood_of_thirty_is_one_message() -> None:
    long = "A title of the length that most titles of news agencies have, with a place and a name"
    assert len(digest.gathered("desk", rows(*(alert(long, brief=True) for n in range(28))), NOW, expire=60)) == 1


def test_a_reply_says_why_it_rings() -> None:
    reply = alert(kind=MessageKind.REPLY, note="second independent source: Reuters")
    (batch,) = digest.gathered("desk", rows(reply, alert()), NOW, expire=1.0)
    assert "second independent source: Reuters · Ukrinform 10:00" in lines(batch.new.alert)


@pytest.mark.parametrize(("severity", "silent"), [(Severity.LOW, True), (Severity.NORMAL, False)])
def test_a_digest_of_silent_alerts_is_silent(severity: Severity, silent: bool) -> None:
    quiet = alert(severity=Severity.LOW)
    (batch,) = digest.gathered("desk", rows(quiet, replace(quiet, severity=severity)), NOW, expire=1.0)
    assert batch.new.alert.silent is silent
    assert batch.new.alert.severity is severity


def test_the_name_depends_on_the_rows_alone() -> None:
    two = rows(alert("a"), alert("b", "other", 3))
    (one,), (other,) = (digest.gathered("desk", each, NOW, expire=1.0) for each in (two, two[::-1]))
    assert one.new.dedupe == other.new.dedupe
    (third,) = digest.gathered("desk", two[:1], NOW, expire=1.0)
    assert third.new.dedupe != one.new.dedupe
    assert third.new.alert.headline == "1 alert gathered"
    assert digest.gathered("desk", [], NOW, expire=1.0) == []


def test_what_does_not_fit_comes_in_another_message() -> None:
    many = rows(*(alert(f"№ {number} " + "слово " * 20) for number in range(60)))
    batches = digest.gathered("desk", many, NOW, expire=1.0, reason="delayed")
    assert len(batches) > 2
    assert sorted(member for batch in batches for member in batch.members) == [each.id for each in many]
    heads = [lines(batch.new.alert)[0] for batch in batches]
    count = len(batches[0].members)
    assert heads[0] == f"{count} alerts delayed, part 1 of {len(batches)} since 10:00"
    assert len({batch.new.dedupe for batch in batches}) == len(batches)
    for batch in batches:
        assert sum(line.startswith("• ") for line in lines(batch.new.alert)) == len(batch.members)


def test_a_digest_that_waits_takes_more_while_there_is_room() -> None:
    (batch,) = digest.gathered("desk", rows(alert("a", minute=1), alert("b", minute=2)), NOW, expire=1.0)
    waiting = row(9, batch.new.alert)
    more = digest.joined(waiting, [row(8, alert("c", severity=Severity.HIGH), minute=30)])
    assert more is not None
    assert [item.headline for item in more.items] == ["c", "a", "b"]
    assert (more.headline, more.at, more.severity) == ("3 alerts gathered", NOW, Severity.HIGH)
    assert digest.joined(waiting, rows(*[alert("слово " * 30)] * 30)) is None


def test_the_message_of_a_burst_grows_with_the_newest_first() -> None:
    new = NewDelivery("desk", "alert:5:arms:desk", alert("first"))
    message = digest.rolling("desk", new, NOW, NOW + timedelta(days=2))
    assert message.dedupe == "burst:desk:alert:5:arms:desk"
    assert lines(message.alert)[0] == "1 more alert"
    grown = digest.rolled(message.alert, alert("second", "other", 4))
    assert grown is not None
    assert lines(grown) == [
        "2 more alerts since 10:00",
        "",
        "🟡 other",
        "• second",
        "Ukrinform 10:04",
        "",
        "🟡 arms",
        "• first",
        "Ukrinform 10:00",
    ]
    third = digest.rolled(grown, alert("third", minute=9))
    assert third is not None
    assert lines(third)[2:5] == ["🟡 third", "Ukrinform 10:09 · arms", ""], "in turns, each says its own watchlist"


def test_what_is_louder_than_all_in_a_bursts_message_needs_another_one() -> None:
    low = NewDelivery("desk", "a", alert(severity=Severity.LOW))
    silent = digest.rolling("desk", low, NOW, NOW).alert
    assert silent.silent
    assert digest.rolled(silent, alert()) is None, "an edit would not ring"
    normal = digest.rolling("desk", NewDelivery("desk", "b", alert()), NOW, NOW).alert
    assert digest.rolled(normal, alert(severity=Severity.HIGH)) is None
    assert digest.rolled(normal, alert(severity=Severity.LOW)) is not None


def test_what_people_did_with_a_digest_stays_with_it() -> None:
    acts = (Act(ActKind.ACK, 7, "Ann", NOW),)
    rolling = replace(digest.rolling("desk", NewDelivery("desk", "a", alert()), NOW, NOW).alert, acts=acts)
    grown = digest.rolled(rolling, alert())
    (batch,) = digest.gathered("desk", rows(alert(), alert()), NOW, expire=1.0)
    more = digest.joined(row(9, replace(batch.new.alert, acts=acts)), rows(alert()))
    assert grown is not None
    assert more is not None
    assert (grown.acts, more.acts) == (acts, acts)


def test_a_full_message_of_a_burst_takes_no_more() -> None:
    message: Alert | None = digest.rolling("desk", NewDelivery("desk", "a", alert("слово " * 30)), NOW, NOW).alert
    count = 0
    while message is not None:
        count, message = count + 1, digest.rolled(message, alert("слово " * 30))
    assert 8 < count < 30


TEXTS = st.text(max_size=300) | st.text("а🎉 \u0301", max_size=4000)
ALERTS = st.builds(
    alert,
    TEXTS,
    st.sampled_from(["arms", "other", "н" * 100]) | TEXTS,
    st.integers(0, 9999),
    severity=st.sampled_from(Severity),
    source=st.none() | st.sampled_from(["Yonhap", "Ukrinform"]) | TEXTS,
    note=st.none() | TEXTS,
    also=st.lists(TEXTS, max_size=3).map(tuple),
    kind=st.sampled_from([MessageKind.ALERT, MessageKind.REPLY]),
    url=st.none() | st.just("https://x.org/" + "a" * 1000),
)


@settings(deadline=None)
@given(
    alerts=st.lists(ALERTS, min_size=1, max_size=40),
    zone=st.sampled_from(["UTC", "Europe/Kyiv", "Asia/Kathmandu", "America/St_Johns"]),
    later=st.sampled_from([0, 2, 400]),
)
def test_every_item_is_shown_whole_whatever_it_is(alerts: Sequence[Alert], zone: str, later: int) -> None:
    made = rows(*alerts)
    batches = digest.gathered("desk", made, NOW, expire=1.0)
    assert sorted(member for batch in batches for member in batch.members) == [each.id for each in made]
    for batch in batches:
        shown = telegram(batch.new.alert, timezone=zone, now=NOW + timedelta(days=later))
        assert units(shown.plain) <= 4096
        assert " more" not in shown.plain.rpartition("\n")[2]
        assert batch.new.alert.items == tuple(
            next(each.alert for each in made if each.id == member) for member in batch.members
        )
        assert digest.fits(batch.new.alert.items, DEFAULT)
