"""Thirty alerts and more, as varied as what goes out: for snapshots, and for what every channel must take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model import Act, ActKind, Alert, FollowedStory, Member, MessageKind, Quote, Relation, Severity

NOW = datetime(2023, 11, 9, 12, 0, tzinfo=UTC)


def at(hour: int, minute: int, day: int = 9) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)


def quote(text: str, *surfaces: str, speaker: str | None = None) -> Quote:
    marks = sorted((text.index(surface), text.index(surface) + len(surface)) for surface in surfaces)
    return Quote(text, tuple(marks), speaker)


def members(
    *rows: tuple[str, str, datetime, Relation] | tuple[str, str, datetime, Relation, str],
) -> tuple[Member, ...]:
    return tuple(
        Member(number, row[0], row[1], "", f"https://news.example/{number}", row[2], row[3], row[4:])
        for number, row in enumerate(rows, 1)
    )


STORY = members(
    ("Yonhap", "en", at(7, 12), Relation.FIRST),
    ("Yonhap", "en", at(7, 30), Relation.VERSION),
    ("Ukrinform", "uk", at(7, 40), Relation.SAME, "Yonhap"),
)
UK = Alert(
    MessageKind.ALERT,
    "Росія допомагає КНДР розвивати військові програми – Блінкен",
    watchlist="DPRK arms",
    severity=Severity.HIGH,
    terms=("DPRK", "Blinken", "ICBM"),
    source="Ukrinform",
    language="uk",
    at=at(7, 40),
    url="https://www.ukrinform.ua/rubric-polytics/3784521-rosia-dopomagae-kndr.html",
    citing=("Yonhap",),
    quotes=(quote("«Ми бачимо, як КНДР надає військове обладнання Росії»", "КНДР", speaker="Ентоні Блінкен"),),
    members=STORY,
    outlets=2,
    independent=1,
)
EN = replace(
    UK,
    headline="(2nd LD) Blinken says Russia giving N.K. technology for military programs",
    source="Yonhap",
    language="en",
    at=at(7, 30),
    url="https://en.yna.co.kr/view/AEN20231109007252315",
    citing=(),
    quotes=(
        quote("Russia is providing technology to the North's military, Blinken told reporters.", "North", "Blinken"),
    ),
    members=STORY[:2],
    outlets=1,
)
KO = replace(
    EN,
    headline='블링컨 "러, 北 군사프로그램에 기술 지원"',
    source="연합뉴스",
    language="ko",
    quotes=(
        quote(
            "블링컨 장관은 9일 서울에서 러시아가 북한에 기술을 제공한다고 밝혔다.",
            "블링컨",
            "북한",
            speaker="블링컨 장관",
        ),
    ),
    members=members(("연합뉴스", "ko", at(7, 10), Relation.FIRST), ("Yonhap", "en", at(7, 30), Relation.VERSION)),
)
RU = replace(
    UK,
    headline="Блинкен: Россия помогает КНДР с военными технологиями",
    source="Интерфакс",
    language="ru",
    quotes=(
        quote(
            "Москва передаёт Пхеньяну технологии для баллистических ракет, заявил Блинкен.",
            "Пхеньяну",
            "баллистических ракет",
            "Блинкен",
        ),
    ),
    members=members(("Интерфакс", "ru", at(7, 50), Relation.FIRST, "Yonhap")),
    outlets=1,
)
JOINED = (
    replace(STORY[0], title="Blinken says Russia giving N.K. technology"),
    replace(STORY[2], article_id=2, title=UK.headline, cites=()),
    Member(3, "Ukrinform", "uk", f"{UK.headline} (оновлено)", None, at(7, 50), Relation.VERSION),
    Member(4, "Ukrinform", "uk", "Зеленський зустрівся з Рютте", None, at(8, 0), Relation.SAME),
    Member(5, "Ukrinform", "uk", "Буданов: " + "дуже довгий заголовок про ракети " * 5, None, at(8, 10), Relation.SAME),
    Member(6, "Ukrinform", "uk", "Сибіга про допомогу Сеула", None, at(8, 20), Relation.SAME),
    Member(7, "Yonhap", "en", "Seoul sends aid to Kyiv", None, at(8, 30), Relation.VERSION),
)
MANY = members(
    ("Yonhap", "en", at(23, 50, day=8), Relation.FIRST),
    ("Yonhap", "ko", at(23, 55, day=8), Relation.SAME),
    ("Ukrinform", "uk", at(0, 20), Relation.SAME, "Yonhap"),
    ("УНІАН", "uk", at(0, 31), Relation.COPY),
    ("Reuters", "en", at(0, 40), Relation.SAME),
    ("Suspilne", "uk", at(1, 2), Relation.SAME, "Reuters"),
    ("Kyiv Independent", "en", at(1, 15), Relation.SAME, "Reuters"),
    ("NHK", "ja", at(1, 30), Relation.SAME, "KCNA"),
)
LONG = "Рада безпеки ООН зібралася на термінове засідання через запуск міжконтинентальної балістичної ракети, "
HOSTILE = "<b>Free</b> & <a href='tg://user?id=1'>you</a> @everyone /start t.me/joinchat \u202egnp.exe\u202c\x00 &lt;script&gt;"

FOLLOWED = FollowedStory(
    3, "Росія погодилася передати технології", "Ukrinform", at(6, 40), "https://www.ukrinform.ua/1", 40
)
SAMPLE_ALERTS: dict[str, Alert] = {
    "ukrainian, cites an agency, quote with speaker": UK,
    "english, a version, two clocks": EN,
    "korean": KO,
    "russian, origin not seen": RU,
    "arabic": replace(
        EN,
        headline="كوريا الشمالية تطلق صاروخا باليستيا عابرا للقارات",
        source="الجزيرة",
        language="ar",
        citing=("يونهاب",),
        quotes=(
            quote(
                "قال الجيش إن كوريا الشمالية أطلقت صاروخا باتجاه البحر الشرقي صباح اليوم.",
                "كوريا الشمالية",
                speaker="الجيش",
            ),
        ),
        members=members(("الجزيرة", "ar", at(7, 30), Relation.FIRST), ("Reuters", "en", at(7, 41), Relation.SAME)),
        outlets=2,
        independent=2,
    ),
    "hebrew, everything written from the right": replace(
        EN,
        headline="BBC: צפון קוריאה שיגרה טיל בליסטי לעבר הים",
        watchlist="צפון קוריאה",
        terms=("צפון קוריאה", "טיל"),
        source="הארץ",
        language="he",
        quotes=(
            quote('לפי הצבא, צפון קוריאה שיגרה את הטיל ב-06:30 לעבר ים יפן (דו"ח ראשוני).', "צפון קוריאה", "הטיל"),
        ),
        members=(),
    ),
    "chinese": replace(
        EN,
        headline="布林肯：俄罗斯正向朝鲜提供军事技术",
        source="新华社",
        language="zh",
        quotes=(quote("布林肯在首尔表示，俄罗斯正在向朝鲜的军事项目提供技术和支持。", "布林肯", "朝鲜"),),
        members=(),
    ),
    "japanese, the outlet's clock is a day on": replace(
        EN,
        headline="北朝鮮が弾道ミサイルを発射か 防衛省",
        source="NHK",
        language="ja",
        at=at(16, 5),
        quotes=(
            quote(
                "防衛省は、北朝鮮から弾道ミサイルの可能性があるものが発射されたと発表しました。",
                "北朝鮮",
                "弾道ミサイル",
            ),
        ),
        members=(),
    ),
    "low": replace(UK, severity=Severity.LOW),
    "normal": replace(UK, severity=Severity.NORMAL),
    "critical, urgent": replace(
        EN,
        headline="(URGENT) N. Korea fires ballistic missile toward East Sea: JCS",
        severity=Severity.CRITICAL,
        terms=("DPRK", "ballistic missile"),
        quotes=(),
        members=members(("Yonhap", "en", at(7, 30), Relation.FIRST)),
    ),
    "correction": replace(
        EN,
        headline="(CORRECTION) Blinken arrives in Seoul for talks on N. Korea",
        quotes=(
            quote("U.S. Secretary of State Antony Blinken arrived at 4:40 p.m., not 5:40 p.m. as reported.", "Blinken"),
        ),
    ),
    "long title": replace(UK, headline=LONG * 6),
    "long sentence, the name far into it": replace(
        UK,
        quotes=(
            quote("Довге речення без кінця, " * 30 + "яке згадує КНДР і тягнеться далі " + "ще і ще " * 30, "КНДР"),
        ),
    ),
    "two quotes": replace(
        UK,
        quotes=(
            quote("«Ми бачимо, як КНДР надає військове обладнання Росії»", "КНДР", speaker="Блінкен"),
            quote("Пхеньян випробував міжконтинентальну балістичну ракету.", "міжконтинентальну балістичну ракету"),
        ),
    ),
    "no link": replace(UK, url=None),
    "no time": replace(UK, at=None, members=()),
    "no title": replace(UK, headline=" \u200b "),
    "nothing but a title": Alert(MessageKind.ALERT, "КНДР запустила ракету"),
    "from the feed's summary": replace(
        UK, note="from the feed's summary: the page is a consent wall", members=STORY[2:], outlets=1, citing=()
    ),
    "background only": replace(
        UK,
        headline="Завтра в Україні дощ і сильний вітер",
        watchlist="Background too",
        severity=Severity.LOW,
        terms=("DPRK",),
        quotes=(quote("Як повідомляв Укрінформ, раніше Блінкен говорив про КНДР.", "КНДР"),),
        citing=(),
        members=(),
    ),
    "many outlets, since yesterday": replace(UK, members=MANY, outlets=7, independent=3),
    "one outlet that cites nobody": replace(EN, members=STORY[:1], outlets=1),
    "reply: another watchlist": replace(
        UK,
        kind=MessageKind.REPLY,
        watchlist="Arms for Russia",
        note="now matches, too: weapons",
        severity=Severity.NORMAL,
    ),
    "other titles of the outlet": replace(UK, members=JOINED, outlets=2),
    "other titles, one outlet": replace(UK, members=JOINED[1:6], outlets=1, citing=()),
    "other titles, hostile": replace(
        UK, members=tuple(replace(each, title=f"{each.article_id} {HOSTILE}") for each in JOINED)
    ),
    "a follow-up": replace(UK, follows=FOLLOWED),
    "a pointer": replace(UK, follows=FOLLOWED, pointer=True, members=JOINED, outlets=2, news="+ UNIAN"),
    "a follow-up of one outlet, what the last edit added": replace(
        EN, members=STORY[:1], outlets=1, news="3rd LD", follows=replace(FOLLOWED, at=at(21, 40, day=7))
    ),
    "a follow-up, other titles": replace(
        UK, members=JOINED, outlets=2, follows=replace(FOLLOWED, title=LONG, url=None, source=None)
    ),
    "a follow-up, hostile": replace(
        UK,
        wording="uk",
        follows=FollowedStory(3, "<b>@all</b> tg://user?id=1 \u202eabc", "</a>" * 30, None, "javascript:alert(1)"),
    ),
    "a follow-up of a story without words": replace(UK, follows=FollowedStory(3, "")),
    "yesterday's": replace(UK, at=at(21, 40, day=7), members=()),
    "last year's": replace(UK, at=datetime(2022, 12, 31, 9, 5, tzinfo=UTC), members=()),
    "many terms, as they were written": replace(
        UK,
        terms=(
            "@DPRK",
            '"балістична ракета"',
            "=sanctions",
            "missil*",
            r"/Hwasong-\d+/",
            "Blinken",
            "Сеул",
            "МАГАТЕ",
            "артилерія калібру 152 мм",
        ),
    ),
    "emoji, flags and accents": replace(
        UK, headline="🇰🇵🚀 Запуск ракети 👨‍👩‍👧‍👦 у Сеу́лі ⚡️ «п’ята» спроба — нарешті", citing=("Тáня 🇺🇦",)
    ),
    "hostile": replace(
        UK,
        headline=HOSTILE,
        source=HOSTILE,
        citing=(HOSTILE,),
        watchlist=HOSTILE[:40],
        url="javascript:alert(1)",
        quotes=(Quote(HOSTILE, ((0, 7), (20, 30)), HOSTILE),),
        note=HOSTILE,
        members=members((HOSTILE, "en", at(7, 0), Relation.FIRST), ("Reuters", "en", at(8, 0), Relation.SAME, HOSTILE)),
    ),
    "two watchlists, and what people did": replace(
        UK,
        also=("Arms for Russia",),
        acts=(Act(ActKind.ACK, 5, "Олена <b>", at(7, 52)), Act(ActKind.MUTE, 6, "دنيا @duty", at(12, 1, day=10))),
    ),
    "reply: a second source": replace(
        UK,
        kind=MessageKind.REPLY,
        note="second independent source: Reuters",
        quotes=(),
        members=MANY,
        outlets=7,
        independent=3,
    ),
    "reply: severity": replace(
        UK,
        kind=MessageKind.REPLY,
        note="severity is now critical",
        quotes=(),
        severity=Severity.CRITICAL,
        members=STORY,
    ),
    "notice: now watching": Alert(
        MessageKind.NOTICE,
        "Now watching 2 sources",
        severity=Severity.LOW,
        lines=("Sources: Ukrinform, Yonhap", "Watchlists: DPRK arms", "What is published from now on raises alerts."),
        silent=True,
    ),
    "notice: trouble": Alert(
        MessageKind.NOTICE,
        "Delivery needs a look",
        lines=("desk: the chat refuses messages, they are kept until it takes them (Forbidden: bot was kicked)",),
        at=NOW,
    ),
    "digest": Alert(
        MessageKind.DIGEST,
        "5 alerts gathered",
        severity=Severity.CRITICAL,
        at=NOW,
        items=(
            replace(EN, headline="(URGENT) N. Korea fires missile", severity=Severity.CRITICAL),
            UK,
            KO,
            replace(EN, source="הארץ", language="he", headline="צפון קוריאה שיגרה טיל", severity=Severity.NORMAL),
            replace(UK, headline="Без адреси", url=None, severity=Severity.LOW, at=at(20, 0, day=8)),
        ),
    ),
    "digest, too long": Alert(
        MessageKind.DIGEST,
        "60 alerts gathered",
        at=NOW,
        items=tuple(replace(UK, headline=f"№ {n}. {LONG}") for n in range(60)),
    ),
}
