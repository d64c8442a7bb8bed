"""Comps for a buyer: layouts of a picture, and a line sheet of a shoot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sosie.core.comp import shows_band
from tests.journeys.conftest import sosie

Told = tuple[Path, dict[str, Any]]


def test_a_picture_is_laid_out_for_every_place(told: Told, tmp_path: Path) -> None:
    folder, _ = told
    made = sosie(
        "picture", "layouts", "S-0001-01", "--out", tmp_path, "--workspace", folder, "--json"
    )
    assert made.code == 0, made.err
    rows = made.json["layouts"]
    assert {row["place"] for row in rows} >= {"web-shop", "instagram-reel", "tiktok", "print"}
    for row in rows:
        with Image.open(row["file"]) as comp:
            assert list(comp.size) == row["size"]
            assert row["place"] != "web-shop" or shows_band(np.asarray(comp.convert("RGB")))
    again = sosie("picture", "export", "S-0001-01", tmp_path / "p.png", "--workspace", folder)
    assert again.code == 0
    shop = next(row for row in rows if row["place"] == "web-shop")
    picture = Image.open(tmp_path / "p.png").resize(shop["size"], box=tuple(shop["crop"]))
    differs = np.asarray(picture, int) - np.asarray(Image.open(shop["file"]), int)
    assert (np.abs(differs).max(axis=2) > 24).mean() > 0.02, "the comp's words are burned in"


def test_a_line_sheet_has_a_row_for_each_product(told: Told, tmp_path: Path) -> None:
    folder, _ = told
    table = tmp_path / "products.csv"
    table.write_text(
        "product,name,sizes,price\n#7a1f2b,Tank Nord,XS to XL,39 EUR\n#aaaaaa,Not shot,S,9 EUR\n"
    )
    said = {}
    for ending in ("pdf", "png"):
        out = tmp_path / f"sheet.{ending}"
        done = sosie(
            "sheet", "S-0001", "--out", out, "--products", table, "--title", "Season",
            "--workspace", folder, "--json",
        )  # fmt: skip
        assert done.code == 0, done.err
        said = done.json
        assert out.stat().st_size > 50_000
    assert said["pictures"] >= 4
    assert said["products"] >= 4
    assert said["without_pictures"] == ["#aaaaaa"]
    listed = sosie("picture", "list", "--workspace", folder, "--json").json["pictures"]
    hidden = {row["picture"] for row in listed if row["status"] in ("refused", "failed", "ordered")}
    hidden = {id for id in hidden if id.startswith("S-0001-")}
    assert hidden, "the demo's model refused a picture"
    assert set(said["not_shown"]) == hidden
    assert {r["code"] for why in said["not_shown"].values() for r in why} <= {
        "picture.refused",
        "picture.not_made",
    }
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.height == said["pages"] * 1654


def test_wrong_tables_places_and_names_are_said(told: Told, tmp_path: Path) -> None:
    folder, _ = told
    table = tmp_path / "products.csv"
    for text, what in (
        ("name,price\nTank,3\n", "no column `product`"),
        ("product,name\nred,Tank\nred,Tee\n", "named twice"),
        ("product,name\nred,Tank,9\n", "not whole"),
    ):
        table.write_text(text)
        done = sosie(
            "sheet", "S-0001", "--out", tmp_path / "s.pdf", "--products", table,
            "--workspace", folder,
        )  # fmt: skip
        assert done.code == 65
        assert what in done.err
    assert sosie("sheet", "S-9999", "--out", tmp_path / "s.pdf", "--workspace", folder).code == 1
    assert sosie("sheet", "S-0001", "--out", tmp_path / "s.doc", "--workspace", folder).code == 65
    wrong = ("--place", "billboard", "--out", tmp_path, "--workspace", folder)
    assert sosie("picture", "layouts", "S-0001-01", *wrong).code == 65
    assert not list(tmp_path.glob("s.*"))
