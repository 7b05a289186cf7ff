"""Phrases that tell what a line is: background, credit, dateline, furniture.

Collected from the public pages of news agencies in Ukrainian, Russian, English and Korean. Each pattern is matched at a
line's beginning unless it says otherwise; a language's phrases do not occur in another's, so all are tried together.
Those of background are in `monitor/data/background.yaml`, of walls in `monitor/data/walls.yaml`, the outlets' names in
`monitor/data/outlets.yaml`.
"""

from __future__ import annotations

import re

from monitor import data


def _any(*patterns: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), flags)


_QUOTE = r"[«»\"“”'’„]?"

_BACKGROUND = tuple(data.load("background").values())
_OUTLETS = tuple(data.load("outlets").values())


def _as_written(use: str) -> str:
    """Return a pattern that matches any outlet's name in one context: 'dateline', 'credit'."""
    return "|".join(re.escape(name) for outlet in _OUTLETS for name in outlet.get(use, ()))


# From such a line on, everything is background.
BACKGROUND = _any(*(line.replace("{TOLD}", of.get("told", "")) for of in _BACKGROUND for line in of.get("surely", ())))

# From such a line on, everything is background where little follows.
BACKGROUND_IF_LATE = _any(*(line for of in _BACKGROUND for line in of["late"]))

_CAPITAL = r"(?-i:[A-ZА-ЯІЇЄҐ])"
_NAME = rf"{_CAPITAL}[\w.'’-]+(?: {_CAPITAL}[\w.'’-]+){{1,3}}"
_BYLINE = rf"by {_NAME}(?:(?:,| and) {_NAME})*\s*$"
_LICENCE = (
    r"(?:при (?:цитуванні|цитировании|використанні|использовании)(?: (?:і|й|та|и) \w+)? (?:\w+ )?матер[иі]ал"
    r"|(?:передрук|перепечатка)\w* (?:матер[иі]ал|заборон|запрещ|дозвол|разреш|без|лише|только)"
    r"|[ву][сc][іе] права (?:захищ|защищ|застереж))"
)

_PICTURE = (
    r"фото(?:графі[яї]|графи[яи])?|світлин[аи]|відео|фото/відео|фото й відео|ілюстраці[яї]|скриншот|скріншот"
    r"|інфографіка|колаж"
    r"|снимок|видео|иллюстраци[яи]|инфографика|коллаж|картинка|заглавное фото|головне фото"
    r"|photos?|image|picture|pic|video|graphic|screenshot|illustration|file photo|photo credit|image credit|credits?"
    r"|사진|그래픽|영상|자료사진|이미지"
)

# The whole line is a credit, a caption, or what an agency puts under every article.
CREDIT = _any(
    rf"[(\[]?(?:{_PICTURE})\s*[:=©–—|/-]\s*\S",
    rf"[(\[]?(?:{_PICTURE})\s+(?:by|courtesy|from|via|з|із|зі|с|из|надано|предоставлено)\s",
    rf"(?:{_PICTURE})(?:\s+{_QUOTE}{_CAPITAL}[\w.«»\"“”’'/-]*){{1,5}}\s*$",
    rf"[(\[]?(?:[\w-]+[-/=])?(?:{_as_written('credit')})(?:\s+news)?[)\]]?\s*$",
    r"(?:in )?(?:this|these) (?:\w+ ){0,3}?(?:photos?|images?|pictures?)\s*,?\s*(?:\w+ )?"
    r"(?:taken|provided|released|captured|carried|issued|published)\b",
    r"[\[<(].{0,120}(?:제공|자료사진|캡처|재판매 및 DB ?금지|게티이미지|연합뉴스TV)[^\]>)]{0,60}[\]>)]\s*$",
    r"[가-힣]{2,4} (?:선임)?(?:기자|특파원|통신원)\s*(?:=|$|[\w.+-]+@)",
    _BYLINE,
    r"\(end\)\s*$",
    r"끝\s*$",
    r"\(끝\)\s*$",
    r"-+ ?30 ?-+\s*$",
    r"\d{4}[/.]\d\d[/.]\d\d \d\d:\d\d (?:송고|전송)",
    r"\(attn\b",
    r"\[?(?:제보는|저작권자|<저작권자|무단 ?전재|ⓒ|©|copyright (?:\(c\)|©|\d{4}|by\b)|\(c\) ?\d{4})",
    _LICENCE,
)

_RIGHTS = _any(r".{0,200}(?:무단 ?전재|all rights reserved)")
# The same, of lines that hold certain characters: other lines need no look.
CREDIT_WITH = {
    "(": _any(
        r".{0,600}\((?:[\w .-]+[-/=])?(?:Yonhap|연합뉴스)(?: News(?: TV)?| file photo|TV| 자료사진)?\)\s*$",
        r".{0,600}\((?:file photo|photo not for sale|for use only in .{0,60}|pool photo)\)",
    ),
    "[": _any(r".{0,300}\[(?:연합뉴스|\S{1,20} 제공|[^\]]{0,60}재판매 및 DB ?금지)[^\]]{0,60}\]\s*$"),
    "@": _any(r"(?:[\w.'’-]+ ){0,6}[(<]?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[)>]?\s*$"),
    **dict.fromkeys(("rved", "RVED", "무단"), _RIGHTS),
}

