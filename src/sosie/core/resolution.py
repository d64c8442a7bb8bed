"""Finding the seal of a picture at a remote Sosie: what is sent, and what is made of the answer.

The C2PA Soft Binding Resolution API (specification 2.4) leads from a soft binding to a manifest.
Beyond it we publish the *evidence* about a seal (`evidence/1`, docs/formats/resolution.md): its
package, its sketch, and the standing of its license. An answer is hostile input: what it says of a
picture counts only if the log proves it under the key that the verifier chose, and that a picture
is a copy is found out here, never believed. Only bad news of the license is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sosie.core.fingerprint import TOO_SMALL, Match
from sosie.core.package import Package, json_object
from sosie.core.preview import held
from sosie.core.projection import STRETCHED
from sosie.core.seal import (
    INSIDE_ELSE,
    Copy,
    CredentialState,
    Evidence,
    LogFinding,
    LogState,
    Record,
    Remote,
    RemoteState,
    Standing,
    spell,
)
from sosie.core.sketch import Resemblance, Sketch, compare
from sosie.core.studio import Pixels
from sosie.core.values import BadInput, digest
from sosie.core.verification import Anchors, Question

SPECIFICATION = "2.4.0"
"""The version of the C2PA specification whose resolution API is spoken."""
ESCAPES = "changes smaller than a fiftieth of the picture can be missed so"
"""What a comparison from afar cannot tell, for people."""
MOST_MATCHES = 10
"""Matches in one answer unless fewer are asked for, and at most."""
_LABEL = re.compile(r"[A-Za-z0-9:._+\-]{1,200}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StandingFormat(_Strict):
    """That a license was revoked or another took its place, and on which day."""

    state: Literal[Standing.REVOKED, Standing.ENDED]
    on: date


class EvidenceFormat(_Strict):
    """What a remote says of one seal."""

    sosie: Literal["evidence/1"]
    package: dict[str, Any] = Field(description="a package, `seal-package/1`")
    features: str | None = Field(
        default=None,
        max_length=32_000,
        description="`org.sosie.features.1` in base64, whose digest the record names",
    )
    standing: StandingFormat | None = Field(
        default=None, description="only if the license was revoked or superseded"
    )


class _Match(BaseModel):
    manifestId: str = Field(pattern=f"^{_LABEL.pattern}$")  # noqa: N815 - the standard's word


class _Matches(BaseModel):
    matches: list[_Match] = Field(max_length=100)


@dataclass(frozen=True, slots=True)
class Told:
    """The evidence about one seal, as a remote tells it: nothing in it is proved yet."""

    package: Package
    features: bytes | None = None
    standing: Standing | None = None
    standing_on: date | None = None

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Self:
        """Return the evidence in an answer; raises ``BadInput`` naming ``where``."""
        try:
            found = json_object(data, where)
            model = EvidenceFormat.model_validate(found)
            features = base64.b64decode(model.features or "", validate=True)
            package = Package.read(found["package"], where=where)
        except (ValueError, RecursionError) as error:  # what is bad input too
            raise _unsound(error, where) from None
        standing = model.standing
        return cls(
            package,
            features or None,
            standing.state if standing else None,
            standing.on if standing else None,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the evidence as plain JSON values."""
        said: dict[str, Any] = {"sosie": "evidence/1", "package": self.package.as_dict()}
        if self.features is not None:
            said["features"] = base64.b64encode(self.features).decode()
        if self.standing is not None and self.standing_on is not None:
            said["standing"] = {
                "state": self.standing.value,
                "on": self.standing_on.isoformat(),
            }
        return said

    @property
    def record(self) -> Record:
        """The record, with the standing of its license."""
        return replace(self.package.record, standing=self.standing, standing_on=self.standing_on)

    def sketch(self) -> Sketch | None:
        """Return the sketch that the record commits to; nothing if it has none, or another."""
        record = self.package.record
        if self.features is None or record.colors is None:
            return None
        if digest(self.features) != record.features:
            return None
        try:
            return Sketch.read(self.features, bytes.fromhex(record.colors))
        except ValueError:
            return None


