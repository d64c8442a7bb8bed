"""Shoots: a plan first (what is asked, what will be refused, what it costs), then the order."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from sosie.core import writing
from sosie.core.file_format import format_of
from sosie.core.law import Trigger
from sosie.core.ledger import commission_of
from sosie.core.license import decide as decide_use
from sosie.core.ports import Engine, Outside, Progress
from sosie.core.studio import (
    Assets,
    Card,
    EngineCard,
    Material,
    Order,
    ShootPlan,
    spoken,
    stored_elsewhere,
)
from sosie.core.terms import Terms
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Decision, Use
from sosie.core.values import (
    BadInput,
    Digest,
    Money,
    Outcome,
    Reason,
    Refusal,
    canonical,
    digest,
)
from sosie.services import comp, life, log, party, sequence, twin_weights
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import twin as twins
from sosie.store.models import License, Picture, Plate, Shoot

ORDER = "shoot.order"
MEANT_FOR = {"purpose", "channel", "territories", "garments", "collections", "depicts", "others"}
MACHINE = digest(f"{platform.node()} {platform.machine()}".encode())[7:23]
"""Tells this machine from others: what one measured says nothing of another."""
_MEASURED = 50
"""The newest pictures of an engine that the time of the next is estimated from."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One picture of a plan, and every reason why license or engine would not take it."""

    order: Order
    license: tuple[Reason, ...]
    engine: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """What a shoot costs if every picture is approved and sealed."""

    each: Money
    total: Money
    commission: Money
    """What her agency keeps of it."""
    receives: Money
    """What is left for her."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a shoot would be: one decision for the whole, the law, and a word on each picture."""

    decision: Decision
    law: tuple[Reason, ...]
    pictures: tuple[Planned, ...]
    price: Price | None
    seconds: float | None
    """How long the pictures take one after the other, as this machine measured; ``None`` if it
    made none with this engine yet."""

    @property
    def refusals(self) -> tuple[Reason, ...]:
        """Every reason why the order would not be taken."""
        reasons = () if self.decision.outcome is Outcome.ALLOWED else self.decision.reasons
        engines = (reason for planned in self.pictures for reason in planned.engine)
        return tuple(dict.fromkeys((*reasons, *self.law, *engines)))

    def as_dict(self) -> dict[str, Any]:
        """Return what people are told of it, as plain JSON values."""
        price = self.price
        return {
            "outcome": "refused" if self.refusals else "allowed",
            "reasons": [reason.as_dict() for reason in self.refusals],
            "price": str(price.total) if price else None,
            "commission": str(price.commission) if price else None,
            "receives": str(price.receives) if price else None,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "pictures": [
                {
                    "number": number,
                    "order": spoken(each.order),
                    "outcome": "refused" if each.license or each.engine else "allowed",
                    "reasons": [reason.as_dict() for reason in (*each.license, *each.engine)],
                }
                for number, each in enumerate(self.pictures, start=1)
            ],
        }


def _silent(share: float, what: str) -> None:
    """Tell nobody."""
    del share, what


