"""What is on the table: the terms that a yes would agree to, what changed, what law warns of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sosie.core.comparison import differences
from sosie.core.life import Step, offer_of
from sosie.core.terms import Terms
from sosie.core.values import Reason, Refusal
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life
from sosie.store.models import License


@dataclass(frozen=True, slots=True)
class OnTheTable:
    """What somebody would agree to, as it is laid before her."""

    license: str
    number: int
    terms: dict[str, Any]
    digest: str
    since: int | None
    """The last offer that she put forward or agreed to; nothing if this is her first."""
    changes: tuple[str, ...]
    """What differs from that offer, in plain words."""
    warnings: tuple[Reason, ...]


def on_the_table(license: str, *, by: str, now: datetime) -> OnTheTable | Refusal:
    """Return the terms that somebody can agree to now, and what they change for her; whoever
    cannot is told why."""
    row = License.objects.filter(pk=license).first()
    if row is None:
        return life.unknown(license)
    refusal = life.may(row, Step.AGREED, by, now)
    if refusal:
        return refusal
    hers = [Step.DRAFTED, Step.COUNTERED, Step.PROPOSED, Step.AGREED]
    known = row.steps.filter(party=by, step__in=hers).order_by("-id").first()
    changes: tuple[str, ...] = ()
    if known is not None:
        was = Terms.model_validate(row.offers.get(number=known.offer).terms)
        changes = tuple(each.text for each in differences(was, licenses.terms_of(row)))
    return OnTheTable(
        license=row.id,
        number=offer_of(life.history(row)),
        terms=row.terms,
        digest=row.terms_digest,
        since=known.offer if known else None,
        changes=changes,
        warnings=laws.warnings(row, now=now),
    )
