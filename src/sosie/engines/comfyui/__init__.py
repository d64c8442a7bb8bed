"""The engine `comfyui`: a brand's own ComfyUI server makes the picture, under a grant."""

from sosie.engines.comfyui.engine import ComfyUI

__all__ = ["ComfyUI"]
