"""What a report tells a stranger: what was judged, what the license allows; what breaks none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from jsonschema import Draft202012Validator

import sosie
from sosie.core.file_format import FileFormat
from sosie.core.package import TrustFile
from sosie.core.values import digest
from tests.adapters.houses import house
from tests.adapters.signed import sealed, unsealed
from tests.journeys.conftest import sosie as command
from tests.journeys.test_batches import LOG_KEY, truly
from tests.journeys.test_demo import Told, released

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/formats/report.schema.json").read_text(encoding="utf-8"))
FORMS = Draft202012Validator(SCHEMA)


@dataclass(frozen=True)
class Received:
    """A sealed picture without a log entry, and the trust file of its house."""

    picture: Path
    trust: Path


@pytest.fixture
def received(tmp_path: Path) -> Received:
    ours = house()
    picture, trust = tmp_path / "look.png", tmp_path / "house.json"
    plain = unsealed(FileFormat.PNG)
    picture.write_bytes(ours.credentials.sign(plain, truly(plain)))
    trust.write_bytes(TrustFile("Maison Test", ours.root_pem, LOG_KEY).dump())
    return Received(picture, trust)


def test_what_was_judged_is_said(received: Received) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    done = command("verify", received.picture, "--trust", received.trust, "--json")
    (report,) = done.json["reports"]
    judged = report["judged"]
    assert judged["name"] == "look.png"
    assert judged["digest"] == digest(received.picture.read_bytes())
    assert before <= datetime.fromisoformat(judged["at"]) <= datetime.now(UTC)
    assert judged["on"] == judged["at"][:10]
    root = TrustFile.parse(received.trust.read_bytes(), where="x").root_fingerprint
    assert judged["trust"] == {
        "source": "given",
        "workspace": "Maison Test",
        "root_sha256": root,
        "file": str(received.trust),
    }
    named = sosie.verify(received.picture, on=datetime(2026, 12, 1).date())  # noqa: DTZ001
    said = named.as_dict()["judged"]
    assert (said["on"], said["at"]) == ("2026-12-01", None)
    assert sosie.verify(received.picture, on="2026-12-01") == named
    with pytest.raises(sosie.BadInput, match="`1 December` is no day; write it as 2027-04-30"):
        sosie.verify(received.picture, on="1 December")
    assert said["trust"]["source"] == "none"
    assert said["trust"]["root_sha256"] is None


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("format", FileFormat)
def test_a_cut_file_is_told_as_damaged_and_never_as_altered(
    format: FileFormat, part: float, tmp_path: Path
) -> None:
    data = sealed(house(), format)
    cut = tmp_path / f"cut{format.suffix}"
    cut.write_bytes(data[: round(len(data) * part)])
    with pytest.raises(sosie.BadInput) as caught:
        sosie.verify(cut)
    assert str(cut) in str(caught.value)
    assert "ends too early; fetch or export it again" in str(caught.value)


def test_a_cut_file_among_others_is_one_line(received: Received, tmp_path: Path) -> None:
    cut = tmp_path / "cut.png"
    cut.write_bytes(received.picture.read_bytes()[:-5000])
    done = command("verify", cut, received.picture, "--trust", received.trust, "--lines")
    damaged, whole = map(json.loads, done.out.splitlines())
    assert (done.code, damaged["outcome"], whole["outcome"]) == (65, "bad_input", "unknown")
    assert damaged["text"] == f"`{cut}`: this PNG ends too early; fetch or export it again"
    for line in (damaged, whole):  # each line is a form by itself
        assert [error.message for error in FORMS.iter_errors(line)] == []
    assert not FORMS.is_valid([damaged])
    assert not FORMS.is_valid({**damaged, "outcome": "made_here"})


BROKEN = {
    "no JSON": b"{",
    "another format": b'{"sosie": "seal-package/9"}',
    "empty": b"",
    "a page": b"<html>404 not found</html>",
    "a hostile key": b'{"\\u202e\\u001b[31m": 1}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_beside_a_picture_is_a_step(received: Received, name: str) -> None:
    without = sosie.verify(received.picture, trust=received.trust)
    received.picture.with_name("look.png.sosie.json").write_bytes(BROKEN[name])
    report = sosie.verify(received.picture, trust=received.trust)
    assert (report.outcome, report.sentence) == (without.outcome, without.sentence)
    step = report.steps[4]
    assert (step.name, step.state, step.code) == ("record", "absent", "seal.record.unreadable")
    assert "take the one that came with the picture" in step.sentence
    assert step.sentence.isprintable()
    assert FORMS.is_valid(json.loads(json.dumps(report.as_dict())))
    done = command("verify", received.picture, "--trust", received.trust)
    assert done.code == 2
    assert "5. record [absent] the record beside it cannot be read: " in done.out


def test_a_broken_trust_file_beside_a_picture_is_a_step(received: Received) -> None:
    received.picture.with_name("trust.json").write_bytes(b"{}")
    step = sosie.verify(received.picture).steps[0]
    assert step.code == "seal.trust.none"
    assert "trust file beside the picture cannot be read" in step.sentence
    with pytest.raises(sosie.BadInput, match=r"trust\.json"):  # the control: chosen, it must hold
        sosie.verify(received.picture, trust=received.picture.with_name("trust.json"))


def test_a_trust_file_whose_log_key_or_root_is_none(received: Received) -> None:
    """Beside a picture it is a step; chosen, it is told once, before any picture is read."""
    said = json.loads(received.trust.read_bytes())
    plain = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
    for field, wrong in (("log", "no+verifier+key"), ("root", plain)):
        beside = received.picture.with_name("trust.json")
        beside.write_text(json.dumps(said | {field: wrong}))
        step = sosie.verify(received.picture).steps[0]
        assert step.code == "seal.trust.none"
        assert "trust file beside the picture cannot be read" in step.sentence
        pictures = [received.picture] * 3
        done = command("verify", *pictures, "--trust", beside, cwd=received.picture.parent)
        assert (done.code, done.out) == (65, "")
        (line,) = done.err.splitlines()
        assert f"`--trust {beside}`: " in line
        assert f"`{field}`" in line
    beside.write_text(json.dumps(said))  # the control
    assert sosie.verify(received.picture, trust=beside).steps[0].code == "seal.trust.given"


def told_by(page: Path) -> str:
    """Return the text of a page as a reader sees it."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"<style>.*?</style>|data:[^\"]+", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_page_says_what_the_license_allows(told: Told, tmp_path: Path) -> None:
    file = released(told[0])
    look = tmp_path / "look"
    trust = file.parent / "trust.json"
    done = command("verify", file, "--trust", trust, "--report", look, "--json")
    (report,) = done.json["reports"]
    terms = report["subject"]["terms"]
    page = told_by(look / f"{file.name}.html")
    until = datetime.fromisoformat(terms["period"]["until"])
    assert f"until {until.day} {until:%B %Y}, both days included" in page
    assert f"as days are counted in {terms['period']['time_zone']}" in page
    assert "may be shown on" in page
    assert "Instagram" in page
    assert "training of AI on it forbidden" in page
    for said in (
        digest(file.read_bytes()).removeprefix("sha256:"),
        report["judged"]["trust"]["root_sha256"],
        "chosen by who asked",
    ):
        assert said in page
    assert str(file.parent) not in page.replace(str(trust), "")


WATCHED = """
import asyncio, json, sys
import sosie
assert "django" not in sys.modules
copy, folder, stranger = sys.argv[1:]

async def cell():
    return [sosie.verify(path, workspace=folder) for path in (copy, stranger)]

known, unknown = asyncio.run(cell())
again = sosie.verify(copy, workspace=folder)
assert again.as_dict()["steps"] == known.as_dict()["steps"]
try:
    sosie.verify(copy, workspace=folder, trust="trust.json")
except sosie.BadInput as error:
    refused = error.code
print(json.dumps([known.as_dict(), unknown.as_dict(), refused, known._repr_html_()]))
"""


def test_the_library_verifies_in_a_workspace_even_in_a_notebook(told: Told, tmp_path: Path) -> None:
    """A notebook runs each cell in an event loop, on whose thread no table may be read."""
    folder, _ = told
    pixels = cv2.imread(str(released(folder)))
    assert pixels is not None
    copy, stranger = tmp_path / "copy.jpg", folder / "look" / "tried" / "a-stranger.jpg"
    cv2.imwrite(str(copy), pixels[40:], [cv2.IMWRITE_JPEG_QUALITY, 80])
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SOSIE_")}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(copy), str(folder), str(stranger)],
        capture_output=True,
        text=True,
        check=False,
        env=clean,
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    known, unknown, refused, shown = json.loads(done.stdout)
    assert (known["outcome"], unknown["outcome"]) == ("made_here", "unknown")
    assert (known["known_by"], refused) == ("pixels", "workspace.alone")
    assert known["judged"]["trust"]["source"] == "workspace"
    assert "may be shown on" in shown
    by_command = command("verify", copy, "--workspace", folder, "--json").json["reports"][0]
    same: list[Any] = [(r["sentence"], r["steps"], r["subject"]) for r in (known, by_command)]
    assert same[0] == same[1]


def test_what_is_no_workspace_is_named(received: Received, tmp_path: Path) -> None:
    with pytest.raises(sosie.BadInput, match="no workspace in this folder"):
        sosie.verify(received.picture, workspace=tmp_path)


def test_the_drawing_names_what_was_judged(told: Told, tmp_path: Path) -> None:
    folder, _ = told
    pixels = cv2.imread(str(released(folder)))
    assert pixels is not None
    copy, look = tmp_path / "copy.jpg", tmp_path / "look"
    cv2.imwrite(str(copy), pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])
    done = command("verify", copy, "--workspace", folder, "--report", look, "--json")
    _, png = map(Path, done.json["reports"][0]["report"])
    drawn = cv2.imdecode(np.frombuffer(png.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    assert (drawn[-100:] < 120).sum() > 500  # ink below the drawings
