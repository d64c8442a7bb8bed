"""Representation agreements and powers of attorney: recorded, checked against the law (R05 to R13),
over after three years at most, never silently renewed, ended by the model when she wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from pydantic import TypeAdapter, ValidationError

from sosie.core import law
from sosie.core.law.answers import years_after
from sosie.core.law.new_york import MAX_REPRESENTATION_YEARS
from sosie.core.ports import Outside
from sosie.core.transparency import LogAct
from sosie.core.values import Digest, Reason, Refusal
from sosie.services import log, paper, party
from sosie.store.models import Agreement, License, Party, SignedAct

END = "agreement.end"
SOON = timedelta(days=90)
"""Before its last day, an agreement is said to end soon."""
REPRESENTATION, ATTORNEY = "representation", "power_of_attorney"
_FACTS: Mapping[str, TypeAdapter[Any]] = {
    REPRESENTATION: TypeAdapter(law.Representation),
    ATTORNEY: TypeAdapter(law.PowerOfAttorney),
}
_ACTS = {
    REPRESENTATION: law.Trigger.SIGN_REPRESENTATION,
    ATTORNEY: law.Trigger.SIGN_POA,
}


def record(
    outside: Outside,
    *,
    model: str,
    agency: str,
    facts: Mapping[str, Any],
    now: datetime,
    file: bytes = b"",
    imported: bool = False,
) -> Agreement | Refusal:
    """Record an agreement as the facts that the law reads, and the paper itself if there is one.

    What the law refuses is not recorded, unless it was made elsewhere (``imported``): then it
    stands as what it is, and `findings` says what is wrong with it.
    """
    refusal = party.absent({model: Party.Kind.MODEL, agency: Party.Kind.AGENCY})
    if refusal:
        return refusal
    kind = str(facts.get("kind"))
    if kind not in _FACTS:
        return Refusal.because("agreement.kind", f"`{kind}` is no kind of agreement")
    try:
        _FACTS[kind].validate_python(_bare(facts))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        return Refusal.because("agreement.facts", f"`{where}`: {error.errors()[0]['msg'].lower()}")
    row = Agreement(model_id=model, agency_id=agency, facts=dict(facts), recorded_at=now)
    if not imported:
        broken = tuple(
            Reason("law.broken", found.text, rule=found.rule.id, citation=found.rule.citation)
            for found in findings(row, now=now)
            if found.refuses
        )
        if broken:
            return Refusal(broken)
    if file and not file.startswith(b"%PDF-"):
        return Refusal.because("paper.not_pdf", "the paper is no PDF; scan or print it as one")
    digest = outside.blobs.put(file) if file else Digest("")
    row.file, row.imported = digest, imported
    with transaction.atomic():
        row.save(force_insert=True)
        said = {"model": model, "agency": agency, "facts": dict(facts), "file": digest}
        log.append(outside, act=LogAct.AGREEMENT_RECORDED, record=said, now=now)
        if file:
            title = f"{kind.replace('_', ' ').capitalize()}, {row.agency.name}"
            paper.keep(model, kind, title, digest, now=now, imported=imported)
    return row


def end(
    outside: Outside, *, agreement: int, by: str, passphrase: str, now: datetime, note: str = ""
) -> Agreement | Refusal:
    """End an agreement, as its model: at once and without any cost (rule R13)."""
    row = Agreement.objects.filter(pk=agreement).first()
    if row is None:
        return Refusal.because("agreement.unknown", f"no agreement `{agreement}`; list them first")
    if by != row.model_id:
        text = f"`{by}` cannot end agreement `{agreement}` here: its model `{row.model_id}` can"
        return Refusal.because("agreement.not_hers", text)
    if ended_on(row) is not None:
        return Refusal.because("agreement.ended", f"agreement `{agreement}` was ended already")
    statement = party.sign(
        outside,
        party=by,
        act=END,
        subject=str(agreement),
        says={"note": note},
        passphrase=passphrase,
    )
    with transaction.atomic():
        party.keep(statement, party=by, act=END, subject=str(agreement), at=now)
        said = {"agreement": agreement, "by": by}
        log.append(outside, act=LogAct.AGREEMENT_ENDED, record=said, now=now)
    return row


def _all() -> QuerySet[Agreement]:
    """Return every agreement, the newest first, with its parties and the moment of its end, so that
    nothing more is asked for each."""
    ends = SignedAct.objects.filter(
        act=END, party=OuterRef("model"), subject=Cast(OuterRef("pk"), CharField())
    )
    rows = Agreement.objects.select_related("model", "agency").order_by("-id")
    return rows.annotate(ended_at=Subquery(ends.values("at")[:1]))


def ended_on(row: Agreement) -> date | None:
    """Return the day on which the model ended an agreement."""
    if row.pk and not hasattr(row, "ended_at"):
        row = _all().get(pk=row.pk)
    ended: datetime | None = getattr(row, "ended_at", None)
    if ended is not None:
        return ended.date()
    said = row.facts.get("ended_on")
    return date.fromisoformat(said) if said else None


def last_day(row: Agreement) -> date | None:
    """Return the last day of an agreement: its own, or at the latest that of its third year."""
    start, last = (row.facts.get(name) for name in ("start", "last"))
    most = years_after(date.fromisoformat(start), MAX_REPRESENTATION_YEARS) if start else None
    most = most - timedelta(days=1) if most else None
    days = [day for day in (date.fromisoformat(last) if last else None, most) if day]
    return min(days, default=None)


def in_force(row: Agreement, *, on: date) -> bool:
    """Return whether an agreement stands on a day: begun, not over, not ended by the model."""
    start, last, ended = row.facts.get("start"), last_day(row), ended_on(row)
    begun = start is None or date.fromisoformat(start) <= on
    return begun and (last is None or on <= last) and (ended is None or on < ended)


def facts_of(row: Agreement) -> Any:
    """Return the facts of an agreement as the rules of law read them, its end included."""
    facts = _bare(row.facts)
    if row.facts["kind"] == ATTORNEY and (ended := ended_on(row)) is not None:
        facts |= {"ended_on": ended, "effective_on": ended, "penalty": facts.get("penalty", False)}
    return _FACTS[row.facts["kind"]].validate_python(facts)


def findings(row: Agreement, *, now: datetime) -> tuple[law.Finding, ...]:
    """Return what the law says against an agreement."""
    kind = row.facts["kind"]
    facts = law.Facts(
        on=now.date(),
        act=_ACTS[kind],
        agency=True,
        places=law.Places(model_lives=row.model.place, agency_in=row.agency.place),
        **{kind: facts_of(row)},
    )
    return tuple(found for found in law.findings(facts) if found.set_off and found.bites)


def current(model: str, agency: str | None, kind: str, *, on: date) -> Agreement | None:
    """Return the newest agreement of a kind that stands on a day, else the newest of all."""
    rows = Agreement.objects.filter(model=model, facts__kind=kind).order_by("-id")
    rows = rows.filter(agency=agency) if agency else rows
    standing = (row for row in rows if in_force(row, on=on))
    return next(standing, None) or rows.first()


def overview(*, now: datetime, party: str = "") -> list[dict[str, Any]]:
    """Return every agreement (of one party), newest first, as plain JSON values."""
    rows = of(party) if party else _all()
    return [{**as_row(row, now=now), "against": against(row, now=now)} for row in rows]


def of(party: str) -> QuerySet[Agreement]:
    """Return the agreements of a party, the newest first."""
    return _all().filter(Q(model=party) | Q(agency=party))


def ending(parties: Collection[str], *, now: datetime) -> list[Agreement]:
    """Return the agreements of some agencies that are in force and end soon."""
    on = now.date()
    return [
        row
        for row in _all().filter(agency__in=parties)
        if (last := last_day(row)) and last <= on + SOON and in_force(row, on=on)
    ]


def as_row(row: Agreement, *, now: datetime) -> dict[str, Any]:
    """Return an agreement as plain JSON values, without what law says against it."""
    return {
        "agreement": row.pk,
        "kind": row.facts["kind"],
        "model": row.model_id,
        "model_name": row.model.name,
        "agency": row.agency_id,
        "agency_name": row.agency.name,
        "from": row.facts.get("start"),
        "until": day.isoformat() if (day := last_day(row)) else None,
        "ended_on": ended.isoformat() if (ended := ended_on(row)) else None,
        "in_force": in_force(row, on=now.date()),
        "imported": row.imported,
    }


def against(row: Agreement, *, now: datetime) -> list[str]:
    """Return what law says against an agreement, in words."""
    return [f"{each.rule.id}: {each.text}" for each in findings(row, now=now)]


def agencies_of(models: Collection[str]) -> list[Party]:
    """Return the agencies that stand in the papers of some models: in an agreement, or in a
    license."""
    papers = (table.objects.filter(model__in=models) for table in (Agreement, License))
    roster, advised = (Q(pk__in=rows.values("agency")) for rows in papers)
    return list(Party.objects.filter(roster | advised, kind=Party.Kind.AGENCY).order_by("name"))


def _bare(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != "kind"}
