"""What an allowed use obliges somebody to do, and by when."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from sosie.core.license.how_much import price
from sosie.core.license.what import may_stay
from sosie.core.terms import Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Duty, State, Use
from sosie.core.values import Money

_EEA = expand(("EEA",))
_REPORT_DAYS = {"monthly": 31, "quarterly": 92, "yearly": 366}
_Duties = tuple[Duty, ...]
_NONE: _Duties = ()
_SEAL, _RELEASE, _SHOW = Act.SEAL, Act.RELEASE, Act.SHOW


def duties(use: Use, terms: Terms, state: State, on: date) -> _Duties:
    """Return every duty that goes with a use that is allowed, in a fixed order."""
    act, brand, pay = use.act, terms.parties.brand, terms.pay
    found = _NONE
    if act is _SEAL:
        found += _marked(brand)
    if act is _RELEASE:
        label = terms.disclosure.label if terms.disclosure else None
        found += _shown(use.territories or (), label, terms.credit, brand)
    if pay is not None and (asked := price(use, pay)).minor:
        found += _paid(asked, pay.payment_term_days or 0, on, brand)
    if act is _RELEASE and terms.usage_reports is not None:
        found += _reported(terms.usage_reports, on, brand)
    if act is _RELEASE or act is _SHOW:
        found += _taken_down(use, terms, state)
    return found


@lru_cache(maxsize=1024)
def _marked(brand: str) -> _Duties:
    return (Duty("mark", "the picture carries a mark that machines can read", brand, rule="R49"),)


@lru_cache(maxsize=4096)
def _shown(territories: tuple[str, ...], label: str | None, credit: str, brand: str) -> _Duties:
    found = _NONE
    in_europe = not _EEA.isdisjoint(expand(territories))
    if label is not None or in_europe:
        words = f"`{label}`" if label else "a label that it shows a digital twin"
        text = f"{words} is seen with the picture from the first moment"
        clause = "disclosure" if label else None
        found += (Duty("label", text, brand, None, clause, "R50" if in_europe else None),)
    if credit:
        found += (Duty("credit", f"`{credit}` stands with the picture", brand, None, "credit"),)
    return found


@lru_cache(maxsize=4096)
def _paid(asked: Money, days: int, on: date, brand: str) -> _Duties:
    due = on + timedelta(days=days)
    text = f"{asked} are paid by {due}"
    return (Duty("pay", text, brand, due, "pay.payment_term_days", "R35"),)


@lru_cache(maxsize=4096)
def _reported(every: str, on: date, brand: str) -> _Duties:
    due = on + timedelta(days=_REPORT_DAYS[every])
    text = f"the {every} report to the model holds this use"
    return (Duty("report", text, brand, due, "usage_reports", "R69"),)


def _taken_down(use: Use, terms: Terms, state: State) -> _Duties:
    """Return until when what goes out may stay; unpaid posts have no such day where they stay."""
    brand, after = terms.parties.brand, terms.after_end
    if state.revoked_on is not None:
        days = terms.withdrawal.take_down_days if terms.withdrawal else 0
        return _down(state.revoked_on, days, "withdrawal.take_down_days", "R57", brand)
    if terms.period is None or may_stay(use, terms):
        return _NONE
    if after is None:
        return _down(terms.period.last, 0, "period.until", "R21", brand)
    return _down(terms.period.last, after.sell_off_days, "after_end", "R21", brand)


@lru_cache(maxsize=4096)
def _down(day: date, days: int, clause: str, rule: str, brand: str) -> _Duties:
    due = day + timedelta(days=days)
    why = "the license is revoked: " if rule == "R57" else ""
    return (
        Duty("take_down", f"{why}the picture is taken down by {due}", brand, due, clause, rule),
    )
