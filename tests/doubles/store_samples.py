"""Samples for tests of the store, and of what stands on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import (
    Alert,
    Article,
    Delivery,
    Entry,
    Fact,
    MessageKind,
    NewDelivery,
    PollRecord,
    Receipt,
    Recognised,
    Source,
)
from monitor.store import Database, Transaction

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
LANE = "telegram:-100"
DESK = ["desk"]


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def source(name: str = "Ukrinform", **changes: object) -> Source:
    values: dict[str, object] = {"url": f"https://{name.lower()}.example/rss", "every": 180.0, "language": "uk"}
    return Source(name=name, **(values | changes))  # type: ignore[arg-type]


def entry(key: str = "k1", **changes: object) -> Entry:
    values: dict[str, object] = {"guid": key, "link": f"https://site.example/{key}", "title": key, "digest": "d1"}
    return Entry(key=key, **(values | changes))  # type: ignore[arg-type]


def article(key: str = "a1", **changes: object) -> Article:
    values: dict[str, object] = {
        "url": f"https://site.example/{key}",
        "title": "Назва",
        "text": "Перший абзац.\n\nДругий абзац.",
        "source": "Ukrinform",
        "language": "uk",
        "seen_at": NOW,
    }
    return Article(key=key, **(values | changes))  # type: ignore[arg-type]


def alert(headline: str = "Заголовок", kind: MessageKind = MessageKind.ALERT) -> Alert:
    return Alert(kind=kind, headline=headline)


def record(source_id: int, *entries: Entry, **changes: object) -> PollRecord:
    values: dict[str, object] = {"at": NOW, "next_poll_at": after(180), "interval": 180.0, "failures": 0}
    if entries:
        values["body"] = Recognised(entries)
    return PollRecord(source_id=source_id, **(values | changes))  # type: ignore[arg-type]


def add(tx: Transaction, dedupe: str, **changes: object) -> int:
    """Add an outbox row for the desk; return its id."""
    values: dict[str, object] = {"channel": "desk", "alert": alert(dedupe)}
    added = tx.add_delivery(NewDelivery(dedupe=dedupe, **(values | changes)), NOW)  # type: ignore[arg-type]
    assert added is not None
    return added


def row(tx: Transaction, delivery_id: int) -> Delivery:
    """Return an outbox row that must be there."""
    found = tx.delivery(delivery_id)
    assert found is not None
    return found


def send(tx: Transaction, message_id: int | None, at: datetime = NOW) -> Delivery:
    """Claim the desk's next row and mark it as sent; return it as claimed."""
    claimed = tx.claim_delivery(DESK, LANE, at)
    assert claimed is not None
    tx.mark_sent(claimed.id, LANE, Receipt(message_id), at)
    return claimed


def write(store: Database, value: str = "1") -> None:
    """Change something."""
    with store.begin() as tx:
        tx.put(Fact.JUDGING, value)


def read(store: Database) -> str | None:
    """Return what `write` wrote last."""
    with store.begin() as tx:
        return tx.get(Fact.JUDGING)
