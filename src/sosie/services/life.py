"""The life of a license: asked, countered, agreed, signed, suspended, revoked; step by step, each
step signed by whoever takes it and entered in the transparency log.

Four steps nobody takes: the workspace delivers the memo, typesets the contract, hands over the
final copy and notes what is superseded. History and log name it as the actor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Prefetch

from sosie.core import writing
from sosie.core.comparison import Difference, differences
from sosie.core.deadlines import Course, Deadline, Out, Waiting, withdrawal
from sosie.core.deadlines import deadlines as all_deadlines
from sosie.core.license import conflicts
from sosie.core.life import (
    ENDED,
    Event,
    Role,
    Standing,
    Step,
    last_to_sign,
    objections,
    offer_of,
)
from sosie.core.life import standing as standing_of
from sosie.core.ports import Outside
from sosie.core.terms import Channel, Duration, Terms
from sosie.core.transparency import LogAct
from sosie.core.use import Other
from sosie.core.values import Digest, Refusal, SignedStatement
from sosie.services import log, paper, party, preferences, sequence
from sosie.services import twin as twins
from sosie.store.models import (
    License,
    LicenseOffer,
    LicenseStep,
    Picture,
    Release,
    Seal,
    SignedAct,
    Twin,
)

DRAFT = f"license.{Step.DRAFTED}"
TAKEN_DOWN = "release.taken_down"
WORKSPACE = "the workspace"
"""Who acts where no party does; no party's id has a blank."""
SIGNERS = ("model", "brand")
"""Who signs a contract; the agency advises and never does."""
REVOCABLE = (Standing.SIGNED, Standing.IN_FORCE, Standing.SUSPENDED, Standing.EXPIRED)
"""Signed, and not taken back yet; of an expired one what was made is taken back."""
DIGITS = 8
"""How many digits of a digest name terms at least."""
_HEX = frozenset("0123456789abcdef")
_ASKING = frozenset({Step.ASKED, Step.COUNTERED, Step.PROPOSED, Step.AGREED})

_LOGGED: Mapping[Step, LogAct] = MappingProxyType(
    {
        Step.DRAFTED: LogAct.LICENSE_DRAFTED,
        Step.ASKED: LogAct.LICENSE_ASKED,
        Step.COUNTERED: LogAct.LICENSE_COUNTERED,
        Step.PROPOSED: LogAct.LICENSE_PROPOSED,
        Step.ADVISED: LogAct.LICENSE_ADVISED,
        Step.AGREED: LogAct.LICENSE_AGREED,
        Step.DECLINED: LogAct.LICENSE_DECLINED,
        Step.MEMO_DELIVERED: LogAct.MEMO_DELIVERED,
        Step.MEMO_ACCEPTED: LogAct.MEMO_ACCEPTED,
        Step.CONTRACT_MADE: LogAct.CONTRACT_MADE,
        Step.SIGNED: LogAct.CONTRACT_SIGNED,
        Step.COPY_DELIVERED: LogAct.COPY_DELIVERED,
        Step.SUSPENDED: LogAct.LICENSE_SUSPENDED,
        Step.RESUMED: LogAct.LICENSE_RESUMED,
        Step.REVOKED: LogAct.LICENSE_REVOKED,
        Step.SUPERSEDED: LogAct.LICENSE_SUPERSEDED,
    }
)


