"""Keys: what is written, what opens, what is signed, and everything that must be refused."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store
from PIL import Image

from sosie.adapters import certificates, pkcs8
from sosie.adapters import keys as keys_module
from sosie.adapters.keys import Keys
from sosie.core.values import STATEMENT_TAG, BadInput, SignedStatement, canonical

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUSE = "house of four words"
HERS = "only Asta knows this"
BODY = canonical({"act": "approve", "picture": "pic-1"})


@pytest.fixture(scope="module", autouse=True)
def _fast() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**8)
        yield


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspace") / "keys"
    keys = Keys.found(folder, "Maison Example", HOUSE, now=NOW)
    keys.create("asta", "Asta Lindqvist", HERS, now=NOW)
    keys.create("norrsken", "Norrsken AB", "brand passphrase", now=NOW)
    return folder


@pytest.fixture
def keys(founded: Path, tmp_path: Path) -> Keys:
    """A copy of its own for each test, which may change it."""
    return Keys(Path(shutil.copytree(founded, tmp_path / "keys")), HOUSE)


def refused(code: str) -> pytest.RaisesExc[BadInput]:
    return pytest.RaisesExc(BadInput, check=lambda error: error.code == code)


def test_a_statement_says_who_signed_it(keys: Keys) -> None:
    statement = keys.state("asta", HERS, BODY)
    assert statement.body == BODY
    assert keys.check(statement, at=NOW) == "asta"


def test_signed_bytes_are_the_tag_and_the_body(keys: Keys) -> None:
    statement = keys.state("asta", HERS, BODY)
    public = x509.load_pem_x509_certificate(statement.certificate_pem.encode()).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(statement.signature, b"sosie/statement/1\n" + BODY, ec.ECDSA(hashes.SHA256()))


def test_a_signature_for_something_else_is_none_on_a_statement(keys: Keys) -> None:
    good = keys.state("asta", HERS, BODY)
    bare = keys.sign_untagged("asta", HERS, BODY)
    tagged = keys.sign_untagged("asta", HERS, STATEMENT_TAG + BODY)
    assert keys.check(replace(good, signature=tagged), at=NOW) == "asta"
    with refused("statement.signature"):
        keys.check(replace(good, signature=bare), at=NOW)


@pytest.mark.parametrize("part", ["body", "signature"])
def test_every_flipped_byte_is_refused(keys: Keys, part: str) -> None:
    good = keys.state("asta", HERS, BODY)
    data = getattr(good, part)
    tried = 0
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with refused("statement.signature"):
            keys.check(_with(good, part, bytes(changed)), at=NOW)
        tried += 1
    assert tried == len(data) > 30
    assert keys.check(good, at=NOW) == "asta"


def test_anothers_certificate_is_refused(keys: Keys) -> None:
    statement = keys.state("asta", HERS, BODY)
    with refused("statement.signature"):
        keys.check(replace(statement, certificate_pem=keys.certificate("norrsken")), at=NOW)


def test_a_copied_certificate_from_another_workspace_is_refused(keys: Keys, tmp_path: Path) -> None:
    other = Keys.found(tmp_path / "other", "Maison Example", HOUSE, now=NOW)
    other.create("asta", "Asta Lindqvist", HERS, now=NOW)
    statement = other.state("asta", HERS, BODY)
    assert other.check(statement, at=NOW) == "asta"
    with refused("statement.untrusted"):
        keys.check(statement, at=NOW)


def test_a_self_signed_certificate_with_her_id_is_refused(keys: Keys) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    real = x509.load_pem_x509_certificate(keys.certificate("asta").encode())
    builder = (
        x509.CertificateBuilder()
        .subject_name(real.subject)
        .issuer_name(real.issuer)
        .public_key(key.public_key())
        .serial_number(real.serial_number)
        .not_valid_before(real.not_valid_before_utc)
        .not_valid_after(real.not_valid_after_utc)
    )
    for extension in real.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    forged = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    signature = key.sign(STATEMENT_TAG + BODY, ec.ECDSA(hashes.SHA256()))
    with refused("statement.untrusted"):
        keys.check(SignedStatement(BODY, signature, forged), at=NOW)


def test_house_certificates_are_no_party(keys: Keys) -> None:
    claim = keys.claim_chain_pem.split("-----END")[0] + "-----END CERTIFICATE-----\n"
    raw = keys.claim_sign(STATEMENT_TAG + BODY)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    for pem in (claim, keys.root_pem):
        with refused("statement.certificate"):
            keys.check(SignedStatement(BODY, der, pem), at=NOW)


@pytest.mark.parametrize("purpose", ["1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.36"])
def test_a_certificate_for_another_purpose_is_no_partys(keys: Keys, purpose: str) -> None:
    root_key = keys._house("root")
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = (
        certificates.leaf(
            public=key.public_key(),
            subject=[x509.NameAttribute(NameOID.USER_ID, "asta")],
            purposes=(x509.ObjectIdentifier(purpose),),
            root=x509.load_pem_x509_certificate(keys.root_pem.encode()),
            root_key=root_key,
            now=NOW,
        )
        .public_bytes(Encoding.PEM)
        .decode()
    )
    signature = key.sign(STATEMENT_TAG + BODY, ec.ECDSA(hashes.SHA256()))
    statement = SignedStatement(BODY, signature, pem)
    if purpose == certificates.DOCUMENT_SIGNING.dotted_string:
        assert keys.check(statement, at=NOW) == "asta"  # the control
    else:
        with refused("statement.certificate"):
            keys.check(statement, at=NOW)


@pytest.mark.parametrize("pem", ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_an_unreadable_certificate_is_refused(keys: Keys, pem: str) -> None:
    statement = keys.state("asta", HERS, BODY)
    with refused("statement.certificate"):
        keys.check(replace(statement, certificate_pem=pem), at=NOW)


def test_validity_has_two_ends(keys: Keys) -> None:
    statement = keys.state("asta", HERS, BODY)
    certificate = x509.load_pem_x509_certificate(statement.certificate_pem.encode())
    end = certificate.not_valid_after_utc
    assert keys.check(statement, at=end) == "asta"
    for at in (NOW - timedelta(seconds=1), end + timedelta(seconds=1)):
        with refused("statement.expired"):
            keys.check(statement, at=at)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1.5}', b"[" * 9999]
)
def test_a_body_that_is_not_canonical_is_refused(keys: Keys, body: bytes) -> None:
    with refused("statement.form"):
        keys.state("asta", HERS, body)


@pytest.mark.parametrize(
    "party", ["", ".", "..", "../root", "a/b", "A", "é", "a" * 41, "asta\n", "asta\x00", "/etc"]
)
def test_an_id_that_is_no_slug_is_refused_everywhere(keys: Keys, party: str) -> None:
    for attempt in (
        lambda: keys.create(party, "Name", HERS, now=NOW),
        lambda: keys.certificate(party),
        lambda: keys.state(party, HERS, BODY),
        lambda: keys.sign_untagged(party, HERS, BODY),
    ):
        with refused("party.id"):
            attempt()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "ann\u202eatsa", "a\x00"])
def test_a_name_that_would_print_as_another_is_refused(keys: Keys, name: str) -> None:
    with refused("key.name"):
        keys.create("new", name, HERS, now=NOW)


@pytest.mark.parametrize("name", ["Zoë 张伟", "محمد", 'O\'Neill, "Q" <b>', "x" * 200])
def test_any_real_name_is_kept(keys: Keys, name: str) -> None:
    pem = keys.create("new", name, HERS, now=NOW)
    subject = x509.load_pem_x509_certificate(pem.encode()).subject
    (cn,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert cn.value == (name if len(name) <= 64 else "x" * 61 + "…")


def test_a_key_is_made_once(keys: Keys) -> None:
    before = keys.certificate("asta")
    with refused("key.passphrase"):
        keys.create("asta", "Someone Else", "another passphrase", now=NOW)
    with refused("key.exists"):
        keys.create("asta", "Someone Else", HERS, now=NOW)
    assert keys.certificate("asta") == before
    assert keys.check(keys.state("asta", HERS, BODY), at=NOW) == "asta"


def test_a_workspace_is_founded_once(founded: Path) -> None:
    root = (founded / "root" / "certificate.pem").read_bytes()
    with refused("keys.exist"):
        Keys.found(founded, "Other", HOUSE, now=NOW)
    assert (founded / "root" / "certificate.pem").read_bytes() == root
    assert [p.name for p in founded.parent.iterdir()] == ["keys"]


def test_absent_keys_are_said_to_be_absent(keys: Keys, tmp_path: Path) -> None:
    for attempt in (
        lambda: keys.certificate("nobody"),
        lambda: keys.state("nobody", HERS, BODY),
    ):
        with pytest.raises(LookupError, match="nobody"):
            attempt()
    with refused("keys.missing"):
        Keys(tmp_path / "empty", HOUSE)


def test_only_the_passphrase_opens_a_key(keys: Keys, tmp_path: Path) -> None:
    with refused("key.passphrase"):
        keys.state("asta", "not her passphrase", BODY)
    with refused("key.passphrase"):
        keys.state("asta", HOUSE, BODY)
    with refused("key.passphrase"):
        keys.state("asta", "", BODY)
    right = keys.log_key("log").verifier
    wrong = Keys(tmp_path / "keys", "not the house's")
    assert wrong.check(keys.state("asta", HERS, BODY), at=NOW) == "asta"
    assert wrong.log_key("log").verifier == right  # reading a log needs no secret
    for attempt in (
        lambda: wrong.claim_sign(b"x"),
        lambda: wrong.log_key("log").sign(b"note"),
        lambda: wrong.create("new", "New", HERS, now=NOW),
    ):
        with refused("key.passphrase"):
            attempt()


def test_short_passphrases_are_refused(keys: Keys, tmp_path: Path) -> None:
    with refused("key.passphrase_short"):
        Keys.found(tmp_path / "other", "Other", "1234567", now=NOW)
    assert not (tmp_path / "other").exists()
    with refused("key.passphrase_short"):
        keys.create("new", "New", "1234567", now=NOW)
    keys.create("new", "New", "12345678", now=NOW)


def test_a_passphrase_opens_however_its_accents_are_composed(keys: Keys) -> None:
    keys.create("zoe", "Zoë", "cr\u00e8me br\u00fbl\u00e9e", now=NOW)
    keys.state("zoe", "cre\u0300me bru\u0302le\u0301e", BODY)


def test_secrets_stand_in_no_text(keys: Keys) -> None:
    said = [repr(keys), str(keys), repr(keys.log_key("log"))]
    for attempt in (
        lambda: keys.state("asta", "Secret-Try-1", BODY),
        lambda: keys.create("new", "New", "Secr3t!", now=NOW),
    ):
        with pytest.raises(BadInput) as caught:
            attempt()
        said.append(str(caught.value) + repr(caught.value) + repr(caught.value.__cause__))
    for secret in (HOUSE, HERS, "Secret-Try-1", "Secr3t!"):
        assert not any(secret in text for text in said)


def test_files_are_private_and_keys_encrypted(keys: Keys, tmp_path: Path) -> None:
    found = sorted((tmp_path / "keys").rglob("*"))
    secret = [path for path in found if path.name == "key.pem"]
    assert len(secret) == 6
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    for path in secret:
        text = path.read_text()
        assert text.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert not any(b"BEGIN PRIVATE" in p.read_bytes() for p in found if p.is_file())


def test_the_real_cost_is_scrypt_and_openssl_opens_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 2**14)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = pkcs8.encrypt(key, HERS)
    der = b64decode("".join(pem.decode().splitlines()[1:-1]))
    cost = bytes.fromhex("02024000020108020105020120")  # N 16384, r 8, p 5, 32 bytes
    assert bytes.fromhex("2b06010401da47040b") in der
    assert cost in der
    assert pkcs8.decrypt(pem, HERS, where="key").public_key() == key.public_key()
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    done = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-passin", "env:PASS", "-noout"],
        env={**os.environ, "PASS": HERS},
        check=False,
    )
    assert done.returncode == 0


def test_party_certificate_profile(keys: Keys) -> None:
    party = x509.load_pem_x509_certificate(keys.certificate("asta").encode())
    root = x509.load_pem_x509_certificate(keys.root_pem.encode())
    subject = {a.oid: a.value for a in party.subject}
    assert subject == {NameOID.COMMON_NAME: "Asta Lindqvist", NameOID.USER_ID: "asta"}
    usage = party.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.content_commitment) == (True, True)
    assert not usage.value.key_cert_sign
    purposes = party.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [p.dotted_string for p in purposes] == ["1.3.6.1.5.5.7.3.36"]
    party.verify_directly_issued_by(root)
    years = (root.not_valid_after_utc - root.not_valid_before_utc).days / 365.25
    assert years == pytest.approx(20, abs=0.01)


def test_claim_chain_profile_and_raw_signature(keys: Keys) -> None:
    claim, root = x509.load_pem_x509_certificates(keys.claim_chain_pem.encode())
    claim.verify_directly_issued_by(root)
    assert root.subject == root.issuer
    (organization,) = claim.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organization.value == "Maison Example"
    purposes = claim.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {p.dotted_string for p in purposes} == {
        ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
        "1.3.6.1.4.1.62558.2.1",
    }
    usage = claim.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.content_commitment
    own = claim.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    above = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert own.key_identifier == above.digest
    signature = keys.claim_sign(b"claim")
    assert len(signature) == 64
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    public = claim.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(encode_dss_signature(r, s), b"claim", ec.ECDSA(hashes.SHA256()))


def test_an_independent_path_validator_accepts_the_claim_chain(keys: Keys) -> None:
    claim, root = x509.load_pem_x509_certificates(keys.claim_chain_pem.encode())
    inside = NOW + timedelta(days=30)
    builder = PolicyBuilder().store(Store([root])).time(inside)
    policy = ExtensionPolicy
    verifier = builder.extension_policies(
        ca_policy=policy.webpki_defaults_ca(), ee_policy=policy.permit_all()
    ).build_client_verifier()
    chain = verifier.verify(claim, []).chain
    assert chain == [claim, root]


def test_content_credentials_are_trusted_under_our_root_and_no_other(
    founded: Path, tmp_path: Path
) -> None:
    keys = Keys(founded, HOUSE)
    picture, signed = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (64, 64), "gray").save(picture, "JPEG")
    created = {"action": "c2pa.created", "digitalSourceType": f"{_IPTC}/digitalCapture"}
    manifest = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}]}
    signer = c2pa.Signer.from_callback(
        keys.claim_sign, c2pa.C2paSigningAlg.ES256, keys.claim_chain_pem, None
    )
    c2pa.Builder(manifest).sign(signer, "image/jpeg", io.BytesIO(picture.getvalue()), signed)
    other = Keys.found(tmp_path / "other", "Maison Example", HOUSE, now=NOW)
    states = []
    for root in (keys.root_pem, other.root_pem):
        offline = {"verify_trust": True, "remote_manifest_fetch": False}
        context = c2pa.Context.from_dict({"trust": {"trust_anchors": root}, "verify": offline})
        reader = c2pa.Reader("image/jpeg", io.BytesIO(signed.getvalue()), context=context)
        states.append(json.loads(reader.json())["validation_state"])
    assert states == ["Trusted", "Valid"]


_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype"


def test_house_keys_are_stretched_once(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def counting(pem: bytes, passphrase: str, *, where: str) -> pkcs8.PrivateKey:
        opened.append(where)
        return pkcs8.decrypt(pem, passphrase, where=where)

    monkeypatch.setattr(keys_module, "decrypt", counting)
    for _ in range(5):
        keys.claim_sign(b"x")
        keys.log_key("log").sign(b"note")
        keys.state("asta", HERS, BODY)
    assert sorted(opened) == ["house key `claim`", "house key `log`", *["key of asta"] * 5]


def test_the_log_key_speaks_signed_note(keys: Keys) -> None:
    log = keys.log_key("sosie.example/log")
    name, short, encoded = log.verifier.split("+", 2)
    public = b64decode(encoded)
    assert name == "sosie.example/log"
    assert (len(public), public[0]) == (33, 1)
    assert short == sha256(b"sosie.example/log\n" + public).hexdigest()[:8]
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(log.sign(b"note\n"), b"note\n")
    assert keys.log_key("other").verifier.endswith(encoded)
    for origin in ("", "a b", "a+b", "a\n"):
        with refused("log.origin"):
            keys.log_key(origin)


def test_a_key_under_the_wrong_certificate_is_noticed(keys: Keys, tmp_path: Path) -> None:
    parties = tmp_path / "keys" / "parties"
    shutil.copy(parties / "norrsken" / "certificate.pem", parties / "asta" / "certificate.pem")
    with refused("key.mismatch"):
        keys.state("asta", HERS, BODY)


def test_a_stop_while_writing_leaves_no_half_key(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", _full_disk)
    with pytest.raises(OSError, match="no space"):
        keys.create("new", "New", HERS, now=NOW)
    monkeypatch.undo()
    assert sorted(p.name for p in (tmp_path / "keys" / "parties").iterdir()) == ["asta", "norrsken"]
    keys.create("new", "New", HERS, now=NOW)


def _with(statement: SignedStatement, part: str, data: bytes) -> SignedStatement:
    if part == "body":
        return replace(statement, body=data)
    return replace(statement, signature=data)


def _full_disk(descriptor: int) -> None:
    raise OSError("no space left")


def test_a_key_for_one_signature_is_the_partys_for_an_hour(keys: Keys) -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    then = NOW + timedelta(days=1)
    pem = keys.vouch("asta", public, passkey=b"a passkey", now=then)
    for minutes in (-59, 0, 59):
        assert keys.identify(pem, at=then + timedelta(minutes=minutes)) == "asta"
    with refused("statement.expired"):
        keys.identify(pem, at=then + timedelta(minutes=61))
    (unit,) = x509.load_pem_x509_certificate(pem.encode()).subject.get_attributes_for_oid(
        NameOID.ORGANIZATIONAL_UNIT_NAME
    )
    assert unit.value == "passkey " + sha256(b"a passkey").hexdigest()[:32]
    with pytest.raises(LookupError):
        keys.vouch("nobody", public, passkey=b"a passkey", now=NOW)
