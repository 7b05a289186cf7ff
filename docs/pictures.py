"""Draws `docs/alert.png`: messages as phones show them, by the product's own renderer. Needs Chromium.

`make pictures`; the words are the project's own, after what was reported in November 2023.
"""

from __future__ import annotations

import argparse
import html
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

from monitor.alert.render import digest, telegram
from monitor.model import (
    Act,
    ActKind,
    Alert,
    Delivery,
    Member,
    MessageKind,
    Quote,
    Relation,
    Severity,
    State,
)

TIMEZONE = "Europe/Kyiv"
WIDTH, HEIGHT = 1272, 955

_STYLE = """
* { box-sizing: border-box; margin: 0 }
body { width: 1272px; height: 955px; background: transparent; display: flex; gap: 24px; padding: 10px 12px;
  font: 15.5px/1.36 'Noto Sans CJK KR', 'Liberation Sans', sans-serif; color: #eef3f8 }
section { flex: 1 1 0; min-width: 0; display: flex; flex-direction: column }
.phone { flex: 1; display: flex; flex-direction: column; border-radius: 34px; overflow: hidden; border: 7px solid #05080c;
  background: #101e29 }
header { display: flex; gap: 12px; align-items: center; background: #15222ee6; padding: 13px 18px 11px; font-weight: 700 }
header i { width: 38px; height: 38px; border-radius: 50%; display: grid; place-items: center; font-style: normal;
  font-size: 17px; color: #fff; background: linear-gradient(#57b894, #2c7f7a) }
header small { display: block; font-weight: 400; font-size: 13px; color: #8fa6b8 }
main { flex: 1; display: flex; flex-direction: column; justify-content: flex-end; padding: 8px 10px 10px; gap: 9px }
.day { align-self: center; background: #0006; color: #cfdbe4; border-radius: 12px; padding: 1px 11px; font-size: 12.5px }
.bubble { background: #1f3140; border-radius: 15px 15px 15px 5px; padding: 8px 13px 5px; white-space: pre-wrap;
  overflow-wrap: anywhere }
.bubble a { color: #7fc4f5; text-decoration: none }
.answered, .card { display: block; border-left: 3px solid #57b894; background: #57b8941f; border-radius: 5px;
  padding: 3px 9px 4px; margin: 1px 0 6px; font-size: 13.5px; line-height: 1.32 }
.answered b, .card b { display: block; color: #6fd1ab; font-weight: 700 }
.answered span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; color: #c4d2dc }
.card { margin: 7px 0 2px }
.card span { color: #c4d2dc }
.time { display: block; text-align: right; color: #86a0b3; font-size: 12px; margin-top: 1px }
.keys { display: flex; gap: 4px; margin-top: 4px }
.keys span { flex: 1; background: #33506699; border-radius: 9px; text-align: center; padding: 6px 2px; font-size: 14px;
  color: #e4eef5; white-space: nowrap }
.keys span.link::after { content: '↗'; font-size: 11px; vertical-align: 4px; color: #8fb6d0; margin-left: 2px }
p { text-align: center; color: #768491; padding: 11px 6px 0; font-size: 15.5px; line-height: 1.35; height: 66px }
p b { color: #5d8fb0 }
"""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on a screen."""

    alert: Alert
    at: datetime  # when it was sent
    edited: datetime | None = None
    answers: Alert | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """A phone, and what is written below it."""

    chat: str
    members: str
    day: str
    bubbles: tuple[Bubble, ...]
    title: str
    caption: str


def at(day: int, hour: int, minute: int) -> datetime:
    """Return a time of November 2023, in UTC."""
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)


def member(ident: int, source: str, language: str, when: datetime, relation: Relation, *cites: str) -> Member:
    """Return an article of a story."""
    return Member(ident, source, language, "", f"https://example.org/{ident}", when, relation, cites)


def quote(text: str, *surfaces: str, speaker: str | None = None) -> Quote:
    """Return a sentence with the surfaces that matched."""
    return Quote(text, tuple((text.index(word), text.index(word) + len(word)) for word in surfaces), speaker)


def growing() -> Screen:
    """Show a story that was edited as it grew, and rang again for a second source."""
    alert = Alert(
        MessageKind.ALERT,
        "Росія допомагає КНДР розвивати військові програми – Блінкен",
        watchlist="DPRK arms",
        severity=Severity.HIGH,
        terms=("DPRK", "Blinken", "ICBM"),
        source="Ukrinform",
        language="uk",
        at=at(9, 7, 40),
        url="https://www.ukrinform.ua/rubric-polytics/3784521-rosia-dopomagae-kndr.html",
        citing=("Yonhap",),
        quotes=(
            quote(
                "«Ми бачимо, як КНДР надає військове обладнання Росії, але ми також бачимо, як Росія надає технології "
                "й підтримку Пхеньяну»",
                "КНДР",
                "Пхеньяну",
                speaker="Блінкен",
            ),
        ),
        members=(
            member(1, "Yonhap", "en", at(9, 7, 12), Relation.FIRST),
            member(2, "Ukrinform", "uk", at(9, 7, 40), Relation.SAME, "Yonhap"),
            member(3, "Reuters", "en", at(9, 8, 2), Relation.SAME),
        ),
        outlets=3,
        independent=2,
        acts=(Act(ActKind.ACK, 5, "Олена", at(9, 7, 52)),),
    )
    reply = Alert(
        MessageKind.REPLY,
        "Blinken accuses Moscow of aiding North Korean weapons programmes",
        watchlist="DPRK arms",
        severity=Severity.HIGH,
        source="Reuters",
        language="en",
        at=at(9, 8, 2),
        url="https://example.org/3",
        members=alert.members[2:],
        note="second independent source: Reuters",
    )
    bubbles = (Bubble(alert, at(9, 7, 42), edited=at(9, 8, 3)), Bubble(reply, at(9, 8, 3), answers=alert))
    return Screen(
        "Duty desk",
        "3 members, bot",
        "9 November",
        bubbles,
        "One story, one message",
        "edited in silence as it grows; it rings again for a second independent source",
    )


def languages() -> Screen:
    """Show one story in three languages, and an alert that stands on the feed's summary."""
    launch = Alert(
        MessageKind.ALERT,
        '[속보] 북한, 군사정찰위성 쏘아 올려…합참 "남쪽 방향 발사"',
        watchlist="DPRK launches",
        severity=Severity.CRITICAL,
        terms=("DPRK", "satellite", "Pyongyang"),
        source="Yonhap Korean",
        language="ko",
        at=at(21, 13, 46),
        url="https://www.yna.co.kr/view/AKR20231121170000504",
        quotes=(
            quote(
                "합동참모본부는 21일 밤 북한이 남쪽 방향으로 군사정찰위성이라고 주장하는 발사체를 쏘았다고 밝혔다.",
                "북한",
                "군사정찰위성",
            ),
            quote("Пхеньян попередив Токіо про запуск супутника ще вранці.", "Пхеньян", "супутника"),
        ),
        members=(
            member(11, "Yonhap Korean", "ko", at(21, 13, 46), Relation.FIRST),
            member(12, "Yonhap", "en", at(21, 13, 50), Relation.SAME),
            member(13, "NHK", "ja", at(21, 13, 52), Relation.SAME),
            member(14, "Ukrinform", "uk", at(21, 14, 5), Relation.SAME, "Yonhap"),
        ),
        outlets=3,
        independent=2,
    )
    wall = Alert(
        MessageKind.ALERT,
        "Сеул призупиняє частину угоди про розрядку з КНДР",
        watchlist="DPRK launches",
        severity=Severity.NORMAL,
        terms=("DPRK",),
        source="Ukrinform",
        language="uk",
        at=at(21, 14, 40),
        url="https://www.ukrinform.ua/rubric-world/3790001.html",
        quotes=(quote("Сеул відновить повітряну розвідку біля кордону з КНДР.", "КНДР"),),
        members=(member(15, "Ukrinform", "uk", at(21, 14, 40), Relation.FIRST),),
        note="from the feed's summary: the page is a consent wall",
    )
    return Screen(
        "Night watch",
        "bot",
        "21 November",
        (Bubble(launch, at(21, 13, 47), edited=at(21, 14, 6)), Bubble(wall, at(21, 14, 42))),
        "Any language, any inflected form",
        "with the sentence that matched; your clock and, where it differs, the outlet's",
    )


