"""`sosie channel`: what goes to channels beside the pictures."""

from __future__ import annotations

import csv as tables
import io
from pathlib import Path
from typing import Annotated

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import AsJson, Workspace, accept, answer, file_text, now, opened
from sosie.core.values import BadInput

app = typer.Typer(
    no_args_is_help=True,
    help="Channels: product feed, label to print, what must be taken down.",
)
Brand = Annotated[str, typer.Option(help="the brand that released them")]


@app.command()
def feed(
    products: Annotated[Path, typer.Argument(help="CSV with the columns `picture` and `product`")],
    brand: Brand,
    images: Annotated[str, typer.Option(help="where the shop serves the released files")],
    out: Annotated[Path, typer.Option("--out", help="the feed to write")],
    meta: Annotated[bool, typer.Option("--meta", help="as Meta reads it (CSV)")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Write a supplemental product feed for Google Merchant Center (RSS), or Meta (CSV), with the
    IPTC digital source type of each picture."""
    named = _products(file_text(products, "name a CSV file"), str(products))
    if not images.startswith("https://"):
        remedy = "give the address that their servers fetch from"
        raise BadInput("this is no address that begins with https", where=images, remedy=remedy)
    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.core.feed import feed as written
    from sosie.services import channel

    items = accept(channel.feed(outside, brand=brand, products=named, images=images, now=now()))
    title = f"Pictures of {brand}"
    replace_file(out, written(items, "meta" if meta else "google", title=title))
    said = {"file": str(out), "products": len(items), "pictures": len(named)}
    answer(as_json, said, f"wrote {out}: {len(named)} pictures of {len(items)} products")


def _products(text: str, where: str) -> dict[str, str]:
    rows = list(tables.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    found = {row.get("picture") or "": row.get("product") or "" for row in rows}
    if not rows or "" in found or "" in found.values() or len(found) != len(rows):
        remedy = "name each picture once, as `picture,product` and `S-0001-01,SKU-1`"
        raise BadInput("this names no products of pictures", where=where, remedy=remedy)
    return found


@app.command()
def label(
    seal: str,
    site: Annotated[str, typer.Option(help="where the public pages are, `https://sosie.example`")],
    out: Annotated[Path, typer.Option("--out", help="the PDF to write")],
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Set what is printed beside a picture: its disclosure, and a QR code to its public page. Black
    alone, 96 × 30 mm, to be scaled."""
    from sosie.cli.server import site_of

    address = site_of(site)
    outside = opened(workspace)
    from sosie.adapters.blobs import replace_file
    from sosie.services import library

    replace_file(out, accept(library.label(outside, number=seal, site=address, now=now())))
    answer(as_json, {"file": str(out), "link": f"{address}/p/{seal}"}, f"wrote {out}")


@app.command("take-downs")
def take_downs(
    brand: Brand,
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List what is still out and must come down, with its day: an order for each place. That it is
    down is signed by `sosie license taken-down`."""
    opened(workspace)
    from sosie.services import channel

    rows = [each.as_row() for each in channel.take_downs({brand}, now=now())]
    columns = ["due", "channel", "account", "territories", "seal", "license"]
    title = f"To be taken down by {brand}"
    print_rows(title, columns, rows, name="orders", search=search, csv=csv, as_json=as_json)
