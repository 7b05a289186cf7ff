from __future__ import annotations

import pytest

from monitor.text import plain


@pytest.mark.parametrize(
    ("text", "one", "blocks"),
    [
        ("plain", "plain", "plain"),
        ("<p>One</p><p>two &amp; three</p>", "One two & three", "One\n\ntwo & three"),
        ("One<br/>two", "One two", "One two"),
        ("&lt;b&gt;bold&lt;/b&gt; a &lt; b", "bold a < b", "bold a < b"),
        ("so<script>alert(1)</script> it<!-- not --> is", "so it is", "so it is"),
        ("<![CDATA[kept]]> soft\xadly", "kept softly", "kept softly"),
        ("first\n\n\n second ", "first second", "first\n\nsecond"),
        ("", "", ""),
    ],
)
def test_markup_is_taken_off(text: str, one: str, blocks: str) -> None:
    assert plain.line(text) == one
    assert plain.paragraphs(text) == blocks
