"""Where pictures of a model are: every release, on which channel, in which countries, since when,
and what it paid her. Nothing is written.

The number of queries does not grow with what is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Left

from sosie.core.ledger import Account as Book
from sosie.core.life import Standing
from sosie.core.territories import GROUPS, expand
from sosie.core.values import Money
from sosie.services import life, sequence
from sosie.store.models import License, Posting, Release, SignedAct

_OVER = (Standing.REVOKED, Standing.EXPIRED, Standing.SUPERSEDED)
COLUMNS = (
    *("released", "brand", "channel", "account", "countries", "purpose", "placements"),
    *("picture", "license", "title", "seal", "state", "taken_down", "paid"),
)
"""The columns of the list as CSV; a column keeps its place and its meaning."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which releases are asked for; what is empty does not narrow."""

    words: str = ""
    """Each must be in the name of the brand, the title, the account, or an id."""
    brand: str = ""
    channel: str = ""
    country: str = ""
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Out:
    """One release, as its model is told of it."""

    row: Release
    state: str
    """`up`; `over`: up, and its license is over; `down`: the brand said that it took it down."""
    down_on: date | None
    paid: tuple[Money, ...]
    """What it earned her, after commission; for each currency."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        row, license = self.row, self.row.license
        assert license is not None  # noqa: S101 - it is set with the release
        return {
            "released": row.at.isoformat(),
            "brand": license.brand.name,
            "channel": row.channel,
            "account": row.account,
            "countries": row.territories,
            "purpose": row.purpose,
            "placements": row.placements,
            "picture": row.seal.picture_id,
            "license": license.pk,
            "title": license.terms["title"],
            "seal": row.pk,
            "state": self.state,
            "taken_down": self.down_on.isoformat() if self.down_on else None,
            "paid": [str(money) for money in self.paid],
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """What some releases come to."""

    count: int
    pictures: int
    """How many pictures they are of: one goes out in several files."""
    countries: Counter[str] = field(default_factory=Counter)
    """By ISO 3166-1 code: how many releases are shown there; groups are spelled out."""
    months: tuple[tuple[date, int], ...] = ()
    """Each month from the first to the last, by its first day, with how many went out in it."""
    paid: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a list of releases can be narrowed by: only what there is."""

    brands: tuple[tuple[str, str], ...]
    """Id and name."""
    channels: tuple[str, ...]
    countries: tuple[str, ...]


def of(models: Collection[str], wanted: Wanted = Wanted()) -> QuerySet[Release]:
    """Return the releases of pictures of some models, the newest first."""
    held = License.objects.filter(model__in=models)
    if wanted.brand:
        held = held.filter(brand=wanted.brand)
    rows = Release.objects.filter(license__in=held)
    rows = rows.select_related("seal").prefetch_related("license__brand").order_by("-at", "pk")
    for word in wanted.words.split():
        named = held.filter(Q(brand__name__icontains=word) | Q(terms__title__icontains=word))
        rows = rows.filter(
            Q(license__in=named)
            | Q(seal__picture__id__icontains=word)
            | Q(account__icontains=word)
            | Q(seal__number__icontains=word)
        )
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    if wanted.country:
        rows = rows.annotate(places=Cast("territories", TextField())).filter(_in(wanted.country))
    if wanted.month:
        rows = rows.filter(at__year=wanted.month.year, at__month=wanted.month.month)
    return rows


def told(rows: Sequence[Release], *, now: datetime) -> list[Out]:
    """Return some releases as their model is told of them."""
    seals = [row.pk for row in rows]
    acts = SignedAct.objects.filter(act=life.TAKEN_DOWN, subject__in=seals)
    down = {subject: at.date() for subject, at in acts.values_list("subject", "at")}
    held = {row.license_id for row in rows}
    licenses = License.objects.filter(pk__in=held).prefetch_related(life.of_signed())
    over = {row.pk for row in licenses if life.standing(row, now=now) in _OVER}
    earned: dict[str, list[Money]] = {}
    for seal, money in _paid(seals):
        earned.setdefault(seal, []).append(money)
    return [
        Out(
            row,
            state="down" if row.pk in down else "over" if row.license_id in over else "up",
            down_on=down.get(row.pk),
            paid=tuple(earned.get(row.pk, ())),
        )
        for row in rows
    ]


def summary(rows: QuerySet[Release]) -> Summary:
    """Return what some releases come to, by country and month, and what they paid."""
    bare = rows.order_by()
    months = bare.annotate(month=Left(Cast("at", TextField()), 7)).values_list("month")
    by_month = {
        date.fromisoformat(f"{month}-01"): count for month, count in months.annotate(Count("pk"))
    }
    sums: dict[str, Money] = {}
    for _, money in _paid(bare.values("pk")):
        sums[money.currency] = sums.get(money.currency, Money(0, money.currency)) + money
    return Summary(
        count=sum(by_month.values()),
        pictures=bare.aggregate(of=Count("seal__picture", distinct=True))["of"],
        countries=_countries(bare),
        months=tuple((month, by_month.get(month, 0)) for month in _between(by_month)),
        paid=tuple(sums[currency] for currency in sorted(sums)),
    )


def choices(models: Collection[str]) -> Choices:
    """Return by what the releases of some models can be narrowed."""
    rows = of(models).order_by()
    brand = "license__brand"
    return Choices(
        brands=tuple(sorted(rows.values_list(brand, f"{brand}__name").distinct())),
        channels=tuple(rows.values_list("channel", flat=True).distinct().order_by("channel")),
        countries=tuple(sorted(_countries(rows))),
    )


def overdue(models: Collection[str], *, now: datetime) -> list[tuple[License, int]]:
    """Return the licenses of some models that are over while files are out that nobody said are
    taken down, each with how many, the newest first."""
    down = SignedAct.objects.filter(act=life.TAKEN_DOWN, subject=OuterRef("pk"))
    rows = of(models).order_by().filter(~Exists(down))
    out = dict(rows.values_list("license").annotate(Count("pk")))
    held = (
        License.objects.filter(pk__in=out)
        .select_related("brand")
        .order_by(*sequence.backward(sequence.licenses()))
    )
    held = held.prefetch_related(life.of_signed())
    return [(row, out[row.pk]) for row in held if life.standing(row, now=now) in _OVER]


def _in(country: str) -> Q:
    """Return where a country is among the places of a release, by itself or in a group."""
    codes = [country, *(group for group in GROUPS if country in expand([group]))]
    found = Q()
    for code in codes:
        found |= Q(places__contains=f'"{code}"')
    return found


def _countries(rows: QuerySet[Release]) -> Counter[str]:
    found: Counter[str] = Counter()
    for codes, count in rows.values_list("territories").annotate(Count("pk")):
        found.update(dict.fromkeys(expand(codes), count))
    return found


def _paid(seals: Any) -> list[tuple[str, Money]]:
    """Return what some releases earned their models, each with its seal, currency by currency."""
    rows = Posting.objects.filter(account=Book.PAYABLE_MODEL, release__in=seals)
    sums = rows.values_list("release", "currency").annotate(Sum("minor"))
    return [
        (seal, Money(-minor, currency))
        for seal, currency, minor in sums.order_by("release", "currency")
    ]


def _between(months: Collection[date]) -> list[date]:
    """Return every month from the first to the last."""
    if not months:
        return []
    first, last = min(months), max(months)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    ]
