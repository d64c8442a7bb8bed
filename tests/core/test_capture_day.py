"""A day of capture: hours, overtime however the hours lie, and what is owed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.core.capture_day import Shift, fullest, hours, owed
from sosie.core.law.new_york.work import least_pay
from sosie.core.terms import SessionFee
from sosie.core.values import Money

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FEE = SessionFee(per_hour=Decimal(80), hours=Decimal("0.01"))


def shift(start: datetime, minutes: int, *breaks: int) -> Shift:
    return Shift(start, start + timedelta(minutes=minutes), breaks)


@pytest.mark.parametrize(
    ("minutes", "breaks", "paid"),
    [
        (480, (), "640.00"),
        (480, (45,), "580.00"),
        (570, (45,), "730.00"),  # 8 hours at 80 and 0.75 at 120
        (570, (15,), "820.00"),  # a short break is work: 9.5 hours
        (500, (), "680.00"),  # a third of an hour at 120
        (1, (), "1.34"),  # a fraction of a cent is hers
        (1440, (), "2560.00"),
    ],
)
def test_what_a_day_earns(minutes: int, breaks: tuple[int, ...], paid: str) -> None:
    assert owed(shift(MORNING, minutes, *breaks), FEE, "EUR").money == Money.parse(paid, "EUR")


def test_what_was_booked_is_paid_at_least() -> None:
    booked = SessionFee(per_hour=Decimal(80), hours=Decimal(4))
    assert owed(shift(MORNING, 60), booked, "EUR").money == Money.parse("320.00", "EUR")
    assert owed(shift(MORNING, 300), booked, "EUR").money == Money.parse("400.00", "EUR")


def test_hours_of_the_evening_before_count_in_the_same_24() -> None:
    evening = shift(MORNING - timedelta(hours=14), 300)  # 19:00 to 24:00
    today = shift(MORNING, 300)
    assert fullest(today, [evening]) == 600
    found = owed(today, FEE, "EUR", [evening])
    assert (found.minutes, found.overtime) == (180, 120)
    old = shift(MORNING - timedelta(hours=48), 600)
    assert owed(today, FEE, "EUR", [old]).overtime == 0


def test_a_break_of_a_shift_that_is_partly_inside_counts_as_work() -> None:
    long = shift(MORNING - timedelta(hours=20), 600, 60)
    assert long.within(MORNING - timedelta(hours=20)) == 540
    assert long.within(MORNING - timedelta(hours=15)) == 300


def test_what_is_no_shift() -> None:
    for minutes, breaks in ((0, ()), (-60, ()), (60, (60,)), (60, (-5,))):
        with pytest.raises(ValueError, match=r"shift|break"):
            shift(MORNING, minutes, *breaks)


def test_hours_are_never_said_to_be_more_than_they_are() -> None:
    assert [str(hours(m)) for m in (60, 90, 40, 525)] == ["1", "1.5", "0.66", "8.75"]


@given(
    minutes=st.integers(1, 24 * 60),
    pause=st.integers(0, 120),
    rate=st.decimals(0, 2000, places=2),
)
def test_no_day_earns_less_than_the_law_asks(minutes: int, pause: int, rate: Decimal) -> None:
    breaks = (pause,) if 0 < pause < minutes else ()
    day = shift(MORNING, minutes, *breaks)
    fee = SessionFee(per_hour=rate, hours=Decimal("0.01"))
    paid = Decimal(owed(day, fee, "EUR").money.decimal())
    assert paid >= least_pay(hours(day.minutes), rate)


@given(st.lists(st.tuples(st.integers(0, 96), st.integers(30, 720)), min_size=1, max_size=4))
def test_the_fullest_24_hours_are_found(shifts: list[tuple[int, int]]) -> None:
    """Against a count of every window that starts on a minute of a quarter hour."""
    worked = [shift(MORNING + timedelta(hours=start), length) for start, length in shifts]
    windows = [
        sum(each.within(MORNING + timedelta(minutes=15 * step)) for each in worked)
        for step in range(-96, 130 * 4)
        if worked[0].within(MORNING + timedelta(minutes=15 * step))
    ]
    assert fullest(worked[0], worked[1:]) >= max(windows)
