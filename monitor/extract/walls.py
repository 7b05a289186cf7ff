"""Pages that stand where an article should (walls, checks, 'not found'), and dialogues that stand before one.

The phrases are in `monitor/data/walls.yaml`, by language. An article may report on cookies and passwords: what belongs
to the page speaks to the reader, an article speaks of others. Quotations are left out before a sentence is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lxml import html

from monitor import data
from monitor.extract.blocks import Block
from monitor.extract.zones import dateline
from monitor.i18n import DEFAULT

SHORT = 60  # letters that any article has: an agency's one-sentence flash has about 100

_WALL = 1_500  # characters: a wall's text is shorter, an article on passwords is longer
_DIALOGUE = 6_000  # characters: a dialogue that lists its purposes is no longer
_LOCKED = 750  # letters: with more before 'to continue reading' there is an article
_BRIEF = 500  # letters: a page that asks for proof of being human, finds no page, or rests, has less
_EDGE = 3  # paragraphs at either end of a long article that may be a dialogue's
_FIELDS = 3  # names of an account form's fields in one line
_TOLD = 110  # characters: 'the page was not found' is said in fewer, and a report of one has more
_LINE = 160  # characters: a line of an account form is shorter
_TITLE = 200
_LEFT = 0.1  # of a dialogue's text may have been taken for an article's
_MET = 2  # words of a dialogue that a sentence has, where another surely belongs to one; a short sentence has one

_SYLLABLE_WEIGHT = 2  # a Hangul or Kana syllable is two letters
_CHARACTER_WEIGHT = 3  # a Han character is three
# With the vowel signs of Indian, Thai, Burmese and Khmer writing, which are no letters to Unicode.
_LETTER = re.compile(r"[^\W\d_]|[\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ebc\u102b-\u103e\u17b4-\u17d3]")
_SYLLABLE = re.compile(r"[\u3041-\u30ff\uac00-\ud7a3]")
_CHARACTER = re.compile(r"[\u3400-\u9fff]")

_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?![\da-zа-яіїєґ])|(?<=[。！？])\s*")  # 'Art. 6' is no end
_ENDS = re.compile(r"[.!?…。！？][»”“\"'’)\]」』]*\s*$")
_QUOTED = re.compile(r"[«“„\"]([^«»“”„\"]{1,300})[»”“\"]|「([^「」]{1,300})」|『([^『』]{1,300})』")
_TITLE_PARTS = re.compile(r"\s+[|–—·•-]\s+|\s*\|\s*")
_SAME = re.compile(r"[\W_]+")


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


class _Dialogue(NamedTuple):
    """How one language's consent dialogues speak."""

    topic: re.Pattern[str]
    ask: re.Pattern[str]
    sure: re.Pattern[str]
    words: re.Pattern[str]
    button: re.Pattern[str]


def _dialogue(of: dict[str, list[str]]) -> _Dialogue:
    return _Dialogue(
        topic=_any(of["topic"]),
        ask=_any(of["ask"]),
        sure=_any(of["sure"]),
        words=_any(of["topic"] + of["ask"] + of["beside"]),
        button=_any(of["buttons"]),
    )


_WALLS = data.load("walls")
_LANGUAGES = tuple(_WALLS.values())
_NOT_LATIN = re.compile(r"[\u0370-\uffff]{2}")  # without two such letters no sentence is of one of these languages
_OTHER_SCRIPTS = ("uk", "ru", "ko", "ja", "zh")
_OTHER = tuple(_dialogue(_WALLS[language]) for language in _OTHER_SCRIPTS)
_LATIN = tuple(_dialogue(of) for language, of in _WALLS.items() if language not in _OTHER_SCRIPTS)
_EVERY_HINT = {hint for of in _LANGUAGES for hint in of["hint"]}
_HINTS = tuple(hint for hint in sorted(_EVERY_HINT) if not any(other in hint for other in _EVERY_HINT - {hint}))
_ASCII_HINTS = tuple(filter(str.isascii, _HINTS))
_LOCKED_LINE, _ACCOUNT, _MISSING, _MAINTENANCE, _ROBOTS = (
    _any([pattern for of in _LANGUAGES for pattern in of[use]])
    for use in ("locked", "account", "missing", "maintenance", "robots")
)
_TITLES = {
    kind: _any([pattern for of in _LANGUAGES for pattern in of["titles"][kind]])
    for kind in ("consent", "login", "missing", "maintenance", "robots")
}