def identifiers(data: bytes, *, where: str) -> tuple[str, ...]:
    """This function will return the manifest identifiers in an answer to a query, at most ten;
    raises ``BadInput`` naming ``where``."""
    try:
        matches = _Matches.model_validate(json_object(data, where)).matches
    except (ValueError, RecursionError) as error:
        raise _unsound(error, where) from None
    return tuple(dict.fromkeys(match.manifestId for match in matches))[:MOST_MATCHES]


def is_identifier(text: str) -> bool:
    """This function will say whether a text may be the identifier of a manifest."""
    return _LABEL.fullmatch(text) is not None


def names(evidence: Evidence) -> tuple[int, ...]:
    """This function will return the seal numbers by which a remote can be asked about a file, the
    surest first: what a credential or record states of it, then its marks; three at most."""
    stated = [evidence.credential.number, evidence.record.number if evidence.record else None]
    found = [number for number in stated if number is not None]
    return tuple(dict.fromkeys([*found, *(evidence.marks or ())]))[:3]


def weighed(
    evidence: Evidence,
    told: Mapping[str, Told],
    pixels: Pixels,
    *,
    anchors: Anchors,
    question: Question,
    host: str,
    preview: Callable[[str, Record], Pixels | str],
) -> Evidence:
    """This function will add to the evidence about a file what a remote told and can be proved.

    ``told``: by the identifier of the manifest; ``pixels`` are the file's. The file is one that was
    sealed, byte for byte, or a copy that agrees with a sketch and with the preview that is signed
    with it; of several, the one that is least changed. ``preview`` returns that of a record which
    is proved, or why it does not count (``preview.vouched``). Where marks in the file name seals,
    it is a copy of one of their family. The result has ``remote`` set.
    """
    family = _family(evidence.marks or (), told.values(), anchors)
    state, text = RemoteState.NONE, "knows no seal of it"
    alike: list[_Alike] = []
    for label, one in told.items():
        number = spell(one.package.record.number)
        finding = one.package.finding(one.package.record.file, anchors.log)
        if finding.state is not LogState.PROVED:
            why = finding.reason.text if finding.reason else "it is not proved"
            state = RemoteState.UNPROVED
            text = f"says what the log that you chose does not prove: {why}"
            continue
        if _is_this(evidence, one):
            found = Remote(RemoteState.FOUND, host, f"knows this file, as seal {number}")
            return _known(replace(evidence, log=finding, remote=found), one.record, question)
        state = RemoteState.UNCONFIRMED
        if not family.holds(one.package.record):
            text = f"names seal {number}, and the picture has the mark of another"
            continue
        sketch = one.sketch()
        likeness = compare(pixels, sketch) if sketch else None
        if likeness is None:
            text = f"names seal {number}, and has no sketch of it to compare the picture with"
        elif not likeness.matched:
            text = f"names seal {number}, and the picture is not like its sketch"
        else:
            alike.append(_Alike(likeness, label, one.record, finding))
    best = _best(evidence, alike, pixels, preview)
    if best is None:
        return replace(evidence, remote=Remote(state, host, text))
    copy, finding, doubt = best
    number = spell(copy.record.number)
    found = Remote(RemoteState.UNCONFIRMED, host, f"names seal {number}, and {doubt}")
    if not doubt:
        text = f"knows seal {number}, and the log that you chose proves its record"
        text += f", entry {finding.index} of {finding.tree_size}"
        found = Remote(RemoteState.FOUND, host, text)
    evidence = replace(evidence, copy=copy, remote=found)
    return _known(evidence, copy.record, question, copy=True)


@dataclass(frozen=True, slots=True)
class _Alike:
    """A seal whose record is proved, and whose sketch a picture is like."""

    likeness: Resemblance
    label: str
    record: Record
    finding: LogFinding


