from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import charset

UK = "Росія допомагає КНДР розвивати військові програми, заявив державний секретар США Ентоні Блінкен у Сеулі. Їжак з'їв ґудзик."
RU = "Россия помогает КНДР развивать военные программы, заявил госсекретарь США Энтони Блинкен в Сеуле."
KO = "토니 블링컨 미국 국무장관은 9일 러시아가 북한의 군사 프로그램에 기술과 지원을 제공하고 있다고 밝혔다. 뷁"
JA = "ブリンケン米国務長官は9日、ロシアが北朝鮮に技術を提供していると述べた。"
ZH = "美国国务卿布林肯9日在首尔表示，俄罗斯正在向朝鲜提供技术支持。"
FR = "Le secrétaire d’État américain a déclaré à Séoul que la Russie aidait la Corée du Nord — très préoccupant."
PL = "Sekretarz stanu USA oświadczył w Seulu, że Rosja wspiera program zbrojeniowy Korei Północnej, źródła podały więcej."
WRITTEN = [
    (UK, "cp1251"), (UK, "koi8_u"), (RU, "cp1251"), (RU, "koi8_r"), (RU, "cp866"), (RU, "iso8859_5"), (KO, "cp949"), (JA, "cp932"),
    (JA, "euc_jp"), (ZH, "gb18030"), (FR, "cp1252"), (PL, "cp1250"),
]  # fmt: skip
LABELS = [None, "utf-8", "iso-8859-1", "euc-kr", "windows-1251", "no-such-charset"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(("text", "codec"), WRITTEN)
def test_a_lying_label_does_not_matter(text: str, codec: str, label: str | None) -> None:
    body = f"<rss><channel><title>{text}</title></channel></rss>".encode(codec, "replace")
    plain = body.decode(codec)
    assert charset.decode(body, f"text/xml; charset={label}" if label else None).text == plain


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("windows-1251", UK, "cp1251"),
        ("KOI8-U", UK, "koi8_u"),
        ("EUC-KR", KO, "cp949"),
        ("iso-8859-2", PL, "iso8859_2"),
        ("Shift_JIS", JA, "cp932"),
        ("Big5", "美國國務卿布林肯在首爾表示", "big5hkscs"),
    ],
)
def test_labels_inside_the_document(label: str, text: str, codec: str) -> None:
    xml = f'<?xml version="1.0" encoding="{label}"?><rss><title>{text}</title></rss>'.encode(codec)
    assert text in charset.decode(xml).text
    html = (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={label}"></head><p>{text}</p>'.encode(
            codec
        )
    )
    assert text in charset.decode(html).text


@pytest.mark.parametrize("text", [UK, KO, FR, "", "plain"])
@pytest.mark.parametrize("label", LABELS)
def test_utf8_is_utf8_whatever_the_label(text: str, label: str | None) -> None:
    body = f"<title>{text}</title>".encode()
    assert charset.decode(body, f"text/html; charset={label}").text == f"<title>{text}</title>"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_wide_characters_declared_utf8(codec: str, mark: bool) -> None:
    text = f'<?xml version="1.0" encoding="utf-8"?><rss><channel><title>{UK[:20]}</title></channel></rss>'
    body = ("\ufeff" if mark else "").encode(codec) + text.encode(codec)
    assert charset.decode(body, "text/xml; charset=utf-8").text == text


def test_a_mark_is_not_part_of_the_text() -> None:
    assert charset.decode(b"\xef\xbb\xbf<rss/>", "text/xml; charset=windows-1251").text == "<rss/>"


@pytest.mark.parametrize("text", [UK, KO])
def test_one_bad_byte_does_not_garble_the_rest(text: str) -> None:
    body = f"<a>{text}</a><b>".encode() + b"\xff" + f"{text}</b>".encode()
    decoded = charset.decode(body, "text/xml")
    assert decoded.text == f"<a>{text}</a><b>\ufffd{text}</b>"
    assert decoded.repaired == 1


@pytest.mark.parametrize(("body", "text"), [(b"", ""), (b"a", "a"), (b"\xd0\xaf", "Я"), (b"\x00a\x00", "\x00a\x00")])
def test_so_few_bytes_tell_nothing_and_are_utf8(body: bytes, text: str) -> None:
    assert charset.decode(body) == charset.Decoded(text, "utf-8")


def test_utf7_is_refused() -> None:
    with pytest.raises(charset.UnknownCharset, match="utf-7"):
        charset.decode(b"+ADw-script+AD4-", "text/html; charset=utf-7")
    with pytest.raises(charset.UnknownCharset):
        charset.decode(b'<?xml version="1.0" encoding="UTF-7"?><rss/>')


@given(st.binary(max_size=300), st.sampled_from(LABELS))
def test_any_bytes_become_text(body: bytes, label: str | None) -> None:
    decoded = charset.decode(body, f"text/html; charset={label}")
    decoded.text.encode()


# Headlines of a few characters: what is declared is believed, and what is not is guessed.
SHORT = [
    ("강원도 산불 진화", "cp949", "euc-kr"),
    ("쌀값 폭락", "cp949", "euc-kr"),
    ("검찰 압수수색", "cp949", "euc-kr"),
    ("국회 본회의 통과", "cp949", "euc-kr"),
    ("外交部发言人回应", "gb18030", "gb2312"),
    ("台风登陆福建", "gb18030", "gb2312"),
    ("油价下跌", "gb18030", "gb2312"),
    ("外交部長訪問歐洲", "big5hkscs", "big5"),
    ("颱風登陸臺東", "big5hkscs", "big5"),
    ("首相が訪米へ", "cp932", "shift_jis"),
    ("大阪で地震", "euc_jp", "euc-jp"),
    ("Обстріл Харкова", "cp1251", "windows-1251"),
    ("Новости дня", "koi8_u", "koi8-u"),
    ("Élections à l’île", "cp1252", "windows-1252"),
]


