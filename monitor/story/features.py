"""Features by which articles are compared: identities, shingles, weighted stems, names and numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from functools import lru_cache
from zlib import crc32
from zoneinfo import ZoneInfo

from monitor.model import Article, Citation, Role, Zone
from monitor.story.attribution import background_start, outlet, outlet_id
from monitor.story.facts import Facts, facts
from monitor.story.lexicon import parents as towns
from monitor.story.names import Names, names
from monitor.story.revision import is_digest, parse_title
from monitor.story.signature import shingles
from monitor.story.terms import clocks, numbers, skeletons, stems, weigh
from monitor.urls import PART, UNTITLED, canonical, yonhap_story
from monitor.watch.catalogue import Catalogue, shipped

NAME, BODY = 0.7, 0.5  # weights of a name's skeleton, and of what stands in the body
PLACE = 0.6  # weight of a catalogue's place
_TELLING = frozenset({"person", "weapon"})  # entities whose names are evidence
_BEAT = 0.3  # by which the weight of a word is multiplied that every article of a beat has: a country, an army
_HEAD = 900  # characters after the title that speak of the event itself: about three sentences
_CORE = 400  # characters after the title in which it says who and where
_BODY = 6000  # characters that are read at all: what comes later is about something else
BITS = 4096  # of the set of stems
_SHORT = 2  # consonants: 'Seoul' and 'Seville' begin alike
_TITLE_MIN = 3  # words: 'Weather' comes back every day and is no version of yesterday's


@dataclass(frozen=True, slots=True)
class Features:
    """The features of an article that grouping into stories compares.

    `stems` are weights by stem, needed while the article is placed and then dropped; an id is a stem's CRC-32, which
    two of 100,000 stems of a language may share: both then count as more frequent. `said` remembers stems as a set of
    4,096 bits, which wrongly holds one stem in twenty and takes a fortieth of the memory. `keys` are weights by what
    two languages can share: `e:` entity ids, `p:` those of places, `s:` consonant skeletons of names, `n:` numbers.
    Background and credits give nothing.
    """

    outlet: str
    feed: str  # the source's name: an outlet may have one for each language
    language: str
    when: float  # seconds since the epoch: published, else seen
    kept: float  # the same: seen, else published; what the window counts
    separate: bool  # a feature: its own article, whatever its words
    flagged: bool
    title: frozenset[str]  # stems
    same_title: str  # what two versions' titles have in common; "" where it is too short to tell
    digest: bool
    key: str
    guid: str | None
    url: str | None
    yonhap: str | None
    grams: frozenset[int]
    stems: Mapping[str, float]
    stem_ids: array[int]  # of `stems`, in their order, by which frequencies count them; dropped with them
    said: int
    heads: frozenset[str]  # stems of the names in the title
    core: frozenset[str]  # stems of the names in title and lead: who and where
    keys: Mapping[str, float]
    numbers: frozenset[str]
    clocks: frozenset[int]  # minutes past the hour
    cites: frozenset[str]
    facts: Facts  # of title and lead: what tells it from other events of its kind
    vector: bytes = b""  # of `extract.encoder`; b"" where there is none
    names: Names = Names()  # of title and lead, and all that it says, as other languages can compare them
    written: Mapping[str, str] = field(default_factory=dict)  # names by mark and by key; dropped with `stems`


def moved(found: Features, seconds: float) -> Features:
    """Return features with the time of the article's last sight moved by `seconds`, as the wall clock was.

    The article's own date stays, except that no article is published after it was seen.
    """
    when, kept = moved_times(found.when, found.kept, seconds)
    return replace(found, kept=kept, when=when)


def moved_times(when: float, kept: float, seconds: float) -> tuple[float, float]:
    """Return an article's two times, its own and that of its last sight, as `moved` has them."""
    moved_kept = kept + seconds
    return moved_kept if when == kept else min(when, moved_kept), moved_kept


