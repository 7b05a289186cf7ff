"""The language model of py3langid, restricted to the languages of `CANDIDATES`.

Loading it takes over a second and 57 MB. The children that read pages inherit it from their fork server
(`extract/warm.py`); other processes load it when a text first needs it.
"""

from __future__ import annotations

import io
import lzma
from functools import cache
from typing import Any

# By script: what the model knows, less what it tells badly from a bigger neighbour (Bosnian, Galician, Malay), and less
# languages that a news feed hardly is in.
CANDIDATES = {
    script: tuple(codes.split())
    for script, codes in {
        "latin": "en de fr es it pt ca ro pl cs sk sl hr sr hu nl sv da no is fi et lv lt tr az uz sq id vi tl sw",
        "cyrillic": "uk ru bg be sr mk kk ky mn tg tt",
        "arabic": "ar fa ur ps ug",
        "devanagari": "hi mr ne",
        "bengali": "bn as",
    }.items()
}


def load() -> None:
    """Load the model in advance, so that no later call of `rank` is slow."""
    _identifier()


def rank(text: str, candidates: tuple[str, ...]) -> list[tuple[str, float]]:
    """Return the candidates with their log-probabilities, the likeliest first."""
    return [(code, score) for code, score in _identifier().rank(text) if code in candidates]


@cache
def _identifier() -> Any:
    """Load the model from memory: py3langid's own loader unpacks 75 MB into a temporary file.

    There may be no place for one: a read-only container, a full disk, a child that may write no such file.
    """
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
    from py3langid.modelio import _to_array

    known = {code for codes in CANDIDATES.values() for code in codes}
    with lzma.open(MODEL_DIR / MODEL_FILE) as packed, np.load(io.BytesIO(packed.read()), allow_pickle=False) as data:
        columns = [number for number, code in enumerate(data["classes"].tolist()) if code in known]
        weights = np.ascontiguousarray(data["ptc"][:, columns])
        priors, languages = data["pc"][columns], data["classes"][columns].tolist()
        moves, rows, features = data["nextmove"], data["nextmove_row"], data["out_feat"].tolist()
    # Out of the block, which frees the 75 MB that were unpacked before the moves are copied.
    return LanguageIdentifier(weights, priors, languages, _to_array(moves), features, tk_row=_to_array(rows))
