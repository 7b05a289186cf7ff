"""The facts of an article's title and lead: where, when, how many, with what, the how-manieth time.

They are what tells two events of one kind apart, in whichever language: two launches on one day share all their words
and differ in place, hour and weapon. Titles count first: what a title says of the place, the lead need not repeat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from monitor import data
from monitor.story.lexicon import FactWord, KnownPlace, Piece, entries, hangul, place_at, tokens
from monitor.story.terms import quoted_names, skeletons

LEAD = 420  # characters of the text that are read: about two sentences
_WORDS = data.load("story_words")
_DATELINE = re.compile(
    r"^\s*(?:\([^()\n]{1,40}=[^()\n]{1,30}\)[^=\n]{0,30}=\s*|[A-ZА-ЯІЇЄҐ][^\n]{0,50}?(?:\([^()\n]{1,20}\)|\.)?\s*(?:--|[–—])\s+)"
)
_CLOCK = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-3])(?::([0-5]\d)(?![\d:])|\.([0-5]\d)(?= ?[ap]\.?m\b))(?: ?([ap])\.?m\b)?"
    r"|(오전|오후|새벽|밤)? ?([01]?\d|2[0-3])시 ?([0-5]?\d)분"
)
_ZONE = re.compile(r"\b(?:GMT|UTC|EST|EDT|KST)\b|за (?:Києвом|Гринвічем)|по (?:Москве|Гринвичу|Киеву)|МСК")
_IN = frozenset(_WORDS["behind"]["happens"].split())
_UNKNOWN_IN = frozenset(_WORDS["behind"]["lies"].split())
_KO_AT = re.compile(r"(?:에서|에|서|로|으로|을|를)$")
_KO_PLACE = re.compile(r"^(\S{2,4}(?:시|군|구|읍|면))(?:에서|의|에)$")
_ORDINAL_TAILS = frozenset(_WORDS["behind"]["counts"].split())
_REACH = 5  # words after a number in which its unit is looked for
_BEHIND = 3
_COUNTERS = ("발", "대", "기", "여발", "여대")  # of missiles, drones, shells
_OF = frozenset({"of", "з", "зі", "із", "из"})  # between two numbers of one thing: 35 of 40 drones
_FOR = frozenset({"for", "на", "대"})  # between the two numbers of an exchange
_SCALE = {
    "thousand": 3,
    "тис": 3,
    "тыс": 3,
    "million": 6,
    "млн": 6,
    "мільйон": 6,
    "миллион": 6,
    "billion": 9,
    "млрд": 9,
}
_SCALE |= {"mln": 6, "bln": 9, "bn": 9, "trillion": 12, "tln": 12, "трлн": 12, "трильйон": 12, "триллион": 12}
_SCALE |= {"мільярд": 9, "миллиард": 9}
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+")
_HANGUL_SCALE = {"백": 2, "천": 3, "만": 4, "억": 8, "조": 12}
_WEEK = 7
_TITLE_CASE = 0.7  # share of capitals from which a title says nothing of names
_SERIES = ("package:", "reading:", "tranche:")  # counted in leads as well
_OFFICE_REACH = 3  # words between a nation and an office of it
_TUPLES = frozenset({"template", "slots"})
CASUALTIES = frozenset({"dead", "wounded", "missing"})
_VAGUE = frozenset({"person", "scale"})  # people may turn out to be dead, a million to be of people
_CHANGES = frozenset({"percent", "point"})  # what a market's report counts
LAUNCHED = frozenset({"missile", "drone", "shell"})


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a title and a lead. `clocks` are minutes of the day, `days` ordinals of the calendar.

    `places` are where it happened, by the title where it says: capitals, where officials may only have spoken, where
    no other place is named; `strangers` are skeletons of places that no table knows. `counts` map a kind ('wounded') to
    numbers, of the title where it has that kind; `titled` are the kinds of which the title has numbers. `ordinals`
    say which one of a series it is: 'package:14', 'session:close' of a market, 'visitor:germany' of a visit. `template`
    is the title without what changes from event to event, `slots` what was there.
    """

    kinds: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    seas: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()
    weapons: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    clocks: frozenset[int] = frozenset()
    zoned: bool = False
    parts: frozenset[str] = frozenset()
    days: frozenset[int] = frozenset()
    counts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    titled: frozenset[str] = frozenset()
    ordinals: frozenset[str] = frozenset()
    again: bool = False
    acts: frozenset[str] = frozenset()
    reactions: frozenset[str] = frozenset()
    template: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()


