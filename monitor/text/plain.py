"""Plain text from feeds' titles and summaries: without markup, double escapes and CDATA."""

from __future__ import annotations

import html
import html.entities
import re

_MAX_RAW = 200_000  # characters looked at; more is no summary

_DROPPED = re.compile(
    r"<(script|style|iframe|svg|form|noscript)(?=\s*>|\s[^<>=]*=)[^<>]*(?<!/)>.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_DROPPED_BEGIN = re.compile(r"<(?:script|style|iframe|svg|form|noscript)", re.IGNORECASE)  # cheaper where there is none
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-z][^\s<>/]*+)([^<>]*)>|<![a-z][^<>]*>|<\?[^<>]*>", re.IGNORECASE)

# HTML's own elements (the HTML Standard, 3 and 16.2), MathML's and SVG's roots: a headline's own words in angle
# brackets, such as <Shield>, are none.
_ELEMENT_NAMES = """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
    button canvas caption center cite code col colgroup command content data datalist dd del details dfn dialog dir div
    dl dt element em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header
    hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark marquee
    math menu menuitem meta meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p
    param picture plaintext portal pre progress q rb rp rt rtc ruby s samp script search section select shadow slot
    small source spacer span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead
    time title tr track tt u ul var video wbr xmp
"""
# Attributes that stand without a value: other words behind an element's name are a headline's.
_BOOLEAN_NAMES = """
    allowfullscreen async autofocus autoplay checked compact controls default defer disabled hidden inert ismap
    itemscope loop multiple muted nohref noresize noshade novalidate nowrap open playsinline readonly required reversed
    selected
"""

_BLOCK_NAMES = """
    p div h1 h2 h3 h4 h5 h6 ul ol li blockquote table tr section article figure figcaption hr pre dl dt dd
"""
_REFERENCE = re.compile(r"&(?:#\d+;?|#[xX][0-9a-fA-F]+;?|([A-Za-z][A-Za-z0-9]*;?))", re.ASCII)

_BLANK_LINES = re.compile(r"\n\s*\n")
_SPACED_LINES = re.compile(r"\n[^\S\n]+\n")  # the blank lines that are not empty

_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_BOOLEAN = frozenset(_BOOLEAN_NAMES.split())


def _usual_tags(block: str) -> dict[str, str]:
    """Return what the tags of HTML's elements are replaced by, by what stands between their angle brackets."""
    found: dict[str, str] = {}
    for name in _ELEMENTS:
        stands_for = block if name in _BLOCKS else "\n" if name == "br" else ""
        found |= dict.fromkeys((name, f"/{name}", f"{name}/", f"{name} /"), stands_for)
    return found


_USUAL_TAGS = {block: _usual_tags(block) for block in (" ", "\n\n")}


def line(text: str) -> str:
    """Return one line of plain text: escapes undone at most twice (the XML parser did it once), tags stripped."""
    return _joined(_undone(text[:_MAX_RAW], " "))


def paragraphs(text: str) -> str:
    """Return plain text whose paragraphs are separated by a blank line."""
    text = _undone(text[:_MAX_RAW], "\n\n")
    if "\n" not in text:
        return _joined(text)
    blocks = _BLANK_LINES.split(text) if _SPACED_LINES.search(text) else text.split("\n\n")
    return "\n\n".join(filter(None, map(_joined, blocks)))


def _joined(text: str) -> str:
    """Return the words with a space between them, as `" ".join(text.split())` does.

    The only white space among printable characters is the space, so that most texts need not be cut into words.
    """
    text = text.strip()
    return text if text.isprintable() and "  " not in text else " ".join(text.split())


def _undone(text: str, block: str) -> str:
    stripped = _stripped(text, block)
    if "&" in stripped:
        stripped = _stripped(_REFERENCE.sub(_character, stripped), block)
    return stripped.replace("\xad", "") if "\xad" in stripped else stripped


def _character(found: re.Match[str]) -> str:
    """Return what a reference stands for; a name counts as a whole, where `html.unescape` takes §ion for &section."""
    name = found[1]
    return found[0] if name and name not in html.entities.html5 else html.unescape(found[0])


def _stripped(text: str, block: str) -> str:
    if "<" not in text:
        return text
    if "<!" in text or "]]>" in text:
        text = _COMMENT.sub("", text)
    text = _DROPPED.sub(" ", text) if _DROPPED_BEGIN.search(text) else text
    usual = _USUAL_TAGS[block].get
    first, *rest = text.split("<")
    pieces = [first]
    closed: set[str] | None = None
    for each in rest:
        tag, end, after = each.partition(">")
        stands_for = usual(tag) if end else f"<{tag}"
        if stands_for is None:
            name, _, attributes = tag.partition(" ")
            stands_for = usual(name) if "=" in attributes else None
        if stands_for is None:
            if closed is None:
                closed = {name.lower() for slash, name, _ in _TAG.findall(text) if slash}
            stands_for = _unusual(f"<{tag}>", closed, block)
        pieces += (stands_for, after)
    return "".join(pieces)


def _unusual(tag: str, closed: set[str], block: str) -> str:
    """Return what a tag is replaced by, itself where it is none; `closed` are the names of the text's end tags."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return tag
    slash, written, rest = found.groups()
    name = (written or "").lower()
    # An element that is none of HTML's (<o:p>, <my-player src="…">) is known by its end, attributes, or slash.
    if name and not slash and "=" not in rest and not rest.endswith("/"):
        if name not in _ELEMENTS and name not in closed:
            return tag
        if rest and not all(word in _BOOLEAN for word in rest.lower().split()):
            return tag
    return block if name in _BLOCKS else "\n" if name == "br" else ""
