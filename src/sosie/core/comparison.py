"""What changed between two sets of terms, in plain words: counter offers, and the last deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

from sosie.core.terms import Terms

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


_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "pay.creation_fee": "the fee for making the twin",
        "pay.per_picture": "the fee for each picture",
        "pay.per_release": "the fee for each release",
        "pay.per_placement": "the fee for each placement",
        "pay.per_month": "the fee for each month",
        "pay.session.per_hour": "the hourly fee of a capture session",
        "pay.royalty.share": "the royalty",
        "pay.minimum_guarantee": "the minimum guarantee",
        "pay.cap": "the cap of the pay",
        "pay.late_interest": "the interest on what is overdue",
        "pay.payment_term_days": "days until payment is due",
        "commission": "the commission of the agency",
        "period.from": "the first day",
        "period.until": "the last day",
        "after_end.sell_off_days": "days of sell-off after the end",
        "pictures": "the number of pictures",
        "renditions": "the number of renditions",
        "placements": "the number of placements",
        "scope": "the scope",
        "purposes": "what it is for",
        "territories.include": "the countries",
        "territories.exclude": "the countries left out",
        "channels": "the channels",
        "alterations": "what may be altered",
        "excluded_depictions": "what may not be shown",
        "approvals.answer_days": "days to answer to a picture",
        "exclusivity.price": "the price of exclusivity",
        "notice_hours": "hours of notice before signing",
        "storage.delete_within_days": "days to delete every copy",
        "withdrawal.take_down_days": "days to take down after a withdrawal",
        "audit.notice_days": "days of notice for an audit",
    }
)
# More of these is better for whom, where that is plain. Lists count by what is in them.
_MORE_FOR_HER = frozenset(
    {
        *("pay.creation_fee", "pay.per_picture", "pay.per_release", "pay.per_placement"),
        *("pay.per_month", "pay.session.per_hour", "pay.royalty.share"),
        *("pay.minimum_guarantee", "pay.cap", "pay.late_interest", "exclusivity.price"),
        *("territories.exclude", "excluded_depictions", "approvals.answer_days"),
        *("notice_hours", "audit.per_year"),
    }
)
_MORE_FOR_THEM = frozenset(
    {
        *("pay.payment_term_days", "after_end.sell_off_days", "pictures", "renditions"),
        *("placements", "purposes", "territories.include", "channels", "alterations"),
        *("sublicense", "period.until", "storage.delete_within_days", "garments"),
        *("withdrawal.take_down_days", "collections", "audit.notice_days"),
    }
)
_FIRST = (
    *("pay", "commission", "mother_agency_share", "period", "after_end", "scope", "purposes"),
    *("territories", "channels", "accounts", "pictures", "renditions", "placements"),
    *("alterations", "excluded_depictions", "co_depiction", "exclusivity", "sublicense"),
)
"""What matters most comes first; the rest follows in the order of the alphabet."""


def differences(old: Terms, new: Terms) -> tuple[Difference, ...]:
    """Return every clause that changed, the most important first; none for the same terms."""
    before, after = dict(_flat(old.as_json())), dict(_flat(new.as_json()))
    changed = [
        key for key in {*before, *after} if (before.get(key) or None) != (after.get(key) or None)
    ]
    found = [
        _difference(key, before.get(key), after.get(key)) for key in sorted(changed, key=_place)
    ]
    if "pay.currency" in changed:  # amounts of two currencies are not more or less
        found = [replace(each, favors="nobody") if _amount(each.clause) else each for each in found]
    return tuple(found)


def _amount(clause: str) -> bool:
    shares = ("pay.royalty.share", "pay.late_interest", "pay.payment_term_days")
    return clause == "exclusivity.price" or (clause.startswith("pay.") and clause not in shares)


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


def _difference(clause: str, was: Any, now: Any) -> Difference:
    name = _NAMES.get(clause, f"`{clause}`")
    lists = isinstance(was or now, list)
    if lists and isinstance(was or [], list) and isinstance(now or [], list):
        added = [_word(each) for each in now or [] if each not in (was or [])]
        removed = [_word(each) for each in was or [] if each not in (now or [])]
        parts = [f"more: {', '.join(added)}"] if added else []
        parts += [f"no more: {', '.join(removed)}"] if removed else []
        text = f"{name}: {'; '.join(parts) or 'in another order'}"
    elif was is None:
        text = f"{name}: {_word(now)}, which was not there"
    elif now is None:
        text = f"{name}: taken out (it was {_word(was)})"
    else:
        text = f"{name}: {_word(now)} instead of {_word(was)}"
    shown = [None if each is None else _word(each) for each in (was, now)]
    return Difference(clause, shown[0], shown[1], _favors(clause, was, now), text)


def _favors(clause: str, was: Any, now: Any) -> Favors:
    more = _more(was, now)
    if more is None or clause not in _MORE_FOR_HER | _MORE_FOR_THEM:
        return "nobody"
    return "model" if more is (clause in _MORE_FOR_HER) else "brand"


def _more(was: Any, now: Any) -> bool | None:
    """Return whether a clause grew; nothing where it did neither."""
    if isinstance(was or now, list):
        added = any(each not in (was or ()) for each in now or ())
        removed = any(each not in (now or ()) for each in was or ())
        return added if added is not removed else None
    try:
        grown = Decimal(str(now)) - Decimal(str(was))
        return grown > 0 if grown else None
    except InvalidOperation:
        return str(now) > str(was) if was and now else None


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_word(each) for each in value) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_word(each)}" for key, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
