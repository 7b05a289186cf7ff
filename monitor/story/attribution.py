"""Attribution: the outlets that an article cites, relays, or takes its pictures from.

Outlets are found by their names (`data/outlets.yaml`); what stands just before and after a name says what it is
there for (`data/attribution/<language>.yaml`). A name that no rule explains is no citation: 'Sputnik V', 'find us on
Telegram'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from monitor import data
from monitor.model import Article, Citation, Role, Zone
from monitor.story.lineage import Edge, Lineage, lineage
from monitor.story.outlets import Outlet, outlet, outlet_id, outlets

__all__ = [
    "Edge",
    "Lineage",
    "Outlet",
    "background_start",
    "citations",
    "cited",
    "languages",
    "lineage",
    "outlet",
    "outlet_id",
]

_BEFORE, _AFTER = 140, 240  # characters around a name in which its rule must fit
_CUT = "\0"  # stands at the start of a clipped window, so that ^ means a paragraph's start and nothing else
_OPEN, _CLOSE = r"[«»\"“”„'‘’(\[\s]*", r"[«»\"“”'’]*"
_START = re.compile(r"(?<!\w)\w")
_HANGUL = re.compile(r"[가-힣]")
_CYRILLIC = re.compile(r"[а-яёіїєґ]", re.IGNORECASE)
# What may follow a Korean name without a space: particles, and the words that make a longer name of it.
_PARTICLES = (
    r"(?=(?:은|는|이|가|을|를|의|와|과|도|만|에|으로|로|까지|부터|등|측|통신|신문|방송|뉴스|보도|인용|제공|기자|캡처|자료)"
    r"|[^가-힣]|$)"
)
_TITLE_HEAD = re.compile(r"\s*[:：]\s|\s+[—–]\s|[\"”」]\s*…")
_TITLE_TAIL = re.compile(r"(?:\s[—–|-]|[(<\[:])\s*$")
_TITLE_END = re.compile(r"[)>\]»\"”.\s]*$")


@dataclass(frozen=True, slots=True)
class _Alias:
    text: str
    outlet: Outlet
    capitals: bool  # counts only in capitals
    capital: bool  # counts only with a capital first letter
    length: int


@dataclass(frozen=True, slots=True)
class _PhraseRule:
    role: Role
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    social: bool


@dataclass(frozen=True, slots=True)
class _Lexicon:
    rules: tuple[_PhraseRule, ...]
    describe: re.Pattern[str]  # '(the news agency )$'
    trap: re.Pattern[str]
    background: re.Pattern[str]  # at the start of a paragraph


@dataclass(frozen=True, slots=True)
class _OutletMention:
    outlet: Outlet
    start: int
    end: int


def citations(article: Article) -> list[Citation]:
    """Return every mention of an outlet as a source, in order of place; offsets count characters of `article.document`.

    The article's own outlet is `Role.SELF`. What stands in background paragraphs is `Role.BACKGROUND`, in credits and
    captions `Role.PHOTO`: neither gives an origin.
    """
    document = article.document
    lexicon = _lexicon(_language(article))
    own = outlet_id(article.source)
    background = background_start(article)
    traps = [match.span() for match in lexicon.trap.finditer(document)]
    found: list[Citation] = []
    for mention in _mentions(document):
        if any(start <= mention.start < end for start, end in traps):
            continue
        role = _role(article, lexicon, mention)
        if role is None:
            continue
        if role is not Role.PHOTO:
            role = Role.SELF if mention.outlet.id == own else role
        if role not in (Role.PHOTO, Role.SELF) and mention.start >= background:
            role = Role.BACKGROUND
        found.append(Citation(mention.outlet.id, mention.outlet.name, role, mention.start, mention.end))
    return found


def cited(found: Iterable[Citation]) -> tuple[str, ...]:
    """Return the names of the outlets that an article rests on, each once, in order: what `Member.cites` holds."""
    origins = (Role.CITE, Role.RELAY, Role.SOCIAL)
    return tuple(dict.fromkeys(citation.name for citation in found if citation.role in origins))


def languages() -> tuple[str, ...]:
    """Return the languages that have rules."""
    return ("uk", "ru", "en", "ko")


def background_start(article: Article) -> int:
    """Return where in the document background begins: by the article's zones, else by how a paragraph begins.

    Background holds to the end. The first paragraph never is: 'Earlier today …' may open a report. Gives the
    document's length where there is none.
    """
    document = article.document
    if article.zones:
        return next((span.start for span in article.zones if span.zone is Zone.BACKGROUND), len(document))
    lexicon = _lexicon(_language(article))
    first = True
    for start, end in _paragraphs(document, len(article.title) + 2 if article.title else 0):
        if not first and lexicon.background.match(document, start, end):
            return start
        first = False
    return len(document)


# --------------------------------------------------------------------------- names


def _mentions(document: str) -> Iterator[_OutletMention]:
    table = _aliases()
    end = 0
    for match in _START.finditer(document):
        at = match.start()
        if at < end:
            continue
        for alias in table.get(document[at : at + 2].casefold(), ()):
            name = _alias_pattern(alias.text).match(document, at)
            if name and _cased(alias, name[0]):
                end = name.end()
                yield _OutletMention(alias.outlet, at, end)
                break


def _cased(alias: _Alias, surface: str) -> bool:
    if alias.capitals:
        return surface.isupper()
    return not alias.capital or surface[0].isupper()


@cache
def _aliases() -> dict[str, list[_Alias]]:
    """Return aliases by their first two letters, case aside, the longest first."""
    table: dict[str, list[_Alias]] = {}
    for found in outlets().values():
        for alias in found.aliases:
            bare = alias.replace("*", "")
            capitals = bare.isupper() and not _HANGUL.search(bare)
            entry = _Alias(alias, found, capitals, bare[0].isupper(), len(bare))
            table.setdefault(bare[:2].casefold(), []).append(entry)
    for entries in table.values():
        entries.sort(key=lambda entry: -entry.length)
    return table


@cache
def _alias_pattern(alias: str) -> re.Pattern[str]:
    """Compile an alias when its first two letters are first met: all of them at once would cost half a second."""
    text = re.escape(alias).replace(r"\*", r"\w{0,5}").replace(r"\ ", r"[\s«»\"“”]+").replace(r"\-", "[-–‑]")
    edge = _PARTICLES if _HANGUL.match(alias[-1]) else r"(?![^\W가-힣])"
    return re.compile(text + edge, re.IGNORECASE)


# --------------------------------------------------------------------------- rules


def _role(article: Article, lexicon: _Lexicon, mention: _OutletMention) -> Role | None:
    """Return the role of an outlet's mention, or None where the context does not decide."""
    document = article.document
    if article.title and mention.end <= len(article.title):
        role = _title_role(article.title, lexicon, mention)
        if role:
            return role
    start = max(document.rfind("\n", 0, mention.start) + 1, mention.start - _BEFORE)
    clipped = start > 0 and document[start - 1] != "\n"
    before = (_CUT if clipped else "") + document[start : mention.start]
    stop = document.find("\n", mention.end, mention.end + _AFTER)
    after = document[mention.end : stop if stop >= 0 else mention.end + _AFTER]
    social = mention.outlet.kind == "social"
    for rule in lexicon.rules:
        if rule.social and not social:
            continue
        if (rule.before is None or rule.before.search(before)) and (rule.after is None or rule.after.match(after)):
            return Role.SOCIAL if social and rule.role is Role.CITE else rule.role
    return Role.PHOTO if _zone(article, mention.start) is Zone.CREDIT else None


