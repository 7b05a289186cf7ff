"""The encoder's child: what it returns, that it is started again, and that an article without a vector goes on."""

from __future__ import annotations

from typing import Any

import pytest
from doubles.daemon import until
from doubles.stories import article

from monitor.app import encoder
from monitor.app.encoder import ChildEncoder, make_encoder
from monitor.errors import SandboxError
from monitor.extract.encoder import available

FIRE = article("Gazette", "en", "07:00", "Fire in mill", "A fire broke out in an old mill, and forty crews came to it.")


class StubChild:
    """Stands for a child; dies at the calls whose numbers are in `dies`."""

    dies: tuple[int, ...] = ()
    started = calls = stopped = 0

    def __init__(self, memory: int, preload: Any) -> None:
        StubChild.started += 1

    def run(self, function: Any, *args: Any, cpu: float) -> bytes:
        StubChild.calls += 1
        if StubChild.calls in StubChild.dies:
            raise SandboxError("it died")
        return f"{args[0]} {len(args[1])}".encode()

    def __exit__(self, *_: object) -> None:
        StubChild.stopped += 1


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> type[StubChild]:
    monkeypatch.setattr(encoder, "LoneChild", StubChild)
    monkeypatch.setattr(StubChild, "dies", ())
    for name in ("started", "calls", "stopped"):
        monkeypatch.setattr(StubChild, name, 0)
    return StubChild


async def test_one_child_encodes_all_articles(child: type[StubChild]) -> None:
    made = ChildEncoder()
    assert await made.encode(FIRE) == await made.encode(FIRE) == f"Fire in mill {len(FIRE.text)}".encode()
    made.close()
    made.close()
    assert (child.started, child.calls, child.stopped) == (1, 2, 1)


async def test_a_child_without_work_ends_and_is_started_again(child: type[StubChild]) -> None:
    """It holds 125 MB, which a quiet night does not need."""
    made = ChildEncoder(idle=0.0)
    await made.encode(FIRE)
    await until(lambda: child.stopped == 1, "the end of the child")
    assert await made.encode(FIRE)
    await until(lambda: child.stopped == 2, "the end of the next child")
    made.close()
    assert (child.started, child.calls, child.stopped) == (2, 2, 2)


async def test_a_child_with_work_stays(child: type[StubChild]) -> None:
    made = ChildEncoder(idle=3600.0)
    await made.encode(FIRE)
    await made.encode(FIRE)
    assert (child.started, child.stopped) == (1, 0)
    made.close()
    made._end_idle()  # its timer has run out meanwhile
    assert child.stopped == 1


async def test_a_child_that_dies_costs_a_vector_and_is_replaced(child: type[StubChild]) -> None:
    child.dies = (1, 2)
    made = ChildEncoder()
    assert [await made.encode(FIRE) for _ in range(3)][:2] == [b"", b""]
    assert (child.started, child.stopped) == (3, 2)


def test_without_the_extra_there_is_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.extract.encoder.find_spec", lambda name: None)
    assert make_encoder() is None
    monkeypatch.setattr("monitor.extract.encoder.find_spec", lambda name: object())
    assert isinstance(make_encoder(), ChildEncoder)


@pytest.mark.skipif(not available(), reason="the extra `stories` is not installed")
async def test_a_real_child_encodes() -> None:
    made = ChildEncoder()
    try:
        assert len(await made.encode(FIRE)) == 512
    finally:
        made.close()