def letters(text: str) -> int:
    """Count letters, less the dateline's; a Korean, Japanese or Chinese character counts as two or three."""
    told = text[dateline(text) :]
    syllables, characters = len(_SYLLABLE.findall(told)), len(_CHARACTER.findall(told))
    return len(_LETTER.findall(told)) + (_SYLLABLE_WEIGHT - 1) * syllables + (_CHARACTER_WEIGHT - 1) * characters


def is_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does."""
    return _ENDS.search(text) is not None


def take_dialogue(page: list[Block]) -> list[Block]:
    """Take the blocks of a consent dialogue before and after the article out of the page; return what is left.

    Nothing is taken where nothing else is left that may be an article.
    """
    whole = sum(len(block.text) for block in page if not block.is_link)
    belongs = _asks_or_beside if whole <= _DIALOGUE else _sure
    edges = [*_edge(range(len(page)), page, belongs), *_edge(range(len(page) - 1, -1, -1), page, belongs)]
    if not _any_asks([page[number].text for number in edges]):
        return page
    taken = {number for number in edges if belongs(page[number].text)}
    left = [block for number, block in enumerate(page) if number not in taken]
    if not any(letters(block.text) >= SHORT for block in left if not block.is_link):
        return page
    for number in taken:
        _drop(page[number])
    return left


def _edge(numbers: Iterable[int], page: list[Block], belongs: Callable[[str], bool]) -> Iterator[int]:
    """Return the blocks up to the first that has an article's text and belongs to no dialogue; links are left out."""
    hinted = False
    for number in numbers:
        block = page[number]
        if block.is_link:
            continue
        if len(block.text) * _CHARACTER_WEIGHT >= SHORT and letters(block.text) >= SHORT:
            hinted = hinted or bool(_hints(block.text))
            if not (hinted and belongs(block.text)):
                return
        yield number


def _drop(block: Block) -> None:
    node = block.node
    if node is not None and node.getparent() is not None and len(node.text_content()) < _LINE + 2 * len(block.text):
        node.drop_tree()


def without_dialogue(paragraphs: list[str]) -> list[str]:
    """Return the paragraphs, less those of a consent dialogue or of an account form before and after the article."""
    length = sum(map(len, paragraphs))
    if length <= _DIALOGUE:
        rests = _rests(paragraphs)
    else:
        edges = {*range(_EDGE), *range(len(paragraphs) - _EDGE, len(paragraphs))}
        rests = [
            "" if number in edges and (_sure(text) or _account(text)) else text
            for number, text in enumerate(paragraphs)
        ]
    own = [number for number, rest in enumerate(rests) if rest]
    if not own:
        return []
    first, last = own[0], own[-1]
    middle = paragraphs[first + 1 : last]
    if length <= _WALL:
        middle = [text for text in middle if not (_account(text) or all(map(_asks, _sentences(text))))]
    return [rests[first], *middle, *([rests[last]] if last > first else [])]


def wall(title: str, headline: str, paragraphs: list[str], kept: list[str], tree: html.HtmlElement) -> str | None:
    """Return why the page is no article, as a clause that an alert can show; None where it may be one.

    `title` is the page's own, `headline` the feed's, `kept` what `without_dialogue` left of the paragraphs.
    """
    text, before = "\n".join(kept), sum(map(len, paragraphs))
    if (
        before <= _DIALOGUE
        and _any_asks(paragraphs)
        and letters("\n".join(_rests(paragraphs))) < max(SHORT, _LEFT * letters("\n".join(paragraphs)))
    ):
        return DEFAULT.text("summary consent")
    if before > _WALL:
        return None
    size = letters(text)
    head = "" if _alike(title, headline) else title[:_TITLE]
    shown = text if size >= SHORT else f"{title[:_TITLE]}. {visible(tree)}"
    for kind, pattern, limit, reason in (
        ("robots", _ROBOTS, _BRIEF, DEFAULT.text("summary robots")),
        ("missing", _MISSING, _BRIEF, DEFAULT.text("summary not found")),
        ("maintenance", _MAINTENANCE, _BRIEF, DEFAULT.text("summary maintenance")),
        ("login", _LOCKED_LINE, _LOCKED, DEFAULT.text("summary login")),
    ):
        if _titled(kind, head) or (size < limit and _says(pattern, shown)):
            return reason
    if size >= SHORT:
        return None
    if _titled("consent", head) or any(map(_asks, _sentences(shown))):
        return DEFAULT.text("summary consent")
    return DEFAULT.text("summary login") if tree.xpath("//input[@type='password']") else None


