"""Gathering the evidence about one file, offline: what it says, what lies beside it, what the log
proves. What to conclude from it is `assessment.assess`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sosie.core.fingerprint import fingerprint
from sosie.core.package import Package
from sosie.core.seal import (
    CredentialState,
    Evidence,
    LogFinding,
    LogState,
    Placement,
    Trust,
    TrustSource,
)
from sosie.core.studio import Pixels
from sosie.core.terms import Channel, PublicTerms, Purpose
from sosie.core.territories import expand
from sosie.core.values import BadInput, Digest, digest

if TYPE_CHECKING:
    from sosie.core.ports import Credentials, Pictures
    from sosie.core.watermark import Mark


@dataclass(frozen=True, slots=True)
class Question:
    """What the verifier asks: the license on a day, and perhaps for a place, channel and purpose.

    Raises ``BadInput`` (``territory.unknown``) for a place that is none.
    """

    on: date | datetime
    """A day, or a moment (with a time zone): then the day that it is where the terms count days."""
    where: str | None = None
    """An ISO 3166-1 alpha-2 code or a group of countries, in capitals or not."""
    channel: Channel | None = None
    purpose: Purpose | None = None

    def __post_init__(self) -> None:
        if self.where is None:
            return
        object.__setattr__(self, "where", self.where.upper())
        try:
            expand([self.where])
        except ValueError as error:
            raise BadInput(
                str(error),
                where=self.where,
                remedy="name a code of two letters, as DE, FR, GB or US, or a group, as EU",
                code="territory.unknown",
            ) from None

    def day(self, terms: PublicTerms | None) -> date:
        """This function will return the day that is asked about, by the time zone of some terms."""
        if not isinstance(self.on, datetime):
            return self.on
        try:
            return self.on.astimezone(UTC).date() if terms is None else terms.day_of(self.on)
        except BadInput:  # a stranger's terms name a zone that is none
            return self.on.astimezone(UTC).date()

    def placed(self, terms: PublicTerms | None) -> Placement | None:
        """This function will judge the place by some public terms; nothing if nobody asked."""
        if terms is None or not (self.where or self.channel or self.purpose):
            return None
        from sosie.core.license import placement  # noqa: PLC0415 - all law, for who asks alone

        on = self.day(terms)
        outcome, reasons = placement(
            terms, territory=self.where, channel=self.channel, on=on, purpose=self.purpose
        )
        return Placement(outcome, reasons, self.where, self.channel, on, self.purpose)


@dataclass(frozen=True, slots=True)
class Anchors:
    """A root certificate and a log key, and who chose them."""

    trust: Trust
    root_pem: str
    log: str
    """Verifier key line of the log."""
    mark: str | None = None
    """The key that marks are read with, 64 hexadecimal digits."""


NOBODY = Trust(TrustSource.NONE)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is seen in a file."""

    pixels: Pixels
    marks: tuple[Mark, ...] | None
    """All marks that a key finds, the surest first; ``None`` where there is no key."""


def look(data: bytes, *, pictures: Pictures, anchors: Anchors | None, where: str) -> Look:
    """This function will look at a file; arguments and ``BadInput`` as those of ``gather``."""
    pixels = pictures.decode(data, where=where)
    if anchors is None or anchors.mark is None:
        return Look(pixels, None)
    from sosie.core.watermark import Key, detect  # noqa: PLC0415 - loaded where there is a key

    return Look(pixels, detect(pixels, Key(bytes.fromhex(anchors.mark))).payloads)


def gather(
    data: bytes,
    *,
    pictures: Pictures,
    credentials: Credentials,
    anchors: Anchors | None,
    package: Package | None,
    question: Question,
    where: str,
    manifest: bytes | None = None,
    seen: Look | None = None,
) -> Evidence:
    """This function will gather the evidence about a file without any database or network.

    ``package`` is what lies beside the file, if anything, and ``manifest`` the manifest store
    there (`.c2pa`), which is read if the file holds none; ``where`` names the file in messages;
    ``seen`` is what ``look`` saw in it, if it was looked at. Raises ``BadInput`` if the file is no
    picture that can be read.
    """
    seen = seen or look(data, pictures=pictures, anchors=anchors, where=where)
    file = digest(data)
    roots = anchors.root_pem if anchors else None
    credential = credentials.read(data, anchors=roots)
    if credential.state is not CredentialState.ABSENT:
        manifest = None
    elif manifest is not None:
        credential = credentials.read(data, anchors=roots, manifest=manifest)
    record = package.record if package else None
    said = credential.license.terms if credential.license else None
    return Evidence(
        file=file,
        on=question.day(said),
        credential=credential,
        trust=anchors.trust if anchors else NOBODY,
        log=_proved(file, package, anchors),
        record=record,
        fingerprint=_fingerprint(seen.pixels),
        marks=None if seen.marks is None else tuple(mark.payload for mark in seen.marks),
        manifest=None if manifest is None else digest(manifest),
        placement=question.placed(said),
        at=question.on if isinstance(question.on, datetime) else None,
        where=where,
    )


def _proved(file: Digest, package: Package | None, anchors: Anchors | None) -> LogFinding:
    if package is None or anchors is None:
        return LogFinding(LogState.ABSENT)
    return package.finding(file, anchors.log)


def _fingerprint(pixels: Pixels) -> str | None:
    return fingerprint(pixels) if min(pixels.shape[:2]) >= 8 else None
