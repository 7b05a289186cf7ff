"""Contradictions between the facts of two articles, and what they agree on.

Two articles whose facts contradict each other are on two events, however alike their words. Casualties never
contradict: 3 wounded become 5. A place contradicts only where neither contains the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.story.facts import CASUALTIES, LAUNCHED, Facts
from monitor.story.lexicon import contains

_HOUR, _DAY_MINUTES = 60, 1440
_NEAR = 15  # minutes by which two reports of one event may differ
_NEAR_ZONES = 4  # … where they may count by two time zones
_OTHER_DAY = 2  # days: by the time zone, an event was yesterday or today
_AGAIN = 5400.0  # seconds after which 'again' is said of something else
_TEMPLATE = 3  # words beside the slots
_MAGNITUDE = 0.3  # by which a first estimate may be wrong
_SAME_MINUTE = 0.25
# By how many numbers are shared: no two events have the same votes, people exchanged or points, unless they are round.
_SAME_NUMBER = (0.0, 0.15, 0.2)
_COUNTED = {"vote": {"vote"}, "exchange": {"person"}, "bodies": {"person"}, "market": {"point", "percent"}}
_COUNTED |= {"quake": {"magnitude"}, "weather": {"person"}}
_TELLING = 2  # digits of such a number that are not zeros at its end
_SUPPORT = (0.0, 0.0, 0.05, 0.15)  # by the number of facts shared, the kind of event among them
_OPPOSITE = frozenset({frozenset({"morning", "evening"}), frozenset({"morning", "day"}), frozenset({"night", "day"})})
_DATED = frozenset({"launch", "strike", "quake", "meeting", "vote", "siren"})
_FORMULAIC = frozenset({"siren", "market"})  # a series about itself: no other event is told with it
_FOLLOWS = frozenset({"mourning", "government", "discipline"})  # what comes of an event, and is another one
_EXCLUSIVE = _FORMULAIC | {"launch", "quake", "vote", "court", "exchange", "election", "meeting"}
# What is decided by talks and votes as well is told apart from what is not.
_UNLIKE = frozenset({"launch", "quake", "exchange", "sanctions", "resign", "recall", "profit", "rate", "poll"})
_HANDED_OVER = frozenset({"exchange", "bodies"})
_SHOT = frozenset({"launch", "strike", "quake", "siren"})
_SUMS = {
    "percent": {"market", "poll"},
    "point": {"market"},
    "money": {"aid"},
    "vote": {"vote"},
    "year": {"court"},
    "person": {"exchange", "bodies"},
}  # unit → kinds of event
_SAME_WEAPON = frozenset({"ballistic", "hypersonic"})


def contradiction(  # noqa: PLR0911 - nine kinds of facts, one after the other: most pairs end at the first
    a: Facts, b: Facts, gap: float, *, one_language: bool, one_outlet: bool = False
) -> str | None:
    """Return the kind of fact by which two articles are on two events ('place', 'time', 'count' …), else None.

    `gap` is the number of seconds between them; `one_language` and `one_outlet` say what they have in common: another
    missile is another event where the outlet that tells of it has told of one before.
    """
    kinds = a.kinds & b.kinds
    if _other_template(a, b):
        return "template"
    if _other_place(a, b):
        return "place"
    if _other_event(a.kinds, b.kinds):
        return "event"
    if _other_time(a, b, kinds, one_language=one_language):
        return "time"
    if kinds and _other_weapon(a.weapons, b.weapons):
        return "weapon"
    if "strike" in kinds and _disjoint(a.targets, b.targets):
        return "object"
    if _other_count(a, b, kinds):
        return "count"
    if _other_ordinal(a.ordinals, b.ordinals):
        return "ordinal"
    return "again" if one_outlet and gap > _AGAIN and once_more(a, b) else None


def agreed(a: Facts, b: Facts) -> tuple[str, ...]:
    """Return the facts that two articles share, the most telling last of each kind: 'launch', 'Sunan', '07:28'."""
    shared = [*sorted(a.kinds & b.kinds)]
    places = {inner for one in a.places for other in b.places for inner in _common(one, other)}
    shared += sorted(places) or sorted(a.seas & b.seas)
    shared += [f"{clock // _HOUR:02}:{clock % _HOUR:02}" for clock in sorted(a.clocks & b.clocks)]
    shared += [weapon.partition("/")[2] or weapon for weapon in sorted(a.weapons & b.weapons)]
    shared += sorted(a.targets & b.targets)
    for kind in sorted(a.counts.keys() & b.counts.keys()):
        shared += [f"{number} {kind}" for number in sorted(a.counts[kind] & b.counts[kind])]
    return tuple(shared + [ordinal.replace(":", " ") for ordinal in sorted(a.ordinals & b.ordinals)])


def support(a: Facts, b: Facts) -> float:
    """Return by how much the facts that two articles share lower the bar for joining, 0 to .25.

    What happens and where, at what hour, with what: three of these are hardly shared by two events, place and minute
    by none.
    """
    kinds = a.kinds & b.kinds
    if kinds and a.clocks & b.clocks and any(_common(x, y) for x in a.places for y in b.places):
        return _SAME_MINUTE
    shared = len(agreed(a, b)) - len(kinds) + bool(kinds)
    backed = _SUPPORT[min(shared, len(_SUPPORT) - 1)] if kinds else 0.0
    return max(backed, _SAME_NUMBER[min(_same_numbers(a, b), len(_SAME_NUMBER) - 1)])


def _same_numbers(a: Facts, b: Facts) -> int:
    """Return how many numbers, none of them round, two articles share of what is counted in one kind of event."""
    units = {unit for kind in a.kinds & b.kinds for unit in _COUNTED.get(kind, ())}
    shared = {number for unit in units for number in a.counts.get(unit, frozenset()) & b.counts.get(unit, frozenset())}
    return sum(len(number.replace(".", "").strip("0")) >= _TELLING for number in shared)


def other_kind(a: Facts, b: Facts) -> bool:
    """Return whether something else happens in each of two articles."""
    return _disjoint(a.kinds, b.kinds)


def reacts(a: Facts, b: Facts) -> bool:
    """Return whether one article is on a reaction that the other knows nothing of: a follow-up, not the event."""
    return a.reactions != b.reactions and not a.reactions & b.reactions


def once_more(a: Facts, b: Facts) -> bool:
    """Return whether one title alone says 'again', and nothing else shows that both are on the same event."""
    return a.again != b.again and bool(a.kinds & b.kinds & _DATED) and not _hard(a, b)


def _common(one: str, other: str) -> tuple[str, ...]:
    """Return the inner of two places where one contains the other."""
    if contains(one, other):
        return (other,)
    return (one,) if contains(other, one) else ()


def _disjoint(a: Iterable[str], b: Iterable[str]) -> bool:
    first, second = set(a), set(b)
    return bool(first and second) and not first & second


def _hard(a: Facts, b: Facts) -> bool:
    """Return whether two articles share an hour, a place or the number of what was launched."""
    counted = any(a.counts.get(kind, frozenset()) & b.counts.get(kind, frozenset()) for kind in LAUNCHED)
    return bool(a.clocks & b.clocks) or counted or any(_common(x, y) for x in a.places for y in b.places)


def _other_event(a: frozenset[str], b: frozenset[str]) -> bool:
    """Return whether what happens is told of one event alone: a trial is no talks, an alert no strike."""
    if not a or not b:
        return False
    if a | b == _HANDED_OVER and not a & b:  # the living, or the dead
        return True
    if not a & b and (a | b) & _FOLLOWS:
        return True
    return bool(_FORMULAIC & (a ^ b)) or (not a & b and (a | b <= _EXCLUSIVE or a | b <= _UNLIKE))


def _other_template(a: Facts, b: Facts) -> bool:
    """Return whether two titles of one series differ in what fills them: an alert in each of five regions."""
    if len(a.template) < _TEMPLATE or a.template != b.template:
        return False
    if len(a.slots) != len(b.slots):
        return False
    differ = [(x, y) for x, y in zip(a.slots, b.slots, strict=True) if x not in b.slots and y not in a.slots]
    return any(not (contains(x, y) or contains(y, x)) for x, y in differ)


def _other_place(a: Facts, b: Facts) -> bool:
    if a.places and b.places:
        return _apart(a.places, b.places)
    return not a.places and not b.places and _disjoint(a.seas, b.seas)


def _apart(first: frozenset[str], second: frozenset[str]) -> bool:
    return not any(contains(x, y) or contains(y, x) for x in first for y in second)


def _other_time(a: Facts, b: Facts, kinds: frozenset[str], *, one_language: bool) -> bool:
    if len(a.days) == len(b.days) == 1 and kinds & _DATED:
        (day,), (other) = a.days, tuple(b.days)
        if abs(day - other[0]) >= _OTHER_DAY:
            return True
    if a.clocks and b.clocks:
        zones = not one_language or a.zoned or b.zoned
        return not any(_same_clock(x, y, zones=zones) for x in a.clocks for y in b.clocks)
    if len(a.parts) != 1 or len(b.parts) != 1 or not kinds & _SHOT:
        return False
    return a.parts | b.parts in _OPPOSITE


def _same_clock(x: int, y: int, *, zones: bool) -> bool:
    around = min((x - y) % _DAY_MINUTES, (y - x) % _DAY_MINUTES)
    if around <= _NEAR:
        return True
    minutes = min((x - y) % _HOUR, (y - x) % _HOUR)
    return minutes <= _NEAR_ZONES if zones else minutes == 0 and x % _HOUR != 0


def _other_weapon(a: frozenset[str], b: frozenset[str]) -> bool:
    if not a or not b:
        return False
    if _disjoint(_families(a), _families(b)):
        return True
    fine_a, fine_b = ({weapon for weapon in each if "/" in weapon} for each in (a, b))
    return len(fine_a) == len(fine_b) == 1 and fine_a != fine_b


def _families(weapons: frozenset[str]) -> set[str]:
    found = {weapon.partition("/")[0] for weapon in weapons}
    return {"ballistic" if weapon in _SAME_WEAPON else weapon for weapon in found}


def _other_count(a: Facts, b: Facts, kinds: frozenset[str]) -> bool:
    if not a.counts or not b.counts:
        return False
    if "bodies" in kinds and _disjoint(_handed_over(a), _handed_over(b)):
        return True
    for kind in (a.counts.keys() & b.counts.keys()) - CASUALTIES:
        first, second = a.counts[kind], b.counts[kind]
        if first & second:
            continue
        titled = kind == "vote" or (kind in a.titled and kind in b.titled)
        if kind == "magnitude" and min(abs(float(x) - float(y)) for x in first for y in second) > _MAGNITUDE:
            return True
        if kind in LAUNCHED and kinds & _SHOT:
            return True
        if titled and kinds & _SUMS.get(kind, set()):
            return True
    return False


def _handed_over(found: Facts) -> frozenset[str]:
    """Return how many bodies a title counts: 'тіла 1000 полеглих' or '1000 загиблих'."""
    return frozenset(number for kind in ("dead", "person") if kind in found.titled for number in found.counts[kind])


def _other_ordinal(a: frozenset[str], b: frozenset[str]) -> bool:
    """Return whether two articles count the same thing and get to different numbers."""
    if not a or not b:
        return False
    things = {each.partition(":")[0] for each in a} & {each.partition(":")[0] for each in b}
    return any(
        _disjoint((x for x in a if x.startswith(f"{thing}:")), (y for y in b if y.startswith(f"{thing}:")))
        for thing in things
    )
