"""What an allowed use obliges somebody to do, and by when."""

from __future__ import annotations

from datetime import date, timedelta

from sosie.core.license.how_much import price
from sosie.core.license.what import may_stay
from sosie.core.terms import Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Duty, State, Use

_EEA = expand(("EEA",))
_REPORTS = {"monthly": 31, "quarterly": 92, "yearly": 366}


def duties(use: Use, terms: Terms, state: State, on: date) -> tuple[Duty, ...]:
    """Return every duty that goes with a use that is allowed, in a fixed order."""
    brand = terms.parties.brand
    found: list[Duty] = []
    if use.act is Act.SEAL:
        text = "the picture carries a mark that machines can read"
        found.append(Duty("mark", text, brand, rule="R49"))
    if use.act is Act.RELEASE:
        found += _shown(use, terms)
    found += _paid(use, terms, on)
    if use.act is Act.RELEASE and terms.usage_reports is not None:
        due = on + timedelta(days=_REPORTS[terms.usage_reports])
        text = f"the {terms.usage_reports} report to the model holds this use"
        found.append(Duty("report", text, brand, due, "usage_reports", "R69"))
    if use.act in {Act.RELEASE, Act.SHOW}:
        found += _taken_down(use, terms, state)
    return tuple(found)


def _shown(use: Use, terms: Terms) -> list[Duty]:
    brand, said = terms.parties.brand, terms.disclosure
    in_europe = bool(expand(use.territories or ()) & _EEA)
    found = []
    if said is not None or in_europe:
        words = f"`{said.label}`" if said else "a label that it shows a digital twin"
        text = f"{words} is seen with the picture from the first moment"
        clause = "disclosure" if said else None
        found.append(Duty("label", text, brand, None, clause, "R50" if in_europe else None))
    if terms.credit:
        text = f"`{terms.credit}` stands with the picture"
        found.append(Duty("credit", text, brand, None, "credit"))
    return found


def _paid(use: Use, terms: Terms, on: date) -> list[Duty]:
    pay = terms.pay
    if pay is None or not (asked := price(use, pay)).minor:
        return []
    due = on + timedelta(days=pay.payment_term_days or 0)
    text = f"{asked} are paid by {due}"
    return [Duty("pay", text, terms.parties.brand, due, "pay.payment_term_days", "R35")]


def _taken_down(use: Use, terms: Terms, state: State) -> list[Duty]:
    """Return until when what goes out may stay; unpaid posts have no such day where they stay."""
    brand, after = terms.parties.brand, terms.after_end
    if state.revoked_on is not None:
        days = terms.withdrawal.take_down_days if terms.withdrawal else 0
        due = state.revoked_on + timedelta(days=days)
        text = f"the license is revoked: the picture is taken down by {due}"
        return [Duty("take_down", text, brand, due, "withdrawal.take_down_days", "R57")]
    if terms.period is None or may_stay(use, terms):
        return []
    due = terms.period.last + timedelta(days=after.sell_off_days if after else 0)
    text = f"the picture is taken down by {due}"
    return [Duty("take_down", text, brand, due, "after_end" if after else "period.until", "R21")]
