"""The papers of a party: what was made here is put there, what was made elsewhere can be added;
nothing is ever taken out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from sosie.core.contract import Contract
from sosie.core.ports import Outside
from sosie.core.terms import Terms
from sosie.core.transparency import LogAct
from sosie.core.values import Digest, Refusal
from sosie.services import log
from sosie.store.models import License, Paper, Party

KINDS = ("contract", "deal_memo", "signing_record", "representation", "power_of_attorney", "other")
MOST_BYTES = 20 * 2**20


def bring(
    outside: Outside, *, party: str, kind: str, title: str, data: bytes, dated: date, now: datetime
) -> Paper | Refusal:
    """Add a paper that was made elsewhere: kept as it is, and never taken for a license here."""
    if not Party.objects.filter(pk=party).exists():
        return Refusal.because("party.unknown", f"`{party}` has not joined this workspace")
    if kind not in KINDS:
        known = ", ".join(f"`{each}`" for each in KINDS)
        return Refusal.because("paper.kind", f"`{kind}` is no kind of paper; name one of {known}")
    if not data.startswith(b"%PDF-") or len(data) > MOST_BYTES:
        text = f"`{title}` is no PDF of at most {MOST_BYTES // 2**20} MB; scan or print it as one"
        return Refusal.because("paper.not_pdf", text)
    if dated > now.date():
        return Refusal.because("paper.dated", f"`{title}` is dated {dated}, which is to come")
    digest = outside.blobs.put(data)
    if Paper.objects.filter(party=party, file=digest).exists():
        return Refusal.because("paper.known", f"`{party}` holds this very file already")
    with transaction.atomic():
        row = keep(party, kind, title, digest, now=now, dated=dated, imported=True)
        said = {"party": party, "kind": kind, "file": digest}
        log.append(outside, act=LogAct.PAPER_RECORDED, record=said, now=now, object=digest)
    return row


def keep(
    party: str,
    kind: str,
    title: str,
    file: Digest,
    *,
    now: datetime,
    license: License | None = None,
    dated: date | None = None,
    imported: bool = False,
) -> Paper:
    """Put a paper into a party's hands, inside the caller's transaction."""
    row, _ = Paper.objects.get_or_create(
        party_id=party,
        file=file,
        defaults={
            "kind": kind,
            "title": title,
            "license": license,
            "dated": dated or now.date(),
            "imported": imported,
            "recorded_at": now,
        },
    )
    return row


def known(paper: int) -> Paper | None:
    """Return a paper, if there is one of this number."""
    return Paper.objects.filter(pk=paper).first()


def of(party: str) -> QuerySet[Paper]:
    """Return the papers of a party, the newest first."""
    return Paper.objects.filter(party=party).order_by("-dated", "-id")


def held(party: str, *, among: Q | None = None) -> list[dict[str, Any]]:
    """Return the papers of a party, or those among some, the newest first, as plain JSON values."""
    return told(of(party).filter(among) if among else of(party))


def told(rows: Iterable[Paper]) -> list[dict[str, Any]]:
    """Return papers as plain JSON values."""
    return [
        {
            "paper": row.pk,
            "kind": row.kind,
            "title": row.title,
            "dated": row.dated.isoformat(),
            "license": row.license_id,
            "imported": row.imported,
            "file": row.file,
        }
        for row in rows
    ]


def contract_of(row: License, now: datetime) -> Contract:
    """Return all that the contract or the deal memo of a license is typeset from."""
    terms = Terms.model_validate(row.terms)
    parties = [party for party in (row.model, row.brand, row.agency) if party]
    others = {terms.parties.mother_agency, terms.parties.studio, *(terms.sublicense or ())}
    others |= set(terms.co_depiction.named) if terms.co_depiction else set()
    named = Party.objects.filter(pk__in=[each for each in others if each])
    return Contract(
        license=row.id,
        terms=terms,
        names={party.id: party.name for party in (*parties, *named)},
        addresses={party.id: party.address for party in parties},
        agency_registration=row.agency.registration or None if row.agency else None,
        dated=now.date(),
        marks=tuple(f"{each.place}: {each.words}" for each in row.twin.marks.order_by("number")),
    )
