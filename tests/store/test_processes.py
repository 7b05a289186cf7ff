from __future__ import annotations

from dataclasses import replace

from doubles.store_samples import NOW

from monitor.model import ProcessState
from monitor.store import Database

READER = ProcessState("a1", "north", 7, ("read", "web"), "1.0", 16, ok=True, web="127.0.0.1:1")


def test_a_process_is_seen_as_long_as_it_beats(store: Database) -> None:
    with store.begin() as tx:
        assert tx.processes() == []
        tx.beat(READER)
        tx.beat(replace(READER, instance="b2", roles=()))
        tx.beat(replace(READER, ok=False, problem="config.yaml:1: no", configuration=3))
    with store.begin() as tx:
        one, other = tx.processes()
        assert one.state == replace(READER, ok=False, problem="config.yaml:1: no", configuration=3)
        assert other.state.roles == ()
        assert 0 <= one.silent <= one.age < 60
        assert tx.forget_processes(3600) == 0
        assert tx.forget_processes(-3600) == 2
        tx.beat(READER)
        tx.end_process("a1")
        assert tx.processes() == []
        assert tx.leaders() == []
        tx.name_leader("judge", "a1")  # whose epoch is raised by `Database.lead`
        assert tx.leaders() == []


def test_the_server_tells_the_time(store: Database) -> None:
    with store.begin() as tx:
        seconds = tx.server_seconds()
        assert seconds == NOW.timestamp() or abs(seconds - NOW.timestamp()) > 1
        tx.signal("judge")


def test_files_are_shared_by_version(store: Database) -> None:
    with store.begin() as tx:
        assert tx.shared_files() is None
        assert tx.shared_version() == 0
        assert tx.publish_files({"config.yaml": "a: ї\n"}, "north") == 1
        assert tx.publish_files({"config.yaml": "a: ї\n"}, "south") == 1
        for number in range(2, 9):
            assert tx.publish_files({"config.yaml": f"{number}"}, "south") == number
        found = tx.shared_files()
        assert found is not None
        assert (found.version, found.files, found.host) == (8, {"config.yaml": "8"}, "south")
        assert tx.shared_version() == 8
