"""Whatever becomes of stories, in whatever order: each event rings once, and no merge, split or kill hides one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.policy_harness import NIGHT, PolicyHarness
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor.alert.policy import ALERT, REPLY_PAUSE
from monitor.model import (
    Act,
    ActKind,
    Article,
    Channel,
    Delivery,
    JoinReason,
    JoinRule,
    MessageKind,
    MuteKind,
    Relation,
    Severity,
    State,
    Story,
    Verdict,
    Watchlist,
)
from monitor.pipeline.acks import end_mute, mark_story
from monitor.pipeline.alerting import JoinedArticle, write_alerts
from monitor.pipeline.grouping import are_free, can_split, merge, split, tell_united, unite
from monitor.store import Transaction

LISTS = ("arms", "loud", "alarm")
OUTLETS = ("Yonhap", "Reuters", "Ukrinform")
WATCHLISTS = [
    Watchlist(name, severity=severity, notify=("desk",))
    for name, severity in zip(LISTS, (Severity.NORMAL, Severity.HIGH, Severity.CRITICAL), strict=True)
]
CONFIGS: list[dict[str, Any]] = [{}, {"quiet_hours": NIGHT}, {"digest": 7200.0}]


class KilledError(Exception):
    """The process was killed before its transaction was committed."""


@dataclass
class StoryDesk(PolicyHarness):
    """Articles come, join, and are regrouped, as the judge and the bot do it."""

    wanted: dict[int, set[str]] = field(default_factory=dict)  # article → watchlists that match it
    acked: set[int] = field(default_factory=set)  # rows below which somebody's name stands
    dies: bool = False  # the next transaction is killed before its end, and done again

    def write(self, step: Callable[[Transaction], object]) -> None:
        if self.dies:
            self.dies = False
            before = [(row.id, row.state, row.revision) for row in self.rows()]
            with suppress(KilledError), self.store.begin() as tx:
                step(tx)
                raise KilledError
            assert [(row.id, row.state, row.revision) for row in self.rows()] == before
        with self.store.begin() as tx:
            step(tx)

    def stories(self) -> list[Story]:
        """Return the stories with articles, the oldest first."""
        with self.store.begin() as tx:
            ids = sorted({home for ident in self.wanted if (home := tx.story_of(ident)) is not None})
            return [tx.story(ident) for ident in ids]

    def come(self, home: int | None, lists: Sequence[str], outlet: str, relation: Relation, wounded: int) -> None:
        """Judge an article: it opens a story, or joins by an article of one that may be elsewhere by now."""
        self._articles += 1
        now, number = self.clock.now(), self._articles
        url = f"https://{outlet.lower()}.example/{number}"
        title = f"Shelling wounds {wounded}, report {number}"
        article = Article(url, title, f"{title}. Text.", outlet, "en", published=now, seen_at=now, key=url)

        def step(tx: Transaction) -> None:
            ident = tx.add_article(article)
            tx.add_verdicts(ident, [Verdict(name, matched=True, reason="1 term", terms=("x",)) for name in lists])
            story = tx.create_story(now, ident) if home is None else home
            story = tx.join_story(story, ident, Relation.FIRST if home is None else relation, (), now)
            if home is not None:
                tx.keep_reason(story, ident, JoinReason(JoinRule.WORDS, tx.story(story).members[0].article_id, 0.5))
            before = [row for row in tx.deliveries_of(story) if row.alert.kind is MessageKind.REPLY]
            write_alerts(tx, JoinedArticle(replace(article, id=ident), story), self.rules, now)
            replies = {row.id for row in tx.deliveries_of(story) if row.dedupe.startswith("reply:")}
            if replies - {row.id for row in before}:
                assert all(row.created_at <= now - REPLY_PAUSE for row in before), "two replies in half an hour"
            self.wanted[ident] = set() if tx.story(story).muted else set(lists)

        self.write(step)

    def send(self) -> None:
        before = set(self.messages)
        super().send()
        with self.store.begin() as tx:
            for ident in self.messages.keys() - before:
                row = tx.delivery(self.messages[ident].row)
                assert row is not None
                assert row.story_id is None or not tx.story(row.story_id).muted, "a muted story rang"

    def unite(self, one: Story, other: Story) -> None:
        """Make two stories one by an article that belongs to both, which has just joined the first."""
        now = self.clock.now()
        if not are_free((one, other), now):
            return

        def step(tx: Transaction) -> None:
            reason = JoinReason(JoinRule.BRIDGE, one.members[-1].article_id, 0.8, ("launch",))
            kept, gone = unite(tx, (tx.story(one.id), tx.story(other.id)), reason, now)
            tell_united(tx, kept.id, gone, {row.id: row for row in tx.deliveries_of(kept.id)}, now)

        self.write(step)

    def merge(self, one: Story, other: Story) -> None:
        self.write(lambda tx: merge(tx, in_force(self.rules), (one, other), user=7, now=self.clock.now()))

    def split(self, story: Story, which: int) -> None:
        ident = story.members[which % len(story.members)].article_id
        if can_split(story, ident):
            self.write(lambda tx: split(tx, in_force(self.rules), story, ident, user=7, now=self.clock.now()))

    def act(self, story: Story, deed: ActKind) -> None:
        """Press a button below a story's message."""
        now = self.clock.now()

        def step(tx: Transaction) -> None:
            act = Act(deed, 7, "Ann", now)
            if deed is ActKind.MUTE:
                tx.mute(MuteKind.STORY, str(story.id), None, 7)
            if deed is ActKind.UNMUTE:
                end_mute(tx, story.id, act)
            else:
                mark_story(tx, story.id, act, now, None)

        self.write(step)
        if deed is ActKind.ACK:
            with self.store.begin() as tx:
                self.acked |= {row.id for row in tx.deliveries_of(story.id) if _names(row, ActKind.ACK)}

    def lose_a_call(self) -> None:
        """Begin a call, lose the process, start again, and find that the message is not there."""
        with self.store.begin() as tx:
            tx.claim_delivery(["desk"], "lane:desk", self.clock.now())
            tx.recover_deliveries()
            for row in tx.unknown_deliveries(["desk"]):
                tx.mark_ready(row.id, self.clock.now(), "it did not arrive")


