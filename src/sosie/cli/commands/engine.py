"""`sosie engine`: list, show, key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import AsJson, Workspace, answer, opened
from sosie.core.ports import Engine
from sosie.core.studio import EngineCard
from sosie.core.values import BadInput

app = typer.Typer(no_args_is_help=True, help="What makes the pictures.")


@app.command("list")
def list_(search: Search = "", csv: AsCsv = None, as_json: AsJson = False) -> None:
    """List every engine: what it can do and needs, and whether a plate would leave this machine;
    of one that cannot be loaded, why."""
    from sosie.wiring import Engines

    installed = Engines()
    rows = [_row(name, installed) for name in sorted(installed)]
    columns = ["name", "operations", "weights", "data_leaves_machine", "needs"]
    print_rows("Engines", columns, rows, name="engines", search=search, csv=csv, as_json=as_json)


def _row(name: str, installed: Mapping[str, Engine]) -> dict[str, Any]:
    try:
        return installed[name].describe().as_dict()
    except BadInput as error:
        nothing = dict.fromkeys(("operations", "weights", "data_leaves_machine"))
        return {"name": name, **nothing, "needs": [error.what], "code": error.code}


@app.command()
def show(engine: str, as_json: AsJson = False) -> None:
    """Show all that an engine says of itself: what it makes, of what, with which weights under
    which license, and where the pictures of the twin go."""
    from sosie.wiring import Engines

    installed = Engines()
    if engine not in installed:
        known = ", ".join(sorted(installed))
        raise BadInput("no engine has this name", where=engine, remedy=f"installed are {known}")
    card = installed[engine].describe()
    answer(as_json, card.as_dict(), "\n".join(f"{what}: {said}" for what, said in _told(card)))


def _told(card: EngineCard) -> Iterator[tuple[str, str]]:
    yield "engine", f"{card.name}, version {card.version}"
    yield "changes", ", ".join(sorted(card.operations))
    yield "plates", f"of {card.sizes[0]} to {card.sizes[1]} pixels a side"
    yield "grade", " or ".join(sorted(card.grades))
    again = "the same pixels" if card.deterministic else "perhaps other pixels"
    yield "the same order again", again
    use = "allowed" if card.commercial_use else "not allowed, so every license refuses it"
    terms = f"{card.weights}; license: {card.weights_license}; commercial use: {use}"
    yield "weights", terms if card.weights else "none"
    place = f" to {card.country}" if card.country else ", where to is not said"
    away = f"leaves this machine{place}; each order says `may_leave: true`"
    yield "the plate", away if card.data_leaves_machine else "stays on this machine"
    yield "its pictures are marked", card.digital_source_type
    yield "needs", "; ".join(card.needs) or "nothing"


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