def take(
    outside: Outside,
    *,
    license: str,
    step: Step,
    by: str,
    passphrase: str,
    now: datetime,
    terms: Terms | None = None,
    seen: str = "",
    note: str = "",
) -> License | Refusal:
    """Take one step that needs no paper: ask, counter, propose, advise, agree, decline, suspend,
    resume. ``terms`` are the other terms of a counter offer or a proposal; what the model excludes
    in every license is added to them. ``seen`` names the terms that somebody agrees to: their
    digest, or its first digits.

    What is signed is about the terms that were on the table when it was signed: where others lie
    there by then, or another step was taken, it is refused and says so (`life.changed`).
    """
    row = License.objects.filter(pk=license).first()
    if row is None:
        return unknown(license)
    if terms is not None:
        writing.check(terms.as_json(), "terms")
        terms = preferences.inherited(terms)
    number = row.steps.count() + 1
    refusal = may(row, step, by, now) or _on_the_table(row, step, terms, seen, now)
    if refusal:
        return refusal
    act, subject = f"license.{step}", f"{license}/{number}"
    says: dict[str, Any] = {"terms": terms.digest() if terms else row.terms_digest, "note": note}
    statement = party.sign(
        outside, party=by, act=act, subject=subject, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        read, row = row.terms_digest, locked(license)
        refusal = may(row, step, by, now)
        if not refusal and (row.terms_digest, row.steps.count() + 1) != (read, number):
            text = f"`{license}` went on meanwhile: read what is on the table and say it again"
            return Refusal.because("life.changed", text)
        refusal = refusal or _on_the_table(row, step, terms, seen, now)
        if refusal:
            return refusal
        kept = party.keep(statement, party=by, act=act, subject=subject, at=now)
        if terms is not None:
            _put_on_the_table(row, terms, offer_of(history(row)) + 1)
        record(outside, row, step, by=by, note=note, statement=kept, now=now)
    row.refresh_from_db()
    return row


def _on_the_table(
    row: License, step: Step, terms: Terms | None, seen: str, now: datetime
) -> Refusal | None:
    """Return why a step cannot be taken with these terms, or without any."""
    offers = step in {Step.COUNTERED, Step.PROPOSED}
    if offers != (terms is not None):
        text = f"`{step}` {'needs' if offers else 'takes no'} terms"
        return Refusal.because("life.terms", text)
    if terms is not None:
        if refusal := _same_parties(row, terms):
            return refusal
        if terms.digest() == row.terms_digest:
            return Refusal.because("life.no_change", "these are the terms on the table already")
    if step is Step.AGREED and (refusal := _unseen(row, seen)):
        return refusal
    if step in _ASKING:
        return promised(row, terms or Terms.model_validate(row.terms), on=day_of(row, now))
    return None


def _unseen(row: License, seen: str) -> Refusal | None:
    """Return why a digest, or its first digits, does not name the terms on the table."""
    digits = seen.removeprefix("sha256:")
    if len(digits) < DIGITS or not _HEX.issuperset(digits):
        text = (
            f"say which terms you agree to, by {DIGITS} digits of their digest at least: on the "
            f"table are `{row.terms_digest}`"
        )
        return Refusal.because("life.terms_unnamed", text)
    if not row.terms_digest.removeprefix("sha256:").startswith(digits):
        text = f"`{seen}` is not on the table: `{row.terms_digest}` is; read what changed"
        return Refusal.because("life.changed", text)
    return None


def begin(
    outside: Outside,
    row: License,
    terms: Terms,
    *,
    by: str,
    statement: SignedStatement,
    now: datetime,
) -> None:
    """Put the first terms of a new license on the table, as one of its parties signed them, inside
    the caller's transaction."""
    LicenseOffer.objects.create(
        license=row, number=1, terms=terms.as_json(), terms_digest=terms.digest()
    )
    kept = party.keep(statement, party=by, act=DRAFT, subject=row.id, at=now)
    record(outside, row, Step.DRAFTED, by=by, statement=kept, now=now)


def record(
    outside: Outside,
    row: License,
    step: Step,
    *,
    now: datetime,
    by: str | None = None,
    note: str = "",
    statement: SignedAct | None = None,
    file: Digest | None = None,
) -> None:
    """Write down one step and log it, inside the caller's transaction."""
    events = history(row)
    role = role_of(row, by) if by else None
    LicenseStep.objects.create(
        license=row,
        step=step,
        role=role or "",
        party_id=by,
        offer=offer_of(events) + (step in {Step.DRAFTED, Step.COUNTERED, Step.PROPOSED}),
        note=note,
        file=file or "",
        statement=statement,
        at=now,
    )
    said = {"license": row.id, "step": str(step), "by": by or WORKSPACE, "terms": row.terms_digest}
    if file:
        said["file"] = file
    log.append(outside, act=_LOGGED[step], record=said, now=now, object=file)


def locked(license: str) -> License:
    """Return a license as it stands now, and hold it and its twin until the transaction ends: what
    was promised of a twin is looked at and written down in one."""
    twin = License.objects.values_list("twin_id", flat=True).get(pk=license)
    Twin.objects.select_for_update().get(pk=twin)
    return License.objects.select_for_update().get(pk=license)


def may(row: License, step: Step, by: str | None, now: datetime) -> Refusal | None:
    """Return why a party may not take a step now; nothing if she may."""
    role = role_of(row, by) if by else None
    against = objections(step, role, history(row), period(row), on=day_of(row, now))
    return Refusal(against) if against else None


def role_of(row: License, party: str) -> Role | None:
    """Return the role of a party in a license; nothing for a stranger."""
    roles = {row.agency_id: Role.AGENCY, row.brand_id: Role.BRAND, row.model_id: Role.MODEL}
    return roles.get(party)


def history(row: License) -> tuple[Event, ...]:
    """Return every step of a license in the order of time, each at the time of its zone."""
    zone = _zone(row)
    return tuple(
        Event(
            Step(each.step),
            Role(each.role) if each.role else None,
            each.at.astimezone(zone),
            each.offer,
            each.note,
        )
        for each in sorted(row.steps.all(), key=lambda step: step.pk)
    )


def period(row: License) -> Duration | None:
    """Return the duration that the terms state."""
    return period_of(row.terms)


def period_of(terms: Mapping[str, Any]) -> Duration | None:
    """Return the duration that terms state, as they are kept."""
    stated = terms.get("period")
    return Duration.model_validate(stated) if stated else None


def standing(row: License, *, now: datetime) -> Standing:
    """Return how a license stands today."""
    return standing_of(history(row), period(row), on=day_of(row, now))


def day_of(row: License, moment: datetime) -> date:
    """Return which day a moment is in the time zone that the terms of a license name."""
    return moment.astimezone(_zone(row)).date()


def _zone(row: License) -> ZoneInfo:
    return ZoneInfo((row.terms.get("period") or {}).get("time_zone", "UTC"))


DECIDE = (Step.SUSPENDED, Step.RESUMED, Step.DECLINED, Step.REVOKED, Step.SUPERSEDED)
"""The steps that say how a license stands that both signed."""


def of_signed() -> Prefetch[str]:
    """Return what to fetch with licenses that both signed, to tell how each stands: the few steps
    that decide it."""
    decide = LicenseStep.objects.filter(step__in=(Step.SIGNED, *DECIDE))
    return Prefetch("steps", queryset=decide)


def withdrawn_on(row: License, stands: Standing) -> date | None:
    """Return the day on which the model withdrew her consent to the twin, if a license of it that
    stands so would still be in use."""
    if stands in {*ENDED, Standing.EXPIRED}:
        return None
    withdrawn = SignedAct.objects.filter(act=twins.WITHDRAW, subject=row.twin_id).first()
    return withdrawn.at.date() if withdrawn else None


def told(row: License, *, now: datetime) -> str:
    """Return how a license stands today, in words, with the day from or until which."""
    stands, lasts = standing(row, now=now), period(row)
    since = {event.step: event.at.date() for event in history(row)}
    if day := withdrawn_on(row, stands):
        return f"without use: her consent to the twin was withdrawn on {day}"
    match stands:
        case Standing.SIGNED if lasts:
            return f"signed by both, in force from {lasts.first}"
        case Standing.IN_FORCE if lasts:
            return f"in force until {lasts.last}"
        case Standing.EXPIRED if lasts:
            return f"over since its last day, {lasts.last}"
        case Standing.DECLINED | Standing.REVOKED | Standing.SUPERSEDED | Standing.SUSPENDED:
            return f"{stands} on {since[Step(stands.value)]}"
    return stands.replace("_", " ")


def promised(row: License, terms: Terms, *, on: date) -> Refusal | None:
    """Return why terms cannot be agreed on: the twin is retired, or they do not go beside its other
    licenses (exclusivity) and the contracts that can still be signed on that day."""
    retired = twins.retired(row.twin_id)
    if retired:
        return retired
    found = conflicts(terms, others(row, offered_on=on))
    return Refusal(found) if found else None


def others(license: License, *, offered_on: date | None = None) -> tuple[Other, ...]:
    """Return the other licenses of the same twin that both signed and nothing ended; with a day,
    also those whose contract can be signed until then or longer."""
    ended = [Step.SUPERSEDED, Step.DECLINED]
    rows = License.objects.filter(twin=license.twin_id, revocation=None).exclude(pk=license.pk)
    rows = rows.exclude(steps__step__in=ended).exclude(contract="")

    def counts(row: License) -> bool:
        if row.signatures.count() == len(SIGNERS):
            return True
        last = last_to_sign(history(row)) if offered_on is not None and row.contract else None
        return offered_on is not None and last is not None and offered_on <= last

    return tuple(
        Other(
            license=row.id,
            licensee=row.brand_id,
            category=terms.category,
            countries=terms.territories.countries(),
            days=terms.period.days,
            exclusivity=terms.exclusivity,
        )
        for row in rows.order_by(*sequence.licenses())
        if counts(row) and (terms := Terms.model_validate(row.terms)).territories and terms.period
    )


def deliver_memo(outside: Outside, *, license: str, now: datetime) -> LicenseStep | Refusal:
    """Typeset the deal memo in the language that the model asked for and put it in her hands."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return unknown(license)
    refusal = may(row, Step.MEMO_DELIVERED, None, now)
    if refusal:
        return refusal
    if row.steps.filter(step=Step.MEMO_DELIVERED).exists():
        return Refusal.because("memo.delivered", f"the deal memo of `{license}` is delivered")
    pdf = outside.typesetter.deal_memo(paper.contract_of(row, now))
    digest = outside.blobs.put(pdf)
    with transaction.atomic():
        read, row = row.terms_digest, locked(license)
        refusal = may(row, Step.MEMO_DELIVERED, None, now)
        if refusal:
            return refusal
        if row.steps.filter(step=Step.MEMO_DELIVERED).exists() or row.terms_digest != read:
            text = f"`{license}` went on meanwhile: its memo was delivered, or its terms changed"
            return Refusal.because("life.changed", text)
        title = f"Deal memo of {row.id}: {row.terms['title']}"
        paper.keep(row.model_id, "deal_memo", title, digest, now=now, license=row)
        record(outside, row, Step.MEMO_DELIVERED, file=digest, now=now)
    return row.steps.get(step=Step.MEMO_DELIVERED)


def accept_memo(
    outside: Outside, *, license: str, by: str, passphrase: str, now: datetime
) -> License | Refusal:
    """Record that the model accepts the remuneration that the deal memo states (rule R32)."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return unknown(license)
    refusal = may(row, Step.MEMO_ACCEPTED, by, now)
    if refusal:
        return refusal
    if row.steps.filter(step=Step.MEMO_ACCEPTED).exists():
        return Refusal.because("memo.accepted", f"the deal memo of `{license}` is accepted")
    memo = row.steps.filter(step=Step.MEMO_DELIVERED).latest("id")
    act = f"license.{Step.MEMO_ACCEPTED}"
    says = {"memo": memo.file, "terms": row.terms_digest}
    statement = party.sign(
        outside, party=by, act=act, subject=license, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        row = locked(license)
        refusal = may(row, Step.MEMO_ACCEPTED, by, now)
        if refusal:
            return refusal
        if row.steps.filter(step=Step.MEMO_ACCEPTED).exists():
            return Refusal.because("memo.accepted", f"the deal memo of `{license}` is accepted")
        kept = party.keep(statement, party=by, act=act, subject=license, at=now)
        record(outside, row, Step.MEMO_ACCEPTED, by=by, statement=kept, now=now)
    row.refresh_from_db()
    return row


def complete(outside: Outside, row: License, *, now: datetime) -> None:
    """Do what follows when both have signed, inside the caller's transaction: the final copy goes
    to everybody in the license, and an older license that this one replaces ends."""
    digest = Digest(row.contract)
    title = f"License {row.id}: {row.terms['title']}"
    for holder in (row.model_id, row.brand_id, row.agency_id):
        if holder:
            paper.keep(holder, "contract", title, digest, now=now, license=row)
    record(outside, row, Step.COPY_DELIVERED, file=digest, now=now)
    if row.supersedes and may(row.supersedes, Step.SUPERSEDED, None, now) is None:
        record(outside, row.supersedes, Step.SUPERSEDED, note=row.id, now=now)


def changes(row: License) -> list[tuple[LicenseStep, tuple[Difference, ...]]]:
    """Return each offer after the first with what it changed, in plain words."""
    offers = {offer.number: Terms.model_validate(offer.terms) for offer in row.offers.all()}
    made = row.steps.filter(step__in=[Step.COUNTERED, Step.PROPOSED]).order_by("id")
    return [(step, differences(offers[step.offer - 1], offers[step.offer])) for step in made]


def course(row: License) -> Course:
    """Return a license in its course: its history, what is out and what waits for her."""
    released = Release.objects.filter(license=row).order_by("seal_id")
    acts = SignedAct.objects.filter(act=TAKEN_DOWN, subject__in=released.values("pk"))
    down = {subject: day_of(row, at) for subject, at in acts.values_list("subject", "at")}
    hers = (Picture.Status.UNDECIDED, Picture.Status.MADE)
    waiting = row.pictures.filter(status__in=hers).order_by(*sequence.pictures())
    return Course(
        terms=Terms.model_validate(row.terms),
        history=history(row),
        out=tuple(
            Out(
                seal=each.seal_id,
                channel=Channel(each.channel),
                account=each.account,
                territories=tuple(each.territories),
                taken_down_on=down.get(each.seal_id),
            )
            for each in released
        ),
        waiting=tuple(
            Waiting(each.id, day_of(row, each.made_at)) for each in waiting if each.made_at
        ),
    )


def deadlines(rows: Sequence[License], *, now: datetime) -> list[tuple[License, Deadline]]:
    """Return the deadlines of some licenses, the earliest first."""
    found = [
        (row, deadline)
        for row in rows
        for deadline in all_deadlines(course(row), on=day_of(row, now))
    ]
    return sorted(found, key=lambda pair: (pair[1].due, pair[0].id, pair[1].code))


def if_revoked(row: License, *, now: datetime) -> tuple[Deadline, ...]:
    """Return what would have to happen, and by when, if the model took a license back now."""
    then = course(row)
    revoked = Event(Step.REVOKED, Role.MODEL, now.astimezone(_zone(row)))
    return withdrawal(replace(then, history=(*then.history, revoked)))


def taken_down(
    outside: Outside, *, seal: str, by: str, passphrase: str, note: str, now: datetime
) -> SignedAct | Refusal:
    """Record that the brand took a release down, as it signs itself."""
    row = Seal.objects.filter(pk=seal, release__isnull=False).first()
    if row is None:
        return Refusal.because("release.unknown", f"nothing was released under seal `{seal}`")
    brand = row.picture.license.brand_id
    if by != brand:
        text = f"`{by}` did not release `{seal}`: `{brand}` did"
        return Refusal.because("release.not_yours", text)
    if SignedAct.objects.filter(act=TAKEN_DOWN, party=by, subject=seal).exists():
        return Refusal.because("release.taken_down", f"`{seal}` is taken down already")
    statement = party.sign(
        outside,
        party=by,
        act=TAKEN_DOWN,
        subject=seal,
        says={"note": note},
        passphrase=passphrase,
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=TAKEN_DOWN, subject=seal, at=now)
        said = {"seal": seal, "license": row.picture.license_id, "by": by}
        log.append(outside, act=LogAct.RELEASE_TAKEN_DOWN, record=said, now=now)
    return kept


def unknown(license: str) -> Refusal:
    """Return the refusal for a license id that is not in this workspace."""
    return Refusal.because("license.unknown", f"no license `{license}` in this workspace")


def _put_on_the_table(row: License, terms: Terms, number: int) -> None:
    row.terms, row.terms_digest = terms.as_json(), terms.digest()
    row.save(update_fields=["terms", "terms_digest"])
    LicenseOffer.objects.create(
        license=row, number=number, terms=row.terms, terms_digest=row.terms_digest
    )


def _same_parties(row: License, terms: Terms) -> Refusal | None:
    """Return a refusal for terms between others, or about another twin, than the license's."""
    parties = terms.parties
    same = (row.model_id, row.brand_id, row.agency_id, row.twin_id)
    if (parties.model, parties.brand, parties.agency, terms.twin) == same:
        return None
    text = "these terms are between others, or about another twin: draft a license of its own"
    return Refusal.because("life.other_parties", text)
