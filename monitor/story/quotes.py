"""The sentences that an alert shows, and who says them where that is plain to see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.model import Article, Hit, Quote, Zone

_SHOWN = (Zone.LEAD, Zone.BODY)
_AFTER = 90  # characters after a sentence in which its speaker may still be named: '…", сказав він. '
_NAME_IN_CAPITALS = 6  # letters: a shorter word in capitals is an acronym, not a person
_ENDS = re.compile(r"[.!?…][»”\"']?\s+|\n\n|$")

_WORD = r"(?:(?:[A-Z]\.)+|(?:Mr|Ms|Mrs|Dr|Gen|Sen|Rep|Gov|Col|Lt|Adm)\.|[A-ZА-ЯІЇЄҐЁ][\w'’ʼ-]*)"
_NAME = rf"(?P<name>{_WORD}(?:\s+(?:{_WORD}|of|for|the|de|van|von|bin|al-\w+)){{0,7}})"
# Small words between a verb and a name: an office, never a whole clause.
_OFFICE = r"(?:[а-яіїєґё'’ʼ-]+\s+){0,5}"
_UK = (
    r"(?:с|роз)каза(?:в|ла|ли)|каже|заяви(?:в|ла|ли)|заявля\w+|наголоси(?:в|ла|ли)|зазначи(?:в|ла|ли)|повідоми(?:в|ла|ли)"
    r"|дода(?:в|ла|ли)|підкресли(?:в|ла|ли)|поясни(?:в|ла|ли)|розпові(?:в|ла|ли)|відзначи(?:в|ла|ли)|запевни(?:в|ла|ли)"
    r"|попереди(?:в|ла|ли)|уточни(?:в|ла|ли)|констатува(?:в|ла|ли)|акцентува(?:в|ла|ли)|написа(?:в|ла|ли)|вважає|пише"
)
_RU = (
    r"(?:с|рас)каза(?:л|ла|ли)|говорит|заяви(?:л|ла|ли)|заявля\w+|подчеркну(?:л|ла|ли)|отмети(?:л|ла|ли)|сообщи(?:л|ла|ли)"
    r"|добави(?:л|ла|ли)|поясни(?:л|ла|ли)|объясни(?:л|ла|ли)|предупреди(?:л|ла|ли)|уточни(?:л|ла|ли)|написа(?:л|ла|ли)|считает"
)
_EN = r"said|says|told|added|stressed|warned|noted|wrote|stated|declared|insisted|argued|explained|announced|remarked"
_KO_NAME = r"(?P<name>[가-힣]{2,8}?(?:\s[가-힣]{2,8}?){0,2}?)"
_SPEECH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[–—-]\s*(?:{_UK}|{_RU})\s+{_OFFICE}{_NAME}",  # «…», — заявив держсекретар Ентоні Блінкен
        rf"{_NAME}\s+(?:{_UK}|{_RU})\b",  # Блінкен заявив, що …
        rf"(?:[Зз]а словами|[Пп]о словам)\s+{_OFFICE}{_NAME}",
        rf"[”\"'’,]\s*(?:{_EN})\s+(?:[a-z][\w-]*\s+){{0,5}}{_NAME}",  # "…," said U.S. Secretary of State Antony Blinken
        rf"{_NAME}(?:,[^,.]{{3,80}},)?\s+(?:has |also |later )?(?:{_EN})\b",  # Blinken, who …, said
        rf"[Aa]ccording to\s+(?:[a-z][\w-]*\s+){{0,5}}{_NAME}",
        rf"{_KO_NAME}(?:은|는|이|가)\s[^.]{{0,200}}?(?:라고|다고|며|고)\s?(?:말|밝|강조|주장|전|덧붙|경고|설명)\w*",
    )
)
# What opens a sentence in capitals, or holds office in capitals, and is no speaker.
_NOT_NAMES = frozenset(
    {
        "Він", "Вона", "Вони", "Он", "Она", "Они", "He", "She", "They", "It", "We", "I", "The", "A", "An", "This",
        "That", "But", "And", "In", "On", "At", "By", "Also", "As", "Ми", "Я", "Мы", "Це", "Это", "Президент",
        "Міністр", "Министр", "Officials", "Sources", "Media", "Як", "Так", "Але", "Про", "У", "В", "На", "За", "З",
        "И", "І", "А", "Зокрема", "Также", "Також", "Водночас", "Крім", "Кроме",
    }
)  # fmt: skip
_OFFICES = frozenset(
    {
        "President", "Minister", "Secretary", "State", "Foreign", "Defense", "Defence", "Prime", "Chief", "General",
        "Spokesperson", "Spokesman", "Spokeswoman", "Ambassador", "Senator", "Governor", "Director", "Mr.", "Ms.",
        "Mrs.", "Dr.", "Gen.", "Sen.", "Rep.", "Gov.", "U.S.", "US", "UK", "EU", "Treasury", "Deputy", "Vice",
        "Chairman", "Chancellor", "King", "Queen", "Pope", "Prince", "Premier", "Interior", "Unification",
    }
)  # fmt: skip


def quotes(article: Article, hits: Iterable[Hit], limit: int = 2) -> tuple[Quote, ...]:
    """Give at most `limit` sentences of the lead or body that hold hits, best first, with speakers where plain.

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


def speaker(document: str, start: int, end: int) -> str | None:
    """Give who says the sentence `document[start:end]`, as named in it or just after it; None where it is not plain."""
    after = document[end : end + _AFTER].partition("\n\n")[0]
    for text in (document[start:end], document[start:end] + _first_clause(after)):
        for pattern in _SPEECH:
            for match in pattern.finditer(text):
                name = _person(next(filter(None, match.groupdict().values()), ""))
                if name:
                    return name
    return None


def _first_clause(after: str) -> str:
    """Give the words right after a sentence where they still belong to its quotation, such as '— сказав Блінкен'."""
    match = re.match(r"\s*[»”\"']?,?\s*[–—-]\s*[^.!?]*", after)
    return match[0] if match else ""


def _person(name: str) -> str | None:
    words = name.split()
    if words and words[0][0] >= "가":
        return name
    while words and (words[0] in _OFFICES or words[0] in _NOT_NAMES or words[0].islower() or _is_acronym(words[0])):
        words = words[1:]
    while words and (words[-1] in _NOT_NAMES or words[-1].islower()):
        words = words[:-1]
    return " ".join(words) if words and len(" ".join(words)) > 1 else None


def _is_acronym(word: str) -> bool:
    return word.isupper() and len(word) < _NAME_IN_CAPITALS


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
    start, end = span
    text = document[start:end]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    marks = sorted({(hit.start - start, hit.end - start) for hit in hits})
    kept: list[tuple[int, int]] = []
    for a, b in marks:
        if a >= 0 and b <= len(text) and (not kept or a >= kept[-1][1]):
            kept.append((a, b))
    return Quote(text=text, marks=tuple(kept), speaker=speaker(document, start, start + len(text)))