def _title_role(title: str, lexicon: _Lexicon, mention: _OutletMention) -> Role | None:
    """Return the role of an outlet at the head or tail of a title: 'Reuters: …', '… — Reuters', '… (Bloomberg)'."""
    before, after = title[: mention.start].lstrip(" «\"“'"), title[mention.end :].lstrip("»\"”'")
    described = lexicon.describe.sub("", before).rstrip(" «\"“'")
    head = not described and _TITLE_HEAD.match(after)
    tail = _TITLE_END.match(after) and _TITLE_TAIL.search(f" {described} ") and described
    if head or tail:
        return Role.SOCIAL if mention.outlet.kind == "social" else Role.CITE
    return None


def _zone(article: Article, at: int) -> Zone | None:
    return next((span.zone for span in article.zones if span.start <= at < span.end), None)


def _language(article: Article) -> str:
    if article.language in languages():
        return article.language
    if _HANGUL.search(article.document[:400]):
        return "ko"
    return "uk" if _CYRILLIC.search(article.document[:400]) else "en"


@cache
def _lexicon(language: str) -> _Lexicon:
    given = data.load(f"attribution/{language}")
    describe, tail = given["describe"], given.get("tail", "")
    rules = []
    for row in given["rules"]:
        left, right = row.get("l"), row.get("r")
        before = re.compile(f"(?<!\\w)(?:{left})(?:{describe})?{_OPEN}$".replace("{D}", describe), re.IGNORECASE)
        if left and left.startswith("\\"):
            before = re.compile(f"(?:{left}){_OPEN}$", re.IGNORECASE)
        after = re.compile(f"{_CLOSE}{tail}{_CLOSE}(?:{right})", re.IGNORECASE)
        role = Role(row["role"])
        rules.append(_PhraseRule(role, before if left else None, after if right else None, bool(row.get("social"))))
    return _Lexicon(
        rules=tuple(rules),
        describe=re.compile(f"(?:{describe})$", re.IGNORECASE),
        trap=_either(given["traps"]),
        background=re.compile(f"\\s*(?:{data.load('background')[language]['without_zones']})", re.IGNORECASE),
    )


def _either(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _paragraphs(document: str, start: int) -> Iterator[tuple[int, int]]:
    while start < len(document):
        end = document.find("\n", start)
        end = len(document) if end < 0 else end
        if document[start:end].strip():
            yield start, end
        start = end + 1
