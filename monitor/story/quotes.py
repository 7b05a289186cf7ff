"""Selection of the sentences that an alert quotes, and of their speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from monitor.model import Article, Hit, Quote, Zone
from monitor.story.antecedents import dangles, reported, with_antecedent, without_pronoun
from monitor.story.revision import parse_title
from monitor.story.speakers import quotation, speaker

_SHOWN = (Zone.LEAD, Zone.BODY)
_DATELINE = re.compile(
    r"\s*(?:[A-Z][A-Za-z .,/'-]+,?(?: [A-Z][a-z]{2,8}\.? \d{1,2})? \([A-Z][A-Za-z ]+\) ?[-–—]+ "
    r"|\([가-힣·]+=[^)]{2,20}\)(?: [가-힣·]{2,12} (?:기자|특파원))*\s?=?\s?"
    r"|[А-ЯЁІЇЄҐ]{3,}[А-ЯЁІЇЄҐ .,-]*, \d{1,2} \w{3,9}\.? ?[-–—]+ ?[\w ]{2,20}\. )"
)
_WORD = re.compile(r"\w+")
_STEM, _STEM_HANGUL = 5, 2  # letters that the forms of one word share
_REPEATED = 0.25  # of a sentence's words may be new in one that repeats the title
_ENDS = re.compile(r"[.!?…][»”\"']?\s+|\n\n|$")


def quotes(article: Article, hits: Iterable[Hit], limit: int = 2) -> tuple[Quote, ...]:
    """Return at most `limit` sentences of the lead or body that hold hits, best first, with speakers where plain.

    The sentence with the most distinct terms is best; where they tie, one that does not begin with a pronoun, then the
    earlier one. A further one is given only for terms that are not shown yet. A hit in the title alone gives none: the
    title is shown anyway, and so does a sentence that only repeats it.
    """
    document = article.document
    by_sentence: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        if hit.zone in _SHOWN and 0 <= hit.start < hit.end <= len(document):
            by_sentence.setdefault(_sentence(document, hit), []).append(hit)
    title = _stems(parse_title(article.title, article.source).title or article.title)
    excerpts = [_Excerpt(article, span, by_sentence[span]) for span in sorted(by_sentence)]
    left = [each for each in excerpts if not each.repeats(title)]
    chosen: list[_QuotedPassage] = []
    shown: set[str] = set()
    while len(chosen) < limit:
        best = max(left, key=lambda each: (len(each.terms - shown), not each.dangles), default=None)
        if best is None or not best.terms - shown:
            break
        passage = best.passage()
        # With what explains its pronoun a sentence may hold one that was chosen before: no reader wants it twice.
        passage = reduce(_QuotedPassage.joined, (each for each in chosen if each.overlaps(passage)), passage)
        chosen = [*(each for each in chosen if not each.overlaps(passage)), passage]
        shown |= best.terms.union(*(each.terms for each in excerpts if passage.holds(each.place)))
    found = [hit for each in excerpts for hit in each.hits]
    return tuple(each.quote(article, found) for each in chosen)


@dataclass(frozen=True, slots=True)
class _QuotedPassage:
    """A place of the document as an alert quotes it; `cut`: something in front of it was left out."""

    start: int
    end: int
    speaker: str | None
    cut: bool = False

    def overlaps(self, other: _QuotedPassage) -> bool:
        return self.start < other.end and other.start < self.end

    def holds(self, place: tuple[int, int]) -> bool:
        return self.start <= place[0] and place[1] <= self.end

    def joined(self, other: _QuotedPassage) -> _QuotedPassage:
        """Return both as one, spoken by whom this one names."""
        first = min(self, other, key=lambda each: each.start)
        return _QuotedPassage(first.start, max(self.end, other.end), self.speaker, cut=first.cut)

    def quote(self, article: Article, hits: Iterable[Hit]) -> Quote:
        """Return the passage as a quote, with those of the hits marked that stand in it."""
        text = article.document[self.start : self.end]
        start = self.start - self.cut
        text = f"…{text}" if self.cut else text
        kept: list[tuple[int, int]] = []
        for a, b in sorted({(hit.start - start, hit.end - start) for hit in hits}):
            if a >= self.cut and b <= len(text) and (not kept or a >= kept[-1][1]):
                kept.append((a, b))
        # Who stands in the passage need not be named behind it.
        named = self.speaker if self.speaker and self.speaker.split()[-1] not in text else None
        return Quote(text=text, marks=tuple(kept), speaker=named, language=article.language)


class _Excerpt:
    """What an alert may show of one sentence: `place` in the document, with the hits in it."""

    def __init__(self, article: Article, span: tuple[int, int], hits: Sequence[Hit]) -> None:
        self.article, self.span, self.hits = article, span, hits
        self.terms = {hit.term for hit in hits}
        self.place = self._plainest()
        self.dangles = self._dangles(self.place)

    def _plainest(self) -> tuple[int, int]:
        """Return the quotation of direct speech, or the whole sentence where only that says of whom it speaks."""
        document = self.article.document
        spoken = _cropped(document, self.span, self.hits)
        whole = _trimmed(document, *self.span)
        return whole if self._dangles(spoken) and not self._dangles(whole) else spoken

    def _dangles(self, place: tuple[int, int]) -> bool:
        return dangles(self.article.document[slice(*place)], self.article.language)

    def repeats(self, title: frozenset[str]) -> bool:
        """Return whether the excerpt has hardly a word that the title lacks, and no term."""
        words = _stems(self.article.document[slice(*self.place)])
        found = all(_stems(hit.surface) <= title for hit in self.hits)
        return found and bool(title) and len(words - title) <= len(words) * _REPEATED

    def passage(self) -> _QuotedPassage:
        """Return what an alert shows of the excerpt: never beginning with a pronoun that nothing in it explains."""
        document, language = self.article.document, self.article.language
        start, end = self.place
        name = speaker(document, *self.span)
        if not self.dangles:
            return _QuotedPassage(start, end, name)
        said = reported(document, self.place, language)
        if said is not None and all(hit.start >= said[0] for hit in self.hits):
            return _QuotedPassage(said[0], end, said[1], cut=True)
        floor = len(document) - len(self.article.text)
        explained = with_antecedent(document, self.place, language, floor)
        if explained is not None:
            return _QuotedPassage(*explained, name)
        return _QuotedPassage(without_pronoun(document, self.place, language), end, name, cut=True)


def _stems(text: str) -> frozenset[str]:
    """Return the beginnings of a text's words, which their inflected forms share."""
    found = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word[: _STEM_HANGUL if "가" <= word[0] <= "힣" else _STEM] for word in found)


def _sentence(document: str, hit: Hit) -> tuple[int, int]:
    start, end = hit.sentence
    if start <= hit.start and hit.end <= end:
        return start, end
    start = max((m.end() for m in _ENDS.finditer(document, max(0, hit.start - 1000), hit.start) if m[0]), default=0)
    match = _ENDS.search(document, hit.end)
    return start, match.end() if match else len(document)


def _cropped(document: str, span: tuple[int, int], hits: Sequence[Hit]) -> tuple[int, int]:
    """Return the excerpt of a sentence: without dateline; of direct speech the quotation where it has all hits."""
    start, end = span
    dateline = _DATELINE.match(document, start, end)
    if dateline and all(hit.start >= dateline.end() for hit in hits):
        start = dateline.end()
    spoken = quotation(document, *span)
    if spoken:
        a, b = max(start, spoken[0]), min(end, spoken[1])
        if all(a <= hit.start and hit.end <= b for hit in hits):
            start, end = a, b
    return _trimmed(document, start, end)


def _trimmed(document: str, start: int, end: int) -> tuple[int, int]:
    text = document[start:end]
    start += len(text) - len(text.lstrip())
    return start, start + len(text.strip())
