"""A time-stamping authority for tests, run with the openssl program: nothing leaves the machine."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
signer_digest = {digest}
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage={use}\n"


def openssl(*args: object) -> bytes:
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True).stdout


@dataclass
class Authority:
    """A root, a certificate it issued, and the configuration of `openssl ts -reply`."""

    folder: Path
    use: str = "critical,timeStamping"
    kind: str = "rsa:2048"
    digest: str = "sha256"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        at = self.folder
        curve = ("-pkeyopt", "ec_paramgen_curve:P-256") if self.kind == "ec" else ()
        openssl("req", "-x509", "-newkey", self.kind, *curve, "-nodes", "-keyout", at / "root.key", "-out",
                at / "root.pem", "-days", 3650, "-subj", f"/CN=Test root of {at.name}.example",
                "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
        openssl("req", "-newkey", self.kind, *curve, "-nodes", "-keyout", at / "tsa.key", "-out", at / "tsa.csr",
                "-subj", f"/CN=Test time of {at.name}.example")  # fmt: skip
        (at / "leaf.cnf").write_text(_LEAF.format(use=self.use))
        openssl("x509", "-req", "-in", at / "tsa.csr", "-CA", at / "root.pem", "-CAkey", at / "root.key", "-set_serial",
                17, "-days", 3000, "-extfile", at / "leaf.cnf", "-out", at / "tsa.pem")  # fmt: skip
        (at / "serial").write_text("01\n")
        (at / "tsa.cnf").write_text(_CONFIG.format(folder=at, digest=self.digest))

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, request: Path) -> Path:
        """Return the reply to a request, as a file."""
        at, reply = self.folder, self.folder / "reply.tsr"
        openssl("ts", "-reply", "-config", at / "tsa.cnf", "-section", "own", "-queryfile", request, "-signer",
                at / "tsa.pem", "-inkey", at / "tsa.key", "-out", reply)  # fmt: skip
        return reply
