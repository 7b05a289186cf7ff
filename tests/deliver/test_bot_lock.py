"""One daemon a bot."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.deliver.bot_lock import BotLock
from monitor.errors import DeliveryError

TOKEN = "123456:AAonlyHereOnlyHereOnlyHereOnlyHere"
API = "https://api.telegram.org"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@contextmanager
def held(token: str = TOKEN, api: str = API) -> Iterator[BotLock]:
    with BotLock() as made:
        made.take(token, api)
        yield made


def test_a_bot_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with held():
        with (
            pytest.raises(DeliveryError, match=rf"another daemon \(pid {os.getpid()}\).*stop it first") as refused,
            held(api=f"{API}/"),
        ):
            pass
        assert not refused.value.retryable
        with held(api="http://127.0.0.1:8081"), held("654321:BBother"):
            assert len(list(tmp_path.iterdir())) == 3
            assert all("AAonly" not in path.name + path.read_text(encoding="ascii") for path in tmp_path.iterdir())
    with held():
        pass
    assert list(tmp_path.iterdir()) == []


def test_another_token_is_held_in_place_of_the_first() -> None:
    with held() as mine:
        mine.take("654321:BBother", API)
        mine.take("654321:BBother", f"{API}/")
        with held() as another, pytest.raises(DeliveryError, match="another daemon"):
            another.take("654321:BBother", API)
        with held(), pytest.raises(DeliveryError, match="another daemon"), held("654321:BBother"):
            pass


def test_a_bot_that_another_one_holds_leaves_what_is_held() -> None:
    with held("654321:BBother"), held() as mine:
        with pytest.raises(DeliveryError, match="another daemon"):
            mine.take("654321:BBother", API)
        with pytest.raises(DeliveryError, match="another daemon"), held():
            pass


def test_a_file_that_is_taken_away_while_it_is_waited_for_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The holder lets go between another one's opening of the file and its lock."""
    first = BotLock()
    first.take(TOKEN, API)
    usual = fcntl.flock

    def late(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", usual)
        first.release()
        usual(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with held(), pytest.raises(DeliveryError, match="another daemon"), held():
        pass


def test_a_host_without_room_for_the_lock_runs_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with held(), held():
        pass


def test_processes_of_one_database_share_its_bot_and_keep_others_out(tmp_path: Path) -> None:
    first, second, other = BotLock("db", among=True), BotLock("db", among=True), BotLock("another", among=True)
    first.take(TOKEN, API)
    second.take(TOKEN, API)
    with pytest.raises(DeliveryError, match="another daemon"):
        other.take(TOKEN, API)
    first.release()
    with other:
        other.take(TOKEN, API)
        with pytest.raises(DeliveryError, match="another daemon"):
            second.keep()
    second.keep()
    with pytest.raises(DeliveryError, match="another daemon"):
        other.take(TOKEN, API)
    second.release()
    second.keep()
    assert list(tmp_path.iterdir()) == []
