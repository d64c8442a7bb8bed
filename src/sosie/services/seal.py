"""Seals: fingerprint, manifest, log entry, meter and money, in one act or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from sosie.core import fingerprint, watermark
from sosie.core.depicted import alt_text, disclosure
from sosie.core.file_format import PLAIN, FileFormat, Form, format_of
from sosie.core.ledger import Earning, Reference
from sosie.core.package import record_as_json
from sosie.core.ports import Outside
from sosie.core.seal import (
    Action,
    Claim,
    CredentialState,
    Ingredient,
    LicenseAssertion,
    Metadata,
    Record,
    parse,
    spell,
)
from sosie.core.sketch import Sketch
from sosie.core.source_type import ALTERED, untrue
from sosie.core.studio import Card, Order, Pixels
from sosie.core.terms import Channel, Terms
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Use
from sosie.core.values import Digest, Outcome, Refusal, digest
from sosie.services import copies, ledger, life, log, review
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.store.models import License, Opening, Picture, Seal, SealManifest

RELEASED = Q(release__isnull=False) | Q(renditions__release__isnull=False)
"""Seals that went out, and the masters of those: of these anyone may be told."""
_ACTIONS = {
    "garment_colour": Action("c2pa.adjustedColor", "the worn garment was given a new color"),
    "backdrop": Action("c2pa.edited", "the backdrop was replaced"),
    "garment": Action("c2pa.edited", "another garment was put on"),
    "crop": Action("c2pa.cropped", "cropped and sized for its channel", ALTERED),
}


def is_released(seal: Seal) -> bool:
    """Return whether a seal went out, or is the master of one that did."""
    return Seal.objects.filter(RELEASED, pk=seal.pk).exists()


def seal(outside: Outside, *, picture: str, now: datetime, form: Form = PLAIN) -> Seal | Refusal:
    """Seal an approved picture as a master."""
    row = (
        Picture.objects.select_related("license", "shoot", "plate__twin").filter(pk=picture).first()
    )
    if row is None:
        return pictures.unknown(picture)
    if row.status == Picture.Status.SEALED:
        return Refusal.because("seal.sealed", f"`{picture}` is sealed already")
    if row.status != Picture.Status.APPROVED:
        return Refusal.because(
            "approval.missing",
            f"`{picture}` is {row.status}: its model has not approved it, and silence is no yes",
            clause="approvals",
        )
    if refusal := review.declined(picture):
        return refusal
    use = pictures.use_of(row, Act.SEAL)
    decision = licenses.judge(row.license, use, on=life.day_of(row.license, now))
    if decision.outcome is not Outcome.ALLOWED:  # of an erased twin there are no files to read
        return Refusal(decision.reasons)
    plate = outside.blobs.get(Digest(row.plate.digest))
    pixels = outside.pictures.decode(outside.blobs.get(Digest(row.digest)), where=picture)

    def meter(_: Seal) -> Refusal | None:
        if refusal := review.declined(picture):
            return refusal
        Picture.objects.filter(pk=picture).update(status=Picture.Status.SEALED)
        result = ledger.earn(
            outside,
            license=row.license,
            earning=Earning.PER_PICTURE,
            reference=Reference(row.license_id, picture),
            about=picture,
            now=now,
        )
        return result if isinstance(result, Refusal) else None

    return affix(
        outside,
        row=row,
        pixels=pixels,
        use=use,
        ingredients=(
            Ingredient(f"plate {row.plate.name}", plate, media_type=_media_type(plate)),
            *_materials(outside, row),
        ),
        now=now,
        then=meter,
        form=form,
    )


def as_ingredient(outside: Outside, master: Seal) -> Ingredient:
    """Return a master as the parent of a rendition, with its manifest in it or beside it."""
    data = outside.blobs.get(Digest(master.file))
    return Ingredient(
        f"master {master.number}",
        data,
        "parentOf",
        _media_type(data),
        manifest=manifest_of(outside, master),
    )


def _materials(outside: Outside, row: Picture) -> Iterator[Ingredient]:
    """Yield the pictures that an order names, by what they are and never by their file's name."""
    order = Order.model_validate(row.order)
    for title, name in (
        ("garment", order.wear),
        ("cloth", order.garment_swatch),
        ("backdrop", order.backdrop.file if order.backdrop else None),
        ("finished picture", order.picture),
    ):
        if name is not None:
            data = outside.blobs.get(Digest(row.shoot.files[name]))
            yield Ingredient(title, data, media_type=_media_type(data))


