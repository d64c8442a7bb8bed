"""Sosie for ComfyUI: pictures of a licensed digital twin, and no others."""

from .nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
from .routes import add_routes
from .run_folder import keep_swept

add_routes()
swept = keep_swept()

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
