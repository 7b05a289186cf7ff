"""The addresses of databases."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from monitor.errors import StoreError
from monitor.store import sqlite_file


def test_postgresql_without_its_driver_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.sqlite_file.find_spec", lambda _: None)
    with pytest.raises(StoreError, match=r"news-monitor\[postgres\]") as caught:
        sqlite_file.parse_url("postgresql://me:hunter2@db.example.org/monitor")
    assert not caught.value.retryable
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:S3CRET@h/db?sslmode=require",
        "postgresql://u@h/db?password=S3CRET",
        "postgresql://u@h/db?password=S3CRET&password=S3CRET&sslpassword=S3CRET",
    ],
)
def test_a_shown_url_holds_no_password(url: str) -> None:
    shown = sqlite_file.shown_url(make_url(url))
    assert "S3CRET" not in shown
    assert "h/db" in shown
