"""The fitting room: tries a flat-lay on, and keeps what it read for the next order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sosie.core.matting import Matte
from sosie.core.silhouette import Pixels, Silhouette
from sosie.core.studio import Assets, Drawn, Material
from sosie.core.values import Reason, digest
from sosie.engines.atelier.try_on import gates
from sosie.engines.atelier.try_on.flat_lay import FlatLay, Kind, read
from sosie.engines.atelier.try_on.gates import Fault
from sosie.engines.atelier.try_on.wearing import Wearer, Worn, wear, wearer


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one try-on."""

    worn: Worn | None
    """None where the flat-lay or the pose let nothing be tried."""
    faults: tuple[Fault, ...]
    plate: Pixels

    def refusals(self) -> tuple[Reason, ...]:
        """Return every reason to refuse it; the first carries the picture they are drawn on."""
        grave = [fault for fault in self.faults if fault.grave]
        if not grave:
            return ()
        shown = gates.drawn(self.plate if self.worn is None else self.worn.pixels, grave)
        first, *others = grave
        return (
            Drawn(first.reason.code, first.text, picture=shown),
            *(fault.reason for fault in others),
        )


class FittingRoom:
    """Keeps the last wearer, flat-lay and try-on by what they were read from."""

    def __init__(self) -> None:
        self._wearer: tuple[str, Wearer] | None = None
        self._flat: tuple[str, FlatLay] | None = None
        self._tried: tuple[str, Tried] | None = None

    def try_on(
        self,
        assets: Assets,
        garment: Material,
        outline: Callable[[], tuple[Silhouette, Matte]],
    ) -> Tried:
        """This function will try a flat-lay on the person of a plate.

        ``outline`` reads the silhouette and the matte, and is called only if they are needed.
        Flat-lay and pose are judged before anything is warped.
        """
        pixels = garment.pixels
        plate = digest(assets.pixels.tobytes() + assets.card.model_dump_json().encode())
        key = f"{plate} {garment.digest}"
        if self._tried is not None and self._tried[0] == key:
            return self._tried[1]
        faults = gates.of_pose(assets.card)
        if pixels is None:
            faults.append(Fault("no_garment", "the file to wear is no picture"))
            return Tried(None, tuple(faults), assets.pixels)
        if self._flat is None or self._flat[0] != garment.digest:
            self._flat = (garment.digest, read(pixels))
        flat = self._flat[1]
        faults += gates.of_flat_lay(flat)
        worn = None
        if not any(fault.grave for fault in faults):
            if self._wearer is None or self._wearer[0] != plate:
                self._wearer = (plate, wearer(assets.pixels, assets.card, *outline()))
            by = self._wearer[1]
            if flat.kind is Kind.TROUSERS:
                faults += gates.of_legs(assets.card, by.bottom)
            if not any(fault.grave for fault in faults):
                worn = wear(by, flat)
                faults += worn.faults
        tried = Tried(worn, tuple(faults), assets.pixels)
        self._tried = (key, tried)
        return tried
