"""A term more or less in a watchlist: one line differs, comments stay, and the file says what was asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.load import load
from monitor.config.watchlist_edit import EditRefusedError, Reason, add_term, remove_term
from monitor.errors import ConfigError, MonitorError
from monitor.model import Term, Watchlist

HEAD = "# top\nsources:\n  - {name: S, url: 'https://s.example/rss'}\n"


def write(tmp_path: Path, watchlists: str, *, name: str = "config.yaml", head: str = HEAD) -> Path:
    path = tmp_path / name
    path.write_bytes((head + watchlists).encode())
    return path


def lists(path: Path) -> dict[str, Watchlist]:
    return {watchlist.name: watchlist for watchlist in load(path, {}).watchlists}


def changed(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """Give the lines, with their ends, between what two files share."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if not before.endswith(b"\n") and not after.endswith(b"\n"):  # the last line has no end, whichever it is
        old[-1], new[-1] = old[-1] + b"\n", new[-1] + b"\n"
        if b"\r\n" in before:
            old[-1], new[-1] = old[-1][:-1] + b"\r\n", new[-1][:-1] + b"\r\n"
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return old, new


def edited(path: Path, how: str, watchlist: str, term: str) -> tuple[list[str], list[str]]:
    """Edit, and give the lines removed and added, stripped; at most one each."""
    before = path.read_bytes()
    change = (add_term if how == "add" else remove_term)(path, watchlist, term, {})
    assert path.read_bytes() == before
    change.write()
    old, new = changed(before, path.read_bytes())
    assert len(old) <= 1
    assert len(new) <= 1
    assert load(path, {}) == change.config
    return [line.decode().strip() for line in old], [line.decode().strip() for line in new]


W = "watchlists:\n  - name: A\n"

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
    """Give what follows `keywords:`, in one of many layouts."""
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
    """Give a configuration with three watchlists, the second of which is edited."""
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


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("yaml", "how", "watchlist", "term", "reason", "details"),
    [
        (W + "    keywords: [a]\n", "add", "B rms", "x", Reason.NO_WATCHLIST, {"known": "A"}),
        (W.replace("A", "DPRK arms") + "    keywords: [a]\n", "add", "DPRK arm", "x", Reason.NO_WATCHLIST,
         {"near": "DPRK arms"}),
        (W + "    query: 'a AND b'\n", "add", "A", "x", Reason.QUERY, {"place": "config.yaml:6"}),
        (W + "    query: 'a AND b'\n", "remove", "A", "a", Reason.QUERY, {"place": "config.yaml:6"}),
        (W + "    keywords: [North Korea]\n", "add", "A", '"north  korea"', Reason.ALREADY, {"term": "North Korea"}),
        (W + "    entities: [DPRK]\n", "add", "A", "@КНДР", Reason.ALREADY, {"term": "@DPRK"}),
        (W + "    keywords: ['@DPRK']\n", "add", "A", "@North Korea", Reason.ALREADY, {"term": "@DPRK"}),
        (W + "    keywords: [sanctions, b]\n", "remove", "A", "sanction", Reason.NO_TERM, {"near": "sanctions"}),
        (W + "    keywords: [a]\n", "remove", "A", "a", Reason.LAST, {"term": "a"}),
        (W + "    keywords: [a]\n    entities: []\n", "remove", "A", "a", Reason.LAST, {"term": "a"}),
        (W + "    keywords:\n      - text: a\n        near: [b]\n      - c\n", "remove", "A", "a", Reason.BY_HAND,
         {"place": "config.yaml:6"}),
        (W + "    keywords:\n      [ a\n      , b ]\n", "remove", "A", "a", Reason.BY_HAND, {"place": "config.yaml:6"}),
        (W + "    keywords: [a]\n", "add", "A", " \u200b ", Reason.NO_TEXT, {}),
        (W + "    keywords: [a]\n", "add", "A", "@", Reason.NO_TEXT, {}),
        (W + "    keywords: [a]\n", "add", "A", "a\x00b", Reason.NO_TEXT, {}),
        (W + "    keywords: [a]\n", "add", "A", "x" * 201, Reason.NO_TEXT, {}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(
    yaml: str, how: str, watchlist: str, term: str, reason: Reason, details: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, yaml)
    before = path.read_bytes()
    with pytest.raises(EditRefusedError) as caught:
        (add_term if how == "add" else remove_term)(path, watchlist, term, {})
    assert caught.value.reason is reason
    assert details.items() <= caught.value.details.items()
    assert path.read_bytes() == before
    assert not (tmp_path / "config.yaml.bak").exists()


def test_who_and_capitals_are_two_terms(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [who]\n")
    edited(path, "add", "A", "WHO")
    assert [term.text for term in lists(path)["A"].keywords] == ["who", "WHO"]


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("@Blinkin", r"config\.yaml:6:22: .*Did you mean 'Blinken'"),
        ("mi*", r"config\.yaml:6:\d+: .*3 letters"),
        ("/(a/", r"config\.yaml:6:\d+: "),
    ],
)
def test_what_would_not_be_valid_is_told_with_its_line(term: str, words: str, tmp_path: Path) -> None:
    key = "entities: [DPRK]" if term.startswith("@") else "keywords: [sanctions]"
    path = write(tmp_path, W + f"    {key}\n")
    with pytest.raises(ConfigError, match=words):
        add_term(path, "A", term, {})


def test_a_rule_of_the_watchlist_holds_back_a_removal(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a, b]\n    require: 2\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:7:14: .*2 terms can never be found"):
        remove_term(path, "A", "b", {})


def test_a_file_that_is_broken_now_is_not_edited(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a]\n    severty: low\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:7:5"):
        add_term(path, "A", "b", {})


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a]\n")
    change = add_term(path, "A", "b", {})
    path.write_bytes(path.read_bytes() + b"# mine\n")
    with pytest.raises(MonitorError, match="changed meanwhile"):
        change.write()
    assert path.read_bytes().endswith(b"[a]\n# mine\n")


def test_the_file_that_holds_the_watchlist_is_edited(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a]\n")
    part = tmp_path / "watchlists.d" / "more.yaml"
    part.parent.mkdir()
    part.write_bytes(b"- name: Arms\r\n  keywords: [a]\r\n- name: Other\n  keywords: [z]\n")
    part.chmod(0o640)
    before = path.read_bytes()
    change = add_term(path, "arms", "b", {})
    assert change.place == "more.yaml:2"
    change.write()
    assert path.read_bytes() == before
    assert part.read_bytes() == b"- name: Arms\r\n  keywords: [a, b]\r\n- name: Other\n  keywords: [z]\n"
    assert (part.parent / "more.yaml.bak").read_bytes().startswith(b"- name: Arms\r\n  keywords: [a]\r\n")
    assert part.stat().st_mode & 0o777 == 0o640
    assert lists(path)["Arms"].keywords == (Term("a"), Term("b"))


def test_a_file_of_watchlists_with_their_key(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    part = tmp_path / "watchlists.d" / "more.yaml"
    part.parent.mkdir()
    part.write_text("watchlists:\n  - name: Arms\n    keywords: [a, b]\n", encoding="utf-8")
    remove_term(path, "Arms", "a", {}).write()
    assert part.read_text(encoding="utf-8") == "watchlists:\n  - name: Arms\n    keywords: [b]\n"
