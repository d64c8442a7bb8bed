"""Pictures: what is recorded of them, her answers, others in their place, and what went out."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, cast

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from sosie.core.api import Page, PictureRow, PictureSaid, TakenDown
from sosie.core.api_releases import ReleaseCost, ReleasesSaid, ToRelease
from sosie.core.api_requests import ToAnswer, ToChange, ToReview, ToTakeDown
from sosie.core.file_format import FileFormat, format_of
from sosie.core.scopes import Scope
from sosie.core.values import Digest, Refusal
from sosie.services import board, life, releasing, sequence
from sosie.services import change as changes
from sosie.services import picture as pictures
from sosie.services import release as releases
from sosie.services import review as reviews
from sosie.services.release import Wish
from sosie.store.models import License, Picture
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, allowed
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, paged
from sosie.web.api.problems import Stop, refused
from sosie.web.rights import licenses_of
from sosie.web.views import SMALL
from sosie.web.workspace import now, outside, unattended

router = Router(tags=["pictures"])
READ, DELIVER, ORDER = Bearer(Scope.READ), Bearer(Scope.DELIVER), Bearer(Scope.ORDER)
_UNATTENDED = {
    "closed": "this server was started to be read: nothing is sealed here",
    "no_worker": "nobody is here to seal it: no worker runs",
}
Status = Literal["ordered", "failed", "undecided", "made", "refused", "approved", "sealed"]


@router.get("/pictures", auth=READ, response=Page[PictureRow])
def list_pictures(
    request: HttpRequest,
    license: str = "",
    status: Status | None = None,
    cursor: Cursor = "",
    limit: Limit = MANY,
) -> Any:
    """List the pictures under the licenses of the party; of one of them, or in one state."""
    held = License.objects.filter(licenses_of(allowed(request, "picture")))
    rows = Picture.objects.filter(license__in=held.filter(pk=license) if license else held)
    rows = rows.filter(status=status) if status else rows

    def told(among: Q) -> list[dict[str, Any]]:
        return pictures.overview(among=among)

    return paged(
        request, rows, told, key="picture", cursor=cursor, limit=limit, sequence=sequence.pictures()
    )


@router.get("/pictures/{picture}", auth=READ, response=PictureSaid)
def picture(request: HttpRequest, picture: str) -> Any:
    """Tell what is recorded of a picture: its order, decisions, her answer, seals."""
    row = about(request, "picture", pictures.known(picture), picture)
    said = pictures.story(row.pk)
    if isinstance(said, Refusal):
        return refused(said)
    return said | {"standing": str(life.standing(row.license, now=now()))}


@router.get("/pictures/{picture}/image", auth=READ)
def image(request: HttpRequest, picture: str) -> HttpResponse:
    """Return a picture to be looked at, and to answer by: WebP, as wide as a page shows it. Files
    to use are those of releases."""
    row = about(request, "picture", pictures.known(picture), picture)
    try:
        data = outside().blobs.get(Digest(row.digest)) if row.digest else b""
    except LookupError:
        data = b""
    if not data:
        raise Stop("api.absent", f"`{picture}` is {row.status}: it has no pixels")
    small = board.small(outside(), data, wide=SMALL)
    return HttpResponse(small, content_type=FileFormat.WEBP.media_type)


@router.post("/pictures/{picture}/answer", auth=Bearer(Scope.ANSWER), response={201: PictureSaid})
def answer(request: HttpRequest, picture: str, body: ToAnswer, key: Key) -> HttpResponse:
    """Say yes or no to a picture, as its model. Silence is never a yes."""
    row = about(request, "answer", pictures.known(picture), picture)
    call = partial(
        pictures.answer,
        picture=row.pk,
        yes=body.yes,
        note=body.note,
    )
    return acts.signed(request, key, body.signature, call, _told)


@router.post("/pictures/{picture}/review", auth=ORDER, response={201: PictureSaid})
def review(request: HttpRequest, picture: str, body: ToReview, key: Key) -> HttpResponse:
    """Say that the brand takes a picture, or that it does not, and why. Whether it may go out stays
    the model's word; what is declined is kept, and not sealed."""
    row = about(request, "review", pictures.known(picture), picture)
    call = partial(
        reviews.answer,
        picture=row.pk,
        yes=body.yes,
        note=body.note,
    )
    return acts.signed(request, key, body.signature, call, _told)


