"""Captures that go on: photographs of a model's own, judged and kept until she signs a version; the
consent before them, and the marks beside them."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from sosie import wiring
from sosie.core.api import Said
from sosie.core.api_capture import (
    CaptureRow,
    CaptureSaid,
    ConsentSaid,
    MarkSaid,
    PhotographSaid,
    SlotSaid,
    ToBegin,
    ToConsent,
    ToCorrect,
    ToKeep,
    ToMark,
    ToMeasure,
    VersionSaid,
)
from sosie.core.api_requests import Signed
from sosie.core.capture import Judged
from sosie.core.ports import Outside
from sosie.core.roles import Role
from sosie.core.scopes import Scope
from sosie.core.seal import plain
from sosie.core.values import BadInput, Digest, Refusal
from sosie.services import capture as captures
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft, DraftPhoto
from sosie.store.models import SignedAct, TwinMark
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, allowed, party_of
from sosie.web.api.acts import Key
from sosie.web.api.problems import Stop, refused
from sosie.web.rights import parties
from sosie.web.strangers import LOOKING, PATIENCE, Busy, place
from sosie.web.workspace import now, outside

router = Router(tags=["captures"])
READ, TWIN = Bearer(Scope.READ), Bearer(Scope.TWIN)
_ONE, _PHOTO = "/captures/{capture}", "/captures/{capture}/photographs/{name}"


@router.get("/captures", auth=READ, response=list[CaptureRow])
def list_captures(request: HttpRequest) -> Any:
    """List the captures of hers that go on."""
    hers = parties(allowed(request, "capture"), Role.MODEL)
    return [_row(each.begun) for each in captures.open_to(hers) if each.begun]


@router.post("/captures", auth=TWIN, response=CaptureRow)
def begin_capture(request: HttpRequest, body: ToBegin, key: Key) -> HttpResponse:
    """Begin to capture a twin, or go on with what was begun."""
    by = party_of(request, "capture").pk

    def begun() -> HttpResponse:
        found = captures.begin(twin=body.twin, by=by, now=now())
        if isinstance(found, Refusal):
            return refused(found)
        return acts.made(_row(found), HTTPStatus.OK)

    return acts.once(request, key, begun)


@router.get(_ONE, auth=READ, response=CaptureSaid)
def capture(
    request: HttpRequest,
    capture: int,
    protocol: Annotated[Literal["full", "basic"], Query()] = "full",
) -> Any:
    """Tell how far a capture has come on the way to a protocol, and what a version needs still."""
    return _said(_known(request, capture), protocol)


@router.post("/captures/{capture}/photographs", auth=TWIN, response=PhotographSaid)
def add_photograph(request: HttpRequest, capture: int, body: ToKeep, key: Key) -> HttpResponse:
    """Judge a photograph and keep it for the capture, where it is better than what is there."""
    try:
        data = b64decode(body.file, validate=True)
    except (NotBase64, ValueError):
        raise BadInput(
            "this is no Base64", where="file", remedy="encode the file", code="file.base64"
        ) from None

    def added() -> DraftPhoto | Refusal:
        return captures.add(
            outside(),
            draft=_known(request, capture),
            file=plain(body.name),
            data=data,
            slot=body.slot,
            instead=body.instead,
            protocols=wiring.protocols(),
            now=now(),
        )

    return acts.once(request, key, lambda: _looked(added))


@router.get(_PHOTO, auth=READ)
def capture_photograph(request: HttpRequest, capture: int, name: str) -> HttpResponse:
    """Return a photograph of a capture: its file as it was sent."""
    data = outside().blobs.get(Digest(_photo(request, capture, name).digest))
    return HttpResponse(data, content_type="application/octet-stream")


@router.post(_PHOTO, auth=TWIN, response=PhotographSaid)
def correct_photograph(
    request: HttpRequest, capture: int, name: str, body: ToCorrect, key: Key
) -> HttpResponse:
    """Move points of a photograph, or say which one of the protocol it is; it is judged anew."""

    def corrected() -> DraftPhoto | Refusal:
        row, spots = _photo(request, capture, name), body.landmarks
        if not body.slot:
            return captures.move(outside(), photo=row, spots=spots) if spots else row
        protocols = wiring.protocols()
        return captures.assign(
            outside(), photo=row, slot=body.slot, protocols=protocols, spots=spots
        )

    return acts.once(request, key, lambda: _looked(corrected))


@router.post(f"{_PHOTO}/removal", auth=TWIN, response=CaptureRow)
def remove_photograph(request: HttpRequest, capture: int, name: str, key: Key) -> HttpResponse:
    """Take a photograph out of a capture: its file is erased."""

    def removed() -> HttpResponse:
        photo = _photo(request, capture, name)
        captures.remove(outside(), photo=photo)
        return acts.made(_row(photo.draft), HTTPStatus.OK)

    return acts.once(request, key, removed)


@router.post(f"{_ONE}/measurements", auth=TWIN, response=CaptureSaid)
def measure(request: HttpRequest, capture: int, body: ToMeasure, key: Key) -> HttpResponse:
    """Keep what a model measured; what is not named stays as it is, and null takes one away."""

    def kept() -> HttpResponse:
        row = _known(request, capture)
        wrong = captures.measure(row, measurements=body.measurements, shown_as=body.shown_as)
        return refused(wrong) if wrong else acts.made(_said(row, "full"), HTTPStatus.OK)

    return acts.once(request, key, kept)


@router.post(f"{_ONE}/version", auth=TWIN, response={201: VersionSaid})
def make_version(request: HttpRequest, capture: int, body: Signed, key: Key) -> HttpResponse:
    """Make a version of the twin of all that is good in a capture; the rest is erased with it."""

    def act(outside: Outside, **by: Any) -> twins.Capture | Refusal:
        row, protocols = _known(request, capture), wiring.protocols()
        return captures.make(outside, draft=row, protocols=protocols, **by)

    def done(made: twins.Capture) -> VersionSaid:
        return VersionSaid(
            twin=made.twin.pk if made.twin else "",
            version=made.version,
            protocol=made.met.name if made.met else "",
            lacks=[Said(**reason.as_dict()) for reason in made.lacks],
        )

    return acts.signed(request, key, body.signature, act, done)


@router.post(f"{_ONE}/discard", auth=TWIN, response=CaptureRow)
def discard_capture(request: HttpRequest, capture: int, key: Key) -> HttpResponse:
    """Throw a capture away: its photographs are erased. Answers with what it was."""

    def gone() -> HttpResponse:
        row = _known(request, capture)
        said = _row(row)
        captures.discard(outside(), draft=row)
        return acts.made(said, HTTPStatus.OK)

    return acts.once(request, key, gone)


@router.post("/consents", auth=TWIN, response={201: ConsentSaid})
def consent(request: HttpRequest, body: ToConsent, key: Key) -> HttpResponse:
    """Consent, as the model, that a twin of her may be made."""
    allowed(request, "capture")
    said = body.model_dump(exclude={"signature", "ends_on_retirement"})
    after: twins.OnRetirement = "end" if body.ends_on_retirement else "run_on"

    def done(row: SignedAct) -> ConsentSaid:
        return ConsentSaid(twin=body.twin, by=row.party_id, signed=row.at.date())

    call = partial(twins.consent, on_retirement=after, **said)
    return acts.signed(request, key, body.signature, call, done)


@router.post("/twins/{twin}/marks", auth=TWIN, response={201: MarkSaid})
def mark(request: HttpRequest, twin: str, body: ToMark, key: Key) -> HttpResponse:
    """Name a mark of hers that is never to be retouched."""
    row = about(request, "own-twin", twins.known(twin), twin)

    def done(kept: TwinMark) -> MarkSaid:
        return MarkSaid(twin=row.pk, mark=kept.number, place=kept.place, words=kept.words)

    call = partial(twins.mark, twin=row.pk, **body.model_dump(exclude={"signature"}))
    return acts.signed(request, key, body.signature, call, done)


def _known(request: HttpRequest, capture: int) -> CaptureDraft:
    return about(request, "own", captures.known(capture), capture)


def _photo(request: HttpRequest, capture: int, name: str) -> DraftPhoto:
    row = _known(request, capture).photos.filter(name=name).first()
    return about(request, "own-draft", row, name)


def _looked(call: Callable[[], DraftPhoto | Refusal]) -> HttpResponse:
    """Do what looks at a photograph, and tell how it was judged."""
    try:
        with place(LOOKING, patience=PATIENCE):
            found = call()
    except Busy:
        raise Stop("api.busy", "others are being answered; ask again", wait=1) from None
    if isinstance(found, Refusal):
        return refused(found)
    return acts.made(_photograph(captures.judgment(found)), HTTPStatus.OK)


def _row(row: CaptureDraft) -> CaptureRow:
    return CaptureRow(
        capture=row.pk,
        twin=row.twin,
        shown_as=row.shown_as,
        begun=row.begun_at.date(),
        photographs=row.photos.count(),
    )


def _photograph(judged: Judged) -> PhotographSaid:
    return PhotographSaid(
        name=judged.name,
        view=judged.card.view if judged.card else None,
        size=judged.quality.size if judged.quality else None,
        landmarks=dict(judged.card.landmarks) if judged.card else {},
        reasons=[Said(**reason.as_dict()) for reason in judged.reasons],
        faults=[Said(**check.reason.as_dict()) for check in judged.faults],
    )


def _said(row: CaptureDraft, protocol: str) -> CaptureSaid:
    protocols = {each.name: each for each in wiring.protocols()}
    found = captures.coverage(row, protocols[protocol])
    meets, lacks = captures.standing(row, list(protocols.values()))
    slots = [
        SlotSaid(
            group=each.group,
            slot=each.slot,
            words=each.words,
            state=each.state,
            photograph=each.photo,
            why=list(each.why),
        )
        for each in found.rows
    ]
    return CaptureSaid(
        **_row(row).model_dump(),
        measurements=row.measurements,
        protocol=protocol,
        slots=slots,
        photos=[_photograph(each) for each in found.photos],
        missing=[Said(**reason.as_dict()) for reason in found.missing],
        meets=meets.name if meets else None,
        lacks=[Said(**reason.as_dict()) for reason in lacks],
    )
