"""What a brand says of a picture: that it takes it, or that it does not, and why.

It is an act of its own beside the model's answer, and opens nothing that is hers to open: what a
brand accepts waits for her all the same. What it declined is kept, keeps its place in the volume,
waits for her no more, and is not sealed before the brand says otherwise.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sosie.core.ports import Outside
from sosie.core.studio import Grade
from sosie.core.transparency import LogAct
from sosie.core.values import Refusal
from sosie.services import log, party
from sosie.services import picture as pictures
from sosie.store.models import Picture
from sosie.store.studio import Review

ACCEPT, DECLINE = "picture.accept", "picture.decline"
OPEN = (Picture.Status.UNDECIDED, Picture.Status.MADE, Picture.Status.APPROVED)
"""Of which pictures a brand can say something: made, not refused by her, and not sealed yet."""


def answer(
    outside: Outside,
    *,
    picture: str,
    yes: bool,
    by: str,
    passphrase: str,
    now: datetime,
    note: str = "",
) -> Picture | Refusal:
    """Record what the brand says of a picture, signed; its newest word counts until the picture is
    sealed. A no says why."""
    row = pictures.known(picture)
    if row is None:
        return pictures.unknown(picture)
    refusal = _unfit(row, yes=yes, by=by, note=note)
    if refusal:
        return refusal
    act = ACCEPT if yes else DECLINE
    says = {"file": row.digest, "note": note}
    statement = party.sign(
        outside, party=by, act=act, subject=picture, says=says, passphrase=passphrase
    )
    with transaction.atomic():
        if not Picture.objects.filter(pk=picture, status__in=OPEN).exists():
            return Refusal.because("picture.not_open", f"`{picture}` was answered meanwhile")
        kept = party.keep(statement, party=by, act=act, subject=picture, at=now)
        said = {"accepted": yes, "statement": kept}
        Review.objects.update_or_create(picture=row, defaults=said)
        log.append(
            outside,
            act=LogAct.PICTURE_ACCEPTED if yes else LogAct.PICTURE_DECLINED,
            record={"picture": picture, **says},
            now=now,
        )
    return row


def declined(picture: str) -> Refusal | None:
    """Return why a picture is not sealed, if its brand said no to it."""
    row = Review.objects.select_related("statement").filter(picture=picture, accepted=False).first()
    if row is None:
        return None
    why = pictures.note_of(row.statement)
    text = (
        f"its brand does not take `{picture}` (“{why}”): it says so anew first, with "
        "`sosie picture accept`"
    )
    return Refusal.because("picture.declined", text)


def _unfit(row: Picture, *, yes: bool, by: str, note: str) -> Refusal | None:
    if by != row.license.brand_id:
        text = f"`{by}` does not take or decline `{row.pk}`: `{row.license.brand_id}` does"
        return Refusal.because("picture.not_yours", text)
    if row.status not in OPEN:
        text = f"`{row.pk}` is {row.status}: there is nothing to say of it"
        return Refusal.because("picture.not_open", text)
    if yes and row.grade != Grade.FINAL:
        text = (
            f"`{row.pk}` is a layout comp ({'; '.join(row.warnings)}): ask for another in its "
            "place, or decline it"
        )
        return Refusal.because("picture.comp", text)
    if not yes and not note.strip():
        text = "say in words why not: whoever looks at the board reads it"
        return Refusal.because("review.unsaid", text)
    return None
