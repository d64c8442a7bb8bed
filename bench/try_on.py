"""Try-ons of drawn pairs whose truth is known: what passes the gates, and what of it is bad."""

from __future__ import annotations

import argparse
import io
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.wardrobe import Garment, Pair, Pose, flat_lay, pair
from tests.wardrobe_legs import trousers_pair

from bench._table import show
from sosie.adapters.pictures import PillowPictures
from sosie.core.landmarks import propose
from sosie.core.studio import Assets, Card, Drawn, Grade, Material, Order, Result
from sosie.core.values import Reason, digest
from sosie.engines.atelier import Atelier
from sosie.engines.atelier.try_on import gates
from sosie.engines.atelier.try_on.room import Tried as FaultsFound

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
    def error(self) -> float:
        """The worst of the four, each over what is bad beyond it."""
        return max(
            (1 - self.overlap) / (1 - LEAST_OVERLAP),
            self.difference / MOST_DIFFERENCE,
            self.residue / MOST_RESIDUE,
            self.damage / MOST_DAMAGE,
        )

    @property
    def bad(self) -> bool:
        """Whether nobody should be shown it as a try-on of this garment."""
        return self.error > 1


@dataclass(frozen=True)
class Tried:
    """What came of one pair: a scored picture, or the reasons of a refusal."""

    drawn: Pair
    made: Result | tuple[Reason, ...]
    score: Score | None = None


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
    cloths = [np.median(lab[where], axis=0) for lab, where in ((old, worn), (true, wanted))]
    if np.hypot(*(cloths[0] - cloths[1])[1:]) + abs(cloths[0] - cloths[1])[0] < 8:
        # Old and new of one color, nobody tells which is seen: all of it counts as the new.
        shown = _cloth(got, true, wanted) & (changed | wanted | worn)
    overlap = float((shown & wanted).sum() / max((shown | wanted).sum(), 1))
    both = shown & wanted
    soft = [_tone(lab, both, tone) for lab in (got, true)]
    apart = np.sqrt(((soft[0] - soft[1]) ** 2).sum(axis=2))
    difference = float(np.median(apart[both])) if both.any() else 100.0
    away = np.sqrt(((got - true) ** 2).sum(axis=2))
    stays = np.sqrt(((got - old) ** 2).sum(axis=2)) < 5
    inner = cv2.erode((worn & ~wanted).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    residue = float((inner & stays & ~shown & (away > 10)).sum() / max(worn.sum(), 1))
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


def try_on(engine: Atelier, drawn: Pair) -> Tried:
    """This function will order one try-on."""
    reasons = engine.check(_ORDER, drawn.assets)
    if reasons:
        return Tried(drawn, reasons)
    made = engine.run(_ORDER, drawn.assets, lambda *_: None, lambda: False)
    return Tried(drawn, made, score(drawn, made))


def ungated(engine: Atelier, drawn: Pair) -> Tried:
    """This function will order one try-on with every gate switched off: the control."""
    with (
        patch.object(gates, "of_flat_lay", lambda _: []),
        patch.object(FaultsFound, "refusals", lambda _: ()),
    ):
        return try_on(engine, drawn)


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
    first = pair(2, height=1024)
    other = pair(5, height=1024).flat
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
    drawn = pair(2, height=1024)
    try_on(Atelier(), drawn)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            print(int(line.split()[1]) / 1024)


def all_tried(drawn: Iterable[Pair]) -> list[Tried]:
    """This function will try on every pair and score all that passes."""
    return [try_on(Atelier(), one) for one in drawn]


def counted(tried: list[Tried], what: str) -> dict[str, Any]:
    """This function will count what passed, by kind and by the first reason of a refusal."""
    passed = [(one.score, one.made) for one in tried if one.score and isinstance(one.made, Result)]
    final = [found for found, made in passed if made.grade is Grade.FINAL]
    first = Counter(one.made[0].code for one in tried if isinstance(one.made, tuple))
    figures: dict[str, Any] = {
        "pairs": len(tried),
        "passed": len(passed) / len(tried),
        "graded final": len(final) / len(tried),
        "bad ones passed": sum(found.bad for found, _ in passed),
        "bad ones graded final": sum(found.bad for found in final),
    }
    if passed:
        figures |= {
            "median overlap with the truth": float(np.median([f.overlap for f, _ in passed])),
            "least overlap": min(f.overlap for f, _ in passed),
            "median difference of tone": float(np.median([f.difference for f, _ in passed])),
        }
    for kind in sorted({one.drawn.new.kind for one in tried}):
        own = [one for one in tried if one.drawn.new.kind == kind]
        through = [one.score for one in own if one.score]
        bad = sum(found.bad for found in through)
        figures[f"{kind}: passed of {len(own)}, bad"] = f"{len(through)}, {bad}"
    figures |= {f"refused: {code}": n for code, n in sorted(first.items())}
    return {f"{what}, {name}": value for name, value in figures.items()}


def sheet(tried: list[Tried], path: Path) -> None:
    """This function will write the worst and the best pairs that passed by their error, and the
    first that were refused, one for each reason: plate, flat-lay, picture, truth."""
    passed = sorted((one for one in tried if one.score), key=lambda one: -one.score.error)  # type: ignore[union-attr]
    refused = {one.made[0].code: one for one in reversed(tried) if isinstance(one.made, tuple)}
    groups = (("worst that passed", passed[:4]), ("best", passed[::-1][:4]),
              ("refused", list(refused.values())[:4]))  # fmt: skip
    rows = []
    for title, some in groups:
        for number, one in enumerate(some, start=1):
            if isinstance(one.made, tuple):
                first = one.made[0]
                shown = first.picture if isinstance(first, Drawn) else None
                words = f"refused: {first.code.removeprefix('engine.try_on_')}"
            else:
                shown = one.made.pixels
                words = f"graded {one.made.grade}"
            if one.score:
                words += f", error {one.score.error:.2f}{' BAD' * one.score.bad}"
            shown = one.drawn.plate if shown is None else shown
            tiles = [one.drawn.plate, one.drawn.flat, shown, one.drawn.truth]
            line = np.hstack(
                [cv2.resize(tile, (240, 320), interpolation=cv2.INTER_AREA) for tile in tiles]
            )
            strip = np.full((24, line.shape[1], 3), 255, np.uint8)
            text = f"{title} {number}: {one.drawn.old.kind} to {one.drawn.new.kind}, {words}"
            cv2.putText(strip, text, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1,
                        cv2.LINE_AA)  # fmt: skip
            rows.append(np.vstack([strip, line]))
    rows += [np.full_like(rows[0], 255)] * (len(rows) % 2)
    half = len(rows) // 2
    picture = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
    Image.fromarray(picture).save(path, "WEBP", quality=72)


def collared(seeds: range, height: int) -> list[Pair]:
    """This function will draw pairs whose new garment has a collar that lies open."""
    made = []
    for seed in seeds:
        long = Garment("long sleeve", (34, 110, 80), 1.4, 1.0, collar=True)
        short = Garment("tee", (40, 86, 150), 1.35, 0.34, collar=True)
        made.append(pair(seed, height=height, new=long if seed % 2 else short))
    return made


def photographed(people: Path, flat_lays: list[Path], made: Path | None) -> dict[str, Any]:
    """This function will try every flat-lay on every person, and count and print what came of it.

    ``people`` is a folder of photographs; a card beside one (``NAME.json``) holds its landmarks,
    otherwise they are proposed. What passed, and what was drawn of a refusal, goes to ``made``.
    """
    cv2.setNumThreads(1)
    pictures = PillowPictures()
    grades: Counter[str] = Counter()
    why: Counter[str] = Counter()
    for person in sorted(each for each in people.iterdir() if each.suffix != ".json"):
        data = person.read_bytes()
        pixels = pictures.decode(data, where=person.name)
        beside = person.with_suffix(".json")
        if beside.exists():
            card = Card.model_validate_json(beside.read_text(encoding="utf-8"))
        else:
            card = propose(pixels).card(_ORDER.plate)
        order, engine = Order(plate=card.plate, wear="new"), Atelier()
        for path in flat_lays:
            file = path.read_bytes()
            flat = Material(file, digest(file), pictures.decode(file, where=path.name))
            assets = Assets(pixels, digest(data), card, {"new": flat})
            faults: tuple[Any, ...] = engine.check(order, assets)
            if faults:
                grade, told = "refused", [fault.code for fault in faults]
                first = faults[0]
                shown = first.picture if isinstance(first, Drawn) else None
            else:
                done = engine.run(order, assets, lambda *_: None, lambda: False)
                grade, told, shown = str(done.grade), list(done.warnings[1:]), done.pixels
            grades[grade] += 1
            why.update(told)
            print(f"{person.stem} in {path.stem}: {grade}", *told, sep="; ", file=sys.stderr)
            if made is not None and shown is not None:
                made.mkdir(parents=True, exist_ok=True)
                Image.fromarray(shown).save(made / f"{person.stem}-{path.stem}-{grade}.png")
    return {"pairs": grades.total(), **grades, **why}


def measure(quick: bool, tuned_on: bool, picture: Path | None) -> dict[str, Any]:
    """This function will run everything once and return the figures."""
    cv2.setNumThreads(1)
    count, height = (12, 512) if quick else (200, 640)
    seeds = range(count) if tuned_on else range(200, 200 + count)
    tried = all_tried(pair(seed, height=height) for seed in seeds)
    if picture:
        sheet(tried, picture)
    few = range(600, 600 + (2 if quick else 24))
    ours = counted(tried, "tuned on" if tuned_on else "held out")
    ours |= counted(all_tried(collared(few, height)), "collars")
    whole = all_tried(trousers_pair(seed, height=height) for seed in few)
    ours |= counted(whole, "trousers")
    for name, pairs in hopeless().items():
        some = pairs[:2] if quick else pairs
        let = sum(isinstance(one.made, Result) for one in all_tried(some))
        ours[f"control, must be refused: {name}, passed of {len(some)}"] = let
    some = hopeless()["sleeves on the body"][: 2 if quick else 6]
    leaks = [ungated(Atelier(), one).score for one in some]
    ours[f"control, gates off, must leak: bad of {len(some)}"] = sum(
        found is not None and found.bad for found in leaks
    )
    times, least = speed()
    ours |= times | {"peak memory 768x1024, MB": memory()}
    return {
        "name": "try_on",
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "input": f"{count} drawn pairs of {height * 3 // 4}x{height}, seeds {seeds.start} to "
        f"{seeds.stop - 1}; truth known in every pixel",
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
    parser.add_argument("--tuned-on", action="store_true", help="the pairs of the thresholds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--sheet", type=Path, help="write the best and worst pairs as WebP")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--people", type=Path, help="photographs to dress, instead of drawn pairs")
    parser.add_argument("--flat-lays", type=Path, nargs="+", default=[], help="in these")
    parser.add_argument("--made", type=Path, help="a folder for the pictures of photographs")
    wish = parser.parse_args()
    if wish.alone:
        alone()
    elif wish.people:
        for name, value in photographed(wish.people, wish.flat_lays, wish.made).items():
            print(f"  {value:4} {name}")
    else:
        show(measure(wish.quick, wish.tuned_on, wish.sheet), as_json=wish.json)


if __name__ == "__main__":
    main()
