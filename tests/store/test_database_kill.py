"""A process killed between any two statements leaves all of a transaction, or nothing of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles.store_samples import NOW, add, source

from monitor.model import Validators
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