def _names(row: Delivery, deed: ActKind) -> bool:
    return any(each.deed is deed for each in row.alert.acts)


Step = Callable[[StoryDesk], None]


def come(which: int, lists: Sequence[str], outlet: str, relation: Relation, wounded: int) -> Step:
    def step(desk: StoryDesk) -> None:
        known = desk.stories()
        home = known[which % len(known)].id if known and which >= 0 else None
        desk.come(home, lists, outlet, relation, wounded)

    return step


def regroup(deed: str, one: int, other: int) -> Step:
    def step(desk: StoryDesk) -> None:
        known = desk.stories()
        if not known:
            return
        first, second = known[one % len(known)], known[other % len(known)]
        if deed == "split":
            desk.split(first, other)
        elif first.id != second.id:
            getattr(desk, deed)(first, second)

    return step


def press(deed: ActKind, which: int) -> Step:
    def step(desk: StoryDesk) -> None:
        known = desk.stories()
        if known:
            desk.act(known[which % len(known)], deed)

    return step


def pass_(seconds: float) -> Step:
    def step(desk: StoryDesk) -> None:
        desk.away &= seconds < 2 * REPLY_PAUSE.total_seconds()  # what waits for a day expires: another promise
        desk.pass_(seconds, step=max(60.0, seconds / 5))

    return step


def be(name: str, *, value: bool) -> Step:
    return lambda desk: setattr(desk, name, value)


def lose(desk: StoryDesk) -> None:
    desk.lose_a_call()


