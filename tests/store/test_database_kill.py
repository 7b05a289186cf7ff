"""A process killed between any two statements leaves all of a transaction, or nothing of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles.store_samples import NOW, add, article, source

from monitor.model import JoinReason, JoinRule, Relation, Validators, Verdict
from monitor.store import Database

Opened = Callable[..., Database]

# The child announces each statement before it runs and waits for leave; the test grants some, then kills it.
CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from sqlalchemy import event
from doubles.store_samples import DESK, LANE, NOW, add, article, entry, record
from monitor.model import Receipt, Relation, Validators
from monitor.store import open_store

store = open_store(sys.argv[2], clock_now=lambda: NOW)

def ask(*_):
    print("statement", flush=True)
    if not sys.stdin.readline():
        sys.exit(1)

event.listen(store._engine, "before_cursor_execute", ask)
event.listen(store._engine, "commit", ask)
with store.begin() as tx:
    tx.record_poll(record(1, entry("k1"), entry("k2"), validators=Validators("new"), body_hash="new"))
    article_id = tx.add_article(article())
    story = tx.create_story(NOW)
    tx.join_story(story, article_id, Relation.FIRST, (), NOW)
    add(tx, "alert", story_id=story)
    claimed = tx.claim_delivery(DESK, LANE, NOW)
    tx.mark_sent(claimed.id, LANE, Receipt(7), NOW)
print("committed", flush=True)
sys.stdin.read()
"""


def run_until(url: str, kill_at: int) -> bool:
    """Run the child, kill it at its n-th statement; return whether it had committed."""
    tests = str(Path(__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, tests, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        line = child.stdout.readline()
        for _ in range(kill_at):
            if line != "statement\n":
                break
            child.stdin.write("go\n")
            child.stdin.flush()
            line = child.stdout.readline()
        child.kill()
        assert child.wait() == -signal.SIGKILL
    return line == "committed\n"


@pytest.mark.parametrize("kill_at", [0, 1, 3, 5, 8, 11, 14, 99])
def test_all_or_nothing(kill_at: int, shared_url: str, opened: Opened) -> None:
    store = opened(shared_url)
    with store.begin() as tx:
        tx.sync_sources([source("A")], NOW)
        before = tx.source_states()
    store.close()
    committed = run_until(shared_url, kill_at)
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
from doubles.inforce import configured, in_force
from doubles.policy_harness import any_matcher
from monitor.model import Channel, Watchlist
from monitor.pipeline import grouping
from monitor.pipeline.ruleset import CompiledCatalogue, Rules

lists = [Watchlist("Arms", notify=("desk",))]
rules = Rules(any_matcher(), CompiledCatalogue(any_matcher()), configured([Channel("desk", "console")], lists))
with store.begin() as tx:
    grouping.split(tx, in_force(rules), tx.story(1), 2, user=7, now=NOW)
print("committed", flush=True)
sys.stdin.read()
"""


def split_until(url: str, kill_at: int) -> tuple[bool, int]:
    """Run the split, kill it at its n-th statement; return whether it had committed, and how many statements ran."""
    begin = CHILD.partition("with store.begin()")[0]
    tests = str(Path(__file__).parents[1])
    done = 0
    with subprocess.Popen(
        [sys.executable, "-c", begin + SPLITTING, tests, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        line = child.stdout.readline()
        while line == "statement\n" and done < kill_at:
            child.stdin.write("go\n")
            child.stdin.flush()
            done += 1
            line = child.stdout.readline()
        child.kill()
        assert child.wait() == -signal.SIGKILL
    return line == "committed\n", done


@pytest.mark.parametrize("kill_at", [0, 6, 12, 18, 999])
def test_a_split_by_hand_is_whole_or_nothing(kill_at: int, shared_url: str, opened: Opened) -> None:
    with opened(shared_url).begin() as tx:
        story = tx.create_story(NOW)
        for number in (1, 2):
            ident = tx.add_article(article(f"a{number}"))
            tx.add_verdicts(ident, [Verdict("Arms", matched=True, reason="1 term", terms=("DPRK",))])
            tx.join_story(story, ident, Relation.FIRST if number == 1 else Relation.SAME, (), NOW)
            tx.keep_reason(story, ident, JoinReason(JoinRule.WORDS, 1))
    committed, done = split_until(shared_url, kill_at)
    assert committed is (kill_at == 999)
    assert done > 18 or not committed, "fewer statements than the kills are spread over"
    with opened(shared_url).begin() as tx:
        own = tx.story_of(2)
        assert (own == 1) is not committed
        assert len(tx.grouping_decisions()) == int(committed)
        assert len(tx.story(1).members) == (1 if committed else 2)
        assert len(tx.deliveries()) == int(committed), "the alert of the new story comes with it, or not at all"
