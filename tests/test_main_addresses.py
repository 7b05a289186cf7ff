"""Commands that take an address name what is wrong with one in a line, with the remedy and the right exit code."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from doubles.addresses import BAD, addresses
from hypothesis import HealthCheck, given, settings

from monitor.__main__ import main
from monitor.app.configuration import load
from monitor.errors import ConfigError

CONFIG = "sources: [{name: a, url: 'https://a.example/'}]\nwatchlists: [{name: w, keywords: [rocket]}]\n"
WRITTEN = [text for text in BAD if "://" in text and "\x00" not in text and "\ud800" not in text]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "config.yaml"


def run(config: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["monitor", "--config", str(config), *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


@pytest.mark.parametrize("command", ["explain", "extract"])
@pytest.mark.parametrize("address", [text for text in WRITTEN if not text.startswith("//")])
def test_what_is_no_address_is_named_in_a_line(
    command: str, address: str, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, monkeypatch, command, address) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("monitor: '")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("command", ["explain", "extract"])
def test_the_address_is_looked_at_before_the_configuration(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "none.yaml", monkeypatch, command, "ftp://a.example/") == 2
    assert "ftp: addresses are not read" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["//example.org/feed", "mailto:a@example.org"])
def test_what_is_no_file_either_is_named(
    address: str, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, monkeypatch, "explain", address) == 2
    assert "No such file or directory: give a file, an address or -" in capsys.readouterr().err


@pytest.mark.parametrize("address", WRITTEN)
def test_a_source_s_address_is_refused_with_its_line(address: str, config: Path) -> None:
    quoted = address.replace("\\", "\\\\").replace('"', '\\"')
    config.write_text(f'sources:\n  - name: a\n    url: "{quoted}"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(config, {})
    problem = caught.value.problems[0]
    assert (problem.line, problem.path) == (3, "sources[0].url")


@pytest.mark.parametrize(
    "place", ["telegram: {api: %s}", "channels: {c: {webhook: {url: %s}}}", "web: {public_url: %s}"]
)
@pytest.mark.parametrize("address", [text for text in WRITTEN if "\\" not in text])
def test_any_other_address_is_refused_with_its_line(place: str, address: str, config: Path) -> None:
    config.write_text(CONFIG + place.replace("%s", f'"{address}"'), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(config, {})
    assert [problem.line for problem in caught.value.problems] == [3]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(address=addresses())
def test_import_of_any_outline_leaves_a_configuration_that_loads(
    address: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(CONFIG, encoding="utf-8")
    file = config.with_name("feeds.opml")
    file.write_bytes(
        f"<opml><body><outline text='b' xmlUrl={quoteattr(address)}/></body></opml>".encode("utf-8", "replace")
    )
    assert run(config, monkeypatch, "import", str(file)) in {0, 1}
    assert len(load(config, {}).sources) in {1, 2}
