"""What anyone may read of a sealed picture by its number: what a released package tells, in words.

Nothing is listed, as in `resolution`: who asks must hold the number, which has 64 random bits and
stands on the picture. Of a picture that was not released nothing is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sosie.core.assessment import standing_of
from sosie.core.depicted import disclosure, shown
from sosie.core.ports import Outside
from sosie.core.seal import Record, Standing
from sosie.core.studio import Order
from sosie.core.transparency import Proof
from sosie.core.values import BadInput
from sosie.services import log, verification
from sosie.services import picture as pictures
from sosie.services.seal import RELEASED
from sosie.store.models import Opening, Picture, Seal


@dataclass(frozen=True, slots=True)
class Publication:
    """What is public of one sealed picture."""

    number: str
    record: Record
    picture: Picture
    """For whom it may be shown; it is not public."""
    brand: str
    """As it chose to appear; empty if it did not."""
    on: date
    """The day on which the license is judged, where its terms count days."""
    standing: Standing | None
    license_text: str
    """After "the license is"."""
    source_type: str
    """A term of the IPTC list; empty if it is not known any more."""
    disclosure: str
    shows: tuple[str, ...]
    """What it shows, one thing after the other."""
    label: str
    """Identifier of its manifest; empty if it has none."""
    proof: Proof


def find(number: str) -> Seal | None:
    """Return the seal of a number as it is spelled, if its picture was released and its record was
    not erased."""
    seals = Seal.objects.select_related(
        "entry", "manifest", "picture__shoot", "picture__license__brand", "picture__plate__twin"
    )
    found = seals.filter(RELEASED, pk=number).first()
    return found if found and Opening.objects.filter(entry=found.entry).exists() else None


def of(outside: Outside, number: str, *, now: datetime) -> Publication | None:
    """Return what is public of a seal; nothing for one that is unknown, was not released, or whose
    record was erased: from outside these are the same."""
    row = find(number)
    proof = log.prove(outside, row.entry) if row else None
    if row is None or proof is None:
        return None
    record, picture = verification.record_of(row), row.picture
    on = record.terms.day_of(now)
    standing, text = standing_of(record.terms, record, on=on)
    view, order = picture.plate.card["view"], Order.model_validate(picture.order)
    return Publication(
        number=row.number,
        record=record,
        picture=picture,
        brand=picture.license.brand.shown_as or "",
        on=on,
        standing=standing,
        license_text=text,
        source_type=_source_type(outside, picture),
        disclosure=disclosure(record.twin_name),
        shows=tuple(shown(record.twin_name, view, order)),
        label=row.manifest.label if hasattr(row, "manifest") else "",
        proof=proof,
    )


def _source_type(outside: Outside, picture: Picture) -> str:
    try:
        return pictures.source_term(outside, picture)
    except (KeyError, BadInput):  # its engine is installed no more
        return ""
