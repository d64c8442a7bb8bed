"""The seal of a picture: what it states, what is known of it, and what a verifier may conclude.

A *seal number* is a random 64-bit integer, spelled as thirteen characters of Crockford's base32
(`7H2K-9QX4-M3TZB`). What is concluded from the evidence about one file stands in `assessment`. The
format of what travels is in docs/formats/seal.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal

from sosie.core.terms import PublicTerms
from sosie.core.values import BadInput, Digest, Outcome, Reason, digest

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""Base of the IPTC digital source type terms; which may be named: ``source_type``."""
PLUS = "http://ns.useplus.org/ldf/vocab/"
"""Base of the PLUS vocabulary terms."""
FINGERPRINT_ALGORITHM = "org.sosie.fingerprint.1"
"""Name of the 256-bit fingerprint in a soft binding; never changes its meaning."""
WATERMARK_ALGORITHM = "org.sosie.watermark.1"
"""Name of the watermark in a soft binding; never changes its meaning."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = {"I": "1", "L": "1", "O": "0"}


def spell(number: int) -> str:
    """This function will spell a seal number (0 to 2**64 - 1) as people see it.

    Thirteen characters of Crockford's base32 in groups of four, four and five, as
    `7H2K-9QX4-M3TZB`. Raises ``ValueError`` outside the range.
    """
    if not 0 <= number < 2**64:
        raise ValueError(f"{number} is no seal number: it takes 64 bits")
    text = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def parse(text: str) -> int:
    """This function will read a spelled seal number, in any case, with or without hyphens.

    I and L are read as 1 and O as 0 (Crockford, base32). Raises ``BadInput`` if it is none.
    """
    bare = "".join(_READ_AS.get(c, c) for c in text.upper() if c not in "- ")
    problem = ""
    if len(bare) != 13:
        problem = f"a seal number has 13 characters and this has {len(bare)}"
    elif strange := sorted(set(bare) - set(_ALPHABET)):
        problem = f"a seal number does not hold {', '.join(strange)}"
    elif _ALPHABET.index(bare[0]) > 15:
        problem = "a seal number starts with 0 to 9 or A to F"
    if problem:
        remedy = "copy it as shown on the seal, like `7H2K-9QX4-M3TZB`"
        raise BadInput(problem, where=text[:40], remedy=remedy, code="seal.number")
    number = 0
    for character in bare:
        number = number * 32 + _ALPHABET.index(character)
    return number


def plain(text: str, most: int = 200) -> str:
    """This function will make a text safe to show in one line of a terminal or page.

    Control, format (bidirectional marks, zero-width), private and unassigned characters become
    spaces; the result has at most ``most`` characters.
    """
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: most * 4])
    return " ".join(shown.split())[:most]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the XMP and IPTC fields of a picture say, each as plain text; empty is left out."""

    source_type: str
    """URI of the IPTC digital source type."""
    credit: str
    licensor_name: str = ""
    licensor_url: str = ""
    description: str = ""
    alt_text: str = ""
    disclosure: str = ""
    """The sentence for people that the picture was made with a digital twin."""
    copyright: str = ""
    data_mining: str = PLUS + "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
    """PLUS data mining term: none of what the credential forbids (training, inference, mining), but
    a shop's page may be found."""
    model_release: str = PLUS + "MR-LMR"
    """PLUS model release status; MR-LMR: the release is limited, as the license says."""
    seal_number: int | None = None


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A picture from which another was made; its own manifest, if any, is kept."""

    title: str
    data: bytes = field(repr=False, default=b"")
    """Empty when only a digest or a seal number is known of it."""
    relationship: Literal["parentOf", "componentOf", "inputTo"] = "componentOf"
    """parentOf: the master of a rendition; componentOf: the plate of a picture; inputTo: what a
    mark names that was in the pixels before they were sealed."""
    media_type: str = "image/jpeg"
    known_as: Digest | None = None
    """Its digest, where its bytes are not given."""
    number: int | None = None
    """Its seal number, where no bytes and no digest are known."""
    manifest: bytes | None = field(repr=False, default=None)
    """The manifest store that lay beside its bytes, if any."""

    @property
    def id(self) -> str:
        """A URN: of its digest, else of its seal number; raises ``ValueError`` without either."""
        if self.data or self.known_as:
            return f"urn:{self.known_as or digest(self.data)}"
        if self.number is None:
            raise ValueError(f"nothing is known of the ingredient {self.title!r}")
        return f"urn:sosie:seal:{spell(self.number)}"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing done to the plate: an action of the C2PA specification (section 18.10) and a
    sentence for people."""

    name: str
    """As `c2pa.adjustedColor`, `c2pa.edited`, `c2pa.cropped`, `c2pa.resized`."""
    text: str = ""
    source_type: str = ""
    """URI of the digital source type of this change; empty: that of the picture."""