def propose(
    outside: Outside,
    *,
    license: str,
    plan: ShootPlan,
    files: Mapping[str, bytes] | None = None,
    now: datetime,
    progress: Progress = _silent,
    looked: bool = False,
) -> Proposal | Refusal:
    """Say what an order would come to; nothing is recorded.

    ``files`` are those that the plan lists, by name. What an engine ``looked`` at already it does
    not look at again, which takes seconds for a picture.
    """
    writing.check(plan.model_dump(mode="json", by_alias=True), "plan")
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    if not licenses.consent_is_live(row.twin):
        text = f"the consent for `{row.twin_id}` was withdrawn: no picture of it is made"
        return Refusal.because("consent.withdrawn", text)
    if retired := twins.retired(row.twin_id):
        return retired
    engine = find_engine(outside, plan.engine)
    if isinstance(engine, Refusal):
        return engine
    given = {} if looked else (files or {})
    materials = {name: material(outside, data, name) for name, data in given.items()}
    check = checks(outside, engine, row, materials)
    terms, state, today = licenses.terms_of(row), licenses.state(row), life.day_of(row, now)
    asked = plan.orders()
    planned = []
    for number, order in enumerate(asked, start=1):
        progress((number - 1) / len(asked), f"picture {number} of {len(asked)}")
        alone = decide_use(_use(row, plan, (order,)), terms, state, on=today)
        unfit = unfit_for(engine, row) if looked else check(number, order)
        planned.append(Planned(order, alone.reasons, unfit))
    unlawful = laws.lawful(row, act=Trigger.GENERATE, now=now)
    return Proposal(
        decision=decide_use(_use(row, plan, asked), terms, state, on=today),
        law=unlawful.reasons if unlawful else (),
        pictures=tuple(planned),
        price=price_of(terms, len(asked)),
        seconds=_seconds(plan.engine, len(asked)),
    )


def find_engine(outside: Outside, name: str) -> Engine | Refusal:
    """Return an engine by its name."""
    engine = outside.engines.get(name)
    if engine is None:
        known = ", ".join(f"`{each}`" for each in sorted(outside.engines))
        return Refusal.because("engine.unknown", f"no engine `{name}`; there are {known}")
    return engine


def checks(
    outside: Outside, engine: Engine, license: License, materials: Mapping[str, Material]
) -> Callable[[int, Order], tuple[Reason, ...]]:
    """Return what says of a numbered picture every reason why the engine cannot take it."""
    plates = twins.plates_for(license)
    unfit = unfit_for(engine, license)
    last: dict[str, Assets] = {}

    def check(number: int, order: Order) -> tuple[Reason, ...]:
        if order.plate not in plates:
            known = ", ".join(sorted(plates))
            text = f"picture {number}: the twin has no plate `{order.plate}`; it has {known}"
            return (Reason("plate.unknown", text),)
        lacking = [name for name in order.files() if name not in materials]
        if lacking:
            text = f"picture {number}: the plan lists no file `{lacking[0]}`; add it under `files`"
            return (Reason("file.missing", text),)
        if order.plate not in last:
            last.clear()  # one plate is held in memory at a time
            last[order.plate] = plate_assets(outside, plates[order.plate])
        given = {name: materials[name] for name in order.files()}
        try:
            found = engine.check(order, replace(last[order.plate], materials=given))
        except (Exception, SystemExit) as error:
            found = (broke(error),)
        found += comp.came_back(outside, twin=license.twin_id, order=order, materials=given)
        return (*unfit, *(replace(r, text=f"picture {number}: {r.text}") for r in found))

    return check


def broke(error: BaseException) -> Reason:
    """Return the reason, for people, that an engine gave up with an error."""
    if isinstance(error, BadInput):
        return Reason(error.code, str(error))
    text = f"the engine broke ({type(error).__name__}: {error})"
    return Reason("engine.broke", f"{text}; try again with `sosie shoot retry`")


def price_of(terms: Terms, pictures: int) -> Price | None:
    """Return what some pictures cost under terms, and what of it she receives."""
    if terms.pay is None or not terms.pay.per_picture:
        return None
    each = terms.pay.money(terms.pay.per_picture)
    fee = commission_of(each, terms.commission)
    return Price(each, each * pictures, fee * pictures, (each - fee) * pictures)


def _seconds(engine: str, pictures: int) -> float | None:
    """Return how long some pictures take here; the middle of what the newest took."""
    rows = Picture.objects.filter(shoot__engine=engine, machine=MACHINE, seconds__isnull=False)
    newest = rows.order_by("-made_at").values_list("seconds", flat=True)[:_MEASURED]
    took = [each for each in newest if each is not None]
    return median(took) * pictures if took else None


