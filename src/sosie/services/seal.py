"""Seals: fingerprint, manifest, log entry, meter and money, in one act or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from sosie.core import fingerprint
from sosie.core.features import Features, extract
from sosie.core.ledger import Earning, Reference
from sosie.core.package import record_as_json
from sosie.core.ports import Outside
from sosie.core.release import alt_text, disclosure
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
from sosie.core.studio import Card, Order, Pixels
from sosie.core.terms import Channel, Terms
from sosie.core.transparency import LogAct
from sosie.core.use import Act, Use
from sosie.core.values import Digest, Outcome, Refusal
from sosie.services import copies, ledger, log
from sosie.services import license as licenses
from sosie.services import picture as pictures
from sosie.store.models import License, Picture, Seal

_ACTIONS = {
    "garment_colour": Action("c2pa.color_adjustments", "the worn garment was given a new color"),
    "backdrop": Action("c2pa.edited", "the backdrop was replaced"),
    "crop": Action("c2pa.cropped", "cropped and sized for its channel"),
}


def seal(outside: Outside, *, picture: str, now: datetime) -> Seal | Refusal:
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
    plate = outside.blobs.get(Digest(row.plate.digest))
    pixels = outside.pictures.decode(outside.blobs.get(Digest(row.digest)), where=picture)

    def meter(_: Seal) -> Refusal | None:
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
        use=pictures.use_of(row, Act.SEAL),
        ingredient=Ingredient(
            f"plate {row.plate.name}", plate, media_type=pictures.media_type(plate)
        ),
        now=now,
        then=meter,
    )


def affix(
    outside: Outside,
    *,
    row: Picture,
    pixels: Pixels,
    use: Use,
    ingredient: Ingredient,
    now: datetime,
    then: Callable[[Seal], Refusal | None],
    master: Seal | None = None,
    channel: Channel | None = None,
) -> Seal | Refusal:
    """Seal some pixels of a picture: made and judged outside the transaction, decided and
    recorded inside it.

    ``then`` does what belongs to the same act (status, release, money); its refusal undoes all.
    """
    decision = licenses.judge(row.license, use, on=now.date())
    if decision.outcome is not Outcome.ALLOWED:
        return Refusal(decision.reasons)
    number = int.from_bytes(outside.random(8), "big")
    data, mark, look = _make(
        outside, row, pixels, number=number, ingredient=ingredient, channel=channel
    )
    refusal = _judged(outside, data, number)
    if refusal:
        return refusal
    file = outside.blobs.put(data)
    record = replace(
        _record(row, number, file, mark, now),
        channel=channel,
        master=parse(master.number) if master else None,
    )
    with transaction.atomic():
        license = License.objects.get(pk=row.license_id)
        decision, decided = licenses.decide(
            outside, license=license, use=use, on=now.date(), now=now, picture=row
        )
        if decision.outcome is not Outcome.ALLOWED:
            refusal = Refusal(decision.reasons)
        else:
            entry = log.append(
                outside,
                act=LogAct.PICTURE_SEALED,
                record=record_as_json(record),
                now=now,
                object=file,
            )
            made = Seal.objects.create(
                number=spell(number),
                picture=row,
                master=master,
                channel=channel or "",
                file=file,
                fingerprint=mark,
                entry=entry,
                decision=decided,
                at=now,
            )
            copies.keep(made, look)
            refusal = then(made)
            if refusal:
                transaction.set_rollback(True)
    if refusal:
        outside.blobs.delete(file)
        return refusal
    return made


def _make(
    outside: Outside,
    row: Picture,
    pixels: Pixels,
    *,
    number: int,
    ingredient: Ingredient,
    channel: Channel | None,
) -> tuple[bytes, str, Features]:
    """Return the sealed file, its fingerprint and its local features: pixels, fields, fingerprint,
    manifest last."""
    terms = licenses.terms_of(row.license)
    order = Order.model_validate(row.order)
    card = Card.model_validate(row.plate.card)
    name = row.plate.twin.shown_as
    source = pictures.source_type(outside, row)
    metadata = Metadata(
        source_type=source,
        credit=terms.credit or name,
        licensor_name=name,
        description=f"{terms.title}. {disclosure(name)}",
        alt_text=alt_text(name, card.view, order),
        disclosure=disclosure(name),
        copyright=f"License {row.license_id}; seal {spell(number)}",
        seal_number=number,
    )
    jpeg = outside.pictures.encode(pixels, metadata)
    sealed = outside.pictures.decode(jpeg, where=row.id)
    mark = fingerprint.fingerprint(sealed)
    changed = [str(alteration) for alteration in order.alterations()]
    claim = Claim(
        number=number,
        title=f"{row.id}{f' {channel}' if channel else ''}",
        source_type=source,
        fingerprint=mark,
        license=_assertion(row, terms),
        actions=tuple(_ACTIONS[c] for c in (["crop"] if channel else changed)),
        ingredients=(ingredient,),
    )
    return outside.credentials.sign(jpeg, claim), mark, extract(sealed)


def _judged(outside: Outside, data: bytes, number: int) -> Refusal | None:
    """Read the finished file back as a stranger would: it must be trusted and say its number."""
    credential = outside.credentials.read(data)
    if credential.state is CredentialState.TRUSTED and credential.number == number:
        return None
    found = ", ".join(credential.problems) or credential.state
    return Refusal.because(
        "seal.unsound", f"the sealed file does not read back as sealed ({found}); nothing was kept"
    )


def _assertion(row: Picture, terms: Terms) -> LicenseAssertion:
    return LicenseAssertion(
        license=row.license_id,
        twin_name=row.plate.twin.shown_as,
        terms=terms.public(),
        terms_digest=Digest(row.license.terms_digest),
    )


def _record(
    row: Picture,
    number: int,
    file: Digest,
    mark: str,
    now: datetime,
) -> Record:
    said = _assertion(row, licenses.terms_of(row.license))
    return Record(
        number=number,
        file=file,
        fingerprint=mark,
        twin_name=said.twin_name,
        license=said.license,
        terms=said.terms,
        terms_digest=said.terms_digest,
        sealed_at=now,
    )
