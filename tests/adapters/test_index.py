"""Codes that are near are found, those that are far are not, whoever asks at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from sosie.adapters import index as index_module
from sosie.adapters.index import ExactIndex, TableIndex
from sosie.core.ports import CodeIndex, Labeled

DRAW = np.random.default_rng(4)
KNOWN = DRAW.integers(0, 256, (3000, 32), dtype=np.uint8)
BOTH = pytest.mark.parametrize("make", [ExactIndex, TableIndex])


def changed(codes: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Flip some bits of each code."""
    bits = np.unpackbits(codes, axis=1)
    for row in bits:
        row[DRAW.choice(256, count, replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def after(last: int, upto: int = 3000) -> Labeled:
    return KNOWN[last + 1 : upto], np.arange(last + 1, upto)


@BOTH
def test_near_codes_are_found_and_far_ones_are_not(make: Callable[[], CodeIndex]) -> None:
    index = make()
    assert len(index.nearest(KNOWN[:2], most=3, within=90).labels) == 0
    index.refresh(after)
    found = index.nearest(changed(KNOWN[100:300], 12), most=3, within=60)
    assert (found.asked + 100 == found.labels).all()
    assert (found.bits == 12).all()
    assert len(found.labels) > 0.95 * 200
    strangers = DRAW.integers(0, 256, (200, 32), dtype=np.uint8)
    assert len(index.nearest(strangers, most=3, within=60).labels) == 0
    assert len(index.nearest(KNOWN[:0], most=3, within=60).labels) == 0


def test_the_exact_one_finds_all() -> None:
    index = ExactIndex()
    index.refresh(after)
    found = index.nearest(changed(KNOWN, 60), most=1, within=60)
    assert found.labels.tolist() == list(range(3000))


def test_many_codes_get_longer_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_MANY", 1000)
    index = TableIndex()
    index.refresh(after)
    found = index.nearest(changed(KNOWN[100:300], 12), most=3, within=60)
    assert (found.asked + 100 == found.labels).all()
    assert len(found.labels) > 0.9 * 200


def test_a_code_that_everything_has_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain places look alike everywhere: to compare them all costs time and names nothing."""
    monkeypatch.setattr(index_module, "_CROWD", 500)
    index = TableIndex()
    index.refresh(lambda last: (np.concatenate([KNOWN, KNOWN[:1].repeat(600, 0)]), np.arange(3600)))
    assert len(index.nearest(KNOWN[:1], most=3, within=60).labels) == 0
    assert index.nearest(KNOWN[1:2], most=3, within=60).labels.tolist() == [1]


def test_who_only_verifies_a_file_loads_no_index() -> None:
    code = "import sosie.verifying, sosie.wiring, sys; print('faiss' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


@BOTH
def test_the_nearest_come_first(make: Callable[[], CodeIndex]) -> None:
    base = KNOWN[:1]
    codes = np.concatenate([changed(base, 3), base, changed(base, 5), changed(base, 1)])
    index = make()
    index.refresh(lambda last: (codes, np.array([10, 11, 12, 13])))
    found = index.nearest(base, most=3, within=90)
    assert found.labels.tolist() == [11, 13, 10]
    assert found.bits.tolist() == [0, 1, 3]


@BOTH
def test_what_is_new_is_added_once(make: Callable[[], CodeIndex]) -> None:
    index = make()
    for upto in (1, 5, 5, 40, 41, 300, 301, 1000, 3000, 3000):
        index.refresh(lambda last, upto=upto: after(last, upto))  # type: ignore[misc]
        found = index.nearest(KNOWN[:upto], most=2, within=10)
        assert found.labels.tolist() == list(range(upto))


@BOTH
def test_threads_may_share_one(make: Callable[[], CodeIndex]) -> None:
    index = make()

    def ask(k: int) -> bool:
        index.refresh(lambda last: after(last, max(last + 1, 100 * (k + 1))))
        found = index.nearest(KNOWN[: 100 * (k + 1)], most=2, within=10)
        return bool(found.labels.tolist() == list(range(100 * (k + 1))))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(30)))
