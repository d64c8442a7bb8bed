"""Who stands in the sample shoot: two people who do not exist, and how they stand.

Rotations are in degrees about the axes of the resting body (``x`` to its left, ``y`` to its back,
``z`` up) or about the bone's own (``lx``, ``ly``, ``lz``). Bones of the right side carry the
mirrored numbers unless a pose says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Turns = dict[str, list[tuple[str, float]]]
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Plate:
    """One picture of the shoot: a pose, a turn of the body and a crop."""

    name: str
    pose: Turns
    turn: float
    """Degrees the whole body turns to its own left (image right)."""
    low: float
    """Lower edge of the frame, as a share of the body height."""
    high: float
    """Upper edge of the frame, as a share of the body height."""
    shift: float = 0.0
    """Metres the figure stands to the image right of the middle."""


@dataclass(frozen=True, slots=True)
class Person:
    """The build, the skin and the clothes of one figure."""

    name: str
    phenotype: dict[str, float]
    local: dict[str, float]
    skin: tuple[Colour, Colour]
    """Darkest and lightest linear albedo of the skin."""
    lips: Colour
    flush: Colour
    iris: tuple[Colour, Colour]
    hair: str
    """``bun`` or ``crop``."""
    melanin: float
    beard: bool
    top: str
    """``tank`` or ``tee``."""
    top_colour: Colour
    bottom: str
    """``leggings`` or ``shorts``."""
    bottom_colour: Colour
    seed: int = 7
    plates: tuple[Plate, ...] = field(default=())


def _mirror(turns: Turns) -> Turns:
    """Add the right side to the bones named ``.L``."""
    both = dict(turns)
    for bone, steps in turns.items():
        if bone.endswith(".L"):
            flipped = [(axis, -deg if axis in ("y", "z") else deg) for axis, deg in steps]
            both.setdefault(bone[:-1] + "R", flipped)
    return both


def _relaxed_hand(curl: float = 1.0) -> Turns:
    """Return fingers half closed, more towards the little finger."""
    turns: Turns = {"finger1-2.L": [("lx", 12 * curl)], "finger1-3.L": [("lx", 16 * curl)]}
    for finger, first, second, third in (
        (2, 12, 20, 14),
        (3, 18, 26, 18),
        (4, 22, 30, 20),
        (5, 26, 30, 20),
    ):
        for joint, degrees in enumerate((first, second, third), 1):
            turns[f"finger{finger}-{joint}.L"] = [("lx", degrees * curl)]
    return turns


def _standing(arm: float, *, back: float = 6.0) -> Turns:
    """Return arms lowered by ``arm`` degrees, soft elbows, feet a little closer."""
    return {
        "clavicle.L": [("y", arm * 0.08)],
        "upperarm01.L": [("y", arm * 0.92), ("x", back)],
        "lowerarm01.L": [("x", -4), ("y", 9)],
        "wrist.L": [("y", 4)],
        "jaw": [("x", -1.2)],
        "upperleg01.L": [("y", 4.0)],
        "foot.L": [("y", -3.0)],
        **_relaxed_hand(),
    }


def _apose(arm: float, tilt: float) -> Turns:
    """Return the A-pose, the head a little turned and tilted, the weight a little shifted."""
    turns = _mirror(_standing(arm))
    turns["neck02"] = [("y", tilt), ("z", 2 * tilt)]
    turns["head"] = [("y", tilt * 0.6), ("z", 1.5 * tilt), ("x", 2)]
    turns["eye.L"] = turns["eye.R"] = [("z", -3.5 * tilt), ("x", -1)]
    turns["spine04"] = [("y", -tilt * 0.7)]
    turns["spine02"] = [("y", tilt * 0.5)]
    turns["finger2-2.R"] = [("lx", 14)]
    return turns


def _three_quarter(arm: float) -> Turns:
    """Return a relaxed stand whose head looks back to the camera."""
    turns = _mirror(_standing(arm, back=6) | {"lowerarm01.L": [("x", 8), ("y", 9)]})
    turns["neck01"] = [("z", -8)]
    turns["neck03"] = [("z", -8)]
    turns["head"] = [("z", -12), ("x", 2)]
    turns["eye.L"] = turns["eye.R"] = [("z", -10), ("x", -1)]
    return turns


def _walking(arm: float) -> Turns:
    """Return a stride: the left leg in front, the right arm swinging along."""
    turns = _mirror(_standing(arm, back=6))
    turns["upperleg01.L"] = [("x", -20), ("y", 4)]
    turns["lowerleg01.L"] = [("x", 5)]
    turns["foot.L"] = [("x", 12)]
    turns["upperleg01.R"] = [("x", 12), ("y", -4)]
    turns["lowerleg01.R"] = [("x", 24)]
    turns["foot.R"] = [("x", -13)]
    for toe in range(1, 6):
        turns[f"toe{toe}-1.R"] = [("x", -16)]
    turns["upperarm01.L"] = [("y", arm), ("x", 20)]
    turns["upperarm01.R"] = [("y", -arm), ("x", -4)]
    turns["lowerarm01.L"] = [("x", 4), ("y", 9)]
    turns["lowerarm01.R"] = [("x", 10), ("y", -9)]
    turns["spine03"] = [("z", 4)]
    turns["spine01"] = [("z", 4)]
    turns["neck02"] = [("z", -12)]
    turns["head"] = [("z", -8), ("x", 2)]
    turns["eye.L"] = turns["eye.R"] = [("z", -6), ("x", -1)]
    return turns


def _plates(arm: float, tilt: float) -> tuple[Plate, ...]:
    return (
        Plate("front-half", _apose(arm, tilt), 0, 0.425, 1.05),
        Plate("front-full", _apose(arm, tilt), 0, -0.06, 1.06),
        Plate("three-quarter", _three_quarter(arm + 4), 38, 0.425, 1.05, -0.07),
        Plate("walking", _walking(arm), 20, -0.06, 1.06),
    )


INES = Person(
    name="ines",
    phenotype={
        "gender": 1.0, "age": 0.66, "muscle": 0.52, "weight": 0.38, "height": 0.52,
        "proportions": 0.85, "cupsize": 0.38, "firmness": 0.75,
        "african": 0.15, "asian": 0.2, "caucasian": 0.65,
    },
    local={"mouth-angles-up": 0.5, "head-fat-incr": -0.35, "l-cheek-volume-incr": -0.3,
           "r-cheek-volume-incr": -0.3, "l-cheek-bones-incr": 0.3, "r-cheek-bones-incr": 0.3},
    skin=((0.40, 0.205, 0.125), (0.52, 0.29, 0.19)),
    lips=(0.36, 0.10, 0.085),
    flush=(0.50, 0.17, 0.11),
    iris=((0.10, 0.045, 0.018), (0.05, 0.022, 0.01)),
    hair="bun", melanin=0.93, beard=False,
    top="tank", top_colour=(0.05, 0.12, 0.20),
    bottom="leggings", bottom_colour=(0.035, 0.022, 0.032),
    seed=7,
    plates=_plates(24, 1.2),
)  # fmt: skip

TOMAS = Person(
    name="tomas",
    phenotype={
        "gender": 0.0, "age": 0.66, "muscle": 0.68, "weight": 0.46, "height": 0.36,
        "proportions": 0.85, "cupsize": 0.3, "firmness": 0.6,
        "african": 0.8, "asian": 0.0, "caucasian": 0.2,
    },
    local={"mouth-angles-up": 0.35},
    skin=((0.085, 0.036, 0.02), (0.15, 0.068, 0.038)),
    lips=(0.14, 0.045, 0.035),
    flush=(0.17, 0.06, 0.035),
    iris=((0.045, 0.02, 0.01), (0.02, 0.01, 0.006)),
    hair="crop", melanin=0.97, beard=True,
    top="tee", top_colour=(0.028, 0.145, 0.145),
    bottom="shorts", bottom_colour=(0.045, 0.05, 0.065),
    seed=11,
    plates=_plates(24, -1.0),
)  # fmt: skip

PEOPLE = {person.name: person for person in (INES, TOMAS)}
