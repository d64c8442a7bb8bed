"""`sosie contract`: make, sign, verify."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    file_bytes,
    json_object,
    now,
    opened,
    passphrase,
    reasons_text,
    warnings_text,
)
from sosie.core.contract import ContractReading
from sosie.core.life import Standing
from sosie.core.values import Digest, Reason

app = typer.Typer(no_args_is_help=True, help="Contracts: PDF/A with the terms attached, signed.")

Output = Annotated[Path | None, typer.Option("--out", help="also write the PDF here")]


@app.command()
def make(
    license: str, out: Output = None, workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Typeset the contract of a license: an act of the workspace, which binds nobody."""

    outside = opened(workspace)
    from sosie.services import contract
    from sosie.services import law as laws

    row = accept(contract.make(outside, license=license, now=now()))
    _write(out, outside.blobs.get(Digest(row.contract)))
    warned = laws.warnings(row, now=now())
    said = {
        "license": row.id,
        "contract": row.contract,
        "warnings": [reason.as_dict() for reason in warned],
    }
    text = f"made the contract of {row.id}; model and brand sign next"
    answer(as_json, said, "\n".join([text, *warnings_text(warned)]))


@app.command()
def sign(
    license: str,
    by: As,
    role: Annotated[str, typer.Option(help="model or brand")],
    passkey: Annotated[
        Path | None, typer.Option(help="the passkey's answer to `sosie contract challenge`")
    ] = None,
    witness: Annotated[str, typer.Option(help="who is present, on another's device")] = "",
    out: Output = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Sign a contract with one's own key, and with a passkey where one is there."""
    answered = json_object(passkey, "name the answer of the passkey (JSON)") if passkey else None

    outside = opened(workspace)
    from sosie.services import contract

    row = accept(
        contract.sign(
            outside,
            license=license,
            role=role,
            by=by,
            passphrase=passphrase(by),
            now=now(),
            answer=answered,
            witness=witness,
        )
    )
    from sosie.services import law as laws
    from sosie.services import life

    _write(out, outside.blobs.get(Digest(row.contract)))
    missing = contract.unsigned(row)
    stands = life.told(row, now=now())
    rest = f"still to sign: {', '.join(missing)}" if missing else f"both have signed: {stands}"
    warned = laws.warnings(row, now=now())
    said = {
        "license": row.id,
        "contract": row.contract,
        "missing": missing,
        "standing": life.standing(row, now=now()),
        "warnings": [reason.as_dict() for reason in warned],
    }
    text = f"`{by}` signed {row.id} as {role}; {rest}"
    answer(as_json, said, "\n".join([text, *warnings_text(warned)]))


@app.command()
def challenge(
    license: str,
    by: As,
    role: Annotated[str, typer.Option(help="model or brand")],
    workspace: Workspace = None,
) -> None:
    """Print what the browser of a party is given to sign with her passkey (WebAuthn options)."""

    outside = opened(workspace)
    from sosie.services import contract

    said = accept(contract.challenge(outside, license=license, role=role, by=by, now=now()))
    answer(True, said, "")


@app.command()
def verify(
    file: Path,
    trust: Annotated[
        Path | None, typer.Option(help="trust file of the workspace that you rely on")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Validate the signatures of a contract file and its attached terms, offline, and say how its
    license stands.

    With a trust file no workspace is needed; only a workspace knows of a revocation. Exits 0 if
    the contract holds and its license does, 1 if either does not, 2 if nobody has signed here,
    65 if the file cannot be read as a contract."""
    from sosie import verifying

    if trust is not None:
        reading = verifying.contract(file, trust=trust, at=now())
        return _answer(reading, str(file), as_json)
    outside = opened(workspace)
    from sosie.services import contract

    data = file_bytes(file, "name a contract (PDF)")
    reading, row = contract.verify(outside, pdf=data, now=now())
    if row is None:
        if not reading.problems:
            reading = replace(reading, signatures=())
        return _answer(reading, str(file), as_json)
    from sosie.services import life

    stands = life.standing(row, now=now())
    return _answer(reading, row.id, as_json, (row.id, stands, life.told(row, now=now())))


_HOLDS = frozenset({Standing.AGREED, Standing.SIGNED, Standing.IN_FORCE})


def _answer(
    reading: ContractReading,
    name: str,
    as_json: bool,
    known: tuple[str, Standing, str] | None = None,
) -> int:
    """Answer with what a file proves and, where the license is known, with how it stands today."""
    license, stands, told = known or (None, None, "")
    signed = [
        {
            "role": s.role,
            "party": s.party,
            "name": s.name,
            "signed_at": s.signed_at.isoformat() if s.signed_at else None,
            "intact": s.intact,
            "trusted": s.trusted,
            "time": s.stamp.text if s.stamp else None,
            "evidence": s.evidence,
        }
        for s in reading.signatures
    ]
    said = {
        "license": license,
        "standing": stands,
        "stands": told or None,
        "signatures": signed,
        "problems": [reason.as_dict() for reason in reading.problems],
    }
    lines = [f"  {s['role']}: {s['name']} (`{s['party']}`), {s['time']}" for s in signed]
    missing = [role for role in ("model", "brand") if role not in {s["role"] for s in signed}]
    if reading.problems:
        unread = any(reason.code == "contract.unreadable" for reason in reading.problems)
        head = "this is no contract that can be read" if unread else "this contract does not hold"
        answer(as_json, said, f"{head}\n{reasons_text(reading.problems)}")
        return Exit.BAD_INPUT if unread else Exit.REFUSED
    if not reading.signers:
        answer(as_json, said, "nobody of this workspace has signed this file")
        return Exit.UNDECIDED
    if missing:
        lacks = Reason("contract.signature_missing", f"the {missing[0]} has not signed")
        said["problems"] = [lacks.as_dict()]
        answer(as_json, said, "this contract does not hold yet\n" + reasons_text([lacks]))
        return Exit.REFUSED
    if stands is None:
        lines.append("  whether it was taken back since, only the workspace knows")
        answer(as_json, said, "\n".join([f"the contract in {name} holds", *lines]))
        return Exit.DONE
    but = "" if stands in _HOLDS else "; nothing may be made, sealed or released under it"
    answer(as_json, said, "\n".join([f"the contract of {name} holds", *lines, f"  {told}{but}"]))
    return Exit.DONE if stands in _HOLDS else Exit.REFUSED


def _write(path: Path | None, data: bytes) -> None:
    from sosie.adapters.blobs import replace_file

    if path:
        replace_file(path, data)
