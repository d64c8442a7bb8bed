"""Ordering a shoot: a plan is laid down with its files, checked and priced, and then signed."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from http import HTTPStatus
from pathlib import PurePosixPath
from threading import BoundedSemaphore

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sosie import wiring
from sosie.core.studio import ShootPlan
from sosie.core.values import BadInput, Money, Refusal
from sosie.services import license as licenses
from sosie.services import plan as plans
from sosie.store.models import License, Shoot
from sosie.store.studio import ShootDraft
from sosie.web import signing
from sosie.web.rights import requires
from sosie.web.strangers import PATIENCE, Busy, place
from sosie.web.workspace import now, outside

MOST_BYTES = 32 * 1024 * 1024
"""Of the files of a plan, all together."""
MOST_PICTURES = 24
"""Pictures of a plan that a page checks while somebody waits."""
CHECKS = BoundedSemaphore(1)
"""Plans that are checked at the same time: each takes a core for as long as it lasts."""
_LONGEST = 256 * 1024
_PRICES = ("price", "commission", "receives")


@requires("produce", licenses.known)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, license: License) -> HttpResponseBase:
    """Show the plan of a shoot with what it would come to, and take another in its place."""
    refused = ""
    if "discard" in request.POST:
        plans.discard(license.pk)
        return redirect("plan", license.pk)
    if request.method == "POST":
        refused = _laid(request, license)
        if not refused:
            return redirect("plan", license.pk)
    context = {"license": license, "refused": refused, **_told(plans.of(license.pk))}
    status = HTTPStatus.CONFLICT if refused else HTTPStatus.OK
    return render(request, "sosie/plan.html", context, status=status)


@requires("produce", licenses.known)
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, license: License) -> HttpResponseBase:
    """Have the brand sign the order of the plan that lies there; it is made at once."""
    draft, back = plans.of(license.pk), reverse("plan", args=[license.pk])
    if draft is None:
        return redirect(back)
    call = partial(plans.order, draft=draft, by=license.brand_id, passphrase="", now=now())

    def done(row: Shoot) -> HttpResponseBase:
        messages.success(request, _("Ordered: {id}. It is made from now on.").format(id=row.pk))
        return redirect("board", row.pk)

    page = signing.Page(
        by=license.brand_id,
        call=call,
        done=done,
        title=_("Order this shoot"),
        back=back,
        context={"license": license, **_told(draft)},
        template="sosie/plan_sign.html",
    )
    return signing.page(request, page)


def _laid(request: HttpRequest, license: License) -> str:
    """Check a plan that was sent, and keep it; returns why it was not kept."""
    try:
        wanted, files = _sent(request)
        with place(CHECKS, patience=PATIENCE):
            found = plans.keep(outside(), license=license.pk, plan=wanted, files=files, now=now())
    except Busy:
        return _("others are checked just now: send it again in a moment")
    except BadInput as error:
        return f"`{error.where}`: {error.what}; {error.remedy}"
    if isinstance(found, Refusal):
        return "; ".join(reason.text for reason in found.reasons)
    return ""


def _sent(request: HttpRequest) -> tuple[ShootPlan, dict[str, bytes]]:
    """Return the plan that was sent, and the files that it lists; raises ``BadInput``."""
    sent = request.FILES.get("plan")
    if sent is None or sent.size is None or sent.size > _LONGEST:
        what = "a plan is a text file of at most 256 kB" if sent else "no plan was sent"
        raise BadInput(what, where="plan", remedy="choose the plan, a YAML file")
    where = str(sent.name)
    try:
        text = sent.read().decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("this is no UTF-8 text", where=where, remedy="send a YAML file") from None
    wanted = wiring.plan_of(text, where=where)
    if len(wanted.orders()) > MOST_PICTURES:
        what = f"it asks for {len(wanted.orders())} pictures, and a page takes {MOST_PICTURES}"
        remedy = "make several plans of it, or order with `sosie shoot run`"
        raise BadInput(what, where=where, remedy=remedy)
    beside = {str(file.name): file for file in request.FILES.getlist("files")}
    if sum(file.size or 0 for file in beside.values()) > MOST_BYTES:
        what = f"the files have more than {MOST_BYTES // 1024**2} MB"
        raise BadInput(what, where="files", remedy="send smaller ones")
    named = {name: PurePosixPath(path).name for name, path in wanted.files.items()}
    for name in named.values():
        if name not in beside:
            what = "the plan lists this file, and it was not sent"
            raise BadInput(what, where=name, remedy="choose it with the others, under the plan")
    return wanted, {name: beside[file].read() for name, file in named.items()}


def _told(draft: ShootDraft | None) -> dict[str, object]:
    """Return what a kept plan would come to, as a page says it."""
    if draft is None:
        return {}
    told = draft.told
    return {
        "draft": draft,
        "told": told,
        "minutes": told["seconds"] and round(told["seconds"] / 60),
        **{name: _money(told[name]) for name in _PRICES if told[name]},
    }


def _money(said: str) -> Money:
    amount, currency = said.split()
    return Money.parse(Decimal(amount), currency)
