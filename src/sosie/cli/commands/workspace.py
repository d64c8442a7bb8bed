"""`sosie init`, `sosie claim-key`, `sosie trust`, `sosie fsck`, `sosie move`, `sosie metrics` and
`sosie serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from sosie.cli.commands.log import fsck
from sosie.cli.terminal import (
    AsJson,
    Exit,
    Workspace,
    answer,
    console,
    folder_of,
    now,
    opened,
    passphrase,
    reasons_text,
)
from sosie.core.values import BadInput

__all__ = ["claim_key", "fsck", "init", "metrics", "move", "serve", "trust"]


def init(
    folder: Path,
    name: Annotated[str, typer.Option(help="the name on its certificates and its log")],
    as_json: AsJson = False,
) -> None:
    """Make a new workspace: keys, tables, an empty log."""
    from sosie import wiring

    wiring.found(folder, name, passphrase("house"), now=now())
    said = {"workspace": str(folder), "name": name}
    answer(as_json, said, f"made workspace `{name}` in {folder}")


def move(
    to: Annotated[
        str,
        typer.Option(help="an empty database of PostgreSQL, `postgresql://…`"),
    ],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> int:
    """Move the tables of a workspace from SQLite to PostgreSQL, while nothing else runs on it.

    Every row is copied as it is, in one transaction, and checked there as `sosie fsck` does; files,
    keys and log stay. The SQLite file is kept beside, as `sosie.sqlite3.moved`. If something is
    wrong, the workspace stays where it was."""
    from sosie import wiring

    folder = folder_of(workspace)
    counts, wrong = wiring.move(folder, passphrase("house", prompt=False), to)
    rows = sum(counts.values())
    said = {"tables": counts, "rows": rows, "wrong": [reason.as_dict() for reason in wrong]}
    done = f"{rows} rows of {len(counts)} tables are in PostgreSQL, and sound"
    done += f"; from now on set `{wiring.URL}` to that address"
    answer(as_json, said, reasons_text(wrong) or done)
    return Exit.REFUSED if wrong else Exit.DONE


def claim_key(workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Make the key that signs content credentials on the token that `SOSIE_CLAIM_KEY` names.

    Its certificate is one of this workspace; as long as the setting stands, seals are signed by
    the token, whose PIN is the house passphrase."""
    opened(workspace)
    from sosie import wiring

    pem = wiring.make_claim_key(folder_of(workspace), passphrase("house"), now=now())
    answer(as_json, {"certificate": pem}, f"the token signs content credentials from now on\n{pem}")


def trust(
    out: Annotated[Path, typer.Option(help="the file to write")] = Path("trust.json"),
    pem: Annotated[
        Path | None, typer.Option(help="also write the root as a trust list (PEM)")
    ] = None,
    chain: Annotated[
        Path | None, typer.Option(help="also write the chain that signs credentials (PEM)")
    ] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Write the trust file: what somebody elsewhere needs to verify pictures and contracts.

    Hand it over by a way that the receiver trusts, and read the fingerprint to each other. Other
    readers of C2PA take the root as a trust list, by `--pem`."""
    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.services import release

    file = release.trust(outside)
    _no_other(out, file.root)
    replace_file(out, file.dump())
    said = {"file": str(out), "root_fingerprint": file.root_fingerprint}
    for name, path, text in (
        ("pem", pem, file.root),
        ("chain", chain, outside.credentials.chain_pem),
    ):
        if path is not None:
            replace_file(path, text.encode())
            said[name] = str(path)
    wrote = ", ".join(value for key, value in said.items() if key != "root_fingerprint")
    answer(as_json, said, f"wrote {wrote}; its root is {file.root_fingerprint}")


def _no_other(out: Path, root: str) -> None:
    """Raise ``BadInput`` if something else than an earlier trust file of this root lies there."""
    from sosie.core.package import TrustFile

    if not out.exists():
        return
    try:
        there = TrustFile.parse(out.read_bytes(), where=str(out)).root
    except (BadInput, OSError):
        there = ""
    if there != root:
        raise BadInput(
            "something else lies there, perhaps the trust file of another workspace",
            where=str(out),
            remedy="name another file by `--out`, or remove this one first",
            code="trust.other",
        )


def metrics(
    at: Annotated[
        str, typer.Option(envvar="SOSIE_METRICS", help="an address of this machine")
    ] = "127.0.0.1:9108",
    workspace: Workspace = None,
) -> None:
    """Answer `/metrics` in Prometheus' text format, to this machine only, until Ctrl-C.

    For pages that several processes serve, which share the folder `PROMETHEUS_MULTIPROC_DIR`;
    `sosie serve` with `SOSIE_METRICS` does it itself."""
    outside = opened(workspace)
    from sosie import metrics

    port, thread = metrics.serve(at, outside)
    console.print(f"Figures at http://127.0.0.1:{port}/metrics (stop with Ctrl-C)")
    try:
        thread.join()
    except KeyboardInterrupt:
        console.print("stopped")


def serve(
    workspace: Workspace = None,
    port: int = 8000,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="SOSIE_PUBLIC_URL",
            help="where others reach it through a web server, `https://sosie.example`",
        ),
    ] = None,
    worker: Annotated[
        bool, typer.Option(help="make shoots that were started, in a process beside this one")
    ] = True,
) -> None:
    """Serve the pages at http://localhost:8000, to this machine only.

    People join by a link that `sosie web invite` makes; of a demo, links for every role are shown.
    What they sign is recorded with the house's keys: without `SOSIE_PASSPHRASE_HOUSE` pages are
    read, and nothing is signed. What is started there a worker makes, which runs beside it: with
    `--no-worker` run `sosie shoot work` yourself. A web server in front may pass on what is
    public; then say its address."""
    from django.apps import apps

    from sosie import wiring
    from sosie.cli.commands import web
    from sosie.cli.commands.demo import MARK
    from sosie.cli.server import beside, server_at, site_of

    if public_url is not None:
        os.environ["SOSIE_PUBLIC_URL"] = site_of(public_url)
    folder = folder_of(workspace)
    if wiring.is_workspace(folder):
        wiring.make_web_key(folder)
    demo = web.passphrases(folder) if (folder / MARK).exists() else {}
    if "house" in demo:
        os.environ.setdefault("SOSIE_PASSPHRASE_HOUSE", demo["house"])
    outside = opened(workspace)
    signs = bool(passphrase("house", prompt=False))
    if signs:
        outside.log_key.sign(b"")  # a wrong passphrase is noticed now, not when somebody signs
    if address := os.environ.get("SOSIE_METRICS"):
        from sosie import metrics

        metrics.serve(address, outside)
    server = server_at(port)
    where = f"http://localhost:{server.server_port}"
    os.environ.setdefault("SOSIE_ORIGIN", os.environ.get("SOSIE_PUBLIC_URL") or where)
    pages: Any = apps.get_app_config("web")
    pages.warm()
    if demo:
        console.print("Each of these links lets one person in, once:")
        console.print(web.shown(web.links(where, now=now()), demo), markup=False, soft_wrap=True)
    if not signs:
        console.print("Pages are read, and nothing is signed: SOSIE_PASSPHRASE_HOUSE is not set")
    console.print(f"Showing {folder} at {where} (stop with Ctrl-C)", soft_wrap=True)
    if signs and worker:
        beside(folder, os.environ["SOSIE_PASSPHRASE_HOUSE"])
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        console.print("stopped")
    finally:
        server.server_close()
