"""What happens to a real sealed picture, and the cell of the matrix in which each copy lands.

`tests/cases/seal/attacks.json` holds, for each attack, cell and sentence of who verifies offline
with the trust file and of the workspace itself. The same cells stand in `matrix.json`.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import sosie
from sosie.core.ports import Outside
from sosie.core.seal import Report, parse, spell
from sosie.core.studio import Pixels
from sosie.core.verification import Question
from sosie.core.watermark import Key, embed
from sosie.services import release, seal, verification
from sosie.store.models import Seal
from tests.adapters.houses import claim, house
from tests.core import attacks
from tests.core.plates import scene
from tests.services.conftest import (
    LATER,
    answer,
    assembled,
    database,
    granted,
    made,
    released_on_instagram,
    signed,
)

CASES = Path(__file__).parent.parent / "cases/seal"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CASES / "attacks.json").read_text())
MATRIX = {
    (cell["credential"], cell["log"], cell["fingerprint"], cell["trust"], cell["mark"]): cell
    for cell in json.loads((CASES / "matrix.json").read_text())["cells"]
}
OTHER = 0x0123_4567_89AB_CDEF
"""A number that no seal of the workspace has."""
STRANGERS = house("Maison Stranger")


@dataclass(frozen=True)
class World:
    """A workspace with one released picture."""

    outside: Outside
    made: Seal
    file: Path

    @property
    def data(self) -> bytes:
        return self.file.read_bytes()

    @property
    def pixels(self) -> Pixels:
        return self.outside.pictures.decode(self.data, where="released")

    @property
    def package(self) -> bytes:
        return self.file.with_name(f"{self.file.name}.sosie.json").read_bytes()


@dataclass(frozen=True)
class Copy:
    """A file as it reaches who verifies it, perhaps with a package beside it."""

    data: bytes
    package: bytes | None = None


@pytest.fixture(scope="module")
def world(made_once: Path, tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[World]:
    folder = Path(tmp_path_factory.mktemp("attacked")) / "workspace"
    shutil.copytree(made_once, folder)
    with database(folder, django_db_blocker):
        # One key and one number in every run: what is read at the limit is read each time.
        key = Key.from_secret(bytes(range(32)))
        random = np.random.default_rng(1).bytes
        outside = replace(assembled(folder), random=random, mark_key=key)
        (id,) = made(outside, signed(outside), "front-half")
        granted(answer(outside, id))
        granted(seal.seal(outside, picture=id, now=LATER))
        out = released_on_instagram(outside, id)
        yield World(outside, out.seal, Path(release.overview(outside)[0]["file"]))


def jpeg(pixels: Pixels) -> bytes:
    """Return some pixels as a plain JPEG that says nothing."""
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(data, "JPEG", quality=90, subsampling=0)
    return data.getvalue()


def split(data: bytes) -> tuple[bytes, bytes]:
    """Return the segments of a JPEG that hold its manifest, and the file without them."""
    manifest, rest, at = b"", data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if data[at + 1] == 0xEB:
            manifest += data[at:end]
        else:
            rest += data[at:end]
        at = end
    return manifest, rest + data[at:]


def under_ours(found: World, other: bytes) -> bytes:
    """Return another JPEG with our manifest in it."""
    return other[:2] + split(found.data)[0] + other[2:]


def painted(pixels: Pixels) -> Pixels:
    out = pixels.copy()
    out[600:660, 500:560] = (250, 10, 240)
    return out


def through(attack: Callable[[Pixels], Pixels]) -> Callable[[World], Copy]:
    """Return an attack on the pixels alone: what comes out of it is a plain JPEG."""
    return lambda found: Copy(jpeg(attack(found.pixels)))


def flipped(data: bytes) -> bytes:
    out = bytearray(data)
    out[-2000] ^= 1
    return bytes(out)


def other_record(found: World) -> bytes:
    said = json.loads(found.package)
    said["record"]["number"] = spell(OTHER)
    return json.dumps(said).encode()


def marked_again(found: World) -> Copy:
    assert found.outside.mark_key is not None
    return Copy(jpeg(embed(found.pixels, OTHER, found.outside.mark_key)))


def mark_copied(found: World) -> Copy:
    assert found.outside.mark_key is not None
    return Copy(jpeg(embed(scene(8), parse(found.made.number), found.outside.mark_key)))


def signed_by_a_stranger(found: World, number: int) -> Copy:
    bare = split(found.data)[1]
    return Copy(STRANGERS.credentials.sign(bare, claim(number)), found.package)


ATTACKS: dict[str, Callable[[World], Copy]] = {
    "untouched": lambda w: Copy(w.data, w.package),
    "untouched, alone": lambda w: Copy(w.data),
    "manifest stripped": lambda w: Copy(split(w.data)[1]),
    "manifest stripped, package beside": lambda w: Copy(split(w.data)[1], w.package),
    "recompressed": through(lambda p: attacks.jpeg(p, 60)),
    "resized": through(lambda p: attacks.resized(p, 720, 75)),
    "cropped": through(lambda p: attacks.cropped(p, 0.5)),
    "screenshot": through(attacks.screenshot),
    "phone interface": through(attacks.interface),
    "turned": through(lambda p: attacks.turned(p, 5)),
    "mirrored": through(lambda p: p[:, ::-1]),
    "brighter": through(lambda p: attacks.tone(p, 1.1, -5)),
    "two platforms": through(attacks.two_platforms),
    "print, photographed": through(attacks.photographed),
    "text over it": through(attacks.lettered),
    "in a plain frame": through(attacks.bordered),
    "slogan in the frame": through(attacks.slogan),
    "blurred heavily": through(lambda p: cv2.GaussianBlur(p, (0, 0), 5)),
    "shrunk until the mark is lost": through(lambda p: attacks.resized(p, 240, 60)),
    "a part painted over": through(painted),
    "a part painted over, under our manifest": lambda w: Copy(
        under_ours(w, jpeg(painted(w.pixels))), w.package
    ),
    "a byte flipped": lambda w: Copy(flipped(w.data), w.package),
    "an archive appended": lambda w: Copy(w.data + b"PK\x03\x04" + bytes(60), w.package),
    "other pixels under our manifest": lambda w: Copy(under_ours(w, jpeg(scene(7))), w.package),
    "record of another number": lambda w: Copy(w.data, other_record(w)),
    "marked again": marked_again,
    "mark copied on other pixels": mark_copied,
    "manifest of another signer": lambda w: signed_by_a_stranger(w, parse(w.made.number)),
    "manifest of another signer, another number": lambda w: signed_by_a_stranger(w, OTHER),
    "another picture": lambda w: Copy(jpeg(scene(9))),
}

FINGERPRINTS = {
    "seal.copy.matches": "match",
    "seal.copy.differs": "match-but-differs",
    "seal.copy.number": "contradicts",
}
"""What the matrix has no state for is only ``contradicts``: it knows one credential's number."""


