"""A shoot as a brand lives it: planned, run, paused, killed, gone on with, looked at, changed."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.journeys.conftest import Done, secrets_of, sosie

PLAN = """
sosie: shoot/1
purpose: organic_social
channel: instagram
territories: [FR, DE]
matrix:
  plates: [front-half, walking]
  garments:
    - {garment: top, garment_colour: "#7a1f2b"}
    - {garment: top, garment_colour: "#20463a"}
  backdrops:
    - {scene: cyclorama, colour: "#cdb9a5"}
    - {scene: window}
"""
IMPORT = """
sosie: shoot/1
engine: import
purpose: organic_social
channel: instagram
territories: [FR]
files: {done: done.png, another: another.png}
pictures:
  - {plate: front-half, picture: done, source_type: compositeCapture, changes: [backdrop]}
  - {plate: front-half, picture: another, source_type: trainedAlgorithmicMedia,
     tool: a model of the brand, changes: [backdrop]}
"""


LOGGED = """
SELECT count(*) FROM store_opening JOIN store_picture ON id = record->>'picture'
WHERE record->>'plate' IS NOT NULL AND shoot_id = ?
"""
DECIDED = """
SELECT count(*) FROM store_decisionrecord AS decided JOIN store_picture AS picture
ON picture.id = decided.picture_id WHERE decided.outcome = 'allowed' AND shoot_id = ?
"""


class House:
    """A workspace with a license of 12 pictures, and how its people call the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets = folder, secrets_of(folder)
        self.plan = folder.parent / "plan.yaml"
        self.plan.write_text(PLAN, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "tests.journeys.licensed", folder, "12"],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            env=os.environ | self.secrets,
        )
        self.license = done.stdout.strip()
        self.started: list[subprocess.Popen[str]] = []

    def call(self, *arguments: str | Path) -> Done:
        return sosie(*arguments, "--workspace", self.folder, "--json", secrets=self.secrets)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, as a terminal does."""
        process = subprocess.Popen(
            [sys.executable, "-m", "sosie", *arguments, "--workspace", self.folder],
            env=os.environ | self.secrets,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """End what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def count(self, query: str, value: str) -> int:
        with sqlite3.connect(self.folder / "sosie.sqlite3", timeout=30) as base:
            return int(base.execute(query, (value,)).fetchone()[0])

    def made(self) -> int:
        query = "SELECT count(*) FROM store_picture WHERE license_id = ? AND status = 'made'"
        return self.count(query, self.license)

    def until(self, made: int, process: subprocess.Popen[str]) -> None:
        """Wait until some pictures are made, or the process has ended."""
        while self.made() < made and process.poll() is None:
            time.sleep(0.02)


@pytest.fixture
def house(workspace: Path) -> Iterator[House]:
    made = House(workspace)
    yield made
    made.end()


