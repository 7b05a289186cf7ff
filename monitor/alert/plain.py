"""Foreign text made harmless and short, before any markup is put around it.

Titles and names come from pages that nobody vouches for. What is cut here is counted in UTF-16 code units, as Telegram
counts, so that no channel's limit is met by surprise.
"""

from __future__ import annotations

import re
import unicodedata

# Controls that turn, hide or join text: the marks, embeddings, overrides and isolates of bidirectional text, and
# invisible spaces. ZWJ and ZWNJ stay: emoji and Persian words are spelt with them.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")
# A client makes these act without any markup of ours: a mention rings somebody's phone, a command is one touch from
# being sent, tg: and ton: links open dialogs.
_ACTING = re.compile(r"(?:(?<![\w/])[@/](?=[A-Za-z0-9_])|\b(?:tg|ton|tonsite):(?=//))", re.IGNORECASE)
_MARKS_KEPT = 4  # combining marks on one letter: Vietnamese and pointed Hebrew need three
_WORD_JOINER = "\u2060"
_MOST = 4096  # characters that are looked at: no message shows more, and a title may have 5 MB
ELLIPSIS = "…"


def units(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """Give one line of plain text: no control, bidi or invisible characters, no towers of marks, single spaces.

    Only the first 4,096 characters are read.
    """
    line = _SPACE.sub(" ", _HIDDEN.sub("", text[:_MOST])).strip()
    return line if line.isascii() else _fewer_marks(line)


def tame(text: str) -> str:
    """Give `clean(text)` in which no client finds a mention, a command or a tg: link; an invisible joiner breaks it."""
    return _ACTING.sub(lambda match: match[0] + _WORD_JOINER, clean(text))


def clip(text: str, limit: int) -> str:
    """Give `text` within `limit` UTF-16 units, cut at a word where one is near, never inside an emoji or an accent."""
    if len(text) * 2 <= limit or units(text) <= limit:
        return text
    if limit < 1:
        return ""
    room, end = limit - 1, 0
    while end < len(text) and room >= (cost := 1 + (text[end] > "\uffff")):
        room -= cost
        end += 1
    end = _whole(text, end)
    space = text.rfind(" ", max(0, end - 24), end)
    if space > 0 and text[end : end + 1] not in ("", " "):
        end = space
    return text[:end].rstrip(" ,;:–—-") + ELLIPSIS


def clip_around(text: str, marks: tuple[tuple[int, int], ...], limit: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Give `text` within `limit` units around its first mark, with the marks that are still whole in it."""
    if units(text) <= limit:
        return text, marks
    first = marks[0][0] if marks else 0
    start = 0
    if first > limit // 3:
        start = first - limit // 3
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else _whole(text, start)
    lead = ELLIPSIS if start else ""
    shown = clip(text[start:], limit - len(lead))
    kept = len(shown) - shown.endswith(ELLIPSIS)
    shift = len(lead) - start
    inside = tuple((a + shift, b + shift) for a, b in marks if a >= start and b - start <= kept)
    return lead + shown, inside


def _whole(text: str, end: int) -> int:
    """Step back from `end` while it would split a character from its marks, an emoji sequence or a flag."""
    while 0 < end < len(text) and _extends(text[end], text[end - 1]):
        end -= 1
    flags = 0
    while end - flags > 0 and _is_flag(text[end - flags - 1]):
        flags += 1
    return end - flags % 2 if end < len(text) and _is_flag(text[end]) else end


def _extends(char: str, before: str) -> bool:
    return (
        char == "\u200d"
        or before == "\u200d"
        or "\ufe00" <= char <= "\ufe0f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or unicodedata.category(char) in ("Mn", "Me", "Mc")
    )


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _fewer_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MARKS_KEPT:
            kept.append(char)
    return "".join(kept)