def cell(report: Report, own: set[str]) -> list[str]:
    """Return credential, log, fingerprint and mark as the matrix names them."""
    codes = [step.code.removeprefix("seal.") for step in report.steps]
    credential = codes[1].removeprefix("credential.")
    log = codes[3].removeprefix("log.")
    mark = "absent"
    if codes[6] != "watermark.absent":
        named = any(number in report.steps[6].sentence for number in own)
        mark = "match" if named else "contradicts"
    return [
        credential,
        log if log in ("proved", "absent") else "contradicts",
        FINGERPRINTS.get(report.steps[5].code, "none"),
        mark,
    ]


def plainly(sentence: str, found: World) -> str:
    """Return a sentence without what differs from run to run."""
    assert found.made.master is not None
    for word, name in (
        (found.made.number, "SEAL"),
        (found.made.master.number, "MASTER"),
        (spell(OTHER), "OTHER"),
        (found.made.picture.license_id, "LICENSE"),
    ):
        sentence = sentence.replace(word, name)
    sentence = re.sub(r"\d+(?= [×%])", "N", sentence)
    # Of what is seen at an angle no one turn is right.
    sentence = re.sub(r"turned by \d+°(?=, seen at an angle)", "turned by N°", sentence)
    return re.sub(f"{_PLACE}(; {_PLACE})*(; and \\d+ more)?", "PLACES", sentence)


_PLACE = "N × N % at N % from the left, N % from the top"


def landed(found: World, name: str, folder: Path) -> dict[str, Any]:
    """Make the file of an attack and return where it lands, offline and in the workspace."""
    copy = ATTACKS[name](found)
    path = folder / "copy.jpg"
    path.write_bytes(copy.data)
    beside = folder / "copy.jpg.sosie.json"
    beside.unlink(missing_ok=True)
    if copy.package is not None:
        beside.write_bytes(copy.package)
    trust, day = found.file.parent / "trust.json", LATER.date()
    reports = {
        "offline": sosie.verify(path, trust=trust, on=day),
        "workspace": verification.verify(
            found.outside, data=copy.data, where="copy", question=Question(day)
        ),
    }
    assert found.made.master is not None
    own = {found.made.number, found.made.master.number}
    return {
        who: {
            "cell": cell(report, own),
            "outcome": report.outcome.value,
            "exit": report.exit_code,
            "sentence": plainly(report.sentence, found),
        }
        for who, report in reports.items()
    }


@pytest.mark.parametrize("name", ATTACKS)
def test_where_each_copy_lands(name: str, world: World, tmp_path: Path) -> None:
    found = landed(world, name, tmp_path)
    assert found == EXPECTED[name]
    for said in found.values():
        credential, log, fingerprint, mark = said["cell"]
        if fingerprint != "contradicts":
            known = MATRIX[credential, log, fingerprint, "chosen", mark]
            assert (said["outcome"], said["exit"]) == (known["outcome"], known["exit"])


def test_every_attack_is_expected_and_all_outcomes_are_there() -> None:
    assert list(EXPECTED) == list(ATTACKS)
    for who in ("offline", "workspace"):
        assert {said[who]["outcome"] for said in EXPECTED.values()} == {
            "made_here",
            "altered",
            "unknown",
        }


def test_the_page_says_the_same() -> None:
    page = (CASES.parent.parent.parent / "docs/formats/seal.md").read_text(encoding="utf-8")
    for name, said in EXPECTED.items():
        words = [f"`{said[who]['outcome']}`" for who in ("offline", "workspace")]
        assert f"| {name} | {' | '.join(words)} |" in page
