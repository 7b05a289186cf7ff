"""What commands print with --json has the shape that docs/commands.md shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from doubles.command_line import monitor
from doubles.json_shapes import Shapes

from monitor.app.configuration import load
from monitor.app.once import RoundReport
from monitor.app.rehearsal import Rehearsal
from monitor.cli import cli
from monitor.store import open_store

ROOT = Path(__file__).parents[2]
SHAPES = Shapes(
    re.findall(r"^```shapes\n(.*?)^```$", (ROOT / "docs/commands.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]
)
PAGE = str(ROOT / "seeds/pages/yonhap-lead.html")
CASES: dict[str, list[list[str]]] = {
    "alerts": [["alerts"]],
    "alerts ID": [["alerts", "1"], ["alerts", "2"]],
    "backtest": [["backtest"]],
    "backtest --against": [["backtest", "--against", "{folder}/other.yaml"]],
    "check": [["check"], ["check", "--probe"]],
    "entities": [["entities"]],
    "entities NAME": [["entities", "DPRK"], ["entities", "Hwasong-18"], ["entities", "Abductions"]],
    "evidence": [["evidence", "1", "-o", "{folder}/1.zip"]],
    "evidence verify": [["evidence", "verify", "{folder}/absent.zip"], ["evidence", "verify", PAGE]],
    "explain": [["explain", PAGE], ["explain", PAGE, "--against", "1"]],
    "extract": [["extract", PAGE]],
    "forms": [["forms", "@DPRK"], ["forms", "балістична ракета"], ["forms", "/x+/"]],
    "health": [["health"]],
    "import": [["import", "{folder}/list.opml", "--dry-run"]],
    "migrate-storage": [["migrate-storage", "sqlite:///{folder}/monitor.db", "sqlite:///{folder}/copy.db"]],
    "once": [["once"]],
    "once --dry-run": [["once", "--dry-run"]],
    "search": [["search", "missile OR drill"]],
    "search --count": [["search", "missile", "--count"]],
    "search --histogram": [["search", "missile", "--histogram"]],
    "sources": [["sources"]],
    "sources NAME": [["sources", "yonhap"]],
    "status": [["status"]],
    "test": [["test", "screen"]],
    "token": [["token"]],
    "token NAME": [["token", "mine"], ["token", "--feed", "Aid"]],
    "trends": [["trends"], ["trends", "Aid"]],
}
LINES = {"alerts", "search"}
"""Those that print an object a line."""

OPML = """\
<opml version="2.0"><body>
<outline text="A" xmlUrl="https://a.example/feed"/><outline text="Same" xmlUrl="https://en.yna.co.kr/RSS/nk.xml"/>
<outline text="Odd" xmlUrl="gopher://a.example/"/>
</body></opml>
"""


@pytest.fixture
def prepared(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fixture's database, with what commands are asked about; rounds and probes go nowhere."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"'https://(www\.ukrinform\.ua|en\.yna\.co\.kr)/", "'http://127.0.0.1:9/", text)
    text = text.replace("channels:\n", "channels:\n  screen:\n    console: {}\n")
    path.write_text(text, encoding="utf-8")
    (path.parent / "other.yaml").write_text(text.replace("[sanctions, ", "[missile, "), encoding="utf-8")
    (path.parent / "list.opml").write_text(OPML, encoding="utf-8")
    config = load(path)
    with open_store(config.storage.url).begin() as tx:
        rows = tx.deliveries()

    async def once(*_: object) -> RoundReport:
        return RoundReport(2, 1, 3, 1, 0)

    async def rehearse(*_: object) -> Rehearsal:
        return Rehearsal(await once(), tuple(rows), "there is no database yet")

    monkeypatch.setattr("monitor.app.once.once", once)
    monkeypatch.setattr("monitor.app.rehearsal.rehearse", rehearse)
    return path


@pytest.mark.network
@pytest.mark.parametrize("name", CASES)
def test_a_command_prints_what_is_documented(name: str, prepared: Path) -> None:
    for arguments in CASES[name]:
        printed = monitor(prepared, *(each.format(folder=prepared.parent) for each in arguments), "--json")
        if name == "test":  # the sample alert of a console channel stands before it
            printed = printed[printed.index("{") :]
        documents = [json.loads(line) for line in printed.splitlines()] if name in LINES else [json.loads(printed)]
        assert documents, arguments
        for document in documents:
            assert SHAPES.problems(SHAPES.named[name], document) == [], arguments


def test_a_bad_configuration_is_documented(path: Path) -> None:
    path.write_text("sources: 1\n", encoding="utf-8")
    assert SHAPES.problems(SHAPES.named["check"], json.loads(monitor(path, "check", "--json"))) == []


def test_every_command_that_prints_json_is_documented() -> None:
    """A command that is new, or can print JSON now, needs its shape and a case above."""
    assert {name.split(" -")[0].removesuffix(" ID").removesuffix(" NAME") for name in CASES} == set(with_json(cli))
    used = set(re.findall(r"\('name', '([a-z]+)'\)", repr(SHAPES.named)))
    assert set(SHAPES.named) == set(CASES) | (used & set(SHAPES.named))


def with_json(group: click.Group, prefix: str = "") -> list[str]:
    """Return the names of the commands with --json."""
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found += with_json(command, f"{prefix}{name} ")
        elif any("--json" in parameter.opts for parameter in command.params):
            found.append(f"{prefix}{name}".replace("evidence export", "evidence"))
    return found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: row.pop("also"), [".also is missing"]),
        (lambda row: row.update(more=1), [".more is not documented"]),
        (lambda row: row.update(id="1"), [".id is '1', not whole"]),
        (lambda row: row.update(id=True), [".id is True, not whole"]),
        (lambda row: row.update(also=[1]), [".also[0] is 1, not text"]),
        (lambda row: row.update(headline=None), [".headline is None, not text"]),
        (lambda row: row.update(stories=[{}]), [f".stories[0].{key} is missing" for key in ("story", "alert", "headline", "muted", "follows", "members")]),
    ],
)  # fmt: skip
def test_what_differs_is_found(change: Callable[[dict[str, object]], object], told: list[str], path: Path) -> None:
    row = json.loads(monitor(path, "alerts", "--json").splitlines()[0])
    change(row)
    assert SHAPES.problems(SHAPES.named["alerts"], row) == told
