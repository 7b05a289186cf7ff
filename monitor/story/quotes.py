"""Selection of the sentences that an alert quotes, and of their speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.model import Article, Hit, Quote, Zone
from monitor.story.speakers import quotation, speaker

_SHOWN = (Zone.LEAD, Zone.BODY)
_DATELINE = re.compile(
    r"\s*(?:[A-Z][A-Za-z .,/'-]+,?(?: [A-Z][a-z]{2,8}\.? \d{1,2})? \([A-Z][A-Za-z ]+\) ?[-–—]+ "
    r"|\([가-힣·]+=[^)]{2,20}\)(?: [가-힣·]{2,12} (?:기자|특파원))*\s?=?\s?"
    r"|[А-ЯЁІЇЄҐ]{3,}[А-ЯЁІЇЄҐ .,-]*, \d{1,2} \w{3,9}\.? ?[-–—]+ ?[\w ]{2,20}\. )"
)
_ENDS = re.compile(r"[.!?…][»”\"']?\s+|\n\n|$")


def quotes(article: Article, hits: Iterable[Hit], limit: int = 2) -> tuple[Quote, ...]:
    """Return at most `limit` sentences of the lead or body that hold hits, best first, with speakers where plain.

    The sentence with the most distinct terms is best, the earlier one where they tie; a further one is given only for
    terms that are not shown yet. A hit in the title alone gives none: the title is shown anyway.
    """
    document = article.document
    by_sentence: dict[tuple[int, int], list[Hit]] = {}
    for hit in hits:
        if hit.zone in _SHOWN and 0 <= hit.start < hit.end <= len(document):
            by_sentence.setdefault(_sentence(document, hit), []).append(hit)
    chosen: list[tuple[int, int]] = []
    shown: set[str] = set()
    while len(chosen) < limit:
        best = max(by_sentence, key=lambda span: (len(_terms(by_sentence[span]) - shown), -span[0]), default=None)
        if best is None or not _terms(by_sentence[best]) - shown:
            break
        chosen.append(best)
        shown |= _terms(by_sentence[best])
    return tuple(_quote(document, span, by_sentence[span]) for span in chosen)


def _terms(hits: Sequence[Hit]) -> set[str]:
    return {hit.term for hit in hits}


def _sentence(document: str, hit: Hit) -> tuple[int, int]:
    start, end = hit.sentence
    if start <= hit.start and hit.end <= end:
        return start, end
    start = max((m.end() for m in _ENDS.finditer(document, max(0, hit.start - 1000), hit.start) if m[0]), default=0)
    match = _ENDS.search(document, hit.end)
    return start, match.end() if match else len(document)


def _quote(document: str, span: tuple[int, int], hits: Sequence[Hit]) -> Quote:
    start, end = _cropped(document, span, hits)
    text = document[start:end]
    name = speaker(document, *span)
    kept: list[tuple[int, int]] = []
    for a, b in sorted({(hit.start - start, hit.end - start) for hit in hits}):
        if a >= 0 and b <= len(text) and (not kept or a >= kept[-1][1]):
            kept.append((a, b))
    # Who stands in the sentence need not be named behind it.
    return Quote(text=text, marks=tuple(kept), speaker=None if name and name.split()[-1] in text else name)


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
    text = document[start:end]
    start += len(text) - len(text.lstrip())
    return start, start + len(text.strip())
