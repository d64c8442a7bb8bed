"""The key of a twin: what it opens, what it does not, and that it can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sosie.adapters import pkcs8
from sosie.adapters.twin_keys import TAG, FolderTwinKeys
from sosie.core.values import BadInput

HOUSE, TEXT = "house of four words", b"weights of her face" * 50


@pytest.fixture(autouse=True)
def _fast() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**8)
        yield


def test_it_opens_what_it_closed_and_never_twice_alike(tmp_path: Path) -> None:
    keys = FolderTwinKeys(tmp_path, HOUSE)
    one, other = keys.encrypt("asta", TEXT), keys.encrypt("asta", TEXT)
    assert one != other
    assert TEXT[:19] not in one
    assert one.startswith(TAG)
    again = FolderTwinKeys(tmp_path, HOUSE)
    assert again.decrypt("asta", one) == again.decrypt("asta", other) == TEXT
    assert (tmp_path / "asta" / "key.pem").stat().st_mode & 0o777 == 0o600


def test_nothing_else_opens_it(tmp_path: Path) -> None:
    keys = FolderTwinKeys(tmp_path, HOUSE)
    locked = keys.encrypt("asta", TEXT)
    keys.encrypt("ines", TEXT)
    changed = locked[:40] + bytes([locked[40] ^ 1]) + locked[41:]
    for twin, data in (("ines", locked), ("asta", changed), ("asta", b""), ("asta", TEXT)):
        with pytest.raises(BadInput) as error:
            keys.decrypt(twin, data)
        assert error.value.code == "twin.locked"
    (tmp_path / "maja").mkdir()
    (tmp_path / "maja" / "key.pem").write_bytes((tmp_path / "asta" / "key.pem").read_bytes())
    with pytest.raises(BadInput):  # the id is bound in
        keys.decrypt("maja", locked)
    with pytest.raises(BadInput) as error:
        FolderTwinKeys(tmp_path, "another passphrase").decrypt("asta", locked)
    assert error.value.code == "key.passphrase"
    for odd in ("../asta", "", "Asta"):
        with pytest.raises(LookupError):
            keys.encrypt(odd, TEXT)


def test_what_is_forgotten_opens_no_more(tmp_path: Path) -> None:
    keys = FolderTwinKeys(tmp_path, HOUSE)
    locked = keys.encrypt("asta", TEXT)
    keys.forget("asta")
    keys.forget("asta")
    keys.forget("Asta 1")  # no id: it has no key, and hinders nothing
    with pytest.raises(LookupError):
        keys.decrypt("asta", locked)
    keys.encrypt("asta", TEXT)  # a new key of the same twin opens nothing old
    with pytest.raises(BadInput):
        keys.decrypt("asta", locked)