MATCHED = st.lists(st.sampled_from(LISTS), max_size=2, unique=True)
STEPS = st.one_of(
    st.builds(
        come,
        st.integers(-2, 6),
        MATCHED,
        st.sampled_from(OUTLETS),
        st.sampled_from([Relation.SAME, Relation.COPY, Relation.VERSION]),
        st.integers(2, 6),
    ),
    st.builds(regroup, st.sampled_from(["unite", "merge", "split"]), st.integers(0, 6), st.integers(0, 6)),
    st.builds(press, st.sampled_from([ActKind.MUTE, ActKind.UNMUTE, ActKind.ACK]), st.integers(0, 6)),
    st.sampled_from([1.0, 400.0, 1900.0, 40_000.0, 300_000.0]).map(pass_),
    st.builds(be, st.sampled_from(["away", "dies"]), value=st.booleans()),
    st.just(lose),
)


def check(desk: StoryDesk) -> None:
    """Compare the outbox and what the channel shows with what came."""
    stories, rows = desk.stories(), desk.rows()
    homes = Counter(member.article_id for story in stories for member in story.members)
    assert homes == Counter(dict.fromkeys(desk.wanted, 1)), "each article is in one story"
    assert {row.state for row in rows} <= {State.SENT, State.MUTED}, "nothing waits"
    by_id = {row.id: row for row in rows}
    shown = {message.row: message for message in desk.messages.values()}
    for story in stories:
        mine = [row for row in rows if row.story_id == story.id]
        tells = [row for row in mine if row.alert.kind in (MessageKind.ALERT, MessageKind.REPLY)]
        for name in {name for member in story.members for name in desk.wanted[member.article_id]}:
            own = [row for row in tells if name in (row.alert.watchlist, *row.alert.also)]
            assert own, f"{name} was told nothing of story {story.id}"
            carriers = [_carrier(by_id, row) for row in own]
            assert all(row.state is State.MUTED or row.id in shown for row in carriers)
        heads = [row for row in mine if row.dedupe.startswith(ALERT) and _carrier(by_id, row).id in shown]
        fronts = [row for row in heads if not row.alert.pointer and not _is_told_by_alert(by_id, row)]
        assert len(fronts) <= 1, "one message tells a story, and others point to it"
        assert fronts or not heads, "what a pointer leads to is there"
    assert all(_names(by_id[ident], ActKind.ACK) for ident in desk.acked)
    for row in rows:
        if row.alert.pointer and row.alert.follows is not None:
            assert row.alert.follows.message != row.message_id, "no pointer leads to itself"


def _is_told_by_alert(by_id: dict[int, Delivery], row: Delivery) -> bool:
    """Return whether the alert of another row tells what a row would: it was superseded by it."""
    return row.in_digest is not None and by_id[row.in_digest].alert.kind is MessageKind.ALERT


def _carrier(by_id: dict[int, Delivery], row: Delivery) -> Delivery:
    while row.in_digest is not None:
        row = by_id[row.in_digest]
    return row


def live(steps: Sequence[Step], config: dict[str, Any], hour: int) -> None:
    """Let a plan happen, then time pass until all is sent, and compare."""
    clock = FixedClock(datetime(2024, 3, 29, hour, 10, tzinfo=UTC))
    desk = StoryDesk(WATCHLISTS, [Channel("desk", "telegram", {"chat": -1}, **config)], clock)
    try:
        for step in steps:
            step(desk)
            desk.tick()
        desk.away = False
        desk.pass_(3 * 86400, step=3 * 3600)
        check(desk)
        before = {ident: message.edits for ident, message in desk.messages.items()}
        desk.pass_(86400, step=6 * 3600)
        assert {ident: message.edits for ident, message in desk.messages.items()} == before, "nothing is sent twice"
    finally:
        desk.store.close()


@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, max_size=22), config=st.sampled_from(CONFIGS), hour=st.sampled_from([9, 20]))
def test_each_event_is_told_once_whatever_becomes_of_its_story(
    steps: Sequence[Step], config: dict[str, Any], hour: int
) -> None:
    live(steps, config, hour)
