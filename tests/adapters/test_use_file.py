"""The use file: what is true is said as true, and what is counted is counted."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from sosie.adapters.use_file import read
from sosie.core.values import BadInput

with as_file(files("sosie.samples")) as folder:
    ALLOWED = Path(folder) / "uses" / "allowed.yaml"


def changed(folder: Path, old: str, new: str) -> Path:
    text = ALLOWED.read_text("utf-8")
    assert text.count(old) == 1, text
    path = folder / "use.yaml"
    terms = ALLOWED.parent / "../licenses/capsule.yaml"
    path.write_text(text.replace(old, new).replace("../licenses/capsule.yaml", str(terms)), "utf-8")
    return path


def test_the_shipped_one_is_read(tmp_path: Path) -> None:
    read(changed(tmp_path, "consent_live: true", "consent_live: true"))


@pytest.mark.parametrize("said", ["yes", "1", '"true"', "TRUE"])
def test_a_truth_is_true_or_false_and_no_other_word(tmp_path: Path, said: str) -> None:
    with pytest.raises(BadInput, match="consent_live"):
        read(changed(tmp_path, "consent_live: true", f"consent_live: {said}"))


@pytest.mark.parametrize("said", ["1", "yes", '"true"'])
def test_an_answer_is_true_or_false(tmp_path: Path, said: str) -> None:
    old = "approvals: {S-0001-01: true}"
    with pytest.raises(BadInput, match="approvals"):
        read(changed(tmp_path, old, f"approvals: {{S-0001-01: {said}}}"))


def test_nothing_is_counted_below_zero(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="pictures_made"):
        read(changed(tmp_path, "pictures_made: 3", "pictures_made: -3"))
