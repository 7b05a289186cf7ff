"""Time stamps of the chain (RFC 3161), by rfc3161-client, which the extra `timestamps` brings.

What is stamped is the hash of the chain's last entry, as 64 hex digits in ASCII: one stamp covers all entries up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.util import find_spec

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"

_GRANTED = (0, 1)  # RFC 3161, 2.4.2: granted, and granted with changes

# DER of MessageImprint's algorithm (SHA-256) with or without its NULL, and of the octets that follow.
_IMPRINTS = (b"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
             b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20")  # fmt: skip


class StampError(ValueError):
    """An authority's answer is no time stamp of a hash."""


def available() -> bool:
    """Return whether rfc3161-client is installed."""
    return find_spec("rfc3161_client") is not None


def stamped_data(entry_hash: str) -> bytes:
    """Return the bytes that are stamped for an entry of the chain."""
    return entry_hash.encode("ascii")


def query(entry_hash: str) -> tuple[bytes, int]:
    """Return the request for a stamp of an entry's hash, asking for the authority's certificates, and its nonce."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    builder = TimestampRequestBuilder().data(stamped_data(entry_hash)).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.build()
    return request.as_bytes(), request.nonce or 0


def granted(token: bytes, entry_hash: str, nonce: int | None = None) -> datetime:
    """Return the time of a stamp of an entry's hash. Raises StampError for another hash, another request, a refusal."""
    from rfc3161_client import decode_timestamp_response

    try:
        reply = decode_timestamp_response(_ordered(token))
        if reply.status not in _GRANTED:
            words = ", ".join(reply.status_string) or "it does not say why"
            raise StampError(f"the authority refused (status {reply.status}): {words}")
        found = reply.tst_info
        imprint, moment, answered = found.message_imprint.message, found.gen_time, found.nonce
    except ValueError as error:
        raise error if isinstance(error, StampError) else StampError(f"it is no time stamp: {error}") from error
    if imprint != sha256(stamped_data(entry_hash)).digest():
        raise StampError("it is a stamp of something else")
    if nonce is not None and answered != nonce:
        raise StampError("it answers another request")
    return moment


def covers(token: bytes, entry_hash: str) -> bool:
    """Return whether a stamp has an entry's hash: by its bytes, where rfc3161-client is not at hand."""
    digest = sha256(stamped_data(entry_hash)).digest()
    return any(each + digest in token for each in _IMPRINTS)


def signed_by(token: bytes, entry_hash: str, certificates: Sequence[bytes]) -> None:
    """Check an authority's signature against the certificates that are trusted, in PEM. Raises StampError."""
    from cryptography import x509
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        builder = VerifierBuilder()
        for each in certificates:
            for trusted in x509.load_pem_x509_certificates(each):
                builder = builder.add_root_certificate(trusted)
        builder.build().verify_message(decode_timestamp_response(_ordered(token)), stamped_data(entry_hash))
    except (VerificationError, ValueError) as error:
        raise StampError(f"the signature does not hold: {error}") from error


# ----------------------------------------------------------------------------- DER

_CERTIFICATES = 0xA0  # SignedData's field (RFC 5652, 5.1)


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of DER: its tag, and where it and its content stand."""

    tag: int
    start: int
    content: int
    end: int


def _ordered(token: bytes) -> bytes:
    """Return a stamp with its certificates in DER's order, which no signature covers and many authorities ignore.

    rfc3161-client refuses others (`InvalidSetOrdering`), such as those of `openssl ts` with a chain of certificates.
    """
    try:
        reply = _values(token, 0, len(token))[0]
        content_info = _inside(token, reply)[1]
        signed_data = _inside(token, _inside(token, content_info)[1])[0]
        found = next(each for each in _inside(token, signed_data) if each.tag == _CERTIFICATES)
        certificates = sorted(token[each.start : each.end] for each in _inside(token, found))
    except (IndexError, StopIteration):
        return token  # what it is instead, the parser says
    return token[: found.content] + b"".join(certificates) + token[found.end :]


def _inside(data: bytes, value: _Value) -> list[_Value]:
    return _values(data, value.content, value.end)


def _values(data: bytes, start: int, end: int) -> list[_Value]:
    """Return the values that stand side by side between two places. Raises IndexError where they are cut off."""
    found = []
    while start < end:
        length, content = data[start + 1], start + 2
        if length & 0x80:
            size = length & 0x7F
            length, content = int.from_bytes(data[content : content + size], "big"), content + size
        if content + length > end:
            raise IndexError(content)
        found.append(_Value(data[start], start, content, content + length))
        start = content + length
    return found
