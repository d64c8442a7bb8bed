"""What a verifier may conclude from the evidence about one file: pure and total.

"Made under license here" is said by three routes only (DESIGN.md, guarantee 4): exactly the sealed
bytes, whose credential and log proof hold under a root and a key that the verifier *chose*; or, in
a workspace, a copy whose fingerprint finds a logged record and whose pixels lie on its own; or a
copy that agrees with the sketch in a record which the log proves under the key that was chosen, and
with the preview in a manifest that is trusted under the root that was chosen.
Everything that contradicts is "altered" (``contradictions``); all else is unknown, which is never
said as fake. The numbered steps below the sentence are those of ``verification_steps``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sosie.core.contradictions import contradictions, copy_contradictions, marked, usable_copy
from sosie.core.fingerprint import TOO_SMALL
from sosie.core.seal import (
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
    TrustSource,
    Verdict,
    plain,
    spell,
)
from sosie.core.terms import PublicTerms
from sosie.core.values import Outcome, Reason
from sosie.core.verification_steps import placement_text, steps

_OFFLINE = "a revocation since the package was made cannot be seen offline"


def assess(evidence: Evidence) -> Report:
    """This function will conclude what the evidence about one file allows.

    It raises nothing. The sentence comes first; ``number`` and ``subject`` are set only from
    fields that are both signed and logged, or from the workspace's own record of a copy.
    """
    against = contradictions(evidence)
    copy = usable_copy(evidence)
    if against:
        return _altered(evidence, against)
    if _proved(evidence):
        return _made_here(evidence, None)
    if copy is not None:
        against = copy_contradictions(evidence.credential, copy)
        return _altered(evidence, against) if against else _made_here(evidence, copy)
    sketched = evidence.copy if evidence.copy is not None and evidence.copy.sketched else None
    sentence = _sketched(sketched) if sketched and evidence.trust.chosen else _unknown(evidence)
    if evidence.remote is not None and evidence.remote.state is not RemoteState.FOUND:
        sentence += f"; {evidence.remote.host} {evidence.remote.text}"
    return Report(Verdict.UNKNOWN, sentence, steps(evidence), evidence.judged)


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


def _altered(evidence: Evidence, against: tuple[Reason, ...]) -> Report:
    copy = usable_copy(evidence)
    says = {reason.code for reason in against}
    sentence = f"altered or contradicting: {against[0].text}"
    if copy is not None and not says & {"seal.copy.differs", "seal.copy.number"}:
        number = spell(copy.record.number)
        parts = f"parts of seal {number} can be seen in it"
        sentence += "; " + (
            parts if copy.regions else f"the picture of seal {number} can be seen in it"
        )
    return Report(
        Verdict.ALTERED,
        sentence,
        steps(evidence, against),
        evidence.judged,
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
    twin, license_ = plain(known.twin_name), plain(known.license)
    here = f"made under license here: the twin of {twin}, license {license_}, {license_text}"
    differences: tuple[str, ...] = ()
    if copy is None:
        sentence = here + "; " + f"seal {spell(number)}"
    else:
        differences = (*copy.differs, *_credential_difference(credential))
        sentence = f"a copy of seal {spell(number)}, {here}"
        if differences:
            sentence += "; " + f"what differs: {', '.join(differences)}"
        sentence += f"; {copy.afar}" if copy.afar else ""
    if placement is not None:
        sentence += f"; {placement_text(placement)}"
    stamped = credential.stamped_at
    subject = {
        "twin": twin,
        "license": license_,
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
        steps(evidence, (), (standing, license_text), placement),
        evidence.judged,
        number=number,
        known_by=copy.known_by if copy else KnownBy.BYTES,
        subject=subject,
        placement=placement,
        differences=differences,
    )


def _sketched(copy: Copy) -> str:
    """Return the sentence of what is like a sealed picture, and could show another's face."""
    like = (
        f"unknown: it is like seal {spell(copy.record.number)} as far as a sketch can tell,"
        " and a face or a logo in it could be another's"
    )
    return like + "; " + "ask its workspace to compare the pixels, or get the released file"


