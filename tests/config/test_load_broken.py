"""Every broken configuration of broken.txt is refused with its line, its path and a remedy, and nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from ruamel.yaml import YAML

from monitor.app.configuration import load
from monitor.config import yaml_errors
from monitor.errors import ConfigError

CATALOGUE = ("DPRK", "Blinken", "ICBM")


@dataclass(frozen=True)
class Case:
    expected: tuple[tuple[int, str, str], ...]
    yaml: str


def cases() -> list[Case]:
    text = (Path(__file__).parent / "broken.txt").read_text(encoding="utf-8")
    _, *blocks = text.split("\n\n### ")
    found = []
    for block in blocks:
        head: list[str] = []
        body: list[str] = []
        for line in f"### {block}".split("\n"):
            (head if line.startswith("### ") else body).append(line.replace("·", "\t"))
        expected = [line[4:].split(" | ", 2) for line in head]
        rows = tuple((int(line), path.strip(), message) for line, path, message in expected)
        found.append(Case(rows, "\n".join(body) + "\n"))
    return found


CASES = cases()


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 90


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.expected[0][1] or 'file'}-{case.expected[0][2][:40]}" for case in CASES]
)
def test_is_refused_with_place_and_remedy(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(case.yaml, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {}, entity_names=lambda: CATALOGUE)
    told = caught.value.problems
    found = [(problem.line, problem.path) for problem in told]
    assert found == [(line, path) for line, path, _ in case.expected], str(caught.value)
    for problem, (_, _, part) in zip(told, case.expected, strict=True):
        assert part.casefold() in problem.message.casefold()
        assert problem.column > 0
        assert str(problem).startswith(f"{file}:{problem.line}:{problem.column}: ")


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u200b", "\u3000"])
@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("    url: ", "    url:{}", (3, 9)),
        ("- name: Arms", "-{}name: Arms", (5, 4)),
        ("keywords: [", "keywords:{}[", (6, 14)),
        ("{console: ", "{{console:{}", (9, 18)),
        ("sources:\n", "sources:{}\n", (1, 9)),
    ],
)
def test_a_space_that_was_pasted_from_a_page_is_named(
    before: str, after: str, place: tuple[int, int], space: str, tmp_path: Path
) -> None:
    good = (
        "sources:\n  - name: A\n    url: https://a.test/rss\nwatchlists:\n  - name: Arms\n    keywords: [rocket]\n"
        "    notify: [desk]\nchannels:\n  desk: {console: {}}\n"
    )
    file = tmp_path / "config.yaml"
    file.write_text(good, encoding="utf-8")
    load(file, {})
    file.write_text(good.replace(before, after.format(space)), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    told = caught.value.problems[0]
    assert (told.line, told.column) == place
    assert told.message.startswith(f"U+{ord(space):04X} looks like a space")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('  - name: "Foo,\u00a0bar" x\n    keywords: [a]\n', (2, 22), ""),
        ("  - name: Kyiv:\u00a0news: today\n    keywords: [a]\n", (2, 21), ""),
        ("  - name: a  # see:\u00a0b\n   keywords: [a]\n", (3, 4), ""),
        ("  - name: a\n    keywords: ['a,\u00a0b', 'c]\n", (3, 24), "this quote is never closed"),
        ("  - name: a  # see:\t\u00a0b\n    keywords: [a]]\n", (3, 18), ""),
    ],
)
def test_a_space_in_a_text_or_a_comment_is_not_blamed(
    text: str, place: tuple[int, int], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("watchlists:\n" + text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    told = caught.value.problems[0]
    assert (told.line, told.column) == place
    assert message in told.message
    assert "space and is no plain one" not in told.message


def test_a_bug_of_the_scanner_in_the_second_look_leaves_the_first_explanation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(YAML):
        def parse(self, stream: str) -> NoReturn:
            raise IndexError(stream[:1])

    file = tmp_path / "config.yaml"
    file.write_text("watchlists:\n  - name:\u00a0a\n    keywords: [a]\n", encoding="utf-8")
    monkeypatch.setattr(yaml_errors, "YAML", Broken)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert "space and is no plain one" not in caught.value.problems[0].message


def test_credentials_are_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "sources:\n  - {name: a, url: 'https://user:hunter2@example.org/rss'}\n"
        "telegram: {token: 123456789:AAF-secretsecretsecretsecretsecret}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert "hunter2" not in str(caught.value)
    assert "secretsecret" not in str(caught.value)
    assert len(caught.value.problems) >= 3
