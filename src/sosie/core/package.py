"""What travels beside a released file: its record with the log proof, and whom to trust.

`NAME.sosie.json` (format `seal-package/1`) and `trust.json` (format `trust/1`), described in
docs/formats/seal.md. Both are hostile input: parsing raises ``BadInput`` and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sosie.core.note import Note, VerifierKey
from sosie.core.seal import LogFinding, LogState, Record, parse, plain, spell
from sosie.core.terms import PublicTerms
from sosie.core.transparency import Leaf, LogAct, Proof, commitment, verify_proof
from sosie.core.values import BadInput, Digest, Reason, canonical

MOST_BYTES = 1024 * 1024
_PEM = re.compile(
    r"\s*-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\s*"
)
_FIXED = tuple(f.name for f in fields(Record) if f.name not in ("standing", "standing_on"))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Sha256 = Field(pattern=r"^sha256:[0-9a-f]{64}$")


class _RecordModel(_Strict):
    """The committed part of a record, as JSON."""

    number: str = Field(max_length=20)
    """As it is spelled: JSON numbers of 64 bits are not safe in every language."""
    file: str = Sha256
    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")
    twin_name: str = Field(max_length=200)
    license: str = Field(max_length=80)
    terms: PublicTerms
    terms_digest: str = Sha256
    sealed_at: AwareDatetime
    channel: str | None = Field(default=None, max_length=40)
    master: str | None = Field(default=None, max_length=20)
    manifest: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    earlier: tuple[str, ...] = Field(default=(), max_length=16)
    features: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    colors: str | None = Field(default=None, pattern=r"^([0-9a-f]{6}){1,256}$")


class _PackageModel(_Strict):
    sosie: Literal["seal-package/1"]
    record: _RecordModel
    salt: str = Field(pattern=r"^([0-9a-f]{2}){16,255}$")
    proof: dict[str, Any]


class _TrustModel(_Strict):
    sosie: Literal["trust/1"]
    workspace: str = Field(min_length=1, max_length=200)
    root: str = Field(min_length=1, max_length=20_000)
    log: str = Field(min_length=1, max_length=1_000)
    mark: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


def record_as_json(record: Record) -> dict[str, Any]:
    """This function will return the committed part of a record as plain JSON values."""
    values = {name: getattr(record, name) for name in _FIXED}
    values["number"] = spell(record.number)
    values["master"] = spell(record.master) if record.master is not None else None
    values["terms"] = record.terms.as_json()
    values["sealed_at"] = record.sealed_at.isoformat()
    values["earlier"] = [spell(number) for number in record.earlier] or None
    return {name: value for name, value in values.items() if value is not None}


def record_from_json(data: Mapping[str, Any], *, where: str = "record") -> Record:
    """This function will read a record; raises ``BadInput`` naming ``where``."""
    try:
        canonical(dict(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise _bad(ValueError(str(error)), where) from None
    try:
        model = _RecordModel.model_validate(data)
    except (ValidationError, RecursionError) as error:
        raise _bad(error, where) from None
    values = {name: getattr(model, name) for name in _FIXED}
    try:
        values["number"] = parse(model.number)
        values["master"] = parse(model.master) if model.master is not None else None
        values["earlier"] = tuple(map(parse, model.earlier))
    except BadInput as error:
        raise _bad(ValueError(error.what), where) from None
    return Record(**values)


@dataclass(frozen=True, slots=True)
class Package:
    """The record of one sealed file, with what opens its leaf and proves it is logged."""

    record: Record
    committed: Mapping[str, Any]
    """The record exactly as it was committed to."""
    salt: bytes
    proof: Proof

    @classmethod
    def of(cls, *, record: Mapping[str, Any], salt: bytes, proof: Proof) -> Self:
        """Return the package of a record as the log committed to it."""
        return cls(record_from_json(record), record, salt, proof)

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Self:
        """Return the package in a sidecar; raises ``BadInput`` naming ``where``."""
        return cls.read(json_object(data, where), where=where)

    @classmethod
    def read(cls, found: Mapping[str, Any], *, where: str) -> Self:
        """Return the package in a JSON object; raises ``BadInput`` naming ``where``."""
        try:
            model = _PackageModel.model_validate(found)
        except (ValidationError, RecursionError) as error:
            raise _bad(error, where) from None
        return cls(
            record_from_json(found["record"], where=where),
            found["record"],
            bytes.fromhex(model.salt),
            Proof.from_dict(model.proof, where=where),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the package as plain JSON values."""
        return {
            "sosie": "seal-package/1",
            "record": self.committed,
            "salt": self.salt.hex(),
            "proof": self.proof.as_dict(),
        }

    def dump(self) -> bytes:
        """Return the sidecar's bytes."""
        return (
            json.dumps(self.as_dict(), ensure_ascii=False, indent=2, sort_keys=True).encode()
            + b"\n"
        )

    def finding(self, file: Digest, verifier: str) -> LogFinding:
        """Return what the log proves of a file, under a log's verifier key: that a leaf about
        exactly these bytes was sealed, and that the record beside it is the one committed to. An
        entry of a log whose key is another proves nothing, and contradicts nothing.

        Raises ``BadInput`` only for a verifier key that is none.
        """
        key = VerifierKey.parse(verifier)
        if not _signed_by(self.proof.checkpoint, key):
            text = f"its log entry is not signed with the key of the log `{plain(key.name)}`"
            return LogFinding(LogState.ABSENT, Reason("seal.log.other", text))
        reasons = list(verify_proof(self.proof, verifier))
        if not reasons:
            reasons += self._contradictions(file)
        if reasons:
            return LogFinding(LogState.CONTRADICTS, reasons[0])
        return LogFinding(LogState.PROVED, None, self.proof.index, self.proof.size)

    def _contradictions(self, file: Digest) -> list[Reason]:
        leaf = Leaf.parse(self.proof.leaf)
        found = []
        if leaf.act is not LogAct.PICTURE_SEALED:
            found.append(Reason("seal.log.act", f"the leaf is about {leaf.act}, not a seal"))
        if leaf.object != file:
            found.append(Reason("seal.log.file", "the leaf is about another file"))
        if self.record.file != file:
            found.append(Reason("seal.record.file", "the record is of another file"))
        if commitment(dict(self.committed), self.salt) != leaf.commitment:
            found.append(Reason("seal.record.changed", "the record is not the one that was logged"))
        return found


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A workspace's root certificate and log key, for verifiers who choose to rely on them."""

    workspace: str
    root: str
    """PEM."""
    log: str
    """Verifier key line of the log (C2SP signed-note)."""
    mark: str | None = None
    """The key that marks are read with, 64 hexadecimal digits."""

    @property
    def root_fingerprint(self) -> str:
        """SHA-256 of the root certificate (DER), hexadecimal digits in pairs."""
        digits = hashlib.sha256(_one_certificate(self.root)).hexdigest()
        return ":".join(digits[i : i + 2] for i in range(0, 64, 2))

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Self:
        """Return the trust file; raises ``BadInput`` naming ``where``, also for a root that is no
        certificate and a log key that is none."""
        said = json_object(data, where)
        try:
            model = _TrustModel.model_validate(said)
            _check_certificate(model.root)
            VerifierKey.parse(model.log)
        except BadInput as error:
            raise _bad(ValueError(f"`log`: {error.what}"), where) from None
        except (ValidationError, ValueError, RecursionError) as error:
            raise _bad(error, where) from None
        return cls(model.workspace, model.root, model.log, model.mark)

    def dump(self) -> bytes:
        """Return the trust file's bytes."""
        said = {
            "sosie": "trust/1",
            "workspace": self.workspace,
            "root": self.root,
            "log": self.log,
        }
        if self.mark is not None:
            said["mark"] = self.mark
        return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def _one_certificate(pem: str) -> bytes:
    """Return the DER of a PEM that holds one certificate and nothing else, so that the fingerprint
    that is shown is that of all that is trusted; raises ``ValueError``."""
    found = _PEM.fullmatch(pem.replace("\r\n", "\n"))
    if found is None:
        raise ValueError("`root` is not one certificate as PEM")
    return base64.b64decode(found[1].replace("\n", ""), validate=True)


