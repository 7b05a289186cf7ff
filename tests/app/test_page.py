"""Whether there is a page: on loopback, and elsewhere where people can log in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from monitor.app.page import _password_if_any, is_loopback, password, why_off
from monitor.errors import MonitorError
from monitor.model import Config, Secret, Telegram, Web
from monitor.pipeline.web_access import PASSWORD_FILE, page_address

EVERYWHERE = Config(web=Web(listen="0.0.0.0:8080"))


def test_beyond_loopback_the_page_is_off_unless_people_can_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD_FILE, raising=False)
    assert why_off(Config()) == ""
    assert "telegram.admins" in why_off(EVERYWHERE)
    assert why_off(replace(EVERYWHERE, token=Secret("1:x"), telegram=Telegram(admins=(7,)))) == ""
    assert why_off(replace(EVERYWHERE, token=Secret("1:x"))) != "", "a bot without admins lets nobody in"
    file = tmp_path / "password"
    monkeypatch.setenv(PASSWORD_FILE, str(file))
    assert "cannot be read" in why_off(EVERYWHERE)
    assert _password_if_any() is None
    file.write_text("in plain words")
    assert "no argon2 hash" in why_off(EVERYWHERE)
    with pytest.raises(MonitorError, match="monitor web --password"):
        password()
    file.write_text(PasswordHasher().hash("a long password") + "\n")
    assert why_off(EVERYWHERE) == ""
    assert _password_if_any() is not None


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("x.localhost", True),
        ("0.0.0.0", False),
        ("box", False),
    ],
)
def test_what_is_reached_from_here_alone(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("web", "bound", "address"),
    [
        (Web(listen="127.0.0.1:0"), "127.0.0.1:4711", "http://127.0.0.1:4711"),
        (Web(listen="[::]:80"), "", "http://[::1]:80"),
        (Web(public_url="https://monitor.example/"), "127.0.0.1:1", "https://monitor.example"),
        (Web(listen=""), "", None),
    ],
)
def test_the_address_that_people_are_given(web: Web, bound: str, address: str | None) -> None:
    assert page_address(Config(web=web), bound) == address
