"""The evidence about one file laid out as numbered steps, each with a code that never changes its
meaning (docs/formats/seal.md). What is concluded from them stands in ``assessment``."""

from __future__ import annotations

from collections.abc import Collection

from sosie.core.contradictions import codes, earlier_marks, marked, usable_copy
from sosie.core.country_names import names
from sosie.core.fingerprint import TOO_SMALL
from sosie.core.seal import (
    FAR_OFF,
    Copy,
    Credential,
    CredentialState,
    Evidence,
    LogState,
    Placement,
    RemoteState,
    Standing,
    Step,
    StepState,
    TrustSource,
    plain,
    spell,
)
from sosie.core.term_names import CHANNELS, PURPOSES
from sosie.core.terms import Channel, Purpose
from sosie.core.values import Outcome, Reason

_IN_THE_PIXELS = ("the mark in the pixels", "the marks in the pixels")
_Row = tuple[str, StepState, str, str]


def steps(
    evidence: Evidence,
    against: tuple[Reason, ...] = (),
    license_: tuple[Standing | None, str] | None = None,
    placement: Placement | None = None,
) -> tuple[Step, ...]:
    """This function will return the steps: nine, and a tenth where a remote was to be asked.

    ``against``: all that contradicts; ``license_``: its standing and the words for it, and
    ``placement``, as judged, both of a picture that is known.
    """
    rows = (
        _trust_step(evidence),
        _credential_step(evidence),
        _bytes_step(evidence.credential),
        _log_step(evidence),
        _record_step(evidence, against),
        _fingerprint_step(evidence, against),
        _watermark_step(evidence, against),
        _license_step(license_),
        _placement_step(placement, known=license_ is not None),
        *_remote_step(evidence),
    )
    return tuple(Step(number, *row) for number, row in enumerate(rows, start=1))


def _trust_step(evidence: Evidence) -> _Row:
    trust = evidence.trust
    key = f"root SHA-256 {trust.root_fingerprint}"
    root = f" ({key})" if trust.root_fingerprint else ""
    name = plain(trust.name)
    own = f"the root and log key of the workspace `{name}`"
    beside = "the trust file beside the picture cannot be read" + "; " if trust.where else ""
    state, text = {
        TrustSource.WORKSPACE: (
            StepState.OK,
            (own if name else "the root and log key of this workspace") + root,
        ),
        TrustSource.GIVEN: (StepState.OK, "the root and log key that you gave" + root),
        TrustSource.BESIDE: (
            StepState.UNCHECKED,
            f"a trust file merely lies beside the picture{root}: it counts once you choose it",
        ),
        TrustSource.NONE: (
            StepState.ABSENT,
            beside + "no root was chosen" + "; " + "give one by `--trust PATH`",
        ),
    }[trust.source]
    return "trust", state, f"seal.trust.{trust.source.value}", text


