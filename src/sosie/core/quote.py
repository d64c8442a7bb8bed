"""What a license costs the brand if all that it allows is made: line by line, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sosie.core.terms import Pay, Terms
from sosie.core.values import Money


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of fee."""

    what: str
    rate: Money
    times: int

    @property
    def amount(self) -> Money:
        """What it comes to."""
        return self.rate * self.times


@dataclass(frozen=True, slots=True)
class Quote:
    """What a license costs at most as it stands, and what of it reaches the model."""

    lines: tuple[Line, ...]
    total: Money
    hers: Money
    """After commission; before her taxes and the expenses that she bears."""
    notes: tuple[str, ...]
    """What the sum takes for granted, or leaves out."""


def quote(terms: Terms) -> Quote | None:
    """This function will count what terms cost when every picture is made and goes out once on each
    channel; ``None`` for terms without pay.

    A cap holds for pictures, renditions and placements together, a guarantee is the least. A share
    of sales is named and not counted. Raises ``ValueError`` for an amount that the currency has
    not.
    """
    pay = terms.pay
    if pay is None:
        return None
    used, fixed = tuple(_of_use(terms, pay)), tuple(_fixed(terms, pay))
    notes = list(_notes(terms, pay))
    nothing = Money(0, pay.currency)
    by_use = sum((line.amount for line in used), nothing)
    if pay.cap is not None and by_use.minor > pay.money(pay.cap).minor:
        by_use = pay.money(pay.cap)
        notes.append(f"pictures and files earn {by_use} at most: nothing is made beyond that")
    if pay.minimum_guarantee is not None and by_use.minor < pay.money(pay.minimum_guarantee).minor:
        by_use = pay.money(pay.minimum_guarantee)
        notes.append(f"she earns {by_use} at least, whatever is made")
    worked = sum((line.amount for line in fixed), by_use)
    borne = tuple(
        Line(expense.what, pay.money(expense.amount), 1)
        for expense in terms.incurred_expenses or ()
        if expense.borne_by == "brand"
    )
    return Quote(
        lines=tuple(line for line in (*fixed, *used, *borne) if line.amount.minor),
        total=sum((line.amount for line in borne), worked),
        hers=worked - worked.share(terms.commission),
        notes=tuple(notes),
    )


def _of_use(terms: Terms, pay: Pay) -> Iterator[Line]:
    pictures = terms.pictures or 0
    files = terms.renditions if terms.renditions is not None else pictures * len(terms.channels)
    places = terms.placements if terms.placements is not None else files
    yield Line("for each picture", pay.money(pay.per_picture), pictures)
    yield Line("for each file that goes out", pay.money(pay.per_release), files)
    yield Line("for each place", pay.money(pay.per_placement or Decimal(0)), places)


def _fixed(terms: Terms, pay: Pay) -> Iterator[Line]:
    yield Line("for making the twin", pay.money(pay.creation_fee), 1)
    if pay.per_month is not None and terms.period is not None:
        first, last = terms.period.first, terms.period.last
        months = (last.year - first.year) * 12 + last.month - first.month
        months += last.day >= first.day
        yield Line("for each month", pay.money(pay.per_month), months)
    if pay.session is not None:
        hour = pay.session.per_hour
        yield Line("for the capture session", pay.money(hour * pay.session.hours), 1)
    if terms.exclusivity is not None and terms.exclusivity.price is not None:
        yield Line("for exclusivity", pay.money(terms.exclusivity.price), 1)


def _notes(terms: Terms, pay: Pay) -> Iterator[str]:
    if terms.pictures is None:
        yield "no number of pictures is named: what is made is paid for each"
    if pay.per_release and terms.renditions is None and terms.channels:
        yield "each picture is counted once for each channel; every further file costs the same"
    if pay.royalty is not None:
        yield f"{pay.royalty.share:.0%} of {pay.royalty.of} comes on top"
