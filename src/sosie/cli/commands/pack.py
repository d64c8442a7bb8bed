"""`sosie pack`: a license with all that proves it, as one archive for a regulator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.terminal import AsJson, Exit, Workspace, accept, answer, now, opened, table

app = typer.Typer(
    no_args_is_help=True, help="Compliance packs: a license with all that proves it, to be checked."
)


@app.command()
def make(
    license: str,
    out: Annotated[Path, typer.Option("--out", help="the ZIP file to write")],
    picture: Annotated[str, typer.Option(help="only what is about this picture")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Pack contract, decisions, statements, seals and log proofs of a license, signed by the log's
    key, with a first page in plain words."""
    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.services import pack

    data = accept(pack.make(outside, license=license, picture=picture, now=now()))
    replace_file(out, data)
    said = {"file": str(out), "license": license, "picture": picture or None, "bytes": len(data)}
    answer(as_json, said, f"wrote {out}: begin with index.html in it")


@app.command()
def verify(
    file: Path,
    trust: Annotated[
        Path | None, typer.Option(help="trust file of the house that you rely on")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Check a compliance pack offline: its list, the house's signature, each entry of the log, the
    contract, each statement. Exits 0 if all holds under the trust file, 1 if anything does not, 2
    if no trust file was chosen."""
    from sosie import verifying
    from sosie.core.seal import TrustSource

    contents, checks, source = verifying.packed(file, trust=trust)
    wrong = [each for each in checks if not each.held]
    chosen = source is TrustSource.GIVEN
    outcome = "altered" if wrong else "holds" if chosen else "unknown"
    rows = [(each.name, "yes" if each.held else "no", each.text) for each in checks]
    if not chosen:
        rows.append(("trust", "", "the keys merely lie in the pack: name a trust file (`--trust`)"))
    about = f"picture {contents.picture}, " if contents.picture else ""
    made = f"{contents.made_at:%Y-%m-%d}"
    title = f"{outcome}: {about}license {contents.license} of {contents.workspace}, packed {made}"
    said = {
        "outcome": outcome,
        "license": contents.license,
        "picture": contents.picture,
        "workspace": contents.workspace,
        "made_at": contents.made_at.isoformat(),
        "standing": contents.standing,
        "checks": [{"name": e.name, "held": e.held, "text": e.text} for e in checks],
    }
    answer(as_json, said, table(title, ["checked", "holds", ""], rows))
    return Exit.REFUSED if wrong else Exit.DONE if chosen else Exit.UNDECIDED
