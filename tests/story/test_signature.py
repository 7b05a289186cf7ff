from __future__ import annotations

import random

import pytest

from monitor.story.signature import containment, resemblance, shingles

WORDS = [f"слово{n}" for n in range(900)]


def text(seed: int, length: int) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


@pytest.mark.parametrize("length", [60, 230, 260, 900])
def test_additions_cuts_and_changes_are_still_contained(length: int) -> None:
    body = text(1, length)
    grams = shingles(" ".join(body))
    longer = body + text(2, length * 15 // 100)
    assert containment(grams, shingles(" ".join(longer))) > 0.9
    assert containment(grams, shingles(" ".join(body[: length * 2 // 5]))) > 0.9
    chance = random.Random(3)
    changed = [word if chance.random() > 0.15 else f"інше{n}" for n, word in enumerate(body)]
    assert containment(grams, shingles(" ".join(changed))) > 0.25
    assert containment(grams, shingles(" ".join(text(9, length)))) == 0.0


def test_hangul_has_shingles_too() -> None:
    line = "북한이 동해상으로 단거리 탄도미사일 두 발을 발사했다고 합동참모본부가 9일 밝혔다"
    assert containment(shingles(line), shingles(f"{line} 군은 경계를 강화했다")) == 1.0


def test_scripts_without_spaces_have_shingles() -> None:
    line = "朝鲜向半岛东部海域发射两枚短程弹道导弹"
    assert containment(shingles(line), shingles(f"据报道,{line}。")) == 1.0


def test_edges() -> None:
    assert shingles("") == frozenset()
    assert len(shingles("one two")) == 1
    assert containment(frozenset(), shingles("a b c d e")) == 0.0
    assert shingles("One, two; THREE four!") == shingles("one two three four")


def test_long_texts_keep_a_sample() -> None:
    assert 24 < len(shingles(" ".join(text(5, 5000)))) <= 96


def test_a_roundup_contains_a_text_and_resembles_it_little() -> None:
    text = " ".join(f"word{n}" for n in range(60))
    roundup = text + " " + " ".join(f"other{n}" for n in range(60))
    a, b = shingles(text), shingles(roundup)
    assert containment(a, b) > 0.9
    assert 0.3 < resemblance(a, b) < 0.6
    assert resemblance(a, a) == 1.0
    assert resemblance(frozenset(), frozenset()) == 0.0