def named(found: Facts) -> dict[str, list[str]]:
    """Return facts as people read them, by what they say: {"place": ["Sunan"], "time": ["07:28"]}; none is left out."""
    numbers = (f"{number} {kind}" for kind, values in found.counts.items() for number in values)
    rows: dict[str, Iterable[str]] = {
        "event": found.kinds,
        "place": found.places or found.seas,
        "town": found.strangers,
        "day": (date.fromordinal(day).isoformat() for day in found.days),
        "time": (f"{clock // 60:02}:{clock % 60:02}" for clock in found.clocks),
        "part of day": found.parts,
        "number": numbers,
        "weapon": found.weapons,
        "object": found.targets,
        "count": (ordinal.replace(":", " ") for ordinal in found.ordinals),
        "repetition": ("again",) if found.again else (),
        "act": found.acts,
        "reaction": found.reactions,
    }
    return {name: sorted(values) for name, values in ((name, list(each)) for name, each in rows.items()) if values}


def plain(found: Facts) -> list[object]:
    """Return facts as values of JSON, in the order of their fields; `read_plain` is the inverse."""
    values = (getattr(found, each.name) for each in fields(found))
    return [
        {kind: sorted(numbers) for kind, numbers in value.items()}
        if isinstance(value, Mapping)
        else sorted(value)
        if isinstance(value, frozenset)
        else value
        for value in values
    ]


def read_plain(values: Sequence[Any]) -> Facts:
    """Return the facts that `plain` wrote. Raises ValueError, TypeError or AttributeError for other values."""
    found: dict[str, Any] = {}
    for each, value in zip(fields(Facts), values, strict=True):
        if each.name == "counts":
            found[each.name] = {kind: frozenset(numbers) for kind, numbers in value.items()}
        elif each.name in _TUPLES:
            found[each.name] = tuple(value)
        else:
            found[each.name] = value if isinstance(value, bool) else frozenset(value)
    return Facts(**found)


@dataclass(slots=True)
class _Passage:
    """What one part of the text says: the title, or the lead."""

    said: dict[str, set[str]] = field(default_factory=dict)  # by field of the tables
    places: list[tuple[KnownPlace, bool]] = field(default_factory=list)  # and whether something happened there
    strangers: set[str] = field(default_factory=set)
    counts: dict[str, set[str]] = field(default_factory=dict)
    ordinals: set[str] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)  # nations whose officials are named
    pieces: Sequence[Piece] = ()
    known: Sequence[Sequence[FactWord]] = ()  # what the tables say of each piece
    read: list[int] = field(default_factory=list)  # the pieces that are no part of a place
    template: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)

    def get(self, name: str) -> frozenset[str]:
        return frozenset(self.said.get(name, ()))

    def days(self, published: date | None) -> frozenset[int]:
        if published is None:
            return frozenset()
        return frozenset(day for at in self.read for day in _days(self.pieces, self.known, at, published))


def facts(title: str, text: str, published: date | None) -> Facts:
    """Return the facts of an article's title (without its flags) and the head of its text; a pure function.

    `published` is the day to which 'on Thursday' is relative; without it no days are found.
    """
    lead = lead_of(text)
    head, body = _part(title), _part(lead)
    clocks, day_parts = _clocks(f"{title}\n{lead}")
    places = _where(head) or _where(body)
    named_slot = any(slot and not slot[0].isdecimal() for slot in head.slots)
    series = bool(head.get("kind") or head.places or named_slot or head.counts.keys() - CASUALTIES)
    counts = {kind: frozenset(values) for kind, values in (body.counts | head.counts).items()}
    return Facts(
        kinds=_kinds(head) or _kinds(body),
        places=frozenset(places),
        seas=frozenset(place.id for place, _ in (*head.places, *body.places) if place.level == "sea"),
        strangers=frozenset(head.strangers or body.strangers),
        weapons=head.get("weapon") | body.get("weapon"),
        targets=head.get("target"),
        clocks=frozenset(clocks),
        zoned=_ZONE.search(lead) is not None,
        parts=head.get("part") | body.get("part") | frozenset(day_parts),
        days=head.days(published) or body.days(published),
        counts=counts,
        titled=frozenset(head.counts),
        ordinals=_turns(head, body),
        again=bool(head.get("again")),
        acts=head.get("act"),
        reactions=head.get("reaction") - ({"condemn"} if "year" in counts else set()),  # a sentence condemns, too
        template=tuple(head.template) if series else (),
        slots=tuple(head.slots) if series else (),
    )


def _kinds(part: _Passage) -> frozenset[str]:
    """Return what happened; a launch only where something is named that can be launched: workers are fired, too.

    An airport closes as well: a close is a market's where per cent or points are counted.
    """
    kinds = part.get("kind")
    if not (part.get("weapon") or part.get("unit") & LAUNCHED):
        kinds -= {"launch"}
    if part.get("session") and not _CHANGES.isdisjoint(part.counts):
        kinds |= {"market"}
    return kinds


