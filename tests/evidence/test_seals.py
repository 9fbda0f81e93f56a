"""Who sealed a package and when: stock ssh-keygen and openssl come to the same verdict."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

from forensics.case import Case, check_custody
from forensics.errors import IntegrityError, UsageError
from forensics.evidence import Expected, attach, export, seals, verify
from tests.conftest import Run
from tests.evidence.authority import Authority, openssl

Sealed = Callable[..., Path]
TOP = "tagmanifest-sha512.txt"


def make_key(folder: Path, name: str, *args: str) -> Path:
    folder.mkdir(exist_ok=True)
    arguments = ["-q", "-t", "ed25519", "-N", "", "-C", name, *args]
    subprocess.run(["ssh-keygen", *arguments, "-f", folder / name], check=True)
    return folder / name


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "keys", "investigator")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def sealed(case: Case, tmp_path: Path, key: Path) -> Sealed:
    """Export the case signed, by default with the key of the investigator."""

    def made(name: str = "package", by: Path | None = key) -> Path:
        export(case, tmp_path / name, queries={}, report_files={}, sign=by)
        return tmp_path / name

    return made


def ssh_accepts(package: Path, signers: Path | None = None) -> bool:
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", signers or package / "seal/allowed_signers", "-I", "forensics",
         "-n", "forensics-package@v1", "-s", package / "seal/tagmanifest-sha512.txt.sig"],
        input=(package / TOP).read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def relist(package: Path) -> None:
    """Make the manifest of the seals agree with what is there: the work of a careful forger."""
    from forensics.evidence.seals import _write_manifest  # noqa: PLC0415 - a forger's tool

    _write_manifest(package)


def test_ssh_keygen_accepts_the_signature_and_so_do_we(sealed: Sealed, key: Path) -> None:
    package = sealed()
    assert ssh_accepts(package)
    assert bagit.Bag(str(package)).validate()
    found = verify(package, Expected(signer=key.with_suffix(".pub")))
    listed = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True, check=True).stdout.split()[1]
    assert found.problems == ()
    assert f"signed with {listed}, a key you expect" in found.notes
    assert f"Signing-Key: {listed}\n" in (package / "bag-info.txt").read_text()


def test_signature_is_the_one_ssh_keygen_writes(sealed: Sealed, key: Path) -> None:
    package = sealed()
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "forensics-package@v1"]
    theirs = subprocess.run(command, input=(package / TOP).read_bytes(), capture_output=True, check=True).stdout
    assert (package / "seal/tagmanifest-sha512.txt.sig").read_bytes() == theirs


def test_signature_that_somebody_makes_later_with_ssh_keygen_is_checked(sealed: Sealed, key: Path) -> None:
    """A key on a token cannot be given to us: its owner signs, and says in a letter which key it is."""
    package = sealed("package", None)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "forensics-package@v1", package / TOP], check=True
    )
    shutil.move(package / f"{TOP}.sig", package / "seal" / f"{TOP}.sig")
    relist(package)
    (problem,) = verify(package, Expected(signer=key.with_suffix(".pub"))).problems
    assert problem.endswith("bag-info.txt names None")


def test_signature_of_another_package_is_located(sealed: Sealed, case: Case) -> None:
    package = sealed()
    case.record("analyze", {"note": "later"})
    other = sealed("other")
    shutil.copy(other / "seal/tagmanifest-sha512.txt.sig", package / "seal")
    relist(package)
    assert verify(package).problems == ("seal/tagmanifest-sha512.txt.sig is not a signature of this file",)
    assert not ssh_accepts(package)


def test_signature_by_another_key_is_located_even_with_its_own_signers_file(sealed: Sealed, tmp_path: Path) -> None:
    package, forger = sealed(), make_key(tmp_path / "keys", "forger")
    forged = sealed("forged", forger)
    for name in ("tagmanifest-sha512.txt.sig", "allowed_signers"):
        shutil.copy(forged / "seal" / name, package / "seal")
    relist(package)
    assert verify(package).problems == ("seal/tagmanifest-sha512.txt.sig is not a signature of this file",)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", forger, "-n", "forensics-package@v1", package / TOP], check=True
    )
    shutil.move(package / f"{TOP}.sig", package / "seal" / f"{TOP}.sig")
    relist(package)
    assert ssh_accepts(package), "ssh-keygen believes the signers file beside the signature"
    (problem,) = verify(package).problems
    assert problem.startswith("seal/tagmanifest-sha512.txt.sig is by SHA256:")
    assert ", bag-info.txt names SHA256:" in problem


def test_package_sealed_again_by_a_forger_agrees_with_itself_but_not_with_the_key_one_expects(
    sealed: Sealed, key: Path, tmp_path: Path
) -> None:
    forged = sealed("forged", make_key(tmp_path / "keys", "forger"))
    assert verify(forged).problems == ()
    assert "compare it with the key you know" in "; ".join(verify(forged).notes)
    (problem,) = verify(forged, Expected(signer=key.with_suffix(".pub"))).problems
    assert problem.endswith("which is not a key you expect")


def test_signature_that_was_taken_away_is_missing(sealed: Sealed, key: Path) -> None:
    package = sealed()
    (package / "seal/tagmanifest-sha512.txt.sig").unlink()
    (package / "seal/allowed_signers").unlink()
    relist(package)
    (problem,) = verify(package).problems
    assert problem.startswith("seal/tagmanifest-sha512.txt.sig is missing: bag-info.txt names the key SHA256:")
    unsigned = sealed("unsigned", None)
    assert verify(unsigned).problems == ()
    assert verify(unsigned, Expected(signer=key.with_suffix(".pub"))).problems == (
        "the package is not signed: you expect a signature",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is no OpenSSH private key"), (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", "is no OpenSSH private key")],
)
def test_file_that_is_no_key_is_refused(sealed: Sealed, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        sealed("package", tmp_path / "bad")
    assert not (tmp_path / "package").exists()


def test_key_with_a_passphrase_or_of_another_kind_is_refused_with_a_way_out(sealed: Sealed, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has a passphrase"):
        sealed("package", make_key(tmp_path / "keys", "locked", "-N", "secret words"))
    with pytest.raises(UsageError, match="is no Ed25519 key"):
        sealed("package", make_key(tmp_path / "keys", "rsa", "-t", "rsa"))


def test_without_the_extra_packages_everything_but_seals_works_and_says_so(
    sealed: Sealed, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import forensics.evidence  # noqa: PLC0415 - to take two modules out of it

    package = sealed()
    for name in ("sshsig", "timestamp"):
        monkeypatch.setitem(sys.modules, f"forensics.evidence.{name}", None)
        monkeypatch.delattr(forensics.evidence, name, raising=False)
    found = verify(package)
    assert found.problems == ()
    assert any(note.startswith("the signature was not checked: pip install") for note in found.notes)
    with pytest.raises(UsageError, match="need two more packages"):
        sealed("signed", key)
    assert verify(sealed("unsigned", None)).problems == ()


def test_commands_sign_stamp_and_compare(forensics: Run, case: Case, tmp_path: Path, key: Path) -> None:
    authority, package = Authority(tmp_path / "cli"), tmp_path / "package"
    done = forensics("export", package, "-C", case.folder, "--sign", key)
    assert done.returncode == 0, done.stderr
    reply = authority.answer(package / "seal" / f"{TOP}.tsq")
    assert forensics("timestamp", package, reply, "--tsa-chain", authority.root).returncode == 0
    length, head = check_custody(case.folder / "custody.jsonl")
    known = ["--signer", f"{key}.pub", "--tsa-chain", authority.root, "--expect-length", length, "--expect-head", head]
    done = forensics("verify", package, *known, "--json")
    told = json.loads(done.stdout)["data"]
    assert (done.returncode, told["problems"], len(told["not_shown"])) == (0, [], 3)
    assert any("a key you expect" in note for note in told["notes"])
    assert any("an authority you trust" in note for note in told["notes"])
    wrong = forensics("verify", package, "--expect-length", length, "--expect-head", "0" * 64)
    assert (wrong.returncode, "you expect another" in wrong.stdout) == (5, True)
    assert forensics("verify", package, "--expect-length", length).returncode == 2
    script = subprocess.run(["sh", package / "data/verify.sh"], capture_output=True, text=True, check=False)
    assert script.returncode == 0, script.stdout
    assert [line.split(":")[0] for line in script.stdout.splitlines()[:2]] == [
        "signed with the key in seal/allowed_signers", "time stamp",
    ]  # fmt: skip
    shutil.copy(authority.root, package / "seal/tagmanifest-sha512.txt.sig")
    script = subprocess.run(["sh", package / "data/verify.sh"], capture_output=True, text=True, check=False)
    assert (script.returncode, "is not a signature by the key" in script.stdout) == (1, True)


# --- time ----------------------------------------------------------------------------------------------------


def test_request_is_the_one_openssl_writes(sealed: Sealed) -> None:
    package = sealed()
    theirs = openssl("ts", "-query", "-data", package / TOP, "-sha512", "-no_nonce", "-cert")
    assert (package / "seal" / f"{TOP}.tsq").read_bytes() == theirs


@pytest.mark.parametrize(("kind", "digest"), [("rsa:2048", "sha256"), ("ec", "sha384"), ("rsa:2048", "sha512")])
def test_openssl_accepts_the_reply_and_so_do_we(sealed: Sealed, tmp_path: Path, kind: str, digest: str) -> None:
    package, own = sealed(), Authority(tmp_path / "own", kind=kind, digest=digest)
    said = attach(package, own.answer(package / "seal" / f"{TOP}.tsq"), own.root)
    assert said.startswith("CN=Test time of own.example says that it existed at 20")
    reply = package / "seal" / f"{TOP}.tsr"
    assert b"Verification: OK" in openssl("ts", "-verify", "-data", package / TOP, "-in", reply, "-CAfile", own.root)
    found = verify(package, Expected(authorities=own.root))
    assert found.problems == ()
    assert any("an authority you trust; revocation was not looked up" in note for note in found.notes)
    assert bagit.Bag(str(package)).validate()


def test_reply_about_another_package_is_refused(sealed: Sealed, case: Case, authority: Authority) -> None:
    package = sealed()
    case.record("analyze", {"note": "later"})
    other = sealed("other")
    with pytest.raises(IntegrityError, match="stamps another file"):
        attach(package, authority.answer(other / "seal" / f"{TOP}.tsq"), authority.root)
    assert not (package / "seal" / f"{TOP}.tsr").exists()


def test_reply_of_an_authority_one_does_not_trust_is_located(
    sealed: Sealed, authority: Authority, tmp_path: Path
) -> None:
    package, other = sealed(), Authority(tmp_path / "two")
    attach(package, authority.answer(package / "seal" / f"{TOP}.tsq"), authority.root)
    (problem,) = verify(package, Expected(authorities=other.root)).problems
    assert problem == (f"seal/{TOP}.tsr leads to no trusted certificate: CN=Test root of one.example is not among them")
    assert verify(sealed("bare"), Expected(authorities=other.root)).problems == (
        "the package has no time stamp: you expect one",
    )


def test_certificate_for_another_use_is_refused(sealed: Sealed, tmp_path: Path) -> None:
    package, web = sealed(), Authority(tmp_path / "web", use="timeStamping,serverAuth")
    # openssl itself refuses to sign with such a certificate: a forger would patch it, so we splice the signer in
    request = package / "seal" / f"{TOP}.tsq"
    done = subprocess.run(
        ["openssl", "ts", "-reply", "-config", web.folder / "tsa.cnf", "-section", "own", "-queryfile", request,
         "-signer", web.folder / "tsa.pem", "-inkey", web.folder / "tsa.key", "-out", web.folder / "r.tsr"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    from forensics.evidence import timestamp  # noqa: PLC0415 - the check that openssl's refusal hides

    (certificate,) = timestamp.certificates(web.folder / "tsa.pem")
    with pytest.raises(IntegrityError, match="not for time stamps alone"):
        timestamp._check_use(certificate)


def test_changed_bytes_all_over_a_reply_are_located(sealed: Sealed, authority: Authority) -> None:
    package = sealed()
    attach(package, authority.answer(package / "seal" / f"{TOP}.tsq"), authority.root)
    path = package / "seal" / f"{TOP}.tsr"
    whole = path.read_bytes()
    expected = f"seal/{TOP}.tsr"
    for at in range(0, len(whole), 31):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        problems, _ = seals.check(package, Expected())
        assert problems[0] == f"{expected} changed", at


def test_reply_changed_where_it_counts_is_refused_by_its_signature(sealed: Sealed, authority: Authority) -> None:
    """Also by a forger who keeps the manifest of the seals right."""
    package = sealed()
    attach(package, authority.answer(package / "seal" / f"{TOP}.tsq"), authority.root)
    path = package / "seal" / f"{TOP}.tsr"
    whole = path.read_bytes()
    at = whole.index(b"Z", whole.index(b"\x18\x0f20"))
    for position in (at - 1, len(whole) - 1):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        relist(package)
        (problem,) = verify(package).problems
        assert problem.startswith(f"seal/{TOP}.tsr changed: ")


def test_file_that_is_no_reply_is_refused(sealed: Sealed, authority: Authority, tmp_path: Path) -> None:
    package = sealed()
    (tmp_path / "x.tsr").write_bytes(b"\x30\x03\x02\x01\x00")
    with pytest.raises(IntegrityError, match="is no time-stamp reply"):
        attach(package, tmp_path / "x.tsr", authority.root)
    (tmp_path / "refused.tsr").write_bytes(bytes.fromhex("30053003020102"))
    with pytest.raises(IntegrityError, match="is no time-stamp reply, or one that refuses"):
        attach(package, tmp_path / "refused.tsr", authority.root)


def test_seal_that_was_added_or_renamed_is_named(sealed: Sealed) -> None:
    package = sealed()
    (package / "seal/extra").write_text("x")
    assert verify(package).problems == ("seal/extra was added",)
    (package / "seal/extra").unlink()
    (package / "seal/allowed_signers").rename(package / "seal/signers")
    assert set(verify(package).problems) == {"seal/signers was added", "seal/allowed_signers is missing"}
