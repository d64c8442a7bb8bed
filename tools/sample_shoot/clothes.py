"""Clothes: cut from the body's fitting shell by signed distances, then draped as cloth.

The cut is decided on the resting body, so that the same garment is cut in every pose.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import bmesh
import bpy
import figure
import numpy as np
import studio
from body import BODY_VERTICES, Body
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from nodes import Shader
from numpy.typing import NDArray
from people import Person

Points = NDArray[np.float64]
SOFT = 90.0
"""Sharpness of the corners where two cutting lines meet."""


def _least(*distances: Points) -> Points:
    """Return the smooth minimum."""
    return -np.log(sum(np.exp(-SOFT * np.clip(d, -0.3, 0.3)) for d in distances)) / SOFT


def _arm_distance(place: Points, body: Body, first: str) -> Points:
    """Return the distance to the bones of the arm from ``first`` outwards, both sides."""
    folded = place.copy()
    folded[:, 0] = np.abs(folded[:, 0])
    chain = ["upperarm02.L", "lowerarm01.L", "wrist.L", "finger3-3.L"]
    chain = chain[chain.index(first) :]
    best = np.full(len(place), 9.0)
    for begin, end in pairwise(chain):
        start = body.rest_joint(begin)
        way = body.rest_joint(end) - start
        along = np.clip((folded - start) @ way / (way @ way), 0, 1)
        best = np.minimum(best, np.linalg.norm(folded - start - along[:, None] * way, axis=1))
    return best


def _neck(place: Points, body: Body, radius: float, front: float, back: float) -> Points:
    """Return the distance outside a round neckline."""
    shoulder = body.rest_joint("upperarm01.L")
    ahead = np.clip((shoulder[1] + 0.03 - place[:, 1]) / 0.06, 0, 1)
    centre = shoulder[2] + back + (front - back) * ahead
    drop = np.clip(centre - place[:, 2], 0, None)
    return np.sqrt(place[:, 0] ** 2 + (drop * 0.80) ** 2) - radius


def cut_tank(place: Points, body: Body) -> Points:
    """Return how far inside a tank top the places lie."""
    shoulder = body.rest_joint("upperarm01.L")
    aside, height = np.abs(place[:, 0]), place[:, 2]
    neck = _neck(place, body, 0.083, 0.046, 0.085)
    neck = np.minimum(neck, shoulder[2] + 0.100 - height)
    edge = shoulder[0] - 0.042 + np.clip(shoulder[2] - 0.02 - height, 0, 1) ** 2 * 5.0
    arm = np.where(height > shoulder[2] - 0.13, edge - aside, 0.3)
    hem = height - (body.rest_joint("upperleg01.L")[2] + 0.012)
    limb = _arm_distance(place, body, "upperarm02.L") - 0.074
    return _least(neck, arm, hem, np.where(height < shoulder[2] - 0.03, limb, 0.3))


def cut_tee(place: Points, body: Body) -> Points:
    """Return how far inside a short-sleeved tee the places lie."""
    shoulder, elbow = body.rest_joint("upperarm01.L"), body.rest_joint("lowerarm01.L")
    aside, height = np.abs(place[:, 0]), place[:, 2]
    neck = _neck(place, body, 0.074, 0.082, 0.098)
    neck = np.minimum(neck, shoulder[2] + 0.106 - height)
    folded = place.copy()
    folded[:, 0] = aside
    way = elbow - shoulder
    length = np.linalg.norm(way)
    along = (folded - shoulder) @ way / length
    sleeve = np.where(aside > shoulder[0] + 0.03, 0.60 * length - along, 0.3)
    hem = height - (body.rest_joint("upperleg01.L")[2] + 0.005)
    hand = _arm_distance(place, body, "lowerarm01.L") - 0.07
    return _least(neck, sleeve, hem, hand)


def _legs(place: Points, body: Body, end: float) -> Points:
    """Return how far inside leggings that end at a height the places lie."""
    hip = body.rest_joint("upperleg01.L")
    limb = _arm_distance(place, body, "upperarm02.L") - 0.074
    return _least(hip[2] + 0.11 - place[:, 2], place[:, 2] - end, limb)


def cut_leggings(place: Points, body: Body) -> Points:
    """Return how far inside ankle-length leggings the places lie."""
    return _legs(place, body, body.rest_joint("foot.L")[2] + 0.035)


def cut_shorts(place: Points, body: Body) -> Points:
    """Return how far inside short tights the places lie."""
    hip, knee = body.rest_joint("upperleg01.L")[2], body.rest_joint("lowerleg01.L")[2]
    return _legs(place, body, knee + 0.40 * (hip - knee))


CUTS = {"tank": cut_tank, "tee": cut_tee, "leggings": cut_leggings, "shorts": cut_shorts}


def covered(person: Person, body: Body) -> NDArray[np.bool_]:
    """Return the skin that lies well under clothes."""
    place = body.rest[:BODY_VERTICES]
    return np.maximum(
        np.where(CUTS[person.top](place, body) > 0.05, 1, 0),
        np.where(CUTS[person.bottom](place, body) > 0.05, 1, 0),
    ).astype(bool)


def _mark(shell, body: Body, kind: str) -> Points:
    """Write how far inside the garment every vertex lies."""
    known = shell.data.attributes.get("inside")
    if known:
        shell.data.attributes.remove(known)
    inside = CUTS[kind](studio.read(shell, "rest"), body)
    studio.attribute(shell, "inside", inside)
    return inside


def _shell(name: str, body: Body, kind: str, levels: int):
    """Return the fitting shell near the garment, subdivided, with places and distances."""
    shell, _ = figure.part(name, ["helper-tights"], body)
    studio.subdivide(shell, levels)
    studio.apply(shell)
    inside = _mark(shell, body, kind)
    _hide(shell, inside < 0)
    return shell


def _hide(shell, gone: NDArray[np.bool_]) -> None:
    """Delete the faces all of whose corners are to go."""
    work = bmesh.new()
    work.from_mesh(shell.data)
    dead = [face for face in work.faces if all(gone[v.index] for v in face.verts)]
    bmesh.ops.delete(work, geom=dead, context="FACES")
    work.to_mesh(shell.data)
    work.free()


def _trim(shell) -> None:
    """Cut the shell exactly along the line where the distance is zero."""
    work = bmesh.new()
    work.from_mesh(shell.data)
    layer = work.verts.layers.float["inside"]
    for edge in list(work.edges):
        first, second = edge.verts
        a, b = first[layer], second[layer]
        if a * b < 0:
            share = min(max(a / (a - b), 0.02), 0.98)
            _, fresh = bmesh.utils.edge_split(edge, first, share)
            fresh[layer] = 0.0
    for face in list(work.faces):
        zero = [v for v in face.verts if v[layer] == 0.0]
        mixed = min(v[layer] for v in face.verts) < 0 < max(v[layer] for v in face.verts)
        if mixed and len(zero) == 2:
            bmesh.utils.face_split(face, zero[0], zero[1])
    gone = [f for f in work.faces if min(v[layer] for v in f.verts) < -1e-7]
    bmesh.ops.delete(work, geom=gone, context="FACES")
    bmesh.ops.remove_doubles(work, verts=work.verts, dist=0.0014)
    work.to_mesh(shell.data)
    work.free()


def _loosen(shell, body: Body, kind: str) -> None:
    """Move the shell off the body: little at the shoulders, more at the waist."""
    place, now = studio.read(shell, "rest"), studio.points(shell)
    normals = np.empty(len(now) * 3, "f4")
    shell.data.vertices.foreach_get("normal", normals)
    normals = normals.reshape(-1, 3)
    shoulder = body.rest_joint("upperarm01.L")[2]
    down = np.clip((shoulder - place[:, 2]) / 0.35, 0, 1)
    ease = {"tank": 0.002 + 0.007 * down, "tee": 0.003 + 0.010 * down}.get(kind, 0.0018)
    if kind == "tee":
        away = np.clip((np.abs(place[:, 0]) - body.rest_joint("upperarm01.L")[0]) / 0.04, 0, 1)
        ease = ease + 0.003 * away
    moved = now + normals * np.broadcast_to(ease, len(now))[:, None]
    shell.data.vertices.foreach_set("co", moved.astype("f4").ravel())
    shell.data.update()


DRAPE = {"tank": -0.06, "tee": -0.035}
"""How much the cloth is too large (negative shrinking); what is draped keeps its folds by this."""


def _fingerprint(shape: Points, kind: str, frames: int) -> str:
    """Return a name for one drape, so that it is simulated once."""
    words = f"{kind} {frames} {DRAPE[kind]} near".encode()
    return hashlib.sha256(np.round(shape, 6).tobytes() + words).hexdigest()[:16]


def _drape(shell, body: Body, kind: str, frames: int, scratch: Path) -> None:
    """Let the shell fall on the body as cloth."""
    kept = scratch / f"drape-{_fingerprint(studio.points(shell), kind, frames)}.npy"
    if kept.exists():
        shell.data.vertices.foreach_set("co", np.load(kept).astype("f4").ravel())
        shell.data.update()
        return
    collider, _ = figure.part("collider", ["helper-tights"], body)
    bump = collider.modifiers.new("collision", "COLLISION")
    bump.settings.thickness_outer = 0.002
    bump.settings.cloth_friction = 30
    cloth = shell.modifiers.new("cloth", "CLOTH")
    settings = cloth.settings
    settings.quality = 6
    settings.mass = 0.22
    settings.tension_stiffness = settings.compression_stiffness = 18
    settings.shear_stiffness = 6
    settings.bending_stiffness = 0.12
    settings.shrink_min = DRAPE[kind]
    cloth.collision_settings.distance_min = 0.003
    cloth.collision_settings.collision_quality = 2
    cloth.point_cache.frame_end = frames
    scene = bpy.context.scene
    for frame in range(1, frames + 1):
        scene.frame_set(frame)
    studio.apply(shell)
    scene.frame_set(1)
    bpy.data.objects.remove(collider)
    np.save(kept, studio.points(shell))


def _folds(shade: Shader):
    """Return the height of soft folds: falling, lying and slanting ones."""
    total = shade.math("MULTIPLY", shade.noise(16, 2), 5.0)
    for scales, weight in (
        ((11.0, 11.0, 2.6), 13.0),
        ((4.0, 4.0, 10.0), 7.0),
        ((15.0, 6.0, 9.0), 9.0),
    ):
        where = shade.vector("MULTIPLY", shade.place(), scales)
        ridge = shade.noise(1.0, 1, where)
        total = shade.math("ADD", total, shade.math("MULTIPLY", ridge, weight))
    return total


def _settle(shell, body: Body) -> None:
    """Lay what rests on the shoulders close to the skin."""
    faces = [[v for v, _ in face] for face in figure.base_mesh()[0]["body"]]
    skin = BVHTree.FromPolygons([tuple(p) for p in body.posed[:BODY_VERTICES]], faces)
    now, place = studio.points(shell), studio.read(shell, "rest")
    low = body.rest_joint("upperarm01.L")[2] - 0.02
    share = np.clip((place[:, 2] - low) / 0.06, 0, 1)
    for index in np.flatnonzero(share):
        near, normal, _, _ = skin.find_nearest(Vector(now[index]))
        if near is not None:
            aim = np.array(near + normal * 0.0035)
            now[index] += share[index] * (aim - now[index])
    shell.data.vertices.foreach_set("co", now.astype("f4").ravel())
    shell.data.update()


def _fabric(
    name: str, colour: tuple[float, float, float], *, matt: float, band: float, folded: float
):
    """Return a knitted cloth: heather, fine ribs, a stitched band along the edges."""
    shade = Shader(name)
    heather = shade.noise(420, 4)
    tint = shade.ramp(heather, [(0.35, tuple(c * 0.92 for c in colour)),
                                (0.65, tuple(c * 1.07 for c in colour))])  # fmt: skip
    inside = shade.attribute("inside")
    stitch = [(0.0, 0.80), (0.0012, 1.0), (band, 1.0), (band + 0.0012, 0.62),
              (band + 0.0026, 1.0)]  # fmt: skip
    seam = shade.ramp(inside, stitch)
    shade.set(
        Base_Color=shade.mix(1.0, tint, seam, "MULTIPLY"),
        Roughness=matt,
        Sheen_Weight=0.25,
        Sheen_Roughness=0.5,
        Specular_IOR_Level=0.2,
    )
    knit = shade.math("MULTIPLY", shade.noise(1300, 2), 0.45)
    knit = shade.math("ADD", knit, shade.math("MULTIPLY", seam, 1.2))
    folds = shade.math("MULTIPLY", _folds(shade), folded)
    shade.bump(shade.math("ADD", knit, folds), 0.5, 0.0024)
    return shade.material


def _garment(name: str, kind: str, body: Body, material, *, drape=None, under: str = ""):
    """Cut, drape and sew one garment; leave out what lies deep under another one."""
    shell = _shell(name, body, kind, 1 if kind in DRAPE else 2)
    if under:
        _hide(shell, CUTS[under](studio.read(shell, "rest"), body) > 0.035)
    _loosen(shell, body, kind)
    if kind in DRAPE:
        _drape(shell, body, kind, *drape)
        studio.subdivide(shell, 1)
        studio.apply(shell)
        _mark(shell, body, kind)
        _settle(shell, body)
    _trim(shell)
    shell.data.polygons.foreach_set("use_smooth", [True] * len(shell.data.polygons))
    thick = shell.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.0016, 0.0
    studio.subdivide(shell, 1)
    shell.data.materials.clear()
    shell.data.materials.append(material)
    return shell


def dress(person: Person, body: Body, *, frames: int, scratch: Path):
    """Dress the person; return the top and the bottom."""
    bottom_cloth = _fabric("bottom", person.bottom_colour, matt=0.75, band=0.030, folded=0.2)
    top_cloth = _fabric("top", person.top_colour, matt=0.88, band=0.013, folded=1.0)
    bottom = _garment("bottom", person.bottom, body, bottom_cloth, under=person.top)
    top = _garment("top", person.top, body, top_cloth, drape=(frames, scratch))
    return top, bottom
