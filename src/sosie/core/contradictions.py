"""What speaks against a file: evidence that contradicts itself, marks of another seal, a copy that
is changed. Each reason alone makes a report say "altered" (``assessment``).
"""

from __future__ import annotations

from typing import Any

from sosie.core.projection import STRETCHED
from sosie.core.seal import (
    INSIDE_ELSE,
    Copy,
    Credential,
    CredentialState,
    Evidence,
    LogState,
    Record,
    TrustSource,
    spell,
)
from sosie.core.values import Reason

SAME_FINGERPRINT = 31
"""Bits of 256 up to which two fingerprints are of one picture (Facebook's PDQ paper, 2019)."""


def contradictions(evidence: Evidence) -> tuple[Reason, ...]:
    """This function will return all that speaks against a file, whatever it is a copy of."""
    credential, record = evidence.credential, evidence.record
    found = []
    if credential.state is CredentialState.INVALID:
        if credential.bytes_differ:
            found.append(Reason("seal.bytes.differ", _other_bytes(evidence)))
        else:
            problems = codes(credential)
            text = f"the credential in it does not hold ({problems})"
            found.append(Reason("seal.credential.invalid", text))
    if evidence.log.state is LogState.CONTRADICTS:
        text = "the log contradicts it"
        found.append(evidence.log.reason or Reason("seal.log.contradicts", text))
    if record is not None and record.file != evidence.file:
        text = "the record that came with it is of a file with other bytes"
        found.append(Reason("seal.record.file", text))
    if _other_manifest(evidence):
        text = "the manifest beside it is not the one that was logged"
        found.append(Reason("seal.record.manifest", text))
    if credential.state in (CredentialState.TRUSTED, CredentialState.VALID):
        found += disagreements(credential, record)
    if _other_mark(evidence):
        named = marked(evidence)
        text = f"{named}, not the one that is stated"
        found.append(Reason("seal.watermark.differs", text))
    if credential.state is CredentialState.TRUSTED and _far(
        credential.fingerprint, evidence.fingerprint
    ):
        text = "its pixels are not those whose fingerprint was signed"
        found.append(Reason("seal.fingerprint.differs", text))
    return tuple(found)


def usable_copy(evidence: Evidence) -> Copy | None:
    """This function will return the copy that may be relied on, if one may: by a logged record of
    the verifier's own workspace and pixels that match, or by a record that the chosen log proves
    and a sketch and a signed preview that match."""
    copy = evidence.copy
    if copy is None or not copy.logged or not copy.matched or copy.sketched:
        return None
    known = TrustSource.GIVEN if copy.afar else TrustSource.WORKSPACE
    return copy if evidence.trust.source is known else None


def copy_contradictions(credential: Credential, copy: Copy) -> tuple[Reason, ...]:
    """This function will return what speaks against a file that is a copy, by its pixels."""
    found = []
    if copy.regions:
        places = "; ".join(map(str, copy.regions[:3]))
        if (more := len(copy.regions) - 3) > 0:
            places += "; " + f"and {more} more"
        number = spell(copy.record.number)
        shape = [word for word in copy.differs if word.startswith(STRETCHED)]
        if shape:
            text = f"the picture of seal {number} was {shape[0]}"
        elif INSIDE_ELSE in copy.differs:
            text = f"the picture of seal {number} is {INSIDE_ELSE}"
            text += "; " + f"what differs: {places}"
        else:
            text = f"part of the picture of seal {number} was changed: {places}"
        found.append(Reason("seal.copy.differs", text))
    if credential.state is CredentialState.TRUSTED and credential.number == copy.record.number:
        signed = spell(copy.record.number)
        text = f"it is signed with the number of seal {signed}, whose bytes differ"
        found.append(Reason("seal.copy.number", text))
    family = {copy.record.number, copy.record.master}
    if credential.number is not None and credential.number not in family:
        number = spell(copy.record.number)
        text = f"it states another seal number than its pixels, {number}"
        found.append(Reason("seal.copy.number", text))
    return tuple(found)


