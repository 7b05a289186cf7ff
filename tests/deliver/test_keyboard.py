"""Callback data: short enough, and nobody else can make it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.deliver.channels.telegram.keyboard import CallbackPayload, Signer

SIGNER = Signer("123456:AAone")


@given(st.sampled_from(["mute", "up", "down", "ack", "why"]), st.integers(1, 2**63))
def test_what_is_signed_is_read_back_and_fits(action: str, row: int) -> None:
    data = SIGNER.sign(action, row)
    assert len(data.encode()) <= 64
    assert SIGNER.read(data) == CallbackPayload(action, row)


@given(st.text(max_size=64))
def test_anything_else_is_refused(data: str) -> None:
    assert SIGNER.read(data) is None


@given(st.integers(0, 30), st.characters(codec="ascii"))
def test_a_changed_character_is_noticed(place: int, char: str) -> None:
    data = SIGNER.sign("mute", 77_777)
    changed = data[:place] + char + data[place + 1 :]
    assert (SIGNER.read(changed) is None) == (changed != data)


def test_another_bots_data_is_refused() -> None:
    assert SIGNER.read(Signer("123456:AAother").sign("mute", 1)) is None


def test_the_key_is_not_shown() -> None:
    assert "AAone" not in repr(SIGNER)


@pytest.mark.parametrize("action", ["", "a:b", "x" * 64])
def test_an_action_that_makes_no_data_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match="no action"):
        SIGNER.sign(action, 1)
