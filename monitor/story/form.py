"""Whether two articles are alike in words and yet on two events: a form filled in twice, other names, hours, topics."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from monitor import data
from monitor.story.contradiction import once_more, reacts, support
from monitor.story.facts import CASUALTIES
from monitor.story.features import Features, says
from monitor.story.lexicon import contains
from monitor.story.lexicon import parents as places
from monitor.story.names import different
from monitor.story.signature import containment, smaller
from monitor.story.terms import skeletons, stems

SHORT_TEXT = 60  # shingles: names and offices are phrases too
FLASH_FACTS = 0.15  # least support of facts
_FLASH_GRAMS = 20  # shingles of a sentence
_NOTHING = 0.03  # less is chance
_COPIED = 0.6  # from here it is a copy, whatever its numbers say
_WHOLE = 0.85  # share from which a short text is a copy, whatever its title and its numbers say
_FORM = 0.15  # share of shingles from which two short texts may be one form, filled in twice
_FORM_TITLE = 0.5  # Jaccard of their titles, without names: 'Brussels' and 'EU' name one body in other words
_TOPIC = 0.34  # least share of the words of a title, names aside
_MATTER = 0.25  # … of which no more tells nothing of what it is about
_SUBJECT_MIN, _SUBJECT_REST = 3, 3  # letters of a title's first word that is no abbreviation; words that follow
_OPENING = 3  # words before and of what two titles share
_ROUNDED = 1.3  # times by which two outlets' numbers may differ
_AGREED, _STRANGE, _EVEN = 0.4, 0.5, 0.165
_LATER = 3 * 3600.0  # seconds after which a flash is joined by facts alone
_ELSEWHERE = 0.5  # share of a title's names
_NUMBERS, _SAME_NUMBERS, _SHIFT = 3, 0.34, 6 * 3600.0  # numbers in title and lead, share of them, seconds
_APART = 3600.0  # seconds: two reports of one event may differ on a minute, not two events an hour apart
# What says that somebody spoke.
_SPEECH = frozenset(
    stem
    for language, words in data.load("story_words")["speech"].items()
    for word in words.split()
    for stem in stems(word, language)
)


def other_text(a: Features, b: Features) -> bool:
    """Return whether two long texts share no phrase at all: a column's title comes back with other news under it."""
    flagged = a.flagged or b.flagged
    long = min(len(a.grams), len(b.grams)) > 40  # noqa: PLR2004 - shingles: two paragraphs
    return long and not flagged and containment(a.grams, b.grams) < _NOTHING


def is_teaser(a: Features, b: Features, share: float) -> bool:
    """Return whether one of two articles is a few sentences on a reaction, most of them on what it reacts to.

    It is a follow-up, and no copy: a copy of a short text is nearly all of it.
    """
    short = smaller(a.grams, b.grams) < SHORT_TEXT
    return short and share < _WHOLE and reacts(a.facts, b.facts)


def conflict(a: Features, b: Features, share: float) -> bool:
    """Return whether two texts share a template: the same phrases around another place, time or numbers.

    `share` is their containment; from .6 on it is a copy whatever its details say, and a short text from .85 on: of
    obituaries and weather warnings three quarters are the form.
    """
    if smaller(a.grams, b.grams) < SHORT_TEXT and different(a.names, b.names, one_language=a.language == b.language):
        return True
    if share >= _COPIED and (share >= _WHOLE or smaller(a.grams, b.grams) >= SHORT_TEXT):
        return False
    gap = abs(a.when - b.when)
    if a.clocks and b.clocks and not a.clocks & b.clocks and gap >= _APART:
        return True
    if a.language != b.language:
        return False
    return (not support(a.facts, b.facts) and _elsewhere(a, b)) or _other_numbers(a, b, gap) or _one_form(a, b, gap)