@dataclass(frozen=True, slots=True)
class LicenseAssertion:
    """What a seal states of the license (assertion `org.sosie.license`, format 1)."""

    license: str
    """Id of the license."""
    twin_name: str
    """The twin as the model chose to be named."""
    terms: PublicTerms
    terms_digest: Digest
    """Digest of the complete terms that both parties signed."""
    brand_name: str = ""
    """The brand as it chose to appear; empty if it did not."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is signed into a file. With a parent ingredient it is a rendition (`c2pa.opened`),
    without one a master (`c2pa.created`)."""

    number: int
    title: str
    source_type: str
    fingerprint: str
    """64 hexadecimal digits."""
    license: LicenseAssertion
    actions: tuple[Action, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    watermark: str | None = None
    """The payload as hexadecimal digits, once there is a watermark."""
    earlier: tuple[int, ...] = ()
    """Seal numbers that marks in the pixels named before they were sealed."""
    preview: bytes = field(repr=False, default=b"")
    """A small file that shows the same, of what goes out: the thumbnail of the claim."""


BYTES_DIFFER = ("assertion.dataHash.mismatch", "assertion.bmffHash.mismatch")
"""Validation codes that mean another file than the one that was signed: of JPEG, PNG and WebP, and
of AVIF."""


class CredentialState(StrEnum):
    """How far a manifest holds. Only ``trusted`` may ever count as somebody known."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"
    INVALID = "invalid"
    VALID = "valid"
    """Sound, by a signer whom the given anchors do not vouch for: anybody can make this."""
    TRUSTED = "trusted"


@dataclass(frozen=True, slots=True)
class Credential:
    """What the active manifest of a file says, its signed fields only.

    The fields are ``None`` unless the claim signature and the hash of each assertion that holds
    them were validated; in an ``invalid`` credential they are set only when nothing is wrong but
    the bytes of the file, and the given anchors vouch for the signer.
    """

    state: CredentialState
    number: int | None = None
    license: LicenseAssertion | None = None
    fingerprint: str | None = None
    source_type: str | None = None
    signer: str | None = None
    """Common name or organization of the signing certificate: for a ``valid`` credential what
    an unknown signer calls itself."""
    problems: tuple[str, ...] = ()
    """Validation codes of the C2PA specification (section 15), nothing that a file could word."""
    stamped_at: datetime | None = None
    """When it was signed, as a time stamp proves whose authority is relied on (RFC 3161)."""
    earlier: tuple[int, ...] = ()
    """Seal numbers that marks in the pixels named before they were sealed."""
    label: str | None = None
    """Identifier of the manifest, as `urn:c2pa:` and a UUID: a name, which proves nothing."""

    @property
    def bytes_differ(self) -> bool:
        """Whether the file was changed after it was signed."""
        return any(code in BYTES_DIFFER for code in self.problems)


class Standing(StrEnum):
    """The state of a license, as far as it is known."""

    IN_FORCE = "in_force"
    ENDED = "ended"
    REVOKED = "revoked"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Record:
    """What the workspace, or the package beside a file, knows of one seal.

    All but ``standing`` and ``standing_on`` is fixed when the picture is sealed and committed to
    in the log.
    """

    number: int
    file: Digest
    fingerprint: str
    twin_name: str
    license: str
    terms: PublicTerms
    terms_digest: Digest
    sealed_at: datetime
    """With a time zone."""
    channel: str | None = None
    """The channel, if it is a rendition."""
    master: int | None = None
    """The seal number of the master, if it is a rendition."""
    manifest: Digest | None = None
    """Digest of the manifest store beside the file (`.c2pa`); ``None`` when it is in the file."""
    earlier: tuple[int, ...] = ()
    """Seal numbers that marks in the pixels named before they were sealed."""
    features: Digest | None = None
    """Digest of its local features; with ``colors``, of its fields (hex), its sketch, if any."""
    colors: str | None = None
    standing: Standing | None = None
    """``None`` when only the public terms can be judged (offline)."""
    standing_on: date | None = None
    """The day on which the license was revoked or ended."""


@dataclass(frozen=True, slots=True)
class Box:
    """A region of a picture in percent of its width and height, from the top left."""

    left: float
    top: float
    width: float
    height: float

    def as_dict(self) -> dict[str, float]:
        """This function will return the four percentages, rounded to a tenth."""
        return {name: round(getattr(self, name), 1) for name in ("left", "top", "width", "height")}

    def __str__(self) -> str:
        if self.width >= 100 and self.height >= 100:
            return "all of it"
        return (
            f"{self.width:.0f} × {self.height:.0f} % at {self.left:.0f} % from the left, "
            f"{self.top:.0f} % from the top"
        )


INSIDE_ELSE: Final = "shown inside something else"
"""Said of a copy around which there is more than a plain border."""
FAR_OFF = 256
"""Bits in which fingerprints differ at most: said of a copy that was found otherwise."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A record that fingerprint or local features of the file found, and how its pixels compare."""

    record: Record
    logged: bool
    """Whether the log of the workspace proves the record."""
    distance: int
    """Bits of 256 in which the fingerprints differ."""
    matched: bool
    """Whether the pixels lie on each other (``fingerprint.confirm``)."""
    regions: tuple[Box, ...] = ()
    """Where they differ by more than recompression and scaling explain."""
    differs: tuple[str, ...] = ()
    """What differs, in words: recompressed, resized, cropped, turned, mirrored."""
    agreeing: int = 0
    """Local features that led to it; 0 if its fingerprint did."""
    afar: str = ""
    """In words, what sketch and signed preview could not tell; empty: the pixels were compared."""
    sketched: bool = False
    """Whether it was held against the sketch alone, which does not tell one face from another."""

    @property
    def known_by(self) -> KnownBy:
        """How the picture is known, if it is this copy."""
        return KnownBy.AFAR if self.afar else KnownBy.PIXELS


class TrustSource(StrEnum):
    """Who chose the root and the log key."""

    WORKSPACE = "workspace"
    GIVEN = "given"
    """Handed over by the verifier (`--trust`)."""
    BESIDE = "beside"
    """Merely lies beside the file: counts as nothing until it is chosen."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Trust:
    """The root certificate and log key that the credential and the proof were checked against."""

    source: TrustSource
    name: str = ""
    """The name that the trust file gives its workspace."""
    root_fingerprint: str = ""
    """SHA-256 of the root certificate."""
    where: str = ""
    """The path of the trust file, to be named in the remedy."""

    @property
    def chosen(self) -> bool:
        """Whether the verifier decided to rely on it."""
        return self.source in (TrustSource.WORKSPACE, TrustSource.GIVEN)


class RemoteState(StrEnum):
    """What came of asking a remote Sosie."""

    FOUND = "found"
    """It knows the picture, and all that it says of it was proved or compared here."""
    NONE = "none"
    """It knows nothing like it."""
    UNASKED = "unasked"
    """There was nothing to ask by: no mark that can be read, and the picture was to stay here."""
    UNCONFIRMED = "unconfirmed"
    """It names a seal of which the picture is no copy that can be told from here."""
    UNPROVED = "unproved"
    """What it says is not in the log whose key was chosen."""
    UNREACHED = "unreached"
    UNSOUND = "unsound"
    """It answered with what is no answer, or too late, or too much."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote Sosie that was asked, and what came of it."""

    state: RemoteState
    host: str
    text: str
    """For people, after the name of the host."""


class LogState(StrEnum):
    """What the transparency log says of exactly these bytes."""

    PROVED = "proved"
    """A leaf of this file's SHA-256 and this record, included under a signed checkpoint."""
    ABSENT = "absent"
    CONTRADICTS = "contradicts"
    """A proof is there and does not hold, or speaks of another file or record."""


@dataclass(frozen=True, slots=True)
class LogFinding:
    """The result of looking the file up in a log, checked against the key of ``Trust``."""

    state: LogState
    reason: Reason | None = None
    """Why it contradicts, or is absent although an entry lies beside the file."""
    index: int | None = None
    tree_size: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether the public terms allow a place, a channel, a day and a purpose."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    where: str | None = None
    channel: str | None = None
    on: date | None = None
    purpose: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """This function will return the placement as plain JSON values."""
        return {
            "outcome": self.outcome.value,
            "where": self.where,
            "channel": self.channel,
            "on": None if self.on is None else self.on.isoformat(),
            "purpose": self.purpose,
            "reasons": [reason.as_dict() for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged, for when and under whose root: what it takes to judge it again."""

    name: str
    """The last part of the file's path, in plain characters."""
    digest: Digest
    on: date
    """The day for which the license is judged."""
    at: datetime | None
    """The moment, by the clock that was given; ``None`` when a day was named."""
    trust: Trust

    def as_dict(self) -> dict[str, Any]:
        """This function will return the fields as plain JSON values."""
        trust = self.trust
        return {
            "name": self.name,
            "digest": self.digest,
            "on": self.on.isoformat(),
            "at": None if self.at is None else self.at.isoformat(),
            "trust": {
                "source": trust.source.value,
                "workspace": (plain(trust.name) or None) if trust.chosen else None,
                "root_sha256": trust.root_fingerprint or None,
                "file": plain(trust.where) or None,
            },
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found out about one file, before anything is concluded."""

    file: Digest
    on: date
    """The day for which the license is judged."""
    credential: Credential
    trust: Trust
    log: LogFinding
    record: Record | None = None
    """The record of exactly this file: the workspace's, or the one in its package."""
    fingerprint: str | None = None
    """Of the pixels as they are; ``None`` when they could not be decoded."""
    manifest: Digest | None = None
    """Digest of the manifest store beside the file, if one lies there and the file holds none."""
    marks: tuple[int, ...] | None = None
    """Seal numbers that marks in the pixels name, the surest first; ``None`` when nobody looked.
    A mark only finds a record: anybody with the read key can make one."""
    copy: Copy | None = None
    placement: Placement | None = None
    """``None`` when nobody asked."""
    remote: Remote | None = None
    """``None`` when no remote was to be asked."""
    at: datetime | None = None
    """The moment for which it is judged; ``None`` when a day was named."""
    where: str = ""
    """The path of the file."""
    unread: Reason | None = None
    """Why the record that lies beside the file cannot be read."""
    published: bool = False
    """Whether only what was released is told of, since anyone may ask."""

    @property
    def judged(self) -> Judged:
        """What is judged, for when and under whose root."""
        name = plain(self.where.rpartition("/")[2])
        return Judged(name, self.file, self.on, self.at, self.trust)


class Verdict(StrEnum):
    """The three things that a report can conclude."""

    MADE_HERE = "made_here"
    ALTERED = "altered"
    """Changed after sealing, or evidence that contradicts itself."""
    UNKNOWN = "unknown"


class KnownBy(StrEnum):
    """How a picture that was made here is known."""

    BYTES = "bytes"
    """The log proves exactly these bytes."""
    PIXELS = "pixels"
    """A copy: its pixels were laid on those of the original."""
    AFAR = "afar"
    """A copy, compared with sketch and signed preview of the original: what is tiny can escape."""


class StepState(StrEnum):
    """How one step of a verification went."""

    OK = "ok"
    FAIL = "fail"
    ABSENT = "absent"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step of a verification."""

    number: int
    name: str
    state: StepState
    code: str
    """A published reason code (docs/formats/seal.md)."""
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """This function will return the step as plain JSON values."""
        return {**asdict(self), "state": self.state.value}


@dataclass(frozen=True, slots=True)
class Report:
    """What a verifier may conclude, sentence first."""

    outcome: Verdict
    sentence: str
    steps: tuple[Step, ...]
    judged: Judged
    number: int | None = None
    """Set only when the outcome rests on it."""
    known_by: KnownBy | None = None
    """``None`` unless it was made here."""
    subject: Mapping[str, Any] | None = None
    """Twin, license, public terms and dates, from signed or logged fields."""
    placement: Placement | None = None
    differences: tuple[str, ...] = ()
    regions: tuple[Box, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 made under license here and, if asked, allowed; 1 altered, contradicting, or
        authentic but not allowed here; 2 unknown (DESIGN.md, section 7)."""
        match self.outcome:
            case Verdict.ALTERED:
                return 1
            case Verdict.UNKNOWN:
                return 2
            case Verdict.MADE_HERE if self._out_of_force:
                return 1
            case Verdict.MADE_HERE:
                asked = self.placement.outcome if self.placement else Outcome.ALLOWED
                return {Outcome.ALLOWED: 0, Outcome.REFUSED: 1, Outcome.UNDECIDED: 2}[asked]

    @property
    def _out_of_force(self) -> bool:
        """Whether the license is known to have ended or been revoked, or not to have begun."""
        standing = (self.subject or {}).get("standing")
        return standing in (Standing.ENDED, Standing.REVOKED, Standing.NOT_YET)

    def _repr_html_(self) -> str:
        """Show the report in a notebook."""
        from sosie.core.report_page import fragment  # noqa: PLC0415 - it knows this module

        return fragment(self)

    def as_dict(self) -> dict[str, Any]:
        """This function will return the report as plain JSON values (format `report/1`)."""
        placed = self.placement
        return {
            "sosie": "report/1",
            "outcome": self.outcome.value,
            "sentence": self.sentence,
            "exit_code": self.exit_code,
            "number": None if self.number is None else spell(self.number),
            "known_by": None if self.known_by is None else self.known_by.value,
            "subject": None if self.subject is None else dict(self.subject),
            "placement": None if placed is None else placed.as_dict(),
            "differences": list(self.differences),
            "regions": [box.as_dict() for box in self.regions],
            "steps": [step.as_dict() for step in self.steps],
            "judged": self.judged.as_dict(),
        }