def _turns(head: _Passage, body: _Passage) -> frozenset[str]:
    """Return which one of a series an event is: by its number, a market's session, the nation of who visits."""
    found = set(head.ordinals or {each for each in body.ordinals if each.startswith(_SERIES)})
    kinds = _kinds(head) or _kinds(body)
    if "market" in kinds:
        found |= {f"session:{session}" for session in head.get("session") or body.get("session")}
        found |= {f"move:{move}" for move in head.get("move")}
    if "visit" in kinds:
        found |= {f"visitor:{nation}" for nation in head.visitors or body.visitors}
    return frozenset(found)


def without_dateline(text: str) -> str:
    """Return a text without 'SEOUL, Nov. 9 (Yonhap) --', '(서울=연합뉴스) … 기자 =' at its head."""
    return _DATELINE.sub("", text, count=1)


def lead_of(text: str) -> str:
    """Return the head of a text without its dateline, to the end of a sentence where one ends."""
    own = without_dateline(text)[:LEAD]
    end = max(own.rfind(". "), own.rfind(".\n"), own.rfind("\n\n"))
    return own[: end + 1] if end > LEAD // 2 else own


def _where(part: _Passage) -> set[str]:
    """Return where it happened, as far as a part of the text says: capitals only behind 'in', 'on', 'strikes'."""
    found = [place for place, here in part.places if place.level != "sea" and (here or place.level != "capital")]
    cities = {place.id for place in found if place.level != "capital"}
    return cities or {place.id for place in found}


def _part(text: str) -> _Passage:
    """Return what a part of a text says; the last few are kept, as the story and each alert ask for the same ones."""
    return _short_part(text) if len(text) <= LEAD else _parsed(text)


@lru_cache(maxsize=32)
def _short_part(text: str) -> _Passage:
    return _parsed(text)


def _parsed(text: str) -> _Passage:
    found = tokens(text)
    said: list[Sequence[FactWord]] = [entries(found, at) for at in range(len(found))]
    quoted = quoted_names(text)  # a club called Rostov, or the Miner: no place, and no mine
    said = [() if token.start in quoted else known for token, known in zip(found, said, strict=True)]
    part = _Passage(pieces=found, known=said)
    capitals = [token.text[0].isupper() for token in found if token.text[0].isalpha()]
    title_case = sum(capitals) > _TITLE_CASE * len(capitals)
    at = 0
    while at < len(found):
        place = None if found[at].start in quoted else place_at(found, at)
        if place:
            part.places.append((place[0], _here(found, at, place[1])))
            part.slots.append(place[0].id)
            at += place[1]
            continue
        for entry in said[at]:
            part.said.setdefault(entry.field, set()).add(entry.value)
        _number(part, found, said, at)
        nation = _has(said[at], "nation")
        if nation and _beside_office(said, at):
            part.visitors.add(nation)
        part.read.append(at)
        if not title_case:
            _stranger(part, found, said, at)
        _mask(part, found, said, at, named=not title_case, quoted=found[at].start in quoted)
        at += 1
    return part


def _beside_office(said: Sequence[Sequence[FactWord]], at: int) -> bool:
    near = said[max(0, at - _OFFICE_REACH) : at + 1 + _OFFICE_REACH]
    return any(_has(each, "office") for each in near)


def _unknown(said: Sequence[FactWord]) -> bool:
    """Return whether the tables say nothing of a word but the nation that it names."""
    return all(entry.field == "nation" for entry in said)


def _has(said: Sequence[FactWord], name: str) -> str | None:
    """Return the value that a word has in a field of the tables."""
    return next((entry.value for entry in said if entry.field == name), None)


def _here(found: Sequence[Piece], at: int, words: int) -> bool:
    """Return whether something happens at a place that is named: 'in Seoul', '서울에서'."""
    if _KO_AT.search(found[at + words - 1].low):
        return True
    return at > 0 and found[at - 1].low in _IN