def disagreements(credential: Credential, record: Record | None) -> list[Reason]:
    """This function will return what a credential states otherwise than the record of a file."""
    stated = credential.license
    if record is None or (credential.number is None and stated is None):
        return []
    pairs: list[tuple[str, Any, Any]] = [
        ("seal number", credential.number, record.number),
        ("fingerprint", credential.fingerprint, record.fingerprint),
        ("list of earlier marks", credential.earlier, record.earlier),
    ]
    if stated is not None:
        pairs += [
            ("license", stated.license, record.license),
            ("twin", stated.twin_name, record.twin_name),
            ("terms", stated.terms.as_json(), record.terms.as_json()),
            ("digest of the terms", stated.terms_digest, record.terms_digest),
        ]
    return [
        Reason("seal.record.contradicts", f"its credential states another {name} than its record")
        for name, one, other in pairs
        if one != other
    ]


def _other_mark(evidence: Evidence) -> bool:
    """Whether marks are in the pixels, and none is of the seal that a record or a trusted
    credential of the file states, of its master, or of one that was there before."""
    stated = _stated(evidence)
    known = stated | earlier_marks(evidence, None)
    return bool(evidence.marks and stated) and known.isdisjoint(evidence.marks or ())


def _other_manifest(evidence: Evidence) -> bool:
    """Whether the record names a manifest store beside the file, and another one lies there."""
    named = evidence.record.manifest if evidence.record else None
    return None not in (named, evidence.manifest) and named != evidence.manifest


def _far(signed: str | None, seen: str | None) -> bool:
    """Whether two fingerprints are of different pictures; what cannot be compared is not."""
    if signed is None or seen is None:
        return False
    try:
        return (int(signed, 16) ^ int(seen, 16)).bit_count() > SAME_FINGERPRINT
    except ValueError:
        return True


def _stated(evidence: Evidence) -> set[int]:
    """Return the seal numbers that record and trusted credential give the file or its master."""
    record, credential = evidence.record, evidence.credential
    stated = {record.number, record.master} if record else set()
    if credential.state is CredentialState.TRUSTED:
        stated.add(credential.number)
    return {number for number in stated if number is not None}


def earlier_marks(evidence: Evidence, copy: Copy | None) -> set[int]:
    """This function will return the seals whose marks were in the pixels before it was sealed."""
    credential = evidence.credential
    found = set(credential.earlier if credential.state is CredentialState.TRUSTED else ())
    for record in (evidence.record, copy.record if copy else None):
        found.update(record.earlier if record else ())
    return found


_IN_ITS_PIXELS = ("the mark in its pixels", "the marks in its pixels")


def marked(evidence: Evidence, called: tuple[str, str] = _IN_ITS_PIXELS) -> str:
    """This function will say which seal numbers the marks in the pixels name; ``called``: how one
    is called, and several."""
    *numbers, last = (spell(number) for number in evidence.marks or ())
    a_mark, marks = called
    if not numbers:
        return f"{a_mark} names seal {last}"
    return f"{marks} name seals {', '.join(numbers)} and {last}"


def _other_bytes(evidence: Evidence) -> str:
    """Return what is said of a credential that is of other bytes."""
    number = evidence.credential.number
    if number is None and evidence.manifest is None:
        return "it carries a credential, but its bytes were changed after signing"
    if number is None:
        return "the credential beside it is of a file with other bytes"
    if evidence.manifest is None:
        return (
            f"it carries a credential of seal {spell(number)}, but its bytes were changed"
            " after signing"
        )
    return f"the credential beside it of seal {spell(number)} is of a file with other bytes"


def codes(credential: Credential) -> str:
    """This function will name at most three validation codes of a credential that does not hold."""
    return ", ".join(credential.problems[:3]) or "no reason given"
