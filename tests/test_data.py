"""The data that comes with the program: what is read at run time is what people edit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor import data
from monitor.data import generate
from monitor.data.generate import DataError, as_json, outdated, write
from monitor.story.outlets import outlet


def test_what_is_read_at_run_time_is_up_to_date() -> None:
    assert outdated() == [], "run: make data"


def test_every_file_that_people_edit_can_be_loaded_and_none_else() -> None:
    folders = {path.parent.relative_to(generate.FOLDER) for path in generate.sources()} - {Path()}
    found = {name for folder in folders for name in data.names(str(folder))}
    found |= {path.stem for path in generate.sources() if path.parent == generate.FOLDER}
    assert found == {str(path.relative_to(generate.FOLDER).with_suffix("")) for path in generate.sources()}
    assert all(data.load(name) for name in found)


def test_a_process_goes_on_with_the_data_that_it_began_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade replaces files under a running daemon."""
    folders = {path.parent.relative_to(generate.FOLDER) for path in generate.sources()} - {Path()}
    every = [name for folder in folders for name in data.names(str(folder))] + [
        "outlets",
        "background",
        "stopwords",
        "walls",
    ]
    data.content.cache_clear()
    data.preload()

    def gone(_package: str) -> Path:
        return Path("/nonexistent")

    monkeypatch.setattr("monitor.data.resources.files", gone)
    assert all(data.load(name) for name in every)


def test_an_outlet_has_one_home() -> None:
    """The catalogue has no entity of its own for one, nor any name of one."""
    for file in data.names("catalogue"):
        for ident, entity in data.load(file).items():
            names = [name for given in entity.get("names", {}).values() for name in given]
            for name in [ident, *names]:
                assert outlet(name if isinstance(name, str) else name["text"]) is None, f"{file}: {ident}: {name}"


def test_what_an_outlet_is_read_by_is_known() -> None:
    keys = {"name", "kind", "timezone", "sites", "aliases", "dateline", "credit", "entity", "names"}
    pack = {"language", "sitemap", "note", "feeds"}
    for ident, row in data.load("outlets").items():
        assert {"name", "kind"} <= row.keys() <= keys | pack, ident
        assert row["kind"] in {"agency", "state", "media", "tv", "social", "office"}, ident
        assert row.keys() & {"aliases", "dateline", "credit", "feeds"}, ident
        assert ("feeds" in row) == bool(pack & row.keys()), ident
        assert ("entity" in row) == ("names" in row), ident


def test_a_stop_word_stands_once() -> None:
    for language, lists in data.load("stopwords").items():
        assert lists.keys() <= {"everywhere", "terms", "stories"}
        words = [word for given in lists.values() for word in given]
        assert sorted(words) == sorted(set(words)), language


def test_no_yaml_is_read_to_match_and_to_cite() -> None:
    """A general reader of YAML takes a hundred times as long as one of JSON."""
    code = (
        "import sys; from monitor.watch.catalogue import shipped; from monitor.story import attribution, terms;"
        "from monitor.text.forms import tables; from monitor.bot import i18n; shipped(); attribution._lexicon('ko');"
        "terms.stems('a rocket', 'en'); tables.expand('rakieta', 'pl'); i18n.bot_phrases('uk').text('never');"
        "sys.exit(any(name.partition('.')[0] == 'ruamel' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scalars_are_text_but_for_flags_and_mappings_keep_their_order() -> None:
    text = 'b: {whole: true, quoted: "true"}\n38 North: [1.5, on, no, "a \\\\d"]\na: |\n  two\n  lines\n'
    found = json.loads(as_json(text))
    assert found == {
        "b": {"whole": True, "quoted": "true"},
        "38 North": ["1.5", "on", "no", "a \\d"],
        "a": "two\nlines\n",
    }
    assert list(found) == ["b", "38 North", "a"]


def test_an_entry_stands_on_its_own_line() -> None:
    assert as_json("a:\n  b: [c, d]\n  é: {f: g}\nh: {}\n") == (
        '{\n "a": {\n  "b": ["c", "d"],\n  "é": {"f": "g"}\n },\n "h": {}\n}\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "x.yaml, line 2: 'a' stands twice"),
        ("a:\n  b: {}\n  c:\n  d: [e]", "x.yaml, line 3: 'c' has no value"),
        ("[a]: b", "x.yaml, line 1: a key is text"),
        ("- a", "x.yaml: a mapping is wanted"),
        ("", "x.yaml: a mapping is wanted"),
    ],
)
def test_what_is_not_read_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        as_json(text, "x.yaml")


def test_a_change_is_written_once_and_what_has_no_source_any_more_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    source, target = tmp_path / "bot" / "en.yaml", tmp_path / "generated" / "bot" / "en.json"
    source.parent.mkdir()
    source.write_text("hello: Hello", "utf-8")
    (tmp_path / "starter.yaml").write_text("# read as it is", "utf-8")
    assert outdated() == [target]
    assert write() == [target]
    assert json.loads(target.read_text("utf-8")) == {"hello": "Hello"}
    assert write() == []
    source.unlink()
    assert write() == [target]
    assert not target.exists()
