"""A disk without room below a delivery worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from doubles.delivery_harness import DeliveryHarness, alert
from doubles.fake_notifiers import FakeNotifier

from monitor.deliver.timing import DeliveryTiming
from monitor.errors import StoreError
from monitor.model import Channel, Lane, NewDelivery
from monitor.store import Transaction, open_store
from monitor.store.database import Database

T = TypeVar("T")
DESK = {"desk": Channel("desk", "obedient", {"to": "a"})}


async def test_a_disk_without_room_sends_nothing_and_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    notifier = FakeNotifier()
    with store.begin() as tx:
        ident = tx.add_delivery(NewDelivery("desk", "One", alert("One")), datetime.now(UTC))
    assert ident is not None
    _pages(store, "1")  # SQLite takes that as: no page more than there are
    with contextlib.suppress(StoreError):  # the pages that are there are filled first, those of a claim
        for number in range(10_000):
            with store.begin() as tx:
                tx.save_lane(Lane(f"{number}"), [])
    harness = DeliveryHarness(store, DESK, {"obedient": notifier}, timing=DeliveryTiming(store_again=0.02))
    refusals = _count_refusals(store, monkeypatch)
    harness.start()
    while len(refusals) <= 3 and not notifier.sent:  # noqa: ASYNC110 — a refusal rings no bell
        await asyncio.sleep(0.005)
    assert notifier.sent == []
    assert all("has no room left on its disk" in refusal for refusal in refusals)
    _pages(store, "1000000")
    await harness.until(ident, "sent")
    await harness.end()
    store.close()
    assert notifier.headlines == ["One"]


def _pages(store: Database, most: str) -> None:
    with store._engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")
        connection.rollback()


def _count_refusals(store: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    refusals: list[str] = []
    run = store.run

    async def counted(function: Callable[[Transaction], T]) -> T:
        try:
            return await run(function)
        except StoreError as error:
            refusals.append(str(error))
            raise

    monkeypatch.setattr(store, "run", counted)
    return refusals