_AGENCY = rf"(?:[\w\ .-]+[-/=])?(?:{_as_written('dateline')})"
_KOREAN_BYLINE = r"[가-힣]{2,4}(?:(?:[·,]\ ?|\ )[가-힣]{2,4}){0,4}\s+(?:선임)?(?:기자|특파원|통신원|논설위원)\s*=\s*"

# Where and from whom, before an article's first words: not part of what it says. In Latin and Cyrillic letters either a
# date or a known agency must stand there: 'КНДР (Північна Корея) заявила' is no dateline.
DATELINE = re.compile(
    rf"""
      [(\[][가-힣A-Za-z·,/\ ]{{1,40}}=[가-힣A-Za-z0-9\ ]{{2,20}}[)\]]\s*(?:{_KOREAN_BYLINE})?
    | {_KOREAN_BYLINE}
    | [A-Z][A-Z.,'/\ -]{{2,50}}(?:,\ [A-Z][\w.\ ]{{2,20}}?)?,?\ [A-Z][a-z]{{2,8}}\.?\ \d{{1,2}},?
        \ [(/][\w./=\ -]{{2,30}}[)/]\.?\s*[-–—]{{0,2}}\s*
    | [A-Z][A-Z.,'/\ -]{{2,50}}(?:,\ [A-Z][\w.\ ]{{2,20}}?)?,?\ [(/](?:{_AGENCY})[)/]\.?\s*[-–—]{{1,2}}\s*
    | [А-ЯІЇЄҐ][А-ЯІЇЄҐ.,'’/\ -]{{2,40}},?\ \d{{1,2}}\ \w{{3,12}}\.?,?\ [(/][\w.\ -]{{2,30}}[)/]\.?\s*[-–—]{{0,2}}\s*
    | [А-ЯІЇЄҐ][А-ЯІЇЄҐ.,'’/\ -]{{2,40}},?\ [(/](?:{_AGENCY})[)/]\.?\s*[-–—]{{0,2}}\s*
    """,
    re.VERBOSE,
)

_PROMOTION = data.load("promotion")
_BULLETS = r"[▶▷►■□●○◆◇※☞→➡👉📢📌•*·|>\s–—-]*"


def _promotion(pattern: str) -> str:
    return rf"{_BULLETS}(?:{pattern.replace('{NET}', _PROMOTION['network']).replace('{TO}', '.{0,160}')})[.!…\s]*$"


# Whole lines by which an outlet promotes itself, asks for tips, or names who wrote.
PROMOTION = _any(*(_promotion(each) for language in ("uk", "ru", "en", "ko") for each in _PROMOTION[language]))
PROMOTION_LONGEST = 200  # characters

# Lines that belong to the page, not to the article.
FURNITURE = _any(
    r"\(attn\b.*\)\s*$",
    _BYLINE,
    r"(?:[\w.'’-]+ ){0,4}[(<]?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[)>]?\s*$",
    r"\(end\)\s*$",
    r"\(끝\)\s*$",
    r"끝\s*$",
    r"(?:читайте|чита́йте|дивіться|дивись|смотрите) (?:також|ще|також:|также)\b",
    r"читати (?:також|більше)\b",
    r"(?:більше )?за темою\s*:",
    r"(?:read|see|watch) (?:also|more|next)\b",
    r"(?:related|recommended) (?:articles?|stories|news|topics)\b",
    r"(?:관련기사|관련 ?뉴스|더 읽기)\b",
    r"(?:підпис(?:уйтесь|уйтеся|атися)|приєднуйтесь|стежте за)\b.{0,150}$",
    r"(?:подпис(?:ывайтесь|аться)|присоединяйтесь|следите за)\b.{0,150}$",
    r"(?:subscribe (?:to|now|today|for|and)|sign up|follow us|join us)\b.{0,100}$",
    r"(?:share (?:this|on|via)|tweet|like us|click here)\b.{0,100}$",
    r"(?:поділитися|поширити|надрукувати|поделиться|распечатать|скопіювати посилання|друк)\s*$",
    r"(?:print|share|copy link|공유하기|댓글|구독)\s*$",
    r"(?:якщо ви знайшли|якщо ви помітили|если вы (?:нашли|заметили)|помітили помилку|нашли ошибку|знайшли помилку)\b",
    _LICENCE,
    r"(?:©|ⓒ|copyright (?:\(c\)|©|\d{4}|by\b)|\(c\) ?\d{4}|<?저작권자).{0,200}$",
    r".{0,120}(?:all rights reserved|무단 ?전재).{0,80}$",
    r"제보는\b",
    r"\d{4}[/.]\d\d[/.]\d\d \d\d:\d\d (?:송고|전송)\s*$",
    r"(?:loading|advertisement|реклама|загрузка|завантаження|광고)\.{0,3}\s*$",
)
