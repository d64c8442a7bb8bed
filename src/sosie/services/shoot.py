"""Shoots: a plan first (what is asked, what will be refused, what it costs), then the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from sosie.core.file_format import format_of
from sosie.core.law import Trigger
from sosie.core.license import decide as decide_use
from sosie.core.ports import Outside
from sosie.core.studio import Assets, Card, EngineCard, Material, Order, ShootPlan
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Decision, Use
from sosie.core.values import Digest, Money, Outcome, Reason, Refusal, canonical, digest
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life, log, party, twin_weights
from sosie.store.models import License, Picture, Plate, Shoot

ORDER = "shoot.order"
TWIN_VERSION = 1
"""Twins have one version until they can be captured anew."""
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
    outside: Outside,
    *,
    license: str,
    plan: ShootPlan,
    files: Mapping[str, bytes] | None = None,
    now: datetime,
) -> Proposal | Refusal:
    """Say what an order would come to; nothing is recorded.

    ``files`` are those that the plan lists, by name.
    """
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    engine = outside.engines.get(plan.engine)
    if engine is None:
        known = ", ".join(f"`{name}`" for name in sorted(outside.engines))
        return Refusal.because("engine.unknown", f"no engine `{plan.engine}`; there are {known}")
    plates = {plate.name: plate for plate in Plate.objects.filter(twin=row.twin)}
    materials = {name: material(outside, data, name) for name, data in (files or {}).items()}
    unfit = _weights_license(engine.describe())
    checked: list[tuple[Order, tuple[Reason, ...]]] = []
    for number, order in enumerate(plan.pictures, start=1):
        plate = plates.get(order.plate)
        lacking = [name for name in order.files() if name not in materials]
        if plate is None:
            known = ", ".join(sorted(plates))
            text = f"picture {number}: the twin has no plate `{order.plate}`; it has {known}"
            checked.append((order, (Reason("plate.unknown", text),)))
        elif lacking:
            text = f"picture {number}: the plan lists no file `{lacking[0]}`; add it under `files`"
            checked.append((order, (Reason("file.missing", text),)))
        else:
            given = {name: materials[name] for name in order.files()}
            seen = replace(plate_assets(outside, plate), materials=given)
            checked.append((order, (*unfit, *engine.check(order, seen))))
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
    files: Mapping[str, bytes] | None = None,
    by: str,
    passphrase: str,
    now: datetime,
) -> Shoot | Refusal:
    """Order the pictures of a plan: the brand signs, the decision is kept, places are reserved.

    The volume is counted and taken in one transaction, so that no race exceeds it.
    """
    files = files or {}
    proposal = propose(outside, license=license, plan=plan, files=files, now=now)
    if isinstance(proposal, Refusal):
        return proposal
    row = License.objects.get(pk=license)
    if by != row.brand_id:
        return Refusal.because(
            "shoot.not_licensee", f"`{by}` holds no license `{license}`; `{row.brand_id}` does"
        )
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
    kept = {name: digest(data) for name, data in files.items()}
    says = {"license": license, "plan": wanted, "files": kept}
    statement = party.sign(
        outside, party=by, act=ORDER, subject=shoot_id, says=says, passphrase=passphrase
    )
    for data in files.values():
        outside.blobs.put(data)
    with transaction.atomic():
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
            files=kept,
            ordered_at=now,
        )
        plates = {plate.name: plate for plate in Plate.objects.filter(twin=row.twin)}
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


def assets(outside: Outside, picture: Picture) -> Assets:
    """Return what an engine works on: the approved plate, its card, and what the order names."""
    order, kept = Order.model_validate(picture.order), picture.shoot.files
    materials = {
        name: material(outside, outside.blobs.get(Digest(kept[name])), name)
        for name in order.files()
    }
    hers = twin_weights.opened(outside, license=picture.license_id, engine=picture.shoot.engine)
    return replace(plate_assets(outside, picture.plate), materials=materials, weights=hers)


def plate_assets(outside: Outside, plate: Plate) -> Assets:
    """Return a plate with its card."""
    data = outside.blobs.get(Digest(plate.digest))
    pixels = outside.pictures.decode(data, where=plate.name)
    return Assets(pixels, Digest(plate.digest), Card.model_validate(plate.card))


def material(outside: Outside, data: bytes, name: str) -> Material:
    """Return a file that orders name, with its pixels if it is a picture.

    Raises ``BadInput`` for a picture that cannot be read.
    """
    shown = outside.pictures.decode(data, where=name) if format_of(data) else None
    return Material(data, digest(data), shown)


def _weights_license(card: EngineCard) -> tuple[Reason, ...]:
    """Return why weights that are for no commercial use cannot serve: every use here is one."""
    if card.commercial_use:
        return ()
    text = (
        f"the license of {card.weights} ({card.weights_license}) allows no commercial use, and "
        "every use under a license of a twin is one; use weights that allow it"
    )
    return (Reason("engine.weights_license", text),)


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
        twin_version=TWIN_VERSION,
    )
