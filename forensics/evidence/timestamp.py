"""RFC 3161 replies: what a time-stamping authority signed about a file, checked without a network.

A reply is CMS (RFC 5652): a TSTInfo with the hash of the file and a time, signed by a certificate that may do
nothing else (RFC 3161, 2.3). `openssl ts -verify` checks the same. Revocation is not looked up: that needs a
network. Needs the `seal` extra (asn1crypto, cryptography).
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from forensics.errors import IntegrityError, UsageError

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_GRANTED = {"granted", "granted_with_mods"}
_LONGEST_CHAIN = 8


class Stamp(NamedTuple):
    """When a file existed, and who says so."""

    time: datetime
    authority: str


def certificates(path: Path) -> list[x509.Certificate]:
    """Read certificates in PEM. Raise `UsageError` for a file that has none."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{path} holds no certificates", hint="give a file of PEM certificates") from None


def check(reply: bytes, message: bytes, trusted: Sequence[x509.Certificate]) -> Stamp:
    """Return what a reply says about a message. Raise `IntegrityError` naming the first thing wrong with it."""
    try:
        info, signer, signed, own = _open(reply)
        imprint = info["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        time = info["gen_time"].native
        digest = imprint["hashed_message"].native
    except (ValueError, TypeError, KeyError, IndexError):
        raise IntegrityError("is no time-stamp reply, or one that refuses") from None
    if algorithm not in _HASHES or not hmac.compare_digest(hashlib.new(algorithm, message).digest(), digest):
        raise IntegrityError("stamps another file")
    certificate = _signer(signer, own)
    _check_signature(signer, signed, certificate)
    _check_use(certificate)
    _check_chain(certificate, [*own, *trusted], trusted, time)
    return Stamp(time, certificate.subject.rfc4514_string())


def _open(reply: bytes) -> tuple[tsp.TSTInfo, cms.SignerInfo, bytes, list[x509.Certificate]]:
    """Return TSTInfo, its only signer, its exact bytes and the certificates of a granted reply in DER."""
    response = tsp.TimeStampResp.load(reply, strict=True)
    if response["status"]["status"].native not in _GRANTED:
        raise IntegrityError("is a refusal of the authority, not a time stamp")
    if response.dump(force=True) != reply:
        raise IntegrityError("is no time-stamp reply in its one form (DER)")
    signed = response["time_stamp_token"]["content"]
    content = signed["encap_content_info"]
    if content["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
        raise IntegrityError("is no time-stamp token of one signer")
    own = [x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"]]
    return content["content"].parsed, signed["signer_infos"][0], content["content"].contents, own


def _attribute(signer: cms.SignerInfo, name: str) -> Any:  # noqa: ANN401 - asn1crypto has no types
    values = [one["values"] for one in signer["signed_attrs"] if one["type"].native == name]
    if len(values) != 1 or len(values[0]) != 1:
        raise IntegrityError(f"lacks the signed attribute {name}")
    return values[0][0]


def _signer(signer: cms.SignerInfo, own: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the certificate that the signed attributes name by its hash."""
    kinds = {one["type"].native for one in signer["signed_attrs"]}
    version = "signing_certificate_v2" if "signing_certificate_v2" in kinds else "signing_certificate"
    identified = _attribute(signer, version)["certs"][0]
    algorithm = "sha1" if version == "signing_certificate" else identified["hash_algorithm"]["algorithm"].native
    for certificate in own:
        if hashlib.new(algorithm, certificate.public_bytes(Encoding.DER)).digest() == identified["cert_hash"].native:
            return certificate
    raise IntegrityError("does not hold the certificate it was signed with")


def _check_signature(signer: cms.SignerInfo, signed: bytes, certificate: x509.Certificate) -> None:
    """Check that the signed attributes hold the hash of the content, and that the certificate signed them."""
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if algorithm not in _HASHES or _attribute(signer, "content_type").native != "tst_info":
        raise IntegrityError("is signed in a way that is not accepted")
    if _attribute(signer, "message_digest").native != hashlib.new(algorithm, signed).digest():
        raise IntegrityError("changed: its content does not hash to what was signed")
    attributes = signer["signed_attrs"].untag().dump()
    signature, chosen, key = signer["signature"].native, _HASHES[algorithm](), certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, attributes, padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, attributes, ec.ECDSA(chosen))
        else:
            raise IntegrityError("is signed with a kind of key that is not accepted")
    except InvalidSignature:
        raise IntegrityError("changed: its signature is not one of its certificate") from None


def _check_use(certificate: x509.Certificate) -> None:
    """Check that the certificate is for time stamps and for nothing else, critically so (RFC 3161, 2.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise IntegrityError("is signed with a certificate that is not for time stamps") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise IntegrityError("is signed with a certificate that is not for time stamps alone")


def _check_chain(
    leaf: x509.Certificate, known: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate], time: datetime
) -> None:
    """Follow issuers until a trusted certificate; each must be valid at the time of the stamp."""
    here = leaf
    for _ in range(_LONGEST_CHAIN):
        if not here.not_valid_before_utc <= time <= here.not_valid_after_utc:
            raise IntegrityError(f"uses a certificate that was not valid then: {here.subject.rfc4514_string()}")
        if here in trusted:
            return
        issuer = next((one for one in known if one != here and _issued(here, one)), None)
        if issuer is None:
            break
        here = issuer
    raise IntegrityError(f"leads to no trusted certificate: {here.issuer.rfc4514_string()} is not among them")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether a certificate authority issued a certificate."""
    try:
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return True
