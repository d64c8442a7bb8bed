"""Three nodes: Load Twin, License Gate, Seal.

A twin travels on a wire type of its own, `SOSIE_TWIN`, which only the License Gate takes: no other
node sees a pixel of her before the gate has found a grant that holds.
"""

from __future__ import annotations

import base64
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from PIL import Image, ImageOps

from . import grant, run_folder

ENGINE = "comfyui"
PLATE, GARMENT, PICTURE = "plate.png", "garment.png", "picture.png"
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF")
KEY_FILE = Path(__file__).parent / "grant.pem"


class LoadTwin:
    """Takes the plate, and the garment if there is one, that the platform has uploaded."""

    CATEGORY = "sosie"
    DESCRIPTION = "The twin of the order. The platform fills `run` in."
    FUNCTION = "load"
    RETURN_TYPES = ("SOSIE_TWIN",)
    RETURN_NAMES = ("twin",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Say what the node takes."""
        return {"required": {"run": ("STRING", {"default": ""})}}

    @classmethod
    def IS_CHANGED(cls, **_: Any) -> float:
        """Say that no result is ever taken from the cache."""
        return float("nan")

    def load(self, run: str) -> tuple[Path]:
        """Return the folder of the run; nothing is read yet."""
        return (run_folder.of(run),)


class LicenseGate:
    """Passes the twin on if the platform's grant covers exactly this run, and never twice."""

    CATEGORY = "sosie"
    DESCRIPTION = "Checks the platform's grant before any node sees the twin."
    FUNCTION = "check"
    RETURN_TYPES = ("IMAGE", "IMAGE", "STRING", "INT")
    RETURN_NAMES = ("plate", "garment", "words", "seed")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Say what the node takes."""
        return {
            "required": {"twin": ("SOSIE_TWIN",), "papers": ("STRING", {"default": ""})},
            "hidden": {"prompt": "PROMPT"},
        }

    @classmethod
    def IS_CHANGED(cls, **_: Any) -> float:
        """Say that no result is ever taken from the cache."""
        return float("nan")

    def check(self, twin: Path, papers: str, prompt: dict[str, Any]) -> tuple[Any, ...]:
        """Return plate and garment (float32 1×H×W×3, 0 to 1; a black pixel if there is no
        garment), and the order's words and seed."""
        given = _papers(papers)
        said = grant.read(given["grant"], given["signature"], _public())
        order = json.loads(given["order"])
        plate = _pixels(_file(twin / PLATE), "the plate")
        worn = _file(twin / GARMENT) if order["wear"] else b""
        assets = {
            "pixels": _digest_of(plate),
            f"file:{order['graph']}": grant.digest(given["graph"]),
        }
        if order["wear"]:
            assets[f"file:{order['wear']}"] = grant.digest(worn)
        now = datetime.now(UTC)
        grant.check(said, engine=ENGINE, order=given["order"], assets=assets, at=now)
        grant.check_graph(json.loads(given["graph"]), prompt, set(NODE_CLASS_MAPPINGS))
        expires = datetime.fromisoformat(said["expires"]).timestamp()
        if run_folder.spend(said["nonce"], expires):
            raise grant.Refused("grant.replayed", "a picture was made under this grant already")
        for name in (PLATE, GARMENT):
            (twin / name).unlink(missing_ok=True)
        cloth = _pixels(worn, "the garment") if worn else np.zeros((1, 1, 3), np.uint8)
        return _tensor(plate), _tensor(cloth), order["words"], order["seed"]


class Seal:
    """Hands the finished picture back to the platform, which seals it: the only output node."""

    CATEGORY = "sosie"
    DESCRIPTION = "Hands the picture to the platform. No metadata, nothing in the output folder."
    FUNCTION = "hand_over"
    OUTPUT_NODE = True
    RETURN_TYPES = ()

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """Say what the node takes."""
        return {"required": {"image": ("IMAGE",), "run": ("STRING", {"default": ""})}}

    @classmethod
    def IS_CHANGED(cls, **_: Any) -> float:
        """Say that no result is ever taken from the cache."""
        return float("nan")

    def hand_over(self, image: Any, run: str) -> dict[str, Any]:
        """Write one picture into the run's folder, as a PNG of pixels alone."""
        folder = run_folder.of(run)
        if not folder.is_dir():
            raise grant.Refused("seal.erased", "the platform has erased this run")
        if len(image) != 1:
            raise grant.Refused("seal.count", f"{len(image)} pictures arrived; one is ordered")
        # Rounded, not cut off: a pixel that no node has touched comes back as it was.
        pixels = np.clip(np.rint(image[0].cpu().numpy() * 255.0), 0, 255).astype(np.uint8)
        data = io.BytesIO()
        Image.fromarray(pixels[..., :3]).save(data, "PNG", compress_level=1)
        (folder / PICTURE).write_bytes(data.getvalue())
        picture = {"filename": PICTURE, "subfolder": f"sosie/{run}", "type": "temp"}
        return {
            "ui": {
                "images": [picture],
                "sosie": [{"run": run, "digest": grant.digest(data.getvalue())}],
            }
        }


NODE_CLASS_MAPPINGS = {
    "SosieLoadTwin": LoadTwin,
    "SosieLicenseGate": LicenseGate,
    "SosieSeal": Seal,
}
NODE_DISPLAY_NAME_MAPPINGS = {
    "SosieLoadTwin": "Load Twin",
    "SosieLicenseGate": "License Gate",
    "SosieSeal": "Seal",
}


def _papers(papers: str) -> dict[str, bytes]:
    """Return grant, signature, order and graph as bytes."""
    try:
        said = json.loads(papers)
        names = ("grant", "signature", "order", "graph")
        return {name: base64.b64decode(said[name], validate=True) for name in names}
    except (KeyError, TypeError, ValueError):
        text = "no grant was handed over: order the picture on the platform, which fills it in"
        raise grant.Refused("grant.absent", text) from None


def _file(path: Path) -> bytes:
    """Return what was uploaded, nothing if it was not."""
    return path.read_bytes() if path.is_file() else b""


def _public() -> bytes:
    """Return the platform's public key, from the file that whoever runs the server has put here."""
    path = Path(os.environ.get("SOSIE_GRANT_KEY") or KEY_FILE)
    if not path.is_file():
        text = f"put the platform's public key (`sosie engine key`) into `{path}`"
        raise grant.Refused("grant.key", text)
    return load_pem_public_key(path.read_bytes()).public_bytes_raw()


def _pixels(data: bytes, what: str) -> np.ndarray:
    """Return upright sRGB pixels, uint8 H×W×3."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError):
        raise grant.Refused("grant.assets", f"{what} was not handed over, or is broken") from None


def _digest_of(pixels: np.ndarray) -> str:
    """Return the digest of a plate's pixels, as the grant names them."""
    height, width = pixels.shape[:2]
    return grant.digest(f"{width}x{height}\n".encode() + pixels.tobytes())


def _tensor(pixels: np.ndarray) -> Any:
    return torch.from_numpy(pixels.astype(np.float32) / 255.0)[None]
