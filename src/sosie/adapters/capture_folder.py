"""A capture on disk: photographs, the card beside each, and the measurements."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sosie.core.file_format import format_of
from sosie.core.studio import Card
from sosie.core.twin import LANDMARKS, MEASUREMENTS
from sosie.core.values import BadInput

MEASUREMENTS_FILE = "measurements.json"
LARGEST_PHOTO = 100_000_000
"""Bytes: a camera's largest JPEG has less than half of it."""
LARGEST_TEXT = 1_000_000
DRAWN = ".landmarks.png"
"""How the name of a picture ends on which the points of a photograph are drawn."""

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_LOOKS_LIKE_A_PHOTO = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "png", "webp", "avif", "heic", "heif", "tif", "tiff", "gif"),
        *("bmp", "dng", "cr2", "cr3", "nef", "arw", "raf", "jxl", "psd"),
    )
)


_CARD_KEYS = tuple(field.alias or name for name, field in Card.model_fields.items())


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph of a capture, not yet decoded."""

    name: str
    """Name of the file, as ``front-half.jpg``."""
    data: bytes
    media_type: str
    card: Card | None


@dataclass(frozen=True, slots=True)
class CaptureFolder:
    """What lies in a capture folder."""

    photos: tuple[Photo, ...]
    """In the order of their names."""
    measurements: Mapping[str, float]
    """Centimeters by key, as ``height_cm``; empty without ``measurements.json``."""


def read(folder: Path, *, cards: bool = True) -> CaptureFolder:
    """This function will read a capture folder: photographs, cards, measurements.

    Photographs are told by their first bytes, whatever their name. Files that are neither
    photographs nor JSON are left alone, and so are folders, hidden files and pictures of drawn
    landmarks. With ``cards`` each photograph must have a card of its name (``front-half.jpg``,
    ``front-half.json``); without, it may. Raises ``BadInput`` for the first thing that is
    wrong. Format: ``docs/formats/card.md``.
    """
    paths = _files(folder)
    found = {path: kind for path in paths if (kind := _kind(path)) is not None}
    if not found:
        raise BadInput(
            "no photo is in this folder",
            where=str(folder),
            remedy="put the capture's JPEG, PNG, WebP, AVIF or TIFF files there",
            code="capture.no_photos",
        )
    stems: dict[str, Path] = {}
    for path in found:
        if path.stem in stems:
            raise BadInput(
                f"`{stems[path.stem].name}` has the same name, so one card would serve both",
                where=path.name,
                remedy="rename one of them and its card",
                code="capture.name_twice",
            )
        stems[path.stem] = path
    texts = {p.stem: p for p in paths if p.suffix.lower() == ".json" and p not in found}
    measurements = texts.pop(Path(MEASUREMENTS_FILE).stem, None)
    _pair(stems, texts, cards=cards)
    photos = tuple(
        Photo(
            path.name,
            _bytes(path, LARGEST_PHOTO),
            kind,
            read_card(texts[path.stem]) if path.stem in texts else None,
        )
        for path, kind in found.items()
    )
    return CaptureFolder(photos, read_measurements(measurements) if measurements else {})


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in a folder while a capture goes on: each file that cannot be read has a problem,
    and the others are there all the same."""

    photos: tuple[Photo, ...]
    measurements: Mapping[str, float]
    problems: Mapping[str, BadInput]
    """By the name of the file."""


def survey(folder: Path) -> Survey:
    """This function will look through a capture folder that is being filled.

    Photographs need no card. Raises ``BadInput`` only for a folder that cannot be read.
    """
    problems: dict[str, BadInput] = {}
    photos, measurements = [], {}
    paths = _files(folder)
    for path in paths:
        try:
            if path.name == MEASUREMENTS_FILE:
                measurements = read_measurements(path)
            elif kind := _kind(path):
                card = path.with_suffix(".json")
                said = read_card(card) if card in paths else None
                photos.append(Photo(path.name, _bytes(path, LARGEST_PHOTO), kind, said))
        except BadInput as problem:
            problems[path.name] = problem
    return Survey(tuple(photos), measurements, problems)


def _pair(photos: Mapping[str, Path], texts: Mapping[str, Path], *, cards: bool) -> None:
    """Raise ``BadInput`` for a card without its photograph, or a photograph without its card."""
    for stem, path in texts.items():
        if stem not in photos:
            close = difflib.get_close_matches(stem, [s for s in photos if s not in texts], 1)
            hint = f"rename it to `{close[0]}.json`" if close else "add the photo"
            raise BadInput(
                f"no photo named `{stem}` lies beside this card",
                where=path.name,
                remedy=f"{hint} or take the card out of the folder",
                code="capture.photo_missing",
            )
    bare = [path.name for stem, path in photos.items() if stem not in texts]
    if cards and bare:
        more = f", nor have {len(bare) - 1} other photos" if len(bare) > 1 else ""
        raise BadInput(
            f"this photo has no card{more}",
            where=bare[0],
            remedy=f"make one with `sosie twin landmarks {bare[0]}`",
            code="capture.card_missing",
        )


