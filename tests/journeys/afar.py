"""Judging a picture away from its workspace: who holds the trust file alone, and whom he asks."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from sosie import samples
from sosie.core.alignment import by_features
from sosie.core.studio import Pixels
from tests.core.attacks import faced
from tests.journeys.conftest import serving
from tests.journeys.test_demo import released

Told = tuple[Path, dict[str, Any]]
API = "/api/v1"


@pytest.fixture(scope="module")
def address(told: Told) -> Iterator[str]:
    with serving(told[0]) as found:
        yield found


@dataclass(frozen=True)
class Away:
    """A folder that holds the trust file, and copies of one released picture."""

    folder: Path
    trust: Path
    file: Path
    pixels: Pixels

    def copy(self, name: str, pixels: Pixels, quality: int = 85) -> Path:
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "JPEG", quality=quality)
        path = self.folder / f"{name}.jpg"
        path.write_bytes(data.getvalue())
        return path


@pytest.fixture
def away(told: Told, tmp_path: Path) -> Away:
    file = released(told[0])
    trust = tmp_path / "trust.json"
    trust.write_bytes((file.parent / "trust.json").read_bytes())
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return Away(tmp_path, trust, file, pixels)


def another_face(pixels: Pixels) -> Pixels:
    """Return a picture of the sample model with the face of the other one, in the same view."""
    shoot = Path(samples.__file__).parent / "shoot"
    laid = []
    for path in sorted((shoot / "ines").glob("*.jpg")):
        own = np.asarray(Image.open(path).convert("RGB"))
        laid += [(each.inliers, path, each.matrix) for each in by_features(pixels, own)]
    _, path, matrix = max(laid, key=lambda each: each[0])
    other = np.asarray(Image.open(shoot / "tomas" / path.name).convert("RGB"))
    boxes = []
    for name in ("ines", "tomas"):
        card = json.loads((shoot / name / f"{path.stem}.json").read_text(encoding="utf-8"))
        boxes.append(np.array(card["face"], float).reshape(2, 2))
    at = (boxes[0] @ matrix[:2, :2].T + matrix[:2, 2]) / pixels.shape[1::-1]
    there = boxes[1] / other.shape[1::-1]
    changed: Pixels = faced(pixels, other, tuple(at.ravel()), tuple(there.ravel()))
    return changed


def get(
    address: str, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.headers), answer.read()


def post(
    address: str, path: str, body: bytes, kind: str = "image/jpeg", **headers: str
) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("POST", API + path, body, {"Content-Type": kind, **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())
