"""Write the test vectors beside the seal's format: `python tools/seal_vectors.py [--check]`.

For who writes a reader of their own. The pictures are made of few numbers, so that anyone can make
them; what depends on rounding (pilots, phases, the marked picture) is given to be read, not to be
equal.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sosie.core.features import Features
from sosie.core.fingerprint import orientations
from sosie.core.seal import spell
from sosie.core.studio import Pixels
from sosie.core.watermark import embed
from sosie.core.watermark_pattern import Key, encoded, patterns, pilot_phases, stream

FORMATS = Path(__file__).parent.parent / "docs" / "formats"
VECTORS, MARKED = FORMATS / "seal.vectors.json", FORMATS / "seal.marked.png"
SECRET = bytes(range(32))
NUMBERS = (0, 1, 0x0123_4567_89AB_CDEF, 0x8000_0000_0000_0000, 2**64 - 1)
NUMBER = NUMBERS[2]


def blocks() -> list[list[int]]:
    """Return 9×9 levels, as SHAKE-256 of `sosie` gives them; of fewer, frequencies are zero."""
    levels = hashlib.shake_256(b"sosie").digest(81)
    return [list(levels[row : row + 9]) for row in range(0, 81, 9)]


def picture() -> Pixels:
    """Return the blocks, 56×56 pixels each and gray: 504×504×3."""
    grey = np.kron(np.array(blocks(), np.uint8), np.ones((56, 56), np.uint8))
    return np.repeat(grey[:, :, None], 3, axis=2)


def vectors() -> dict[str, Any]:
    """Return what each format makes of given numbers."""
    key = Key.from_secret(SECRET)
    phases = pilot_phases(key.read, NUMBER)
    features = Features(
        (640, 480),
        np.array([[12.5, 34.03125], [600.0, 470.96875]], np.float32),
        np.array([90.0, 358.59375], np.float32),
        np.array([0, 9], np.int32),
        np.arange(64, dtype=np.uint8).reshape(2, 32),
    )
    return {
        "numbers": {f"{number:016x}": spell(number) for number in NUMBERS},
        "watermark": {
            "secret": SECRET.hex(),
            "read_key": key.read.hex(),
            "stream": {
                "label": "tiles.1",
                "first": [round(float(n), 9) for n in stream(key.read, b"tiles.1", 4)],
            },
            "pilots": np.round(patterns(key.read).pilots[:3], 6).tolist(),
            "symbols": {f"{number:016x}": encoded(number).tolist() for number in NUMBERS},
            "phases": {f"{NUMBER:016x}": [round(float(n), 6) for n in phases[:3]]},
            "marked": {"file": MARKED.name, "number": f"{NUMBER:016x}"},
        },
        "fingerprint": {"blocks": blocks(), "orientations": list(orientations(picture()))},
        "features": {
            "size": list(features.size),
            "places": features.places.tolist(),
            "turns": features.turns.tolist(),
            "levels": features.levels.tolist(),
            "bits": features.bits.tobytes().hex(),
            "encoded": base64.b64encode(features.encode()).decode(),
        },
    }


def main() -> int:
    """Write the vectors, or with `--check` say whether they are what they should be."""
    text = json.dumps(vectors(), indent=1) + "\n"
    if "--check" in sys.argv:
        same = VECTORS.read_text(encoding="utf-8") == text
        print("the vectors are up to date" if same else "run `python tools/seal_vectors.py`")
        return 0 if same else 1
    VECTORS.write_text(text, encoding="utf-8")
    marked = embed(picture(), NUMBER, Key.from_secret(SECRET))
    Image.fromarray(marked[:, :, 0]).save(MARKED, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