def features(
    article: Article,
    entities: Iterable[str] = (),
    citations: Iterable[Citation] = (),
    catalogue: Catalogue | None = None,
    vector: bytes = b"",
) -> Features:
    """Return the features of an article; a pure function.

    `entities` are ids found in it, of `catalogue`: the one in force, which also has the user's own (default: the
    shipped one). `citations` are the outlets that the article cites, `vector` is what `extract.encoder` makes of it.
    """
    # A title that other articles of its page have, too, tells it from none of them.
    titled = parse_title("" if article.key.startswith(UNTITLED) else article.title, article.source)
    text = _own_text(article)
    head = f"{titled.title}\n{text[:_HEAD]}"
    same = " ".join(titled.title.casefold().split())
    own = outlet_id(article.source)
    apart = article.key.startswith(PART)  # other articles have its address and its title
    found = weigh(titled.title, text, article.language)
    entities = tuple(entities)
    beat = _beat(entities, catalogue or shipped(), article.language)
    weights = {stem: weight * _BEAT if stem in beat else weight for stem, weight in found.stems.items()}
    who = {stem: start for stem, start in found.name_stems.items() if stem not in beat}
    in_head = numbers(head)
    stem_ids = array("I", map(stem_id, weights))
    named, written = names(titled.title, text, found.names, entities, catalogue or shipped(), article.language)
    return Features(
        outlet=own,
        feed=article.source,
        language=article.language,
        when=_when(article),
        kept=(article.seen_at or article.when).timestamp(),
        separate=titled.separate,
        flagged=bool(titled.flags),
        title=frozenset(stems(titled.title, article.language)),
        same_title="" if apart or (len(same.split()) < _TITLE_MIN and len(same) < 4 * _TITLE_MIN) else same,
        digest=is_digest(article.title),
        key=article.key,
        guid=article.guid,
        url=canonical(article.url) if article.url and not apart else None,
        yonhap=yonhap_story(article.url) if article.url and not apart else None,
        grams=shingles(text),
        stems=weights,
        stem_ids=stem_ids,
        said=_bits(stem_ids),
        heads=frozenset(stem for stem, start in who.items() if start < len(titled.title)),
        core=frozenset(stem for stem, start in who.items() if start < len(titled.title) + _CORE),
        keys={
            **_names(found.names, len(titled.title) + _HEAD),
            **dict.fromkeys((f"n:{number}" for number in numbers(text[_HEAD:])), BODY),
            **dict.fromkeys((f"n:{number}" for number in in_head), 1.0),
            **_entities(entities, catalogue or shipped()),
        },
        numbers=in_head,
        clocks=clocks(head),
        cites=frozenset(c.outlet for c in citations if c.role in (Role.CITE, Role.RELAY) and c.outlet != own),
        facts=facts(titled.title, text, _published(article)),
        vector=vector,
        names=named,
        written={**written, **_spelled(found.names)},
    )


def article_facts(article: Article) -> Facts:
    """Return the facts of an article's title, without its flags, and of its lead."""
    return facts(parse_title(article.title, article.source).title, _own_text(article), _published(article))


def _when(article: Article) -> float:
    """Return the time of publication, but none after the article was seen: a wrong zone, or made up."""
    when = article.when.timestamp()
    return min(when, article.seen_at.timestamp()) if article.seen_at else when


def _published(article: Article) -> date | None:
    """Return the day to which 'on Thursday' is relative; None where the outlet gives none, or one to come.

    It is the outlet's own day, where its time zone is known: a morning in Seoul is the evening before in UTC.
    """
    if article.published is None or (article.seen_at and article.published > article.seen_at):
        return None
    known = outlet(article.source)
    return article.published.astimezone(ZoneInfo(known.timezone) if known and known.timezone else UTC).date()


def _own_text(article: Article) -> str:
    """Return the text up to its background, with captions and credit lines blanked: they make no two articles alike."""
    offset = len(article.document) - len(article.text)
    text = article.text
    for span in article.zones:
        if span.zone is Zone.CREDIT and span.start >= offset:
            start, end = span.start - offset, min(span.end - offset, len(text))
            text = text[:start] + " " * (end - start) + text[end:]
    return text[: max(0, background_start(article) - offset)][:_BODY]


def _names(names: Mapping[str, int], head: int) -> dict[str, float]:
    """Weigh the skeletons of names; what stands in the head of the article counts twice."""
    weights: dict[str, float] = {}
    for name, start in names.items():
        for skeleton in skeletons(name):
            worth = NAME if start < head else NAME * BODY
            sure = worth if len(skeleton) > _SHORT else worth * BODY
            key = f"s:{skeleton}"
            weights[key] = max(weights.get(key, 0.0), sure)
    return weights


def _spelled(names: Iterable[str]) -> dict[str, str]:
    """Return names by their keys."""
    return {f"s:{skeleton}": name for name in names for skeleton in skeletons(name)}


def says(said: int, stem: str) -> bool:
    """Return whether an article has a stem, by its `Features.said`."""
    return bool(said >> stem_id(stem) % BITS & 1)


def stem_id(stem: str) -> int:
    """Return the number by which frequencies count a stem: the same in every process."""
    return crc32(stem.encode("utf-8", "surrogatepass"))


def _bits(stem_ids: Iterable[int]) -> int:
    bits = bytearray(BITS // 8)
    for each in stem_ids:
        place = each % BITS
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def _beat(entities: Iterable[str], catalogue: Catalogue, language: str) -> frozenset[str]:
    """Return the stems of the names of countries, organisations and concepts: no evidence of one event."""
    found = [stem for entity in entities for stem in _beat_stems(catalogue, entity, language)]
    return frozenset(found)


@lru_cache(maxsize=4096)
def _beat_stems(catalogue: Catalogue, entity: str, language: str) -> frozenset[str]:
    spec = catalogue.find(entity)
    if spec is None or spec.type in _TELLING or (spec.type == "place" and entity in towns()):
        return frozenset()
    return frozenset(stem for name in spec.names.get(language, ()) for stem in stems(name.text, language))


def _entities(entities: Iterable[str], catalogue: Catalogue) -> dict[str, float]:
    """Return weights of catalogue entities: places are common, and outlets are sources, not topics."""
    weights: dict[str, float] = {}
    for entity in entities:
        if outlet(entity) is None:
            spec = catalogue.find(entity)
            place = spec is not None and spec.type == "place"
            weights[f"p:{entity}" if place else f"e:{entity}"] = PLACE if place else 1.0
    return weights
