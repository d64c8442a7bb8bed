"""Try-ons of drawn pairs whose truth is known: what passes the gates, and what of it is bad."""

from __future__ import annotations

import argparse
import io
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.wardrobe import Garment, Pair, Pose, flat_lay, pair

from bench._table import show
from sosie.core.studio import Assets, Grade, Material, Order, Result
from sosie.core.values import digest
from sosie.engines.atelier import Atelier

_ORDER = Order(plate="front-half", wear="new")
LEAST_OVERLAP = 0.85
"""Intersection over union of the new garment with the truth under which a picture is bad."""
MOST_DIFFERENCE = 6.0
"""Median CIELAB difference of the cloth's tone (over a fifth of the chest) that is bad beyond."""
MOST_RESIDUE = 0.004
"""Share of the old garment still seen where the truth shows none of it."""
MOST_DAMAGE = 0.012
"""Share of the figure, both garments apart, that no longer looks as in the truth."""


@dataclass(frozen=True)
class Score:
    """One picture against its truth."""

    overlap: float
    difference: float
    residue: float
    damage: float

    @property
    def bad(self) -> bool:
        """Whether nobody should be shown it as a try-on of this garment."""
        return (
            self.overlap < LEAST_OVERLAP
            or self.difference > MOST_DIFFERENCE
            or self.residue > MOST_RESIDUE
            or self.damage > MOST_DAMAGE
        )


