"""The paragraphs of an article: trafilatura's, or the page's own where trafilatura misses them. Pure.

trafilatura's fast mode is asked first. Its full mode, which compares three ways of reading, has another look where the
fast one found less or more than what the page seems to hold: one page in five, for half the time of asking it always.
"""

from __future__ import annotations

import re
import statistics

from lxml import html

from monitor.extract import stop_words, walls
from monitor.extract.blocks import INLINE, Block, blocks
from monitor.imports import without

with without("py3langid"):  # for its choice of pages by language: it loads numpy
    import trafilatura
    from trafilatura.settings import Extractor

_LESS, _MORE = 0.7, 1.5  # of the page's running text: outside of these a second look is worth its time
_MOST = 1_000_000  # lines by blocks: each line may be looked for in all; an article of 100 on a page of 500 is long
_RUNNING = 80  # letters: a paragraph has more, a menu's entry or a caption less
_FEW = 30  # letters: a line at either end of a short text that has fewer is a date, a button, a tag
_MEAGRE = 600  # characters: with fewer taken, the known containers are looked into
_CONTAINER_MORE = 1.6  # times as much in a container: trafilatura took another part of the page
_TEASERS = 4  # headings that lead elsewhere
_LINKED = 0.25  # of a paragraph: more is a teaser's headline
_TEASERS_SHARE = 0.7  # of what was taken
_TEASER = 350  # characters: a teaser is shorter
_HEADLINE = 15  # characters: a link with fewer is a button
# Where sites keep the body, by what their markup is known to be. Of several the longest is taken: on Korean pages of
# Yonhap the first <article> is a summary of three lines.
_CONTAINERS = (
    "//*[@itemprop='articleBody']",
    "//div[contains(concat(' ', @class, ' '), ' newsText ')]",
    "//article",
    "//main",
)
_LEAD = 4  # blocks before the first paragraph in which the lead is looked for
_NO_LEAD = re.compile(
    r"caption|credit|photo|foto|img|image|media|author|byline|meta|share|social|tags|promo|subscri|newsletter|crumb|note|"
    r"\bad|banner|related|comment",
    re.IGNORECASE,
)
_BESIDE = "ancestor::aside or ancestor::nav or ancestor::footer or ancestor::header or ancestor::form"
_BETWEEN_CELLS = " | "
_NO_WORD = re.compile(r"[\W_]+")
# Made once: each reads a configuration.
_FAST = Extractor(output_format="python", fast=True, comments=False, tables=True)
_FULL = Extractor(output_format="python", fast=False, comments=False, tables=True)
_TABLE = re.compile(r"^\|.*\|?$")
stop_words.install()


def paragraphs(tree: html.HtmlElement, page: list[Block]) -> list[str]:
    """Return the paragraphs of a page's article, in order, [] where none is found; `page` is the page's blocks."""
    running = sum(len(block.text) - block.linked for block in page if _runs(block))
    taken = _trafilatura(tree, fast=True)
    if not taken or not _LESS * running <= _length(taken) <= _MORE * running:
        taken = _trafilatura(tree, fast=False) or taken
    if len(taken) * len(page) <= _MOST:
        taken = _with_lead(_with_lists(_as_shown(taken, page), page), page)
    if _length(taken) < _MEAGRE:
        held = _own(tree, page, taken)
        if _length(held) > _CONTAINER_MORE * _length(taken):
            taken = held
        taken = _without_ends(taken, page)
    return taken


# --------------------------------------------------------------------------- lists of teasers


def without_teasers(page: list[Block], taken: list[str], headline: str) -> list[str]:
    """Return what was taken, less headlines of other articles and the first sentences under them.

    A page of nothing else leaves nothing. A flash stands between its own headline, the feed's, and the first teaser.
    """
    if not _is_list_of_teasers(page, taken):
        return taken
    own = next((number for number, block in enumerate(page) if block.heading and _same(block.text, headline)), None)
    if own is None or page[own].is_link:
        return []
    rest = page[own + 1 :]
    end = next((number for number, block in enumerate(rest) if _leads_on(block) or _begins_with_link(block)), len(rest))
    return _texts(rest[:end])


