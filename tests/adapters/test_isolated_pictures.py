"""Strangers' pictures: the same pixels as in this process, and a decoder that cannot hurt it."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sosie.adapters.isolated_pictures import IsolatedPictures
from sosie.adapters.pictures import PillowPictures
from sosie.core.file_format import FileFormat
from sosie.core.values import BadInput
from tests.core.plates import scene

PICTURE = scene(3)


@pytest.fixture(scope="module")
def pictures() -> Iterator[IsolatedPictures]:
    isolated = IsolatedPictures(patience=60)
    yield isolated
    isolated.close()


def decoders() -> set[int]:
    """Return the process ids of decoders that this process started."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
                parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            if b"sosie.adapters.decoder" in line and int(parent) == os.getpid():
                found.add(int(folder.name))
    return found


@pytest.mark.parametrize("format", FileFormat)
def test_it_gives_the_same_pixels(pictures: IsolatedPictures, format: FileFormat) -> None:
    data = pictures.encode(PICTURE, format=format)
    here = PillowPictures().decode(data, where="here")
    assert np.array_equal(pictures.decode(data, where="there"), here)


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff\xe0broken", b"GIF89a" + bytes(99)])
def test_it_gives_the_same_reasons(pictures: IsolatedPictures, data: bytes) -> None:
    with pytest.raises(BadInput) as here:
        PillowPictures().decode(data, where="a.jpg")
    with pytest.raises(BadInput) as there:
        pictures.decode(data, where="a.jpg")
    assert str(there.value) == str(here.value)
    assert there.value.code == here.value.code


def grey(side: int) -> bytes:
    """Return a small PNG of many pixels."""
    target = io.BytesIO()
    Image.new("L", (side, side), 90).save(target, "PNG")
    return target.getvalue()


def test_what_costs_too_much_is_refused_and_the_rest_goes_on() -> None:
    data, fine = grey(9000), PillowPictures().encode(PICTURE)
    assert PillowPictures().decode(data, where="control").shape == (9000, 9000, 3)
    for limits in ({"seconds": 0}, {"megabytes": 60}, {"patience": 0.2}):
        isolated = IsolatedPictures(**{"patience": 60, **limits})  # type: ignore[arg-type]
        try:
            with pytest.raises(BadInput) as refused:
                isolated.decode(data, where="bomb.png")
            assert refused.value.code in {"picture.cost", "picture.pixels"}
            if "megabytes" in limits:
                assert isolated.decode(fine, where="fine.jpg").shape == PICTURE.shape
        finally:
            isolated.close()


def test_a_decoder_that_was_killed_is_started_anew(pictures: IsolatedPictures) -> None:
    data = pictures.encode(PICTURE)
    pictures.decode(data, where="first")
    before = decoders()
    assert before
    for process in before:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    assert pictures.decode(data, where="second").shape == PICTURE.shape
    assert decoders()
    assert not decoders() & before


def test_many_ask_at_once(pictures: IsolatedPictures) -> None:
    shown = [scene(seed) for seed in range(24)]
    files = [pictures.lossless(picture) for picture in shown]
    with ThreadPoolExecutor(8) as pool:
        decoded = list(pool.map(lambda data: pictures.decode(data, where="one of many"), files))
    assert all(np.array_equal(a, b) for a, b in zip(decoded, shown, strict=True))
    assert len(decoders()) >= 1


def test_it_ends_with_its_master() -> None:
    isolated = IsolatedPictures(patience=60)
    others = decoders()
    isolated.decode(isolated.encode(PICTURE), where="one")
    (mine,) = decoders() - others
    isolated.close()
    assert os.waitpid(mine, 0)[0] == mine