def _media_type(data: bytes) -> str:
    return (format_of(data) or FileFormat.JPEG).media_type


def affix(
    outside: Outside,
    *,
    row: Picture,
    pixels: Pixels,
    use: Use,
    ingredients: tuple[Ingredient, ...],
    now: datetime,
    then: Callable[[Seal], Refusal | None],
    master: Seal | None = None,
    channel: Channel | None = None,
    form: Form = PLAIN,
) -> Seal | Refusal:
    """Seal some pixels of a picture: made and judged outside the transaction, decided and
    recorded inside it.

    ``then`` does what belongs to the same act (status, release, money); its refusal undoes all.
    """
    decision = licenses.judge(row.license, use, on=life.day_of(row.license, now))
    if decision.outcome is not Outcome.ALLOWED:
        return Refusal(decision.reasons)
    number = int.from_bytes(outside.random(8), "big")
    earlier = _earlier(outside, row, pixels)
    if master is None:
        ingredients += tuple(map(_ingredient_before, earlier))
    what = _Unsealed(row, pixels, number, earlier, ingredients, channel, form)
    sealed = _sealed(outside, what)
    if isinstance(sealed, Refusal):
        return sealed
    files = [outside.blobs.put(part) for part in (sealed.data, sealed.manifest) if part is not None]
    record = replace(
        _record(what, files, sealed, now), master=parse(master.number) if master else None
    )
    refusal: Refusal | None
    with transaction.atomic():
        license = License.objects.get(pk=row.license_id)
        decision, decided = licenses.decide(
            outside, license=license, use=use, on=life.day_of(license, now), now=now, picture=row
        )
        if decision.outcome is not Outcome.ALLOWED:
            refusal = Refusal(decision.reasons)
        else:
            entry = log.append(
                outside,
                act=LogAct.PICTURE_SEALED,
                record=record_as_json(record),
                now=now,
                object=record.file,
            )
            made = Seal.objects.create(
                number=spell(number),
                picture=row,
                master=master,
                channel=channel or "",
                file=record.file,
                fingerprint=record.fingerprint,
                entry=entry,
                decision=decided,
                at=now,
            )
            _make_findable(made, sealed)
            refusal = then(made)
            if refusal:
                transaction.set_rollback(True)
    if refusal:
        for kept in files:
            outside.blobs.delete(kept)
        return refusal
    return made


@dataclass(frozen=True, slots=True)
class _Unsealed:
    """What is to be sealed."""

    row: Picture
    pixels: Pixels
    number: int
    earlier: tuple[int, ...]
    ingredients: tuple[Ingredient, ...]
    channel: Channel | None
    form: Form


def _make_findable(made: Seal, sealed: _Sealed) -> None:
    copies.keep(made, sealed.sketch.features)
    SealManifest.objects.create(seal=made, label=sealed.label)


def _make(outside: Outside, what: _Unsealed) -> tuple[bytes, Claim, Pixels]:
    """Return the file with its fields, what is to be signed of it, and the pixels that it shows:
    the manifest comes last."""
    row, number, channel = what.row, what.number, what.channel
    terms = licenses.terms_of(row.license)
    order = Order.model_validate(row.order)
    card = Card.model_validate(row.plate.card)
    name = row.plate.twin.shown_as
    source = pictures.source_type(outside, row)
    metadata = Metadata(
        source_type=source,
        credit=terms.credit or name,
        licensor_name=name,
        description=disclosure(name),
        alt_text=alt_text(name, card.view, order),
        disclosure=disclosure(name),
        copyright=f"License {row.license_id}; seal {spell(number)}",
        seal_number=number,
    )
    marked = _marked(outside, what.pixels, number)
    data = outside.pictures.encode(marked, metadata, format=what.form.format)
    shown = outside.pictures.decode(data, where=row.id)
    mark = fingerprint.fingerprint(shown)
    changed = [str(alteration) for alteration in order.alterations()]
    claim = Claim(
        number=number,
        title=f"{row.id}{f' {channel}' if channel else ''}",
        source_type=source,
        fingerprint=mark,
        license=_assertion(row, terms),
        actions=tuple(map(_action, ["crop"] if channel else changed)),
        ingredients=what.ingredients,
        earlier=what.earlier,
        watermark=f"{number:016x}" if number in _marks(outside, shown) else None,
        # A master does not go out, and its manifest is kept in that of each rendition.
        preview=outside.pictures.preview(shown) if channel else b"",
    )
    return data, claim, shown


