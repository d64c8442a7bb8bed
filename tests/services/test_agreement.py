"""Agreements between a model and her agency: what is recorded, what counts, and who ends it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sosie.core.ports import Outside
from sosie.services import agreement, paper
from sosie.store.models import Agreement, LogEntry
from tests.services.conftest import LATER, NOW, SECRETS, granted, refused

FACTS = {
    "kind": "representation",
    "start": "2026-01-01",
    "last": "2028-12-31",
    "open_ended": False,
    "renews_by_itself": False,
    "charges_on_signing": [],
    "commission": "0.20",
    "has_replica_clause": False,
}


def test_a_representation_that_breaks_the_law_is_recorded_only_as_made_elsewhere(
    captured: Outside,
) -> None:
    facts = {**FACTS, "last": "2031-12-31", "renews_by_itself": True, "renewal_consent": False}
    result = agreement.record(captured, model="ines", agency="atlas", facts=facts, now=NOW)
    assert refused(result) == {"law.broken"}
    row = granted(
        agreement.record(
            captured, model="ines", agency="atlas", facts=facts, now=NOW, imported=True
        )
    )
    assert {each.rule.id for each in agreement.findings(row, now=NOW)} == {"R05", "R06"}
    assert agreement.last_day(row) == date(2028, 12, 31)
    assert agreement.in_force(row, on=date(2028, 12, 31))
    assert not agreement.in_force(row, on=date(2029, 1, 1))


def test_only_the_model_ends_a_power_of_attorney_and_at_once(captured: Outside) -> None:
    facts = {
        "kind": "power_of_attorney",
        "optional": True,
        "condition_of_signing": False,
        "covers_replica": False,
    }
    row = granted(agreement.record(captured, model="ines", agency="atlas", facts=facts, now=NOW))

    def end(by: str) -> object:
        return agreement.end(captured, agreement=row.pk, by=by, passphrase=SECRETS[by], now=LATER)

    assert agreement.in_force(row, on=LATER.date())
    assert refused(end("atlas")) == {"agreement.not_hers"}
    granted(end("ines"))
    assert not agreement.in_force(row, on=LATER.date())
    assert agreement.facts_of(row).effective_on == LATER.date()
    assert agreement.findings(row, now=LATER) == ()
    assert refused(end("ines")) == {"agreement.ended"}


def test_an_agreement_and_its_paper_are_kept_and_logged(captured: Outside) -> None:
    before = LogEntry.objects.count()
    row = granted(
        agreement.record(
            captured, model="ines", agency="atlas", facts=FACTS, now=NOW, file=b"%PDF-1.7 signed"
        )
    )
    assert LogEntry.objects.count() == before + 1
    (kept,) = (each for each in paper.held("ines") if each["kind"] == "representation")
    assert (kept["file"], kept["imported"]) == (row.file, False)
    (told,) = agreement.overview(now=NOW, party="atlas")
    assert (told["until"], told["in_force"], told["against"]) == ("2028-12-31", True, [])


@pytest.mark.parametrize(
    ("changes", "named", "code"),
    [
        ({}, {"model": "nobody"}, "party.unknown"),
        ({}, {"agency": "nord"}, "party.unknown"),
        ({"kind": "marriage"}, {}, "agreement.kind"),
        ({"last": "soon"}, {}, "agreement.facts"),
        ({}, {"file": b"GIF89a"}, "paper.not_pdf"),
    ],
)
def test_what_is_no_agreement_is_not_recorded(
    captured: Outside, changes: dict[str, object], named: dict[str, object], code: str
) -> None:
    said: dict[str, Any] = {"model": "ines", "agency": "atlas", **named}
    result = agreement.record(captured, facts={**FACTS, **changes}, now=NOW, **said)
    assert refused(result) == {code}
    assert Agreement.objects.count() == 0


def test_the_one_that_stands_counts_before_a_newer_that_is_over(captured: Outside) -> None:
    standing = granted(
        agreement.record(captured, model="ines", agency="atlas", facts=FACTS, now=NOW)
    )
    over = {**FACTS, "start": "2020-01-01", "last": "2021-12-31"}
    newer = granted(
        agreement.record(captured, model="ines", agency="atlas", facts=over, now=NOW, imported=True)
    )

    def counts(on: date) -> Agreement | None:
        return agreement.current("ines", "atlas", agreement.REPRESENTATION, on=on)

    assert counts(NOW.date()) == standing
    assert counts(date(2030, 1, 1)) == newer
    unknown = agreement.end(captured, agreement=0, by="ines", passphrase=SECRETS["ines"], now=LATER)
    assert refused(unknown) == {"agreement.unknown"}
