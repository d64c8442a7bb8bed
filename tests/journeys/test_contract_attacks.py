"""A signed contract as its receiver checks it: without a workspace, or changed on its way."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.forgeries import with_another_page, with_other_terms
from tests.journeys.conftest import Done, secrets_of, sosie


@pytest.fixture(scope="module")
def taken(
    told: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The signed contract among the model's papers, and the trust file of her workspace."""
    folder = tmp_path_factory.mktemp("papers")
    house = folder / "demo"
    shutil.copytree(told[0], house)
    box = folder / "papers.zip"
    arguments = ("paper", "export", "ines", "--out", box, "--workspace", house)
    done = sosie(*arguments, secrets=secrets_of(house))
    assert done.code == 0, done.err
    with zipfile.ZipFile(box) as papers:
        name = next(each for each in papers.namelist() if "contract" in each)
        (folder / "contract.pdf").write_bytes(papers.read(name))
    assert sosie("trust", "--workspace", house, "--out", folder / "trust.json").code == 0
    return folder / "contract.pdf", folder / "trust.json"


def verify(file: Path, trust: Path) -> Done:
    """Check a contract in a folder that is no workspace, as somebody elsewhere does."""
    return sosie("contract", "verify", file, "--trust", trust, "--json", cwd=file.parent)


def test_the_contract_holds_for_who_has_nothing_but_the_trust_file(
    taken: tuple[Path, Path],
) -> None:
    done = verify(*taken)
    assert done.code == 0, done.out
    assert {s["role"] for s in done.json["signatures"]} == {"model", "brand"}
    assert done.json["problems"] == []


def _flipped(pdf: bytes) -> bytes:
    at = len(pdf) // 3
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


@pytest.mark.parametrize(
    ("change", "code", "ends"),
    [
        (_flipped, "contract.altered", 1),
        (with_another_page, "contract.page_added", 1),
        (with_other_terms, "contract.altered", 1),
        (lambda pdf: pdf + b"PK\x03\x04 more", "contract.altered", 1),
        (lambda pdf: pdf[: len(pdf) // 2], "contract.unreadable", 65),
        (lambda _pdf: b"no PDF at all", "contract.unreadable", 65),
    ],
    ids=["flipped byte", "inserted page", "swapped attachment", "appended", "cut", "no PDF"],
)
def test_each_change_is_found(
    taken: tuple[Path, Path],
    tmp_path: Path,
    change: Callable[[bytes], bytes],
    code: str,
    ends: int,
) -> None:
    contract, trust = taken
    file = tmp_path / "changed.pdf"
    file.write_bytes(change(contract.read_bytes()))
    done = verify(file, trust)
    assert done.code == ends, done.out
    assert code in {problem["code"] for problem in done.json["problems"]}
    assert "Error" not in done.out


def test_under_another_root_its_signers_are_nobody(
    taken: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    passphrase = {"SOSIE_PASSPHRASE_HOUSE": "four words of another"}
    assert sosie("init", other, "--name", "Other", secrets=passphrase).code == 0
    done = sosie("trust", "--workspace", other, "--out", tmp_path / "trust.json")
    assert done.code == 0, done.err
    done = sosie("trust", "--workspace", other, "--out", tmp_path / "trust.json")
    assert done.code == 0, done.err  # again, over its own
    done = sosie("trust", "--workspace", other, "--out", taken[1])
    assert (done.code, "trust file of another workspace" in done.err) == (65, True)
    done = verify(taken[0], tmp_path / "trust.json")
    assert done.code == 1, done.out
    assert "contract.untrusted_signer" in {p["code"] for p in done.json["problems"]}


def test_a_trust_file_that_is_none_is_said_so(taken: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "base.yaml"
    other.write_text("sosie: terms/1\n", encoding="utf-8")
    done = verify(taken[0], other)
    assert done.code == 65, done.out
    (reason,) = done.json["reasons"]
    assert "it is no JSON" in reason["text"]
    assert "line 1" not in reason["text"]