def wire(*titles: bytes, label: str | None = None) -> bytes:
    declaration = f'<?xml version="1.0"{f" encoding={label!r}" if label else ""}?>'.encode()
    return declaration + b"<rss>" + b"".join(b"<title>%b</title>" % title for title in titles) + b"</rss>"


def titles(decoded: charset.Decoded) -> list[str]:
    return [part.partition("</title>")[0] for part in decoded.text.split("<title>")[1:]]


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize(("text", "codec", "label"), SHORT)
def test_a_short_headline(text: str, codec: str, label: str, labelled: bool) -> None:
    assert titles(charset.decode(wire(text.encode(codec), label=label if labelled else None))) == [text]


@pytest.mark.parametrize("rest", [[UK, KO], [UK] * 9, ["plain", "ASCII"]])
@pytest.mark.parametrize(("text", "codec", "label"), SHORT[:-1])
def test_a_headline_in_another_encoding_than_its_feed_of_utf8(
    text: str, codec: str, label: str, rest: list[str]
) -> None:
    body = wire(*(other.encode() for other in rest), text.encode(codec), rest[0].encode(), label="utf-8")
    decoded = charset.decode(body, "text/xml; charset=utf-8")
    assert titles(decoded) == [*rest, text, rest[0]], label
    assert decoded.repaired == 0


@pytest.mark.parametrize(
    ("rest", "codec", "label"), [(UK, "cp1251", "windows-1251"), (KO, "cp949", "euc-kr"), (FR, "cp1252", "iso-8859-1")]
)
@pytest.mark.parametrize(
    ("text", "other"), [(KO, "utf-8"), (UK, "utf-8"), (UK, "koi8_u"), (ZH, "gb18030"), (JA, "cp932"), ("Їжа", "utf-8")]
)
def test_a_headline_in_another_encoding_than_its_label_says(
    rest: str, codec: str, label: str, text: str, other: str
) -> None:
    body = wire(*[rest.encode(codec)] * 4, text.encode(other), rest.encode(codec), label=label)
    assert titles(charset.decode(body)) == [*[rest] * 4, text, rest]


def test_two_characters_of_utf8_are_an_accident_where_they_read_well_otherwise() -> None:
    text = "Тс"  # in windows-1251 the bytes of one letter of UTF-8
    assert titles(charset.decode(wire(*[UK.encode("cp1251")] * 4, text.encode("cp1251")))) == [*[UK] * 4, text]


def test_many_headlines_in_another_encoding_are_read_as_the_first_were() -> None:
    foreign = ["국무회의 개최, 예산안 의결"] * 110
    body = wire(*[UK.encode()] * 120, *(text.encode("cp949") for text in foreign))
    assert titles(charset.decode(body)) == [*[UK] * 120, *foreign]


def test_what_reads_well_in_no_encoding_stays_as_its_document_is() -> None:
    noise = bytes.fromhex("85cbedea9e8b8be0d4c7bc89cf81939b")
    decoded = charset.decode(wire(*[UK.encode("cp1251")] * 4, noise))
    assert titles(decoded) == [*[UK] * 4, noise.decode("cp1251")]


def test_a_long_document_is_guessed_by_its_beginning() -> None:
    body = wire(*[UK.encode("cp1251")] * 300)
    assert titles(charset.decode(body)) == [UK] * 300


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Žodžiai apie Lietuvą", "cp1257", "windows-1257"),
        ("ראש הממשלה", "cp1255", "windows-1255"),
        ("Η κυβέρνηση· «ΝΑΤΟ», ειδήσειςLIVE", "cp1253", "windows-1253"),
    ],
)
def test_a_short_headline_of_an_encoding_that_is_declared_only(text: str, codec: str, label: str) -> None:
    assert titles(charset.decode(wire(text.encode(codec), label=label))) == [text]


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("iso-2022-jp", "iso2022_jp", JA),
        ("iso-2022-kr", "iso2022_kr", "북한 미사일 발사"),
        ("hz-gb-2312", "hz", "朝鲜发射导弹"),
    ],
)
def test_a_text_that_is_written_by_ascii_alone_is_read_by_its_label(label: str, codec: str, text: str) -> None:
    page = f'<meta charset="{label}"><p>{text}</p>'
    assert charset.decode(page.encode(codec)) == charset.Decoded(page, codec)
    plain = f'<meta charset="{label}"><p>North Korea</p>'
    assert charset.decode(plain.encode()) == charset.Decoded(plain, "utf-8")


def test_a_label_whose_letters_are_not_known_is_believed_where_it_reads_all() -> None:
    text = "Ο πρωθυπουργός μίλησε χθες για την οικονομία και τις εκλογές του φθινοπώρου."
    assert charset.decode(text.encode("iso8859_7"), "text/html; charset=iso-8859-7").text == text


def test_what_is_foreign_only_far_down_is_read_by_its_label() -> None:
    body = b"a" * 400_001 + "façade".encode("cp1252")
    assert charset.decode(body, "text/html; charset=windows-1252").text.endswith("afaçade")
