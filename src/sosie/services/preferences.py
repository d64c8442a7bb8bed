"""What a model wants of every license: set by her own signature, inherited by all terms."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sosie.core import writing
from sosie.core.ports import Outside
from sosie.core.preferences import Preferences, against, inherit
from sosie.core.terms import Terms
from sosie.core.transparency import LogAct
from sosie.core.values import Reason, Refusal, canonical, digest
from sosie.services import log, party
from sosie.store.models import Party, Preference

ACT = "preferences.set"


def put(
    outside: Outside, *, by: str, preferences: Preferences, passphrase: str, now: datetime
) -> Preference | Refusal:
    """Set what a model wants of every license from now on; the older ones are kept as they were."""
    refusal = party.absent({by: Party.Kind.MODEL})
    if refusal:
        return refusal
    body = preferences.as_json()
    writing.check(body, "preferences")
    subject = f"{by}/{Preference.objects.filter(party=by).count() + 1}"
    says = {"preferences": digest(canonical(body))}
    statement = party.sign(
        outside, party=by, act=ACT, subject=subject, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        kept = party.keep(statement, party=by, act=ACT, subject=subject, at=now)
        row = Preference.objects.create(party_id=by, body=body, statement=kept)
        log.append(outside, act=LogAct.PREFERENCES_SET, record={"party": by, **says}, now=now)
    return row


def of(model: str) -> Preferences | None:
    """Return what a model wants of every license; nothing if she has not said."""
    row = Preference.objects.filter(party=model).order_by("-id").first()
    return Preferences.model_validate(row.body) if row else None


def inherited(terms: Terms) -> Terms:
    """Return terms with all that their model excludes from every license."""
    wanted = of(terms.parties.model)
    return inherit(terms, wanted) if wanted else terms


def unusual(terms: Terms) -> tuple[Reason, ...]:
    """Return what some terms ask that their model does not do."""
    wanted = of(terms.parties.model)
    return against(terms, wanted) if wanted else ()
