"""The story that `sosie demo` tells: every step of the chain through the services, on people who
are nobody or on photographs of your own, with what must be refused beside what is made."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rich.table import Table

from sosie.adapters import terms_file
from sosie.adapters.blobs import replace_file
from sosie.adapters.capture_folder import read as read_capture
from sosie.adapters.passphrase import setting_of
from sosie.adapters.pictures import PillowPictures
from sosie.cli.commands.demo import MARK
from sosie.cli.making import make_pictures
from sosie.cli.terminal import accept, bar, console, now, out, reasons_text, table
from sosie.core.landmarks import propose
from sosie.core.life import Step
from sosie.core.ports import Outside
from sosie.core.protocol import BASIC, MINIMAL, Protocol
from sosie.core.studio import Backdrop, Order, ShootPlan
from sosie.core.terms import Channel, Purpose, Terms
from sosie.core.use import Act, Use
from sosie.core.values import BadInput, Refusal

AGENCY, BRAND = "atlas-models", "maison-nord"
LOOKS = (
    ("#7a1f2b", "cyclorama", "#cdb9a5"),
    ("#20463a", "window", "#c9ced3"),
    ("#e9e2d3", "plain", "#8fa3ad"),
    ("#1f2a4d", "cyclorama", "#d8d3cb"),
    ("#c98b2b", "window", "#d9cdbd"),
    ("#232326", "plain", "#d9dde0"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One model of the story and the folder of her photographs."""

    id: str
    name: str
    shown_as: str
    folder: Path
    protocol: Protocol


