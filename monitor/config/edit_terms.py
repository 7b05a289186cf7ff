"""Adding and removing one term in a watchlist's YAML: text in, text out, and one line changes.

These functions work on offsets of the tree's nodes. They know the layouts that people write; what they make of others
is for the caller to check (`watchlist_edit.py` does: it reads the result anew and counts the lines).
"""

from __future__ import annotations

import re

from monitor.config.yaml_tree import Mapping, Node, Scalar, Sequence, resolve

# What may stand without quotes in a list of either style, for readers of YAML 1.1 as well.
_PLAIN = re.compile(r"[^\W\d_][\w .()/+-]*(?<! )")
_TRUTH = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null"})
_COMMA_BEFORE = re.compile(r",[ \t]*\Z")
_COMMA_AFTER = re.compile(r"[ \t]*,[ \t]*")


def end_of(node: Node) -> int:
    """Return the offset behind the last thing written in a node."""
    if isinstance(node, Sequence) and not node.flow:
        return max(map(end_of, node.items))
    if isinstance(node, Mapping) and not node.flow:
        return max(max(key.end, end_of(value)) for key, value in node.pairs)
    return getattr(node, "end", 0)


def quoted(text: str, like: str | None = None) -> str:
    """Return text as one scalar of YAML; `like` is the quote that its neighbours have."""
    plain = _PLAIN.fullmatch(text) and isinstance(resolve(text), str) and text.casefold() not in _TRUTH
    if plain and like not in ("'", '"'):
        return text
    if like == '"' and not re.search(r'["\\]', text):
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


# --------------------------------------------------------------------------- one more


def with_term(text: str, watchlist: Mapping, key: str, term: str) -> str:
    """Return the text with `term` as the last entry of the watchlist's list `key`."""
    node = watchlist.get(key)
    if isinstance(node, Sequence) and node.items:
        return _appended(text, node, term)
    if isinstance(node, Sequence):
        inside = text[node.start + 1 : node.end - 1]
        rest = node.start + 1 + (0 if inside.strip() or "\n" in inside else len(inside))
        return text[: node.start + 1] + quoted(term) + text[rest:]
    return _new_key(text, watchlist, f"{key}: [{quoted(term)}]")


def _appended(text: str, node: Sequence, term: str) -> str:
    last = node.items[-1]
    styles = {item.style for item in node.items if isinstance(item, Scalar)}
    value = quoted(term, styles.pop() if len(styles) == 1 else None)
    if node.flow:
        at = end_of(last)
        return text[:at] + ", " + value + text[at:]
    first = node.items[0].place
    gap = first.column - node.place.column if first.line == node.place.line else 2
    line = " " * (node.place.column - 1) + "-" + " " * max(gap - 1, 1) + value
    return _line_after(text, end_of(node), line)


def _new_key(text: str, watchlist: Mapping, entry: str) -> str:
    """Put a key behind the terms that there are, or behind the last key."""
    key, value = next(
        (pair for pair in watchlist.pairs if pair[0].text in ("entities", "keywords")), watchlist.pairs[-1]
    )
    at = max(key.end, end_of(value))
    if watchlist.flow:
        return text[:at] + ", " + entry + text[at:]
    return _line_after(text, at, " " * (watchlist.pairs[0][0].place.column - 1) + entry)


def _line_after(text: str, offset: int, line: str) -> str:
    end = text.find("\n", max(offset - 1, 0))
    return f"{text}\n{line}" if end < 0 else f"{text[:end]}\n{line}{text[end:]}"


# --------------------------------------------------------------------------- one less


def without_term(text: str, watchlist: Mapping, key: str, index: int) -> str:
    """Return the text without the entry `index` of the watchlist's list `key`; comments stay."""
    node = watchlist.get(key)
    if not isinstance(node, Sequence):
        raise AssertionError(f"{key} is no list")  # noqa: TRY004 - the caller found the entry in it
    item = node.items[index]
    start, end = _start_of(item), end_of(item)
    if node.flow:
        return _cut(text, *_with_comma(text, node, start, end), drop_line=True)
    dash = text.rfind("-", text.rfind("\n", 0, start) + 1, start)
    if len(node.items) > 1:
        return _cut(text, dash, end, drop_line=True)
    indent = dash - text.rfind("\n", 0, dash) - 1
    deeper = max(watchlist.pairs[0][0].place.column + 1 - indent, 0)  # a list may begin below its key, [] may not
    return text[:dash] + " " * deeper + "[]" + text[end:]


def _start_of(node: Node) -> int:
    if isinstance(node, Mapping) and not node.flow:
        return node.pairs[0][0].start
    return getattr(node, "start", 0)


def _with_comma(text: str, node: Sequence, start: int, end: int) -> tuple[int, int]:
    """Widen a span by the comma of its entry, where that is in the same line."""
    before = _COMMA_BEFORE.search(text, node.start + 1, start)
    if before is not None and len(node.items) > 1:
        return before.start(), end
    after = _COMMA_AFTER.match(text, end, node.end - 1)
    return start, after.end() if after else end


def _cut(text: str, start: int, end: int, *, drop_line: bool) -> str:
    """Take a span out, and its line where nothing is left of it."""
    before, after = text[:start], text[end:]
    if after.startswith("#") and before[-1:] not in ("", " ", "\n"):
        after = f" {after}"  # a comment begins after a space
    line_start, line_end = before.rfind("\n") + 1, after.find("\n")
    rest = after if line_end < 0 else after[:line_end]
    if before[line_start:].strip():
        return before + after
    if rest.strip() or not drop_line:
        return before + after.lstrip(" \t")
    return before[:line_start] + after[line_end + 1 :] if line_end >= 0 else before[: max(line_start - 1, 0)]
