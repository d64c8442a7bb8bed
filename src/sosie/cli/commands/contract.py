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
)
from sosie.core.contract import ContractReading
from sosie.core.values import Digest, Reason

app = typer.Typer(no_args_is_help=True, help="Contracts: PDF/A with the terms attached, signed.")

Output = Annotated[Path | None, typer.Option("--out", help="also write the PDF here")]


@app.command()
def make(
    license: str, out: Output = None, workspace: Workspace = None, as_json: AsJson = False
) -> None:
    """Typeset the contract of a license."""

    outside = opened(workspace)
    from sosie.services import contract

    row = accept(contract.make(outside, license=license, now=now()))
    _write(out, outside.blobs.get(Digest(row.contract)))
    said = {"license": row.id, "contract": row.contract}
    answer(as_json, said, f"made the contract of {row.id}; model and brand sign next")


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
    _write(out, outside.blobs.get(Digest(row.contract)))
    missing = contract.unsigned(row)
    text = f"`{by}` signed {row.id} as {role}; " + (
        f"still to sign: {', '.join(missing)}" if missing else "both have signed: it is agreed"
    )
    answer(as_json, {"license": row.id, "contract": row.contract, "missing": missing}, text)


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
    """Validate the signatures of a contract file and its attached terms, offline.

    With a trust file no workspace is needed."""
    from sosie import verifying

    if trust is not None:
        reading = verifying.contract(file, trust=trust, at=now())
        return _answer(reading, str(file), None, as_json)
    outside = opened(workspace)
    from sosie.services import contract

    data = file_bytes(file, "name a contract (PDF)")
    reading, row = contract.verify(outside, pdf=data, now=now())
    if row is None and not reading.problems:
        reading = replace(reading, signatures=())
    return _answer(reading, row.id if row else str(file), row.id if row else None, as_json)


def _answer(reading: ContractReading, name: str, license: str | None, as_json: bool) -> int:
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
        "signatures": signed,
        "problems": [reason.as_dict() for reason in reading.problems],
    }
    lines = [f"  {s['role']}: {s['name']} (`{s['party']}`), {s['time']}" for s in signed]
    missing = [role for role in ("model", "brand") if role not in {s["role"] for s in signed}]
    if reading.problems:
        answer(as_json, said, "this contract does not hold\n" + reasons_text(reading.problems))
        return Exit.REFUSED
    if not reading.signers:
        answer(as_json, said, "nobody of this workspace has signed this file")
        return Exit.UNDECIDED
    if missing:
        lacks = Reason("contract.signature_missing", f"the {missing[0]} has not signed")
        said["problems"] = [lacks.as_dict()]
        answer(as_json, said, "this contract does not hold yet\n" + reasons_text([lacks]))
        return Exit.REFUSED
    answer(as_json, said, "\n".join([f"the contract of {name} holds", *lines]))
    return Exit.DONE


def _write(path: Path | None, data: bytes) -> None:
    from sosie.adapters.blobs import replace_file

    if path:
        replace_file(path, data)
