"""Korean bound nouns, which are terms elsewhere: 수도, 'the capital', in '할 수도 있다'."""

from __future__ import annotations

import pytest
from doubles.surfaces import surfaces


@pytest.mark.parametrize(
    "text",
    ["미사일을 발사할 수도 있다", "쏠 수도 없는 상황", "될 수도", "언제 쏠 지도 모른다", "전쟁이 날 지도 모를 일"],
)
def test_a_bound_noun_is_no_mention(text: str) -> None:
    found = surfaces("수도", text, language="ko") + surfaces("지도", text, language="ko")
    assert found == ([] if text != "될 수도" else ["수도"])


@pytest.mark.parametrize(
    "text",
    [
        "수도 키이우",
        "러시아의 수도 모스크바",
        "서울 수도 있다",
        "우크라이나 수도 없는 지도",
        "수도",
        "새로 정할 수도 후보",
    ],
)
def test_the_noun_is_found(text: str) -> None:
    expected = [] if text == "서울 수도 있다" else ["수도"]
    assert surfaces("수도", text, language="ko") == expected
