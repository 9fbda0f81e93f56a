"""SSHSIG: an Ed25519 signature over a file that stock `ssh-keygen -Y verify` accepts.

The wire format is PROTOCOL.sshsig of OpenSSH. Ed25519 is deterministic, so the same key and the same bytes give
the same signature, byte for byte the one `ssh-keygen -Y sign` writes. Reading is strict: text that is not exactly
what this format says is refused, so that no byte of it can change unseen. Needs the `seal` extra (cryptography).
"""

import base64
import binascii
import hashlib
from itertools import pairwise
from pathlib import Path
from struct import error as StructError  # noqa: N812 - an exception is named like one
from struct import pack, unpack_from
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from forensics.errors import IntegrityError, UsageError
from forensics.evidence.bag import NAMESPACE, SIGNER

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n"
_MAGIC = b"SSHSIG"
_KIND = b"ssh-ed25519"
_HASH = "sha512"
_WIDTH = 70
_MOST = 4096  # characters of a signature; an Ed25519 one has 300


class Key(NamedTuple):
    """A public Ed25519 key: its 32 bytes."""

    raw: bytes

    def blob(self) -> bytes:
        """Return the key as OpenSSH writes it."""
        return _string(_KIND) + _string(self.raw)

    def line(self) -> str:
        """Return `ssh-ed25519 AAAA…`, the form of a .pub file without its comment."""
        return f"{_KIND.decode()} {base64.b64encode(self.blob()).decode()}"

    def fingerprint(self) -> str:
        """Return `SHA256:…`, as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob()).digest()).decode().rstrip("=")

    def allowed_signers(self) -> str:
        """Return the line of an allowed_signers file for this key and this use of it."""
        return f'{SIGNER} namespaces="{NAMESPACE}" {self.line()}\n'


def private_key(path: Path) -> Ed25519PrivateKey:
    """Read an OpenSSH private key. Raise `UsageError` for a file that is none, is protected, or is of another kind."""
    hint = "make one with: ssh-keygen -t ed25519 -f KEY"
    try:
        key = load_ssh_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise UsageError(f"cannot read the signing key {path}: {error.strerror}", hint=hint) from None
    except TypeError:
        raise UsageError(
            f"the signing key {path} has a passphrase, which this program never asks for",
            hint=f"export without --sign, then: ssh-keygen -Y sign -f KEY -n {NAMESPACE} tagmanifest-sha512.txt",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path} is no OpenSSH private key", hint=hint) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"the signing key {path} is no Ed25519 key", hint=hint)
    return key


def public(key: Ed25519PrivateKey) -> Key:
    """Return the public half of a key."""
    return Key(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def sign(message: bytes, key: Ed25519PrivateKey) -> str:
    """Return the armored signature of a message."""
    return _armor(public(key), key.sign(_signed_bytes(message)))


def check(armored: str, message: bytes) -> Key:
    """Return the key that made a signature of a message. Raise `IntegrityError` if it is none."""
    key, signature = _read(armored)
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, _signed_bytes(message))
    except (InvalidSignature, ValueError):
        raise IntegrityError("is not a signature of this file") from None
    return key


def keys_in(path: Path) -> list[Key]:
    """Return the Ed25519 keys of a .pub or allowed_signers file. Raise `UsageError` if there is none."""
    words = path.read_text(encoding="utf-8", errors="replace").split() if path.is_file() else []
    found = []
    for kind, text in pairwise(words):
        if kind == _KIND.decode():
            try:
                blob = base64.b64decode(text, validate=True)
            except binascii.Error:
                continue
            if blob[:-32] == _string(_KIND) + pack(">I", 32):
                found.append(Key(blob[-32:]))
    if not found:
        raise UsageError(f"{path} names no Ed25519 key", hint="give a .pub file or an allowed_signers file")
    return found


def _string(value: bytes) -> bytes:
    return pack(">I", len(value)) + value


def _signed_bytes(message: bytes) -> bytes:
    parts = (NAMESPACE.encode(), b"", _HASH.encode(), hashlib.sha512(message).digest())
    return _MAGIC + b"".join(map(_string, parts))


def _armor(key: Key, signature: bytes) -> str:
    parts = (key.blob(), NAMESPACE.encode(), b"", _HASH.encode(), _string(_KIND) + _string(signature))
    text = base64.b64encode(_MAGIC + pack(">I", 1) + b"".join(map(_string, parts))).decode()
    lines = (text[at : at + _WIDTH] + "\n" for at in range(0, len(text), _WIDTH))
    return _BEGIN + "".join(lines) + _END


def _read(armored: str) -> tuple[Key, bytes]:
    """Return key and signature of an armored text that is exactly what `_armor` writes."""
    if not armored.startswith(_BEGIN) or not armored.endswith(_END) or len(armored) > _MOST:
        raise IntegrityError("is no SSH signature")
    try:
        blob = base64.b64decode(armored[len(_BEGIN) : -len(_END)].replace("\n", ""), validate=True)
        key_blob, namespace, _, algorithm, signature = _strings(blob[len(_MAGIC) + 4 :], 5)
        key, signed = _strings(key_blob, 2)[1], _strings(signature, 2)[1]
    except (binascii.Error, StructError, ValueError):
        raise IntegrityError("is no SSH signature") from None
    if (namespace, algorithm) != (NAMESPACE.encode(), _HASH.encode()):
        raise IntegrityError(f"is a signature for another use than {NAMESPACE} with {_HASH}")
    if _armor(Key(key), signed) != armored:
        raise IntegrityError("is no Ed25519 SSH signature in its one form")
    return Key(key), signed


def _strings(blob: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        (length,) = unpack_from(">I", blob)
        if 4 + length > len(blob):
            raise ValueError
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    if blob:
        raise ValueError
    return found
