"""Licenses: drafted from terms, checked against the law, decided on, revoked."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, prefetch_related_objects

from sosie.core import writing
from sosie.core.daily import Held, Placement, answers, rejudge
from sosie.core.license import decide as decide_use
from sosie.core.life import ENDED, Step
from sosie.core.ports import Outside
from sosie.core.terms import Channel, Purpose, Terms
from sosie.core.transparency import LogAct
from sosie.core.use import Decision, State, Use
from sosie.core.values import Outcome, Refusal
from sosie.services import life, log, party, preferences, sequence, weights_erasure
from sosie.services import twin as twins
from sosie.store.models import (
    ContractSignature,
    DecisionRecord,
    License,
    LicenseStep,
    Party,
    Picture,
    Release,
    Seal,
    SignedAct,
    Twin,
)

REVOKE, CAMPAIGN = "license.revoke", "campaign.answer"
TRAINING, NO_TRAINING = "consent.train", "consent.train_withdrawn"


def draft(
    outside: Outside,
    *,
    terms: Terms,
    by: str,
    passphrase: str,
    now: datetime,
    supersedes: str | None = None,
) -> License | Refusal:
    """Record the terms of a license as one of its parties signs them; nothing may be made under it
    yet. Who drafts has agreed to the terms by that, save an agency, which only proposes.

    What the model excludes from every license is added to the terms. ``supersedes`` names the
    license between the same parties that ends when this one is signed by both.
    """
    writing.check(terms.as_json(), "terms")
    refusal = _known(terms) or _not_theirs(terms, by)
    if refusal:
        return refusal
    older = None
    if supersedes is not None:
        older = License.objects.filter(pk=supersedes).first()
        if older is None:
            return life.unknown(supersedes)
        if (older.model_id, older.brand_id) != (terms.parties.model, terms.parties.brand):
            text = f"`{supersedes}` is between others: it cannot be superseded by this one"
            return Refusal.because("license.other_parties", text)
    terms = preferences.inherited(terms)
    says = {"terms": terms.digest(), "supersedes": supersedes or ""}
    row = unsaved(terms, older, now)
    for _ in range(_TRIES):  # the id is in what is signed, and nothing is signed under a lock
        id = _next_id(now)
        statement = party.sign(
            outside, party=by, act=life.DRAFT, subject=id, says=says, passphrase=passphrase
        )
        with transaction.atomic():
            if id == _next_id(now):
                row.id = id
                row.save(force_insert=True)
                life.begin(outside, row, terms, by=by, statement=statement, now=now)
                return row
    text = "other licenses were drafted at the same time, again and again: draft it anew"
    return Refusal.because("license.busy", text)


_TRIES = 5


def _next_id(now: datetime) -> str:
    return f"L-{now.year}-{License.objects.filter(drafted_at__year=now.year).count() + 1:04d}"


def _not_theirs(terms: Terms, by: str) -> Refusal | None:
    if by in (terms.parties.model, terms.parties.brand, terms.parties.agency):
        return None
    text = (
        f"`{by}` is none of those whom these terms name: the brand, the model or her agency "
        "drafts them"
    )
    return Refusal.because("life.not_yours", text)


def unsaved(terms: Terms, older: License | None, now: datetime) -> License:
    """Return a license of some terms that is not stored."""
    return License(
        model_id=terms.parties.model,
        brand_id=terms.parties.brand,
        agency_id=terms.parties.agency,
        twin_id=terms.twin,
        terms=terms.as_json(),
        terms_digest=terms.digest(),
        drafted_at=now,
        supersedes=older,
    )


def terms_of(license: License) -> Terms:
    """Return the terms as they were signed."""
    return Terms.model_validate(license.terms)


def state(license: License) -> State:
    """Return what has happened under a license so far, as the tables say at this instant."""
    signatures = {row.role: row for row in license.signatures.all()}
    pictures = Picture.objects.filter(license=license)
    answers = pictures.filter(answer__isnull=False).values_list("id", "status")
    counted = pictures.exclude(status__in=[Picture.Status.REFUSED, Picture.Status.FAILED])
    released = Release.objects.filter(license=license)
    out = released.aggregate(files=Count("pk"), places=Sum("placements", default=0))
    steps = {row.step: row for row in license.steps.order_by("id")}
    newer = steps.get(Step.SUPERSEDED)
    return State(
        signed_by=frozenset(row.party_id for row in signatures.values()),
        signed_on=life.day_of(license, max(row.signed_at for row in signatures.values()))
        if signatures
        else None,
        revoked_on=life.day_of(license, license.revocation.at) if license.revocation else None,
        declined_on=life.day_of(license, steps[Step.DECLINED].at)
        if Step.DECLINED in steps
        else None,
        suspended_on=_suspended_on(license),
        superseded_by=newer.note if newer else None,
        consent_live=consent_is_live(license.twin),
        training_allowed=training_allowed(license),
        pictures_made=counted.count(),
        renditions_out=out["files"],
        placements_out=out["places"],
        earned=_earned(license, out["files"], out["places"]),
        approvals={id: status != Picture.Status.REFUSED for id, status in answers},
        campaigns=campaigns(license),
        others=life.others(license),
    )


def campaigns(license: License) -> dict[str, bool]:
    """Return the model's answer to each campaign under a license."""
    said = SignedAct.objects.filter(
        party=license.model_id, act=CAMPAIGN, subject__startswith=f"{license.id}/"
    )
    return {
        row.subject.removeprefix(f"{license.id}/"): bool(json.loads(bytes(row.body))["yes"])
        for row in said
    }


