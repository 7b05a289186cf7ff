"""Chinese and Japanese: a term matches anywhere inside a run of Han and Kana, as these have no spaces.

`Form.substring` means: the key is part of the token, and `accepts` agrees; of terms that overlap, the longest is kept.
A single character is found only where it is the whole run: such are the Hanja of Korean headlines (北, 美), which a
catalogue entry also ties to Hangul words in the same article.
"""

from __future__ import annotations

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "Chinese and Japanese"
LANGUAGES = ("zh", "ja")
SCRIPTS = ("han", "kana")
QUALITY = (
    "Not measured. A term is found wherever its characters stand; a short list of longer words that hold a country's "
    "name by chance (发展中国家 holds 中国) is left out."
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


def accepts(term: str, run: str, start: int) -> bool:
    """Return whether `term` at `start` of `run` is a word, and not a part of a longer one."""
    for trap in TRAPS.get(term, ()):
        offset = trap.find(term)
        begin = start - offset
        if begin >= 0 and run.startswith(trap, begin):
            return False
    return True
