"""A capture while it is taken: each photograph is judged at once, and none is kept. What was found
so far travels with the page."""

from __future__ import annotations

from base64 import b64decode, b64encode
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Any, Self

import numpy as np
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sosie import wiring
from sosie.core.capture import Judged, covered, look, told_apart
from sosie.core.faults import Check, Polygon
from sosie.core.limits import LIMITS
from sosie.core.protocol import Protocol, Slot, slot_of
from sosie.core.seal import plain
from sosie.core.studio import Card
from sosie.core.twin import VIEWS
from sosie.core.values import BadInput, Reason
from sosie.web.rights import requires
from sosie.web.strangers import HELD, LOOKING, PATIENCE, Busy, InMemory, place
from sosie.web.workspace import outside

BESIDE = 512 * 1024
"""Bytes of a form beside the photograph in it."""
_MOST = 120
"""Photographs of one capture."""
Text = Annotated[str, Field(max_length=400)]


class Seen(BaseModel):
    """One photograph as the page remembers it: enough to count it, nothing to see her by but its
    luma in 32×32 cells, which never leave her browser for longer than a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1, max_length=100)
    view: str | None
    reasons: tuple[Text, ...] = Field(max_length=20)
    faults: tuple[Text, ...] = Field(max_length=20)
    gray_card: bool
    cells: str = Field(max_length=1400)

    @classmethod
    def of(cls, photo: Judged) -> Self:
        """Return a photograph that was just judged."""
        cells = b"" if photo.thumb is None else photo.thumb.astype(np.uint8).tobytes()
        return cls(
            name=photo.name,
            view=photo.card.view if photo.card else None,
            reasons=tuple(reason.text[:400] for reason in photo.reasons),
            faults=tuple(check.text[:400] for check in photo.faults),
            gray_card=photo.taken().gray_card,
            cells=b64encode(cells).decode(),
        )

    def judged(self) -> Judged:
        """Return it as it was judged, without what only one look at it needs. Raises
        ``ValueError`` for what no page of ours said."""
        if self.view is not None and self.view not in VIEWS:
            raise ValueError("no view")
        cells = np.frombuffer(b64decode(self.cells, validate=True), np.uint8)
        checks = [Check("fault", None, 0, wrong=True, text=text) for text in self.faults]
        if self.gray_card:
            checks.append(Check("color_cast", 0, 0, wrong=False, text=""))
        said = {"sosie": "card/1", "size": (1, 1), "landmarks": {}, "face": (0, 0, 1, 1)}
        card = Card.model_validate({**said, "plate": self.name, "view": self.view or ""})
        return Judged(
            self.name,
            card if self.view else None,
            reasons=tuple(Reason("capture.seen", text) for text in self.reasons),
            checks=tuple(checks),
            thumb=cells.reshape(32, 32).astype(np.int16) if cells.size else None,
        )


_SEEN = TypeAdapter(Annotated[list[Seen], Field(max_length=_MOST)])


@csrf_exempt
@requires("capture")
@require_http_methods(["GET", "HEAD", "POST"])
def capture(request: HttpRequest) -> HttpResponseBase:
    """Show what a capture holds; judge a photograph that is sent, and say what is still missing."""
    if request.method != "POST":
        return _page(request, _protocol(request.GET.get("protocol", "")), [])
    if int(request.META.get("CONTENT_LENGTH") or 0) > LIMITS.bytes + BESIDE:
        what = gettext("The file has more than %(most)s MB.") % {"most": LIMITS.megabytes}
        too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _page(request, _protocol(""), [], status=too_large, problem=what)
    limited: HttpResponse | None = ratelimit.consume_or_429(
        request, action="capture", user=request.user
    )
    if limited is not None:
        return limited
    try:
        with place(HELD):
            request.upload_handlers = [InMemory(request)]
            answer: HttpResponse = _answered(request)
            return answer
    except Busy:
        what = gettext("Other pictures are being checked. Try again in a moment.")
        busy = HTTPStatus.SERVICE_UNAVAILABLE
        return _page(request, _protocol(""), [], status=busy, problem=what)


@csrf_protect
def _answered(request: HttpRequest) -> HttpResponse:
    protocol = _protocol(request.POST.get("protocol", ""))
    try:
        seen = _SEEN.validate_json(request.POST.get("so_far") or "[]")
        before = [each.judged() for each in seen]
    except (ValidationError, ValueError):
        what = gettext("What was found so far cannot be read: begin anew.")
        return _page(request, protocol, [], status=HTTPStatus.BAD_REQUEST, problem=what)
    file = request.FILES.get("photograph")
    if file is None or len(before) >= _MOST:
        what = gettext("No photograph was chosen.") if file is None else gettext("These are many.")
        return _page(request, protocol, before, status=HTTPStatus.BAD_REQUEST, problem=what)
    with place(LOOKING, patience=PATIENCE):
        photo, size = _judged(
            protocol, plain(file.name or ""), file.read(), request.POST.get("slot", "")
        )
    others = [each for each in before if each.name != photo.name]  # it was taken again
    photo = told_apart([*others, photo])[-1]
    return _page(request, protocol, [*others, photo], photo=photo, marks=_marks(photo, size))


def _judged(
    protocol: Protocol, file: str, data: bytes, slot: str
) -> tuple[Judged, tuple[int, int]]:
    """Judge one photograph for the slot that is named, else for that of its name; returns its size
    in pixels, too."""
    fitting: Slot | None = slot_of(protocol, slot, None) if slot else None
    name = fitting.id if fitting else PurePath(file).stem[:100] or "photograph"
    fitting = fitting or slot_of(protocol, name, None)
    try:
        pixels = outside().pictures.decode(data, where=file)
    except BadInput as error:
        reason = Reason(error.code, f"{error.what}; {error.remedy}")
        return Judged(name, None, reasons=(reason,)), (1, 1)
    found = look(name, pixels, None, view=fitting.views[0] if fitting else None)
    return found, (pixels.shape[1], pixels.shape[0])


def _protocol(name: str) -> Protocol:
    """Return the protocol of a name, else the fullest. What she measures at herself is asked for
    when the capture is made, not here."""
    known = {each.name: each for each in wiring.protocols()}
    chosen = known.get(name) or next(iter(known.values()))
    return chosen.model_copy(update={"measurements": ()})


def _marks(photo: Judged, size: tuple[int, int]) -> list[dict[str, str]]:
    """Return what is wrong with a photograph, and where, in percent of its sides."""

    def spelled(polygon: Polygon) -> str:
        return " ".join(f"{100 * x / size[0]:.1f},{100 * y / size[1]:.1f}" for x, y in polygon)

    return [
        {"text": text, "where": ";".join(spelled(polygon) for polygon in where)}
        for text, where in photo.marks
    ]


def _page(
    request: HttpRequest,
    protocol: Protocol,
    photos: list[Judged],
    *,
    status: int = HTTPStatus.OK,
    **more: Any,
) -> HttpResponse:
    found = covered(protocol, photos, {}, in_words=True)
    context = {
        "found": found,
        "there": sum(row.state == "there" for row in found.rows),
        "so_far": _SEEN.dump_json([Seen.of(photo) for photo in photos]).decode(),
        "protocols": wiring.protocols(),
        "limits": LIMITS,
        **more,
    }
    if photo := more.get("photo"):
        context["row"] = next((row for row in found.rows if row.photo == photo.name), None)
    return render(request, "sosie/capture.html", context, status=status)