def order(
    outside: Outside,
    *,
    license: str,
    plan: ShootPlan,
    files: Mapping[str, bytes] | None = None,
    by: str,
    passphrase: str,
    now: datetime,
    progress: Progress = _silent,
    looked: bool = False,
) -> Shoot | Refusal:
    """Order the pictures of a plan: the brand signs, the decision is kept, places are reserved.

    The volume is counted and taken in one transaction, so that no race exceeds it. With ``looked``
    the engine is not asked anew whether it can take them.
    """
    files = files or {}
    known: dict[str, Any] = {"license": license, "plan": plan, "files": files, "now": now}
    proposal = propose(outside, progress=progress, looked=looked, **known)
    if isinstance(proposal, Refusal):
        return proposal
    row = License.objects.get(pk=license)
    if by != row.brand_id:
        return Refusal.because(
            "shoot.not_licensee", f"`{by}` holds no license `{license}`; `{row.brand_id}` does"
        )
    allowed = proposal.decision.outcome is Outcome.ALLOWED
    unfit = (*(proposal.law if allowed else ()), *(r for p in proposal.pictures for r in p.engine))
    if unfit:
        return Refusal(unfit)
    wanted = digest(canonical(plan.model_dump(mode="json", by_alias=True)))
    shoot_id = _next_id()
    kept = {name: digest(data) for name, data in files.items()}
    says = {"license": license, "plan": wanted, "files": kept}
    statement = party.sign(
        outside, party=by, act=ORDER, subject=shoot_id, says=says, passphrase=passphrase
    )
    for data in files.values():
        outside.blobs.put(data)
    with transaction.atomic():
        if retired := twins.retired(row.twin_id):
            return retired
        if shoot_id != _next_id():
            return Refusal.because("shoot.busy", "another shoot was ordered meanwhile; order again")
        asked = plan.orders()
        decision, _ = licenses.decide(
            outside, license=row, use=_use(row, plan, asked), on=life.day_of(row, now), now=now
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
        for number, item in enumerate(asked, start=1):
            add_picture(shoot, number, item)
        record = {"shoot": shoot_id, "license": license, "plan": wanted}
        log.append(outside, act=LogAct.SHOOT_ORDERED, record=record, now=now)
    return shoot


def _next_id() -> str:
    return f"S-{Shoot.objects.count() + 1:04d}"


def picture_id(shoot: str, number: int) -> str:
    """Return the id of a picture of a shoot."""
    return f"{shoot}-{number:02d}"


def add_picture(shoot: Shoot, number: int, order: Order, **change: Any) -> Picture:
    """Reserve the place of one ordered picture, inside the caller's transaction."""
    return Picture.objects.create(
        id=picture_id(shoot.id, number),
        shoot=shoot,
        license=shoot.license,
        number=number,
        plate=twins.plates_for(shoot.license)[order.plate],
        order=order.model_dump(mode="json"),
        **change,
    )


def find(shoot: str) -> Shoot | Refusal:
    """Return a shoot by its id."""
    row = Shoot.objects.select_related("license").filter(pk=shoot).first()
    return row or Refusal.because("shoot.unknown", f"no shoot `{shoot}` in this workspace")


def known(shoot: str) -> Shoot | None:
    """Return a shoot with its license and model, if there is one of this id."""
    return Shoot.objects.select_related("license__model").filter(pk=shoot).first()


def matching(brands: Collection[str], words: str = "") -> QuerySet[Shoot]:
    """Return the shoots of some brands that hold each of some words in their id, or in the id, the
    title or the model of their license, the newest first."""
    held = License.objects.filter(brand__in=brands)
    rows = Shoot.objects.select_related("license__model").filter(license__in=held)
    for word in words.split():
        named = Q(model__name__icontains=word) | Q(terms__title__icontains=word)
        among = held.filter(named | Q(pk__icontains=word))
        rows = rows.filter(Q(pk__icontains=word) | Q(license__in=among))
    return rows.order_by("-ordered_at", *sequence.backward(sequence.numbered()))


def overview(*, among: Q | None = None) -> list[dict[str, Any]]:
    """Return every shoot, or those among some, in order of id, as plain JSON values."""
    rows = (
        Shoot.objects.select_related("license")
        .prefetch_related("pictures")
        .order_by(*sequence.numbered())
    )
    rows = rows.filter(among) if among else rows
    return [
        {
            "shoot": row.id,
            "license": row.license_id,
            "title": row.license.terms["title"],
            "engine": row.engine,
            "purpose": row.use["purpose"],
            "channel": row.use["channel"],
            "ordered": row.ordered_at.date().isoformat(),
            "pictures": ", ".join(
                f"{count} {status}"
                for status, count in sorted(Counter(p.status for p in row.pictures.all()).items())
            ),
        }
        for row in rows
    ]


def pause(shoot: str, *, paused: bool = True) -> Shoot | Refusal:
    """Have whoever makes the pictures of a shoot stop before the next step, or let it go on.

    What is ordered stays so; no picture is half made.
    """
    Shoot.objects.filter(pk=shoot).update(paused=paused)
    return find(shoot)


def is_paused(shoot: str) -> bool:
    """Return whether the pictures of a shoot are to wait."""
    return Shoot.objects.filter(pk=shoot, paused=True).exists()


def assets(outside: Outside, picture: Picture) -> Assets:
    """Return what an engine works on: the approved plate, its card, and what the order names."""
    order = Order.model_validate(picture.order)
    materials = materials_of(outside, picture.shoot, order.files())
    hers = twin_weights.opened(outside, license=picture.license_id, engine=picture.shoot.engine)
    return replace(plate_assets(outside, picture.plate), materials=materials, weights=hers)


def materials_of(outside: Outside, shoot: Shoot, names: Sequence[str]) -> dict[str, Material]:
    """Return files that came with a shoot, by name."""
    return {
        name: material(outside, outside.blobs.get(Digest(shoot.files[name])), name)
        for name in names
    }


def plate_assets(outside: Outside, plate: Plate) -> Assets:
    """Return a plate with its card."""
    data = outside.blobs.get(Digest(plate.digest))
    pixels = outside.pictures.decode(data, where=plate.name)
    return Assets(pixels, Digest(plate.digest), Card.model_validate(plate.card))


def material(outside: Outside, data: bytes, name: str) -> Material:
    """Return a file that orders name; of a picture its pixels and what its manifest says.

    Raises ``BadInput`` for a picture that cannot be read.
    """
    if format_of(data) is None:
        return Material(data, digest(data))
    shown = outside.pictures.decode(data, where=name)
    return Material(data, digest(data), shown, outside.credentials.read(data))


def unfit_for(engine: Engine, license: License) -> tuple[Reason, ...]:
    """Return why an engine may make no picture at all under a license: the license of its weights,
    or where its machine stands."""
    card = engine.describe()
    return (*_weights_license(card), *stored_elsewhere(card, licenses.terms_of(license).storage))


def _weights_license(card: EngineCard) -> tuple[Reason, ...]:
    """Return why weights that are for no commercial use cannot serve: every use here is one."""
    if card.commercial_use:
        return ()
    text = (
        f"the license of {card.weights} ({card.weights_license}) allows no commercial use, and "
        "every use under a license of a twin is one; use weights that allow it"
    )
    return (Reason("engine.weights_license", text),)


def _use(row: License, plan: ShootPlan, orders: Sequence[Order]) -> Use:
    changes = {change for item in orders for change in item.alterations()}
    return Use(
        act=Act.MAKE,
        licensee=row.brand_id,
        twin=row.twin_id,
        purpose=plan.purpose,
        channel=plan.channel,
        territories=plan.territories,
        alterations=tuple(sorted(changes)),
        pictures=len(orders),
        garments=plan.garments,
        collections=plan.collections,
        depictions=plan.depicts,
        others=plan.others,
        twin_version=twins.version_for(row),
    )
