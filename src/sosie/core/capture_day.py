"""A day of capture is work: its hours, its overtime, and what is owed for it (R42).

New York Labor Law § 1037(1): over eight hours in any 24 earn at least 1.5 times the hourly rate,
however the hours lie. Sosie counts so everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from sosie.core.terms import SessionFee
from sosie.core.values import Money

SHORTEST_UNPAID = 20
"""Minutes under which a break is work: house policy, in her favor."""
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Shift:
    """Work from one moment to another, with its breaks."""

    start: datetime
    end: datetime
    breaks: tuple[int, ...] = ()
    """Minutes of each break."""

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a shift ends after it starts")
        if any(minutes <= 0 for minutes in self.breaks):
            raise ValueError("a break has minutes")
        if self.minutes <= 0:
            raise ValueError("the breaks are as long as the shift")

    @property
    def unpaid(self) -> int:
        """Minutes that are no work."""
        return sum(minutes for minutes in self.breaks if minutes >= SHORTEST_UNPAID)

    @property
    def minutes(self) -> int:
        """Minutes of work."""
        return int((self.end - self.start).total_seconds()) // 60 - self.unpaid

    def overlaps(self, other: Shift) -> bool:
        """Return whether both hold some minute."""
        return self.start < other.end and other.start < self.end

    def within(self, start: datetime) -> int:
        """Return the minutes of work in the 24 hours from a moment. Where the shift is only partly
        inside, its breaks are taken to lie outside: when they were is not recorded, and the doubt
        is hers."""
        first, last = max(self.start, start), min(self.end, start + _DAY)
        return min(self.minutes, max(0, int((last - first).total_seconds()) // 60))


@dataclass(frozen=True, slots=True)
class Owed:
    """What one shift earns, and how that comes about."""

    minutes: int
    """Paid at the hourly fee."""
    overtime: int
    """Minutes paid at the overtime rate."""
    money: Money
    text: str


def fullest(shift: Shift, others: Sequence[Shift] = ()) -> int:
    """This function will return the minutes of work in the fullest 24 hours that hold some of a
    shift, with all that was worked beside it."""
    shifts, minute = (shift, *others), timedelta(minutes=1)
    # The sum bends only where one of the shifts begins or ends to be counted.
    bends = [shift.start - _DAY + minute, shift.end - minute]
    for each in shifts:
        full = timedelta(minutes=each.minutes)
        bends += [each.start, each.end, each.start - _DAY, each.end - _DAY]
        bends += [each.end - full, each.start + full - _DAY]
    held = [start for start in bends if shift.within(start)]
    return max(sum(each.within(start) for each in shifts) for start in held)


def owed(shift: Shift, fee: SessionFee, currency: str, others: Sequence[Shift] = ()) -> Owed:
    """This function will compute what a shift earns: hours that were booked are paid at least, and
    what lies beyond ``fee.overtime_after`` hours in any 24 is overtime.

    A fraction of the minor unit is rounded up. Raises ``ValueError`` for a fee that its currency
    cannot say.
    """
    limit = int(fee.overtime_after * 60)
    overtime = min(shift.minutes, max(0, fullest(shift, others) - limit))
    plain = max(shift.minutes - overtime, int(fee.hours * 60) - overtime)
    each = Money.parse(fee.per_hour, currency)
    up, down = fee.overtime_rate.as_integer_ratio()
    total = each.minor * (plain * down + overtime * up)
    money = Money(-(-total // (60 * down)), currency)
    text = f"{hours(plain)} hours at {each}"
    if overtime:
        text += f" and {hours(overtime)} hours of overtime at {fee.overtime_rate:f} times that"
    return Owed(plain, overtime, money, text)


def hours(minutes: int) -> Decimal:
    """This function will return minutes as hours, to two decimals at most, never more than they
    are."""
    exact = Decimal(minutes) / 60
    return Decimal(f"{exact.quantize(Decimal('0.01'), ROUND_DOWN).normalize():f}")
