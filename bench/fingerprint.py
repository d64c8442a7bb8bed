"""Finding copies: which attacks each way of finding survives, and what it costs.

    python -m bench.fingerprint [--quick] [--json] [--distinct N]

Input: the pictures of the sample shoot, and the photographs in `SOSIE_PHOTOS` if it is set; each
under set A (tests/core/attacks.py) and attacks that go further. Known are those pictures and N
drawn pictures that have nothing to do with each other (`tests.core.plates.scene`): a wrong name is
a false match. Asked too: pictures that are not known, and parts of them. Peers on the same pictures
in the same run: PDQ by `pdqhash` at its 31 bits (as it is, and in eight orientations), and ORB (600
features at 640 pixels, ratio 0.8, RANSAC, 30 inliers) laid on the right original alone, which no
search precedes. Floor: decoding a copy.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tests.core.attacks import SET_A, Attack, cropped, fit, jpeg, lettered, turned
from tests.core.plates import scene

import sosie.samples
from sosie.adapters.index import ExactIndex, TableIndex
from sosie.adapters.pictures import PillowPictures
from sosie.core import features
from sosie.core.features import AGREEING, ASKING, NEAR_BITS, NEIGHBORS, VOTING, extract
from sosie.core.fingerprint import FAR, NEAR, confirm, fingerprint, orientations
from sosie.core.studio import Pixels

_EACH = 1024
_DRAWN_HEIGHT = 320
SAMPLES = Path(sosie.samples.__file__).parent


def _mirrored(picture: Pixels) -> Pixels:
    """Return the picture mirrored left to right."""
    return np.ascontiguousarray(picture[:, ::-1])


FURTHER: dict[str, Attack] = {
    "70 % cut, 720, q60": lambda p: jpeg(fit(cropped(p, 0.30, 4), 720), 60),
    "80 % cut, 1080, q70": lambda p: jpeg(fit(cropped(p, 0.20, 3), 1080), 70),
    "85 % cut off": lambda p: cropped(p, 0.15, 2),
    "mirrored, 50 % cut, q50": lambda p: jpeg(cropped(_mirrored(p), 0.5, 5), 50),
    "mirrored, text over it": lambda p: lettered(_mirrored(p)),
    "text over it, 50 % cut": lambda p: cropped(lettered(p), 0.5, 2),
    "turned 90°, q60": lambda p: jpeg(np.ascontiguousarray(np.rot90(p)), 60),
    "turned 9°, 1080, q70": lambda p: jpeg(fit(turned(p, 9), 1080), 70),
    "400 px, q60": lambda p: jpeg(fit(p, 400), 60),
}
"""What is cut so far, or changed in two ways at once, that a fingerprint alone finds nothing."""


def codes(marks: list[str]) -> np.ndarray:
    """Return fingerprints as N×32 bytes."""
    return np.frombuffer(bytes.fromhex("".join(marks)), np.uint8).reshape(-1, 32)


def pictures() -> dict[str, Pixels]:
    """Return the pictures by name, at most 2048 pixels long."""
    read = PillowPictures()
    folders = [
        SAMPLES,
        *([Path(os.environ["SOSIE_PHOTOS"])] if "SOSIE_PHOTOS" in os.environ else []),
    ]
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".jpg", ".png", ".webp"}
    ]
    return {"/".join(p.parts[-2:]): read.decode(p.read_bytes(), where=p.name) for p in files}


@dataclass
class Known:
    """What was sealed: pictures (by number), their fingerprints and features; drawn ones after."""

    shown: list[Pixels]
    looks: list[features.Features] = field(default_factory=list)
    exact: ExactIndex = field(default_factory=ExactIndex)
    tables: TableIndex = field(default_factory=TableIndex)
    seconds: dict[str, float] = field(default_factory=dict)
    all_codes: np.ndarray = field(default_factory=lambda: np.zeros((0, 32), np.uint8))

    def fill(self, drawn: int) -> None:
        """Take in the pictures and so many drawn ones."""
        self.looks = [extract(picture) for picture in self.shown]
        marks, bits, labels = [], [], []
        for number in range(len(self.shown) + drawn):
            picture = self.shown[number] if number < len(self.shown) else self.drawn(number)
            look = self.looks[number] if number < len(self.shown) else extract(picture)
            marks.append(fingerprint(picture))
            bits.append(look.bits[:VOTING])
            labels.append(number * _EACH + np.arange(len(bits[-1])))
            if number % 5000 == 4999:
                print(f"  {number + 1} pictures are known", file=sys.stderr, flush=True)
        self.all_codes = codes(marks)
        start = time.perf_counter()
        self.exact.refresh(lambda last: (codes(marks), np.arange(len(marks))))
        self.seconds["fill the index of fingerprints"] = time.perf_counter() - start
        all_bits, all_labels = np.concatenate(bits), np.concatenate(labels)
        start = time.perf_counter()
        self.tables.refresh(lambda last: (all_bits, all_labels))
        self.seconds["fill the index of features"] = time.perf_counter() - start

    def drawn(self, number: int) -> Pixels:
        """Return a drawn picture."""
        return scene(number, height=_DRAWN_HEIGHT)

    def picture(self, number: int) -> Pixels:
        """Return any known picture."""
        return self.shown[number] if number < len(self.shown) else self.drawn(number)

    def look(self, number: int) -> features.Features:
        """Return the features of any known picture."""
        return self.looks[number] if number < len(self.shown) else extract(self.drawn(number))


@dataclass
class Answer:
    """What each of our ways named, and what it cost in seconds."""

    fingerprint: int | None = None
    features: int | None = None
    both: int | None = None
    agreeing: int = 0
    """The most agreeing features of a picture, whichever."""
    seconds: dict[str, float] = field(default_factory=dict)


def ask(known: Known, copy: Pixels) -> Answer:
    """Find a copy as the service does: fingerprint, then features, the pixels last."""
    answer, clock = Answer(), time.perf_counter
    start = clock()
    near = known.exact.nearest(codes(list(orientations(copy))), most=32, within=FAR)
    answer.seconds["fingerprint and search"] = clock() - start
    order = np.argsort(near.bits, kind="stable")
    if len(order) and near.bits[order[0]] <= NEAR:
        answer.fingerprint = int(near.labels[order[0]])
    start = clock()
    looks = [extract(copy), extract(copy, mirrored=True)]
    answer.seconds["features"] = clock() - start
    start = clock()
    counted: list[features.Votes] = []
    for mirrored, look in zip((False, True), looks, strict=True):
        found = known.tables.nearest(look.bits[:ASKING], most=NEIGHBORS, within=NEAR_BITS)
        counted += features.votes(found.asked, found.labels // _EACH, mirrored=mirrored)
    answer.seconds["vote"] = clock() - start
    start = clock()
    agreed = []
    for vote in features.elected(counted):
        laid = features.agreement(known.look(vote.picture), looks[vote.mirrored])
        agreed.append((laid.agreeing if laid else 0, vote.picture))
    answer.seconds["agree"] = clock() - start
    agreed.sort(reverse=True)
    answer.agreeing = agreed[0][0] if agreed else 0
    agreed = [pair for pair in agreed if pair[0] >= AGREEING]
    answer.features = agreed[0][1] if agreed else None
    first = [] if answer.fingerprint is None else [answer.fingerprint]
    best = 1.0
    start = clock()
    for number in dict.fromkeys([*first, *(number for _, number in agreed)]):
        match = confirm(copy, known.picture(number))
        if match.matched and match.changed < best:
            answer.both, best = number, match.changed
        if answer.both is not None and best == 0:
            break
    answer.seconds["pixels"] = clock() - start
    return answer


def orb(copy: Pixels, original: Pixels) -> bool:
    """Whether plain ORB with RANSAC lays a copy on its original."""
    sides = []
    for picture in (original, copy):
        grey, _ = features.shrunk(picture, 640)
        sides.append(cv2.ORB.create(nfeatures=600).detectAndCompute(grey, None))
    (ours, a), (theirs, b) = sides
    if a is None or b is None or min(len(a), len(b)) < 2:
        return False
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(b, a, k=2)
    good = [one for one, two in pairs if one.distance < 0.8 * two.distance]
    if len(good) < 30:
        return False
    source = np.array([ours[m.trainIdx].pt for m in good])
    target = np.array([theirs[m.queryIdx].pt for m in good])
    _, mask = cv2.estimateAffine2D(source, target, method=cv2.RANSAC)
    return mask is not None and int(mask.sum()) >= 30


class Pdq:
    """Facebook's PDQ, if it is installed."""

    def __init__(self, shown: list[Pixels]) -> None:
        try:
            self.peer: Any = importlib.import_module("pdqhash")
        except ImportError:
            self.peer = None
            return
        self.known = np.stack([self.peer.compute(picture)[0] for picture in shown])

    def ask(self, copy: Pixels, number: int) -> tuple[bool, bool]:
        """Whether the nearest is the right one within 31 bits: as it is, in any orientation."""
        own, _ = self.peer.compute(copy)
        eight, _ = self.peer.compute_dihedral(copy)
        return self._right([own], number), self._right(list(eight), number)

    def _right(self, marks: list[Any], number: int) -> bool:
        apart = np.min([(self.known != mark).sum(axis=1) for mark in marks], axis=0)
        return bool(apart.argmin() == number and apart.min() <= 31)


