"""Licenses and contracts in a real workspace: who may sign, what counts, what takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import DatabaseError

from sosie.core.law import Trigger
from sosie.core.life import Standing
from sosie.core.ports import Outside
from sosie.core.values import BadInput, Digest, Refusal, canonical
from sosie.services import contract, life, party
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.store.models import DecisionRecord, License, LogEntry, Party
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


@pytest.mark.parametrize(
    ("zone", "moment", "allowed"),
    [
        # 30 April is the last day: in Los Angeles it lasts until 07:00 UTC of 1 May …
        ("America/Los_Angeles", datetime(2027, 5, 1, 6, 59, tzinfo=UTC), True),
        ("America/Los_Angeles", datetime(2027, 5, 1, 7, 0, tzinfo=UTC), False),
        # … and in Tokyo it is over at 15:00 UTC of 30 April.
        ("Asia/Tokyo", datetime(2027, 4, 30, 14, 59, tzinfo=UTC), True),
        ("Asia/Tokyo", datetime(2027, 4, 30, 15, 0, tzinfo=UTC), False),
    ],
)
def test_days_are_those_of_the_zone_that_the_terms_name(
    captured: Outside,
    agreed: Callable[..., str],
    zone: str,
    moment: datetime,
    allowed: bool,
) -> None:
    days = {"from": "2026-11-01", "until": "2027-04-30", "time_zone": zone}
    license = agreed(period=days)
    row = License.objects.get(pk=license)
    standing = life.standing(row, now=moment)
    assert (standing is Standing.IN_FORCE) is allowed
    result = ordered(captured, license, "front-half", now=moment)
    if allowed:
        granted(result)
    else:
        assert refused(result) == {"period.ended"}


@pytest.mark.parametrize(
    ("registration", "until", "exempt", "rules"),
    [
        ("", None, False, {"R01", "R03"}),
        ("26-1", date(2026, 11, 23), False, {"R01"}),
        ("26-1", date(2026, 11, 24), False, set()),
        ("", None, True, set()),
    ],
)
def test_an_agency_of_new_york_acts_when_it_is_registered_or_exempt(
    captured: Outside,
    registration: str,
    until: date | None,
    exempt: bool,
    rules: set[str],
) -> None:
    Party.objects.filter(pk="atlas").update(
        registration=registration, registered_until=until, registration_exempt=exempt
    )
    row = granted(
        licenses.draft(captured, terms=terms(), by="nord", passphrase=SECRETS["nord"], now=NOW)
    )
    talked_over(captured, row.id)
    result = contract.make(captured, license=row.id, now=NOW)
    if "R01" in rules:
        assert isinstance(result, Refusal)
        assert "R01" in {reason.rule for reason in result.reasons}
    else:
        granted(result)


def test_an_agency_registers_itself_and_it_is_logged(captured: Outside) -> None:
    before = LogEntry.objects.count()
    register = partial(
        party.register, captured, agency="atlas", passphrase=SECRETS["atlas"], now=NOW
    )
    assert refused(register(number="", until=None, exempt=False)) == {"party.registration"}
    row = granted(register(number="26-77", until=date(2028, 1, 1), exempt=False))
    assert (row.registration, row.registered_until) == ("26-77", date(2028, 1, 1))
    assert LogEntry.objects.count() == before + 1
    with pytest.raises(BadInput):
        party.register(
            captured,
            agency="atlas",
            number="1",
            until=None,
            exempt=False,
            passphrase="not hers",
            now=NOW,
        )


def test_after_her_death_nothing_is_made_without_her_heirs(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    granted(party.died(captured, party="ines", on=date(2026, 11, 24), now=NOW))
    result = ordered(captured, license, "front-half")
    assert isinstance(result, Refusal)
    assert {(reason.code, reason.rule) for reason in result.reasons} == {("law.broken", "R54")}


def test_what_nobody_has_told_is_an_open_point_and_stops_nothing(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    row = License.objects.get(pk=agreed())
    found = laws.everything_said(row, now=LATER, act=Trigger.GENERATE)
    named = {finding.rule.id for finding in laws.open_points(found)}
    assert {"R24", "R64"} <= named
    assert not named & {"R14", "R55", "R57"}
    granted(ordered(captured, row.id, "front-half"))
