"""How much, with whose yes: the rules on volume, pay, approvals and exclusivity.

Each rule looks at one thing and returns its reasons against the use; none means kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from sosie.core.license.codes import NONE, Reasons, because
from sosie.core.terms import Exclusivity, Pay, Terms
from sosie.core.territories import expand
from sosie.core.use import Act, Other, State, Use
from sosie.core.values import Money, Period

_SEAL, _RELEASE = Act.SEAL, Act.RELEASE


def volume(use: Use, terms: Terms, state: State, _on: date) -> Reasons:
    """No more pictures than licensed."""
    if use.pictures < 1:
        text = f"{use.pictures} pictures are asked for: ask for at least one"
        return because("volume.none_asked", text, "pictures")
    if terms.pictures is None:
        text = "the terms do not say how many pictures may be made"
        return because("volume.unstated", text, "pictures")
    if state.pictures_made + use.pictures <= terms.pictures:
        return NONE
    text = f"{state.pictures_made} made and {use.pictures} asked for are more than {terms.pictures}"
    return because("volume.exceeded", text, "pictures")


def renditions(_use: Use, terms: Terms, state: State, _on: date) -> Reasons:
    """No more files go out than licensed."""
    most = terms.renditions
    if most is None or state.renditions_out < most:
        return NONE
    text = f"{state.renditions_out} renditions went out, of {most} that are licensed"
    return because("renditions.exceeded", text, "renditions", "R20")


def placements(use: Use, terms: Terms, state: State, _on: date) -> Reasons:
    """Shown in no more places than licensed; what is shown counts, what is to be shown adds."""
    asked, most = 0, terms.placements
    if use.act is _RELEASE:
        asked = use.placements
        if asked < 1:
            text = f"{asked} places are asked for: ask for at least one"
            return because("placements.none_asked", text, "placements")
    if most is None or state.placements_out + asked <= most:
        return NONE
    text = f"{state.placements_out} places and {asked} more are above the {most} licensed"
    return because("placements.exceeded", text, "placements", "R20")


def payable(use: Use, terms: Terms, state: State, _on: date) -> Reasons:
    """The price is an amount of money and stays under the cap."""
    pay = terms.pay
    if pay is None:
        return NONE
    asked = price(use, pay)  # breaks on what is no amount of money
    if pay.cap is None or state.earned + asked.minor <= pay.money(pay.cap).minor:
        return NONE
    earned = Money(state.earned, pay.currency)
    text = f"{earned} are earned and {asked} more are above the cap of {pay.money(pay.cap)}"
    return because("pay.cap_reached", text, "pay.cap")


def approval(use: Use, _terms: Terms, state: State, _on: date) -> Reasons:
    """The model said yes to this picture."""
    if use.picture is None:
        return because("picture.unknown", "say which picture", "approvals", "R67")
    answer = (state.approvals or {}).get(use.picture)
    if answer is True:
        return NONE
    if answer is False:
        text = f"the model refused picture `{use.picture}`"
        return because("approval.refused", text, "approvals", "R67")
    text = f"the model has not answered for picture `{use.picture}`: silence is never yes"
    return because("approval.missing", text, "approvals", "R67")


def campaign(use: Use, terms: Terms, state: State, _on: date) -> Reasons:
    """The model said yes to the campaign, where the terms ask for it."""
    if not terms.approvals.each_campaign:
        return NONE
    if use.campaign is None:
        text = "say which campaign the picture is for"
        return because("campaign.unknown", text, "approvals.each_campaign", "R67")
    answer = (state.campaigns or {}).get(use.campaign)
    if answer is True:
        return NONE
    if answer is False:
        text = f"the model refused campaign `{use.campaign}`"
        return because("campaign.refused", text, "approvals.each_campaign", "R67")
    text = f"the model has not answered for campaign `{use.campaign}`: silence is never yes"
    return because("campaign.missing", text, "approvals.each_campaign", "R67")


def exclusivity(use: Use, terms: Terms, state: State, on: date) -> Reasons:
    """Nobody else holds the twin exclusively for this."""
    if not state.others:
        if state.others is not None:
            return NONE
        text = "whether another license of the twin is exclusive is not known"
        return because("exclusivity.unknown", text, "exclusivity", "R67")
    try:
        where = _countries(terms) if use.territories is None else expand(use.territories)
    except ValueError:
        if use.territories is not None:  # named by `territory`
            return NONE
        raise  # terms that name no country: a person decides
    found = NONE
    for other in state.others:
        held = other.exclusivity
        if held is None or other.licensee == terms.parties.brand:
            continue
        if held.first <= on <= held.last and held.territories.countries() & where:
            found += _held_by(other.license, other.licensee, held, terms.category)
    return found


def conflicts(terms: Terms, others: Iterable[Other]) -> Reasons:
    """Return what stands between terms that are asked for and the other licenses of the twin:
    their exclusivity against these terms, and the exclusivity of these terms against them."""
    found = NONE
    period, where, ours = terms.period, _countries(terms), terms.exclusivity
    for other in others:
        if other.licensee == terms.parties.brand:
            continue
        held = other.exclusivity
        if held is not None and period is not None and _meets(held, period.days, where):
            found += _held_by(other.license, other.licensee, held, terms.category)
        if ours is not None and _meets(ours, other.days, other.countries):
            found += _held_by(other.license, other.licensee, ours, other.category, given=True)
    return found


def _held_by(
    license: str, licensee: str, held: Exclusivity, category: str | None, *, given: bool = False
) -> Reasons:
    """Return the reason for one exclusivity; ``given`` when it is theirs that stands already."""
    who = f"`{licensee}` holds the twin under `{license}`"
    if category is None and given:
        text = (
            f"{who}, which names no category: `{held.category}` cannot be promised to one brand"
            f" alone until it is drafted anew with its category (`--supersedes {license}`)"
        )
        return because("exclusivity.category_unknown", text, "category", "R67")
    if category is None:
        text = (
            f"{who} exclusively for `{held.category}`: name the category of these terms; if they"
            " are signed, draft them anew with it (`--supersedes`)"
        )
        return because("exclusivity.category_unknown", text, "category", "R67")
    if category != held.category:
        return NONE
    days = f"from {held.first} until {held.last}"
    if given:
        text = f"{who} for `{category}`: exclusivity {days} cannot be promised"
    else:
        text = f"{who} exclusively for `{category}` {days}"
    return because("exclusivity.conflict", text, "exclusivity", "R67")


def _countries(terms: Terms) -> frozenset[str]:
    return terms.territories.countries() if terms.territories else frozenset()


def _meets(held: Exclusivity, days: Period, countries: frozenset[str]) -> bool:
    """Return whether an exclusivity covers a day and a country of some others."""
    same_days = held.first < days.end and days.start <= held.last
    return same_days and bool(held.territories.countries() & countries)


def price(use: Use, pay: Pay) -> Money:
    """Return what a use costs before commission; raises ``ValueError`` for what is no amount."""
    if use.act is _SEAL:
        return _money(pay.per_picture, pay.currency)
    if use.act is _RELEASE:
        out = _money(pay.per_release, pay.currency)
        if pay.per_placement is None:
            return out
        return out + _money(pay.per_placement, pay.currency) * use.placements
    return Money(0, pay.currency)


@lru_cache(maxsize=1024)
def _money(amount: Decimal, currency: str) -> Money:
    return Money.parse(amount, currency)