def _unknown(evidence: Evidence) -> str:
    """Return the sentence of an unknown picture: what is missing, and how to come further."""
    trust, state, log = evidence.trust, evidence.credential.state, evidence.log.state
    if trust.source is TrustSource.BESIDE and state is CredentialState.TRUSTED:
        agree = "credential is" if log is not LogState.PROVED else "credential and log proof are"
        path = plain(trust.where or "trust.json")
        told = (
            f"unknown: its {agree} consistent with the trust file in its own package,"
            " which anybody can make"
        )
        choose = (
            f"if you know the root with SHA-256 fingerprint {trust.root_fingerprint} as that"
            f" of the sender, choose it by `--trust {path}`"
        )
        return told + "; " + choose
    if state is CredentialState.TRUSTED and trust.chosen:
        if log is LogState.PROVED:
            return "unknown: a trusted credential without a seal number or a license"
        if evidence.log.reason is not None:
            text = evidence.log.reason.text
            told = f"unknown: its credential is trusted, but {text}, whose key you chose"
            return told + "; " + "ask the sender for the trust file of the log that it uses"
        told = "unknown: its credential is trusted, but nothing proves that it is in the log"
        return told + "; " + "ask for the `.sosie.json` that was released with it"
    if state is CredentialState.VALID:
        root = "the root that you chose" if trust.chosen else "any root that you chose"
        told = f"unknown: it is signed, but not under {root}, and anybody can sign"
        return told + "; " + "nothing that it states is shown"
    if log is LogState.PROVED and trust.chosen:
        return "unknown: the log knows exactly these bytes, but no readable credential is in them"
    if near := _near(evidence):
        return near
    unreadable = state is CredentialState.UNREADABLE
    have = "a credential that cannot be read" if unreadable else "no credential"
    told = f"unknown: it carries {have}, and nothing known here matches it"
    return told + "; " + "that is no sign of fake"


def _near(evidence: Evidence) -> str:
    """Return the sentence of what mark or pixels point to without proving it; else nothing."""
    found, source = evidence.copy, evidence.trust.source
    if found is not None and TOO_SMALL in found.differs:
        number = spell(found.record.number)
        told = f"unknown: it agrees with the picture of seal {number}, but it is {TOO_SMALL}"
        return told + "; " + "look for a larger copy"
    if evidence.marks and (found is None or not found.matched):
        named = marked(evidence, ("a mark in it", "marks in it"))
        of = "that seal" if len(evidence.marks) == 1 else "those seals"
        if source is TrustSource.WORKSPACE and evidence.published:
            return f"unknown: {named}, but no released picture of {of} could be laid on it"
        if source is TrustSource.WORKSPACE:
            return (
                f"unknown: {named}, but no picture of {of} could be laid on it:"
                " it is changed too much, or the mark was copied or invented"
            )
        asked = "ask the workspace whose key it is: it can compare the pixels"
        return f"unknown: {named}" + "; " + asked
    if found is not None and source is TrustSource.WORKSPACE:
        what = "its record is not proved by the log" if found.matched else "the pixels do not match"
        return f"unknown: its fingerprint resembles that of a sealed picture, but {what}"
    return ""


def _standing(
    evidence: Evidence, terms: PublicTerms, record: Record | None
) -> tuple[Standing | None, str]:
    """Return the state of the license, and its words after "the license is", by what is at hand."""
    by = f"as {evidence.remote.host} says" if evidence.remote is not None else ""
    told = "" if evidence.trust.source is TrustSource.WORKSPACE else f" ({_OFFLINE})"
    if evidence.remote is not None and evidence.remote.state is RemoteState.FOUND:
        alone = f"{evidence.remote.host} tells of no revocation, and could hide one"
        told = f" ({alone})"
    return standing_of(terms, record, on=evidence.on, by=by, told=told)


def standing_of(
    terms: PublicTerms, record: Record | None, *, on: date, by: str = "", told: str = ""
) -> tuple[Standing | None, str]:
    """This function will return the state of a license on a day, and its words after "the license
    is". ``by`` is said of a bad end, after a comma, and ``told`` of what else is known, last."""
    by = f", {by}" if by else ""
    if record is not None and record.standing is not None:
        day = record.standing_on
        if record.standing is Standing.REVOKED and (day is None or day <= on):
            return Standing.REVOKED, (f"revoked on {day}" if day else "revoked") + by
        if record.standing is Standing.ENDED and (day is None or day <= on):
            return Standing.ENDED, (f"ended on {day}" if day else "ended") + by
    if terms.period is None:
        return None, "of unknown duration" + told
    day = terms.period.first
    if on < day:
        return Standing.NOT_YET, f"not in force before {day}" + told
    day = terms.period.last
    if on > day:
        return Standing.ENDED, f"ended on {day}"
    return Standing.IN_FORCE, f"in force until {day}" + told


def _placed(asked: Placement | None, record: Record | None, on: date) -> Placement | None:
    """Return the placement that was judged by the public terms, refused once the license is
    revoked or another took its place."""
    if asked is None or record is None:
        return asked
    standing, day = record.standing, record.standing_on
    if standing not in (Standing.REVOKED, Standing.ENDED):
        return asked
    if day is not None and (asked.on or on) < day:
        return asked
    text = f"the license ended on {day}"
    if standing is Standing.REVOKED:
        text = f"the license was revoked on {day}"
    reason = Reason(f"seal.license.{standing}", text)
    reasons = (reason, *asked.reasons)
    return replace(asked, outcome=Outcome.REFUSED, reasons=reasons)


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
