"""Whether XML is well-formed, and what makes it so: bare ampersands, HTML's entities, markup in texts, bare brackets.

A lenient parser guesses at all of these at once, and loses words of titles. What is repaired here is no guess: it can
mean nothing else. Every step is one pass over the text.
"""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass, field
from functools import cache
from xml.parsers import expat
from xml.sax.saxutils import escape

_NAME = r"[^\W\d][\w:.-]*+"
_VALUE = r"""(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>=]++)"""
_TAG = rf"<(?P<close>/?)(?P<name>{_NAME})(?P<rest>(?:\s++{_NAME}(?:\s*+=\s*+{_VALUE})?+)*+)\s*+(?P<empty>/?)>"
_ATTRIBUTE = re.compile(rf"""({_NAME})(?:\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)'|([^\s"'<>=]++)))?+""")
# What is no text and no tag: how it begins, and how it ends.
_OTHER = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_BARE = re.compile(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)", re.ASCII)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);", re.ASCII)
_XML_TYPE = re.compile(r"""\btype\s*=\s*["'][^"']*(?:xhtml|xml)""", re.IGNORECASE)

_MOST_PREFIXES = 100  # that are declared for a feed

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
    open_ended: frozenset[str] = frozenset()  # what does not end any more: its beginning is text
    end = 0
    while found := _token(open_ended).search(text, end):
        opener = found["opener"]
        close = text.find(_OTHER[opener], found.end()) if opener else 0
        if close < 0:
            open_ended |= {opener}
            continue
        work.text(text[end : found.start()])
        end = close + len(_OTHER[opener]) if opener else found.end()
        if not opener:
            work.tag(found)
        elif opener == "<![CDATA[":
            work.pieces.append(text[found.start() : end])
        else:
            work.pieces.append("\n" * text.count("\n", found.start(), end))
    work.text(text[end:])
    return work.result()


@cache
def _token(without: frozenset[str]) -> re.Pattern[str]:
    """Return the pattern of a tag, and of the beginnings of comments and their like, but for some."""
    openers = "|".join(map(re.escape, _OTHER.keys() - without)) or "(?!)"
    return re.compile(f"(?P<opener>{openers})|{_TAG}")


@dataclass
class _Repair:
    """What is written so far, and the element that holds text in which the work is."""

    pieces: list[str] = field(default_factory=list)
    inside: str | None = None
    root: int | None = None  # where the root's attributes are
    used: set[str] = field(default_factory=set[str])  # prefixes
    declared: set[str] = field(default_factory=lambda: {"xml", "xmlns"})

    def text(self, text: str) -> None:
        """Write what stands between tags."""
        self.pieces.append(_references(text.replace("<", "&lt;").replace("]]>", "]]&gt;")))

    def tag(self, found: re.Match[str]) -> None:
        """Write a tag, or its text where it stands in an element that holds text."""
        name = found["name"]
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
        elif not found["close"] and not found["empty"] and _holds_text(name.lower(), local):
            self.inside = None if _XML_TYPE.search(found["rest"]) else name
        if found["close"]:
            self.pieces.append(f"</{name}{_lines(found[0])}>")
        else:
            self._open(found)

    def _open(self, found: re.Match[str]) -> None:
        name, written = found["name"], ""
        if ":" in name:
            self.used.add(name.partition(":")[0])
        if found["rest"]:
            written = self._attributes(found["rest"])
        rest = f"{written}{_lines(found[0], written)}{found['empty']}>"
        if self.root is None:
            self.root = len(self.pieces) + 1
            self.pieces += (f"<{name}", rest)
        else:
            self.pieces.append(f"<{name}{rest}")

    def _attributes(self, rest: str) -> str:
        """Return attributes, each once, with quotes and values."""
        attributes: dict[str, str] = {}
        for found in _ATTRIBUTE.finditer(rest):
            key, *values = found.groups()
            attributes.setdefault(
                key, next((value for value in values if value is not None), key).replace('"', "&quot;")
            )
            prefix, colon, declared = key.partition(":")
            if prefix == "xmlns":
                self.declared.add(declared)
            elif colon:
                self.used.add(prefix)
        return "".join(f' {key}="{_references(value)}"' for key, value in attributes.items())

    def result(self) -> str:
        """Return what is written; prefixes that nothing declares are the root's."""
        if self.root is not None:
            missing = sorted(self.used - self.declared)[:_MOST_PREFIXES]
            self.pieces.insert(self.root, "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in missing))
        return "".join(self.pieces)


def _lines(before: str, after: str = "") -> str:
    """Return the line breaks that rewriting has taken out."""
    return "\n" * (before.count("\n") - after.count("\n"))


def _holds_text(name: str, local: str) -> bool:
    return local in _TEXTS or name in _BARE_TEXTS


def _references(text: str) -> str:
    """Return text whose ampersands all begin references that XML itself knows."""
    return _NAMED.sub(_character, _BARE.sub("&amp;", text)) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    """Return the character of a reference that HTML knows, else the reference as text."""
    known = html.entities.html5.get(f"{found[1]};")
    return escape(known) if known else f"&amp;{found[1]};"
