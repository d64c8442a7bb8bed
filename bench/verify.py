"""Sealing and verifying: seconds to sign, read, fingerprint and confirm one picture.

    python -m bench.verify [--quick] [--json]

Input: a drawn picture of 12 megapixels (quick: 1080 pixels) as JPEG of quality 92. Peer: `pdqhash`
(Facebook's own PDQ code) for the fingerprint, named as absent where it is not installed. Floor:
decoding the same file with Pillow, on the same run. The other formats are signed and read at 1080
pixels and have no ratio to that floor. Signing includes an ingredient of 1080 pixels;
confirming is of a copy of 1080 pixels: recompressed (direct), and cropped (by features).

The command line is measured as a whole: CPU seconds (user and system) of the process of
`sosie verify FILE --trust TRUST` on a marked and signed JPEG of 3 megapixels, and of `--help`.
Its floor is a Python that imports cv2 and numpy and decodes the same file.

A picture that is sent to the page `/verify` is measured as a whole request: the upload, decoding in
a process of its own, the search for marks, features and copies, and the page. It is unknown there,
which takes longest but for laying a copy on its original ("confirm").
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from tests.adapters.houses import claim, house
from tests.core.plates import plate

from bench._table import show
from sosie import wiring
from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.fingerprint import confirm, fingerprint, orientations
from sosie.core.package import TrustFile
from sosie.core.seal import Ingredient, Metadata
from sosie.core.studio import Pixels
from sosie.core.watermark import Key, embed

LOG_KEY = "log.example/sosie+46c754a6+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


def seconds(action: Callable[[], object], times: int) -> float:
    """Return the median CPU-and-wall seconds of an action, after one run to warm up."""
    action()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def pictures(long_side: int) -> tuple[Pixels, bytes]:
    """Return a drawn picture and its JPEG."""
    drawn = plate(1)
    sides = (long_side * 3 // 4, long_side)
    large = cv2.resize(drawn, sides, interpolation=cv2.INTER_CUBIC)
    pixels = np.ascontiguousarray(large, dtype=np.uint8)
    fields = Metadata("http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic", "N")
    return pixels, PillowPictures().encode(pixels, fields)


def process_seconds(*arguments: str | Path, times: int) -> float:
    """Return the median CPU seconds of a Python process with these arguments, start to end."""
    taken = []
    for _ in range(times + 1):  # the first warms the disk up
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken[1:])


def command_line(times: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the seconds of the command line, and of its floor."""
    key, made, read = bytes(range(32)), house(), PillowPictures()
    pixels = np.asarray(cv2.resize(plate(1), (1500, 2000), interpolation=cv2.INTER_CUBIC), np.uint8)
    marked = embed(pixels, 7, Key(key))
    fields = Metadata("http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic", "N")
    with TemporaryDirectory() as folder:
        file, trust = Path(folder, "picture.jpg"), Path(folder, "trust.json")
        file.write_bytes(made.credentials.sign(read.encode(marked, fields), claim()))
        trust.write_bytes(TrustFile("bench", made.root_pem, LOG_KEY, key.hex()).dump())
        decode = "import sys, cv2, numpy; cv2.imread(sys.argv[1])"
        verify = ("-m", "sosie", "verify", file, "--trust", trust)
        ours = {
            "sosie verify, 3 megapixels, whole process": process_seconds(*verify, times=times),
            "sosie --help, whole process": process_seconds("-m", "sosie", "--help", times=times),
        }
        floor = process_seconds("-c", decode, file, times=times)
    return ours, {"python, import cv2 and numpy, decode 3 megapixels": floor}


def pages(times: int) -> dict[str, float]:
    """Return the seconds of a request to the page that checks pictures."""
    with TemporaryDirectory() as folder:
        wiring.found(Path(folder, "workspace"), "bench", "four words of it", now=datetime.now(UTC))
        client, found = Client(headers={"host": "localhost"}), {}
        for name, long_side in (("3 megapixels", 2000), ("12 megapixels", 4000)):
            data = pictures(long_side)[1]

            def ask(data: bytes = data) -> None:
                cache.clear()  # no limit on how often
                file = SimpleUploadedFile("picture.jpg", data)
                assert b"Unknown here" in client.post("/verify", {"picture": file}).content

            found[f"page /verify, {name}"] = seconds(ask, times)
    return found


def pdq(pixels: Pixels, times: int) -> float | str:
    """Return the seconds of the peer, or that it is absent."""
    try:
        peer: Any = importlib.import_module("pdqhash")
    except ImportError:
        return "absent: pip install pdqhash"
    return seconds(lambda: peer.compute(pixels), times)


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure all and return the object that `--json` prints."""
    long_side, times = (1080, 3) if quick else (4000, 9)
    pixels, jpeg = pictures(long_side)
    read = PillowPictures()
    made = house()
    preview = read.preview(pixels)
    stated = replace(
        claim(ingredients=(Ingredient("plate", read.encode(plate(2))),)), preview=preview
    )
    sealed = made.credentials.sign(jpeg, stated)
    small = np.asarray(cv2.resize(pixels, (810, 1080), interpolation=cv2.INTER_AREA), np.uint8)
    copy = read.decode(read.encode(small), where="copy")
    formats: dict[str, float] = {}
    cut = np.ascontiguousarray(copy[60:-20, 30:-70])

    def decode() -> None:
        with Image.open(io.BytesIO(jpeg)) as image:
            image.load()

    for format in (FileFormat.PNG, FileFormat.WEBP, FileFormat.AVIF):
        other = read.encode(small, format=format)
        held = made.credentials.sign(other, stated)
        formats |= {
            f"sign {format}, 1080 pixels": seconds(
                partial(made.credentials.sign, other, stated), times
            ),
            f"read credential of {format}, 1080 pixels": seconds(
                partial(made.credentials.read, held), times
            ),
        }
    ours = {
        "sign": seconds(lambda: made.credentials.sign(jpeg, stated), times),
        "read credential": seconds(lambda: made.credentials.read(sealed), times),
        "decode": seconds(lambda: read.decode(sealed, where="x"), times),
        "fingerprint": seconds(lambda: fingerprint(pixels), times),
        "fingerprint, eight orientations": seconds(lambda: orientations(pixels), times),
        "confirm, recompressed": seconds(lambda: confirm(copy, pixels), times),
        "confirm, cropped": seconds(lambda: confirm(cut, pixels), times),
        **formats,
        "preview": seconds(lambda: read.preview(pixels), times),
        "bytes added by the seal": len(sealed) - len(jpeg),
        "bytes of these in the preview": len(preview),
    }
    floor, peer = seconds(decode, times), pdq(pixels, times)
    line, line_floor = command_line(times)
    ratios = {
        f"{name} / floor": value / floor
        for name, value in ours.items()
        if name not in formats and name[:5] != "bytes"
    }
    (least,) = line_floor.values()
    ratios |= {f"{name} / its floor": value / least for name, value in line.items()}
    if isinstance(peer, float):
        ratios["fingerprint / pdqhash"] = ours["fingerprint"] / peer
    ours |= pages(times)
    return {
        "name": "verify",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "input": f"a drawn picture of {pixels.shape[1]}×{pixels.shape[0]}, {len(jpeg)} bytes; "
        "seconds, median",
        "ours": ours | line,
        "peers": {"pdqhash fingerprint": peer},
        "floor": {"decode with Pillow": floor, **line_floor},
        "ratios": ratios,
    }


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a small picture, three runs")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    found = measure(quick=asked.quick)
    show(found, as_json=asked.json)


if __name__ == "__main__":
    main()
