"""What is on the table: the terms that a yes would agree to, what changed, what law says of them;
a yes, and other terms in answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from pydantic import ValidationError

from sosie.core.comparison import Difference, differences
from sosie.core.contract import Row
from sosie.core.life import ENDED, Role, Standing, Step, offer_of, unsigned
from sosie.core.ports import Outside
from sosie.core.terms import Terms
from sosie.core.values import BadInput, Reason, Refusal
from sosie.services import contract, life, paper, preferences
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.store.models import License, LicenseStep


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


_WHO_OF = ("title", "twin", "parties")
"""Between two deals these differ anyway, and stand above the terms."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A license as it is laid before one of its parties."""

    row: License
    standing: Standing
    told: str
    """How it stands, in words."""
    first_page: tuple[Row, ...]
    """The first page of its contract: questions and answers."""
    unusual: tuple[Reason, ...]
    """What it asks that the model does not do, by her standing preferences."""
    last: License | None
    """The last deal of the model before it."""
    since: tuple[Difference, ...]
    """What differs from that."""
    against: tuple[Reason, ...]
    """What law refuses."""
    warnings: tuple[Reason, ...]
    steps: tuple[LicenseStep, ...]
    changes: Mapping[int, tuple[Difference, ...]]
    """What each step that put other terms forward changed, by the step's key."""
    may: frozenset[str]
    """The steps that this party may take now; `papers` where deal memo or contract is missing."""


def laid_out(
    outside: Outside, row: License, *, by: str, now: datetime, language: str = ""
) -> LaidOut:
    """Return a license with all that one of its parties reads before it says anything about it.

    What the model wants, what she agreed on with others and what her agency advises are not told to
    a brand.
    """
    terms, open_ = licenses.terms_of(row), life.standing(row, now=now) in _OPEN
    role, last = life.role_of(row, by), _last_deal(row, by)
    steps = row.steps.select_related("party").order_by("id")
    since = differences(licenses.terms_of(last), terms) if last and open_ else ()
    return LaidOut(
        row=row,
        standing=life.standing(row, now=now),
        told=life.told(row, now=now),
        first_page=first_page(outside, row, now=now, language=language),
        unusual=preferences.unusual(terms) if open_ and role is Role.MODEL else (),
        last=last if open_ else None,
        since=tuple(each for each in since if each.clause.split(".")[0] not in _WHO_OF),
        against=laws.refusals(laws.findings(row, now=now)) if open_ else (),
        warnings=laws.warnings(row, now=now) if open_ else (),
        steps=tuple(s for s in steps if role is not Role.BRAND or s.step != Step.ADVISED),
        changes={step.pk: found for step, found in life.changes(row)},
        may=frozenset(_may(row, by, now)),
    )


def first_page(
    outside: Outside, row: License, *, now: datetime, language: str = ""
) -> tuple[Row, ...]:
    """Return what the first page of the contract of a license says, or would: questions and
    answers, in the language of the contract or in another."""
    return tuple(outside.typesetter.first_page(paper.contract_of(row, now), language=language))


_OPEN = (
    frozenset(Standing)
    - ENDED
    - {*(Standing.SIGNED, Standing.IN_FORCE, Standing.SUSPENDED, Standing.EXPIRED)}
)
_STEPS = (
    *(Step.AGREED, Step.COUNTERED, Step.DECLINED, Step.ADVISED, Step.SIGNED, Step.MEMO_ACCEPTED),
    *(Step.SUSPENDED, Step.RESUMED, Step.REVOKED),
)


def _may(row: License, by: str, now: datetime) -> list[str]:
    taken = {step.step for step in row.steps.all()}
    found = [str(step) for step in _STEPS if life.may(row, step, by, now) is None]
    gone = {Step.MEMO_ACCEPTED} & taken
    if not row.contract or life.role_of(row, by) not in unsigned(life.history(row)):
        gone.add(Step.SIGNED)
    if (
        life.may(row, Step.CONTRACT_MADE, None, now) is None
        and life.role_of(row, by) in (Role.MODEL, Role.BRAND)
        and (not row.contract or Step.MEMO_DELIVERED not in taken)
    ):
        found.append("papers")
    return [step for step in found if step not in gone]


def _last_deal(row: License, by: str) -> License | None:
    """Return the license of the same model that was signed by both last, this one aside: of all
    for herself, of its own for a brand or an agency."""
    both = Q(pk__in=License.objects.filter(signatures__role="model").values("pk"))
    rows = License.objects.filter(both, model=row.model_id, signatures__role="brand")
    rows = rows.filter(Q(model=by) | Q(brand=by) | Q(agency=by)).exclude(pk=row.pk)
    return rows.order_by("-signatures__signed_at", "-pk").first()


def agree(
    outside: Outside,
    *,
    license: str,
    by: str,
    passphrase: str,
    now: datetime,
    seen: str,
    note: str = "",
) -> License | Refusal:
    """Agree to the terms on the table; when both have, deal memo and contract are put before them,
    unless law still refuses them."""
    known: dict[str, Any] = {"license": license, "by": by, "passphrase": passphrase, "now": now}
    row = life.take(outside, step=Step.AGREED, seen=seen, note=note, **known)
    if isinstance(row, License) and life.standing(row, now=now) is Standing.AGREED:
        contract.papers(outside, license=license, now=now)
        row.refresh_from_db()
    return row


def other_terms(row: License, changes: Mapping[str, Any]) -> Terms:
    """Return the terms of a license with some clauses changed, by path (`pay.per_picture`).

    Raises ``BadInput`` (``terms.clause``) for what no clause can say.
    """
    said = dict(row.terms)
    for path, value in changes.items():
        *parents, last = path.split(".")
        at = said
        for key in parents:
            at[key] = dict(at.get(key) or {})
            at = at[key]
        at[last] = value
    try:
        return Terms.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadInput(
            first["msg"].lower(),
            where=".".join(map(str, first["loc"])) or "terms",
            remedy="say it otherwise, or leave it as it was",
            code="terms.clause",
        ) from None
