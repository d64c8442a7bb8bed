"""`sosie odrl`: terms out and in again, foreign documents, cases; and that its pages are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sosie.adapters import terms_file
from sosie.core.odrl import UNSAID, write
from sosie.core.odrl_words import CONTEXT
from tests.journeys.conftest import Done, sosie

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, kind: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    file = tmp_path / "terms.yaml"
    file.write_text(blocks("formats/odrl.md", "yaml")[0], encoding="utf-8")
    return file


@pytest.fixture
def case(tmp_path: Path) -> Path:
    file = tmp_path / "case.ttl"
    file.write_text(blocks("how-to/odrl.md", "turtle")[0], encoding="utf-8")
    return file


def one_line(done: Done, *words: str) -> None:
    assert done.code == 65, done.out
    (line,) = done.err.strip().splitlines()
    for word in words:
        assert word in line, line


def test_terms_go_out_and_come_back(terms: Path, tmp_path: Path) -> None:
    document, again = tmp_path / "terms.jsonld", tmp_path / "again.yaml"
    done = sosie("odrl", "write", terms, "--agreed", "--out", document)
    assert done.code == 0, done.err
    assert "not said: parties.agency" in done.out
    assert sosie("odrl", "read", document, "--out", again).code == 0
    first = terms_file.read(terms.read_text(encoding="utf-8"), where="first")
    second = terms_file.read(again.read_text(encoding="utf-8"), where="second")
    assert write(second) == (write(first)[0] | {"uid": write(second)[0]["uid"]}, ())
    printed = sosie("odrl", "write", terms)
    assert json.loads(printed.out)["@type"] == "Offer"
    assert sosie("odrl", "write", terms, "--json").json["unsaid"] == [
        "parties.agency",
        "commission",
    ]


def test_a_foreign_limit_is_named_and_nothing_is_written(terms: Path, tmp_path: Path) -> None:
    document, out = tmp_path / "terms.jsonld", tmp_path / "none.yaml"
    assert sosie("odrl", "write", terms, "--out", document).code == 0
    text = document.read_text(encoding="utf-8")
    assert '"deliveryChannel"' in text
    document.write_text(text.replace('"deliveryChannel"', '"virtualLocation"'), encoding="utf-8")
    done = sosie("odrl", "read", document, "--out", out)
    assert done.code == 2
    assert "`permission[0].constraint[2]`" in done.out
    assert "virtualLocation" in done.out
    assert not out.exists()
    said = sosie("odrl", "read", document, "--json").json
    assert said["outcome"] == "undecided"
    assert said["terms"] is None
    assert said["unknown"][0]["path"] == "permission[0].constraint[2]"


def test_what_is_no_document_is_one_line(terms: Path, tmp_path: Path) -> None:
    one_line(sosie("odrl", "read", tmp_path / "absent.jsonld"), "absent.jsonld", "no such file")
    one_line(sosie("odrl", "read", terms), "terms.yaml:1:1", "JSON")
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    one_line(sosie("odrl", "read", empty), "empty.json", "@context")
    unwritable = sosie("odrl", "write", empty)
    assert unwritable.code == 65
    assert "empty.json:1:1" in unwritable.err
    twice = tmp_path / "twice.json"
    twice.write_text('{"@context": {}, "permission": [], "permission": []}')
    one_line(sosie("odrl", "read", twice), "twice.json", "`permission` is repeated")
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)
    one_line(sosie("odrl", "read", deep), "deep.json")
    assert sosie("odrl", "read").code == 64


def test_a_case_says_both_decisions(case: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.ttl"
    done = sosie("odrl", "report", case, "--out", report)
    assert done.code == 2, done.err
    assert done.out == blocks("how-to/odrl.md", "text")[0]
    assert "report:Active" in report.read_text(encoding="utf-8")
    said = sosie("odrl", "report", case, "--json").json
    assert (said["by_odrl"], said["outcome"]) == ("allowed", "undecided")
    text = case.read_text(encoding="utf-8")
    case.write_text(text.replace("odrl:partOf ex:EU", "odrl:partOf ex:ASIA"), encoding="utf-8")
    assert sosie("odrl", "report", case).code == 1
    case.write_text(text.replace("; odrl:duty ex:pay", ""), encoding="utf-8")
    assert sosie("odrl", "report", case).code == 0


def test_a_case_that_lacks_a_part_is_one_line(case: Path, tmp_path: Path) -> None:
    text = case.read_text(encoding="utf-8")
    case.write_text(text.replace("ex:policy ex:license", "ex:policy ex:other"), encoding="utf-8")
    one_line(sosie("odrl", "report", case), "case.ttl", "other", "policies")
    case.write_text("this is no turtle", encoding="utf-8")
    one_line(sosie("odrl", "report", case), "case.ttl:1", "Turtle")
    case.unlink()
    one_line(sosie("odrl", "report", case), "case.ttl")
    one_line(sosie("odrl", "report", tmp_path), "no case")


@pytest.mark.odrl_suite
def test_a_folder_of_cases_is_one_table(odrl_suite: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    done = sosie("odrl", "report", odrl_suite / "test_cases", "--out", out, "--json")
    assert done.code == 0, done.err
    said = done.json
    assert said["agree"] == said["judged"] == len(list(out.glob("*.ttl"))) >= 34
    few = tmp_path / "suite" / "test_cases"
    few.mkdir(parents=True)
    for folder in ("policies", "requests", "sotw"):
        (few.parent / folder).symlink_to(odrl_suite / folder)
    source = sorted((odrl_suite / "test_cases").glob("*.ttl"))[0]
    text = source.read_text(encoding="utf-8")
    assert "report:Active" in text
    (few / source.name).write_text(text.replace("report:Active", "report:Inactive"))
    assert sosie("odrl", "report", few).code == 1


# The page of the format


def test_the_example_of_the_page_is_what_is_written(terms: Path) -> None:
    read = terms_file.read(terms.read_text(encoding="utf-8"), where="page")
    example, context = (json.loads(block) for block in blocks("formats/odrl.md", "json"))
    assert write(read, agreed=True)[0] == {**example, "@context": context}
    assert context == CONTEXT


def test_the_page_names_every_word_and_every_unsaid_clause() -> None:
    page = (DOCS / "formats/odrl.md").read_text(encoding="utf-8")
    core = Path(__file__).parents[2] / "src/sosie/core"
    source = (core / "odrl.py").read_text(encoding="utf-8")
    words = set(re.findall(r'"(sosie:[a-zA-Z]+)"', source))
    assert len(words) > 25
    table = page[page.index("## The profile's words") :]
    assert {word for word in words if f"`{word}`" not in table} == set()
    assert all(f"`{path}`" in page for path in UNSAID)
    report = (core / "odrl_report.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Reason\(\s*"(odrl\.[a-z_]+)"', report))
    assert len(codes) == 13
    assert {code for code in codes if f"| `{code}` |" not in page} == set()