def _stranger(part: _Passage, found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> None:
    """Note a place that no table knows: a name behind 'in', a Hangul name of a town."""
    token = found[at]
    korean = _KO_PLACE.match(token.low)
    if korean:
        part.strangers.add(korean[1])
    elif at and found[at - 1].low in _UNKNOWN_IN and token.text[0].isupper() and _unknown(said[at]):
        made = skeletons(token.text)
        if made:
            part.strangers.add(made[-1])


def _value(token: Piece, said: Sequence[FactWord]) -> str | None:
    """Return the number that a word is, as digits."""
    if token.text[0].isdecimal():
        return re.sub(r"[.,](?=\d{3}(?!\d))", "", token.text).replace(",", ".")
    return _has(said, "number")


def _number(part: _Passage, found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> None:
    """Note a number with its kind, or an ordinal with what it counts."""
    ordinal = _ordinal(found, said, at)
    if ordinal:
        part.ordinals.add(ordinal)
        return
    value = _value(found[at], said[at])
    if value is None or _of_time(found, said, at) or _goes_on(found, at):
        return
    scaled, last = _composed(found, at) or (_scaled(value, found, at), at)
    kind = _kind_before(found, said, at) or _kind_after(found, said, last) or _kind_near(found, said, last)
    kind = kind or _exchanged(found, at)
    if kind:
        part.counts.setdefault(kind, set()).add(scaled)


def _glued(found: Sequence[Piece], at: int) -> bool:
    """Return whether a piece stands right behind the one before it."""
    return 0 < at < len(found) and found[at].start == found[at - 1].end


def _is_scale(piece: Piece) -> bool:
    return all(char in _HANGUL_SCALE for char in piece.low)


def _goes_on(found: Sequence[Piece], at: int) -> bool:
    """Return whether a number is the rest of one: the 200 of '1천200명'."""
    return _glued(found, at) and _glued(found, at - 1) and _is_scale(found[at - 1]) and found[at - 2].text.isdecimal()


def _composed(found: Sequence[Piece], first: int) -> tuple[str, int] | None:
    """Return the number that begins at `first` and its last piece, where Hangul scales it: 61000 of '6만1천'."""
    at = last = first
    total = 0.0
    while _DIGITS.fullmatch(found[at].text):
        scaled = _glued(found, at + 1) and _is_scale(found[at + 1])
        power = sum(_HANGUL_SCALE[char] for char in found[at + 1].low) if scaled else 0
        total, last = total + float(found[at].text.replace(",", "")) * 10**power, at + scaled
        at += 2
        if not scaled or not _glued(found, at):
            break
    return (f"{total:g}", last) if last > first else None


def _exchanged(found: Sequence[Piece], at: int) -> str | None:
    """Return the unit of '75 for 75': what an exchange counts is people."""
    for between, other in ((at + 1, at + 2), (at - 1, at - 2)):
        if 0 <= other < len(found) and found[between].low in _FOR and found[other].text == found[at].text:
            return "person"
    return None


def _of_time(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> bool:
    """Return whether a number is part of a time or a date: '7:28', '9 November'."""
    beside = [near for near in (at - 1, at + 1) if 0 <= near < len(found)]
    return any(
        _has(said[near], "month")
        or (
            found[near].text[0].isdecimal()
            and max(found[near].start - found[at].end, found[at].start - found[near].end) == 1
        )
        for near in beside
    )


def _ordinal(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> str | None:
    """Return 'package:14' for '14th package', '14-й пакет', '14차 제재 패키지'."""
    number, after = _has(said[at], "ordinal"), at + 1
    if number is None and found[at].text.isdecimal() and after < len(found):
        tail = found[after]
        glued = tail.start - found[at].end <= 1
        if glued and (tail.low in _ORDINAL_TAILS or (tail.low.startswith("차") and len(tail.low) <= 2)):  # noqa: PLR2004
            number, after = found[at].text, after + 1
    if number is None:
        return None
    for near in range(after, min(after + 3, len(found))):
        counted = _has(said[near], "counted")
        if counted:
            return f"{counted}:{number}"
    return None


def _kind_before(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> str | None:
    """Return the unit right before a number: 'kills 3', 'поранено 5', '$500'."""
    if not at:
        return None
    if at > 1 and (found[at - 2].low, found[at - 1].low) == ("vote", "of"):
        return "vote"
    before = _has(said[at - 1], "unit")
    if before == "vote" and found[at - 1].low.startswith("찬성"):
        return before
    glued = found[at].start - found[at - 1].end <= 1
    return before if glued and before in CASUALTIES | {"money", "magnitude"} else None


def _kind_after(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> str | None:
    """Return the first unit after a number, before the next number: a million is money where nothing else is said."""
    kind, counter = None, found[at + 1] if at + 1 < len(found) else found[at]
    if counter.start == found[at].end and hangul(counter.low) and not counter.low.startswith("명"):
        return _counted(found, said, at, counter)
    for near in range(at + 1, min(at + 1 + _REACH, len(found))):
        if _value(found[near], said[near]) is not None:
            if found[near - 1].low in _OF:
                continue
            break
        unit = _has(said[near], "unit")
        if unit and unit not in _VAGUE:
            return unit
        kind = unit if kind in {None, "scale"} else kind
    return "money" if kind == "scale" else kind


def _counted(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int, counter: Piece) -> str | None:
    """Return the unit of a number with a Hangul counter: what is counted stands before it, '미사일 2발'."""
    if counter.low.startswith(_COUNTERS):
        units = (_has(said[near], "unit") for near in range(at - 1, max(-1, at - 1 - _BEHIND), -1))
        return next((unit for unit in units if unit in LAUNCHED), None)
    return _has(said[at + 1], "unit") or (_has(said[at + 2], "unit") if at + 2 < len(found) else None)


def _kind_near(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int) -> str | None:
    """Return the dead or wounded some words before a number: 'загинули щонайменше троє'."""
    for near in range(at - 1, max(-1, at - 1 - _BEHIND), -1):
        if _value(found[near], said[near]) is not None:
            return None
        unit = _has(said[near], "unit")
        if unit in CASUALTIES:
            return unit
    return None


def _scaled(value: str, found: Sequence[Piece], at: int) -> str:
    """Return a number with its 'million' multiplied in."""
    after = found[at + 1].low if at + 1 < len(found) else ""
    power = next((power for word, power in _SCALE.items() if after.startswith(word)), 0)
    number = float(value) * 10**power if value.count(".") <= 1 else 0.0
    return f"{number:g}"


def _days(found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int, published: date) -> set[int]:
    """Return the day of a date or a weekday, where it is within a week of publication: others are background."""
    weekday, month = _has(said[at], "weekday"), _has(said[at], "month")
    if weekday is not None:
        back = (published.weekday() - int(weekday)) % _WEEK
        day = (published - timedelta(days=back)).toordinal()
        # By the time zone of an outlet that is not known, tomorrow may be its today; of events to come it is the day.
        return {day, day + _WEEK} if back == _WEEK - 1 else {day}
    if month is not None:
        numbers = [token for token in (*found[max(0, at - 1) : at], *found[at + 1 : at + 2]) if token.text.isdecimal()]
        return _dated(published, int(month), int(numbers[0].text)) if numbers else set()
    after = found[at + 1] if at + 1 < len(found) else found[at]
    if not (found[at].text.isdecimal() and after.low.startswith("일") and after.start == found[at].end):
        return set()
    dated = at >= 2 and found[at - 1].low.startswith("월") and found[at - 2].text.isdecimal()  # noqa: PLR2004
    return _dated(published, int(found[at - 2].text) if dated else published.month, int(found[at].text))


def _dated(published: date, month: int, day: int) -> set[int]:
    """Return the day of that date within a week of publication; none where there is none."""
    near = (published + timedelta(days=days) for days in range(1 - _WEEK, _WEEK))
    return {each.toordinal() for each in near if (each.month, each.day) == (month, day)}


def _clocks(text: str) -> tuple[set[int], set[str]]:
    """Return the times of day as minutes since midnight, and their parts of the day."""
    found: set[int] = set()
    for match in _CLOCK.finditer(text):
        hour_, minute_, dotted, half, korean, hour, minute = match.groups()
        hours, minutes = int(hour_ or hour), int(minute_ or dotted or minute)
        late = half == "p" or korean in {"오후", "밤"}
        if late and hours < 12:  # noqa: PLR2004
            hours += 12
        if half == "a" and hours == 12:  # noqa: PLR2004
            hours = 0
        found.add(hours * 60 + minutes)
    return found, {_part_of_day(clock // 60) for clock in found}


def _part_of_day(hour: int) -> str:
    return "night" if hour < 5 or hour >= 23 else "morning" if hour < 12 else "day" if hour < 18 else "evening"  # noqa: PLR2004


def _mask(
    part: _Passage, found: Sequence[Piece], said: Sequence[Sequence[FactWord]], at: int, *, named: bool, quoted: bool
) -> None:
    """Put a word into the template, or into the slots where it is a number, a day or a name."""
    token = found[at]
    value = _value(token, said[at])
    if value is not None:
        unit = _kind_before(found, said, at) or _kind_after(found, said, at)
        part.slots.append("" if unit in CASUALTIES else value)
        part.template.append("#")
    elif _has(said[at], "weekday") or _has(said[at], "month"):
        part.slots.append(f"0{token.low[:4]}")  # as a number: a date alone makes no series
    elif quoted or (named and at and token.text[0].isupper() and _unknown(said[at])):
        part.slots.append((skeletons(token.text) or (token.low[:3],))[-1])
    else:
        part.template.append(token.low)
