"""What is kept: one transaction holds all that a stage decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from monitor.model import (
    Address,
    Alert,
    Article,
    ClaimNote,
    CleanUp,
    ClockState,
    Delivery,
    Entry,
    FaultedEntry,
    JoinReason,
    Kept,
    Lane,
    LiveArticle,
    Mute,
    NewDelivery,
    PendingEntry,
    Receipt,
    Relation,
    Rhythm,
    SignOfLife,
    Source,
    SourceState,
    Story,
    Validators,
    Verdict,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PollRecord:
    """Everything one poll changes, written in one transaction."""

    source_id: int
    at: datetime
    next_poll_at: datetime
    interval: float
    failures: int
    validators: Validators = Validators()
    body_hash: str | None = None
    error: str | None = None
    error_kind: str | None = None
    stopped: bool = False
    baseline: bool = False  # this poll was the source's first success
    entries: tuple[Entry, ...] = ()  # new and edited ones; see Transaction.record_poll
    late_before: datetime | None = None  # entries published before this are `late`
    notes: tuple[str, ...] = field(default=())


class Transaction(Protocol):
    """One open transaction: all of it happens, or none."""

    # sources
    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the table follow the configuration: new ones are due now, missing ones are kept but polled no more."""
        ...

    def due_sources(self, now: datetime, limit: int) -> list[SourceState]:
        """Return active sources whose `next_poll_at` has come, longest due first."""
        ...

    def source_states(self) -> list[SourceState]:
        """Return all configured sources, by name."""
        ...

    def source_state(self, source_id: int) -> SourceState | None:
        """Return one configured source; None where it is configured no more."""
        ...

    def postpone_source(self, source_id: int, until: datetime) -> None:
        """Put the next poll off: nothing else is changed."""
        ...

    def unseen_entries(self, source_id: int, entries: Sequence[Entry]) -> list[Entry]:
        """Return the new entries, with keys of their own, and the edited ones, with their known keys; see `identity`.

        A guid or link that was renewed, and nothing else of its entry, is written at once: that is no news.
        """
        ...

    def record_poll(self, record: PollRecord) -> int:
        """Write a poll's facts and its entries as pending; return how many entries are new."""
        ...

    # entries
    def due_entries(self, now: datetime, limit: int, without: Collection[str] = ()) -> list[PendingEntry]:
        """Return pending entries whose time has come, oldest first, without those of the sources named."""
        ...

    def pending_entry(self, entry_id: int) -> PendingEntry | None:
        """Return one entry that is still pending; None where it was judged meanwhile."""
        ...

    def pending_count(self, *, late: bool = False, baseline: bool = False, flood: bool = False) -> int:
        """Count entries still to be judged; with `late`, `baseline` or `flood`, only those."""
        ...

    def namesakes(self, entry_id: int) -> tuple[list[Entry], list[Entry], list[Entry]]:
        """Return other entries of an entry's source: with its link (tracking aside), with its guid, with its title."""
        ...

    def entries_of(self, article_id: int) -> list[tuple[str, Entry]]:
        """Return (name of the source, entry) of all entries that brought an article."""
        ...

    def article_of(self, entry_id: int) -> Article | None:
        """Return the article that an entry was judged by; None where it was not."""
        ...

    def defer_entry(self, entry_id: int, due_at: datetime, error: str, *, counts: bool = True) -> None:
        """Put a pending entry off; `counts` says whether this was one of its attempts."""
        ...

    def fault_entry(self, entry_id: int, at: datetime, due_at: datetime | None, fault: str) -> None:
        """Count an internal error at a pending entry; with `due_at` None the entry is given up, and its row kept."""
        ...

    def faulted_entries(self, since: datetime, at_least: int) -> list[FaultedEntry]:
        """Return entries that ended after `at_least` internal errors, the last one after `since`; newest first."""
        ...

    def finish_entry(self, entry_id: int, article_id: int | None, error: str | None = None) -> None:
        """Mark an entry as judged (or, with `article_id` None, as given up for `error`)."""
        ...

    # articles and stories
    def article_by_key(self, key: str) -> Article | None:
        """Return the stored article with this key."""
        ...

    def add_article(self, article: Article) -> int:
        """Store an article, or replace the text of the one with its key; return its id."""
        ...

    def add_verdicts(self, article_id: int, verdicts: Iterable[Verdict]) -> None:
        """Replace what the watchlists decided about an article; only matched ones, and near misses, are kept."""
        ...

    def live_ids(self, since: datetime, until: datetime = ...) -> list[int]:
        """Return the ids of articles first or last seen at or after `since`, in order."""
        ...

    def live_articles(self, ids: Sequence[int]) -> list[LiveArticle]:
        """Return the story and what is kept of each of these articles that has a story, in order of id."""
        ...

    def outdated_ids(self, since: datetime, entities: str) -> list[int]:
        """Return the ids of articles last seen at or after `since` whose entities another catalogue gave, in order."""
        ...

    def articles(self, ids: Sequence[int]) -> list[Article]:
        """Return these articles, in order of id."""
        ...

    def keep_features(self, rows: Iterable[tuple[int, datetime, Kept]]) -> None:
        """Keep, by article id and the time it was last seen, what the index needs; what was kept before is replaced."""
        ...

    def create_story(self, at: datetime, opened_by: int | None = None) -> int:
        """Open a story by its first article; return its id, or that of the story that the article opened before."""
        ...

    def join_story(self, story_id: int, article_id: int, relation: Relation, cites: Sequence[str], at: datetime) -> int:
        """Add an article to a story, or update whom it cites where it is a member already: how it joined stays.

        Return the id of the story that the article is in: where it is in another one, nothing is changed.
        """
        ...

    def story_of(self, article_id: int) -> int | None:
        """Return the id of the story that the article is in; None where it is in none."""
        ...

    def keep_reason(self, story_id: int, article_id: int, reason: JoinReason) -> None:
        """Remember why an article joined a story; what is remembered already stays."""
        ...

    def story(self, story_id: int) -> Story:
        """Return a story with its members, oldest first."""
        ...

    def verdicts_of(self, story_id: int) -> list[tuple[int, Verdict]]:
        """Return (article id, verdict) of all matched verdicts on the story's articles."""
        ...

    # outbox (states and transitions: docs/delivery.md)
    def deliveries_of(self, story_id: int) -> list[Delivery]:
        """Return the story's rows, oldest first."""
        ...

    def delivery(self, delivery_id: int) -> Delivery | None:
        """Return one row; None where there is none."""
        ...

    def add_delivery(self, new: NewDelivery, now: datetime) -> int | None:
        """Add a READY (or HELD, or MUTED) row; None where `dedupe` is known: nothing is added.

        With `held_until`, or carried by another row, it is HELD; where there is no such other row, it goes by itself.
        """
        ...

    def amend_delivery(self, delivery_id: int, alert: Alert, now: datetime) -> None:
        """Replace what a row says; a SENT row becomes READY (an edit), others keep their state."""
        ...

    def claim_delivery(self, channels: Sequence[str], lane: str, now: datetime) -> Delivery | None:
        """Take the lane's next READY due row as SENDING, attempts + 1, with the lane's last known message id.

        New messages go first, in the order of their ids, then edits. Gives None where nothing is due, the lane is
        paused or suspended, a row of it is SENDING, or a new message is UNKNOWN.
        """
        ...

    def sending_deliveries(self, channels: Sequence[str]) -> list[Delivery]:
        """Return the SENDING rows of some channels, oldest first."""
        ...

    def unknown_deliveries(self, channels: Sequence[str]) -> list[Delivery]:
        """Return rows whose fate is not known, oldest first."""
        ...

    def mark_sent(self, delivery_id: int, lane: str, receipt: Receipt, now: datetime) -> None:
        """SENT, or READY again where the row was amended meanwhile; members of a digest follow it."""
        ...

    def mark_ready(
        self,
        delivery_id: int,
        due_at: datetime,
        error: str | None,
        *,
        forget_message: bool = False,
        repair: bool = False,
        sent_anew: bool = False,
    ) -> None:
        """READY again at `due_at`: a failed call that was certainly not accepted."""
        ...

    def mark_refused_link(self, delivery_id: int, url: str | None) -> None:
        """Keep that a button with this link was refused: from now on the link stands in the text."""
        ...

    def mark_too_long(self, delivery_id: int) -> None:
        """Keep that the row was refused as too long: from now on it has fewer lines."""
        ...

    def mark_unknown(self, delivery_id: int, error: str) -> None:
        """UNKNOWN: the call may have been accepted."""
        ...

    def mark_dead(self, delivery_id: int, error: str) -> None:
        """DEAD: listed by `alerts --dead`, replayable."""
        ...

    def recover_deliveries(self) -> int:
        """Make every SENDING row UNKNOWN (at start, before any lane runs); return how many."""
        ...

    def expire_deliveries(self, now: datetime) -> list[Delivery]:
        """Make READY rows past `expires_at`, never sent, DEAD; return them."""
        ...

    def delivery_named(self, dedupe: str) -> Delivery | None:
        """Return the row with this `dedupe`; None where there is none."""
        ...

    def due_holds(self, now: datetime, *, catching_up: bool = False) -> list[Delivery]:
        """Return HELD rows whose time has come and that no other row carries, by channel and age.

        `catching_up`: without those that wait for nothing but the end of the catching up.
        """
        ...

    def unsent_deliveries(self, channel: str, waiting_since: datetime) -> list[Delivery]:
        """Return the channel's rows that were free to go by then, were never sent and are not on their way."""
        ...

    def hold_deliveries(self, delivery_ids: Sequence[int], until: datetime) -> None:
        """Make rows HELD (again) until then; what was sent, or is on its way, is left."""
        ...

    def shorten_holds(self, channel: str, until: datetime) -> int:
        """Let no row of the channel be held for longer; return how many were."""
        ...

    def release_deliveries(self, delivery_ids: Sequence[int], now: datetime, expires_at: datetime) -> None:
        """HELD → READY (or SUSPENDED, as the lane is), as themselves."""
        ...

    def mute_deliveries(self, delivery_ids: Sequence[int]) -> None:
        """Let rows that wait never be sent (MUTED), and those that they carry; what is sent or on its way is left."""
        ...

    def add_digest(self, new: NewDelivery, members: Sequence[int], now: datetime) -> int | None:
        """Add a row that carries HELD rows; None where its `dedupe` is known: then nothing is changed."""
        ...

    def grow_digest(self, digest_id: int, alert: Alert, members: Sequence[int], now: datetime) -> None:
        """Let a row carry more HELD rows, with the words that say so."""
        ...

    def waiting_digest(self, channel: str) -> Delivery | None:
        """Return the channel's newest digest that was never sent and is not on its way."""
        ...

    def carried_deliveries(self, delivery_id: int) -> list[Delivery]:
        """Return the rows that another row's message carries (a digest's, a burst's), oldest first."""
        ...

    def deliveries(self, *, state: str | None = None, channel: str | None = None, limit: int = 100) -> list[Delivery]:
        """Return the newest rows, newest first."""
        ...

    def delivery_counts(self) -> dict[str, int]:
        """Count the outbox's rows by state."""
        ...

    def replay_delivery(self, delivery_id: int, now: datetime) -> bool:
        """DEAD → READY with a fresh expiry; False where there is no such dead row."""
        ...

    def next_due(self, channels: Sequence[str], lane: str) -> datetime | None:
        """Return when the lane has something to do next."""
        ...

    def lane(self, name: str) -> Lane:
        """Return what is remembered of a lane (a blank one where nothing is)."""
        ...

    def save_lane(self, lane: Lane, channels: Sequence[str] = ()) -> None:
        """Remember a lane; suspending one makes its READY rows SUSPENDED, resuming makes them READY.

        Its rows are those of `channels` and of the channels that it was claimed for before.
        """
        ...

    def save_claim_note(self, lane: str, note: ClaimNote) -> None:
        """Keep what was true when the lane claimed a row, in place of the last such note."""
        ...

    def claim_note(self, lane: str) -> ClaimNote | None:
        """Return the note of the lane's last claim; None where there is none."""
        ...

    def save_look(self, lane: str, row: int, attempts: int, found: str) -> None:
        """Keep what the look for this attempt at a row has found out so far, in place of the lane's last look."""
        ...

    def look(self, lane: str, row: int, attempts: int) -> str | None:
        """Return what looks for this attempt at a row have found out; None where none was begun."""
        ...

    def saw_id(self, numbering: str, message_id: int) -> None:
        """Remember a message id of a numbering, whichever lanes share it; the greatest are kept."""
        ...

    def seen_ids(self, numbering: str) -> list[int]:
        """Return the latest message ids of a numbering, the greatest last."""
        ...

    def address(self, channel: str) -> Address:
        """Return where a channel's messages go (a blank one where nothing is known)."""
        ...

    def save_address(self, channel: str, address: Address) -> None:
        """Keep where a channel's messages go."""
        ...

    # what operators must know of
    def suspended_lanes(self) -> list[tuple[Lane, list[str]]]:
        """Return each lane whose chat refuses messages, with the names of its channels."""
        ...

    def given_up(self, since: datetime) -> list[Delivery]:
        """Return DEAD rows that were written after `since`, oldest first, and none that shared another row's fate."""
        ...

    def waiting_since(self, channels: Iterable[str], now: datetime, patience: timedelta) -> datetime | None:
        """Return since when the oldest message to one of `channels` has waited in vain; None where none does."""
        ...

    def rhythms(self, source_ids: Sequence[int], since: datetime) -> dict[int, Rhythm]:
        """Return the rhythm of each source that had news after `since`; several entries of one poll count once."""
        ...

    # what reports are counted from
    def alerts_since(
        self, since: datetime, *, channels: Iterable[str] | None = None, limit: int = 10_000
    ) -> list[Delivery]:
        """Return the alerts (no replies, notices, answers) written after `since`, newest first; of `channels` only."""
        ...

    def sightings(self, deliveries: Sequence[Delivery]) -> dict[int, tuple[datetime | None, datetime]]:
        """Return by id of the alert, when the article that raised it was published (if known) and first seen."""
        ...

    def feedback_of(self, deliveries: Sequence[Delivery]) -> dict[int, tuple[int, int]]:
        """Return (useful, not useful) by id of the alert, of those that somebody judged."""
        ...

    # the bot
    def store_updates(self, batch: Sequence[tuple[int, str]], now: datetime) -> int:
        """Keep updates as (id, body); return how many of them are new. A known id changes nothing."""
        ...

    def open_updates(self, limit: int) -> list[tuple[int, str]]:
        """Return updates that are still to be handled as (id, body), in the order in which they came."""
        ...

    def finish_update(self, update_id: int, now: datetime, error: str | None = None) -> bool:
        """Mark an update as handled (or, with `error`, as given up) and forget its body; False where it was already."""
        ...

    def fail_update(self, update_id: int, error: str) -> int:
        """Count a try that failed; return how many have (0 where there is no such open update)."""
        ...

    def delivery_by_message(self, channel: str, message_id: int) -> Delivery | None:
        """Return the newest row whose message in a channel has this id."""
        ...

    def save_feedback(self, delivery_id: int, user_id: int, *, useful: bool, now: datetime) -> bool:
        """Remember what a user thinks of an alert: the newest word counts. False where there is no such alert."""
        ...

    def feedback_counts(self, since: datetime) -> dict[str, tuple[int, int]]:
        """Return (useful, not useful) of each watchlist that people judged at or after `since`."""
        ...

    def mute(self, kind: str, key: str, until: datetime | None, by: int) -> bool:
        """Send nothing of a story (`key`: its id) or a watchlist (its name) before `until` (None: for good).

        `by` is a user's id. A second mute replaces the first. False where there is no such story; any name of a
        watchlist is taken.
        """
        ...

    def unmute(self, kind: str, key: str) -> bool:
        """End a mute; False where there is none, or its time was over."""
        ...

    def mutes(self, now: datetime) -> list[Mute]:
        """Return the mutes in force, by kind and key."""
        ...

    # the clock
    def clock_state(self) -> ClockState | None:
        """Return what the daemon last knew of the clock; None before its first run."""
        ...

    def save_clock_state(self, beat: ClockState) -> None:
        """Keep what is known of the clock."""
        ...

    def shift_schedule(self, seconds: float, live_since: datetime | None = None) -> None:
        """Move the schedule, and with `live_since` everything younger than that, by `seconds`: the clock was set."""
        ...

    def extend_expiry(self, seconds: float) -> None:
        """Move the expiry of waiting rows by `seconds`, in which nobody tried to send them."""
        ...

    def pull_in(self, now: datetime) -> int:
        """Make due what is put off further than any rule allows; return how many polls and entries."""
        ...

    # the daemon
    def sign_of_life(self) -> SignOfLife | None:
        """Return the last sign of life; None where no daemon has begun, or the last one ended in order."""
        ...

    def save_sign_of_life(self, sign: SignOfLife) -> None:
        """Write the sign of life in place of the last one."""
        ...

    def delete_sign_of_life(self, instance: str) -> None:
        """Remove the sign of life of this run of the daemon: it ended in order."""
        ...

    # odds and ends
    def clean_up(self, before: datetime) -> int:
        """Delete what ended before `before`, but nothing pending or still in a feed; return how much."""
        ...

    def clean_some(self, now: datetime, before: datetime, place: CleanUp, rows: int) -> CleanUp | None:
        """Delete likewise among the next `rows` old rows after `place`; return the next place, None at the end."""
        ...

    def spare_pages(self) -> int:
        """Return how many pages of the file hold nothing and may be given back."""
        ...

    def give_back(self, pages: int) -> None:
        """Return so many pages back to the file system."""
        ...

    def get(self, key: str) -> str | None:
        """Return a remembered value."""
        ...

    def remembered(self, prefix: str) -> dict[str, str]:
        """Return the remembered values whose keys begin with `prefix`."""
        ...

    def put(self, key: str, value: str) -> None:
        """Remember a value."""
        ...


class Store(Protocol):
    """The database. Synchronous; `run` carries a call to its one writing thread."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back when it raises."""
        ...

    async def run(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` in a transaction on the store's thread."""
        ...

    async def verify(self) -> None:
        """Raise LostStoreError where the database is no longer this process's, StoreError where it cannot be asked."""
        ...

    def close(self) -> None:
        """Finish what is under way and close."""
        ...
