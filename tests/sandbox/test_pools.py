"""Whose turn it is, and which pool a source belongs in."""

from __future__ import annotations

import asyncio

from monitor.sandbox.pools import RoundRobin, Task, TrackRecord


def task(source: str, since: float = 0.0) -> Task:
    return Task(print, (), source, 60.0, since, asyncio.get_running_loop().create_future())


async def test_sources_take_turns_and_keep_their_own_order() -> None:
    turns = RoundRobin()
    many = [task("many") for _ in range(2000)]
    for each in many:
        turns.put(each)
    one, two = task("one"), task("two")
    turns.put(one)
    turns.put(two)
    taken = [turns.take() for _ in range(5)]
    assert taken == [many[0], one, two, many[1], many[2]]
    assert len(turns) == 1997


async def test_a_source_that_may_not_is_passed_over_and_keeps_its_place() -> None:
    turns = RoundRobin()
    bad, good = task("bad"), task("good")
    turns.put(bad)
    turns.put(good)
    assert turns.take(lambda source: source == "good") is good
    assert turns.take(lambda source: source == "good") is None
    assert turns.take() is bad
    assert turns.take() is None


async def test_what_begins_anew_comes_first_and_what_is_not_wanted_goes() -> None:
    turns = RoundRobin()
    first, second, third = task("a", 1.0), task("a", 2.0), task("a", 3.0)
    turns.put(second)
    turns.put(third)
    turns.put(first, first=True)
    assert turns.older_than(3.0) == [first, second]
    turns.remove(first)
    turns.remove(first)
    assert turns.take() is second
    turns.remove(third)
    assert len(turns) == 0
    turns.put(third)
    assert turns.empty() == [third]
    assert turns.take() is None


def test_a_source_that_killed_a_child_is_kept_apart_until_it_has_behaved() -> None:
    record, kinds = TrackRecord(), []
    for note in (
        record.took_long,
        lambda: record.ended(quick=True),
        record.killed,
        *(lambda quick=quick: record.ended(quick=quick) for quick in (True, True, False, True, True, True, False)),
    ):
        note()
        kinds.append((record.kind.value, record.quick))
    assert kinds == [
        ("slow", False),
        ("fast", True),
        ("quarantine", False),
        ("quarantine", True),
        ("quarantine", True),
        ("quarantine", False),
        ("quarantine", True),
        ("quarantine", True),
        ("fast", True),
        ("slow", False),
    ]
