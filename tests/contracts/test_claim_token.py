"""The key of content credentials on a token: made by a command, used by every seal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sosie import wiring
from sosie.adapters.keys import Keys
from sosie.core.file_format import FileFormat
from sosie.core.seal import CredentialState
from sosie.core.values import BadInput
from tests.adapters.houses import claim
from tests.adapters.signed import unsealed

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "the house keeps this"
URI = f"pkcs11:token=Maison%20claims;object=claim?module-path={MODULE}"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
JPEG = unsealed(FileFormat.JPEG)
Sosie = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def sosie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sosie:
    """A workspace beside a fresh token; returns the command line."""
    if not MODULE.exists() or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed: `apt install softhsm2`")
    (tmp_path / "tokens").mkdir()
    settings = tmp_path / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n", encoding="utf-8")
    for name, value in (
        ("SOFTHSM2_CONF", str(settings)),
        ("SOSIE_PASSPHRASE_HOUSE", PIN),
        ("SOSIE_CLAIM_KEY", URI),
    ):
        monkeypatch.setenv(name, value)
    command = ["softhsm2-util", "--init-token", "--free", "--label", "Maison claims"]
    subprocess.run([*command, "--pin", PIN, "--so-pin", "12345678"], check=True)

    pkcs11.lib(str(MODULE)).reinitialize()  # a process reads where the tokens lie but once

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sosie", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **more},
            cwd=tmp_path,
        )

    assert run("init", "house", "--name", "maison-test").returncode == 0
    return run


def test_a_key_on_a_token_signs_seals_under_the_root(sosie: Sosie, tmp_path: Path) -> None:
    folder = tmp_path / "house"
    keys = Keys(folder / "keys", PIN)
    unmade = wiring._credentials(keys, PIN)
    with pytest.raises(BadInput, match="no signing key") as caught:
        unmade.sign(JPEG, claim())
    assert "sosie claim-key" in caught.value.remedy
    done = sosie("claim-key", "--workspace", "house", "--json")
    assert done.returncode == 0, done.stderr
    pem = json.loads(done.stdout)["certificate"]
    # Made once: asked again, the same certificate is shown and no second key is made.
    again = sosie("claim-key", "--workspace", "house", "--json")
    assert json.loads(again.stdout)["certificate"] == pem
    assert not list((folder / "keys" / "claim-token").glob("key*"))
    credentials = wiring._credentials(keys, PIN)
    assert credentials.chain_pem == pem + keys.root_pem != keys.claim_chain_pem
    data = credentials.sign(JPEG, claim())
    found = credentials.read(data)
    assert found.state is CredentialState.TRUSTED
    assert found.signer == "maison-test, content credentials"
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    assert der in data
    # Who trusts the root trusts both keys; and with no setting the file's key signs as before.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SOSIE_CLAIM_KEY")
        files = wiring._credentials(keys, PIN)
        assert files.chain_pem == keys.claim_chain_pem
        assert files.read(data).state is CredentialState.TRUSTED
        assert credentials.read(files.sign(JPEG, claim())).state is CredentialState.TRUSTED


def test_the_key_is_the_tokens_and_a_wrong_pin_signs_nothing(sosie: Sosie, tmp_path: Path) -> None:
    assert sosie("claim-key", "--workspace", "house").returncode == 0
    keys = Keys(tmp_path / "house" / "keys", PIN)
    locked = wiring._credentials(keys, "another passphrase")
    with pytest.raises(BadInput) as caught:
        locked.sign(JPEG, claim())
    assert caught.value.code == "key.passphrase"
    # The control: the right one signs.
    assert wiring._credentials(keys, PIN).sign(JPEG, claim())


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("", "token.unnamed"),
        ("claim", "token.uri"),
        ("pkcs11:object=claim?module-path=/usr/lib/x.so", "token.uri"),
        ("pkcs11:token=T;object=claim", "token.uri"),
        ("pkcs11:token=T;object=claim?module-path=/nowhere/x.so", "token.absent"),
    ],
)
def test_what_names_no_token_says_so(
    uri: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIE_CLAIM_KEY", uri)
    Keys.found(tmp_path / "keys", "maison-test", PIN, now=NOW)
    with pytest.raises(BadInput) as caught:
        wiring.make_claim_key(tmp_path, PIN, now=NOW)
    assert caught.value.code == code


def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIE_CLAIM_KEY", "pkcs11:token=T;object=claim?module-path=/nowhere/x.so")
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "sosie.adapters.token", raising=False)
    Keys.found(tmp_path / "keys", "maison-test", PIN, now=NOW)
    with pytest.raises(BadInput) as caught:
        wiring.make_claim_key(tmp_path, PIN, now=NOW)
    assert caught.value.code == "token.library"
    assert "sosie[pkcs11]" in caught.value.remedy
