"""A workspace with many pictures: one license is walked through the services, from its draft to
what it earned, and its rows are then multiplied straight into the tables, with other ids, parties,
days and states. Files are not multiplied: all pictures share one."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from tests.services import conftest as chain

from sosie import wiring
from sosie.core import ledger
from sosie.core.ledger import Earning, Reference
from sosie.core.life import Step
from sosie.core.listing import Listing
from sosie.core.ports import Outside
from sosie.core.preferences import LeastPay, Preferences
from sosie.core.seal import spell
from sosie.core.terms import Terms
from sosie.core.transparency import Leaf, LogAct, commitment
from sosie.core.values import Digest
from sosie.services import log, seal
from sosie.services.ledger import as_rows
from sosie.store import models as tables
from sosie.store.asking import TwinListing
from sosie.store.history import LogParty
from sosie.store.places import Errand, Place
from sosie.store.studio import Review

PLACE = "aaaaaaaa"
"""The place of the one brand, to which its releases on Instagram go."""
SHARE_OF_THE_GREAT = 0.3
"""Of all pictures one brand holds, and of all licenses one agency advises on."""


@dataclass(frozen=True)
class Size:
    """How much is seeded."""

    pictures: int
    licenses: int

    @property
    def models(self) -> int:
        """How many models there are; each has one twin."""
        return max(self.licenses // 10, 20)

    @property
    def brands(self) -> int:
        """How many brands there are."""
        return max(self.licenses // 33, 3)

    @property
    def agencies(self) -> int:
        """How many agencies there are."""
        return max(self.licenses // 160, 2)


def model(n: int) -> str:
    """Return the id of a model; the first has a twentieth of all pictures."""
    return f"model-{n:05}"


def brand(n: int) -> str:
    """Return the id of a brand; the first has three tenths of all pictures."""
    return f"brand-{n:05}"


def agency(n: int) -> str:
    """Return the id of an agency; the first has three tenths of all models."""
    return f"agency-{n:05}"


def lay(folder: Path, size: Size, *, day: date) -> Outside:
    """Found a workspace and fill it; ``day`` is the one on which its licenses stand as meant."""

    outside = wiring.found(folder, "bench", chain.SECRETS["house"], now=chain.NOW)
    connection.cursor().execute("PRAGMA synchronous=OFF")
    walked = _walk(outside)
    Seeder(size, day, walked).grow()

    log.publish(outside)
    return outside


def _walk(outside: Outside) -> str:
    """Walk one license from its draft to what it earned; returns its picture."""

    for name in ("ines", "atlas", "nord"):
        outside.keys.create(name, name.title(), chain.SECRETS[name], now=chain.NOW)
    chain.everybody_joins(outside)
    chain.twin_captured(outside)
    license = chain.signed(outside)
    (picture,) = chain.made(outside, license, "front-half")
    chain.granted(chain.answer(outside, picture))
    chain.granted(seal.seal(outside, picture=picture, now=chain.LATER))
    chain.released_on_instagram(outside, picture)
    return str(picture)


@dataclass
class _Rows:
    """Rows that wait to be written, in the order in which tables name each other."""

    held: dict[type[Any], list[Any]] = field(default_factory=dict)
    count: int = 0

    def add(self, row: Any) -> Any:
        self.held.setdefault(type(row), []).append(row)
        self.count += 1
        return row

    def write(self) -> None:

        with transaction.atomic():
            for kind, rows in self.held.items():
                kind.objects.bulk_create(rows, batch_size=500)
        self.held, self.count = {}, 0


class Seeder:
    """Multiplies the rows of one license that was walked; ``walked`` is its picture."""

    def __init__(self, size: Size, day: date, walked: str) -> None:
        self.size, self.day = size, day
        self.random, self.rows = random.Random(1), _Rows()  # noqa: S311 - no secret
        self.picture = tables.Picture.objects.select_related("license", "shoot", "plate").get(
            pk=walked
        )
        self.license = self.picture.license
        self.steps: dict[str, Any] = {row.step: row for row in self.license.steps.all()}
        self.master, self.rendition = (
            tables.Seal.objects.select_related("decision", "manifest", "entry__opening").get(
                picture=walked, master__isnull=first
            )
            for first in (True, False)
        )
        self.record: dict[str, Any] = {
            seal.pk: seal.entry.opening.record for seal in (self.master, self.rendition)
        }
        self.act: Any = self.picture.answer
        self.next = {"act": 10_000, "step": 10_000, "decision": 10_000, "plate": 10_000}
        self.index = tables.LogEntry.objects.count()
        self.plates: dict[str, Any] = {}
        self.there = dict.fromkeys(("model", "brand", "agency", "license"), 0)
        self.about: tuple[str, ...] = ()
        """Whom what is logged is about."""

    # What is said of a row in the log, and by whom it is signed.

    def _id(self, kind: str) -> int:
        self.next[kind] += 1
        return self.next[kind]

    def _logged(self, act: str, record: dict[str, Any], at: datetime) -> Any:

        salt = self.random.randbytes(16)
        leaf = Leaf(LogAct(act), commitment(record, salt), at)
        row = tables.LogEntry(index=self.index, leaf=leaf.encode(), at=at)
        self.index += 1
        self.rows.add(row)
        self.rows.add(tables.Opening(entry=row, salt=salt, record=record))
        for party in self.about:
            acted = party == record.get("by")
            self.rows.add(LogParty(entry=row, party_id=party, acted=acted))
        return row

    def _signed(
        self, party: str, act: str, subject: str, at: datetime, body: bytes | None = None
    ) -> int:
        row = tables.SignedAct(
            id=self._id("act"),
            party_id=party,
            act=act,
            subject=subject,
            body=body or self.act.body,
            signature=self.act.signature,
            certificate=self.act.certificate,
            at=at,
        )
        self.rows.add(row)
        return row.id

    def _copy(self, row: Any, **changes: Any) -> Any:
        kept = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}
        return self.rows.add(type(row)(**kept | changes))

    # The rows themselves.

    def grow(self, share: float = 1) -> None:
        """Write rows until a share of everything is there."""
        self._parties(share)
        each, made = self.size.pictures / self.size.licenses, 0
        first, last = self.there["license"], round(self.size.licenses * share)
        for n in range(first, last):
            wanted = round((n - first + 1) * each) - made
            made += wanted
            self._license(n, wanted)
            if self.rows.count > 100_000:
                self.rows.write()
        self.there["license"] = last
        self.rows.write()

    def _parties(self, share: float) -> None:
        joined = datetime(2023, 1, 2, 9, tzinfo=UTC)
        known = {row.pk: row for row in tables.Party.objects.all()}
        sizes = {"brand": (self.size.brands, brand, known["nord"])}
        sizes["agency"] = self.size.agencies, agency, known["atlas"]
        sizes["model"] = round(self.size.models * share), model, known["ines"]
        for kind, (count, name, like) in sizes.items():
            for n in range(self.there[kind], count):
                id = name(n)
                self._copy(like, id=id, name=id.replace("-", " ").title(), joined_at=joined)
                if kind == "model":
                    self._twin(n, joined)
            self.there[kind] = count
        self.rows.write()
        Place.objects.get_or_create(
            id=PLACE,
            brand_id=brand(0),
            channel="instagram",
            address="https://shop.example/pictures",
            made_at=joined,
        )

    def _twin(self, n: int, at: datetime) -> None:

        id, like = model(n), tables.Twin.objects.get(pk="ines")
        consent = self._signed(id, "consent.create", id, at, bytes(like.consent.body))
        twin = self._copy(
            like, id=id, owner_id=id, shown_as=f"Model {n}", consent_id=consent, made_at=at
        )
        twin.measurements = like.measurements | {"height_cm": 165 + n % 25}
        self._copy(like.versions.get(), id=None, twin_id=id)
        for plate in like.plates.order_by("id"):
            copied = self._copy(plate, id=self._id("plate"), twin_id=id)
            if plate.pk == self.picture.plate_id:
                self.plates[id] = copied
        if n % 5:
            shows = Listing(
                found=True,
                words="open to knitwear",
                looks=("brown hair", f"look {n % 40}"),
                photographs=("front-half",),
                measurements=("height_cm", "waist_cm"),
                exclusions=bool(n % 3),
                rate=True,
                engagements=bool(n % 2),
            )
            said = self._signed(id, "twin.list", f"{id}/1", at)
            self.rows.add(TwinListing(twin_id=id, body=shows.as_json(), statement_id=said))
        if n % 4:
            least = LeastPay(currency="EUR", per_picture=Decimal(100 + n % 80))
            wants = Preferences(sosie="preferences/1", least_pay=least)
            said = self._signed(id, "preferences.set", f"{id}/1", at)
            self.rows.add(tables.Preference(party_id=id, body=wants.as_json(), statement_id=said))
        start = self.day - timedelta(days=n % 1000)
        facts = {
            "kind": "representation",
            "start": start.isoformat(),
            "last": (start + timedelta(days=1000)).isoformat(),
        }
        self.rows.add(
            tables.Agreement(
                model_id=id,
                agency_id=agency(self._agency_of(n)),
                facts=facts,
                imported=True,
                recorded_at=at,
            )
        )

    def _agency_of(self, n: int) -> int:
        great = n < self.size.models * SHARE_OF_THE_GREAT
        return 0 if great else 1 + n % (self.size.agencies - 1)

    def _parties_of(self, n: int) -> tuple[int, int]:
        """Return which model and which brand a license is between."""
        if n % 20 == 0:  # of the one model
            return 0, 1 + n // 20 % (self.size.brands - 1)
        which = 1 + n % (self.there["model"] - 1)
        if n % 20 <= 20 * SHARE_OF_THE_GREAT:  # of the one brand
            return which, 0
        return which, 1 + n % (self.size.brands - 1)

    def _license(self, n: int, pictures: int) -> None:
        """Seed a license with so many pictures."""
        which, whose = self._parties_of(n)
        her, them, of = model(which), brand(whose), agency(self._agency_of(which))
        self.about = her, them, of
        id = f"L-2025-{n + 1:05}"
        stage = (5 + n // 20 * 7) % 20 if which == 0 else self.random.randrange(20)
        ago = 45 + n * 7 % 240 if stage < 14 else 310 + n * 7 % 700
        first = self.day - timedelta(days=ago)
        begun = datetime.combine(first - timedelta(days=20), datetime.min.time(), UTC)
        begun += timedelta(hours=9, seconds=n % 3000)
        terms = self.license.terms | {
            "title": f"Capsule {n}",
            "parties": {"model": her, "brand": them, "agency": of},
            "twin": her,
            "pictures": 100,
            "period": {
                "from": first.isoformat(),
                "until": (first + timedelta(days=300)).isoformat(),
            },
        }
        if n % 50 == 0:
            terms["exclusivity"] = {
                "category": "knitwear",
                "territories": {"include": ["FR"]},
                "from": first.isoformat(),
                "until": (first + timedelta(days=200)).isoformat(),
                "price": "500.00",
            }
        _Licensed(self, id, her, them, of, begun, terms, stage).write(pictures)


@dataclass
class _Licensed:
    """One license that is seeded, and all under it."""

    seeder: Seeder
    id: str
    her: str
    them: str
    of: str
    begun: datetime
    terms: dict[str, Any]
    stage: int
    """0: talked about; 1: declined or agreed; 2: revoked; 3: superseded; else signed by both, from
    14 on a year ago."""

    def write(self, pictures: int) -> None:
        """Seed it with so many pictures, which are those of others where it was not signed."""
        s = self.seeder
        read = Terms.model_validate(self.terms)
        digest, signed = read.digest(), self.stage > 1
        revoked = None
        if self.stage == 2:
            at = self.begun + timedelta(days=60)
            revoked = s._signed(self.her, "license.revoke", self.id, at)
        s._copy(
            s.license,
            id=self.id,
            model_id=self.her,
            brand_id=self.them,
            agency_id=self.of,
            twin_id=self.her,
            terms=self.terms,
            terms_digest=digest,
            drafted_at=self.begun,
            contract=s.license.contract if signed else "",
            revocation_id=revoked,
        )
        s.rows.add(
            tables.LicenseOffer(license_id=self.id, number=1, terms=self.terms, terms_digest=digest)
        )
        self._steps(revoked)
        if signed:
            self._papers()
        for start in range(0, pictures, 14):
            _Shot(self, read, start // 14).write(min(14, pictures - start))

    def _steps(self, revoked: int | None) -> None:
        s = self.seeder
        talks: list[tuple[Step, str, str | None]] = [
            (Step.DRAFTED, "brand", self.them),
            (Step.ASKED, "brand", self.them),
        ]
        number = int(self.id[-5:])
        if self.stage == 1:
            talks.append((Step.DECLINED if number % 2 else Step.AGREED, "model", self.her))
        if self.stage > 1:
            talks += [
                (Step.AGREED, "model", self.her),
                (Step.MEMO_DELIVERED, "", None),
                (Step.CONTRACT_MADE, "", None),
                (Step.SIGNED, "model", self.her),
                (Step.SIGNED, "brand", self.them),
                (Step.COPY_DELIVERED, "", None),
                (Step.MEMO_ACCEPTED, "model", self.her),
            ]
        if self.stage == 2:
            talks.append((Step.REVOKED, "model", self.her))
        if self.stage == 3:
            talks.append((Step.SUPERSEDED, "", None))
        for n, (step, role, party) in enumerate(talks):
            days = 60 if step in (Step.REVOKED, Step.SUPERSEDED) else 0
            at = self.begun + timedelta(days=days, hours=n)
            act = revoked if step == Step.REVOKED else None
            if party and act is None:
                act = s._signed(party, f"license.{step}", f"{self.id}/{n + 1}", at)
            like = s.steps.get(step)
            s.rows.add(
                tables.LicenseStep(
                    id=s._id("step"),
                    license_id=self.id,
                    step=step,
                    role=role,
                    party_id=party,
                    offer=1,
                    file=like.file if like else "",
                    statement_id=act,
                    at=at,
                )
            )
            said = {"license": self.id, "step": str(step), "by": party or "the workspace"}
            s._logged(_LOGGED.get(step, f"license.{step}"), said, at)

    def _papers(self) -> None:
        s, on = self.seeder, self.begun.date()
        for role, party in (("model", self.her), ("brand", self.them)):
            s.rows.add(
                tables.ContractSignature(
                    license_id=self.id,
                    party_id=party,
                    role=role,
                    contract=s.license.contract,
                    signed_at=self.begun + timedelta(hours=5),
                )
            )
        held = [("contract", each) for each in (self.her, self.them, self.of)]
        for kind, party in [*held, ("deal_memo", self.her)]:
            s.rows.add(
                tables.Paper(
                    party_id=party,
                    kind=kind,
                    title=f"License {self.id}: {self.terms['title']}",
                    file=f"sha256:{s.random.getrandbits(256):064x}",
                    license_id=self.id,
                    dated=on,
                    recorded_at=self.begun,
                )
            )


_LOGGED = {
    Step.MEMO_DELIVERED: "memo.delivered",
    Step.MEMO_ACCEPTED: "memo.accepted",
    Step.CONTRACT_MADE: "contract.made",
    Step.SIGNED: "contract.signed",
    Step.COPY_DELIVERED: "copy.delivered",
}
_STATES = ("sealed",) * 15 + ("approved", "made", "undecided", "refused", "failed")
"""Of twenty pictures in a row; those of a license that is talked about are only ordered."""


@dataclass
class _Shot:
    """One shoot that is seeded, and all under it."""

    license: _Licensed
    terms: Any
    number: int

    def write(self, pictures: int) -> None:
        """Seed it with so many pictures."""
        of, s = self.license, self.license.seeder
        id = f"S-{of.id[-5:]}{self.number}"
        at = of.begun + timedelta(days=25 + 7 * self.number)
        s._copy(s.picture.shoot, id=id, license_id=of.id, ordered_at=at)
        for n in range(1, pictures + 1):
            made = at + timedelta(hours=n)
            status = _STATES[s.random.randrange(20)] if of.stage > 1 else "ordered"
            self._picture(f"{id}-{n:02}", id, n, status, made)

    def _picture(self, id: str, shoot: str, n: int, status: str, at: datetime) -> None:
        of, s = self.license, self.license.seeder
        answer = None
        if status in ("sealed", "approved", "refused"):
            answer = s._signed(of.her, "picture.answer", id, at)
            said = "picture.refused" if status == "refused" else "picture.approved"
            s._logged(said, {"picture": id}, at)
        bare: dict[str, Any] = {}
        if status in ("ordered", "failed"):
            bare = {"digest": "", "pixels": "", "recipe": None, "grade": "", "made_at": None}
        else:
            s._logged("picture.made", {"picture": id, "file": s.picture.digest}, at)
            bare = {"made_at": at}
        if status == "undecided":
            bare["doubts"] = [{"code": "likeness.near", "text": "near"}]
        s._copy(
            s.picture,
            id=id,
            shoot_id=shoot,
            license_id=of.id,
            number=n,
            plate_id=s.plates[of.her].pk,
            status=status,
            answer_id=answer,
            **bare,
        )
        if status in ("sealed", "approved") and n % 2:
            word = s._signed(of.them, "picture.accept", id, at)
            s.rows.add(Review(picture_id=id, accepted=True, statement_id=word))
        if status == "sealed":
            master = self._seal(id, s.master, None, at)
            if n % 14 < 12:
                self._release(id, master, at + timedelta(days=1), n)

    def _seal(self, picture: str, like: Any, master: str | None, at: datetime) -> str:

        of, s = self.license, self.license.seeder
        number = s.random.getrandbits(64)
        seal = spell(number)
        file = f"sha256:{s.random.getrandbits(256):064x}"
        record = s.record[like.pk] | {"number": seal, "license": of.id, "file": file}
        entry = s._logged("picture.sealed", record, at)
        decision = s._copy(
            like.decision, id=s._id("decision"), license_id=of.id, picture_id=picture, at=at
        )
        s._copy(
            like,
            number=seal,
            picture_id=picture,
            master_id=master,
            file=file,
            entry_id=entry.pk,
            decision_id=decision.pk,
            at=at,
        )
        s._copy(like.manifest, seal_id=seal, label=f"{like.manifest.label[:60]}:{seal}")
        if master is None:
            self._earn(Earning.PER_PICTURE, picture, Reference(of.id, picture), at)
        else:
            self._earn(Earning.PER_RELEASE, seal, Reference(of.id, picture, seal), at)
        return seal

    def _release(self, picture: str, master: str, at: datetime, n: int) -> None:
        of, s = self.license, self.license.seeder
        seal = self._seal(picture, s.rendition, master, at)
        channel = "instagram" if n % 3 else "web_shop"
        places = (["FR"], ["DE", "AT"], ["EU"], ["US", "CA"])[n % 4]
        s.rows.add(
            tables.Release(
                seal_id=seal,
                license_id=of.id,
                purpose="organic_social",
                channel=channel,
                territories=places,
                account="@" + of.them,
                at=at,
            )
        )
        s._logged("picture.released", {"picture": picture, "seal": seal}, at)
        if of.them == brand(0) and channel == "instagram":
            s.rows.add(
                Errand(
                    place_id=PLACE,
                    release_id=seal,
                    what=Errand.What.DELIVER,
                    state=Errand.State.DELIVERED,
                    made_at=at,
                    delivered_at=at,
                )
            )
        if of.stage == 2 and n % 2:
            s._signed(of.them, "release.taken_down", seal, at + timedelta(days=40))

    def _earn(self, earning: Any, about: str, reference: Any, at: datetime) -> None:

        of, s = self.license, self.license.seeder
        basis = ledger.Basis(
            ledger.Ground.COMMISSION,
            f"agency commission 20 %, license {of.id}, clause commission",
            document=Digest(s.license.contract),
            approved_on=of.begun.date(),
        )
        entry = ledger.earn(
            self.terms,
            earning,
            entry_id=f"{earning}:{about}",
            on=at.date(),
            reference=reference,
            commission=basis,
        )
        if not isinstance(entry, ledger.Entry):
            raise TypeError(str(entry))
        row, postings = as_rows(entry, now=at)
        s.rows.add(row)
        for each in postings:
            s.rows.add(each)
        s._logged("money.posted", row.body, at)
