"""A page's running text as blocks, with how much of each is links: what a reader sees between two breaks."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from lxml import html

INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "nobr",
    ]
)
_LEFT_OUT = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "aside",
        "nav",
        "footer",
        "header",
        "form",
        "figure",
        "button",
        "select",
        "textarea",
        "iframe",
        "video",
        "audio",
        "object",
        "embed",
        "canvas",
        "map",
        "head",
        "title",
        "dialog",
    ]
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_COMMENTS = frozenset({"comment", "disqus_", "respond"})  # how names of what readers wrote begin


class Block(NamedTuple):
    """A run of text; `linked` counts its characters inside links, `node` is what it stands in."""

    text: str
    linked: int = 0
    heading: bool = False
    node: html.HtmlElement | None = None

    @property
    def is_link(self) -> bool:
        """Return whether it is hardly more than a link."""
        return self.linked > 0.8 * len(self.text)


class _Collector:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._lines: list[tuple[list[str], int]] = []
        self._parts: list[str] = []
        self._linked = 0
        self._filled = False
        self._owner: html.HtmlElement | None = None

    def walk(self, node: html.HtmlElement, *, linked: bool = False, heading: bool = False) -> None:
        """Collect a node's text; a tree is no deeper than the parser lets it be."""
        tag = node.tag
        if tag in INLINE:
            linked = linked or (tag == "a" and node.get("href") is not None)
            self.add(node.text, linked=linked)
            for child in node:
                self.walk(child, linked=linked, heading=heading)
                self.add(child.tail, linked=linked)
        elif tag == "br":
            self.break_line()
        elif tag in _LEFT_OUT or not isinstance(tag, str) or _is_of_comments(node):
            self._parts.append(" ")
        else:
            self.close(heading=False)
            outer, self._owner = self._owner, node
            heading = heading or tag in _HEADINGS
            self.add(node.text, linked=linked)
            for child in node:
                self.walk(child, linked=linked, heading=heading)
                self.add(child.tail, linked=linked)
            self.close(heading=heading)
            self._owner = outer

    def close(self, *, heading: bool) -> None:
        """End a block."""
        if self._filled:
            lines = [*self._lines, (self._parts, self._linked)]
            told = [(" ".join("".join(parts).split()), linked) for parts, linked in lines]
            # One break is a blank, two are a paragraph's end.
            for full, run in groupby(told, lambda line: bool(line[0])):
                if full:
                    texts, linked = zip(*run, strict=True)
                    self.blocks.append(Block(" ".join(texts), sum(linked), heading, self._owner))
        if self._parts or self._lines:
            self._lines, self._parts, self._linked, self._filled = [], [], 0, False

    def break_line(self) -> None:
        """End a line within a block."""
        self._lines.append((self._parts, self._linked))
        self._parts, self._linked = [], 0

    def add(self, text: str | None, *, linked: bool) -> None:
        """Add a piece of text to the block."""
        if text:
            self._parts.append(text)
            self._filled = self._filled or not text.isspace()
            if linked:
                self._linked += len(text.strip())


def _is_of_comments(node: html.HtmlElement) -> bool:
    name = node.get("id") or node.get("class") or ""
    return name[:7].lower() in _COMMENTS


def blocks(node: html.HtmlElement) -> list[Block]:
    """Return the blocks below a node, in order; without menus, forms, figures and what is beside the text."""
    collector = _Collector()
    collector.add(node.text, linked=False)
    for child in node:
        collector.walk(child)
        collector.add(child.tail, linked=False)
    collector.close(heading=False)
    return collector.blocks
