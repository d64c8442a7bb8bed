"""The offline verifier behind `sosie.verify`: core and adapters, no database, no network."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sosie.adapters.credentials import C2pa
from sosie.adapters.pictures import PillowPictures
from sosie.core.assessment import assess
from sosie.core.contract import ContractReading
from sosie.core.package import Package, TrustFile
from sosie.core.seal import Report, Trust, TrustSource
from sosie.core.terms import Channel
from sosie.core.values import BadInput
from sosie.core.verification import Anchors, Question, gather

SIDECAR = ".sosie.json"
TRUST = "trust.json"
CREDENTIAL = ".c2pa"


def verify(
    path: str | Path,
    *,
    trust: str | Path | None = None,
    where: str | None = None,
    channel: str | None = None,
    on: date | None = None,
    time_roots: str | Path | None = None,
) -> Report:
    """This function will say what can be known of a picture file, offline.

    ``trust`` is the trust file of the workspace that you choose to rely on; one that merely lies
    beside the picture is named in the answer and counts as nothing. ``where`` is an ISO 3166-1
    code or group, ``channel`` a channel of the terms language, ``on`` a day (default: today, where
    the terms count their days), ``time_roots`` a PEM file with the roots of time-stamping
    authorities that you rely on. What lies beside the picture is read too: its package
    (`NAME.jpg.sosie.json`) and, if the file carries no credential, its manifest store
    (`NAME.c2pa`). Raises ``BadInput`` for a file that cannot be read, an unknown channel or a bad
    trust file.
    """
    path = Path(path)
    question = Question(on or datetime.now(UTC), where, _channel(channel))
    data = read(path)
    beside = path.parent / TRUST
    anchors = None
    if trust is not None:
        anchors = _anchors(Path(trust), TrustSource.GIVEN)
    elif beside.exists():
        anchors = _anchors(beside, TrustSource.BESIDE)
    sidecar = path.with_name(path.name + SIDECAR)
    package = Package.parse(read(sidecar), where=str(sidecar)) if sidecar.exists() else None
    evidence = gather(
        data,
        pictures=PillowPictures(),
        credentials=C2pa(
            "",
            None,
            anchors.root_pem if anchors else "",
            authorities=read(Path(time_roots)).decode(errors="replace") if time_roots else "",
        ),
        anchors=anchors,
        package=package,
        question=question,
        where=str(path),
        manifest=manifest_beside(path),
    )
    return assess(evidence)


def manifest_beside(path: Path) -> bytes | None:
    """This function will return the manifest store beside a picture, as C2PA names it: the same
    name, ending in `.c2pa`."""
    beside = path.with_suffix(CREDENTIAL)
    return read(beside) if beside != path and beside.is_file() else None


def contract(path: Path, *, trust: Path, at: datetime) -> ContractReading:
    """This function will validate a contract file offline, under the root in a trust file.

    Raises ``BadInput`` for a file that cannot be read or a bad trust file.
    """
    from sosie.adapters.keys import Anchor  # noqa: PLC0415 - a picture is verified in half the time
    from sosie.adapters.pdf_signatures import PdfSignatures  # noqa: PLC0415

    anchors = _anchors(trust, TrustSource.GIVEN)
    return PdfSignatures(Anchor(anchors.root_pem)).read(read(path), at=at)


def read(path: Path) -> bytes:
    """This function will return the bytes of a file; raises ``BadInput`` naming it."""
    try:
        return path.read_bytes()
    except OSError as error:
        what = (error.strerror or "it cannot be read").lower()
        raise BadInput(what, where=str(path), remedy="name a file that can be read") from None


def _anchors(path: Path, source: TrustSource) -> Anchors:
    file = TrustFile.parse(read(path), where=str(path))
    trust = Trust(source, file.workspace, file.root_fingerprint, str(path))
    return Anchors(trust, file.root, file.log, file.mark)


def _channel(name: str | None) -> Channel | None:
    try:
        return Channel(name) if name else None
    except ValueError:
        known = ", ".join(Channel)
        raise BadInput(
            "there is no such channel", where=str(name), remedy=f"name one of {known}"
        ) from None
