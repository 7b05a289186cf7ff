"""The chain of evidence in the database, and what ends with an article."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from doubles.store_samples import NOW, article

from monitor.evidence.chain import START, first_break
from monitor.evidence.versions import TextVersion
from monitor.model import ArticleChange, ChangeKind
from monitor.store import Database, Transaction
from monitor.store.evidence import KeptResponse, Recheck, TimeStamp

HOUR = timedelta(hours=1)


def stored(tx: Transaction, key: str = "a1") -> int:
    return tx.add_article(article(key))


def test_entries_follow_each_other_over_transactions(store: Database) -> None:
    for number in range(3):
        with store.begin() as tx:
            ident = stored(tx)
            link = tx.append_evidence(ident, {"kind": "reading", "n": number}, NOW + number * HOUR)
    with store.begin() as tx:
        links = tx.evidence_of([ident])
        assert [each.seq for each in links] == [1, 2, 3]
        assert first_break(links, START) is None
        assert tx.evidence_between(2, 9) == links[1:]
        assert tx.evidence_end() == (3, link.hash)
        facts = json.loads(links[1].facts or "")
        assert facts == {"kind": "reading", "n": 1, "seq": 2, "article": ident, "at": facts["at"]}


def test_an_entry_that_was_rolled_back_leaves_no_gap(store: Database) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    try:
        with store.begin() as tx:
            tx.append_evidence(stored(tx), {}, NOW)
            raise Stop
    except Stop:
        pass
    with store.begin() as tx:
        assert tx.evidence_end() == (0, START)
        assert tx.append_evidence(stored(tx), {}, NOW).seq == 1


def test_entries_of_several_threads_make_one_chain(store: Database) -> None:
    with store.begin() as tx:
        ident = stored(tx)

    def append() -> None:
        for _ in range(5):
            with store.begin() as tx:
                tx.append_evidence(ident, {}, NOW)

    threads = [threading.Thread(target=append) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with store.begin() as tx:
        links = tx.evidence_of([ident])
    assert [each.seq for each in links] == list(range(1, 16))
    assert first_break(links) is None


def test_versions_changes_and_responses_are_an_articles_own(store: Database) -> None:
    with store.begin() as tx:
        one, other = stored(tx, "a1"), stored(tx, "a2")
        assert tx.latest_version(one) is None
        assert tx.add_version(one, TextVersion("T", "Ракета", "H"), NOW) == 1
        assert tx.add_version(one, TextVersion("T2", "Ракети"), NOW + HOUR) == 2
        assert tx.add_version(other, TextVersion("O", "x"), NOW) == 1
        found = [ArticleChange(one, NOW + HOUR, ChangeKind.HEADLINE, "T", "T2")]
        tx.add_changes(found)
        tx.add_changes([])
        link = tx.append_evidence(one, {}, NOW)
        tx.keep_response(KeptResponse(link.seq, one, b"[]", b"\x00record"))
    with store.begin() as tx:
        assert tx.latest_version(one) == TextVersion("T2", "Ракети", "", NOW + HOUR, 2, one)
        assert [(each.title, each.text, each.headline) for each in tx.versions_of([one, other])] == [
            ("T", "Ракета", "H"),
            ("T2", "Ракети", ""),
            ("O", "x", ""),
        ]
        assert tx.changes_of([one, other]) == found
        assert tx.responses_of([one]) == [KeptResponse(link.seq, one, b"[]", b"\x00record")]


def test_what_is_planned_replaces_what_was(store: Database) -> None:
    with store.begin() as tx:
        ident = stored(tx)
        tx.plan_recheck(Recheck(ident, NOW, NOW + HOUR, 0, '"1"', "Mon"))
        tx.plan_recheck(Recheck(ident, NOW, NOW + 2 * HOUR, 1))
        assert tx.due_rechecks(NOW + HOUR, 9) == []
        assert tx.due_rechecks(NOW + 2 * HOUR, 9) == [Recheck(ident, NOW, NOW + 2 * HOUR, 1)]
        assert tx.recheck_of(ident) == Recheck(ident, NOW, NOW + 2 * HOUR, 1)
        planned = Recheck(ident, NOW, NOW + 2 * HOUR, 1)
        assert tx.claim_recheck(planned)
        assert not tx.claim_recheck(replace(planned, due_at=NOW))
        tx.drop_recheck(ident)
        assert not tx.claim_recheck(planned)
        assert tx.recheck_of(ident) is None


def test_the_first_stamps_that_cover_an_entry(store: Database) -> None:
    with store.begin() as tx:
        assert tx.last_stamp() is None
        for seq in (3, 9):
            tx.add_stamp(TimeStamp(seq, NOW, "https://tsa.example/", b"token"))
        tx.add_stamp(TimeStamp(9, NOW, "https://tsa.example/", b"a second one of the same entry is not kept"))
        assert [each.seq for each in tx.stamps_from(3, 9)] == [3, 9]
        assert [each.seq for each in tx.stamps_from(4, 9)] == [9]
        assert tx.last_stamp() == TimeStamp(9, NOW, "https://tsa.example/", b"token")


def test_the_clean_up_takes_the_content_and_leaves_the_chain(store: Database) -> None:
    with store.begin() as tx:
        ident = stored(tx)
        link = tx.append_evidence(ident, {"kind": "reading"}, NOW)
        tx.keep_response(KeptResponse(link.seq, ident, b"[]", b"record"))
        tx.add_version(ident, TextVersion("T", "x"), NOW)
        tx.add_changes([ArticleChange(ident, NOW, ChangeKind.GONE, after="404")])
        tx.plan_recheck(Recheck(ident, NOW, NOW))
        tx.now = lambda: NOW + timedelta(days=30)
        assert tx.clean_up(NOW + timedelta(days=20)) >= 1
        assert tx.articles([ident]) == []
        assert tx.responses_of([ident]) == []
        assert tx.versions_of([ident]) == []
        assert tx.changes_of([ident]) == []
        assert tx.due_rechecks(NOW + timedelta(days=30), 9) == []
        assert tx.evidence_of([ident]) == [link]


def test_entries_of_two_processes_make_one_chain(empty_url: str, opened: Callable[..., Database]) -> None:
    """As on PostgreSQL, where several judge and re-check: each waits for the other's entry, and follows it."""
    one, other = opened(empty_url), opened(empty_url)
    with one.begin() as tx:
        ident = stored(tx)

    def append(own: Database) -> None:
        for _ in range(10):
            with own.begin() as tx:
                tx.append_evidence(ident, {}, NOW)

    threads = [threading.Thread(target=append, args=(own,)) for own in (one, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with other.begin() as tx:
        links = tx.evidence_of([ident])
        assert tx.evidence_end() == (20, links[-1].hash)
    assert [each.seq for each in links] == list(range(1, 21))
    assert first_break(links) is None
