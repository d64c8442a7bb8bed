"""Offers to sign: open, signed, declined, expired; and reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sosie.core.signing import Declined, InPerson, Offer, OfferState, reminders_due, state
from sosie.core.values import digest

SENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAYS = (date(2026, 11, 23), date(2026, 11, 26))
OFFER = Offer("L-0001", "model", "ines", digest(b"pdf"), SENT, date(2026, 11, 27), DAYS)


def test_an_offer_is_open_to_its_last_day_and_expired_after() -> None:
    assert state(OFFER, date(2026, 11, 27)) is OfferState.OPEN
    assert state(OFFER, date(2026, 11, 28)) is OfferState.EXPIRED


def test_what_was_signed_or_declined_stays_so() -> None:
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    no = Declined(at, "the fee is too low")
    for day in (date(2026, 11, 24), date(2027, 1, 1)):
        assert state(OFFER, day, signed=at) is OfferState.SIGNED
        assert state(OFFER, day, declined=no) is OfferState.DECLINED
    assert state(OFFER, date(2026, 11, 23), signed=at) is OfferState.OPEN
    with pytest.raises(ValueError, match="not both"):
        state(OFFER, date(2026, 11, 24), signed=at, declined=no)


def test_reminders_are_due_once_and_never_after_the_end() -> None:
    none: frozenset[date] = frozenset()
    assert reminders_due(OFFER, date(2026, 11, 22), reminded=none) == ()
    assert reminders_due(OFFER, date(2026, 11, 26), reminded=none) == DAYS
    assert reminders_due(OFFER, date(2026, 11, 26), reminded=frozenset(DAYS[:1])) == DAYS[1:]
    assert reminders_due(OFFER, date(2026, 11, 28), reminded=none) == ()


def test_what_cannot_be_is_refused() -> None:
    for wrong in (
        {"last": date(2026, 11, 19)},
        {"reminders": (date(2026, 11, 28),)},
        {"reminders": DAYS[::-1]},
    ):
        with pytest.raises(ValueError, match=r"offer|reminder"):
            replace(OFFER, **wrong)
    with pytest.raises(ValueError, match="why"):
        Declined(SENT, " ")
    with pytest.raises(ValueError, match="pages"):
        InPerson("nord", ("Ada Berg",), ())
    assert InPerson("nord", ("Ada Berg",), (digest(b"1"),)).host == "nord"
