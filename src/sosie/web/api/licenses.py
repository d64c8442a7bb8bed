"""Licenses: what they would cost, what was agreed, how they stand, and every step of their life."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from sosie.core.api import LicenseRow, LicenseSaid, Page, QuoteSaid, Said, StepSaid
from sosie.core.api_requests import ToDraft, ToQuote, ToStep
from sosie.core.law import NOT_ADVICE
from sosie.core.life import Step
from sosie.core.quote import quote as of_all
from sosie.core.scopes import Scope
from sosie.core.values import Digest, Reason, Refusal
from sosie.services import contract, life, offer, sequence
from sosie.services import license as licenses
from sosie.services import quote as quotes
from sosie.services import today as days
from sosie.store.models import License
from sosie.web.api import acts
from sosie.web.api.access import Bearer, about, allowed, party_of
from sosie.web.api.acts import Key
from sosie.web.api.paging import MANY, Cursor, Limit, paged
from sosie.web.api.problems import Stop, refused
from sosie.web.rights import licenses_of
from sosie.web.workspace import now, outside

router = Router(tags=["licenses"])
READ, NEGOTIATE = Bearer(Scope.READ), Bearer(Scope.NEGOTIATE)


@router.get("/licenses", auth=READ, response=Page[LicenseRow])
def list_licenses(
    request: HttpRequest,
    signed: bool | None = None,
    cursor: Cursor = "",
    limit: Limit = MANY,
) -> Any:
    """List the licenses of the party; with `signed=false` those that are talked about."""
    rows = License.objects.filter(licenses_of(allowed(request, "licenses")))
    if signed is not None:
        both = licenses.signed_by_both()
        rows = rows.filter(both if signed else ~both)
    told = partial(_rows, now=now())
    order = sequence.licenses()
    return paged(request, rows, told, key="license", cursor=cursor, limit=limit, sequence=order)


@router.post("/licenses/quote", auth=NEGOTIATE, response=QuoteSaid)
def quote(request: HttpRequest, body: ToQuote) -> Any:
    """Say what terms would cost, what law says of them, and why nobody could draft them. Nothing is
    written."""
    party = party_of(request, "licenses").pk
    found = quotes.quote(outside(), terms=body.terms, by=party, now=now())
    price, most = found.price, of_all(found.terms)
    return QuoteSaid.model_validate(
        {
            "outcome": "refused" if found.refused else "allowed",
            "reasons": _said(found.reasons),
            "findings": [finding.as_dict() for finding in found.findings],
            "price": price and str(price.total),
            "each": price and str(price.each),
            "commission": price and str(price.commission),
            "receives": price and str(price.receives),
            "most": most and str(most.total),
            "lines": [
                {
                    "what": line.what,
                    "rate": str(line.rate),
                    "times": line.times,
                    "amount": str(line.amount),
                }
                for line in (most.lines if most else ())
            ],
            "notes": list(most.notes) if most else [],
            "terms": found.terms.as_json(),
            "note": NOT_ADVICE,
        }
    )


@router.post("/licenses", auth=NEGOTIATE, response={201: LicenseRow})
def draft(request: HttpRequest, body: ToDraft, key: Key) -> HttpResponse:
    """Draft a license, as one of its parties. Ask for it next: step `asked`."""
    allowed(request, "licenses")
    call = partial(
        licenses.draft,
        terms=body.terms,
        supersedes=body.supersedes,
    )
    return acts.signed(request, key, body.signature, call, _row)


@router.get("/licenses/{license}", auth=READ, response=LicenseSaid)
def license(request: HttpRequest, license: str) -> Any:
    """Tell a license as it is laid before the party: terms, standing, law, steps, what went out."""
    row = about(request, "licenses", licenses.known(license), license)
    at, by = now(), party_of(request).pk
    told = offer.laid_out(outside(), row, by=by, now=at)
    due = life.deadlines([row], now=at)
    (said,) = _rows(Q(pk=row.pk), now=at)
    return LicenseSaid.model_validate(
        {
            **said,
            "agency": row.agency_id,
            "twin": row.twin_id,
            "told": told.told,
            "terms": row.terms,
            "first_page": [{"term": each.term, "says": each.says} for each in told.first_page],
            "since_last_deal": [each.text for each in told.since],
            "digest": row.terms_digest,
            "may": sorted(told.may),
            "unusual": _said(told.unusual),
            "against": _said(told.against),
            "warnings": _said(told.warnings),
            "steps": _steps(told),
            "made": days.counts(row),
            "releases": licenses.releases(row),
            "deadlines": [
                {
                    "code": each.code,
                    "text": each.text,
                    "due": each.due,
                    "owed_by": each.owed_by,
                    "owed_to": each.owed_to,
                    "ground": each.ground,
                }
                for _, each in due
            ],
        }
    )


@router.get("/licenses/{license}/{paper}.pdf", auth=READ)
def license_paper(
    request: HttpRequest, license: str, paper: Literal["contract", "deal-memo"]
) -> HttpResponse:
    """Return the contract or the deal memo of a license as it lies there: PDF."""
    row = about(request, "licenses", licenses.known(license), license)
    file = row.contract
    if paper == "deal-memo":
        step = row.steps.filter(step=Step.MEMO_DELIVERED).last()
        file = step.file if step else ""
    if not file:
        raise Stop("api.absent", f"`{license}` has no {paper} yet")
    return HttpResponse(outside().blobs.get(Digest(file)), content_type="application/pdf")


@router.post("/licenses/{license}/steps", auth=NEGOTIATE, response={201: LicenseRow})
def step(request: HttpRequest, license: str, body: ToStep, key: Key) -> HttpResponse:
    """Take a step in the life of a license, as the party: ask, counter, advise, agree, sign,
    decline, let rest, revoke. Who may take which now, `may` of the license tells."""
    row = about(request, "licenses", licenses.known(license), license)
    if body.step == "papers":
        return acts.once(request, key, lambda: _papers(row))
    call = _step(row, body, party_of(request).pk)
    return acts.signed(request, key, body.signature, call, _row)


def _step(row: License, body: ToStep, by: str) -> Callable[..., License | Refusal]:
    """Return the service that takes a step."""
    match body.step:
        case "agreed":
            return partial(offer.agree, seen=body.seen, note=body.note, license=row.pk)
        case "signed":
            role = "model" if by == row.model_id else "brand"
            return partial(contract.sign, role=role, license=row.pk)
        case "memo_accepted":
            return partial(life.accept_memo, license=row.pk)
        case "revoked":
            return partial(licenses.revoke, note=body.note, license=row.pk)
    return partial(
        life.take, step=Step(body.step), terms=body.terms, note=body.note, license=row.pk
    )


def _papers(row: License) -> HttpResponse:
    made = contract.papers(outside(), license=row.pk, now=now())
    if isinstance(made, Refusal):
        return refused(made)
    return acts.made(_row(made), HTTPStatus.CREATED)


def _row(row: License) -> LicenseRow:
    (said,) = _rows(Q(pk=row.pk), now=now())
    return LicenseRow.model_validate(said)


def _rows(among: Q, now: Any) -> list[dict[str, Any]]:
    return licenses.overview(among=among, now=now)


def _said(reasons: tuple[Reason, ...]) -> list[Said]:
    return [Said(**reason.as_dict()) for reason in reasons]


def _steps(told: offer.LaidOut) -> list[StepSaid]:
    return [
        StepSaid(
            at=each.at,
            step=each.step,
            by=each.party_id or life.WORKSPACE,
            offer=each.offer,
            note=each.note,
            changes=[change.text for change in told.changes.get(each.pk, ())],
        )
        for each in told.steps
    ]
