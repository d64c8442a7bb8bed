"""What people write holds no character that nobody sees, and none that turns what is read."""

from __future__ import annotations

import pytest

from sosie.core.values import BadInput
from sosie.core.writing import check, spelled, unseen

TURNS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HIDDEN = ["\x00", "\x1b", "\x7f", "\x85", "\u00ad", "\u200b", "\u200e", "\u200f", "\u2028"]
MORE = ["\u2060", "\ufeff", "\u3164", "\ue000", "\U000e0041"]


@pytest.mark.parametrize("each", [*TURNS, *HIDDEN, *MORE], ids=lambda each: f"U+{ord(each):04X}")
def test_it_is_found_named_and_refused(each: str) -> None:
    code = f"U+{ord(each):04X}"
    assert unseen(f"Knits{each} on plain") == code
    assert spelled(f"é{each}.") == f"é[{code}]."
    with pytest.raises(BadInput) as caught:
        check({"pay": "x", "people": [{"name": "Ines"}, {"name": f"a{each}"}]}, "terms")
    assert (caught.value.where, caught.value.code) == ("terms.people.1.name", "text.unseen")
    assert code in caught.value.what
    with pytest.raises(BadInput):
        check({f"a{each}": 1})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Knits, on plain backdrops.\r\nTwo lines\tand a tab",
        "می\u200cخواهم",  # Persian joins by what is not seen
        "ක්\u200dෂ",
        "👩\u200d👩\u200d👧, 🫨, 👍🏽",
        "نص عربي و עברית, together",
        "été, 张伟, Ñandú, o\u0308",
    ],
)
def test_what_languages_need_is_kept(text: str) -> None:
    assert unseen(text) is None
    assert spelled(text) == text
    check({"note": text, "n": 1, "none": None, "yes": True})
