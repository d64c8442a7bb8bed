"""Folders of tiny random weights, as the engine `diffusers` opens them."""

from __future__ import annotations

from pathlib import Path

from sosie.engines.diffusers import pipeline, weights
from sosie.engines.diffusers.families import FAMILIES

AREA = 96 * 128
STEPS = 2


def made(root: Path, name: str) -> Path:
    """Save random weights of a family under a folder, pinned; the same each time."""
    pipeline.import_torchvision()
    from tests.gpu import tiny

    folder = root / name
    tiny.ready(tiny.MADE[name]()).save_pretrained(folder)
    card = f"---\nlicense: {FAMILIES[name].declared[0]}\n---\nRandom weights, for tests.\n"
    (folder / "README.md").write_text(card, encoding="utf-8")
    weights.add(folder, family=name, steps=STEPS, area=AREA)
    return folder
