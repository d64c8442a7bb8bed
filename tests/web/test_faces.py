"""Every letter that pages say has a face of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from tools import chinese_faces, tongues

STATIC = tongues.WEB / "static"
STYLE = "".join((STATIC / name).read_text("utf-8") for name in ("han.css", "style.css"))


def faces() -> list[tuple[str, Path, list[tuple[int, int]]]]:
    """Return each face: its family, its file, and the letters it is for; none: all that it has."""
    found = []
    for rule in re.findall(r"@font-face \{(.*?)\}", STYLE):
        family = re.search(r'font-family: "([^"]+)"', rule)
        file = re.search(r'url\("([^"]+)"\)', rule)
        assert family
        assert file
        spans = re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", rule)
        letters = [(int(first, 16), int(last or first, 16)) for first, last in spans]
        found.append((family[1], STATIC / file[1], letters))
    return found


def test_every_face_is_bundled_with_its_license_and_named_in_a_stack() -> None:
    license_text = (STATIC / "OFL.txt").read_text("utf-8")
    for family, file, _letters in faces():
        assert file.read_bytes()[:4] == b"wOF2"
        assert family in license_text
        assert STYLE.count(f'"{family}"') > 1, f"{family} is in no stack"
    assert {file.name for _, file, _ in faces()} == {each.name for each in STATIC.glob("*.woff2")}


@pytest.mark.parametrize("stack", ["serif", "sans"])
def test_each_cyrillic_letter_of_the_catalogs_has_a_face(stack: str) -> None:
    rule = re.search(rf"--{stack}: ([^;]+);", STYLE)
    assert rule
    spans = [span for family, _, letters in faces() if f'"{family}"' in rule[1] for span in letters]
    with tongues.path_of("ru").open("rb") as file:
        said = "".join(str(each.string) for each in read_po(file) if each.id)
    letters = {letter for letter in said if "\u0400" <= letter <= "\u052f"}
    assert len(letters) > 50
    assert not {each for each in letters if not any(a <= ord(each) <= b for a, b in spans)}


def test_each_character_of_the_chinese_pages_has_a_face() -> None:
    said = chinese_faces.said()
    assert len(said) > 800
    assert "我" in said
    assert not said - chinese_faces.held(), "call tools/chinese_faces.py"
    assert "龘" not in chinese_faces.held()  # the control: a rare one
