"""Explanations of YAML errors for people who write watchlists: one sentence with the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from monitor.config.yaml_tree import Document, Place

BUGS = (ValueError, IndexError, AttributeError, TypeError, AssertionError, OverflowError, RecursionError)
"""What ruamel's pure scanner may raise on broken input beside its own errors (found by fuzzing it)."""

_OPEN_BRACKET = "a bracket is never closed: add ] or }"
_NO_COLON = "a colon and a space are missing: write `key: value`"
_FULL_WIDTH_COLON = re.compile(r"^[ -]*[\w+]+(：)")
# Spaces of Unicode that are not YAML's, and what has no width, where the structure of a line is.
_OTHER_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]")
_OTHER_SPACE = re.compile(rf"(?:^[ -]*|[\w'\"]: ?|[\[{{,] ?)({_OTHER_SPACES.pattern})")


def explain(error: MarkedYAMLError, document: Document) -> tuple[Place, str]:
    """Return the place of a YAML error, and what to do about it."""
    return (
        _left_by_git(document)
        or _full_width_colon(error, document)
        or _other_space(error, document)
        or _explained(error, document)
    )


def _explained(error: MarkedYAMLError, document: Document) -> tuple[Place, str]:
    mark = error.problem_mark or error.context_mark
    context = error.context_mark
    problem, told = str(error.problem or ""), str(error.context or "")
    if "mapping values are not allowed" in problem:
        dash = _dash_without_space(document, getattr(mark, "line", 0))
        if dash is not None:
            return dash, "put a space after the `-` that begins an entry: `- name:`"
        above = _line_without_colon(document, getattr(mark, "line", 0))
        if above is not None:
            return above, _NO_COLON
    if "flow" in told or "node content" in problem:
        comment = _comment_in_brackets(document, getattr(mark, "line", 0))
        if comment is not None:
            return (
                comment,
                "a # begins a comment, which ends with the line: put text that begins with it in quotes",
            )
    for fits, hint, at_context in _HINTS:
        if fits(problem, told, _char(document, mark)):
            mark = context if at_context and context is not None else mark
            return _place(mark, document), hint(problem, _char(document, mark), context)
    return _place(mark, document), f"{problem or 'this is not YAML'}: check quotes, brackets and indentation"


def _left_by_git(document: Document) -> tuple[Place, str] | None:
    """Return the first line that a merge with conflicts has left."""
    for number, line in enumerate(document.text.split("\n"), start=1):
        if re.match(r"<{7} |>{7} |={7}$", line):
            return Place(document.name, number, 1), "a conflict of a merge: keep one side, and delete its markers"
    return None


def _full_width_colon(error: MarkedYAMLError, document: Document) -> tuple[Place, str] | None:
    """Return the colon of another script that stands for a colon on the line of an error, or on the one above."""
    found = _near(error, document, _FULL_WIDTH_COLON)
    return (found[0], "'：' is no colon of YAML: write ':' and a space") if found else None


def _other_space(error: MarkedYAMLError, document: Document) -> tuple[Place, str] | None:
    """Return the space, pasted from a page, that stands where YAML wants a plain one: before a key, after - or :."""
    found = _near(error, document, _OTHER_SPACE)
    if found is None:
        return None
    place, space = found
    lines = document.text.split("\n")
    lines[place.line - 1] = _OTHER_SPACES.sub(" ", lines[place.line - 1])
    if _fails_again(error, "\n".join(lines)):  # it stands in a text or in a comment, where it does no harm
        return None
    return place, f"U+{ord(space):04X} looks like a space and is no plain one: write a plain space"


def _fails_again(error: MarkedYAMLError, text: str) -> bool:
    """Return whether another text has an error where the document has one, or before."""
    last = getattr(error.problem_mark or error.context_mark, "line", 0)
    try:
        for event in YAML(typ="safe", pure=True).parse(text.replace("\t", " ")):
            if event.start_mark.line > last:
                return False
    except MarkedYAMLError as again:
        mark, before = (each.problem_mark or each.context_mark for each in (again, error))
        return (mark.line, mark.column) <= (before.line, before.column)
    except (YAMLError, *BUGS):
        return True
    return False


def _near(error: MarkedYAMLError, document: Document, pattern: re.Pattern[str]) -> tuple[Place, str] | None:
    """Return where the first group of a pattern stands on the line of an error, else on the one above, and its text."""
    last = getattr(error.problem_mark or error.context_mark, "line", 0)
    lines = document.text.split("\n")
    for at in range(min(last, len(lines) - 1), max(last - 2, -1), -1):
        found = pattern.search(lines[at])
        if found:
            return Place(document.name, at + 1, found.start(1) + 1), found[1]
    return None


def _place(mark: object, document: Document) -> Place:
    line = getattr(mark, "line", 0)
    lines = document.text.split("\n")
    # At the end of the file the mark is past the last line: point at the last one that says something.
    while line > 0 and (line >= len(lines) or not lines[line].strip()):
        line -= 1
    column = getattr(mark, "column", 0) if line == getattr(mark, "line", 0) else len(lines[line].rstrip())
    return Place(document.name, line + 1, column + 1)


