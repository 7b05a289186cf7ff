"""Attribution: the outlets, offices and people that an article rests on, and those that gave its pictures.

Outlets and offices are found by their names (`data/outlets.yaml`, `data/offices.yaml`); what stands just before and
after a name says what it is there for (`data/attribution/<language>.yaml`, by the language of the paragraph). A name
that no rule explains is no citation: 'Sputnik V', 'find us on Telegram'. Outlets that no table knows are kept by name
where a verb of attribution leads to them, people where the report is their word (`monitor.story.unlisted`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from monitor import data
from monitor.model import Article, Citation, Role, Zone
from monitor.story import unlisted
from monitor.story.lineage import Edge, Lineage, lineage
from monitor.story.mentions import OutletMention, mentions
from monitor.story.outlets import OFFICE, Outlet, origin_id, outlet, outlet_id

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
_HANGUL = re.compile(r"[가-힣]")
_CYRILLIC = re.compile(r"[а-яёіїєґ]", re.IGNORECASE)
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile(r"[ыэёъ]", re.IGNORECASE)
_LATIN_WORDS = re.compile(r"[a-z]+ [a-z]+")
_SENTENCE_END = re.compile(r"[.!?…][»”\"']?\s")
_CARRIES = 200  # characters: so near a person or an office, a social network carries their word
_HEAD = 900  # characters in which offices and people are where a report is from
SOCIAL = "social"
_TITLE_HEAD = re.compile(r"\s*[:：]\s|\s+[—–]\s|[\"”」]\s*…")
_TITLE_TAIL = re.compile(r"(?:\s[—–|-]|[(<\[:])\s*$")
_TITLE_END = re.compile(r"[)>\]»\"”.\s]*$")


@dataclass(frozen=True, slots=True)
class _PhraseRule:
    role: Role
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    of: str  # outlet | social | office | any: what the name is of
    said: bool  # only in a sentence that says that something was said


@dataclass(frozen=True, slots=True)
class _Lexicon:
    rules: tuple[_PhraseRule, ...]
    describe: re.Pattern[str]  # '(the news agency )$'
    trap: re.Pattern[str]
    said: re.Pattern[str]  # in the sentence of a social network that carries a statement
    background: re.Pattern[str]  # at the start of a paragraph
    unlisted: unlisted.Patterns


def citations(article: Article) -> list[Citation]:
    """Return every mention of an outlet, office or person as a source, in order; offsets count `article.document`.

    The article's own outlet is `Role.SELF`. What stands in background paragraphs is `Role.BACKGROUND`, in credits and
    captions `Role.PHOTO`: neither gives an origin. An office or a person is `Role.OFFICIAL`.
    """
    document = article.document
    own, background = outlet_id(article.source), background_start(article)
    known, words = mentions(document, unlisted.heads(languages()))
    starts = [each.start for each in known]
    found: list[Citation] = []
    for start, end in _paragraphs(document, 0):
        here = known[bisect_left(starts, start) : bisect_left(starts, end)]
        verbs = words[bisect_left(words, start) : bisect_left(words, end)]
        found += [_placed(each, own, background) for each in _paragraph(article, (start, end), here, verbs)]
    return found


def _paragraph(
    article: Article, span: tuple[int, int], known: Sequence[OutletMention], words: Sequence[int]
) -> list[Citation]:
    """Return the sources that a paragraph names, in order; `known` are its outlets and offices."""
    document = article.document
    lexicon = _lexicon(_paragraph_language(article, document[slice(*span)]))
    unknown = unlisted.named(document, span, words, lexicon.unlisted)
    if not known and not unknown:
        return []
    traps = [match.span() for match in lexicon.trap.finditer(document, *span)]
    open_ = [mention for mention in known if not _inside(mention.start, traps)]
    roles = {mention: role for mention in open_ if (role := _role(article, lexicon, mention)) is not None}
    taken = traps + [(mention.start, mention.end) for mention in roles]
    found = [_citation(mention, role) for mention, role in roles.items()]
    for start, end, role in unknown:
        if any(start < b and a < end for a, b in taken):
            continue
        name = document[start:end]
        listed = [mention for mention in open_ if mention.start < end and start < mention.end]
        if listed:  # what no rule explains may be explained by what stands around names that are not listed
            found += [_citation(mention, _of_kind(role, mention.outlet.kind)) for mention in listed]
        elif origin_id(name) != origin_id(article.source):
            found.append(Citation(origin_id(name), name, role, start, end))
    found.sort(key=lambda each: each.start)
    cited_at = {each.start for each in found}
    for mention in open_:  # «Кориере делла Сера» (Corriere della Sera)
        before = [each for each in found if each.end <= mention.start]
        if mention.start not in cited_at and before and _in_brackets(document, before[-1].end, mention):
            found.append(_citation(mention, before[-1].role))
    return sorted(found, key=lambda each: each.start)


def cited(found: Iterable[Citation]) -> tuple[str, ...]:
    """Return the names of the origins that an article rests on, each once, in order: what `Member.cites` holds.

    Outlets come before offices and people. A social network carries what a person or an office near it says, and is
    then no origin itself. Offices and people count in the head of an article: what police say of a detail further down
    is not where a report is from.
    """
    listed = list(found)
    officials = [each for each in listed if each.role is Role.OFFICIAL]
    carried = [
        each
        for each in listed
        if each.role is Role.SOCIAL and any(abs(each.start - other.start) < _CARRIES for other in officials)
    ]
    origins = [each.name for each in listed if each.role in (Role.CITE, Role.RELAY)]
    origins += [each.name for each in listed if each.role is Role.SOCIAL and each not in carried]
    origins += [each.name for each in officials if each.start < _HEAD]
    return tuple(dict.fromkeys(origins))


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


# --------------------------------------------------------------------------- rules


def _citation(mention: OutletMention, role: Role) -> Citation:
    return Citation(mention.outlet.id, mention.outlet.name, role, mention.start, mention.end)


def _placed(found: Citation, own: str, background: int) -> Citation:
    """Return a citation with the role that its place, and the article's own outlet, leave it."""
    if found.role is Role.PHOTO:
        return found
    if found.outlet == own:
        return replace(found, role=Role.SELF)
    if found.role is Role.DESK:  # another outlet's correspondent
        found = replace(found, role=Role.CITE)
    return replace(found, role=Role.BACKGROUND) if found.start >= background else found


