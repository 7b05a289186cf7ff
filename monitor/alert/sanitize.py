"""Foreign text made harmless and short, before any markup is put around it.

Titles and names come from pages that nobody vouches for. What is cut here is counted in UTF-16 code units, as Telegram
counts, so that no channel's limit is met by surprise.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise

import regex

# Controls that turn, hide or join text: the marks, embeddings, overrides and isolates of bidirectional text, invisible
# spaces, and letters that are drawn as nothing.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
# ZWNJ and ZWJ spell emoji, Persian and Indian words; beside Latin, Greek, Cyrillic or Hebrew they only hide.
_JOINER = re.compile("(?<![^\u0000-\u05ff])[\u200c\u200d]|[\u200c\u200d](?![^\u0000-\u05ff])")
_SPACE = re.compile(r"\s+")
# A client makes these act without any markup of ours: a mention rings somebody's phone, a command is one touch from
# being sent, tg: and t.me links open dialogs.
_ACTING = re.compile(
    r"(?<![\w/])[@/](?=[A-Za-z0-9_])|(?<![A-Za-z0-9])(?:(?:tg|ton|tonsite):(?=\S)|(?:t|telegram)(?=\.(?:me|dog)\b))",
    re.IGNORECASE,
)
_WORD_JOINER = "\u2060"
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"
_ISOLATE, _POP = "\u2068", "\u2069"
_TURNS = re.compile(f"[{_LEFT_TO_RIGHT}{_RIGHT_TO_LEFT}{_ISOLATE}{_POP}]")
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_RTL_RUN = re.compile(f"[{_RTL}](?:[{_RTL}\\s.'’\"״׳«»-]*[{_RTL}])?")
_CLUSTER = regex.compile(r"\X")
_MARKS_KEPT = 4  # combining marks on one letter: Vietnamese and pointed Hebrew need three
_MOST = 4096  # characters that are looked at: no message shows more, and a title may have 5 MB
_LONG_CLUSTER = 16  # code points: an emoji family with skin tones has 11
ELLIPSIS = "…"

Marks = tuple[tuple[int, int], ...]
"""Start and end of each surface in a text."""


def units(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def clean(text: str) -> str:
    """Return one line of plain text: no control, bidi or invisible characters, no towers of marks, single spaces.

    Only the first 4,096 characters are read.
    """
    return clean_piece(text).strip()


def clean_piece(text: str) -> str:
    """Return a piece of a line as `clean` does, but keep the spaces at its ends, also behind what is hidden."""
    line = _SPACE.sub(" ", _HIDDEN.sub("", text[:_MOST]))
    return line if line.isascii() else _fewer_marks(_JOINER.sub("", line))


def tame(text: str) -> str:
    """Return `clean(text)` in which no client finds a mention, command or tg: link; an invisible joiner breaks it."""
    return _ACTING.sub(lambda match: match[0] + _WORD_JOINER, clean(text))


def tame_marked(text: str, marks: Marks) -> tuple[str, Marks]:
    """Return clean `text` tamed as a whole, and its marks where their surfaces are now: '@' may stand before a mark."""
    joints = [match.end() for match in _ACTING.finditer(text)]
    parts = [text[a:b] for a, b in pairwise((0, *joints, len(text)))]
    moved = tuple((a + bisect_right(joints, a), b + bisect_left(joints, b)) for a, b in marks)
    return _WORD_JOINER.join(parts), moved


def isolated(text: str) -> str:
    """Return a line of ours with each right-to-left name in it set apart, so that what stands around keeps its order.

    Without that, 'הארץ (he) 09:40' is shown with the time on the wrong side. Unicode Standard Annex #9, 2.4. A line
    that begins with such a name gets a left-to-right mark, too: many clients do not skip isolates to find a line's
    direction.
    """
    if text.isascii():
        return text
    apart = _RTL_RUN.sub(lambda match: f"{_ISOLATE}{match[0]}{_POP}", text)
    first = next((side for side in map(unicodedata.bidirectional, text) if side in ("L", "R", "AL")), "L")
    return apart if first == "L" else _LEFT_TO_RIGHT + apart


def bare(text: str) -> str:
    """Return `text` without the invisible signs that `tame`, `isolated` and `direction` put in."""
    return unturned(text).replace(_WORD_JOINER, "")


def unturned(text: str) -> str:
    """Return `text` without what `isolated` and `direction` put in, as before a cut that would part their pairs."""
    return _TURNS.sub("", text)


def direction(text: str) -> str:
    """Return the mark that makes a line of a foreign text run as most of it does; nothing where it does by itself.

    A line runs as its first letter does: an Arabic sentence that begins with 'BBC' would be laid out from the left.
    """
    sides = [side for side in map(unicodedata.bidirectional, text) if side in ("L", "R", "AL")]
    left = sides.count("L")
    if not sides or left == len(sides):
        return ""
    mostly_left = left * 2 > len(sides)
    return "" if (sides[0] == "L") is mostly_left else _LEFT_TO_RIGHT if mostly_left else _RIGHT_TO_LEFT


def clip(text: str, limit: int) -> str:
    """Return `text` within `limit` UTF-16 units, cut at a word where one is near, never inside an emoji or syllable."""
    if len(text) * 2 <= limit or units(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = _whole(text, _fitting(text, limit - 1))
    space = text.rfind(" ", max(0, end - 24), end)
    if space > 0 and text[end : end + 1] not in ("", " "):
        end = space
    return text[:end].rstrip(" ,;:–—-\u200d") + ELLIPSIS


def clip_around(text: str, marks: Marks, limit: int) -> tuple[str, Marks]:
    """Return `text` within `limit` units around its first mark, with the marks that are still whole in it."""
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


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of `text` fit into `limit` units; no more than `limit` are looked at."""
    costs = accumulate(1 + (char > "\uffff") for char in text[:limit])
    return sum(cost <= limit for cost in costs)


def _whole(text: str, end: int) -> int:
    """Step back from `end` to where no cluster of characters is split (Unicode Standard Annex #29).

    An endless one is split after all: a title that is a single chain of joined emoji must not vanish.
    """
    ends = (cluster.end() for cluster in _CLUSTER.finditer(text[: end + _LONG_CLUSTER]))
    whole = max((at for at in ends if at <= end), default=0)
    return whole if end - whole <= _LONG_CLUSTER else end


def _fewer_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MARKS_KEPT:
            kept.append(char)
    return "".join(kept)
