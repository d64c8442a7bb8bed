"""The ledger as text for other programs: statements as CSV, the books as Beancount.

Both are written here and never read back. Import them from `sosie.core.ledger`.
Format: docs/formats/ledger.md.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sosie.core.postings import Account, Entry, Reference
from sosie.core.values import Money

if TYPE_CHECKING:
    from sosie.core.ledger import Line, Statement

COLUMNS = (
    "day",
    "entry",
    "kind",
    "what",
    "license",
    "picture",
    "release",
    "basis",
    "approved",
    "amount",
    "currency",
    "balance",
    "due",
)
"""The columns of a statement as CSV; a column keeps its place and its meaning."""

_ACTIVE = frozenset("=+-@\uff1d\uff0b\uff0d\uff20|")
_NAMES = MappingProxyType(
    {
        Account.RECEIVABLE: "Assets:Receivable:Brand",
        Account.PAYABLE_MODEL: "Liabilities:Payable:Model",
        Account.PAYABLE_AGENCY: "Liabilities:Payable:Agency",
        Account.BANK: "Assets:Bank",
    }
)


def statement_json(statement: Statement) -> dict[str, Any]:
    """Return a statement as plain JSON values."""
    return {
        "party": statement.party,
        "from": statement.period.start.isoformat(),
        "until": statement.period.last.isoformat(),
        "lines": [
            {
                "on": line.on.isoformat(),
                "entry": line.entry,
                "what": line.what,
                "license": line.reference.license,
                "picture": line.reference.picture,
                "release": line.reference.release,
                "gross": str(line.gross),
                "deductions": [
                    {"amount": str(d.amount), "basis": d.basis.text} for d in line.deductions
                ],
                "net": str(line.net),
                "balance": str(line.balance),
                "due": line.due.isoformat() if line.due else None,
            }
            for line in statement.lines
        ],
        "totals": [
            {
                "currency": t.currency,
                "gross": str(t.gross),
                "deductions": str(t.deductions),
                "net": str(t.net),
                "closing": str(t.closing),
            }
            for t in statement.totals
        ],
    }


def statement_csv(statement: Statement) -> str:
    """Return a statement as CSV: the lines of `statement_lines`."""
    return "".join(statement_lines((statement,)))


def statement_lines(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield statements of one party, of periods that follow one another, as the lines of one CSV
    file (RFC 4180: commas, CRLF, quotes doubled; with a header line).

    One row per movement, so that per currency the column ``amount`` adds up to the closing
    balance: ``opening``, then for each line ``earned``, each ``deducted`` (below zero), ``paid``
    (below zero), and at last ``closing``, whose own amount is empty. Amounts have a point and the
    decimals of their currency. A text that a spreadsheet would run as a formula is led by ``'``.
    """
    yield csv_line(COLUMNS)
    opened: set[str] = set()
    for statement in statements:
        for total in statement.totals:
            if total.currency not in opened:
                opened.add(total.currency)
                day, owed = statement.period.start.isoformat(), total.opening
                yield csv_line(_row(day=day, kind="opening", amount=owed, balance=owed))
        for line in statement.lines:
            yield from map(csv_line, _rows(line))
    if opened:
        for total in statement.totals:
            day = statement.period.last.isoformat()
            yield csv_line(_row(day=day, kind="closing", balance=total.closing))


def csv_line(cells: Iterable[str]) -> str:
    """Return one line of a CSV file (RFC 4180), with its end."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def beancount(entries: Iterable[Entry]) -> str:
    """Return entries as a Beancount file: an ``open`` for each account on its first day, then one
    balanced transaction per entry, by day.

    Accounts are ``Liabilities:Payable:Model:Party-ID``; in an id, what Beancount does not take
    becomes ``-`` and two hexadecimal digits per byte of its UTF-8.
    """
    booked = sorted(entries, key=lambda entry: entry.on)
    opened: dict[str, str] = {}
    for entry in booked:
        for posting in entry.postings:
            account = _account(posting.account, posting.party)
            opened.setdefault(account, f"{entry.on} open {account}")
    parts = ['option "title" "Sosie ledger"', "\n".join(opened[name] for name in sorted(opened))]
    parts += [_transaction(entry) for entry in booked]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(line: Line) -> Iterator[list[str]]:
    about = {
        "day": line.on.isoformat(),
        "entry": line.entry,
        "what": line.what,
        **_about(line.reference),
    }
    due = "" if line.due is None else line.due.isoformat()
    before = line.balance - line.net + line.paid
    if line.gross.minor:
        before += line.gross
        amounts = {"amount": line.gross, "balance": before}
        yield _row(**about, kind="earned", basis=line.basis.text, due=due, **amounts)
    for deduction in line.deductions:
        before -= deduction.amount
        amounts = {"amount": -deduction.amount, "balance": before}
        basis = deduction.basis
        told = "; ".join([basis.text, *(f"{i.what}: {i.computation}" for i in basis.items)])
        approved = "" if basis.approved_on is None else basis.approved_on.isoformat()
        yield _row(**about, kind="deducted", basis=told, approved=approved, **amounts)
    if line.paid.minor:
        amounts = {"amount": -line.paid, "balance": line.balance}
        yield _row(**about, kind="paid", basis=line.basis.text, **amounts)


def _row(**cells: str | Money) -> list[str]:
    """Return the cells in the order of the columns: money as a bare number, text made harmless."""
    row = []
    for column in COLUMNS:
        cell = cells.get(column, "")
        if isinstance(cell, Money):
            row.append(cell.decimal())
        elif column == "currency":
            row.append(next(c.currency for c in cells.values() if isinstance(c, Money)))
        else:
            row.append(harmless(cell))
    return row


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs: led by ``'`` if its first visible character starts
    a formula, or if a control character leads it (CWE-1236)."""
    for character in text:
        kind = unicodedata.category(character)
        if kind == "Cc" or character in _ACTIVE:
            return "'" + text
        if kind not in {"Zs", "Zl", "Zp", "Cf"}:
            return text
    return text


def _about(reference: Reference) -> Mapping[str, str]:
    return {
        "license": reference.license or "",
        "picture": reference.picture or "",
        "release": reference.release or "",
    }


def _transaction(entry: Entry) -> str:
    about = {
        "entry": entry.id,
        **_about(entry.reference),
        "basis": entry.basis.text,
        "due": "" if entry.due is None else entry.due.isoformat(),
        "reverses": entry.reverses or "",
    }
    lines = [f"{entry.on} * {_quoted(entry.what)}"]
    lines += [f"  {key}: {_quoted(text)}" for key, text in about.items() if text]
    for posting in entry.postings:
        money = posting.money
        account = _account(posting.account, posting.party)
        lines.append(f"  {account}  {money.decimal()} {money.currency}")
        if posting.basis is not None:
            lines.append(f"    basis: {_quoted(posting.basis.text)}")
    return "\n".join(lines)


def _account(account: Account, party: str) -> str:
    def spelled(match: re.Match[str]) -> str:
        return "".join(f"-{byte:02X}" for byte in match[0].encode())

    # A dash that two hexadecimal digits follow is spelled too, so that no two ids meet.
    return f"{_NAMES[account]}:Party-" + re.sub(r"[^A-Za-z0-9-]|-(?=[0-9A-F]{2})", spelled, party)


def _quoted(text: str) -> str:
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
