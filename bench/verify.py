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

A folder is measured as a whole too: pictures per second of `sosie verify FOLDER --jobs 2 --lines`,
400 pixels high (``--folder N``: that alone, of N pictures of 96 pixels). With ``--workspace DIR``,
the folder that `sosie demo` made, a released picture of it is verified there as six copies, honest
and changed ones: CPU seconds of each.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
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
from sosie import verifying, wiring
from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.fingerprint import confirm, fingerprint, orientations
from sosie.core.package import TrustFile
from sosie.core.seal import Ingredient, Metadata
from sosie.core.studio import Pixels
from sosie.core.verification import Question
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


def folder_of(count: int, height: int) -> dict[str, float]:
    """Return how many pictures of a folder, so high, are verified in a second by two processes."""
    drawn = [plate(number, height=height) for number in range(8)]
    with TemporaryDirectory() as folder:
        pictures, trust = Path(folder, "pictures"), Path(folder, "trust.json")
        pictures.mkdir()
        trust.write_bytes(TrustFile("bench", house().root_pem, LOG_KEY, bytes(32).hex()).dump())
        for number in range(count):
            data = PillowPictures().encode(np.roll(drawn[number % 8], number // 8, axis=1))
            (pictures / f"{number:06}.jpg").write_bytes(data)
        ask = ["verify", str(pictures), "--trust", str(trust), "--jobs", "2", "--lines"]
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "sosie", *ask], capture_output=True, text=True, check=False
        )
        taken = time.perf_counter() - start
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 2 or {line["outcome"] for line in lines} != {"unknown"}:
        raise RuntimeError(done.stderr[-2000:])
    name = f"sosie verify, a folder of {len(lines)}, {height} pixels high, pictures per second"
    return {name: len(lines) / taken}


def changed(pixels: Pixels, other: Pixels) -> dict[str, Pixels]:
    """Return copies of a picture, honest and changed ones; ``other``: whose head it is given."""
    height, width = pixels.shape[:2]
    logo, head, hue = pixels.copy(), pixels.copy(), pixels.copy()
    cv2.putText(logo, "ACME", (width * 2 // 5, height * 2 // 5), 0, 2, (255, 255, 255), 5)
    part = np.s_[height // 25 : height * 3 // 10, width * 7 // 20 : width * 13 // 20]
    head[part] = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)[part]
    part = np.s_[height // 4 : height // 2, width * 2 // 5 : width * 3 // 5]
    hue[part] = hue[part][:, :, ::-1]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    off = x - width / 2
    slim = cv2.remap(pixels, x + 0.15 * off * np.exp(-((off / width * 5) ** 4)), y, cv2.INTER_CUBIC)
    copies = {
        "recompressed": pixels,
        "cropped": pixels[height // 6 : -height // 6, width // 6 : -width // 6],
        "with a logo": logo,
        "with another head": head,
        "in other colors": hue,
        "made slimmer": slim,
    }
    return {name: np.ascontiguousarray(copy, np.uint8) for name, copy in copies.items()}


def in_workspace(workspace: Path, times: int) -> dict[str, float | str]:
    """Return the CPU seconds that verifying copies of a released picture takes in its workspace."""
    read, question = PillowPictures(), Question(datetime.now(UTC))
    files = sorted(workspace.glob("releases/*/*.jpg"))
    shown = [read.decode(file.read_bytes(), where=str(file)) for file in (files[0], files[-1])]
    found: dict[str, float | str] = {}
    with TemporaryDirectory() as folder:
        file = Path(folder, "copy.jpg")
        for name, copy in changed(*shown).items():
            file.write_bytes(read.encode(copy))
            taken = []
            for _ in range(times + 1):
                start = time.process_time()
                said = verifying.examine(file, workspace, question).report
                taken.append(time.process_time() - start)
            found[f"in a workspace, {name}: {said.outcome}"] = statistics.median(taken[1:])
    return found


def pdq(pixels: Pixels, times: int) -> float | str:
    """Return the seconds of the peer, or that it is absent."""
    try:
        peer: Any = importlib.import_module("pdqhash")
    except ImportError:
        return "absent: pip install pdqhash"
    return seconds(lambda: peer.compute(pixels), times)


def measure(*, quick: bool, workspace: Path | None = None) -> dict[str, Any]:
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
    known = in_workspace(workspace, times) if workspace else {}
    folder = folder_of(40 if quick else 200, 400)
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
        "ours": ours | line | folder | known,
        "peers": {"pdqhash fingerprint": peer},
        "floor": {"decode with Pillow": floor, **line_floor},
        "ratios": ratios,
    }


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a small picture, three runs")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--folder", type=int, help="measure a folder of so many pictures alone")
    parser.add_argument("--workspace", type=Path, help="one that `sosie demo` made")
    asked = parser.parse_args()
    if asked.folder:
        print(json.dumps(folder_of(asked.folder, 96)))
        return
    found = measure(quick=asked.quick, workspace=asked.workspace)
    show(found, as_json=asked.json)


if __name__ == "__main__":
    main()
