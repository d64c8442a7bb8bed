"""Days of capture: work that is checked against the law, signed by the model and paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from sosie.core import law
from sosie.core.capture_day import Owed, Shift, hours, owed
from sosie.core.ledger import Basis, Entry, Ground, Reference, split
from sosie.core.ports import Outside
from sosie.core.terms import SessionFee
from sosie.core.transparency import LogAct
from sosie.core.values import Money, Refusal, SignedStatement, digest
from sosie.services import law as laws
from sosie.services import ledger, life, log, party
from sosie.services import license as licenses
from sosie.services.twin import CONSENT, WITHDRAW
from sosie.store.models import CaptureDay, License, Party, SignedAct

ACT = "capture.day"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What surrounds the work, as R43 and R44 ask."""

    policy_given: bool = False
    """A written policy against abuse and harassment was handed to her before."""
    companion_allowed: bool = False
    insured: bool = False
    place: str | None = None
    """Where the work is done: ISO 3166 code."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays at what rate: by a license with a session fee, or as she signs it here."""

    brand: str
    fee: SessionFee
    currency: str
    license: License | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What a day of capture comes to."""

    twin: str
    model: str
    shift: Shift
    payer: Payer
    owed: Owed
    paid: Money


def by_license(license: str) -> Payer | Refusal:
    """Return the brand and the session fee of a license that both signed."""
    row = licenses.find(license)
    if isinstance(row, Refusal):
        return row
    pay = licenses.terms_of(row).pay
    if row.signatures.count() < 2:
        return Refusal.because("license.unsigned", f"`{license}` is not signed by both")
    if pay is None or pay.session is None:
        text = f"`{license}` states no fee for a capture session (`pay.session`)"
        return Refusal.because("pay.missing", text, clause="pay.session")
    return Payer(row.brand_id, pay.session, pay.currency, row)


def plan(
    *,
    twin: str,
    shift: Shift,
    payer: Payer,
    conditions: Conditions,
    now: datetime,
    flat: Money | None = None,
) -> Day | Refusal:
    """Compute a day of capture and hold it against the law; nothing is recorded.

    ``flat`` is a fee that was agreed for the whole: at least what the hours earn.
    """
    consent = SignedAct.objects.select_related("party").filter(act=CONSENT, subject=twin).first()
    refusal = _may_work(twin, consent, shift, payer, now)
    if refusal or consent is None:
        return refusal or Refusal.because("consent.missing", f"no consent for `{twin}` is signed")
    rows = list(CaptureDay.objects.filter(model=consent.party))
    others = [_shift(row) for row in rows]
    if any(shift.overlaps(other) for other in others):
        text = (
            f"hours of `{consent.party_id}` between {shift.start} and {shift.end} are recorded "
            "already, and are paid once"
        )
        return Refusal.because("day.recorded", text)
    try:
        due = owed(shift, _fee(shift, payer, rows), payer.currency, others)
    except ValueError as error:
        return Refusal.because("pay.amount", str(error))
    paid = due.money if flat is None else flat
    if paid.currency != due.money.currency or paid < due.money:
        text = f"{paid} for {due.text}: at least {due.money} are owed"
        return Refusal.because("day.underpaid", text, rule="R42", citation=_R42)
    if not paid.minor:
        text = f"{due.text}: a day of capture is paid (R42); say what an hour earns"
        return Refusal.because("day.unpaid", text, rule="R42", citation=_R42)
    broken = laws.refusals(law.findings(_facts(consent, shift, payer, paid, conditions)))
    return Refusal(broken) if broken else Day(twin, consent.party_id, shift, payer, due, paid)


_R42 = "New York Labor Law § 1037(1)-(2)"


def _fee(shift: Shift, payer: Payer, rows: Sequence[CaptureDay]) -> SessionFee:
    """Return the fee of a shift: the hours that were booked are paid at least once a session, which
    all shifts under one license within a day are."""
    begun = (
        row.facts["license"] == payer.license.pk
        and abs(row.starts_at - shift.start) < timedelta(days=1)
        for row in rows
        if payer.license
    )
    return payer.fee.model_copy(update={"hours": Decimal(0)}) if any(begun) else payer.fee


def _may_work(
    twin: str, consent: SignedAct | None, shift: Shift, payer: Payer, now: datetime
) -> Refusal | None:
    if consent is None or consent.at > shift.start:
        return Refusal.because(
            "consent.missing",
            f"no consent for `{twin}` was signed before the work began: its model signs first",
            rule="R14",
            citation="N.Y. Labor Law § 1037(7)",
        )
    if SignedAct.objects.filter(act=WITHDRAW, subject=twin, at__lt=shift.start).exists():
        return Refusal.because("consent.withdrawn", f"the consent for `{twin}` was withdrawn")
    if shift.end > now:
        text = f"the day ends at {shift.end}, which is not over: record what was worked"
        return Refusal.because("day.not_over", text)
    if payer.license is not None and payer.license.model_id != consent.party_id:
        text = f"`{payer.license.pk}` is not a license of `{consent.party_id}`"
        return Refusal.because("license.other_parties", text)
    return party.absent({payer.brand: Party.Kind.BRAND})


def _facts(
    consent: SignedAct, shift: Shift, payer: Payer, paid: Money, conditions: Conditions
) -> law.Facts:
    brand = Party.objects.get(pk=payer.brand)
    agency = payer.license.agency if payer.license else None
    return law.Facts(
        on=shift.start.date(),
        act=law.Trigger.CAPTURE_SESSION,
        consent=law.Consent(given=True, signed_at=consent.at, first_act_at=shift.start),
        agency=agency is not None,
        places=law.Places(
            model_lives=consent.party.place,
            brand_in=brand.place,
            agency_in=agency.place if agency else None,
            work_in=conditions.place,
        ),
        session=law.Session(
            hours=hours(shift.minutes),
            hourly=payer.fee.per_hour,
            paid=Decimal(paid.decimal()),
            meal_minutes=max(shift.breaks, default=0),
            policy_given=conditions.policy_given,
            companion_allowed=conditions.companion_allowed,
            insured=conditions.insured,
        ),
    )


def record(
    outside: Outside,
    *,
    twin: str,
    by: str,
    passphrase: str,
    shift: Shift,
    payer: Payer,
    conditions: Conditions,
    now: datetime,
    flat: Money | None = None,
) -> CaptureDay | Refusal:
    """Record a day of capture as the model signs it, and post what it earns: once."""
    asked: dict[str, Any] = {
        "twin": twin,
        "shift": shift,
        "payer": payer,
        "conditions": conditions,
        "flat": flat,
    }
    day = plan(**asked, now=now)
    if isinstance(day, Refusal):
        return day
    if by != day.model:
        text = f"`{by}` does not own `{twin}`: the hours are its model's to sign"
        return Refusal.because("twin.not_hers", text)
    says = _says(day, conditions)
    subject = f"{twin}/{shift.start:%Y-%m-%dT%H:%M%z}"
    statement = party.sign(
        outside, party=by, act=ACT, subject=subject, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        again = plan(**asked, now=now)
        if isinstance(again, Refusal):
            return again
        if again.owed != day.owed:
            text = "other hours were recorded at the same time: sign these anew"
            return Refusal.because("day.changed", text)
        entry = _entry(day, statement, now)
        if isinstance(entry, Refusal):
            return entry
        kept = party.keep(statement, party=by, act=ACT, subject=subject, at=now)
        row = CaptureDay.objects.create(
            twin=twin,
            model_id=by,
            starts_at=shift.start,
            ends_at=shift.end,
            facts=says,
            statement=kept,
            entry=ledger.post(outside, entry, now=now),
        )
        said = {"twin": twin, "by": by, "statement": digest(statement.body)}
        log.append(outside, act=LogAct.CAPTURE_WORKED, record=said, now=now)
    return row


def _entry(day: Day, statement: SignedStatement, now: datetime) -> Entry | Refusal:
    """Return the entry by which the brand owes the day."""
    license, shift = day.payer.license, day.shift
    terms = licenses.terms_of(license) if license else None
    on = life.day_of(license, now) if license else now.date()
    term = terms.pay.payment_term_days if terms and terms.pay else None
    agreed = f"license `{license.pk}`, clause pay.session" if license else "as she signed it"
    return split(
        day.paid,
        terms.commission if terms and license and license.agency else Decimal(0),
        entry_id=f"session:{day.twin}:{shift.start:%Y%m%d%H%M}",
        on=on,
        what="capture session",
        reference=Reference(license=license.pk if license else None),
        brand=day.payer.brand,
        model=day.model,
        agency=license.agency_id if license else None,
        basis=Basis(
            Ground.PAY,
            f"{shift.start:%Y-%m-%d}, {day.owed.text}, {agreed}",
            digest(statement.body),
        ),
        commission=ledger.commission(license) if license else None,
        due=None if term is None else on + timedelta(days=term),
    )


def _says(day: Day, conditions: Conditions) -> dict[str, Any]:
    fee = day.payer.fee
    return {
        "from": day.shift.start.isoformat(),
        "to": day.shift.end.isoformat(),
        "breaks": list(day.shift.breaks),
        "hours": str(hours(day.owed.minutes)),
        "overtime_hours": str(hours(day.owed.overtime)),
        "per_hour": str(fee.per_hour),
        "overtime_rate": str(fee.overtime_rate),
        "payer": day.payer.brand,
        "license": day.payer.license.pk if day.payer.license else "",
        "paid": str(day.paid),
        "policy_given": conditions.policy_given,
        "companion_allowed": conditions.companion_allowed,
        "insured": conditions.insured,
        "place": conditions.place or "",
    }


def of(twin: str) -> Sequence[dict[str, Any]]:
    """Return the days of capture of a twin, in order, as they were signed."""
    rows = CaptureDay.objects.filter(twin=twin).order_by("starts_at")
    return [{**row.facts, "entry": row.entry_id} for row in rows]


def _shift(row: CaptureDay) -> Shift:
    return Shift(row.starts_at, row.ends_at, tuple(row.facts["breaks"]))
