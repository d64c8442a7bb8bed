"""The watermark: what is still found after each attack, how faint it is, how fast, how often wrong.

    python -m bench.watermark [--quick] [--json] [--photos DIR]
    python -m bench.watermark --unmarked N [--seed S] | --sheet FILE

Input: the shipped samples (quick: two of them), enlarged to 2.4 megapixels at least; with
`--photos` every picture below a folder as well, at the size it has. Attacks:
tests/core/attacks.py. Peers (bench/_watermark_peers.py): set A on two pictures, quick: a few of
it on one, since they take seconds for each. Floor: decoding and encoding the same JPEG of 12
megapixels with OpenCV (libjpeg-turbo). All in CPU seconds on one thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: speed is stated for one core

import argparse
import io
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from tests.core.attacks import (
    BACKDROPS,
    HARDER,
    SET_A,
    backdrop,
    cropped,
    fit,
    jpeg,
    other,
    resized,
    tone,
    turned,
)

from bench._table import show
from bench._watermark_peers import Peer, peers
from sosie.adapters.contact_sheet import Cell, contact_sheet
from sosie.core.seal import spell
from sosie.core.watermark import Key, detect, embed
from sosie.core.watermark_reading import CHANCE

KEY = Key.from_secret(bytes(range(32)))
SAMPLES = Path(__file__).parent.parent / "src/sosie/samples"
Picture = Any
FEW = ("none", "JPEG q90", "JPEG q50", "1080 px", "10 % cut off", "turned 2°", "mirrored")


def load(path: Path) -> Picture:
    """Return a picture as uint8 H×W×3, RGB."""
    read: Any = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(read[:, :, ::-1])


def pictures(folder: Path | None, *, quick: bool) -> dict[str, Picture]:
    """Return the pictures to mark, by name."""
    paths = sorted(SAMPLES.rglob("*.jpg"))
    found = {}
    for path in paths[:: len(paths) // 2 + 1] if quick else paths:
        picture = load(path)
        found[f"{path.parent.name}/{path.stem}"] = (
            fit(picture, 1800) if max(picture.shape) < 1800 else picture
        )
    if folder is not None:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}:
                found[f"{path.parent.name}/{path.stem}"] = load(path)
    return found


def noise_ratio(one: Picture, other_one: Picture) -> float:
    """Return the peak signal-to-noise ratio in dB."""
    error = float(np.square(one.astype(np.float64) - other_one).mean())
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def likeness(one: Picture, other_one: Picture) -> float:
    """Return the structural similarity of the lumas (Wang et al., 2004; Gaussian window 1.5)."""
    a, b = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (one, other_one))
    mean = partial(cv2.GaussianBlur, ksize=(11, 11), sigmaX=1.5)
    ma, mb = mean(a), mean(b)
    va, vb, both = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = 6.5025, 58.5225
    top, bottom = (2 * ma * mb + c1) * (2 * both + c2), (ma**2 + mb**2 + c1) * (va + vb + c2)
    return float((top / bottom).mean())


def flat_levels(before: Picture, after: Picture) -> float | None:
    """Return the rms change, in levels, where the picture is plain; ``None`` if it nowhere is."""
    luma = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(luma, (49, 49))
    spread = np.sqrt(np.maximum(cv2.blur(luma * luma, (49, 49)) - mean * mean, 0))
    plain = cv2.erode((spread < 1.5).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    if plain.sum() < 20_000:
        return None
    change = (after.astype(np.float32) - before).mean(2)
    return float(np.sqrt(np.square(change[plain]).mean()))


def faintness(before: dict[str, Picture], after: dict[str, Picture]) -> dict[str, float]:
    """Return how faint the marks are, over all pictures."""
    ratios = [noise_ratio(before[name], after[name]) for name in before]
    same = [likeness(before[name], after[name]) for name in before]
    flat = [flat_levels(before[name], after[name]) for name in before]
    known = [value for value in flat if value is not None]
    return {
        "PSNR, mean, dB": statistics.mean(ratios),
        "PSNR, worst, dB": min(ratios),
        "SSIM, mean": statistics.mean(same),
        "plain areas, mean, levels rms": statistics.mean(known) if known else float("nan"),
        "plain areas, most, levels rms": max(known, default=float("nan")),
    }


def mottling() -> dict[str, float]:
    """Return the rms change, in levels, of the drawn backdrop that takes most; nothing hides it."""
    most = {}
    for grain in (0.0, 0.7, 1.3):
        changes = []
        for color in BACKDROPS.values():
            before = backdrop(color, grain=grain, height=1600)
            change = embed(before, 1, KEY).astype(np.float32) - before
            changes.append(float(np.sqrt(np.square(change).mean())))
        most[f"empty backdrops, grain {grain}: most, levels rms"] = max(changes)
    return most


def survival(
    marked: dict[str, Picture],
    numbers: dict[str, int],
    attacks: dict[str, Callable[[Picture], Picture]],
    read: Callable[[Picture], int | None],
) -> tuple[dict[str, int], list[str]]:
    """Return the pictures found after each attack, and those that said a wrong number."""
    counts, wrong = {}, []
    for name, attack in attacks.items():
        counts[name] = 0
        for picture, pixels in marked.items():
            payload = read(attack(pixels))
            counts[name] += payload == numbers[picture]
            if payload not in (None, numbers[picture]):
                wrong.append(f"{picture} after {name}")
    return counts, wrong


def cropped_copy(pixels: Picture, kept: float, seed: int) -> Picture:
    """Return a part of a picture as a platform shows it: 1080 pixels, JPEG of quality 70."""
    return jpeg(fit(cropped(pixels, kept, seed), 1080), 70)


def said(pixels: Picture) -> int | None:
    """Return the number that is found in a picture."""
    return detect(pixels, KEY).payload


def curves(marked: dict[str, Picture], numbers: dict[str, int]) -> dict[str, dict[str, int]]:
    """Return detection against size and against the part that is left."""
    sizes = (800, 640, 512, 480, 440, 400, 360, 320, 280, 240)
    parts = (50, 30, 20, 15, 12, 10, 8, 6, 4)
    tables: dict[str, dict[str, Callable[[Picture], Picture]]] = {
        f"long side, JPEG q{quality}": {
            f"{side} px": partial(resized, long_side=side, quality=quality) for side in sizes
        }
        for quality in (90, 75, 60)
    }
    tables["part of the area left"] = {
        f"{part} %": partial(cropped, kept=part / 100, seed=part) for part in parts
    }
    tables["part of the area left, 1080 px, q70"] = {
        f"{part} %": partial(cropped_copy, kept=part / 100, seed=part) for part in parts
    }
    return {name: survival(marked, numbers, table, said)[0] for name, table in tables.items()}


def unmarked(count: int, seed: int = 7) -> dict[str, Any]:
    """Return what is found in pictures without a mark: drawn, shipped, and parts of them changed.

    One in a hundred is searched deeply. The same searches find a marked picture (the control).
    """
    random = np.random.default_rng(seed)
    bases = [other((900, 800), seed) for seed in range(40)]
    bases += [load(path) for path in sorted(SAMPLES.rglob("*.jpg"))]
    found = 0
    for place in range(count):
        base = bases[int(random.integers(len(bases)))]
        height, width = base.shape[:2]
        rows, columns = (int(v) for v in random.integers(256, 640, 2))
        top = int(random.integers(0, max(1, height - rows)))
        left = int(random.integers(0, max(1, width - columns)))
        part = np.ascontiguousarray(base[top : top + rows, left : left + columns])
        match place % 4:
            case 1:
                part = np.ascontiguousarray(part[:, ::-1])
            case 2:
                part = tone(part, float(random.uniform(0.6, 1.3)), 0, 0.9)
            case 3:
                part = jpeg(turned(part, float(random.uniform(-8, 8))), 60)
        found += len(detect(part, KEY, deep=place % 100 == 0).payloads)
        if (place + 1) % 1000 == 0:
            print(f"{place + 1} unmarked pictures, {found} marks found", file=sys.stderr)
    control = embed(bases[0], 1, KEY)
    return {
        "unmarked pictures": count,
        "marks found in them": found,
        "control: marks found in a marked one": len(detect(control, KEY, deep=False).payloads),
        "bound for one picture": CHANCE,
    }


def seconds(action: Callable[[], object], times: int) -> float:
    """Return the median CPU seconds of an action, after one run to warm up: on one thread the
    time it takes, whatever else the machine does."""
    action()
    taken = []
    for _ in range(times):
        start = time.process_time()
        action()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def speed(
    picture: Picture, others: list[Peer], *, quick: bool
) -> tuple[dict[str, float], dict[str, float], dict[str, float], dict[str, float]]:
    """Return seconds of ours, of peers and of the floor, and the ratios that are promised."""
    times = 3 if quick else 9
    large = fit(picture, 4000)
    large = large[:, : min(3000, large.shape[1])]
    bgr = np.ascontiguousarray(large[:, :, ::-1])
    encode = partial(cv2.imencode, ".jpg", params=[cv2.IMWRITE_JPEG_QUALITY, 90])
    data: Any = encode(bgr)[1]
    marked = embed(np.ascontiguousarray(large), 5, KEY)
    copy: Any = encode(np.ascontiguousarray(marked[:, :, ::-1]))[1]
    small = np.ascontiguousarray(fit(marked, 1080))
    small_data: Any = encode(np.ascontiguousarray(small[:, :, ::-1]))[1]
    plain = fit(large, 1080)

    def mark() -> None:
        pixels = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        encode(cv2.cvtColor(embed(pixels, 5, KEY), cv2.COLOR_RGB2BGR))

    def find(copied: Any, way: int) -> None:
        pixels: Any = cv2.imdecode(copied, way)
        assert detect(pixels, KEY).payload == 5

    half, grey = cv2.IMREAD_REDUCED_GRAYSCALE_2, cv2.IMREAD_GRAYSCALE
    ours = {
        "mark 12 Mpx, JPEG to JPEG": seconds(mark, times),
        "find in a 12 Mpx JPEG": seconds(lambda: find(copy, half), times),
        "find in a copy of 1080 px": seconds(lambda: find(small_data, grey), times),
        "search 1080 px without a mark": seconds(lambda: detect(plain, KEY), max(3, times // 2)),
    }
    decode = seconds(lambda: cv2.imdecode(data, cv2.IMREAD_COLOR), times)
    floor = {
        "decode 12 Mpx": decode,
        "encode 12 Mpx": seconds(lambda: encode(bgr), times),
        "decode 1080 px": seconds(lambda: cv2.imdecode(small_data, cv2.IMREAD_COLOR), times),
    }
    theirs = {}
    for peer in others:
        theirs[f"{peer.name}: mark 12 Mpx"] = seconds(partial(peer.embed, large, 5), 1)
        theirs[f"{peer.name}: read 12 Mpx"] = seconds(partial(peer.detect, large), 1)
    both = floor["decode 12 Mpx"] + floor["encode 12 Mpx"]
    ratios = {
        "mark / (decode + encode), at most 2.5": ours["mark 12 Mpx, JPEG to JPEG"] / both,
        "find in 12 Mpx / decode, at most 1.5": ours["find in a 12 Mpx JPEG"] / decode,
        "find in 1080 px / (3 decode + 20 ms), at most 1": ours["find in a copy of 1080 px"]
        / (3 * floor["decode 1080 px"] + 0.02),
        "search without a mark / 500 ms, at most 1": ours["search 1080 px without a mark"] / 0.5,
    }
    return ours, theirs, floor, ratios


def measure(*, quick: bool, folder: Path | None) -> dict[str, Any]:
    """Measure all and return the object that `--json` prints."""
    cv2.setNumThreads(1)
    before = pictures(folder, quick=quick)
    numbers = {
        name: int(np.random.default_rng(place).integers(0, 2**63))
        for place, name in enumerate(before)
    }
    marked = {name: embed(pixels, numbers[name], KEY) for name, pixels in before.items()}
    attacks = {**SET_A, **HARDER}
    counts, wrong = survival(marked, numbers, attacks, said)
    others, absent = peers()
    two = list(before)[: 1 if quick else 2]
    tried = {name: SET_A[name] for name in (FEW if quick else SET_A)}
    theirs: dict[str, Any] = dict(absent)
    survived = {name: {"Sosie": f"{n}/{len(before)}"} for name, n in counts.items()}
    for peer in others:
        made = {name: peer.embed(before[name], numbers[name]) for name in two}
        found, _ = survival(made, numbers, tried, peer.detect)
        theirs[f"{peer.name}: PSNR, mean, dB"] = statistics.mean(
            noise_ratio(before[name], made[name]) for name in two
        )
        for name, n in found.items():
            survived[name][peer.name] = f"{n}/{len(two)}"
    fast, their_times, floor, ratios = speed(before[two[0]], others, quick=quick)
    in_a = sum(counts[name] for name in SET_A)
    harder = sum(counts[name] for name in HARDER)
    ours: dict[str, Any] = {
        **faintness(before, marked),
        **mottling(),
        "set A, found": f"{in_a} of {len(SET_A) * len(before)}",
        "harder, found": f"{harder} of {len(HARDER) * len(before)}",
        "wrong numbers": len(wrong),
        **unmarked(50 if quick else 2000),
        **fast,
    }
    if not quick:
        for curve, points in curves(marked, numbers).items():
            ours[f"curve: {curve}, of {len(before)}"] = ", ".join(
                f"{name}: {found}" for name, found in points.items()
            )
    return {
        "name": "watermark",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "input": f"{len(before)} pictures, {len(attacks)} attacks; CPU seconds, median, one thread",
        "attacks": survived,
        "ours": ours,
        "peers": {**theirs, **their_times},
        "floor": floor,
        "ratios": ratios,
    }


def sheet(picture: Picture, number: int) -> bytes:
    """Return a contact sheet (PNG) of one marked picture after every attack, the answer below."""
    marked = embed(picture, number, KEY)
    cells = []
    for name, attack in {**SET_A, **HARDER}.items():
        copy = attack(marked)
        read = said(copy)
        answer = "no mark found" if read is None else f"seal {spell(read)}"
        color = (36, 110, 66) if read == number else (160, 52, 40)
        cells.append(Cell(name, copy, answer, color))
    found = sum(cell.words == f"seal {spell(number)}" for cell in cells)
    rows = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    heading = f"Seal {spell(number)} after {len(cells)} attacks: read back from {found}"
    return contact_sheet(heading, rows, width=210)


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="two pictures, no curves")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--photos", type=Path, help="a folder of further pictures")
    parser.add_argument("--unmarked", type=int, help="only search so many pictures without a mark")
    parser.add_argument("--seed", type=int, default=7, help="of the pictures without a mark")
    parser.add_argument("--sheet", type=Path, help="write only this: a picture after every attack")
    asked = parser.parse_args()
    if asked.sheet:
        first = next(iter(pictures(None, quick=True).values()))
        Image.open(io.BytesIO(sheet(first, 0x7A2B91C4D5E6F708))).save(asked.sheet, quality=80)
        return
    if asked.unmarked:
        print(json.dumps(unmarked(asked.unmarked, asked.seed), indent=2))
        return
    show(measure(quick=asked.quick, folder=asked.photos), as_json=asked.json)


if __name__ == "__main__":
    main()
