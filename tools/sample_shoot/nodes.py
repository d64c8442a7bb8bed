"""Short words for Blender's shader nodes."""

from __future__ import annotations

from typing import Any

import bpy

Socket = bpy.types.NodeSocket


class Shader:
    """One material and the few node idioms that the shoot needs."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.surface = self.tree.nodes["Principled BSDF"]

    def node(self, kind: str, **settings: Any) -> Any:
        """Add a node and set its properties."""
        added = self.tree.nodes.new(kind)
        for key, value in settings.items():
            setattr(added, key, value)
        return added

    def feed(self, socket: Socket, value: Any) -> None:
        """Link a socket or write a constant into it."""
        if isinstance(value, Socket):
            self.tree.links.new(value, socket)
        elif isinstance(value, tuple) and len(value) == 3 and len(socket.default_value) == 4:
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def set(self, **inputs: Any) -> None:
        """Feed inputs of the surface; underscores stand for spaces."""
        for key, value in inputs.items():
            self.feed(self.surface.inputs[key.replace("_", " ")], value)

    def attribute(self, name: str, output: str = "Fac") -> Socket:
        """Read an attribute of the mesh."""
        return self.node("ShaderNodeAttribute", attribute_name=name).outputs[output]

    def place(self) -> Socket:
        """Return the point of the resting body, so that patterns stick to it in every pose."""
        return self.attribute("rest", "Vector")

    def math(self, operation: str, left: Any, right: Any = 0.0, *, clamp: bool = False) -> Socket:
        """Do arithmetic on two values."""
        added = self.node("ShaderNodeMath", operation=operation, use_clamp=clamp)
        self.feed(added.inputs[0], left)
        self.feed(added.inputs[1], right)
        return added.outputs[0]

    def vector(self, operation: str, left: Any, right: Any) -> Socket:
        """Do arithmetic on two vectors."""
        added = self.node("ShaderNodeVectorMath", operation=operation)
        self.feed(added.inputs[0], left)
        self.feed(added.inputs[1], right)
        return added.outputs["Value" if operation == "LENGTH" else "Vector"]

    def noise(self, scale: float, detail: float = 3, where: Socket | None = None) -> Socket:
        """Return fractal noise of the resting place."""
        added = self.node("ShaderNodeTexNoise")
        self.feed(added.inputs["Scale"], scale)
        self.feed(added.inputs["Detail"], detail)
        self.feed(added.inputs["Vector"], where or self.place())
        return added.outputs[0]

    def cells(self, scale: float) -> Socket:
        """Return distances to scattered points (pores)."""
        added = self.node("ShaderNodeTexVoronoi")
        self.feed(added.inputs["Scale"], scale)
        self.feed(added.inputs["Vector"], self.place())
        return added.outputs["Distance"]

    def ramp(self, value: Socket, stops: list[tuple[float, Any]]) -> Socket:
        """Map a value to colours (or greys) by stops."""
        added = self.node("ShaderNodeValToRGB")
        self.feed(added.inputs[0], value)
        elements = added.color_ramp.elements
        for index, (position, colour) in enumerate(stops):
            element = elements[index] if index < 2 else elements.new(position)
            element.position = position
            rgb = colour if isinstance(colour, tuple) else (colour,) * 3
            element.color = (*rgb, 1.0)
        return added.outputs[0]

    def step(self, value: Socket, low: float, high: float) -> Socket:
        """Return a smooth step from 0 at ``low`` to 1 at ``high`` (``low`` may be larger)."""
        added = self.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
        for key, part in (("Value", value), ("From Min", low), ("From Max", high)):
            self.feed(added.inputs[key], part)
        return added.outputs[0]

    def mix(self, share: Any, first: Any, second: Any, blend: str = "MIX") -> Socket:
        """Blend two colours."""
        added = self.node("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for index, value in ((0, share), (6, first), (7, second)):
            self.feed(added.inputs[index], value)
        return added.outputs[2]

    def mask(self, path: str) -> Socket:
        """Read a grey picture laid out on the body."""
        added = self.node("ShaderNodeTexImage")
        added.image = bpy.data.images.load(path, check_existing=True)
        added.image.colorspace_settings.name = "Non-Color"
        return added.outputs[0]

    def bump(self, height: Socket, strength: float, distance: float) -> None:
        """Roughen the surface by a height."""
        added = self.node("ShaderNodeBump")
        self.feed(added.inputs["Strength"], strength)
        self.feed(added.inputs["Distance"], distance)
        self.feed(added.inputs["Height"], height)
        self.feed(self.surface.inputs["Normal"], added.outputs[0])