def calm() -> Screen:
    """Show what waited for the end of quiet hours, and a source that fell silent."""

    def held(ident: int, title: str, watchlist: str, severity: Severity, when: datetime, *sources: str) -> Delivery:
        members = tuple(member(ident * 10 + n, name, "en", when, Relation.SAME) for n, name in enumerate(sources))
        alert = Alert(
            MessageKind.ALERT,
            title,
            watchlist=watchlist,
            severity=severity,
            source=sources[0],
            at=when,
            url=f"https://example.org/{ident}",
            members=members,
        )
        return Delivery(ident, "me", str(ident), alert, State.HELD, ident, None, 1, 0, 0, when, when)

    rows = (
        held(
            1,
            "Парламент Південної Кореї скликає комітет з оборони",
            "DPRK arms",
            Severity.HIGH,
            at(22, 1, 20),
            "Yonhap",
            "Ukrinform",
        ),
        held(
            2,
            "Радбез ООН збереться через запуск КНДР",
            "DPRK arms",
            Severity.HIGH,
            at(22, 3, 5),
            "Ukrinform",
            "Reuters",
            "AFP",
            "NHK",
        ),
        held(5, "한미, 연합 공중훈련 시작", "DPRK arms", Severity.NORMAL, at(22, 4, 40), "Yonhap Korean"),
        held(
            3,
            "Нова партія 155-мм снарядів прибула до України",
            "Arms for Ukraine",
            Severity.NORMAL,
            at(21, 23, 40),
            "Ukrinform",
        ),
        held(
            4,
            "Nuclear plant in Zaporizhzhia back on its second power line",
            "Energy",
            Severity.NORMAL,
            at(22, 4, 12),
            "Reuters",
            "Ukrinform",
        ),
    )
    (batch,) = digest.gathered("me", rows, at(22, 5, 0), expire=86400.0)
    notice = Alert(
        MessageKind.NOTICE,
        "Yonhap is silent against its rhythm",
        lines=("Yonhap: nothing new for 5 h; its longest pause in two weeks was 3 h",),
        at=at(22, 8, 31),
    )
    return Screen(
        "Me",
        "bot",
        "22 November",
        (Bubble(batch.new.alert, at(22, 5, 0)), Bubble(notice, at(22, 8, 31))),
        "Quiet while you sleep",
        "quiet hours end in one digest; a source that falls silent or breaks is reported",
    )


