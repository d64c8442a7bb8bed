"""Reading a capture folder, and what is said of each thing that is wrong in one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sosie.adapters import capture_folder
from sosie.core.protocol import MINIMAL, Taken, missing
from sosie.core.twin import LANDMARKS, MEASUREMENTS, VIEWS
from sosie.core.values import BadInput

JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(40)
TIFF = b"II*\x00" + bytes(40)
AVIF = b"\x00\x00\x00\x1cftypavif" + bytes(40)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(40)


def card(**changes: Any) -> dict[str, Any]:
    said = {
        "sosie": "card/1",
        "plate": "front-half",
        "view": "front-half",
        "size": [768, 1024],
        "landmarks": {"crown": [388, 16], "knee_l": None},
        "face": [312, 78, 468, 264],
    }
    return {**said, **changes}


def write(folder: Path, name: str, data: bytes | dict[str, Any] | str) -> None:
    if isinstance(data, dict):
        data = json.dumps(data)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "front-half.jpg", JPEG)
    write(tmp_path, "front-half.json", card())
    return tmp_path


def test_five_formats_are_told_by_content_and_the_rest_left_alone(folder: Path) -> None:
    for name, data in (("b.jpg", PNG), ("c.dat", WEBP), ("d", AVIF), ("e.tif", TIFF)):
        write(folder, name, data)
        write(folder, f"{Path(name).stem}.json", card())
    write(folder, "notes.txt", "a note")
    write(folder, ".hidden.jpg", b"no photo")
    write(folder, "front-half.landmarks.png", PNG)
    (folder / "old").mkdir()
    write(folder, "measurements.json", {"sosie": "measurements/1", "height_cm": 178})
    found = capture_folder.read(folder)
    kinds = {photo.name: photo.media_type for photo in found.photos}
    assert kinds == {
        "b.jpg": "image/png",
        "c.dat": "image/webp",
        "d": "image/avif",
        "e.tif": "image/tiff",
        "front-half.jpg": "image/jpeg",
    }
    assert found.measurements == {"height_cm": 178.0}
    assert found.photos[-1].data == JPEG
    assert found.photos[-1].card is not None
    assert found.photos[-1].card.landmarks["crown"] == (388, 16)


def test_cards_may_be_left_out_when_asked(folder: Path) -> None:
    (folder / "front-half.json").unlink()
    assert capture_folder.read(folder, cards=False).photos[0].card is None
    with pytest.raises(BadInput, match=r"sosie twin landmarks front-half\.jpg"):
        capture_folder.read(folder)


Spoil = Callable[[Path], None]


def _named(name: str, data: bytes | dict[str, Any] | str) -> Spoil:
    return lambda folder: write(folder, name, data)


def _card(data: bytes | dict[str, Any] | str) -> Spoil:
    return _named("front-half.json", data)


SPOILED: dict[str, tuple[Spoil, str, str]] = {
    "no photos": (
        lambda folder: (folder / "front-half.jpg").unlink(),
        "capture.no_photos",
        "no photo is in this folder",
    ),
    "no JSON": (_card('{\n "plate" 5}'), "capture.card_json", "line 2, column 10"),
    "no UTF-8": (_card(b'{"\xff"'), "capture.card_json", "byte 3 is not UTF-8"),
    "no object": (_card("[1]"), "capture.card_json", "no object"),
    "no number": (_card('{"size": NaN}'), "capture.card_json", "`NaN`"),
    "too deep": (_card("[" * 200_000), "capture.card_json", "nested too deeply"),
    "key": (_card({**card(), "veiw": 1}), "capture.unknown_key", "did you mean `view`"),
    "landmark": (
        _card(card(landmarks={"sholder_l": [1, 2]})),
        "capture.unknown_landmark",
        "did you mean `shoulder_l`",
    ),
    "format": (_card(card(sosie="card/9")), "capture.card_format", "card/1"),
    "lacking": (
        _card({k: v for k, v in card().items() if k != "face"}),
        "capture.card_value",
        "`face`",
    ),
    "letters": (_card(card(landmarks={"crown": ["a", 2]})), "capture.card_value", "no number"),
    "size": (_card(card(size=[768])), "capture.card_value", "`size"),
    "bare photo": (
        _named("side.png", PNG),
        "capture.card_missing",
        "sosie twin landmarks side.png",
    ),
    "bare card": (_named("back.json", card()), "capture.photo_missing", "no photo named `back`"),
    "HEIC": (_named("IMG_1.jpg", HEIC), "capture.format", "export it as JPEG"),
    "not a photo": (_named("side.jpg", b"hello"), "capture.format", "whatever its name says"),
    "twins": (_named("front-half.png", PNG), "capture.name_twice", "one card would serve both"),
    "measures": (
        _named("measurements.json", {"sosie": "measurements/1", "heigth_cm": 1}),
        "capture.unknown_key",
        "did you mean `height_cm`",
    ),
    "words": (
        _named("measurements.json", {"sosie": "measurements/1", "height_cm": "tall"}),
        "capture.card_value",
        "no number",
    ),
    "unsaid": (_named("measurements.json", {"height_cm": 1}), "capture.card_format", "format line"),
}


@pytest.mark.parametrize("case", sorted(SPOILED))
def test_each_fault_is_one_line_with_its_remedy(folder: Path, case: str) -> None:
    capture_folder.read(folder)  # the control: unspoiled, it is read
    spoil, code, words = SPOILED[case]
    spoil(folder)
    with pytest.raises(BadInput) as error:
        capture_folder.read(folder)
    assert error.value.code == code
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.remedy


def test_no_folder_and_a_file_in_its_place(folder: Path) -> None:
    with pytest.raises(BadInput, match="there is no such folder"):
        capture_folder.read(folder / "absent")
    with pytest.raises(BadInput, match="a file, not a folder"):
        capture_folder.read(folder / "front-half.jpg")


def test_the_documented_example_is_read_and_every_landmark_explained(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/formats/card.md").read_text(encoding="utf-8")
    example, measures = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    write(tmp_path, "front-half.json", example)
    write(tmp_path, "front-half.jpg", JPEG)
    write(tmp_path, "measurements.json", measures)
    found = capture_folder.read(tmp_path)
    card_read = found.photos[0].card
    assert card_read is not None
    assert tuple(card_read.landmarks) == LANDMARKS
    assert set(found.measurements) == set(MEASUREMENTS)
    assert missing(MINIMAL, [Taken.of(card_read)], found.measurements) == ()
    explained = text[text.index("| landmark | where it is |") : text.index("proposes them")]
    assert [name for name in LANDMARKS if f"`{name}`" not in explained] == []
    assert [name for name in VIEWS if f"| `{name}` |" not in text] == []