def _suspended_on(license: License) -> date | None:
    rests = (Step.SUSPENDED, Step.RESUMED)
    last = license.steps.filter(step__in=rests).order_by("-id").first()
    suspended = last is not None and last.step == Step.SUSPENDED
    return life.day_of(license, last.at) if last and suspended else None


def _earned(license: License, files: int, places: int) -> int:
    """Return what pictures, renditions and placements earned so far, in minor units."""
    pay = terms_of(license).pay
    if pay is None:
        return 0
    masters = Seal.objects.filter(picture__license=license, master__isnull=True).count()
    rates = ((pay.per_picture, masters), (pay.per_release, files))
    placed = pay.money(pay.per_placement or Decimal(0)) * places
    return sum((pay.money(rate) * times).minor for rate, times in rates) + placed.minor


def consent_is_live(twin: Twin) -> bool:
    """Return whether the creation consent stands: signed, not withdrawn."""
    return not SignedAct.objects.filter(
        party=twin.owner, act="consent.withdraw", subject=twin.id
    ).exists()


def training_allowed(license: License) -> bool:
    """Return whether the model allowed, in a statement of its own, that weights of her twin be
    trained for this license, and has not taken it back (R68)."""
    hers = SignedAct.objects.filter(party=license.model_id, subject=license.id)
    return hers.filter(act=TRAINING).exists() and not hers.filter(act=NO_TRAINING).exists()


def decide(
    outside: Outside,
    *,
    license: License,
    use: Use,
    on: date,
    now: datetime,
    picture: Picture | None = None,
    reserved: int = 0,
) -> tuple[Decision, DecisionRecord]:
    """Decide one use and keep the decision with its reasons, inside the caller's transaction."""
    decision = judge(license, use, on=on, reserved=reserved)
    row = DecisionRecord.objects.create(
        license=license,
        picture=picture,
        act=use.act,
        use=use_as_json(use),
        outcome=decision.outcome,
        reasons=[reason.as_dict() for reason in decision.reasons],
        inputs=decision.inputs,
        on=on,
        at=now,
    )
    record = {
        "license": license.id,
        "picture": picture.id if picture else "",
        "act": str(use.act),
        "outcome": str(decision.outcome),
        "reasons": row.reasons,
        "inputs": decision.inputs,
    }
    log.append(outside, act=LogAct.DECISION_MADE, record=record, now=now)
    return decision, row


def ask(outside: Outside, *, license: str, use: Use, on: date, now: datetime) -> Decision | Refusal:
    """Decide one use and keep the decision; what is not allowed is a refusal."""
    row = find(license)
    if isinstance(row, Refusal):
        return row
    with transaction.atomic():
        decision, _ = decide(outside, license=row, use=use, on=on, now=now)
    return decision if decision.outcome is Outcome.ALLOWED else Refusal(decision.reasons)


def judge(license: License, use: Use, *, on: date, reserved: int = 0) -> Decision:
    """Decide one use without keeping the decision.

    ``reserved`` pictures of the count are the very ones that are asked for.
    """
    known = state(license)
    known = replace(known, pictures_made=known.pictures_made - reserved)
    return decide_use(use, terms_of(license), known, on=on)


def _shown() -> tuple[list[tuple[Release, Placement]], dict[str, Held]]:
    """Return every release that is not taken down, as the daily check reads it."""
    down = SignedAct.objects.filter(act=life.TAKEN_DOWN).values("subject")
    rows = Release.objects.select_related("seal__picture__license").exclude(pk__in=down)
    placements = [(row, _placement(row)) for row in rows.order_by("at", "pk")]
    wanted = {placement.license for _, placement in placements}
    held = {
        row.id: Held(terms_of(row), state(row)) for row in License.objects.filter(pk__in=wanted)
    }
    return placements, held