def empty(tree: html.HtmlElement, *, scripts: bool) -> str:
    """Return why a page without text has none; `scripts` says that it had any."""
    if scripts and len(visible(tree)) < _TITLE:
        return DEFAULT.text("summary script")
    return DEFAULT.text("summary no text")


def visible(tree: html.HtmlElement) -> str:
    """Return the first visible characters of a page."""
    parts = tree.xpath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
    return " ".join(" ".join(map(str, parts[:2_000])).split())[: _WALL * 2]


def _any_asks(paragraphs: list[str]) -> bool:
    hints = _hints("\n".join(paragraphs))
    hinted = (text for text in paragraphs if any(hint in text.lower() for hint in hints))
    return any(_asks(part) for text in hinted for part in _sentences(text))


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if part]


def _asks_or_beside(text: str) -> bool:
    return all(_asks(part) or _beside(part) for part in _sentences(text))


def _dialogues(text: str) -> tuple[_Dialogue, ...]:
    return _OTHER if _NOT_LATIN.search(text) else _LATIN


def _bare(sentence: str) -> str:
    return _QUOTED.sub(" ", sentence)


def _asks(sentence: str) -> bool:
    """Return whether a sentence speaks to the reader of cookies, consent or personal data."""
    bare = _bare(sentence[:_WALL])
    return any(of.sure.search(bare) or (of.topic.search(bare) and of.ask.search(bare)) for of in _dialogues(bare))


def _hints(text: str) -> tuple[str, ...]:
    lowered = text.lower()
    return tuple(hint for hint in (_ASCII_HINTS if text.isascii() else _HINTS) if hint in lowered)


def _sure(text: str) -> bool:
    bare = _bare(text[:_WALL])
    return bool(_hints(bare)) and any(of.sure.search(bare) for of in _dialogues(bare))


def _beside(sentence: str) -> bool:
    """Return whether a sentence belongs to a dialogue where another one surely does."""
    sentence = sentence[:_WALL]
    quoted = [next(filter(None, found)) for found in _QUOTED.findall(sentence)]
    languages = _dialogues(sentence)
    for of in languages:
        if of.button.fullmatch(sentence.strip(" .!")) or any(of.button.fullmatch(part) for part in quoted):
            return True
        if len({found.group().lower() for found in of.words.finditer(sentence)}) >= _MET:
            return True
    return letters(sentence) < SHORT and any(of.topic.search(sentence) or of.ask.search(sentence) for of in languages)


def _account(line: str) -> bool:
    if len(line) > _LINE:
        return False
    return _ACCOUNT.match(line.strip(" *•·-–—|")) is not None or (
        not is_sentence(line) and sum(_ACCOUNT.match(word) is not None for word in line.split()) >= _FIELDS
    )


def _rests(paragraphs: list[str]) -> list[str]:
    """Return of each paragraph what is no dialogue's nor an account form's: all, '', or the sentences in its middle."""
    asking = _any_asks(paragraphs)
    return ["" if _account(text) else _rest(text) if asking else text for text in paragraphs]


def _rest(text: str) -> str:
    if letters(text) < SHORT and not is_sentence(text):
        return ""  # a button or a heading
    sentences = _sentences(text)
    own = [number for number, sentence in enumerate(sentences) if not (_asks(sentence) or _beside(sentence))]
    if len(own) == len(sentences):
        return text
    return " ".join(sentences[own[0] : own[-1] + 1]) if own else ""


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return any(len(sentence) <= _TOLD and pattern.search(_bare(sentence)) for sentence in _sentences(text))


def _titled(kind: str, head: str) -> bool:
    return any(_TITLES[kind].fullmatch(part.strip(' .!«»"“”')) for part in [head, *_TITLE_PARTS.split(head)] if part)


def _alike(title: str, headline: str) -> bool:
    one, other = _SAME.sub("", title).casefold(), _SAME.sub("", headline).casefold()
    return bool(one and other) and (one in other or other in one)