WAYS = ("fingerprint", "features", "both")


def survive(
    known: Known, names: list[str], attacks: dict[str, Attack], *, step: int
) -> tuple[dict[str, Any], dict[str, int], dict[str, str], list[Answer]]:
    """Return how many pictures each way found for each attack, how often ours named another one,
    which peers are absent, and all answers."""
    pdq = Pdq(known.shown)
    attacked: dict[str, Any] = {}
    answers = []
    wrong: Counter[str] = Counter()
    for attack, change in attacks.items():
        found: Counter[str] = Counter()
        picked = range(0, len(names), step)
        for number in picked:
            copy = change(known.shown[number])
            answer = ask(known, copy)
            answers.append(answer)
            for way in WAYS:
                named = getattr(answer, way)
                found[way] += named == number
                wrong[way] += named is not None and named != number
            found["ORB"] += orb(copy, known.shown[number])
            if pdq.peer:
                one, eight = pdq.ask(copy, number)
                found["PDQ"] += one
                found["PDQ, eight orientations"] += eight
        total = len(picked)
        theirs = ("PDQ", "PDQ, eight orientations", "ORB") if pdq.peer else ("ORB",)
        attacked[attack] = {
            **{f"Sosie: {way}": f"{found[way]}/{total}" for way in WAYS},
            **{way: f"{found[way]}/{total}" for way in theirs},
        }
        print(f"  {attack}: {dict(found)} of {total}", file=sys.stderr, flush=True)
    absent = {} if pdq.peer else {"PDQ": "absent: pip install pdqhash"}
    return attacked, dict(wrong), absent, answers


