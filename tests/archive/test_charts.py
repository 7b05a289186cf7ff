"""Pictures of trends, drawn by a child."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from monitor.archive import charts
from monitor.archive.charts import ChartError, draw
from monitor.archive.draw import fonts, lacking

PNG = b"\x89PNG\r\n\x1a\n"


def found(*names: str) -> dict[str, Any]:
    point = {"at": "2026-11-30T00:00:00+02:00", "stories": 7, "articles": 9, "known": True}
    points = [{**point, "known": False, "burst": None}, {**point, "burst": {"stories": 7, "usual": 0.2}}]
    trends = [{"subject": name, "stories": 7, "points": points} for name in names]
    return {"by": "day", "timezone": "Europe/Kyiv", "trends": trends}


def test_a_picture_of_names_in_four_scripts_lacks_nothing() -> None:
    picture = draw(found("@DPRK $x$", "Зброя КНДР", "북한 미사일", "朝鲜"), "сюжетів на день")
    assert picture.png.startswith(PNG)
    assert int.from_bytes(picture.png[16:20], "big") == 1080  # a phone's width
    assert picture.notes == ()


def test_what_no_font_has_and_what_has_no_room_is_named() -> None:
    picture = draw(found("\U0001e900", *map(str, range(charts.MOST))))
    assert picture.png.startswith(PNG)
    fonts_note, room = picture.notes
    assert "\U0001e900" in fonts_note
    assert "fonts-noto-cjk" in fonts_note
    assert room == "the picture shows the first 8 of 9 subjects"


def test_cyrillic_is_in_the_first_font_and_hangul_in_the_second() -> None:
    families = fonts()
    assert families[0] == "DejaVu Sans"
    assert lacking(families[:1], ["Зброя, ґанок, ёлка"]) == ""
    assert lacking(families[:1], ["북한"]) == "북한"
    assert lacking(families, ["북한", "朝鲜"]) == ""


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (subprocess.CompletedProcess([], 69, b"", b""), "install the extra `charts`"),
        (subprocess.CompletedProcess([], 1, b"", b"Traceback\nMemoryError: no room"), "MemoryError: no room"),
        (subprocess.CompletedProcess([], -9, b"", b""), "exit code -9"),
        (subprocess.TimeoutExpired([], 60), "within 60 s"),
        (OSError(12, "Cannot allocate memory"), "Cannot allocate memory"),
    ],
)
def test_a_child_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch, outcome: object, told: str) -> None:
    def run(*_: object, **__: object) -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(
        charts, "subprocess", type("Fake", (), {"run": run, "TimeoutExpired": subprocess.TimeoutExpired})
    )
    with pytest.raises(ChartError, match=told):
        draw(found("@DPRK"))


def test_neither_the_daemon_nor_a_command_loads_matplotlib() -> None:
    code = "import sys, monitor.archive.charts, monitor.cli.trends; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
