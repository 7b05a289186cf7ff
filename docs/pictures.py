"""Draws `docs/alert.png`: alerts as a phone shows them, by the product's own renderer. Needs Chromium.

`make pictures`; the articles are those of the demo.
"""

from __future__ import annotations

import argparse
import html
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.alert import render
from monitor.model import Alert, Member, MessageKind, Quote, Relation, Severity

_STYLE = """
* { box-sizing: border-box; margin: 0 }
body { width: 412px; background: #c8d6c0; font: 15.5px/1.34 Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif; padding: 0 }
header { background: #517da2; color: #fff; padding: 12px 16px; font-weight: 600 }
header small { display: block; font-weight: 400; opacity: .8 }
.row { padding: 10px 10px 2px }
.bubble { background: #fff; border-radius: 12px; padding: 8px 12px 6px; box-shadow: 0 1px 1px #0002; white-space: pre-wrap; overflow-wrap: anywhere }
.bubble a { color: #3a7bb8; text-decoration: none }
.time { display: block; text-align: right; color: #8a9a8f; font-size: 12px }
.keys { display: flex; gap: 4px; margin-top: 4px }
.keys span { flex: 1; background: #ffffff99; border-radius: 8px; text-align: center; padding: 7px 2px; font-size: 14px; color: #25466b }
footer { height: 12px }
"""


def reference() -> Alert:
    """Give the demo's story after all of its articles."""
    day = datetime(2023, 11, 9, tzinfo=UTC)

    def member(
        ident: int, source: str, language: str, hour: int, minute: int, relation: Relation, *cites: str
    ) -> Member:
        at = day.replace(hour=hour, minute=minute)
        return Member(ident, source, language, "", f"https://example.org/{ident}", at, relation, cites)

    text = "«Ми бачимо, як КНДР надає військове обладнання Росії, але ми також бачимо, як Росія надає технології й підтримку Пхеньяну»"
    marks = tuple((text.index(word), text.index(word) + len(word)) for word in ("КНДР", "Пхеньяну"))
    return Alert(
        MessageKind.ALERT,
        "Росія допомагає КНДР розвивати військові програми – Блінкен",
        watchlist="DPRK arms",
        severity=Severity.HIGH,
        terms=("DPRK", "Blinken", "ICBM"),
        source="Ukrinform",
        language="uk",
        at=day.replace(hour=7, minute=40),
        url="https://www.ukrinform.ua/rubric-polytics/3784521-rosia-dopomagae-kndr.html",
        citing=("Yonhap",),
        quotes=(Quote(text, marks, "Блінкен"),),
        members=(
            member(1, "Yonhap", "en", 7, 12, Relation.FIRST),
            member(2, "Ukrinform", "uk", 7, 40, Relation.SAME, "Yonhap"),
        ),
        outlets=2,
        independent=1,
    )


def summary_only() -> Alert:
    """Give an alert that stands on the feed's summary, because the page asked for consent."""
    text = "Військові Південної Кореї помітили рух техніки, яка перевозить міжконтинентальні балістичні ракети КНДР."
    marks = tuple((text.index(w), text.index(w) + len(w)) for w in ("міжконтинентальні балістичні ракети", "КНДР"))
    at = datetime(2023, 11, 9, 9, 5, tzinfo=UTC)
    return Alert(
        MessageKind.ALERT,
        "Сеул спостерігає за підготовкою до пуску міжконтинентальної ракети",
        watchlist="DPRK arms",
        severity=Severity.HIGH,
        terms=("DPRK", "ICBM"),
        source="Ukrinform",
        language="uk",
        at=at,
        url="https://www.ukrinform.ua/rubric-world/3784588.html",
        quotes=(Quote(text, marks),),
        members=(Member(3, "Ukrinform", "uk", "", None, at, Relation.FIRST),),
        outlets=1,
        independent=1,
        note="from the feed's summary: the page is a consent wall",
    )


def page(alerts: list[Alert], timezone: str) -> str:
    """Give the phone's screen as HTML: what Telegram would show for each alert."""
    rows = []
    for alert in alerts:
        shown = render.telegram(alert, timezone=timezone)
        keys = "".join(
            "<div class=keys>" + "".join(f"<span>{html.escape(button.text)}</span>" for button in row) + "</div>"
            for row in shown.buttons
        )
        time = f"{alert.at.astimezone(ZoneInfo(timezone)):%H:%M}" if alert.at else ""
        rows.append(f"<div class=row><div class=bubble>{shown.html}<span class=time>{time}</span></div>{keys}</div>")
    return (
        f"<!DOCTYPE html><meta charset=utf-8><style>{_STYLE}</style>"
        f"<header>Duty desk<small>bot</small></header>{''.join(rows)}<footer></footer>"
    )


def draw(markup: str, target: Path, height: int) -> None:
    """Let Chromium photograph the page at twice the phone's density. Raises SystemExit where there is no Chromium."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is needed: apt install chromium")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "alert.html"
        file.write_text(markup, encoding="utf-8")
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--force-device-scale-factor=2",
                f"--user-data-dir={folder}/profile",
                f"--window-size=412,{height}",
                f"--screenshot={target.resolve()}",
                file.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("alert.png"))
    parser.add_argument("--timezone", default="Europe/Kyiv")
    arguments = parser.parse_args()
    draw(page([reference(), summary_only()], arguments.timezone), arguments.out, 735)
