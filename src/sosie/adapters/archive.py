"""Checks all that is a party's in one file (`core/archive.py`), offline, under a root that somebody
chose to rely on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sosie.adapters.keys import Anchor
from sosie.adapters.passkeys import verify_evidence
from sosie.adapters.pdf_signatures import PdfSignatures
from sosie.core.archive import (
    INDEX,
    MOST_BYTES,
    PAGE,
    Index,
    PaperEntry,
    SignedEntry,
    index_of,
    statement_of,
)
from sosie.core.package import TrustFile
from sosie.core.statements import ALLOW, signer
from sosie.core.transparency import Leaf, Proof, verify_proof
from sosie.core.values import BadInput, Reason, SignedStatement, digest


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked of one file of an archive."""

    file: str
    text: str
    """What it shows, in words."""
    against: tuple[Reason, ...]
    """Why it does not hold; empty if it does."""


def check(data: bytes, trust: TrustFile) -> tuple[Index, list[Checked]]:
    """Return the index of an archive, and what was checked of each file that it names.

    Raises ``BadInput`` (``papers.archive``, ``papers.index``) for what is no archive.
    """
    files = _unpacked(data)
    index = index_of(files.get(INDEX, b""))
    anchor, allowed = Anchor(trust.root), _allowed(index, files)
    found = [Checked(PAGE, "the index in plain words", _same(files, PAGE, index.page))]
    for paper in index.papers:
        against = _same(files, paper.file, paper.digest)
        against = against or _paper(files, paper, anchor, trust, index.made_at)
        text = paper.title + (", in the log" if paper.proof else "")
        found.append(Checked(paper.file, text, against))
    for said in index.signed:
        against = _same(files, said.file, said.digest)
        if not against:
            against = _signed(files[said.file], said, index.party, anchor, allowed)
        found.append(Checked(said.file, f"{said.act}, about {said.on}", against))
    for money in index.money:
        text = f"statement of {money.year}, which nobody signed"
        found.append(Checked(money.file, text, _same(files, money.file, money.digest)))
    return index, found


def _unpacked(data: bytes) -> Mapping[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            if sum(each.file_size for each in bundle.infolist()) > MOST_BYTES:
                raise ValueError("it holds more than an archive of papers can")
            return {each.filename: bundle.read(each) for each in bundle.infolist()}
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError) as error:
        raise BadInput(
            f"this is no archive that can be read: {error}".lower(),
            where="archive",
            remedy="take the file that `sosie paper export` or the pages wrote",
            code="papers.archive",
        ) from None


def _same(files: Mapping[str, bytes], file: str, said: str) -> tuple[Reason, ...]:
    if file not in files:
        return (Reason("papers.missing", f"`{file}` is not in the archive"),)
    if digest(files[file]) != said:
        return (Reason("papers.changed", f"`{file}` is not the file that the index names"),)
    return ()


def _paper(
    files: Mapping[str, bytes], paper: PaperEntry, anchor: Anchor, trust: TrustFile, at: datetime
) -> tuple[Reason, ...]:
    """Return what is wrong with a paper: of a contract made here its signatures, and the proof
    that the log knows the file."""
    found: list[Reason] = []
    if paper.kind == "contract" and not paper.imported:
        reading = PdfSignatures(anchor).read(files[paper.file], at=at)
        found += reading.problems
        if not reading.signers:
            found.append(Reason("contract.unsigned", "nobody of this house signed it"))
    if paper.proof:
        found += _proved(files.get(paper.proof, b""), paper, trust)
    return tuple(found)


def _proved(data: bytes, paper: PaperEntry, trust: TrustFile) -> tuple[Reason, ...]:
    where = str(paper.proof)
    try:
        proof = Proof.from_dict(json.loads(data), where=where)
        about = Leaf.parse(proof.leaf).object
    except (BadInput, ValueError) as error:
        return (Reason("proof.format", f"`{where}`: {error}"),)
    if about != paper.digest:
        return (Reason("proof.other", f"`{where}` is about another file"),)
    return verify_proof(proof, trust.log)


def _allowed(index: Index, files: Mapping[str, bytes]) -> list[SignedStatement]:
    """Return the statements by which she let passkeys sign; what cannot be read is said where the
    statement itself is checked."""
    found = []
    for entry in index.signed:
        if entry.act == ALLOW:
            with suppress(BadInput):
                found.append(statement_of(files.get(entry.file, b""), where=entry.file))
    return found


def _signed(
    data: bytes, entry: SignedEntry, party: str, anchor: Anchor, allowed: list[SignedStatement]
) -> tuple[Reason, ...]:
    """Return why a statement is not what the party signed, with her key or a passkey of hers."""
    file = entry.file
    try:
        statement = statement_of(data, where=file)
        check = partial(anchor.check, at=entry.at)
        hers = signer(statement, allowed=allowed, check=check, holds=verify_evidence) == party
        said = json.loads(statement.body)
    except BadInput as error:
        return (Reason(error.code, f"`{file}`: {error.what}"),)
    if not hers or (said["party"], said["act"], said["on"]) != (party, entry.act, entry.on):
        return (Reason("papers.another", f"`{file}` is not the statement that is named"),)
    return ()