def read_card(path: Path) -> Card:
    """This function will read one landmark card (``card/1``).

    Raises ``BadInput`` for text that is no JSON (with line and column), for keys and landmarks
    that the format does not know (with the nearest that it does), and for values of a wrong kind.
    """
    said = _json(path)
    _known(path, said, _CARD_KEYS, "key")
    if said.get("sosie") != "card/1":
        raise BadInput(
            f"`sosie` says {said.get('sosie')!r}",
            where=path.name,
            remedy='a card says `"sosie": "card/1"`',
            code="capture.card_format",
        )
    if isinstance(said.get("landmarks"), dict):
        _known(path, said["landmarks"], LANDMARKS, "landmark")
    try:
        return Card.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        spot = ".".join(str(part) for part in first["loc"])
        what = f"`{spot}`: {first['msg'][0].lower()}{first['msg'][1:]}"
    except (TypeError, ValueError, OverflowError):
        what = "a coordinate is no number"
    raise BadInput(
        what,
        where=path.name,
        remedy="see the example in docs/formats/card.md",
        code="capture.card_value",
    )


def read_measurements(path: Path) -> dict[str, float]:
    """This function will read ``measurements/1``: centimeters by key, without its format line.

    Raises ``BadInput`` for text that is no JSON, for unknown keys and for values that are no
    numbers. Whether they are plausible is ``twin.measured``'s to say.
    """
    said = _json(path)
    _known(path, said, ("sosie", *MEASUREMENTS), "key")
    if said.pop("sosie", None) != "measurements/1":
        raise BadInput(
            "the format line is missing or another",
            where=path.name,
            remedy='measurements say `"sosie": "measurements/1"`',
            code="capture.card_format",
        )
    for key, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput(
                f"`{key}` is {value!r}, which is no number",
                where=path.name,
                remedy="give centimeters as a bare number, as 178.5",
                code="capture.card_value",
            )
    return {key: float(value) for key, value in said.items()}


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(DRAWN)
        )
    except FileNotFoundError:
        what, remedy = "there is no such folder", "check the path"
    except NotADirectoryError:
        what, remedy = "this is a file, not a folder", "name the folder that it lies in"
    except PermissionError:
        what, remedy = "this folder cannot be read", "give yourself the right to read it"
    raise BadInput(what, where=str(folder), remedy=remedy, code="capture.no_folder")


def _bytes(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise BadInput(
                f"this file has more than {limit // 1_000_000} MB",
                where=path.name,
                remedy="save it smaller, or take it out of the folder",
                code="capture.too_large",
            )
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"this file cannot be read ({error.strerror})",
            where=path.name,
            remedy="give yourself the right to read it, or copy it anew",
            code="capture.unreadable",
        ) from None


def _kind(path: Path) -> str | None:
    """Return the media type that the first bytes say; ``None`` for what is no photograph."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        start = _bytes(path, LARGEST_PHOTO)[:16]
    if found := format_of(start):
        return found.media_type
    suffix = path.suffix.lower()
    if (start[4:8] == b"ftyp" and start[8:12] in _HEIC) or suffix in (".heic", ".heif"):
        raise BadInput(
            "this is a HEIC photo, which Sosie does not read",
            where=path.name,
            remedy="export it as JPEG, or set the phone's camera to `Most Compatible`",
            code="capture.format",
        )
    if suffix in _LOOKS_LIKE_A_PHOTO:
        raise BadInput(
            "this is no JPEG, PNG, WebP, AVIF or TIFF file, whatever its name says",
            where=path.name,
            remedy="export it as JPEG, or take it out of the folder",
            code="capture.format",
        )
    return None


def _json(path: Path) -> dict[str, Any]:
    data = _bytes(path, LARGEST_TEXT)
    try:
        said = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        what = f"line {error.lineno}, column {error.colno}: {error.msg.lower()}"
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8"
    except RecursionError:
        what = "this is nested too deeply"
    except ValueError as error:
        what = str(error)
    else:
        if isinstance(said, dict):
            return said
        what = "this is JSON, but no object"
    raise BadInput(
        what,
        where=path.name,
        remedy="write JSON as in docs/formats/card.md",
        code="capture.card_json",
    )


def _no_number(word: str) -> float:
    raise ValueError(f"`{word}` is no JSON number")


def _known(path: Path, said: Mapping[str, Any], names: tuple[str, ...], kind: str) -> None:
    for name in said:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            raise BadInput(
                f"`{name}` is no {kind} of this format",
                where=path.name,
                remedy=f"did you mean `{close[0]}`?" if close else f"known are {', '.join(names)}",
                code="capture.unknown_landmark" if kind == "landmark" else "capture.unknown_key",
            )
