"""Korean families, and syllables of given names, in Latin and Cyrillic letters: by them a name is known to go on.

'Park Jin' is one person and 'Park Jin-young' another. The Latin syllables are those of the Revised Romanisation, of
McCune and Reischauer, and of passports; the Cyrillic ones have one shape, after Kontsevich and Ukrainian practice.
"""

from __future__ import annotations

import re

_LATIN_TEXT = """
    a ae ah ahn an ang bae baek baik bak bang beom bin bo bok bom bon bong boo bu bum byeok byeong byong byul byung
    cha chae chai chan chang che cheol cheon cheong chi chin cho choe choi chol chon chong choo chu chul chun chung
    da dae dal dam dan deok deuk do doe dok dol don dong doo du duck duk eok eom eon eul eum eun gang geol geon geum
    geun gi gil go gon goo gu guk gum gun gwan gwang gyeom gyeong gyo gyu gyun gyung ha hae hak han hang hee heon
    heum heung hi ho hoe hoi hon hong hoon hu hui hun hwa hwan hwang hyang hye hyeok hyeon hyeong hyo hyok hyon
    hyong hyuk hyun hyung ik il im in ja jae jang je jeong ji jik jin jo jon jong joo joon joong jou ju jun jung jwa
    kang ki kil kon kook ku kuk kun kwan kwang kwon kyo kyom kyon kyong kyoo kyou kyu kyun kyung man mi min mo mok
    mong moo moon mu mun myeong myong myung na nae nam nan no noh oh ok on paek phil pil pom pyo pyong pyung rae ran
    re reum ri rim rin roh rok ryang ryeol ryeong ryol ryong ryul ryun sa sae sam san sang se seo seob seok seol
    seon seong seop seul seung shi shik shim shin si sik sil sim sin so soh sok sol son song soo sook soon su sub
    suk sun sung tae taek tak thae ui uk ul un ung wan we wi woo wook woon ye yeol yeon yeong yeop yo yol yon yong
    yoo yoon you young yul yun yung
"""
_LATIN = frozenset(_LATIN_TEXT.split())
# English words among them: with a space before, such a word begins the next thing that is said.
_WORDS_TEXT = """
    a an chin do go gun ha he hi ho in man me mi moo my no nan oh ok on pang re sam se si so son song sub sun sung
    sin we yo you young ran rim shin
"""
_WORDS = frozenset(_WORDS_TEXT.split())
# A consonant or an affricate, a vowel that may be a diphthong, and the few consonants that end a Korean syllable.
_CYRILLIC = re.compile(
    "(?:[дч]ж|[чткп]х|[гкх]в|[бвгґдзйклмнпрстхцчшж])?ь?(?:[яюєї]|[аеэиіоуыё][еаиіюяэоу]?|йо|йу)(?:ль|[нмкгптрл]г?)?"
)
_CYRILLIC_WORDS_TEXT = """
    а без бо був в вже він во вона да дай для до его ее ей ему и из или им иди их и і й їй його йому ка как ко ли мы
    на над не ні но о об он она они от по под при с сам сей со та так там те то тот ти ты у уж що я яка як
"""
_CYRILLIC_WORDS = frozenset(_CYRILLIC_WORDS_TEXT.split())


_FAMILIES_TEXT = """
    ahn an bae baek baik ban bang bong byeon byun cha chae chang che cheon chi chin cho choe choi choo chu chun
    chung do eo eom eun gang geum gi gil go gong goo gu guk gwak gwon ha ham han heo ho hong huh hur hwang hyeon
    hyon hyun im in jang je jeon jeong ji jin jo joo ju jun jung kang keum ki kil kim ko koh kong koo ku kuk kwak
    kwon lee li lim ma maeng min mo moon mun myung na nam no noh oh ok pae paek pak pang park pyo pyon ra rhee ri
    rim ro roh ryang ryom ryu seo seok seol seong shim shin sim sin so sohn sok son song suh sun sung tak to um wang
    we wee wi won woo yang yeo yeom yeon yi yom yon yong yoo yoon yu yuk yun ким кім ли лі пак цой чхве чой цхой чон
    чжон джон кан чо джо юн чан чжан джан им лим рим ім лім рім хан со син шин шін сін квон хван ан сон ю рю лю хон
    ко мун ян рян пэ бэ пе бе пэк пек хо нам сим сім но ро ха квак чха чу джу ку гу мин мін на ра чин чін джин джін
    чи чі пан бан кон ван мен мьон те тхэ тхе ом чхэ че
"""
_FAMILIES = frozenset(_FAMILIES_TEXT.split())


def is_family(key: str) -> bool:
    """Return whether a lookup key is the name of a Korean family."""
    return key in _FAMILIES


def is_syllable(key: str) -> bool:
    """Return whether a lookup key may be a syllable of a Korean given name."""
    return key in _LATIN or (key not in _CYRILLIC_WORDS and _CYRILLIC.fullmatch(key) is not None)


def is_word(key: str) -> bool:
    """Return whether such a syllable is a word of its own, too: 'in', 'young'."""
    return key in _WORDS
