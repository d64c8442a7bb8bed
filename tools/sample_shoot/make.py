"""Make the sample shoot: plates, landmark cards, measurements and garments.

python tools/sample_shoot/make.py --out src/sosie/samples
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import body as bodies
import bpy
import clothes
import figure
import flatlays
import hair
import landmarks
import studio
from mathutils import Matrix
from people import PEOPLE, Person, Plate
from PIL import Image

FULL, GARMENT = (1536, 2048), (1200, 1600)


def write(path: Path, value: object) -> None:
    """Write JSON that people can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def enlarge(path: Path, size: tuple[int, int]) -> None:
    """Bring a picture that was rendered smaller to its final size."""
    with Image.open(path) as picture:
        if picture.size != size:
            picture.resize(size, Image.Resampling.LANCZOS).save(path, quality=88, optimize=True)


def stand(person: Person, plate: Plate, scratch: Path, *, quick: bool):
    """Build the scene of one plate; return what its card needs."""
    body = bodies.make(person, plate.pose, scratch)
    tall = body.posed[: bodies.BODY_VERTICES, 2].max()
    studio.empty()
    figure.undressed(person, body, hair.masks(person, body), clothes.covered(person, body))
    hair.dress(person, body, thin=0.5 if quick else 1.0)
    worn = clothes.dress(person, body, frames=12 if quick else 24, scratch=scratch)
    turn = landmarks.turned(plate)
    for thing in bpy.data.objects:
        thing.matrix_world = Matrix(turn.tolist()) @ thing.matrix_world
    studio.backdrop()
    studio.portrait_lights()
    held = studio.camera(plate.low * tall, plate.high * tall, (0.0, -0.1))
    bpy.context.view_layer.update()
    return body, worn, landmarks.View(turn, held, FULL)


def shoot(person: Person, plate: Plate, folder: Path, asked: argparse.Namespace) -> None:
    """Make one plate and its card."""
    body, worn, view = stand(person, plate, asked.scratch, quick=asked.quick)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / f"{plate.name}.json", landmarks.card(person, plate, body, view, worn))
    if asked.cards:
        return
    path = folder / f"{plate.name}.jpg"
    small = tuple(round(side * asked.scale) for side in FULL)
    studio.expose(path, small, asked.samples)
    enlarge(path, FULL)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--out", type=Path, required=True, help="folder to fill")
    reader.add_argument("--quick", action="store_true", help="a third of the size, few samples")
    reader.add_argument("--only", default="", help="words of what to make, as ines/walking or tee")
    reader.add_argument("--cards", action="store_true", help="cards only, no pictures of people")
    reader.add_argument("--samples", type=int, default=16)
    reader.add_argument("--scale", type=float, default=1.0, help="render smaller, then enlarge")
    reader.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / "sosie-shoot")
    asked = reader.parse_args()
    if asked.quick:
        asked.samples, asked.scale = 5, 0.33
    return asked


def main() -> None:
    """Make all that was asked for."""
    asked = arguments()
    words = asked.only.split()
    for person in PEOPLE.values():
        folder = asked.out / "shoot" / person.name
        for plate in person.plates:
            if words and f"{person.name}/{plate.name}" not in words:
                continue
            shoot(person, plate, folder, asked)
            rest = bodies.make(person, plate.pose, asked.scratch)
            write(folder / "measurements.json", bodies.measurements(rest))
    for garment in flatlays.GARMENTS.values():
        if words and garment.name not in words:
            continue
        path = asked.out / "garments" / f"{garment.name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        small = tuple(round(side * asked.scale) for side in GARMENT)
        flatlays.picture(garment, path, small, asked.samples)
        enlarge(path, GARMENT)


if __name__ == "__main__":
    main()
