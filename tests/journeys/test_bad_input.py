"""Bad input: one line that names the place and the way out, and nothing is changed."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.journeys.conftest import Done, sosie

HOUSE = {"SOSIE_PASSPHRASE_HOUSE": "the house keeps this"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh") / "workspace"
    assert sosie("init", folder, "--name", "test-house", secrets=HOUSE).code == 0
    return folder


@pytest.fixture(autouse=True)
def unchanged(fresh: Path) -> Iterator[None]:
    before = _state(fresh)
    yield
    assert _state(fresh) == before


def _state(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def one_line(done: Done, *words: str) -> None:
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, done.err
    assert done.code == 65
    for word in words:
        assert word in lines[0], lines[0]


CAPTURE = ("--twin", "ines", "--shown-as", "Ines M.")


def test_a_folder_without_photographs(fresh: Path, tmp_path: Path) -> None:
    done = sosie("twin", "capture", tmp_path, *CAPTURE, "--workspace", fresh, secrets=HOUSE)
    one_line(done, str(tmp_path), "no photo")
    one_line(
        sosie(
            "twin", "capture", tmp_path / "absent", *CAPTURE, "--workspace", fresh, secrets=HOUSE
        ),
        "absent",
    )


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("corrupt.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 400, "corrupt.jpg"),
        ("empty.png", b"", "empty.png"),
        ("phone.heic", struct.pack(">I", 24) + b"ftypheic" + b"\0" * 400, "HEIC"),
        ("notes.txt", b"hello", "notes.txt"),
    ],
)
def test_files_that_are_no_picture(
    fresh: Path, tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    one_line(sosie("verify", file, "--workspace", fresh), word)
    one_line(sosie("twin", "landmarks", file), word)
    assert list(tmp_path.iterdir()) == [file]


def test_a_huge_picture(fresh: Path, tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    Image.new("1", (30_000, 20_000)).save(file)
    one_line(sosie("verify", file, "--workspace", fresh), "huge.png", "pixels")


TERMS = """\
sosie: terms/1
title: Capsule
parties: {model: ines, brand: nord}
twin: ines
purposes: [organic_social]
territories: {include: [EU]}
channels: [instagram]
period: {from: 2026-11-01, until: 2027-04-30}
pictures: 2
pay: {currency: EUR, per_picture: 180.00}
"""


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("teritories:", "territories:", (":6:", "teritories", "territories")),
        ("per_picture: -180.00", "per_picture: 180.00", (":10:", "per_picture")),
        ("until: 2026-01-01", "until: 2027-04-30", (":8:", "before it starts")),
        ("include: [EV]", "include: [EU]", (":6:", "EV")),
        ("channels: [instagrm]", "channels: [instagram]", (":7:", "instagram")),
    ],
)
def test_terms_that_cannot_be_read(
    fresh: Path, tmp_path: Path, wrong: str, right: str, words: tuple[str, ...]
) -> None:
    assert right in TERMS
    file = tmp_path / "terms.yaml"
    file.write_text(TERMS.replace(right, wrong), encoding="utf-8")
    one_line(sosie("license", "check", file), "terms.yaml", *words)
    draft = ("license", "draft", file, "--as", "nord", "--workspace", fresh)
    one_line(sosie(*draft, secrets=HOUSE), "terms.yaml", *words)


def test_no_workspace(tmp_path: Path) -> None:
    one_line(sosie("license", "list", cwd=tmp_path), "sosie init")
    for picture in ("a.jpg", "b.jpg"):
        Image.new("RGB", (32, 32)).save(tmp_path / picture)
    named = ("--workspace", tmp_path)
    one_line(sosie("verify", tmp_path / "a.jpg", tmp_path / "b.jpg", *named), "no workspace")


def test_a_place_that_is_none_is_no_verdict(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    Image.new("RGB", (32, 32)).save(file)
    for where in ("Germany", "XX", ""):
        one_line(sosie("verify", file, file, "--where", where, cwd=tmp_path), "ISO 3166-1", "EU")
    for where in ("de", "DE", "eu"):  # the control
        assert sosie("verify", file, "--where", where, cwd=tmp_path).code == 2


def test_the_name_of_a_file_cannot_steer_a_terminal(tmp_path: Path) -> None:
    name = "a\nmade under license here\x1b[2K\u202egpj.jpg"
    file = tmp_path / name
    Image.new("RGB", (32, 32)).save(file)
    done = sosie("verify", file, cwd=tmp_path)
    assert (done.code, "\x1b" in done.out, "\u202e" in done.out) == (2, False, False)
    assert done.out.splitlines()[0].endswith(r"a\nmade under license here\x1b[2K\u202egpj.jpg")
    file.write_bytes(b"no picture")
    one_line(sosie("verify", file, cwd=tmp_path), r"a\nmade")
    one_line(sosie("verify", tmp_path / f"absent-{name}", cwd=tmp_path), r"a\nmade")


def test_wrong_use_is_64_and_never_2(tmp_path: Path) -> None:
    for arguments in (("nonsense",), ("verify",), ("verify", "x", "--where"), ("license", "check")):
        assert sosie(*arguments, cwd=tmp_path).code == 64, arguments
    assert sosie("verify", "x.jpg", "--channel", "radio", cwd=tmp_path).code == 64


def test_json_errors_are_json_too(tmp_path: Path) -> None:
    done = sosie("license", "list", "--json", cwd=tmp_path)
    assert done.code == 65
    assert done.json["reasons"][0]["code"] == "workspace.absent"
