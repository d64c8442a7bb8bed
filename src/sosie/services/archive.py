"""All that is a party's as one file (`papers/1`): papers, what it signed, money, proofs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from sosie.core.act_names import ACTS, PAPERS
from sosie.core.archive import (
    INDEX,
    PAGE,
    TRUST,
    Index,
    MoneyEntry,
    PaperEntry,
    SignedEntry,
    page,
    signed_file,
)
from sosie.core.ledger import statement_csv
from sosie.core.ports import Outside
from sosie.core.values import Digest, Refusal, SignedStatement, digest
from sosie.services import ledger, log, release
from sosie.store.models import Opening, Paper, Party, SignedAct

_UNNAMED = re.compile("[^A-Za-z0-9.-]+")


def of(outside: Outside, *, party: str, now: datetime) -> bytes | Refusal:
    """Return all that is a party's as a ZIP file, with an index in plain words and what to check it
    with: the same bytes for the same things at the same time."""
    row = Party.objects.filter(pk=party).first()
    if row is None:
        return Refusal.because("party.unknown", f"`{party}` has not joined this workspace")
    files: dict[str, bytes] = {}
    index = Index(
        party=row.pk,
        name=row.name,
        made_at=now,
        papers=tuple(_papers(outside, row, files)),
        signed=tuple(_signed(row, files)),
        money=tuple(_money(outside, row, files)),
    )
    files[PAGE] = page(index, {**ACTS, **PAPERS}).encode()
    index = index.model_copy(update={"page": digest(files[PAGE])})
    files[INDEX], files[TRUST] = index.dump(), release.trust(outside).dump()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in sorted(files, key=lambda name: (name != PAGE, name)):
            entry = zipfile.ZipInfo(name, (*now.timetuple()[:5], 0))
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, files[name], zipfile.ZIP_DEFLATED)
    return data.getvalue()


def signed_by(party: str, words: str = "") -> QuerySet[SignedAct, Any]:
    """Return what a party signed that holds each of some words, the newest first: `act`, `subject`
    and `at`."""
    rows = SignedAct.objects.filter(party=party)
    for word in words.casefold().split():
        acts = [act for act, name in ACTS.items() if word in act or word in name.casefold()]
        rows = rows.filter(Q(subject__icontains=word) | Q(act__in=acts))
    return rows.order_by("-at", "-id").values("act", "subject", "at")


def _papers(outside: Outside, party: Party, files: dict[str, bytes]) -> Iterable[PaperEntry]:
    rows = list(Paper.objects.filter(party=party).order_by("dated", "id"))
    wanted = [row.file for row in rows]
    known = Opening.objects.filter(record__file__in=wanted).select_related("entry")
    logged = {each.record["file"]: each.entry for each in known.order_by("-entry_id")}
    for row in rows:
        name = f"{row.dated.isoformat()}-{row.kind}-{row.license_id or 'elsewhere'}-{row.pk}"
        file, proof = f"papers/{name}.pdf", None
        files[file] = outside.blobs.get(Digest(row.file))
        if row.file in logged and (found := log.prove(outside, logged[row.file])):
            proof = f"proofs/{name}.json"
            files[proof] = json.dumps(found.as_dict(), indent=2).encode() + b"\n"
        yield PaperEntry(
            file=file,
            digest=row.file,
            kind=row.kind,
            title=row.title,
            dated=row.dated.isoformat(),
            license=row.license_id,
            imported=row.imported,
            proof=proof,
        )


def _signed(party: Party, files: dict[str, bytes]) -> Iterable[SignedEntry]:
    for row in SignedAct.objects.filter(party=party).order_by("at", "id"):
        said = SignedStatement(bytes(row.body), bytes(row.signature), row.certificate)
        about = _UNNAMED.sub("-", row.subject)[:48]
        file = f"signed/{row.at:%Y-%m-%d}-{row.act}-{about}-{row.pk}.json"
        files[file] = signed_file(said)
        yield SignedEntry(
            file=file, digest=digest(files[file]), act=row.act, on=row.subject, at=row.at
        )


def _money(outside: Outside, party: Party, files: dict[str, bytes]) -> Iterable[MoneyEntry]:
    for year in sorted(ledger.years(party.pk)):
        first, last = date(year, 1, 1), date(year, 12, 31)
        said = ledger.statement(party=party.pk, first=first, last=last)
        if isinstance(said, Refusal):
            raise TypeError(str(said))
        made = {
            f"money/statement-{year}.csv": statement_csv(said).encode(),
            f"money/statement-{year}.pdf": outside.typesetter.statement(said, names=ledger.names()),
        }
        files |= made
        for file, data in made.items():
            yield MoneyEntry(file=file, digest=digest(data), year=year)
