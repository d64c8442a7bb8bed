"""Layout comps: none comes back as a finished picture from another tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sosie.core.comp import is_of_comp
from sosie.core.features import Features, agreement, extract
from sosie.core.fingerprint import FAR, distance, fingerprint, orientations
from sosie.core.ports import Outside
from sosie.core.studio import Grade, Material, Order, Pixels
from sosie.core.values import BadInput, Digest, Reason
from sosie.store.models import Picture
from sosie.store.studio import CompMark


def keep(row: Picture, pixels: Pixels) -> None:
    """Record by what a comp (uint8 H×W×3) is found again."""
    CompMark.objects.create(
        picture=row, fingerprint=fingerprint(pixels), features=extract(pixels).encode()
    )


def came_back(
    outside: Outside, *, twin: str, order: Order, materials: Mapping[str, Material]
) -> tuple[Reason, ...]:
    """Return the reason if the finished picture that an order hands in is a layout comp of the
    twin, of whichever license, without its band or with it."""
    given = materials.get(order.picture) if order.picture else None
    if given is None or given.pixels is None or min(given.pixels.shape[:2]) < 64:
        return ()
    for row in _near(twin, given.pixels):
        made, plate = (_opened(outside, file) for file in (row.digest, row.plate.digest))
        if made is not None and plate is not None and is_of_comp(given.pixels, made, plate):
            text = (
                f"`{order.picture}` is the layout comp `{row.pk}`: what is a comp here does not "
                "become a finished picture by being handed in; make it without a comp's faults"
            )
            return (Reason("engine.comp", text),)
    return ()


def _near(twin: str, pixels: Pixels) -> Iterator[Picture]:
    """Yield the comps of a twin that a picture may be of; those that no mark was kept of first."""
    rows = Picture.objects.filter(license__twin=twin, grade=Grade.COMP).exclude(digest="")
    rows = rows.select_related("plate")
    yield from rows.filter(comp_mark=None)
    turned, looks = None, None
    for mark in CompMark.objects.filter(picture__in=rows).select_related("picture__plate"):
        turned = turned or orientations(pixels)
        if min(distance(mark.fingerprint, one) for one in turned) <= FAR:
            yield mark.picture
            continue
        looks = looks or [extract(pixels, mirrored=flip) for flip in (False, True)]
        own = Features.decode(bytes(mark.features))
        if any(agreement(own, look) for look in looks):
            yield mark.picture


def _opened(outside: Outside, file: str) -> Pixels | None:
    """Return the pixels of a file; nothing if it was erased or changed (see `fsck`)."""
    try:
        return outside.pictures.decode(outside.blobs.get(Digest(file)), where=file)
    except (LookupError, BadInput):
        return None
