"""What `docs/formats/seal.md` says is enough: a reader of marks written from the page alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from sosie.core.features import Features
from sosie.core.fingerprint import NEAR, distance, orientations
from sosie.core.seal import parse
from sosie.core.watermark import Key, detect

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
VECTORS: dict[str, Any] = json.loads((FORMATS / "seal.vectors.json").read_bytes())
MARK = VECTORS["watermark"]


def marked() -> NDArray[np.uint8]:
    grey = cv2.imread(str(FORMATS / MARK["marked"]["file"]), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    return np.asarray(grey, np.uint8)


def drawn(read: bytes, label: bytes, count: int) -> NDArray[np.float64]:
    seed = hmac.digest(read, label, "sha256")
    words = np.frombuffer(hashlib.shake_256(seed).digest(4 * count), "<u4")
    return words.astype(np.float64) / 2**32


def product(a: int, b: int) -> int:
    result = 0
    for place in range(12):
        if b >> place & 1:
            result ^= a << place
    for place in range(22, 11, -1):
        if result >> place & 1:
            result ^= 0b1000001010011 << (place - 12)
    return result


def power(base: int, exponent: int) -> int:
    result = 1
    for _ in range(exponent):
        result = product(result, base)
    return result


def interpolated(symbols: list[int], at: int) -> int:
    """The polynomial of degree five through six symbols, at a power of 2."""
    sum_, x = 0, power(2, at)
    for place, symbol in enumerate(symbols):
        above = below = 1
        for other in set(range(6)) - {place}:
            above = product(above, x ^ power(2, other))
            below = product(below, power(2, place) ^ power(2, other))
        sum_ ^= product(symbol, product(above, power(below, 4094)))
    return sum_


def symbols_of(number: int) -> list[int]:
    check = hashlib.sha256(b"org.sosie.watermark.1" + number.to_bytes(8, "big")).digest()[0]
    word = number << 8 | check
    data = [word >> 12 * place & 0xFFF for place in range(6)]
    return data + [interpolated(data, at) for at in range(6, 10)]


def test_the_read_key_and_its_numbers_are_as_the_page_says() -> None:
    secret = bytes.fromhex(MARK["secret"])
    derived = HKDF(SHA256(), 32, b"org.sosie.watermark", b"read.1").derive(secret)
    assert derived.hex() == MARK["read_key"] == Key.from_secret(secret).read.hex()
    label = MARK["stream"]["label"].encode()
    assert drawn(derived, label, 4).round(9).tolist() == MARK["stream"]["first"]


def test_numbers_are_spelled_and_coded_as_the_page_says() -> None:
    for number, spelled in VECTORS["numbers"].items():
        assert parse(spelled) == int(number, 16)
    for number, symbols in MARK["symbols"].items():
        assert symbols_of(int(number, 16)) == symbols


def test_a_reader_written_from_the_page_reads_the_marked_picture() -> None:
    """Laid straight already: resized to its frame, folded onto a tile, held against each tile."""
    read = bytes.fromhex(MARK["read_key"])
    number = int(MARK["marked"]["number"], 16)
    x, y = np.fft.rfftfreq(256)[None], np.fft.fftfreq(256)[:, None]
    band = (x > 0) & (np.hypot(x, y) > 0.043) & (np.hypot(x, y) < 0.18)
    phases = 2 * np.pi * drawn(read, b"tiles.1", 11 * band.sum()).reshape(11, -1)
    side = round(504 * min(887 / 504, 1.33))
    luma = cv2.resize(marked().astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    fine = np.clip(luma - cv2.GaussianBlur(luma, (0, 0), 3), -4, 4)
    tall = np.pad(fine, ((0, 768 - side), (0, 768 - side)))
    folded = tall.reshape(3, 256, 3, 256).sum(axis=(0, 2))
    spectrum = np.fft.rfft2(folded)
    found = []
    for tile in phases:
        whole = np.zeros(band.shape, np.complex128)
        whole[band] = np.exp(-1j * tile)
        whole *= spectrum / np.maximum(np.abs(spectrum), 1e-9)
        likely = np.fft.irfft2(whole, s=(256, 256))[::4, ::4]
        found.append(int(likely.argmax()))  # 64 times down, and right
    assert found[0] == 0
    right = sum(one == other for one, other in zip(found[1:], symbols_of(number), strict=True))
    assert right >= 6
    detected = detect(np.repeat(marked()[:, :, None], 3, axis=2), Key(read))
    assert detected.numbers == (number,)


def test_fingerprint_and_features_are_as_the_page_says() -> None:
    told = VECTORS["fingerprint"]
    blocks = np.kron(np.array(told["blocks"], np.uint8), np.ones((56, 56), np.uint8))
    levels = np.frombuffer(hashlib.shake_256(b"sosie").digest(81), np.uint8)
    assert told["blocks"] == levels.reshape(9, 9).tolist()
    assert list(orientations(np.repeat(blocks[:, :, None], 3, axis=2))) == told["orientations"]
    own = orientations(np.repeat(marked()[:, :, None], 3, axis=2))[0]
    assert distance(own, told["orientations"][0]) <= NEAR
    known = VECTORS["features"]
    read = Features.decode(base64.b64decode(known["encoded"]))
    assert read.size == tuple(known["size"])
    assert read.places.tolist() == known["places"]
    assert read.turns.tolist() == known["turns"]
    assert read.levels.tolist() == known["levels"]
    assert read.bits.tobytes().hex() == known["bits"]
