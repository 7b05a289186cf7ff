from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import FetchError, FetchKind
from monitor.fetch.body import Body

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=4),
    "zstd": zstandard.compress,
    "identity": bytes,
    "": bytes,
}


def read(coding: str | None, raw: bytes, limit: int = 1_000_000, step: int = 1 << 20) -> bytes:
    body = Body(coding, limit)
    for start in range(0, len(raw), step):
        body.feed(raw[start : start + step])
    return body.finish()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CODINGS)), st.binary(max_size=3000), st.integers(1, 600))
def test_every_coding_round_trips_in_pieces_of_any_size(coding: str, data: bytes, step: int) -> None:
    assert read(coding, CODINGS[coding](data), step=step) == data


def test_raw_deflate_is_read_as_browsers_do() -> None:
    data = b"news " * 500
    for step in (1, 2, 1 << 20):  # one byte alone does not tell yet
        assert read("deflate", zlib.compress(data)[2:-4], step=step) == data


def test_members_of_a_gzip_file_follow_each_other_and_padding_is_nothing() -> None:
    assert read("gzip", gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 20) == b"one two"


@pytest.mark.parametrize("step", [1, 2, 5, 21, 22, 23, 1 << 20])
def test_members_of_a_gzip_file_may_be_split_anywhere(step: int) -> None:
    """A piece that ended behind the first byte of a member lost all that followed."""
    assert read("gzip", gzip.compress(b"a") * 50, step=step) == b"a" * 50
    assert read(None, gzip.compress(b"a") * 50 + b"\x1f", step=step) == b"a" * 50


def test_few_frames_follow_each_other() -> None:
    frames = [zstandard.compress(b"%d " % number) for number in range(900)]
    assert read("zstd", b"".join(frames)) == b"".join(b"%d " % number for number in range(900))
    assert read("zstd", zstandard.compress(bytes(range(256)) * 900) * 3) == bytes(range(256)) * 2700
    with pytest.raises(FetchError, match="ends too early"):
        read("zstd", b"".join(frames)[:-1])


def test_frames_without_end_are_refused() -> None:
    """Each was copied with all that followed: 10 MB of empty ones took minutes."""
    with pytest.raises(FetchError, match="more than 1,000 zstd frames") as caught:
        read("zstd", zstandard.compress(b"") * 100_000)
    assert caught.value.kind is FetchKind.ENCODING


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_limit_with_little_memory(coding: str) -> None:
    bomb = CODINGS[coding](b"\0" * 60_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError) as caught:
            read(coding, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.kind is FetchKind.TOO_LARGE
    assert peak < 6_000_000


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_false_coding_is_an_error(coding: str) -> None:
    with pytest.raises(FetchError) as caught:
        read(coding, b"<?xml version='1.0'?><rss/>")
    assert caught.value.kind is FetchKind.ENCODING


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_cut_body_is_an_error(coding: str) -> None:
    with pytest.raises(FetchError):
        read(coding, CODINGS[coding](bytes(range(256)) * 40)[:-20])


@pytest.mark.parametrize("coding", ["gzip, gzip", "br, gzip", "compress", "aes128gcm"])
def test_chained_and_unknown_codings_are_refused(coding: str) -> None:
    with pytest.raises(FetchError) as caught:
        Body(coding, 100)
    assert caught.value.kind is FetchKind.ENCODING


def test_a_plain_body_over_the_limit_is_refused() -> None:
    with pytest.raises(FetchError):
        read(None, b"x" * 101, limit=100)
    assert read(None, b"x" * 100, limit=100) == b"x" * 100


@pytest.mark.parametrize(
    "coding", [None, "", "identity", "UTF-8", "utf-8, windows-1251", "none", "*", "text/xml", "8bit"]
)
def test_a_word_that_is_no_coding_is_none(coding: str | None) -> None:
    assert read(coding, b"<rss/>", step=1) == b"<rss/>"
    assert read(coding, b"") == b""


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_gzip_is_known_without_its_header(step: int) -> None:
    for coding in (None, "UTF-8", "identity"):
        assert read(coding, gzip.compress(b"<rss/>" * 50), step=step) == b"<rss/>" * 50
    assert read("UTF-8, gzip", gzip.compress(b"<rss/>"), step=step) == b"<rss/>"
    for start in (b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x07x", b"\x1fx"):
        assert read(None, start, step=step) == start


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "compress", "gzip, gzip", "gzip, br"])
def test_a_doubted_coding_gives_way_to_the_first_bytes(coding: str, step: int) -> None:
    for data in (b"<rss/>", b"\xef\xbb\xbf\n <rss/>", b'{"version": 1}'):
        for raw in (data, gzip.compress(data)):
            body = Body(coding, 1_000, doubted=True)
            for start in range(0, len(raw), step):
                body.feed(raw[start : start + step])
            assert body.finish() == data


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_doubted_coding_may_be_right(coding: str) -> None:
    body = Body(coding, 1_000, doubted=True)
    body.feed(CODINGS[coding](b"<rss/>"))
    assert body.finish() == b"<rss/>"
    body = Body(coding, 1_000, doubted=True)
    with pytest.raises(FetchError, match="content codings are chained"):
        Body("gzip, br", 1_000, doubted=True).feed(b"\x80 neither")
    body = Body("gzip, gzip", 1_000, doubted=True)
    body.feed(gzip.compress(gzip.compress(b"<rss/>")))
    with pytest.raises(FetchError, match="content codings are chained: gzip, gzip"):
        body.finish()


def test_an_undeclared_bomb_stops_at_the_limit() -> None:
    with pytest.raises(FetchError) as caught:
        read(None, gzip.compress(b"\0" * 5_000_000))
    assert caught.value.kind is FetchKind.TOO_LARGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity", ""])
def test_what_came_of_a_cut_body_can_be_had(coding: str) -> None:
    data = b"".join(b"<item>%d</item>" % number for number in range(20_000))
    raw = CODINGS[coding](data)
    body = Body(coding, 1_000_000)
    body.feed(raw[: -len(raw) // 4])
    found = body.so_far()
    assert data.startswith(found)
    assert len(found) > 10_000
