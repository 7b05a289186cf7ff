"""Forms kept between runs, and made on all cores."""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app import forms_cache, forms_workers
from monitor.app.forms_cache import FormsCache
from monitor.app.forms_workers import FormsMissingError, KeptForms, make_forms, make_missing
from monitor.errors import SandboxError
from monitor.model import EntitySpec, Name, Term, Watchlist
from monitor.sandbox.child import Child
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


def key(number: int) -> str:
    return f"{number * 7919 % 1000:064x}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "forms.cache"


def filled(path: Path, numbers: range) -> None:
    with contextlib.closing(FormsCache(path)) as cache:
        cache.update({key(number): b"value %d" % number for number in numbers})
        cache.save()


def test_what_is_saved_is_found_again(path: Path) -> None:
    filled(path, range(100))
    cache = FormsCache(path)
    assert {number: cache[key(number)] for number in range(100)} == {n: b"value %d" % n for n in range(100)}
    assert cache.get(key(100)) is None
    assert len(cache) == 100
    assert sorted(cache) == sorted(map(key, range(100)))


def test_what_is_new_is_added_to_what_another_process_wrote(path: Path) -> None:
    one, two = FormsCache(path), FormsCache(path)
    one[key(1)], two[key(2)] = b"one", b""
    one.save()
    two.save()
    assert dict(FormsCache(path)) == {key(1): b"one", key(2): b""}
    assert dict(two) == dict(FormsCache(path))


def test_a_new_value_stands_for_an_old_one(path: Path) -> None:
    filled(path, range(3))
    cache = FormsCache(path)
    cache[key(1)] = b"other"
    assert cache[key(1)] == b"other"
    assert len(cache) == 3
    cache.save()
    assert FormsCache(path)[key(1)] == b"other"


@pytest.mark.parametrize("damage", [b"", b"nmforms2" + bytes(8), b"something else entirely" * 100, None])
def test_a_damaged_file_is_as_none(path: Path, damage: bytes | None) -> None:
    filled(path, range(50))
    path.write_bytes(path.read_bytes()[:4096] if damage is None else damage)
    cache = FormsCache(path)
    assert len(cache) == 0
    assert cache.get(key(1)) is None
    cache[key(1)] = b"one"
    cache.save()
    assert dict(FormsCache(path)) == {key(1): b"one"}
    cache.close()
    gc.collect()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("whole", [True, False])
def test_damage_is_noted_and_the_file_removed_at_once(path: Path, *, whole: bool) -> None:
    filled(path, range(500))
    data = path.read_bytes()
    path.write_bytes(b"x" * len(data) if whole else data[:4096] + b"x" * (len(data) - 4096))
    with capture_logs() as lines:
        cache = FormsCache(path)
        assert cache.get(key(1)) is None
    assert [line["log_level"] for line in lines] == ["info"]
    assert "begun anew" in lines[0]["event"]
    assert not path.exists()


def test_another_database_and_one_of_another_version_are_replaced(path: Path) -> None:
    filled(path, range(5))
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    filled(path, range(2))
    assert set(FormsCache(path)) == {key(0), key(1)}
    gc.collect()
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE other (x)")
    filled(path, range(3))
    assert len(FormsCache(path)) == 3


def test_a_value_that_changed_in_the_file_is_unknown(path: Path) -> None:
    filled(path, range(50))
    data = path.read_bytes()
    assert data.count(b"value 17") == 1
    path.write_bytes(data.replace(b"value 17", b"value 71"))
    cache = FormsCache(path)
    assert cache.get(key(17)) is None
    assert cache[key(18)] == b"value 18"
    cache[key(17)] = b"value 17"
    cache.save()
    assert FormsCache(path)[key(17)] == b"value 17"


