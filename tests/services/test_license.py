"""Licenses and contracts in a real workspace: who may sign, what counts, what takes it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError

from sosie.core.ports import Outside
from sosie.core.values import BadInput, Digest, Refusal, canonical
from sosie.services import contract
from sosie.services import license as licenses
from sosie.store.models import DecisionRecord, License, LogEntry
from tests.services.conftest import (
    LATER,
    NOW,
    SECRETS,
    draft,
    granted,
    ordered,
    refused,
    talked_over,
    terms,
)


def sign(outside: Outside, license: str, role: str, by: str, secret: str = "") -> License | Refusal:
    return contract.sign(
        outside,
        license=license,
        role=role,
        by=by,
        passphrase=secret or SECRETS[by],
        now=NOW,
    )


@pytest.fixture
def asked(captured: Outside) -> str:
    row = draft(captured, terms())
    talked_over(captured, row.id)
    granted(contract.make(captured, license=row.id, now=NOW))
    return str(row.id)


def test_the_agency_cannot_sign_for_the_model(captured: Outside, asked: str) -> None:
    result = sign(captured, asked, "model", "atlas")
    assert isinstance(result, Refusal)
    assert "R12" in {reason.rule for reason in result.reasons}
    assert granted(licenses.find(asked)).signatures.count() == 0


def test_nobody_signs_with_another_passphrase(captured: Outside, asked: str) -> None:
    with pytest.raises(BadInput, match="passphrase"):
        sign(captured, asked, "model", "ines", SECRETS["nord"])
    assert granted(licenses.find(asked)).signatures.count() == 0


def test_one_signature_is_not_enough(captured: Outside, asked: str) -> None:
    granted(sign(captured, asked, "brand", "nord"))
    assert "signature.model_missing" in refused(ordered(captured, asked, "front-half"))


def test_both_signatures_count_and_the_attached_terms_are_those_decided_on(
    captured: Outside, asked: str
) -> None:
    granted(sign(captured, asked, "model", "ines"))
    row = granted(sign(captured, asked, "brand", "nord"))
    pdf = captured.blobs.get(Digest(row.contract))
    reading, found = contract.verify(captured, pdf=pdf, now=NOW)
    assert reading.signers == {"ines", "nord"}
    assert found == row
    assert reading.terms == canonical(terms().as_json())


def test_a_changed_contract_does_not_hold(captured: Outside, asked: str) -> None:
    granted(sign(captured, asked, "model", "ines"))
    pdf = bytearray(captured.blobs.get(Digest(granted(licenses.find(asked)).contract)))
    pdf[len(pdf) // 3] ^= 1
    reading, _ = contract.verify(captured, pdf=bytes(pdf), now=NOW)
    assert not reading.signers


def test_terms_that_the_law_refuses_get_no_contract(captured: Outside) -> None:
    row = draft(captured, terms(commission="0.35"))
    result = contract.make(captured, license=row.id, now=NOW)
    assert isinstance(result, Refusal)
    assert "R07" in {reason.rule for reason in result.reasons}


def test_only_the_model_revokes_and_then_nothing_more_is_made(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    by_brand = licenses.revoke(
        captured, license=license, by="nord", passphrase=SECRETS["nord"], now=LATER
    )
    assert refused(by_brand) == {"license.not_hers"}
    granted(
        licenses.revoke(captured, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER)
    )
    assert "license.revoked" in refused(ordered(captured, license, "front-half"))


def test_signed_terms_cannot_be_changed_in_the_database(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    with pytest.raises(DatabaseError, match="keeps its terms"):
        License.objects.filter(pk=license).update(terms={})
    with pytest.raises(DatabaseError, match="append-only"):
        LogEntry.objects.update(leaf=b"")
    refused(ordered(captured, license, *["front-half"] * 3))
    with pytest.raises(DatabaseError, match="append-only"):
        DecisionRecord.objects.update(outcome="allowed")
