"""Today: what waits for somebody, what was made lately, what it earned. Nothing is written.

The number of queries does not grow with what is found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Sum

from sosie.core.act_names import called
from sosie.core.ledger import Account as Book
from sosie.core.life import Role as Side
from sosie.core.life import Standing, Step, unsigned
from sosie.core.protocol import Protocol
from sosie.core.studio import Grade
from sosie.core.values import Money
from sosie.services import agreement as agreements
from sosie.services import capture as captures
from sosie.services import channel as channels
from sosie.services import law as laws
from sosie.services import license as licenses
from sosie.services import life, releasing
from sosie.services import review as reviews
from sosie.services.sequence import natural
from sosie.store import places
from sosie.store.models import License, LicenseStep, Party, Picture, Posting, Shoot

NEWEST = 12
_AT_ONCE = 64
"""Rows that are read at a time."""
_Row = TypeVar("_Row", bound=Model)
_OPEN = (Standing.DRAFT, Standing.ASKED, Standing.COUNTERED, Standing.AGREED)
_HERS = (Picture.Status.MADE, Picture.Status.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that waits for somebody."""

    what: str
    """Published words: `answer`, `request`, `sign`, `memo` (to be accepted), `make`, `review`,
    `approval`, `release` (files that are asked for and not out yet), `release_refused` (files that
    were asked for in vain), `talk`, `capture` (photographs that it lacks), `version` (none lacks:
    one can be made), `take_down` (files that are still out though their license is over), `errand`
    (sent to a place in vain), `registration` (of an agency: what law says against it), `agreement`
    (in force and over soon)."""
    about: str
    """The id of a license, a shoot, a capture, a place, an agency or an agreement."""
    title: str
    other: str
    """The name of who is on the other side; empty where nobody is."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Earned:
    """What a party earned in one currency, after commission, and what of it is still owed."""

    net: Money
    owed: Money


Place = tuple[str, str]
"""Of one thing in a list: what it is, and the id of what it is about."""
_Source = tuple[tuple[str, ...], Callable[[str], Iterator[Waits]]]
"""Which words it yields, and what reads it from after an id on."""


def of_model(
    parties: Collection[str], protocol: Protocol, *, now: datetime, after: Place | None = None
) -> Iterator[Waits]:
    """Yield what waits for a model: captures that wait for photographs, or to become a version of
    her twin by a protocol, pictures to answer, requests to read, contracts to sign, deal memos to
    accept; what comes after a place in that list, where one is named."""
    open_ones = Picture.objects.filter(_answerable(), license__model__in=parties)

    def capture(after: str) -> Iterator[Waits]:
        going_on = captures.going_on(parties, protocol, now=now)
        lacking = {str(row.pk): (row, lacks) for row, lacks in going_on}
        for id in sorted(lacking, key=natural):
            row, lacks = lacking[id]
            if not after or natural(id) > natural(after):
                yield Waits("capture" if lacks else "version", id, row.shown_as, "", lacks or 1)

    def answers(after: str) -> Iterator[Waits]:
        for row, count in _by_license(open_ones, after):
            yield Waits("answer", row.pk, row.terms["title"], row.brand.name, count)

    def talk(after: str) -> Iterator[Waits]:
        for row, stands in _negotiated(Q(model__in=parties), now, after):
            if stands in (Standing.ASKED, Standing.COUNTERED):
                yield _waits("request", row, row.brand.name)
            elif _unsigned(row, stands, Side.MODEL):
                yield _waits("sign", row, row.brand.name)

    captured: _Source = (("capture", "version"), capture)
    talked: _Source = (("request", "sign"), talk)
    memos: _Source = (("memo",), partial(_memos, parties, now))
    return _read([captured, (("answer",), answers), talked, memos], after)


def of_brand(
    parties: Collection[str],
    *,
    now: datetime,
    after: Place | None = None,
    shoots: bool = True,
) -> Iterator[Waits]:
    """Yield what waits for a brand: files to take down, what was sent in vain, pictures to make and
    to look at, files to go out, answers awaited (not for whoever has no part in its ``shoots``),
    contracts to sign; what comes after a place in that list, where one is named."""
    ordered = Picture.objects.filter(status=Picture.Status.ORDERED, license__brand__in=parties)
    unsaid = Picture.objects.filter(
        status__in=reviews.OPEN,
        license__revocation=None,
        review=None,
        license__brand__in=parties,
    )
    awaited = Picture.objects.filter(_answerable(), license__brand__in=parties)

    def talk(after: str) -> Iterator[Waits]:
        for row, stands in _negotiated(Q(brand__in=parties), now, after):
            if _unsigned(row, stands, Side.BRAND):
                yield _waits("sign", row, row.model.name)
            elif stands in (Standing.ASKED, Standing.COUNTERED):
                yield _waits("talk", row, row.model.name)

    def over(after: str) -> Iterator[Waits]:
        out = channels.still_out(License.objects.filter(brand__in=parties), now=now)
        for row in _in_sequence(License.objects.select_related("model"), out, after):
            yield Waits("take_down", row.pk, row.terms["title"], row.model.name, out[row.pk].files)

    def failed(after: str) -> Iterator[Waits]:
        sent = places.Errand.objects.filter(place__brand__in=parties)
        vain = sent.filter(state=places.Errand.State.FAILED)
        counted = dict(vain.values_list("place").annotate(Count("pk")).order_by())
        for row in _in_sequence(places.Place.objects.all(), counted, after):
            yield Waits("errand", row.pk, row.address, "", counted[row.pk])

    refused = Picture.objects.filter(requested__in=releasing.refused(parties, now=now))
    asked = Picture.objects.filter(releasing.waiting(parties))
    out = (("release_refused", refused), ("release", asked))
    shot = (("make", ordered), ("review", unsaid), *out, ("approval", awaited)) if shoots else ()
    sources: list[_Source] = [(("take_down",), over), (("errand",), failed)]
    sources += [((what,), partial(_by_shoot, what, rows)) for what, rows in shot]
    return _read([*sources, (("sign", "talk"), talk)], after)


def of_agency(
    parties: Collection[str],
    *,
    now: datetime,
    after: Place | None = None,
    advises: bool = True,
) -> Iterator[Waits]:
    """Yield what waits for an agency: its registration in New York, where it has or needs one, and
    its agreements with models, if they are over within `agreement.SOON`; and what its models are
    asked and have not signed, where it ``advises``; what comes after a place in that list, where
    one is named."""

    def talk(after: str) -> Iterator[Waits]:
        for row, _ in _negotiated(Q(agency__in=parties), now, after):
            yield _waits("talk", row, row.model.name)

    def registered(after: str) -> Iterator[Waits]:
        soon = (now + agreements.SOON).date()
        agencies = Party.objects.filter(pk__in=parties)
        for row in _in_sequence(agencies, parties, after):
            found = [each for each in laws.of_agency(row, on=soon) if each.bites]
            if any(row.registration or each.applies for each in found):
                yield Waits("registration", row.pk, row.name, "")

    def ending(after: str) -> Iterator[Waits]:
        rows = {str(row.pk): row for row in agreements.ending(parties, now=now)}
        for id in sorted(rows, key=natural):
            if not after or natural(id) > natural(after):
                kind = called(rows[id].facts["kind"])
                yield Waits("agreement", id, kind, rows[id].model.name)

    sources: list[_Source] = [(("registration",), registered), (("agreement",), ending)]
    return _read([*sources, (("talk",), talk)] if advises else sources, after)


def _read(sources: Sequence[_Source], after: Place | None) -> Iterator[Waits]:
    begun = after is None
    for words, read in sources:
        if begun:
            yield from read("")
        elif after and after[0] in words:
            begun = True
            yield from read(after[1])


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


def _by_license(rows: QuerySet[Picture], after: str) -> Iterator[tuple[License, int]]:
    """Yield the licenses of some pictures, each with how many there are."""
    counted = dict(rows.order_by().values_list("license_id").annotate(Count("id")))
    for row in _in_sequence(License.objects.select_related("brand"), counted, after):
        yield row, counted[row.pk]


def _by_shoot(what: str, rows: QuerySet[Picture], after: str) -> Iterator[Waits]:
    """Yield what waits in the shoots of some pictures, each with how many there are."""
    counted = dict(rows.order_by().values_list("shoot_id").annotate(Count("id")))
    for row in _in_sequence(Shoot.objects.select_related("license__model"), counted, after):
        license, count = row.license, counted[row.pk]
        yield Waits(what, row.pk, license.terms["title"], license.model.name, count)


def _negotiated(among: Q, now: datetime, after: str) -> Iterator[tuple[License, Standing]]:
    """Yield the licenses among some that are not signed yet, each with its standing."""
    rows = License.objects.select_related("model", "brand").prefetch_related("steps")
    ids = License.objects.filter(among, licenses.talked_about()).values_list("pk", flat=True)
    for row in _in_sequence(rows, ids, after):
        if (stands := life.standing(row, now=now)) in _OPEN:
            yield row, stands


def _memos(parties: Collection[str], now: datetime, after: str) -> Iterator[Waits]:
    """Yield the licenses that both signed whose deal memo she was handed, and has not accepted:
    no work begins before."""
    signed = License.objects.filter(licenses.signed_by_both(), model__in=parties, revocation=None)
    handed, accepted = (
        LicenseStep.objects.filter(license=OuterRef("pk"), step=step)
        for step in (Step.MEMO_DELIVERED, Step.MEMO_ACCEPTED)
    )
    ids = signed.filter(Exists(handed), ~Exists(accepted)).values_list("pk", flat=True)
    rows = License.objects.select_related("brand").prefetch_related(life.of_signed())
    for row in _in_sequence(rows, ids, after):
        if life.standing(row, now=now) in (Standing.SIGNED, Standing.IN_FORCE):
            yield _waits("memo", row, row.brand.name)


def _in_sequence(rows: QuerySet[_Row], ids: Iterable[str], after: str) -> Iterator[_Row]:
    """Yield the rows of some ids in their sequence, from after one on; they are read part by part,
    since rows are wide and few of them may be wanted."""
    order = sorted(ids, key=natural)
    start = bisect_right(order, natural(after), key=natural) if after else 0
    for begin in range(start, len(order), _AT_ONCE):
        part = order[begin : begin + _AT_ONCE]
        found = {row.pk: row for row in rows.filter(pk__in=part)}
        yield from (found[id] for id in part if id in found)


def _unsigned(row: License, stands: Standing, side: Side) -> bool:
    """Return whether a contract lies before one side to be signed."""
    return stands is Standing.AGREED and bool(row.contract) and side in unsigned(life.history(row))


def _waits(what: str, row: License, other: str) -> Waits:
    return Waits(what, row.pk, row.terms["title"], other)
