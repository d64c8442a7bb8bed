"""What a model wants of every license: said once, inherited by all terms, held against requests.

Format: `preferences/1`, a YAML file of the model's. Nothing in it makes a license: it narrows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sosie.core.terms import (
    Alteration,
    Amount,
    Channel,
    Depiction,
    Language,
    Purpose,
    Terms,
    Text,
)
from sosie.core.territories import expand
from sosie.core.values import Money, Reason


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LeastPay(_Strict):
    """The least that she works for, in one currency."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    creation_fee: Amount = Decimal(0)
    per_picture: Amount = Decimal(0)
    per_release: Amount = Decimal(0)
    per_hour: Amount = Decimal(0)
    """Of a capture session."""


class Preferences(_Strict):
    """What one model wants of every license."""

    format: Literal["preferences/1"] = Field(alias="sosie")
    depictions_excluded: tuple[Depiction, ...] = ()
    alterations_never: tuple[Alteration, ...] = ()
    purposes_never: tuple[Purpose, ...] = ()
    channels_never: tuple[Channel, ...] = ()
    territories_never: tuple[Text, ...] = ()
    categories_never: tuple[Text, ...] = ()
    brands_never: tuple[Text, ...] = ()
    """Party ids."""
    nobody_beside_me: bool = False
    least_pay: LeastPay | None = None
    longest_days: int | None = Field(default=None, ge=1, le=3660)
    """The longest license, in days."""
    notice_hours: int | None = Field(default=None, ge=0, le=720)
    answer_days: int | None = Field(default=None, ge=1, le=60)
    """Days that she wants to answer to a picture."""
    language: Language | None = None

    def exclusions(self) -> dict[str, tuple[str, ...]]:
        """Return what she never does, by the name of its field; empty lists are left out."""
        found = {
            name: tuple(str(each) for each in value)
            for name, value in self
            if name.endswith(("_never", "_excluded")) and value
        }
        return found | ({"company": ("anybody beside her",)} if self.nobody_beside_me else {})

    def as_json(self) -> dict[str, Any]:
        """Return them as plain JSON values."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return data


CODES: Mapping[str, str] = MappingProxyType(
    {
        "preference.depiction": "what she excludes is not excluded by the terms",
        "preference.alteration": "an alteration that she never allows",
        "preference.purpose": "a purpose that she never works for",
        "preference.channel": "a channel that she never appears on",
        "preference.territory": "a country that she never appears in",
        "preference.category": "a category that she never works for",
        "preference.brand": "a brand that she never works for",
        "preference.company": "others may be in the picture, which she does not want",
        "preference.pay": "less than she works for",
        "preference.length": "longer than she licenses her twin",
        "preference.notice": "less notice than she wants",
        "preference.answer": "less time to answer than she wants",
        "preference.language": "another language than she reads her papers in",
    }
)
"""Every code that `against` can name. Published: never changed."""


def inherit(terms: Terms, wanted: Preferences) -> Terms:
    """Return the terms with all that the model excludes everywhere added to them.

    Depictions and countries are added to those that are excluded, notice and answer times are
    lengthened, and her language is set where the terms name none. What the terms ask that she
    never does is not taken out of them: `against` names it, and she says no or yes.
    """
    changes: dict[str, Any] = {}
    excluded = dict.fromkeys((*(terms.excluded_depictions or ()), *wanted.depictions_excluded))
    if wanted.depictions_excluded:
        changes["excluded_depictions"] = tuple(excluded)
    if terms.territories is not None and wanted.territories_never:
        without = dict.fromkeys((*terms.territories.exclude, *wanted.territories_never))
        changes["territories"] = terms.territories.model_copy(update={"exclude": tuple(without)})
    if wanted.notice_hours is not None and (terms.notice_hours or 0) < wanted.notice_hours:
        changes["notice_hours"] = wanted.notice_hours
    if wanted.answer_days is not None and terms.approvals.answer_days < wanted.answer_days:
        longer = {"answer_days": wanted.answer_days}
        changes["approvals"] = terms.approvals.model_copy(update=longer)
    if wanted.language is not None and terms.language is None:
        changes["language"] = wanted.language
    return terms.model_copy(update=changes) if changes else terms


def against(terms: Terms, wanted: Preferences) -> tuple[Reason, ...]:
    """Return what the terms ask that the model does not do, each with its clause."""
    return tuple(Reason(code, text, clause) for code, text, clause in _against(terms, wanted))


_Found = tuple[str, str, str]


def _against(terms: Terms, wanted: Preferences) -> Iterator[_Found]:
    yield from _listed(terms, wanted)
    yield from _underpaid(terms, wanted)
    covered = terms.territories.countries() if terms.territories else frozenset()
    shown = sorted(covered & expand(wanted.territories_never))
    if shown:
        named = ", ".join(f"`{country}`" for country in shown)
        yield "preference.territory", f"it is shown in {named}, where she never is", "territories"
    if terms.category in wanted.categories_never:
        text = f"she never works for `{terms.category}`"
        yield "preference.category", text, "category"
    if terms.parties.brand in wanted.brands_never:
        text = f"she never works for `{terms.parties.brand}`"
        yield "preference.brand", text, "parties.brand"
    people = terms.co_depiction.people if terms.co_depiction else "nobody"
    if wanted.nobody_beside_me and people != "nobody":
        text = "others may be in the picture, and she wants nobody beside her"
        yield "preference.company", text, "co_depiction"
    yield from _times(terms, wanted)
    if wanted.language is not None and terms.language not in (None, wanted.language):
        text = f"the papers are in `{terms.language}`, and she reads `{wanted.language}`"
        yield "preference.language", text, "language"


def _listed(terms: Terms, wanted: Preferences) -> Iterator[_Found]:
    missing = [d for d in wanted.depictions_excluded if d not in (terms.excluded_depictions or ())]
    for depiction in missing:
        text = f"`{depiction}` is not excluded, and she excludes it"
        yield "preference.depiction", text, "excluded_depictions"
    asked: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
        ("alteration", "alterations", terms.alterations, wanted.alterations_never),
        ("purpose", "purposes", terms.purposes, wanted.purposes_never),
        ("channel", "channels", terms.channels, wanted.channels_never),
    )
    for word, clause, listed, never in asked:
        for each in listed:
            if each in never:
                yield f"preference.{word}", f"`{each}` is asked for, and she never does it", clause


def _underpaid(terms: Terms, wanted: Preferences) -> Iterator[_Found]:
    least, pay = wanted.least_pay, terms.pay
    if least is None or pay is None:
        return
    if pay.currency != least.currency:
        text = f"pay is in {pay.currency}, and she named her least in {least.currency}: compare"
        yield "preference.pay", text, "pay.currency"
        return
    offered = {
        "creation_fee": pay.creation_fee,
        "per_picture": pay.per_picture,
        "per_release": pay.per_release,
        "per_hour": pay.session.per_hour if pay.session else None,
    }
    for name, offer in offered.items():
        floor = getattr(least, name)
        if offer is not None and offer < floor:
            clause = "pay.session.per_hour" if name == "per_hour" else f"pay.{name}"
            amount, shown = (Money.parse(each, least.currency) for each in (offer, floor))
            text = f"`{clause}` is {amount}, and she works for {shown} at least"
            yield "preference.pay", text, clause


def _times(terms: Terms, wanted: Preferences) -> Iterator[_Found]:
    period, longest = terms.period, wanted.longest_days
    if period is not None and longest is not None:
        days = (period.last - period.first).days + 1
        if days > longest:
            text = f"it runs for {days} days, and she licenses her twin for {longest} at most"
            yield "preference.length", text, "period"
    notice = wanted.notice_hours
    if notice is not None and (terms.notice_hours or 0) < notice:
        text = f"she wants {notice} hours between offer and signature"
        yield "preference.notice", text, "notice_hours"
    answer = wanted.answer_days
    if answer is not None and terms.approvals.answer_days < answer:
        text = f"she wants {answer} days to answer to a picture"
        yield "preference.answer", text, "approvals.answer_days"
