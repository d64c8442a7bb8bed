"""`sosie picture layouts` and `sosie sheet`: comps for a buyer's eyes, never for release."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sosie.cli.terminal import AsJson, Workspace, accept, answer, bar, opened, table
from sosie.core.colors import color_name
from sosie.core.layout import PLACEMENTS, lay_out
from sosie.core.studio import Order, Pixels
from sosie.core.values import BadInput

if TYPE_CHECKING:
    from sosie.core.ports import Outside
    from sosie.services.layout import Made

Products = Annotated[
    Path | None,
    typer.Option("--products", help="a table (CSV) of names, sizes, prices by product"),
]


def layouts(
    picture: str,
    out: Annotated[Path, typer.Option("--out", help="the folder for the comps")],
    place: Annotated[list[str] | None, typer.Option(help="only these places")] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Draw a picture as each place shows it, with what its interface covers, as comps."""
    from sosie.adapters.blobs import replace_file
    from sosie.adapters.comps import layout_comp

    names = place or list(PLACEMENTS)
    for name in names:
        if name not in PLACEMENTS:
            remedy = f"name one of {', '.join(PLACEMENTS)}"
            raise BadInput("there is no such place", where=name, remedy=remedy)
    outside = opened(workspace)
    from sosie.services import layout as service

    made = accept(service.one(picture))
    pixels = _pixels(outside, made)
    said, rows = [], []
    for name in names:
        shape = PLACEMENTS[name]
        layout = lay_out(made.card, made.order, shape)
        file = out / f"{picture}-{name}.png"
        replace_file(file, layout_comp(pixels, shape, layout, name))
        fits = "; ".join(layout.faults) or "whole"
        rows.append((name, f"{shape.width}×{shape.height}", fits, str(file)))
        said.append(
            {
                "place": name,
                "channel": shape.channel,
                "file": str(file),
                "size": [shape.width, shape.height],
                "crop": layout.crop,
                "safe": layout.safe,
                "text": layout.text,
                "faults": layout.faults,
            }
        )
    heads = ["place", "pixels", "head and garment", "comp"]
    answer(
        as_json, {"picture": picture, "layouts": said}, table(f"Layouts of {picture}", heads, rows)
    )


def sheet(
    shoot: str,
    out: Annotated[Path, typer.Option("--out", help="the sheet: a .pdf or a .png")],
    products: Products = None,
    title: Annotated[str, typer.Option(help="the heading of each page")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Draw a line sheet of a shoot: a row for each product, with all pictures of it."""
    from sosie.adapters import comps
    from sosie.adapters.blobs import replace_file

    if out.suffix not in (".pdf", ".png"):
        remedy = "end its name in .pdf or .png"
        raise BadInput("a sheet is a PDF or a PNG", where=str(out), remedy=remedy)
    known = read_products(products) if products else {}
    outside = opened(workspace)
    from sosie.services import layout as service

    made = accept(service.of_shoot(shoot))
    worn: dict[str, list[Made]] = {key: [] for key in known}
    for row in made:
        worn.setdefault(product_of(row.order), []).append(row)
    with bar() as progress:
        task = progress.add_task("Drawing", total=sum(not row.why for row in made))

        def fetch(row: Made) -> Pixels:
            progress.advance(task)
            return _pixels(outside, row)

        lines = [
            comps.Line(
                known[key][0] if key in known else _called(key),
                known[key][1] if key in known else (),
                tuple((m.id, m.why or partial(fetch, m)) for m in pictures),
            )
            for key, pictures in worn.items()
            if pictures
        ]
        pages = comps.line_sheet(title or f"Shoot {shoot}", lines)
    data = comps.as_pdf(pages) if out.suffix == ".pdf" else comps.as_png(pages)
    replace_file(out, data)
    hidden = {m.id: [reason.as_dict() for reason in m.why] for m in made if m.why}
    absent = [key for key, pictures in worn.items() if not pictures]
    said = {
        "shoot": shoot,
        "file": str(out),
        "products": len(lines),
        "pictures": len(made),
        "pages": len(pages),
        "without_pictures": absent,
        "not_shown": hidden,
    }
    text = f"{len(lines)} products, {len(made)} pictures, {len(pages)} pages: {out}"
    text += f"\nnot shown, as the sheet says why: {', '.join(hidden)}" if hidden else ""
    answer(as_json, said, text + (f"\nno picture shows {', '.join(absent)}" if absent else ""))


def product_of(order: Order) -> str:
    """Return by what a picture's product is known: the file of its garment or cloth, its color."""
    return order.wear or order.garment_swatch or order.garment_colour or order.garment


def read_products(path: Path) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Return each product's name and words, by what orders call it.

    The table is CSV with the columns `product` and `name`; whatever other columns it has are
    printed under the name as they are. Raises ``BadInput`` naming the line.
    """
    remedy = "see the example in docs/how-to/sheets.md"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            for column in ("product", "name"):
                if column not in columns:
                    what = f"the table has no column `{column}`"
                    raise BadInput(what, where=str(path), remedy=remedy)
            found: dict[str, tuple[str, tuple[str, ...]]] = {}
            for row in reader:
                place, key = f"{path}, line {reader.line_num}", (row["product"] or "").strip()
                if None in row or not key or key in found:
                    what = (
                        "this product is named twice" if key in found else "this row is not whole"
                    )
                    raise BadInput(what, where=place, remedy=remedy)
                rest = [(row[c] or "").strip() for c in columns if c not in ("product", "name")]
                found[key] = ((row["name"] or key).strip(), tuple(word for word in rest if word))
    except (OSError, UnicodeDecodeError) as error:
        what = (getattr(error, "strerror", None) or "this is no UTF-8 text").lower()
        raise BadInput(what, where=str(path), remedy=remedy) from None
    return found


def _called(key: str) -> str:
    return f"{color_name(key)} {key}" if key.startswith("#") else key.replace("-", " ")


def _pixels(outside: Outside, made: Made) -> Pixels:
    if made.file is None:
        raise BadInput("it has no pixels", where=made.id, remedy="make it first")
    return outside.pictures.decode(outside.blobs.get(made.file), where=made.id)
