"""The ledger: nothing is made or lost, nothing is taken without its basis, nothing is edited."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core.ledger import (
    COLUMNS,
    CURRENCIES,
    NO_REFERENCE,
    Account,
    Basis,
    Earning,
    Entry,
    Ground,
    Item,
    Posting,
    Reference,
    balances,
    beancount,
    check,
    deduct,
    earn,
    findings,
    paid,
    received,
    reversal,
    split,
    statement,
    statement_csv,
)
from sosie.core.terms import Terms
from sosie.core.values import Money, Period, Reason, Refusal

DAY = date(2026, 3, 2)
REFERENCE = Reference(license="L-1", picture="P-1")
PAY = Basis(Ground.PAY, "license `L-1`, clause pay.per_picture")
COMMISSION = Basis(
    Ground.COMMISSION,
    "agency commission 20 %, representation agreement of 2026-01-10, clause 4",
    approved_on=date(2026, 1, 10),
)
COURIER = Basis(
    Ground.ADVANCE,
    "courier for the capture, agreed by letter of 2026-02-20",
    approved_on=date(2026, 2, 20),
    items=(
        Item("courier", Money(2400, "EUR"), "2 trips at 12.00 EUR"),
        Item("copies", Money(600, "EUR"), "10 prints at 0.60 EUR"),
    ),
)


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def sold(gross: Money, rate: str = "0.20", **changes: Any) -> Entry | Refusal:
    fields: dict[str, Any] = {
        "entry_id": "E-1",
        "on": DAY,
        "what": "picture",
        "reference": REFERENCE,
        "brand": "brand",
        "model": "model",
        "agency": "agency",
        "basis": PAY,
        "commission": COMMISSION,
    }
    return split(gross, Decimal(rate), **{**fields, **changes})


def booked(result: Entry | Refusal | None) -> Entry:
    assert isinstance(result, Entry), result
    return result


def refusal(result: Entry | Refusal | None) -> list[tuple[str, str | None]]:
    assert isinstance(result, Refusal), result
    return [(reason.code, reason.rule) for reason in result.reasons]


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def amounts(entry: Entry) -> list[tuple[Account, str, int]]:
    return [(p.account, p.party, p.money.minor) for p in entry.postings]


# --- entries


def test_an_entry_that_does_not_balance_cannot_be() -> None:
    here, there = Posting(Account.BANK, "a", eur("1")), Posting(Account.BANK, "b", eur("-1"))
    Entry("E", DAY, "x", NO_REFERENCE, PAY, (here, there))
    yen = Posting(Account.BANK, "b", Money(-100, "JPY"))
    for postings in ((), (here,), (here, here), (here, yen), (here, there, yen)):
        with pytest.raises(ValueError, match=r"does not balance|no postings"):
            Entry("E", DAY, "x", NO_REFERENCE, PAY, postings)
    with pytest.raises(ValueError, match="moves no money"):
        Posting(Account.BANK, "a", eur("0"))


def test_a_split_gives_the_agency_its_share_and_the_model_the_rest() -> None:
    entry = booked(sold(eur("180.00")))
    assert amounts(entry) == [
        (Account.RECEIVABLE, "brand", 18000),
        (Account.PAYABLE_MODEL, "model", -18000),
        (Account.PAYABLE_MODEL, "model", 3600),
        (Account.PAYABLE_AGENCY, "agency", -3600),
    ]
    taken = entry.postings[2].basis
    assert taken is not None
    assert taken.items == (Item("agency commission", eur("36.00"), "20 % of 180.00 EUR"),)
    assert findings(entry) == ()


@settings(max_examples=600)
@given(
    minor=st.integers(1, 10**30),
    rate=st.decimals(0, "0.2", allow_nan=False) | st.sampled_from([Decimal("0.2"), Decimal(0)]),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", *sorted(CURRENCIES)]),
)
def test_a_split_makes_and_loses_nothing(minor: int, rate: Decimal, currency: str) -> None:
    entry = booked(sold(Money(minor, currency), str(rate)))
    owed: dict[str, int] = defaultdict(int)
    for account, party, amount in amounts(entry):
        assert account in Account
        owed[party] += amount
    assert owed["brand"] == minor == -owed["model"] - owed["agency"]
    up, down = rate.as_integer_ratio()
    fee = -owed["agency"]
    assert fee * down <= minor * up < (fee + 1) * down  # never above the rate, by under one unit
    assert 5 * fee <= minor  # nor above the cap
    assert findings(entry) == ()
    assert check([entry, reversal(entry, entry_id="R", on=DAY, why="test")]) == ()


def test_no_rounding_lifts_the_commission_over_the_cap() -> None:
    """Half to even would give an agency 1 of 3 cents: 33 %."""
    assert amounts(booked(sold(Money(3, "EUR")))) == [
        (Account.RECEIVABLE, "brand", 3),
        (Account.PAYABLE_MODEL, "model", -3),
    ]
    entry = booked(sold(Money(99, "JPY")))
    assert entry.postings[3].money == Money(-19, "JPY")
    taken = entry.postings[2].basis
    assert taken is not None
    assert taken.items[0].computation == "20 % of 99 JPY, rounded down"


def test_a_commission_above_twenty_percent_is_refused() -> None:
    assert refusal(sold(eur("100"), "0.2000001")) == [("commission.above_cap", "R07")]
    assert refusal(sold(eur("100"), "1")) == [("commission.above_cap", "R07")]
    booked(sold(eur("100"), "0.20"))  # the control


def test_a_commission_without_an_approved_basis_is_refused() -> None:
    later = replace(COMMISSION, approved_on=DAY + timedelta(days=1))
    none = replace(COMMISSION, approved_on=None)
    assert refusal(sold(eur("100"), commission=None)) == [("deduction.no_basis", "R37")]
    assert refusal(sold(eur("100"), commission=later)) == [("deduction.not_approved", "R38")]
    assert refusal(sold(eur("100"), commission=none)) == [("deduction.not_approved", "R38")]
    assert refusal(sold(eur("100"), commission=PAY)) == [("deduction.no_basis", "R37")]
    booked(sold(eur("100"), commission=replace(COMMISSION, approved_on=DAY)))


def test_what_no_split_can_be_is_an_error() -> None:
    for gross, rate, changes in (
        (eur("0"), "0", {}),
        (eur("-1"), "0", {}),
        (eur("1"), "-0.1", {}),
        (eur("1"), "1.1", {}),
        (eur("1"), "NaN", {}),
        (eur("1"), "0.1", {"agency": None}),
    ):
        with pytest.raises(ValueError, match=r"earns nothing|not between|needs an agency"):
            sold(gross, rate, **changes)
    assert refusal(sold(Money(100, "XTS"))) == [("ledger.currency_unknown", None)]


# --- earnings under terms


def terms(**pay: Any) -> Terms:
    data: dict[str, Any] = {
        "sosie": "terms/1",
        "title": "Spring",
        "twin": "twin",
        "parties": {"model": "model", "brand": "brand", "agency": "agency"},
        "commission": "0.15",
    }
    if pay:
        data["pay"] = {"currency": "EUR", **pay}
    return Terms.model_validate(data)


def earned(of: Terms, earning: Earning = Earning.PER_PICTURE) -> Entry | Refusal | None:
    return earn(of, earning, entry_id="E-1", on=DAY, reference=REFERENCE, commission=COMMISSION)


def test_each_priced_act_earns_what_the_terms_say() -> None:
    of = terms(creation_fee="500", per_picture="18.50", per_release="7", payment_term_days=30)
    for earning, gross, what in (
        (Earning.CREATION_FEE, 50000, "creation fee"),
        (Earning.PER_PICTURE, 1850, "picture"),
        (Earning.PER_RELEASE, 700, "release"),
    ):
        entry = booked(earned(of, earning))
        assert entry.postings[0] == Posting(Account.RECEIVABLE, "brand", Money(gross, "EUR"))
        assert (entry.what, entry.due) == (what, date(2026, 4, 1))
        assert entry.basis.text == f"license `L-1`, clause pay.{earning}"
        assert entry.basis.document == of.digest()
        assert entry.postings[3].money.minor == -(gross * 15 // 100)


def test_terms_without_a_price_or_a_term_make_none_up() -> None:
    assert earned(terms(per_release="7"), Earning.PER_PICTURE) is None
    assert booked(earned(terms(per_picture="7"))).due is None
    assert refusal(earned(terms())) == [("pay.missing", None)]
    assert refusal(earned(terms(per_picture="7.001"))) == [("pay.amount", None)]
    assert refusal(earned(terms(per_picture="7.5", currency="JPY"))) == [("pay.amount", None)]


# --- deductions


def taking(basis: Basis | None, amount: str = "30.00") -> Entry | Refusal:
    return deduct(
        eur(amount),
        entry_id="E-2",
        on=DAY,
        what="advance for the capture",
        reference=NO_REFERENCE,
        model="model",
        agency="agency",
        basis=basis,
    )


def test_an_itemized_and_approved_advance_may_be_taken_back() -> None:
    entry = booked(taking(COURIER))
    assert amounts(entry) == [
        (Account.PAYABLE_MODEL, "model", 3000),
        (Account.PAYABLE_AGENCY, "agency", -3000),
    ]
    with pytest.raises(ValueError, match="takes nothing"):
        taking(COURIER, "0")


@pytest.mark.parametrize(
    ("basis", "code", "rule"),
    [
        (None, "deduction.no_basis", "R37"),
        (PAY, "deduction.no_basis", "R37"),
        (replace(COURIER, ground=Ground.PAYMENT), "deduction.no_basis", "R37"),
        (replace(COURIER, ground=Ground.CORRECTION), "deduction.no_basis", "R37"),
        (replace(COURIER, items=()), "deduction.not_itemized", "R38"),
        (replace(COURIER, items=COURIER.items[:1]), "deduction.not_itemized", "R38"),
        (replace(COURIER, items=COURIER.items * 2), "deduction.not_itemized", "R38"),
        (
            replace(COURIER, items=(Item("courier", Money(3000, "EUR"), " "),)),
            "deduction.not_itemized",
            "R38",
        ),
        (
            replace(COURIER, items=(Item("courier", Money(3000, "USD"), "2 trips"),)),
            "deduction.not_itemized",
            "R38",
        ),
        (replace(COURIER, approved_on=None), "deduction.not_approved", "R38"),
        (replace(COURIER, approved_on=DAY + timedelta(days=1)), "deduction.not_approved", "R38"),
        (replace(COURIER, text=""), "deduction.not_approved", "R38"),
    ],
)
def test_no_other_deduction_is_booked(basis: Basis | None, code: str, rule: str) -> None:
    assert (code, rule) in refusal(taking(basis))


# --- the check of a whole ledger


def books() -> list[Entry]:
    first = booked(sold(eur("180.00"), due=DAY + timedelta(days=30)))
    advance = booked(taking(COURIER))
    wrong = replace(booked(sold(eur("50.00"))), id="E-3", on=DAY + timedelta(days=1))
    back = reversal(wrong, entry_id="E-4", on=DAY + timedelta(days=2), why="booked twice")
    money = received(
        eur("180.00"),
        entry_id="E-5",
        on=date(2026, 4, 1),
        brand="brand",
        house="house",
        text="wire",
    )
    out = paid(
        eur("114.00"),
        entry_id="E-6",
        on=date(2026, 4, 2),
        party="model",
        account=Account.PAYABLE_MODEL,
        house="house",
        text="transfer",
    )
    return [first, advance, wrong, back, money, out]


def changed(entry: Entry, **changes: Any) -> Entry:
    names = ("on", "what", "reference", "basis", "postings", "due", "reverses")
    fields = {name: getattr(entry, name) for name in names}
    return Entry.unchecked(**{"entry_id": entry.id, **fields, **changes})


def test_sound_books_pass_and_an_unchecked_entry_is_the_same_entry() -> None:
    assert check(books()) == ()
    assert changed(books()[0]) == books()[0]
    assert changed(books()[0]).imbalance() == ()


def test_the_check_finds_each_fault() -> None:
    first, advance, wrong, back, money, out = books()
    bank = Posting(Account.BANK, "house", eur("-30.00"))
    hidden = (  # the agency is credited past the model
        Posting(Account.RECEIVABLE, "brand", eur("100")),
        Posting(Account.PAYABLE_MODEL, "model", eur("-70")),
        Posting(Account.PAYABLE_AGENCY, "agency", eur("-30")),
    )
    third = replace(COMMISSION, items=(Item("commission", eur("30"), "30 % of 100.00 EUR"),))
    greedy = (
        Posting(Account.RECEIVABLE, "brand", eur("100")),
        Posting(Account.PAYABLE_MODEL, "model", eur("-100")),
        Posting(Account.PAYABLE_MODEL, "model", eur("30"), third),
        Posting(Account.PAYABLE_AGENCY, "agency", eur("-30"), third),
    )
    faults: list[tuple[list[Entry], list[str]]] = [
        (
            [changed(first, postings=first.postings[:3])],
            ["ledger.unbalanced", "deduction.no_basis"],
        ),
        ([first, first], ["ledger.duplicate_id"]),
        ([back], ["reversal.unknown"]),
        ([back, wrong], ["reversal.unknown"]),
        ([wrong, replace(back, on=DAY)], ["reversal.early"]),
        ([wrong, replace(back, postings=first.postings)], ["reversal.differs"]),
        ([wrong, back, replace(back, id="E-7")], ["reversal.twice"]),
        (
            [wrong, back, replace(back, id="E-7", reverses="E-4")],
            ["reversal.of_reversal", "reversal.differs"],
        ),
        ([replace(first, postings=hidden)], ["deduction.no_basis"]),
        ([replace(first, postings=greedy)], ["commission.above_cap"]),
        (
            [
                replace(
                    out,
                    postings=(
                        out.postings[0],
                        replace(bank, money=eur("-114"), account=Account.RECEIVABLE),
                    ),
                )
            ],
            ["payment.not_paid"],
        ),
        ([replace(advance, basis=PAY)], ["deduction.no_basis"]),
        (
            [
                replace(
                    money,
                    postings=tuple(
                        replace(p, money=Money(p.money.minor, "ABC")) for p in money.postings
                    ),
                )
            ],
            ["ledger.currency_unknown"],
        ),
    ]
    for entries, expected in faults:
        assert sorted(codes(check(entries))) == sorted(expected)


def test_a_reversal_takes_back_to_the_cent_and_is_not_reversed() -> None:
    wrong = books()[2]
    back = reversal(wrong, entry_id="R", on=wrong.on, why="booked twice")
    assert [p.money for p in back.postings] == [-p.money for p in wrong.postings]
    assert (back.reverses, back.basis.text) == ("E-3", "booked twice")
    with pytest.raises(ValueError, match="is a reversal"):
        reversal(back, entry_id="R2", on=DAY, why="?")
    with pytest.raises(ValueError, match="before it"):
        reversal(wrong, entry_id="R2", on=DAY, why="?")
    assert codes(findings(back)) == ["reversal.unknown"]  # alone, it proves nothing


def test_payments_move_money_and_only_from_payables() -> None:
    with pytest.raises(ValueError, match="not an account"):
        paid(eur("1"), entry_id="E", on=DAY, party="b", account=Account.BANK, house="h", text="t")
    with pytest.raises(ValueError, match="moves nothing"):
        received(eur("0"), entry_id="E", on=DAY, brand="b", house="h", text="t")


# --- statements

SPRING = Period.through(date(2026, 3, 1), date(2026, 5, 31))


def test_a_model_sees_each_line_and_each_deduction() -> None:
    shown = statement(books(), "model", SPRING, (eur("10.00"),))
    rows = [
        (line.entry, str(line.gross), [str(d.amount) for d in line.deductions], str(line.net))
        for line in shown.lines
    ]
    assert rows == [
        ("E-1", "180.00 EUR", ["36.00 EUR"], "144.00 EUR"),
        ("E-2", "0.00 EUR", ["30.00 EUR"], "-30.00 EUR"),
        ("E-3", "50.00 EUR", ["10.00 EUR"], "40.00 EUR"),
        ("E-4", "-50.00 EUR", ["-10.00 EUR"], "-40.00 EUR"),
        ("E-6", "0.00 EUR", [], "0.00 EUR"),
    ]
    running = [line.balance.decimal() for line in shown.lines]
    assert running == ["154.00", "124.00", "164.00", "124.00", "10.00"]
    assert shown.lines[0].due == date(2026, 4, 1)
    assert shown.lines[0].reference == REFERENCE
    assert "clause 4" in shown.lines[0].deductions[0].basis.text
    assert shown.lines[3].basis.text == "booked twice"
    (total,) = shown.totals
    assert (total.opening, total.gross, total.deductions) == (eur("10"), eur("180"), eur("66"))
    assert (total.net, total.paid, total.closing) == (eur("114"), eur("114"), eur("10"))


def test_an_agency_sees_what_it_earned() -> None:
    shown = statement(books(), "agency", SPRING)
    assert [line.gross.decimal() for line in shown.lines] == ["36.00", "30.00", "10.00", "-10.00"]
    assert shown.lines[0].basis.ground is Ground.COMMISSION
    assert not any(line.deductions for line in shown.lines)
    assert shown.totals[0].closing == eur("66.00")


def test_two_currencies_are_never_added() -> None:
    yen = replace(booked(sold(Money(1000, "JPY"))), id="Y")
    shown = statement([*books(), yen], "model", SPRING, (Money(5, "KWD"),))
    assert [total.currency for total in shown.totals] == ["EUR", "JPY", "KWD"]
    assert [total.closing.minor for total in shown.totals] == [0, 800, 5]


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(1, 10**7), st.sampled_from(["EUR", "JPY"])),
        max_size=12,
    ),
    st.integers(1, 89),
)
def test_a_period_opens_where_the_one_before_closed(
    sales: list[tuple[int, int, str]], cut: int
) -> None:
    start = date(2026, 1, 1)
    middle, end = start + timedelta(days=cut), start + timedelta(days=91)
    entries = [
        replace(
            booked(sold(Money(minor, currency), on=start + timedelta(days=100))),
            id=f"E-{i}",
            on=start + timedelta(days=day),
        )
        for i, (day, minor, currency) in enumerate(sales)
    ]
    first = statement(entries, "model", Period(start, middle))
    opening = balances(entries, "model", before=middle)
    assert {m.currency: m for m in opening} == {t.currency: t.closing for t in first.totals}
    second = statement(entries, "model", Period(middle, end), opening)
    whole = statement(entries, "model", Period(start, end))
    assert [t.closing for t in second.totals] == [t.closing for t in whole.totals]
    for total in (*first.totals, *second.totals, *whole.totals):
        assert total.opening + total.gross - total.deductions - total.paid == total.closing


# --- texts for other programs


def test_a_statement_as_csv_adds_up() -> None:
    text = statement_csv(statement(books(), "model", SPRING, (eur("10.00"),)))
    assert text.count("\r\n") == text.count("\n") == 11
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    kinds = [row["kind"] for row in rows]
    assert kinds == [
        *("opening", "earned", "deducted", "deducted", "earned", "deducted"),
        *("earned", "deducted", "paid", "closing"),
    ]
    total = Decimal(0)
    for row in rows:
        assert row["currency"] == "EUR"
        total += Decimal(row["amount"] or "0")
        assert re.fullmatch(r"-?[0-9]+\.[0-9]{2}", row["balance"])
        assert Decimal(row["balance"]) == total
    assert rows[2]["basis"].endswith("clause 4; agency commission: 20 % of 180.00 EUR")
    assert rows[2]["approved"] == "2026-01-10"
    assert (rows[1]["due"], rows[1]["license"], rows[1]["picture"]) == ("2026-04-01", "L-1", "P-1")
    yen = statement([replace(booked(sold(Money(1000, "JPY"))))], "model", SPRING)
    assert ",1000,JPY,1000," in statement_csv(yen)
    kwd = statement([replace(booked(sold(Money(1000, "KWD"))))], "model", SPRING)
    assert ",1.000,KWD,1.000," in statement_csv(kwd)


@pytest.mark.parametrize(
    "text",
    [
        *('=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1"),
        *("\ufeff=1", "\u200b+1", "\u00a0@x", "\uff1d1+1", "\x00=1", "|calc", "\u2028=1"),
    ],
)
def test_no_text_runs_in_a_spreadsheet(text: str) -> None:
    entry = replace(booked(sold(eur("1"))), what=text, reference=Reference(license=text))
    shown = statement_csv(statement([entry], "model", SPRING))
    row = list(csv.DictReader(io.StringIO(shown, newline="")))[1]
    assert row["what"] == row["license"] == "'" + text


def test_harmless_text_stays_as_it_is() -> None:
    for text in ("", "plain", 'with "quotes", and commas', "two\r\nlines", "a=b", "élan", "  x"):
        entry = replace(booked(sold(eur("1"))), what=text)
        shown = statement_csv(statement([entry], "model", SPRING))
        assert list(csv.DictReader(io.StringIO(shown, newline="")))[1]["what"] == text


POSTED = re.compile(
    r"  ((?:Assets|Liabilities)(?::[A-Z][A-Za-z0-9-]*)+)  (-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})"
)


def read_beancount(text: str) -> tuple[dict[str, date], list[list[tuple[str, Decimal, str]]]]:
    """A small reader of what is written here: every line must be understood."""
    opened: dict[str, date] = {}
    transactions: list[list[tuple[str, Decimal, str]]] = []
    string = r'"(?:[^"\\]|\\.)*"'
    for line in text.splitlines():
        if match := re.fullmatch(r"([0-9-]{10}) open (\S+)", line):
            assert match[2] not in opened
            opened[match[2]] = date.fromisoformat(match[1])
        elif re.fullmatch(rf"[0-9-]{{10}} \* {string}", line):
            transactions.append([])
        elif match := POSTED.fullmatch(line):
            assert opened[match[1]] <= DAY + timedelta(days=60)
            transactions[-1].append((match[1], Decimal(match[2]), match[3]))
        else:
            assert re.fullmatch(rf'|option "title" {string}|  (  )?[a-z]+: {string}', line), line
    return opened, transactions


def test_the_beancount_text_balances() -> None:
    entries = [*books(), replace(booked(sold(Money(1001, "KWD"))), id="K")]
    opened, transactions = read_beancount(beancount(entries))
    assert len(transactions) == len(entries)
    seen = 0
    balance: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for postings in transactions:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for account, amount, currency in postings:
            sums[currency] += amount
            balance[account, currency] += amount
            seen += 1
        assert not any(sums.values())
    assert seen == sum(len(entry.postings) for entry in entries)
    assert {account for account, _ in balance} == set(opened)
    assert balance["Liabilities:Payable:Model:Party-model", "KWD"] == Decimal("-0.801")
    assert balance["Assets:Receivable:Brand:Party-brand", "EUR"] == 0
    assert beancount([]) == 'option "title" "Sosie ledger"\n'


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_no_two_parties_share_a_beancount_account(parties: list[str]) -> None:
    entries = [
        replace(booked(sold(eur("1"), agency=None, rate="0", model=party)), id=str(i))
        for i, party in enumerate(parties)
        if not any("\ud800" <= c <= "\udfff" for c in party)
    ]
    opened, _ = read_beancount(beancount(entries))
    assert len([name for name in opened if ":Model:" in name]) == len(entries)


def test_texts_cannot_break_out_of_beancount_strings() -> None:
    nasty = 'a"\n2026-01-01 open Assets:Mine\r\n\\" ; \\'
    entry = replace(booked(sold(eur("1"))), what=nasty, basis=Basis(Ground.PAY, nasty))
    opened, transactions = read_beancount(beancount([entry]))
    assert "Assets:Mine" not in opened
    assert len(transactions) == 1
