"""What the lines of a statement come to, by any name that is given to them."""

from __future__ import annotations

from datetime import date

from sosie.core.ledger import Basis, Ground, Line, Reference, parts
from sosie.core.values import Money


def test_lines_are_summed_by_name_and_currency() -> None:
    def line(name: str, gross: int, net: int, paid: int = 0, currency: str = "EUR") -> Line:
        zero = Money(0, currency)
        return Line(
            on=date(2026, 3, 1),
            entry=name,
            what=name,
            reference=Reference(),
            basis=Basis(Ground.PAY, "clause"),
            gross=Money(gross, currency),
            deductions=(),
            net=Money(net, currency),
            paid=Money(paid, currency),
            balance=zero,
            due=None,
        )

    lines = [
        line("b", 100, 80),
        line("a", 50, 50, 20),
        line("b", 100, 80, 30),
        line("b", 7, 7, currency="JPY"),
    ]
    found = parts(lines, lambda each: each.what)
    assert [(p.name, p.gross, p.deductions, p.net, p.paid) for p in found] == [
        ("a", Money(50, "EUR"), Money(0, "EUR"), Money(50, "EUR"), Money(20, "EUR")),
        ("b", Money(200, "EUR"), Money(40, "EUR"), Money(160, "EUR"), Money(30, "EUR")),
        ("b", Money(7, "JPY"), Money(0, "JPY"), Money(7, "JPY"), Money(0, "JPY")),
    ]
    assert parts([], lambda each: each.what) == ()
