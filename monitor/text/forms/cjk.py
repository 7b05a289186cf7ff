"""Chinese and Japanese: a term matches anywhere inside a run of Han and Kana, as these have no spaces.

`Form.substring` means: the key is part of the token, and `accepts` agrees; of terms that overlap, the longest is kept.
A single character is found only where it is the whole run: such are the Hanja of Korean headlines (北, 美), which a
catalogue entry also ties to Hangul words in the same article.

Katakana words are loans, whose letters meet in others by chance (タイ in タイトル): a term in Katakana needs an edge
on both sides, the beginning or end of the Katakana that it stands in. Compounds are written together
(クルーズミサイル): for a term of four letters one edge is enough, where three letters or more are left for the other
word (ジョージ is not in ジョージア).
"""

from __future__ import annotations

import re

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "Chinese and Japanese"
LANGUAGES = ("zh", "ja")
SCRIPTS = ("han", "kana")
QUALITY = (
    "Names of two characters and more: recall .997, precision .980 (UD Chinese GSDSimp), .994, .987 (UD Japanese GSD). "
    "A term is found wherever its characters stand, in Katakana where its word ends; a short list of longer words that "
    "hold a country's name by chance (发展中国家 holds 中国) is left out."
)

# Words in which the characters of a name meet by chance, or that mean something else as a whole.
TRAPS = {
    "中国": ("发展中国家", "中国地方"),
    "中國": ("發展中國家",),
    "日本": ("日本海",),
    "朝鲜": ("朝鲜半岛", "朝鲜族"),
    "朝鮮": ("朝鮮半島", "朝鮮族", "朝鮮日報", "朝鮮王朝"),
    "蒙古": ("内蒙古", "內蒙古"),
    "美国": ("欧美国家", "南美国家"),
    "印度": ("印度尼西亚", "印度洋", "印度支那"),
    "インド": ("インドネシア", "インド洋", "インドシナ"),
    "京都": ("東京都",),
}


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word as matching inside a run, or as a whole run where it is one character."""
    if len(word) == 1:
        warning = f"{word!r}: a single character is found only where no other Han or Kana stands beside it"
        return FormSet(word, {key(word): Form("exact")}, (warning,))
    return FormSet(word, {key(word): Form("cjk: part of a run", substring=True)})


_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30fe]*")
_LONG = 4  # letters of a Katakana term that is found in compounds
_REST = 3  # letters of the other word of a compound


def accepts(term: str, run: str, start: int) -> bool:
    """Return whether `term` at `start` of `run` is a word, and not a part of a longer one."""
    return _has_edges(term, run, start) and not _is_trap(term, run, start)


def _has_edges(term: str, run: str, start: int) -> bool:
    """Return whether Katakana of the term ends where other Katakana does, or is a word of a compound."""
    end = start + len(term)  # no more of a run is looked at than is asked for: there are runs of a million letters
    before = _katakana(run[max(start - _REST, 0) : start][::-1]) if _katakana(term) else 0
    after = _katakana(run[end : end + _REST]) if _katakana(term[::-1]) else 0
    if not before and not after:
        return True
    return not (before and after) and before + after >= _REST and _katakana(term) == len(term) >= _LONG


def _katakana(text: str) -> int:
    """Return how many letters of Katakana a short text begins with."""
    return len(_KATAKANA.findall(text)[0])


def _is_trap(term: str, run: str, start: int) -> bool:
    """Return whether a longer word that holds the term by chance stands here."""
    for trap in TRAPS.get(term, ()):
        offset = trap.find(term)
        begin = start - offset
        if begin >= 0 and run.startswith(trap, begin):
            return True
    return False