def _inside(at: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _in_brackets(document: str, end: int, mention: OutletMention) -> bool:
    """Return whether a name follows another in brackets: 'Кориере делла Сера» (Corriere della Sera)'."""
    between = document[end : mention.start]
    return "(" in between and not between.strip(" »\"”'(")


def _role(article: Article, lexicon: _Lexicon, mention: OutletMention) -> Role | None:
    """Return the role of a name's mention, or None where the context does not decide."""
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
    kind = mention.outlet.kind
    of = kind if kind in (SOCIAL, OFFICE) else "outlet"
    for rule in lexicon.rules:
        if rule.of not in (of, "any"):
            continue
        if (rule.before is None or rule.before.search(before)) and (rule.after is None or rule.after.match(after)):
            if rule.said and not lexicon.said.search(_sentence(before, after)):
                continue
            return _of_kind(rule.role, kind)
    return Role.PHOTO if _zone(article, mention.start) is Zone.CREDIT else None


def _of_kind(role: Role, kind: str) -> Role:
    if kind == OFFICE:
        return role if role is Role.PHOTO else Role.OFFICIAL
    return Role.SOCIAL if kind == SOCIAL and role is Role.CITE else role


def _sentence(before: str, after: str) -> str:
    """Return what stands around a name within its sentence."""
    return f"{_SENTENCE_END.split(before)[-1]} {_SENTENCE_END.split(after)[0]}"


def _title_role(title: str, lexicon: _Lexicon, mention: OutletMention) -> Role | None:
    """Return the role of an outlet at the head or tail of a title: 'Reuters: …', '… — Reuters', '… (Bloomberg)'."""
    before, after = title[: mention.start].lstrip(" «\"“'"), title[mention.end :].lstrip("»\"”'")
    described = lexicon.describe.sub("", before).rstrip(" «\"“'")
    head = not described and _TITLE_HEAD.match(after)
    tail = _TITLE_END.match(after) and _TITLE_TAIL.search(f" {described} ") and described
    if head or tail:
        return _of_kind(Role.CITE, mention.outlet.kind)
    return None


def _zone(article: Article, at: int) -> Zone | None:
    return next((span.zone for span in article.zones if span.start <= at < span.end), None)


def _language(article: Article) -> str:
    if article.language in languages():
        return article.language
    if _HANGUL.search(article.document[:400]):
        return "ko"
    return "uk" if _CYRILLIC.search(article.document[:400]) else "en"


def _paragraph_language(article: Article, text: str) -> str:
    """Return the language whose rules a paragraph needs: a Ukrainian article may quote a Russian one."""
    language = _language(article)
    if _HANGUL.search(text):
        return "ko"
    if not _CYRILLIC.search(text):
        return "en" if _LATIN_WORDS.search(text) else language
    ukrainian, russian = bool(_UKRAINIAN.search(text)), bool(_RUSSIAN.search(text))
    if ukrainian != russian:
        return "uk" if ukrainian else "ru"
    return language if language in ("uk", "ru") else "uk"


@cache
def _lexicon(language: str) -> _Lexicon:
    given = data.load(f"attribution/{language}")
    describe, tail, between = given["describe"], given.get("tail", ""), given["between"]
    rules = []
    for row in given["rules"]:
        left, right = row.get("l"), row.get("r")
        middle = f"(?:{between})(?:{describe})?{_OPEN}$"
        before = re.compile(f"(?<!\\w)(?:{left}){middle}".replace("{D}", describe), re.IGNORECASE)
        if left and left.startswith(("\\", "[")):
            before = re.compile(f"(?:{left}){_OPEN}$", re.IGNORECASE)
        after = re.compile(f"{_CLOSE}{tail}{_CLOSE}(?:{right})", re.IGNORECASE)
        sides = (before if left else None, after if right else None)
        rules.append(_PhraseRule(Role(row["role"]), *sides, row.get("of", "outlet"), bool(row.get("said"))))
    return _Lexicon(
        rules=tuple(rules),
        describe=re.compile(f"(?:{describe})$", re.IGNORECASE),
        trap=_either(given["traps"]),
        said=_either([given["said"]]),
        background=re.compile(f"\\s*(?:{data.load('background')[language]['without_zones']})", re.IGNORECASE),
        unlisted=unlisted.patterns(language),
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
