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


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_utf16_declared_utf8(codec: str, mark: bool) -> None:
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


def test_japanese_by_escapes_is_read_where_it_is_declared() -> None:
    body = f'<meta charset="iso-2022-jp"><p>{JA}</p>'.encode("iso2022_jp")
    assert charset.decode(body) == charset.Decoded(f'<meta charset="iso-2022-jp"><p>{JA}</p>', "iso2022_jp")


def test_a_label_whose_letters_are_not_known_is_believed_where_it_reads_all() -> None:
    text = "Ο πρωθυπουργός μίλησε χθες για την οικονομία και τις εκλογές του φθινοπώρου."
    assert charset.decode(text.encode("iso8859_7"), "text/html; charset=iso-8859-7").text == text


def test_what_is_foreign_only_far_down_is_read_by_its_label() -> None:
    body = b"a" * 400_001 + "façade".encode("cp1252")
    assert charset.decode(body, "text/html; charset=windows-1252").text.endswith("afaçade")
