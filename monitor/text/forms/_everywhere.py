"""Words that nearly every text has: as a term of their own they match everything."""

from __future__ import annotations

_WORDS = {
    "en": "the of and to in is was are were be been has have had for with by on at from that this it as or an not but "
    "he she they we you his her their its our your who which what said will would can could may also after more than "
    "new all one two into about over up out if no so us me them him",
    "uk": "і й та в у з із зі на до не що як про за від для по це є його її їх він вона вони ми ви які який яка також "
    "або чи але при під над між після був була було були буде щоб вже ще так якщо бо",
    "ru": "и в во на с со не что как о об за от для по это его ее её их он она они мы вы которые который которая "
    "также или но при под над между после был была было были будет чтобы уже еще ещё так если из к ко у до же бы",
}
_BY_LANGUAGE = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_BY_SCRIPT = {"latin": ("en",), "cyrillic": ("uk", "ru")}
SCRIPTS = tuple(_BY_SCRIPT)


def is_everywhere(word: str, language: str | None, script: str) -> bool:
    """Tell whether nearly every text of the language, or of one that `script` is taken for, has the word."""
    return any(
        word in _BY_LANGUAGE[code] for code in _BY_SCRIPT.get(script, ()) if language is None or language == code
    )
