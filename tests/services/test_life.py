"""The life of a license in a real workspace: talked over, signed, left to rest, taken back."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError

from sosie.core.life import Standing, Step
from sosie.core.ports import Outside
from sosie.services import archive, brief, contract, life, offer, paper, seal
from sosie.services import license as licenses
from sosie.store.models import License, LicenseStep, LogEntry, Release
from tests.services.conftest import (
    LATER,
    NOW,
    SECRETS,
    answer,
    draft,
    granted,
    made,
    ordered,
    other_brand,
    refused,
    released_on_instagram,
    said,
    take,
    talked_over,
    terms,
)


@pytest.fixture
def drafted(captured: Outside) -> str:
    return str(draft(captured, terms()).id)


def stands(license: str) -> Standing:
    return life.standing(granted(licenses.find(license)), now=LATER)


def test_a_counter_offer_changes_the_terms_and_says_what_changed(
    captured: Outside, drafted: str
) -> None:
    take(captured, drafted, Step.ASKED, "nord")
    take(captured, drafted, Step.COUNTERED, "ines", terms(pictures=1))
    assert stands(drafted) is Standing.COUNTERED
    row = granted(licenses.find(drafted))
    assert licenses.terms_of(row).pictures == 1
    ((_, changed),) = life.changes(row)
    assert [each.clause for each in changed] == ["pictures"]
    take(captured, drafted, Step.AGREED, "nord")
    assert stands(drafted) is Standing.AGREED


def test_columns_of_a_license_say_what_its_terms_say(captured: Outside, drafted: str) -> None:
    take(captured, drafted, Step.ASKED, "nord")
    zone = {"from": "2026-11-02", "until": "2027-01-31", "time_zone": "Europe/Paris"}
    others: tuple[dict[str, object], ...] = (
        {"title": "Été à 50 %", "period": zone, "after_end": {"sell_off_days": 9}},
        {"after_end": None, "withdrawal": None, "period": None, "exclusivity": None},
        {"withdrawal": {"take_down_days": 0}},
    )
    for number, changes in enumerate(others):
        take(captured, drafted, Step.COUNTERED, ("ines", "nord")[number % 2], terms(**changes))
        for name, (kept, told) in said(drafted).items():
            assert kept == told, name


def test_what_lists_tell_of_a_license_is_how_it_stands(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    id = agreed(period={"from": "2026-11-02", "until": "2027-01-31", "time_zone": "Asia/Tokyo"})
    rows = License.objects.filter(pk=id)
    last = datetime(2027, 1, 31, 14, 59, tzinfo=UTC)
    for step in (None, Step.SUSPENDED, Step.RESUMED):
        if step:
            take(captured, id, step, "ines")
        for now in (datetime(2026, 11, 1, tzinfo=UTC), LATER, last, last + timedelta(minutes=1)):
            told = brief.told(rows, now=now)[id]
            stands = life.standing(rows.get(), now=now)
            assert (told.stands, told.today) == (stands, life.day_of(rows.get(), now))
            if stands is Standing.EXPIRED:
                assert rows.filter(brief.maybe_over(now)).exists()


def test_the_agency_advises_and_proposes_but_cannot_agree(captured: Outside, drafted: str) -> None:
    take(captured, drafted, Step.ASKED, "nord")
    take(captured, drafted, Step.ADVISED, "atlas")
    result = life.take(
        captured,
        license=drafted,
        step=Step.AGREED,
        by="atlas",
        passphrase=SECRETS["atlas"],
        now=NOW,
    )
    assert refused(result) == {"life.agency_cannot"}
    take(captured, drafted, Step.PROPOSED, "atlas", terms(pictures=3))
    take(captured, drafted, Step.AGREED, "nord")
    assert stands(drafted) is Standing.COUNTERED
    take(captured, drafted, Step.AGREED, "ines")
    assert stands(drafted) is Standing.AGREED


def test_no_contract_is_made_before_both_agree(captured: Outside, drafted: str) -> None:
    take(captured, drafted, Step.ASKED, "nord")
    assert refused(contract.make(captured, license=drafted, now=NOW)) == {"life.not_now"}
    take(captured, drafted, Step.AGREED, "ines")
    granted(contract.make(captured, license=drafted, now=NOW))


def test_terms_are_frozen_once_the_contract_is_made(captured: Outside, drafted: str) -> None:
    talked_over(captured, drafted)
    License.objects.filter(pk=drafted).update(terms_digest="sha256:" + "0" * 64)  # still open
    row = granted(licenses.find(drafted))
    License.objects.filter(pk=drafted).update(terms_digest=terms().digest())
    granted(contract.make(captured, license=drafted, now=NOW))
    with pytest.raises(DatabaseError, match="keeps its terms"):
        License.objects.filter(pk=row.pk).update(terms_digest=row.terms_digest)
    with pytest.raises(DatabaseError, match="append-only"):
        LicenseStep.objects.update(note="changed")
    with pytest.raises(DatabaseError, match="append-only"):
        LicenseStep.objects.all()._raw_delete("default")


def test_every_step_is_in_the_log_and_its_signer_is_kept(captured: Outside, drafted: str) -> None:
    before = LogEntry.objects.count()
    take(captured, drafted, Step.ASKED, "nord")
    take(captured, drafted, Step.DECLINED, "ines")
    assert LogEntry.objects.count() == before + 2
    steps = LicenseStep.objects.filter(license=drafted)
    assert [(s.step, s.statement.party_id) for s in steps if s.statement] == [
        ("drafted", "nord"),
        ("asked", "nord"),
        ("declined", "ines"),
    ]
    assert stands(drafted) is Standing.DECLINED


def test_a_license_that_rests_makes_nothing_until_it_goes_on(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    take(captured, license, Step.SUSPENDED, "ines")
    assert stands(license) is Standing.SUSPENDED
    assert licenses.state(granted(licenses.find(license))).suspended_on == NOW.date()
    take(captured, license, Step.RESUMED, "ines")
    assert stands(license) is Standing.IN_FORCE
    assert licenses.state(granted(licenses.find(license))).suspended_on is None
    granted(ordered(captured, license, "front-half"))


def test_a_newer_license_takes_the_place_of_the_older(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    older = agreed()
    row = draft(captured, terms(pictures=5), supersedes=older)
    talked_over(captured, row.id)
    granted(contract.make(captured, license=row.id, now=NOW))
    for role, by in (("model", "ines"), ("brand", "nord")):
        assert stands(older) is Standing.IN_FORCE
        granted(
            contract.sign(
                captured, license=row.id, role=role, by=by, passphrase=SECRETS[by], now=NOW
            )
        )
    assert (stands(older), stands(row.id)) == (Standing.SUPERSEDED, Standing.IN_FORCE)
    assert licenses.state(granted(licenses.find(older))).superseded_by == row.id


def test_the_final_copy_is_in_everybodys_hands_once_both_signed(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    row = granted(licenses.find(license))
    for holder in ("ines", "nord", "atlas"):
        copies = [each["file"] for each in paper.held(holder) if each["kind"] == "contract"]
        assert copies == [row.contract]
    taken = granted(archive.of(captured, party="ines", now=NOW))
    bundle = zipfile.ZipFile(BytesIO(taken))
    papers = [name for name in bundle.namelist() if name.startswith("papers/")]
    assert len(papers) == len(paper.held("ines"))
    assert all(bundle.read(name).startswith(b"%PDF-") for name in papers)
    (copy,) = (each for _, each in life.deadlines([row], now=NOW) if each.code == "final_copy")
    assert copy.done_on == NOW.date()


def test_the_memo_is_delivered_and_accepted_by_her(captured: Outside, drafted: str) -> None:
    license = drafted
    talked_over(captured, license)
    no_memo = life.accept_memo(
        captured, license=license, by="ines", passphrase=SECRETS["ines"], now=NOW
    )
    assert refused(no_memo) == {"life.no_memo"}
    granted(life.deliver_memo(captured, license=license, now=NOW))
    assert "deal_memo" in {each["kind"] for each in paper.held("ines")}
    by_agency = life.accept_memo(
        captured, license=license, by="atlas", passphrase=SECRETS["atlas"], now=NOW
    )
    assert refused(by_agency) == {"life.agency_cannot"}
    granted(
        life.accept_memo(captured, license=license, by="ines", passphrase=SECRETS["ines"], now=NOW)
    )
    assert refused(life.deliver_memo(captured, license=license, now=NOW)) == {"memo.delivered"}


def released(outside: Outside, license: str) -> Release:
    """Return a picture of a license that is made, approved, sealed and out on Instagram."""
    (picture,) = made(outside, license, "front-half")
    granted(answer(outside, picture))
    granted(seal.seal(outside, picture=picture, now=LATER))
    return released_on_instagram(outside, picture)


def test_withdrawal_lists_what_must_happen_until_it_has(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    out = released(captured, license)
    granted(
        licenses.revoke(captured, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER)
    )
    row = granted(licenses.find(license))

    def owed() -> dict[str, str]:
        found = life.deadlines([row], now=LATER)
        return {each.code: each.state(LATER.date() + timedelta(days=1)) for _, each in found}

    assert owed()["stop"] == "done"
    assert owed()["take_down"] == "overdue"
    assert {"delete", "tell_recipients"} <= set(owed())
    taken = life.taken_down(
        captured, seal=out.seal_id, by="ines", passphrase=SECRETS["ines"], note="", now=LATER
    )
    assert refused(taken) == {"release.not_yours"}
    granted(
        life.taken_down(
            captured, seal=out.seal_id, by="nord", passphrase=SECRETS["nord"], note="", now=LATER
        )
    )
    assert owed()["take_down"] == "done"


PROMISED = {
    "category": "knitwear",
    "territories": {"include": ["FR"]},
    "from": "2026-12-01",
    "until": "2026-12-31",
}


def test_what_is_promised_to_one_brand_cannot_be_asked_by_another(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    agreed(category="knitwear", exclusivity=PROMISED)
    other = other_brand(captured)
    row = draft(captured, terms(parties=other, category="knitwear"), by="sud")

    def ask(license: str) -> object:
        return life.take(
            captured,
            license=license,
            step=Step.ASKED,
            by="sud",
            passphrase=SECRETS["sud"],
            now=NOW,
        )

    assert refused(ask(row.id)) == {"exclusivity.conflict"}
    free = draft(captured, terms(parties=other, category="denim"), by="sud")
    granted(ask(free.id))


def test_an_offer_to_sign_ends_and_is_put_forward_anew(captured: Outside, drafted: str) -> None:
    talked_over(captured, drafted)
    granted(contract.make(captured, license=drafted, now=NOW))
    assert refused(contract.make(captured, license=drafted, now=NOW)) == {"contract.made"}
    late = NOW + timedelta(days=15)

    def sign() -> object:
        return contract.sign(
            captured,
            license=drafted,
            role="model",
            by="ines",
            passphrase=SECRETS["ines"],
            now=late,
        )

    assert refused(sign()) == {"life.offer_ended"}
    before = granted(licenses.find(drafted)).contract
    assert granted(contract.make(captured, license=drafted, now=late)).contract == before
    granted(sign())


def test_the_daily_check_names_what_may_not_be_shown_and_since_when(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    license = agreed()
    out = released(captured, license)
    last = date(2027, 4, 30)
    assert licenses.overnight(on=last) == []
    (ended,) = licenses.overnight(on=last + timedelta(days=1))
    assert (ended["seal"], ended["new"]) == (out.pk, True)
    assert [reason["code"] for reason in ended["reasons"]] == ["period.ended"]
    (again,) = licenses.overnight(on=last + timedelta(days=2))
    assert again["new"] is False
    granted(
        life.taken_down(
            captured, seal=out.pk, by="nord", passphrase=SECRETS["nord"], note="", now=LATER
        )
    )
    assert licenses.overnight(on=last + timedelta(days=2)) == []


def test_a_paper_from_elsewhere_is_hers_and_is_no_license(captured: Outside) -> None:
    count = License.objects.count()
    kept = granted(
        paper.bring(
            captured,
            party="ines",
            kind="contract",
            title="Lookbook 2024",
            data=b"%PDF-1.7 scanned",
            dated=date(2024, 5, 1),
            now=NOW,
        )
    )
    assert ("Lookbook 2024", kept.file) in {
        (each["title"], each["file"]) for each in paper.held("ines")
    }
    assert License.objects.count() == count
    for data, dated, code in (
        (b"GIF89a", date(2024, 5, 1), "paper.not_pdf"),
        (b"%PDF-1.7 other", date(2030, 1, 1), "paper.dated"),
        (b"%PDF-1.7 scanned", date(2024, 5, 1), "paper.known"),
    ):
        again = paper.bring(
            captured, party="ines", kind="contract", title="x", data=data, dated=dated, now=NOW
        )
        assert refused(again) == {code}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "life.terms_unnamed"),
        ("sha256:", "life.terms_unnamed"),
        ("1234567", "life.terms_unnamed"),
        ("the terms", "life.terms_unnamed"),
        ("00000000", "life.changed"),
        ("sha256:" + "0" * 64, "life.changed"),
    ],
)
def test_a_yes_names_the_terms_that_it_is_to(
    captured: Outside, drafted: str, name: str, code: str
) -> None:
    take(captured, drafted, Step.ASKED, "nord")
    digest = granted(licenses.find(drafted)).terms_digest

    def agree(seen: str) -> object:
        return life.take(
            captured,
            license=drafted,
            step=Step.AGREED,
            by="ines",
            passphrase=SECRETS["ines"],
            now=NOW,
            seen=seen,
        )

    assert refused(agree(name)) == {code}
    granted(agree(digest.removeprefix("sha256:")[:8]))


def test_what_is_on_the_table_is_shown_against_what_she_knew(
    captured: Outside, drafted: str
) -> None:
    def shown(by: str) -> tuple[int, int | None, tuple[str, ...]]:
        found = granted(offer.on_the_table(drafted, by=by, now=NOW))
        assert found.digest == granted(licenses.find(drafted)).terms_digest
        return found.number, found.since, found.changes

    take(captured, drafted, Step.ASKED, "nord")
    assert shown("ines") == (1, None, ())
    take(captured, drafted, Step.COUNTERED, "ines", terms(pictures=1))
    take(captured, drafted, Step.COUNTERED, "nord", terms(pictures=9))
    take(captured, drafted, Step.COUNTERED, "nord", terms(pictures=9, credit="Ines"))
    number, since, changes = shown("ines")
    assert (number, since, len(changes)) == (4, 2, 2), changes
    by_agency = offer.on_the_table(drafted, by="atlas", now=NOW)
    assert refused(by_agency) == {"life.agency_cannot"}