def test_a_write_that_never_ended_leaves_what_was_there(path: Path) -> None:
    filled(path, range(3))
    writes = (
        "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None); d.execute('BEGIN');"
        "d.execute('PRAGMA cache_spill = 1'); d.execute('PRAGMA cache_size = 1');"
        "d.executemany('INSERT INTO forms VALUES (?, ?, 0)', ((os.urandom(32), bytes(3000)) for _ in range(500)));"
        "os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", writes, str(path)], check=False).returncode == 9
    assert path.with_name("forms.cache-wal").stat().st_size > 1_000_000
    assert dict(FormsCache(path)) == {key(number): b"value %d" % number for number in range(3)}


def test_what_cannot_be_written_while_another_process_writes_is_written_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path, range(3))
    monkeypatch.setattr(forms_cache, "_WAIT", 0.0)
    cache, reader = FormsCache(path), FormsCache(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        cache[key(5)] = b"five"
        cache.save()
        assert cache[key(5)] == b"five"
        assert reader[key(1)] == b"value 1"
        other.execute("ROLLBACK")
    assert key(5) not in FormsCache(path)
    cache.save()
    assert FormsCache(path)[key(5)] == b"five"
    assert cache[key(1)] == b"value 1"
    reader.save()
    assert reader[key(5)] == b"five"


def test_an_open_read_keeps_nobody_from_writing_and_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path, range(3))
    monkeypatch.setattr(forms_cache, "_WAIT", 0.0)
    monkeypatch.setattr(forms_cache, "_READS", 2)
    reader = FormsCache(path)
    assert reader[key(1)] == b"value 1"
    filled(path, range(5))
    assert key(4) not in reader
    assert reader[key(4)] == b"value 4"


def test_only_its_owner_reads_it(path: Path) -> None:
    filled(path, range(3))
    assert path.stat().st_mode & 0o777 == 0o600


def test_of_a_file_over_its_bound_the_older_half_is_dropped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_cache, "_MOST", 60)
    filled(path, range(50))
    filled(path, range(50, 70))
    assert set(FormsCache(path)) == set(map(key, range(20, 70)))
    filled(path, range(100, 150))
    assert set(FormsCache(path)) == set(map(key, [*range(60, 70), *range(100, 150)]))


def test_a_place_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FormsCache(tmp_path / "file" / "forms.cache")
    cache[key(1)] = b"one"
    cache.save()
    assert cache[key(1)] == b"one"