@router.post("/pictures/{picture}/changes", auth=ORDER, response={201: PictureSaid})
def change(request: HttpRequest, picture: str, body: ToChange, key: Key) -> HttpResponse:
    """Order a picture in place of another, as the brand; the old one is kept."""
    row = about(request, "change", pictures.known(picture), picture)
    call = partial(
        changes.order,
        picture=row.pk,
        settings=body.settings,
        note=body.note,
    )
    return acts.signed(request, key, body.signature, call, _told)


@router.get("/pictures/{picture}/releases", auth=READ, response=ReleasesSaid)
def releases_asked(request: HttpRequest, picture: str) -> Any:
    """Tell how far it is what the brand asked to have out: the newest on each channel."""
    row = about(request, "release", pictures.known(picture), picture)
    return _asked(row)


@router.post("/pictures/{picture}/releases/quote", auth=ORDER, response=ReleaseCost)
def quote_release(request: HttpRequest, picture: str, body: ToRelease) -> Any:
    """Say what releases would cost, and what stands against them. Asks for nothing."""
    row = about(request, "release", pictures.known(picture), picture)
    found = releasing.cost([row.pk], _wishes(body), now=now())
    if isinstance(found, Refusal):
        return refused(found)
    fees = [{"what": each.what, "rate": str(each.rate), "times": each.times} for each in found.fees]
    return {
        "fees": fees,
        "total": found.total and str(found.total),
        "hers": found.hers and str(found.hers),
        "files_left": found.files,
        "places_left": found.places,
        "reasons": [each.as_dict() for each in found.reasons],
    }


@router.post("/pictures/{picture}/releases", auth=ORDER, response={201: ReleasesSaid})
def release(request: HttpRequest, picture: str, body: ToRelease, key: Key) -> HttpResponse:
    """Ask that a picture is sealed, if it is not yet, and goes out on some channels, as the brand.
    A worker of the house does it; each file is decided on anew when it is done."""
    row = about(request, "release", pictures.known(picture), picture)
    if why := unattended():
        raise Stop("act.closed" if why == "closed" else "release.no_worker", _UNATTENDED[why])
    call = partial(releasing.ask, pictures=[row.pk], wishes=_wishes(body))
    return acts.signed(request, key, body.signature, call, lambda _: _asked(row))


def _wishes(body: ToRelease) -> list[Wish]:
    return [
        Wish(
            channel=channel,
            purpose=body.purpose,
            territories=tuple(body.territories),
            account=body.accounts.get(channel),
            campaign=body.campaign,
            placements=body.placements,
        )
        for channel in body.channels
    ]


def _asked(row: Picture) -> ReleasesSaid:
    rows = releasing.as_said(releasing.newest([row.pk]).get(row.pk, []))
    return ReleasesSaid.model_validate({"picture": row.pk, "releases": list(rows)})


@router.get("/releases/{seal}/file", auth=DELIVER)
def release_file(request: HttpRequest, seal: str) -> HttpResponse:
    """Return the sealed file that went out under a seal, while it may be shown: decided anew."""
    row = about(request, "take-down", releases.known(seal), seal)
    data = releases.file(outside(), number=row.pk, now=now())
    if isinstance(data, Refusal):
        return refused(data)
    kind = format_of(data) or FileFormat.JPEG
    return HttpResponse(data, content_type=kind.media_type)


@router.post("/releases/{seal}/taken-down", auth=DELIVER, response={201: TakenDown})
def taken_down(request: HttpRequest, seal: str, body: ToTakeDown, key: Key) -> HttpResponse:
    """Say that what went out under a seal is taken down, as the brand."""
    row = about(request, "take-down", releases.known(seal), seal)
    call = partial(
        life.taken_down,
        seal=row.pk,
        note=body.note,
    )
    down = TakenDown(seal=row.pk, taken_down=True)
    return acts.signed(request, key, body.signature, call, lambda _: down)


def _told(row: Picture) -> PictureSaid:
    said = cast("dict[str, Any]", pictures.story(row.pk))
    return PictureSaid(**said, standing=str(life.standing(row.license, now=now())))
