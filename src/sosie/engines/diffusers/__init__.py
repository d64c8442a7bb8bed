"""The engine `diffusers`: models that the user brings, run on her own machine (extra `gpu`)."""

from sosie.engines.diffusers.engine import Diffusers

__all__ = ["Diffusers"]
