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

# Names that two words make where they meet (今日 and 本报, 其中 and 国际, 以上 and 海外): what is before the last
# character of the one, and after the first of the other.
_DAYS = "今昨明当當即同每近翌次前某元末周节節假一二三四五六七八九十0123456789"
_MEETING = {
    "日本": (_DAYS, "报報刊社市省县縣区區院校届屆网網台站月周次学學"),
    "中国": ("其集高初当空之期途", "际内力有家外产民营资防税债"),
    "中國": ("其集高初當空之期途", "際內力有家外產民營資防稅債"),
    "美国": ("赞优精完", "际内家产"),
    "法国": ("司立方无合违宪执", "际内家有"),
    "上海": ("以线线网岸船陆水", "外量报运军警洋"),
    "河南": ("黄淮运沿", "岸部侧"),
    "河北": ("黄淮运沿", "岸部侧"),
    "湖南": ("太沿江", "岸部侧"),
    "湖北": ("太沿江", "岸部侧"),
    "海南": ("南东上珠北渤", "部站岸侧"),
    "江西": ("长沿", "岸部侧"),
    "山东": ("太华泰", "部侧麓坡"),
    "山西": ("太华泰", "部侧麓坡"),
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
    """Return whether a longer word that holds the term by chance stands here, or two words that meet in it."""
    before, after = _MEETING.get(term, ("", ""))
    if start and run[start - 1] in before and run[start + len(term) : start + len(term) + 1] in tuple(after):
        return True
    for trap in TRAPS.get(term, ()):
        offset = trap.find(term)
        begin = start - offset
        if begin >= 0 and run.startswith(trap, begin):
            return True
    return False
