"""What is wrong in a configuration is kept in English and told in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import monitor
from monitor.app.configuration import load
from monitor.errors import ConfigError
from monitor.i18n import PROBLEMS, languages, problem_text, texts

OTHERS = [language for language in languages(PROBLEMS) if language != "en"]
ROOT = Path(monitor.__path__[0])

WRONG = """\
sources:
  - {nam: A, url: "https://a.example/rss"}
  - {name: B, url: "https://b.example/rss", every: 3, evry: 2m}
  - {name: B, url: "https://c.example/rss", timezone: Europe/Kiew, language: ua}
  - {use: ukrinfrom}
  - {name: C, url: "ftp://c.example", every: 1x, timezone: "+02:00"}
  - {name: D, url: "https://me:pw@d.example/rss", timezone: Mars, language: xx, every: 1000d}
  - {name: E, url: "https://e.example/ rss", telegram: 5, enabled: false}
  - {name: [F], url: }
watchlists:
  - {name: L1, entities: [Blinkin, Qwertzu], severity: urgent, notify: [dek, nowhere], sources: [Bee]}
  - {name: L2, query: "a and b", notify: [desk], require: 2}
  - {name: L3, query: "(@DPRK OR", entities: [DPRK]}
  - {name: L4, keywords: [], notify: desk}
  - {name: L5, keywords: ["a*", "..."], require: 3, notify: [desk], wher: [title], where: [head]}
  - {name: L6, query: "headline:a @Nobodyx", notify: [desk], languages: 5, exclude: }
  - text
channels:
  desk: {telegram: {chat: "+380501234567"}, quiet_hours: {from: "25:00", to: "07:00"}}
  other: {}
  Other: {console: {}, webhook: {url: "https://h.example"}}
  third: {telegram: {chat: 5, topic: 3}, digest: 5, language: fr, translate: {to: uk, by: libretranslate}}
  fourth: {slack: {}}
  fifth:
  sixth: {telegram: {chat: nobody}, quiet_hours: {from: "07:00", to: "07:00"}}
telegram: {token: "123456789:AAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", admins: me}
storage: {keep: forever}
web: localhost
network: [1]
"""
SYNTAX = (
    "sources: [\n",
    "sources:\n\t- a\n",
    "sources:\n  - {name: a: b}\n",
    'sources: "a\n',
    "sources:\n -name: a\n",
    "a: 'b' c\n",
    "watchlists:\n  - name: x\n    keywords: [=a, *b]\n",
    "a: 1\na: 2\n",
    "",
    "a: 1\n",
    "sources:\n  - name: a\n   url: b\n",
)


def problems(folder: Path, text: str) -> list[str]:
    """Return what is wrong in a configuration, without places."""
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("language", OTHERS)
def test_mistakes_of_every_day_are_told_in_every_language(tmp_path: Path, language: str) -> None:
    said = problems(tmp_path, WRONG)
    assert len(said) > 40
    for text in SYNTAX:
        said += problems(tmp_path, text)
    assert [text for text in said if problem_text(text, language) == text] == []


def test_no_english_is_left_in_ukrainian(tmp_path: Path) -> None:
    """Of parts that a message is put together of, too; names, keys and examples stay as one types them."""
    english = re.compile(r"\b(?:the|is|are|write|must|needs?|there|mean|delete|such as|not|has|did|or)\b")
    told = [problem_text(text, "uk") for text in problems(tmp_path, WRONG)]
    assert [text for text in told if english.search(re.sub(r"'[^']*'|\"[^\"]*\"|\([^)]*\)", "", text))] == []


def test_the_place_stays_and_what_is_not_known_stays_in_english() -> None:
    told = problem_text("config.yaml:3:5: sources[0].evry: unknown key. Did you mean 'every'? Known here: name", "uk")
    assert told == "config.yaml:3:5: sources[0].evry: невідомий ключ. Може, 'every'? Тут можливі: name"
    assert (
        problem_text("host: x.yaml:3:5: a: quite `another` thing", "uk") == "host: x.yaml:3:5: a: quite `another` thing"
    )
    assert problem_text("is missing: add `url: …`", "en") == "is missing: add `url: …`"
    for language in (None, "fr"):
        assert problem_text("is missing: add `url: …`", language) == "is missing: add `url: …`"


def test_every_template_is_a_message_of_the_program() -> None:
    """A message that was reworded would stay in English without notice."""
    written = [_shape(text) for text in _texts()]
    pieces = {
        key: [piece for piece in re.split(r"\{\w+\}", template) if len(piece.strip(" .?:;,")) > 3]
        for key, template in texts(PROBLEMS, "en").items()
    }
    lost = {
        key for key, wanted in pieces.items() for piece in wanted if not any(_shape(piece) in text for text in written)
    }
    assert lost - COMPOSED == set()


COMPOSED = {
    *("problem empty keys", "problem empty example", "problem empty feeds", "problem empty watchlists"),
    *("problem no entity hint quotes", "problem no entity quotes", "problem no source hint", "problem no source"),
    *("problem no use hint", "problem query and terms", "problem timezone hint", "problem language hint"),
    *(
        "problem yaml list",
        "problem yaml mapping",
        "part level above",
        "part kinds",
        "part durations",
        "part or quoted",
    ),
}
"""Messages that the program puts together of several texts: most are among the mistakes above."""


def _shape(text: str) -> str:
    """Return a text without what is typed or filled in."""
    return re.sub(r"[`{}'\"]|\s+", "", text)


def _texts() -> Iterator[str]:
    """Yield all texts of the program, those in pieces put together."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(str(each.value) if isinstance(each, ast.Constant) else "" for each in node.values)
