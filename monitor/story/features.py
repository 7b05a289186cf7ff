"""What is kept of an article to compare it: identities, shingles, weighted stems, names and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model import Article, Citation, Role, Zone
from monitor.story.attribution import background_start, outlet_id
from monitor.story.revision import Titled, is_digest, parse_title
from monitor.story.signature import shingles
from monitor.story.skeleton import skeletons
from monitor.story.terms import names, numbers, stems
from monitor.urls import canonical, yonhap_story

TITLE, LEAD, BODY, NAME = 2.0, 1.5, 0.5, 0.7  # weights of a stem by where it stands, and of a name's skeleton
_HEAD = 900  # characters after the title that speak of the event itself: about three sentences
_BODY = 6000  # characters that are read at all: what comes later is about something else
_TITLE_MIN = 3  # words: 'Weather' comes back every day and is no version of yesterday's


@dataclass(frozen=True, slots=True)
class Features:
    """An article, reduced to what stories are made by.

    `stems` are weights by stem; `keys` are weights by what two languages can share: `e:` entity ids, `s:` consonant
    skeletons of names, `n:` numbers. Background and credits give nothing.
    """

    outlet: str
    language: str
    when: float  # seconds since the epoch, published or seen
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
    keys: Mapping[str, float]
    numbers: frozenset[str]
    cites: frozenset[str]


def features(article: Article, entities: Iterable[str] = (), citations: Iterable[Citation] = ()) -> Features:
    """Reduce an article; `entities` are the catalogue's ids found in it, `citations` whom it cites. Pure."""
    titled = parse_title(article.title, article.source)
    offset = len(article.document) - len(article.text)
    text = _without_credits(article, offset)[: max(0, background_start(article) - offset)][:_BODY]
    lead, body = text[:_HEAD], text[_HEAD:]
    first = lead.partition("\n")[0]
    same = " ".join(titled.title.casefold().split())
    own = outlet_id(article.source)
    return Features(
        outlet=own,
        language=article.language,
        when=article.when.timestamp(),
        titled=titled,
        title=frozenset(stems(titled.title, article.language)),
        same_title=same if len(same.split()) >= _TITLE_MIN or len(same) >= 4 * _TITLE_MIN else "",
        digest=is_digest(article.title),
        key=article.key,
        guid=article.guid,
        url=canonical(article.url) if article.url else None,
        yonhap=yonhap_story(article.url) if article.url else None,
        grams=shingles(text),
        stems=_stems(titled.title, first, text[len(first) :], article.language),
        keys=_keys(titled.title, lead, body, article.language, entities),
        numbers=numbers(f"{titled.title}\n{lead}"),
        cites=frozenset(c.outlet for c in citations if c.role in (Role.CITE, Role.RELAY) and c.outlet != own),
    )


def _without_credits(article: Article, offset: int) -> str:
    """Give the text with captions and credit lines taken out: '(Yonhap)', 'Photo: …' make no two articles alike."""
    text = article.text
    spans = [(s.start - offset, s.end - offset) for s in article.zones if s.zone is Zone.CREDIT and s.start >= offset]
    for start, end in reversed(spans):
        # Blank, not cut: offsets of background stay right.
        text = text[:start] + " " * (min(end, len(text)) - start) + text[end:]
    return text


def _stems(title: str, lead: str, body: str, language: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for text, weight in ((title, TITLE), (lead, LEAD), (body, BODY)):
        for stem in stems(text, language):
            weights[stem] = weights.get(stem, 0.0) + weight
    return weights


def _keys(title: str, lead: str, body: str, language: str, entities: Iterable[str]) -> dict[str, float]:
    weights: dict[str, float] = {f"e:{entity}": 1.0 for entity in entities}
    for text, weight in ((title, 1.0), (lead, 1.0), (body, BODY)):
        for name in names(text, language):
            for skeleton in skeletons(name):
                weights[f"s:{skeleton}"] = max(weights.get(f"s:{skeleton}", 0.0), weight * NAME)
        for number in numbers(text):
            weights[f"n:{number}"] = max(weights.get(f"n:{number}", 0.0), weight)
    return weights
