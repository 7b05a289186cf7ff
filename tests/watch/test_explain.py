"""The forms of a term as they are shown, each with the condition under which it counts."""

from __future__ import annotations

from monitor.model import Term
from monitor.watch.catalogue import shipped
from monitor.watch.explain import show_forms


def test_forms_say_when_they_want_a_capital() -> None:
    notes = {form.form: form.condition for form in show_forms(Term("Захід"), shipped()).spellings[0].words[0]}
    assert notes["Заходу"].startswith("with a capital: else")
    assert notes["Заходи"] == "with a capital, alone between quotation marks or inside a sentence"
    ((named,),) = show_forms(Term("La", language="es"), shipped()).spellings[0].words
    assert named.condition == "with a capital, inside a sentence"


def test_forms_say_where_they_are_other_words() -> None:
    (spelling,) = show_forms(Term("другий"), shipped()).spellings
    notes = {form.form: form.condition for form in spelling.words[0]}
    assert notes["друга"] == "not in ru texts: another word"
    assert notes["друге"] == "not in ru texts: another word; not in words such as по-…, …-таки"
    assert not notes["другій"]


def test_each_word_of_a_phrase_shows_its_own_forms() -> None:
    (spelling,) = show_forms(Term("ballistic missile"), shipped()).spellings
    assert [[form.form for form in word] for word in spelling.words] == [["ballistic"], ["missile", "missiles"]]