def _check_certificate(pem: str) -> None:
    """Raise ``ValueError`` for a PEM that does not hold one X.509 certificate."""
    from cryptography import x509  # noqa: PLC0415 - a tenth of what a verification loads

    data = _one_certificate(pem)
    try:
        x509.load_der_x509_certificate(data).public_key()
    except Exception:  # for what is in it, its reader raises errors of many kinds
        raise ValueError("`root` is not one certificate as PEM") from None


def _signed_by(checkpoint: str, key: VerifierKey) -> bool:
    """Whether a checkpoint claims to be signed by a key; what is no checkpoint is for the proof
    to find out."""
    try:
        note = Note.parse(checkpoint.encode())
    except (BadInput, UnicodeEncodeError):
        return True
    return any((line.name, line.key_id) == (key.name, key.id) for line in note.signatures)


def json_object(data: bytes, where: str) -> dict[str, Any]:
    """This function will read one JSON object of at most 1 MB; raises ``BadInput``."""
    try:
        if len(data) > MOST_BYTES:
            raise ValueError("it is larger than 1 MB")
        found = _parsed(data)
    except (ValueError, RecursionError) as error:
        raise _bad(error, where) from None
    if not isinstance(found, dict):
        raise _bad(ValueError("it holds no JSON object"), where)
    return found


class _Twice(ValueError):
    """A name that stands twice in one object: one reader takes the first, another the last."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice("a name stands in it twice")
    return found


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except _Twice:
        raise
    except ValueError:
        raise ValueError("it is no JSON") from None


def _bad(error: Exception, where: str) -> BadInput:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        what = f"`{'.'.join(map(str, first['loc']))}`: {first['msg'].lower()}"
    else:
        what = str(error).splitlines()[0] if str(error) else "it is nested too deeply"
    return BadInput(
        f"this is no file of its format ({what})",
        where=where,
        remedy="take the one that came with the picture",
        code="seal.package",
    )
