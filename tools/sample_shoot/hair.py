"""Hair: a sleek low bun, a short crop, brows and a beard shadow, strand by strand.

Everything is grown on the resting head and carried along by the head's bone.
"""

from __future__ import annotations

import math

import bpy
import numpy as np
import studio
from body import BODY_VERTICES, Body
from figure import base_mesh
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray
from people import Person

Points = NDArray[np.float64]

HAIRLINES = {
    # degrees from the front, metres above the eyes
    "bun": ([0, 14, 30, 42, 54, 64, 73, 81, 90, 118, 127, 142, 160, 180],
            [0.068, 0.070, 0.066, 0.058, 0.040, 0.014, -0.008, 0.022, 0.030, 0.030, -0.02,
             -0.060, -0.072, -0.076]),
    "crop": ([0, 20, 34, 42, 48, 60, 68, 78, 86, 104, 118, 140, 160, 180],
             [0.066, 0.066, 0.065, 0.060, 0.040, 0.036, 0.0, -0.035, 0.016, 0.022, -0.02,
              -0.055, -0.066, -0.068]),
}  # fmt: skip


class Head:
    """The resting head: its scalp in directions from a middle point."""

    def __init__(self, body: Body) -> None:
        faces = [[v for v, _ in face] for face in base_mesh()[0]["body"]]
        skin = body.rest[:BODY_VERTICES]
        self.tree = BVHTree.FromPolygons([tuple(p) for p in skin], faces)
        eye = (body.rest_joint("eye.L") + body.rest_joint("eye.R")) / 2
        above = skin[skin[:, 2] > eye[2] + 0.02]
        depth = (above[:, 1].min() + above[:, 1].max()) / 2
        self.eye = eye
        self.middle = np.array([0.0, depth + 0.004, eye[2] + 0.022])
        self.carry = body.carry("head")
        self.grid = self._grid()

    def _grid(self) -> Points:
        """Return scalp radii over azimuth (3 degrees) and height (3 degrees)."""
        radii = np.empty((121, 61))
        for i, turn in enumerate(np.deg2rad(np.arange(-180, 181, 3))):
            for j, lift in enumerate(np.deg2rad(np.arange(-90, 91, 3))):
                way = Vector((math.sin(turn) * math.cos(lift), -math.cos(turn) * math.cos(lift),
                              math.sin(lift)))  # fmt: skip
                side = abs(math.degrees(turn)) > 66
                start = Vector(self.middle) if side else Vector(self.middle) + way * 0.3
                hit = self.tree.ray_cast(start, way if side else -way, 0.3)[0]
                radii[i, j] = (hit - Vector(self.middle)).length if hit else 0.09
        return np.minimum(np.clip(radii, 0.05, 0.14), self._without_ears(radii))

    @staticmethod
    def _without_ears(radii: Points) -> Points:
        """Return the radii at which the sides are no wider than the skull above the ears."""
        turn = np.deg2rad(np.arange(-180, 181, 3))[:, None]
        lift = np.deg2rad(np.arange(-90, 91, 3))[None]
        across = np.abs(np.sin(turn)) * np.cos(lift)
        skull = (radii * across)[:, 38:42].max() * 1.02
        return np.where(np.abs(lift) < 0.6, skull / np.maximum(across, 0.3), 0.14)

    def angles(self, ways: Points) -> tuple[Points, Points]:
        """Return degrees from the front (signed) and degrees up."""
        turn = np.degrees(np.arctan2(ways[..., 0], -ways[..., 1]))
        return turn, np.degrees(np.arcsin(np.clip(ways[..., 2], -1, 1)))

    def radius(self, ways: Points) -> Points:
        """Return the scalp's distance in the given directions."""
        turn, lift = self.angles(ways)
        x, y = (turn + 180) / 3, (lift + 90) / 3
        i, j = np.clip(x.astype(int), 0, 119), np.clip(y.astype(int), 0, 59)
        u, v = x - i, y - j
        grid = self.grid
        return (grid[i, j] * (1 - u) * (1 - v) + grid[i + 1, j] * u * (1 - v)
                + grid[i, j + 1] * (1 - u) * v + grid[i + 1, j + 1] * u * v)  # fmt: skip

    def above_line(self, ways: Points, style: str) -> Points:
        """Return how far (metres) the scalp lies above the hairline."""
        turn, _ = self.angles(ways)
        height = self.middle[2] + ways[..., 2] * self.radius(ways) - self.eye[2]
        return height - np.interp(np.abs(turn), *HAIRLINES[style])

    def roots(self, style: str, count: int, rng: np.random.Generator, soft: float) -> Points:
        """Return root directions; the hairline thins out over ``soft`` metres."""
        found: list[Points] = []
        while sum(map(len, found)) < count:
            ways = unit(rng.normal(size=(count, 3)))
            above = self.above_line(ways, style)
            found.append(ways[above > rng.exponential(soft, len(ways)) - soft * 0.4])
        return np.concatenate(found)[:count]

    def carried(self, strands: Points) -> list[Points]:
        """Take resting strands along with the head of the pose."""
        turned = strands @ self.carry[:3, :3].T + self.carry[:3, 3]
        return list(turned)


