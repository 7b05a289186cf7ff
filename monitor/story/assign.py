"""The rules by which an article joins a story, in order: identity, version, copy, same words, same names.

A false merge hides an alert and a missed one only doubles it, so every rule asks for precision first. Figures are
containment and cosine, 0 to 1; those of versions, copies and the joining bar were measured on public news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nlargest
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from monitor.model import JoinReason, JoinRule, Relation
from monitor.story.contradiction import agreed, once_more, other_kind, reacts, support
from monitor.story.features import Features
from monitor.story.form import (
    FLASH_FACTS,
    SHORT_TEXT,
    agreement,
    are_strangers,
    conflict,
    is_flash,
    is_later_one,
    is_teaser,
    jaccard,
    one_topic,
    other_matter,
    other_text,
)
from monitor.story.names import different, in_common, shared_names
from monitor.story.signature import resemblance, smaller

if TYPE_CHECKING:
    from monitor.story.index import IndexRecord, StoryIndex

CONTAINED = 0.25  # share of the smaller text's shingles
_SHORT_MORE = 0.45  # what is asked more of short texts
_SHARED_MIN = 3  # shingles: less is a stock phrase
JOIN, RELATED = 0.30, 0.20  # of the score by stems
_ROUNDING = 1e-9  # a reaction has the score RELATED, but for the last bit
_YOUNG, _GROWN = 0.2, 60  # added to the bar of an empty index; articles after which nothing is added
_NEAR_TITLE = 0.8  # Jaccard of two titles' stems
_NEAR_TITLE_MIN = 4  # stems
_DAY = 86400.0
_MATE = 0.15  # cosine under which two titles are not even compared
_TITLE_SPAN = 2 * _DAY  # titles come back after that
_CITED_SPAN = 2 * _DAY
_RELATED_MAX = 5
_NEAR, _NEAREST, _TOP = 0.06, 24, 3  # cosine and number of the articles that are looked at, of a story's that count
_APART_IN = 0.25  # taken off the score of articles that are set in different towns
_OTHER_MATTER = 0.15  # … short ones of which neither knows what the other's title is about
_AGAIN = 0.1  # … of which one alone says 'again', in its title
_OTHER_KIND = 0.08  # … on which something else happens: a trial, a meeting
_ONE_LINE = 0.12  # … of which one is a title alone
_SHORT_KEY = 4  # 's:kr'
_USUAL_EACH = 0.25  # least cosine that one of them is taken to have
_NEIGHBOURS, _USUAL, _USUAL_MIN = 40, 10, 0.36  # articles that are looked at, that say what is usual, its least
_MEANING, _MEANING_CITED, _MEANING_RELATED = 0.3, 0.22, 0.18  # cosine above what is usual
# By how many names both titles share and no other: of short notices of four languages 74 % join in place of 62, no more
# strangers among 23,000 pairs.
_NAMED = (0.0, 0.1, 0.16)
_MEMBERS = 20  # of a story whose names are compared
_TERMS, _NAMES, _NAME_MAX = 5, 3, 40  # shared terms and names that a reason has, characters of a name
# Two stories are one where an article belongs to both: by so much above the bars of joining, or by so many phrases.
_SURE_WORDS, _SURE_MEANING, _SURE_PHRASES = 0.35, 0.08, 0.6
_BRIDGE_GRAMS = 25  # shingles of an article that may bridge: three sentences, no flash
_BRIDGE_SPAN = 2 * _DAY  # between any two articles of the stories


class _JoinThreshold(NamedTuple):
    """Least agreement for joining across languages: telling keys, their worth, its share, the lead."""

    telling: int
    worth: float
    share: float  # of the poorer article's keys
    margin: float  # over the second-best story


# Measured on parallel short news texts, Russian to English: the second joins a third of them, and none to a stranger.
_CITED = _JoinThreshold(telling=2, worth=3.0, share=0.25, margin=1.15)
_UNCITED = _JoinThreshold(telling=3, worth=5.0, share=0.35, margin=1.3)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story of an article. `story_id` None: it opens a new one (`relation` is then FIRST).

    `score` is what the decision rests on, 0 to 1 for identity, containment and stems. `related` are stories that are
    near and not merged. `reason` says why it joins; None where it opens a story. `bridge` is an article of another
    story that it belongs to as surely: both stories are on one event.
    """

    story_id: int | None
    relation: Relation
    score: float = 0.0
    related: tuple[int, ...] = ()
    reason: JoinReason | None = None
    bridge: Bridge | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """Another story that an article belongs to, with its article that is nearest, and what both have in common."""

    story: int
    nearest: int
    score: float
    terms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class _Scored(NamedTuple):
    """A story, and its article that is nearest."""

    score: float
    story: int
    nearest: int


