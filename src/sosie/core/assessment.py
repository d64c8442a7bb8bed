"""What a verifier may conclude from the evidence about one file: pure, total, in numbered steps.

"Made under license here" is said by three routes only (DESIGN.md, guarantee 4): exactly the sealed
bytes, whose credential and log proof hold under a root and a key that the verifier *chose*; or, in
a workspace, a copy whose fingerprint finds a logged record and whose pixels lie on its own; or a
copy that agrees with the sketch in a record which the log proves under the key that was chosen.
Everything that contradicts is "altered"; all else is unknown, which is never said as fake.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sosie.core.seal import (
    INSIDE_ELSE,
    Copy,
    Credential,
    CredentialState,
    Evidence,
    KnownBy,
    LicenseAssertion,
    LogState,
    Placement,
    Record,
    RemoteState,
    Report,
    Standing,
    Step,
    StepState,
    TrustSource,
    Verdict,
    plain,
    spell,
)
from sosie.core.terms import PublicTerms
from sosie.core.values import Outcome, Reason

SAME_FINGERPRINT = 31
"""Bits of 256 up to which two fingerprints are of one picture (Facebook's PDQ paper, 2019)."""

FAR_OFF = 256
"""Bits in which a fingerprint differs at most: said of what was found otherwise."""

_OFFLINE = "a revocation since the package was made cannot be seen offline"


def assess(evidence: Evidence) -> Report:
    """This function will conclude what the evidence about one file allows.

    It raises nothing. The sentence comes first; ``number`` and ``subject`` are set only from
    fields that are both signed and logged, or from the workspace's own record of a copy.
    """
    against = _contradictions(evidence)
    copy = _usable_copy(evidence)
    if against:
        return _altered(evidence, against)
    if _proved(evidence):
        return _made_here(evidence, None)
    if copy is not None:
        against = _copy_contradictions(evidence.credential, copy)
        return _altered(evidence, against) if against else _made_here(evidence, copy)
    sentence = _unknown(evidence)
    if evidence.remote is not None and evidence.remote.state is not RemoteState.FOUND:
        sentence += f"; {evidence.remote.host} {evidence.remote.text}"
    return Report(Verdict.UNKNOWN, sentence, _steps(evidence, (), None, None))


def _proved(evidence: Evidence) -> bool:
    """Route (a): a trusted credential that states a license, and a proved leaf of these bytes."""
    credential = evidence.credential
    return (
        evidence.trust.chosen
        and credential.state is CredentialState.TRUSTED
        and credential.number is not None
        and credential.license is not None
        and evidence.log.state is LogState.PROVED
    )


def _usable_copy(evidence: Evidence) -> Copy | None:
    """Route (b) needs a logged record of the verifier's own workspace and pixels that match;
    route (c) a record that the chosen log proves, and a sketch in it that matches."""
    copy = evidence.copy
    if copy is None or not copy.logged or not copy.matched:
        return None
    known = TrustSource.GIVEN if copy.afar else TrustSource.WORKSPACE
    return copy if evidence.trust.source is known else None


def _contradictions(evidence: Evidence) -> tuple[Reason, ...]:
    credential, record = evidence.credential, evidence.record
    found = []
    if credential.state is CredentialState.INVALID:
        if credential.bytes_differ:
            of = "" if credential.number is None else f" of seal {spell(credential.number)}"
            text = f"it carries a credential{of}, but its bytes were changed after signing"
            found.append(Reason("seal.bytes.differ", text))
        else:
            text = f"the credential in it does not hold ({_codes(credential)})"
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
        found += _disagreements(credential, record)
    if _other_mark(evidence):
        text = f"the mark in its pixels names seal {_marked(evidence)}, not the one that is stated"
        found.append(Reason("seal.watermark.differs", text))
    if credential.state is CredentialState.TRUSTED and _far(
        credential.fingerprint, evidence.fingerprint
    ):
        text = "its pixels are not those whose fingerprint was signed"
        found.append(Reason("seal.fingerprint.differs", text))
    return tuple(found)


def _other_mark(evidence: Evidence) -> bool:
    """Whether marks are in the pixels, and none is of the seal that a record or a trusted
    credential of the file states, of its master, or of one that was there before."""
    stated = _stated(evidence)
    known = stated | _earlier(evidence, None)
    return bool(evidence.marks and stated) and known.isdisjoint(evidence.marks or ())


def _stated(evidence: Evidence) -> set[int]:
    """Return the seal numbers that record and trusted credential give the file or its master."""
    record, credential = evidence.record, evidence.credential
    stated = {record.number, record.master} if record else set()
    if credential.state is CredentialState.TRUSTED:
        stated.add(credential.number)
    return {number for number in stated if number is not None}


def _earlier(evidence: Evidence, copy: Copy | None) -> set[int]:
    """Return the seal numbers of marks that were in the pixels before they were sealed."""
    credential = evidence.credential
    found = set(credential.earlier if credential.state is CredentialState.TRUSTED else ())
    for record in (evidence.record, copy.record if copy else None):
        found.update(record.earlier if record else ())
    return found


def _marked(evidence: Evidence) -> str:
    return ", ".join(spell(number) for number in evidence.marks or ())


def _other_manifest(evidence: Evidence) -> bool:
    """Whether the record names a manifest store beside the file, and another one lies there."""
    named = evidence.record.manifest if evidence.record else None
    return None not in (named, evidence.manifest) and named != evidence.manifest


def _disagreements(credential: Credential, record: Record | None) -> list[Reason]:
    """Return what a credential states otherwise than the record of the same file."""
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


def _copy_contradictions(credential: Credential, copy: Copy) -> tuple[Reason, ...]:
    found = []
    if copy.regions:
        places = "; ".join(map(str, copy.regions[:3]))
        places += f" and {len(copy.regions) - 3} more" if len(copy.regions) > 3 else ""
        of = f"the picture of seal {spell(copy.record.number)}"
        inside = f"{of} is {INSIDE_ELSE}; what differs"
        what = inside if INSIDE_ELSE in copy.differs else f"part of {of} was changed"
        found.append(Reason("seal.copy.differs", f"{what}: {places}"))
    if credential.state is CredentialState.TRUSTED and credential.number == copy.record.number:
        signed = spell(copy.record.number)
        text = f"it is signed with the number of seal {signed}, whose bytes differ"
        found.append(Reason("seal.copy.number", text))
    family = {copy.record.number, copy.record.master}
    if credential.number is not None and credential.number not in family:
        text = f"it states another seal number than its pixels, {spell(copy.record.number)}"
        found.append(Reason("seal.copy.number", text))
    return tuple(found)


def _altered(evidence: Evidence, against: tuple[Reason, ...]) -> Report:
    copy = _usable_copy(evidence)
    says = {reason.code for reason in against}
    sentence = f"altered or contradicting: {against[0].text}"
    if copy is not None and not says & {"seal.copy.differs", "seal.copy.number"}:
        like = "parts" if copy.regions else "the picture"
        sentence += f"; {like} of seal {spell(copy.record.number)} can be seen in it"
    return Report(
        Verdict.ALTERED,
        sentence,
        _steps(evidence, against, None, None),
        differences=tuple(dict.fromkeys(reason.text for reason in against)),
        regions=copy.regions if copy else (),
    )


def _made_here(evidence: Evidence, copy: Copy | None) -> Report:
    credential = evidence.credential
    known: Record | LicenseAssertion
    record: Record | None
    if copy is not None:
        number, known, record = copy.record.number, copy.record, copy.record
    else:
        assert credential.number is not None and credential.license is not None  # noqa: S101, PT018
        number, known, record = credential.number, credential.license, evidence.record
    standing, license_text = _standing(evidence, known.terms, record)
    placement = _placed(evidence.placement, record, evidence.on)
    who = f"the twin of {plain(known.twin_name)}, license {plain(known.license)}"
    here = f"made under license here: {who}, {license_text}"
    differences: tuple[str, ...] = ()
    if copy is None:
        sentence = f"{here}; seal {spell(number)}"
    else:
        differences = (*copy.differs, *_credential_difference(credential))
        what = f"; what differs: {', '.join(differences)}" if differences else ""
        sentence = f"a copy of seal {spell(number)}, {here}{what}"
        sentence += f"; {copy.afar}" if copy.afar else ""
    if placement is not None:
        sentence += f"; {_placement_text(placement)}"
    stamped = credential.stamped_at
    subject = {
        "twin": plain(known.twin_name),
        "license": plain(known.license),
        "terms": known.terms.as_json(),
        "terms_digest": known.terms_digest,
        "standing": standing.value if standing else None,
        "sealed_at": record.sealed_at.isoformat() if record else None,
        "stamped_at": stamped.isoformat() if stamped and copy is None else None,
        "channel": record.channel if record else None,
        "master": spell(record.master) if record and record.master is not None else None,
    }
    return Report(
        Verdict.MADE_HERE,
        sentence,
        _steps(evidence, (), (standing, license_text), placement),
        number=number,
        known_by=copy.known_by if copy else KnownBy.BYTES,
        subject=subject,
        placement=placement,
        differences=differences,
    )


def _unknown(evidence: Evidence) -> str:
    """Return the sentence of an unknown picture: what is missing, and how to come further."""
    trust, state, log = evidence.trust, evidence.credential.state, evidence.log.state
    if trust.source is TrustSource.BESIDE and state is CredentialState.TRUSTED:
        agree = "credential is" if log is not LogState.PROVED else "credential and log proof are"
        return (
            f"unknown: its {agree} consistent with the trust file in its own package, "
            "which anybody can make; if you know the root with SHA-256 fingerprint "
            f"{trust.root_fingerprint} as that of the sender, choose it by "
            f"`--trust {plain(trust.where or 'trust.json')}`"
        )
    if state is CredentialState.TRUSTED and trust.chosen:
        if log is LogState.PROVED:
            return "unknown: a trusted credential without a seal number or a license"
        return (
            "unknown: its credential is trusted, but nothing proves that it is in the log; "
            "ask for the `.sosie.json` that was released with it"
        )
    if state is CredentialState.VALID:
        root = "the root that you chose" if trust.chosen else "any root that you chose"
        return (
            f"unknown: it is signed, but not under {root}, and anybody can sign; "
            "nothing that it states is shown"
        )
    if log is LogState.PROVED and trust.chosen:
        return "unknown: the log knows exactly these bytes, but no readable credential is in them"
    found, why = evidence.copy, "it is changed too much, or the mark was copied"
    if evidence.marks and (found is None or not found.matched):
        named = f"unknown: a mark in it names seal {_marked(evidence)}"
        if trust.source is TrustSource.WORKSPACE:
            return f"{named}, but it could not be laid on the picture of that seal: {why}"
        return f"{named}; ask the workspace that made the mark: it can compare the pixels"
    if found is not None and trust.source is TrustSource.WORKSPACE:
        what = "its record is not proved by the log" if found.matched else "the pixels do not match"
        return f"unknown: its fingerprint resembles that of a sealed picture, but {what}"
    unreadable = state is CredentialState.UNREADABLE
    have = "a credential that cannot be read" if unreadable else "no credential"
    return f"unknown: it carries {have}, and nothing known here matches it; that is no sign of fake"


def _steps(
    evidence: Evidence,
    against: tuple[Reason, ...],
    license_: tuple[Standing | None, str] | None,
    placement: Placement | None,
) -> tuple[Step, ...]:
    rows = (
        _trust_step(evidence),
        _credential_step(evidence),
        _bytes_step(evidence.credential),
        _log_step(evidence),
        _record_step(evidence, against),
        _fingerprint_step(evidence, against),
        _watermark_step(evidence, against),
        _license_step(license_),
        _placement_step(evidence, placement),
        *_remote_step(evidence),
    )
    return tuple(Step(number, *row) for number, row in enumerate(rows, start=1))


_Row = tuple[str, StepState, str, str]


def _trust_step(evidence: Evidence) -> _Row:
    trust = evidence.trust
    root = f" (root SHA-256 {trust.root_fingerprint})" if trust.root_fingerprint else ""
    name = f"the workspace `{plain(trust.name)}`" if trust.name else "this workspace"
    state, text = {
        TrustSource.WORKSPACE: (StepState.OK, f"the root and log key of {name}{root}"),
        TrustSource.GIVEN: (StepState.OK, f"the root and log key that you gave{root}"),
        TrustSource.BESIDE: (
            StepState.UNCHECKED,
            f"a trust file merely lies beside the picture{root}: it counts once you choose it",
        ),
        TrustSource.NONE: (StepState.ABSENT, "no root was chosen; give one by `--trust PATH`"),
    }[trust.source]
    return "trust", state, f"seal.trust.{trust.source.value}", text


def _credential_step(evidence: Evidence) -> _Row:
    credential, trust = evidence.credential, evidence.trust
    by = "the root in its own package" if trust.source is TrustSource.BESIDE else "the chosen root"
    state, text = {
        CredentialState.ABSENT: (StepState.ABSENT, "no content credential is in the file"),
        CredentialState.UNREADABLE: (StepState.ABSENT, "the content credential cannot be read"),
        CredentialState.INVALID: (
            StepState.FAIL,
            f"the content credential does not hold ({_codes(credential)})",
        ),
        CredentialState.VALID: (
            StepState.UNCHECKED,
            "the content credential is sound, but its signer is not vouched for",
        ),
        CredentialState.TRUSTED: (
            StepState.OK if trust.chosen else StepState.UNCHECKED,
            f"the content credential is signed under {by}",
        ),
    }[credential.state]
    return "credential", state, f"seal.credential.{credential.state.value}", text


def _bytes_step(credential: Credential) -> _Row:
    if credential.bytes_differ:
        return "bytes", StepState.FAIL, "seal.bytes.differ", "the file was changed after signing"
    if credential.state in (CredentialState.VALID, CredentialState.TRUSTED):
        return "bytes", StepState.OK, "seal.bytes.intact", "the file is as it was signed"
    return "bytes", StepState.UNCHECKED, "seal.bytes.unchecked", "nothing signed says its bytes"


def _log_step(evidence: Evidence) -> _Row:
    log, trust = evidence.log, evidence.trust
    match log.state:
        case LogState.PROVED:
            state = StepState.OK if trust.chosen else StepState.UNCHECKED
            key = "the chosen log key" if trust.chosen else "the key in its own package"
            where = "" if log.index is None else f", entry {log.index} of {log.tree_size}"
            return "log", state, "seal.log.proved", f"the log holds this file, by {key}{where}"
        case LogState.ABSENT:
            text = "no log entry of this file is at hand"
            return "log", StepState.ABSENT, "seal.log.absent", text
        case LogState.CONTRADICTS:
            reason = log.reason or Reason("seal.log.contradicts", "the log contradicts it")
            return "log", StepState.FAIL, reason.code, reason.text


def _record_step(evidence: Evidence, against: tuple[Reason, ...]) -> _Row:
    for reason in against:
        if reason.code.startswith("seal.record."):
            return "record", StepState.FAIL, reason.code, reason.text
    if evidence.record is None:
        return "record", StepState.ABSENT, "seal.record.absent", "no record of this file is at hand"
    if evidence.credential.state in (CredentialState.VALID, CredentialState.TRUSTED):
        text = "the record and the credential say the same"
        return "record", StepState.OK, "seal.record.agrees", text
    text = "a record is at hand, and no credential to compare it with"
    return "record", StepState.UNCHECKED, "seal.record.alone", text


def _fingerprint_step(evidence: Evidence, against: tuple[Reason, ...]) -> _Row:
    name, copy = "fingerprint", evidence.copy
    for reason in against:
        if reason.code.startswith(("seal.copy.", "seal.fingerprint.")):
            return name, StepState.FAIL, reason.code, reason.text
    if copy is not None:
        if not copy.matched:
            text = f"a fingerprint at {copy.distance} of 256 bits, but the pixels do not match"
            return name, StepState.ABSENT, "seal.copy.unconfirmed", text
        led = f"{copy.agreeing} local features" if copy.agreeing else f"{copy.distance} bits"
        if not copy.agreeing and copy.distance == FAR_OFF:
            led = "its mark led there"
        text = f"the pixels are those of seal {spell(copy.record.number)} ({led})"
        if copy.afar:
            text = (
                f"the pixels agree with the sketch of seal {spell(copy.record.number)}; {copy.afar}"
            )
        sure = _usable_copy(evidence) is not None
        if copy.regions:
            return name, StepState.FAIL, "seal.copy.differs", f"{text}, changed in places"
        code = f"seal.copy.matches{'_afar' if copy.afar else ''}"
        return name, StepState.OK if sure else StepState.UNCHECKED, code, text
    if evidence.credential.state is CredentialState.TRUSTED and evidence.fingerprint:
        text = "the pixels have the fingerprint that was signed"
        return name, StepState.OK, "seal.fingerprint.agrees", text
    text = "no sealed picture that is known here resembles it"
    return name, StepState.ABSENT, "seal.copy.none", text


def _watermark_step(evidence: Evidence, against: tuple[Reason, ...]) -> _Row:
    name, marks, copy = "watermark", evidence.marks, _usable_copy(evidence)
    for reason in against:
        if reason.code.startswith("seal.watermark."):
            return name, StepState.FAIL, reason.code, reason.text
    if marks is None:
        text = "no mark is looked for: no key to read marks with is at hand"
        return name, StepState.UNCHECKED, "seal.watermark.unchecked", text
    if not marks:
        text = "no mark of this workspace is found in the pixels"
        return name, StepState.ABSENT, "seal.watermark.absent", text
    own = _own(evidence, copy)
    earlier = _earlier(evidence, copy) - own
    text = f"the mark in the pixels names seal {_marked(evidence)}"
    if not own.isdisjoint(marks):
        if len(marks) > 1:
            text = f"the marks in the pixels name {_sorted_out(marks, own, earlier)}"
        return name, StepState.OK, "seal.watermark.agrees", text
    if not earlier.isdisjoint(marks):
        text = f"the marks in the pixels name {_sorted_out(marks, own, earlier)}, none its own"
        return name, StepState.UNCHECKED, "seal.watermark.earlier", text
    if copy is not None:
        text += f", and its pixels are those of seal {spell(copy.record.number)}"
        return name, StepState.UNCHECKED, "seal.watermark.other", text
    return name, StepState.UNCHECKED, "seal.watermark.alone", f"{text}: a mark only finds a record"


def _own(evidence: Evidence, copy: Copy | None) -> set[int | None]:
    """Return the seal numbers that are this picture's, by what may be relied on."""
    own: set[int | None] = set()
    for record in (evidence.record, copy.record if copy else None):
        own |= {record.number, record.master} if record else set()
    if evidence.credential.state is CredentialState.TRUSTED and evidence.trust.chosen:
        own.add(evidence.credential.number)
    return own


def _sorted_out(marks: tuple[int, ...], own: Collection[int | None], earlier: set[int]) -> str:
    """Return every number that marks name, with what it is to this picture."""
    words = []
    for number in marks:
        what = "marked before it was sealed" if number in earlier else "of another picture"
        words.append(f"seal {spell(number)} ({'of this picture' if number in own else what})")
    return ", ".join(words)


def _license_step(found: tuple[Standing | None, str] | None) -> _Row:
    if found is None:
        text = "no license is judged, since the picture is not known"
        return "license", StepState.UNCHECKED, "seal.license.unchecked", text
    standing, text = found
    state = {Standing.IN_FORCE: StepState.OK, None: StepState.UNCHECKED}.get(standing)
    word = standing.value if standing else "unknown"
    return "license", state or StepState.FAIL, f"seal.license.{word}", f"the license is {text}"


def _placement_step(evidence: Evidence, placement: Placement | None) -> _Row:
    if placement is None:
        asked = evidence.placement is not None
        text = "not judged, since the picture is not known" if asked else "nobody asked"
        return "placement", StepState.UNCHECKED, "seal.placement.unchecked", text
    state = {Outcome.ALLOWED: StepState.OK, Outcome.REFUSED: StepState.FAIL}.get(placement.outcome)
    code = f"seal.placement.{placement.outcome.value}"
    return "placement", state or StepState.UNCHECKED, code, _placement_text(placement)


def _remote_step(evidence: Evidence) -> tuple[_Row, ...]:
    """Return the step of asking a remote, if one was to be asked."""
    remote = evidence.remote
    if remote is None:
        return ()
    state = {
        RemoteState.FOUND: StepState.OK,
        RemoteState.NONE: StepState.ABSENT,
        RemoteState.UNCONFIRMED: StepState.ABSENT,
        RemoteState.UNPROVED: StepState.FAIL,
        RemoteState.UNSOUND: StepState.FAIL,
    }.get(remote.state, StepState.UNCHECKED)
    code = f"seal.remote.{remote.state.value}"
    return (("remote", state, code, f"{remote.host} {remote.text}"),)


def _standing(
    evidence: Evidence, terms: PublicTerms, record: Record | None
) -> tuple[Standing | None, str]:
    """Return the state of the license on a day, and its words after "the license is"."""
    on = evidence.on
    if record is not None and record.standing is not None:
        when = f" on {record.standing_on}" if record.standing_on else ""
        since = record.standing_on is None or record.standing_on <= on
        by = f", as {evidence.remote.host} says" if evidence.remote is not None else ""
        if record.standing is Standing.REVOKED and since:
            return Standing.REVOKED, f"revoked{when}{by}"
        if record.standing is Standing.ENDED and since:
            return Standing.ENDED, f"ended{when}{by}"
    told = "" if evidence.trust.source is TrustSource.WORKSPACE else f" ({_OFFLINE})"
    if evidence.remote is not None and evidence.remote.state is RemoteState.FOUND:
        told = f" ({evidence.remote.host} tells of no revocation, and could hide one)"
    if terms.period is None:
        return None, f"of unknown duration{told}"
    if on < terms.period.first:
        return Standing.NOT_YET, f"not in force before {terms.period.first}{told}"
    if on > terms.period.last:
        return Standing.ENDED, f"ended on {terms.period.last}"
    return Standing.IN_FORCE, f"in force until {terms.period.last}{told}"


def _placed(asked: Placement | None, record: Record | None, on: date) -> Placement | None:
    """Return the placement that was judged by the public terms, refused once the license is
    revoked or another took its place."""
    if asked is None or record is None:
        return asked
    words = {Standing.REVOKED: "was revoked", Standing.ENDED: "ended"}
    standing = record.standing
    if standing is None or standing not in words:
        return asked
    if record.standing_on is not None and (asked.on or on) < record.standing_on:
        return asked
    text = f"the license {words[standing]} on {record.standing_on}"
    reason = Reason(f"seal.license.{standing}", text)
    reasons = (reason, *asked.reasons)
    return Placement(Outcome.REFUSED, reasons, asked.where, asked.channel, asked.on)


def _placement_text(placement: Placement) -> str:
    place = [
        f"in {placement.where}" if placement.where else "",
        f"on {placement.channel}" if placement.channel else "",
        f"on {placement.on}" if placement.on else "",
    ]
    asked = " ".join(part for part in place if part) or "there"
    because = f": {placement.reasons[0].text}" if placement.reasons else ""
    match placement.outcome:
        case Outcome.ALLOWED:
            return f"may be used {asked}"
        case Outcome.REFUSED:
            return f"may not be used {asked}{because}"
        case Outcome.UNDECIDED:
            return f"whether it may be used {asked} is undecided{because}"


def _credential_difference(credential: Credential) -> tuple[str, ...]:
    match credential.state:
        case CredentialState.ABSENT:
            return ("content credential removed",)
        case CredentialState.UNREADABLE:
            return ("content credential damaged",)
        case CredentialState.VALID:
            return ("content credential replaced by that of an unknown signer",)
        case _:
            return ()


def _far(signed: str | None, seen: str | None) -> bool:
    """Whether two fingerprints are of different pictures; what cannot be compared is not."""
    if signed is None or seen is None:
        return False
    try:
        return (int(signed, 16) ^ int(seen, 16)).bit_count() > SAME_FINGERPRINT
    except ValueError:
        return True


def _codes(credential: Credential) -> str:
    return ", ".join(credential.problems[:3]) or "no reason given"
