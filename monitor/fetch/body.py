"""Decoding of one content coding in bounded steps: a decompression bomb never exceeds the allowed memory."""

from __future__ import annotations

import contextlib
import io
import re
import zlib
from collections.abc import Callable
from functools import partial
from typing import Protocol

import brotli
import zstandard

from monitor.errors import FetchError, FetchKind

ACCEPTED = "gzip, deflate, br, zstd"
# IANA's HTTP Content Coding Registry, without those that are read here: a body in one of these is no plain one.
_NOT_READ = {"aes128gcm", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress"}
_READ = {"br", "deflate", "gzip", "x-gzip", "zstd"}
_GZIP = b"\x1f\x8b\x08"  # RFC 1952, 2.3.1: the magic number, and the only method there is
_MEMBER = _GZIP[:2]
_ZLIB_HEADER = 2  # bytes (RFC 1950, 2.2)
_START = 1_000  # bytes of blanks that are waited for behind
_BLANK = re.compile(rb"\s*|\xef(?:\xbb(?:\xbf\s*)?)?")
_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?\s*[<{\[]")  # how feeds, sitemaps and pages begin
_STEP = 64 * 1024
_ZSTD_WINDOW = 8 * 1024 * 1024  # bytes; RFC 9659: a receiver need not take a larger one
_MOST_FRAMES = 1_000  # of zstd in one body, which servers send in one


class Decoder(Protocol):
    """Decodes a stream; each call gives at most about `room` + one step of bytes."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Decode a piece. Raises ValueError where the data is not of this coding."""
        ...

    def end(self, room: int) -> bytes:
        """Return the remaining bytes. Raises ValueError where the data is not of this coding."""
        ...

    def is_whole(self) -> bool:
        """Return whether the stream, as far as it came, is complete; asked after `end`."""
        ...


class _Identity:
    def feed(self, data: bytes, room: int) -> bytes:
        del room
        return data

    def end(self, room: int) -> bytes:
        del room
        return b""

    def is_whole(self) -> bool:
        return True


class _Zlib:
    """gzip, and deflate in both of its readings: with a zlib header, as the standard says, and raw, as servers send."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | (16 if gzip else 0))
        self._started = gzip
        self._any = False
        # A first byte that decides nothing yet: of what may be another member, or of deflate, whose header has two.
        self._begun = b""

    def feed(self, data: bytes, room: int) -> bytes:
        self._any = self._any or bool(data)
        data, self._begun = self._begun + data, b""
        out = bytearray()
        if not self._started and len(data) < _ZLIB_HEADER:
            self._begun = data
            return b""
        while data and len(out) <= room:
            if self._stream.eof:
                if data == _MEMBER[:1]:
                    self._begun = data  # a piece of the connection may end anywhere
                    break
                if not self._gzip or not data.startswith(_MEMBER):
                    break  # padding after the end is common and harmless
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            out += self._step(data)
            data = self._stream.unconsumed_tail or self._stream.unused_data
        return bytes(out)

    def _step(self, data: bytes) -> bytes:
        try:
            piece = self._stream.decompress(data, _STEP)
        except zlib.error as error:
            if self._started:
                raise ValueError(str(error)) from error
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            self._started = True
            return self._step(data)
        self._started = True
        return piece

    def end(self, room: int) -> bytes:
        del room
        return b""

    def is_whole(self) -> bool:
        return self._stream.eof or not self._any


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        out = bytearray()
        try:
            out += self._stream.process(data, output_buffer_limit=_STEP)
            while not self._stream.can_accept_more_data() and len(out) <= room:
                out += self._stream.process(b"", output_buffer_limit=_STEP)
        except brotli.error as error:
            raise ValueError(str(error)) from error
        return bytes(out)

    def end(self, room: int) -> bytes:
        del room
        return b""

    def is_whole(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    """Keeps the compressed body (no longer than the limit) and reads from it at the end.

    The library's push interface gives all that a piece of input expands to at once (6 KB gave 400 MB); its pull
    interface gives what is asked for.
    """

    def __init__(self) -> None:
        self._raw = bytearray()

    def feed(self, data: bytes, room: int) -> bytes:
        self._raw += data
        if len(self._raw) > max(room, _STEP):
            raise FetchError("the compressed body is larger than the decoded one may be", FetchKind.TOO_LARGE)
        return b""

    def end(self, room: int) -> bytes:
        out = bytearray()
        decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        try:
            with decompressor.stream_reader(io.BytesIO(bytes(self._raw)), read_across_frames=True) as reader:
                while len(out) <= room and (piece := reader.read(_STEP)):
                    out += piece
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error
        return bytes(out)

    def is_whole(self) -> bool:
        """Return whether the last frame is complete: the reader ends in silence where it is cut.

        Asked when the whole is known to fit, so that the push interface is harmless. It copies what follows a frame:
        given all at once, 10 MB of empty frames took minutes, in which the daemon did nothing else.
        """
        decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        stream = decompressor.decompressobj()
        begun, frames = False, 0
        for start in range(0, len(self._raw), _STEP):
            rest = bytes(self._raw[start : start + _STEP])
            while rest:
                stream.decompress(rest)
                begun, rest = not stream.eof, stream.unused_data
                if stream.eof:
                    stream = decompressor.decompressobj()
                    frames += 1
                    if frames > _MOST_FRAMES:
                        raise FetchError(f"the body has more than {_MOST_FRAMES:,} zstd frames", FetchKind.ENCODING)
        return not begun


class _Sniffed:
    """A body whose headers name no coding, or one that it was found not to have: its first bytes tell.

    gzip is known by them, as some servers forget its header, and so is plain text, which begins no other coding that
    failed. Nothing else that is read here, no feed and no page, begins as gzip does. `declared` is for all else.
    """

    def __init__(self, declared: Callable[[], Decoder] | None = None) -> None:
        self._declared = declared
        self._start = b""
        self._stream: Decoder | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        if self._stream is None:
            self._start += data
            if len(self._start) < _START and (_GZIP.startswith(self._start) or self._may_be_text()):
                return b""
            self._stream = self._begun()
            data, self._start = self._start, b""
        return self._stream.feed(data, room)

    def _may_be_text(self) -> bool:
        return self._declared is not None and _BLANK.fullmatch(self._start) is not None

    def _begun(self) -> Decoder:
        if self._start.startswith(_GZIP):
            return _Zlib(gzip=True)
        if self._declared is None or _TEXT.match(self._start):
            return _Identity()
        return self._declared()

    def end(self, room: int) -> bytes:
        return self._start if self._stream is None else self._stream.end(room)

    def is_whole(self) -> bool:
        return self._stream is None or self._stream.is_whole()


def decoder_for(coding: str | None) -> Decoder:
    """Return a decoder for a Content-Encoding value; a word that is no content coding, such as UTF-8, counts for none.

    Raises FetchError(ENCODING) for a chain, and for a coding that is not read here.
    """
    names = [name.strip(' \t"').lower() for name in (coding or "").split(",")]
    names = [name for name in names if name in _READ or name in _NOT_READ]
    if not names:
        return _Sniffed()
    if len(names) > 1:
        raise FetchError(f"content codings are chained: {coding}", FetchKind.ENCODING)
    match names[0]:
        case "gzip" | "x-gzip":
            return _Zlib(gzip=True)
        case "deflate":
            return _Zlib(gzip=False)
        case "br":
            return _Brotli()
        case "zstd":
            return _Zstd()
        case other:
            raise FetchError(f"content coding {other!r} is not read here", FetchKind.ENCODING)


class Body:
    """Collects a decoded body up to a limit.

    `coding` is the Content-Encoding; one that is `doubted` gives way to what the first bytes are. Raises
    FetchError(ENCODING) for one that is not known.
    """

    def __init__(self, coding: str | None, limit: int, *, doubted: bool = False) -> None:
        self._decoder = _Sniffed(partial(decoder_for, coding)) if doubted else decoder_for(coding)
        self._limit = limit
        self._chain = coding if coding is not None and "," in coding else None
        self._data = bytearray()

    def feed(self, raw: bytes) -> None:
        """Add a piece of the encoded body. Raises FetchError: TOO_LARGE, ENCODING."""
        for start in range(0, len(raw), _STEP):
            try:
                self._data += self._decoder.feed(raw[start : start + _STEP], self._limit - len(self._data))
            except ValueError as error:
                raise FetchError(f"the body is not what Content-Encoding says: {error}", FetchKind.ENCODING) from error
            self._check()

    def finish(self) -> bytes:
        """Return the whole body. Raises FetchError: ENCODING, also where it is not complete; TOO_LARGE."""
        try:
            self._data += self._decoder.end(self._limit - len(self._data))
        except ValueError as error:
            raise FetchError(f"the body is not what Content-Encoding says: {error}", FetchKind.ENCODING) from error
        self._check()
        if not self._decoder.is_whole():
            raise FetchError("the compressed body ends too early", FetchKind.ENCODING)
        if self._chain is not None and self._data.startswith(_GZIP):  # the first bytes told of one, and it is two
            raise FetchError(f"content codings are chained: {self._chain}", FetchKind.ENCODING)
        return bytes(self._data)

    def so_far(self) -> bytes:
        """Return what is decoded of a body whose end did not come. Raises FetchError(TOO_LARGE)."""
        with contextlib.suppress(ValueError):
            self._data += self._decoder.end(self._limit - len(self._data))
        self._check()
        return bytes(self._data)

    def first(self) -> bytes:
        """Return the first bytes of a body that is larger than the limit."""
        return bytes(self._data[: self._limit])

    def _check(self) -> None:
        if len(self._data) > self._limit:
            raise FetchError(f"the body is larger than {self._limit:,} bytes", FetchKind.TOO_LARGE)
