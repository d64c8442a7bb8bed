"""The engine `import`: a finished picture that another tool made, taken in as it is.

Its inputs are named (the plate, the garment), its own content credential is kept with it, and it
is decided on, approved, sealed and paid like any other. What it is, the order says, or its own
manifest by a signer whom this workspace trusts; whether it shows her at all is measured, never
believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sosie.core.comp import shows_band
from sosie.core.likeness import likeness
from sosie.core.ports import Cancelled, Progress
from sosie.core.seal import SOURCE_TYPES, Credential, CredentialState
from sosie.core.source_type import SourceType, untrue
from sosie.core.studio import (
    Assets,
    EngineCard,
    Grade,
    Material,
    Order,
    Pixels,
    Result,
    Stopped,
    recipe,
)
from sosie.core.terms import Alteration
from sosie.core.values import Reason
from sosie.engines.orders import plate_faults

_HOLDS = (CredentialState.VALID, CredentialState.TRUSTED)


@dataclass(frozen=True, slots=True)
class _Finished:
    """What the order hands over, and what it is."""

    file: Material
    pixels: Pixels
    term: SourceType


class Imported:
    """Takes finished pictures in; changes no pixel of them."""

    def describe(self) -> EngineCard:
        """This function will say what the engine can do and needs."""
        return EngineCard(
            name="import",
            version="1",
            operations=frozenset(Alteration),
            deterministic=True,
            weights=None,
            commercial_use=True,
            data_leaves_machine=False,
            digital_source_type=SourceType.COMPOSITE.value,
            grades=frozenset({Grade.FINAL}),
            needs=("a finished picture, named in the order",),
        )

    def check(self, order: Order, assets: Assets) -> tuple[Reason, ...]:
        """This function will return every reason why the picture cannot be taken in."""
        return _read(order, assets)[1]

    def run(self, order: Order, assets: Assets, progress: Progress, cancelled: Cancelled) -> Result:
        """This function will take the picture in and look for her head in it.

        Raises ``ValueError`` if it cannot be taken in (see ``check``) and ``Stopped`` when
        ``cancelled()`` says so between two steps.
        """

        def step(share: float, what: str) -> None:
            if cancelled():
                raise Stopped(f"stopped before {what}")
            progress(share, what)

        step(0.0, "reading the picture")
        found, faults = _read(order, assets)
        if found is None:
            raise ValueError("; ".join(reason.text for reason in faults))
        step(0.2, "looking for her")
        seen = likeness(found.pixels, assets.pixels, assets.card)
        step(0.8, "comparing with the plate")
        changed = np.ones(found.pixels.shape[:2], bool)
        if found.pixels.shape == assets.pixels.shape:
            changed = (found.pixels != assets.pixels).any(axis=2)
        step(1.0, "done")
        return Result(
            pixels=found.pixels.copy(),
            alpha=np.ones(changed.shape, np.float32),
            changed=changed,
            grade=Grade.FINAL,
            recipe=recipe(order, assets, self.describe()) | _origin(order, found),
            metrics={
                "head_height": seen.high,
                "head_changed": seen.changed,
                "face_color_distance": seen.skin,
            },
            doubts=() if seen.certain else (Reason("likeness.undecided", seen.against),),
        )


def _read(order: Order, assets: Assets) -> tuple[_Finished | None, tuple[Reason, ...]]:
    """Return the finished picture, or every reason against it."""
    reasons = plate_faults(assets)
    if not order.alterations():
        text = "the order does not say what the picture changes on the plate: list it in `changes`"
        reasons.append(Reason("engine.nothing_to_do", text))
    file = assets.materials.get(order.picture) if order.picture else None
    if file is None or file.pixels is None:
        text = "the order names no finished picture: name a JPEG, PNG, WebP or AVIF in `picture`"
        return None, (*reasons, Reason("engine.picture", text))
    least, most = Imported().describe().sizes
    if not least <= min(file.pixels.shape[:2]) <= max(file.pixels.shape[:2]) <= most:
        text = f"the picture has {file.pixels.shape[1]}×{file.pixels.shape[0]} pixels; a side has "
        reasons.append(Reason("engine.size", f"{text}{least} to {most}"))
    elif shows_band(file.pixels):
        text = "the picture shows the words of a layout comp: hand in one that is finished"
        reasons.append(Reason("engine.comp", text))
    term = _term(order, file.credential)
    if isinstance(term, Reason):
        return None, (*reasons, term)
    if term.generative and not order.tool:
        text = f"`{term}` says that a trained model was at work: name it and its tool in `tool`"
        reasons.append(Reason("engine.tool", text))
    return (None if reasons else _Finished(file, file.pixels, term)), tuple(reasons)


def _term(order: Order, credential: Credential | None) -> SourceType | Reason:
    """Return what the picture is: as the order says, or its own manifest by a trusted signer.

    A manifest of an unknown signer counts only against the order: where it says that a trained
    model was at work and the order says none was, the picture is refused.
    """
    own = credential.source_type if credential and credential.state in _HOLDS else None
    said = None if own is None else own.removeprefix(SOURCE_TYPES)
    trusted = credential is not None and credential.state is CredentialState.TRUSTED
    if order.source_type is None and not (trusted and said):
        text = "what the picture is, is not known: say it in `source_type`, in the words of the "
        return Reason("engine.source_type", f"{text}IPTC list ({', '.join(SourceType)})")
    term = str(order.source_type or said)
    hides = said in set(SourceType) and SourceType(said).generative
    if said is not None and said != term and (trusted or hides):
        text = f"the order says `{term}` and the picture's own manifest says `{said[:60]}`"
        return Reason("engine.source_type", f"{text}: say what it is")
    if untrue(term, weights=None) and (wrong := untrue(term, weights=order.tool or "a model")):
        return Reason("engine.source_type", wrong.text)
    return SourceType(term)


def _origin(order: Order, found: _Finished) -> dict[str, Any]:
    """Return what the recipe keeps of where the picture is from."""
    own = found.file.credential
    kept: dict[str, Any] = {"digital_source_type": found.term.value, "tool": order.tool}
    if found.term.generative:
        kept["weights"] = order.tool
    if own is not None and own.state is not CredentialState.ABSENT:
        kept["credential"] = {
            "state": own.state.value,
            "signer": own.signer,
            "source_type": own.source_type,
            "problems": list(own.problems),
        }
    return kept
