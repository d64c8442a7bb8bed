"""What is a model's own: where her pictures are, what she never does, and the end of a twin; and
what an agency keeps in order for her."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated, Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sosie.core.api import (
    AgencySaid,
    AgreementRow,
    OutRow,
    Page,
    WhereSaid,
)
from sosie.core.api_capture import DeletionSaid, ErasureSaid, RetirementSaid
from sosie.core.api_requests import ToEnd, ToPrefer
from sosie.core.erasure import Erasure
from sosie.core.preferences import Preferences
from sosie.core.scopes import Scope
from sosie.core.values import Refusal
from sosie.services import agreement, archive, erasure, preferences, released, retirement
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import twin as twins
from sosie.services.released import Wanted
from sosie.store.models import Twin
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, party_of
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, paged
from sosie.web.api.problems import Stop, given, refused
from sosie.web.workspace import now, outside

router = Router(tags=["hers"], by_alias=True)
READ, TWIN = Bearer(Scope.READ), Bearer(Scope.TWIN)


Text = Annotated[str, Field(max_length=100)]


class Place(BaseModel):
    """Which releases are asked for; what is left out does not narrow."""

    search: Text = ""
    brand: Text = ""
    """Its id."""
    channel: Text = ""
    country: Text = ""
    """ISO 3166-1 code."""
    month: Annotated[str, Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = ""

    def wanted(self) -> Wanted:
        """Return it as the service is asked; raises ``Stop`` for a year that there is none."""
        if self.month.startswith("0000"):
            raise Stop("api.absent", "there is no year 0")
        month = date.fromisoformat(f"{self.month}-01") if self.month else None
        return Wanted(self.search, self.brand, self.channel, self.country, month)


@router.get("/where", auth=READ, response=Page[OutRow])
def where(
    request: HttpRequest, place: Annotated[Place, Query()], cursor: Cursor = "", limit: Limit = MANY
) -> Any:
    """List every release of a picture of hers, the newest first, with what it paid."""
    rows = released.of({party_of(request, "where").pk}, place.wanted())

    def told(among: Q) -> list[dict[str, Any]]:
        return [each.as_json() for each in released.told(list(rows.filter(among)), now=now())]

    return paged(
        request, rows, told, key="seal", cursor=cursor, limit=limit, sequence=(F("at"), F("pk"))
    )


@router.get("/where/summary", auth=READ, response=WhereSaid)
def where_summary(request: HttpRequest, place: Annotated[Place, Query()]) -> Any:
    """Sum up where she is: by country and month, and what it paid."""
    found = released.summary(released.of({party_of(request, "where").pk}, place.wanted()))
    return WhereSaid(
        count=found.count,
        countries=dict(found.countries),
        months={f"{month:%Y-%m}": count for month, count in found.months},
        paid=[str(money) for money in found.paid],
    )


@router.get("/papers/archive", auth=READ)
def papers_archive(request: HttpRequest) -> HttpResponse:
    """Return every paper, statement and signature of a model in one file, with what to check it
    by: ZIP."""
    party = party_of(request, "where").pk
    return given(archive.of(outside(), party=party, now=now()), "application/zip")


@router.get("/preferences", auth=READ, response=Preferences)
def preference(request: HttpRequest) -> Any:
    """Tell what a model wants of every license (`preferences/1`)."""
    return _preferences(party_of(request, "where").pk)


@router.post("/preferences", auth=TWIN, response={201: Preferences})
def prefer(request: HttpRequest, body: ToPrefer, key: Key) -> HttpResponse:
    """Say what she wants of every license from now on; each new request is held against it."""
    party = party_of(request, "where").pk
    call = partial(preferences.put, preferences=body.preferences)
    return acts.signed(request, key, body.signature, call, lambda _: _preferences(party))


@router.get("/twins/{twin}/retirement", auth=READ, response=RetirementSaid)
def retirement_plan(request: HttpRequest, twin: str) -> Any:
    """Tell what retiring a twin would come to."""
    row = about(request, "own-twin", twins.known(twin), twin)
    found = retirement.plan(twin=row.pk, by=row.owner_id)
    return refused(found) if isinstance(found, Refusal) else _retired(row, found)


@router.post("/twins/{twin}/retirement", auth=TWIN, response={201: RetirementSaid})
def retire(request: HttpRequest, twin: str, body: ToEnd, key: Key) -> HttpResponse:
    """Retire a twin: nothing new is made of it. Where its licenses end with it, each is revoked
    first, since each has a signature of its own."""
    row = about(request, "own-twin", twins.known(twin), twin)
    plan = retirement.plan(twin=row.pk, by=row.owner_id)
    if not isinstance(plan, Refusal) and plan.ends and plan.running:
        named = ", ".join(f"`{each}`" for each in plan.running)
        text = f"{named}: her consent says that these end with the twin; revoke each first"
        return refused(Refusal.because("twin.licensed", text))
    call = partial(retirement.retire, twin=row.pk)
    return acts.signed(request, key, body.signature, call, lambda done: _retired(row, done))


@router.get("/twins/{twin}/deletion", auth=READ, response=DeletionSaid)
def deletion_plan(request: HttpRequest, twin: str) -> Any:
    """Tell what deleting a twin would erase, and what stays as evidence."""
    row = about(request, "own-twin", twins.known(twin), twin)
    found = erasure.plan(row.pk, row.owner_id)
    return refused(found) if isinstance(found, Refusal) else DeletionSaid(**asdict(found))


@router.post("/twins/{twin}/deletion", auth=TWIN, response={201: ErasureSaid})
def delete(request: HttpRequest, twin: str, body: ToEnd, key: Key) -> HttpResponse:
    """Withdraw the consent to a twin, erase all that belongs to it, and return the proof. What was
    broken off is taken up again without another signature."""
    row = about(request, "own-twin", twins.known(twin), twin)
    call = partial(erasure.delete, twin=row.pk)
    if licenses.consent_is_live(row):
        return acts.signed(request, key, body.signature, call, _erased)

    def again() -> HttpResponse:
        found = call(outside(), by=row.owner_id, passphrase="", now=now())
        return refused(found) if isinstance(found, Refusal) else acts.made(_erased(found))

    return acts.once(request, key, again)


@router.get("/twins/{twin}/erasure", auth=READ, response=ErasureSaid)
def erasure_proof(request: HttpRequest, twin: str) -> Any:
    """Return the proof that a twin was erased (`erasure/1`)."""
    row = about(request, "own-twin", twins.known(twin), twin)
    found = erasure.proof(outside(), twin=row.pk)
    return refused(found) if isinstance(found, Refusal) else _erased(found)


@router.get("/agency", auth=READ, response=AgencySaid)
def agency(request: HttpRequest) -> Any:
    """Tell how an agency's registration and bond stand, and what law says of them."""
    row = party_of(request, "agency")
    return AgencySaid.model_validate(
        {
            "agency": row.pk,
            "name": row.name,
            "place": row.place,
            "registration": row.registration,
            "registered_until": row.registered_until,
            "exempt": row.registration_exempt,
            "bond_usd": row.bond_usd,
            "bond_until": row.bond_until,
            "findings": [each.as_dict() for each in laws.of_agency(row, on=now().date())],
        }
    )


@router.get("/agreements", auth=READ, response=Page[AgreementRow])
def agreements(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List the agreements between a model and her agencies, with the last day of each."""
    party = party_of(request, "agreements").pk
    rows = agreement.of(party)

    def told(among: Q) -> list[dict[str, Any]]:
        at, found = now(), agreement.of(party).filter(among)
        return [
            {**agreement.as_row(row, now=at), "against": agreement.against(row, now=at)}
            for row in found
        ]

    return paged(request, rows, told, key="agreement", cursor=cursor, limit=limit)


def _preferences(party: str) -> Preferences:
    return preferences.of(party) or Preferences(sosie="preferences/1")


def _retired(row: Twin, plan: retirement.Plan) -> RetirementSaid:
    return RetirementSaid(twin=row.pk, running=list(plan.running), ends=plan.ends)


def _erased(proof: Erasure) -> ErasureSaid:
    return ErasureSaid(proof=json.loads(proof.dump()))
