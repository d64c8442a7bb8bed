"""`{% load spoken %}`: money and options as pages say them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language, to_locale

from sosie.core.values import Money

register = template.Library()


@register.filter
def money(amount: Money) -> str:
    """Return an amount as the reader's language writes it: `€1,440.00`."""
    locale = to_locale(get_language() or "en")
    return str(format_currency(Decimal(amount.decimal()), amount.currency, locale=locale))


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
    return name.replace("_", " ")


@register.filter
def as_json(value: Mapping[str, Any]) -> str:
    """Return plain values as JSON, for the attribute of an element."""
    return json.dumps(value)
