"""Parties join, and sign what they say with their own keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from sosie.core import writing
from sosie.core.passkey import Evidence
from sosie.core.ports import Outside
from sosie.core.transparency import LogAct
from sosie.core.values import STATEMENT_TAG, Refusal, SignedStatement, canonical, digest
from sosie.services import log
from sosie.store.models import ActEvidence, Party, Passkey, SignedAct

ADULT_AGE = 18


def join(
    outside: Outside,
    *,
    kind: str,
    id: str,
    name: str,
    place: str,
    passphrase: str,
    now: datetime,
    address: str = "",
    registration: str = "",
    registered_until: date | None = None,
    exempt: bool = False,
    born: date | None = None,
    shown_as: str = "",
) -> Party | Refusal:
    """Make the party's key, encrypted under her passphrase, and record her.

    ``shown_as``: the name under which a brand appears in its pictures; it is not named without.
    A model under eighteen is refused: no twin of a minor is made (rule R29).
    """
    writing.check({"name": name, "shown_as": shown_as, "address": address, "place": place})
    if Party.objects.filter(pk=id).exists():
        return Refusal.because("party.known", f"`{id}` has joined already; choose another id")
    if kind == Party.Kind.MODEL:
        if born is None:
            return Refusal.because("party.age_unknown", f"`{id}`: say when the model was born")
        if _age(born, now.date()) < ADULT_AGE:
            return Refusal.because(
                "party.minor",
                f"`{id}` is under {ADULT_AGE}: no twin of a minor is made",
                rule="R29",
            )
    contracts = kind != Party.Kind.AGENCY
    certificate = outside.keys.create(id, name, passphrase, now=now, contracts=contracts)
    facts = {"party": id, "kind": kind, "certificate": digest(certificate.encode())}
    with transaction.atomic():
        party = Party.objects.create(
            id=id,
            kind=kind,
            name=name,
            shown_as=shown_as or None,
            address=address,
            place=place,
            born=born,
            registration=registration,
            registered_until=registered_until,
            registration_exempt=exempt,
            certificate=certificate,
            joined_at=now,
        )
        log.append(outside, act=LogAct.PARTY_JOINED, record=facts, now=now)
    return party


def register(
    outside: Outside,
    *,
    agency: str,
    number: str,
    until: date | None,
    exempt: bool,
    passphrase: str,
    now: datetime,
    staff: int | None = None,
    bond_usd: int | None = None,
    bond_until: date | None = None,
) -> Party | Refusal:
    """Record an agency's registration in New York, or its renewal, as the agency itself signs it
    (R01 to R03), and its surety bond (R04): what is not said of staff and bond stays as it was."""
    refusal = absent({agency: Party.Kind.AGENCY})
    if refusal:
        return refusal
    if not number and not exempt:
        text = f"`{agency}`: name the number of the registration, or say that it is exempt"
        return Refusal.because("party.registration", text, rule="R01")
    says = {"number": number, "until": until.isoformat() if until else None, "exempt": exempt}
    bond = {"staff": staff, "bond_usd": bond_usd, "bond_until": bond_until}
    bond = {name: value for name, value in bond.items() if value is not None}
    says |= {name: str(value) for name, value in bond.items()}
    act = "agency.register"
    times = SignedAct.objects.filter(party=agency, act=act).count()
    subject = f"{agency}/{times + 1}" if times else agency
    statement = sign(
        outside, party=agency, act=act, subject=subject, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        keep(statement, party=agency, act=act, subject=subject, at=now)
        Party.objects.filter(pk=agency).update(
            registration=number, registered_until=until, registration_exempt=exempt, **bond
        )
        said = {"party": agency, **says}
        log.append(outside, act=LogAct.REGISTRATION_RECORDED, record=said, now=now)
    return Party.objects.get(pk=agency)


def died(outside: Outside, *, party: str, on: date, now: datetime) -> Party | Refusal:
    """Record that a model died: from then on her heirs license, nobody else (R54)."""
    refusal = absent({party: Party.Kind.MODEL})
    if refusal:
        return refusal
    with transaction.atomic():
        Party.objects.filter(pk=party).update(died_on=on)
        said = {"party": party, "on": on.isoformat()}
        log.append(outside, act=LogAct.DEATH_RECORDED, record=said, now=now)
    return Party.objects.get(pk=party)


def sign(
    outside: Outside,
    *,
    party: str,
    act: str,
    subject: str,
    says: Mapping[str, Any],
    passphrase: str,
) -> SignedStatement:
    """Have a party sign a statement with her own key, or with her passkey where she acts by hand;
    nothing is stored yet. Raises ``BadInput`` (``text.unseen``) for a text that is not all that is
    read."""
    writing.check(says)
    body = canonical({"sosie": "statement/1", "party": party, "act": act, "on": subject, **says})
    if outside.hand is None:
        return outside.keys.state(party, passphrase, body)
    evidence = outside.hand.sign(STATEMENT_TAG + body, party=party, role=act)
    return SignedStatement(body, evidence.as_bytes(), "", evidence.credential.id)


def keep(
    statement: SignedStatement, *, party: str, act: str, subject: str, at: datetime
) -> SignedAct:
    """Store a signed statement, inside the caller's transaction."""
    kept = SignedAct.objects.create(
        party_id=party,
        act=act,
        subject=subject,
        body=statement.body,
        signature=statement.signature,
        certificate=statement.certificate_pem,
        at=at,
    )
    if statement.credential:
        row = Passkey.objects.get(party=party, credential_id=statement.credential)
        counter = Evidence.parse(statement.signature).counter
        ActEvidence.objects.create(act=kept, passkey=row, counter=counter)
    return kept


def absent(wanted: Mapping[str, str]) -> Refusal | None:
    """Return a refusal for the first party that has not joined in its role; else nothing."""
    for id, kind in wanted.items():
        if not Party.objects.filter(pk=id, kind=kind).exists():
            return Refusal.because("party.unknown", f"no {kind} `{id}` has joined this workspace")
    return None


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def known(party: str) -> Party | None:
    """Return a party, if there is one of this id."""
    return Party.objects.filter(pk=party).first()


def names(ids: Iterable[str]) -> dict[str, str]:
    """Return the names of parties by their ids."""
    return dict(Party.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def among(wanted: Q) -> list[Party]:
    """Return the parties among some, in order of id."""
    return list(Party.objects.filter(wanted).order_by("id"))


def everyone() -> list[Party]:
    """Return every party, in order of id."""
    return list(Party.objects.order_by("id"))