def score(drawn: Pair, made: Result) -> Score:
    """This function will measure a picture against the truth, its band left out."""
    rows = slice(0, drawn.plate.shape[0] * 19 // 20)
    old, true, got = (_lab(p[rows]) for p in (drawn.plate, drawn.truth, made.pixels))
    wanted, worn = drawn.wanted[rows], drawn.worn[rows]
    tone = 0.04 * drawn.plate.shape[0]
    near = np.sqrt(((got - old) ** 2).sum(axis=2)) > 6
    changed = (
        cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    )
    # Where the old cloth has a color of the new, what is unchanged must look like it as a whole.
    wide = [_tone(lab, wanted, tone) for lab in (got, true)]
    alike = np.sqrt(((wide[0] - wide[1]) ** 2).sum(axis=2)) < 15
    shown = _cloth(got, true, wanted) & (changed | (wanted & alike))
    overlap = float((shown & wanted).sum() / max((shown | wanted).sum(), 1))
    both = shown & wanted
    soft = [_tone(lab, both, tone) for lab in (got, true)]
    apart = np.sqrt(((soft[0] - soft[1]) ** 2).sum(axis=2))
    difference = float(np.median(apart[both])) if both.any() else 100.0
    away = np.sqrt(((got - true) ** 2).sum(axis=2))
    stays = np.sqrt(((got - old) ** 2).sum(axis=2)) < 5
    inner = cv2.erode((worn & ~wanted).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    residue = float((inner & stays & (away > 10)).sum() / max(worn.sum(), 1))
    near_cloth = cv2.dilate((wanted | worn | shown).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    rest = ~near_cloth & (away > 12)
    figure = worn.sum() * 2
    return Score(overlap, difference, residue, float(rest.sum() / max(figure, 1)))


def _cloth(got: Any, true: Any, wanted: Any) -> NDArray[np.bool_]:
    """Return what has the new cloth's color, unlike filled skin or backdrop."""
    cloth = true[wanted]
    bright = np.percentile(cloth, [3, 97], axis=0)
    within = ((got > bright[0] - [14, 10, 10]) & (got < bright[1] + [14, 10, 10])).all(axis=2)
    return np.asarray(within)


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _tone(lab: NDArray[np.float32], where: NDArray[np.bool_], wide: float) -> Any:
    known = where.astype(np.float32)
    total = cv2.GaussianBlur(lab * known[..., None], (0, 0), wide)
    return total / np.maximum(cv2.GaussianBlur(known, (0, 0), wide), 1e-3)[..., None]


def try_on(engine: Atelier, drawn: Pair) -> Result | tuple[str, ...]:
    """This function will order one try-on: the result, or the codes of the refusal."""
    reasons = engine.check(_ORDER, drawn.assets)
    if reasons:
        return tuple(reason.code.removeprefix("engine.") for reason in reasons)
    return engine.run(_ORDER, drawn.assets, lambda *_: None, lambda: False)


def hopeless() -> dict[str, list[Pair]]:
    """This function will draw pairs that must all be refused: the controls of the gates."""
    made: dict[str, list[Pair]] = {
        "hand on hip": [], "like its ground": [], "cut off": [], "sleeves on the body": [],
        "sleeveless over sleeves": [],
    }  # fmt: skip
    tank = Garment("tank", (176, 52, 44), 1.3)
    long = Garment("long sleeve", (34, 110, 80), 1.35, 1.0)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        made["hand on hip"].append(pair(seed, pose=Pose(hand_on_hip=True), new=tank))
        plain = pair(seed, new=tank)
        ground = (178, 56, 48)
        for name, wishes in (
            ("like its ground", {"ground": ground}),
            ("cut off", {"cut_off": True}),
        ):
            made[name].append(_with(plain, flat_lay(tank, rng, **wishes)))
        sleeved = pair(seed, new=long)
        made["sleeves on the body"].append(_with(sleeved, flat_lay(long, rng, tucked=True)))
        over = Garment("tee", (70, 110, 160), 1.3, 0.35)
        made["sleeveless over sleeves"].append(pair(seed, old=over, new=tank))
    return made


def _with(drawn: Pair, flat: NDArray[np.uint8]) -> Pair:
    return Pair(drawn.plate, flat, drawn.truth, drawn.worn, drawn.wanted, drawn.card,
                drawn.old, drawn.new)  # fmt: skip


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """This function will return the wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def speed() -> tuple[dict[str, float], float]:
    """This function will time a cold try-on and a warm one at 768×1024, and the floor."""
    first = pair(1, height=1024)
    other = pair(3, height=1024).flat
    file = Material(b"", digest(other.tobytes()), other)
    again = Assets(first.assets.pixels, first.assets.digest, first.card, {"new": file})
    engine = Atelier()
    found: dict[str, float] = {}
    for name, assets in (("cold", first.assets), ("warm, another garment", again)):

        def once(assets: Assets = assets) -> None:
            engine.check(_ORDER, assets)
            engine.run(_ORDER, assets, lambda *_: None, lambda: False)

        wall, cpu = timed(once)
        found |= {f"{name} 768x1024, s": wall, f"{name} 768x1024, CPU s": cpu}
    held = io.BytesIO()
    Image.fromarray(first.plate).save(held, "JPEG", quality=92)

    def decoded() -> None:
        pixels = np.asarray(Image.open(io.BytesIO(held.getvalue())).convert("RGB"))
        Image.fromarray(pixels).save(io.BytesIO(), "JPEG", quality=92)

    return found, timed(decoded)[1]


def memory() -> float:
    """This function will return the peak memory, in MB, of a process that does one try-on."""
    told = subprocess.run([sys.executable, "-m", "bench.try_on", "--alone"], check=True,
                          capture_output=True, text=True)  # fmt: skip
    return float(told.stdout)


def alone() -> None:
    """This function will do one try-on in this process and print its peak memory in MB."""
    drawn = pair(1, height=1024)
    try_on(Atelier(), drawn)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            print(int(line.split()[1]) / 1024)


def gates(count: int, height: int) -> tuple[dict[str, Any], list[tuple[Score, int, Result]]]:
    """This function will try on ``count`` drawn pairs and score all that passes."""
    passed: list[tuple[Score, int, Result]] = []
    refused: Counter[str] = Counter()
    final = bad = bad_final = 0
    for seed in range(count):
        drawn = pair(seed, height=height)
        made = try_on(Atelier(), drawn)
        if isinstance(made, tuple):
            refused.update({made[0]: 1})
            continue
        found = score(drawn, made)
        passed.append((found, seed, made))
        final += made.grade is Grade.FINAL
        bad += found.bad
        bad_final += found.bad and made.grade is Grade.FINAL
    figures = {
        "pairs": count,
        "passed": len(passed) / count,
        "graded final": final / count,
        "bad ones passed": bad,
        "bad ones graded final": bad_final,
        "median overlap with the truth": float(np.median([f.overlap for f, _, _ in passed])),
        "median difference of tone": float(np.median([f.difference for f, _, _ in passed])),
    }
    return figures | {f"refused: {code}": n for code, n in sorted(refused.items())}, passed


def sheet(passed: list[tuple[Score, int, Result]], height: int, path: Path) -> None:
    """This function will write the best and the worst pairs that passed, with their truth."""
    order = sorted(passed, key=lambda one: one[0].overlap - one[0].difference / 30)
    rows = []
    for title, some in (("worst that passed", order[:4]), ("best", order[::-1][:4])):
        for number, (found, seed, made) in enumerate(some, start=1):
            drawn = pair(seed, height=height)
            tiles = [drawn.plate, drawn.flat, made.pixels, drawn.truth]
            line = np.hstack(
                [cv2.resize(t, (240, 320), interpolation=cv2.INTER_AREA) for t in tiles]
            )
            strip = np.full((24, line.shape[1], 3), 255, np.uint8)
            text = (
                f"{title} {number}: {drawn.old.kind} to {drawn.new.kind}, {made.grade}, overlap "
                f"{found.overlap:.2f}, difference {found.difference:.1f}{', BAD' * found.bad}"
            )
            cv2.putText(strip, text, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1,
                        cv2.LINE_AA)  # fmt: skip
            rows.append(np.vstack([strip, line]))
    half = len(rows) // 2
    picture = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
    Image.fromarray(picture).save(path, "WEBP", quality=72)


def measure(quick: bool, picture: Path | None) -> dict[str, Any]:
    """This function will run everything once and return the figures."""
    cv2.setNumThreads(1)
    count, height = (12, 512) if quick else (200, 640)
    ours, passed = gates(count, height)
    if picture:
        sheet(passed, height, picture)
    for name, pairs in hopeless().items():
        some = pairs[:2] if quick else pairs
        let = sum(not isinstance(try_on(Atelier(), one), tuple) for one in some)
        ours[f"control, must be refused: {name}, passed of {len(some)}"] = let
    times, least = speed()
    ours |= times | {"peak memory 768x1024, MB": memory()}
    return {
        "name": "try_on",
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "input": f"{count} drawn pairs of {height * 3 // 4}x{height}; truth known in every pixel",
        "ours": ours,
        "peers": {
            "prototype by the same method, as it was claimed (ANCHORS): warm, CPU s": "0.6 to 1.8",
            "prototype by the same method, as it was claimed: cold, CPU s": "4 to 7",
            "prototype by the same method, as it was claimed: peak MB": 432,
        },
        "floor": {"JPEG decode and encode 768x1024, CPU s": least},
        "ratios": {"warm / floor": times["warm, another garment 768x1024, CPU s"] / least},
    }


def main() -> None:
    """This function will print a table, or with ``--json`` one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="twelve small pairs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--sheet", type=Path, help="write the best and worst pairs as WebP")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.alone:
        alone()
        return
    show(measure(wish.quick, wish.sheet), as_json=wish.json)


if __name__ == "__main__":
    main()
