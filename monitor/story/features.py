"""What is kept of an article to compare it: identities, shingles, weighted stems, names and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model import Article, Citation, Role, Zone
from monitor.story.attribution import background_start, outlet, outlet_id
from monitor.story.revision import Titled, is_digest, parse_title
from monitor.story.signature import shingles
from monitor.story.skeleton import skeletons
from monitor.story.terms import clocks, numbers, stems, words
from monitor.urls import canonical, yonhap_story
from monitor.watch.catalogue import shipped

TITLE, LEAD, BODY, NAME = 2.0, 1.5, 0.5, 0.7  # weights of a stem by where it stands, and of a name's skeleton
PLACE = 0.6  # weight of a catalogue's place
_HEAD = 900  # characters after the title that speak of the event itself: about three sentences
_CORE = 400  # characters after the title in which it says who and where
_BODY = 6000  # characters that are read at all: what comes later is about something else
_SHORT = 2  # consonants: 'Seoul' and 'Seville' begin alike
_TITLE_MIN = 3  # words: 'Weather' comes back every day and is no version of yesterday's


@dataclass(frozen=True, slots=True)
class Features:
    """An article, reduced to what stories are made by.

    `stems` are weights by stem; `keys` are weights by what two languages can share: `e:` entity ids, `p:` those of
    places, `s:` consonant skeletons of names, `n:` numbers. Background and credits give nothing.
    """

    outlet: str
    language: str
    when: float  # seconds since the epoch: published, else seen
    kept: float  # the same: seen, else published; what the window counts
    titled: Titled
    title: frozenset[str]  # stems
    same_title: str  # what two versions' titles have in common; "" where it is too short to tell
    digest: bool
    key: str
    guid: str | None
    url: str | None
    yonhap: str | None
    grams: frozenset[int]
    stems: Mapping[str, float]
    core: frozenset[str]  # stems of the names in title and lead: who and where
    keys: Mapping[str, float]
    numbers: frozenset[str]
    clocks: frozenset[int]  # minutes past the hour
    cites: frozenset[str]


def features(article: Article, entities: Iterable[str] = (), citations: Iterable[Citation] = ()) -> Features:
    """Reduce an article; `entities` are the catalogue's ids found in it, `citations` whom it cites. Pure."""
    titled = parse_title(article.title, article.source)
    text = _own_text(article)
    head = f"{titled.title}\n{text[:_HEAD]}"
    same = " ".join(titled.title.casefold().split())
    own = outlet_id(article.source)
    found = _weighed(titled.title, text, article.language)
    return Features(
        outlet=own,
        language=article.language,
        when=_when(article),
        kept=(article.seen_at or article.when).timestamp(),
        titled=titled,
        title=frozenset(stems(titled.title, article.language)),
        same_title=same if len(same.split()) >= _TITLE_MIN or len(same) >= 4 * _TITLE_MIN else "",
        digest=is_digest(article.title),
        key=article.key,
        guid=article.guid,
        url=canonical(article.url) if article.url else None,
        yonhap=yonhap_story(article.url) if article.url else None,
        grams=shingles(text),
        stems=found.stems,
        core=found.core,
        keys=found.names | _numbers(head, text[_HEAD:]) | _entities(entities),
        numbers=numbers(head),
        clocks=clocks(head),
        cites=frozenset(c.outlet for c in citations if c.role in (Role.CITE, Role.RELAY) and c.outlet != own),
    )


def _when(article: Article) -> float:
    """Give when it was published; a time that lies ahead of its being seen was read in the wrong zone, or made up."""
    when = article.when.timestamp()
    return min(when, article.seen_at.timestamp()) if article.seen_at else when


def _own_text(article: Article) -> str:
    """Give the text up to its background, with captions and credit lines blanked: they make no two articles alike."""
    offset = len(article.document) - len(article.text)
    text = article.text
    for span in article.zones:
        if span.zone is Zone.CREDIT and span.start >= offset:
            start, end = span.start - offset, min(span.end - offset, len(text))
            text = text[:start] + " " * (end - start) + text[end:]
    return text[: max(0, background_start(article) - offset)][:_BODY]


@dataclass(frozen=True, slots=True)
class _Weighed:
    stems: dict[str, float]
    core: frozenset[str]
    names: dict[str, float]


def _weighed(title: str, text: str, language: str) -> _Weighed:
    """Weigh stems and names by where they stand: title, first paragraph, body."""
    lead = len(title) + 2 + len(text.partition("\n")[0])
    stem_weights: dict[str, float] = {}
    name_weights: dict[str, float] = {}
    core: set[str] = set()
    for word in words(f"{title}\n\n{text}", language):
        start = word.start
        weight = TITLE if start < len(title) else LEAD if start < lead else BODY
        stem_weights[word.stem] = stem_weights.get(word.stem, 0.0) + weight
        if word.name:
            if start < len(title) + _CORE:
                core.add(word.stem)
            worth = NAME if start < len(title) + _HEAD else NAME * BODY
            for skeleton in skeletons(word.text):
                sure = worth if len(skeleton) > _SHORT else worth * BODY
                name_weights[f"s:{skeleton}"] = max(name_weights.get(f"s:{skeleton}", 0.0), sure)
    return _Weighed(stem_weights, frozenset(core), name_weights)


def _entities(entities: Iterable[str]) -> dict[str, float]:
    """Weigh catalogue entities: places are in every second article; outlets are sources, not what is told."""
    catalogue = shipped()
    weights: dict[str, float] = {}
    for entity in entities:
        if outlet(entity) is None:
            spec = catalogue.find(entity)
            place = spec is not None and spec.type == "place"
            weights[f"p:{entity}" if place else f"e:{entity}"] = PLACE if place else 1.0
    return weights


def _numbers(head: str, body: str) -> dict[str, float]:
    return {f"n:{number}": BODY for number in numbers(body)} | {f"n:{number}": 1.0 for number in numbers(head)}
