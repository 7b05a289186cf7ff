"""A time-stamp authority made with openssl: a root, a certificate for stamps, and `openssl ts -reply`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from doubles.patience import HANG

_CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {dir}
serial = {dir}/serial
crypto_device = builtin
signer_cert = {dir}/tsa.pem
certs = {dir}/ca.pem
signer_key = {dir}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class StampAuthorityDouble:
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    def reply(self, query: bytes) -> bytes:
        """Return the answer to a request."""
        (self.folder / "in.tsq").write_bytes(query)
        self._openssl(
            "ts", "-reply", "-queryfile", "in.tsq", "-config", "tsa.cnf", "-section", "one", "-out", "out.tsr"
        )
        return (self.folder / "out.tsr").read_bytes()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=HANG)


def make_authority(folder: Path) -> StampAuthorityDouble:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tsa.cnf").write_text(_CONFIG.format(dir=folder), encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    made = StampAuthorityDouble(folder)
    key = "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-config", "tsa.cnf"
    made._openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Root", "-extensions", "ca")
    made._openssl("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Stamps")
    made._openssl(
        *("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30"),
        *("-extfile", "tsa.cnf", "-extensions", "stamps", "-out", "tsa.pem"),
    )
    return made
