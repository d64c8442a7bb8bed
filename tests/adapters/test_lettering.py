"""What is drawn has the letters of every language that Sosie speaks."""

from __future__ import annotations

import pytest

from sosie.adapters.lettering import font

ABSENT = "\U000f0000"


def shape(letter: str) -> bytes:
    face = font(40, letter)
    return bytes(face.getmask(letter)) + repr(face.getbbox(letter)).encode()


@pytest.mark.parametrize(
    "letter", "Aé ñ ã ß Å ø Ł č ș Ж я ю Ω × · … – ’ “ € № 中 服 装".replace(" ", "")
)
def test_no_letter_is_an_empty_box(letter: str) -> None:
    face = font(40, letter)
    nothing = bytes(face.getmask(ABSENT)) + repr(face.getbbox(ABSENT)).encode()
    assert shape(letter) != nothing


def test_a_letter_that_no_face_has_is_one() -> None:
    assert shape(ABSENT) == shape("\U000f0001")