@pytest.mark.parametrize("wrong", ["", "00", "no digits"])
def test_keys_are_hashes(path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        FormsCache(path)[wrong] = b""
    with pytest.raises(TypeError, match="remove the file"):
        del FormsCache(path)[key(1)]


# --------------------------------------------------------------------------- processes

LISTS = [Watchlist("w", keywords=tuple(map(Term, ("ракета", "Блінкен", "missile", "a AND b", "북한"))))]
GOOD = [Watchlist("w", keywords=tuple(map(Term, ("ракета", "Блінкен", "missile", "북한"))))]


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_workers, "_WORTH_IT", 1)
    monkeypatch.setattr(forms_workers, "_CHUNK", 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


@pytest.mark.usefixtures("few_are_many")
def test_processes_make_what_compilation_asks_for(path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_forms(LISTS, FormsCache(path), lambda *progress: told.append(progress))
    assert told == [(2, 5), (4, 5), (5, 5)]
    made = FormsCache(path)
    assert len(made) == 4
    asked: dict[str, bytes] = dict(made)
    compile_watchlists(GOOD, Catalogue([]), asked)
    assert asked == dict(made)


@pytest.mark.usefixtures("few_are_many")
def test_no_process_starts_where_all_is_known(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = FormsCache(path)
    compile_watchlists(GOOD, Catalogue([]), cache)
    monkeypatch.setattr(forms_workers, "ProcessPoolExecutor", lambda *_: pytest.fail("started a process"))
    make_forms(GOOD, cache)


ENTITIES = Catalogue([EntitySpec(id="TEST", type="weapon", names={"uk": (Name("Сарма"),)})])
ALL_KINDS = [
    Watchlist(
        "keywords",
        keywords=tuple(map(Term, ("ракета", "missil*", "@TEST", "/a+b/", "=НАТО"))),
        exclude=(Term("фільм"),),
    ),
    Watchlist("entities", entities=("TEST",)),
    Watchlist("query", query='дирижабль AND NOT ("балістична ракета" OR @TEST)'),
]
BAD = [
    Watchlist("bad", entities=("nobody",), keywords=(Term("a AND b"), Term("@nobody"), Term("…"))),
    Watchlist("worse", query="a AND"),
    Watchlist("query", query="@nobody OR (корабель)"),
]


def test_a_child_makes_all_that_compilation_asks_for(path: Path) -> None:
    told: list[tuple[int, int]] = []
    cache = FormsCache(path)
    make_missing(ALL_KINDS, ENTITIES, cache, lambda *progress: told.append(progress))
    ((done, count),) = told
    assert done == count
    kept = dict(FormsCache(path))
    in_place: dict[str, bytes] = {}
    compile_watchlists(ALL_KINDS, ENTITIES, in_place)
    assert in_place == kept
    compile_watchlists(ALL_KINDS, ENTITIES, KeptForms(cache))


def test_what_is_kept_is_not_made_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Child, "start", lambda *_: pytest.fail("started a child"))
    cache = FormsCache(path)
    compile_watchlists(ALL_KINDS, ENTITIES, cache)
    make_missing(ALL_KINDS, ENTITIES, cache, lambda *_: pytest.fail("made a term again"))


def test_bad_terms_are_left_to_compilation(path: Path) -> None:
    cache = FormsCache(path)
    make_missing(BAD, ENTITIES, cache)
    assert len(cache) == 1


def test_compilation_from_kept_forms_alone_ends_where_some_are_missing(path: Path) -> None:
    with pytest.raises(FormsMissingError):
        compile_watchlists(ALL_KINDS, ENTITIES, KeptForms(FormsCache(path)))


def test_kept_forms_are_those_of_the_cache() -> None:
    cache = {key(1): b"one", key(2): b"two"}
    kept = KeptForms(cache)
    kept[key(3)] = b"three"
    del kept[key(1)]
    assert (dict(kept), len(kept)) == ({key(2): b"two", key(3): b"three"}, 2)
    assert cache == dict(kept)


def test_without_a_child_nothing_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(Child, "start", fails)
    cache = FormsCache(path)
    with capture_logs() as logs:
        make_missing(ALL_KINDS, ENTITIES, cache)
    assert len(cache) == 0
    assert "Cannot allocate memory" in logs[0]["error"]


def test_what_a_child_that_dies_has_made_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(one: object, done: int) -> None:
        raise SandboxError("the child died")

    cache = FormsCache(path)
    monkeypatch.setattr(forms_workers, "_CHILD_CHUNK", 2)
    with capture_logs() as logs:
        make_missing(ALL_KINDS, ENTITIES, cache, die)
    assert 0 < len(FormsCache(path)) < 6
    assert logs[0]["error"] == "the child died"


def test_it_is_saved_while_it_grows_so_that_a_start_that_is_killed_is_not_in_vain(path: Path) -> None:
    now = 0.0
    cache = FormsCache(path, lambda: now)
    cache[key(1)] = b"one"
    assert dict(FormsCache(path)) == {}
    now = forms_cache._SAVE_EVERY
    cache[key(2)] = b"two"
    assert dict(FormsCache(path)) == {key(1): b"one", key(2): b"two"}
    cache[key(3)] = b"three"  # not at once again
    assert len(FormsCache(path)) == 2
    assert cache[key(3)] == b"three"


def test_a_file_that_takes_long_to_write_is_written_seldom(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    cache = FormsCache(path, lambda: now)
    write = FormsCache._write

    def slowly(self: FormsCache) -> None:
        nonlocal now
        now += 3.0
        write(self)

    monkeypatch.setattr(FormsCache, "_write", slowly)
    now = forms_cache._SAVE_EVERY
    cache[key(1)] = b"one"
    written = now
    now = written + 3.0 * forms_cache._SAVE_SHARE - 0.1
    cache[key(2)] = b"two"
    assert len(FormsCache(path)) == 1
    now += 0.1
    cache[key(3)] = b"three"
    assert len(FormsCache(path)) == 3