def _is_list_of_teasers(page: list[Block], taken: list[str]) -> bool:
    wanted = {text.removeprefix("- ") for text in taken}
    places = [number for number, block in enumerate(page) if block.text in wanted]
    links = [number for number in places if _leads_on(page[number])]
    texts = [number for number in places if not page[number].is_link and not page[number].heading]
    if len(links) >= _TEASERS and _letters_of(page, links) > _TEASERS_SHARE * _letters_of(page, places):
        return True
    led = [number for number in texts if _is_led(page, number)]
    begun = [number for number in texts if _begins_with_link(page[number])]
    return (
        max(len(led), len(begun)) >= max(_TEASERS, _TEASERS_SHARE * len(texts))
        and statistics.median(len(page[number].text) for number in texts) < _TEASER
    )


def _same(one: str, other: str) -> bool:
    return bool(other) and _NO_WORD.sub("", one).casefold() == _NO_WORD.sub("", other).casefold()


def _leads_on(block: Block) -> bool:
    return block.is_link and len(block.text) >= _HEADLINE


def _is_led(page: list[Block], number: int) -> bool:
    """Return whether a headline that leads elsewhere stands right before a block, or behind a byline."""
    for before in page[max(0, number - 2) : number][::-1]:
        if before.heading or _leads_on(before):
            return _leads_on(before)
    return False


def _begins_with_link(block: Block) -> bool:
    node = block.node
    if block.linked < _HEADLINE or node is None or (node.text or "").strip():
        return False
    first = next(node.iter("a"), None)
    return first is not None and block.text.startswith(" ".join(str(first.text_content()).split()))


def _letters_of(page: list[Block], places: list[int]) -> int:
    return sum(len(page[number].text) for number in places)


def _length(texts: list[str]) -> int:
    return sum(map(len, texts))


def _runs(block: Block) -> bool:
    length = len(block.text)
    if block.linked > length / 2 or length < _RUNNING / 3:
        return False
    return length >= _RUNNING or walls.letters(block.text) >= _RUNNING


def _trafilatura(tree: html.HtmlElement, *, fast: bool) -> list[str]:
    document = trafilatura.bare_extraction(tree, options=_FAST if fast else _FULL)
    found = getattr(document, "text", None)
    return [text for line in found.split("\n") if (text := _line(line))] if isinstance(found, str) else []


def _line(text: str) -> str:
    """Return a line without needless blanks; a table's row as its cells."""
    text = " ".join(text.split())
    if not _TABLE.match(text):
        return text
    cells = [cell for cell in map(str.strip, text.strip("|").split("|")) if cell.strip("-")]
    return _BETWEEN_CELLS.join(cells)


def _as_shown(taken: list[str], page: list[Block]) -> list[str]:
    """Return the lines as a reader sees them: what was cut at bold words joined, what was lumped together parted."""
    texts = [block.text for block in page]
    places = {text: number for number, text in reversed(list(enumerate(texts)))}
    lines: list[str] = []
    number = 0
    while number < len(taken):
        line = taken[number]
        joined, used = ("", 1) if line.removeprefix("- ") in places else _joined(taken, number, texts)
        if used == 1 and not joined and line.removeprefix("- ") not in places:
            lines += _parted(line, texts) or [line]
        else:
            lines.append(joined or line)
        number += used
    order = [places.get(line.removeprefix("- "), -1) for line in lines]
    if -1 in order or len(set(order)) < len(order):
        return lines
    return [line for _, line in sorted(zip(order, lines, strict=True))]


def _joined(taken: list[str], number: int, texts: list[str]) -> tuple[str, int]:
    """Return the part of a block that this line and those after it are pieces of, and how many they are."""
    for text in texts:
        begin = text.find(taken[number])
        if begin < 0:
            continue
        end, following = begin + len(taken[number]), number + 1
        while following < len(taken) and taken[following] in (
            text[end : end + len(taken[following])],
            text[end + 1 : end + 1 + len(taken[following])],
        ):
            end = text.index(taken[following], end) + len(taken[following])
            following += 1
        if following > number + 1:
            return text[begin:end], following - number
    return "", 1


def _parted(line: str, texts: list[str]) -> list[str]:
    """Return the blocks that a line is made of; [] where it is not."""
    parts: list[str] = []
    end = 0
    for text in texts:
        begin = line.find(text, end, end + len(text) + len(_BETWEEN_CELLS))
        if begin >= 0:
            parts.append(text)
            end = begin + len(text)
    if _BETWEEN_CELLS in line and max(map(len, parts), default=0) < _RUNNING:
        return []  # a table's row
    return parts if len(parts) > 1 and end >= len(line) - 1 else []


