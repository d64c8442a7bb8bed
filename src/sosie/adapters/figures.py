"""Amounts of a contract: rates, what is left for the model, expenses."""

from __future__ import annotations

from decimal import Decimal

from sosie.adapters.words import Words
from sosie.core.terms import Expense, Pay, Terms
from sosie.core.values import BadInput, Money


def net(gross: Money, commission: Decimal) -> Money:
    """Return what is left for the model; the commission is rounded down to the minor unit, as
    `sosie.core.ledger.split` books it."""
    parts, whole = commission.as_integer_ratio()
    return Money(gross.minor - gross.minor * parts // whole, gross.currency)


def priced(w: Words, pay: Pay | None) -> list[tuple[str, Money]]:
    """Return each rate that is above zero, with what it is for."""
    if pay is None:
        return []
    fields = (
        (w("for making the twin"), pay.creation_fee),
        (w("for each picture"), pay.per_picture),
        (w("for each release of a picture"), pay.per_release),
        (w("for each place where a picture is shown"), pay.per_placement),
        (w("for each month of the license"), pay.per_month),
        (w("for each hour of a capture session"), pay.session.per_hour if pay.session else None),
    )
    return [(what, amount(pay, rate)) for what, rate in fields if rate]


def amount(pay: Pay, value: Decimal) -> Money:
    """Return an amount of the terms; raises ``BadInput`` (``pay.amount``) if it is none."""
    try:
        return pay.money(value)
    except ValueError as error:
        raise bad_amount(error) from None


def bad_amount(error: ValueError) -> BadInput:
    """Return the error for an amount that its currency cannot say."""
    remedy = "write the amount with no more decimals than its currency has"
    return BadInput(str(error), where="pay", remedy=remedy, code="pay.amount")


def rates(w: Words, pay: Pay | None) -> list[str]:
    """Return each rate in words; that nothing is paid, where pay is stated and all are zero."""
    found = [f"{w.money(money)} {what}" for what, money in priced(w, pay)]
    if pay is not None and pay.royalty is not None:
        share = w.percent(pay.royalty.share)
        found.append(w("{share} of {what}", share=share, what=pay.royalty.of))
    return found or ([] if pay is None else [w("nothing is paid under this license")])


def nets(w: Words, terms: Terms) -> list[str]:
    """Return for each rate what the model receives of it."""
    return [
        w(
            "{net} {what}, of {gross}",
            net=w.money(net(money, terms.commission)),
            what=what,
            gross=w.money(money),
        )
        for what, money in priced(w, terms.pay)
    ]


def expenses(w: Words, terms: Terms) -> list[str]:
    """Return each expense with who bears it."""
    if terms.pay is None and terms.incurred_expenses:
        raise bad_amount(ValueError("expenses need a currency, which `pay` names"))
    return [_expense(w, terms.pay, item) for item in terms.incurred_expenses or () if terms.pay]


def _expense(w: Words, pay: Pay, item: Expense) -> str:
    cost = w.money(amount(pay, item.amount))
    match item.borne_by:
        case "brand":
            return w("{what}, {cost}, borne by the brand", what=item.what, cost=cost)
        case "agency":
            return w("{what}, {cost}, borne by the agency", what=item.what, cost=cost)
        case "model":
            return w("{what}, {cost}, borne by the model", what=item.what, cost=cost)