def _action(alteration: str) -> Action:
    words = f"changed: {alteration.replace('_', ' ')}"
    return _ACTIONS.get(alteration) or Action("c2pa.edited", words)


def _marked(outside: Outside, pixels: Pixels, number: int) -> Pixels:
    """Return the pixels with the seal number in them; as they are where they are too few."""
    if outside.mark_key is None or min(pixels.shape[:2]) < watermark.LEAST:
        return pixels
    return watermark.embed(pixels, number, outside.mark_key)


def _earlier(outside: Outside, row: Picture, pixels: Pixels) -> tuple[int, ...]:
    """Return the seal numbers that marks in some pixels name and that are not of this picture."""
    own = {parse(number) for number in row.seals.values_list("number", flat=True)}
    return tuple(number for number in _marks(outside, pixels) if number not in own)


def _ingredient_before(number: int) -> Ingredient:
    """Return what a mark names that was in the pixels: by its digest if it was sealed here. A mark
    can be copied, so it is no more than an input."""
    known = Seal.objects.filter(number=spell(number)).first()
    return Ingredient(
        f"marked as seal {spell(number)}",
        relationship="inputTo",
        known_as=Digest(known.file) if known else None,
        number=number,
    )


def _marks(outside: Outside, pixels: Pixels) -> tuple[int, ...]:
    """Return the seal numbers that marks in some pixels name."""
    return watermark.detect(pixels, outside.mark_key).numbers if outside.mark_key else ()


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A finished file, as it goes out."""

    data: bytes
    manifest: bytes | None
    mark: str
    sketch: Sketch
    label: str
    """Identifier of the manifest."""


def _sealed(outside: Outside, what: _Unsealed) -> _Sealed | Refusal:
    """Make the file, sign it, and read it back as a stranger would: it must be trusted and say its
    number."""
    row = what.row
    wrong = untrue(pictures.source_term(outside, row), weights=pictures.weights(outside, row))
    if wrong:
        return Refusal((wrong,))
    data, claim, shown = _make(outside, what)
    if claim.watermark is None and (others := _marks(outside, shown)):
        named = ", ".join(map(spell, others))
        text = f"a mark of seal {named} is in the picture and hides the one that it is to carry"
        return Refusal.because("seal.mark.hidden", text)
    manifest = outside.credentials.sidecar(data, claim) if what.form.beside else None
    if manifest is None:
        data = outside.credentials.sign(data, claim)
    credential = outside.credentials.read(data, manifest=manifest)
    if credential.state is not CredentialState.TRUSTED or credential.number != what.number:
        found = ", ".join(credential.problems) or credential.state
        text = f"the sealed file does not read back as sealed ({found}); nothing was kept"
        return Refusal.because("seal.unsound", text)
    return _Sealed(data, manifest, claim.fingerprint, Sketch.of(shown), credential.label or "")


def manifest_of(outside: Outside, made: Seal) -> bytes | None:
    """Return the manifest store that lies beside the file of a seal; ``None`` if it is in it."""
    said = Opening.objects.get(entry=made.entry).record.get("manifest")
    return None if said is None else outside.blobs.get(Digest(said))


def stamped_at(outside: Outside, made: Seal) -> datetime | None:
    """Return when the claim of a seal was signed, if an authority that is relied on says so."""
    data = outside.blobs.get(Digest(made.file))
    return outside.credentials.read(data, manifest=manifest_of(outside, made)).stamped_at


def _assertion(row: Picture, terms: Terms) -> LicenseAssertion:
    return LicenseAssertion(
        license=row.license_id,
        twin_name=row.plate.twin.shown_as,
        terms=terms.public(),
        terms_digest=Digest(row.license.terms_digest),
        brand_name=row.license.brand.shown_as or "",
    )


def _record(what: _Unsealed, files: Sequence[Digest], sealed: _Sealed, now: datetime) -> Record:
    """Return the record of a file, and of the manifest store beside it if there is a second."""
    said = _assertion(what.row, licenses.terms_of(what.row.license))
    return Record(
        number=what.number,
        file=files[0],
        fingerprint=sealed.mark,
        features=digest(sealed.sketch.features.encode()),
        colors=sealed.sketch.colors.tobytes().hex(),
        twin_name=said.twin_name,
        license=said.license,
        terms=said.terms,
        terms_digest=said.terms_digest,
        sealed_at=now,
        channel=what.channel,
        manifest=files[1] if len(files) > 1 else None,
        earlier=what.earlier,
    )
