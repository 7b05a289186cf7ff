"""Time stamps of an authority made with openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from doubles.authority import StampAuthorityDouble, make_authority
from doubles.patience import HANG

from monitor.evidence.chain import digest_of
from monitor.evidence.timestamp import StampError, available, covers, granted, query, signed_by, stamped_data

HASH, OTHER = digest_of("one"), digest_of("other")


@pytest.fixture(scope="module")
def reply(authority: StampAuthorityDouble) -> tuple[bytes, int]:
    request, nonce = query(HASH)
    return authority.reply(request), nonce


def test_a_stamp_has_the_time_and_the_hash(reply: tuple[bytes, int], authority: StampAuthorityDouble) -> None:
    token, nonce = reply
    assert available()
    assert granted(token, HASH, nonce).tzinfo is not None
    assert covers(token, HASH)
    assert not covers(token, OTHER)
    signed_by(token, HASH, [authority.certificate.read_bytes()])
    assert stamped_data(HASH) == HASH.encode()


def test_what_is_no_stamp_of_it_is_refused(
    reply: tuple[bytes, int], authority: StampAuthorityDouble, tmp_path: Path
) -> None:
    token, nonce = reply
    with pytest.raises(StampError, match="something else"):
        granted(token, OTHER)
    with pytest.raises(StampError, match="another request"):
        granted(token, HASH, nonce + 1)
    for rubbish in (b"", b"<html>busy</html>", token[:-1], b"\x30\x03\x02\x01\x00", b"\x30\x80"):
        with pytest.raises(StampError, match="no time stamp"):
            granted(rubbish, HASH)
    stranger = make_authority(tmp_path / "stranger")
    with pytest.raises(StampError, match="signature does not hold"):
        signed_by(token, HASH, [stranger.certificate.read_bytes()])
    with pytest.raises(StampError, match="signature does not hold"):
        signed_by(token, HASH, [b"no certificate"])
    refused = authority.reply(_with_sha1(authority.folder))
    with pytest.raises(StampError, match="refused"):
        granted(refused, HASH)


def _with_sha1(folder: Path) -> bytes:
    """Return a request by a hash that the authority does not take."""
    command = "openssl", "ts", "-query", "-digest", "00" * 20, "-sha1", "-out", "sha1.tsq"
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=HANG)
    return (folder / "sha1.tsq").read_bytes()
