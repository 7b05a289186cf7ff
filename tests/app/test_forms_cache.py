"""Forms kept between runs, and made on all cores."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.app import forms_cache, forms_workers
from monitor.app.forms_cache import FormsCache
from monitor.app.forms_workers import make_forms
from monitor.model import Term, Watchlist
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


def key(number: int) -> str:
    return f"{number * 7919 % 1000:064x}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "forms.cache"


def filled(path: Path, numbers: range) -> FormsCache:
    cache = FormsCache(path)
    cache.update({key(number): b"value %d" % number for number in numbers})
    cache.save()
    return cache


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
    cache = filled(path, range(3))
    cache[key(1)] = b"other"
    assert cache[key(1)] == b"other"
    assert len(cache) == 3
    cache.save()
    assert FormsCache(path)[key(1)] == b"other"


@pytest.mark.parametrize("damage", [b"", b"nmforms2", b"something else entirely", None])
def test_a_damaged_file_is_as_none(path: Path, damage: bytes | None) -> None:
    filled(path, range(50))
    path.write_bytes(path.read_bytes()[:-1] if damage is None else damage)
    cache = FormsCache(path)
    assert len(cache) == 0
    cache[key(1)] = b"one"
    cache.save()
    assert dict(FormsCache(path)) == {key(1): b"one"}


def test_a_file_over_its_bound_is_begun_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_cache, "_MOST", 60)
    filled(path, range(50))
    filled(path, range(50, 100))
    assert set(FormsCache(path)) == set(map(key, range(50, 100)))


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
