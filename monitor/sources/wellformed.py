"""Whether XML is well-formed, and what makes it so: bare ampersands, HTML's entities, markup in texts, bare brackets.

A lenient parser guesses at all of these at once, and loses words of titles. What is repaired here is no guess: it can
mean nothing else. Every step is one pass over the text.
"""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

_TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z) | <!\[CDATA\[.*?(?:\]\]>|\Z) | <\?.*?(?:\?>|\Z)
    | <(?P<close>/?)(?P<name>[^\W\d][\w:.-]*+)
      (?P<rest>(?:\s++[^\W\d][\w:.-]*+\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*+)\s*+(?P<empty>/?)>""",
    re.DOTALL | re.VERBOSE,
)
_BARE = re.compile(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)", re.ASCII)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);", re.ASCII)
_XML_TYPE = re.compile(r"""\btype\s*=\s*["'][^"']*(?:xhtml|xml)""", re.IGNORECASE)

# Elements that hold text, or HTML as text; by local name, and those that are texts without a prefix only.
_TEXTS = frozenset({"title", "description", "summary", "subtitle", "encoded", "tagline"})
_BARE_TEXTS = frozenset({"content"})
# Elements that no HTML has: a text in which they begin was not closed.
_STRUCTURE = frozenset({"item", "entry", "channel", "rss", "feed", "pubdate", "guid", "published", "updated"})


def is_wellformed(text: str) -> bool:
    """Return whether `text`, which must have no document type, is well-formed XML with declared namespaces."""
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003 — takes no keywords
    except expat.ExpatError:
        return False
    return True


def repaired(text: str) -> str:
    """Return XML with what can be repaired repaired; lines stay where they are."""
    work = _Repair()
    end = 0
    for found in _TOKEN.finditer(text):
        work.pieces.append(_references(text[end : found.start()].replace("<", "&lt;")))
        end = found.end()
        if found["name"]:
            work.tag(found)
        elif found[0].startswith("<![CDATA["):
            work.pieces.append(found[0])
        else:
            work.pieces.append("\n" * found[0].count("\n"))
    work.pieces.append(_references(text[end:].replace("<", "&lt;")))
    return "".join(work.pieces)


@dataclass
class _Repair:
    """What is written so far, and the element that holds text in which the work is."""

    pieces: list[str] = field(default_factory=list)
    inside: str | None = None

    def tag(self, found: re.Match[str]) -> None:
        """Write a tag, or its text where it stands in an element that holds text."""
        name, rest = found["name"], found["rest"]
        local = name.rpartition(":")[2].lower()
        if self.inside is not None:
            if found["close"] and name == self.inside:
                self.inside = None
            elif local in _STRUCTURE:
                self.pieces.append(f"</{self.inside}>")
                self.inside = None
            else:
                self.pieces.append(escape(found[0]))
                return
        elif (
            not found["close"]
            and not found["empty"]
            and _holds_text(name.lower(), local)
            and not _XML_TYPE.search(rest)
        ):
            self.inside = name
        self.pieces.append(f"<{found['close']}{name}{_references(rest)}{found['empty']}>")


def _holds_text(name: str, local: str) -> bool:
    return local in _TEXTS or name in _BARE_TEXTS


def _references(text: str) -> str:
    """Return text whose ampersands all begin references that XML itself knows."""
    return _NAMED.sub(_character, _BARE.sub("&amp;", text)) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    """Return the character of a reference that HTML knows, else the reference as text."""
    known = html.entities.html5.get(f"{found[1]};")
    return escape(known) if known else f"&amp;{found[1]};"
