"""The tables, once for both databases. docs/store.md says what each is for and draws the states of the outbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

from monitor.store import evidence_tables, table_parts, trend_tables
from monitor.store.columns import CleanText, Ident, Key, Moment
from monitor.store.packed import PackedText
from monitor.store.table_parts import make_count, make_flag, make_id, make_reference

HEAD = "0028"
"""The newest migration: a database that carries it is used without loading Alembic. A test holds the two together."""

MARKS = ("guid_mark", "link_mark", "page_mark", "title_mark", "summary_mark")
"""Columns of `entries` by which entries are recognised."""

metadata = table_parts.metadata

EVIDENCE = evidence_tables.EVIDENCE
TRENDS = trend_tables.TRENDS

sources = Table(
    "sources",
    metadata,
    make_id(),
    Column("name", Key, nullable=False, unique=True),
    Column("url", CleanText, nullable=False),
    Column("every", Double),  # NULL: the user wrote none
    Column("language", CleanText),
    Column("timezone", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    make_flag("active"),
    make_flag("stopped"),
    Column("announced", Boolean, nullable=False, default=False, server_default=false()),  # in a 'now watching'
    Column("etag", CleanText),
    Column("last_modified", CleanText),
    Column("body_hash", CleanText),
    Column("next_poll_at", Moment, nullable=False),
    Column("interval", Double, nullable=False),
    make_count("failures"),
    Column("baseline_at", Moment),
    Column("last_poll_at", Moment),
    Column("last_success_at", Moment),
    Column("last_new_at", Moment),
    Column("last_read_at", Moment),  # when the body was last parsed, to the day: see KnownEntries
    Column("error", CleanText),
    Column("error_kind", CleanText),
    Column("notes", Text, nullable=False, default="[]"),
    # What the bodies have shown of the fields: model.Habits. NULL: nothing yet.
    *(
        Column(name, Boolean)
        for name in ("guid_apart", "link_apart", "title_apart", "guid_kept", "link_kept", "page_kept")
    ),
    # How much the source brings: model.Volume.
    Column("busiest", Integer),
    Column("day", Date),
    Column("count", Integer),
    Column("flood", Integer),
    Column("flooded_on", Date),
    # When it publishes: model.ArrivalRate. NULL: as nothing is known yet.
    Column("profile", LargeBinary),
    Column("rate_hour", Integer),
    *(Column(name, Double) for name in ("rate_count", "rate_watched", "excitation", "branching", "spacing")),
    # What its body asks for: model.FeedWishes; hours and days as bits of a number.
    Column("ttl", Double),
    Column("skip_hours", Integer),
    Column("skip_days", Integer),
    # Why next_poll_at is when it is: model.PollReason.
    Column("poll_reason", CleanText),
    Column("poll_number", Double),
    # What permanent redirects say: model.Relocation. NULL: nothing.
    Column("moved_address", CleanText),
    Column("moved_target", CleanText),
    Column("moved_since", Moment),
    Column("moved_sightings", Integer),
    Column("sitemap", Text, nullable=False, default="[]", server_default="[]"),  # as configured
    Column("polls", Text),  # the last ones, newest first: monitor.polling.runs. NULL: none since they are kept
    # The latest gap: model.GapState. NULL: there was none.
    Column("gap_since", Moment),
    Column("gap_until", Moment),
    Column("gap_found_at", Moment),
    Column("gap_expected", Integer),
    Column("gap_reason", CleanText),
    Column("refill_at", Moment),
    Column("refill_tries", Integer),
    Column("refilled", Integer),
    Column("unaccounted", Integer),
    # What robots.txt names, and when it was asked for.
    Column("robots_sitemaps", Text),
    Column("robots_at", Moment),
    Index(None, "active", "stopped", "next_poll_at"),
    sqlite_autoincrement=True,
)

Index(
    "ix_sources_refill_at",
    sources.c.refill_at,
    sqlite_where=sources.c.refill_at.is_not(None),
)

# Subscriptions at hubs (W3C WebSub): `monitor.pipeline.websub`. One not wanted waits for its end by the hub.
subscriptions = Table(
    "subscriptions",
    metadata,
    make_id(),
    make_reference("source_id", "sources.id", cascade=True, nullable=False),
    Column("hub", CleanText, nullable=False),
    Column("topic", CleanText, nullable=False),
    Column("path", Key, nullable=False, unique=True),
    Column("secret", CleanText, nullable=False),
    make_flag("wanted"),
    Column("callback", CleanText),
    Column("expires_at", Moment),
    Column("next_at", Moment, nullable=False),
    make_count("failures"),
    Column("error", CleanText),
    Index(None, "source_id"),
    Index(None, "next_at"),
    sqlite_autoincrement=True,
)

articles = Table(
    "articles",
    metadata,
    make_id(),
    Column("key", Key, nullable=False, unique=True),
    Column("url", CleanText),
    Column("title", CleanText, nullable=False),
    Column("text", PackedText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    Column("zones", Text, nullable=False),
    Column("author", CleanText),
    Column("published", Moment),
    Column("seen_at", Moment, nullable=False),
    Column("guid", CleanText),
    Column("from_summary", CleanText),
    make_count("revisions"),
    Index(None, "seen_at"),
    sqlite_autoincrement=True,
)

# What the story index keeps of an article that is alive (`monitor.story.kept`); gone a day after the article left the
# window. It can always be made again from the article.
article_features = Table(
    "article_features",
    metadata,
    make_reference("article_id", "articles.id", cascade=True, primary_key=True),
    Column("version", Integer, nullable=False),  # of what `kept` is
    Column("entities", Text, nullable=False),  # which catalogue the entities in it were found by
    Column("kept_at", Moment, nullable=False),  # when the article was last seen: the window counts by it
    Column("kept", LargeBinary, nullable=False),
    Index(None, "kept_at"),
)

# One row, where there is an index for searches: which code made its words, and the lowest article id that it holds (all
# that are higher are in it). The index itself is made by the daemon, as it is of another kind in each database.
index_state = Table(
    "index_state",
    metadata,
    Column("id", Ident, primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("low", Ident, nullable=False),
)

# `due_at` says all of an entry's state: with it the entry is pending, without it is judged or given up.
entries = Table(
    "entries",
    metadata,
    make_id(),
    make_reference("source_id", "sources.id", cascade=True, nullable=False),
    Column("key", Key, nullable=False),
    Column("guid", CleanText),
    Column("link", CleanText),
    Column("title", CleanText, nullable=False),
    Column("summary", CleanText, nullable=False),
    Column("author", CleanText),
    Column("published", Moment),
    Column("language", CleanText),
    Column("digest", CleanText, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    make_flag("baseline"),
    make_flag("late"),
    Column("due_at", Moment),
    make_count("attempts"),
    make_count("edits"),
    Column("error", CleanText),
    Column("faults", Integer, nullable=False, default=0, server_default="0"),  # internal errors
    Column("fault", CleanText),  # the last one
    Column("faulted_at", Moment),
    make_reference("article_id", "articles.id"),
    Column("flood", Boolean),
    # Hashes that an entry is found by: identity.Marks. NULL where the field holds nothing.
    *(Column(name, BigInteger) for name in MARKS),
    UniqueConstraint("source_id", "key"),
    sqlite_autoincrement=True,
)
# Partial: pending entries are few among a million. `due_at <= :now` implies the condition, so both planners use it. As
# the other partial indexes it is so in PostgreSQL, too, by the migrations: to say it here would load that dialect.
Index(
    "ix_entries_pending",
    entries.c.baseline,
    entries.c.due_at,
    entries.c.id,
    sqlite_where=entries.c.due_at.is_not(None),
)
Index(
    "ix_entries_faulted",
    entries.c.faulted_at,
    sqlite_where=entries.c.faulted_at.is_not(None),
)
Index(None, entries.c.article_id)
for _name in MARKS:
    Index(
        f"ix_entries_{_name}",
        entries.c.source_id,
        entries.c[_name],
        sqlite_where=entries.c[_name].is_not(None),
    )
Index(None, entries.c.last_seen_at)
Index(None, entries.c.source_id, entries.c.first_seen_at, entries.c.baseline)  # rhythms: read from the index alone

verdicts = Table(
    "verdicts",
    metadata,
    make_reference("article_id", "articles.id", cascade=True, primary_key=True),
    Column("watchlist", Key, primary_key=True),
    make_flag("matched"),
    Column("reason", CleanText, nullable=False),
    Column("terms", Text, nullable=False),
    Column("hits", Text, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    make_id(),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("opened_by", Ident),  # the article; no foreign key, since its id is never given again
    Index(None, "updated_at"),
    Index(None, "opened_by", unique=True),
    sqlite_autoincrement=True,
)

story_members = Table(
    "story_members",
    metadata,
    make_reference("story_id", "stories.id", cascade=True, primary_key=True),
    make_reference("article_id", "articles.id", cascade=True, primary_key=True),
    Column("relation", CleanText, nullable=False),
    Column("cites", Text, nullable=False),
    Column("joined_at", Moment, nullable=False),
    # Why it joined; all NULL where that was before reasons were kept.
    Column("rule", CleanText),
    Column("of_article", Ident),
    Column("score", Double),
    Column("shared", Text),
    Index(None, "article_id"),
)
# An article has one story; what is merely related to others stands there as well.
_is_member = story_members.c.relation != literal_column("'related'")
Index(
    "ix_story_members_one_story",
    story_members.c.article_id,
    unique=True,
    sqlite_where=_is_member,
)

# Splits and merges by hand: what they say of two articles, whose texts they keep (model.GroupedArticle as JSON).
grouping_decisions = Table(
    "grouping_decisions",
    metadata,
    make_id(),
    Column("deed", CleanText, nullable=False),
    Column("user_id", Ident, nullable=False),
    Column("at", Moment, nullable=False),
    Column("one", Text, nullable=False),
    Column("other", Text, nullable=False),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    make_id(),
    Column("channel", Key, nullable=False),
    Column("dedupe", Key, nullable=False, unique=True),
    Column("alert", Text, nullable=False),
    # What the alert is and whose, so that a query need not read the alert itself.
    Column("kind", CleanText, nullable=False, server_default="alert"),
    Column("watchlist", Key),
    Column("state", CleanText, nullable=False),
    make_reference("story_id", "stories.id", index=True),
    make_reference("reply_to", "outbox.id", index=True),
    Column("revision", Integer, nullable=False, default=1),
    make_count("claimed_revision"),
    make_count("sent_revision"),
    make_count("attempts"),
    Column("due_at", Moment, nullable=False),
    Column("held_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("sent_at", Moment),
    Column("claimed_at", Moment),
    Column("message_id", Ident),
    # When that message was sent: later than `sent_at` where an earlier one is gone, or is where the channel was before.
    Column("message_sent_at", Moment),
    Column("last_known_id", Ident),
    make_flag("repaired"),
    Column("refused_url", CleanText),  # a button with this link was refused
    Column("too_long", Boolean, nullable=False, default=False, server_default=false()),  # it was refused as such
    make_reference("in_digest", "outbox.id", index=True),
    make_count("edits"),
    Column("error", CleanText),
    Index(None, "state", "channel", "id"),
    Index(None, "message_id"),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

# Beside the lane's own state: the note of its last claim (model.ClaimNote), and what the look for a row has found out.
# No foreign keys: SQLite adds no column with one. The clean-up blanks what is about a row that it deletes.
lanes = Table(
    "lanes",
    metadata,
    Column("name", Key, primary_key=True),
    Column("used_at", Moment),  # to the day
    Column("last_message_id", Ident),
    Column("chat", Ident),
    Column("paused_until", Moment),
    Column("suspended_at", Moment),
    Column("reason", CleanText),
    Column("claimed_row", Ident),
    Column("claimed_url", CleanText),
    Column("claimed_fingerprint", CleanText),
    Column("claimed_newest", Ident),
    Column("claimed_numbering", Key),
    Column("claimed_unlinked", Boolean),
    Column("claimed_shortened", Boolean),
    Column("claimed_boot", CleanText),
    Column("claimed_mono", Double),
    Column("look_row", Ident),
    Column("look_attempts", Integer),
    Column("look_found", CleanText),
)

# A configured channel, or one that was: the lane that it was last claimed for (a suspended lane's rows are found by
# it), its address, since when that is another than before, the topic that takes no messages, and the `dedupe` of the
# message of the burst under way.
channels = Table(
    "channels",
    metadata,
    Column("name", Key, primary_key=True),
    Column("used_at", Moment, nullable=False),  # to the day
    Column("lane", Key),
    Column("address", CleanText),
    Column("moved_at", Moment),
    Column("topic", CleanText),
    Column("topic_closed_at", Moment),
    Column("burst", Key),
    Index(None, "lane"),
)


def _of_channel(**options: Any) -> Column[str]:
    return Column("channel", Key, ForeignKey("channels.name", ondelete="CASCADE"), nullable=False, **options)


# When alerts and replies that ring were written for a channel (bursts are measured by it), and when each watchlist was
# last heard of in it (cooldowns): model.History.
recent_alerts = Table(
    "recent_alerts",
    metadata,
    make_id(),
    _of_channel(),
    Column("at", Moment, nullable=False),
    Index(None, "channel", "at"),
    sqlite_autoincrement=True,
)
cooldowns = Table(
    "cooldowns",
    metadata,
    _of_channel(primary_key=True),
    Column("watchlist", Key, primary_key=True),
    Column("at", Moment, nullable=False),
)

# Since when each term of a watchlist is in force, when it last matched (to a day), and when operators were notified
# that it does not.
watched_terms = Table(
    "watched_terms",
    metadata,
    Column("watchlist", Key, primary_key=True),
    Column("term", Key, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("matched", Moment),
    Column("told", Moment),
)

# The latest message ids of each sequence by which a server counts messages: the probe passes over them.
message_ids = Table(
    "message_ids",
    metadata,
    Column("numbering", Key, primary_key=True),
    Column("message_id", Ident, primary_key=True, autoincrement=False),
    Column("seen_at", Moment, nullable=False),
)

# What is wrong at the moment, and what operators were told of it: model.OpenIncident. A subject may be of any length:
# no index holds it.
incidents = Table(
    "incidents",
    metadata,
    make_id(),
    Column("kind", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("version", CleanText, nullable=False),
    Column("line", CleanText, nullable=False),
    make_flag("urgent"),
    Column("since", Moment, nullable=False),
    Column("told", Moment),
    Column("gone", Moment),
    sqlite_autoincrement=True,
)

# When operators were last notified of a first incident of a kind: others of it wait for some minutes.
incident_kinds = Table(
    "incident_kinds",
    metadata,
    Column("kind", Key, primary_key=True),
    Column("announced", Moment, nullable=False),
)

# The key is a model.Fact, which says what each value is.
memory = Table(
    "memory",
    metadata,
    Column("key", Key, primary_key=True),
    Column("value", CleanText, nullable=False),
)

# One row: what the daemon knows of the wall clock. docs/clocks.md.
clock = Table(
    "clock",
    metadata,
    Column("id", Ident, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("mono", Double, nullable=False),
    Column("boot", CleanText),
    Column("ahead", Double, nullable=False),
    Column("agreed", Double, nullable=False),
)

# One row: how often a daemon has taken the database's lock. Whoever writes by an older number is a daemon no more.
writer = Table(
    "writer",
    metadata,
    Column("id", Ident, primary_key=True, autoincrement=False),
    Column("epoch", Ident, nullable=False),
)

# One row: the last sign of life of the daemon that uses the database, for `monitor health`.
daemon = Table(
    "daemon",
    metadata,
    Column("id", Ident, primary_key=True, autoincrement=False),
    Column("instance", CleanText, nullable=False),
    Column("pid", Ident, nullable=False),
    Column("host", CleanText, nullable=False),
    Column("boot", CleanText),
    Column("mono", Double, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("web", CleanText, nullable=False),
)

# What people wrote to the bot and pressed, until it is handled; then the body is blanked.
updates = Table(
    "updates",
    metadata,
    Column("update_id", Ident, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    make_count("attempts"),
    Column("error", CleanText),
    Index(None, "done_at"),
)
# Partial: updates that are still to be handled are few.
Index(
    "ix_updates_open",
    updates.c.received_at,
    updates.c.update_id,
    sqlite_where=updates.c.done_at.is_(None),
)

# No foreign key: what people thought of an alert outlives its row.
feedback = Table(
    "feedback",
    metadata,
    Column("delivery_id", Ident, primary_key=True, autoincrement=False),
    Column("user_id", Ident, primary_key=True, autoincrement=False),
    Column("useful", Boolean, nullable=False),
    Column("watchlist", Key, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("kind", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("until", Moment),
    Column("by_user", Ident, nullable=False),
    Column("at", Moment, nullable=False),
)

# Keys of the page (model.WebKey), by the SHA-256 of their secrets.
web_keys = Table(
    "web_keys",
    metadata,
    make_id(),
    Column("kind", CleanText, nullable=False),
    Column("digest", Key, nullable=False, unique=True),
    Column("user_id", Ident, nullable=False),
    Column("name", CleanText, nullable=False),
    make_flag("admin"),
    Column("watchlist", Key),
    Column("agent", CleanText, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, index=True),
    Column("seen_at", Moment),
    Column("chat", Ident),
    Column("password", Key),
    sqlite_autoincrement=True,
)

# When each user last asked for a hand-over: the next one says what happened since.
shifts = Table(
    "shifts",
    metadata,
    Column("user_id", Ident, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)

# What translation services gave, by the SHA-256 of service, language and text.
translations = Table(
    "translations",
    metadata,
    Column("digest", Key, primary_key=True),
    Column("text", CleanText, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)
