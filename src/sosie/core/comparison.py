"""What changed between two sets of terms, in plain words: counter offers, and the last deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

from sosie.core.terms import Terms
from sosie.core.territories import expand

Favors = Literal["model", "brand", "nobody"]
"""Whom a change favors; nobody where that is not clear."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One clause that changed."""

    clause: str
    """Its path in the terms: `pay.per_picture`."""
    was: str | None
    """As it was, in words; nothing if it was not there."""
    now: str | None
    favors: Favors
    text: str
    """The change as a sentence."""

    @property
    def name(self) -> str:
        """What people call the clause."""
        return name_of(self.clause)

    @property
    def own(self) -> bool:
        """Whether the clause stands in the words of whoever wrote it."""
        return self.clause in _OWN


CLAUSES: Mapping[str, str] = MappingProxyType(
    {
        "title": "the title",
        "twin": "the twin",
        "twin_version": "the version of the twin",
        "language": "the language of her papers",
        "parties.model": "the model",
        "parties.brand": "the brand",
        "parties.agency": "the agency",
        "parties.mother_agency": "the mother agency",
        "parties.studio": "the studio",
        "pay.currency": "the currency",
        "pay.creation_fee": "the fee for making the twin",
        "pay.per_picture": "the fee for each picture",
        "pay.per_release": "the fee for each release",
        "pay.per_placement": "the fee for each placement",
        "pay.per_month": "the fee for each month",
        "pay.session.per_hour": "the hourly fee of a capture session",
        "pay.session.hours": "the hours of a capture session",
        "pay.session.overtime_after": "the hours after which overtime is paid",
        "pay.session.overtime_rate": "the rate of overtime",
        "pay.royalty.share": "the royalty",
        "pay.royalty.of": "what the royalty is paid on",
        "pay.minimum_guarantee": "the minimum guarantee",
        "pay.cap": "the cap of the pay",
        "pay.late_interest": "the interest on what is overdue",
        "pay.payment_term_days": "days until payment is due",
        "incurred_expenses": "the expenses",
        "expectations": "what is expected of her",
        "commission": "the commission of the agency",
        "mother_agency_share": "the share of the mother agency",
        "period.from": "the first day",
        "period.until": "the last day",
        "period.time_zone": "the time zone of the days",
        "after_end.sell_off_days": "days of sell-off after the end",
        "after_end.archive": "posts after the end",
        "pictures": "the number of pictures",
        "renditions": "the number of renditions",
        "placements": "the number of placements",
        "scope": "the scope",
        "category": "the category",
        "garments": "the garments",
        "collections": "the collections",
        "purposes": "what it is for",
        "territories.include": "the countries",
        "territories.exclude": "the countries left out",
        "channels": "the channels",
        "credit": "the credit line",
        "alterations": "what may be altered",
        "excluded_depictions": "what may not be shown",
        "co_depiction.people": "other people in the picture",
        "co_depiction.named": "the people who may be beside her",
        "approvals.each_picture": "her yes to each picture",
        "approvals.each_campaign": "her yes to each campaign",
        "approvals.answer_days": "days to answer to a picture",
        "exclusivity.category": "the category that is exclusive",
        "exclusivity.territories.include": "the countries of the exclusivity",
        "exclusivity.territories.exclude": "the countries left out of the exclusivity",
        "exclusivity.from": "the first day of the exclusivity",
        "exclusivity.until": "the last day of the exclusivity",
        "exclusivity.price": "the price of exclusivity",
        "disclosure.label": "the label",
        "disclosure.on_picture": "the label on the picture itself",
        "usage_reports": "reports of the uses",
        "notice_hours": "hours of notice before signing",
        "storage.countries.include": "the countries where copies lie",
        "storage.countries.exclude": "the countries where no copy lies",
        "storage.delete_within_days": "days to delete every copy",
        "sublicense": "who else may act under it",
        "withdrawal.take_down_days": "days to take down after a withdrawal",
        "withdrawal.notice": "to whom she says that she withdraws",
        "audit.notice_days": "days of notice for an audit",
        "audit.per_year": "audits a year",
        "negotiation.replaces_work": "whether the twin replaces work in person",
        "negotiation.counsel": "her counsel",
        "negotiation.union_agreement": "the agreement of her union",
        "governing_law": "the governing law",
        "training": "training",
    }
)
"""What clauses of the terms are called."""
# More of these is better for whom, where that is plain. Lists count by what is in them.
_MORE_FOR_HER = frozenset(
    {
        *("pay.creation_fee", "pay.per_picture", "pay.per_release", "pay.per_placement"),
        *("pay.per_month", "pay.session.per_hour", "pay.royalty.share"),
        *("pay.minimum_guarantee", "pay.cap", "pay.late_interest", "exclusivity.price"),
        *("territories.exclude", "excluded_depictions", "approvals.answer_days"),
        *("notice_hours", "audit.per_year", "pay.session.hours", "pay.session.overtime_rate"),
        *("approvals.each_campaign", "usage_reports", "storage.countries.exclude"),
        *("exclusivity.territories.exclude", "exclusivity.from"),
    }
)
_MORE_FOR_THEM = frozenset(
    {
        *("pay.payment_term_days", "after_end.sell_off_days", "pictures", "renditions"),
        *("placements", "purposes", "territories.include", "channels", "alterations"),
        *("sublicense", "period.until", "storage.delete_within_days", "garments"),
        *("withdrawal.take_down_days", "collections", "audit.notice_days", "after_end.archive"),
        *("pay.session.overtime_after", "co_depiction.people", "co_depiction.named"),
        *("exclusivity.territories.include", "exclusivity.until", "storage.countries.include"),
    }
)
_OWN = frozenset(
    {
        *("title", "scope", "category", "expectations", "credit", "governing_law"),
        *("disclosure.label", "withdrawal.notice", "pay.royalty.of"),
        *("negotiation.counsel", "negotiation.union_agreement"),
    }
)
_STEPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "after_end.archive": ("take_down", "posts_stay"),
        "co_depiction.people": ("nobody", "named", "anybody"),
        "usage_reports": ("", "yearly", "quarterly", "monthly"),
    }
)
"""Words that stand for more and more; the first is what holds where nothing is said."""
_SHARES = ("commission", "mother_agency_share", "pay.royalty.share", "pay.late_interest")
_CODES = ("purposes", "channels", "alterations", "excluded_depictions", "after_end.archive")
_FIRST = (
    *("pay", "commission", "mother_agency_share", "incurred_expenses", "period", "after_end"),
    *("scope", "expectations", "purposes", "territories", "channels", "accounts", "pictures"),
    *("renditions", "placements", "alterations", "excluded_depictions", "co_depiction"),
    *("exclusivity", "sublicense"),
)
"""What matters most comes first; the rest follows in the order of the alphabet."""


