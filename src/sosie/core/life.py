"""The life of a license: what can happen to it, by whom, and how it stands on a day.

What happened is a history of steps that is only ever added to; the standing is read from it and
is never stored. The model and the brand decide; the agency advises and may propose, never agrees.

=============  ==========================================  =======================================
standing       how it comes about                          what may follow
=============  ==========================================  =======================================
draft          one of them wrote the terms                 ask, decline, revoke
asked          the brand asked the model                   counter, propose, advise, agree, decline,
                                                           revoke
countered      one side answered with other terms          the same
agreed         both said yes to the same terms             deal memo, contract, signatures, decline,
                                                           revoke
signed         both signed; the first day has not come     suspend, revoke, supersede
in_force       both signed; the day lies in the period     the same
suspended      the model let it rest                       resume, revoke, supersede
expired        the last day is over                        final copy, revoke
declined       one of them said no before signing          nothing
revoked        the model took it back                      nothing
superseded     a newer license took its place              nothing
=============  ==========================================  =======================================

Declined, revoked and superseded are the end: whatever a history holds after, it stays so. The
workspace itself typesets, delivers and counts days (memo, contract, final copy, superseding); all
other steps are signed by whoever takes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from sosie.core.terms import Duration
from sosie.core.values import Reason

OFFER_DAYS = 14
"""Days in which a contract can be signed once it is put forward; then it is put forward anew."""
REMIND_DAYS = 7
"""Days after which whoever has not signed is reminded."""


class Role(StrEnum):
    """In which role a party of the license acts."""

    MODEL = "model"
    BRAND = "brand"
    AGENCY = "agency"


class Step(StrEnum):
    """What happened. Published words: a word never changes its meaning."""

    DRAFTED = "drafted"
    ASKED = "asked"
    COUNTERED = "countered"
    PROPOSED = "proposed"
    """The agency put other terms forward: they count when model and brand both agree to them."""
    ADVISED = "advised"
    AGREED = "agreed"
    DECLINED = "declined"
    MEMO_DELIVERED = "memo_delivered"
    MEMO_ACCEPTED = "memo_accepted"
    CONTRACT_MADE = "contract_made"
    SIGNED = "signed"
    COPY_DELIVERED = "copy_delivered"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class Standing(StrEnum):
    """How a license stands on a day."""

    DRAFT = "draft"
    ASKED = "asked"
    COUNTERED = "countered"
    AGREED = "agreed"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DECLINED = "declined"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Event:
    """One step: who took it, when, on which offer."""

    step: Step
    role: Role | None
    """``None`` for what the house does (typesetting, delivery)."""
    at: datetime
    offer: int = 1
    """The number of the terms that were on the table, from 1."""
    note: str = ""


_SIGNERS = frozenset({Role.MODEL, Role.BRAND})
_OFFERS = frozenset({Step.DRAFTED, Step.COUNTERED, Step.PROPOSED})
_TALKING = frozenset({Standing.ASKED, Standing.COUNTERED})
_BOUND = frozenset({Standing.SIGNED, Standing.IN_FORCE})
ENDED = frozenset({Standing.DECLINED, Standing.REVOKED, Standing.SUPERSEDED})
"""Nothing follows on these."""

_WHO: Mapping[Step, frozenset[Role]] = MappingProxyType(
    {
        Step.DRAFTED: frozenset(Role),
        Step.ASKED: frozenset({Role.BRAND}),
        Step.COUNTERED: _SIGNERS,
        Step.PROPOSED: frozenset({Role.AGENCY}),
        Step.ADVISED: frozenset({Role.AGENCY}),
        Step.AGREED: _SIGNERS,
        Step.DECLINED: _SIGNERS,
        Step.MEMO_ACCEPTED: frozenset({Role.MODEL}),
        Step.SIGNED: _SIGNERS,
        Step.SUSPENDED: frozenset({Role.MODEL}),
        Step.RESUMED: frozenset({Role.MODEL}),
        Step.REVOKED: frozenset({Role.MODEL}),
    }
)
_WHEN: Mapping[Step, frozenset[Standing]] = MappingProxyType(
    {
        Step.DRAFTED: frozenset(),
        Step.ASKED: frozenset({Standing.DRAFT}),
        Step.COUNTERED: _TALKING,
        Step.PROPOSED: _TALKING,
        Step.ADVISED: _TALKING | {Standing.AGREED},
        Step.AGREED: _TALKING,
        Step.DECLINED: _TALKING | {Standing.DRAFT, Standing.AGREED},
        Step.MEMO_DELIVERED: _BOUND | {Standing.AGREED},
        Step.MEMO_ACCEPTED: _BOUND | {Standing.AGREED},
        Step.CONTRACT_MADE: frozenset({Standing.AGREED}),
        Step.SIGNED: frozenset({Standing.AGREED}),
        Step.COPY_DELIVERED: _BOUND | {Standing.SUSPENDED, Standing.EXPIRED},
        Step.SUSPENDED: _BOUND,
        Step.RESUMED: frozenset({Standing.SUSPENDED}),
        Step.REVOKED: _BOUND
        | _TALKING
        | {Standing.DRAFT, Standing.AGREED, Standing.SUSPENDED, Standing.EXPIRED},
        Step.SUPERSEDED: _BOUND | {Standing.SUSPENDED},
    }
)


def standing(history: Iterable[Event], period: Duration | None, *, on: date) -> Standing:
    """This function will read from its history how a license stands on a day.

    ``history`` is in the order of time. A license that was revoked, declined or superseded stays
    so; one without a last day is in force from its first (it cannot be signed, rule R21).
    """
    return on_day(so_far(history), period, on=on)


def so_far(history: Iterable[Event]) -> Standing:
    """This function will read from its history how a license stands, whatever the day is."""
    stands, agreed, signed = Standing.DRAFT, set[Role](), set[Role]()
    for event in history:
        if event.step in _OFFERS:
            agreed = {event.role} & _SIGNERS if event.role else set()
        if event.step is Step.AGREED and event.role:
            agreed.add(event.role)
        if event.step is Step.SIGNED and event.role:
            signed.add(event.role)
        stands = _after(event.step, stands, agreed, signed)
    return stands


def on_day(stands: Standing, period: Duration | None, *, on: date) -> Standing:
    """This function will say how a license stands on a day, from how its history says it stands."""
    if stands not in {Standing.SIGNED, Standing.SUSPENDED} or period is None:
        return stands
    if on > period.last:
        return Standing.EXPIRED
    if stands is Standing.SUSPENDED or on < period.first:
        return stands
    return Standing.IN_FORCE


def _after(step: Step, stands: Standing, agreed: set[Role], signed: set[Role]) -> Standing:
    if stands in ENDED:
        return stands
    match step:
        case Step.ASKED:
            return Standing.ASKED
        case Step.COUNTERED | Step.PROPOSED:
            return Standing.COUNTERED
        case Step.AGREED if agreed >= _SIGNERS:
            return Standing.AGREED
        case Step.SIGNED if signed >= _SIGNERS:
            return Standing.SIGNED
        case Step.RESUMED:
            return Standing.SIGNED
        case Step.DECLINED | Step.SUSPENDED | Step.REVOKED | Step.SUPERSEDED:
            return Standing(step.value)
    return stands


def offer_of(history: Iterable[Event]) -> int:
    """This function will return the number of the terms that are on the table."""
    return max((event.offer for event in history if event.step in _OFFERS), default=0)


def may_sign_from(history: Iterable[Event], notice_hours: int | None) -> datetime | None:
    """This function will return from when the model can sign: the hours that the terms give her,
    counted from the last time that their text was put before her; nothing where they give none."""
    put = [event.at for event in history if event.step in _PUT_BEFORE_HER]
    if notice_hours is None or not put:
        return None
    return max(put) + timedelta(hours=notice_hours)


_PUT_BEFORE_HER = frozenset({Step.ASKED, Step.COUNTERED, Step.PROPOSED})


def last_to_sign(history: Iterable[Event]) -> date | None:
    """This function will return the last day on which the contract can be signed; nothing where
    there is none."""
    made = [event.at.date() for event in history if event.step is Step.CONTRACT_MADE]
    return max(made) + timedelta(days=OFFER_DAYS) if made else None


def unsigned(history: Iterable[Event]) -> frozenset[Role]:
    """This function will return who of model and brand has not signed yet."""
    return _SIGNERS - {event.role for event in history if event.step is Step.SIGNED and event.role}


def objections(
    step: Step, role: Role | None, history: tuple[Event, ...], period: Duration | None, *, on: date
) -> tuple[Reason, ...]:
    """This function will say why somebody may not take a step now; nothing means that she may.

    ``role`` is ``None`` for a party that is none of the license's.
    """
    who = _WHO.get(step)
    if who is not None and role not in who:
        if role is Role.AGENCY:
            text = f"an agency advises and may propose; `{step}` is for {_words(who)} alone"
            return (Reason("life.agency_cannot", text, rule="R12"),)
        return (Reason("life.not_yours", f"`{step}` is for {_words(who)} of this license"),)
    stands = standing(history, period, on=on)
    if stands not in _WHEN[step]:
        text = f"the license is {stands.replace('_', ' ')}: {_ADVICE[stands]}"
        return (Reason("life.not_now", text),)
    last = last_to_sign(history)
    if step is Step.SIGNED and last is not None and on > last:
        text = f"the contract could be signed until {last}: put it forward anew"
        return (Reason("life.offer_ended", text),)
    if step in {Step.AGREED, Step.SIGNED} and _did(step, role, history):
        return (Reason("life.done", f"the {role} has {step} already"),)
    if step is Step.MEMO_ACCEPTED and not any(e.step is Step.MEMO_DELIVERED for e in history):
        return (Reason("life.no_memo", "no deal memo was delivered yet; deliver it first"),)
    return ()


_ADVICE: Mapping[Standing, str] = MappingProxyType(
    {
        Standing.DRAFT: "the brand asks the model first",
        Standing.ASKED: "agree, counter or decline",
        Standing.COUNTERED: "agree, counter or decline",
        Standing.AGREED: "make the contract, and both sign",
        Standing.SIGNED: "it can be suspended, revoked or superseded",
        Standing.IN_FORCE: "it can be suspended, revoked or superseded",
        Standing.SUSPENDED: "the model can let it go on, or revoke it",
        Standing.EXPIRED: "ask for a new one",
        Standing.DECLINED: "draft a new one",
        Standing.REVOKED: "ask for a new one",
        Standing.SUPERSEDED: "look at the one that took its place",
    }
)


def _did(step: Step, role: Role | None, history: tuple[Event, ...]) -> bool:
    """Return whether a role took this step since the last terms were put on the table; who put
    terms on the table has agreed to them by that."""
    for event in reversed(history):
        if event.step is step and event.role is role:
            return True
        if event.step in _OFFERS:
            return step is Step.AGREED and event.role is role
    return False


def _words(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(f"the {role}" for role in roles))
