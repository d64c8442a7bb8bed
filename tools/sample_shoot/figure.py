"""The figure without clothes and hair: skin, eyes and lashes."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import studio
from body import BODY_VERTICES, Body, data_folder
from nodes import Shader
from numpy.typing import NDArray
from people import Person

Points = NDArray[np.float64]


@cache
def base_mesh() -> tuple[dict[str, list[list[tuple[int, int]]]], Points]:
    """Return the faces of every group of the base mesh, and its texture points."""
    groups: dict[str, list[list[tuple[int, int]]]] = defaultdict(list)
    texture: list[tuple[float, float]] = []
    group = ""
    for line in (data_folder() / "3dobjs" / "base.obj").read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "vt":
            texture.append((float(words[1]), float(words[2])))
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f":
            corners = [word.split("/") for word in words[1:]]
            groups[group].append([(int(c[0]) - 1, int(c[1]) - 1) for c in corners])
    return dict(groups), np.array(texture)


def part(name: str, groups: list[str], body: Body, material=None, *, drop=None):
    """Return a part of the base mesh in the pose, its resting place as an attribute."""
    known, texture = base_mesh()
    faces = [face for group in groups for face in known[group]]
    if drop is not None:
        faces = [face for face in faces if not all(drop[v] for v, _ in face)]
    used = sorted({v for face in faces for v, _ in face})
    place = {v: i for i, v in enumerate(used)}
    made = studio.mesh(
        name, body.posed[used], [[place[v] for v, _ in face] for face in faces], material
    )
    corners = np.array([texture[t] for face in faces for _, t in face], "f4")
    made.data.uv_layers.new(name="UV").data.foreach_set("uv", corners.ravel())
    studio.attribute(made, "rest", body.rest[used])
    return made, used


def bell(place: Points, centre: Points, radius: float) -> Points:
    """Return 1 at the centre, 0 from about two radii away."""
    return np.exp(-(np.linalg.norm(place - centre, axis=1) ** 2) / radius**2)


def flush(body: Body) -> Points:
    """Return where blood shines through: cheeks, nose, ears, elbows, knees, knuckles."""
    place = body.rest[:BODY_VERTICES]
    total = np.zeros(len(place))
    for side in "LR":
        eye = body.rest_joint(f"eye.{side}")
        cheek = eye + np.array([np.sign(eye[0]) * 0.014, -0.005, -0.042])
        total += 0.75 * bell(place, cheek, 0.026)
        for bone, radius in (("lowerarm01", 0.05), ("lowerleg01", 0.07), ("foot", 0.05)):
            total += 0.5 * bell(place, body.rest_joint(f"{bone}.{side}"), radius)
        for finger in (2, 3, 4, 5):
            for joint in (1, 2, 3):
                total += 0.4 * bell(place, body.rest_joint(f"finger{finger}-{joint}.{side}"), 0.012)
    middle = (body.rest_joint("eye.L") + body.rest_joint("eye.R")) / 2
    tip = place[(np.abs(place[:, 0]) < 0.01) & (np.abs(place[:, 2] - middle[2] + 0.035) < 0.02)]
    if len(tip):
        total += 0.6 * bell(place, tip[tip[:, 1].argmin()], 0.016)
    return np.clip(total, 0, 1)


def skin(person: Person):
    """Return the material of the skin."""
    shade = Shader("skin")
    folder = data_folder() / "textures"
    dark, light = person.skin
    blotch = shade.noise(14, 5)
    colour = shade.ramp(blotch, [(0.32, dark), (0.68, light)])
    freckles = shade.step(shade.noise(420, 2), 0.62, 0.72)
    colour = shade.mix(shade.math("MULTIPLY", freckles, 0.22), colour, dark)
    red = shade.math("MULTIPLY", shade.attribute("flush"), 0.5)
    colour = shade.mix(red, colour, person.flush)
    nail = tuple(0.5 * a + 0.4 * b for a, b in zip(light, (0.6, 0.3, 0.25), strict=True))
    lips = shade.mask(str(folder / "mpfb_lips.jpg"))
    for name, share, tint in (
        ("ears", 0.3, person.flush),
        ("eyelids", 0.4, tuple(c * 0.55 for c in dark)),
        ("fingernails", 0.6, nail),
        ("toenails", 0.6, nail),
    ):
        picture = shade.mask(str(folder / f"mpfb_{name}.jpg"))
        colour = shade.mix(shade.math("MULTIPLY", picture, share), colour, tint)
    colour = shade.mix(shade.math("MULTIPLY", lips, 0.8), colour, person.lips)
    hairy = tuple(c * 0.22 for c in dark)
    colour = shade.mix(shade.attribute("scalp"), colour, hairy)
    colour = shade.mix(shade.math("MULTIPLY", shade.attribute("beard"), 0.5), colour, hairy)
    rough = shade.ramp(shade.noise(60, 4), [(0.3, 0.40), (0.7, 0.56)])
    rough = shade.mix(lips, rough, (0.34,) * 3)
    pores = shade.math("ADD", shade.cells(1500), shade.math("MULTIPLY", shade.noise(500, 4), 1.3))
    shade.bump(pores, 0.22, 0.0009)
    shade.set(
        Base_Color=colour,
        Roughness=rough,
        Specular_IOR_Level=0.42,
        Subsurface_Weight=0.55,
        Subsurface_Radius=(1.0, 0.42, 0.28),
        Subsurface_Scale=0.005,
    )
    return shade.material


def eyes(person: Person, body: Body) -> None:
    """Put in the eyes: pupil, iris, limbus, white, wet."""
    for side in "lr":
        known, _ = base_mesh()
        used = sorted({v for face in known[f"helper-{side}-eye"] for v, _ in face})
        ball = body.rest[used]
        centre, radius = (ball.max(0) + ball.min(0)) / 2, np.ptp(ball[:, 2]) / 2
        shade = Shader(f"eye-{side}")
        flat = shade.vector("SUBTRACT", shade.place(), tuple(centre))
        flat = shade.vector("MULTIPLY", flat, (1 / radius, 0.0, 1 / radius))
        outer, inner = person.iris
        colour = shade.ramp(
            shade.vector("LENGTH", flat, (0.0, 0.0, 0.0)),
            [
                (0.0, 0.003), (0.19, 0.003), (0.22, outer), (0.38, inner),
                (0.46, (0.012, 0.008, 0.006)), (0.51, (0.42, 0.395, 0.375)),
                (0.9, (0.36, 0.28, 0.25)),
            ],
        )  # fmt: skip
        shade.set(Base_Color=colour, Roughness=0.06, Coat_Weight=0.5)
        ball_part, _ = part(f"eye-{side}", [f"helper-{side}-eye"], body, shade.material)
        studio.subdivide(ball_part, 2)


def lashes(body: Body) -> None:
    """Comb the lash strips into single lashes by a striped transparency."""
    shade = Shader("lash")
    stripes = shade.node("ShaderNodeTexNoise")
    squeezed = shade.vector("MULTIPLY", shade.place(), (1.0, 0.15, 0.15))
    shade.feed(stripes.inputs["Vector"], squeezed)
    shade.feed(stripes.inputs["Scale"], 2600.0)
    alpha = shade.math("MULTIPLY", shade.step(stripes.outputs[0], 0.45, 0.60), 0.55)
    shade.set(Base_Color=(0.008, 0.006, 0.005), Roughness=0.7, Alpha=alpha)
    names = [f"helper-{side}-eyelashes-{row}" for side in "lr" for row in (1, 2)]
    strip, _ = part("lashes", names, body, shade.material)
    studio.subdivide(strip, 2)


def undressed(person: Person, body: Body, masks: dict[str, Points], covered) -> None:
    """Put skin, eyes and lashes into the scene; skin well under clothes is left out."""
    surface, used = part("body", ["body"], body, skin(person), drop=covered)
    studio.attribute(surface, "flush", flush(body)[used])
    for name, values in masks.items():
        studio.attribute(surface, name, values[used])
    studio.subdivide(surface, 2)
    eyes(person, body)
    lashes(body)
