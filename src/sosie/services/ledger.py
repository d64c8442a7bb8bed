"""Money: what each priced act earns is posted in the transaction of the act itself."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from pydantic import TypeAdapter

from sosie.core import ledger
from sosie.core.ledger import Basis, Earning, Entry, Ground, Line, Reference, Statement
from sosie.core.ports import Outside
from sosie.core.postings import PAYABLE, percent
from sosie.core.transparency import LogAct
from sosie.core.values import Digest, Money, Period, Reason, Refusal
from sosie.services import license as licenses
from sosie.services import life, log
from sosie.store.models import LedgerEntry, License, Party, Posting

_ENTRY = TypeAdapter(Entry)


def earn(
    outside: Outside,
    *,
    license: License,
    earning: Earning,
    reference: Reference,
    about: str,
    now: datetime,
    times: int = 1,
) -> Entry | Refusal | None:
    """Post what one act earns under a license, inside the caller's transaction.

    ``about`` names the act; its entry is posted once, whatever is tried twice.
    """
    terms = licenses.terms_of(license)
    entry = ledger.earn(
        terms,
        earning,
        entry_id=f"{earning}:{about}",
        on=life.day_of(license, now),
        reference=reference,
        commission=commission(license),
        times=times,
    )
    if isinstance(entry, Entry):
        post(outside, entry, now=now)
    return entry


def post(outside: Outside, entry: Entry, *, now: datetime) -> LedgerEntry:
    """Keep an entry, its postings and a leaf in the log, inside the caller's transaction."""
    row, postings = as_rows(entry, now=now)
    row.save(force_insert=True)
    Posting.objects.bulk_create(postings)
    log.append(outside, act=LogAct.MONEY_POSTED, record=row.body, now=now)
    return row


def as_rows(entry: Entry, *, now: datetime) -> tuple[LedgerEntry, list[Posting]]:
    """Return an entry and its postings as rows that are not stored yet."""
    row = LedgerEntry(id=entry.id, body=_ENTRY.dump_python(entry, mode="json"), on=entry.on, at=now)
    about, paid = entry.reference, entry.basis.ground is Ground.PAYMENT
    postings = [
        Posting(
            entry=row,
            account=posting.account,
            party_id=posting.party,
            minor=posting.money.minor,
            currency=posting.money.currency,
            on=entry.on,
            license=about.license,
            release=None if paid else about.release,
        )
        for posting in entry.postings
    ]
    return row, postings


def entries() -> list[Entry]:
    """Return every entry, in the order of posting."""
    bodies = LedgerEntry.objects.order_by("at", "id").values_list("body", flat=True)
    return [_ENTRY.validate_python(body) for body in bodies]


def check() -> tuple[Reason, ...]:
    """Return everything that is wrong with the ledger: the entries, and the rows beside them."""
    found = list(ledger.check(entries()))
    for row in LedgerEntry.objects.prefetch_related("postings"):
        _row, said = as_rows(_ENTRY.validate_python(row.body), now=row.at)
        if _facts(said) != _facts(row.postings.all()):
            text = f"entry `{row.id}` and its postings say different amounts"
            found.append(Reason("ledger.rows_differ", text))
    return tuple(found)


def _facts(postings: Iterable[Posting]) -> list[tuple[Any, ...]]:
    """Return all that postings say, to be compared."""
    return sorted(
        (p.account, p.party_id, p.minor, p.currency, str(p.on), str(p.license), str(p.release))
        for p in postings
    )


def statement(*, party: str, first: date, last: date) -> Statement | Refusal:
    """Return what one party is shown about her money from one day to another, both inside."""
    if not Party.objects.filter(pk=party).exists():
        return Refusal.because("party.unknown", f"no party `{party}` has joined this workspace")
    if last < first:
        return Refusal.because(
            "period.backwards", f"the period ends ({last}) before it starts ({first})"
        )
    within = Posting.objects.filter(party=party, on__range=(first, last))
    theirs = LedgerEntry.objects.filter(pk__in=within.values("entry"))
    bodies = theirs.order_by("at", "id").values_list("body", flat=True)
    posted = [_ENTRY.validate_python(body) for body in bodies]
    period = Period(first, last + timedelta(days=1))
    return ledger.statement(posted, party, period, owed(party, before=first))


def by_month(party: str, year: int) -> Iterator[Statement]:
    """Yield the statements of the months of a year, each read when it is asked for. The party is
    one of this workspace."""
    for month in range(1, 13):
        last = date(year, month, monthrange(year, month)[1])
        said = statement(party=party, first=last.replace(day=1), last=last)
        if not isinstance(said, Refusal):
            yield said


def owed(party: str, *, before: date) -> tuple[Money, ...]:
    """Return what was owed to a party before a day: one amount per currency, in alphabetical order,
    zeros too."""
    rows = Posting.objects.filter(party=party, account__in=PAYABLE, on__lt=before)
    sums = rows.values_list("currency").annotate(Sum("minor")).order_by("currency")
    return tuple(Money(-minor, currency) for currency, minor in sums)


def years(party: str) -> list[int]:
    """Return the years in which something was posted for a party, the newest first."""
    rows = Posting.objects.filter(party=party, account__in=PAYABLE)
    days = rows.values_list("on", flat=True).distinct()
    return sorted({day.year for day in days if day}, reverse=True)


def months(party: str, year: int) -> list[tuple[date, int]]:
    """Return the months of a year in which something was posted for a party, by their first days,
    each with how many entries were, the newest first."""
    found: Counter[date] = Counter()
    for day, count in _days(party, date(year, 1, 1), date(year, 12, 31)):
        found[day.replace(day=1)] += count
    return sorted(found.items(), reverse=True)


def days(party: str, month: date) -> list[tuple[date, int]]:
    """Return the days of a month, named by its first, in which something was posted for a party,
    each with how many entries were, the newest first."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return sorted(_days(party, month, last), reverse=True)


def _days(party: str, first: date, last: date) -> list[tuple[date, int]]:
    rows = Posting.objects.filter(party=party, account__in=PAYABLE, on__range=(first, last))
    return list(rows.values_list("on").annotate(Count("entry", distinct=True)).order_by())


def deals(lines: Iterable[Line]) -> dict[str, License]:
    """Return the licenses that lines are about, with their brands, by id."""
    ids = {line.reference.license for line in lines} - {None}
    return License.objects.select_related("brand").in_bulk(ids)


def names() -> dict[str, str]:
    """Return the name of every party, for a statement."""
    return dict(Party.objects.values_list("id", "name"))


def commission(license: License) -> Basis | None:
    """Return the basis of the agency's commission: the terms that the model signed herself."""
    signature = license.signatures.filter(role="model").first()
    if license.agency is None or signature is None:
        return None
    rate = licenses.terms_of(license).commission
    agreement = (
        license.model.agreements.filter(agency=license.agency, facts__kind="representation")
        .order_by("id")
        .last()
    )
    since = f", representation agreement of {agreement.facts['start']}" if agreement else ""
    return Basis(
        Ground.COMMISSION,
        f"agency commission {percent(rate)}, license {license.id}, clause commission{since}",
        document=Digest(license.contract),
        approved_on=life.day_of(license, signature.signed_at),
    )
