"""Terms on the command line, as a booker calls them: templates and standing preferences."""

from __future__ import annotations

from pathlib import Path

import pytest

from sosie.adapters import terms_file
from tests.journeys.conftest import sosie

HOUSE = {"SOSIE_PASSPHRASE_HOUSE": "the house keeps this", "SOSIE_PASSPHRASE_INES": "hers alone"}
FILLED = ("--model", "ines", "--brand", "maison-nord")


def test_a_template_is_printed_as_it_is_written(tmp_path: Path) -> None:
    out = tmp_path / "asked.yaml"
    assert sosie("license", "templates", "social-capsule", *FILLED, "--out", out).code == 0
    printed = sosie("license", "templates", "social-capsule", *FILLED).out
    assert printed.rstrip() == out.read_text("utf-8").rstrip()
    assert "[organic_social, paid_social]" in printed
    assert terms_file.read(printed, where="printed").parties.brand == "maison-nord"


def test_a_filled_in_file_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "asked.yaml"
    out.write_text("filled in by hand", encoding="utf-8")
    done = sosie("license", "templates", "editorial", "--out", out)
    assert (done.code, out.read_text("utf-8")) == (65, "filled in by hand")
    assert "there already" in done.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("editorial", "--model", "Ines!"), "no id of a model"),
        (("editorial", "--brand", "a: b"), "no id of a brand"),
        (("--out", "x.yaml"), "which template"),
        (("nope",), "social-capsule"),
    ],
)
def test_what_makes_no_template_is_said(
    tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    done = sosie("license", "templates", *arguments, cwd=tmp_path)
    assert (done.code, list(tmp_path.iterdir())) == (65, [])
    assert word in done.err


def test_only_a_model_says_what_she_wants(tmp_path: Path) -> None:
    folder, file = tmp_path / "workspace", tmp_path / "wanted.yaml"
    file.write_text("sosie: preferences/1\ndepictions_excluded: [fur, tobacco]\n", "utf-8")
    assert sosie("init", folder, "--name", "house", secrets=HOUSE).code == 0
    place = ("--workspace", folder)
    ines = ("party", "add", "model", "ines", "--name", "Ines Morel", "--place", "FR")
    assert sosie(*ines, "--born", "1999-02-03", *place, secrets=HOUSE).code == 0
    asked = ("license", "preferences")
    assert "has not said" in sosie(*asked, "ines", *place, secrets=HOUSE).out
    other = sosie(*asked, "ines", file, "--as", "tomas", *place, secrets=HOUSE)
    assert (other.code, "`tomas` cannot" in other.err) == (65, True)
    nobody = sosie(*asked, "nobody", *place, secrets=HOUSE)
    assert (nobody.code, "no model `nobody`" in nobody.err) == (1, True)
    assert sosie(*asked, "ines", file, *place, secrets=HOUSE).code == 0
    assert "fur, tobacco" in sosie(*asked, "ines", *place, secrets=HOUSE).out
