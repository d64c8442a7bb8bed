"""The preview of a sealed picture: the thumbnail in its manifest, as a remote serves it.

A sketch tells a copy by corners and colors, and so does not tell one face from another. The preview
does. It is not in the log; its manifest is what vouches for it, signed under the root that the
verifier chose, with the seal number that the log proves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from sosie.core.contradictions import codes, disagreements
from sosie.core.fingerprint import Match, confirm
from sosie.core.seal import BYTES_DIFFER, CredentialState, Record
from sosie.core.studio import Pixels
from sosie.core.values import BadInput, digest

if TYPE_CHECKING:
    from sosie.core.ports import Credentials, Pictures

LEAST = 32
"""Pixels of the shorter side from which on a preview shows anything."""

_AS_ROUGH = (cv2.IMWRITE_JPEG_QUALITY, 60)
"""Measured: bench/sketch.py. A preview is of quality 80, and of a picture in full size."""
_SPECKS = 0.005
"""Share of a copy that is looked at again so."""


def held(copy: Pixels, preview: Pixels, *, length: float) -> Match:
    """This function will lay a copy on a preview and say whether and where it was changed.

    Both: uint8 H×W×3 sRGB, at least ``LEAST`` pixels a side. ``length``: pixels of the copy that
    the longer side of the whole original would take in it. What is finer in the copy than in the
    preview is smoothed away first. Specks that are gone once the copy is as rough as a preview are
    no change: fine knit that the preview lost.
    """
    scale = max(max(preview.shape[:2]) / length, LEAST / min(copy.shape[:2]))
    if scale < 1:
        size = (round(scale * copy.shape[1]), round(scale * copy.shape[0]))
        copy = np.asarray(cv2.resize(copy, size, interpolation=cv2.INTER_AREA))
    match = confirm(copy, preview)
    if not match.regions or match.changed > _SPECKS:
        return match
    _, data = cv2.imencode(".jpg", copy[:, :, ::-1], _AS_ROUGH)
    rough = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    again = confirm(np.ascontiguousarray(rough[:, :, ::-1]), preview)
    return again if again.matched and not again.regions else match


def vouched(
    store: bytes, record: Record, *, root_pem: str, credentials: Credentials, pictures: Pictures
) -> Pixels | str:
    """This function will return the pixels of the preview in a manifest store, uint8 H×W×3; or why
    they do not count, for people, after "a manifest that".

    ``record``: of the seal, as the log proves it; ``root_pem``: the root that was chosen. The store
    is judged without its file, which is not at hand; all else must hold.
    """
    if record.manifest is not None and digest(store) != record.manifest:
        return "is not the one in the log"
    credential, data = credentials.detached(store, anchors=root_pem)
    if credential.state is CredentialState.UNREADABLE:
        return "cannot be read"
    if credential.number is None or not set(credential.problems) <= set(BYTES_DIFFER):
        return f"does not hold ({codes(credential)})"
    if disagreements(credential, record):
        return "is of another seal"
    if data is None:
        return "holds no preview"
    try:
        pixels = pictures.decode(data, where="preview")
    except BadInput:
        return "holds a preview that cannot be read"
    return pixels if min(pixels.shape[:2]) >= LEAST else "holds a preview that is too small"
