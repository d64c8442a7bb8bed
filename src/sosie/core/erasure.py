"""Proof that what was kept of a twin was erased: a file that anybody can check offline.

It holds what was erased as digests, the model's own signed withdrawal, and the proof that the
transparency log says the same. Format: `erasure/1`, docs/formats/erasure.md.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sosie.core.transparency import Leaf, LogAct, Proof, commitment, verify_proof
from sosie.core.values import BadInput, Digest, Reason, SignedStatement, digest


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_DIGEST = r"^sha256:[0-9a-f]{64}$"


class Erased(_Strict):
    """One file that was erased."""

    kind: str
    digest: str = Field(pattern=_DIGEST)


class Record(_Strict):
    """What the log committed to: which twin, on whose word, what was erased."""

    twin: str
    owner: str
    withdrawal: str = Field(pattern=_DIGEST)
    """Digest of the statement by which she withdrew her consent."""
    erased: tuple[Erased, ...]
    emptied: tuple[str, ...]
    """What was emptied in the tables, in words."""


class _Statement(_Strict):
    body: str
    signature: str
    certificate: str

    @classmethod
    def of(cls, statement: SignedStatement) -> Self:
        signature = base64.b64encode(statement.signature).decode()
        return cls(
            body=statement.body.decode(),
            signature=signature,
            certificate=statement.certificate_pem,
        )

    def signed(self) -> SignedStatement:
        signature = base64.b64decode(self.signature, validate=True)
        return SignedStatement(self.body.encode(), signature, self.certificate)


class _File(_Strict):
    format: Literal["erasure/1"] = Field(alias="sosie")
    record: Record
    salt: str = Field(pattern=r"^(?:[0-9a-f]{2}){16,255}$")
    withdrawal: _Statement
    allowed: _Statement | None = None
    log: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Erasure:
    """The proof that a twin was erased."""

    record: Record
    salt: bytes
    withdrawal: SignedStatement
    """Hers."""
    log: Proof
    allowed: SignedStatement | None = None
    """Where a passkey signed the withdrawal: the statement by which her own key let it."""

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Self:
        """Return the proof that a file holds; raises ``BadInput`` naming ``where``. What it proves
        is not checked."""
        try:
            said = _File.model_validate(json.loads(data))
            statement = said.withdrawal.signed()
            allowed = said.allowed.signed() if said.allowed else None
            proof = Proof.from_dict(said.log, where=where)
        except (ValidationError, ValueError, RecursionError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(
                "this is no proof of the form `erasure/1`",
                where=where,
                remedy="take the file that `sosie twin delete --out` wrote",
                code="erasure.format",
            ) from None
        return cls(said.record, bytes.fromhex(said.salt), statement, proof, allowed)

    @property
    def logged_at(self) -> datetime:
        """When the log took it down. Raises ``BadInput`` for a leaf that is none."""
        return Leaf.parse(self.log.leaf).at

    def dump(self) -> bytes:
        """Return the file's bytes."""
        said = {
            "sosie": "erasure/1",
            "record": self.record.model_dump(mode="json"),
            "salt": self.salt.hex(),
            "withdrawal": _Statement.of(self.withdrawal).model_dump(),
            **({"allowed": _Statement.of(self.allowed).model_dump()} if self.allowed else {}),
            "log": self.log.as_dict(),
        }
        return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def verify(proof: Erasure, *, log: str, signer: str | None) -> tuple[Reason, ...]:
    """This function will return every reason why a proof of erasure does not hold.

    ``log`` is the verifier key of the log, ``signer`` the party whose key signed the withdrawal, as
    the house's root says; ``None`` if no such key did. 1. The log holds the leaf. 2. The leaf says
    that a twin was erased. 3. It commits to this record. 4. The withdrawal is hers, of this twin,
    and the one that the record names.
    """
    found = list(verify_proof(proof.log, log))
    try:
        leaf = Leaf.parse(proof.log.leaf)
    except BadInput:
        return tuple(found)
    if leaf.act is not LogAct.TWIN_ERASED:
        text = f"the log's entry is about `{leaf.act}`, not about an erasure"
        found.append(Reason("erasure.other_act", text))
    if commitment(proof.record.model_dump(mode="json"), proof.salt) != leaf.commitment:
        text = "the log committed to another record: something in this one was changed"
        found.append(Reason("erasure.record_changed", text))
    if digest(proof.withdrawal.body) != Digest(proof.record.withdrawal):
        text = "the record names another withdrawal than the one in this file"
        found.append(Reason("erasure.other_withdrawal", text))
    if signer is None or signer != proof.record.owner:
        text = f"the withdrawal is not signed by `{proof.record.owner}` with a key of this house"
        found.append(Reason("erasure.not_hers", text))
    if not _withdraws(proof):
        text = f"what she signed is no withdrawal of the consent for `{proof.record.twin}`"
        found.append(Reason("erasure.no_withdrawal", text))
    return tuple(found)


def _withdraws(proof: Erasure) -> bool:
    try:
        said = json.loads(proof.withdrawal.body)
    except ValueError:
        return False
    wanted = {"act": "consent.withdraw", "on": proof.record.twin, "party": proof.record.owner}
    return isinstance(said, dict) and {key: said.get(key) for key in wanted} == wanted