def _one_form(a: Features, b: Features, gap: float) -> bool:
    """Return whether two short texts are a form that was filled in twice: with other names, or on another day.

    The titles are alike, and each has names of which the other article says nothing, or one outlet gives none of the
    numbers that it gave hours ago: exchange rates, closes. More dead than before are an update.
    """
    alike = jaccard(_form_words(a), _form_words(b)) >= _FORM_TITLE
    if smaller(a.grams, b.grams) >= SHORT_TEXT or (not alike and containment(a.grams, b.grams) < _FORM):
        return False
    first, second = _filled(a), _filled(b)
    renamed = first and second and not _mentions(b, first) and not _mentions(a, second)
    if (alike and (renamed or _other_sums(a, b))) or _other_subject(a, b):
        return True
    hurt = a.facts.counts.keys() & b.facts.counts.keys() & CASUALTIES
    daily = a.outlet == b.outlet and gap >= _SHIFT and not hurt
    return daily and bool(a.numbers and b.numbers) and not a.numbers & b.numbers


def _other_sums(a: Features, b: Features) -> bool:
    """Return whether two titles count one thing otherwise: 200 and 600 million euros, but 1.9 and 2 billion are one.

    More dead than before are an update.
    """
    for kind in (a.facts.titled & b.facts.titled) - CASUALTIES:
        first, second = (sorted(map(float, each.facts.counts[kind])) for each in (a, b))
        if first[-1] * _ROUNDED < second[0] or second[-1] * _ROUNDED < first[0]:
            return True
    return False


def _other_subject(a: Features, b: Features) -> bool:
    """Return whether two titles are one but for their first words, of which neither article knows the other's.

    So of 'Oil rises 2 pct' and 'Gold rises 2 pct', or of two indexes of one exchange. A first word may be short for the
    other: 한은 is 한국은행, and BOK any bank.
    """
    one, *rest = a.facts.template or ("",)
    other = next(iter(b.facts.template), "")
    alike = len(rest) >= _SUBJECT_REST and jaccard(_form_words(a, 1), _form_words(b, 1)) >= _FORM_TITLE
    if not alike:
        return not support(a.facts, b.facts) and _other_opening(a, b)
    short, long = sorted((one, other), key=len)
    if len(short) < (_SUBJECT_MIN if short.isascii() else 1) or _within(short, long):
        return False
    return not _tells(a, other) and not _tells(b, one)


def _form_words(a: Features, start: int = 0) -> frozenset[str]:
    """Return the words of a title's template from `start` on without their endings: 'подешевел', 'подешевела'."""
    return frozenset(stem for word in a.facts.template[start:] for stem in stems(word, a.language) or (word,))


def _other_opening(a: Features, b: Features) -> bool:
    """Return whether two titles go on alike behind up to three words, of which neither article knows the other's.

    So of 'Fed holds interest rates steady' and 'Bank of Canada holds interest rates steady'.
    """
    first, second = a.facts.template, b.facts.template
    for one, other in product(range(1, _OPENING + 1), repeat=2):
        run = first[one : one + _OPENING]
        if len(run) == _OPENING and run == second[other : other + _OPENING]:
            return not any(_tells(a, word) for word in second[:other]) and not any(
                _tells(b, word) for word in first[:one]
            )
    return False


