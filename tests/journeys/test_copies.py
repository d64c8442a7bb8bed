"""`sosie verify` finds copies whose credential is gone, however they were cut or mirrored."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.core.plates import scene
from tests.core.test_features import lettered
from tests.core.test_fingerprint import cut, jpeg
from tests.journeys.conftest import sosie
from tests.journeys.test_demo import released

Told = tuple[Path, dict[str, Any]]


def test_copies_without_any_manifest_are_found(told: Told, tmp_path: Path) -> None:
    folder, _ = told
    with Image.open(released(folder)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    copies = {
        "a-fifth": jpeg(cut(pixels, 0.2**0.5), 80),
        "mirrored": jpeg(np.ascontiguousarray(pixels[:, ::-1]), 75),
        "lettered": jpeg(lettered(pixels), 80),
        "a-stranger": jpeg(scene(1), 80),
        "a-lettered-stranger": jpeg(lettered(scene(2)), 80),
    }
    files = []
    for name, copy in copies.items():
        data = io.BytesIO()
        Image.fromarray(copy).save(data, "JPEG", quality=85)
        files.append(tmp_path / f"{name}.jpg")
        files[-1].write_bytes(data.getvalue())
    look = tmp_path / "look"
    done = sosie("verify", *files, "--workspace", folder, "--report", look, "--json")
    said = {Path(row["file"]).stem: row for row in done.json["reports"]}
    assert done.code == 1
    fifth, mirrored, written = (said[name] for name in ("a-fifth", "mirrored", "lettered"))
    assert fifth["outcome"] == mirrored["outcome"] == "made_here", (fifth, mirrored)
    assert "a copy of seal" in fifth["sentence"]
    assert "cropped to 20 %" in fifth["sentence"]
    assert "mirrored" in mirrored["sentence"]
    assert written["outcome"] == "altered"
    assert written["regions"]
    for name in ("a-stranger", "a-lettered-stranger"):
        assert said[name]["outcome"] == "unknown", said[name]
        assert [Path(path).suffix for path in said[name]["report"]] == [".html"]
    html, png = map(Path, written["report"])
    drawn = cv2.imdecode(np.frombuffer(png.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    assert min(drawn.shape[:2]) > 600
    assert html.read_text(encoding="utf-8").count("data:image/png;base64,") == 2


def test_two_pictures_of_one_name_have_two_pages(told: Told, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(scene(3)).save(tmp_path / name / "x.png")
    look = tmp_path / "look"
    done = sosie(
        "verify", tmp_path / "a/x.png", tmp_path / "b/x.png", "--report", look, cwd=tmp_path
    )
    assert done.code == 2
    assert sorted(path.name for path in look.iterdir()) == ["x.png-2.html", "x.png.html"]
