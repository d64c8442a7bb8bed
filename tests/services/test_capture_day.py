"""Days of capture: checked against the law, signed by the model, paid once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from sosie.cli.commands.capture import _money, _shift
from sosie.core.capture_day import Shift
from sosie.core.ledger import Statement
from sosie.core.ports import Outside
from sosie.core.terms import SessionFee
from sosie.core.values import BadInput, Money, Refusal
from sosie.services import capture_day, ledger
from sosie.store.models import CaptureDay, LedgerEntry
from tests.services.conftest import NOW, SECRETS, granted, refused

BEGAN = NOW + timedelta(days=1)
AFTER = NOW + timedelta(days=5)
KEPT = capture_day.Conditions(True, True, True, "US-NY")
SESSION = SessionFee(per_hour=Decimal(80), hours=Decimal("0.01"))
PAYER = capture_day.Payer("nord", SESSION, "EUR")
LONG = Shift(BEGAN, BEGAN + timedelta(minutes=570), (45,))


def record(outside: Outside, by: str = "ines", **changes: object) -> CaptureDay | Refusal:
    asked = {"twin": "ines", "shift": LONG, "payer": PAYER, "conditions": KEPT, "now": AFTER}
    return capture_day.record(
        outside,
        by=by,
        passphrase=SECRETS[by],
        **{**asked, **changes},  # type: ignore[arg-type]
    )


def statement() -> Statement:
    return granted(ledger.statement(party="ines", first=date(2026, 11, 1), last=date(2026, 12, 31)))


def test_a_long_day_is_paid_with_overtime_and_stands_on_her_statement(captured: Outside) -> None:
    row = granted(record(captured))
    (line,) = statement().lines
    assert line.what == "capture session"
    assert line.gross == line.net == Money.parse("730.00", "EUR")
    assert "8 hours at 80.00 EUR" in line.basis.text
    assert "0.75 hours of overtime at 1.5 times" in line.basis.text
    assert line.entry == row.entry_id
    assert ledger.check() == ()
    (said,) = capture_day.of("ines")
    assert (said["hours"], said["overtime_hours"], said["paid"]) == ("8", "0.75", "730.00 EUR")


def test_a_day_is_posted_once(captured: Outside) -> None:
    granted(record(captured))
    assert refused(record(captured)) == {"day.recorded"}
    inside = Shift(BEGAN + timedelta(hours=2), BEGAN + timedelta(hours=3))
    assert refused(record(captured, shift=inside)) == {"day.recorded"}
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"conditions": capture_day.Conditions(False, True, True, "US-NY")}, "R43"),
        ({"conditions": capture_day.Conditions(True, False, True, "US-NY")}, "R44"),
        ({"conditions": capture_day.Conditions(True, True, False, "US-NY")}, "R44"),
        ({"shift": Shift(LONG.start, LONG.end)}, "R42"),
        ({"shift": Shift(LONG.start, LONG.end, (20,))}, "R42"),
        ({"flat": Money.parse("729.99", "EUR")}, "R42"),
    ],
)
def test_what_the_law_asks_is_refused_when_it_is_not_kept(
    captured: Outside, change: dict[str, Any], rule: str
) -> None:
    found = record(captured, **change)
    assert isinstance(found, Refusal)
    assert {reason.rule for reason in found.reasons} == {rule}
    assert not CaptureDay.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_fee_for_the_whole_may_be_more_than_the_hours_earn(captured: Outside) -> None:
    granted(record(captured, flat=Money.parse("900.00", "EUR")))
    assert statement().lines[0].gross == Money.parse("900.00", "EUR")


def test_who_may_sign_and_when(captured: Outside) -> None:
    assert refused(record(captured, by="nord")) == {"twin.not_hers"}
    assert refused(record(captured, twin="tomas")) == {"consent.missing"}
    early = Shift(NOW - timedelta(hours=9), NOW - timedelta(hours=1))
    assert refused(record(captured, shift=early)) == {"consent.missing"}
    assert refused(record(captured, now=LONG.end - timedelta(minutes=1))) == {"day.not_over"}
    stranger = capture_day.Payer("nobody", SESSION, "EUR")
    assert refused(record(captured, payer=stranger)) == {"party.unknown"}


def test_a_license_pays_by_its_session_fee_with_the_agency_s_commission(
    captured: Outside, agreed: Callable[..., str]
) -> None:
    bare = agreed()
    assert refused(capture_day.by_license(bare)) == {"pay.missing"}
    session = {"per_hour": "90.00", "hours": "10"}
    pay = {"currency": "EUR", "per_picture": "180.00", "payment_term_days": 30, "session": session}
    license = agreed(pay=pay, title="With a session")
    payer = granted(capture_day.by_license(license))
    row = granted(record(captured, payer=payer))
    (line,) = (line for line in statement().lines if line.what == "capture session")
    # Ten hours are booked: 0.75 of them overtime.
    assert line.gross == Money.parse("933.75", "EUR")
    assert [d.amount for d in line.deductions] == [Money.parse("186.75", "EUR")]
    assert line.reference.license == license
    assert line.due == AFTER.date() + timedelta(days=30)
    assert row.entry.on == AFTER.date()
    # Booked hours are paid at least once a session: what is recorded beside them, as it was worked.
    later = Shift(LONG.end, LONG.end + timedelta(minutes=5))
    added = granted(record(captured, payer=payer, shift=later))
    assert (added.facts["hours"], added.facts["paid"]) == ("0", "11.25 EUR")
    assert ledger.check() == ()


def test_a_day_that_earns_nothing_is_refused(captured: Outside) -> None:
    free = capture_day.Payer("nord", SESSION.model_copy(update={"per_hour": Decimal(0)}), "EUR")
    assert refused(record(captured, payer=free)) == {"day.unpaid"}
    assert not CaptureDay.objects.exists()


def test_hours_of_two_days_within_24_are_added(captured: Outside) -> None:
    evening = Shift(BEGAN, BEGAN + timedelta(hours=6))
    morning = Shift(BEGAN + timedelta(hours=14), BEGAN + timedelta(hours=19))
    granted(record(captured, shift=evening))
    granted(record(captured, shift=morning))
    assert [said["overtime_hours"] for said in capture_day.of("ines")] == ["0", "3"]


def test_the_database_keeps_a_day_as_it_was_signed(captured: Outside) -> None:
    row = granted(record(captured))
    for change in (
        lambda: CaptureDay.objects.filter(pk=row.pk).update(twin="other"),
        lambda: CaptureDay.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert datetime(2026, 11, 24, tzinfo=UTC) < row.starts_at


def test_hours_are_read_in_their_zone_and_over_midnight() -> None:
    day = datetime(2026, 10, 24)  # noqa: DTZ001
    night = _shift(day, "20:00", "04:00", [30], "Europe/Paris")  # the clocks go back at three
    assert night.minutes == 9 * 60 - 30
    assert night.start == datetime(2026, 10, 24, 18, 0, tzinfo=UTC)
    for wrong in (("9", "18:00", [], "UTC"), ("09:00", "18:00", [600], "UTC")):
        with pytest.raises(BadInput):
            _shift(day, *wrong)
    with pytest.raises(BadInput, match="no time zone"):
        _shift(day, "09:00", "18:00", [], "Paris")
    with pytest.raises(BadInput, match="no amount"):
        _money("80", "--per-hour")
