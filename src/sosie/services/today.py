"""Today: what waits for somebody, what was made lately, what it earned. Nothing is written.

The number of queries does not grow with what is found.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from sosie.core.ledger import Account as Book
from sosie.core.life import Role as Side
from sosie.core.life import Standing, unsigned
from sosie.core.protocol import Protocol
from sosie.core.studio import Grade
from sosie.core.values import Money
from sosie.services import capture as captures
from sosie.services import license as licenses
from sosie.services import life
from sosie.services import review as reviews
from sosie.store.models import License, Picture, Posting, Shoot

NEWEST = 12
_OPEN = (Standing.DRAFT, Standing.ASKED, Standing.COUNTERED, Standing.AGREED)
_HERS = (Picture.Status.MADE, Picture.Status.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that waits for somebody."""

    what: str
    """Published words: `answer`, `request`, `sign`, `make`, `review`, `approval`, `talk`, `capture`
    (photographs that it lacks), `version` (none lacks: one can be made)."""
    about: str
    """The id of a license, a shoot or a capture."""
    title: str
    other: str
    """The name of who is on the other side; nobody is of a capture."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Earned:
    """What a party earned in one currency, after commission, and what of it is still owed."""

    net: Money
    owed: Money


def of_model(parties: Collection[str], *, now: datetime, most: int | None = None) -> list[Waits]:
    """Return what waits for a model: pictures to answer, requests to read, contracts to sign; of
    each kind so many at most."""
    open_ones = Picture.objects.filter(_answerable(), license__model__in=parties)
    found = [
        Waits("answer", row.pk, row.terms["title"], row.brand.name, count)
        for row, count in _by_license(open_ones, most)
    ]
    for row, stands in _negotiated(Q(model__in=parties), now, most):
        if stands in (Standing.ASKED, Standing.COUNTERED):
            found.append(_waits("request", row, row.brand.name))
        elif _unsigned(row, stands, Side.MODEL):
            found.append(_waits("sign", row, row.brand.name))
    return found


def of_capture(parties: Collection[str], protocol: Protocol, *, now: datetime) -> list[Waits]:
    """Return the captures of a model that wait for photographs, or to become a version of her twin
    by a protocol."""
    found = captures.going_on(parties, protocol, now=now)
    return [
        Waits("capture" if lacks else "version", str(row.pk), row.shown_as, "", lacks or 1)
        for row, lacks in found
    ]


def of_brand(parties: Collection[str], *, now: datetime, most: int | None = None) -> list[Waits]:
    """Return what waits for a brand: pictures to make and to look at, answers awaited, contracts to
    sign; of each kind so many at most."""
    ordered = Picture.objects.filter(status=Picture.Status.ORDERED, license__brand__in=parties)
    unsaid = Picture.objects.filter(
        status__in=reviews.OPEN,
        license__revocation=None,
        review=None,
        license__brand__in=parties,
    )
    awaited = Picture.objects.filter(_answerable(), license__brand__in=parties)
    found = [
        Waits(what, row.pk, row.license.terms["title"], row.license.model.name, count)
        for what, rows in (("make", ordered), ("review", unsaid), ("approval", awaited))
        for row, count in _by_shoot(rows, most)
    ]
    for row, stands in _negotiated(Q(brand__in=parties), now, most):
        if _unsigned(row, stands, Side.BRAND):
            found.append(_waits("sign", row, row.model.name))
        elif stands in (Standing.ASKED, Standing.COUNTERED):
            found.append(_waits("talk", row, row.model.name))
    return found


def of_agency(parties: Collection[str], *, now: datetime, most: int | None = None) -> list[Waits]:
    """Return what an agency may advise on: what its models are asked, and have not signed; so many
    at most."""
    talked = _negotiated(Q(agency__in=parties), now, most)
    return [_waits("talk", row, row.model.name) for row, _ in talked]


def to_answer(parties: Collection[str]) -> list[str]:
    """Return the ids of the pictures that wait for a model's answer, the oldest first."""
    rows = Picture.objects.filter(_answerable(), license__model__in=parties)
    return list(rows.order_by("made_at", "id").values_list("id", flat=True))


