"""`{% load spoken %}`: money, days and names as the reader's language says them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language, gettext, to_locale

from sosie.core.act_names import LOGGED
from sosie.core.scopes import Scope
from sosie.core.term_names import CHANNELS
from sosie.core.terms import Channel
from sosie.core.values import Money
from sosie.web import tongue
from sosie.web.said import photograph, said

register = template.Library()
_DAYS: Mapping[str, Callable[[Any], str]] = {
    "day": tongue.day,
    "moment": tongue.moment,
    "hour": tongue.hour,
    "day_of_year": tongue.day_of_year,
    "weekday": tongue.weekday,
    "month": tongue.month,
    "short_month": tongue.short_month,
    "year": tongue.year,
}
"""What is said of a day or a time; nothing is said of none."""


def _said(say: Callable[[Any], str]) -> Callable[[date | None], str]:
    return lambda value: say(value) if value else ""


for _name, _say in _DAYS.items():
    register.filter(_name, _said(_say), expects_localtime=True)


@register.filter
def iso(text: str) -> date | None:
    """Return a day that is written as `2028-04-11`; nothing of none."""
    return date.fromisoformat(text) if text else None


@register.filter
def money(amount: Money) -> str:
    """Return an amount as the reader's language writes it: `€1,440.00`."""
    locale = to_locale(get_language() or "en")
    return str(format_currency(Decimal(amount.decimal()), amount.currency, locale=locale))


@register.filter
def scopes(names: Iterable[str]) -> str:
    """Return what a token lets a program do: `see what the party sees; answer pictures`."""
    told = (Scope(name).words for name in names)
    return gettext("; ").join(said(each) or each for each in told)


_BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")  # in this order: each calls itself the next
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "CrOS", "Linux")


@register.filter
def device(user_agent: str) -> str:
    """Return what a browser says of itself, in short: `Firefox, Windows`."""
    found = (
        next((name for name in names if name in user_agent), "") for names in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(filter(None, found)).replace("Edg,", "Edge,") or user_agent[:40]


@register.filter
def words(name: str) -> str:
    """Return a name of the code as people say it: `in force`."""
    return gettext(name.replace("_", " ")) if name else ""


@register.filter
def happened(act: str) -> str:
    """Return what an act of the log is called: `picture sealed`; a later one by its code."""
    name = LOGGED.get(act)
    return gettext(name) if name else act


register.filter(photograph)


@register.filter
def channel(name: str) -> str:
    """Return what people call a channel: `out of home`."""
    return gettext(CHANNELS[Channel(name)])


@register.filter
def countries(codes: Iterable[str]) -> str:
    """Return the names of countries and groups, with commas between."""
    return tongue.countries(codes)


@register.filter
def placed(out: Any) -> str:
    """Return where a release is shown: `out of home, France, Germany`."""
    where = (channel(out.channel), out.account, countries(out.territories))
    return gettext(", ").join(filter(None, where))


@register.filter
def as_json(value: Mapping[str, Any]) -> str:
    """Return plain values as JSON, for the attribute of an element."""
    return json.dumps(value)
