from __future__ import annotations

import pytest

from monitor.watch.catalogue import shipped
from monitor.watch.entity_names import entity_name, term_name


@pytest.mark.parametrize(
    ("called", "language", "name"),
    [
        ("DPRK", "uk", "КНДР"),
        ("Blinken", "uk", "Блінкен"),
        ("Antony Blinken", "ko", "토니 블링컨"),
        ("ICBM", "de", "Interkontinentalrakete"),
        ("Blinken", "tr", None),
        ("nothing of the kind", "uk", None),
    ],
)
def test_an_entity_is_called_as_a_language_calls_it(called: str, language: str, name: str | None) -> None:
    assert entity_name(shipped(), called, language) == name


def test_only_what_was_meant_as_an_entity_has_another_name() -> None:
    assert term_name(shipped(), "DPRK", frozenset({"DPRK"}), "uk") == "КНДР"
    assert term_name(shipped(), "DPRK", frozenset(), "uk") is None
    assert term_name(shipped(), "@DPRK", frozenset(), "uk") == "КНДР"
