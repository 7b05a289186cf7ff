"""Whatever happens in whatever order, each alert is in exactly one message that goes out, or muted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doubles.clock import FixedClock
from doubles.policy_harness import PolicyHarness
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Alert, Burst, Channel, MessageKind, MuteKind, QuietHours, Relation, Severity, State, Watchlist

NIGHT = QuietHours("23:00", "07:00", "Europe/Kyiv")
LISTS = ("arms", "loud", "alarm", "cooling")
Act = Callable[[PolicyHarness], None]


def story(*lists: str) -> Act:
    return lambda desk: discard(desk.story(f"story {len(desk.rows())}-{desk._articles}", *lists))


def flood(count: int, *lists: str) -> Act:
    def act(desk: PolicyHarness) -> None:
        for _ in range(count):
            story(*lists)(desk)

    return act


def discard(_: object) -> None:
    return


def join(which: int, relation: Relation, *lists: str) -> Act:
    def act(desk: PolicyHarness) -> None:
        with desk.store.begin() as tx:
            last = max((row.story_id or 0 for row in tx.deliveries(limit=10_000)), default=0)
        if last:
            source = f"Outlet {desk._articles}"
            desk.join(1 + which % last, f"joined {desk._articles}", *lists, source=source, relation=relation)

    return act


def pass_(seconds: float) -> Act:
    return lambda desk: desk.pass_(seconds, step=max(60.0, seconds / 5))


def set_clock(seconds: float) -> Act:
    def act(desk: PolicyHarness) -> None:
        desk.clock.set_wall(seconds)
        with desk.store.begin() as tx:
            tx.shift_schedule(seconds)

    return act


def be(*, away: bool) -> Act:
    return lambda desk: setattr(desk, "away", away)


def fail(desk: PolicyHarness) -> None:
    desk.fail("desk")


def claim_and_lose(desk: PolicyHarness) -> None:
    """Begin a call, lose the process, start again, and find that the message is not there."""
    with desk.store.begin() as tx:
        tx.claim_delivery(["desk"], "lane:desk", desk.clock.now())
        tx.recover_deliveries()
        for row in tx.unknown_deliveries(["desk"]):
            tx.mark_ready(row.id, desk.clock.now(), "it did not arrive")


def mute(name: str) -> Act:
    def act(desk: PolicyHarness) -> None:
        with desk.store.begin() as tx:
            tx.mute(MuteKind.WATCHLIST, name, desk.clock.now() + timedelta(hours=1), 7)

    return act


def configure(**more: Any) -> Act:
    def act(desk: PolicyHarness) -> None:
        desk.channels = [Channel("desk", "telegram", {"chat": -1}, **more)]

    return act


CONFIGS: list[dict[str, Any]] = [
    {},
    {"quiet_hours": NIGHT},
    {"digest": 7200.0},
    {"burst": Burst(2, 600.0)},
    {"quiet_hours": NIGHT, "digest": "08:00", "burst": Burst(3, 3600.0)},
    {"quiet_hours": NIGHT, "digest": ("08:00", "20:00"), "timezone": "Asia/Seoul"},
]
MATCHED = st.lists(st.sampled_from(LISTS), min_size=1, max_size=3, unique=True)
ACTS = st.one_of(
    MATCHED.map(lambda lists: story(*lists)),
    st.builds(lambda count, lists: flood(count, *lists), st.integers(3, 8), MATCHED),
    st.builds(
        lambda which, relation, lists: join(which, relation, *lists),
        st.integers(0, 30),
        st.sampled_from([Relation.SAME, Relation.COPY, Relation.VERSION]),
        MATCHED,
    ),
    st.sampled_from([1.0, 300.0, 1900.0, 7200.0, 40_000.0]).map(pass_),
    st.sampled_from([-86400.0, -3600.0, 3600.0, 86400.0]).map(set_clock),
    st.booleans().map(lambda away: be(away=away)),
    st.sampled_from([fail, claim_and_lose]),
    st.sampled_from(LISTS).map(mute),
    st.sampled_from(CONFIGS).map(lambda more: configure(**more)),
)


def watchlists(updates: str) -> list[Watchlist]:
    severities = (Severity.NORMAL, Severity.HIGH, Severity.CRITICAL, Severity.LOW)
    return [
        Watchlist(
            name, severity=severity, notify=("desk",), updates=updates, cooldown=1800.0 if name == "cooling" else 0.0
        )
        for name, severity in zip(LISTS, severities, strict=True)
    ]


def told(alert: Alert) -> list[Alert]:
    return list(alert.items) if alert.kind is MessageKind.DIGEST else [alert]


def check(desk: PolicyHarness) -> None:
    """Compare what was written with what the channel shows."""
    rows = {row.id: row for row in desk.rows()}
    own = {row.id for row in rows.values() if row.in_digest is None and row.state is not State.MUTED}
    assert {row.state for row in rows.values()} <= {State.SENT, State.MUTED}
    assert Counter(shown.row for shown in desk.messages.values()) == Counter(own), "one message a row, sent once"
    for row in rows.values():
        if row.state is State.MUTED or row.alert.kind is MessageKind.DIGEST:
            continue
        speaker = row  # the row that speaks for the watchlist's
        while speaker.in_digest is not None and rows[speaker.in_digest].alert.kind is not MessageKind.DIGEST:
            speaker = rows[speaker.in_digest]
        (shown,) = [each for each in desk.messages.values() if each.row == (speaker.in_digest or speaker.id)]
        (said,) = [alert for alert in told(shown.alert) if alert.url == speaker.alert.url]
        assert row.alert.watchlist in (said.watchlist, *said.also), "its message names its watchlist"
    items = Counter(item.url for shown in desk.messages.values() for item in told(shown.alert))
    assert all(count == 1 or url is None for url, count in items.items()), "no article opens two messages"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(ACTS, max_size=25),
    first=st.sampled_from(CONFIGS),
    hour=st.integers(0, 23),
    updates=st.sampled_from(["edit", "reply", "off"]),
)
def test_each_alert_is_in_exactly_one_message(
    acts: Sequence[Act], first: dict[str, Any], hour: int, updates: str
) -> None:
    clock = FixedClock(datetime(2024, 3, 30, hour, 10, tzinfo=UTC))  # the night before clocks change in Kyiv
    desk = PolicyHarness(watchlists(updates), [Channel("desk", "telegram", {"chat": -1}, **first)], clock)
    # What expires is dead and reported, which is another promise.
    desk.settings = {"expire": 1e8, "stale": 7200.0}
    try:
        for act in acts:
            act(desk)
            desk.tick()
        desk.away = False
        desk.pass_(3 * 86400, step=3 * 3600)
        check(desk)
        before = {ident: shown.edits for ident, shown in desk.messages.items()}
        desk.pass_(86400, step=6 * 3600)
        assert {ident: shown.edits for ident, shown in desk.messages.items()} == before, "nothing is sent twice"
    finally:
        desk.store.close()


@pytest.mark.parametrize("config", CONFIGS[1:], ids=str)
def test_what_is_critical_is_never_held(config: dict[str, Any]) -> None:
    clock = FixedClock(datetime(2024, 3, 30, 22, 10, tzinfo=UTC))
    desk = PolicyHarness(watchlists("edit"), [Channel("desk", "telegram", {"chat": -1}, **config)], clock)
    try:
        for number in range(5):
            desk.story(f"story {number}", "alarm")
            desk.tick()
        assert desk.said() == [f"story {number}" for number in range(5)]
    finally:
        desk.store.close()
