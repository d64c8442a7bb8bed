"""Releases that a brand asks for, and a worker does: sealed if they are not yet, and let out.

The brand signs once for all that it asks for together. Nothing is decided by that: a worker takes
up one file after the other, and each is decided on anew when it is sealed and when it goes out, so
that a revocation in between wins. That a file is done stands in the transaction of its release: a
kill loses nothing, and two workers let nothing out twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from sosie.core.law import Trigger
from sosie.core.license import decide
from sosie.core.ports import Outside
from sosie.core.quote import Line
from sosie.core.studio import Grade
from sosie.core.terms import Channel, Pay, Purpose, Terms
from sosie.core.transparency import LogAct
from sosie.core.use import Act, State, Use
from sosie.core.values import Money, Outcome, Reason, Refusal
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life, log, party, review, seal
from sosie.services import picture as pictures
from sosie.services import release as releases
from sosie.services.release import Wish
from sosie.store.models import License, Picture, Release, Shoot
from sosie.store.studio import ReleaseRequest

ASK = "release.ask"
STATE = ReleaseRequest.State
OPEN = (STATE.ASKED, STATE.BEGUN)
OUT = (Picture.Status.APPROVED, Picture.Status.SEALED)
"""Of which pictures a file can go out."""
DEATHS = 4
"""That end without a word before a file is refused: a kill is no fault of it."""
TOLD = timedelta(days=14)
"""For which what was refused waits for its brand, unless it asks anew."""
_SEALED = "seal.sealed"


@dataclass(frozen=True, slots=True)
class Cost:
    """What letting files out would cost, counting what is asked for already."""

    fees: tuple[Line, ...]
    """Of each kind, before commission; none where the terms have no pay."""
    total: Money | None
    hers: Money | None
    """Of the total, after commission."""
    files: int | None
    """How many more may go out afterwards; nothing where any number may."""
    places: int | None
    """In how many more places they may be shown."""
    reasons: tuple[Reason, ...]
    """Why some of it would be refused, as things stand."""


def releasable(shoot: Shoot) -> list[Picture]:
    """Return the pictures of a shoot that its model approved, its brand did not decline, and of
    which nothing is sealed or asked for yet."""
    rows = _rows().filter(shoot=shoot, status=Picture.Status.APPROVED)
    asked = ReleaseRequest.objects.filter(picture=OuterRef("pk"), state__in=OPEN)
    rows = rows.filter(~Exists(asked)).select_related("review").order_by("number")
    return [row for row in rows if can_go_out(row)]


def can_go_out(row: Picture) -> bool:
    """Return whether a brand can ask to have a picture out."""
    said = getattr(row, "review", None)
    declined = row.status == Picture.Status.APPROVED and said is not None and not said.accepted
    final = row.grade == Grade.FINAL and row.license.revocation_id is None
    return row.status in OUT and final and not declined


def cost(ids: Sequence[str], wishes: Sequence[Wish], *, now: datetime) -> Cost | Refusal:
    """Say what letting some pictures of one license out would cost, and what stands against it."""
    rows = _asked_about(ids)
    if isinstance(rows, Refusal):
        return rows
    license = rows[0].license
    if refusal := laws.lawful(license, act=Trigger.PUBLISH, now=now):
        return refusal
    terms, state = licenses.terms_of(license), licenses.state(license)
    waiting = ReleaseRequest.objects.filter(picture__license=license, state__in=OPEN)
    before = [(each.picture, wish_of(each)) for each in waiting.select_related(*_WITH)]
    wanted = [(row, wish) for row in rows for wish in wishes]
    on, reasons, done = life.day_of(license, now), dict[Reason, None](), list[Use]()
    for number, use in _uses([*before, *wanted]):
        decision = decide(use, terms, state, on=on)
        if decision.outcome is Outcome.ALLOWED:
            state = _after(state, use, decision.price)
        if number >= len(before):
            reasons.update(dict.fromkeys(decision.reasons))
            done.append(use)
    fees = _fees(terms.pay, done)
    nothing = Money(0, terms.pay.currency) if terms.pay else None
    total = nothing and sum((fee.amount for fee in fees), nothing)
    hers = total and total - total.share(terms.commission)
    return Cost(fees, total, hers, *_left(terms, state), tuple(reasons))


def _uses(wanted: Sequence[tuple[Picture, Wish]]) -> Iterator[tuple[int, Use]]:
    """Yield what is done for each release in turn, by its place: what is not sealed yet, is
    sealed."""
    sealed: set[str] = set()
    for number, (row, wish) in enumerate(wanted):
        if row.status == Picture.Status.APPROVED and row.pk not in sealed:
            sealed.add(row.pk)
            yield number, pictures.use_of(row, Act.SEAL)
        yield number, wish.use_of(row)


def _fees(pay: Pay | None, done: Sequence[Use]) -> tuple[Line, ...]:
    out = [use for use in done if use.act is Act.RELEASE]
    times = (len(done) - len(out), len(out), sum(use.placements for use in out))
    rated = rates(pay) if pay else ()
    counted = (replace(fee, times=n) for fee, n in zip(rated, times, strict=False))
    return tuple(fee for fee in counted if fee.amount.minor)


def rates(pay: Pay) -> tuple[Line, ...]:
    """Return what each picture that is sealed, each file that goes out, and each place of it
    costs."""
    return (
        Line("for each picture", pay.money(pay.per_picture), 1),
        Line("for each file that goes out", pay.money(pay.per_release), 1),
        Line("for each place", pay.money(pay.per_placement or Decimal(0)), 1),
    )


def _after(state: State, use: Use, price: Money | None) -> State:
    """Return what will have happened once a use was."""
    out = use.act is Act.RELEASE
    return replace(
        state,
        earned=state.earned + (price.minor if price else 0),
        renditions_out=state.renditions_out + out,
        placements_out=state.placements_out + (use.placements if out else 0),
    )


def _left(terms: Terms, state: State) -> tuple[int | None, int | None]:
    files, places = terms.renditions, terms.placements
    return (
        None if files is None else files - state.renditions_out,
        None if places is None else places - state.placements_out,
    )


def left(license: License) -> tuple[int | None, int | None]:
    """Return how many more files of a license may go out, and in how many more places; nothing
    where any number may."""
    return _left(licenses.terms_of(license), licenses.state(license))


def ask(
    outside: Outside,
    *,
    pictures: Sequence[str],
    wishes: Sequence[Wish],
    by: str,
    passphrase: str,
    now: datetime,
) -> list[ReleaseRequest] | Refusal:
    """Have some pictures of one license sealed and let out as its brand wishes, which signs for all
    of it; a worker does it. Refuses what would be refused now."""
    rows = _asked_about(pictures)
    if isinstance(rows, Refusal):
        return rows
    license = rows[0].license
    if by != license.brand_id:
        picture = rows[0].pk
        text = f"`{by}` holds no license for `{picture}`"
        return Refusal.because("release.not_licensee", text)
    if not wishes or len({wish.channel for wish in wishes}) < len(wishes):
        return Refusal.because("release.no_channel", "name at least one channel, each once")
    if refusal := _open(pictures, wishes):
        return refusal
    found = cost(pictures, wishes, now=now)
    if isinstance(found, Refusal):
        return found
    if found.reasons:
        return Refusal(found.reasons)
    subject = _next(license)
    says = {
        "license": license.pk,
        "pictures": {row.pk: row.digest for row in rows},
        "releases": [{**wish.as_row(), "campaign": wish.campaign or ""} for wish in wishes],
    }
    known: dict[str, Any] = {"party": by, "act": ASK, "subject": subject}
    statement = party.sign(outside, says=says, passphrase=passphrase, **known)
    with transaction.atomic():
        if refusal := _open(pictures, wishes):
            return refusal
        kept = party.keep(statement, at=now, **known)
        made = [
            ReleaseRequest.objects.create(
                statement=kept, picture=row, campaign=wish.campaign or "", **wish.as_row()
            )
            for row in rows
            for wish in wishes
        ]
        log.append(outside, act=LogAct.RELEASE_ASKED, record={"by": by, **says}, now=now)
    return made


def _asked_about(ids: Sequence[str]) -> list[Picture] | Refusal:
    """Return pictures of one license that can go out, in the order that they are named in."""
    found = {row.pk: row for row in _rows().filter(pk__in=ids)}
    if not ids or len(set(ids)) < len(ids):
        return Refusal.because("release.no_picture", "name at least one picture, each once")
    for id in ids:
        if id not in found:
            return pictures.unknown(id)
        if found[id].status not in OUT:
            text = f"`{id}` is {found[id].status}: its model has not approved it"
            return Refusal.because("approval.missing", text, clause="approvals")
        unsealed = found[id].status == Picture.Status.APPROVED
        if unsealed and (refusal := review.declined(id)):
            return refusal
    if len({row.license_id for row in found.values()}) > 1:
        text = "these pictures are of several licenses: ask for those of each by themselves"
        return Refusal.because("release.several_licenses", text)
    return [found[id] for id in ids]


def _open(ids: Sequence[str], wishes: Sequence[Wish]) -> Refusal | None:
    channels = [wish.channel for wish in wishes]
    rows = ReleaseRequest.objects.filter(state__in=OPEN, picture__in=ids, channel__in=channels)
    first = rows.order_by("pk").first()
    if first is None:
        return None
    text = f"`{first.picture_id}` is asked for on `{first.channel}` already, and waits its turn"
    return Refusal.because("release.asked", text)


def _next(license: License) -> str:
    """Return what the next request under a license is about: the same until it is signed."""
    kept = license.brand.signed_acts.filter(act=ASK, subject__startswith=f"{license.pk}/")
    return f"{license.pk}/releases-{kept.count() + 1}"


_WITH = ("picture__license", "picture__shoot", "picture__plate__twin")


def _rows() -> QuerySet[Picture]:
    return Picture.objects.select_related("license__brand", "shoot", "plate__twin")


def wish_of(row: ReleaseRequest) -> Wish:
    """Return what a request wishes."""
    return Wish(
        channel=Channel(row.channel),
        purpose=Purpose(row.purpose),
        territories=tuple(row.territories),
        account=row.account or None,
        campaign=row.campaign or None,
        placements=row.placements,
    )


def to_do() -> list[ReleaseRequest]:
    """Return the next request of each shoot that a worker is to do, the oldest first."""
    rows = ReleaseRequest.objects.filter(state__in=OPEN).select_related("picture").order_by("pk")
    found: dict[str, ReleaseRequest] = {}
    for row in rows:
        found.setdefault(row.picture.shoot_id, row)
    return list(found.values())


def do(outside: Outside, *, request: int, now: datetime) -> ReleaseRequest:
    """Do what is asked for, or record why not; what is done or refused already stays so. Whoever
    calls it holds the shoot alone, or does some of it in vain."""
    row = ReleaseRequest.objects.select_related(*_WITH).get(pk=request)
    if row.state not in OPEN:
        return row
    row.state, row.begun = STATE.BEGUN, row.begun + 1
    begun = ReleaseRequest.objects.filter(pk=request, state__in=OPEN)
    if not begun.update(state=row.state, begun=row.begun):
        return ReleaseRequest.objects.get(pk=request)
    made = _done(outside, row, now) if row.begun <= DEATHS else _deadly(row)
    if isinstance(made, Refusal):
        reasons = [reason.as_dict() for reason in made.reasons]
        begun.update(state=STATE.REFUSED, reasons=reasons, ended_at=now)
    return ReleaseRequest.objects.get(pk=request)


def _deadly(row: ReleaseRequest) -> Refusal:
    text = (
        f"`{row.picture_id}`: its sealing took the whole process down again and again, as want of "
        "memory does; ask for it anew once there is more"
    )
    return Refusal.because("release.died", text)


def _done(outside: Outside, row: ReleaseRequest, now: datetime) -> Release | Refusal:
    id = row.picture_id
    if row.picture.status != Picture.Status.SEALED:
        made = seal.seal(outside, picture=id, now=now)
        if isinstance(made, Refusal) and made.reasons[0].code != _SEALED:
            return made

    def keep(gone: Release) -> Refusal | None:
        done = {"state": STATE.DONE, "release": gone, "ended_at": now}
        if ReleaseRequest.objects.filter(pk=row.pk, state__in=OPEN).update(**done):
            return None
        return Refusal.because("release.done", f"`{id}` went out on `{row.channel}` meanwhile")

    brand, wish = row.picture.license.brand_id, wish_of(row)
    return releases.let_out(outside, picture=id, wish=wish, by=brand, signed=lambda: keep, now=now)


def newest(ids: Collection[str]) -> dict[str, list[ReleaseRequest]]:
    """Return the newest request for each channel of some pictures, by picture."""
    rows = ReleaseRequest.objects.filter(picture__in=ids).select_related("statement")
    found: dict[tuple[str, str], ReleaseRequest] = {}
    for row in rows.order_by("pk"):
        found.pop((row.picture_id, row.channel), None)
        found[row.picture_id, row.channel] = row
    told: dict[str, list[ReleaseRequest]] = {}
    for row in found.values():
        told.setdefault(row.picture_id, []).append(row)
    return told


def is_open(rows: Sequence[ReleaseRequest]) -> bool:
    """Return whether something of some requests is still to be done."""
    return any(row.state in OPEN for row in rows)


def going_on(shoot: Shoot) -> int:
    """Return how many files of a shoot are asked for and not out yet."""
    return ReleaseRequest.objects.filter(picture__shoot=shoot, state__in=OPEN).count()


def waiting(brands: Collection[str]) -> Q:
    """Return which pictures some brands wait for: asked for, and not out yet."""
    return Q(requested__state__in=OPEN, license__brand__in=brands)


def refused(brands: Collection[str], *, now: datetime) -> QuerySet[ReleaseRequest]:
    """Return what was refused to some brands lately and is not asked for anew."""
    newer = ReleaseRequest.objects.filter(
        picture=OuterRef("picture"), channel=OuterRef("channel"), pk__gt=OuterRef("pk")
    )
    rows = ReleaseRequest.objects.filter(state=STATE.REFUSED, ended_at__gt=now - TOLD)
    return rows.filter(~Exists(newer), picture__license__brand__in=brands)


def as_said(rows: Sequence[ReleaseRequest]) -> Iterator[Mapping[str, Any]]:
    """Yield requests as plain values."""
    for row in rows:
        yield {
            **wish_of(row).as_row(),
            "state": str(row.state),
            "reasons": row.reasons,
            "seal": row.release_id,
            "asked_at": row.statement.at,
        }