def shown(release: Release, *, on: date) -> Refusal | None:
    """Return why a release may not be shown on a day; nothing if it may."""
    license = release.seal.picture.license
    held = {license.pk: Held(terms_of(license), state(license))}
    ((outcome, reasons),) = answers([_placement(release)], held, on=on)
    return None if outcome is Outcome.ALLOWED else Refusal(reasons)


def _placement(row: Release) -> Placement:
    return Placement(
        license=row.seal.picture.license_id,
        picture=row.seal.picture_id,
        channel=Channel(row.channel),
        territories=tuple(row.territories),
        purpose=Purpose(row.purpose),
        account=row.account or None,
    )


def signed_by_both() -> Q:
    """Return which licenses have a contract that both signed."""
    signed = ContractSignature.objects.filter(license=OuterRef("pk"))
    return Q(*(Exists(signed.filter(role=role)) for role in life.SIGNERS))


def talked_about() -> Q:
    """Return which licenses are drafted, asked for, countered or agreed on: both did not sign, and
    nothing ended them."""
    return ~signed_by_both() & ~_took(*ENDED)


def asked_for() -> Q:
    """Return which licenses are talked about and are more than drafts."""
    return talked_about() & _took(Step.ASKED, Step.COUNTERED, Step.PROPOSED)


def _took(*steps: str) -> Q:
    return Q(Exists(LicenseStep.objects.filter(license=OuterRef("pk"), step__in=steps)))


def releases(license: License) -> list[dict[str, Any]]:
    """Return what went out under a license, the oldest first, as plain values, with whether the
    brand took it down."""
    rows = Release.objects.filter(license=license).select_related("seal")
    acts = SignedAct.objects.filter(act=life.TAKEN_DOWN, subject__in=rows.values("pk"))
    down = set(acts.values_list("subject", flat=True))
    return [
        {
            "seal": row.pk,
            "picture": row.seal.picture_id,
            "channel": row.channel,
            "account": row.account,
            "territories": row.territories,
            "at": row.at,
            "down": row.pk in down,
        }
        for row in rows.order_by("at", "pk")
    ]


def overnight(*, on: date) -> list[dict[str, Any]]:
    """Return every release that may not be shown on a day, as plain JSON values; `new` says whether
    it still was allowed the day before."""
    rows, held = _shown()
    placements = [placement for _, placement in rows]
    changed = {change.index for change in rejudge(placements, held, on=on)}
    return [
        {
            "seal": row.pk,
            "license": placement.license,
            "channel": row.channel,
            "territories": row.territories,
            "outcome": str(outcome),
            "new": index in changed,
            "reasons": [reason.as_dict() for reason in reasons],
        }
        for index, ((row, placement), (outcome, reasons)) in enumerate(
            zip(rows, answers(placements, held, on=on), strict=True)
        )
        if outcome is not Outcome.ALLOWED
    ]


def revoke(
    outside: Outside, *, license: str, by: str, passphrase: str, now: datetime, note: str = ""
) -> License | Refusal:
    """Take a license back: at once, for everything new. Only the model herself can.

    Weights of her twin that were trained for it are erased. What must happen next is in
    `life.deadlines`: stop, take down, delete, each with its day.
    """
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    if row.revocation:
        return Refusal.because("license.revoked", f"`{license}` was revoked already")
    if by != row.model_id:
        return Refusal.because(
            "license.not_hers", f"`{by}` cannot revoke `{license}`: only its model can"
        )
    refusal = life.may(row, Step.REVOKED, by, now)
    if refusal:
        return refusal
    statement = party.sign(
        outside, party=by, act=REVOKE, subject=license, says={"note": note}, passphrase=passphrase
    )
    with transaction.atomic():
        row = life.locked(license)
        refusal = life.may(row, Step.REVOKED, by, now)
        if refusal:
            return refusal
        kept = party.keep(statement, party=by, act=REVOKE, subject=license, at=now)
        License.objects.filter(pk=license).update(revocation=kept)
        life.record(outside, row, Step.REVOKED, by=by, note=note, statement=kept, now=now)
        weights_erasure.erase(outside, row.weights.all(), now)
    row.refresh_from_db()
    return row


