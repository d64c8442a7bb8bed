"""A compliance pack: what shows, to somebody who knows nobody here, that a license was signed, what
was decided under it, and what was sealed and released.

Format `pack/1`, docs/formats/pack.md: files, a list of them with their digests, and a note by which
the log's key signs that list. What is read is hostile input.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sosie.core.note import Note, Signature, VerifierKey
from sosie.core.package import Package
from sosie.core.transparency import Leaf, LogAct, Proof, commitment, verify_proof
from sosie.core.values import BadInput, SignedStatement, digest

LIST, NOTE = "pack.json", "pack.note"
INDEX, CONTRACT, TRUST = "index.html", "contract.pdf", "trust.json"
LEAVES, DECISIONS, STATEMENTS, SEALS = "leaves.json", "decisions.json", "statements.json", "seals/"
_HEAD = "sosie pack/1\n"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Sha256 = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class File(_Strict):
    """One file of a pack."""

    name: str = Field(max_length=200)
    digest: Sha256
    what: str = Field(max_length=400)
    """What it is, for people."""


class Contents(_Strict):
    """The list of a pack."""

    format: Literal["pack/1"] = Field(alias="sosie")
    workspace: str = Field(max_length=200)
    license: str = Field(max_length=80)
    picture: str | None = Field(default=None, max_length=80)
    """The one picture that it is about; all of the license, when absent."""
    made_at: AwareDatetime
    standing: str = Field(max_length=400)
    """How the license stood then, in words."""
    files: tuple[File, ...] = Field(max_length=100_000)


class _Opened(_Strict):
    record: dict[str, Any]
    salt: str = Field(pattern=r"^(?:[0-9a-f]{2}){16,255}$")
    proof: dict[str, Any]


class _Statement(_Strict):
    body: str
    signature: str
    certificate: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that a party signed, and when it was kept."""

    signed: SignedStatement
    at: datetime

    def as_dict(self) -> dict[str, str]:
        """Return it as plain JSON values."""
        return {
            "body": self.signed.body.decode(),
            "signature": base64.b64encode(self.signed.signature).decode(),
            "certificate": self.signed.certificate_pem,
            "at": self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    name: str
    held: bool | None
    """``None``: it could not be checked."""
    text: str


def bound(
    contents: Mapping[str, Any],
    files: Mapping[str, bytes],
    what: Mapping[str, str],
    *,
    verifier: str,
    sign: Callable[[bytes], bytes],
) -> dict[str, bytes]:
    """This function will add the list of some files and the note that signs it.

    ``contents`` are the fields of the list but the files, ``what`` says of each file what it is,
    ``sign`` returns the raw Ed25519 signature of the log's key.
    """
    listed = [
        {"name": name, "digest": digest(data), "what": what[name]}
        for name, data in sorted(files.items())
    ]
    said = {"sosie": "pack/1", **contents, "files": listed}
    text = json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"
    key, note = VerifierKey.parse(verifier), _note(text)
    signature = Signature(key.name, key.id, sign(note.encode()))
    return {**files, LIST: text, NOTE: Note(note, (signature,)).encode()}


def _note(listed: bytes) -> str:
    return f"{_HEAD}{digest(listed)}\n"


def contents_of(files: Mapping[str, bytes], *, where: str) -> Contents:
    """This function will read the list of a pack; raises ``BadInput`` (``pack.format``)."""
    try:
        return Contents.model_validate(json.loads(files[LIST]))
    except (KeyError, ValueError, RecursionError):
        raise BadInput(
            "this is no compliance pack: its list cannot be read",
            where=where,
            remedy="take the file that `sosie pack make` wrote",
            code="pack.format",
        ) from None


def statements_of(files: Mapping[str, bytes]) -> list[Statement]:
    """This function will return the statements of a pack; raises ``BadInput`` (``pack.format``)."""
    found = []
    for each in _items(files, STATEMENTS):
        try:
            said = _Statement.model_validate(each)
            signature = base64.b64decode(said.signature, validate=True)
        except ValueError:
            raise _bad(STATEMENTS) from None
        signed = SignedStatement(said.body.encode(), signature, said.certificate)
        found.append(Statement(signed, said.at))
    return found


def checked(files: Mapping[str, bytes], contents: Contents, *, log: str) -> Iterator[Check]:
    """This function will check all of a pack that needs no reader of PDF or certificates, under the
    verifier key of a log: the list, the note, every entry of the log, seals, decisions, and that
    the contract is the one that was logged. Raises ``BadInput`` for a key that is none."""
    yield _listed(files, contents)
    yield _signed(files, log)
    try:
        opened = [_Opened.model_validate(each) for each in _items(files, LEAVES)]
        leaves = [Leaf.parse(str(each.proof.get("leaf")).encode()) for each in opened]
        yield _logged(opened, leaves, log)
        yield _sealed(files, log)
        yield _decided(files, opened, leaves)
        yield _contract(files, leaves)
    except (BadInput, ValidationError) as error:
        yield Check("form", held=False, text=f"a file of it cannot be read: {_first(error)}")


def _listed(files: Mapping[str, bytes], contents: Contents) -> Check:
    listed = {file.name: file.digest for file in contents.files}
    there = {name: digest(data) for name, data in files.items() if name not in (LIST, NOTE)}
    wrong = sorted(name for name in listed | there if listed.get(name) != there.get(name))
    if wrong:
        return Check("files", held=False, text=f"not as listed: {', '.join(wrong[:10])}")
    return Check("files", held=True, text=f"{len(listed)} files are as the list says")


def _signed(files: Mapping[str, bytes], log: str) -> Check:
    key = VerifierKey.parse(log)
    try:
        note = Note.parse(files.get(NOTE, b""))
        note.verified((key,))
    except BadInput as error:
        return Check("signature", held=False, text=f"`{key.name}` did not sign it: {error.what}")
    if note.text != _note(files[LIST]):
        return Check("signature", held=False, text="what is signed is another list")
    return Check("signature", held=True, text=f"the list is signed by `{key.name}`")


def _logged(opened: list[_Opened], leaves: list[Leaf], log: str) -> Check:
    for each, leaf in zip(opened, leaves, strict=True):
        proof = Proof.from_dict(each.proof)
        reasons = verify_proof(proof, log)
        if reasons:
            text = f"entry {proof.index} of the log: {reasons[0].text}"
            return Check("log", held=False, text=text)
        if commitment(each.record, bytes.fromhex(each.salt)) != leaf.commitment:
            text = f"what is said of entry {proof.index} is not what was logged"
            return Check("log", held=False, text=text)
    if not opened:
        return Check("log", held=False, text="it holds no entry of the log")
    return Check("log", held=True, text=f"{len(opened)} entries are in the log, word for word")


def _sealed(files: Mapping[str, bytes], log: str) -> Check:
    names = sorted(name for name in files if name.startswith(SEALS))
    for name in names:
        package = Package.parse(files[name], where=name)
        finding = package.finding(package.record.file, log)
        if finding.reason is not None:
            return Check("seals", held=False, text=f"{name}: {finding.reason.text}")
    return Check("seals", held=True, text=f"{len(names)} seals are in the log")


_OF_DECISION = ("license", "picture", "act", "outcome", "reasons", "inputs")


def _decided(files: Mapping[str, bytes], opened: list[_Opened], leaves: list[Leaf]) -> Check:
    logged = [
        each.record
        for each, leaf in zip(opened, leaves, strict=True)
        if leaf.act is LogAct.DECISION_MADE
    ]
    told = _items(files, DECISIONS)
    said = [{name: each.get(name) for name in _OF_DECISION} for each in told]
    if said != logged:
        text = "the decisions that are told are not those that were logged, one by one"
        return Check("decisions", held=False, text=text)
    refused = sum(each["outcome"] != "allowed" for each in said)
    text = f"{len(said)} decisions as they were logged, {refused} of them not allowed"
    return Check("decisions", held=True, text=text)


def _contract(files: Mapping[str, bytes], leaves: list[Leaf]) -> Check:
    kept = [leaf.object for leaf in leaves if leaf.act is LogAct.CONTRACT_SIGNED]
    if CONTRACT not in files:
        text = "no contract was signed" if not kept else "the contract that was logged is missing"
        return Check("contract", held=not kept, text=text)
    held = bool(kept) and kept[-1] == digest(files[CONTRACT])
    said = "is the one" if held else "is not the one"
    return Check("contract", held=held, text=f"the contract {said} that was logged when signed")


def _items(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(files[name])
    except (KeyError, ValueError, RecursionError):
        raise _bad(name) from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _bad(name)
    return found


def _bad(name: str) -> BadInput:
    remedy = "take the file that `sosie pack make` wrote"
    return BadInput("this is no list of its form", where=name, remedy=remedy, code="pack.format")


def _first(error: Exception) -> str:
    return f"`{error.where}`: {error.what}" if isinstance(error, BadInput) else "a leaf"
