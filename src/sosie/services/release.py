"""Releases: a sealed rendition for one channel, and the package that goes out with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sosie.core.depicted import alt_text, disclosure
from sosie.core.file_format import PLAIN, FileFormat, Form, format_of
from sosie.core.law import Trigger
from sosie.core.ledger import Earning, Reference
from sosie.core.package import Package, TrustFile
from sosie.core.ports import Outside
from sosie.core.release import FORMATS, alterations, post, render
from sosie.core.source_type import SourceType
from sosie.core.studio import Order
from sosie.core.terms import Channel, Purpose
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Use
from sosie.core.values import Digest, Refusal
from sosie.services import law as laws
from sosie.services import ledger, life, log, party, place, seal
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.store.models import Opening, Picture, Release, Seal

RELEASE = "picture.release"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a release: on which channel, for what, and where."""

    channel: Channel
    purpose: Purpose
    territories: tuple[str, ...]
    account: str | None = None
    campaign: str | None = None
    placements: int = 1

    def use_of(self, row: Picture) -> Use:
        """Return the use that a release of a picture would be."""
        changes = alterations(Order.model_validate(row.order))
        return pictures.use_of(row, Act.RELEASE, alterations=changes, **asdict(self))

    def as_row(self) -> dict[str, Any]:
        """Return it as a release keeps it, and as its brand signs it."""
        kept = {name: value for name, value in asdict(self).items() if name != "campaign"}
        return {**kept, "territories": list(self.territories), "account": self.account or ""}


def release(
    outside: Outside,
    *,
    picture: str,
    channel: Channel,
    purpose: Purpose,
    territories: tuple[str, ...],
    account: str | None = None,
    campaign: str | None = None,
    placements: int = 1,
    by: str,
    passphrase: str,
    now: datetime,
    form: Form = PLAIN,
) -> Release | Refusal:
    """Render a sealed picture for one channel, seal the rendition, and release it.

    The brand that holds the license signs the release; the decision is made with this channel,
    purpose and these territories.
    """
    wish = Wish(channel, purpose, territories, account, campaign, placements)

    def signed() -> Callable[[Release], None]:
        subject = f"{picture} {outside.random(8).hex()}"
        known: dict[str, Any] = {"party": by, "act": RELEASE, "subject": subject}
        statement = party.sign(outside, says=wish.as_row(), passphrase=passphrase, **known)

        def kept(gone: Release) -> None:
            del gone
            party.keep(statement, at=now, **known)

        return kept

    return let_out(outside, picture=picture, wish=wish, by=by, signed=signed, now=now, form=form)


def let_out(
    outside: Outside,
    *,
    picture: str,
    wish: Wish,
    by: str,
    signed: Callable[[], Callable[[Release], Refusal | None]],
    now: datetime,
    form: Form = PLAIN,
) -> Release | Refusal:
    """Release a sealed picture as its brand wishes; ``signed`` is called once it can be rendered,
    and returns what keeps the word of the brand in the transaction of the release itself."""
    found = _master(picture, by)
    if isinstance(found, Refusal):
        return found
    row, master = found
    unlawful = laws.lawful(row.license, act=Trigger.PUBLISH, now=now)
    if unlawful:
        return unlawful
    data = outside.blobs.get(Digest(row.digest))  # the pixels before the master was marked
    pixels = outside.pictures.decode(data, where=picture)
    rendition = render(pixels, wish.channel, pictures.card_of(row, pixels))
    says, keep = wish.as_row(), signed()

    def let_go(made: Seal) -> Refusal | None:
        gone = Release.objects.create(seal=made, license=row.license, at=now, **says)
        if refusal := keep(gone):
            return refusal
        place.reserve(gone, brand=by, now=now)
        return _log_and_charge(outside, row, made, says, now)

    made = seal.affix(
        outside,
        row=row,
        pixels=rendition.pixels,
        use=wish.use_of(row),
        ingredients=(seal.as_ingredient(outside, master),),
        now=now,
        then=let_go,
        master=master,
        channel=wish.channel,
        form=form,
    )
    if isinstance(made, Refusal):
        return made
    deliver(outside, number=made.number)
    return Release.objects.get(pk=made.pk)


def _master(picture: str, by: str) -> tuple[Picture, Seal] | Refusal:
    """Return a picture with its master seal, where this party may release it."""
    row = (
        Picture.objects.select_related("license", "shoot", "plate__twin").filter(pk=picture).first()
    )
    if row is None:
        return pictures.unknown(picture)
    if by != row.license.brand_id:
        return Refusal.because("release.not_licensee", f"`{by}` holds no license for `{picture}`")
    master = row.seals.filter(master=None).first()
    if master is None:
        return Refusal.because("release.not_sealed", f"`{picture}` is {row.status}; seal it first")
    return row, master


def _log_and_charge(
    outside: Outside, row: Picture, made: Seal, says: Mapping[str, Any], now: datetime
) -> Refusal | None:
    facts = {"picture": row.id, "seal": made.number, **says}
    log.append(
        outside, act=LogAct.PICTURE_RELEASED, record=facts, now=now, object=Digest(made.file)
    )
    for earning, times in ((Earning.PER_RELEASE, 1), (Earning.PER_PLACEMENT, says["placements"])):
        result = ledger.earn(
            outside,
            license=row.license,
            earning=earning,
            reference=Reference(row.license_id, row.id, made.number),
            about=made.number,
            now=now,
            times=times,
        )
        if isinstance(result, Refusal):
            return result
    return None


