"""Versions of a text, and what changed between them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from monitor.evidence.versions import TextVersion, changes, packed, standing, unpacked
from monitor.model import ArticleChange, ChangeKind

NOW = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)


def test_a_document_is_title_and_text_and_its_digest_that_of_its_bytes() -> None:
    version = TextVersion("КНДР запустила ракету", "Абзац.\n\nДругий.")
    assert version.document.decode() == "КНДР запустила ракету\n\nАбзац.\n\nДругий."
    assert version.digest == hashlib.sha256(version.document).hexdigest()
    assert TextVersion("", "Only text.").document == b"Only text."
    assert TextVersion("a\ud800b", "c\x00").document.decode() == "a\ufffdb\n\nc\ufffd"


def test_a_text_is_smaller_in_the_database_and_comes_back_as_it_was() -> None:
    text = "Північна Корея запустила балістичну ракету. " * 50
    assert len(packed(text)) < len(text.encode()) / 5
    assert unpacked(packed(text)) == text
    assert unpacked(packed("")) == ""
    assert unpacked(packed("\ud800")) == "\ufffd"
    with pytest.raises(ValueError, match="cannot be read"):
        unpacked(b"nothing of the kind")


def version(title: str, text: str = "Text.", headline: str = "") -> TextVersion:
    return TextVersion(title, text, headline)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (version("A"), version("A"), []),
        (version("A", "one  two"), version("A ", "one\ntwo"), []),
        (version("A"), version("B"), [(ChangeKind.HEADLINE, "A", "B")]),
        (version("A"), version("A", "Other."), [(ChangeKind.TEXT, "", "")]),
        # The feed's title is another than the page's: pages are compared with pages.
        (version("A", headline="A, says B"), version("A", headline="A, says B"), []),
        (version("A", headline="Page A"), version("A", headline="Page B"), [(ChangeKind.HEADLINE, "Page A", "Page B")]),
        (version("A", headline="Page"), version("B", headline="Page"), [(ChangeKind.HEADLINE, "A", "B")]),
        (version("A", headline="Page"), version("A"), []),
    ],
)
def test_what_changed_between_two_versions(
    old: TextVersion, new: TextVersion, found: list[tuple[ChangeKind, str, str]]
) -> None:
    assert changes(old, new) == found


def test_a_vanishing_that_is_over_is_not_shown_any_more() -> None:
    kinds = [ChangeKind.HEADLINE, ChangeKind.GONE, ChangeKind.BACK, ChangeKind.TEXT, ChangeKind.GONE]
    found = [ArticleChange(1, NOW, kind) for kind in kinds]
    assert [each.kind for each in standing(found)] == [
        ChangeKind.HEADLINE, ChangeKind.BACK, ChangeKind.TEXT, ChangeKind.GONE
    ]  # fmt: skip
    assert standing(found[:2]) == found[:2]
    assert standing([]) == []