class _Meant(NamedTuple):
    """A story that is near by its article in another language: by how much it is over the bar, and over the usual."""

    over: float
    above: float
    cosine: float
    record: IndexRecord
    named: float = 0.0  # how much of `over` is due to names that both titles have


def _joins(
    record: IndexRecord,
    relation: Relation,
    rule: JoinRule,
    score: float = 1.0,
    terms: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
) -> Assignment:
    return Assignment(record.story, relation, score, reason=JoinReason(rule, record.id, score, terms, names))


class _Neighbourhood:
    """What is near to an article, looked up once, and only where a rule asks for it."""

    def __init__(self, index: StoryIndex, ident: int | None, found: Features) -> None:
        self.index, self.ident, self.found = index, ident, found

    @cached_property
    def cosines(self) -> Mapping[int, float]:
        """The cosine by stems with each live article of the language."""
        return self.index.similar(self.found)

    @cached_property
    def phrases(self) -> list[tuple[float, IndexRecord]]:
        """The articles of which a good share of shingles is shared, with that share."""
        return list(_by_phrases(self.index, self.ident, self.found))

    @cached_property
    def words(self) -> list[_Scored]:
        """The stories of the language by score, the best first."""
        return _by_words(self.index, self.ident, self.found, self.cosines)

    @cached_property
    def meanings(self) -> list[_Meant]:
        """The stories with articles of other languages, the nearest first."""
        return list(_by_meaning(self.index, self.ident, self.found))


def decide(index: StoryIndex, ident: int | None, found: Features) -> Assignment:
    """Apply the rules to an article's features; `ident` is its own id where it is in the index already."""
    known = _identical(index, ident, found)
    if known:
        return known
    if found.digest:
        return Assignment(None, Relation.FIRST)
    near = _Neighbourhood(index, ident, found)
    if found.separate:
        return Assignment(None, Relation.FIRST, related=_related(near.words))
    chained = _version_by_title(index, ident, found)
    placed = chained or _version_or_copy(near) or _same_event(near)
    if placed.story_id is None:
        return placed
    return replace(placed, bridge=_bridge(near, placed.story_id, chained=chained is not None))


