"""STAGE 4: case in, sealed package out; package or case in, every difference out."""

from pathlib import Path

from forensics.errors import UsageError
from forensics.evidence.check_case import verify_case
from forensics.evidence.check_package import verify_package
from forensics.evidence.outcome import NOT_SHOWN, Expected, Exported, Verified
from forensics.evidence.package import export
from forensics.evidence.seals import attach

__all__ = ["NOT_SHOWN", "Expected", "Exported", "Verified", "attach", "export", "verify"]

_PACKAGE_MARKS = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")


def verify(target: Path, expected: Expected | None = None) -> Verified:
    """Check a package or a case against everything it recorded about itself.

    Problems are returned, not raised: the caller decides how to end. Raise `UsageError` for a folder that is
    neither.
    """
    expected = expected or Expected()
    if any((target / name).is_file() for name in _PACKAGE_MARKS):
        return verify_package(target, expected)
    if (target / "case.toml").is_file():
        return verify_case(target, expected.chain)
    raise UsageError(f"{target} is neither a package nor a case", hint="name a folder with bagit.txt or case.toml")