def unit(vectors: Points) -> Points:
    """Return vectors of length one."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def pigment(name: str, melanin: float, redness: float = 0.5, rough: float = 0.42):
    """Return a hair material by its melanin."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    fibre = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    fibre.parametrization = "MELANIN"
    for key, value in (("Melanin", melanin), ("Melanin Redness", redness), ("Roughness", rough),
                       ("Radial Roughness", 0.5), ("Random Color", 0.12)):  # fmt: skip
        if key in fibre.inputs:
            fibre.inputs[key].default_value = value
    out = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(fibre.outputs[0], out.inputs[0])
    return made


BUN = unit(np.array([0.0, 0.95, -0.30]))


def _swept(head: Head, ways: Points, rng: np.random.Generator) -> Points:
    """Return strands combed from a middle part past the temples to the bun."""
    count, steps = len(ways), 14
    locks = unit(ways[rng.integers(0, count, 420)])
    nearest = np.empty(count, int)
    for begin in range(0, count, 4000):
        nearest[begin : begin + 4000] = (ways[begin : begin + 4000] @ locks.T).argmax(1)
    lock_lift = rng.uniform(0, 1, len(locks))[nearest]
    lock_sway = rng.normal(0, 0.05, (len(locks), 3))[nearest]
    side = np.where(ways[:, 0] >= 0, 1.0, -1.0)
    over = np.stack([side * 0.93, np.full(count, 0.12), np.full(count, 0.36)], 1)
    front = np.clip((-ways[:, 1] + 0.25) / 0.8, 0, 1) * np.clip(ways[:, 2] * 1.6 + 0.2, 0, 1)
    share = (0.85 * front)[:, None]
    knee = unit((1 - share) * unit(ways + BUN + 1e-3) + share * unit(over) + lock_sway)
    t = np.linspace(0, 1, steps)[None, :, None]
    pulled = ways[:, None] + (locks[nearest] - ways)[:, None] * 0.55 * t
    path = (1 - t) ** 2 * pulled + 2 * t * (1 - t) * knee[:, None] + t**2 * BUN
    path = unit(path + rng.normal(0, 0.004, path.shape) * t)
    lift = 0.0008 + (0.0035 + 0.004 * lock_lift)[:, None] * np.sin(np.pi * t[..., 0]) ** 0.7
    lift += rng.uniform(0, 0.0022, (count, 1)) * np.minimum(1, 5 * t[..., 0])
    return head.middle + path * (head.radius(path) + lift)[..., None]


def _coil(head: Head, count: int, rng: np.random.Generator) -> Points:
    """Return the bun: strands wound around a ring at the nape."""
    steps = 26
    middle = head.middle + BUN * (head.radius(BUN[None])[0] + 0.020)
    first = unit(np.cross(BUN, [0, 0, 1.0]))
    second = np.cross(BUN, first)
    begin = rng.uniform(0, 2 * np.pi, (count, 1))
    tube = rng.uniform(0, 2 * np.pi, (count, 1))
    depth = 0.0145 * np.sqrt(rng.uniform(0.55, 1.0, (count, 1)))
    turn = np.linspace(0, 1, steps)[None] * rng.uniform(2.2, 5.5, (count, 1))
    wound = tube + turn * 0.75 + np.floor(begin * 4 / np.pi) * 0.2
    ring = 0.021 + depth * np.cos(wound)
    out = depth * 1.15 * np.sin(wound)
    angle = begin + turn
    loose = rng.normal(0, 0.0006, (count, steps, 3))
    flat = (ring * np.cos(angle))[..., None] * first + (ring * np.sin(angle))[..., None] * second
    return middle + flat + out[..., None] * BUN + loose


