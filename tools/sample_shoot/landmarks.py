"""Landmark cards: the points of the body as the camera sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
import numpy as np
import studio
from body import BODY_VERTICES, Body
from mathutils import Vector
from numpy.typing import NDArray
from people import Person, Plate

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """From the space of the pose through the turn of the body to pixels."""

    matrix: Points
    camera: bpy.types.Object
    size: tuple[int, int]

    def world(self, place: Points) -> Points:
        """Return places of the pose in the studio."""
        return np.atleast_2d(place) @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def pixels(self, place: Points) -> Points:
        """Return where places of the pose appear in the picture."""
        world, (x, y, z) = self.world(place), self.camera.location
        frame = (world[:, 1] - y) * 36 / 85
        wide, tall = self.size
        right = 0.5 + (world[:, 0] - x) / frame * tall / wide
        down = 0.5 - ((world[:, 2] - z) / frame - self.camera.data.shift_y)
        return np.stack([right * wide, down * tall], 1)

    def hidden(self, place: Points, slack: float) -> bool:
        """Return whether something stands before a place by more than ``slack`` metres."""
        eye, aim = self.camera.location, Vector(self.world(place)[0])
        graph = bpy.context.evaluated_depsgraph_get()
        way = aim - eye
        hit, where, *_ = bpy.context.scene.ray_cast(graph, eye, way.normalized())
        return bool(hit) and (where - eye).length < way.length - slack


def turned(plate: Plate) -> Points:
    """Return the matrix that turns and shifts the figure."""
    angle = math.radians(plate.turn)
    made = np.eye(4)
    made[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    made[0, 3] = plate.shift
    return made


def _nearest(chosen: NDArray[np.bool_], score: Points) -> int:
    """Return the index of the best vertex among the chosen."""
    return int(np.where(chosen, score, -np.inf).argmax())


def _surface(body: Body, sign: int) -> dict[str, int]:
    """Return vertices of the shoulder point and the armpit on one side of the resting skin."""
    rest = body.rest[:BODY_VERTICES]
    shoulder = body.rest_joint("upperarm01.L")
    aside = rest[:, 0] * sign
    above = (np.abs(aside - shoulder[0] - 0.022) < 0.012) & (rest[:, 2] > shoulder[2])
    below = (
        (aside > shoulder[0] - 0.012)
        & (aside < shoulder[0] + 0.05)
        & (np.abs(rest[:, 1] - shoulder[1]) < 0.035)
        & (rest[:, 2] < shoulder[2] - 0.05)
        & (rest[:, 2] > shoulder[2] - 0.2)
    )
    return {"shoulder": _nearest(above, rest[:, 2]), "armpit": _nearest(below, rest[:, 2])}


def _edges(cloud: Points, row: float, half: float = 5.0) -> tuple[Points, Points] | None:
    """Return the left and right ends of a cloud of pixels near a row."""
    near = cloud[np.abs(cloud[:, 1] - row) < half]
    if len(near) < 4:
        return None
    return near[near[:, 0].argmin()], near[near[:, 0].argmax()]


def _trunk(body: Body, view: View, top, bottom, rows: tuple[float, float, float]):
    """Return waist and hip ends on the outline of the clothes."""
    shoulder = body.rest_joint("upperarm01.L")[0]
    clouds = []
    for garment in (top, bottom):
        graph = bpy.context.evaluated_depsgraph_get()
        done = garment.evaluated_get(graph)
        rest = studio.read(done, "rest")
        clouds.append(view.pixels(studio.points(done))[np.abs(rest[:, 0]) < shoulder + 0.015])
    both = np.concatenate(clouds)
    armpit, hip, crotch = rows
    step = (hip - armpit) / 40
    waist = [_edges(clouds[0], row) for row in np.arange(armpit + 16 * step, hip - 6 * step, step)]
    hips = [_edges(both, row) for row in np.arange(hip - 6 * step, crotch, step)]
    narrow = min((e for e in waist if e), key=lambda e: e[1][0] - e[0][0])
    wide = max((e for e in hips if e), key=lambda e: e[1][0] - e[0][0])
    return narrow, wide


def _face(body: Body, view: View) -> tuple[list[int], Points]:
    """Return the box of the face and the chin."""
    rest = body.rest[:BODY_VERTICES]
    eye = (body.rest_joint("eye.L") + body.rest_joint("eye.R")) / 2
    middle = (np.abs(rest[:, 0]) < 0.008) & (rest[:, 1] < eye[1] + 0.022)
    middle &= (rest[:, 2] < eye[2] - 0.06) & (rest[:, 2] > eye[2] - 0.16)
    chin = body.posed[_nearest(middle, -rest[:, 2])]
    front = (rest[:, 1] < eye[1] + 0.06) & (rest[:, 2] > eye[2] - 0.125)
    front &= (rest[:, 2] < eye[2] + 0.07) & (np.abs(rest[:, 0]) < 0.085)
    seen = view.pixels(body.posed[:BODY_VERTICES][front])
    low = view.pixels(chin)[0]
    box = [seen[:, 0].min(), seen[:, 1].min(), seen[:, 0].max(), low[1]]
    return [round(float(value)) for value in box], chin


def card(person: Person, plate: Plate, body: Body, view: View, clothes) -> dict[str, object]:
    """Return the landmark card of a plate."""
    posed, rest = body.posed[:BODY_VERTICES], body.rest[:BODY_VERTICES]
    box, chin = _face(body, view)
    crown = posed[rest[:, 2].argmax()] + np.array([0, 0, 0.011 if person.hair == "crop" else 0.006])
    found: dict[str, Points | None] = {"crown": view.pixels(crown)[0], "chin": view.pixels(chin)[0]}
    collar = body.rest_joint("neck01")[2] - 0.006
    ring = (np.abs(rest[:, 2] - collar) < 0.008) & (np.abs(rest[:, 0]) < 0.08)
    neck = view.pixels(posed[ring])
    found["neck_l"], found["neck_r"] = neck[neck[:, 0].argmin()], neck[neck[:, 0].argmax()]
    pits: list[float] = []
    for side, sign, bone in (("l", -1, "R"), ("r", 1, "L")):
        for name, index in _surface(body, sign).items():
            place = posed[index]
            slack = 0.12
            pixel = view.pixels(place)[0]
            found[f"{name}_{side}"] = None if view.hidden(place, slack) else pixel
            pits += [pixel[1]] if name == "armpit" else []
        for name, joint in (("elbow", "lowerarm01"), ("wrist", "wrist"), ("knee", "lowerleg01"),
                            ("ankle", "foot")):  # fmt: skip
            place = body.joint(f"{joint}.{bone}")
            found[f"{name}_{side}"] = None if view.hidden(place, 0.10) else view.pixels(place)[0]
    hip = view.pixels(body.joint("upperleg01.L"))[0][1]
    crotch = hip + 0.35 * (view.pixels(body.joint("lowerleg01.L"))[0][1] - hip) * 0.5
    narrow, wide = _trunk(body, view, *clothes, (float(np.mean(pits)), hip, crotch))
    found["waist_l"], found["waist_r"] = narrow
    found["hip_l"], found["hip_r"] = wide
    return {
        "sosie": "card/1",
        "plate": plate.name,
        "view": plate.name,
        "size": list(view.size),
        "landmarks": {name: _inside(place, view.size) for name, place in found.items()},
        "face": box,
    }


def _inside(place: Points | None, size: tuple[int, int]) -> list[int] | None:
    """Return whole pixels, or nothing when out of the frame."""
    if place is None:
        return None
    x, y = round(float(place[0])), round(float(place[1]))
    return [x, y] if 0 <= x < size[0] and 0 <= y < size[1] else None