def deliver(outside: Outside, *, number: str) -> str | Refusal:
    """Write the package of a release (again); returns its folder.

    It holds the sealed file, the record with its log proof, the trust file, and the words that go
    with the picture. A license that was revoked meanwhile gives nothing out.
    """
    files = packed(outside, number=number)
    return files if isinstance(files, Refusal) else outside.deliveries.write(number, files)


def packed(outside: Outside, *, number: str) -> dict[str, bytes] | Refusal:
    """Return the files of the package of a release, by their names."""
    found = _given_out(number)
    return found if isinstance(found, Refusal) else _packed(outside, found)


def _packed(outside: Outside, found: Release) -> dict[str, bytes] | Refusal:
    number = found.pk
    made, picture = found.seal, found.seal.picture
    opening = Opening.objects.get(entry=made.entry)
    log.publish(outside)
    proof = log.prove(outside, made.entry)
    if proof is None:
        return Refusal.because("release.unpublished", f"leaf {made.entry_id} is not published yet")
    package = Package.of(record=opening.record, salt=bytes(opening.salt), proof=proof)
    data = outside.blobs.get(Digest(made.file))
    name = _name(found, data)
    manifest = seal.manifest_of(outside, made)
    credential = None if manifest is None else name.rpartition(".")[0] + ".c2pa"
    shown = picture.plate.twin.shown_as
    shape = FORMATS[Channel(made.channel)]
    credit = licenses.terms_of(picture.license).credit
    term = pictures.source_term(outside, picture)
    posted = post(Channel(made.channel), shown, credit, generative=SourceType(term).generative)
    words: dict[str, Any] = {
        "sosie": "delivery/1",
        "file": name,
        "credential": credential,
        "seal": number,
        "channel": made.channel,
        "size": [shape.width, shape.height],
        "purpose": found.purpose,
        "territories": found.territories,
        "account": found.account,
        "credit": credit,
        "alt_text": alt_text(
            shown, picture.plate.card["view"], Order.model_validate(picture.order)
        ),
        "disclosure": disclosure(shown),
        "digital_source_type": SourceType(term).uri,
    }
    if posted is not None:
        words["post"] = asdict(posted)
    beside = {} if credential is None or manifest is None else {credential: manifest}
    return {
        name: data,
        **beside,
        f"{name}.sosie.json": package.dump(),
        "trust.json": trust(outside).dump(),
        "delivery.json": json.dumps(words, ensure_ascii=False, indent=2).encode() + b"\n",
        "disclosure.txt": (words["disclosure"] + "\n").encode(),
    }


def label(outside: Outside, *, number: str, site: str) -> bytes | Refusal:
    """Return what is printed beside a picture that went out: its disclosure, and a QR code to its
    public page on a site, as PDF."""
    row = Release.objects.select_related("seal__picture__plate__twin").filter(pk=number).first()
    if row is None:
        return Refusal.because("release.unknown", f"no release `{number}` in this workspace")
    words = disclosure(row.seal.picture.plate.twin.shown_as)
    return outside.typesetter.label(words, number=number, link=f"{site}/p/{number}")


def _given_out(number: str) -> Release | Refusal:
    """Return a release whose license was not revoked."""
    row = Release.objects.select_related("seal__picture__license", "seal__picture__plate__twin")
    found = row.filter(pk=number).first()
    if found is None:
        return Refusal.because("release.unknown", f"no release `{number}` in this workspace")
    license = found.seal.picture.license
    if license.revocation:
        return Refusal.because("license.revoked", f"`{license.pk}` was revoked")
    return found


def file(outside: Outside, *, number: str, now: datetime) -> bytes | Refusal:
    """Return the sealed file of a release, if its license was not revoked and it may be shown."""
    found = _given_out(number)
    if isinstance(found, Refusal):
        return found
    today = life.day_of(found.seal.picture.license, now)
    refusal = licenses.shown(found, on=today)
    return refusal or outside.blobs.get(Digest(found.seal.file))


def overview(outside: Outside, *, channel: str = "") -> list[dict[str, Any]]:
    """Return the releases, or those on one channel, with where their package lies."""
    rows = Release.objects.select_related("seal__picture__plate").order_by("at", "pk")
    rows = rows.filter(channel=channel) if channel else rows
    found = []
    for row in rows:
        picture = row.seal.picture
        folder = outside.deliveries.place(row.pk)
        order = Order.model_validate(picture.order)
        made = alt_text("", picture.plate.card["view"], order).partition(", ")[2]
        found.append(
            {
                "picture": picture.id,
                "plate": picture.plate.name,
                "plate_file": picture.plate.digest,
                "picture_file": picture.digest,
                "seal": row.pk,
                "seal_file": row.seal.file,
                "channel": row.channel,
                "territories": row.territories,
                "made": made,
                "file": f"{folder}/{_name(row, outside.blobs.get(Digest(row.seal.file)))}",
            }
        )
    return found


def known(seal: str) -> Seal | None:
    """Return the seal of a release with its license, if something went out under this number."""
    rows = Seal.objects.select_related("picture__license", "picture__shoot")
    return rows.filter(pk=seal, release__isnull=False).first()


def trust(outside: Outside) -> TrustFile:
    """Return what a verifier elsewhere must choose to trust: root certificate and log key."""
    mark = outside.mark_key.read.hex() if outside.mark_key else None
    return TrustFile(outside.workspace, outside.keys.root_pem, outside.log_key.verifier, mark)


def file_name(outside: Outside, row: Release) -> str:
    """Return the name that the file of a release has in its package."""
    return _name(row, outside.blobs.get(Digest(row.seal.file)))


def _name(row: Release, data: bytes) -> str:
    kind = format_of(data) or FileFormat.JPEG
    return f"{row.seal.picture.license.twin_id}-{row.channel}-{row.pk}{kind.suffix}"
