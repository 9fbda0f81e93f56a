"""What the two commands of this stage did."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forensics.custody import Anchor


@dataclass(frozen=True)
class Exported:
    """A sealed package.

    `files` and `bytes` count its payload, `exhibits` those whose log line is in it, `lines` these lines (several
    exhibits may cite one), `unavailable` the exhibits whose source was out of reach. `seal` is the SHA-256 of
    `tagmanifest-sha512.txt`: whoever keeps it elsewhere can tell later whether the package is still this one. `chain`
    is the chain of custody in it.
    """

    files: int
    bytes: int
    exhibits: int
    lines: int
    unavailable: int
    seal: str
    chain: Anchor


@dataclass(frozen=True)
class Expected:
    """What a verifier knows from elsewhere; without it a package or a case can only agree with itself.

    `chain` is a length and head noted earlier, `signer` a public key or an allowed_signers file, `authorities` the
    certificates (PEM) of the time-stamping authority that the verifier trusts.
    """

    chain: Anchor | None = None
    signer: Path | None = None
    authorities: Path | None = None


# What no check of hashes can tell, whatever it finds.
NOT_SHOWN = {
    "package": (
        "that the log files were complete and true when they were read, or that nothing was left out before sealing",
        "who sealed it, unless a signature is by a key you know; when, unless an authority you trust stamped it",
        "who is behind an account, who directed it, or what was meant",
    ),
    "case": (
        "that the chain was not written anew by whoever can write the folder: compare its head with a note",
        "that the log files were complete and true when they were read",
        "who is behind an account, who directed it, or what was meant",
    ),
}


@dataclass(frozen=True)
class Verified:
    """What a verification found: `problems` name everything that is not as sealed, `notes` what it could not see.

    `lines` counts citations: a line that several exhibits cite is checked for each.
    """

    kind: Literal["package", "case"]
    files: int
    lines: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
