"""A channel kind is added by one module and one line of the registry: all that reads configurations follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doubles import toychannel
from doubles.delivery_harness import alert, opened

from monitor.app.configuration import load
from monitor.app.wiring import make_notifiers
from monitor.cli.setup import schema_text
from monitor.config.load import Config
from monitor.deliver.channels import registry
from monitor.errors import ConfigError, MonitorError
from monitor.model import Burst, Channel

SOURCES = 'sources: [{name: a, url: "https://example.org/rss"}]\nwatchlists: [{name: w, keywords: [rocket]}]\n'


@pytest.fixture
def drums(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in the registry."""
    monkeypatch.setattr(registry, "CHANNELS", (*registry.CHANNELS, toychannel.KIND))


def read(tmp_path: Path, channels: str, more: str = "", **environ: str) -> Config:
    file = tmp_path / "config.yaml"
    file.write_text(f"{SOURCES}channels:\n{channels}{more}", encoding="utf-8")
    return load(file, environ)


def problems(tmp_path: Path, channels: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, channels, **environ)
    return [f"{problem.line}:{problem.column}: {problem.path}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.usefixtures("drums")
def test_its_settings_become_a_channel(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "  a: {drum: {hill: North}, digest: 2h}\n  b: {drum: {hill: East, beats: 3}, burst: off}\n",
        "delivery: {burst: {alerts: 4, within: 5m}}\n",
        DRUM_STICK="oak",
    )
    assert config.channels == {
        "a": Channel("a", "drum", {"hill": "North"}, digest=7200.0, burst=Burst(4, 300.0), idempotent=True),
        "b": Channel("b", "drum", {"hill": "East", "beats": 3}, idempotent=True),
    }
    assert config.warnings == ()


@pytest.mark.usefixtures("drums")
def test_its_missing_secret_is_warned_of_once_a_channel(tmp_path: Path) -> None:
    config = read(tmp_path, "  a: {drum: {hill: North}}\n  b: {console: {}}\n")
    assert config.warnings == ("channels.a: the drum has no stick: set DRUM_STICK",)


@pytest.mark.usefixtures("drums")
@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ("  a: {drum: {}}\n", ["4:7: channels.a.drum.hill: is missing: add `hill: North hill`"]),
        ("  a:\n    drum: {hill: valley}\n", ["5:18: channels.a.drum.hill: a valley is no hill: nobody would hear it"]),
        ("  a: {drum: {hill: x, strings: 6}}\n", ["4:23: channels.a.drum.strings: a drum has no strings"]),
        (
            "  silence: {drum: {hill: x}}\n",
            ["4:13: channels.silence.drum: a drum is never silent: choose another name"],
        ),
        ("  a: {drum: {hill: x, beats: 10}}\n", ["whole number from 1 to 9 (how often each alert is beaten), not 10"]),
        ("  a: {drum: {hill: x}, console: {}}\n", ["a channel has one kind, and drum is written above"]),
        ("  a: {hill: x}\n", ["unknown key. It belongs under `drum:`", "or `drum: {hill: …}`"]),
        ("  a: {dum: {hill: x}}\n", ["4:7: channels.a.dum: unknown key. Did you mean 'drum'?"]),
        ("  a: {drum: }\n", ["is empty: write `telegram: {chat: …}`, `webhook: {url: …}`"]),
        (
            "  a: {digest: 2h}\n",
            ["has no kind: add `telegram: {chat: …}`, `console: {}`, `webhook: {url: …}`"],
        ),
    ],
)
def test_its_mistakes_are_told_with_their_places(channels: str, expected: list[str], tmp_path: Path) -> None:
    told = problems(tmp_path, channels)
    assert len(told) == len(expected), told
    for text, part in zip(sorted(told), sorted(expected), strict=True):
        assert part in text


def test_a_kind_that_there_is_not_is_refused_with_its_line(tmp_path: Path) -> None:
    told = problems(tmp_path, "  a:\n    pigeon: {loft: alerts}\n")
    assert [line.split(": ")[0] for line in told] == ["4:3", "5:5"]
    assert "has no kind: add `telegram: {chat: …}`, `console: {}`" in told[0]
    assert "channels.a.pigeon: unknown key" in told[1]


@pytest.mark.usefixtures("drums")
def test_it_may_be_set_by_the_environment(tmp_path: Path) -> None:
    overridden = read(tmp_path, "  a: {drum: {hill: North}}\n", MONITOR_CHANNELS__A__DRUM__HILL="South")
    assert overridden.channels["a"].settings == {"hill": "South"}
    told = problems(tmp_path, "  a: {drum: {hill: North}}\n", MONITOR_CHANNELS__A__DRUM__HIL="South")
    assert "Did you mean 'hill'? Known here: hill, beats" in told[0]


@pytest.mark.usefixtures("drums")
def test_editors_know_it() -> None:
    channel = json.loads(schema_text())["$defs"]["ChannelSettings"]
    kinds = [kind.name for kind in registry.CHANNELS]
    assert kinds[-1] == "drum"
    assert list(channel["properties"])[: len(kinds) + 1] == [*kinds, "language"]
    assert channel["description"].startswith("Where alerts go: exactly one of `telegram`, `console`, `webhook`")
    assert json.loads(schema_text())["$defs"]["DrumTarget"]["required"] == ["hill"]


@pytest.mark.network
@pytest.mark.usefixtures("drums")
async def test_it_delivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUM_STICK", "oak")
    config = read(tmp_path, "  a: {drum: {hill: North}}\n", DRUM_STICK="oak")
    notifiers = make_notifiers(config)
    drum = notifiers["drum"]
    assert isinstance(drum, toychannel.DrumNotifier)
    assert drum.stick == "oak"
    async with opened(dict(config.channels), dict(notifiers)) as office:
        await office.until(await office.add("x", channel="a", alert=alert("A rocket")), "sent")
    (heard,) = drum.heard
    assert "A rocket" in heard


def test_a_notifier_of_a_kind_that_there_is_not_is_refused() -> None:
    there_are = ", ".join(sorted(kind.name for kind in registry.CHANNELS))
    with pytest.raises(MonitorError, match=f"no channel of kind 'drum'; there are {there_are}"):
        registry.build(["drum"])
