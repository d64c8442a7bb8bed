"""Words in a language: messages by gettext catalogs, days, numbers and countries by Unicode CLDR.

English is the source: a message is its own English text. Catalogs lie in `locale/<language>/` as
PO files and are read as they are; nothing need be compiled. `tools/catalogs.py` keeps them whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from sosie.core.country_names import names as english_names
from sosie.core.values import Money

LANGUAGES = ("en", "fr", "es", "it", "sv", "pt", "ru", "zh")
_SAME = frozenset({"Instagram", "TikTok"})
_YEAR = "\u202fг."
_LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN", "pt": "pt_PT"}


class Words:
    """Says things in one language; raises ``KeyError`` for a message that has no translation."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"`{language}` is no language of papers; there are {LANGUAGES}")
        self.language = language
        self.locale = Locale.parse(_LOCALES.get(language, language))
        self._catalog = None if language == "en" else _catalog(language)

    def __call__(self, message: str, **values: str) -> str:
        """Return a message with its values filled in."""
        return _one_stop(self._said(message).format(**values))

    def n(self, one: str, many: str, count: int, **values: str) -> str:
        """Return a message in the number of its ``{count}``."""
        if self._catalog is None:
            text = one if count == 1 else many
        else:
            found = self._catalog.get(one)
            if found is None or not found.string:
                raise KeyError(f"{self.language}: {one}")
            text = found.string[_plural(self.language, count)]
        return _one_stop(text.format(count=self.number(Decimal(count)), **values))

    def day(self, value: date) -> str:
        """Return a day in full: `23 November 2026`; `1er mars 2027` in French."""
        text = str(format_date(value, "long", locale=self.locale))
        return f"1er{text[1:]}" if self.language == "fr" and value.day == 1 else text

    def number(self, value: Decimal) -> str:
        """Return a number with every digit that it has, and no grouping in English."""
        if self.language == "en":
            return format(value, "f")
        decimals = max(0, -int(value.as_tuple().exponent))
        pattern = "#,##0" + (f".{'0' * decimals}" if decimals else "")
        return str(format_decimal(value, pattern, locale=self.locale))

    def money(self, value: Money) -> str:
        """Return an amount with its currency's code, which no country reads otherwise."""
        return f"{self.number(Decimal(value.decimal()))} {value.currency}"

    def percent(self, rate: Decimal) -> str:
        """Return a rate as `20 %`, with every digit that it has."""
        shown = (rate * 100).normalize()
        whole = shown.quantize(Decimal(1)) if shown == shown.to_integral_value() else shown
        return f"{self.number(whole)} %"

    def countries(self, codes: Iterable[str]) -> list[str]:
        """Return the names of countries and groups."""
        if self.language == "en":
            return list(english_names(codes))
        groups = {
            "EU": self("the European Union"),
            "EEA": self("the European Economic Area"),
            "NORDICS": self("the Nordic countries"),
            "WORLD": self("the whole world"),
        }
        named = self.locale.territories
        return [groups.get(code) or f"{named.get(code, code)} ({code})" for code in codes]

    def listed(self, items: Iterable[str]) -> str:
        """Return ``a``, ``a and b``, ``a, b and c``; empty text for nothing."""
        words = list(items)
        return str(format_list(words, locale=self.locale)) if words else ""

    def _said(self, message: str) -> str:
        if self._catalog is None:
            return message
        found = self._catalog.get(message)
        if found is None or not found.string:
            raise KeyError(f"{self.language}: {message}")
        return str(found.string)


def named(w: Words, names: Mapping[Any, str], words: Iterable[str]) -> list[str]:
    """Return what some words of the terms are called in a language."""
    return [names[word] if names[word] in _SAME else w(names[word]) for word in words]


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


def _one_stop(text: str) -> str:
    """Return a text in which a Russian year, `2027 г.`, ends its sentence with its own stop."""
    return text.replace(f"{_YEAR}.", _YEAR)


def _plural(language: str, count: int) -> int:
    """Return which plural form a count takes (the `Plural-Forms` of the catalogs)."""
    if language == "zh":
        return 0
    if language == "ru":
        if count % 10 == 1 and count % 100 != 11:
            return 0
        return 1 if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else 2
    return int(count > 1) if language in {"fr", "pt"} else int(count != 1)


@cache
def _catalog(language: str) -> Catalog:
    path = files("sosie.adapters") / "locale" / language / "LC_MESSAGES" / "sosie.po"
    with path.open("rb") as file:
        return read_po(file, locale=_LOCALES.get(language, language))
