"""The words of a statement of account: each line with its reason, each deduction with its basis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sosie.adapters.words import Words
from sosie.core.values import Money

if TYPE_CHECKING:
    from sosie.core.ledger import Basis, Deduction, Line, Reference, Statement, Totals

_W = Words("en")


def sheet(statement: Statement, names: Mapping[str, str]) -> dict[str, Any]:
    """Return everything that a statement prints, as plain JSON values; one table per currency."""
    period = statement.period
    return {
        "name": names.get(statement.party, "") or statement.party,
        "party": statement.party,
        "from": _W.day(period.start),
        "until": _W.day(period.last),
        "date": [period.last.year, period.last.month, period.last.day],
        "currencies": [_currency(statement, totals) for totals in statement.totals],
    }


def _currency(statement: Statement, totals: Totals) -> dict[str, Any]:
    lines = [line for line in statement.lines if line.gross.currency == totals.currency]
    return {
        "currency": totals.currency,
        "opening": _amount(totals.opening),
        "gross": _amount(totals.gross),
        "deductions": _taken(totals.deductions),
        "net": _amount(totals.net),
        "paid": _taken(totals.paid),
        "closing": _amount(totals.closing),
        "closing_money": str(Money(abs(totals.closing.minor), totals.currency)),
        "owed": "owed by" if totals.closing.minor < 0 else "owed to",
        "lines": [_line(line) for line in lines],
    }


def _line(line: Line) -> dict[str, Any]:
    taken = sum((d.amount.minor for d in line.deductions), 0)
    return {
        "on": line.on.isoformat(),
        "what": line.what,
        "gross": _or_blank(line.gross),
        "deductions": _or_blank(Money(-taken, line.gross.currency)),
        "net": _or_blank(line.net),
        "paid": _or_blank(-line.paid),
        "balance": _amount(line.balance),
        "notes": [_about(line), *(_deduction(d) for d in line.deductions)],
    }


def _about(line: Line) -> str:
    parts = [f"Entry {line.entry}"]
    parts += [reference] if (reference := _reference(line.reference)) else []
    parts += [f"reverses entry {line.reverses}"] if line.reverses else []
    parts += [f"due {_W.day(line.due)}"] if line.due is not None else []
    parts.append(f"basis: {_basis(line.basis)}")
    return "; ".join(parts)


def _deduction(deduction: Deduction) -> str:
    """Return what was taken, how it was computed and on what basis (N.Y. Labor Law § 1034(6))."""
    items = "; ".join(
        f"{item.what}, {item.amount}: {item.computation}" for item in deduction.basis.items
    )
    verb = "Given back" if deduction.amount.minor < 0 else "Deducted"
    amount = Money(abs(deduction.amount.minor), deduction.amount.currency)
    start = f"{verb} {amount}" + (f" ({items})" if items else "")
    return f"{start}; basis: {_basis(deduction.basis)}"


def _basis(basis: Basis) -> str:
    text = basis.text
    if basis.approved_on is not None:
        text += f", approved in writing on {_W.day(basis.approved_on)}"
    if basis.document is not None:
        text += f", document {basis.document.removeprefix('sha256:')[:12]}"
    return text


def _reference(reference: Reference) -> str:
    named = (
        ("license", reference.license),
        ("picture", reference.picture),
        ("release", reference.release),
    )
    return ", ".join(f"{word} {value}" for word, value in named if value)


def _amount(money: Money) -> str:
    return money.decimal().replace("-", "−")


def _taken(money: Money) -> str:
    return _amount(-money)


def _or_blank(money: Money) -> str:
    return _amount(money) if money.minor else ""
