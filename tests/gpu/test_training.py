"""Weights of a twin: learned, kept and gone on with, loaded and taken off again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sosie.core.studio import Assets, Material, Order, Pixels, Stopped
from sosie.core.training import Trained, Trainer, TrainingSettings, split
from sosie.core.values import digest
from sosie.engines.diffusers.engine import Diffusers
from tests.services.people import drawn_card, drawn_pixels

VIEWS = ("front-half", "front-full", "three-quarter", "walking")
QUICK = TrainingSettings(steps=60, rank=8, learning_rate=4e-3, every=10, patience=9)
ORDER = Order(plate="front-full", garment_colour="#20463a", seed=5)


def photos() -> list[Pixels]:
    return [drawn_pixels(view) for view in VIEWS]


def trained(
    engine: Diffusers,
    settings: TrainingSettings = QUICK,
    *,
    resume: bytes | None = None,
    keep: Callable[[bytes], None] = lambda data: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Trained:
    return engine.train(
        photos(),
        settings,
        resume=resume,
        keep=keep,
        progress=lambda share, what: None,
        cancelled=cancelled,
    )


def plate(weights: Trained | None) -> Assets:
    pixels = drawn_pixels()
    material = Material(weights.data, digest(weights.data)) if weights else None
    return Assets(pixels, digest(pixels.tobytes()), drawn_card(), weights=material)


def made(engine: Diffusers, weights: Trained | None) -> Pixels:
    return engine.run(ORDER, plate(weights), lambda s, w: None, lambda: False).pixels


def test_what_is_held_out_is_never_learned_from() -> None:
    learned, held_out = split([1, 2, 3, 4, 5, 6, 7, 8])
    assert (learned, held_out) == ([1, 2, 3, 5, 6, 7], [4, 8])


def test_it_learns_and_comes_off_again(engine_of: Callable[[str], Diffusers]) -> None:
    engine = engine_of("flux2-klein")
    assert isinstance(engine, Trainer)
    before = made(engine, None)
    first = trained(engine)
    assert first.metrics["held_out_after"] < 0.97 * first.metrics["held_out_before"]
    assert np.array_equal(made(engine, None), before)  # nothing of it stays behind
    worn = made(engine, first)
    assert not np.array_equal(worn, before)
    assert np.array_equal(made(engine, None), before)
    other = engine_of("flux2-klein")
    assert np.array_equal(made(other, first), worn)
    assert trained(other).data == first.data


def test_it_goes_on_from_a_checkpoint_as_if_it_had_never_stopped(
    engine_of: Callable[[str], Diffusers],
) -> None:
    engine, kept = engine_of("flux2-klein"), list[bytes]()
    whole = trained(engine)
    with pytest.raises(Stopped):
        trained(engine, keep=kept.append, cancelled=lambda: len(kept) == 2)
    assert trained(engine, resume=kept[-1]).data == whole.data
    assert trained(engine, replace(QUICK, seed=1)).data != whole.data  # the control


def test_it_ends_when_nothing_gets_better(engine_of: Callable[[str], Diffusers]) -> None:
    hasty = replace(QUICK, learning_rate=5.0, patience=2, steps=400)
    early = trained(engine_of("flux2-klein"), hasty)
    assert early.metrics["steps"] < 400
    assert early.metrics["best_step"] < early.metrics["steps"]


def test_a_killed_training_is_gone_on_with(
    engine_of: Callable[[str], Diffusers], tmp_path: Path
) -> None:
    code = f"""
from pathlib import Path
from sosie.adapters.blobs import replace_file
from tests.gpu.test_training import QUICK, trained
from sosie.engines.diffusers.engine import Diffusers
trained(Diffusers(), keep=lambda data: replace_file(Path({str(tmp_path / "kept")!r}), data))
"""
    engine = engine_of("flux2-klein")
    with subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ)) as process:
        while not (tmp_path / "kept").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    resumed = trained(engine, resume=(tmp_path / "kept").read_bytes())
    assert resumed.data == trained(engine).data


def test_weights_of_another_base_are_refused(
    engine_of: Callable[[str], Diffusers], folders: dict[str, Path]
) -> None:
    weights = trained(engine_of("flux2-klein"), replace(QUICK, steps=1))
    assert engine_of("flux2-klein").check(ORDER, plate(weights)) == ()
    reasons = engine_of("sdxl-inpaint").check(ORDER, plate(weights))
    assert [reason.code for reason in reasons] == ["engine.twin_weights"]


def test_it_says_what_it_cannot_train(engine_of: Callable[[str], Diffusers]) -> None:
    assert engine_of("flux2-klein").untrainable(4) == ()
    assert [r.code for r in engine_of("flux2-klein").untrainable(3)] == ["engine.training"]
    (reason,) = engine_of("sdxl-inpaint").untrainable(4)
    assert "`flux2-klein` can be" in reason.text
