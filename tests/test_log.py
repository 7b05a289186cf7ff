from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from monitor import log

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz12345"


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hidden = set(log._hidden)
    yield
    log._hidden.clear()
    log._hidden.update(hidden)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_a_token_is_taken_out_of_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("debug", "json")
    structlog.get_logger("x").info("sent", url=f"https://api.telegram.org/bot{TOKEN}/sendMessage")
    logging.getLogger("foreign").warning("POST %s", f"https://host/bot{TOKEN}/getMe")
    try:
        raise RuntimeError(f"cannot reach bot{TOKEN}")
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
    out = capsys.readouterr().err
    assert TOKEN not in out
    assert out.count("<token>") >= 3
    for line in out.splitlines():
        assert json.loads(line)["event"]


def test_a_hidden_secret_of_any_shape_is_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "text")
    log.hide("correct horse battery staple")
    logging.getLogger("x").error("password is correct horse battery staple, sorry")
    assert "horse" not in capsys.readouterr().err


def test_a_secret_that_is_part_of_another_leaves_nothing_of_it_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_hidden", set())
    for secret in (TOKEN.partition(":")[0], "open", "open sesame", "sesame"):
        log.hide(secret)
    assert log.redact(f"bot{TOKEN}/getMe by open sesame") == "bot<token>/getMe by <hidden>"


def test_redact_leaves_ordinary_text_alone() -> None:
    assert log.redact("09:12 Yonhap → Ukrinform 12345:short") == "09:12 Yonhap → Ukrinform 12345:short"


@pytest.mark.parametrize(("level", "priority"), [("error", "<3>"), ("warning", "<4>"), ("info", "<6>")])
def test_lines_for_the_journal_have_their_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, priority: str
) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as journal:
        info = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{info.st_dev}:{info.st_ino}")
        monkeypatch.setattr(sys, "stderr", journal)
        log.configure("info", "text")
        getattr(structlog.get_logger("a"), level)("one\ntwo")
        journal.seek(0)
        lines = journal.read().splitlines()
    assert lines
    assert all(line.startswith(priority) for line in lines)


def test_other_streams_have_no_priority(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w", encoding="utf-8") as file:
        assert not log.is_journal(file, {})
        assert not log.is_journal(file, {"JOURNAL_STREAM": "1:1"})
    assert not log.is_journal(io.StringIO(), {"JOURNAL_STREAM": "1:1"})
