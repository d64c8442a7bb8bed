"""Contracts in a real workspace: when they can be signed, beside what else, and what a file of one
says of its license."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pikepdf
import pytest

from sosie.core.life import Standing, Step
from sosie.core.ports import Outside
from sosie.core.protocol import BASIC
from sosie.core.values import Digest, Refusal
from sosie.services import contract, life, paper, twin
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services.today import of_model
from tests.adapters.sample_papers import bare, text
from tests.services.conftest import (
    LATER,
    NOW,
    SECRETS,
    draft,
    granted,
    on_the_table,
    other_brand,
    refused,
    take,
    talked_over,
    terms,
)

EXCLUSIVE: dict[str, Any] = {
    "category": "knitwear",
    "exclusivity": {
        "category": "knitwear",
        "territories": {"include": ["FR"]},
        "from": "2026-12-01",
        "until": "2026-12-31",
    },
}


def put_forward(outside: Outside, **changes: object) -> str:
    """Have a license talked over and its contract made."""
    row = draft(outside, terms(**changes))
    talked_over(outside, row.id)
    granted(contract.make(outside, license=row.id, now=NOW))
    return str(row.id)


def sign(outside: Outside, license: str, by: str, now: datetime = NOW) -> Any:
    role = "model" if by == "ines" else "brand"
    return contract.sign(
        outside, license=license, role=role, by=by, passphrase=SECRETS[by], now=now
    )


def test_the_model_has_the_hours_that_the_terms_give_her(captured: Outside) -> None:
    license = put_forward(captured, notice_hours=72)
    first = NOW + timedelta(hours=72)
    early = sign(captured, license, "ines", first - timedelta(seconds=1))
    assert refused(early) == {"contract.too_early"}
    assert first.isoformat() in early.reasons[0].text
    asked = contract.challenge(captured, license=license, role="model", by="ines", now=NOW)
    assert refused(asked) == {"contract.too_early"}
    granted(sign(captured, license, "nord", NOW))
    granted(sign(captured, license, "ines", first))
    row = granted(licenses.find(license))
    assert row.signatures.get(role="model").signed_at == first
    assert "R66" not in {each.rule for each in laws.warnings(row, now=first)}


def test_a_deal_memo_that_she_has_not_accepted_waits_for_her(captured: Outside) -> None:
    def waits() -> list[tuple[str, str]]:
        return [(each.what, each.about) for each in of_model({"ines"}, BASIC, now=LATER)]

    license = put_forward(captured)
    granted(sign(captured, license, "nord", NOW))
    assert waits() == [("sign", license)]
    granted(sign(captured, license, "ines", NOW))
    assert waits() == []
    granted(life.deliver_memo(captured, license=license, now=NOW))
    assert waits() == [("memo", license)]
    by_her: dict[str, Any] = {"by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    granted(life.accept_memo(captured, license=license, **by_her))
    assert waits() == []


def test_the_hours_begin_anew_with_each_offer(captured: Outside) -> None:
    license = str(draft(captured, terms()).id)
    take(captured, license, Step.ASKED, "nord")
    two = timedelta(hours=2)
    granted(
        life.take(
            captured,
            license=license,
            step=Step.COUNTERED,
            by="nord",
            passphrase=SECRETS["nord"],
            now=NOW + two,
            terms=terms(notice_hours=24),
        )
    )
    take(captured, license, Step.AGREED, "ines")
    granted(contract.make(captured, license=license, now=NOW + two))
    day = NOW + timedelta(hours=24)
    assert refused(sign(captured, license, "ines", day)) == {"contract.too_early"}
    granted(sign(captured, license, "ines", day + two))


def test_without_hours_in_the_terms_the_norm_is_a_warning(captured: Outside) -> None:
    license = put_forward(captured)
    warned = laws.warnings(granted(licenses.find(license)), now=NOW)
    assert "R66" in {each.rule for each in warned}
    later = laws.warnings(granted(licenses.find(license)), now=NOW + timedelta(hours=48))
    assert "R66" not in {each.rule for each in later}
    granted(sign(captured, license, "ines"))


def test_marks_of_the_twin_are_printed_as_never_to_be_retouched(captured: Outside) -> None:
    def mark(place: str, words: str) -> None:
        granted(
            twin.mark(
                captured,
                twin="ines",
                by="ines",
                passphrase=SECRETS["ines"],
                place=place,
                words=words,
                now=NOW,
            )
        )

    def printed(license: str) -> str:
        pdf = captured.blobs.get(Digest(granted(licenses.find(license)).contract))
        return bare(" ".join(text(pdf)))

    before = put_forward(captured)
    mark("left cheek", "a mole")
    after = put_forward(captured)
    assert bare("left cheek: a mole") not in printed(before)
    assert bare("left cheek: a mole") in printed(after)


@pytest.fixture
def second(captured: Outside) -> str:
    """Another brand's license of the same exclusivity, agreed before the first is put forward."""
    parties = other_brand(captured)
    row = draft(captured, terms(parties=parties, **EXCLUSIVE), by="sud")
    take(captured, row.id, Step.ASKED, "sud")
    take(captured, row.id, Step.AGREED, "ines")
    return str(row.id)


def test_what_is_put_forward_to_one_brand_is_put_forward_to_no_other(
    captured: Outside, second: str
) -> None:
    first = put_forward(captured, **EXCLUSIVE)
    assert refused(contract.make(captured, license=second, now=NOW)) == {"exclusivity.conflict"}
    granted(sign(captured, first, "ines"))
    over = NOW + timedelta(days=15)
    granted(contract.make(captured, license=second, now=over))
    again = contract.make(captured, license=first, now=over)
    assert refused(again) == {"exclusivity.conflict"}
    for by in ("ines", "sud"):
        granted(sign(captured, second, by, over))
    assert refused(sign(captured, first, "nord", NOW)) == {"exclusivity.conflict"}


