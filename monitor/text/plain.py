"""Plain text from what feeds put into titles and summaries: markup, escapes of escapes, CDATA."""

from __future__ import annotations

import html
import re

_MAX_RAW = 200_000  # characters looked at; more is no summary

_DROPPED = re.compile(r"<(script|style|iframe|svg|form|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>", re.DOTALL)
_BLOCK = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|blockquote|table|tr|section|article|figure|figcaption|hr|pre|dl|dt|dd)\b[^<>]*>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>|<![a-z][^<>]*>|<\?[^<>]*>", re.IGNORECASE)


def line(text: str) -> str:
    """Return one line of plain text: escapes undone at most twice (the XML parser did it once), tags stripped."""
    return " ".join(_undone(text[:_MAX_RAW], " ").split())


def paragraphs(text: str) -> str:
    """Return plain text whose paragraphs are separated by a blank line."""
    blocks = re.split(r"\n\s*\n", _undone(text[:_MAX_RAW], "\n\n"))
    return "\n\n".join(filter(None, (" ".join(block.split()) for block in blocks)))


def _undone(text: str, block: str) -> str:
    stripped = _stripped(text, block)
    if "&" in stripped:
        stripped = _stripped(html.unescape(stripped), block)
    return stripped.replace("\xad", "")


def _stripped(text: str, block: str) -> str:
    if "<" not in text:
        return text
    text = _DROPPED.sub(" ", _COMMENT.sub("", text))
    text = _BREAK.sub("\n" if block != " " else " ", _BLOCK.sub(block, text))
    return _TAG.sub("", text)
