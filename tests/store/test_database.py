"""Opening, closing, reading beside the writer, and the one daemon."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from doubles.store_samples import add

from monitor.errors import StoreError
from monitor.model import Fact, Recognised
from monitor.store import Database, Transaction, open_store

Opened = Callable[..., Database]


def test_a_relative_path_is_made_with_its_directories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened
) -> None:
    monkeypatch.chdir(tmp_path)
    opened("sqlite:///var/deep/monitor.db")
    assert (tmp_path / "var/deep/monitor.db").exists()


def test_what_was_committed_is_there_after_opening_again(shared_url: str, opened: Opened) -> None:
    first = opened(shared_url)
    with first.begin() as tx:
        tx.put(Fact.JUDGING, "1")
    first.close()
    with opened(shared_url).begin() as tx:
        assert tx.get(Fact.JUDGING) == "1"


def test_a_block_that_raises_leaves_nothing(store: Database) -> None:
    def fail() -> NoReturn:
        with store.begin() as tx:
            tx.put(Fact.JUDGING, "1")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.begin() as tx:
        assert tx.get(Fact.JUDGING) is None


async def test_run_works_on_one_thread_of_its_own(store: Database) -> None:
    threads = await asyncio.gather(*(store.run(lambda _tx: threading.get_ident()) for _ in range(5)))
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


async def test_run_hands_on_results_and_errors(store: Database) -> None:
    assert await store.run(lambda tx: add(tx, "a")) > 0
    with pytest.raises(StoreError, match=r"no story 9"):
        await store.run(lambda tx: tx.story(9))


async def test_what_was_handed_over_is_done_though_the_caller_is_cancelled(store: Database) -> None:
    started, finish = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        started.set()
        finish.wait()
        tx.put(Fact.JUDGING, "done")

    first = asyncio.create_task(store.run(slow))
    second = asyncio.create_task(store.run(lambda tx: tx.put(Fact.CLEANED_ON, "done")))
    await asyncio.to_thread(started.wait)
    first.cancel()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    finish.set()
    assert await store.run(lambda tx: (tx.get(Fact.JUDGING), tx.get(Fact.CLEANED_ON))) == ("done", "done")


def test_transactions_do_not_nest(store: Database) -> None:
    with store.begin() as tx, pytest.raises(RuntimeError, match=r"open in this thread"), store.begin():
        tx.get(Fact.JUDGING)


def test_threads_wait_for_each_other(store: Database) -> None:
    def add_one() -> None:
        for _ in range(10):
            with store.begin() as tx:
                tx.put(Fact.JUDGING, str(int(tx.get(Fact.JUDGING) or 0) + 1))

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.begin() as tx:
        assert tx.get(Fact.JUDGING) == "40"


def test_a_closed_store_says_so(store: Database) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"closed"), store.begin():
        pass


def test_a_reader_works_while_the_writer_writes(shared_url: str, opened: Opened) -> None:
    writer = opened(shared_url)
    with writer.begin() as tx:
        tx.put(Fact.JUDGING, "1")
    reader = opened(shared_url, read_only=True)
    with writer.begin() as tx:
        tx.put(Fact.JUDGING, "2")
        with reader.begin() as other:
            assert other.get(Fact.JUDGING) == "1"
    with reader.begin() as other:
        assert other.get(Fact.JUDGING) == "2"
        assert other.recognise(1, []) == Recognised()


def test_a_reader_cannot_write(shared_url: str, opened: Opened) -> None:
    opened(shared_url)
    with pytest.raises(StoreError) as caught, opened(shared_url, read_only=True).begin() as tx:
        tx.put(Fact.JUDGING, "1")
    assert "cannot be written" in str(caught.value) or "takes no writing" in str(caught.value)


def test_a_reader_does_not_make_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no database at .*`run` or `once` makes it"):
        open_store(f"sqlite:///{tmp_path}/none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_one_daemon_a_database(shared_url: str, opened: Opened) -> None:
    first, second = opened(shared_url), opened(shared_url)
    with first.lock("run"):
        with pytest.raises(
            StoreError, match=rf"another daemon \(pid {os.getpid()}, run\) uses this database"
        ) as caught:
            second.lock("once")
        assert not caught.value.retryable
    with second.lock(f"pid {os.getpid()}"):
        with pytest.raises(StoreError, match=rf"\(pid {os.getpid()}\)"):
            first.lock("run")
        with second.begin() as tx:  # the lock does not stop the work
            tx.put(Fact.JUDGING, "1")
    first.lock("run").release()


def test_the_lock_goes_with_its_process(tmp_path: Path, opened: Opened) -> None:
    url = f"sqlite:///{tmp_path}/monitor.db"
    program = (
        "import sys; from monitor.store import open_store; store = open_store(sys.argv[1]); "
        "lock = store.lock('run'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=rf"pid {child.pid}, run"):
            opened(url).lock("run")
        child.kill()
    opened(url).lock("run").release()


def test_a_database_in_memory_needs_no_lock() -> None:
    store = open_store("sqlite://")
    with store.lock("run"), store.lock("run"):
        pass
    store.close()
