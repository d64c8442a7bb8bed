"""The studio: backdrop, lights, camera, and the meshes that stand in it."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from nodes import Shader
from numpy.typing import NDArray
from PIL import Image

Points = NDArray[np.float64]
Faces = list[list[int]]


def empty() -> bpy.types.Scene:
    """Return an empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene


def link(name: str, data: bpy.types.ID) -> bpy.types.Object:
    """Put data into the scene as an object."""
    added = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(added)
    return added


def mesh(name: str, points: Points, faces: Faces, material: bpy.types.Material | None = None):
    """Return a smooth-shaded mesh object."""
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(point) for point in points], [], faces)
    data.polygons.foreach_set("use_smooth", [True] * len(faces))
    if material:
        data.materials.append(material)
    return link(name, data)


def attribute(thing: bpy.types.Object, name: str, values: Points) -> None:
    """Write one value or vector per vertex."""
    vector = values.ndim == 2
    kind, field = ("FLOAT_VECTOR", "vector") if vector else ("FLOAT", "value")
    added = thing.data.attributes.new(name, kind, "POINT")
    added.data.foreach_set(field, values.astype("f4").ravel())


def read(thing: bpy.types.Object, name: str) -> Points:
    """Read one value or vector per vertex."""
    found = thing.data.attributes[name]
    vector = found.data_type == "FLOAT_VECTOR"
    flat = np.empty(len(found.data) * (3 if vector else 1), "f4")
    found.data.foreach_get("vector" if vector else "value", flat)
    return flat.reshape(-1, 3).astype(float) if vector else flat.astype(float)


def points(thing: bpy.types.Object, *, evaluated: bool = False) -> Points:
    """Return the vertices, after modifiers when asked."""
    if evaluated:
        graph = bpy.context.evaluated_depsgraph_get()
        data = thing.evaluated_get(graph).data
    else:
        data = thing.data
    flat = np.empty(len(data.vertices) * 3, "f4")
    data.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(float)


def apply(thing: bpy.types.Object) -> None:
    """Make the modifiers' outcome the mesh itself."""
    graph = bpy.context.evaluated_depsgraph_get()
    done = bpy.data.meshes.new_from_object(thing.evaluated_get(graph))
    thing.modifiers.clear()
    thing.data = done


def subdivide(thing: bpy.types.Object, levels: int) -> None:
    """Round the mesh."""
    added = thing.modifiers.new("round", "SUBSURF")
    added.levels = added.render_levels = levels


def curves(name: str, strands: list[Points], root: float, tip: float, material) -> None:
    """Put strands of hair into the scene; every strand is an n by 3 array."""
    if not strands:
        return
    data = bpy.data.hair_curves.new(name)
    data.add_curves([len(strand) for strand in strands])
    data.points.foreach_set("position", np.concatenate(strands).astype("f4").ravel())
    radii = [np.linspace(root, tip, len(strand)) for strand in strands]
    data.points.foreach_set("radius", np.concatenate(radii).astype("f4"))
    data.materials.append(material)
    link(name, data)


def backdrop() -> None:
    """Hang a seamless light-grey paper: floor, curve and wall in one sheet."""
    shade = Shader("paper")
    shade.set(Base_Color=(0.66, 0.66, 0.665), Roughness=0.9, Specular_IOR_Level=0.1)
    bend = np.linspace(0.05, math.pi / 2, 18)
    profile = [(-7.0, 0.0), (1.4, 0.0)]
    profile += [(1.4 + 1.3 * math.sin(a), 1.3 - 1.3 * math.cos(a)) for a in bend]
    profile.append((2.7, 7.0))
    sheet = np.array([(x, y, z) for y, z in profile for x in (-7.0, 7.0)])
    faces = [[2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2] for i in range(len(profile) - 1)]
    mesh("paper", sheet, faces, shade.material)


def softbox(where, target, size: float, watts: float, colour=(1.0, 1.0, 1.0)) -> None:
    """Hang a square soft light."""
    light = bpy.data.lights.new("softbox", "AREA")
    light.size, light.energy, light.color = size, watts, colour
    hung = link("softbox", light)
    hung.location = where
    aim = Vector(target) - Vector(where)
    hung.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()


def daylight(strength: float) -> None:
    """Fill the shadows from everywhere."""
    world = bpy.data.worlds.new("fill")
    bpy.context.scene.world = world
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"]
    sky.inputs[0].default_value = (1, 1, 1, 1)
    sky.inputs[1].default_value = strength


def portrait_lights() -> None:
    """Light a standing figure: a large key, a weak fill, a rim and a wash on the paper."""
    softbox((-1.9, -2.7, 2.5), (0, 0, 1.25), 1.3, 118, (1, 0.975, 0.95))
    softbox((2.5, -2.3, 1.7), (0, 0, 1.1), 2.2, 26, (0.96, 0.98, 1))
    softbox((1.5, 1.2, 2.7), (0, 0, 1.4), 0.8, 22)
    softbox((-1.5, 1.2, 2.5), (0, 0, 1.4), 0.8, 14)
    softbox((0, -0.6, 4.3), (0, 2.4, 1.0), 3.0, 85)
    daylight(0.12)


def camera(low: float, high: float, aim: tuple[float, float]) -> bpy.types.Object:
    """Return a camera whose upright frame spans heights ``low`` to ``high`` at the figure."""
    lens = bpy.data.cameras.new("camera")
    lens.lens, lens.sensor_fit, lens.sensor_height = 85, "VERTICAL", 36
    tall = high - low
    eye = (low + high) / 2 + 0.06 * tall
    held = link("camera", lens)
    far = tall / 2 / (18 / 85)
    held.location = (aim[0], aim[1] - far, eye)
    held.rotation_euler = (math.pi / 2, 0, 0)
    lens.shift_y = ((low + high) / 2 - eye) / tall
    bpy.context.scene.camera = held
    return held


def expose(path: Path, size: tuple[int, int], samples: int, *, exposure: float = 0.3) -> None:
    """Render the scene and write a JPEG."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device, cycles.samples = "CPU", samples
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.035
    cycles.adaptive_min_samples = 5
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.transparent_max_bounces = 5, 8
    cycles.sample_clamp_indirect = 4.0
    cycles.seed = 3
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.view_settings.exposure = exposure
    raw = path.with_suffix(".png")
    scene.render.filepath = str(raw)
    scene.render.image_settings.file_format = "PNG"
    bpy.ops.render.render(write_still=True)
    with Image.open(raw) as picture:
        picture.convert("RGB").save(path, quality=88, subsampling=0, optimize=True)
    raw.unlink()