def _with_lists(taken: list[str], page: list[Block]) -> list[str]:
    """Add the lists that stand beside the paragraphs that were taken, and were passed over."""
    found = {text.removeprefix("- ") for text in taken}
    beside = {
        block.node.getparent()
        for block in page
        if block.text in found and block.node is not None and block.node.tag == "p"
    }
    whole = "\n".join(taken)
    missed = [
        block
        for block in page
        if block.text not in whole and _is_item(block, beside) and not any(text in block.text for text in found)
    ]
    if not missed:
        return taken
    places = {block.text: number for number, block in enumerate(page)}
    lines = list(taken)
    for block in missed:
        behind = (
            number for number, line in enumerate(lines) if places.get(line.removeprefix("- "), -1) > places[block.text]
        )
        lines.insert(next(behind, len(lines)), f"- {block.text}")
    return lines


def _is_item(block: Block, parents: set[html.HtmlElement | None]) -> bool:
    node = block.node
    return (
        node is not None
        and node.tag == "li"
        and block.linked <= _LINKED * len(block.text)
        and node.getparent().getparent() in parents
    )


def _with_lead(taken: list[str], page: list[Block]) -> list[str]:
    """Add the paragraphs between the headline and the first one that was taken, if they are no `<p>` as it is one.

    Of a container with paragraphs in `<p>` trafilatura passes over the first one where it is a `<div>` or bare.
    """
    places = {block.text: number for number, block in reversed(list(enumerate(page)))}
    first = next((number for text in taken if (number := places.get(text)) is not None), None)
    if first is None or page[first].text != taken[0] or not _is_paragraph(page[first].node):
        return taken
    within = _container(page[first].node)
    lead: list[str] = []
    for block in page[max(0, first - _LEAD) : first][::-1]:
        if block.heading:
            break
        if _is_lead(block, within) and not any(block.text in text for text in taken):
            lead.append(block.text)
    return [*reversed(lead), *taken]


def _is_paragraph(node: html.HtmlElement | None) -> bool:
    return node is not None and node.tag == "p"


def _container(node: html.HtmlElement | None) -> html.HtmlElement | None:
    """Return the block that an element stands in; None for the body."""
    outer = node.getparent() if node is not None else None
    while outer is not None and outer.tag in INLINE:
        outer = outer.getparent()
    return None if outer is None or outer.tag == "body" else outer


def _is_lead(block: Block, within: html.HtmlElement | None) -> bool:
    node = block.node
    if not _runs(block) or block.linked > _LINKED * len(block.text):
        return False
    if node is None or node is within:  # bare; None: in the body
        return node is within
    named = f"{node.get('class') or ''} {node.get('id') or ''}"
    return _container(node) is within and node.tag in {"div", "p"} and not _NO_LEAD.search(named)


def _without_ends(taken: list[str], page: list[Block]) -> list[str]:
    """Return the lines from the first to the last that a report may have; all of them where none is one.

    Of a short page trafilatura takes everything: menus, dates and buttons before a flash of one sentence.
    """
    links = {block.text for block in page if block.is_link}
    if links.isdisjoint(text.removeprefix("- ") for text in taken):
        return taken
    outer = links | {block.text for block in page if block.heading}
    own = [
        number
        for number, text in enumerate(taken)
        if text.removeprefix("- ") not in outer and (walls.letters(text) >= _FEW or walls.is_sentence(text))
    ]
    if not any(walls.letters(taken[number]) >= walls.SHORT for number in own):
        return taken
    return taken[own[0] : own[-1] + 1]


def _own(tree: html.HtmlElement, page: list[Block], taken: list[str]) -> list[str]:
    """Return the text blocks of the first known container that has an article's text; else those after the headline."""
    for path in _CONTAINERS:
        nodes = [node for node in tree.xpath(path)[:20] if not node.xpath(f"boolean({_BESIDE})")]
        found = max((_texts(blocks(node)) for node in nodes), key=_length, default=[])
        if walls.letters(" ".join(found)) >= walls.SHORT:
            return found
    if walls.letters(" ".join(taken)) >= walls.SHORT:
        return []
    heads = [number for number, block in enumerate(page) if block.heading]
    found = _texts(page[heads[0] + 1 :] if heads else page)
    return found if walls.letters(" ".join(found)) >= walls.SHORT else []


def _texts(found: list[Block]) -> list[str]:
    return [block.text for block in found if not block.is_link and not block.heading]