def _best(
    evidence: Evidence,
    alike: list[_Alike],
    pixels: Pixels,
    preview: Callable[[str, Record], Pixels | str],
) -> tuple[Copy, LogFinding, str] | None:
    """Return the copy that is least changed, and why it is not told whether it is changed at all;
    nothing if there is none.

    What the sketch finds unchanged is held against the preview.
    """
    alike = sorted(alike, key=lambda one: one.likeness.changed)
    if alike and alike[0].likeness.regions:
        return _copy(evidence, alike[0]), alike[0].finding, ""
    best: tuple[float, _Alike, Match] | None = None
    unsure: tuple[Copy, LogFinding, str] | None = None
    for one in alike:
        if one.likeness.regions:
            break
        shown = preview(one.label, one.record)
        match = None if isinstance(shown, str) else held(pixels, shown, length=one.likeness.length)
        if match is not None and match.matched:
            if best is None or match.changed < best[0]:
                best = match.changed, one, match
            if not match.regions:
                break
        elif unsure is None:
            why = shown if isinstance(shown, str) else _unlike(match)
            unsure = replace(_copy(evidence, one), sketched=True), one.finding, why
    if best is None:
        return unsure
    _, one, match = best
    return _copy(evidence, one, match), one.finding, ""


def _unlike(match: Match | None) -> str:
    if match is not None and TOO_SMALL in match.differs:
        return f"the picture is {TOO_SMALL}; look for a larger copy"
    return "the picture is not like its preview"


@dataclass(frozen=True, slots=True)
class _Family:
    """Seals that marks in a picture name, and the masters of these: what it may be a copy of."""

    marks: frozenset[int]
    """Where there are none, nothing is ruled out."""
    masters: frozenset[int]

    def holds(self, record: Record) -> bool:
        """Whether it is one of these, a rendition of one, or made of pixels that bore the mark."""
        own = {record.number, record.master}
        named = not own.isdisjoint(self.marks | self.masters)
        return not self.marks or named or not self.marks.isdisjoint(record.earlier)


def _family(marks: tuple[int, ...], told: Iterable[Told], anchors: Anchors) -> _Family:
    """Return the family of marks; a remote could invent a master that the log does not prove."""
    named = [one.package for one in told if one.package.record.number in marks]
    proved = [
        package.record.master
        for package in named
        if package.finding(package.record.file, anchors.log).state is LogState.PROVED
    ]
    masters = frozenset(number for number in proved if number is not None)
    return _Family(frozenset(marks), masters)


def _is_this(evidence: Evidence, told: Told) -> bool:
    """Whether it is the record of exactly this file, and what lies beside it does not say
    otherwise."""
    return (
        told.package.record.file == evidence.file
        and evidence.credential.state is CredentialState.TRUSTED
        and evidence.log.state is not LogState.CONTRADICTS
    )


def _known(
    evidence: Evidence, record: Record, question: Question, *, copy: bool = False
) -> Evidence:
    return replace(
        evidence,
        on=question.day(record.terms),
        placement=question.placed(record.terms),
        record=evidence.record if copy else record,
    )


def _copy(evidence: Evidence, one: _Alike, match: Match | None = None) -> Copy:
    """Return a copy as the sketch shows it, and the preview, if it was held against that."""
    likeness, record = one.likeness, one.record
    afar = f"compared from afar, by {likeness.held} of {likeness.asked} places"
    afar += f" and the colors of {likeness.fields} fields"
    if match:
        afar += f", and by its signed preview: {ESCAPES}"
    shaped = [word for word in match.differs if _tells(word)] if match else []
    words = dict.fromkeys([*likeness.differs, *shaped])
    away = int(evidence.fingerprint or "0", 16) ^ int(record.fingerprint, 16)
    return Copy(
        record=record,
        logged=True,
        distance=away.bit_count(),
        matched=True,
        regions=match.regions if match else likeness.regions,
        differs=() if record.file == evidence.file else tuple(words),
        agreeing=likeness.held,
        afar=afar,
    )


def _tells(word: str) -> bool:
    """Whether a word tells what a changed region is; the others are those of the sketch."""
    return word == INSIDE_ELSE or word.startswith(STRETCHED)


def _unsound(error: Exception, where: str) -> BadInput:
    what = "this is no answer of a resolution service"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        what += f" (`{'.'.join(map(str, first['loc']))}`)"
    return BadInput(what, where=where, remedy="ask another", code="remote.unsound")
