"""Selection of the sentences that an alert quotes, and of their speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.model import Article, Hit, Quote, Zone

_SHOWN = (Zone.LEAD, Zone.BODY)
_BEFORE, _BACK = 160, 2000  # characters before a quotation: of its own sentence, of those who spoke earlier
_QUOTED_MIN = 25  # characters: less is a name or a word in quotation marks
_QUOTED = re.compile(r"«[^«»]+(?:«[^«»]*»[^«»]*)*»|“[^“”]+”|„[^„“”]+[“”]|\"[^\"]+\"")
_PRONOUN = re.compile(
    r"\b(?:він|вона|вони|он|она|они|he|she|they)\s+\w+|\b(?:said|додав|додала|добавил|добавила|сказав|сказал)\s+\w+"
    r"|\b(?:додав|додала|наголосив|наголосила|зазначив|зазначила|добавил|добавила|подчеркнул|отметил|сказав|сказал)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"\s*(?:[A-Z][A-Za-z .,/'-]+,?(?: [A-Z][a-z]{2,8}\.? \d{1,2})? \([A-Z][A-Za-z ]+\) ?[-–—]+ "
    r"|\([가-힣·]+=[^)]{2,20}\)(?: [가-힣·]{2,12} (?:기자|특파원))*\s?=?\s?"
    r"|[А-ЯЁІЇЄҐ]{3,}[А-ЯЁІЇЄҐ .,-]*, \d{1,2} \w{3,9}\.? ?[-–—]+ ?[\w ]{2,20}\. )"
)
_AFTER = 120  # characters after a sentence in which its speaker may still be named: '…", сказав він. '
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


def speaker(document: str, start: int, end: int) -> str | None:
    """Return who says the sentence `document[start:end]`; None where that is not plain.

    Direct speech: named just after or just before its quotation marks; where a pronoun stands there, the last who spoke
    before. Indirect speech: named in the sentence itself.
    """
    quotation = _quotation(document, start, end)
    if quotation is None:
        return _named(document[start:end])
    opened, closed = quotation
    paragraph = document.rfind("\n\n", 0, opened) + 1
    after = _first_clause(document[closed - 2 : closed + _AFTER].partition("\n\n")[0])
    before = re.split(r"[.!?]\s", document[max(paragraph, opened - _BEFORE) : opened])[-1]
    name = _named(after) or _named(f"{before} ")
    if name is None and _PRONOUN.search(f"{after} {before}"):
        return _last_named(document[max(0, opened - _BACK) : opened])
    return name


def _named(text: str) -> str | None:
    for pattern in _SPEECH:
        for match in pattern.finditer(text):
            name = _person(match["name"])
            if name:
                return name
    return None


def _last_named(text: str) -> str | None:
    found = [(match.start(), match["name"]) for pattern in _SPEECH for match in pattern.finditer(text)]
    return next((name for _, raw in sorted(found, reverse=True) if (name := _person(raw))), None)


def _first_clause(after: str) -> str:
    """Return the words right after a quotation, from its last two characters on: ',» — сказав Блінкен'."""
    match = re.match(r"[^\n]{0,2}(?:[^.!?\n]|(?<=\b[A-Z])\.|(?<=\b(?:Mr|Ms|Dr))\.)*", after)
    return match[0] if match else ""


def _quotation(document: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the quotation that covers most of a sentence: (opening mark, behind the closing mark)."""
    paragraph = document.rfind("\n\n", 0, start + 1) + 1
    stop = document.find("\n\n", end)
    best: tuple[int, tuple[int, int]] | None = None
    for match in _QUOTED.finditer(document, paragraph, stop if stop >= 0 else len(document)):
        covered = min(end, match.end()) - max(start, match.start())
        if (covered >= _QUOTED_MIN or covered * 2 > end - start) and (best is None or covered > best[0]):
            best = (covered, match.span())
    return best[1] if best else None


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
    quotation = _quotation(document, *span)
    if quotation:
        a, b = max(start, quotation[0]), min(end, quotation[1])
        if all(a <= hit.start and hit.end <= b for hit in hits):
            start, end = a, b
    text = document[start:end]
    start += len(text) - len(text.lstrip())
    return start, start + len(text.strip())