def _credential_step(evidence: Evidence) -> _Row:
    credential, trust = evidence.credential, evidence.trust
    problems = codes(credential)
    by = "the root in its own package" if trust.source is TrustSource.BESIDE else "the chosen root"
    state, text = {
        CredentialState.ABSENT: (StepState.ABSENT, "no content credential is in the file"),
        CredentialState.UNREADABLE: (StepState.ABSENT, "the content credential cannot be read"),
        CredentialState.INVALID: (
            StepState.FAIL,
            f"the content credential does not hold ({problems})",
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
            text = f"the log holds this file, by {key}"
            if log.index is not None:
                text += ", " + f"entry {log.index} of {log.tree_size}"
            return "log", state, "seal.log.proved", text
        case LogState.ABSENT:
            none = Reason("seal.log.absent", "no log entry of this file is at hand")
            reason = log.reason or none
            return "log", StepState.ABSENT, reason.code, reason.text
        case LogState.CONTRADICTS:
            reason = log.reason or Reason("seal.log.contradicts", "the log contradicts it")
            return "log", StepState.FAIL, reason.code, reason.text


def _record_step(evidence: Evidence, against: tuple[Reason, ...]) -> _Row:
    for reason in against:
        if reason.code.startswith("seal.record."):
            return "record", StepState.FAIL, reason.code, reason.text
    if evidence.record is None and evidence.unread is not None:
        return "record", StepState.ABSENT, evidence.unread.code, evidence.unread.text
    if evidence.record is None:
        return "record", StepState.ABSENT, "seal.record.absent", "no record of this file is at hand"
    credential, silent = evidence.credential, "no credential to compare it with"
    if credential.state in (CredentialState.VALID, CredentialState.TRUSTED):
        if credential.number is not None or credential.license is not None:
            text = "the record and the credential say the same"
            return "record", StepState.OK, "seal.record.agrees", text
        silent = "the credential says nothing of a seal or a license"
    text = f"a record is at hand, and {silent}"
    return "record", StepState.UNCHECKED, "seal.record.alone", text


def _fingerprint_step(evidence: Evidence, against: tuple[Reason, ...]) -> _Row:
    name, copy = "fingerprint", evidence.copy
    for reason in against:
        if reason.code.startswith(("seal.copy.", "seal.fingerprint.")):
            return name, StepState.FAIL, reason.code, reason.text
    if copy is not None:
        return name, *_of_copy(evidence, copy)
    signed = evidence.credential.fingerprint
    if evidence.credential.state is CredentialState.TRUSTED and signed and evidence.fingerprint:
        text = "the pixels have the fingerprint that was signed"
        return name, StepState.OK, "seal.fingerprint.agrees", text
    text = "no sealed picture that is known here resembles it"
    if evidence.published:
        text = "no released picture that is known here resembles it"
    return name, StepState.ABSENT, "seal.copy.none", text


def _of_copy(evidence: Evidence, copy: Copy) -> tuple[StepState, str, str]:
    if TOO_SMALL in copy.differs:
        text = f"the pixels agree with those of seal {spell(copy.record.number)}, but {TOO_SMALL}"
        return StepState.UNCHECKED, "seal.copy.unconfirmed", text
    if not copy.matched:
        text = f"a fingerprint at {copy.distance} of 256 bits, but the pixels do not match"
        return StepState.ABSENT, "seal.copy.unconfirmed", text
    led = f"{copy.agreeing} local features" if copy.agreeing else f"{copy.distance} bits"
    if not copy.agreeing and copy.distance == FAR_OFF:
        led = "its mark led there"
    text = f"the pixels are those of seal {spell(copy.record.number)} ({led})"
    if copy.afar:
        text = f"the pixels agree with what is told of seal {spell(copy.record.number)}"
        text += f"; {copy.afar}"
    if copy.sketched:
        return StepState.UNCHECKED, "seal.copy.sketched", text
    sure = usable_copy(evidence) is not None
    if copy.regions:
        return StepState.FAIL, "seal.copy.differs", f"{text}, changed in places"
    code = f"seal.copy.matches{'_afar' if copy.afar else ''}"
    return StepState.OK if sure else StepState.UNCHECKED, code, text


def _watermark_step(evidence: Evidence, against: tuple[Reason, ...]) -> _Row:
    name, marks, copy = "watermark", evidence.marks, usable_copy(evidence)
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
    earlier = earlier_marks(evidence, copy) - own
    text = marked(evidence, _IN_THE_PIXELS)
    if not own.isdisjoint(marks):
        if len(marks) > 1:
            seals = _sorted_out(marks, own, earlier)
            text = f"the marks in the pixels are of {seals}"
        return name, StepState.OK, "seal.watermark.agrees", text
    if not earlier.isdisjoint(marks):
        seals = _sorted_out(marks, own, earlier)
        text = f"the marks in the pixels are of {seals}, none its own"
        return name, StepState.UNCHECKED, "seal.watermark.earlier", text
    if copy is not None:
        text += ", " + f"and its pixels are those of seal {spell(copy.record.number)}"
        return name, StepState.UNCHECKED, "seal.watermark.other", text
    text += ": " + "a mark only finds a record, and who has the read key can write one"
    return name, StepState.UNCHECKED, "seal.watermark.alone", text


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
        what = "of this picture" if number in own else what
        words.append(f"seal {spell(number)} ({what})")
    return ", ".join(words)


def _license_step(found: tuple[Standing | None, str] | None) -> _Row:
    if found is None:
        text = "no license is judged, since the picture is not known"
        return "license", StepState.UNCHECKED, "seal.license.unchecked", text
    standing, text = found
    state = {Standing.IN_FORCE: StepState.OK, None: StepState.UNCHECKED}.get(standing)
    word = standing.value if standing else "unknown"
    return "license", state or StepState.FAIL, f"seal.license.{word}", f"the license is {text}"


def _placement_step(placement: Placement | None, *, known: bool) -> _Row:
    if placement is None:
        text = "nobody asked" if known else "not judged, since the picture is not known"
        return "placement", StepState.UNCHECKED, "seal.placement.unchecked", text
    state = {Outcome.ALLOWED: StepState.OK, Outcome.REFUSED: StepState.FAIL}.get(placement.outcome)
    code = f"seal.placement.{placement.outcome.value}"
    return "placement", state or StepState.UNCHECKED, code, placement_text(placement)


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


def placement_text(placement: Placement) -> str:
    """This function will say whether a picture may be used there, for people."""
    place = []
    if placement.purpose:
        place.append(f"for {PURPOSES[Purpose(placement.purpose)]}")
    if placement.where:
        (where,) = names([placement.where])
        place.append(f"in {where}")
    if placement.channel:
        place.append(f"via {CHANNELS[Channel(placement.channel)]}")
    if placement.on:
        place.append(f"on {placement.on}")
    asked = ", ".join(place) or "there"
    why = placement.reasons[0].text if placement.reasons else ""
    match placement.outcome:
        case Outcome.ALLOWED:
            return f"may be used {asked}"
        case Outcome.REFUSED:
            return f"may not be used {asked}: {why}" if why else f"may not be used {asked}"
        case Outcome.UNDECIDED if why:
            return f"whether it may be used {asked} is undecided: {why}"
        case Outcome.UNDECIDED:
            return f"whether it may be used {asked} is undecided"