def newest(among: Q) -> list[Picture]:
    """Return the newest pictures among some that she approved, the newest first."""
    shown = Picture.objects.filter(status__in=(Picture.Status.APPROVED, Picture.Status.SEALED))
    order = ("-made_at", "id")
    ids = list(shown.filter(among).order_by(*order).values_list("id", flat=True)[:NEWEST])
    rows = Picture.objects.select_related("license__brand", "license__model")
    return list(rows.filter(pk__in=ids).order_by(*order))


def earned(parties: Collection[str], book: Book) -> list[Earned]:
    """Return what parties earned on one side of the ledger, a row for each currency."""
    rows = Posting.objects.filter(party__in=parties, account=book).order_by("currency")
    owed = dict(rows.values_list("currency").annotate(Sum("minor")))
    payments = rows.filter(entry__in=Posting.objects.filter(account=Book.BANK).values("entry"))
    out = dict(payments.values_list("currency").annotate(Sum("minor")))
    return [
        Earned(Money(out.get(currency, 0) - minor, currency), Money(-minor, currency))
        for currency, minor in owed.items()
    ]


def earned_by(license: License) -> list[Money]:
    """Return what a license earned its model, after commission: it stays hers."""
    rows = Posting.objects.filter(account=Book.PAYABLE_MODEL, party=license.model_id)
    rows = rows.filter(license=license.pk)
    owed = rows.values_list("currency").annotate(Sum("minor")).order_by("currency")
    return [Money(-minor, currency) for currency, minor in owed]


def counts(license: License) -> dict[str, int]:
    """Return how many pictures of a license are how, by their status."""
    rows = license.pictures.values_list("status").annotate(Count("id"))
    return dict(rows.order_by("status"))


def made_of(rows: Sequence[Shoot]) -> list[tuple[Shoot, dict[str, int]]]:
    """Return shoots, each with how many of its pictures are how, by their status."""
    counted = Picture.objects.filter(shoot__in=rows).values_list("shoot_id", "status")
    found: dict[str, dict[str, int]] = {row.pk: {} for row in rows}
    for id, status, count in counted.annotate(Count("id")).order_by("status"):
        found[id][status] = count
    return [(row, found[row.pk]) for row in rows]


def _answerable() -> Q:
    """Return which pictures wait for her: a comp she can only refuse, and need not; of a license
    that she took back nothing goes out any more, nor what its brand does not take."""
    open_ones = Q(status__in=_HERS, license__revocation=None) & ~Q(review__accepted=False)
    return open_ones & (Q(grade=Grade.FINAL) | Q(status=Picture.Status.UNDECIDED))


def _by_license(rows: QuerySet[Picture], most: int | None) -> list[tuple[License, int]]:
    """Return the licenses of some pictures, each with how many there are, in order of id."""
    by = rows.values_list("license_id").annotate(Count("id")).order_by("license_id")
    counted = dict(by[:most])
    found = License.objects.select_related("brand").in_bulk(counted)
    return [(found[id], count) for id, count in counted.items()]


def _by_shoot(rows: QuerySet[Picture], most: int | None) -> list[tuple[Shoot, int]]:
    """Return the shoots of some pictures, each with how many there are, in order of id."""
    by = rows.values_list("shoot_id").annotate(Count("id")).order_by("shoot_id")
    counted = dict(by[:most])
    found = Shoot.objects.select_related("license__model").in_bulk(counted)
    return [(found[id], count) for id, count in counted.items()]


def _negotiated(among: Q, now: datetime, most: int | None) -> list[tuple[License, Standing]]:
    """Return the licenses among some that are not signed yet, each with its standing."""
    rows = License.objects.select_related("model", "brand").prefetch_related("steps")
    talked = rows.filter(among, licenses.talked_about())
    found = ((row, life.standing(row, now=now)) for row in talked.order_by("id")[:most])
    return [(row, stands) for row, stands in found if stands in _OPEN]


def _unsigned(row: License, stands: Standing, side: Side) -> bool:
    """Return whether a contract lies before one side to be signed."""
    return stands is Standing.AGREED and bool(row.contract) and side in unsigned(life.history(row))


def _waits(what: str, row: License, other: str) -> Waits:
    return Waits(what, row.pk, row.terms["title"], other)
