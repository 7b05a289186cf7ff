"""Texts that stand where an address should be: known bad ones with what their error names, and any that chance finds."""

from __future__ import annotations

from hypothesis import strategies as st

_SCHEME = "begins with https:// or http://"
_HOST = "no valid host"

BAD = {
    "": "is empty",
    "ftp://x/y": _SCHEME,
    "file:///etc/passwd": _SCHEME,
    "javascript:alert(1)": _SCHEME,
    "gopher://a.example/": _SCHEME,
    "example.org/feed": r"did you mean https://example\.org/feed\?",
    "example.org:8080/feed": r"did you mean https://example\.org:8080/feed\?",
    "/feeds/rss.xml": r"write all of it, such as https://example\.org/feeds/rss\.xml",
    "//example.org/feed": r"did you mean https://example\.org/feed\?",
    "feed://example.org/": r"write https://example\.org/",
    "feed:http://example.org/": r"write http://example\.org/",
    "http://": _HOST,
    "http:///a": _HOST,
    "http:a": _HOST,
    "http://?a": _HOST,
    "http://:80/": _HOST,
    "http://./": _HOST,
    "http://.example.org/": _HOST,
    "http://a..b/": _HOST,
    "http://a b/": _HOST,
    "http://a\\@b.example/": _HOST,
    "http://a%41.example/": _HOST,
    "http://a*b.example/": _HOST,
    f"http://{'a' * 64}.example/": _HOST,
    f"http://{'a.' * 130}example/": _HOST,
    "http://256.1.1.1/": "is no IP address",
    "http://[fe80::1%25eth0]/": "leave out the interface",
    "http://[::1/": "check its brackets",
    "http://::1]/": "check its brackets",
    "http://[1.2.3.4]/": "check its brackets|is no IP address",
    "http://a℀b/": "check its brackets",  # NFKC makes a slash of it
    "http://a:99999/": "from 1 to 65535",
    "http://a:0/": "from 1 to 65535",
    "http://a:b/": "from 1 to 65535",
    "https://xn--zzzz--.com/": "copy the address from a browser",
    "http://xn--127-jia.test/a.html": "copy the address from a browser",
    "https://i❤.ws/": "copy the address from a browser",  # no name by IDNA 2008
    "https://xn--bcher-kva.a_b.example/": "copy the address from a browser",  # nor this, where it is decoded
    "http://xn--/": "copy the address from a browser",
    "http://xn--a.example/": "copy the address from a browser",
    "http://xn--99999999999.example/": "copy the address from a browser",
    "http://a\ufdd0.example/": "copy the address from a browser",
    f"http://{'ї' * 70}.example/": _HOST,
    "http://a.example/\ud800": "control character",
    "http://a.example/\x00b": "control character",
    "http://a.example/" + "a" * 8_000: "write a shorter one",
}

_HOSTS = st.sampled_from(
    ["a.example", "[::1]", "127.0.0.1", "xn--", "xn--127-jia", "приклад.укр", "[", "i❤.ws", "", "a:b@c"]
)
_PIECES = st.sampled_from(
    [*"/:?#[]@%.\\ -_", "xn--", "//", "..", "%zz", "%2f", "\ud800", "\x00", "\n", "٠", "。", "℀", "é"]
)


def addresses() -> st.SearchStrategy[str]:
    """Return texts that are addresses, or might pass for some."""
    scheme = st.sampled_from(["http://", "https://", "HTTP://", "ftp://", "http:", "//", "", "feed:"])
    host = _HOSTS | st.lists(_HOSTS | _PIECES | st.text(max_size=3), max_size=5).map("".join)
    rest = st.lists(_PIECES | st.text(max_size=5), max_size=5).map("".join)
    port = st.sampled_from(["", ":80", ":443", ":", ":99999", ":x", ":0", ":٣"])
    made = st.tuples(scheme, host, port, st.sampled_from(["", "/"]), rest).map("".join)
    return made | st.sampled_from(sorted(BAD)) | st.text() | st.text(st.characters())
