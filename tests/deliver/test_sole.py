"""One daemon a bot."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from monitor.deliver.sole import sole_use
from monitor.errors import DeliveryError

TOKEN = "123456:AAonlyHereOnlyHereOnlyHereOnlyHere"
API = "https://api.telegram.org"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_bot_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with sole_use(TOKEN, API):
        with pytest.raises(DeliveryError, match=rf"another daemon \(pid {os.getpid()}\).*stop it first") as refused:
            sole_use(TOKEN, f"{API}/").__enter__()
        assert not refused.value.retryable
        with sole_use(TOKEN, "http://127.0.0.1:8081"), sole_use("654321:BBother", API):
            pass
    with sole_use(TOKEN, API):
        pass
    assert all("AAonly" not in path.name + path.read_text(encoding="ascii") for path in tmp_path.iterdir())


def test_a_host_without_room_for_the_lock_runs_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with sole_use(TOKEN, API), sole_use(TOKEN, API):
        pass
