"""A process killed between any two statements leaves all of a transaction, or nothing of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doubles.store_samples import NOW, add, article, source

from monitor.model import JoinReason, JoinRule, Relation, Validators, Verdict
from monitor.store import Database

Opened = Callable[..., Database]

# The program loads once and forks a child for each line, the database's URL and what is done in it. The child announces
# each statement before it runs and waits for leave; the test grants some, then kills it.
PROGRAM = """
import json, os, sys, traceback
sys.path.insert(0, sys.argv[1])
from sqlalchemy import event
from doubles.inforce import configured, in_force
from doubles.policy_harness import any_matcher
from doubles.store_samples import DESK, LANE, NOW, add, article, entry, record
from monitor.model import Channel, Receipt, Relation, Validators, Watchlist
from monitor.pipeline import grouping
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import open_store

def ask(*_):
    print("statement", flush=True)
    if not sys.stdin.readline():
        os._exit(1)

def live(url, work):
    print(os.getpid(), flush=True)
    store = open_store(url, clock_now=lambda: NOW)
    event.listen(store._engine, "before_cursor_execute", ask)
    event.listen(store._engine, "commit", ask)
    exec(work, globals() | {"store": store})
    print("committed", flush=True)
    sys.stdin.read()

while line := sys.stdin.readline():
    url, work = json.loads(line)
    pid = os.fork()
    if not pid:
        try:
            live(url, work)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
WORK = """
with store.begin() as tx:
    tx.record_poll(record(1, entry("k1"), entry("k2"), validators=Validators("new"), body_hash="new"))
    article_id = tx.add_article(article())
    story = tx.create_story(NOW)
    tx.join_story(story, article_id, Relation.FIRST, (), NOW)
    add(tx, "alert", story_id=story)
    claimed = tx.claim_delivery(DESK, LANE, NOW)
    tx.mark_sent(claimed.id, LANE, Receipt(7), NOW)
"""
Killed = Callable[[str, str, int], tuple[bool, int]]


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    """Return what does a work in a process that is killed at its n-th statement.

    It returns whether the process had committed, and how many statements ran.
    """
    tests = str(Path(__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, tests], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        to, answers = program.stdin, program.stdout

        def say(line: str) -> str:
            to.write(f"{line}\n")
            to.flush()
            return answers.readline()

        def kill(url: str, work: str, kill_at: int) -> tuple[bool, int]:
            pid = int(say(json.dumps((url, work))))
            done, line = 0, answers.readline()
            while line == "statement\n" and done < kill_at:
                done, line = done + 1, say("go")
            os.kill(pid, signal.SIGKILL)
            assert int(answers.readline()) == -signal.SIGKILL
            return line == "committed\n", done

        yield kill
        to.close()
    assert program.returncode == 0


@pytest.mark.parametrize("kill_at", [0, 1, 3, 5, 8, 11, 14, 99])
def test_all_or_nothing(kill_at: int, shared_url: str, opened: Opened, killed: Killed) -> None:
    store = opened(shared_url)
    with store.begin() as tx:
        tx.sync_sources([source("A")], NOW)
        before = tx.source_states()
    store.close()
    committed, _ = killed(shared_url, WORK, kill_at)
    with opened(shared_url).begin() as tx:
        (state,) = tx.source_states()
        row = next(iter(tx.deliveries()), None)
        if committed:
            assert state.validators == Validators("new")
            assert (len(tx.due_entries(NOW, 9)), len(tx.story(1).members)) == (2, 1)
            assert row is not None
            assert row.message_id == 7
        else:
            assert kill_at < 99
            assert [state] == before
            assert (tx.pending_count(), tx.article_by_key("a1"), row) == (0, None, None)
        assert tx.lane("telegram:-100").last_message_id == (7 if committed else None)
        add(tx, "goes on")


# The same of a split by hand: /split of article 2, which raises an alert of its own.
SPLITTING = """
lists = [Watchlist("Arms", notify=("desk",))]
rules = Rules(any_matcher(), CompiledCatalogue(any_matcher()), configured([Channel("desk", "console")], lists))
with store.begin() as tx:
    grouping.split(tx, in_force(rules), tx.story(1), 2, user=7, now=NOW)
"""


@pytest.mark.parametrize("kill_at", [0, 6, 12, 18, 999])
def test_a_split_by_hand_is_whole_or_nothing(kill_at: int, shared_url: str, opened: Opened, killed: Killed) -> None:
    with opened(shared_url).begin() as tx:
        story = tx.create_story(NOW)
        for number in (1, 2):
            ident = tx.add_article(article(f"a{number}"))
            tx.add_verdicts(ident, [Verdict("Arms", matched=True, reason="1 term", terms=("DPRK",))])
            tx.join_story(story, ident, Relation.FIRST if number == 1 else Relation.SAME, (), NOW)
            tx.keep_reason(story, ident, JoinReason(JoinRule.WORDS, 1))
    committed, done = killed(shared_url, SPLITTING, kill_at)
    assert committed is (kill_at == 999)
    assert done > 18 or not committed, "fewer statements than the kills are spread over"
    with opened(shared_url).begin() as tx:
        own = tx.story_of(2)
        assert (own == 1) is not committed
        assert len(tx.grouping_decisions()) == int(committed)
        assert len(tx.story(1).members) == (1 if committed else 2)
        assert len(tx.deliveries()) == int(committed), "the alert of the new story comes with it, or not at all"
