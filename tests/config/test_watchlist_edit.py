"""A term more or less in a watchlist: one line differs, comments stay, and the file says what was asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from doubles.config_files import HEAD, W, add_term, changed, edited, lists, remove_term, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.watchlist_edit import EditRefusedError
from monitor.errors import ConfigError
from monitor.model import Term

ADDITIONS = {
    "one line": (W + "    keywords: [a, 'b']  # c\n", "x", "keywords: [a, 'b', x]  # c"),
    "comma at the end": (W + "    keywords: [a, b,]\n", "x", "keywords: [a, b, x,]"),
    "room in brackets": (W + "    keywords: [ a, b ]\n", "x", "keywords: [ a, b, x ]"),
    "all in quotes": (W + '    keywords: ["a", "b"]\n', "x y", 'keywords: ["a", "b", "x y"]'),
    "several lines": (W + "    keywords: [\n      a,  # one\n      b   # two\n    ]\n", "x", "b, x   # two"),
    "comma and comment": (W + "    keywords: [\n      a,\n      b,  # two\n    ]\n", "x", "b, x,  # two"),
    "comma first": (W + "    keywords:\n      [ a\n      , b\n      ]\n", "x", ", b, x"),
    "a mapping at the end": (W + "    keywords: [a, {text: b, near: [c]}]\n", "x", "keywords: [a, {text: b, near: [c]}, x]"),
    "empty": (W + "    entities: [DPRK]\n    keywords: []  # none\n", "x", "keywords: [x]  # none"),
    "empty on two lines": (W + "    entities: [DPRK]\n    keywords:\n      [ ]\n", "x", "[x]"),
    "block": (W + "    keywords:\n      - a  # one\n      - b  # two\n    severity: low\n", "x", "- x"),
    "block, not indented": (W + "    keywords:\n    - a\n    - b\n  - name: B\n    keywords: [z]\n", "x", "- x"),
    "block, wide": (W + "    keywords:\n        -   a\n        -   b\n", "x", "-   x"),
    "block with a mapping": (W + "    keywords:\n      - text: a\n        near:\n          - c\n", "x", "- x"),
    "block with a folded text": (W + "    keywords:\n      - >-\n        a\n        b\n    severity: low\n", "x", "- x"),
    "blank lines": (W + "    keywords:\n      - a\n\n      # two\n      - b\n\n# end\n", "x", "- x"),
    "no list yet": (W + "    entities: [DPRK]  # e\n    severity: low\n", "x", "keywords: [x]"),
    "no list yet, block": (W + "    entities:\n      - DPRK\n      # more to come\n", "x", "keywords: [x]"),
    "no list yet, first key": ("watchlists:\n  - entities: [DPRK]\n    name: A\n", "x", "keywords: [x]"),
    "all on one line": ("watchlists: [{name: A, entities: [DPRK]}]\n", "x",
                        "watchlists: [{name: A, entities: [DPRK], keywords: [x]}]"),
    "entity": (W + "    entities: [DPRK]\n", "@Blinken", "entities: [DPRK, Blinken]"),
    "entity, no list yet": (W + "    keywords: [a]\n", "@ICBM", "entities: [ICBM]"),
    "tabs": (W + "    keywords: [a,\tb]\t# c\n    severity: low\t# s\n", "x", "keywords: [a,\tb, x]\t# c"),
    "no end of line": (W + "    keywords:\n      - a", "x", "- x"),
    "no end of line, one line": (W + "    keywords: [a]", "x", "keywords: [a, x]"),
    "no end of line, new key": (W + "    entities: [DPRK]", "x", "keywords: [x]"),
}  # fmt: skip


@pytest.mark.parametrize(("yaml", "term", "line"), ADDITIONS.values(), ids=ADDITIONS)
def test_adds_in_the_style_that_is_there(yaml: str, term: str, line: str, tmp_path: Path) -> None:
    path = write(tmp_path, yaml)
    before = lists(path)["A"]
    _, new = edited(path, "add", "a", term)
    assert new[0] == line
    after = lists(path)["A"]
    if term.startswith("@"):
        assert after == replace(before, entities=(*before.entities, term[1:]))
    else:
        assert after == replace(before, keywords=(*before.keywords, Term(term)))
    assert path.read_bytes().endswith(b"\n") == yaml.endswith("\n")


REMOVALS = {
    "first": (W + "    keywords: [a, b, c]  # c\n", "a", "keywords: [b, c]  # c"),
    "middle": (W + "    keywords: [a, b, c]\n", "b", "keywords: [a, c]"),
    "last": (W + "    keywords: [a, b, c]\n", "c", "keywords: [a, b]"),
    "last before a comma": (W + "    keywords: [a, b,]\n", "b", "keywords: [a,]"),
    "in brackets with room": (W + "    keywords: [ a, b ]\n", "a", "keywords: [ b ]"),
    "quoted": (W + "    keywords: [\"a, b\", 'it''s']\n", "it's", 'keywords: ["a, b"]'),
    "a mapping": (W + "    keywords: [{text: a, near: [b]}, c]\n", "a", "keywords: [c]"),
    "several lines": (W + "    keywords: [\n      a,\n      b,\n      c\n    ]\n", "b", None),
    "last of several lines": (W + "    keywords: [\n      a,\n      c\n    ]\n", "c", None),
    "with its comment": (W + "    keywords: [\n      a,  # one\n      b\n    ]\n", "a", "# one"),
    "beside a bracket": (W + "    keywords: [a,  # one\n      b]\n", "a", "keywords: [ # one"),
    "beside a bracket, tight": (W + "    keywords: [a, # one\n      b]\n", "a", "keywords: [ # one"),
    "comma first": (W + "    keywords:\n      [ a\n      , b\n      , c ]\n", "b", None),
    "only one": (W + "    entities: [DPRK]\n    keywords: [a]  # c\n", "a", "keywords: []  # c"),
    "only one, comma": (W + "    entities: [DPRK]\n    keywords: [ a, ]\n", "a", "keywords: [ ]"),
    "block": (W + "    keywords:\n      - a\n      - b\n      - c\n", "b", None),
    "block, first": (W + "    keywords:\n      - a\n      - b\n", "a", None),
    "block, last": (W + "    keywords:\n      - a\n      - b\n    severity: low\n", "b", None),
    "block with its comment": (W + "    keywords:\n      - a\n      - b  # two\n", "b", "# two"),
    "block, only one": (W + "    entities: [DPRK]\n    keywords:\n      - a  # c\n", "a", "[]  # c"),
    "block, not indented, only one": (W + "    entities: [DPRK]\n    keywords:\n    - a\n    severity: low\n", "a", "[]"),
    "entity": (W + "    entities: [DPRK, Blinken]\n", "@Blinken", "entities: [DPRK]"),
    "entity by another name": (W + "    entities: [DPRK, Blinken]\n", "@КНДР", "entities: [Blinken]"),
    "entity without its sign": (W + "    entities: [DPRK, Blinken]\n    keywords: [a]\n", "DPRK", "entities: [Blinken]"),
    "no end of line": (W + "    keywords:\n      - a\n      - b", "b", None),
    "tabs": (W + "    keywords: [a,\tb]\t# c\n", "b", "keywords: [a]\t# c"),
    "a number": (W + "    keywords: [007, a]\n", "007", "keywords: [a]"),
    "other capitals": (W + "    keywords: [Sanctions, a]\n", "sanctions", "keywords: [a]"),
}  # fmt: skip


@pytest.mark.parametrize(("yaml", "term", "line"), REMOVALS.values(), ids=REMOVALS)
def test_removes_one_line_or_less(yaml: str, term: str, line: str | None, tmp_path: Path) -> None:
    path = write(tmp_path, yaml)
    before = path.read_text(encoding="utf-8")
    was = lists(path)["A"]
    _, new = edited(path, "remove", "A", term)
    assert new == ([] if line is None else [line])
    now = lists(path)["A"]
    assert len(was.entities) + len(was.keywords) == len(now.entities) + len(now.keywords) + 1
    assert re.findall("#.*", path.read_text(encoding="utf-8")) == re.findall("#.*", before)
    assert path.read_bytes().endswith(b"\n") == yaml.endswith("\n")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("=ракета", "=ракета"),
        ('="North Korea"', '="North Korea"'),
        ("missil*", "missil*"),
        (r"/Hwasong-\d+/", r"/Hwasong-\d+/"),
        ("балістична ракета", "балістична ракета"),
        ('"балістична ракета"', "балістична ракета"),
        ("“North  Korea”", "North Korea"),
        ("«КНДР»", "КНДР"),
        ("№ 5: план", "№ 5: план"),
        ("C# code", "C# code"),
        ("it's", "it's"),
        ("a, b", "a, b"),
        ("no", "no"),
        ("null", "null"),
        ("007", "007"),
        ("2024-05-06", "2024-05-06"),
        ("1e5", "1e5"),
        ("북한 미사일", "북한 미사일"),
        ("Хвасон\u200b-18", "Хвасон-18"),
        ("и\u0306од", "йод"),
    ],
)
@pytest.mark.parametrize(
    "layout", ["[a, b]", '["a", "b"]', "['a', 'b']", "[\n      a\n    ]", "\n      - a", "\n      - \"a\"\n      - 'b'"]
)
def test_terms_that_need_quotes_get_them(typed: str, kept: str, layout: str, tmp_path: Path) -> None:
    path = write(tmp_path, W + f"    keywords: {layout}\n    severity: low\n")
    before = path.read_bytes()
    edited(path, "add", "A", typed)
    assert lists(path)["A"].keywords[-1] == Term(kept)
    edited(path, "remove", "A", typed)
    assert path.read_bytes() == before


# --------------------------------------------------------------------------- any layout

WORDS = st.sampled_from(["sanctions", "ракета", "'it''s'", '"North Korea"', "{text: Пак, near: [Сеул]}", "'=x'", "007"])
COMMENTS = st.sampled_from(["", "", "  # note", " # a, b ]", "   # - x: y", "\t# tab"])
NEW = st.text(st.sampled_from("abйк北7 -=*'\"#:,[]{}&!|>%`?\\/@._~"), min_size=1, max_size=12) | st.sampled_from(
    ["true", "Null", "~", "-", "- x", "a: b", "@DPRK", "=x y", "x*", "1.5", "0x1F", "/a+/"]
)


@st.composite
def term_lists(draw: st.DrawFn, indent: str) -> str:
    """Return what follows `keywords:`, in one of many layouts."""
    words = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    style = draw(st.sampled_from(["line", "lines", "block", "low block"]))
    comma = draw(st.booleans())
    if style == "line":
        room = draw(st.sampled_from(["", " "]))
        return f" [{room}{', '.join(words)}{',' * comma}{room}]{draw(COMMENTS)}\n"
    rows = [(word, draw(COMMENTS)) for word in words]
    if style == "lines":
        inside = "".join(
            f"{indent}    {word}{',' * (comma or at < len(rows) - 1)}{note}\n" for at, (word, note) in enumerate(rows)
        )
        return f" [{draw(COMMENTS)}\n{inside}{indent}  ]\n"
    deeper = "" if style == "low block" else draw(st.sampled_from(["  ", "   "]))
    gap = " " * draw(st.integers(1, 3))
    inside = "".join(
        f"{draw(st.sampled_from(['', '', chr(10)]))}{indent}{deeper}-{gap}{word}{note}\n" for word, note in rows
    )
    return f"{draw(COMMENTS)}\n{inside}"


@st.composite
def files(draw: st.DrawFn) -> str:
    """Return a configuration with three watchlists, the second of which is edited."""
    rows = []
    for name in ("One", "Two", "Three"):
        keys = [("severity", " low\n"), ("entities", " [DPRK, Blinken]\n"), ("keywords", draw(term_lists("    ")))]
        drawn = draw(st.permutations(keys))
        body = "".join(f"{'    '}{key}:{value}" for key, value in drawn if key != "entities" or draw(st.booleans()))
        rows.append(f"{draw(st.sampled_from(['', '  # a comment' + chr(10)]))}  - name: {name}{draw(COMMENTS)}\n{body}")
    text = (
        HEAD + "watchlists:\n" + "".join(rows) + draw(st.sampled_from(["", "# end\n", "log: {level: info}\n", "\n\n"]))
    )
    text = text if draw(st.booleans()) else text.rstrip("\n")
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", ends)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(text=files(), term=NEW)
def test_any_layout_differs_in_one_line_and_says_what_was_asked(text: str, term: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(text.encode())
        before, data = lists(path), path.read_bytes()
        try:
            change = add_term(path, "two", term, {})
        except (ConfigError, EditRefusedError):
            assert path.read_bytes() == data
            return
        change.write()
        _one_line(data, path.read_bytes())
        after = lists(path)
        assert {name: after[name] for name in ("One", "Three")} == {name: before[name] for name in ("One", "Three")}
        was = before["Two"]
        if change.key == "entities":
            assert after["Two"] == replace(was, entities=(*was.entities, change.term))
        else:
            assert after["Two"] == replace(was, keywords=(*was.keywords, Term(change.term)))
        added = path.read_bytes()
        remove_term(path, "TWO", term, {}).write()
        _one_line(added, path.read_bytes())
        assert lists(path) == before


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(text=files(), data=st.data())
def test_any_removal_differs_in_one_line_and_keeps_comments(text: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(text.encode())
        before, raw = lists(path), path.read_bytes()
        two = before["Two"]
        term = data.draw(
            st.sampled_from([*(f"@{name}" for name in two.entities), *(term.text for term in two.keywords)])
        )
        if len(two.entities) + len(two.keywords) == 1:
            with pytest.raises(EditRefusedError, match="last"):
                remove_term(path, "Two", term, {})
            return
        remove_term(path, "Two", term, {}).write()
        _one_line(raw, path.read_bytes())
        assert re.findall("#.*", path.read_text(encoding="utf-8-sig")) == re.findall("#.*", text.replace("\r\n", "\n"))
        after = lists(path)
        kept = replace(
            two,
            entities=tuple(name for name in two.entities if f"@{name}" != term),
            keywords=tuple(each for each in two.keywords if each.text != term),
        )
        assert after == before | {"Two": kept}


def _one_line(before: bytes, after: bytes) -> None:
    """At most one line was taken out and one put in, and the start and the end are as they were."""
    old, new = changed(before, after)
    assert before.endswith(b"\n") == after.endswith(b"\n")
    assert len(old) <= 1
    assert len(new) <= 1
    assert before[:3] == after[:3]
