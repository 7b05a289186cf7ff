"""Flags in titles that mark a version of an article ('UPDATED', '(2nd LD)').

Flags as observed on Yonhap (English and Korean), Reuters, Ukrinform; others use the same words. A flag is taken off
only where it stands as a flag: in brackets, or in capitals at an end of the title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.story.outlets import outlet


@dataclass(frozen=True, slots=True)
class StrippedTitle:
    """A title without its flags.

    `version` counts an outlet's revisions: 0 for the first flash, 1 for '(LEAD)' or '(종합)', n for '(nth LD)' or
    '(종합n보)'; None where the title says nothing. `separate`: '(News Focus)', '[단독]' start another article, which is
    never folded into one with the same words.
    """

    title: str
    flags: tuple[str, ...] = ()
    urgent: bool = False
    version: int | None = None
    separate: bool = False


@dataclass(frozen=True, slots=True)
class _Flag:
    pattern: re.Pattern[str]
    urgent: bool = False
    version: int | None = None  # None: the pattern's group 1 where it has one
    separate: bool = False


def _head(
    text: str, *, caps: bool = False, urgent: bool = False, version: int | None = None, separate: bool = False
) -> _Flag:
    """Build a flag at the head of a title; with `caps` it counts in just these capitals."""
    return _Flag(re.compile(rf"^\s*(?:{text})\s*", 0 if caps else re.IGNORECASE), urgent, version, separate)


def _tail(text: str, *, caps: bool = False, urgent: bool = False, version: int | None = None) -> _Flag:
    return _Flag(re.compile(rf"\s*(?:{text})\s*$", 0 if caps else re.IGNORECASE), urgent, version)


_FEATURES = (
    r"News Focus|Yonhap (?:Feature|Interview)|Feature|Interview|News Analysis|Analysis|Newsmaker|Movie Review"
    r"|Drama Review|EDITORIAL from [^)]*|EDITORIAL|Yearender|Diplomacy|Military Diplomacy"
    r"|Profile|Column|Opinion|Photo(?: News)?"
    r"|Exclusive|Chronology|Timeline|Factbox|Fact ?Box|Explainer|Olympics|World Cup|News Summary|Summary"
)
_FEATURES_KO = (
    r"단독|인터뷰|특파원 ?리포트|팩트체크|사설|칼럼|기고|시론|연합시론|포토|사진|그래픽|영상|일지|연표|연합뉴스TV"
)
_FLAGS = (
    _head(r"\((?:URGENT|BREAKING)\)|\[(?:URGENT|BREAKING)\]", urgent=True, version=0),
    _head(r"(?:URGENT|BREAKING(?: NEWS)?|FLASH)\s*[:|–—-]", caps=True, urgent=True, version=0),
    _head(r"(?:Breaking(?: News)?|Urgent)\s*:", urgent=True, version=0),
    _head(r"\(LEAD\)", version=1),
    _head(r"\((\d{1,2})(?:st|nd|rd|th) (?:LD|LEAD)\)"),
    _head(rf"\((?:{_FEATURES})\)", separate=True),
    _head(r"\[(?:속보|긴급|1보)\]|<(?:속보|긴급)>|\((?:속보|1보)\)", urgent=True, version=0),
    _tail(r"\((?:속보|1보)\)|\[(?:속보|1보)\]", urgent=True, version=0),
    _tail(r"\((\d)보\)|\[(\d)보\]"),
    _head(r"\[(\d)보\]"),
    _tail(r"\(종합\)", version=1),
    _tail(r"\(종합(\d{1,2})보\)"),
    _tail(r"\(상보\)", version=1),
    _head(r"\((?:Correction|Corrected)\)|\[정정\]|\(정정\)"),
    _head(rf"\[(?:{_FEATURES_KO})\]", separate=True),
    _head(r"UPDATE (\d{1,2})-", caps=True),
    _head(r"WRAPUP (\d{1,2})-", caps=True),
    _head(r"(?:RPT|REFILE|CORRECTED|OFFICIAL|BRIEF)-", caps=True),
    _head(r"(?:EXCLUSIVE|ANALYSIS|FACTBOX|EXPLAINER|INSIGHT|FEATURE|INTERVIEW)-", caps=True, separate=True),
    _head(r"(?:ТЕРМІНОВО|БЛИСКАВКА|СРОЧНО|МОЛНИЯ)\s*[.:!|–—-]*", caps=True, urgent=True, version=0),
    _head(r"(?:ОНОВЛЕНО|ДОПОВНЕНО|ОБНОВЛЕНО|ДОПОЛНЕНО|UPDATED)\s*[.:–—-]+", version=1),
    _tail(r"\((?:оновлено|доповнено|оновлюється|обновлено|дополнено|обновляется|updated)\)", version=1),
    _tail(r"[.,–—(\[-]?\s*(?:ВІДЕО|ФОТО|ІНФОГРАФІКА|ВИДЕО|ИНФОГРАФИКА|VIDEO|PHOTOS?)[)\]]?(?:\s*[,/]\s*(?:ВІДЕО|ФОТО))*",
          caps=True),
)  # fmt: skip
_SITE_TAIL = re.compile(r"\s+(?:[|‹»·]|[–—-])\s+([^|–—]{2,40})$")
_DIGEST = re.compile(
    r"^\s*(?:\[[^\]]*\]\s*)?(?:yonhap news summary|summary of (?:domestic|external|inter-korean) news"
    r"|today in korean history|major (?:domestic|news)|top news|news digest|daily digest|recap"
    r"|дайджест|головне за (?:день|добу|ніч)|главное за (?:день|сутки|ночь)|підсумки дня|итоги дня"
    r"|연합뉴스 이 시각 헤드라인|이 시각 헤드라인|오늘의 주요 ?뉴스|주요 ?뉴스|뉴스 ?요약|간추린 뉴스)",
    re.IGNORECASE,
)


def parse_title(title: str, source: str | None = None) -> StrippedTitle:
    """Take the flags off a title, and a tail that is the outlet's own name ('… | Yonhap News Agency').

    `source` is the source's name; with it, its own name at the end is taken off as well. Any text is accepted.
    """
    rest = " ".join(title.split())
    if source:
        rest = _without_own_name(rest, source)
    flags: list[str] = []
    urgent = separate = False
    version: int | None = None
    found = True
    while found and len(flags) < 6:  # noqa: PLR2004 - a title of flags alone must end
        found = False
        for flag in _FLAGS:
            match = flag.pattern.search(rest)
            if (
                match is None
                or not match[0].strip()
                or not (left := (rest[: match.start()] + rest[match.end() :]).strip())
            ):
                continue
            rest, found = left, True
            flags.append(match[0].strip(" .,–—-"))
            urgent, separate = urgent or flag.urgent, separate or flag.separate
            number = flag.version if flag.version is not None else next((int(g) for g in match.groups() if g), None)
            version = number if version is None else version if number is None else max(version, number)
    return StrippedTitle(rest, tuple(flags), urgent, version, separate)


def is_digest(title: str) -> bool:
    """Return whether the title is that of a summary of many stories, such as 'Yonhap News Summary': it joins none."""
    return _DIGEST.match(title) is not None


def _without_own_name(title: str, source: str) -> str:
    match = _SITE_TAIL.search(title)
    if match is None:
        return title
    # 'Title – Yonhap says' is a sentence, 'Title – Yonhap News' is a name.
    tail, own = outlet(match[1]), outlet(source)
    name = all(word[:1].isupper() or not word[:1].isalpha() or not word[:1].isascii() for word in match[1].split())
    same = match[1].casefold() == source.casefold() if own is None else tail is own and name
    return title[: match.start()] if same else title