def _flyaways(head: Head, swept: Points, count: int, rng: np.random.Generator) -> Points:
    """Return loose hairs that leave the combed ones."""
    chosen = swept[rng.integers(0, len(swept), count)][:, :8]
    away = unit(chosen - head.middle)
    steps = np.linspace(0, 1, 8)[None, :, None]
    height = rng.exponential(0.0045, (count, 1, 1)).clip(0, 0.014)
    wander = rng.normal(0, 0.004, (count, 1, 3)) * steps**1.5
    return chosen + away * height * steps**1.6 + wander


def _baby_hairs(head: Head, count: int, rng: np.random.Generator) -> Points:
    """Return short fine hairs along the hairline."""
    turn = np.deg2rad(rng.uniform(-72, 72, count))
    height = np.interp(np.abs(np.degrees(turn)), *HAIRLINES["bun"])
    height += rng.normal(-0.0015, 0.0025, count)
    rise = (head.eye[2] + height - head.middle[2]) / 0.10
    flat = np.sqrt(np.clip(1 - rise**2, 0.05, 1))
    ways = unit(np.stack([np.sin(turn) * flat, -np.cos(turn) * flat, rise], 1))
    t = np.linspace(0, 1, 6)[None, :, None]
    length = rng.uniform(0.08, 0.24, (count, 1, 1))
    heading = np.stack([np.sign(turn) * 0.75, np.full(count, 0.35), np.full(count, 0.35)], 1)
    heading = unit(heading + rng.normal(0, 0.3, heading.shape))
    path = unit(ways[:, None] + heading[:, None] * length * t)
    lift = 0.0004 + 0.0022 * t[..., 0] * rng.uniform(0, 1, (count, 1))
    return head.middle + path * (head.radius(path) + lift)[..., None]


def _tendrils(head: Head, rng: np.random.Generator) -> Points:
    """Return two thin locks that frame the face."""
    found = []
    for side, count, reach in ((1.0, 26, 0.145), (-1.0, 34, 0.165)):
        t = np.linspace(0, 1, 16)[None]
        begin = np.array([side * 0.066, head.middle[1] - 0.052, head.eye[2] + 0.046])
        spread = rng.normal(0, 1, (count, 1)) * (0.0012 + 0.0030 * t)
        deep = rng.normal(0, 1, (count, 1)) * (0.0012 + 0.0024 * t)
        length = reach * rng.uniform(0.8, 1.05, (count, 1))
        bend = 0.013 * np.sin(np.pi * np.clip(t * 1.15, 0, 1)) - 0.006 * t
        x = begin[0] + side * (bend + 0.004 * np.sin(7 * t)) + spread
        y = begin[1] - 0.006 * np.sin(np.pi * t) + 0.022 * t + deep
        z = begin[2] - length * t
        found.append(np.stack(np.broadcast_arrays(x, y, z), -1))
    return np.concatenate(found)


def _bun(head: Head, person: Person, thin: float) -> None:
    """Dress the hair into a low bun."""
    rng = np.random.default_rng(person.seed)
    material = pigment("hair", person.melanin)
    ways = head.roots("bun", int(46000 * thin), rng, 0.0055)
    swept = _swept(head, ways, rng)
    put = [
        ("swept", swept, 0.00030, 0.00022),
        ("coil", _coil(head, int(5200 * thin), rng), 0.00034, 0.00026),
        ("flyaways", _flyaways(head, swept, 420, rng), 0.00013, 0.00006),
        ("baby hairs", _baby_hairs(head, 900, rng), 0.00012, 0.00004),
        ("tendrils", _tendrils(head, rng), 0.00017, 0.00009),
    ]
    for name, strands, root, tip in put:
        studio.curves(name, head.carried(strands), root, tip, material)


def _crop(head: Head, person: Person, thin: float) -> None:
    """Grow short coils, faded at the sides."""
    rng = np.random.default_rng(person.seed)
    count, steps = int(52000 * thin), 9
    ways = head.roots("crop", count, rng, 0.0012)
    up = ways[:, 2]
    fade = np.clip((up - 0.22) / 0.5, 0, 1)
    length = 0.0016 + 0.0095 * fade**1.2
    length *= rng.uniform(0.75, 1.15, count)
    base = head.middle + ways * head.radius(ways)[:, None]
    lean = unit(ways + rng.normal(0, 0.30, ways.shape) + np.array([0, -0.1, 0.15]))
    first = unit(np.cross(lean, rng.normal(size=lean.shape)))
    second = np.cross(lean, first)
    t = np.linspace(0, 1, steps)[None]
    turn = t * (5 + 6 * fade[:, None]) + rng.uniform(0, 6.3, (count, 1))
    wide = (0.0003 + 0.0010 * fade)[:, None] * np.minimum(1, 4 * t)
    strands = (base[:, None] + lean[:, None] * (length[:, None] * t)[..., None]
               + first[:, None] * (wide * np.cos(turn))[..., None]
               + second[:, None] * (wide * np.sin(turn))[..., None])  # fmt: skip
    material = pigment("hair", person.melanin, 0.4, 0.45)
    studio.curves("crop", head.carried(strands), 0.00022, 0.00012, material)


