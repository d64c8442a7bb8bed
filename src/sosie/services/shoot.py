"""Shoots: a plan first (what is asked, what will be refused, what it costs), then the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sosie.core.law import Trigger
from sosie.core.license import decide as decide_use
from sosie.core.ports import Outside
from sosie.core.studio import Assets, Card, Order, ShootPlan
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Decision, Use
from sosie.core.values import Digest, Money, Outcome, Reason, Refusal, canonical, digest
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life, log, party
from sosie.services import twin as twins
from sosie.store.models import License, Picture, Plate, Shoot

ORDER = "shoot.order"
MEANT_FOR = {"purpose", "channel", "territories", "garments", "collections", "depicts", "others"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a shoot would be: one decision for the whole, the engine's word on each picture."""

    decision: Decision
    engine: tuple[tuple[Order, tuple[Reason, ...]], ...]
    price: Money | None
    """Before commission, if every picture is approved and sealed."""

    @property
    def refusals(self) -> tuple[Reason, ...]:
        """Every reason why the order would not be taken."""
        reasons = () if self.decision.outcome is Outcome.ALLOWED else self.decision.reasons
        return (*reasons, *(reason for _, found in self.engine for reason in found))


def propose(
    outside: Outside, *, license: str, plan: ShootPlan, now: datetime
) -> Proposal | Refusal:
    """Say what an order would come to; nothing is recorded."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    engine = outside.engines.get(plan.engine)
    if engine is None:
        known = ", ".join(f"`{name}`" for name in sorted(outside.engines))
        return Refusal.because("engine.unknown", f"no engine `{plan.engine}`; there are {known}")
    plates = twins.plates_for(row)
    checked: list[tuple[Order, tuple[Reason, ...]]] = []
    for number, order in enumerate(plan.pictures, start=1):
        plate = plates.get(order.plate)
        if plate is None:
            known = ", ".join(sorted(plates))
            text = f"picture {number}: the twin has no plate `{order.plate}`; it has {known}"
            checked.append((order, (Reason("plate.unknown", text),)))
        else:
            checked.append((order, engine.check(order, assets(outside, plate))))
    terms = licenses.terms_of(row)
    decision = decide_use(_use(row, plan), terms, licenses.state(row), on=life.day_of(row, now))
    each = terms.pay.money(terms.pay.per_picture) if terms.pay else None
    price = each * len(plan.pictures) if each else None
    return Proposal(decision, tuple(checked), price)


def order(
    outside: Outside,
    *,
    license: str,
    plan: ShootPlan,
    by: str,
    passphrase: str,
    now: datetime,
) -> Shoot | Refusal:
    """Order the pictures of a plan: the brand signs, the decision is kept, places are reserved.

    The volume is counted and taken in one transaction, so that no race exceeds it.
    """
    proposal = propose(outside, license=license, plan=plan, now=now)
    if isinstance(proposal, Refusal):
        return proposal
    row = License.objects.get(pk=license)
    if by != row.brand_id:
        return Refusal.because(
            "shoot.not_licensee", f"`{by}` holds no license `{license}`; `{row.brand_id}` does"
        )
    retired = twins.retired(row.twin_id)
    if retired:
        return retired
    if proposal.decision.outcome is Outcome.ALLOWED:
        unlawful = laws.lawful(row, act=Trigger.GENERATE, now=now)
        if unlawful:
            return unlawful
    unfit = tuple(reason for _, reasons in proposal.engine for reason in reasons)
    if unfit:
        return Refusal(unfit)
    wanted = digest(canonical(plan.model_dump(mode="json", by_alias=True)))
    number = Shoot.objects.count() + 1
    shoot_id = f"S-{number:04d}"
    says = {"license": license, "plan": wanted}
    statement = party.sign(
        outside, party=by, act=ORDER, subject=shoot_id, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        retired = twins.retired(row.twin_id)
        if retired:
            return retired
        decision, _ = licenses.decide(
            outside, license=row, use=_use(row, plan), on=life.day_of(row, now), now=now
        )
        if decision.outcome is not Outcome.ALLOWED:
            return Refusal(decision.reasons)
        party.keep(statement, party=by, act=ORDER, subject=shoot_id, at=now)
        shoot = Shoot.objects.create(
            id=shoot_id,
            license=row,
            engine=plan.engine,
            use=plan.model_dump(mode="json", include=MEANT_FOR),
            ordered_at=now,
        )
        plates = twins.plates_for(row)
        for place, item in enumerate(plan.pictures, start=1):
            Picture.objects.create(
                id=f"{shoot_id}-{place:02d}",
                shoot=shoot,
                license=row,
                plate=plates[item.plate],
                order=item.model_dump(mode="json"),
            )
        record = {"shoot": shoot_id, "license": license, "plan": wanted}
        log.append(outside, act=LogAct.SHOOT_ORDERED, record=record, now=now)
    return shoot


def assets(outside: Outside, plate: Plate) -> Assets:
    """Return what an engine works on: the approved plate and its card."""
    data = outside.blobs.get(Digest(plate.digest))
    pixels = outside.pictures.decode(data, where=plate.name)
    return Assets(pixels, Digest(plate.digest), Card.model_validate(plate.card))


def _use(row: License, plan: ShootPlan) -> Use:
    changes = {change for item in plan.pictures for change in item.alterations()}
    return Use(
        act=Act.MAKE,
        licensee=row.brand_id,
        twin=row.twin_id,
        purpose=plan.purpose,
        channel=plan.channel,
        territories=plan.territories,
        alterations=tuple(sorted(changes)),
        pictures=len(plan.pictures),
        garments=plan.garments,
        collections=plan.collections,
        depictions=plan.depicts,
        others=plan.others,
        twin_version=twins.version_for(row),
    )
