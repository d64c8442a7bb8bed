"""The library of a brand: its sealed pictures, each with how its license stands."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from sosie.core.life import Standing
from sosie.core.ports import Outside
from sosie.core.values import Refusal
from sosie.services import brief, life, releasing, sequence
from sosie.services import release as releases
from sosie.store.models import License, Picture, Seal, SignedAct
from sosie.store.studio import ReleaseRequest

MADE = (F("made_at"), *sequence.numbered())
"""What puts pictures in the sequence in which they were made: read from an index alone."""
SOON = 30
"""Days before its last one in which a license is said to end soon."""


class State(StrEnum):
    """How a license stands for whoever holds its pictures."""

    IN_FORCE = "in_force"
    ENDS_SOON = "ends_soon"
    NOT_YET = "not_yet"
    RESTS = "rests"
    """Suspended: what is out may stay, nothing new."""
    ENDED = "ended"
    REVOKED = "revoked"


_STATES: Mapping[Standing, State] = {
    Standing.IN_FORCE: State.IN_FORCE,
    Standing.SIGNED: State.NOT_YET,
    Standing.SUSPENDED: State.RESTS,
    Standing.REVOKED: State.REVOKED,
}
USABLE = frozenset({State.IN_FORCE, State.ENDS_SOON})
OVER = frozenset({State.ENDED, State.REVOKED})


@dataclass(frozen=True, slots=True)
class Held:
    """A license of which a brand holds sealed pictures."""

    license: str
    title: str
    state: State
    last: date | None
    days: int | None
    """Days until the last one, that day counted; nothing where it is over."""
    twin: tuple[str, str]
    """Its id, and the name under which she appears."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file that went out."""

    seal: str
    channel: str
    territories: list[str]
    account: str
    at: datetime
    down: bool
    """Whether the brand signed that it is taken down."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One sealed picture."""

    picture: str
    seal: str
    """Of the master."""
    twin: str
    """The name under which she appears."""
    held: Held
    renditions: tuple[Rendition, ...]
    requests: tuple[ReleaseRequest, ...]
    """What its brand asked to have out as well, and is not."""

    @property
    def usable(self) -> bool:
        """Whether something of it may still go out."""
        return self.held.state in USABLE

    @property
    def due_down(self) -> int:
        """How many files are still out though the license ended."""
        over = self.held.state in OVER
        return sum(not each.down for each in self.renditions) if over else 0

    def as_row(self) -> dict[str, Any]:
        """Return it as plain values, for a list."""
        return {
            "picture": self.picture,
            "seal": self.seal,
            "twin": self.twin,
            "license": self.held.license,
            "title": self.held.title,
            "state": str(self.held.state),
            "until": self.held.last.isoformat() if self.held.last else "",
            "renditions": [f"{each.seal} {each.channel}" for each in self.renditions],
            "take_down": self.due_down,
        }


def held(brands: Collection[str], *, now: datetime) -> dict[str, Held]:
    """Return the licenses of which some brands hold sealed pictures, by id."""
    sealed = Picture.objects.filter(license=OuterRef("pk"), status=Picture.Status.SEALED)
    return _held(License.objects.filter(Exists(sealed), brand__in=brands), now)


def _held(rows: QuerySet[License], now: datetime) -> dict[str, Held]:
    return {id: _told(id, each) for id, each in brief.told(rows, now=now).items()}


def _told(id: str, told: brief.Brief) -> Held:
    state = state_of(told)
    days = None if state in OVER else told.days
    return Held(id, told.title, state, told.last, days, told.twin)


def state_of(told: brief.Brief) -> State:
    """Return how a license stands for whoever holds its pictures."""
    state, days = _STATES.get(told.stands, State.ENDED), told.days
    soon = state is State.IN_FORCE and days is not None and days <= SOON
    return State.ENDS_SOON if soon else state


def find(
    brands: Collection[str],
    licenses: Mapping[str, Held],
    *,
    search: str = "",
    state: str = "",
    twin: str = "",
) -> QuerySet[Picture]:
    """Return the sealed pictures of some brands, whose licenses these are, the newest first: those
    of a state, of a twin, and that hold some words in their ids, their seals, or the title of their
    license."""
    among = {
        id: f"{id}\n{each.title}\n{each.twin[1]}".casefold()
        for id, each in licenses.items()
        if state in ("", each.state) and twin in ("", each.twin[0])
    }
    rows = Picture.objects.filter(status=Picture.Status.SEALED, license__brand__in=brands)
    if len(among) < len(licenses):
        rows = rows.filter(license__in=among)
    if search:
        named = [id for id, text in among.items() if search.casefold() in text]
        numbered = Seal.objects.filter(number__icontains=search).values("picture")
        rows = rows.filter(Q(pk__icontains=search) | Q(license__in=named) | Q(pk__in=numbered))
    seals = Seal.objects.select_related("release").order_by("at", "number")
    rows = rows.select_related("plate__twin").only("license", "plate__twin__shown_as")
    rows = rows.prefetch_related(Prefetch("seals", queryset=seals))
    return rows.order_by(*sequence.backward(MADE))


def shelved(rows: Collection[Picture], licenses: Mapping[str, Held]) -> list[Shelved]:
    """Return sealed pictures as the library shows them."""
    numbers = [seal.pk for row in rows for seal in row.seals.all()]
    acts = SignedAct.objects.filter(act=life.TAKEN_DOWN, subject__in=numbers)
    down = set(acts.values_list("subject", flat=True))
    asked = releasing.newest([row.pk for row in rows])
    found = []
    for row in rows:
        requests = tuple(each for each in asked.get(row.pk, ()) if not each.release_id)
        seals = list(row.seals.all())
        renditions = tuple(
            Rendition(
                seal=seal.pk,
                channel=seal.channel,
                territories=seal.release.territories,
                account=seal.release.account,
                at=seal.release.at,
                down=seal.pk in down,
            )
            for seal in seals
            if hasattr(seal, "release")
        )
        master = next(seal.pk for seal in seals if seal.master_id is None)
        name = row.plate.twin.shown_as
        held = licenses[row.license_id]
        found.append(Shelved(row.pk, master, name, held, renditions, requests))
    return found


def twins(licenses: Mapping[str, Held]) -> list[tuple[str, str]]:
    """Return the twins of some licenses, each with the name under which she appears."""
    return sorted({each.twin for each in licenses.values()}, key=lambda twin: twin[1])


def label(outside: Outside, *, number: str, site: str, now: datetime) -> bytes | Refusal:
    """Return what is printed beside a picture that went out (`release.label`), as PDF. A license
    that is not in force gives nothing out."""
    seal = releases.known(number)
    refusal = _not_given_out(seal, now) if seal else None
    return refusal or releases.label(outside, number=number, site=site)


def _not_given_out(seal: Seal, now: datetime) -> Refusal | None:
    (stands,) = _held(License.objects.filter(pk=seal.picture.license_id), now).values()
    if stands.state in USABLE:
        return None
    text = f"`{stands.license}` is not in force: nothing of it is given out"
    return Refusal.because("license.not_in_force", text)


def package(outside: Outside, seal: Seal, *, now: datetime) -> bytes | Refusal:
    """Return what went out under a seal, packed again as one ZIP file: the same bytes for the same
    package. A license that is not in force gives nothing out."""
    if refusal := _not_given_out(seal, now):
        return refusal
    files = releases.packed(outside, number=seal.pk)
    if isinstance(files, Refusal):
        return files
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in sorted(files.items()):
            bundle.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()
