"""The embedded engine: new garment colors and studio backdrops, on a CPU, without weights."""

from sosie.engines.atelier.engine import Atelier

__all__ = ["Atelier"]
