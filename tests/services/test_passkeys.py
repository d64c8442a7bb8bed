"""Passkeys in a real workspace: registered by their party, bound into what she signs, recorded."""

from __future__ import annotations

import io
import json
from base64 import urlsafe_b64decode
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError

from sosie.core.passkey import Evidence
from sosie.core.ports import Outside
from sosie.core.values import BadInput, Digest
from sosie.services import contract, paper, passkey, workspace
from sosie.services import license as licenses
from sosie.store.models import Passkey, SigningEvidence
from tests.adapters.test_passkeys import Authenticator
from tests.services.conftest import NOW, SECRETS, draft, granted, refused, talked_over, terms


def challenge_in(options: dict[str, Any]) -> bytes:
    text = options["challenge"]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def enrolled(outside: Outside, by: str) -> Authenticator:
    """Register a passkey of a party on a device of her own."""
    device = Authenticator()
    asked = granted(passkey.to_register(outside, by=by))
    made = json.loads(device.register(challenge_in(asked["options"])))
    granted(
        passkey.register(
            outside,
            by=by,
            answer={"nonce": asked["nonce"], "credential": made},
            name="phone",
            passphrase=SECRETS[by],
            now=NOW,
        )
    )
    return device


@pytest.fixture
def made(captured: Outside) -> str:
    row = draft(captured, terms())
    talked_over(captured, row.id)
    granted(contract.make(captured, license=row.id, now=NOW))
    return str(row.id)


def answered(outside: Outside, device: Authenticator, license: str, role: str, by: str) -> Any:
    asked = granted(contract.challenge(outside, license=license, role=role, by=by, now=NOW))
    signed = json.loads(device.sign(challenge_in(asked["options"])))
    return {"nonce": asked["nonce"], "credential": signed}


def sign(outside: Outside, license: str, role: str, by: str, **more: Any) -> Any:
    return contract.sign(
        outside, license=license, role=role, by=by, passphrase=SECRETS[by], now=NOW, **more
    )


def test_a_passkeys_answer_is_bound_into_the_signature_and_kept(
    captured: Outside, made: str
) -> None:
    device = enrolled(captured, "ines")
    answer = answered(captured, device, made, "model", "ines")
    granted(sign(captured, made, "model", "ines", answer=answer))
    row = granted(sign(captured, made, "brand", "nord", witness="Jo Bell, notary"))
    kept = SigningEvidence.objects.get(signature__license=made)
    bound = Evidence.parse(captured.blobs.get(Digest(kept.file)))
    reading = captured.contracts.read(captured.blobs.get(Digest(row.contract)), at=NOW)
    assert reading.problems == ()
    by_role = {signature.role: signature.evidence for signature in reading.signatures}
    assert by_role == {"model": bound.digest, "brand": None}
    assert passkey.of("ines")[0]["signed"] == 1
    assert workspace.fsck(captured) == ()

    (record,) = (p for p in paper.held("ines") if p["kind"] == "signing_record")
    with pikepdf.open(io.BytesIO(captured.blobs.get(Digest(record["file"])))) as pdf:
        said = json.loads(pdf.attachments["signing.json"].get_file().read_bytes())
    assert said["contract"] == row.contract
    assert {s["role"]: s["evidence"] for s in said["signings"]} == {
        "model": bound.digest,
        "brand": None,
    }
    assert "Jo Bell" in next(s["where"] for s in said["signings"] if s["role"] == "brand")


def test_an_answer_for_another_document_role_or_device_is_refused(
    captured: Outside, made: str
) -> None:
    device = enrolled(captured, "ines")
    answer = answered(captured, device, made, "model", "ines")
    stranger = enrolled(captured, "nord")
    other = json.loads(stranger.sign(b"x" * 32))
    with pytest.raises(BadInput, match="passkey"):
        sign(captured, made, "model", "ines", answer={**answer, "nonce": "00" * 16})
    result = sign(captured, made, "model", "ines", answer={**answer, "credential": other})
    assert refused(result) == {"passkey.unknown"}
    assert granted(licenses.find(made)).signatures.count() == 0
    granted(sign(captured, made, "model", "ines", answer=answer))


def test_where_passkeys_are_demanded_a_passphrase_alone_does_not_sign(
    captured: Outside, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured.passkeys, "demanded", True)
    assert refused(sign(captured, made, "model", "ines")) == {"passkey.demanded"}
    no_passkey = contract.challenge(captured, license=made, role="model", by="ines", now=NOW)
    assert refused(no_passkey) == {"passkey.absent"}
    device = enrolled(captured, "ines")
    answer = answered(captured, device, made, "model", "ines")
    granted(sign(captured, made, "model", "ines", answer=answer))


def test_the_agency_gets_no_challenge_for_her(captured: Outside, made: str) -> None:
    enrolled(captured, "atlas")
    asked = contract.challenge(captured, license=made, role="model", by="atlas", now=NOW)
    assert "law.broken" in refused(asked)


def test_nobody_registers_a_passkey_for_another_nor_one_twice(captured: Outside) -> None:
    device = Authenticator()
    asked = granted(passkey.to_register(captured, by="ines"))
    credential = json.loads(device.register(challenge_in(asked["options"])))
    answer = {"nonce": asked["nonce"], "credential": credential}

    def register(by: str, secret: str) -> Any:
        return passkey.register(captured, by=by, answer=answer, name="", passphrase=secret, now=NOW)

    with pytest.raises(BadInput, match="passphrase"):
        register("ines", SECRETS["nord"])
    with pytest.raises(BadInput, match="passkey"):
        register("nord", SECRETS["nord"])
    granted(register("ines", SECRETS["ines"]))
    assert refused(register("ines", SECRETS["ines"])) == {"passkey.known"}
    with pytest.raises(DatabaseError, match="append-only"):
        Passkey.objects.update(counter=99)
