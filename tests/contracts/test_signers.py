"""The one suite that every holder of parties' keys must pass: files, and a token (PKCS#11)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sosie.adapters import pkcs8
from sosie.adapters.keys import Keys
from sosie.adapters.pdf_signatures import PdfSignatures
from sosie.adapters.pkcs11_keys import Pkcs11Keys
from sosie.adapters.typesetting import Typst
from sosie.core.file_format import FileFormat
from sosie.core.seal import CredentialState
from sosie.core.values import BadInput
from tests.adapters.houses import claim, house
from tests.adapters.sample_papers import HOUSE, NOW, contract
from tests.adapters.signed import unsealed

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
SECRET = "4711-and-more"  # the PIN of the token, the passphrase of the files


@pytest.fixture(scope="module", params=["files", "token"])
def keys(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Keys | Pkcs11Keys]:
    folder = tmp_path_factory.mktemp("signers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**8)
        house = Keys.found(folder / "keys", "Maison Example", HOUSE, now=NOW)
        made: Keys | Pkcs11Keys = house
        if request.param == "token":
            patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
            made = _token(folder, house)
        made.create("asta", "Asta Lindqvist", SECRET, now=NOW)
        made.create("maison-nord", "Maison Nord SAS", SECRET, now=NOW)
        yield made


def _token(folder: Path, house: Keys) -> Pkcs11Keys:
    if not MODULE.exists() or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed: `apt install softhsm2`")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "sosie"]
    subprocess.run([*command, "--pin", SECRET, "--so-pin", "12345678"], check=True)
    pkcs11.lib(str(MODULE)).reinitialize()  # a process reads where the tokens lie but once
    return Pkcs11Keys(MODULE, "sosie", house)


def test_it_signs_with_the_key_of_the_certificate(keys: Keys | Pkcs11Keys) -> None:
    pem = keys.certificate("asta")
    assert keys.identify(pem, at=NOW) == "asta"
    public = x509.load_pem_x509_certificate(pem.encode()).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = keys.sign_untagged("asta", SECRET, b"these bytes")
    public.verify(signature, b"these bytes", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"other bytes", ec.ECDSA(hashes.SHA256()))


def test_a_wrong_secret_signs_nothing(keys: Keys | Pkcs11Keys) -> None:
    with pytest.raises(BadInput) as error:
        keys.sign_untagged("asta", "not the secret", b"these bytes")
    assert error.value.code == "key.passphrase"


def test_whoever_has_no_key_signs_nothing(keys: Keys | Pkcs11Keys) -> None:
    with pytest.raises(LookupError, match="nobody"):
        keys.sign_untagged("nobody", SECRET, b"these bytes")


def test_a_key_is_never_replaced(keys: Keys | Pkcs11Keys) -> None:
    before = keys.certificate("asta")
    with pytest.raises(BadInput) as error:
        keys.create("asta", "Another Name", SECRET, now=NOW)
    assert error.value.code == "key.exists"
    assert keys.certificate("asta") == before
    assert keys.sign_untagged("asta", SECRET, b"still hers")


def test_a_contract_is_signed_by_both(keys: Keys | Pkcs11Keys) -> None:
    house = keys if isinstance(keys, Keys) else keys._house
    signatures = PdfSignatures(keys, house=house)
    pdf = Typst().contract(contract())
    for role, party in (("model", "asta"), ("brand", "maison-nord")):
        pdf = signatures.sign(
            pdf, party=party, role=role, passphrase=SECRET, reason="I agree", now=NOW
        )
    reading = signatures.read(pdf, at=NOW + timedelta(days=1))
    assert reading.problems == ()
    assert reading.signers == {"asta", "maison-nord"}


def test_it_signs_content_credentials(keys: Keys | Pkcs11Keys) -> None:
    public = x509.load_pem_x509_certificate(keys.certificate("maison-nord").encode()).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(keys.sign_untagged("maison-nord", SECRET, data))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    made = house("Maison Token", public=public, sign=sign).credentials
    found = made.read(made.sign(unsealed(FileFormat.JPEG), claim()))
    assert (found.state, found.signer) == (CredentialState.TRUSTED, "Maison Token claims")