MOST_NAMED = 12
"""More than so many words of a list are counted, not named."""


def name_of(clause: str) -> str:
    """This function will say what people call a clause, by its path (`pay.per_picture`)."""
    return CLAUSES.get(clause) or f"the {clause.replace('.', ' of ').replace('_', ' ')}"


def differences(old: Terms, new: Terms) -> tuple[Difference, ...]:
    """Return every clause that changed, the most important first; none for the same terms."""
    before, after = dict(_flat(old.as_json())), dict(_flat(new.as_json()))
    changed = [key for key in {*before, *after} if not _same(key, before.get(key), after.get(key))]
    currencies = (before.get("pay.currency", ""), after.get("pay.currency", ""))
    found = [
        _difference(key, before.get(key), after.get(key), currencies)
        for key in sorted(changed, key=_place)
    ]
    if all(currencies) and currencies[0] != currencies[1]:
        # Amounts of two currencies are not more or less.
        found = [replace(each, favors="nobody") if _amount(each.clause) else each for each in found]
    return tuple(found)


def _same(clause: str, was: Any, now: Any) -> bool:
    """Return whether a clause says the same: an amount or a share may be spelled otherwise."""
    if was and now and (_amount(clause) or clause in _SHARES):
        return Decimal(was) == Decimal(now)
    return (was or None) == (now or None)