def _identical(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Return the same article, edited or seen in another feed: same key, address or guid."""
    if ident is not None and ident in index.records:
        return _joins(index.records[ident], Relation.VERSION, JoinRule.ARTICLE)
    keys = [
        (JoinRule.ARTICLE, ("key", found.key)),
        (JoinRule.ADDRESS, ("url", found.url)),
        (JoinRule.GUID, ("guid", found.outlet, found.guid)),
    ]
    for rule, key in keys:
        for record in reversed(index.same(*(str(part) for part in key)) if all(key) else []):
            if record.outlet == found.outlet:
                return _joins(record, Relation.VERSION, rule)
    return None


def _version_by_title(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Return a version by Yonhap's story number, or by the same title but for its flags."""
    candidates = index.same("yonhap", found.yonhap) if found.yonhap else []
    for record in reversed(candidates):
        if not _open(index, record, ident, found):
            continue
        return _joins(record, Relation.VERSION, JoinRule.NUMBER)
    if not found.same_title:
        return None
    for record in reversed(index.same("title", found.outlet, found.language, found.same_title)):
        near = abs(record.when - found.when) <= _TITLE_SPAN
        if near and _open(index, record, ident, found) and not other_text(record.features, found):
            return _joins(record, Relation.VERSION, JoinRule.TITLE)
    return None


def _by_phrases(index: StoryIndex, ident: int | None, found: Features) -> Iterator[tuple[float, IndexRecord]]:
    """Yield the articles of which a quarter of the smaller text's shingles is shared, with that share."""
    for other, shared in index.overlaps(found).items():
        record = index.records[other]
        if shared < _SHARED_MIN or not _open(index, record, ident, found):
            continue
        least = smaller(found.grams, record.features.grams)
        share = shared / least
        bar = CONTAINED + _SHORT_MORE * max(0.0, 1.0 - least / SHORT_TEXT)
        if (
            share >= bar
            and not conflict(record.features, found, share)
            and not is_teaser(record.features, found, share)
        ):
            yield share, record


def _version_or_copy(near: _Neighbourhood) -> Assignment | None:
    """Return a version or another outlet's copy: a quarter of the smaller text's shingles is shared."""
    if not near.phrases:
        return None
    share, record = max(near.phrases, key=itemgetter(0))
    same = record.outlet == near.found.outlet
    relation = Relation.VERSION if same else Relation.COPY
    return _joins(record, relation, JoinRule.PHRASES, share)


def _same_event(near: _Neighbourhood) -> Assignment:
    """Return the same event in other words, by titles, by stems and, across languages, by names."""
    index, ident, found = near.index, near.ident, near.found
    for record in _title_mates(index, found, near.cosines):
        if _open(index, record, ident, found) and not conflict(record.features, found, 0.0):
            likeness = jaccard(record.features.title, found.title)
            return _joins(record, Relation.SAME, JoinRule.HEADLINE, likeness)
    if near.words and near.words[0].score >= _join_bar(len(index.records)):
        score, story, nearest = near.words[0]
        shared = (*_agreed(index, nearest, found), *_shared_stems(index, nearest, found))[:_TERMS]
        reason = JoinReason(JoinRule.WORDS, nearest, min(1.0, score), shared)
        return Assignment(story, Relation.SAME, min(1.0, score), related=_related(near.words[1:]), reason=reason)
    meant = next((each for each in near.meanings if each.over >= 0.0), None)
    if meant is not None:
        terms = _agreed(index, meant.record.id, found)[:_TERMS]
        names = _shared_names(meant.record, found, terms)
        return _joins(meant.record, Relation.SAME, JoinRule.MEANING, min(1.0, meant.cosine), terms, names)
    crossed = _across(index, ident, found)
    if crossed:
        return crossed
    close = (each.record.story for each in near.meanings if each.above >= _MEANING_RELATED)
    related = tuple(dict.fromkeys((*_related(near.words), *close)))[:_RELATED_MAX]
    return Assignment(None, Relation.FIRST, near.words[0].score if near.words else 0.0, related=related)


def _bridge(near: _Neighbourhood, story: int, *, chained: bool) -> Bridge | None:
    """Return another story that an article of `story` belongs to, where it belongs to both beyond doubt.

    `chained`: it is a version of one of the story's articles by its number or its title, which leaves no doubt of this.
    So stories become one that were opened apart, as by a flash or a bare title. No member of either may contradict one
    of the other, whatever the article says; as a story that was merged wrongly hides an event, the bars are higher than
    those of joining.
    """
    if len(near.found.grams) < _BRIDGE_GRAMS:
        return None
    sure = _sure_by_words(near)
    if not (chained or story in sure or "meanings" in vars(near)):
        return None  # so for most: the meaning of all other languages' articles is not even compared
    for each in near.meanings:
        if each.over - each.named >= _SURE_MEANING:
            _note(near, sure, each.record.story, each.record.id, each.cosine)
    if not (chained or story in sure):
        return None
    others = (each for other, each in sure.items() if other != story and _are_one(near.index, story, other))
    return max(others, key=lambda each: (each.score, each.nearest), default=None)


def _sure_by_words(near: _Neighbourhood) -> dict[int, Bridge]:
    """Return the stories that an article belongs to by its words beyond doubt, each with the best evidence of it."""
    bar = _join_bar(len(near.index.records)) + _SURE_WORDS
    sure: dict[int, Bridge] = {}
    for _, record in near.phrases:
        share = resemblance(near.found.grams, record.features.grams)
        if share >= _SURE_PHRASES:  # a roundup holds two events' texts, and resembles neither
            _note(near, sure, record.story, record.id, share)
    for score, story, nearest in near.words:
        if score >= bar:
            _note(near, sure, story, nearest, score)
    return sure


def _note(near: _Neighbourhood, sure: dict[int, Bridge], story: int, nearest: int, score: float) -> None:
    """Enter the evidence for a story, unless there is better already."""
    if story not in sure or score > sure[story].score:
        terms = _agreed(near.index, nearest, near.found)[:_TERMS]
        names = _shared_names(near.index.records[nearest], near.found, terms)
        sure[story] = Bridge(story, nearest, min(1.0, score), terms, names)


def _are_one(index: StoryIndex, one: int, other: int) -> bool:
    """Return whether no article of a story contradicts one of another, and none is of another day."""
    few, many = sorted((one, other), key=lambda story: len(index.members[story]))
    for member in index.members[few]:
        found = index.records[member].features
        if index.veto(many, found) is not None:
            return False
        for each in index.members[many]:
            mate = index.records[each].features
            if abs(mate.when - found.when) > _BRIDGE_SPAN or conflict(mate, found, 0.0):
                return False
            if reacts(mate.facts, found.facts) or are_strangers(mate, found) or different(mate.names, found.names):
                return False
    return True


def _agreed(index: StoryIndex, ident: int, found: Features) -> tuple[str, ...]:
    """Return the facts that an article shares with another one."""
    return agreed(index.records[ident].features.facts, found.facts)


def _shared_names(record: IndexRecord, found: Features, terms: Iterable[str]) -> tuple[str, ...]:
    """Return some of the names that an article shares with a live one, but for those that are named as facts."""
    shared = shared_names(record.features.names, found.names, found.written)
    return _shortened(name for name in shared if name not in terms)


def _shortened(names: Iterable[str]) -> tuple[str, ...]:
    short = (name if len(name) <= _NAME_MAX else f"{name[: _NAME_MAX - 1]}…" for name in names)
    return tuple(islice(dict.fromkeys(short), _NAMES))


def _shared_stems(index: StoryIndex, ident: int, found: Features) -> tuple[str, ...]:
    """Return the rarest stems that an article shares with another one."""
    other = set(index.records[ident].rare)
    weighed = [(weight, stem) for stem, weight in index.vector(found).items() if stem in other]
    return tuple(stem for _, stem in nlargest(_TERMS, weighed))


def _join_bar(articles: int) -> float:
    """Return the score from which words alone join: higher while the index is too small to know common words."""
    return JOIN + _YOUNG * max(0.0, 1.0 - articles / _GROWN)


def _title_mates(index: StoryIndex, found: Features, near: Mapping[int, float]) -> list[IndexRecord]:
    """Return other outlets' articles of two days with a near-identical title."""
    if len(found.title) < _NEAR_TITLE_MIN:
        return []
    mates = (index.records[other] for other, cosine in near.items() if cosine >= _MATE)
    return [
        record
        for record in mates
        if record.outlet != found.outlet
        and abs(record.when - found.when) <= _TITLE_SPAN
        and jaccard(record.features.title, found.title) >= _NEAR_TITLE
    ]


def _by_words(index: StoryIndex, ident: int | None, found: Features, near: Mapping[int, float]) -> list[_Scored]:
    """Score live stories of the language: half the nearest article, half the three nearest. Best first.

    What a flash or a reaction may not join it is related to by the nearest article alone: a story that many told has
    some that are far from a reaction.
    """
    nearest = nlargest(_NEAREST, ((cosine, other) for other, cosine in near.items() if cosine >= _NEAR))
    scores: dict[int, list[tuple[float, int]]] = {}
    barred: dict[int, float] = {}  # the greatest score of those that may not join, by story
    for cosine, other in nearest:
        record = index.records[other]
        if _open(index, record, ident, found) and not conflict(record.features, found, 0.0):
            backed = support(record.features.facts, found.facts)
            # Who and where confirm what the words say, and no more: on one beat every article names North Korea.
            who = min(agreement(record.features, found), cosine if one_topic(record.features, found) else 0.0)
            who -= _APART_IN * are_strangers(record.features, found)
            who -= _AGAIN * once_more(record.features.facts, found.facts)
            who -= _OTHER_MATTER * (not backed and other_matter(record.features, found))
            who += backed
            if not (other_kind(record.features.facts, found.facts) or are_strangers(record.features, found)):
                who += _NAMED[min(in_common(record.features.names, found.names), len(_NAMED) - 1)]
            who -= _OTHER_KIND * other_kind(record.features.facts, found.facts)
            if backed < FLASH_FACTS and not (record.features.grams and found.grams):
                who -= _ONE_LINE
            flash = backed < FLASH_FACTS and (is_flash(record.features) or is_flash(found))
            if flash or reacts(record.features.facts, found.facts):
                who = min(who, RELATED - cosine)
                barred[record.story] = max(barred.get(record.story, 0.0), cosine + who)
            scores.setdefault(record.story, []).append((cosine + who, other))
    scored = []
    for story, values in scores.items():
        values.sort(reverse=True)
        best, nearest_one = values[0]
        top = sum(value for value, _ in values[:_TOP]) / min(_TOP, len(index.members[story]))
        scored.append(_Scored(max(0.5 * best + 0.5 * top, barred.get(story, 0.0)), story, nearest_one))
    return sorted(scored, reverse=True)


def _related(scored: Iterable[_Scored]) -> tuple[int, ...]:
    return tuple(each.story for each in scored if each.score >= RELATED - _ROUNDING)[:_RELATED_MAX]


def _by_meaning(index: StoryIndex, ident: int | None, found: Features) -> Iterator[_Meant]:
    """Compare with articles of other languages by their vectors: the cosine, less what is usual on the article's beat.

    What is usual is the mean of the ten nearest articles of other stories, those left out that are known to be on
    other events. In a small index the nearest are none of the beat's, so that for those that are missing .36 is taken,
    and .25 for those that are farther: else a launch and sanctions on one country are one event among ten articles.
    The bar was set on parallel news of three languages: 98 of 100 translations join, and one of 300 articles whose
    translation is missing joins another story.
    """
    near = index.nearest(found, _NEIGHBOURS)
    by_story: dict[int, tuple[float, IndexRecord]] = {}
    for cosine, other in near:
        record = index.records[other]
        if record.feed != found.feed and _open(index, record, ident, found):
            by_story.setdefault(record.story, (cosine, record))
    for story, (cosine, record) in by_story.items():
        others = [
            max(usual, _USUAL_EACH)
            for usual, other in near
            if (at := index.records[other].story) != story and at in by_story
        ][:_USUAL]
        above = cosine - (sum(others) + _USUAL_MIN * (_USUAL - len(others))) / _USUAL
        bar = _MEANING_CITED if _cited(found, record) else _MEANING
        bar -= support(record.features.facts, found.facts)
        common = in_common(record.features.names, found.names) if above >= bar - _NAMED[-1] else 0
        named = _NAMED[min(common, len(_NAMED) - 1)]
        bar -= named
        apart = above >= bar and (
            reacts(record.features.facts, found.facts)
            or is_later_one(record.features, found)
            or _named_apart(index, record, found)
        )
        yield _Meant(-1.0 if apart else above - bar, above, cosine, record, named)


def _named_apart(index: StoryIndex, record: IndexRecord, found: Features) -> bool:
    """Return whether an article names other people and places than a live one, or than most articles of its story.

    Meaning hardly knows one town from another: fires in Porto and in Cherkasy are told alike in any two languages.
    """
    if different(record.features.names, found.names):
        return True
    members = [index.records[member] for member in islice(index.members[record.story], _MEMBERS)]
    apart = sum(different(each.features.names, found.names) for each in members if each is not record)
    return apart > len(members) / 2


def _across(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Compare by what languages share: entities, names, numbers. An outlet that is cited is searched with a lower bar.

    Stories are ranked by the summed worth of the keys that their best article shares: on short texts a sum finds nine
    times as much as a cosine at the same precision. The second-best story must be clearly behind.
    """
    own = _mass(index, found.keys)
    best: dict[int, tuple[float, _JoinThreshold, float, int]] = {}
    shares = index.shared_keys(found.keys)
    for other, shared in shares.items():
        record = index.records[other]
        cited = _cited(found, record)
        if not cited and (record.language == found.language or record.feed == found.feed):
            continue
        bar, worth = _CITED if cited else _UNCITED, sum(shared.values())
        if sum(map(_telling, shared)) < bar.telling:
            continue
        # Only now, as few get here: this reads the features of the article and of its story.
        apart = different(record.features.names, found.names) or conflict(record.features, found, 0.0)
        if not apart and _open(index, record, ident, found):
            share = worth / max(1e-9, min(own, _mass(index, record.features.keys)))
            best[record.story] = max(best.get(record.story, (0.0, bar, 0.0, 0)), (worth, bar, share, other))
    ranked = sorted(((*value, story) for story, value in best.items()), reverse=True)
    if not ranked:
        return None
    worth, bar, share, nearest, _ = ranked[0]
    behind = ranked[1][0] if len(ranked) > 1 else 0.0
    if worth < max(bar.worth, behind * bar.margin) or share < bar.share:
        return None
    keys = [key for _, key in nlargest(_TERMS + _NAMES, ((value, key) for key, value in shares[nearest].items()))]
    numbers = (key.partition(":")[2] for key in keys if key.startswith("n:"))
    terms = tuple(dict.fromkeys((*_agreed(index, nearest, found), *numbers)))[:_TERMS]
    # By the word that the article has, as nobody reads the skeleton 'blnkn'.
    named = (found.written.get(key, key.partition(":")[2]) for key in keys if not key.startswith("n:"))
    names = _shortened(name for name in named if name not in terms)
    return _joins(index.records[nearest], Relation.SAME, JoinRule.NAMES, min(1.0, share), terms, names)


def _cited(a: Features, b: IndexRecord) -> bool:
    """Return whether one of two articles cites the outlet of the other, within two days, or is its translation.

    An outlet's own desks translate each other: Yonhap's Korean and English services cite nobody. One feed speaks one
    language: where two articles of it seem to differ, the language of one is a bad guess.
    """
    translated = a.outlet == b.outlet and a.feed != b.feed and a.language != b.language
    return (translated or b.outlet in a.cites or a.outlet in b.cites) and abs(a.when - b.when) <= _CITED_SPAN


def _telling(key: str) -> bool:
    """Return whether a key is specific: a name of three consonants, a number, an entity other than a place."""
    return not key.startswith("p:") and len(key) > _SHORT_KEY


def _mass(index: StoryIndex, keys: Mapping[str, float]) -> float:
    return sum(weight * weight * index.key_worth(key) for key, weight in keys.items())


def _open(index: StoryIndex, record: IndexRecord, ident: int | None, found: Features) -> bool:
    """Return whether an article may join by this record: another article, alive, no digest and no feature."""
    alive = abs(record.kept - found.kept) <= index.window
    if record.id == ident or not alive or record.closed:
        return False
    return index.veto(record.story, found, ident) is None
