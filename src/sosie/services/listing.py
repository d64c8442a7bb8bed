"""What brands see of a twin: nothing that its model did not choose, signed by herself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from sosie.core.life import Standing
from sosie.core.listing import Card, Listing, Wanted, fits
from sosie.core.ports import Outside
from sosie.core.preferences import Preferences
from sosie.core.terms import Exclusivity
from sosie.core.transparency import LogAct
from sosie.core.values import Refusal, canonical, digest
from sosie.services import life, log, party
from sosie.services import twin as twins
from sosie.store.asking import TwinListing
from sosie.store.models import License, Plate, Preference, SignedAct, Twin

ACT = "twin.list"
_BOUND = (Standing.SIGNED, Standing.IN_FORCE, Standing.SUSPENDED)


def put(
    outside: Outside, *, twin: str, by: str, listing: Listing, passphrase: str, now: datetime
) -> TwinListing | Refusal:
    """Say what brands see of a twin from now on, as its model signs it; the older ones are kept as
    they were."""
    row = twins.owned(twin, by)
    if isinstance(row, Refusal):
        return row
    if twins.standing(row) not in ("stands", "retired"):
        return Refusal.because("listing.erased", f"`{twin}` was erased: nothing of it is shown")
    unknown = set(listing.photographs) - set(_plates([row.pk])[row.pk])
    if unknown:
        named = ", ".join(f"`{each}`" for each in sorted(unknown))
        return Refusal.because("listing.photograph", f"`{twin}` has no photograph {named}")
    body = listing.as_json()
    subject = f"{twin}/{TwinListing.objects.filter(twin=twin).count() + 1}"
    statement = party.sign(
        outside, party=by, act=ACT, subject=subject, says={"listing": body}, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=ACT, subject=subject, at=now)
        made = TwinListing.objects.create(twin=row, body=body, statement=kept)
        says = {"twin": twin, "listing": digest(canonical(body))}
        log.append(outside, act=LogAct.TWIN_LISTED, record=says, now=now)
    return made


def of(twin: str) -> Listing:
    """Return what brands see of a twin; nothing is shown if its model has not said."""
    row = TwinListing.objects.filter(twin=twin).order_by("-id").first()
    return Listing.model_validate(row.body) if row else Listing()


def search(
    brands: Collection[str], wanted: Wanted, *, now: datetime
) -> tuple[list[Card], list[Card]]:
    """Return the twins that some brands find and that are what they look for, and those whose
    models do not show what would tell, each by name."""
    told: dict[bool | None, list[Card]] = {True: [], None: [], False: []}
    found = cards(brands)
    if wanted.category:
        found = _with_engagements(found, brands, now)
    for card in found:
        told[fits(card, wanted, on=now.date())].append(card)
    return told[True], told[None]


def card(brands: Collection[str], twin: str, *, now: datetime) -> Card | None:
    """Return a twin as brands see it; nothing of one that they do not find."""
    found = pictured(_cards(brands, Twin.objects.filter(pk=twin)))
    return next(iter(_with_engagements(found, brands, now)), None)


def cards(brands: Collection[str]) -> list[Card]:
    """Return every twin that some brands find, by name: its model shows it, and excludes none of
    them. Photographs are named that may be gone (`pictured`), and no engagements are. The number of
    queries does not grow with them."""
    return _cards(brands, Twin.objects.filter(pk__in=TwinListing.objects.values("twin")))


def pictured(cards: Collection[Card]) -> list[Card]:
    """Return cards that name no photograph which is not there any more."""
    plates = _plates(card.twin for card in cards)
    return [
        replace(
            card,
            photographs=tuple(each for each in card.photographs if each in plates[card.twin]),
        )
        for card in cards
    ]


def _cards(brands: Collection[str], among: Iterable[Twin]) -> list[Card]:
    rows = {row.pk: row for row in among}
    shown = {
        each.twin_id: Listing.model_validate(each.body)
        for each in TwinListing.objects.filter(twin__in=rows).order_by("id")
    }
    gone = SignedAct.objects.filter(act__in=(twins.RETIRE, twins.WITHDRAW), subject__in=rows)
    hidden = set(gone.values_list("subject", flat=True))
    found = [row for id, row in rows.items() if id in shown and shown[id].found]
    found = [row for row in found if row.pk not in hidden]
    said = Preference.objects.filter(party__in={row.owner_id for row in found}).order_by("id")
    wants = {each.party_id: Preferences.model_validate(each.body) for each in said}
    return [
        _card(row, shown[row.pk], wants.get(row.owner_id))
        for row in sorted(found, key=lambda row: (row.shown_as.casefold(), row.pk))
        if not set(brands) & set(wants[row.owner_id].brands_never if row.owner_id in wants else ())
    ]


def _card(row: Twin, shown: Listing, wants: Preferences | None) -> Card:
    wants = wants or Preferences(sosie="preferences/1")
    measured = row.measurements
    return Card(
        twin=row.pk,
        name=row.shown_as,
        words=shown.words,
        looks=shown.looks,
        photographs=shown.photographs,
        measurements={
            name: float(measured[name]) for name in shown.measurements if name in measured
        },
        never=wants if shown.exclusions else None,
        least=wants.least_pay if shown.rate else None,
        engaged=() if shown.engagements else None,
    )


def _plates(twins: Iterable[str]) -> dict[str, dict[str, Plate]]:
    """Return the plates of the newest version of twins, by name, without what was measured."""
    found: dict[str, dict[str, Plate]] = {id: {} for id in twins}
    plates = Plate.objects.filter(twin__in=found).order_by("version", "id")
    for plate in plates.defer("card", "quality"):
        held = found[plate.twin_id]
        if any(each.version < plate.version for each in held.values()):
            held.clear()
        held[plate.name] = plate
    return found


def _with_engagements(
    cards: Collection[Card], brands: Collection[str], now: datetime
) -> list[Card]:
    """Return cards with what others than some brands hold exclusively, where it is shown."""
    found: dict[str, tuple[Exclusivity, ...]]
    found = {card.twin: () for card in cards if card.engaged is not None}
    held = License.objects.filter(twin__in=found, revocation=None, terms__has_key="exclusivity")
    for row in held.exclude(brand__in=brands).prefetch_related("steps").order_by("id"):
        if life.standing(row, now=now) in _BOUND:
            held_by = Exclusivity.model_validate(row.terms["exclusivity"])
            found[row.twin_id] = (*found[row.twin_id], held_by)
    return [replace(card, engaged=found.get(card.twin)) for card in cards]


def photograph(brands: Collection[str], twin: str, name: str, *, now: datetime) -> Plate | None:
    """Return a photograph that brands see of a twin; nothing of one that its model does not
    show."""
    shown = card(brands, twin, now=now)
    if shown is None or name not in shown.photographs:
        return None
    return _plates([twin])[twin].get(name)


def plates(twin: Twin) -> list[str]:
    """Return the names of the photographs that can be shown of a twin."""
    return sorted(_plates([twin.pk])[twin.pk])
