"""Shoots: what a plan would come to, orders, and how far they are."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from functools import partial
from http import HTTPStatus
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from sosie.core.api import CardSaid, Page, PlanSaid, ShootRow, ShootSaid
from sosie.core.api_requests import ToOrder, ToPlan, ToRun
from sosie.core.scopes import Scope
from sosie.core.values import BadInput, Refusal
from sosie.services import board, making, sequence
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.services import shoot as shoots
from sosie.services import today as days
from sosie.store.models import License, Shoot
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, allowed
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, paged
from sosie.web.api.problems import Stop, refused
from sosie.web.rights import licenses_of
from sosie.web.workspace import now, outside

router = Router(tags=["shoots"])
READ, ORDER = Bearer(Scope.READ), Bearer(Scope.ORDER)
MOST_BYTES = 32 * 1024 * 1024


@router.get("/shoots", auth=READ, response=Page[ShootRow])
def list_shoots(request: HttpRequest, cursor: Cursor = "", limit: Limit = MANY) -> Any:
    """List the shoots of the brand, with how many pictures are how."""
    held = License.objects.filter(licenses_of(allowed(request, "shoot")))
    rows = Shoot.objects.filter(license__in=held)

    def told(among: Q) -> list[dict[str, Any]]:
        return shoots.overview(among=among)

    return paged(
        request, rows, told, key="shoot", cursor=cursor, limit=limit, sequence=sequence.numbered()
    )


@router.post("/shoots/plan", auth=ORDER, response=PlanSaid)
def plan(request: HttpRequest, body: ToPlan) -> Any:
    """Say what a shoot would come to: what is refused and why, price and time. Orders nothing."""
    about(request, "produce", licenses.known(body.license), body.license)
    found = shoots.propose(
        outside(), license=body.license, plan=body.plan, files=_files(body), now=now()
    )
    return refused(found) if isinstance(found, Refusal) else found.as_dict()


@router.get("/shoots/{shoot}", auth=READ, response=ShootSaid)
def shoot(request: HttpRequest, shoot: str) -> Any:
    """Tell how far a shoot is: each picture with its state, and what is said of it."""
    row = about(request, "shoot", shoots.known(shoot), shoot)
    return _told(row)


@router.post("/shoots", auth=ORDER, response={201: ShootSaid})
def order(request: HttpRequest, body: ToOrder, key: Key) -> HttpResponse:
    """Order a shoot, as the brand: with the engine `import` of finished pictures, which are then
    decided on as all are. They are made once somebody starts it."""
    about(request, "produce", licenses.known(body.license), body.license)
    call = partial(
        shoots.order,
        license=body.license,
        plan=body.plan,
        files=_files(body),
    )
    return acts.signed(request, key, body.signature, call, _told)


@router.post("/shoots/{shoot}/run", auth=ORDER, response=ShootSaid)
def run(request: HttpRequest, shoot: str, body: ToRun, key: Key) -> HttpResponse:
    """Have a worker make a shoot, have it pause, or order anew what failed: the signed order covers
    it."""
    row = about(request, "run", shoots.known(shoot), shoot)
    return acts.once(request, key, lambda: _run(row, body.do))


def _run(row: Shoot, do: str) -> HttpResponse:
    if do == "retry":
        found = pictures.retry(outside(), shoot=row.pk, now=now())
        if isinstance(found, Refusal):
            return refused(found)
    if do == "pause":
        shoots.pause(row.pk)
    else:
        making.start(row.pk)
    row.refresh_from_db()
    return acts.made(_told(row), HTTPStatus.OK)


def _files(body: ToPlan) -> dict[str, bytes]:
    if sum(map(len, body.files.values())) > MOST_BYTES * 4 / 3:
        raise Stop("api.size", f"send at most {MOST_BYTES // 1024**2} MB of files")
    try:
        return {name: b64decode(data, validate=True) for name, data in body.files.items()}
    except (NotBase64, ValueError):
        raise BadInput(
            "this is no Base64", where="files", remedy="encode each file", code="file.base64"
        ) from None


def _told(row: Shoot) -> ShootSaid:
    ((_, made),) = days.made_of([row])
    cards = [
        CardSaid(
            picture=each.picture.pk,
            number=each.picture.number,
            status=each.picture.status,
            grade=each.picture.grade,
            order=each.order,
            plate=each.picture.plate.name,
            waits=list(each.waits),
            figures=each.picture.metrics,
            notes=list(each.notes),
        )
        for each in board.cards(row)
    ]
    return ShootSaid(
        shoot=row.pk,
        license=row.license_id,
        engine=row.engine,
        use=row.use,
        paused=row.paused,
        started=making.of(row, now=now()).started,
        ordered=row.ordered_at.date(),
        made=made,
        pictures=cards,
    )
