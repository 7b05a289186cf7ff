"""The C library's free memory, where it can be given back and where it cannot."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from monitor import host


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    host._malloc_trim.cache_clear()
    yield
    host._malloc_trim.cache_clear()


@pytest.mark.parametrize(
    ("named", "found"),
    [("Europe/Kyiv", "Europe/Kyiv"), (":Asia/Seoul", "Asia/Seoul"), ("UTC", host.UNCHOSEN), ("Zulu", host.UNCHOSEN)],
)
def test_a_host_in_utc_knows_no_zone_of_its_readers(monkeypatch: pytest.MonkeyPatch, named: str, found: str) -> None:
    monkeypatch.setenv("TZ", named)
    host.timezone.cache_clear()
    assert host.timezone() == found
    monkeypatch.undo()
    host.timezone.cache_clear()


def test_free_memory_is_given_back_as_glibc_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(malloc_trim=asked.append))
    host.trim_heap()
    assert asked == [0]


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def library(name: object) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace()

    monkeypatch.setattr(ctypes, "CDLL", library)
    host.trim_heap()
    host.trim_heap()
    assert asked == [None], "looked for once"
