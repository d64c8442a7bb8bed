"""`sosie verify` on folders: in parallel, in order, as lines, and none is lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from sosie import verifying
from sosie.adapters.pictures import PillowPictures
from sosie.cli.commands.verify import verify
from sosie.cli.parallel import each
from sosie.core.file_format import FileFormat
from sosie.core.fingerprint import fingerprint
from sosie.core.package import TrustFile
from sosie.core.seal import Claim, Report
from tests.adapters.houses import claim, house
from tests.adapters.signed import unsealed
from tests.core.plates import plate
from tests.journeys.conftest import sosie
from tests.journeys.workers import doubled

ROOT = Path(__file__).parents[2]
LOG_KEY = "log.example/sosie+46c754a6+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_result_comes_in_order(jobs: int) -> None:
    items = [number for number in range(200) if number % 100 != 13]
    found = list(each(doubled, items, jobs=jobs))
    assert [entry[0] for entry in found if entry] == [2 * number for number in items]
    workers = {entry[1] for entry in found if entry}
    assert (workers == {os.getpid()}) is (jobs == 1)
    assert len(workers) <= jobs


def test_what_kills_its_process_is_lost_alone() -> None:
    found = list(each(doubled, range(120), jobs=2))
    assert [number for number, entry in enumerate(found) if entry is None] == [13, 113]
    assert [entry[0] for entry in found if entry] == [
        2 * number for number in range(120) if number % 100 != 13
    ]


def test_those_who_work_end_with_who_started_them(tmp_path: Path) -> None:
    code = f"""
from sosie.cli.parallel import each
from tests.journeys.workers import sleeping
if __name__ == "__main__":
    list(each(sleeping, [{str(tmp_path)!r}] * 2, jobs=2))
