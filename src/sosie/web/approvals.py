"""Approvals: the pictures that wait for a model's answer, one at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sosie.core.roles import Role
from sosie.core.studio import Grade, Order, spoken
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Purpose
from sosie.services import change
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.services import today as days
from sosie.services.signing import Call
from sosie.store.models import Picture
from sosie.web import signing
from sosie.web.rights import parties, requires
from sosie.web.tongue import countries
from sosie.web.workspace import now


@requires("answer")
@require_safe
def waiting(request: HttpRequest) -> HttpResponseBase:
    """Lead to the first picture that waits, or say that none does."""
    ids = days.to_answer(parties(request.user, Role.MODEL))
    return redirect("approval", ids[0]) if ids else render(request, "sosie/nothing_waits.html")


@requires("answer", pictures.known)
@require_safe
def approval(request: HttpRequest, picture: Picture) -> HttpResponse:
    """Show one picture with what it is for, and ask yes or no."""
    return render(request, "sosie/approval.html", _about(request, picture))


def _about(request: HttpRequest, picture: Picture) -> dict[str, Any]:
    """Return what stands beside a picture that she answers for."""
    ids = days.to_answer(parties(request.user, Role.MODEL))
    at = ids.index(picture.pk) if picture.pk in ids else None
    terms, use = licenses.terms_of(picture.license), picture.shoot.use
    return {
        "picture": picture,
        "open": at is not None,
        "number": None if at is None else at + 1,
        "of": len(ids),
        "before": ids[at - 1] if at else None,
        "after": ids[at + 1] if at is not None and at + 1 < len(ids) else None,
        "final": picture.grade == Grade.FINAL,
        "order": spoken(Order.model_validate(picture.order)),
        "channel": _(CHANNELS[Channel(use["channel"])]),
        "purpose": _(PURPOSES[Purpose(use["purpose"])]),
        "countries": countries(use["territories"]),
        "ends": terms.period.last if terms.period else None,
    }


@requires("answer", pictures.known)
@require_POST
def answer(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    """Have her sign her answer: yes, no, that it does show her, or that she asks for another."""
    said = request.POST.get("say", "")
    known: dict[str, Any] = {"picture": picture.pk, "by": picture.license.model_id}
    known |= {"passphrase": "", "now": now(), "note": request.POST.get("note", "")[:500]}
    acts: dict[str, tuple[str, Call[Picture]]] = {
        "yes": (_("Yes to this picture"), partial(pictures.answer, yes=True, **known)),
        "no": (_("No to this picture"), partial(pictures.answer, yes=False, **known)),
        "me": (_("It is me"), partial(pictures.recognize, **known)),
        "another": (_("Another in its place"), partial(change.order, settings={}, **known)),
    }
    if said not in acts:
        return redirect("approval", picture.pk)
    title, call = acts[said]

    def done(row: Picture) -> HttpResponseBase:
        messages.success(request, _("Signed: {id}.").format(id=row.pk))
        answered = said in ("yes", "no")
        return redirect("approvals") if answered else redirect("approval", picture.pk)

    page = signing.Page(
        by=picture.license.model_id,
        call=call,
        done=done,
        title=title,
        back=reverse("approval", args=[picture.pk]),
        context={"picture": picture, "license": picture.license},
    )
    return signing.page(request, page)