@dataclass(slots=True)
class Told:
    """What the story made and refused, for the summary at its end."""

    folder: Path
    made: list[tuple[str, str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    verified: list[tuple[str, str, str]] = field(default_factory=list)
    money: list[tuple[str, str]] = field(default_factory=list)
    look_at: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "workspace": str(self.folder),
            "made": [dict(zip(("step", "what", "id"), row, strict=True)) for row in self.made],
            "refused": [dict(zip(("asked", "why"), row, strict=True)) for row in self.refused],
            "verified": [
                dict(zip(("file", "answer", "outcome"), row, strict=True)) for row in self.verified
            ],
            "money": [dict(zip(("what", "amount"), row, strict=True)) for row in self.money],
            "look_at": self.look_at,
            "unexpected": self.unexpected,
        }

    def show(self) -> None:
        """Print the summary."""
        tables: tuple[Table, ...] = (
            table("Made", ["step", "what", "id"], self.made),
            table("Refused, as it must be", ["asked", "why"], self.refused),
            table("Verified", ["file", "answer", ""], self.verified),
            table("Money", ["what", "amount"], self.money),
        )
        for each in tables:
            out.print()
            out.print(each)
        out.print("\nLook at")
        for path in self.look_at:
            out.print(f"  {path}")


def sample_cast() -> list[Member]:
    """Return the people of the sample shoot that comes with Sosie; they are nobody."""
    with as_file(files("sosie.samples") / "shoot") as shoot:
        folders = sorted(path for path in shoot.iterdir() if path.is_dir())
    return [_member(folder.name, folder, BASIC) for folder in folders]


def cast_of_photos(photos: Path, workspace: Path) -> list[Member]:
    """Return one model for each photograph in a folder, each with a landmark card.

    A card beside a photograph is taken; for one without, a card is proposed from its silhouette.
    The photographs are copied into the workspace, so that their folder is not written to.
    """
    cast = []
    with bar() as progress:
        found = read_capture(photos, cards=False).photos
        task = progress.add_task("Reading photographs", total=len(found))
        for number, photo in enumerate(found, start=1):
            folder = workspace / "captures" / f"model-{number}"
            replace_file(folder / photo.name, photo.data)
            card = photo.card or propose(
                PillowPictures().decode(photo.data, where=photo.name)
            ).card(Path(photo.name).stem.lower().replace("_", "-"))
            text = json.dumps(card.model_dump(mode="json", by_alias=True), indent=2)
            replace_file((folder / photo.name).with_suffix(".json"), text.encode() + b"\n")
            cast.append(_member(f"model-{number}", folder, MINIMAL))
            progress.advance(task)
    return cast


def tell(folder: Path, cast: Sequence[Member]) -> Told:
    """Tell the whole story in a new workspace; returns what to show at its end."""
    from sosie import wiring

    replace_file(folder / MARK, b"A demo of Sosie: it is removed when the demo is run again.\n")
    _passphrases(folder, [*(member.id for member in cast), AGENCY, BRAND, "house"])
    told = Told(folder)
    outside = wiring.found(folder, "sosie-demo", _secret("house"), now=now())
    _step("1 Parties")
    _parties(outside, cast, told)
    _step("2 Twins")
    cast = [member for member in cast if _twin(outside, member, told)]
    if not cast:
        raise BadInput(
            f"no photograph could be made a twin of ({told.refused[-1][1]})",
            where=str(folder),
            remedy="take the photographs again",
        )
    _step("3 Licenses")
    held = {member.id: _license(outside, member, told) for member in cast}
    _step("4 to 6 Shoot, decide, approve")
    for member in cast:
        _shoot(outside, member, held[member.id], told)
    _answers(outside, cast, held, told)
    _step("7 and 8 Seal and release")
    for member in cast:
        _seal_and_release(outside, member, held[member.id], told)
    _step("11 What must be refused")
    first = _first_sealed(cast, held)
    _refusals(outside, first, held[first.id], told)
    _revocation(outside, cast[-1], held[cast[-1].id], told)
    from sosie.cli import ending

    ending.close(outside, cast, told)
    return told


def _passphrases(folder: Path, parties: Iterable[str]) -> None:
    """Make a passphrase a party unless the environment holds one, and keep them for later trials.

    Only a demo does this: with the passphrases beside the keys, the keys protect nothing.
    """
    lines = ["# passphrases of the demo; `set -a; . ./passphrases.env` lets you go on by hand"]
    for party in parties:
        name = setting_of(party)
        os.environ.setdefault(name, secrets.token_urlsafe(18))
        lines.append(f"{name}={os.environ[name]}")
    replace_file(folder / "passphrases.env", "\n".join(lines).encode() + b"\n", mode=0o600)


def _parties(outside: Outside, cast: Sequence[Member], told: Told) -> None:
    from sosie.services import party

    def join(kind: str, id: str, name: str, **more: Any) -> None:
        accept(
            party.join(
                outside, kind=kind, id=id, name=name, passphrase=_secret(id), now=now(), **more
            )
        )
        told.made.append(("party", f"{name}, {kind}", id))

    join(
        "agency",
        AGENCY,
        "Atlas Models",
        place="US-NY",
        address="12 Mercer Street, New York",
        registration="26-00042-LSFW",
        registered_until=now().date() + timedelta(days=500),
    )
    join("brand", BRAND, "Maison Nord", place="FR", address="8 rue de Turenne, Paris")
    for member in cast:
        born = date(1998, 5, 17)
        join("model", member.id, member.name, place="US-NY", address="New York", born=born)
        start = now().date() - timedelta(days=200)
        facts = {
            "kind": "representation",
            "start": start.isoformat(),
            "last": (start + timedelta(days=730)).isoformat(),
            "open_ended": False,
            "renews_by_itself": False,
            "charges_on_signing": [],
            "commission": "0.20",
            "has_replica_clause": False,
        }
        _agreement(outside, member, facts)
        attorney = {
            "kind": "power_of_attorney",
            "optional": True,
            "condition_of_signing": False,
            "covers_replica": False,
        }
        _agreement(outside, member, attorney)


def _agreement(outside: Outside, member: Member, facts: dict[str, Any]) -> None:
    from sosie.services import agreement

    accept(agreement.record(outside, model=member.id, agency=AGENCY, facts=facts, now=now()))


def _twin(outside: Outside, member: Member, told: Told) -> bool:
    from sosie.services import twin as twins

    found = read_capture(member.folder)
    photos = [twins.Photo(p.name, p.data, p.card) for p in found.photos if p.card]
    early = twins.capture(
        outside,
        twin=member.id,
        shown_as=member.shown_as,
        photos=photos,
        measurements=found.measurements,
        now=now(),
    )
    _must_refuse(told, f"a twin of {member.name} before she consents", early)
    accept(
        twins.consent(
            outside,
            twin=member.id,
            by=member.id,
            passphrase=_secret(member.id),
            scope="a digital twin from the photographs of this capture",
            purpose="fashion pictures under licenses that I sign one by one",
            pay="300.00 EUR for the capture session",
            until=now().date() + timedelta(days=730),
            now=now(),
        )
    )
    with bar() as progress:
        task = progress.add_task(f"Capture of {member.name}", total=1.0)
        capture = accept(
            twins.capture(
                outside,
                twin=member.id,
                shown_as=member.shown_as,
                photos=photos,
                measurements=found.measurements,
                protocols=(member.protocol,),
                now=now(),
                progress=lambda share, what: progress.update(task, completed=share),
            )
        )
    for verdict in capture.verdicts:
        if verdict.reasons:
            why = "; ".join(reason.text for reason in verdict.reasons)
            told.refused.append((f"photograph {verdict.name} of {member.name}", why))
    if capture.twin is None:
        told.refused.append(
            (f"a twin of {member.name}", "; ".join(reason.text for reason in capture.missing))
        )
        return False
    kept = sum(not verdict.reasons for verdict in capture.verdicts)
    told.made.append(("twin", f"{member.name}, {kept} plates", capture.twin.id))
    return True


def _license(outside: Outside, member: Member, told: Told) -> str:
    from sosie.services import contract, life
    from sosie.services import license as licenses

    terms = _terms(member)
    row = accept(
        licenses.draft(outside, terms=terms, by=BRAND, passphrase=_secret(BRAND), now=now())
    )
    _step_of(outside, row.id, Step.ASKED, BRAND)
    by_agency = life.take(
        outside,
        license=row.id,
        step=Step.AGREED,
        by=AGENCY,
        passphrase=_secret(AGENCY),
        now=now(),
        seen=row.terms_digest,
    )
    _must_refuse(told, f"{row.id}: the agency agrees for {member.name}", by_agency)
    _step_of(outside, row.id, Step.AGREED, member.id, seen=row.terms_digest)
    accept(life.deliver_memo(outside, license=row.id, now=now()))
    accept(
        life.accept_memo(
            outside, license=row.id, by=member.id, passphrase=_secret(member.id), now=now()
        )
    )
    accept(contract.make(outside, license=row.id, now=now()))
    by_agency = contract.sign(
        outside,
        license=row.id,
        role="model",
        by=AGENCY,
        passphrase=_secret(AGENCY),
        now=now(),
    )
    _must_refuse(told, f"{row.id}: the agency signs for {member.name}", by_agency)
    for role, by in (("model", member.id), ("brand", BRAND)):
        accept(
            contract.sign(
                outside, license=row.id, role=role, by=by, passphrase=_secret(by), now=now()
            )
        )
    told.made.append(("license", f"{row.terms['title']}, signed by model and brand", row.id))
    return str(row.id)


def _step_of(outside: Outside, license: str, step: Step, by: str, seen: str = "") -> None:
    from sosie.services import life

    accept(
        life.take(
            outside,
            license=license,
            step=step,
            by=by,
            passphrase=_secret(by),
            now=now(),
            seen=seen,
        )
    )


def _terms(member: Member) -> Terms:
    """Return the shipped example with this member in it, running from today for a year."""
    text = (files("sosie.samples") / "licenses" / "capsule.yaml").read_text(encoding="utf-8")
    example = terms_file.read(text, where="capsule.yaml").as_json()
    today = now().date()
    example["twin"] = member.id
    example["credit"] = f"Digital twin of {member.shown_as} / Atlas Models"
    example["parties"] = {"model": member.id, "brand": BRAND, "agency": AGENCY}
    example["period"] |= {
        "from": today.isoformat(),
        "until": (today + timedelta(days=364)).isoformat(),
    }
    example["pictures"] = len(_orders(member))
    return Terms.model_validate(example)


def _orders(member: Member) -> tuple[Order, ...]:
    plates = [photo.card.plate for photo in read_capture(member.folder).photos if photo.card]
    looks = LOOKS if member.protocol is BASIC else LOOKS[:3]
    count = max(len(looks) - 2, len(plates)) if member.protocol is BASIC else len(looks)
    return tuple(
        Order(
            plate=plates[index % len(plates)],
            garment_colour=looks[index % len(looks)][0],
            backdrop=Backdrop.model_validate(
                {"scene": looks[index % len(looks)][1], "colour": looks[index % len(looks)][2]}
            ),
            seed=index,
        )
        for index in range(count)
    )


def _plan(orders: tuple[Order, ...]) -> ShootPlan:
    return ShootPlan(
        sosie="shoot/1",
        purpose=Purpose.ORGANIC_SOCIAL,
        channel=Channel.INSTAGRAM,
        territories=("FR", "DE"),
        pictures=orders,
    )


def _shoot(outside: Outside, member: Member, license: str, told: Told) -> None:
    from sosie.services import picture as pictures
    from sosie.services import shoot

    orders = _orders(member)
    row = shoot.order(
        outside,
        license=license,
        plan=_plan(orders),
        by=BRAND,
        passphrase=_secret(BRAND),
        now=now(),
    )
    if isinstance(row, Refusal):
        told.refused.append((f"a shoot of {member.name}", _why(row)))
        if member.protocol is BASIC:
            told.unexpected.append(f"a shoot of {member.name} was refused")
        return
    for id, made in make_pictures(outside, row.id, pictures.pending(row.id)).items():
        if isinstance(made, Refusal):
            told.unexpected.append(f"{id}: {_why(made)}")
        else:
            note = f"{made.grade}{': ' + '; '.join(made.warnings) if made.warnings else ''}"
            told.made.append(("picture", f"{made.plate.name} of {member.name}, {note}", id))


def _answers(outside: Outside, cast: Sequence[Member], held: dict[str, str], told: Told) -> None:
    """The first model refuses her last picture, the last one leaves one without an answer."""
    from sosie.services import picture as pictures
    from sosie.services import seal

    for member in cast:
        rows = [r for r in pictures.overview(license=held[member.id]) if r["status"] == "made"]
        finals = [row["picture"] for row in rows if row["grade"] == "final"]
        for id in finals:
            if member is cast[-1] and id == finals[-1] and len(finals) > 1:
                silent = seal.seal(outside, picture=id, now=now())
                _must_refuse(told, f"sealing {id}, which {member.name} has not answered", silent)
                continue
            yes = not (member is cast[0] and id == finals[-1] and len(finals) > 1)
            row = accept(
                pictures.answer(
                    outside,
                    picture=id,
                    yes=yes,
                    by=member.id,
                    passphrase=_secret(member.id),
                    note="" if yes else "the color does not suit me",
                    now=now(),
                )
            )
            if not yes:
                told.refused.append((f"picture {row.id}", f"{member.name} said no, with a note"))


def _seal_and_release(outside: Outside, member: Member, license: str, told: Told) -> None:
    from sosie.services import picture as pictures
    from sosie.services import release as releases
    from sosie.services import seal

    approved = [r["picture"] for r in pictures.overview(license=license, status="approved")]
    with bar() as progress:
        task = progress.add_task(f"Sealing for {member.name}", total=3 * len(approved))
        for id in approved:
            master = accept(seal.seal(outside, picture=id, now=now()))
            progress.advance(task)
            told.made.append(("seal", f"{id}, master", master.number))
            for channel, purpose in (
                (Channel.INSTAGRAM, Purpose.ORGANIC_SOCIAL),
                (Channel.OUT_OF_HOME, Purpose.CAMPAIGN),
            ):
                made = accept(
                    releases.release(
                        outside,
                        picture=id,
                        channel=channel,
                        purpose=purpose,
                        territories=("FR", "DE"),
                        by=BRAND,
                        passphrase=_secret(BRAND),
                        now=now(),
                    )
                )
                progress.advance(task)
                told.made.append(("release", f"{id} on {channel}", made.pk))


def _first_sealed(cast: Sequence[Member], held: dict[str, str]) -> Member:
    """Return the first model of whom a picture was sealed, or else the first of all."""
    from sosie.services import picture as pictures

    for member in cast:
        if pictures.overview(license=held[member.id], status="sealed"):
            return member
    return cast[0]


def _refusals(outside: Outside, member: Member, license: str, told: Told) -> None:
    from sosie.services import license as licenses
    from sosie.services import picture as pictures
    from sosie.services import release as releases
    from sosie.services import shoot

    sealed = [r["picture"] for r in pictures.overview(license=license, status="sealed")]
    terms = licenses.terms_of(accept(licenses.find(license)))
    for picture in sealed[:1]:
        abroad = releases.release(
            outside,
            picture=picture,
            channel=Channel.INSTAGRAM,
            purpose=Purpose.ORGANIC_SOCIAL,
            territories=("JP",),
            by=BRAND,
            passphrase=_secret(BRAND),
            now=now(),
        )
        _must_refuse(told, f"{picture} on Instagram in Japan", abroad)
        late = (terms.period.last if terms.period else now().date()) + timedelta(days=1)
        use = Use(
            act=Act.RELEASE,
            licensee=BRAND,
            twin=member.id,
            purpose=Purpose.ORGANIC_SOCIAL,
            channel=Channel.INSTAGRAM,
            territories=("FR",),
            alterations=(),
            picture=picture,
        )
        after = licenses.ask(outside, license=license, use=use, on=late, now=now())
        _must_refuse(told, f"{picture} on {late}, after the end", after)
    more = shoot.order(
        outside,
        license=license,
        plan=_plan(_orders(member)),
        by=BRAND,
        passphrase=_secret(BRAND),
        now=now(),
    )
    _must_refuse(told, f"as many pictures again under {license}", more)
    training = Use(act=Act.TRAIN, licensee=BRAND, twin=member.id)
    learnt = licenses.ask(outside, license=license, use=training, on=now().date(), now=now())
    _must_refuse(told, f"training a model on the pictures of {member.name}", learnt)


def _revocation(outside: Outside, member: Member, license: str, told: Told) -> None:
    from sosie.services import license as licenses
    from sosie.services import shoot

    forged = licenses.revoke(
        outside, license=license, by=BRAND, passphrase=_secret(BRAND), now=now()
    )
    _must_refuse(told, f"the brand revokes {license} in her name", forged)
    accept(
        licenses.revoke(
            outside, license=license, by=member.id, passphrase=_secret(member.id), now=now()
        )
    )
    told.made.append(("revocation", f"{member.name} takes {license} back", license))
    after = shoot.order(
        outside,
        license=license,
        plan=_plan(_orders(member)[:1]),
        by=BRAND,
        passphrase=_secret(BRAND),
        now=now(),
    )
    _must_refuse(told, f"a shoot after {member.name} revoked {license}", after)


def _must_refuse(told: Told, asked: str, result: object) -> None:
    if isinstance(result, Refusal):
        told.refused.append((asked, _why(result)))
    else:
        told.unexpected.append(f"{asked}: it was not refused")


def _why(refusal: Refusal) -> str:
    return reasons_text(refusal.reasons).strip().replace("\n  ", "; ")


def _member(id: str, folder: Path, protocol: Protocol) -> Member:
    first, last = _NAMES.get(id, (id.replace("-", " ").title(), ""))
    shown = f"{first} {last[:1]}." if last else first
    return Member(id, f"{first} {last}".strip(), shown, folder, protocol)


_NAMES = {"ines": ("Ines", "Morel"), "amara": ("Amara", "Diallo"), "tomas": ("Tomas", "Okoye")}


def _secret(party: str) -> str:
    return os.environ[setting_of(party)]


def _step(title: str) -> None:
    console.rule(title, align="left", style="dim")