# --------------------------------------------------------------------------- drawing


def drawn(screen: Screen) -> str:
    """Return a phone as HTML."""
    bubbles = "".join(f"<div>{_bubble(bubble)}</div>" for bubble in screen.bubbles)
    return (
        f"<section><div class=phone><header><i>{screen.chat[0]}</i><div>{screen.chat}<small>{screen.members}</small></div>"
        f"</header><main><span class=day>{screen.day}</span>{bubbles}</main></div>"
        f"<p><b>{html.escape(screen.title)}</b><br>{html.escape(screen.caption)}</p></section>"
    )


def _bubble(bubble: Bubble) -> str:
    shown = telegram.telegram(bubble.alert, timezone=TIMEZONE, now=bubble.at)
    above = ""
    if bubble.answers is not None:
        above = f"<span class=answered><b>News monitor</b><span>{html.escape(bubble.answers.headline)}</span></span>"
    card = ""
    if shown.preview_url and bubble.edited is not None and len(bubble.alert.quotes) == 1:
        source, title = html.escape(bubble.alert.source or ""), html.escape(bubble.alert.headline)
        card = f"<span class=card><b>{source}</b><span>{title}</span></span>"
    clock = (bubble.edited or bubble.at).astimezone(ZoneInfo(TIMEZONE))
    time = f"<span class=time>{'edited ' if bubble.edited else ''}{clock:%H:%M}</span>"
    keys = "".join(
        "<div class=keys>"
        + "".join(f"<span{' class=link' if key.url else ''}>{html.escape(key.text)}</span>" for key in row)
        + "</div>"
        for row in shown.buttons
    )
    return f"<div class=bubble>{above}{shown.html}{card}{time}</div>{keys}"


def page() -> str:
    """Return the whole picture as HTML."""
    phones = "".join(map(drawn, (growing(), languages(), calm())))
    return f"<!DOCTYPE html><meta charset=utf-8><style>{_STYLE}</style>{phones}"


def draw(markup: str, target: Path) -> None:
    """Let Chromium photograph the page, 1.5 pixels a point. Raises SystemExit where there is no Chromium."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is needed: apt install chromium")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "alert.html"
        file.write_text(markup, encoding="utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        command += ["--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars"]
        command += ["--force-device-scale-factor=1.5", "--default-background-color=00000000"]
        command += [f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{HEIGHT}"]
        command += [f"--screenshot={target.resolve()}", file.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
    with Image.open(target) as picture:
        picture.quantize(255).save(target, optimize=True)  # flat colours: a fifth of the size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("alert.png"))
    draw(page(), parser.parse_args().out)
