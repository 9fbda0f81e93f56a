"""Seals: who sealed a package and when, in `seal/`, outside the manifests because they speak about these.

    tagmanifest-sha512.txt.sig   SSHSIG by the key that `bag-info.txt` names
    allowed_signers              this key, for `ssh-keygen -Y verify`
    tagmanifest-sha512.txt.tsq   a request to a time-stamping authority, to be carried there at any time
    tagmanifest-sha512.txt.tsr   its reply, attached later, with tsa-chain.pem
    manifest-sha256.txt          the hashes of these files and of itself, so that any change names its file

The request needs nothing; signing and checking need the `seal` extra, which is loaded only when it is needed.
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from forensics.custody import whole_lines
from forensics.errors import IntegrityError, UsageError
from forensics.evidence.bag import TOP, information
from forensics.evidence.outcome import Expected
from forensics.text import visible

FOLDER = "seal"
SIGNATURE, SIGNERS = f"{TOP}.sig", "allowed_signers"
REQUEST, REPLY, CHAIN = f"{TOP}.tsq", f"{TOP}.tsr", "tsa-chain.pem"
MANIFEST = "manifest-sha256.txt"
_KNOWN = (SIGNATURE, SIGNERS, REQUEST, REPLY, CHAIN)
KEY_LABEL = "Signing-Key"
# TimeStampReq { version 1, messageImprint { sha512, … }, certReq TRUE }, in DER, around the 64 bytes of the hash:
# the bytes of `openssl ts -query -sha512 -no_nonce -cert`. Without a nonce the same package has the same request.
_REQUEST_HEAD = bytes.fromhex("3059020101305130 0d0609608648016503040203 0500 0440")
_REQUEST_TAIL = bytes.fromhex("0101ff")
_NEEDS = UsageError("signatures and time stamps need two more packages", hint="pip install 'forensics[seal]'")


def fingerprint(key: Path) -> str:
    """Return the fingerprint of a signing key. Raise `UsageError` for a key that cannot be used."""
    try:
        from forensics.evidence import sshsig
    except ImportError:
        raise _NEEDS from None
    return sshsig.public(sshsig.private_key(key)).fingerprint()


def write(folder: Path, key: Path | None) -> None:
    """Write the request for a time stamp, and the signature if a key is given."""
    sealed = (folder / TOP).read_bytes()
    (folder / FOLDER).mkdir()
    (folder / FOLDER / REQUEST).write_bytes(request(sealed))
    if key:
        from forensics.evidence import sshsig

        private = sshsig.private_key(key)
        (folder / FOLDER / SIGNATURE).write_text(sshsig.sign(sealed, private), encoding="ascii")
        (folder / FOLDER / SIGNERS).write_text(sshsig.public(private).allowed_signers(), encoding="ascii")
    _write_manifest(folder)


def request(sealed: bytes) -> bytes:
    """Return the request that a time-stamping authority answers."""
    return _REQUEST_HEAD + hashlib.sha512(sealed).digest() + _REQUEST_TAIL


def attach(folder: Path, reply: Path, chain: Path) -> str:
    """Put the reply of an authority and its certificates into a package, if they fit it; return what they say."""
    try:
        from forensics.evidence import timestamp
    except ImportError:
        raise _NEEDS from None
    if not (folder / TOP).is_file() or not (folder / FOLDER).is_dir():
        raise UsageError(f"{folder} is no sealed package", hint="name a folder that `forensics export` made")
    if not reply.is_file():
        raise UsageError(f"there is no reply {reply}", hint="an authority answers the .tsq file with a .tsr file")
    stamp = timestamp.check(reply.read_bytes(), (folder / TOP).read_bytes(), timestamp.certificates(chain))
    shutil.copyfile(reply, folder / FOLDER / REPLY)
    shutil.copyfile(chain, folder / FOLDER / CHAIN)
    _write_manifest(folder)
    return f"{visible(stamp.authority)} says that it existed at {stamp.time.isoformat()}"


def check(folder: Path, expected: Expected) -> tuple[list[str], list[str]]:
    """Return what is wrong with the seals of a package, and what they say."""
    problems = _check_files(folder)
    notes: list[str] = []
    if not (folder / TOP).is_file():
        return problems, notes
    for one in (_check_request, _check_signature, _check_reply):
        wrong, said = one(folder, expected)
        problems += wrong
        notes += said
    return problems, notes


def names(folder: Path) -> list[str]:
    """Return the files in `seal/`, sorted."""
    place = folder / FOLDER
    return sorted(path.name for path in place.iterdir()) if place.is_dir() and not place.is_symlink() else []


def _write_manifest(folder: Path) -> None:
    listed = {name: _sha256(folder / FOLDER / name) for name in names(folder) if name != MANIFEST}
    (folder / FOLDER / MANIFEST).write_bytes(_manifest(listed))


def _manifest(listed: Mapping[str, str]) -> bytes:
    """Return the manifest with a last line about itself, so that a change in it accuses no other file."""
    lines = "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)).encode("utf-8", "replace")
    return lines + f"# SHA-256 of the lines above: {hashlib.sha256(lines).hexdigest()}\n".encode()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""


def _check_files(folder: Path) -> list[str]:
    """Compare the files in `seal/` with their manifest, and their names with those that can be there."""
    place, there = folder / FOLDER, set(names(folder)) - {MANIFEST}
    if not (place / MANIFEST).is_file():
        return [f"{FOLDER}/{MANIFEST} is missing"]
    lines = [line.decode("utf-8", "replace") for line in whole_lines(place / MANIFEST)]
    listed = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines[:-1])}
    if (place / MANIFEST).read_bytes() != _manifest(listed):
        return [f"{FOLDER}/{MANIFEST} changed"]
    problems = [f"{FOLDER}/{visible(name)} was added" for name in sorted(there - (set(_KNOWN) & set(listed)))]
    problems += [f"{FOLDER}/{visible(name)} is missing" for name in sorted(set(listed) - there)]
    problems += [
        f"{FOLDER}/{visible(name)} changed"
        for name in sorted(there & set(listed))
        if _sha256(place / name) != listed[name]
    ]
    return problems


def _check_request(folder: Path, _: Expected) -> tuple[list[str], list[str]]:
    path = folder / FOLDER / REQUEST
    if not path.is_file():
        return [], []  # named as missing already, by the manifest of the seals or as that manifest itself
    if path.read_bytes() != request((folder / TOP).read_bytes()):
        return [f"{FOLDER}/{REQUEST} is not the request for this {TOP}"], []
    return [], []


def _check_signature(folder: Path, expected: Expected) -> tuple[list[str], list[str]]:
    """Check that the key that `bag-info.txt` names made the signature, and that it is the key one expects."""
    path, named = folder / FOLDER / SIGNATURE, information(folder).get(KEY_LABEL)
    if not path.is_file():
        missing = [f"{FOLDER}/{SIGNATURE} is missing: bag-info.txt names the key {visible(named)}"] if named else []
        if expected.signer and not named:
            missing = ["the package is not signed: you expect a signature"]
        return missing, [] if named else ["the package is not signed: nothing in it says who sealed it"]
    try:
        from forensics.evidence import sshsig
    except ImportError:
        return [], ["the signature was not checked: pip install 'forensics[seal]', or use ssh-keygen -Y verify"]
    try:
        key = sshsig.check(path.read_text(encoding="utf-8", errors="replace"), (folder / TOP).read_bytes())
    except IntegrityError as error:
        return [f"{FOLDER}/{SIGNATURE} {error}"], []
    problems = []
    if key.fingerprint() != named:
        problems.append(f"{FOLDER}/{SIGNATURE} is by {key.fingerprint()}, bag-info.txt names {visible(str(named))}")
    if (folder / FOLDER / SIGNERS).is_file() and _differs(folder / FOLDER / SIGNERS, key.allowed_signers):
        problems.append(f"{FOLDER}/{SIGNERS} is not the key of the signature")
    if expected.signer:
        if key not in sshsig.keys_in(expected.signer):
            problems.append(f"{FOLDER}/{SIGNATURE} is by {key.fingerprint()}, which is not a key you expect")
        return problems, [f"signed with {key.fingerprint()}, a key you expect"] if not problems else []
    return problems, [f"signed with {key.fingerprint()}: compare it with the key you know (verify --signer FILE)"]


def _differs(path: Path, wanted: Callable[[], str]) -> bool:
    return path.read_bytes() != wanted().encode("ascii")


def _check_reply(folder: Path, expected: Expected) -> tuple[list[str], list[str]]:
    place = folder / FOLDER
    if not (place / REPLY).is_file():
        missing = ["the package has no time stamp: you expect one"] if expected.authorities else []
        return missing, ["no time stamp: only the clock of whoever made the package says when"]
    try:
        from forensics.evidence import timestamp
    except ImportError:
        return [], ["the time stamp was not checked: pip install 'forensics[seal]', or use openssl ts -verify"]
    try:
        trusted = timestamp.certificates(expected.authorities or place / CHAIN)
        stamp = timestamp.check((place / REPLY).read_bytes(), (folder / TOP).read_bytes(), trusted)
    except (IntegrityError, UsageError) as error:
        return [f"{FOLDER}/{REPLY} {visible(str(error))}"], []
    said = f"time stamp {stamp.time.isoformat()} by {visible(stamp.authority)}"
    trust = "an authority you trust" if expected.authorities else "compare its certificates (verify --tsa-chain FILE)"
    return [], [f"{said}: {trust}; revocation was not looked up"]