def test_two_contracts_that_were_made_at_once_are_not_both_signed(
    captured: Outside, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put_forward(captured, **EXCLUSIVE)
    with monkeypatch.context() as patch:
        patch.setattr(life, "promised", lambda *_, **__: None)
        granted(contract.make(captured, license=second, now=NOW))
    for license, brand in ((first, "nord"), (second, "sud")):
        for by in ("ines", brand):
            assert refused(sign(captured, license, by)) == {"exclusivity.conflict"}
    take(captured, first, Step.DECLINED, "ines")
    for by in ("ines", "sud"):
        granted(sign(captured, second, by))


def test_exclusivity_that_signed_terms_without_a_category_block_has_a_way_out(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    blocking = agreed()
    parties = other_brand(captured)
    wanted = draft(captured, terms(parties=parties, **EXCLUSIVE), by="sud")

    def ask() -> Any:
        return life.take(
            captured,
            license=wanted.id,
            step=Step.ASKED,
            by="sud",
            passphrase=SECRETS["sud"],
            now=NOW,
        )

    found = ask()
    assert refused(found) == {"exclusivity.category_unknown"}
    assert f"--supersedes {blocking}" in found.reasons[0].text
    named = draft(captured, terms(category="denim"), supersedes=blocking)
    talked_over(captured, named.id)
    granted(contract.make(captured, license=named.id, now=NOW))
    for by in ("ines", "nord"):
        granted(sign(captured, named.id, by))
    granted(ask())


def test_a_file_is_found_to_be_of_its_own_license(captured: Outside) -> None:
    twins = [put_forward(captured) for _ in range(2)]
    files = {}
    for license in twins:
        for by in ("ines", "nord"):
            row = granted(sign(captured, license, by))
            files[row.contract] = license
    assert on_the_table(twins[0]) == on_the_table(twins[1])
    for file, license in files.items():
        pdf = captured.blobs.get(Digest(file))
        reading, row = contract.verify(captured, pdf=pdf, now=LATER)
        assert (reading.problems, row and row.id) == ((), license)
    granted(
        licenses.revoke(
            captured, license=twins[1], by="ines", passphrase=SECRETS["ines"], now=LATER
        )
    )
    told = {each: life.told(granted(licenses.find(each)), now=LATER) for each in twins}
    assert told[twins[0]] == "in force until 2027-04-30"
    assert told[twins[1]] == f"revoked on {LATER.date()}"


def test_a_file_that_was_not_made_here_is_named_by_its_signatures(captured: Outside) -> None:
    license = put_forward(captured)
    row = granted(licenses.find(license))
    elsewhere = captured.blobs.get(Digest(row.contract))
    for role, by, reason in (("model", "ines", license), ("brand", "nord", "L-2026-0009")):
        elsewhere = captured.contracts.sign(
            elsewhere,
            party=by,
            role=role,
            passphrase=SECRETS[by],
            reason=f"License {reason}",
            now=NOW,
        )
        _, found = contract.verify(captured, pdf=elsewhere, now=LATER)
        assert (found and found.id) == (license if by == "ines" else None)


def test_the_record_says_of_the_place_only_what_is_known(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    agreed()
    (record,) = (each for each in paper.held("ines") if each["kind"] == "signing_record")
    with pikepdf.open(io.BytesIO(captured.blobs.get(Digest(record["file"])))) as pdf:
        (name,) = pdf.attachments
        said = json.loads(pdf.attachments[name].get_file().read_bytes())
    assert {each["where"] for each in said["signings"]} == {"no witness was named"}


def test_what_is_declined_or_superseded_is_not_revoked(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    def revoke(license: str) -> object:
        return licenses.revoke(
            captured, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
        )

    older = agreed()
    newer = draft(captured, terms(), supersedes=older)
    talked_over(captured, newer.id)
    granted(contract.make(captured, license=newer.id, now=NOW))
    for by in ("ines", "nord"):
        granted(sign(captured, newer.id, by))
    assert refused(revoke(older)) == {"life.not_now"}
    declined = str(draft(captured, terms()).id)
    take(captured, declined, Step.DECLINED, "ines")
    assert refused(revoke(declined)) == {"life.not_now"}
    granted(revoke(newer.id))
    row = granted(licenses.find(newer.id))
    assert row.steps.get(step=Step.REVOKED).statement == row.revocation


@pytest.mark.parametrize("by", ["nord", "ines", "atlas"])
def test_who_drafts_signs_and_an_agency_only_proposes(captured: Outside, by: str) -> None:
    row = draft(captured, terms(), by=by)
    drafted = row.steps.get(step=Step.DRAFTED)
    assert drafted.statement is not None
    assert (drafted.party_id, drafted.statement.party_id) == (by, by)
    assert json.loads(bytes(drafted.statement.body))["terms"] == row.terms_digest
    take(captured, row.id, Step.ASKED, "nord")
    for other in {"nord", "ines"} - {by}:
        assert life.standing(row, now=NOW) is Standing.ASKED
        take(captured, row.id, Step.AGREED, other)
    assert life.standing(row, now=NOW) is Standing.AGREED


def test_a_stranger_to_the_terms_drafts_nothing(captured: Outside) -> None:
    other_brand(captured)
    result = licenses.draft(captured, terms=terms(), by="sud", passphrase=SECRETS["sud"], now=NOW)
    assert isinstance(result, Refusal)
    assert refused(result) == {"life.not_yours"}
    assert licenses.everything() == []