def _line_without_colon(document: Document, line: int) -> Place | None:
    """Return the place of the line above `line` where it is a bare word, which swallowed the line below it."""
    lines = document.text.split("\n")
    above = next((at for at in range(line - 1, -1, -1) if lines[at].strip() and lines[at].strip()[0] != "#"), None)
    if above is None or ": " in lines[above] or lines[above].rstrip().endswith(":"):
        return None
    bare = lines[above].lstrip(" -")
    return Place(document.name, above + 1, len(lines[above]) - len(bare) + 1)


def _dash_without_space(document: Document, line: int) -> Place | None:
    """Return the place of a `-name:` on the line, or on the last one above it that says something."""
    lines = document.text.split("\n")
    for at in (line, next((up for up in range(line - 1, -1, -1) if lines[up].strip()), line)):
        found = re.match(r"( *)-\w[\w+-]*:(\s|$)", lines[at]) if at < len(lines) else None
        if found:
            return Place(document.name, at + 1, len(found[1]) + 1)
    return None


def _comment_in_brackets(document: Document, line: int) -> Place | None:
    """Return the place of the last `[#`, or `, #`, up to a line: a comment that swallowed an entry."""
    lines = document.text.split("\n")
    for at in range(min(line, len(lines) - 1), -1, -1):
        found = re.search(r"[\[{,]\s*(#[^\s#])", lines[at])
        if found:
            return Place(document.name, at + 1, found.start(1) + 1)
    return None


def _char(document: Document, mark: object) -> str:
    index = getattr(mark, "index", 0)
    return document.text[index : index + 1]


def _quotes(_problem: str, char: str, _context: object) -> str:
    return f"an entry that begins with {char} needs quotes: put '…' around all of it"


def _line_of(context: object) -> str:
    line = getattr(context, "line", None)
    return "" if line is None else f" (opened on line {line + 1})"


_Fits = Callable[[str, str, str], bool]
_Hint = Callable[[str, str, object], str]

# (does it fit: problem, context, character; the remedy; point at the start of what was being read)
_HINTS: tuple[tuple[_Fits, _Hint, bool], ...] = (
    (lambda p, _, __: "found '<stream end>'" in p and "node content" in p, lambda *_: _OPEN_BRACKET, False),
    (lambda p, _, c: "cannot start any token" in p and c == "\t", lambda *_: "a tab: indent with spaces", False),
    (lambda p, _, c: "cannot start any token" in p and c != "\t", _quotes, False),
    (lambda _, t, c: "scanning an alias" in t or "scanning an anchor" in t or c in ("*", "&"), _quotes, True),
    (lambda p, t, _: "a tag" in t or "expected URI" in p, lambda *_: _quotes("", "!", None), True),
    (lambda _, t, __: "scanning a directive" in t, lambda *_: "an entry that begins with % needs quotes", True),
    (
        lambda p, t, _: "quoted scalar" in t and ("end of stream" in p or "document separator" in p),
        lambda *_: "this quote is never closed: add the closing one",
        True,
    ),
    (
        lambda p, _, __: "escape" in p,
        lambda *_: "a backslash inside double quotes: use single quotes, '…', or write it twice",
        False,
    ),
    (
        lambda _, t, __: "block scalar" in t,
        lambda *_: "an entry that begins with | or > needs quotes, or its text on the following, indented lines",
        True,
    ),
    (
        lambda p, _, __: "mapping values are not allowed" in p,
        lambda *_: (
            "a second `: ` in one line, or a line too far to the right: put the value in quotes, "
            "or align the line with the key that it belongs beside"
        ),
        False,
    ),
    (
        lambda p, _, __: "could not find expected ':'" in p,
        lambda *_: _NO_COLON,
        True,
    ),
    (
        lambda p, _, __: "not allowed here" in p,
        lambda *_: "a `- ` or `? ` where a value should be: begin the list on a line of its own, or use quotes",
        False,
    ),
    (
        lambda _, t, __: "flow sequence" in t,
        lambda _p, _c, context: (
            f"the list{_line_of(context)} is not closed or a comma is missing: add ], or a comma; "
            "text beside a quoted part needs quotes around all of it"
        ),
        False,
    ),
    (
        lambda _, t, __: "flow mapping" in t,
        lambda _p, _c, context: (
            f"the mapping{_line_of(context)} is not closed or a comma is missing: add }}, or a comma"
        ),
        False,
    ),
    (
        lambda p, _, __: "'<scalar>'" in p or "'['" in p or "'{'" in p or "','" in p,
        lambda *_: "text goes on after a closing quote or bracket: put the whole value in single quotes, '…'",
        False,
    ),
    (
        lambda p, _, __: "<block" in p or "'-'" in p or "'?'" in p,
        lambda *_: "the indentation is off: align this line with the other keys or entries of its block",
        False,
    ),
    (lambda p, _, __: "document start" in p, lambda *_: "the text above ends here: check the indentation", False),
)
