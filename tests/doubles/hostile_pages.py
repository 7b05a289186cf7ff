"""What stands where an article should, as data: answers to the address of a page, and what an alert then says of it."""

from __future__ import annotations

from doubles.hostile_answers import pieces
from doubles.rawserver import Handler, plain

HTML = "Content-Type: text/html; charset=utf-8"
SUMMARY = "The summary of the feed says that a bridge was opened."
TEXT = "".join(
    f"<p>{n}. Officials said on Thursday that the bridge over the river was opened to traffic.</p>" for n in range(6)
)


def html(body: str, *, head: str = "<title>News</title>", codec: str = "utf-8", header: str = HTML) -> bytes:
    return plain(f"<html><head>{head}</head><body>{body}</body></html>".encode(codec), header)


INSTEAD: dict[str, tuple[bytes | Handler, str]] = {
    "80-404": (plain(b"gone", status="404 Not Found"), "404"),
    "80-403": (plain(b"no", status="403 Forbidden"), "403"),
    "80-consent-wall": (html("<h1>Before you continue</h1><p>We and our partners use cookies to store and access information. Accept all to continue, or manage your privacy choices here.</p>"), "consent wall"),
    "80-login-wall": (html("<form><input type=password></form><p>Already a subscriber? Log in to continue reading this article and all of our news.</p>", head="<title>Sign in to read</title>"), "login wall"),
    "80-soft-404": (html("<h1>Page not found</h1><p>The page you are looking for may have been moved.</p>"), "not found"),
    "82-javascript-only": (html("<div id=root></div><script src=a.js></script>"), "JavaScript"),
    "84-ten-megabytes": (pieces(f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Length: 10000000\r\n\r\n".encode(), each=b"<p>a</p>" * 20_000, pause=0.0), "too large"),
    "85-a-thousand-levels": (html("<div>" * 1_000 + "<p>Deep down.</p>" + "</div>" * 1_000), "text"),
    "86-pdf": (plain(b"%PDF-1.7\n%\xe2\xe3", "Content-Type: application/pdf"), "PDF"),
    "86-pdf-labelled-html": (plain(b"%PDF-1.7\n%\xe2\xe3", HTML), "PDF"),
    "86-binary": (plain(bytes(range(256)) * 40, HTML), "not text"),
    "86-film": (plain(b"\0\0\0 ftypisom", "Content-Type: video/mp4"), "film"),
    "88-a-parser-s-death": (html("<article><p>" + "<b>a</b> " * 60_000 + "</p></article>"), "not be read in time|in time"),
    "80-endless-redirects": (plain(b"", "Location: ?again", status="302 Found"), "redirect"),
    "80-redirect-to-a-private-address": (plain(b"", "Location: http://10.0.0.1/", status="302 Found"), "refused address"),
}  # fmt: skip
"""By number of the case and name: the answer, and what the alert's note holds (one of several, parted by `|`)."""
