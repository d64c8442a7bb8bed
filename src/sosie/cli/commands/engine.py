"""`sosie engine`: list, key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sosie.cli.terminal import AsJson, Workspace, answer, opened, table
from sosie.core.studio import EngineCard
from sosie.core.values import BadInput

app = typer.Typer(no_args_is_help=True, help="What makes the pictures.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every engine: what it can do and needs, and whether a plate would leave this machine;
    of one that cannot be loaded, why."""
    from sosie.wiring import Engines

    installed = Engines()
    said, rows = [], []
    for name in sorted(installed):
        try:
            card = installed[name].describe()
        except BadInput as error:
            said.append({"name": name, "code": error.code, "text": str(error)})
            rows.append((name, "cannot be loaded", "", "", error.what))
            continue
        said.append(_said(card))
        rows.append(
            (
                card.name,
                ", ".join(sorted(card.operations)),
                card.weights or "none",
                "yes" if card.data_leaves_machine else "no",
                "; ".join(card.needs) or "nothing",
            )
        )
    columns = ["name", "does", "weights", "data leaves", "needs"]
    answer(as_json, {"engines": said}, table("Engines", columns, rows))


def _said(card: EngineCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "version": card.version,
        "operations": sorted(card.operations),
        "deterministic": card.deterministic,
        "weights": card.weights,
        "weights_license": card.weights_license,
        "commercial_use": card.commercial_use,
        "data_leaves_machine": card.data_leaves_machine,
        "country": card.country,
        "needs": list(card.needs),
    }


@app.command()
def key(
    out: Annotated[Path, typer.Option(help="the file to write")] = Path("grant.pem"),
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Write the public key that grants are checked with, for the License Gate of a ComfyUI
    server."""
    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file

    public = Ed25519PublicKey.from_public_bytes(outside.keys.grant_public)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    replace_file(out, pem)
    text = f"{out} holds the key; put it beside the nodes of `comfyui-sosie` as `grant.pem`"
    answer(as_json, {"file": str(out), "key": outside.keys.grant_public.hex()}, text)