def _amount(clause: str) -> bool:
    """Return whether a clause holds an amount of money."""
    whole = ("creation_fee", "minimum_guarantee", "cap", "session.per_hour")
    rate = clause.removeprefix("pay.")
    fee = rate != clause and (rate in whole or rate.startswith("per_"))
    return fee or clause == "exclusivity.price"


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Return each leaf with its dotted path; a list is one leaf."""
    for key, item in value.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{path}{key}.")
        else:
            yield path + key, item


def _place(clause: str) -> tuple[int, str]:
    head = clause.split(".", 1)[0]
    return (_FIRST.index(head) if head in _FIRST else len(_FIRST)), clause


def _difference(clause: str, was: Any, now: Any, currencies: tuple[str, str]) -> Difference:
    name, was, now = name_of(clause), *(None if each == "" else each for each in (was, now))
    old, new = (_said(clause, v, c) for v, c in zip((was, now), currencies, strict=True))
    lists = isinstance(was or now, list)
    if lists and clause.endswith(("include", "exclude")):
        was, now = _countries(was), _countries(now)
    if lists and isinstance(was or [], list) and isinstance(now or [], list):
        added = [_word(each, clause) for each in now or [] if each not in (was or [])]
        removed = [_word(each, clause) for each in was or [] if each not in (now or [])]
        parts = [f"more: {_few(added)}"] if added else []
        parts += [f"no more: {_few(removed)}"] if removed else []
        text = f"{name}: {'; '.join(parts) or 'the same, said otherwise'}"
    elif was is None:
        text = f"{name}: {new}, which was not there"
    elif now is None:
        text = f"{name}: taken out (it was {old})"
    else:
        text = f"{name}: {new} instead of {old}"
    return Difference(clause, old, new, _favors(clause, was, now), text)


def _few(words: list[str]) -> str:
    return ", ".join(words) if len(words) <= MOST_NAMED else f"{len(words)} of them"


def _countries(codes: Any) -> list[str]:
    """Return the countries that codes and groups stand for, so that EU to EEA is three more; the
    codes themselves where one is unknown."""
    try:
        return sorted(expand(codes or ()))
    except ValueError:
        return list(codes or ())


def _favors(clause: str, was: Any, now: Any) -> Favors:
    more = _more(clause, was, now)
    if more is None or clause not in _MORE_FOR_HER | _MORE_FOR_THEM:
        return "nobody"
    return "model" if more is (clause in _MORE_FOR_HER) else "brand"


def _more(clause: str, was: Any, now: Any) -> bool | None:
    """Return whether a clause grew; nothing where it did neither."""
    if isinstance(was or now, list):
        added = any(each not in (was or ()) for each in now or ())
        removed = any(each not in (now or ()) for each in was or ())
        return added if added is not removed else None
    if clause in _STEPS:
        steps = _STEPS[clause]
        places = [steps.index(each or steps[0]) for each in (was, now)]
        return None if places[0] == places[1] else places[0] < places[1]
    if isinstance(was or now, bool) or (_amount(clause) and clause != "pay.cap"):
        was, now = (int(each) if isinstance(each, bool) else each for each in (was or 0, now or 0))
    try:
        grown = Decimal(str(now)) - Decimal(str(was))
        return grown > 0 if grown else None
    except InvalidOperation:
        return str(now) > str(was) if was and now else None


def _said(clause: str, value: Any, currency: str) -> str | None:
    """Return the value of a clause in words; nothing where it is not there."""
    if value is None:
        return None
    if _amount(clause):
        return f"{value} {currency}"
    if clause in _SHARES:
        return f"{(Decimal(value) * 100).normalize():f} %"
    return _word(value, clause)


def _word(value: Any, clause: str) -> str:
    if isinstance(value, list):
        return ", ".join(_word(each, clause) for each in value) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_word(each, clause)}" for key, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ") if clause in _CODES else str(value)