def test_a_shoot_is_planned_run_killed_paused_and_gone_on_with(
    house: House, tmp_path: Path
) -> None:
    plan = house.call("shoot", "plan", house.plan, "--license", house.license)
    assert (plan.code, plan.json["outcome"], len(plan.json["pictures"])) == (0, "allowed", 8)
    assert plan.json["price"] == "1440.00 EUR"
    assert plan.json["receives"] == "1152.00 EUR"
    assert plan.json["seconds"] > 0  # the demo's own pictures were made here
    chance, kills = random.Random(5), 0  # noqa: S311
    brand = ("--license", house.license, "--as", "maison-nord")
    process = house.start("shoot", "run", house.plan, *brand)
    for _ in range(3):  # killed three times in the middle of making
        before = house.made()
        house.until(before + 1, process)
        time.sleep(chance.random() * 0.3)
        os.killpg(process.pid, signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        (shoot,) = {row["picture"][:6] for row in pictures(house, house.license)}
        process = house.start("shoot", "resume", shoot)
    assert kills == 3
    house.until(house.made() + 1, process)
    os.killpg(process.pid, signal.SIGINT)  # Ctrl-C
    _, said = process.communicate(timeout=120)
    waiting = [row for row in pictures(house, house.license) if row["status"] == "ordered"]
    assert (process.returncode, f"sosie shoot resume {shoot}" in said) == (2, True), said
    assert waiting
    gone_on = house.call("shoot", "resume", shoot, "--jobs", "2")
    assert (gone_on.code, gone_on.json["ordered"]) == (0, [])
    assert len(gone_on.json["pictures"]) == len(waiting)
    found = pictures(house, house.license)
    assert [row["status"] for row in found] == ["made"] * 8
    assert [row["picture"] for row in found] == [f"{shoot}-{place:02d}" for place in range(1, 9)]
    assert house.count(LOGGED, shoot) == 8
    assert house.count(DECIDED, shoot) == 8
    assert house.call("fsck").code == 0
    again = house.call("picture", "replay", f"{shoot}-05")
    assert (again.code, again.json["same"], again.json["promised"]) == (0, True, True)
    look_at(house, shoot, tmp_path)


def test_a_worker_that_is_killed_loses_no_picture(house: House) -> None:
    brand = ("--license", house.license, "--as", "maison-nord")
    process = house.start("shoot", "run", house.plan, *brand)
    house.until(1, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert house.call("shoot", "work", "--until-done").json["made"] == []  # nobody started it
    (shoot,) = {row["picture"][:6] for row in pictures(house, house.license)}
    assert house.call("shoot", "start", shoot).code == 0
    chance = random.Random(6)  # noqa: S311
    for number in (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
        before, worker = house.made(), house.start("shoot", "work")
        house.until(before + 1, worker)
        time.sleep(chance.random() * 0.3)
        os.killpg(worker.pid, number)
        assert worker.wait(60) == (0 if number == signal.SIGTERM else -number)
    assert house.call("shoot", "work", "--until-done").code == 0
    assert [row["status"] for row in pictures(house, house.license)] == ["made"] * 8
    assert house.count(LOGGED, shoot) == house.count(DECIDED, shoot) == 8
    assert house.call("fsck").code == 0


def pictures(house: House, license: str) -> list[dict[str, str]]:
    found = house.call("picture", "list", "--license", license).json["pictures"]
    assert isinstance(found, list)
    return found


def look_at(house: House, shoot: str, folder: Path) -> None:
    """Answer, ask for a change, and draw the board in both forms."""
    hers = ("--as", "ines")
    assert house.call("picture", "approve", f"{shoot}-01", *hers).code == 0
    assert house.call("picture", "refuse", f"{shoot}-02", *hers, "--note", "too <dark>").code == 0
    asked = house.call(
        *("picture", "change", f"{shoot}-02", "--as", "maison-nord", "--note", "lighter wall"),
        *("--set", "backdrop.scene=cyclorama", "--set", "backdrop.colour=#e6ded2"),
    )
    assert (asked.json["picture"], asked.json["change_of"]) == (f"{shoot}-09", f"{shoot}-02")
    table = folder / "shoots.csv"
    listed = house.call("shoot", "list", "--search", shoot.lower(), "--csv", table).json["shoots"]
    assert [row["shoot"] for row in listed] == [shoot]
    assert listed[0]["pictures"] == "1 approved, 6 made, 1 ordered, 1 refused"
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.DictReader(file)) == listed
    found = house.call("picture", "list", "--search", f"{shoot}-02").json["pictures"]
    assert [row["picture"] for row in found] == [f"{shoot}-02", f"{shoot}-09"]  # and its change
    assert house.call("shoot", "list", "--search", "no such words").json["shoots"] == []
    for name in ("board.png", "board.html"):
        done = house.call("shoot", "board", shoot, "--out", folder / name)
        assert (done.code, done.json["pictures"]) == (0, 9)
    with Image.open(folder / "board.png") as sheet:
        assert sheet.width > 1500
    page = (folder / "board.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("<article") == 9
    assert page.count("<img") == 8
    assert "her note: too &lt;dark&gt;" in page
    assert f"in place of {shoot}-02: lighter wall" in page
    assert house.call("shoot", "board", shoot, "--out", folder / "board.gif").code == 65


def test_pictures_of_other_tools_are_taken_in_and_doubted(house: House, tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "src/sosie/samples/shoot"
    for name, who in (("done", "ines"), ("another", "tomas")):
        pixels: Any = cv2.imread(str(sample / who / "front-half.jpg"))
        wall = (pixels.min(axis=2) > 150) & (np.ptp(pixels, axis=2) < 10)  # light and gray
        made = np.where(wall[..., None], pixels * 0.5, pixels).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{name}.png"), made)
    plan = tmp_path / "import.yaml"
    plan.write_text(IMPORT, encoding="utf-8")
    run = house.call("shoot", "run", plan, "--license", house.license, "--as", "maison-nord")
    assert run.code == 0, run.out
    one, two = run.json["pictures"]
    assert (one["status"], two["status"]) == ("made", "undecided")
    approve = house.call("picture", "approve", two["picture"], "--as", "ines")
    assert approve.json["reasons"][0]["code"] == "picture.undecided"
    brand = house.call("picture", "recognize", two["picture"], "--as", "maison-nord")
    assert brand.json["reasons"][0]["code"] == "picture.not_hers"
    no = house.call("picture", "refuse", two["picture"], "--as", "ines", "--note", "not me")
    assert no.code == 0
    assert house.call("picture", "approve", one["picture"], "--as", "ines").code == 0
    sealed = house.call("seal", one["picture"])
    assert sealed.code == 0, json.dumps(sealed.out)
