"""A license before it is asked for: what a brand is still writing, and what can be told of it at
once: what it costs, what law says, what the model shows that she does not do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from sosie.core.comparison import name_of
from sosie.core.ports import Outside
from sosie.core.preferences import against
from sosie.core.quote import Quote, quote
from sosie.core.terms import Terms
from sosie.core.values import BadInput, Reason, Refusal
from sosie.services import agreement, life, listing, party, preferences
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import twin as twins
from sosie.store.asking import LicenseDraft
from sosie.store.models import License, Party, Twin

Said = Mapping[str, list[str]]
"""What was typed, by the name of the field."""


@dataclass(frozen=True, slots=True)
class Told:
    """What can be told of terms that nobody has signed yet."""

    quote: Quote | None
    against: tuple[Reason, ...]
    """What refuses them: law, and what was promised to others where she shows it."""
    unusual: tuple[Reason, ...]
    """What she shows that she does not do."""
    warnings: tuple[Reason, ...]

    @property
    def slips(self) -> tuple[Reason, ...]:
        """Those of the warnings that are about purposes and channels which do not go together."""
        return tuple(each for each in self.warnings if each.clause == "channels")


_HELD = (
    Reason(
        "exclusivity.held",
        "another brand holds her exclusively in this category, or needs to be told of yours",
        clause="exclusivity",
    ),
)
"""Who it is, is not told before she is asked."""


def begin(*, brand: str, twin: str, now: datetime) -> LicenseDraft | Refusal:
    """Begin to ask for a license, with what is usual filled in; a draft for the same twin that was
    begun already is gone on with."""
    row = Twin.objects.filter(pk=twin).first()
    refusal = party.absent({brand: Party.Kind.BRAND})
    if refusal:
        return refusal
    if row is None:
        return Refusal.because("twin.unknown", f"no twin `{twin}` in this workspace")
    gone = twins.retired(twin)
    if gone:
        return gone
    begun = LicenseDraft.objects.filter(brand=brand, twin=twin).first()
    return begun or LicenseDraft.objects.create(
        brand_id=brand, twin=row, said=_usual(row, now), changed_at=now
    )


def _usual(twin: Twin, now: datetime) -> dict[str, list[str]]:
    first = (now + timedelta(days=7)).date()
    agencies = agencies_of(twin.owner_id, now=now)
    shown = listing.of(twin.pk)
    wanted = preferences.of(twin.owner_id) if shown.found and shown.rate else None
    least = wanted.least_pay if wanted else None
    said = {
        "from": f"{first}",
        "until": f"{first + timedelta(days=181)}",
        "pictures": "10",
        "currency": least.currency if least else "EUR",
        "creation_fee": f"{least.creation_fee:.2f}" if least else "",
        "per_picture": f"{least.per_picture:.2f}" if least else "",
        "per_release": f"{least.per_release:.2f}" if least else "",
        "payment_term_days": "30",
        "answer_days": "5",
        "agency": agencies[0].pk if agencies else "",
        "commission": "20" if agencies else "0",
        "credit": f"Digital twin of {twin.shown_as}, owned by {twin.shown_as}",
        "governing_law": "Law of the State of New York",
    }
    lists = {"alterations": ["garment_colour", "backdrop", "crop"]}
    return {name: [text] for name, text in said.items()} | lists


def save(row: LicenseDraft, said: Said, *, now: datetime) -> None:
    """Keep what was typed so far, whatever is wrong with it."""
    row.said, row.changed_at = dict(said), now
    row.save(update_fields=["said", "changed_at"])


def known(id: int) -> LicenseDraft | None:
    """Return a draft with its parties, if there is one of this number."""
    return LicenseDraft.objects.select_related("twin__owner", "brand").filter(pk=id).first()


def drafts(brands: Collection[str]) -> list[LicenseDraft]:
    """Return what some brands are still writing, what was changed last first."""
    rows = LicenseDraft.objects.select_related("twin").filter(brand__in=brands)
    return list(rows.order_by("-changed_at", "-id"))


def agencies_of(model: str, *, now: datetime) -> list[Party]:
    """Return the agencies that represent a model today, by their agreements."""
    agencies = Party.objects.filter(kind=Party.Kind.AGENCY, roster__model=model).distinct()
    kind, today = agreement.REPRESENTATION, now.date()
    return [a for a in agencies if agreement.current(model, a.pk, kind, on=today)]


def as_terms(clauses: Mapping[str, Any]) -> Terms:
    """Return terms of plain JSON values; raises ``BadInput`` (``terms.clause``) that names the
    first clause that is wrong."""
    try:
        return Terms.model_validate(clauses)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        found = first.get("ctx", {}).get("contradictions")
        path, what, remedy = found[0] if found else (first["loc"], first["msg"].lower(), "")
        raise BadInput(
            what, where=".".join(map(str, path)), remedy=remedy, code="terms.clause"
        ) from None


def tell(terms: Terms, *, now: datetime) -> Told:
    """Return what can be told of terms at once. What the model excludes from every license is added
    to them first, as it will be; what she does not show is not told."""
    twin = Twin.objects.get(pk=terms.twin)
    wanted, shown = preferences.of(twin.owner_id), listing.of(terms.twin)
    full = preferences.inherited(terms)
    row = License(
        model_id=twin.owner_id,
        brand_id=terms.parties.brand,
        agency_id=terms.parties.agency,
        twin=twin,
        terms=full.as_json(),
        drafted_at=now,
    )
    refused = laws.refusals(laws.findings(row, now=now))
    if shown.found and shown.engagements:
        refused += _HELD if life.promised(row, full, on=full.day_of(now)) else ()
    unusual = against(full, wanted) if wanted and shown.found else ()
    return Told(
        quote=quote(full),
        against=refused,
        unusual=tuple(
            replace(each, text=each.text.replace(f"`{each.clause}`", name_of(each.clause or "")))
            for each in unusual
            if (shown.rate if each.code == "preference.pay" else shown.exclusions)
        ),
        warnings=laws.warnings(row, now=now),
    )


def sign(
    outside: Outside, *, draft: LicenseDraft, terms: Terms, passphrase: str, now: datetime
) -> License | Refusal:
    """Have the brand sign the terms that it wrote: a license that it can ask the model for. What it
    typed is kept until then."""
    made = licenses.draft(outside, terms=terms, by=draft.brand_id, passphrase=passphrase, now=now)
    if isinstance(made, License):
        draft.delete()
    return made
