"""Which encoding bytes are likely in: the sum of what each character costs, by how rare it is in the language.

A character costs the negative logarithm of its share of newspaper text (nats), roughly. The shares are known for the
commonest characters; all others share what is left of their class: capitals, other letters, and the levels of
KS X 1001, GB 2312, Big5 and JIS X 0208, which are sorted by how common characters are. Encodings explain the same
bytes, so that their sums compare, whether a character takes one byte or two. Pure.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

_KOREAN = (
    "이다의에는을고가하한은로사지기대인도해시서정부국를과전북미자보일군장들상동제원수주조선남발회중공세리아경년월구비위방성관민화연유안"
    "개러나라니어스그만오요여신적진당통령체계산무실외교합총소최현문김윤재명단평양핵험탄목추용결불면반법내직달두차급출생입속물강력영권"
    "금식업호석건각행분청처심검찰판확노마번후치약거때등학형천설드크러트터르카푸틴독본"
)
_KOREAN_TOO = (
    "격규극근길끝난냉널네논누눈능늦닫답덕던돈돌됐되된될둔든듯떤떨또뜻람락란량런럼렇레려련렬례론료루류륙률른름린림립막많말맞매"
    "맥먹몇모몰못몸묵믿밀및밖받밤배백범변별병복볼봄봉붙빈빌빠빨뿐살삼새색섬센셀손송쇄쇼숙순술숨쉬슬습승십싸쌀써쓰씨악않알암압"
    "앙앞애액야억언얻얼엄없었엔엘역열염예옛온올옮와완왔왕왜욕욱운울움웃워웨육율융음응익임있잃작잔잘잠쟁저절점접져족존졸종좋좌"
    "죄죽준줄즉즐증질집짓징쪽착찬참창찾채책챔척철첫촉촌촬축충취층친칠침칼캐커컨컴케코콘콜쿠큰클킨타탁탈탐태택털테텔토퇴투특티"
    "팀파팔패팽퍼페편폐포폭품풍프플피필할함항했향허혁혈협혜혹혼홍환활황획횟횡효훈훨휘휴흐흔흘희힘값겨곳"
)
_SIMPLIFIED = (
    "的一是在不了有和人这中大为上国要以会年到说时后来对出就也下过可得多日月主发部方成长前新行本学生家经工动力现全社于面定市政报公"
    "北美民朝韩俄乌总统军警示事件记者表称京外交导弹射核试问题联合安理议员党首脑峰华盛顿东海高地区开关作法进利济世界战争习近平金正"
    "恩普泽连斯基特朗拜登由能被其将两与从此第三次万亿元加股价油，。"
)
_TRADITIONAL = (
    "的一是在不了有和人這中大為上國要以會年到說時後來對出就也下過可得多日月主發部方成長前新行本學生家經工動力現全社於面定市政報公"
    "北美民朝韓俄烏總統軍警示事件記者表稱京外交導彈射核試問題聯合安理議員黨首腦峰華盛頓東海高地區開關作法進利濟世界戰爭習近平金正"
    "恩普澤連斯基特朗拜登由能被其將兩與從此第三次萬億元加股價油，。"
)
_CYRILLIC = ("оаеиінтсрв", "лкдмпуязьг", "бчйыхжшщюцфїєґэъў")
_WESTERN = "éèàâêîôûçäöüßñáíóúåæøœÉÈÀÇÖÜÄ’‘“”–—…«»°·£€§©®\xa0"
_CENTRAL = "áčďéěíňóřšťúůýžąćęłńóśźżäöüßőűČŘŠŽŁŚŻ’‘“”„–—…«»\xa0"
_LATIN_LETTERS = {"cp1252": _WESTERN, "cp1250": _CENTRAL, "iso8859_2": _CENTRAL, "mac_roman": _WESTERN}

# What nobody declares is guessed among these; the earlier wins where two read alike.
GUESSED = (
    "cp1251", "koi8_u", "cp949", "cp932", "euc_jp", "gb18030", "big5hkscs", "iso8859_5", "cp866", "cp1252", "cp1250",
    "iso8859_2",
)  # fmt: skip
LEVELS = ("euc_kr", "gb2312", "big5", "euc_jp")
"""Standards whose levels tell how common a character is."""

_UNUSUAL = {"koi8_u": 2.0, "euc_jp": 4.0, "iso8859_5": 4.0, "cp866": 4.0, "iso8859_2": 2.0}  # nats: few feeds are
_RUSSIAN = frozenset({"cp1251", "koi8_u", "koi8_r", "iso8859_5", "cp866", "mac_cyrillic"})
LATIN = frozenset({"cp1252", "cp1250", "cp1254", "cp1257", "cp1258", "mac_roman"}) | {
    f"iso8859_{n}" for n in (2, 3, 4, 10, 13, 14, 15, 16)
}
"""Codecs whose languages sprinkle letters over ASCII; all others write whole words beyond it."""

_WORST = 6.0  # nats a byte of a text; what costs more is in another encoding
_BROKEN = 12.0  # nats for what cannot be read, and for characters that nobody writes
_RARE = 9.0
_FOREIGN = 8.5  # an ASCII letter in a word of another script
_TURNED = 5.0  # a capital behind a small letter
_CROWDED = 4.0  # two accented letters in a row
_SAMPLE = 6_000  # bytes: enough to tell, little to decode twelve times
_TURN = re.compile(r"[a-zß-öø-ÿа-џѐ-ѿґ](?=[A-ZÀ-ÖØ-ÞА-ЯЀ-ЏҐ])")
_UNWRITTEN = re.compile("[\x80-\x9f\ufffd\ue000-\uf8ff]")


def likeliest(fields: Iterable[bytes], favoured: Mapping[str, float]) -> str:
    """Return the codec in which most of the texts are likeliest; `favoured` has codecs that are declared, and a bonus.

    One text that is in another encoding than the rest costs any codec the same.
    """
    samples: list[bytes] = []
    size = 0
    for field in fields:
        samples.append(sample_of(field)[: _SAMPLE - size])
        size += len(samples[-1])
        if size >= _SAMPLE:
            break

    def total(codec: str) -> float:
        known = _UNUSUAL.get(codec, 0.0) - favoured.get(codec, 0.0)
        if len(samples) == 1:
            return known + cost(samples[0], codec)
        return known + sum(min(cost(sample, codec), _WORST * len(sample)) for sample in samples)

    return min(dict.fromkeys([*favoured, *GUESSED]), key=total)


def sample_of(data: bytes) -> bytes:
    """Return the runs of bytes beyond ASCII, with the ASCII that may be their second halves, a blank between runs."""
    return b"".join(re.findall(rb"[\x80-\xff][\x40-\xff]*(?: |\n|)", data[: _SAMPLE * 60]))[:_SAMPLE]


def cost(sample: bytes, codec: str) -> float:
    """Return how unlikely `sample` is as text in `codec`, in nats."""
    text = sample.decode(codec, "replace")
    one = _latin(codec) if codec in LATIN else _COSTS.get(codec, _letter)
    total = sum(count * one(char) for char, count in Counter(text).items() if char not in " \n")
    total += _TURNED * len(_TURN.findall(text))
    if codec in LATIN:
        total += _CROWDED * sum(a > "\x7f" and b > "\x7f" for a, b in pairwise(text))
    return total


def _share(mass: float, size: int) -> float:
    return -math.log(mass / size)


@lru_cache(maxsize=16)
def _latin(codec: str) -> Callable[[str], float]:
    letters = _LATIN_LETTERS.get(codec, "")
    common = _share(0.9, len(letters) or 45)

    def one(char: str) -> float:
        if char < "\x80":
            return 3.0
        if char in letters or (not letters and char.isalpha()):
            return common
        return _BROKEN if _UNWRITTEN.match(char) else _RARE

    return one


def _letter(char: str) -> float:
    """Return the cost in an encoding of whose language nothing is known but that it writes words."""
    if char < "\x80":
        return _FOREIGN
    if char.isalpha():
        return 6.5 if char.isupper() else 3.7
    return _BROKEN if _UNWRITTEN.match(char) else 7.0


_CYRILLIC_COST = {char: value for row, value in zip(_CYRILLIC, (2.8, 3.5, 4.6), strict=True) for char in row}
_CYRILLIC_COST |= {char.upper(): value + 3.0 for char, value in _CYRILLIC_COST.items()}
_CYRILLIC_COST |= dict.fromkeys("«»“”„’—–…№\xa0", 6.0)


def _cyrillic(char: str) -> float:
    if char < "\x80":
        return _FOREIGN
    return _CYRILLIC_COST.get(char) or (_BROKEN if _UNWRITTEN.match(char) else _RARE + 1)


def _korean(char: str) -> float:
    if char in _KOREAN:
        return _share(0.7, len(_KOREAN))
    if char in _KOREAN_TOO:
        return _share(0.25, len(_KOREAN_TOO))
    level = _lead(char, "euc_kr")
    if 0xB0 <= level <= 0xC8:  # noqa: PLR2004 — KS X 1001: its 2,350 syllables
        return _share(0.03, 1_900)
    if level > 0xC8:  # noqa: PLR2004 — its Chinese characters
        return _share(0.01, 4_888)
    return _outside(char, level, symbols=0xAC)


def _simplified(char: str) -> float:
    if char in _SIMPLIFIED:
        return _share(0.55, len(_SIMPLIFIED))
    level = _lead(char, "gb2312")
    if level >= 0xB0:  # noqa: PLR2004 — GB 2312: 3,755 common characters, then 3,008
        return _share(0.36, 3_600) if level <= 0xD7 else _share(0.02, 3_008)  # noqa: PLR2004
    return _outside(char, level, symbols=0xA3)


def _traditional(char: str) -> float:
    if char in _TRADITIONAL:
        return _share(0.55, len(_TRADITIONAL))
    level = _lead(char, "big5")
    if level >= 0xA4:  # noqa: PLR2004 — Big5: 5,401 common characters, then 7,652
        return _share(0.40, 5_200) if level <= 0xC6 else _share(0.02, 7_652)  # noqa: PLR2004
    return _outside(char, level, symbols=0xA3)


def _japanese(char: str) -> float:
    level = _lead(char, "euc_jp")
    if level in {0xA4, 0xA5}:  # hiragana, katakana
        return _share(0.4, 60) if level == 0xA4 else _share(0.15, 80)  # noqa: PLR2004
    if level >= 0xB0:  # noqa: PLR2004 — JIS X 0208: 2,965 common characters, then 3,390
        return _share(0.35, 2_965) if level <= 0xCF else _share(0.01, 3_390)  # noqa: PLR2004
    return _outside(char, level, symbols=0xA3)


def _outside(char: str, level: int, symbols: int) -> float:
    """Return the cost of what is no character of the two levels: ASCII, punctuation, extensions."""
    if char < "\x80":
        return _FOREIGN
    if _UNWRITTEN.match(char):
        return _BROKEN
    return 6.5 if level == 0xA1 else _RARE if 0xA1 < level <= symbols else 16.0  # noqa: PLR2004


@lru_cache(maxsize=4_096)
def _lead(char: str, codec: str) -> int:
    """Return the first byte of a character of two bytes in a standard's own plane; 0 where it has none."""
    try:
        found = char.encode(codec)
    except UnicodeEncodeError:
        return 0
    return found[0] if len(found) == 2 else 0  # noqa: PLR2004


_COSTS: dict[str, Callable[[str], float]] = {
    **dict.fromkeys(_RUSSIAN, _cyrillic),
    "cp949": _korean,
    "gb18030": _simplified,
    "big5hkscs": _traditional,
    "cp932": _japanese,
    "euc_jp": _japanese,
}
