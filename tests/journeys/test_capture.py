"""A capture is followed while it is taken; a twin gets versions, marks, and an end with proof."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sosie.adapters.pictures import PillowPictures
from sosie.core import silhouette
from tests.core import worse
from tests.journeys.conftest import secrets_of, sosie

SAMPLE = Path(__file__).parents[2] / "src" / "sosie" / "samples" / "shoot" / "ines"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The four plates of the sample shoot, and a photograph whose shadow falls on the backdrop."""
    made = tmp_path / "capture"
    shutil.copytree(SAMPLE, made)
    pictures = PillowPictures()
    pixels = pictures.decode((SAMPLE / "front-half.jpg").read_bytes(), where="front-half.jpg")
    shaded = worse.shaded(pixels, silhouette.person(pixels))
    (made / "half.jpg").write_bytes(pictures.encode(shaded))
    (made / "half.json").write_text(
        (SAMPLE / "front-half.json").read_text().replace('"front-half",', '"half",', 1)
    )
    # Named a back, and her face is seen on it; moved, or it would be one photograph twice.
    front = pictures.decode((SAMPLE / "front-full.jpg").read_bytes(), where="front-full.jpg")
    (made / "back.jpg").write_bytes(pictures.encode(np.roll(front, 9, axis=1)))
    card = (SAMPLE / "front-full.json").read_text().replace('"front-full",', '"back",', 2)
    (made / "back.json").write_text(card)
    return made


def test_the_protocol_is_printed(tmp_path: Path) -> None:
    said = sosie("twin", "protocol", "--json", cwd=tmp_path).json
    assert [group["name"] for group in said["groups"]] == ["plates", "faces", "free poses"]
    assert "turned by 90 degrees" in sosie("twin", "protocol", cwd=tmp_path).out


def test_coverage_says_what_is_there_and_draws_what_failed(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = sosie("twin", "coverage", folder, "--report", tmp_path / "report", "--json")
    assert done.code == 1
    state = {row["slot"]: row["state"] for row in done.json["slots"]}
    assert (state["front"], state["half"], state["side"]) == ("there", "again", "missing")
    (half,) = (photo for photo in done.json["photos"] if photo["photo"] == "half.jpg")
    assert [fault["code"] for fault in half["faults"]] == ["capture.backdrop_shadow"]
    assert half["faults"][0]["figure"] > half["faults"][0]["limit"]
    (back,) = (photo for photo in done.json["photos"] if photo["photo"] == "back.jpg")
    assert [reason["code"] for reason in back["reasons"]] == ["capture.other_view"]
    assert state["back"] == "again"
    files = {Path(file).name for file in done.json["files"]}
    assert files == {"half.jpg.fault.jpg", "back.jpg.fault.jpg", "index.html", "sheet.png"}
    text = (tmp_path / "report" / "index.html").read_text()
    assert "<script" not in text
    assert "`" not in text
    assert "<code>full</code>" in text
    assert "http://" not in text
    assert "https://" not in text
    assert text.count("data:image/jpeg") == 2
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert sosie("twin", "coverage", folder, "--protocol", "basic").code == 0
    among = sosie("twin", "coverage", folder, "--report", folder)
    assert among.code == 65
    assert "among the photographs" in among.err


def test_a_folder_is_watched_until_nothing_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    folder.mkdir()
    command = [sys.executable, "-m", "sosie", "twin", "coverage", str(folder), "--watch", "--json"]
    page = tmp_path / "report" / "index.html"
    watch = subprocess.Popen(
        [*command, "--protocol", "single", "--report", str(page.parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    try:
        while not page.exists():
            assert watch.poll() is None
            time.sleep(0.2)
        assert 'http-equiv="refresh"' in page.read_text()
        (folder / "IMG_0001.jpg").write_bytes(b"half of a photograph")
        shutil.copy(SAMPLE / "front-half.jpg", folder / "IMG_0002.jpg")
        out, err = watch.communicate(timeout=300)
    finally:
        watch.kill()
    assert watch.returncode == 0, err
    said = json.loads(out)
    assert said["slots"][0]["photo"] == "IMG_0002.jpg"
    assert "refresh" not in page.read_text()  # it is over: the page stays as it is
    assert (page.parent / "IMG_0001.jpg.fault.jpg").exists() is False  # nothing to draw on
    assert said["complete"]


def test_a_twin_is_captured_anew_marked_retired_and_erased_with_proof(
    workspace: Path, folder: Path, tmp_path: Path
) -> None:
    secrets = secrets_of(workspace)

    def call(*arguments: str | Path, code: int = 0) -> dict[str, object]:
        done = sosie(*arguments, "--workspace", workspace, "--json", secrets=secrets)
        assert done.code == code, done.out + done.err
        return dict(done.json)

    own = ("--as", "ines")
    call("twin", "mark", "ines", *own, "--place", "left cheek", "--words", "a mole")
    point = ("--plate", "front-half", "--at", "700,420")
    call("twin", "mark", "ines", *own, "--place", "chin", "--words", "a scar", *point)
    made = call("twin", "version", folder, "--twin", "ines", *own)
    assert (made["version"], made["protocol"]) == (2, "basic")
    assert made["lacks_for_full"]
    assert "her face is seen where “seen from behind” is asked" in str(made["photos"])
    assert "'back'" not in str(
        sosie("twin", "show", "ines", "--workspace", workspace, "--json").json
    )
    shown = sosie("twin", "show", "ines", "--workspace", workspace, secrets=secrets).out
    assert "version 2" in shown
    assert "never retouched: 1. left cheek, a mole" in shown

    hours = ("--from", "09:00", "--to", "18:30", "--break", "45", "--per-hour", "80.00 EUR")
    paid = ("--brand", "maison-nord", "--policy-given", "--companion-allowed", "--insured")
    early = call("twin", "day", "ines", *own, "--on", "2020-01-01", *hours, *paid, code=1)
    assert "consent.missing" in str(early)  # the work came before the consent
    late = call("twin", "day", "ines", *own, "--on", "2120-01-01", *hours, *paid, code=1)
    assert "day.not_over" in str(late)

    negative = (*hours[:-1], "-5 EUR", *paid)
    call("twin", "day", "ines", *own, "--on", "2020-01-01", *negative, code=65)

    assert call("twin", "retire", "ines", *own)["done"] is False
    call("twin", "retire", "ines", *own, "--yes")
    refused = call("twin", "version", folder, "--twin", "ines", *own, code=1)
    assert "twin.retired" in str(refused)

    plan = call("twin", "delete", "ines", *own)
    assert plan["done"] is False
    proof = tmp_path / "proof.json"
    gone = call("twin", "delete", "ines", *own, "--yes", "--out", proof)
    assert gone["files"] == plan["files"]
    assert call("twin", "proof", proof)["holds"] is True
    call("fsck")
    trust = tmp_path / "trust.json"
    call("trust", "--out", trust)
    away = sosie("twin", "proof", proof, "--trust", trust, "--json", cwd=tmp_path)
    assert (away.code, away.json["holds"]) == (0, True)
    said = json.loads(proof.read_text())
    said["record"]["erased"].pop()
    proof.write_text(json.dumps(said))
    assert sosie("twin", "proof", proof, "--trust", trust, cwd=tmp_path).code == 1