def _brows(head: Head, body: Body, person: Person) -> None:
    """Grow the brows: upright at the nose, lying down towards the temple, an arch."""
    rng = np.random.default_rng(person.seed + 1)
    strong = person.beard
    strands = []
    for side in ("L", "R"):
        eye = body.rest_joint(f"eye.{side}")
        way = math.copysign(1.0, eye[0])
        for _ in range(640 if strong else 600):
            t = rng.random() ** 0.9
            x = way * (abs(eye[0]) - 0.017 + 0.038 * t)
            arch = 0.0062 * math.sin(math.pi * (0.05 + 0.72 * t))
            thick = (0.0021 if strong else 0.0018) * (1 - 0.75 * t) * min(1, 0.55 + 4 * t)
            z = eye[2] + (0.0185 if strong else 0.0205) + arch + rng.normal() * thick
            hit, normal, _, _ = head.tree.ray_cast(Vector((x, -1, z)), Vector((0, 1, 0)))
            if hit is None:
                continue
            heading = np.array(
                [
                    way * (0.45 + 0.6 * t),
                    0.06,
                    0.7 * (1 - t) ** 1.5 - 0.10 - 0.25 * max(0.0, t - 0.6),
                ]
            )
            heading = unit(heading + rng.normal(0, 0.10, 3)) * rng.uniform(0.0035, 0.0065)
            off = np.array(normal)
            start = np.array(hit) + off * 0.0001
            grown = [start + heading * s + off * 0.0009 * math.sin(math.pi * s * 0.8)
                     for s in (0, 0.33, 0.66, 1.0)]  # fmt: skip
            strands.append(np.array(grown))
    material = pigment("brows", 0.93 * person.melanin, 0.4, 0.5)
    studio.curves("brows", head.carried(np.array(strands)), 0.00008, 0.00003, material)


def beard_mask(head: Head, body: Body) -> Points:
    """Return where a beard grows on the resting skin."""
    place = body.rest[:BODY_VERTICES]
    low = place - head.eye
    chin = place[(np.abs(place[:, 0]) < 0.006) & (place[:, 1] < head.eye[1] + 0.03)
                 & (low[:, 2] < -0.06)]  # fmt: skip
    chin_z = chin[chin[:, 2] > head.eye[2] - 0.14][:, 2].min() - head.eye[2]
    aside = np.abs(low[:, 0])
    cheek_line = np.interp(aside, [0, 0.018, 0.028, 0.05, 0.068], [-0.052, -0.055, -0.066, -0.058,
                                                                   -0.02])  # fmt: skip
    below = np.clip((cheek_line - low[:, 2]) / 0.010, 0, 1)
    above = np.clip((low[:, 2] - chin_z + 0.012) / 0.016, 0, 1)
    front = np.clip((head.middle[1] + 0.012 - place[:, 1]) / 0.012, 0, 1)
    return below * above * front * (aside < 0.09)


def scalp_mask(head: Head, body: Body, style: str) -> Points:
    """Return where the scalp is tinted by the hair above it."""
    place = body.rest[:BODY_VERTICES]
    away = place - head.middle
    reach = np.linalg.norm(away, axis=1)
    ways = away / np.maximum(reach, 1e-9)[:, None]
    above = head.above_line(ways, style)
    near = (np.abs(reach - head.radius(ways)) < 0.005) & (reach < 0.16)
    return np.clip((above + 0.001) / 0.012, 0, 1) * near * (0.92 if style == "bun" else 0.85)


def masks(person: Person, body: Body) -> dict[str, Points]:
    """Return what the skin must know of the hair."""
    head = Head(body)
    beard = beard_mask(head, body) if person.beard else np.zeros(BODY_VERTICES)
    return {"scalp": scalp_mask(head, body, person.hair), "beard": beard}


def dress(person: Person, body: Body, *, thin: float = 1.0) -> None:
    """Put the person's hair and brows into the scene."""
    head = Head(body)
    {"bun": _bun, "crop": _crop}[person.hair](head, person, thin)
    _brows(head, body, person)