def approve_campaign(
    outside: Outside,
    *,
    license: str,
    campaign: str,
    yes: bool,
    by: str,
    passphrase: str,
    now: datetime,
) -> SignedAct | Refusal:
    """Record the model's answer to a campaign; silence is never yes."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    if by != row.model_id:
        text = f"`{by}` cannot answer for `{row.model_id}`: only she herself can"
        return Refusal.because("license.not_hers", text, rule="R12")
    if not campaign.strip():
        return Refusal.because("campaign.unnamed", "name the campaign")
    subject = f"{license}/{campaign}"
    if SignedAct.objects.filter(party=by, act=CAMPAIGN, subject=subject).exists():
        return Refusal.because("campaign.answered", f"`{campaign}` was answered already")
    says = {"campaign": campaign, "yes": yes}
    statement = party.sign(
        outside, party=by, act=CAMPAIGN, subject=subject, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=CAMPAIGN, subject=subject, at=now)
        said = {"license": license, **says}
        log.append(outside, act=LogAct.CAMPAIGN_ANSWERED, record=said, now=now)
    return kept


def find(license: str) -> License | Refusal:
    """Return a license by its id."""
    return License.objects.filter(pk=license).first() or life.unknown(license)


def known(license: str) -> License | None:
    """Return a license with its parties, if there is one of this id."""
    rows = License.objects.select_related("model", "brand", "agency", "twin")
    return rows.filter(pk=license).first()


def several(ids: Collection[str]) -> list[License]:
    """Return the licenses of some ids with their brands, in order of id."""
    return list(
        License.objects.select_related("brand").filter(pk__in=ids).order_by(*sequence.licenses())
    )


def everything() -> list[License]:
    """Return every license, in order of id."""
    return list(License.objects.order_by(*sequence.licenses()))


_NOT_COUNTED = (Picture.Status.REFUSED, Picture.Status.FAILED)
_COUNTED = Count("pictures", filter=~Q(pictures__status__in=_NOT_COUNTED))
"""The pictures that count toward the volume of a license."""


def matching(among: Q, words: str = "") -> QuerySet[License]:
    """Return the licenses among some that hold each of some words in their id, their title, or the
    name of a party, the newest first."""
    rows = License.objects.filter(among)
    for word in words.split():
        rows = rows.filter(
            Q(pk__icontains=word)
            | Q(terms__title__icontains=word)
            | Q(model__name__icontains=word)
            | Q(brand__name__icontains=word)
        )
    return rows.order_by(*sequence.backward(sequence.licenses()))


def listed(rows: Sequence[License], *, now: datetime) -> list[dict[str, Any]]:
    """Return licenses with their standing, as plain values; the number of queries does not grow
    with them."""
    prefetch_related_objects(rows, "model", "brand", "steps")
    counted = Picture.objects.filter(license__in=rows).exclude(status__in=_NOT_COUNTED)
    made = dict(counted.values_list("license").annotate(Count("pk")).order_by())
    return [
        {
            "license": row.id,
            "title": row.terms["title"],
            "model": row.model.name,
            "brand": row.brand.name,
            "standing": str(life.standing(row, now=now)),
            "made": made.get(row.pk, 0),
            "of": row.terms.get("pictures"),
        }
        for row in rows
    ]


def revocable() -> Q:
    """Return which licenses are signed and can be taken back by their model."""
    return signed_by_both() & ~_took(*ENDED)


def overview(*, now: datetime, among: Q | None = None) -> list[dict[str, Any]]:
    """Return every license, or those among some, with its standing, newest last, as plain JSON
    values; the number of queries does not grow with them."""
    rows = License.objects.prefetch_related("signatures", "steps").annotate(made=_COUNTED)
    rows = rows.filter(among) if among else rows
    return [
        {
            "license": row.id,
            "title": row.terms["title"],
            "model": row.model_id,
            "brand": row.brand_id,
            "signed": sorted(s.role for s in row.signatures.all()),
            "contract": row.contract,
            "standing": str(life.standing(row, now=now)),
            "pictures": f"{row.made} of {row.terms.get('pictures', 'any')}",
        }
        for row in rows.order_by(*sequence.licenses())
    ]


def use_as_json(use: Use) -> dict[str, Any]:
    """Return a use as plain JSON values, unknown facts left out."""
    return {key: value for key, value in asdict(use).items() if value not in (None, ())}


def _known(terms: Terms) -> Refusal | None:
    wanted = {terms.parties.model: Party.Kind.MODEL, terms.parties.brand: Party.Kind.BRAND}
    if terms.parties.agency:
        wanted[terms.parties.agency] = Party.Kind.AGENCY
    refusal = party.absent(wanted)
    if refusal:
        return refusal
    twin = Twin.objects.filter(pk=terms.twin, owner=terms.parties.model).first()
    if twin is None:
        return Refusal.because(
            "twin.unknown", f"`{terms.parties.model}` owns no twin `{terms.twin}`; capture it first"
        )
    return twins.retired(twin.pk)
