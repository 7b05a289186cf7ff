"""Processes that are killed lose and double nothing: the short form; `make soak-scale` is the long one."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random

import pytest
from doubles.many_processes import Plan, cluster, looked, soak, text_of, until
from doubles.news_server import Item

pytestmark = pytest.mark.network


def said(folder: Path) -> str:
    return "".join(path.read_text()[-3000:] for path in sorted(folder.glob("*.log")))


async def test_killed_processes_lose_and_double_nothing(server: str, tmp_path: Path) -> None:
    plan = Plan(articles=6, kills=2, feeds=2)
    found = await soak(plan, tmp_path, server, cold=False)
    assert found.kills == plan.kills
    assert not found.failures, said(tmp_path)
    assert len(found.latencies) == plan.articles


async def test_a_stopped_leader_is_followed_and_writes_nothing_when_it_goes_on(server: str, tmp_path: Path) -> None:
    everything = "schedule,judge,deliver,bot"
    plan = Plan(articles=3, feeds=1, processes=(everything, everything, "read"))
    async with cluster(tmp_path, server, plan, cold=False) as (newsroom, api, processes, store):

        def leading() -> dict[str, str]:
            found: dict[str, str] = looked(store, lambda tx: {each.role: each.instance for each in tx.leaders()}, {})
            return found

        def publish(number: int) -> None:
            title, lines = text_of(number, Random(number))
            newsroom.publish("/0.xml", Item(title, f"/a{number}"), *lines)

        await until(lambda: set(leading()) == {"schedule", "judge", "deliver", "bot"}, "leaders")
        pids = looked(store, lambda tx: {each.state.instance: each.state.pid for each in tx.processes()})
        first = leading()["deliver"]
        place = next(at for at, each in enumerate(processes.running) if each.pid == pids[first])
        stopped = {role for role, instance in leading().items() if instance == first}
        processes.running[place].send_signal(signal.SIGSTOP)
        publish(1)
        await until(lambda: all(leading()[role] != first for role in stopped), "another leads")
        await until(lambda: "(no. 1)" in str(api.sent()), "the first article")
        epochs = looked(store, lambda tx: {each.role: each.epoch for each in tx.leaders()})
        processes.running[place].send_signal(signal.SIGCONT)
        publish(2)
        await until(lambda: "(no. 2)" in str(api.sent()), "the second article")
        await until(lambda: "leads the role no more" in processes.log(place), "the stopped one stands by")
        assert looked(store, lambda tx: {each.role: each.epoch for each in tx.leaders()}) == epochs
        texts = [line["text"] for line in api.sent()]
        assert [sum(f"(no. {number})" in text for text in texts) for number in (1, 2)] == [1, 1]
