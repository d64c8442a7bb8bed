"""Retirement of a twin: nothing new is made of it, and what runs runs on or ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sosie.core.ports import Outside
from sosie.core.transparency import LogAct
from sosie.core.values import Refusal
from sosie.services import license as licenses
from sosie.services import log, party, sequence
from sosie.services import twin as twins
from sosie.services.twin import RETIRE
from sosie.store.models import License


@dataclass(frozen=True, slots=True)
class Plan:
    """What a retirement comes to."""

    running: tuple[str, ...]
    """Licenses that both signed and nobody revoked."""
    ends: bool
    """Whether these end with it, as her consent says."""


def plan(*, twin: str, by: str) -> Plan | Refusal:
    """Return what retiring a twin would come to."""
    row = twins.owned(twin, by)
    if isinstance(row, Refusal):
        return row
    rows = License.objects.filter(licenses.signed_by_both(), twin=twin, revocation=None)
    running = tuple(rows.order_by(*sequence.licenses()).values_list("pk", flat=True))
    return twins.retired(twin) or Plan(running, twins.on_retirement(row) == "end")


def retire(
    outside: Outside, *, twin: str, by: str, passphrase: str, now: datetime
) -> Plan | Refusal:
    """Retire a twin, as its model signs it: no new version, license or shoot, ever.

    Where her consent says that running licenses end, each is revoked, as she signs it too; that
    goes on where it stopped if it was broken off.
    """
    planned = plan(twin=twin, by=by)
    if isinstance(planned, Refusal):
        return planned
    for license in planned.running if planned.ends else ():
        revoked = licenses.revoke(
            outside,
            license=license,
            by=by,
            passphrase=passphrase,
            now=now,
            note=f"`{twin}` is retired",
        )
        if isinstance(revoked, Refusal):
            return revoked
    says = {"licenses": "end" if planned.ends else "run_on"}
    statement = party.sign(
        outside, party=by, act=RETIRE, subject=twin, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        refusal = twins.retired(twin)
        if refusal:
            return refusal
        party.keep(statement, party=by, act=RETIRE, subject=twin, at=now)
        record = {"twin": twin, "by": by, **says}
        log.append(outside, act=LogAct.TWIN_RETIRED, record=record, now=now)
    return planned
