"""How tests of rules are put together: answers from facts that may be unknown."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from operator import attrgetter

from sosie.core.law.facts import Facts
from sosie.core.law.rule import Answer, Test


def answer(kept: bool | None, broken: str, fine: str, clause: str | None = None) -> Answer:
    """Return the answer for a fact that is as it must be, is not, or is unknown (``None``)."""
    if kept is None:
        return Answer(None, f"not known: {fine}", clause)
    return Answer(kept, fine if kept else broken, clause)


def unknown(what: str) -> tuple[Answer, ...]:
    """Return the one answer that something is not known."""
    return (Answer(None, f"{what} is not known"),)


def negated(value: bool | None) -> bool | None:
    """Return the opposite of what is known; unknown stays unknown."""
    return None if value is None else not value


def both(one: bool | None, other: bool | None) -> bool | None:
    """Return whether two things are so; one that is not settles it, whatever the other is."""
    if False in (one, other):
        return False
    return None if None in (one, other) else True


def must(*facts: tuple[str, str, str]) -> Test:
    """Return the test that each fact is so: its path in ``Facts`` (a leading `not ` negates it),
    what is said when it is not, and when it is."""
    readers = [
        (attrgetter(path.removeprefix("not ")), path.startswith("not "), broken, fine)
        for path, broken, fine in facts
    ]

    def test(facts: Facts) -> tuple[Answer, ...]:
        found = []
        for read, turned, broken, fine in readers:
            value = read(facts)
            found.append(answer(negated(value) if turned else value, broken, fine))
        return tuple(found)

    return test


def by(due: date, done: date | None, on: date, what: str) -> Answer:
    """Return the answer to a deadline: kept when done in time, or while its day has not passed.

    ``what`` is a noun: `the payment`."""
    if done is not None:
        late = f", after {due}" if done > due else ""
        return Answer(done <= due, f"{what} came on {done}{late}", due=due)
    if on > due:
        return Answer(False, f"{what} was due by {due}: do it now", due=due)
    return Answer(True, f"{what} is due by {due}", due=due)


def month_after(day: date) -> date:
    """Return the same day of the next month, or the last day of that month."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