"""
    script = tmp_path.with_suffix(".py")
    script.write_text(code, encoding="utf-8")
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with subprocess.Popen(
        [sys.executable, script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,
    ) as first:
        while len(workers := list(tmp_path.iterdir())) < 2:
            assert first.poll() is None
            time.sleep(0.05)
        first.kill()
    for worker in workers:
        while Path("/proc", worker.name, "cmdline").exists():  # they end, or this test does not
            time.sleep(0.05)


def test_nothing_to_do_is_done() -> None:
    assert list(each(doubled, [], jobs=2)) == []


def truly(data: bytes) -> Claim:
    """State a seal with the fingerprint that the pixels have."""
    return claim(fingerprint=fingerprint(PillowPictures().decode(data, where="x")))


@dataclass(frozen=True)
class Folder:
    """Pictures of every kind, the trust file of their house, and what is to be said of each."""

    path: Path
    trust: Path
    expected: dict[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("batch")
    (path / "deep" / "er").mkdir(parents=True)
    ours = house()
    expected = {}

    def lay(name: str, data: bytes, outcome: str) -> None:
        (path / name).write_bytes(data)
        expected[name] = outcome

    for format in FileFormat:
        data = ours.credentials.sign(unsealed(format), truly(unsealed(format)))
        lay(f"deep/sealed{format.suffix}", data, "unknown")  # trusted, and no log entry at hand
        lay(f"deep/er/{format}.dat", unsealed(format), "unknown")
    changed = bytearray(ours.credentials.sign(unsealed(FileFormat.JPEG), claim()))
    changed[-400] ^= 1
    lay("changed.jpg", bytes(changed), "altered")
    beside = unsealed(FileFormat.WEBP)
    lay("beside.webp", beside, "unknown")
    (path / "beside.c2pa").write_bytes(ours.credentials.sidecar(beside, truly(beside)))
    other = PillowPictures().encode(plate(3, height=200), format=FileFormat.WEBP)
    lay("lent.webp", other, "altered")
    (path / "lent.c2pa").write_bytes(ours.credentials.sidecar(beside, truly(beside)))
    lay("broken.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 90, "bad_input")
    (path / "notes.txt").write_text("no picture")
    trust = path.parent / f"{path.name}.trust.json"
    trust.write_bytes(TrustFile("Maison Test", ours.root_pem, LOG_KEY).dump())
    return Folder(path, trust, expected)


def test_a_folder_is_verified_in_parallel_as_lines(folder: Folder, tmp_path: Path) -> None:
    said = {}
    for jobs in ("1", "2"):
        done = sosie(
            *("verify", folder.path, "--trust", folder.trust, "--jobs", jobs, "--lines"),
            cwd=tmp_path,
        )
        assert done.code == 65, done.err  # the worst decides: one file cannot be read
        said[jobs] = [json.loads(line) for line in done.out.splitlines()]
        assert f"{len(folder.expected)} pictures: " in done.err
    schema = json.loads((ROOT / "docs/formats/report.schema.json").read_text(encoding="utf-8"))
    for line in said["1"]:  # each is a form of its own
        assert [error.message for error in Draft202012Validator(schema).iter_errors(line)] == []
    for line in said["1"] + said["2"]:
        line.get("judged", {}).pop("at", None)  # the clock went on
    assert said["1"] == said["2"]
    found = {str(Path(line["file"]).relative_to(folder.path)): line for line in said["2"]}
    assert {name: line["outcome"] for name, line in found.items()} == folder.expected
    assert list(found) == sorted(found, key=lambda name: folder.path / name)
    # Of the credential beside a picture is read what of the one in it would be.
    steps = found["beside.webp"]["steps"]
    assert [step["code"] for step in steps[1:3]] == ["seal.credential.trusted", "seal.bytes.intact"]


def test_hundreds_of_files_are_all_told_in_order(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    drawn = [plate(number, height=96) for number in range(4)]
    for number in range(400):
        place = pictures / f"{number // 50}"
        place.mkdir(parents=True, exist_ok=True)
        data = PillowPictures().encode(np.roll(drawn[number % 4], number, axis=1))
        (place / f"{number:03}.jpg").write_bytes(data[:900] if number % 100 == 77 else data)
    done = sosie("verify", pictures, "--jobs", "2", "--lines", cwd=tmp_path)
    said = lines_of(done.out)
    assert [int(Path(line["file"]).stem) for line in said] == list(range(400))
    broken = [number for number, line in enumerate(said) if line["outcome"] == "bad_input"]
    assert broken == [77, 177, 277, 377]
    assert Counter(line["outcome"] for line in said) == {"unknown": 396, "bad_input": 4}
    assert (done.code, "400 pictures: " in done.err) == (65, True)


def test_a_huge_file_and_an_odd_name_end_no_batch(folder: Folder, tmp_path: Path) -> None:
    (picture,) = (path for path in folder.path.rglob("*") if path.name == "changed.jpg")
    many = tmp_path / "many"
    many.mkdir()
    odd = os.fsencode(many / "odd") + b"-\xff.jpg"
    Path(os.fsdecode(odd)).write_bytes(picture.read_bytes())
    with (many / "huge.jpg").open("wb") as file:
        file.write(picture.read_bytes())
        file.truncate(verifying.MOST_READ + 1)
    done = sosie("verify", many, "--lines", cwd=tmp_path)
    huge, named = lines_of(done.out)
    assert (huge["outcome"], "more than the 256 MB" in huge["text"]) == ("bad_input", True)
    assert os.fsencode(named["file"]) == odd
    assert named["outcome"] != "bad_input"


def test_the_answer_is_valid_by_the_published_schema(folder: Folder, tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs/formats/report.schema.json").read_text(encoding="utf-8"))
    done = sosie("verify", folder.path, "--trust", folder.trust, "--json", cwd=tmp_path)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(done.json)] == []
    outcomes = Counter(report["outcome"] for report in done.json["reports"])
    assert outcomes == Counter(folder.expected.values())


def test_the_lines_for_a_notebook_are_true(
    folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/how-to/verify.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 6
    for name in ("pictures", "trust.json"):
        assert f'"{name}"' in code
    code = code.replace("pictures", str(folder.path), 1).replace("trust.json", str(folder.trust))
    exec(code, {})  # noqa: S102
    shown = capsys.readouterr().out
    assert shown.startswith("changed.jpg altered 1 altered or contradicting: ")


def test_a_fault_is_told_of_its_file_and_the_others_are_judged(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SOSIE_DEBUG", raising=False)
    judged = verifying.verify

    def failing(path: Path, **asked: Any) -> Report:
        if path.name == "changed.jpg":
            raise RuntimeError("what\nnobody expected")
        return judged(path, **asked)

    monkeypatch.setattr(verifying, "verify", failing)
    assert verify([folder.path], trust=folder.trust, lines=True) == 70
    said = {Path(line["file"]).name: line for line in lines_of(capsys.readouterr().out)}
    assert len(said) == len(folder.expected)
    assert said["changed.jpg"]["outcome"] == "fault"
    assert "RuntimeError: what nobody expected; call again with" in said["changed.jpg"]["text"]
    schema = json.loads((ROOT / "docs/formats/report.schema.json").read_text(encoding="utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(said["changed.jpg"]))
    others = {Path(name).name: outcome for name, outcome in folder.expected.items()}
    others["changed.jpg"] = "fault"
    assert {name: line["outcome"] for name, line in said.items()} == others
    monkeypatch.setenv("SOSIE_DEBUG", "1")
    with pytest.raises(RuntimeError, match="nobody expected"):
        verify([folder.path], trust=folder.trust, lines=True)


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_worst_of_a_folder_decides(folder: Folder, tmp_path: Path) -> None:
    for names, code in (
        (["deep"], 2),
        (["deep", "changed.jpg"], 1),
        (["deep", "broken.png"], 65),
    ):
        paths = [folder.path / name for name in names]
        done = sosie("verify", *paths, "--trust", folder.trust, cwd=tmp_path)
        assert done.code == code, done.out
    (tmp_path / "empty").mkdir()
    none = sosie("verify", tmp_path / "empty", cwd=tmp_path)
    assert (none.code, "no picture in this folder" in none.err) == (65, True)
    both = sosie(
        "verify", tmp_path / "empty", folder.path / "deep", "--trust", folder.trust, "--json",
        cwd=tmp_path,
    )  # fmt: skip
    told = json.loads(both.out)["reports"]
    assert both.code == 65
    assert told[0]["outcome"] == "bad_input"
    assert "no picture in this folder" in told[0]["text"]
    assert told[1]["outcome"] != "bad_input"  # nothing else is lost
    assert sosie("verify", folder.path, "--jobs", "0", cwd=tmp_path).code == 64