def _within(short: str, long: str) -> bool:
    """Return whether the letters of a word stand in another one, in their order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def _tells(a: Features, word: str) -> bool:
    return any(says(a.said, stem) for stem in stems(word, a.language))


def _filled(a: Features) -> frozenset[str]:
    """Return the names in the slots of a title that looks like one of a series."""
    return frozenset(slot for slot in a.facts.slots if slot and not slot[0].isdecimal())


def _mentions(a: Features, names: Iterable[str]) -> bool:
    """Return whether an article has one of these names, as skeletons or ids of places, or a place that holds it."""
    own = (*_filled(a), *a.facts.places)
    return any(f"s:{name}" in a.keys or any(contains(x, name) or contains(name, x) for x in own) for name in names)


def _elsewhere(a: Features, b: Features) -> bool:
    """Return whether each title has names that the other article never mentions: strikes on two cities.

    So of 44 % of pairs of look-alike events in public English news, and of 5 % of pairs on one event.
    """
    if not a.heads or not b.heads:
        return False
    return min(_strange(a.heads, b), _strange(b.heads, a)) >= _ELSEWHERE


def _other_numbers(a: Features, b: Features, gap: float) -> bool:
    """Return whether two articles of one outlet, hours apart, are full of different numbers: a daily report."""
    few = min(len(a.numbers), len(b.numbers))
    if few < _NUMBERS or gap < _SHIFT or a.outlet != b.outlet:
        return False
    return len(a.numbers & b.numbers) < _SAME_NUMBERS * few


def is_flash(a: Features) -> bool:
    """Return whether an article is '(URGENT) …' and hardly a sentence: facts, or its own outlet's versions, join it."""
    return a.flagged and len(a.grams) <= _FLASH_GRAMS


def agreement(a: Features, b: Features) -> float:
    """Return how well two articles agree on who and where, -.335 to .565; 0 where either names nobody.

    Names that one puts in title and lead and that the other never mentions tell twin events apart: two prison breaks
    share most of their words. Weights were fitted to pairs of look-alike events in public English news.
    """
    if not a.core or not b.core:
        return 0.0
    shared = len(a.core & b.core) / min(len(a.core), len(b.core))
    strange = max(_strange(a.core, b), _strange(b.core, a))
    return _AGREED * shared - _STRANGE * strange + _EVEN


def are_strangers(a: Features, b: Features) -> bool:
    """Return whether two articles are set in towns of which the other says nothing, and no table knows one of them.

    So of 12 % of pairs of look-alike events in public English news, and of 2 % of pairs on one event.
    """
    first, second = a.facts.strangers, b.facts.strangers
    first, second = first or _known_towns(a, second), second or _known_towns(b, first)
    if not first or not second or first & second:
        return False
    return not any(f"s:{town}" in b.keys for town in first) and not any(f"s:{town}" in a.keys for town in second)


def _known_towns(a: Features, others: frozenset[str]) -> frozenset[str]:
    """Return the towns of the tables that an article is set in, as skeletons, where others are to be compared."""
    towns = (each for each in a.facts.places if others and (known := places().get(each)) and known.level != "region")
    return frozenset(made for town in towns for made in skeletons(town)[-1:])


def one_topic(a: Features, b: Features) -> bool:
    """Return whether two titles have more in common than names: a speaker has several things to say on one day.

    A third of the words of either title, names aside, is in the other article; a title of names alone leaves it open.
    """
    return max(_told_elsewhere(a, b), _told_elsewhere(b, a)) >= _TOPIC


def other_matter(a: Features, b: Features) -> bool:
    """Return whether neither of two short texts knows what the other's title is about: two denials of one day."""
    if smaller(a.grams, b.grams) >= SHORT_TEXT:
        return False
    return max(_told_elsewhere(a, b), _told_elsewhere(b, a)) <= _MATTER


def _told_elsewhere(a: Features, b: Features) -> float:
    words = a.title - a.core - b.core - _SPEECH
    return sum(says(b.said, stem) for stem in words) / len(words) if words else 1.0


def _strange(names: frozenset[str], other: Features) -> float:
    """Return the share of names that another article never mentions."""
    return sum(not says(other.said, name) for name in names) / len(names)


def is_later_one(a: Features, b: Features) -> bool:
    """Return whether hours lie between two articles, and one is a flash without facts, or alone says 'again'.

    A flash on the morning's launch says no more than that there was one, as the evening's story does.
    """
    if abs(a.when - b.when) < _LATER or support(a.facts, b.facts) >= FLASH_FACTS:
        return False
    return once_more(a.facts, b.facts) or is_flash(a) or is_flash(b)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the share of two sets that is in both, 0 where one is empty."""
    return len(a & b) / len(a | b) if a and b else 0.0