def strangers(
    known: Known, unknown: list[Pixels], count: int
) -> tuple[dict[str, Any], list[Answer]]:
    """Return what is found of pictures that are not known: nothing may be."""
    answers = [ask(known, picture) for picture in _parts(unknown, count)]
    named = {way: sum(getattr(a, way) is not None for a in answers) for way in WAYS}
    most = sorted((a.agreeing for a in answers), reverse=True)[:5]
    return {"asked": count, "named": named, "most agreeing features": most}, answers


def _parts(unknown: list[Pixels], count: int) -> Iterator[Pixels]:
    draw = np.random.default_rng(11)
    for number in range(count):
        if number % 2:
            yield scene(10_000_000 + number, height=640)
            continue
        part = cropped(unknown[number // 2 % len(unknown)], float(draw.uniform(0.2, 1)), number)
        part = _mirrored(part) if number % 4 else part
        yield jpeg(part, int(draw.integers(40, 95)))


def apart(marks: np.ndarray) -> dict[str, Any]:
    """Return the distances of each fingerprint to its nearest other one."""
    index = ExactIndex()
    index.refresh(lambda last: (marks, np.arange(len(marks))))
    nearest = []
    for start in range(0, len(marks), 2000):
        found = index.nearest(marks[start : start + 2000], most=2, within=256)
        other = found.labels != found.asked + start
        nearest += found.bits[other].tolist()
    return {
        "pairs": len(marks) * (len(marks) - 1) // 2,
        "least bits apart": min(nearest),
        f"pictures within {NEAR} bits of another": sum(bits <= NEAR for bits in nearest),
        f"within {FAR} bits of another": sum(bits <= FAR for bits in nearest),
    }


def grow(known: Known, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return the seconds of both searches for growing numbers of seals, with made-up codes."""
    out = {}
    for size in sizes:
        out[f"{size} seals"] = row = _grown(known, size)
        print(f"  {size} seals: {row}", file=sys.stderr, flush=True)
    return out


def _grown(known: Known, size: int) -> dict[str, float]:
    draw = np.random.default_rng(5)
    exact, tables = ExactIndex(), TableIndex()
    marks = [row.tobytes().hex() for row in draw.integers(0, 256, (size, 32), dtype=np.uint8)]
    # Features are real ones with an eighth of their bits changed: keys fill as unevenly as theirs.
    spoilt = np.concatenate([look.bits[:VOTING] for look in known.looks])
    spoilt = spoilt[draw.integers(0, len(spoilt), size * VOTING)]
    change = np.full(spoilt.shape, 255, np.uint8)
    for _ in range(3):
        change &= draw.integers(0, 256, spoilt.shape, dtype=np.uint8)
    spoilt ^= change
    del change
    labels = np.arange(size * VOTING)
    asked = codes(list(orientations(known.shown[0])))
    look = extract(known.shown[0]).bits[:ASKING]
    return {
        "fill, fingerprints": once(
            lambda: exact.refresh(lambda _: (codes(marks), np.arange(size)))
        ),
        "fill, features": once(lambda: tables.refresh(lambda _: (spoilt, labels))),
        "search, fingerprints": median(lambda: exact.nearest(asked, most=32, within=FAR)),
        "search, features": median(lambda: tables.nearest(look, most=NEIGHBORS, within=NEAR_BITS)),
    }


def once(action: Callable[[], object]) -> float:
    """Return the seconds of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(action: Callable[[], object]) -> float:
    """Return the median seconds of an action in five runs."""
    return statistics.median(once(action) for _ in range(5))


def measure(*, quick: bool, distinct: int) -> dict[str, Any]:
    """Measure all and return the object that `--json` prints."""
    shown = pictures()
    unknown = {name: p for name, p in shown.items() if name.startswith("tomas/")}
    shown = {name: p for name, p in shown.items() if name not in unknown}
    known = Known(list(shown.values()))
    known.fill(distinct)
    step = 4 if quick else 1
    attacks, wrong, peers, answers = survive(known, list(shown), {**SET_A, **FURTHER}, step=step)
    sizes = (100, 1_000) if quick else (1_000, 10_000, 100_000)
    asked, _ = strangers(known, list(unknown.values()), 20 if quick else 400)
    steps = answers[0].seconds
    cost = {step: statistics.median(a.seconds[step] for a in answers) for step in steps}
    copy = jpeg(known.shown[0], 85)
    data = PillowPictures().encode(copy)
    floor = median(lambda: PillowPictures().decode(data, where="copy"))
    return {
        "name": "fingerprint",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "input": f"{len(shown)} pictures under {len(SET_A)} + {len(FURTHER)} attacks, "
        f"among {distinct} drawn ones; found / asked, and seconds (median)",
        "attacks": attacks,
        "ours": {
            "another picture named": wrong,
            "pictures that are not known": asked,
            "fingerprints among themselves": apart(known.all_codes),
            "seconds a step": cost,
            "seconds at this size": known.seconds,
            "growth": grow(known, sizes),
            "bytes kept a picture": len(known.looks[0].encode()),
        },
        "peers": peers,
        "floor": {"decode a copy": floor},
        "ratios": {f"{step} / floor": seconds / floor for step, seconds in cost.items()},
    }


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a quarter of the pictures")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--distinct", type=int, help="drawn pictures that are known too")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    distinct = (100 if asked.quick else 2000) if asked.distinct is None else asked.distinct
    found = measure(quick=asked.quick, distinct=distinct)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{found['name']}: {found['input']}; {found['machine']}")
    for attack, row in found["attacks"].items():
        print(f"  {attack:26} {row}")
    for part in ("pictures that are not known", "fingerprints among themselves", "growth"):
        print(f"  {part}: {json.dumps(found['ours'][part], indent=4)}")
    for name, value in {**found["ours"]["seconds a step"], **found["floor"]}.items():
        print(f"  seconds  {name:40} {value:10.4f}")


if __name__ == "__main__":
    main()
