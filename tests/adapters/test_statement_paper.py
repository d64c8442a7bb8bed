"""Statements of account: every line, every basis, every total stands on the paper."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pikepdf
import pytest

from sosie.adapters.typesetting import Typst
from sosie.core.values import Money, Period, digest
from tests.adapters.sample_papers import bare, text

if TYPE_CHECKING:
    from sosie.core import ledger
else:
    ledger = pytest.importorskip("sosie.core.ledger")

NAMES = {"asta": "Asta Lindqvist"}
NOVEMBER = Period.through(date(2026, 11, 1), date(2026, 11, 30))
EVIL = '#panic("x") *bold* $1$ <img> @ref'


def euro(minor: int, currency: str = "EUR") -> Money:
    return Money(minor, currency)


def earned(number: int, on: date, gross: Money, what: str) -> ledger.Entry:
    """Return an entry of which the agency takes a fifth."""
    entry = ledger.split(
        gross,
        Decimal("0.20"),
        entry_id=f"e-{number}",
        on=on,
        what=what,
        reference=ledger.Reference("lic-2026-0001", f"pic-{number}"),
        brand="maison-nord",
        model="asta",
        agency="atlas-models",
        basis=ledger.Basis(ledger.Ground.PAY, "license lic-2026-0001, clause pay.per_picture"),
        commission=ledger.Basis(
            ledger.Ground.COMMISSION,
            "representation agreement, clause 4",
            digest(b"agreement"),
            date(2026, 1, 10),
        ),
        due=date(2026, 12, 24),
    )
    assert isinstance(entry, ledger.Entry)
    return entry


def entries() -> list[ledger.Entry]:
    """Return a month with everything in it: pay, commission, advance, payment, reversal."""
    advance = ledger.deduct(
        euro(8400),
        entry_id="e-5",
        on=date(2026, 11, 12),
        what="advance recovered",
        reference=ledger.Reference("lic-2026-0001"),
        model="asta",
        agency="atlas-models",
        basis=ledger.Basis(
            ledger.Ground.ADVANCE,
            "travel advance",
            digest(b"voucher"),
            date(2026, 10, 1),
            (
                ledger.Item("train", euro(6000), "one return at 60.00 EUR"),
                ledger.Item("hotel", euro(2400), "half of one night at 48.00 EUR"),
            ),
        ),
    )
    assert isinstance(advance, ledger.Entry)
    third = earned(3, date(2026, 11, 4), euro(18001), "picture")
    payment = ledger.paid(
        euro(60000),
        entry_id="e-6",
        on=date(2026, 11, 15),
        party="asta",
        account=ledger.Account.PAYABLE_MODEL,
        house="house",
        text="transfer S-118",
    )
    return [
        earned(1, date(2026, 10, 3), euro(90000), "creation fee"),
        earned(2, date(2026, 11, 3), euro(18000), "picture"),
        third,
        advance,
        payment,
        earned(7, date(2026, 11, 20), euro(25000, "SEK"), "picture"),
        ledger.reversal(third, entry_id="e-8", on=date(2026, 11, 21), why="the model refused it"),
    ]


def set_paper(booked: list[ledger.Entry]) -> bytes:
    opening = ledger.balances(booked, "asta", before=NOVEMBER.start)
    return Typst().statement(ledger.statement(booked, "asta", NOVEMBER, opening), names=NAMES)


@pytest.fixture(scope="module")
def paper() -> bytes:
    return set_paper(entries())


@pytest.mark.parametrize(
    "value",
    [
        "Asta Lindqvist",
        "1 November 2026 to 30 November 2026, both days included; party asta",
        "EUR: 180.00 EUR owed to Asta Lindqvist on 30 November 2026",
        "SEK: 200.00 SEK owed to Asta Lindqvist on 30 November 2026",
        "Opening balance 720.00",
        "picture 180.00 −36.00 144.00 864.00",
        "Entry e-2; license lic-2026-0001, picture pic-2; due 24 December 2026; basis: license",
        "Deducted 36.00 EUR (agency commission, 36.00 EUR: 20 % of 180.00 EUR); basis:",
        "representation agreement, clause 4, approved in writing on 10 January 2026, document",
        "Deducted 84.00 EUR (train, 60.00 EUR: one return at 60.00 EUR; hotel, 24.00 EUR: half",
        "one night at 48.00 EUR); basis: travel advance, approved in writing on 1 October 2026",
        "payment −600.00 324.01",
        "2026-11-15",
        "basis: transfer S-118",
        "reverses entry e-3; basis: the model refused it",
        "Given back 36.00 EUR",
        "Sum of the period 180.00 −120.00 60.00 −600.00",
        "Closing balance 180.00",
    ],
)
def test_the_statement_says_each_fact(paper: bytes, value: str) -> None:
    assert bare(value) in bare(" ".join(text(paper)))


def test_an_ordinary_month_is_one_page(paper: bytes) -> None:
    assert len(text(paper)) == 1


def test_the_same_statement_gives_the_same_bytes(paper: bytes) -> None:
    assert set_paper(entries()) == paper


def test_the_file_is_pdf_a_3a_and_pdf_ua_1(paper: bytes) -> None:
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert meta["pdfuaid:part"] == "1"


def test_every_line_of_a_long_year_is_there() -> None:
    booked = [earned(n, date(2026, 11, 1 + n % 28), euro(100 + n), f"job {n}") for n in range(150)]
    pages = text(set_paper(booked))
    said = bare(" ".join(pages))
    assert len(pages) > 5
    assert all(bare(f"Entry e-{n}; license") in said for n in range(150))
    assert all("BALANCE" in bare(page) for page in pages[:-1])


def test_an_empty_month_says_so() -> None:
    said = bare(" ".join(text(set_paper([]))))
    assert bare("Nothing was earned, deducted or paid in this period") in said


def test_a_debt_is_called_one() -> None:
    only_paid = [entry for entry in entries() if entry.id == "e-6"]
    said = bare(" ".join(text(set_paper(only_paid))))
    assert bare("EUR: 600.00 EUR owed by Asta Lindqvist") in said
    assert bare("Closing balance −600.00") in said


def test_text_from_outside_prints_as_it_stands() -> None:
    booked = [replace(entry, what=EVIL, id=EVIL) for entry in entries()[1:2]]
    statement = ledger.statement(booked, "asta", NOVEMBER)
    said = bare(" ".join(text(Typst().statement(statement, names={"asta": EVIL}))))
    assert said.count(bare(EVIL)) >= 4


def test_a_party_without_a_name_is_called_by_its_id() -> None:
    statement = ledger.statement(entries(), "asta", NOVEMBER)
    assert bare("owed to asta on") in bare(" ".join(text(Typst().statement(statement, names={}))))
